//! The dense surface as seen from a point of the low one.

use super::{Dense, Found};
use crate::mesh::bvh::Bvh;
use crate::mesh::{Vec3, add, cross, dot, scaled, sub, unit};

/// How far the dense normal may lean away from the low one: beyond, it is another side of the shape, the back of a thin
/// blade for instance. A cosine.
const AGREEMENT: f32 = 0.1;

/// A point on the dense surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Met {
    pub position: Vec3,
    /// Between the corners' normals, unit length.
    pub normal: Vec3,
}

/// Whether it is another part's, how far away, and, so that the tree's order doesn't show, the place in the mesh.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Rank(bool, f32, usize);

/// The dense surface with its tree.
pub(super) struct Reference<'a> {
    dense: Dense<'a>,
    pub tree: Bvh,
    cage: f32,
}

impl<'a> Reference<'a> {
    pub fn new(dense: &Dense<'a>, cage: f32) -> Self {
        Self { dense: *dense, tree: Bvh::new(dense.mesh), cage }
    }

    /// What lies along the unit normal `n` through `p`, within the cage to both sides and facing as the low surface does: the
    /// nearest of the same part, or else the nearest. Without any, what lies nearest in any direction: between two patches
    /// that gape, the border of one.
    pub fn project(&self, p: Vec3, n: Vec3, part: u8) -> (Option<Met>, Found) {
        let outside = add(p, scaled(n, self.cage));
        let mut best: Option<(Rank, Met)> = None;
        self.tree.hits(outside, scaled(n, -1.0), 2.0 * self.cage, |hit| {
            let of = self.dense.part[hit.triangle];
            let rank = Rank(of != part, (hit.distance - self.cage).abs(), hit.triangle);
            if hit.entering && best.is_none_or(|(least, _)| rank < least) {
                let met = self.met(hit.triangle, hit.weights);
                if dot(met.normal, n) > AGREEMENT {
                    best = Some((rank, met));
                }
            }
        });
        if let Some((_, met)) = best {
            return (Some(met), Found::Ray);
        }
        let agrees = |t: usize| dot(self.face(t), n) > AGREEMENT;
        let near = self
            .tree
            .nearest_point(p, self.cage, |t| self.dense.part[t] == part && agrees(t))
            .or_else(|| self.tree.nearest_point(p, self.cage, agrees));
        let met = near.map(|near| self.met(near.triangle, self.weights(near.triangle, near.point)));
        match met.filter(|met| dot(met.normal, n) > AGREEMENT) {
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
