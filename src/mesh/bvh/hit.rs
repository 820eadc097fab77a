//! Where on a triangle: the points that a ray meets within a distance, and the point nearest to another.

use super::{Bounds, Bvh, DEPTH, Node};
use crate::mesh::triangle::closest_point;
use crate::mesh::{Vec3, cross, dot, sub};

/// A point of the mesh that a ray met.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// The triangle's place in the mesh.
    pub triangle: usize,
    /// Of each corner; they sum to 1.
    pub weights: [f32; 3],
    /// From the ray's origin, in lengths of its direction.
    pub distance: f32,
    /// Whether the ray goes in through the triangle's front; else it comes out through it.
    pub entering: bool,
}

/// The point of the mesh that lies nearest to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// The triangle's place in the mesh.
    pub triangle: usize,
    pub point: Vec3,
    /// Squared.
    pub distance2: f32,
}

/// A ray made ready for boxes.
#[derive(Clone, Copy)]
struct Ray {
    origin: Vec3,
    direction: Vec3,
    inverse: Vec3,
    limit: f32,
}

impl Ray {
    fn new(origin: Vec3, direction: Vec3, limit: f32) -> Self {
        // Never 0, so that no box's face gives 0 x infinity.
        let inverse = direction.map(|x| 1.0 / if x.abs() < 1e-18 { 1e-18f32.copysign(x) } else { x });
        Self { origin, direction, inverse, limit }
    }

    /// Comparisons instead of `f32::min`, which cares for NaN: this is where most of the time goes.
    fn crosses(&self, bounds: &Bounds) -> bool {
        let (mut near, mut far) = (0.0, self.limit);
        for i in 0..3 {
            let a = (bounds.lo[i] - self.origin[i]) * self.inverse[i];
            let b = (bounds.hi[i] - self.origin[i]) * self.inverse[i];
            let (first, last) = if a < b { (a, b) } else { (b, a) };
            near = if first > near { first } else { near };
            far = if last < far { last } else { far };
        }
        near <= far * (1.0 + 1e-6)
    }

    /// Distance, weights of the second and third corner, and whether it enters (Möller and Trumbore 1997).
    fn meets(&self, [a, b, c]: &[Vec3; 3]) -> Option<(f32, f32, f32, bool)> {
        let (u, v) = (sub(*b, *a), sub(*c, *a));
        let p = cross(self.direction, v);
        let determinant = dot(u, p);
        if determinant == 0.0 {
            return None;
        }
        let inverse = 1.0 / determinant;
        let from = sub(self.origin, *a);
        let s = dot(from, p) * inverse;
        if !(0.0..=1.0).contains(&s) {
            return None;
        }
        let q = cross(from, u);
        let t = dot(self.direction, q) * inverse;
        let distance = dot(v, q) * inverse;
        let inside = t >= 0.0 && s + t <= 1.0 && distance >= 0.0 && distance <= self.limit;
        // The determinant is -direction . (u x v).
        inside.then_some((distance, s, t, determinant > 0.0))
    }
}

impl Bvh {
    /// Calls `visit` for every point in which the ray meets the mesh up to `limit`, in no order.
    pub fn hits(&self, origin: Vec3, direction: Vec3, limit: f32, mut visit: impl FnMut(Hit)) {
        let ray = Ray::new(origin, direction, limit);
        self.walk(
            |bounds| ray.crosses(bounds),
            |i| {
                if let Some((distance, s, t, entering)) = ray.meets(&self.corners[i]) {
                    let triangle = self.order[i] as usize;
                    visit(Hit { triangle, weights: [1.0 - s - t, s, t], distance, entering });
                }
                true
            },
        );
    }

    /// Does the ray enter (or, if not `entering`, leave) through the front of any triangle up to `limit`?
    pub fn is_crossed_within(&self, origin: Vec3, direction: Vec3, limit: f32, entering: bool) -> bool {
        let ray = Ray::new(origin, direction, limit);
        let mut found = false;
        self.walk(
            |bounds| ray.crosses(bounds),
            |i| {
                found = ray.meets(&self.corners[i]).is_some_and(|hit| hit.3 == entering);
                !found
            },
        );
        found
    }

