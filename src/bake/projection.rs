//! The dense surface as seen from a point of the low one.

use std::cmp::Ordering;

use super::{Dense, Found};
use crate::mesh::bvh::Bvh;
use crate::mesh::{Vec3, add, cross, dot, scaled, sub, unit};

/// How far the dense normal may lean away from the low one, a cosine: beyond, it is another side of the shape (the back of a
/// thin blade, the far face of an edge), or a splinter of surface whose normal means nothing.
const AGREEMENT: f32 = 0.5;

/// A point on the dense surface.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Met {
    pub position: Vec3,
    /// Between the corners' normals, unit length.
    pub normal: Vec3,
}

/// Layers of surface upon each other that are told apart.
const LAYERS: usize = 8;

/// How far patches reach over each other, as a share of the cage.
const OVERLAP: f32 = 0.25;

/// A layer's place among those along a ray.
#[derive(Clone, Copy, Debug, Default)]
struct Rank {
    /// Whether it is another part's.
    other: bool,
    /// Below the low surface, or above it if negative.
    depth: f32,
    triangle: usize,
}

impl Rank {
    /// The least is looked for; of equally near ones the first in the mesh, so that the tree's order doesn't show.
    fn nearness(&self) -> (bool, f32, usize) {
        (self.other, self.depth.abs(), self.triangle)
    }
}

/// The place of the layer farthest from the low surface.
fn farthest(layers: &[(Rank, Met)]) -> usize {
    let place = |&a: &usize, &b: &usize| layers[a].0.nearness().partial_cmp(&layers[b].0.nearness());
    (0..layers.len()).max_by(|a, b| place(a, b).unwrap_or(Ordering::Equal)).unwrap_or(0)
}

/// The dense surface with its tree.
pub(super) struct Reference<'a> {
    dense: Dense<'a>,
    pub tree: Bvh,
    cage: f32,
    overlap: f32,
}

impl<'a> Reference<'a> {
    pub fn new(dense: &Dense<'a>, cage: f32) -> Self {
        Self { dense: *dense, tree: Bvh::new(dense.mesh), cage, overlap: OVERLAP * cage }
    }

    /// What lies along the unit normal `n` through `p`, within the cage to both sides and facing as the low surface does: the
    /// nearest of the same part, of patches that reach over each other the outer one. Without any, what lies nearest of that
    /// part in any direction (between two patches that gape, the border of one), and then whatever is of another part.
    pub fn project(&self, p: Vec3, n: Vec3, part: u8) -> (Option<Met>, Found) {
        let outside = add(p, scaled(n, self.cage));
        let mut layers = [(Rank::default(), Met::default()); LAYERS];
        let mut count = 0;
        self.tree.hits(outside, scaled(n, -1.0), 2.0 * self.cage, |hit| {
            if !hit.entering {
                return;
            }
            let met = self.met(hit.triangle, hit.weights);
            if dot(met.normal, n) > AGREEMENT {
                let other = self.dense.part[hit.triangle] != part;
                let rank = Rank { other, depth: hit.distance - self.cage, triangle: hit.triangle };
                // Beyond so many the nearest stay, in whatever order the tree is walked.
                let at = if count < LAYERS { count } else { farthest(&layers) };
                if count < LAYERS || rank.nearness() < layers[at].0.nearness() {
                    layers[at] = (rank, met);
                    count = LAYERS.min(count + 1);
                }
            }
        });
        let layers = &layers[..count];
        let nearest =
            layers.iter().min_by(|a, b| a.0.nearness().partial_cmp(&b.0.nearness()).unwrap_or(Ordering::Equal));
        let best = nearest.map(|&(near, _)| {
            let upon = |layer: &&(Rank, Met)| layer.0.other == near.other && layer.0.depth >= near.depth - self.overlap;
            let outer = layers.iter().filter(upon).min_by(|a, b| a.0.depth.total_cmp(&b.0.depth));
            outer.copied().unwrap_or_default()
        });
        let near = |own: bool| {
            let admit = |t: usize| (self.dense.part[t] == part) == own && dot(self.face(t), n) > AGREEMENT;
            let near = self.tree.nearest_point(p, self.cage, admit)?;
            let met = self.met(near.triangle, self.weights(near.triangle, near.point));
            (dot(met.normal, n) > AGREEMENT).then_some(met)
        };
        // At the border of two parts the low surface may dip under the other's: there its own border goes before that.
        let (own, other) = match best {
            Some((rank, met)) if rank.other => (None, Some(met)),
            best => (best.map(|(_, met)| met), None),
        };
        if let Some(met) = own {
            return (Some(met), Found::Ray);
        }
        match near(true).or(other).or_else(|| near(false)) {
            Some(met) => (Some(met), Found::Nearest),
            None => (None, Found::Missed),
        }
    }

    fn met(&self, triangle: usize, weights: [f32; 3]) -> Met {
        let index = self.dense.mesh.triangles[triangle].map(|i| i as usize);
        let blend = |values: &[Vec3]| (0..3).fold([0.0; 3], |sum, k| add(sum, scaled(values[index[k]], weights[k])));
        Met { position: blend(&self.dense.mesh.positions), normal: unit(blend(&self.dense.mesh.normals)) }
    }

    fn face(&self, triangle: usize) -> Vec3 {
        let [a, b, c] = self.dense.mesh.corners(triangle);
        unit(cross(sub(b, a), sub(c, a)))
    }

    /// Weights of the corners at a point of a triangle.
    fn weights(&self, triangle: usize, p: Vec3) -> [f32; 3] {
        let [a, b, c] = self.dense.mesh.corners(triangle);
        let n = cross(sub(b, a), sub(c, a));
        let whole = dot(n, n);
        if whole <= 0.0 {
            return [1.0, 0.0, 0.0];
        }
        let share = |u: Vec3, v: Vec3| (dot(n, cross(sub(u, p), sub(v, p))) / whole).clamp(0.0, 1.0);
        let (first, second) = (share(b, c), share(c, a));
        [first, second, (1.0 - first - second).max(0.0)]
    }
}
