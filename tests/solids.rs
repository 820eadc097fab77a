//! Solids of the shipped model: closed, manifold, outward, and as decoded.

use std::time::Instant;

use atlasforge::forge::solid::STEPS;
use atlasforge::forge::{Forge, Subject};
use atlasforge::inspect::attributes::measure_parts;
use atlasforge::inspect::deviation::Deviation;
use atlasforge::inspect::solidity::Solidity;
use atlasforge::latent::Latent;
use atlasforge::mesh::{Mesh, norm, sub};
use atlasforge::model::checkpoint::Checkpoint;
use atlasforge::shapes::seen::seen_by_area;
use atlasforge::solid::Solid;
use atlasforge::template::Template;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Points that a deviation is taken from, each way.
const POINTS: usize = 4000;

/// Points along one side of a patch's grid of the decode that counts as the truth.
const DENSE: usize = 48;

struct Row {
    name: String,
    seconds: f64,
    solidity: Solidity,
    /// Millimetres a metre.
    deviation: Deviation,
    /// Relative.
    length: f32,
    thickness: f32,
    /// Metres a metre.
    tip: f32,
}

fn measured(forge: &Forge, name: &str, latent: &Latent) -> Row {
    let start = Instant::now();
    let solid = forge.solid(latent, Some(1.0), STEPS).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let dense = forge.decode(latent, Some(1.0), &Template::grid(DENSE)).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let seen = seen_by_area(&dense, POINTS, &mut rng);
    let on_closed = seen_by_area(&solid.mesh, POINTS, &mut rng);
    let deviation = Deviation::between(&solid.mesh, &on_closed, &dense, &seen);
    let parts: Vec<&str> = forge.checkpoint().meta.patch_parts.iter().map(|p| p.part.as_str()).collect();
    let [truth, found] = [measure_parts(&dense, &parts), measure_parts(&by_part(&solid), &solid.parts)];
    let top = |mesh: &Mesh| mesh.positions.iter().copied().max_by(|p, q| p[1].total_cmp(&q[1])).unwrap();
    Row {
        name: name.to_owned(),
        seconds,
        solidity: Solidity::of(&solid.mesh),
        deviation,
        length: (found.length / truth.length - 1.0).abs(),
        thickness: (found.blade_thickness / truth.blade_thickness - 1.0).abs(),
        tip: norm(sub(top(&dense), top(&solid.mesh))),
    }
}

/// The same triangles, each with vertices of its own part.
fn by_part(solid: &Solid) -> Mesh {
    let mut mesh = Mesh::default();
    for (t, &part) in solid.part.iter().enumerate() {
        let first = mesh.positions.len() as u32;
        mesh.positions.extend(solid.mesh.corners(t));
        mesh.patch.extend([u32::from(part); 3]);
        mesh.triangles.push([first, first + 1, first + 2]);
    }
    mesh
}

fn report(rows: &[Row]) {
    for r in rows {
        let Solidity { triangles, open_edges, split_vertices, components, inward, degenerate, crossing, .. } = r.solidity;
        let (lost, added) = (r.deviation.lost.per_mille(1.0), r.deviation.added.per_mille(1.0));
        println!(
            "{:32} {:5.0} ms {triangles:6} tris open {open_edges} split {split_vertices} comp {components} in {inward} deg {degenerate} cross {crossing} lost {:.2}/{:.2}/{:.2} added {:.2}/{:.2}/{:.2} len {:.4} thick {:.3} tip {:.2}",
            r.name, 1e3 * r.seconds, lost.median, lost.p99, lost.max, added.median, added.p99, added.max, r.length, r.thickness, 1e3 * r.tip
        );
    }
}

fn forge() -> Forge {
    Forge::new(Checkpoint::embedded().unwrap()).unwrap()
}

#[test]
#[ignore]
fn look() {
    let count = std::env::var("COUNT").map_or(24, |n| n.parse().unwrap());
    let forge = forge();
    let rows: Vec<Row> = (0..count).map(|seed| measured(&forge, &seed.to_string(), &Subject::seeded(&forge, seed).latent)).collect();
    report(&rows);
}

/// Corners apart, shaded smoothly where faces meet at less than 35 degrees.
fn shaded(solid: &Solid) -> Mesh {
    use atlasforge::mesh::{add, cross, dot, unit};
    let mesh = &solid.mesh;
    let face: Vec<[f32; 3]> = (0..mesh.triangles.len())
        .map(|t| {
            let [a, b, c] = mesh.corners(t);
            cross(sub(b, a), sub(c, a))
        })
        .collect();
    let mut around = vec![Vec::new(); mesh.positions.len()];
    for (t, corners) in mesh.triangles.iter().enumerate() {
        corners.iter().for_each(|&v| around[v as usize].push(t));
    }
    let mut out = Mesh::default();
    for (t, &corners) in mesh.triangles.iter().enumerate() {
        let first = out.positions.len() as u32;
        for v in corners {
            let near = around[v as usize].iter().filter(|&&s| dot(unit(face[s]), unit(face[t])) > 0.82);
            out.normals.push(unit(near.fold([0.0; 3], |sum, &s| add(sum, face[s]))));
            out.positions.push(mesh.positions[v as usize]);
            out.patch.push(u32::from(solid.part[t]));
        }
        out.triangles.push([first, first + 1, first + 2]);
    }
    out
}

#[test]
#[ignore]
fn picture() {
    use atlasforge::draw::{Paint, Picture, Style, View, render};
    let seeds: Vec<u64> =
        std::env::var("SEEDS").unwrap_or("0,1,2,3".into()).split(',').map(|s| s.parse().unwrap()).collect();
    let forge = forge();
    let (w, h) = (420, 420);
    let mut sheet = Picture::new(5 * w, h * seeds.len() as u32, [30, 30, 30, 255]);
    for (row, &seed) in seeds.iter().enumerate() {
        let solid = forge.solid(&Subject::seeded(&forge, seed).latent, Some(1.0), STEPS).unwrap();
        let mesh = shaded(&solid);
        let (lo, hi) = mesh.bounds().unwrap();
        let part = |name: &str| -> ([f32; 3], [f32; 3]) {
            let id = solid.parts.iter().position(|p| p == name).unwrap() as u32;
            let of = (0..mesh.positions.len()).filter(|&v| mesh.patch[v] == id).map(|v| mesh.positions[v]);
            let part = Mesh { positions: of.collect(), ..Default::default() };
            part.bounds().unwrap_or((lo, hi))
        };
        let tip = ([-0.03, hi[1] - 0.06, -0.03], [0.03, hi[1], 0.03]);
        let style = Style::default().sized(w, h);
        let turned = View { yaw: 0.5, pitch: 0.25, ..View::front() };
        let views = [
            (View::three_quarter(), Paint::Patches),
            (turned.framing(part("guard")), Paint::Steel),
            (View { yaw: 0.6, pitch: -0.3, ..View::front() }.framing(part("guard")), Paint::Patches),
            (View { yaw: 0.5, pitch: 0.4, ..View::front() }.framing(tip), Paint::Steel),
            (turned.framing(part("pommel")), Paint::Steel),
        ];
        for (column, (view, paint)) in views.into_iter().enumerate() {
            let picture = render(&mesh, &view, &style.clone().painted(paint));
            sheet.paste(&picture, (column as u32 * w) as i32, (row as u32 * h) as i32);
        }
    }
    std::fs::write(std::env::var("OUT").unwrap(), sheet.png()).unwrap();
}
