//! Charts of planes, as the recipe asks for them: surfaces that patches are taught must be the plane's own, or no
//! training brings the patches to it.

use std::path::Path;

use atlasforge::class::Class;
use atlasforge::inspect::chamfer::chamfer;
use atlasforge::inspect::orientation::front_share;
use atlasforge::inspect::patches::{Collapse, extents};
use atlasforge::mesh::{Mesh, dot, scaled, sub};
use atlasforge::shapes::dataset::{Kind, generated_item};
use atlasforge::shapes::sample::by_area;
use atlasforge::template::Template;
use atlasforge::train::charts::Chart;
use atlasforge::train::data::Example;
use atlasforge::train::recipe::Recipe;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// As reconstructions are measured.
const SIDE: usize = 16;
const POINTS: usize = 2500;

const PLANES: usize = 60;

/// The surface that charts describe, each as a patch on a grid.
fn surface(charts: &[Chart]) -> Mesh {
    let template = Template::grid(SIDE);
    let mut mesh = Mesh::default();
    for (patch, chart) in charts.iter().enumerate() {
        let positions: Vec<_> = template.uv().into_iter().map(|uv| chart.at(uv)).collect();
        let patch = vec![patch as u32; positions.len()];
        let form = template.uv().into_iter().map(|uv| form(chart, uv)).collect();
        mesh.append(&Mesh { positions, patch, form, triangles: template.triangles(), ..Default::default() });
    }
    mesh
}

/// E, F, G by differences over a step of the grid.
fn form(chart: &Chart, uv: [f32; 2]) -> [f32; 3] {
    let step = 0.5 / (SIDE - 1) as f32;
    let tangent = |k: usize| {
        let [mut low, mut high] = [uv, uv];
        (low[k], high[k]) = ((uv[k] - step).max(0.0), (uv[k] + step).min(1.0));
        scaled(sub(chart.at(high), chart.at(low)), 1.0 / (high[k] - low[k]))
    };
    let [u, v] = [tangent(0), tangent(1)];
    [dot(u, u), dot(u, v), dot(v, v)]
}

fn recipe() -> Recipe {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/recipes/plane.toml");
    Recipe::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_charts_of_planes_are_their_surfaces_and_face_outward() {
    let recipe = recipe();
    let (mut sum, mut floor) = (0.0, 0.0);
    let mut collapsed = vec![0; recipe.model.patches];
    for index in 0..PLANES {
        let mut rng = ChaCha8Rng::seed_from_u64(index as u64);
        let shape = generated_item(Class::Plane, index, 900_001);
        let example = Example::new(&shape, Kind::Procedural, 2 * POINTS, &recipe.train.parts, &mut rng).unwrap();
        assert_eq!(example.charts.len(), recipe.model.patches, "{}", shape.name);
        let mesh = surface(&example.charts);
        let (own, other) = example.surface.split_at(POINTS);
        let cd = 1000.0 * chamfer(&by_area(&mesh, POINTS, &mut rng), own);
        assert!(cd < 2.5, "{}: {cd}", shape.name);
        let front = front_share(&mesh, 64);
        assert!(front > 0.99, "{}: {front}", shape.name);
        for (count, extent) in collapsed.iter_mut().zip(extents(&mesh, &Template::grid(SIDE)).unwrap()) {
            *count += usize::from(extent.collapsed != Collapse::None);
        }
        sum += cd;
        floor += 1000.0 * chamfer(other, own);
    }
    let [mean, floor] = [sum, floor].map(|x| x / PLANES as f32);
    println!("CD x 1000 of {PLANES} planes' charts {mean:.3}, of other samples {floor:.3}");
    assert!(collapsed.iter().all(|&count| count == 0), "pieces too small to count as patches: {collapsed:?}");
    assert!(mean < 0.7 && mean < floor + 0.2, "{mean}, floor {floor}");
}
