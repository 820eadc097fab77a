//! The surface between what is inside and what is outside on a grid: marching tetrahedra (Doi and Koide 1991).
//!
//! Every cube is cut into six tetrahedra around its diagonal (Kuhn), alike everywhere, so that neighbours agree on their common
//! faces: the surface is closed and manifold whatever the field does, where marching cubes would have to settle doubtful cases.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::mesh::{Mesh, Vec3, add, cross, dot, scaled, sub};

/// The orders in which a cube's axes are gone along from its first corner to its last; each makes a tetrahedron.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// Halvings of an edge in search of the surface.
const HALVINGS: usize = 8;

/// Vertices keep this share of an edge away from its ends, or triangles would lose their area there.
const CLEAR: f32 = 0.04;

/// The surface of where `is_inside`, in units of cells, for a grid of `cells`; its outermost corners count as outside. Outward.
pub fn extract(cells: [usize; 3], is_inside: impl Fn(Vec3) -> bool + Sync) -> Mesh {
    let corners = cells.map(|n| n + 1);
    let place = |i: usize| [i % corners[0], i / corners[0] % corners[1], i / (corners[0] * corners[1])];
    let index = |p: [usize; 3]| p[0] + corners[0] * (p[1] + corners[1] * p[2]);
    let point = |p: [usize; 3]| p.map(|x| x as f32);
    let on_rim = |p: [usize; 3]| (0..3).any(|k| p[k] == 0 || p[k] == cells[k]);
    let count: usize = corners.iter().product();
    let inside: Vec<bool> = (0..count).into_par_iter().map(place).map(|p| !on_rim(p) && is_inside(point(p))).collect();

    // An edge by its first corner and the axes along which it leads to its other one.
    let mut edges: Vec<(usize, usize)> = Vec::new();
    let mut number: HashMap<(usize, usize), u32> = HashMap::new();
    let mut triangles = Vec::new();
    for base in 0..count {
        let at = place(base);
        if (0..3).any(|k| at[k] == cells[k]) {
            continue;
        }
        let corner = |bits: usize| index(std::array::from_fn(|k| at[k] + (bits >> k & 1)));
        let first = inside[base];
        if (1..8).all(|bits| inside[corner(bits)] == first) {
            continue;
        }
        for order in ORDERS {
            let tetrahedron = [0, 1 << order[0], 1 << order[0] | 1 << order[1], 7];
            let (within, without): (Vec<usize>, Vec<usize>) =
                tetrahedron.into_iter().partition(|&bits| inside[corner(bits)]);
            let loops: &[[usize; 2]] = match (&within[..], &without[..]) {
                (&[a], &[b, c, d]) => &[[a, b], [a, c], [a, d]],
                (&[a, b, c], &[d]) => &[[a, d], [b, d], [c, d]],
                (&[a, b], &[c, d]) => &[[a, c], [a, d], [b, d], [b, c]],
                _ => continue,
            };
            let outward = sub(mean(&without), mean(&within));
            let middle = |[a, b]: [usize; 2]| mean(&[a, b]);
            let normal = cross(sub(middle(loops[1]), middle(loops[0])), sub(middle(loops[2]), middle(loops[0])));
            let mut vertices: Vec<u32> = Vec::with_capacity(4);
            for &[a, b] in loops {
                // One corner's axes are among the other's.
                let (low, along) = (a & b, a ^ b);
                let edge = (corner(low), along);
                let next = edges.len() as u32;
                vertices.push(*number.entry(edge).or_insert_with(|| {
                    edges.push(edge);
                    next
                }));
            }
            if dot(normal, outward) < 0.0 {
                vertices.reverse();
            }
            triangles.extend((2..vertices.len()).map(|k| [vertices[0], vertices[k - 1], vertices[k]]));
        }
    }
    let surface = |&(low, along): &(usize, usize)| {
        let from = point(place(low));
        let way: Vec3 = std::array::from_fn(|k| (along >> k & 1) as f32);
        let (mut near, mut far) = (0.0, 1.0);
        for _ in 0..HALVINGS {
            let half = 0.5 * (near + far);
            if is_inside(add(from, scaled(way, half))) == inside[low] {
                near = half;
            } else {
                far = half;
            }
        }
        add(from, scaled(way, (0.5 * (near + far)).clamp(CLEAR, 1.0 - CLEAR)))
    };
    Mesh { positions: edges.par_iter().map(surface).collect(), triangles, ..Default::default() }
}

/// Middle of corners of the unit cube.
fn mean(corners: &[usize]) -> Vec3 {
    std::array::from_fn(|k| corners.iter().map(|bits| (bits >> k & 1) as f32).sum::<f32>() / corners.len() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::solidity::Solidity;
    use crate::mesh::norm;

    #[test]
    fn a_ball_is_closed_and_as_large_as_it_should_be() {
        let mesh = extract([24, 30, 26], |p| norm(sub(p, [12.2, 14.7, 13.1])) < 9.3);
        let found = Solidity::of(&mesh);
        assert!(found.is_manifold() && found.is_outward() && found.components == 1, "{found:?}");
        assert_eq!((found.degenerate, found.crossing), (0, 0));
        let volume = 4.0 / 3.0 * std::f64::consts::PI * 9.3f64.powi(3);
        assert!((found.volume / volume - 1.0).abs() < 0.02, "{} {volume}", found.volume);
    }

    #[test]
    fn noise_is_closed_as_well() {
        let noise = |p: Vec3| (p[0] * 12.9 + p[1] * 78.2 + p[2] * 37.7).sin() * 43758.5;
        let found = Solidity::of(&extract([9, 8, 7], |p| noise(p.map(f32::round)).fract() > 0.0));
        assert!(found.open_edges == 0 && found.split_vertices == 0 && found.triangles > 500, "{found:?}");
        assert!(extract([4, 4, 4], |_| false).triangles.is_empty());
        assert!(Solidity::of(&extract([4, 4, 4], |_| true)).is_manifold(), "the rim closes it");
    }
}
