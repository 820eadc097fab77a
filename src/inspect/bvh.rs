//! A tree of boxes over triangles, for the questions that would compare all pairs.

use crate::mesh::{Mesh, Vec3, dot, sub};

use super::triangle::closest_point;

/// Triangles in a leaf.
const LEAF: usize = 4;

#[derive(Clone, Copy, Debug)]
struct Bounds {
    lo: Vec3,
    hi: Vec3,
}

impl Bounds {
    fn of(corners: [Vec3; 3]) -> Self {
        let [a, b, c] = corners;
        Self {
            lo: std::array::from_fn(|i| a[i].min(b[i]).min(c[i])),
            hi: std::array::from_fn(|i| a[i].max(b[i]).max(c[i])),
        }
    }

    fn join(self, other: Self) -> Self {
        Self {
            lo: std::array::from_fn(|i| self.lo[i].min(other.lo[i])),
            hi: std::array::from_fn(|i| self.hi[i].max(other.hi[i])),
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        (0..3).all(|i| self.lo[i] <= other.hi[i] && other.lo[i] <= self.hi[i])
    }

    fn distance2(&self, p: Vec3) -> f32 {
        (0..3).map(|i| (self.lo[i] - p[i]).max(p[i] - self.hi[i]).max(0.0).powi(2)).sum()
    }
}

#[derive(Debug)]
struct Node {
    bounds: Bounds,
    /// First triangle of a leaf in `order`, or the left child.
    first: u32,
    /// Triangles of a leaf; 0 for an inner node, whose right child follows the left subtree.
    count: u32,
    right: u32,
}

/// Built once over a mesh's triangles, then asked often.
#[derive(Debug)]
pub struct Bvh<'a> {
    mesh: &'a Mesh,
    nodes: Vec<Node>,
    order: Vec<u32>,
}

impl<'a> Bvh<'a> {
    /// Over all triangles of a valid mesh, split at the median of the longest axis. O(T log T).
    pub fn new(mesh: &'a Mesh) -> Self {
        let bounds: Vec<Bounds> = (0..mesh.triangles.len()).map(|t| Bounds::of(mesh.corners(t))).collect();
        let mut tree = Self { mesh, nodes: Vec::new(), order: (0..bounds.len() as u32).collect() };
        if !bounds.is_empty() {
            tree.build(&bounds, 0, bounds.len());
        }
        tree
    }

    fn build(&mut self, bounds: &[Bounds], start: usize, end: usize) -> u32 {
        let all = self.order[start..end].iter().map(|&t| bounds[t as usize]).reduce(Bounds::join);
        // A range is never empty: halves of more than a leaf.
        let all = all.unwrap_or(Bounds { lo: [0.0; 3], hi: [0.0; 3] });
        let node = self.nodes.len();
        let count = end - start;
        self.nodes.push(Node { bounds: all, first: start as u32, count: count as u32, right: 0 });
        if count > LEAF {
            let size = sub(all.hi, all.lo);
            let axis = (0..3).fold(0, |a, i| if size[i] > size[a] { i } else { a });
            let middle = |t: &u32| bounds[*t as usize].lo[axis] + bounds[*t as usize].hi[axis];
            self.order[start..end]
                .select_nth_unstable_by(count / 2, |a, b| middle(a).total_cmp(&middle(b)).then(a.cmp(b)));
            let left = self.build(bounds, start, start + count / 2);
            let right = self.build(bounds, start + count / 2, end);
            self.nodes[node] = Node { bounds: all, first: left, count: 0, right };
        }
        node as u32
    }

    /// Calls `visit` for every triangle whose box meets the box of `corners`.
    pub fn near_triangle(&self, corners: [Vec3; 3], visit: &mut impl FnMut(usize)) {
        self.overlapping(&Bounds::of(corners), visit);
    }

    /// Calls `visit` for every triangle whose box meets the cube of half side `radius` around `p`.
    pub fn near_point(&self, p: Vec3, radius: f32, visit: &mut impl FnMut(usize)) {
        self.overlapping(&Bounds { lo: p.map(|x| x - radius), hi: p.map(|x| x + radius) }, visit);
    }

    fn overlapping(&self, query: &Bounds, visit: &mut impl FnMut(usize)) {
        let mut stack = Vec::from_iter((!self.nodes.is_empty()).then_some(0u32));
        while let Some(i) = stack.pop() {
            let node = &self.nodes[i as usize];
            if !node.bounds.overlaps(query) {
                continue;
            }
            if node.count == 0 {
                stack.extend([node.right, node.first]);
                continue;
            }
            for &t in &self.order[node.first as usize..(node.first + node.count) as usize] {
                if Bounds::of(self.mesh.corners(t as usize)).overlaps(query) {
                    visit(t as usize);
                }
            }
        }
    }

    /// Squared distance from `p` to the nearest triangle that `admit` lets pass; `None` where there is none.
    pub fn distance2(&self, p: Vec3, admit: impl Fn(usize) -> bool) -> Option<f32> {
        let mut best = f32::INFINITY;
        let mut stack = Vec::from_iter((!self.nodes.is_empty()).then_some(0u32));
        while let Some(i) = stack.pop() {
            let node = &self.nodes[i as usize];
            if node.bounds.distance2(p) >= best {
                continue;
            }
            if node.count == 0 {
                // The nearer child is looked at first, so that the farther one is often cut off.
                let [near, far] = {
                    let distance = |child: u32| self.nodes[child as usize].bounds.distance2(p);
                    let (left, right) = (node.first, node.right);
                    if distance(left) <= distance(right) { [left, right] } else { [right, left] }
                };
                stack.extend([far, near]);
                continue;
            }
            for &t in &self.order[node.first as usize..(node.first + node.count) as usize] {
                if admit(t as usize) {
                    let away = sub(closest_point(p, self.mesh.corners(t as usize)), p);
                    best = best.min(dot(away, away));
                }
            }
        }
        best.is_finite().then_some(best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn answers_equal_those_of_all_triangles() {
        let rng = &mut ChaCha8Rng::seed_from_u64(3);
        let mut mesh = Mesh::default();
        for t in 0..200u32 {
            let centre: Vec3 = std::array::from_fn(|_| rng.random_range(-1.0..1.0));
            mesh.positions.extend((0..3).map(|_| centre.map(|x| x + rng.random_range(-0.1..0.1))));
            mesh.triangles.push([3 * t, 3 * t + 1, 3 * t + 2]);
        }
        let tree = Bvh::new(&mesh);
        for _ in 0..50 {
            let p: Vec3 = std::array::from_fn(|_| rng.random_range(-1.5..1.5));
            let distance2 = |t: usize| {
                let away = sub(closest_point(p, mesh.corners(t)), p);
                dot(away, away)
            };
            let expected = (0..200).filter(|t| t % 3 != 0).map(distance2).fold(f32::INFINITY, f32::min);
            assert_eq!(tree.distance2(p, |t| t % 3 != 0), Some(expected));

            let mut found = Vec::new();
            tree.near_point(p, 0.3, &mut |t| found.push(t));
            found.sort_unstable();
            let cube = Bounds { lo: p.map(|x| x - 0.3), hi: p.map(|x| x + 0.3) };
            assert!(
                found
                    .iter()
                    .eq((0..200).filter(|&t| Bounds::of(mesh.corners(t)).overlaps(&cube)).collect::<Vec<_>>().iter())
            );
        }
        assert_eq!(tree.distance2([0.0; 3], |_| false), None);
        assert_eq!(Bvh::new(&Mesh::default()).distance2([0.0; 3], |_| true), None);
    }
}
