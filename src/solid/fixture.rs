//! Closed swords of known form to test on: one loft from pommel to tip, or a procedural sword's parts as closed shells.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::Solid;
use crate::mesh::weld::weld;
use crate::mesh::{Mesh, Vec3};
// For tests alone, which may know more than the room.
#[cfg(test)]
use crate::shapes::sword::generate;

/// A section of the loft: height, half extents along X and Z, exponent of the superellipse (2 round, 1 lozenge, 8 box).
type Section = (f32, f32, f32, f32);

/// Sections of each part from below; where two parts meet, both have one at that height.
const PARTS: [(&str, &[Section]); 4] = [
    (
        "pommel",
        &[
            (-0.125, 0.008, 0.008, 2.0),
            (-0.118, 0.018, 0.016, 2.0),
            (-0.105, 0.021, 0.018, 2.0),
            (-0.09, 0.014, 0.012, 2.0),
        ],
    ),
    ("grip", &[(-0.09, 0.012, 0.010, 2.0), (-0.04, 0.015, 0.012, 2.0), (0.05, 0.014, 0.011, 2.0)]),
    ("guard", &[(0.05, 0.095, 0.009, 8.0), (0.068, 0.100, 0.010, 8.0)]),
    (
        "blade",
        &[
            (0.068, 0.026, 0.0025, 1.0),
            (0.5, 0.022, 0.0021, 1.0),
            (0.8, 0.017, 0.0016, 1.0),
            (0.86, 0.011, 0.0012, 1.0),
        ],
    ),
];
pub const TIP: Vec3 = [0.0, 0.9, 0.0];

/// One closed surface of 1.025 m, about `2 * around * along` triangles, rippled by `ripple` metres as decoded ones are.
/// `around` is a multiple of 4, so that the blade's edges lie on vertices.
pub fn sword(around: usize, along: usize, ripple: f32) -> Solid {
    let mut rings: Vec<(u8, Section)> = Vec::new();
    for (part, (_, sections)) in PARTS.iter().enumerate() {
        if let Some(&(_, last)) = rings.last() {
            // The shelf between two parts belongs to the wider one.
            let first = sections[0];
            let shelf = if first.1 > last.1 { part as u8 } else { part as u8 - 1 };
            let steps = 1 + (first.1 - last.1).abs().div_euclid(0.012) as usize;
            for k in 1..=steps {
                rings.push((shelf, between(last, first, k as f32 / steps as f32)));
            }
        } else {
            rings.push((0, sections[0]));
        }
        for pair in sections.windows(2) {
            let steps = (((pair[1].0 - pair[0].0) * along as f32).round() as usize).max(1);
            for k in 1..=steps {
                rings.push((part as u8, between(pair[0], pair[1], k as f32 / steps as f32)));
            }
        }
    }
    let mut solid = Solid { parts: PARTS.iter().map(|(name, _)| (*name).to_owned()).collect(), ..Default::default() };
    let wave = |p: Vec3| {
        let bump = (p[1] * 310.0).sin() * (p[0] * 410.0 + 1.0).cos() + 0.5 * (p[1] * 97.0 + p[0] * 150.0).sin();
        let radius = (p[0] * p[0] + p[2] * p[2]).sqrt().max(1e-4);
        [p[0] * (1.0 + ripple * bump / radius), p[1], p[2] * (1.0 + ripple * bump / radius)]
    };
    for (_, section) in &rings {
        solid.mesh.positions.extend((0..around).map(|i| wave(point(*section, i as f32 / around as f32))));
    }
    let (start, end) = (solid.mesh.positions.len() as u32, solid.mesh.positions.len() as u32 + 1);
    solid.mesh.positions.extend([[0.0, -0.127, 0.0], TIP]);
    let index = |ring: usize, i: usize| (ring * around + i % around) as u32;
    let mut push = |triangle, part| {
        solid.mesh.triangles.push(triangle);
        solid.part.push(part);
    };
    for i in 0..around {
        push([start, index(0, i), index(0, i + 1)], 0);
        for ring in 1..rings.len() {
            let part = rings[ring].0;
            let [a, b, c, d] = [index(ring - 1, i), index(ring - 1, i + 1), index(ring, i + 1), index(ring, i)];
            push([a, c, b], part);
            push([a, d, c], part);
        }
        push([index(rings.len() - 1, i), end, index(rings.len() - 1, i + 1)], 3);
    }
    solid
}

