//! A tree of boxes over triangles, for the questions that would ask them all: what does a ray meet, what is near?

mod hit;

pub use hit::{Hit, Near};

use super::triangle::{closest_point, crossed_by_ray, ray_meets};
use super::{Mesh, Vec3, dot, sub};

/// Triangles in a leaf at most.
const LEAF: usize = 4;

#[derive(Clone, Copy, Debug)]
struct Bounds {
    lo: Vec3,
    hi: Vec3,
}

impl Bounds {
    const NOTHING: Self = Self { lo: [f32::INFINITY; 3], hi: [f32::NEG_INFINITY; 3] };

    fn of(corners: [Vec3; 3]) -> Self {
        let mut bounds = Self::NOTHING;
        corners.into_iter().for_each(|p| bounds.grow(p));
        bounds
    }

    fn grow(&mut self, p: Vec3) {
        for (i, x) in p.into_iter().enumerate() {
            self.lo[i] = self.lo[i].min(x);
            self.hi[i] = self.hi[i].max(x);
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        (0..3).all(|i| self.lo[i] <= other.hi[i] && other.lo[i] <= self.hi[i])
    }

    fn distance2(&self, p: Vec3) -> f32 {
        (0..3).map(|i| (self.lo[i] - p[i]).max(p[i] - self.hi[i]).max(0.0).powi(2)).sum()
    }

    /// Slab test of a ray by its origin and `1 / direction`; NaN from 0 x infinity loses every comparison and so never
    /// hides a box.
    fn is_crossed(&self, origin: Vec3, inverse: Vec3) -> bool {
        let (mut near, mut far) = (0.0f32, f32::INFINITY);
        for i in 0..3 {
            let a = (self.lo[i] - origin[i]) * inverse[i];
            let b = (self.hi[i] - origin[i]) * inverse[i];
            near = near.max(a.min(b));
            far = far.min(a.max(b));
        }
        // A hair wider than exact, so that rounding can't lose a triangle on the box's own face.
        near <= far * (1.0 + 1e-6)
    }
}

#[derive(Clone, Copy, Debug)]
struct Node {
    bounds: Bounds,
    /// First triangle of a leaf, or the right child of an inner node (the left one follows it directly).
    start: u32,
    /// Triangles of a leaf; 0 marks an inner node.
    count: u32,
}

impl Node {
    /// Where a leaf's triangles lie.
    fn triangles(&self) -> std::ops::Range<usize> {
        self.start as usize..(self.start + self.count) as usize
    }
}

/// The tree, with its own copy of the triangles: built once, asked often.
#[derive(Clone, Debug, Default)]
pub struct Bvh {
    nodes: Vec<Node>,
    /// `[T]`, leaf after leaf.
    corners: Vec<[Vec3; 3]>,
    /// `[T]`, the same triangles' places in the mesh.
    order: Vec<u32>,
}

/// Median splits: at most 33 levels for any count that fits u32.
const DEPTH: usize = 64;

impl Bvh {
    /// Over all triangles of a valid mesh. O(T log T).
    pub fn new(mesh: &Mesh) -> Self {
        let corners: Vec<[Vec3; 3]> = (0..mesh.triangles.len()).map(|t| mesh.corners(t)).collect();
        let centres: Vec<Vec3> =
            corners.iter().map(|c| std::array::from_fn(|i| (c[0][i] + c[1][i] + c[2][i]) / 3.0)).collect();
        let mut order: Vec<u32> = (0..corners.len() as u32).collect();
        let mut nodes = Vec::with_capacity(corners.len());
        if !order.is_empty() {
            let whole = 0..order.len();
            build(&mut nodes, &mut order, whole, &corners, &centres);
        }
        Self { nodes, corners: order.iter().map(|&t| corners[t as usize]).collect(), order }
    }

    /// Calls `visit` for every triangle, by its place in the tree, in the leaves that `enter` lets pass, until it
    /// returns false.
    fn walk(&self, enter: impl Fn(&Bounds) -> bool, mut visit: impl FnMut(usize) -> bool) {
        let mut stack = [0u32; DEPTH];
        let mut depth = usize::from(!self.nodes.is_empty());
        while depth > 0 {
            depth -= 1;
            let at = stack[depth];
            let node = &self.nodes[at as usize];
            if !enter(&node.bounds) {
                continue;
            }
            if node.count == 0 {
                stack[depth] = node.start;
                stack[depth + 1] = at + 1;
                depth += 2;
            } else if !node.triangles().all(&mut visit) {
                return;
            }
        }
    }

