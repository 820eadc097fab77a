//! A point cloud made ready for many chamfer distances: blocks of neighbours with a box around each.
//!
//! Comparing sets of shapes takes hundreds of thousands of chamfer distances. Most blocks of a cloud lie farther from a
//! given block than its points' nearest neighbours do, which their boxes show: these are left out. What is left out
//! can't be nearest, so every minimum is the same number, bit for bit, that comparing all pairs gives.

use crate::mesh::Vec3;

/// Points of a block: two AVX2 registers a coordinate.
const BLOCK: usize = 16;

/// `BLOCK` points, each coordinate in an array of its own; the last block of a cloud repeats a point to be full.
#[derive(Clone, Copy, Debug)]
struct Block([[f32; BLOCK]; 3]);

/// Points `[N, 3]` in blocks.
#[derive(Clone, Debug, Default)]
pub struct Cloud {
    count: usize,
    blocks: Vec<Block>,
    /// Least x, y, z and greatest x, y, z of every block, one array each; padded with boxes at infinity to whole blocks of
    /// boxes.
    boxes: [Vec<[f32; BLOCK]>; 6],
}

impl Cloud {
    /// Sorts finite points into blocks: halved along the longest side until a block's worth is left. O(N log N).
    pub fn new(points: &[Vec3]) -> Self {
        let mut order: Vec<u32> = (0..points.len() as u32).collect();
        sort(&mut order, points);
        let blocks: Vec<Block> = order
            .chunks(BLOCK)
            .map(|chunk| {
                let point = |lane: usize| points[chunk[lane.min(chunk.len() - 1)] as usize];
                Block(std::array::from_fn(|axis| std::array::from_fn(|lane| point(lane)[axis])))
            })
            .collect();
        let boxes = std::array::from_fn(|side| {
            let least = |values: &[f32; BLOCK]| values.iter().copied().fold(f32::INFINITY, f32::min);
            let most = |values: &[f32; BLOCK]| values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let edge = |block: &Block| if side < 3 { least(&block.0[side]) } else { most(&block.0[side - 3]) };
            let row = |blocks: &[Block]| std::array::from_fn(|i| blocks.get(i).map_or(f32::INFINITY, edge));
            blocks.chunks(BLOCK).map(row).collect()
        });
        Self { count: points.len(), blocks, boxes }
    }

    /// N
    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// One point of every `step`-th block: the shape in few points.
    pub fn thinned(&self, step: usize) -> Self {
        let first = |block: &Block| block.0.map(|axis| axis[0]);
        Self::new(&self.blocks.iter().step_by(step.max(1)).map(first).collect::<Vec<_>>())
    }

    /// Chamfer distance as [`super::chamfer::chamfer`] defines it, on this thread.
    pub fn chamfer(&self, other: &Self) -> f32 {
        (self.mean_nearest(other, f64::INFINITY) + other.mean_nearest(self, f64::INFINITY)) as f32
    }

    /// The same if it is at most `limit`, else `None`, mostly long before all of it is known.
    pub fn chamfer_within(&self, other: &Self, limit: f32) -> Option<f32> {
        let limit = f64::from(limit);
        let there = self.mean_nearest(other, limit);
        if there > limit {
            return None;
        }
        let both = there + other.mean_nearest(self, limit - there);
        // As single precision, so that a distance never exceeds the limit that it set itself.
        (both as f32 <= limit as f32).then_some(both as f32)
    }

    /// Mean over these points of the squared distance to the nearest of `other`; once it must exceed `limit`, any number
    /// above that.
    fn mean_nearest(&self, other: &Self, limit: f64) -> f64 {
        match (self.is_empty(), other.is_empty()) {
            (true, _) => 0.0,
            (false, true) => f64::INFINITY,
            _ => {
                let sum_limit = if limit.is_finite() { limit * self.count as f64 } else { f64::INFINITY };
                pulp::Arch::new().dispatch(Sum { from: self, to: other, limit: sum_limit }) / self.count as f64
            }
        }
    }
}

