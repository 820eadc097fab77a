//! Normals with hard edges: smooth where a surface bends gently, parted where it bends by more than an angle.

use super::Solid;
use super::adjacency::{Adjacency, next, previous};
use crate::mesh::Vec3;
use crate::mesh::normals::doubled_area;
use crate::mesh::sets::Sets;

/// Normals of a solid's corners. Corner `3 t + k` is corner `k` of triangle `t`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shading {
    /// `[G, 3]`, unit length.
    pub normals: Vec<Vec3>,
    /// `[3 T]`, for every corner its normal. Corners of different vertices never share one.
    pub group: Vec<u32>,
    /// `[3 T]`, for every half-edge whether it is hard.
    pub hard: Vec<bool>,
}

/// Normals where an edge is hard if the faces beside it bend by more than `angle` radians, or belong to different parts.
///
/// The triangles around a vertex between two hard edges share one normal: the sum of theirs weighted by area times the
/// angle at the vertex, so that large flats stay flat beside narrow bevels, and a flat's triangulation doesn't matter.
pub fn shade(solid: &Solid, adjacency: &Adjacency, angle: f32) -> Shading {
    let mesh = &solid.mesh;
    let areas: Vec<[f64; 3]> = (0..mesh.triangles.len()).map(|t| doubled_area(mesh.corners(t))).collect();
    let cosine = f64::from(angle.cos());
    let hard: Vec<bool> = (0..adjacency.len())
        .map(|half| {
            let (t, u) = (half / 3, adjacency.twin(half) / 3);
            let [a, b] = [areas[t], areas[u]];
            let product = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
            let lengths = (square(a) * square(b)).sqrt();
            solid.part[t] != solid.part[u] || product < cosine * lengths
        })
        .collect();

    let mut smooth = Sets::new(adjacency.len());
    for half in (0..adjacency.len()).filter(|&h| !hard[h]) {
        smooth.join(half as u32, adjacency.around(half) as u32);
    }
    let mut sums: Vec<[f64; 3]> = Vec::new();
    let mut group = vec![0; adjacency.len()];
    for corner in 0..adjacency.len() {
        let leader = smooth.of(corner as u32) as usize;
        if leader == corner {
            group[corner] = sums.len() as u32;
            sums.push([0.0; 3]);
        } else {
            group[corner] = group[leader];
        }
        let area = areas[corner / 3];
        let weight = angle_at(solid, corner);
        let sum = &mut sums[group[corner] as usize];
        (0..3).for_each(|i| sum[i] += weight * area[i]);
    }
    let unit = |n: [f64; 3]| {
        let length = square(n).sqrt();
        if length > 1e-60 { n.map(|x| (x / length) as f32) } else { [0.0, 1.0, 0.0] }
    };
    Shading { normals: sums.into_iter().map(unit).collect(), group, hard }
}

fn square(a: [f64; 3]) -> f64 {
    a[0] * a[0] + a[1] * a[1] + a[2] * a[2]
}

/// Radians between the two edges of a corner.
fn angle_at(solid: &Solid, corner: usize) -> f64 {
    let corners = solid.mesh.triangles.as_flattened();
    let at = |c: usize| solid.mesh.positions[corners[c] as usize].map(f64::from);
    let (p, q, r) = (at(corner), at(next(corner)), at(previous(corner)));
    let (u, v): ([f64; 3], [f64; 3]) = (std::array::from_fn(|i| q[i] - p[i]), std::array::from_fn(|i| r[i] - p[i]));
    let product = u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
    let lengths = (square(u) * square(v)).sqrt();
    if lengths > 0.0 { (product / lengths).clamp(-1.0, 1.0).acos() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::{Mesh, norm};
    use crate::solid::fixture;

    fn cube() -> Solid {
        let corner = |i: usize| std::array::from_fn(|axis| if (i >> axis) & 1 == 1 { 1.0 } else { -1.0 });
        let faces = [[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]];
        Solid {
            mesh: Mesh {
                positions: (0..8).map(corner).collect(),
                triangles: faces.iter().flat_map(|&[a, b, c, d]| [[a, b, c], [a, c, d]]).collect(),
                ..Default::default()
            },
            part: vec![0; 12],
            parts: vec![String::new()],
        }
    }

    fn shaded(solid: &Solid, degrees: f32) -> Shading {
        let adjacency = Adjacency::new(&solid.mesh.triangles, solid.mesh.positions.len()).unwrap();
        shade(solid, &adjacency, degrees.to_radians())
    }

    #[test]
    fn a_cube_is_hard_below_a_right_angle_and_round_above() {
        let hard = shaded(&cube(), 40.0);
        assert_eq!((hard.normals.len(), hard.hard.iter().filter(|&&h| h).count()), (24, 24));
        let round = shaded(&cube(), 100.0);
        assert_eq!(round.normals.len(), 8);
        // Whichever way the faces are cut, the corner's normal is the diagonal.
        assert!(
            round.normals.iter().all(|n| n.iter().all(|x| (x.abs() - 0.577_35).abs() < 1e-4)),
            "{:?}",
            round.normals
        );
    }

    #[test]
    fn parts_are_parted_and_a_blade_keeps_its_edge() {
        let mut two = cube();
        two.part[..2].fill(1);
        two.parts.push("side".to_owned());
        assert_eq!(shaded(&two, 100.0).hard.iter().filter(|&&h| h).count(), 8);

        let sword = fixture::sword(48, 200, 0.0);
        let shading = shaded(&sword, 40.0);
        let corners = sword.mesh.triangles.as_flattened();
        let mut edge = 0;
        for (corner, &group) in shading.group.iter().enumerate() {
            let normal = shading.normals[group as usize];
            assert!((norm(normal) - 1.0).abs() < 1e-5);
            let p = sword.mesh.positions[corners[corner] as usize];
            if (0.1..0.8).contains(&p[1]) && p[2] == 0.0 {
                assert!(normal[2].abs() > 0.98, "{normal:?} at {p:?}");
                edge += 1;
            }
        }
        assert!(edge > 500, "{edge}");
    }
}
