//! A bounding volume hierarchy over triangles: what does a ray meet?

use crate::mesh::{Mesh, Vec3, cross, dot, scaled, sub};

/// Triangles per leaf at most.
const LEAF: usize = 4;

#[derive(Clone, Copy, Debug)]
struct Node {
    lo: Vec3,
    hi: Vec3,
    /// First triangle of a leaf, or the right child of an inner node (the left one follows it directly).
    start: u32,
    /// Triangles of a leaf; 0 marks an inner node.
    count: u32,
}

/// A corner and two edges: what the intersection test needs.
#[derive(Clone, Copy, Debug)]
struct Facet {
    origin: Vec3,
    u: Vec3,
    v: Vec3,
}

/// The hierarchy, with its own copy of the triangles.
#[derive(Clone, Debug, Default)]
pub struct Bvh {
    nodes: Vec<Node>,
    facets: Vec<Facet>,
}

fn grow(bounds: &mut (Vec3, Vec3), p: Vec3) {
    for (i, x) in p.into_iter().enumerate() {
        bounds.0[i] = bounds.0[i].min(x);
        bounds.1[i] = bounds.1[i].max(x);
    }
}

const NOTHING: (Vec3, Vec3) = ([f32::INFINITY; 3], [f32::NEG_INFINITY; 3]);