/// Orders points so that whole blocks are neighbours.
fn sort(order: &mut [u32], points: &[Vec3]) {
    if order.len() <= BLOCK {
        return;
    }
    let extent = |axis: usize| {
        let at = |i: &u32| points[*i as usize][axis];
        order.iter().map(at).fold(f32::NEG_INFINITY, f32::max) - order.iter().map(at).fold(f32::INFINITY, f32::min)
    };
    let axis = (0..3).max_by(|&a, &b| extent(a).total_cmp(&extent(b))).unwrap_or(0);
    // Whole blocks to the left, so that only the cloud's last one can be ragged.
    let half = order.len().div_ceil(BLOCK) / 2 * BLOCK;
    let along = |&a: &u32, &b: &u32| points[a as usize][axis].total_cmp(&points[b as usize][axis]).then(a.cmp(&b));
    order.select_nth_unstable_by(half, along);
    let (left, right) = order.split_at_mut(half);
    sort(left, points);
    sort(right, points);
}

/// The sum of squared distances from one cloud to the nearest of another. A type of its own, because a closure is not
/// inlined into the code that [`pulp`] compiles for AVX2.
struct Sum<'a> {
    from: &'a Cloud,
    to: &'a Cloud,
    limit: f64,
}

impl pulp::WithSimd for Sum<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> f64 {
        let Self { from, to, limit } = self;
        let mut bounds = vec![[0.0f32; BLOCK]; to.boxes[0].len()];
        let mut near: Vec<u64> = Vec::with_capacity(to.blocks.len());
        let mut sum = 0.0;
        for (i, block) in from.blocks.iter().enumerate() {
            let corner: [f32; 6] = std::array::from_fn(|side| from.boxes[side][i / BLOCK][i % BLOCK]);
            box_distances(corner, &to.boxes, &mut bounds);
            let mut best = [f32::INFINITY; BLOCK];
            let first = least(bounds.as_flattened());
            compare(block, &to.blocks[first], &mut best);
            let mut worst = greatest(&best);

            near.clear();
            for (j, &bound) in bounds.as_flattened()[..to.blocks.len()].iter().enumerate() {
                if bound < worst && j != first {
                    // Distances are not negative, so their bits sort as they do.
                    near.push(u64::from(bound.to_bits()) << 32 | j as u64);
                }
            }
            near.sort_unstable();
            for &key in &near {
                if f32::from_bits((key >> 32) as u32) >= worst {
                    break;
                }
                compare(block, &to.blocks[key as u32 as usize], &mut best);
                worst = greatest(&best);
            }
            let count = (from.count - i * BLOCK).min(BLOCK);
            sum += best[..count].iter().map(|&d| f64::from(d)).sum::<f64>();
            if sum > limit {
                return sum;
            }
        }
        sum
    }
}

/// Squared distance between a box (least, then greatest x, y, z) and every box of `boxes`. The same roundings in the
/// same order as the distance of two points, each of which is monotonic: so never above the distance of points in them.
#[inline(always)]
fn box_distances(corner: [f32; 6], boxes: &[Vec<[f32; BLOCK]>; 6], into: &mut [[f32; BLOCK]]) {
    for (i, row) in into.iter_mut().enumerate() {
        let gap = |axis: usize, lane: usize| {
            let (after, before) = (boxes[axis][i][lane] - corner[3 + axis], corner[axis] - boxes[3 + axis][i][lane]);
            let gap = if after > before { after } else { before };
            if gap > 0.0 { gap } else { 0.0 }
        };
        for lane in 0..BLOCK {
            let [x, y, z] = [gap(0, lane), gap(1, lane), gap(2, lane)];
            row[lane] = x * x + y * y + z * z;
        }
    }
}