    /// The point nearest to `p` within `limit` on the triangles that `admit` lets pass.
    pub fn nearest_point(&self, p: Vec3, limit: f32, admit: impl Fn(usize) -> bool) -> Option<Near> {
        let mut best: Option<Near> = None;
        let mut within = limit * limit;
        let mut stack = [(0u32, 0.0f32); DEPTH];
        let mut depth = usize::from(!self.nodes.is_empty());
        while depth > 0 {
            depth -= 1;
            let (at, distance2) = stack[depth];
            if distance2 > within {
                continue;
            }
            let node: &Node = &self.nodes[at as usize];
            if node.count == 0 {
                let side = |node: u32| (node, self.nodes[node as usize].bounds.distance2(p));
                let (left, right) = (side(at + 1), side(node.start));
                // The nearer child is looked at first, so that the farther one is often cut off.
                (stack[depth], stack[depth + 1]) = if left.1 <= right.1 { (right, left) } else { (left, right) };
                depth += 2;
                continue;
            }
            for i in node.triangles() {
                let point = closest_point(p, self.corners[i]);
                let away = sub(point, p);
                let distance2 = dot(away, away);
                let triangle = self.order[i] as usize;
                // Of equally near ones the first in the mesh, so that the tree's order doesn't show.
                let nearer = distance2 < within || distance2 == within && best.is_none_or(|b| triangle < b.triangle);
                if nearer && admit(triangle) {
                    within = distance2;
                    best = Some(Near { triangle, point, distance2 });
                }
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::mesh::{Mesh, add, scaled};

    #[test]
    fn hits_and_the_nearest_point_equal_those_of_all_triangles() {
        let rng = &mut ChaCha8Rng::seed_from_u64(5);
        let mut mesh = Mesh::default();
        for t in 0..300u32 {
            let centre: Vec3 = std::array::from_fn(|_| rng.random_range(-1.0..1.0));
            mesh.positions.extend((0..3).map(|_| centre.map(|x| x + rng.random_range(-0.15..0.15))));
            mesh.triangles.push([3 * t, 3 * t + 1, 3 * t + 2]);
        }
        let tree = Bvh::new(&mesh);
        let mut met = 0;
        for _ in 0..400 {
            let mut random = || -> Vec3 { std::array::from_fn(|_| rng.random_range(-1.2..1.2)) };
            let (p, direction) = (random(), random());
            let ray = Ray::new(p, direction, 1.5);
            let expected: Vec<usize> = (0..300).filter(|&t| ray.meets(&mesh.corners(t)).is_some()).collect();
            let mut found = Vec::new();
            tree.hits(p, direction, 1.5, |hit| {
                let corners = mesh.corners(hit.triangle);
                let point = (0..3).fold([0.0; 3], |sum, k| add(sum, scaled(corners[k], hit.weights[k])));
                let along = add(p, scaled(direction, hit.distance));
                assert!((0..3).all(|i| (point[i] - along[i]).abs() < 1e-4), "{point:?} {along:?}");
                found.push(hit.triangle);
            });
            found.sort_unstable();
            met += found.len();
            assert_eq!(found, expected);
            for entering in [false, true] {
                let any = expected.iter().any(|&t| ray.meets(&mesh.corners(t)).unwrap().3 == entering);
                assert_eq!(tree.is_crossed_within(p, direction, 1.5, entering), any);
            }

            let distance2 = |t: usize| {
                let away = sub(closest_point(p, mesh.corners(t)), p);
                dot(away, away)
            };
            let least = (0..300).filter(|t| t % 2 == 0).map(distance2).fold(f32::INFINITY, f32::min);
            let near = tree.nearest_point(p, 0.4, |t| t % 2 == 0);
            assert_eq!(near.map(|n| n.distance2), (least <= 0.16).then_some(least));
        }
        assert!(met > 40, "{met}");
    }

    #[test]
    fn a_ray_along_an_axis_meets_what_lies_before_it_and_knows_the_side() {
        let mesh = Mesh {
            positions: vec![[-1.0, -1.0, 0.0], [1.0, -1.0, 0.0], [0.0, 1.0, 0.0]],
            triangles: vec![[0, 1, 2]],
            ..Default::default()
        };
        let tree = Bvh::new(&mesh);
        let down = [0.0, 0.0, -1.0];
        assert!(tree.is_crossed_within([0.0, 0.0, 1.0], down, 1.5, true));
        assert!(!tree.is_crossed_within([0.0, 0.0, 1.0], down, 0.5, true));
        assert!(tree.is_crossed_within([0.0, 0.0, -1.0], [0.0, 0.0, 1.0], 1.5, false));
        assert!(Bvh::default().nearest_point([0.0; 3], 1.0, |_| true).is_none());
    }
}
