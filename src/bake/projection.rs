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
    pub part: u8,
}

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

    /// What lies along the unit normal `n` through `p`, within the cage to both sides and facing as the low surface does:
    /// the nearest of it. Without any, what lies nearest in any direction: between two patches that gape, the border of one.
    pub fn project(&self, p: Vec3, n: Vec3, _part: u8) -> (Option<Met>, Found) {
        let outside = add(p, scaled(n, self.cage));
        let mut best: Option<(f32, usize, Met)> = None;
        self.tree.hits(outside, scaled(n, -1.0), 2.0 * self.cage, |hit| {
            let away = (hit.distance - self.cage).abs();
            // Of equally near ones the first in the mesh, so that the tree's order doesn't show.
            let nearer = best.is_none_or(|(least, t, _)| away < least || away == least && hit.triangle < t);
            if hit.entering && nearer {
                let met = self.met(hit.triangle, hit.weights);
                if dot(met.normal, n) > AGREEMENT {
                    best = Some((away, hit.triangle, met));
                }
            }
        });
        if let Some((_, _, met)) = best {
            return (Some(met), Found::Ray);
        }
        let agrees = |t: usize| dot(self.face(t), n) > AGREEMENT;
        match self.tree.nearest(p, self.cage, agrees) {
            Some(near) => {
                let met = self.met(near.triangle, self.weights(near.triangle, near.point));
                (dot(met.normal, n) > AGREEMENT).then_some(met).map_or((None, Found::Missed), |m| (Some(m), Found::Nearest))
            }
            None => (None, Found::Missed),
        }
    }

    fn met(&self, triangle: usize, weights: [f32; 3]) -> Met {
        let index = self.dense.mesh.triangles[triangle].map(|i| i as usize);
        let blend =
            |values: &[Vec3]| (0..3).fold([0.0; 3], |sum, k| add(sum, scaled(values[index[k]], weights[k])));
        Met {
            position: blend(&self.dense.mesh.positions),
            normal: unit(blend(&self.dense.mesh.normals)),
            part: self.dense.part[triangle],
        }
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
