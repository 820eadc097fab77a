//! Whether a mesh is the boundary of a solid: closed, manifold, outward, free of faults that engines stumble over.

use std::collections::HashMap;

use rayon::prelude::*;
use serde::Serialize;

use crate::mesh::bvh::Bvh;
use crate::mesh::sets::Sets;
use crate::mesh::triangle::{cross_each_other, pierces};
use crate::mesh::weld::Welding;
use crate::mesh::{Mesh, Vec3, cross, dot, norm, sub};

/// A triangle less high than this share of the mesh's extent has no area to speak of: a tenth of a micrometre of a metre.
const FLAT: f32 = 1e-7;

/// Counts of faults, after vertices at equal positions were merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Solidity {
    pub triangles: usize,
    /// Edges that are not run along once in either direction: a hole's rim, or where more than two triangles meet.
    pub open_edges: usize,
    /// Vertices whose triangles form more than one fan: where a surface touches itself.
    pub split_vertices: usize,
    /// Surfaces that hang together.
    pub components: usize,
    /// Of those, the ones that enclose a negative volume: inside out, or around a hollow.
    pub inward: usize,
    /// In cubic units of the mesh.
    pub volume: f64,
    /// Triangles without area, those that merging took a corner included.
    pub degenerate: usize,
    /// Triangles that pass through another one.
    pub crossing: usize,
}

impl Solidity {
    /// Measures a valid mesh.
    pub fn of(mesh: &Mesh) -> Self {
        let Welding { kept, target } = Welding::find(&mesh.positions, 0.0);
        let triangles: Vec<[u32; 3]> = mesh.triangles.iter().map(|t| t.map(|v| target[v as usize])).collect();
        let positions: Vec<Vec3> = kept.iter().map(|&v| mesh.positions[v as usize]).collect();
        let merged = Mesh { positions, triangles, ..Default::default() };
        let least = merged.bounds().map_or(0.0, |(lo, hi)| norm(sub(hi, lo)) * FLAT);
        let flat = |&t: &usize| height(merged.corners(t)) <= least;
        let (components, inward, volume) = components(&merged);
        Self {
            triangles: merged.triangles.len(),
            open_edges: open_edges(&merged.triangles),
            split_vertices: split_vertices(&merged),
            components,
            inward,
            volume,
            degenerate: (0..merged.triangles.len()).filter(flat).count(),
            crossing: crossing(&merged),
        }
    }

    /// Every edge has two triangles, every vertex one fan.
    pub fn is_manifold(&self) -> bool {
        self.triangles > 0 && self.open_edges == 0 && self.split_vertices == 0
    }

    pub fn is_outward(&self) -> bool {
        self.volume > 0.0 && self.inward == 0
    }

    /// Of all triangles, those that pass through another one.
    pub fn crossing_share(&self) -> f32 {
        self.crossing as f32 / self.triangles.max(1) as f32
    }
}

fn height([a, b, c]: [Vec3; 3]) -> f32 {
    let longest = norm(sub(a, b)).max(norm(sub(b, c))).max(norm(sub(c, a)));
    if longest > 0.0 { norm(cross(sub(b, a), sub(c, a))) / longest } else { 0.0 }
}

fn edges(&[a, b, c]: &[u32; 3]) -> [[u32; 2]; 3] {
    [[a, b], [b, c], [c, a]]
}

fn open_edges(triangles: &[[u32; 3]]) -> usize {
    let mut runs: HashMap<[u32; 2], [u32; 2]> = HashMap::with_capacity(2 * triangles.len());
    for [u, v] in triangles.iter().flat_map(edges) {
        let run = runs.entry([u.min(v), u.max(v)]).or_default();
        run[usize::from(u > v)] += 1;
    }
    runs.values().filter(|&&run| run != [1, 1]).count()
}

/// Around a manifold vertex, following from triangle to triangle leads through all of them.
fn split_vertices(mesh: &Mesh) -> usize {
    // For every vertex, the edges opposite to it, from -> to.
    let mut rims: Vec<Vec<[u32; 2]>> = vec![Vec::new(); mesh.positions.len()];
    for &[a, b, c] in &mesh.triangles {
        for (v, edge) in [(a, [b, c]), (b, [c, a]), (c, [a, b])] {
            rims[v as usize].push(edge);
        }
    }
    let is_split = |rim: &&Vec<[u32; 2]>| {
        let Some(&[start, mut at]) = rim.first() else { return false };
        let mut length = 1;
        while at != start && length < rim.len() {
            match rim.iter().find(|edge| edge[0] == at) {
                Some(&[_, next]) => at = next,
                None => break,
            }
            length += 1;
        }
        length < rim.len()
    };
    rims.iter().filter(is_split).count()
}