fn between(a: Section, b: Section, t: f32) -> Section {
    let mix = |x: f32, y: f32| x + (y - x) * t;
    (mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2), mix(a.3, b.3))
}

fn point((y, hx, hz, power): Section, turn: f32) -> Vec3 {
    let (s, c) = (turn * std::f32::consts::TAU).sin_cos();
    let (s, c) = (if s.abs() < 1e-5 { 0.0 } else { s }, if c.abs() < 1e-5 { 0.0 } else { c });
    let r = (c.abs().powf(power) + s.abs().powf(power)).powf(-1.0 / power);
    [hx * r * c, y, hz * r * s]
}

/// The parts of procedural sword number `seed` as closed shells in one solid, every triangle split into `4^times`.
pub fn procedural(seed: u64, times: usize) -> Solid {
    let shape = generate("s", &mut ChaCha8Rng::seed_from_u64(seed));
    let mut solid = Solid::default();
    for (part, piece) in shape.parts.iter().enumerate() {
        let mut mesh = weld(&piece.mesh, 0.0);
        mesh.normals.clear();
        mesh.uvs.clear();
        for _ in 0..times {
            mesh = quartered(&mesh);
        }
        solid.part.extend(vec![part as u8; mesh.triangles.len()]);
        solid.parts.push(piece.name.clone());
        solid.mesh.append(&mesh);
    }
    solid
}

fn quartered(mesh: &Mesh) -> Mesh {
    let mut fine = Mesh { positions: mesh.positions.clone(), ..Default::default() };
    let mut middles = std::collections::HashMap::new();
    for t in &mesh.triangles {
        let [a, b, c] = *t;
        let [ab, bc, ca] = [(a, b), (b, c), (c, a)].map(|(p, q)| {
            *middles.entry((p.min(q), p.max(q))).or_insert_with(|| {
                let [p, q] = [p, q].map(|i| mesh.positions[i as usize]);
                fine.positions.push(std::array::from_fn(|k| 0.5 * (p[k] + q[k])));
                fine.positions.len() as u32 - 1
            })
        });
        fine.triangles.extend([[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]);
    }
    fine
}

/// What most tests run on: smooth, rippled and procedural swords.
pub fn several() -> Vec<(String, Solid)> {
    let mut all =
        vec![("smooth loft".to_owned(), sword(48, 200, 0.0)), ("rippled loft".to_owned(), sword(64, 150, 1e-4))];
    all.extend([3, 7, 12, 21].map(|seed| (format!("procedural {seed}"), procedural(seed, 1))));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solid::adjacency::Adjacency;

    #[test]
    fn fixtures_are_closed_and_face_outward() {
        for (name, solid) in several() {
            Adjacency::new(&solid.mesh.triangles, solid.mesh.positions.len()).unwrap_or_else(|e| panic!("{name}: {e}"));
            let volume: f64 = (0..solid.mesh.triangles.len())
                .map(|t| {
                    let [a, b, c] = solid.mesh.corners(t).map(|p| p.map(f64::from));
                    let n = [b[1] * c[2] - b[2] * c[1], b[2] * c[0] - b[0] * c[2], b[0] * c[1] - b[1] * c[0]];
                    (a[0] * n[0] + a[1] * n[1] + a[2] * n[2]) / 6.0
                })
                .sum();
            assert!(volume > 1e-6, "{name}: {volume} m³, {} triangles", solid.mesh.triangles.len());
        }
    }
}
