//! What can be said of any mesh, learned or not: size, closedness, faults.

use std::collections::HashMap;

use rayon::prelude::*;
use serde::Serialize;

use crate::mesh::bvh::Bvh;
use crate::mesh::normals::doubled_area;
use crate::mesh::triangle::cross_each_other;
use crate::mesh::weld::weld;
use crate::mesh::{Mesh, Vec3};

/// Triangles that are tested for crossing another. Of a larger mesh every k-th is.
const CROSSING_QUERIES: usize = 100_000;
/// Neighbours that one triangle is tested against: a triangle whose box holds a whole mesh must not stop us.
const CROSSING_CANDIDATES: usize = 20_000;

/// Figures of one mesh. Lengths in units of its positions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeshFigures {
    pub vertices: usize,
    pub triangles: usize,
    /// Sum of the triangles' areas.
    pub area: f64,
    /// Enclosed volume, positive where triangles face outward; without meaning unless `watertight`.
    pub volume: f64,
    pub min: Vec3,
    pub max: Vec3,
    /// `max - min`
    pub extents: Vec3,
    /// Every edge has exactly two triangles that run along it in opposite directions, once equal positions are merged.
    pub watertight: bool,
    /// Edges of one triangle only.
    pub boundary_edges: usize,
    /// Edges of three triangles or more.
    pub non_manifold_edges: usize,
    /// Edges of two triangles that run along it in the same direction: one of them faces the wrong way.
    pub inconsistent_edges: usize,
    /// Pieces that no edge or corner connects, once equal positions are merged.
    pub components: usize,
    /// Triangles without area.
    pub degenerate_triangles: usize,
    pub self_intersections: SelfIntersections,
}

/// Pairs of triangles that pass through each other and share no corner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SelfIntersections {
    pub pairs: usize,
    /// False when the mesh was too large to test every pair: then `pairs` is a lower bound.
    pub complete: bool,
}

/// Measures a valid mesh. A mesh without triangles has zero for everything but its vertices and bounds.
pub fn figures(mesh: &Mesh) -> MeshFigures {
    let (min, max) = mesh.bounds().unwrap_or_default();
    let origin = min;
    let (mut area, mut volume, mut degenerate_triangles) = (0.0, 0.0, 0);
    for t in 0..mesh.triangles.len() {
        let corners = mesh.corners(t);
        let n = doubled_area(corners);
        let doubled = (n[0] * n[0] + n[1] * n[1] + n[2] * n[2]).sqrt();
        area += doubled / 2.0;
        // Heights above a corner of the bounds rather than the world's origin: nothing cancels far away from it.
        volume += (0..3).map(|i| n[i] * (f64::from(corners[0][i]) - f64::from(origin[i]))).sum::<f64>() / 6.0;
        degenerate_triangles += usize::from(is_degenerate(corners, doubled));
    }
    let merged = weld(mesh, 0.0);
    let edges = Edges::count(&merged);
    MeshFigures {
        vertices: mesh.positions.len(),
        triangles: mesh.triangles.len(),
        area,
        volume,
        min,
        max,
        extents: std::array::from_fn(|i| max[i] - min[i]),
        watertight: edges.all > 0 && edges.boundary + edges.non_manifold + edges.inconsistent == 0,
        boundary_edges: edges.boundary,
        non_manifold_edges: edges.non_manifold,
        inconsistent_edges: edges.inconsistent,
        components: components(&merged),
        degenerate_triangles,
        self_intersections: self_intersections(&merged),
    }
}

/// No area beside the square of the longest edge: a needle as thin as `f32` can make it, or a point.
fn is_degenerate([a, b, c]: [Vec3; 3], doubled_area: f64) -> bool {
    let length2 = |p: Vec3, q: Vec3| (0..3).map(|i| (f64::from(p[i]) - f64::from(q[i])).powi(2)).sum::<f64>();
    doubled_area <= 1e-7 * length2(a, b).max(length2(b, c)).max(length2(c, a))
}