/// How many, how many of them inside out, and the volume of all.
fn components(mesh: &Mesh) -> (usize, usize, f64) {
    let mut sets = Sets::new(mesh.positions.len());
    for [u, v] in mesh.triangles.iter().flat_map(edges) {
        sets.join(u, v);
    }
    let centre = mesh.bounds().map_or([0.0; 3], |(lo, hi)| std::array::from_fn(|k| lo[k].midpoint(hi[k])));
    let mut volumes: HashMap<u32, f64> = HashMap::new();
    for (t, corners) in mesh.triangles.iter().enumerate() {
        let [a, b, c] = mesh.corners(t).map(|p| sub(p, centre));
        *volumes.entry(sets.of(corners[0])).or_default() += f64::from(dot(a, cross(b, c))) / 6.0;
    }
    let mut sorted: Vec<(u32, f64)> = volumes.into_iter().collect();
    sorted.sort_unstable_by_key(|&(root, _)| root);
    let inward = sorted.iter().filter(|(_, volume)| *volume < 0.0).count();
    (sorted.len(), inward, sorted.iter().map(|(_, volume)| volume).sum())
}

fn crossing(mesh: &Mesh) -> usize {
    let tree = Bvh::new(mesh);
    let crosses = |&t: &usize| {
        let (own, corners) = (mesh.triangles[t], mesh.corners(t));
        let mut found = false;
        tree.near_triangle(corners, |other| {
            if found || other == t {
                return;
            }
            let theirs = mesh.triangles[other];
            let shared: Vec<u32> = own.into_iter().filter(|v| theirs.contains(v)).collect();
            found = match shared[..] {
                [] => cross_each_other(corners, mesh.corners(other)),
                // What both share lies in both planes; only the sides opposite to it can pass through.
                [v] => {
                    let opposite = |t: [u32; 3]| {
                        let k = t.iter().position(|&w| w == v).unwrap_or(0);
                        [t[(k + 1) % 3], t[(k + 2) % 3]].map(|w| mesh.positions[w as usize])
                    };
                    pierces(opposite(own), mesh.corners(other)) || pierces(opposite(theirs), corners)
                }
                _ => false,
            };
        });
        found
    };
    (0..mesh.triangles.len()).into_par_iter().filter(crosses).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::bvh::tests::cube;

    #[test]
    fn a_cube_is_solid_and_its_faults_are_told() {
        let whole = cube(1.0, [0.0; 3]);
        let found = Solidity::of(&whole);
        assert!(found.is_manifold() && found.is_outward() && found.degenerate + found.crossing == 0, "{found:?}");
        assert!((found.volume - 8.0).abs() < 1e-6 && found.components == 1);

        let mut open = whole.clone();
        open.triangles.pop();
        assert_eq!((Solidity::of(&open).open_edges, Solidity::of(&open).is_manifold()), (3, false));

        let mut inside_out = whole.clone();
        inside_out.triangles.iter_mut().for_each(|t| t.swap(0, 1));
        assert!(Solidity::of(&inside_out).is_manifold() && !Solidity::of(&inside_out).is_outward());

        // Two cubes that touch at a corner.
        let mut touching = whole.clone();
        touching.append(&cube(1.0, [2.0; 3]));
        let found = Solidity::of(&touching);
        assert_eq!((found.open_edges, found.split_vertices), (0, 1), "{found:?}");

        let mut through = whole.clone();
        through.append(&cube(0.5, [0.9, 0.1, 0.2]));
        let found = Solidity::of(&through);
        assert!(found.is_manifold() && found.components == 2 && found.crossing > 4, "{found:?}");

        let mut flat = whole;
        flat.positions.push([0.0, 0.0, 1.0]);
        flat.triangles.push([8, 8, 0]);
        assert_eq!(Solidity::of(&flat).degenerate, 1);
    }

    #[test]
    fn vertices_at_one_place_count_as_one() {
        let whole = cube(1.0, [0.0; 3]);
        let mut split = Mesh::default();
        for t in 0..whole.triangles.len() {
            split.positions.extend(whole.corners(t));
            split.triangles.push([0, 1, 2].map(|k| 3 * t as u32 + k));
        }
        assert_eq!(Solidity::of(&split), Solidity::of(&whole));
        assert!(!Solidity::of(&Mesh::default()).is_manifold());
    }
}
