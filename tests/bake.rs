//! Baked textures against what they should say: normals as a renderer reads them back, occlusion by formula, the shipped
//! sword's own surface.

use atlasforge::bake::{Dense, Detail, Options, Texture, Textures, bake, part_colour};
use atlasforge::export::{Finish, Outfit};
use atlasforge::forge::Forge;
use atlasforge::mesh::{Mesh, Vec3, add, cross, dot, norm, scaled, sub, unit};
use atlasforge::model::checkpoint::Checkpoint;
use atlasforge::solid::Skin;
use atlasforge::template::Template;

/// A grid over a surface given by position and normal, with texture coordinates a little inside the square.
fn sheet(columns: usize, rows: usize, at: impl Fn(f32, f32) -> (Vec3, Vec3)) -> Mesh {
    let mut mesh = Mesh::default();
    for j in 0..=rows {
        for i in 0..=columns {
            let (u, v) = (i as f32 / columns as f32, j as f32 / rows as f32);
            let (position, normal) = at(u, v);
            mesh.positions.push(position);
            mesh.normals.push(normal);
            mesh.uvs.push([0.05 + 0.9 * u, 0.95 - 0.9 * v]);
            if i < columns && j < rows {
                let a = (j * (columns + 1) + i) as u32;
                let b = a + columns as u32 + 1;
                mesh.triangles.extend([[a, a + 1, b], [a + 1, b + 1, b]]);
            }
        }
    }
    mesh
}

/// With tangents along u, from the triangles: what MikkTSpace gives where texture and surface are this regular.
fn skin(mesh: Mesh, parts: &[&str]) -> Skin {
    let (mut along, mut up) = (vec![[0.0; 3]; mesh.positions.len()], vec![[0.0; 3]; mesh.positions.len()]);
    for &[a, b, c] in &mesh.triangles {
        let index = [a, b, c].map(|i| i as usize);
        let [p, q, r] = index.map(|i| mesh.positions[i]);
        let [s, t, w] = index.map(|i| mesh.uvs[i]);
        // V runs down: the bitangent is up.
        let (du1, dv1, du2, dv2) = (t[0] - s[0], s[1] - t[1], w[0] - s[0], s[1] - w[1]);
        let scale = 1.0 / (du1 * dv2 - du2 * dv1);
        let (e, f) = (sub(q, p), sub(r, p));
        let tangent = scaled(sub(scaled(e, dv2), scaled(f, dv1)), scale);
        let bitangent = scaled(sub(scaled(f, du1), scaled(e, du2)), scale);
        for i in index {
            along[i] = add(along[i], unit(tangent));
            up[i] = add(up[i], unit(bitangent));
        }
    }
    let tangents = (0..mesh.positions.len()).map(|i| {
        let n = mesh.normals[i];
        let [x, y, z] = unit(sub(along[i], scaled(n, dot(n, along[i]))));
        [x, y, z, if dot(cross(n, [x, y, z]), up[i]) < 0.0 { -1.0 } else { 1.0 }]
    });
    Skin {
        tangents: tangents.collect(),
        part: vec![0; mesh.triangles.len()],
        parts: parts.iter().map(|p| (*p).to_owned()).collect(),
        mesh,
        ..Default::default()
    }
}

fn plain(size: u32) -> Options {
    Options { size, detail: Detail::NONE, finishes: vec![Finish::BrushedSteel], ..Options::default() }
}