    /// Calls `meet(front)` for every triangle that the ray crosses, `front` if it leaves through the front side, until
    /// that returns false.
    fn crossed(&self, origin: Vec3, direction: Vec3, mut meet: impl FnMut(bool) -> bool) {
        let inverse = direction.map(|x| 1.0 / x);
        self.walk(
            |bounds| bounds.is_crossed(origin, inverse),
            |i| crossed_by_ray(self.corners[i], origin, direction).is_none_or(&mut meet),
        );
    }

    /// Does the ray meet any triangle?
    pub fn is_blocked(&self, origin: Vec3, direction: Vec3) -> bool {
        let mut blocked = false;
        self.crossed(origin, direction, |_| {
            blocked = true;
            false
        });
        blocked
    }

    /// How many closed, outward-oriented solids hold the point: crossings outward minus crossings inward on the way
    /// to infinity.
    pub fn winding(&self, point: Vec3, direction: Vec3) -> i32 {
        let mut winding = 0;
        self.crossed(point, direction, |front| {
            winding += if front { 1 } else { -1 };
            true
        });
        winding
    }

    /// Where a ray first meets a front, in lengths of `direction`.
    pub fn enters(&self, origin: Vec3, direction: Vec3) -> Option<f32> {
        let inverse = direction.map(|x| 1.0 / x);
        let mut nearest: Option<f32> = None;
        self.walk(
            |bounds| bounds.is_crossed(origin, inverse),
            |i| {
                if let Some((distance, false)) = ray_meets(self.corners[i], origin, direction) {
                    nearest = Some(nearest.map_or(distance, |n| n.min(distance)));
                }
                true
            },
        );
        nearest
    }

    /// Calls `visit` for every triangle whose box meets the box of `corners`.
    pub fn near_triangle(&self, corners: [Vec3; 3], visit: impl FnMut(usize)) {
        self.overlapping(&Bounds::of(corners), visit);
    }

    /// Calls `visit` for every triangle whose box meets the cube of half side `radius` around `p`.
    pub fn near_point(&self, p: Vec3, radius: f32, visit: impl FnMut(usize)) {
        self.overlapping(&Bounds { lo: p.map(|x| x - radius), hi: p.map(|x| x + radius) }, visit);
    }

    fn overlapping(&self, query: &Bounds, mut visit: impl FnMut(usize)) {
        self.walk(
            |bounds| bounds.overlaps(query),
            |i| {
                if Bounds::of(self.corners[i]).overlaps(query) {
                    visit(self.order[i] as usize);
                }
                true
            },
        );
    }

    /// Squared distance from `p` to the nearest triangle that `admit` lets pass; `None` where there is none.
    pub fn distance2(&self, p: Vec3, admit: impl Fn(usize) -> bool) -> Option<f32> {
        self.search(p, admit).map(|(distance2, _)| distance2)
    }

    /// The triangle nearest to `p`; `None` without triangles.
    pub fn nearest(&self, p: Vec3) -> Option<usize> {
        self.search(p, |_| true).map(|(_, triangle)| triangle)
    }