impl Bvh {
    /// Over all triangles of a valid mesh.
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
        let facet = |&t: &u32| {
            let [a, b, c] = corners[t as usize];
            Facet { origin: a, u: sub(b, a), v: sub(c, a) }
        };
        Self { nodes, facets: order.iter().map(facet).collect() }
    }

    /// Calls `meet(front)` for every triangle that the ray crosses, `front` if it leaves through the front side, until
    /// that returns false.
    fn each(&self, origin: Vec3, direction: Vec3, mut meet: impl FnMut(bool) -> bool) {
        let inverse = direction.map(|x| 1.0 / x);
        let mut stack = [0u32; 64];
        let mut depth = 1;
        if self.nodes.is_empty() {
            return;
        }
        while depth > 0 {
            depth -= 1;
            let at = stack[depth];
            let node = &self.nodes[at as usize];
            if !crosses_box(node, origin, inverse) {
                continue;
            }
            if node.count == 0 {
                // Median splits: at most 33 levels for any count that fits u32.
                stack[depth] = node.start;
                stack[depth + 1] = at + 1;
                depth += 2;
                continue;
            }
            for facet in &self.facets[node.start as usize..(node.start + node.count) as usize] {
                if let Some(front) = crosses(facet, origin, direction)
                    && !meet(front)
                {
                    return;
                }
            }
        }
    }

    /// Does the ray meet any triangle?
    pub fn is_blocked(&self, origin: Vec3, direction: Vec3) -> bool {
        let mut blocked = false;
        self.each(origin, direction, |_| {
            blocked = true;
            false
        });
        blocked
    }

    /// How many closed, outward-oriented solids hold the point: crossings outward minus crossings inward on the way
    /// to infinity.
    pub fn winding(&self, point: Vec3, direction: Vec3) -> i32 {
        let mut winding = 0;
        self.each(point, direction, |front| {
            winding += if front { 1 } else { -1 };
            true
        });
        winding
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
    let mut bounds = NOTHING;
    let mut spread = NOTHING;
    for &t in &order[range.clone()] {
        corners[t as usize].iter().for_each(|&p| grow(&mut bounds, p));
        grow(&mut spread, centres[t as usize]);
    }
    let at = nodes.len();
    let (lo, hi) = bounds;
    nodes.push(Node { lo, hi, start: range.start as u32, count: range.len() as u32 });
    if range.len() <= LEAF {
        return;
    }
    let extent = sub(spread.1, spread.0);
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

/// Slab test; NaN from 0 x infinity loses every comparison and so never hides a box.
fn crosses_box(node: &Node, origin: Vec3, inverse: Vec3) -> bool {
    let (mut near, mut far) = (0.0f32, f32::INFINITY);
    for i in 0..3 {
        let a = (node.lo[i] - origin[i]) * inverse[i];
        let b = (node.hi[i] - origin[i]) * inverse[i];
        near = near.max(a.min(b));
        far = far.min(a.max(b));
    }
    // A hair wider than exact, so that rounding can't lose a triangle on the box's own face.
    near <= far * (1.0 + 1e-6)
}

/// Möller and Trumbore 1997. `Some(true)` where the ray runs along the triangle's normal.
fn crosses(facet: &Facet, origin: Vec3, direction: Vec3) -> Option<bool> {
    let p = cross(direction, facet.v);
    let determinant = dot(facet.u, p);
    if determinant == 0.0 {
        return None;
    }
    let inverse = 1.0 / determinant;
    let from = sub(origin, facet.origin);
    let a = dot(from, p) * inverse;
    if !(0.0..=1.0).contains(&a) {
        return None;
    }
    let q = cross(from, facet.u);
    let b = dot(direction, q) * inverse;
    if b < 0.0 || a + b > 1.0 || dot(facet.v, q) * inverse <= 0.0 {
        return None;
    }
    // The determinant is -direction . (u x v).
    Some(determinant < 0.0)
}

/// `i`-th of `n` directions that cover the sphere evenly (Fibonacci lattice), turned by `turn` in 0..1 about y.
pub fn sphere_direction(i: usize, n: usize, turn: f32) -> Vec3 {
    const GOLDEN: f32 = 0.618_034;
    let y = 1.0 - (2.0 * i as f32 + 1.0) / n as f32;
    let angle = std::f32::consts::TAU * ((i as f32 * GOLDEN + turn) % 1.0);
    let r = (1.0 - y * y).max(0.0).sqrt();
    [r * angle.cos(), y, r * angle.sin()]
}

/// `direction`, reversed if it points away from `normal`.
pub fn towards(direction: Vec3, normal: Vec3) -> Vec3 {
    if dot(direction, normal) < 0.0 { scaled(direction, -1.0) } else { direction }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::shapes::sample::tests::ball;

    #[test]
    fn agrees_with_testing_every_triangle() {
        let mesh = ball(1.0, [0.0; 3]);
        let bvh = Bvh::new(&mesh);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..500 {
            let mut random = || -> Vec3 { std::array::from_fn(|_| rng.random_range(-1.5..1.5)) };
            let (origin, direction) = (random(), random());
            let brute: Vec<bool> = (0..mesh.triangles.len())
                .filter_map(|t| {
                    let [a, b, c] = mesh.corners(t);
                    crosses(&Facet { origin: a, u: sub(b, a), v: sub(c, a) }, origin, direction)
                })
                .collect();
            assert_eq!(bvh.is_blocked(origin, direction), !brute.is_empty());
            let winding: i32 = brute.iter().map(|&front| if front { 1 } else { -1 }).sum();
            assert_eq!(bvh.winding(origin, direction), winding);
        }
    }

    #[test]
    fn winding_counts_nested_solids() {
        let mut mesh = ball(1.0, [0.0; 3]);
        mesh.append(&ball(0.5, [0.2, 0.0, 0.0]));
        let bvh = Bvh::new(&mesh);
        let direction = [0.3, 0.5, 0.7];
        assert_eq!(bvh.winding([0.2, 0.01, 0.0], direction), 2);
        assert_eq!(bvh.winding([-0.5, 0.01, 0.0], direction), 1);
        assert_eq!(bvh.winding([-1.5, 0.01, 0.0], direction), 0);
    }

    #[test]
    fn directions_cover_the_sphere() {
        let sum = (0..64).fold([0.0f32; 3], |s, i| crate::mesh::add(s, sphere_direction(i, 64, 0.3)));
        assert!(sum.iter().all(|x| x.abs() < 2.0), "{sum:?}");
        assert_eq!(Bvh::new(&Mesh::default()).winding([0.0; 3], [1.0; 3]), 0);
    }
}