#[derive(Default)]
struct Edges {
    all: usize,
    boundary: usize,
    non_manifold: usize,
    inconsistent: usize,
}

impl Edges {
    fn count(merged: &Mesh) -> Self {
        let mut runs: HashMap<(u32, u32), [u32; 2]> = HashMap::with_capacity(merged.triangles.len() * 3 / 2);
        for &[a, b, c] in &merged.triangles {
            for (from, to) in [(a, b), (b, c), (c, a)] {
                runs.entry((from.min(to), from.max(to))).or_default()[usize::from(from > to)] += 1;
            }
        }
        let mut edges = Self { all: runs.len(), ..Self::default() };
        for [up, down] in runs.into_values() {
            match (up, down) {
                (1, 1) => {}
                (1, 0) | (0, 1) => edges.boundary += 1,
                (2, 0) | (0, 2) => edges.inconsistent += 1,
                _ => edges.non_manifold += 1,
            }
        }
        edges
    }
}

fn components(merged: &Mesh) -> usize {
    let mut parent: Vec<u32> = (0..merged.positions.len() as u32).collect();
    fn root(parent: &mut [u32], mut i: u32) -> u32 {
        while parent[i as usize] != i {
            parent[i as usize] = parent[parent[i as usize] as usize];
            i = parent[i as usize];
        }
        i
    }
    let mut used = vec![false; merged.positions.len()];
    for &[a, b, c] in &merged.triangles {
        for other in [b, c] {
            let (p, q) = (root(&mut parent, a), root(&mut parent, other));
            parent[p.max(q) as usize] = p.min(q);
        }
        for i in [a, b, c] {
            used[i as usize] = true;
        }
    }
    (0..parent.len()).filter(|&i| used[i] && parent[i] == i as u32).count()
}

