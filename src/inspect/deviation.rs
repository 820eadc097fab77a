//! How far a closed surface strays from the one that it closes, both ways.

use rayon::prelude::*;
use serde::Serialize;

use crate::mesh::bvh::Bvh;
use crate::mesh::winding::Winding;
use crate::mesh::{Mesh, Vec3};

/// Distances from many points to a surface, in units of the mesh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    pub median: f32,
    /// 99th percentile.
    pub p99: f32,
    pub max: f32,
}

/// Distances both ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Deviation {
    /// From what is seen of the dense surface to the closed one: what was lost.
    pub lost: Spread,
    /// From the closed surface to the dense one: what was added.
    pub added: Spread,
}

impl Deviation {
    /// Between two surfaces. `seen` are points on `dense` that can be seen from outside, `on_closed` points on `closed`;
    /// some thousand of each, even by area, make a stable 99th percentile.
    pub fn between(closed: &Mesh, on_closed: &[Vec3], dense: &Mesh, seen: &[Vec3]) -> Self {
        Self { lost: spread(seen, closed), added: spread(on_closed, dense) }
    }

    /// The larger of both ways.
    pub fn worst(&self) -> Spread {
        let Self { lost, added } = self;
        Spread { median: lost.median.max(added.median), p99: lost.p99.max(added.p99), max: lost.max.max(added.max) }
    }
}

impl Spread {
    /// Millimetres a metre of a shape that is `length` long.
    pub fn per_mille(self, length: f32) -> Self {
        let of = |x: f32| 1e3 * x / length;
        Self { median: of(self.median), p99: of(self.p99), max: of(self.max) }
    }
}

/// Those of `points` that lie on the outside of `surface`, an open one of many sheets: within `reach` of them is a place that it
/// doesn't wind around. A sheet inside, glimpsed through a crack, is no part of the shape's outside.
pub fn outer(points: Vec<Vec3>, surface: &Mesh, reach: f32) -> Vec<Vec3> {
    let winding = Winding::new(surface);
    let is_outer = |p: &Vec3| {
        (0..6).any(|i| {
            let mut beside = *p;
            beside[i / 2] += if i % 2 == 0 { reach } else { -reach };
            winding.at(beside) < 0.5
        })
    };
    points.into_par_iter().filter(is_outer).collect()
}

/// Distance of every point to the nearest triangle, `[N]`; infinite where there is none.
pub fn distances(points: &[Vec3], surface: &Mesh) -> Vec<f32> {
    let tree = Bvh::new(surface);
    points.par_iter().map(|&p| tree.distance2(p, |_| true).map_or(f32::INFINITY, f32::sqrt)).collect()
}

fn spread(points: &[Vec3], surface: &Mesh) -> Spread {
    let mut all = distances(points, surface);
    all.sort_unstable_by(f32::total_cmp);
    let Some(last) = all.len().checked_sub(1) else { return Spread::default() };
    let at = |share: f32| all[(share * last as f32).round() as usize];
    Spread { median: at(0.5), p99: at(0.99), max: all[last] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::bvh::tests::cube;

    #[test]
    fn both_ways_are_measured_and_the_worse_counts() {
        let (small, large) = (cube(1.0, [0.0; 3]), cube(1.1, [0.0; 3]));
        let on = |r: f32| vec![[r, 0.0, 0.3], [0.2, -r, 0.0], [0.1, 0.0, r]];
        let found = Deviation::between(&large, &on(1.1), &small, &[[1.0, 0.0, 0.0], [0.5, 0.5, 1.1]]);
        assert!((found.added.p99 - 0.1).abs() < 1e-6 && found.lost.max == found.worst().max, "{found:?}");
        assert!((found.worst().per_mille(2.0).max - 50.0).abs() < 1e-3);
        assert_eq!(Deviation::between(&small, &[], &large, &[]), Deviation::default());
        assert_eq!(distances(&[[0.0; 3]], &Mesh::default()), [f32::INFINITY]);
    }

    #[test]
    fn what_lies_inside_is_not_outer() {
        let mut surface = cube(1.0, [0.0; 3]);
        surface.triangles.pop();
        surface.append(&cube(0.3, [0.0; 3]));
        let on = [[1.0, 0.2, 0.1], [0.3, 0.1, 0.2]];
        assert_eq!(outer(on.to_vec(), &surface, 0.01), [on[0]]);
    }
}