/// Lowers `best` of every point of `block` to its distance from the points of `others`.
#[inline(always)]
fn compare(block: &Block, others: &Block, best: &mut [f32; BLOCK]) {
    let Block([x, y, z]) = block;
    let mut nearest = *best;
    for other in 0..BLOCK {
        let [ox, oy, oz] = [others.0[0][other], others.0[1][other], others.0[2][other]];
        for lane in 0..BLOCK {
            let [dx, dy, dz] = [x[lane] - ox, y[lane] - oy, z[lane] - oz];
            let d = dx * dx + dy * dy + dz * dz;
            nearest[lane] = if d < nearest[lane] { d } else { nearest[lane] };
        }
    }
    *best = nearest;
}

#[inline(always)]
fn greatest(values: &[f32; BLOCK]) -> f32 {
    let mut half: [f32; 8] = std::array::from_fn(|i| values[i].max(values[i + 8]));
    for width in [4, 2, 1] {
        for i in 0..width {
            half[i] = half[i].max(half[i + width]);
        }
    }
    half[0]
}

/// Where the least value stands.
#[inline(always)]
fn least(values: &[f32]) -> usize {
    let (mut at, mut value) = (0, f32::INFINITY);
    for (i, &x) in values.iter().enumerate() {
        if x < value {
            (at, value) = (i, x);
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::inspect::chamfer;

    /// Points of a long thin box, some of them twice.
    fn blade(n: usize, shift: f32, rng: &mut ChaCha8Rng) -> Vec<Vec3> {
        let mut points: Vec<Vec3> = (0..n)
            .map(|_| {
                let p: Vec3 = std::array::from_fn(|_| rng.random_range(-1.0..1.0));
                [0.1 * p[0] + shift, p[1], 0.02 * p[2]]
            })
            .collect();
        if n > 3 {
            points[n / 2] = points[0];
        }
        points
    }

    #[test]
    fn equals_the_comparison_of_all_pairs() {
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        for (n, m) in [(1, 1), (1, 40), (15, 17), (16, 16), (33, 500), (700, 2048), (2048, 1999)] {
            for shift in [0.0, 0.3, 5.0] {
                let (a, b) = (blade(n, 0.0, rng), blade(m, shift, rng));
                let expected = chamfer::chamfer(&a, &b);
                let found = Cloud::new(&a).chamfer(&Cloud::new(&b));
                // Equal minima, summed in another order in double precision.
                assert!((found - expected).abs() <= 1e-6 * expected, "{n} x {m}, {shift}: {found}, not {expected}");
            }
        }
    }

    #[test]
    fn is_symmetric_and_zero_for_the_same() {
        let rng = &mut ChaCha8Rng::seed_from_u64(2);
        let (a, b) = (Cloud::new(&blade(300, 0.0, rng)), Cloud::new(&blade(200, 0.1, rng)));
        assert_eq!(a.chamfer(&b), b.chamfer(&a));
        assert_eq!(a.chamfer(&a), 0.0);
        let none = Cloud::new(&[]);
        assert_eq!((a.chamfer(&none), none.chamfer(&none)), (f32::INFINITY, 0.0));
        assert!(none.is_empty() && a.len() == 300);
    }

    #[test]
    fn a_limit_lets_pass_what_lies_within_it() {
        let rng = &mut ChaCha8Rng::seed_from_u64(3);
        for shift in [0.0, 0.05, 0.4] {
            let (a, b) = (Cloud::new(&blade(500, 0.0, rng)), Cloud::new(&blade(400, shift, rng)));
            let exact = a.chamfer(&b);
            assert_eq!(a.chamfer_within(&b, exact), Some(exact));
            assert_eq!(a.chamfer_within(&b, f32::INFINITY), Some(exact));
            assert_eq!(a.chamfer_within(&b, exact * 0.999), None);
            assert_eq!(a.chamfer_within(&b, 0.0), None);
        }
    }

    #[test]
    fn thinned_is_a_part_of_the_cloud() {
        let points = blade(1000, 0.0, &mut ChaCha8Rng::seed_from_u64(4));
        let few = Cloud::new(&points).thinned(2);
        assert_eq!(few.len(), 32);
        assert_eq!(few.mean_nearest(&Cloud::new(&points), f64::INFINITY), 0.0);
    }
}