fn self_intersections(merged: &Mesh) -> SelfIntersections {
    let tree = Bvh::new(merged);
    let count = merged.triangles.len();
    let stride = count.div_ceil(CROSSING_QUERIES).max(1);
    let query = |t: usize| {
        let (corners, names) = (merged.corners(t), merged.triangles[t]);
        let (mut pairs, mut candidates) = (0, 0);
        tree.near_triangle(corners, |other| {
            // A pair of two tested triangles is counted from the first of them.
            if other == t || (other < t && other % stride == 0) {
                return;
            }
            if merged.triangles[other].iter().any(|i| names.contains(i)) {
                return;
            }
            candidates += 1;
            if candidates <= CROSSING_CANDIDATES && cross_each_other(corners, merged.corners(other)) {
                pairs += 1;
            }
        });
        (pairs, candidates <= CROSSING_CANDIDATES)
    };
    let (pairs, complete) = (0..count.div_ceil(stride))
        .into_par_iter()
        .map(|i| query(i * stride))
        .reduce(|| (0, true), |a, b| (a.0 + b.0, a.1 && b.1));
    SelfIntersections { pairs, complete: complete && stride == 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The unit cube from the origin; every face has four vertices of its own.
    fn cube() -> Mesh {
        let mut mesh = Mesh::default();
        for axis in 0..3 {
            for (side, order) in [(0.0, [0, 2, 1, 0, 3, 2]), (1.0, [0, 1, 2, 0, 2, 3])] {
                let base = mesh.positions.len() as u32;
                for [u, v] in [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]] {
                    let mut p = [side; 3];
                    (p[(axis + 1) % 3], p[(axis + 2) % 3]) = (u, v);
                    mesh.positions.push(p);
                }
                mesh.triangles.extend(order.as_chunks::<3>().0.iter().map(|t| t.map(|i: u32| i + base)));
            }
        }
        mesh
    }

    /// Latitude-longitude sphere of radius 1; the poles are fans of degenerate-free triangles.
    fn sphere(rings: u32) -> Mesh {
        let around = 2 * rings;
        let mut mesh = Mesh::default();
        for ring in 0..=rings {
            let (sin, cos) = (std::f32::consts::PI * ring as f32 / rings as f32).sin_cos();
            for step in 0..around {
                let (s, c) = (std::f32::consts::TAU * step as f32 / around as f32).sin_cos();
                let pole = ring == 0 || ring == rings;
                mesh.positions.push(if pole { [0.0, cos, 0.0] } else { [sin * s, cos, sin * c] });
            }
        }
        for ring in 0..rings {
            for step in 0..around {
                let next = (step + 1) % around;
                let [a, b] = [ring * around + step, ring * around + next];
                let [c, d] = [a + around, b + around];
                mesh.triangles.extend((ring > 0).then_some([a, d, b]));
                mesh.triangles.extend((ring + 1 < rings).then_some([a, c, d]));
            }
        }
        mesh
    }

    #[test]
    fn a_cube_is_closed_and_has_volume_one() {
        let found = figures(&cube());
        assert_eq!((found.vertices, found.triangles, found.components, found.degenerate_triangles), (24, 12, 1, 0));
        assert!(found.watertight && found.boundary_edges == 0);
        assert!((found.volume - 1.0).abs() < 1e-12);
        assert_eq!((found.area, found.extents), (6.0, [1.0; 3]));
        assert_eq!(found.self_intersections, SelfIntersections { pairs: 0, complete: true });
    }

    #[test]
    fn faults_are_told_apart() {
        let mut open = cube();
        open.triangles.pop();
        let found = figures(&open);
        assert!(!found.watertight && found.boundary_edges == 3 && found.inconsistent_edges == 0);

        let mut turned = cube();
        turned.triangles[5].swap(0, 1);
        let found = figures(&turned);
        assert!(!found.watertight && found.boundary_edges == 0 && found.inconsistent_edges == 3);

        let mut doubled = cube();
        doubled.triangles.push(doubled.triangles[0]);
        assert_eq!(figures(&doubled).non_manifold_edges, 3);

        let mut flat = cube();
        flat.triangles.extend([[0, 0, 1], [0, 1, 1]]);
        assert_eq!(figures(&flat).degenerate_triangles, 2);
    }

    #[test]
    fn a_sphere_far_away_has_its_area_and_volume() {
        let mut mesh = sphere(40);
        mesh.transform(1.0, [100.0, -200.0, 50.0]);
        let found = figures(&mesh);
        let (area, volume) = (4.0 * std::f64::consts::PI, 4.0 / 3.0 * std::f64::consts::PI);
        assert!((found.area / area - 1.0).abs() < 0.01 && (found.volume / volume - 1.0).abs() < 0.01, "{found:?}");
        assert!(found.watertight && found.self_intersections.pairs == 0);
    }

    #[test]
    fn two_pieces_that_cross_are_counted() {
        let mut mesh = cube();
        let mut second = cube();
        second.transform(1.0, [0.5, 0.25, 0.125]);
        mesh.append(&second);
        let found = figures(&mesh);
        assert_eq!(found.components, 2);
        assert!(found.self_intersections.pairs > 4 && found.watertight);
        let crossing = Mesh {
            positions: vec![
                [0.0; 3],
                [1.0, 0.0, 0.0],
                [0.0, 1.0, 0.0],
                [0.2, 0.2, -1.0],
                [0.2, 0.2, 1.0],
                [0.9, 0.9, 0.0],
            ],
            triangles: vec![[0, 1, 2], [3, 4, 5]],
            ..Default::default()
        };
        assert_eq!(figures(&crossing).self_intersections.pairs, 1);
    }

    #[test]
    fn a_point_cloud_has_bounds_only() {
        let found = figures(&Mesh { positions: vec![[0.0; 3], [1.0; 3]], ..Default::default() });
        assert!(!found.watertight && found.components == 0 && found.extents == [1.0; 3]);
    }
}