    fn search(&self, p: Vec3, admit: impl Fn(usize) -> bool) -> Option<(f32, usize)> {
        let (mut best, mut found) = (f32::INFINITY, None);
        let distance = |node: u32| self.nodes[node as usize].bounds.distance2(p);
        let mut stack = Vec::from_iter((!self.nodes.is_empty()).then_some(0u32));
        while let Some(at) = stack.pop() {
            let node = &self.nodes[at as usize];
            if node.bounds.distance2(p) >= best {
                continue;
            }
            if node.count == 0 {
                // The nearer child is looked at first, so that the farther one is often cut off.
                let (left, right) = (at + 1, node.start);
                stack.extend(if distance(left) <= distance(right) { [right, left] } else { [left, right] });
                continue;
            }
            for i in node.triangles() {
                let triangle = self.order[i] as usize;
                if !admit(triangle) {
                    continue;
                }
                let away = sub(closest_point(p, self.corners[i]), p);
                let distance2 = dot(away, away);
                if distance2 < best {
                    (best, found) = (distance2, Some(triangle));
                }
            }
        }
        found.map(|triangle| (best, triangle))
    }
}

/// Appends the subtree of `order[range]`. Depth is logarithmic, because each split halves.
fn build(
    nodes: &mut Vec<Node>,
    order: &mut [u32],
    range: std::ops::Range<usize>,
    corners: &[[Vec3; 3]],
    centres: &[Vec3],
) {
    let mut bounds = Bounds::NOTHING;
    let mut spread = Bounds::NOTHING;
    for &t in &order[range.clone()] {
        corners[t as usize].iter().for_each(|&p| bounds.grow(p));
        spread.grow(centres[t as usize]);
    }
    let at = nodes.len();
    nodes.push(Node { bounds, start: range.start as u32, count: range.len() as u32 });
    if range.len() <= LEAF {
        return;
    }
    let extent = sub(spread.hi, spread.lo);
    let axis = (0..3).max_by(|&a, &b| extent[a].total_cmp(&extent[b])).unwrap_or(0);
    let half = range.len() / 2;
    order[range.clone()].select_nth_unstable_by(half, |&a, &b| {
        centres[a as usize][axis].total_cmp(&centres[b as usize][axis]).then(a.cmp(&b))
    });
    build(nodes, order, range.start..range.start + half, corners, centres);
    nodes[at].start = nodes.len() as u32;
    nodes[at].count = 0;
    build(nodes, order, range.start + half..range.end, corners, centres);
}

#[cfg(test)]
pub(crate) mod tests {
    use rand::{Rng, RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Small triangles all over a cube.
    fn scattered(rng: &mut impl Rng) -> Mesh {
        let mut mesh = Mesh::default();
        for t in 0..200u32 {
            let centre: Vec3 = std::array::from_fn(|_| rng.random_range(-1.0..1.0));
            mesh.positions.extend((0..3).map(|_| centre.map(|x| x + rng.random_range(-0.1..0.1))));
            mesh.triangles.push([3 * t, 3 * t + 1, 3 * t + 2]);
        }
        mesh
    }

    /// A cube of half side `r`, faces outward.
    pub(crate) fn cube(r: f32, centre: Vec3) -> Mesh {
        let corner = |i: usize| std::array::from_fn(|axis| centre[axis] + if (i >> axis) & 1 == 1 { r } else { -r });
        let faces = [[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]];
        Mesh {
            positions: (0..8).map(corner).collect(),
            triangles: faces.iter().flat_map(|&[a, b, c, d]| [[a, b, c], [a, c, d]]).collect(),
            ..Default::default()
        }
    }

    #[test]
    fn answers_equal_those_of_all_triangles() {
        let rng = &mut ChaCha8Rng::seed_from_u64(3);
        let mesh = scattered(rng);
        let tree = Bvh::new(&mesh);
        for _ in 0..500 {
            let mut random = || -> Vec3 { std::array::from_fn(|_| rng.random_range(-1.5..1.5)) };
            let (p, direction) = (random(), random());
            let crossed = (0..200).filter_map(|t| crossed_by_ray(mesh.corners(t), p, direction));
            let crossed: Vec<bool> = crossed.collect();
            assert_eq!(tree.is_blocked(p, direction), !crossed.is_empty());
            let winding: i32 = crossed.iter().map(|&front| if front { 1 } else { -1 }).sum();
            assert_eq!(tree.winding(p, direction), winding);

            let distance2 = |t: usize| {
                let away = sub(closest_point(p, mesh.corners(t)), p);
                dot(away, away)
            };
            let expected = (0..200).filter(|t| t % 3 != 0).map(distance2).fold(f32::INFINITY, f32::min);
            assert_eq!(tree.distance2(p, |t| t % 3 != 0), Some(expected));

            let mut found = Vec::new();
            tree.near_point(p, 0.3, |t| found.push(t));
            found.sort_unstable();
            let around = Bounds { lo: p.map(|x| x - 0.3), hi: p.map(|x| x + 0.3) };
            let meets = |&t: &usize| Bounds::of(mesh.corners(t)).overlaps(&around);
            assert_eq!(found, (0..200).filter(meets).collect::<Vec<_>>());
        }
        assert_eq!(tree.distance2([0.0; 3], |_| false), None);
    }

    #[test]
    fn winding_counts_nested_solids() {
        let mut mesh = cube(1.0, [0.0; 3]);
        mesh.append(&cube(0.5, [0.2, 0.0, 0.0]));
        let tree = Bvh::new(&mesh);
        let direction = [0.3, 0.5, 0.7];
        let entered = tree.enters([-2.0, 0.1, 0.0], [1.0, 0.0, 0.0]);
        assert!((entered.unwrap() - 1.0).abs() < 1e-6);
        assert_eq!(tree.enters([0.0, 0.9, 0.0], [1.0, 0.0, 0.0]), None, "it only leaves");
        assert_eq!(tree.winding([0.2, 0.01, 0.0], direction), 2);
        assert_eq!(tree.winding([-0.5, 0.01, 0.0], direction), 1);
        assert_eq!(tree.winding([-1.5, 0.01, 0.0], direction), 0);
    }

    #[test]
    fn without_triangles_nothing_is_met() {
        let tree = Bvh::new(&Mesh::default());
        assert_eq!(tree.winding([0.0; 3], [1.0; 3]), 0);
        assert!(!tree.is_blocked([0.0; 3], [1.0; 3]));
        assert_eq!(tree.distance2([0.0; 3], |_| true), None);
    }
}