/// Of every texel whose middle a triangle holds: column, row, triangle, weights of its corners.
fn shown(mesh: &Mesh, side: u32) -> Vec<(u32, u32, usize, [f32; 3])> {
    let mut texels = Vec::new();
    for (t, triangle) in mesh.triangles.iter().enumerate() {
        let p = triangle.map(|i| mesh.uvs[i as usize].map(|x| x * side as f32));
        let area =
            |a: [f32; 2], b: [f32; 2], c: [f32; 2]| (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
        let whole = area(p[0], p[1], p[2]);
        let span = |i: usize| {
            let values = p.map(|q| q[i]);
            (values.iter().copied().fold(f32::MAX, f32::min) as u32, values.iter().copied().fold(0.0, f32::max) as u32)
        };
        for row in span(1).0..=span(1).1.min(side - 1) {
            for column in span(0).0..=span(0).1.min(side - 1) {
                let middle = [column as f32 + 0.5, row as f32 + 0.5];
                let weights: [f32; 3] = std::array::from_fn(|k| area(p[(k + 1) % 3], p[(k + 2) % 3], middle) / whole);
                if weights.iter().all(|w| *w > 1e-4) {
                    texels.push((column, row, t, weights));
                }
            }
        }
    }
    texels
}

fn blend(values: impl Fn(usize) -> Vec3, triangle: [u32; 3], weights: [f32; 3]) -> Vec3 {
    (0..3).fold([0.0; 3], |sum, k| add(sum, scaled(values(triangle[k] as usize), weights[k])))
}

/// The normal that a renderer shades with, as MikkTSpace's notes have it: nothing interpolated is brought to unit length.
fn shaded(skin: &Skin, normal: &Texture, (column, row, t, weights): (u32, u32, usize, [f32; 3])) -> Vec3 {
    let triangle = skin.mesh.triangles[t];
    let n = blend(|i| skin.mesh.normals[i], triangle, weights);
    let tangent = blend(|i| [skin.tangents[i][0], skin.tangents[i][1], skin.tangents[i][2]], triangle, weights);
    let bitangent = scaled(cross(n, tangent), skin.tangents[triangle[0] as usize][3]);
    let [x, y, z] = normal.texel(column, row).unwrap().map(|c| f32::from(c) / 255.0 * 2.0 - 1.0);
    unit(add(add(scaled(tangent, x), scaled(bitangent, y)), scaled(n, z)))
}

fn degrees(a: Vec3, b: Vec3) -> f32 {
    dot(a, b).clamp(-1.0, 1.0).acos().to_degrees()
}

/// A tube of radius 1 around Y with flutes `depth` deep, and its normal.
fn fluted(u: f32, v: f32, depth: f32) -> (Vec3, Vec3) {
    let angle = std::f32::consts::TAU * u;
    let radius = 1.0 + depth * (12.0 * angle).cos();
    let slope = -12.0 * depth * (12.0 * angle).sin();
    let (s, c) = angle.sin_cos();
    // u runs to the left seen from outside unless the angle runs from +Z to +X.
    ([radius * s, 4.0 * v, radius * c], unit([radius * s - slope * c, 0.0, radius * c + slope * s]))
}

#[test]
fn a_surface_baked_onto_itself_is_flat() {
    let skin = skin(sheet(48, 4, |u, v| fluted(u, v, 0.0)), &[""]);
    let part = vec![0; skin.mesh.triangles.len()];
    let textures = bake(&skin, &Dense { mesh: &skin.mesh, part: &part }, &plain(256)).unwrap();
    assert_eq!((textures.report.missed, textures.report.nearest), (0.0, 0.0));
    for at in shown(&skin.mesh, 256) {
        let [r, g, b] = textures.normal.texel(at.0, at.1).unwrap();
        assert!(r.abs_diff(128) <= 1 && g.abs_diff(128) <= 1 && b >= 254, "{:?} {at:?}", [r, g, b]);
    }
    assert!((textures.report.covered - 0.81).abs() < 0.01, "{:?}", textures.report);
}

#[test]
fn a_coarse_tube_shades_like_the_fluted_one_that_it_was_baked_from() {
    let dense = sheet(1440, 8, |u, v| fluted(u, v, 0.015));
    let part = vec![0; dense.triangles.len()];
    let mirrored = |mut mesh: Mesh| {
        mesh.uvs.iter_mut().for_each(|uv| uv[0] = 1.0 - uv[0]);
        mesh
    };
    for turn in [|mesh: Mesh| mesh, mirrored] {
        let skin = skin(turn(sheet(24, 1, |u, v| fluted(u, v, 0.0))), &[""]);
        let options = Options { cage: Some(0.05), ..plain(512) };
        let textures = bake(&skin, &Dense { mesh: &dense, part: &part }, &options).unwrap();
        assert!(textures.report.missed < 1e-3, "{:?}", textures.report);
        let (mut worst, mut sum, mut without, mut count) = (0.0f32, 0.0, 0.0, 0);
        for at in shown(&skin.mesh, 512) {
            let p = blend(|i| skin.mesh.positions[i], skin.mesh.triangles[at.2], at.3);
            let angle = p[0].atan2(p[2]) / std::f32::consts::TAU;
            let expected = fluted(angle, 0.0, 0.015).1;
            let off = degrees(shaded(&skin, &textures.normal, at), expected);
            worst = worst.max(off);
            sum += off;
            without += degrees(unit(blend(|i| skin.mesh.normals[i], skin.mesh.triangles[at.2], at.3)), expected);
            count += 1;
        }
        let (mean, without) = (sum / count as f32, without / count as f32);
        assert!(worst < 2.0 && mean < 0.5, "worst {worst}, mean {mean} degrees");
        assert!(without > 10.0 * mean, "without the map the mean is {without}, with it {mean}");
    }
}

#[test]
fn occlusion_agrees_with_the_formula() {
    let floor = || sheet(8, 8, |u, v| ([2.0 * u, 0.0, 1.0 - 2.0 * v], [0.0, 1.0, 0.0]));
    let flip = |mesh: &Mesh| {
        // Whichever way the grid winds, it is to face along its normals.
        let [a, b, c] = mesh.corners(0);
        if dot(cross(sub(b, a), sub(c, a)), mesh.normals[0]) > 0.0 {
            mesh.clone()
        } else {
            Mesh { triangles: mesh.triangles.iter().map(|&[a, b, c]| [a, c, b]).collect(), ..mesh.clone() }
        }
    };
    let floor = flip(&floor());
    let wall = flip(&sheet(2, 2, |u, v| ([0.0, 1.0 * v, 20.0 - 40.0 * u], [1.0, 0.0, 0.0])));
    let skin = skin(floor.clone(), &[""]);
    let options = Options { reach: Some(50.0), rays: 32, ..plain(256) };

    let part = vec![0; floor.triangles.len()];
    let open = bake(&skin, &Dense { mesh: &floor, part: &part }, &options).unwrap();
    assert!(shown(&skin.mesh, 256).iter().all(|at| open.orm.texel(at.0, at.1).unwrap()[0] == 255));

    let mut both = floor;
    both.append(&wall);
    let part = vec![0; both.triangles.len()];
    let textures = bake(&skin, &Dense { mesh: &both, part: &part }, &options).unwrap();
    let mut worst = 0.0f32;
    for at in shown(&skin.mesh, 256) {
        let x = blend(|i| skin.mesh.positions[i], skin.mesh.triangles[at.2], at.3)[0];
        // A long wall of height 1 at distance x takes (1 - x / sqrt(1 + x^2)) / 2 of the cosine-weighted sky.
        let expected = 1.0 - 0.5 * (1.0 - x / (1.0 + x * x).sqrt());
        let found = f32::from(textures.orm.texel(at.0, at.1).unwrap()[0]) / 255.0;
        // Half a step of the square that rays are cast from lies between the wall and the first point.
        if x > 0.02 {
            worst = worst.max((found - expected).abs());
        }
    }
    assert!(worst < 0.04, "{worst}");
}

#[test]
fn parts_keep_to_their_texels_and_charts_grow_over_the_rest() {
    let mesh = sheet(8, 8, |u, v| ([u, v, 0.0], [0.0, 0.0, 1.0]));
    let mut skin = skin(mesh, &["blade", "grip"]);
    let upper = |mesh: &Mesh, t: usize| u8::from(mesh.corners(t).iter().map(|p| p[1]).sum::<f32>() > 1.5);
    skin.part = (0..skin.mesh.triangles.len()).map(|t| upper(&skin.mesh, t)).collect();
    let finishes = vec![Finish::PolishedSteel, Finish::BrownLeather];
    let options = Options { finishes: finishes.clone(), ..plain(256) };
    let textures = bake(&skin, &Dense { mesh: &skin.mesh, part: &skin.part }, &options).unwrap();
    for (column, row) in (0..256).flat_map(|row| (0..256).map(move |column| (column, row))) {
        // The middle of the sheet is the texture's, and V runs down.
        let part = u8::from(row < 128);
        assert_eq!(textures.mask.texel(column, row), Some(part_colour(part)), "{column} {row}");
        let [occlusion, roughness, metallic] = textures.orm.texel(column, row).unwrap();
        let material = finishes[usize::from(part)].material();
        assert_eq!((occlusion, metallic), (255, (material.metallic * 255.0) as u8));
        assert!((f32::from(roughness) / 255.0 - material.roughness).abs() < 0.003);
    }
    assert_ne!(textures.base_colour.texel(100, 100), textures.base_colour.texel(100, 200));
}

/// The shipped model's patches at two densities: those of the coarse one stand in for a low-poly mesh.
fn sword() -> (Skin, Mesh, Vec<u8>) {
    let forge = Forge::new(Checkpoint::embedded().unwrap()).unwrap();
    let decode = |side| forge.decode(&forge.mean(), None, &Template::grid(side)).unwrap();
    let patches = &forge.checkpoint().meta.patch_parts;
    let mut names: Vec<&str> = Vec::new();
    for patch in patches {
        if !names.contains(&patch.part.as_str()) {
            names.push(&patch.part);
        }
    }
    let of = |mesh: &Mesh| -> Vec<u8> {
        let part = |patch: u32| names.iter().position(|n| *n == patches[patch as usize].part).unwrap() as u8;
        mesh.triangles.iter().map(|t| part(mesh.patch[t[0] as usize])).collect()
    };
    let (low, dense) = (decode(8), decode(48));
    let part = of(&low);
    let (part_of_dense, low) = (of(&dense), skin(low, &names));
    (Skin { part, ..low }, dense, part_of_dense)
}

fn all(textures: &Textures) -> Vec<u8> {
    textures.png().into_iter().flat_map(|(_, bytes)| bytes).collect()
}

#[test]
fn a_sword_is_found_by_its_texels_and_the_bytes_are_the_same_at_any_thread_count() {
    let (skin, dense, part) = sword();
    let finishes = skin.parts.iter().map(|p| Outfit::Service.finish(p)).collect();
    let options = Options { size: 256, finishes, ..Options::default() };
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| bake(&skin, &Dense { mesh: &dense, part: &part }, &options).unwrap())
    };
    let textures = run(1);
    let report = textures.report;
    assert!(report.missed < 0.01 && report.nearest < 0.05 && report.covered > 0.7, "{report:?}");
    let bytes = all(&textures);
    for threads in [2, 5] {
        assert!(all(&run(threads)) == bytes, "{threads} threads");
    }
    // The blade's leather is none, and the grip's is not of metal.
    for (column, row) in (0..256).flat_map(|row| (0..256).map(move |column| (column, row))) {
        let mask = textures.mask.texel(column, row).unwrap();
        let grip = skin.parts.iter().position(|p| p == "grip").unwrap() as u8;
        assert_eq!(textures.orm.texel(column, row).unwrap()[2] == 0, mask == part_colour(grip));
    }
    let shading = |at| norm(shaded(&skin, &textures.normal, at));
    assert!(shown(&skin.mesh, 256).into_iter().all(|at| (shading(at) - 1.0).abs() < 1e-3));
}
