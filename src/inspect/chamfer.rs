//! Distances between point clouds: exact nearest neighbours by brute force, fast enough to train with.
//!
//! A few thousand points fit the first-level cache, so comparing all pairs in straight-line code that the compiler
//! vectorises beats a tree. [`pulp`] compiles the same code for the baseline CPU and for AVX2 and picks at run time;
//! nothing is fused or reordered, so every CPU and every number of threads gives the same bits.

use rayon::prelude::*;

use crate::mesh::Vec3;

/// Targets that are compared at once: two AVX2 registers, four SSE ones.
const LANES: usize = 16;
/// Points that share one pass over the targets, so that a target is loaded once for all of them.
const TILE: usize = 4;
/// Points that one task works on: enough to hide the cost of handing it out.
const CHUNK: usize = 256;

/// For every point its nearest neighbour in another cloud.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Nearest {
    /// `[N]`, squared distance; infinite where there is no target at a finite distance.
    pub distance2: Vec<f32>,
    /// `[N]`, index of the nearest target, the first of several at the same distance; 0 where there is none.
    pub index: Vec<u32>,
}

/// Points with each coordinate in an array of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Soa {
    pub x: Vec<f32>,
    pub y: Vec<f32>,
    pub z: Vec<f32>,
}

impl Soa {
    /// `[N, 3]` taken apart.
    pub fn new(points: &[Vec3]) -> Self {
        let axis = |i: usize| points.iter().map(|p| p[i]).collect();
        Self { x: axis(0), y: axis(1), z: axis(2) }
    }

    /// The three arrays, as [`nearest_soa`] takes them.
    pub fn axes(&self) -> [&[f32]; 3] {
        [&self.x, &self.y, &self.z]
    }
}

/// The nearest of `to` `[M, 3]` for every point of `from` `[N, 3]`, on all of rayon's threads. O(N M).
pub fn nearest(from: &[Vec3], to: &[Vec3]) -> Nearest {
    let (from, to) = (Soa::new(from), Soa::new(to));
    let n = from.x.len();
    let mut nearest = Nearest { distance2: vec![0.0; n], index: vec![0; n] };
    nearest.distance2.par_chunks_mut(CHUNK).zip(nearest.index.par_chunks_mut(CHUNK)).enumerate().for_each(
        |(chunk, (distance2, index))| {
            let range = chunk * CHUNK..chunk * CHUNK + distance2.len();
            nearest_soa(from.axes().map(|axis| &axis[range.clone()]), to.axes(), distance2, index);
        },
    );
    nearest
}

/// [`nearest`] on this thread and into given arrays: `from` is x, y, z of N points, `to` of M, `distance2` and `index`
/// have N entries.
///
/// # Panics
/// If the three coordinates, or the outputs and `from`, differ in length.
pub fn nearest_soa(from: [&[f32]; 3], to: [&[f32]; 3], distance2: &mut [f32], index: &mut [u32]) {
    let n = distance2.len();
    assert!(from.iter().all(|axis| axis.len() == n) && index.len() == n, "as many results as points");
    assert!(to.iter().all(|axis| axis.len() == to[0].len()), "as many x as y and z");
    pulp::Arch::new().dispatch(Kernel { from, to, distance2, index });
}

/// The arguments of [`nearest_soa`]. A type of its own, because a closure is not inlined into the code that
/// [`pulp`] compiles for AVX2, and then stays SSE2.
struct Kernel<'a> {
    from: [&'a [f32]; 3],
    to: [&'a [f32]; 3],
    distance2: &'a mut [f32],
    index: &'a mut [u32],
}

impl pulp::WithSimd for Kernel<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Self { from, to, distance2, index } = self;
        let tiles = distance2.len() / TILE * TILE;
        for start in (0..tiles).step_by(TILE) {
            let range = start..start + TILE;
            tile::<TILE>(start, from, to, &mut distance2[range.clone()], &mut index[range]);
        }
        for i in tiles..distance2.len() {
            tile::<1>(i, from, to, &mut distance2[i..i + 1], &mut index[i..i + 1]);
        }
    }
}

/// `P` points from `start` on against all targets. Each lane keeps the best of every sixteenth target.
#[inline(always)]
fn tile<const P: usize>(start: usize, from: [&[f32]; 3], to: [&[f32]; 3], distance2: &mut [f32], index: &mut [u32]) {
    let point: [[f32; 3]; P] = std::array::from_fn(|p| from.map(|axis| axis[start + p]));
    let [(x, x_rest), (y, y_rest), (z, z_rest)] = to.map(|axis| axis.as_chunks::<LANES>());

    let mut best = [[f32::INFINITY; LANES]; P];
    let mut block_of_best = [[0u32; LANES]; P];
    for (block, ((x, y), z)) in x.iter().zip(y).zip(z).enumerate() {
        for p in 0..P {
            for lane in 0..LANES {
                let [dx, dy, dz] = [point[p][0] - x[lane], point[p][1] - y[lane], point[p][2] - z[lane]];
                let d = dx * dx + dy * dy + dz * dz;
                // Two selects instead of a branch: that is what vectorises.
                let closer = d < best[p][lane];
                best[p][lane] = if closer { d } else { best[p][lane] };
                block_of_best[p][lane] = if closer { block as u32 } else { block_of_best[p][lane] };
            }
        }
    }

    let whole = (x.len() * LANES) as u32;
    for p in 0..P {
        let (mut least, mut at) = (f32::INFINITY, 0);
        for lane in 0..LANES {
            let candidate = block_of_best[p][lane] * LANES as u32 + lane as u32;
            if best[p][lane] < least || (best[p][lane] == least && candidate < at) {
                (least, at) = (best[p][lane], candidate);
            }
        }
        for (rest, ((x, y), z)) in x_rest.iter().zip(y_rest).zip(z_rest).enumerate() {
            let [dx, dy, dz] = [point[p][0] - x, point[p][1] - y, point[p][2] - z];
            let d = dx * dx + dy * dy + dz * dz;
            if d < least {
                (least, at) = (d, whole + rest as u32);
            }
        }
        (distance2[p], index[p]) = (least, at);
    }
}

/// Chamfer distance as we print it (there times 1,000): `mean_x min_y |x-y|² + mean_y min_x |x-y|²`, in squared units.
/// Infinite where one cloud is empty and the other isn't, 0 for two empty ones.
pub fn chamfer(a: &[Vec3], b: &[Vec3]) -> f32 {
    (mean(&nearest(a, b).distance2) + mean(&nearest(b, a).distance2)) as f32
}

/// F-score in 0..=1: the harmonic mean of the shares of `a` and of `b` whose nearest neighbour in the other cloud lies
/// at a squared distance below `squared_threshold` (AtlasNet prints 0.001 in the unit ball).
pub fn f_score(a: &[Vec3], b: &[Vec3], squared_threshold: f32) -> f32 {
    let share = |from: &[Vec3], to: &[Vec3]| {
        let hits = nearest(from, to).distance2.iter().filter(|&&d| d < squared_threshold).count();
        if from.is_empty() { 0.0 } else { hits as f64 / from.len() as f64 }
    };
    let (precision, recall) = (share(a, b), share(b, a));
    if precision + recall > 0.0 { (2.0 * precision * recall / (precision + recall)) as f32 } else { 0.0 }
}

/// In `f64` and in order: the same at any number of threads.
fn mean(values: &[f32]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().map(|&x| f64::from(x)).sum::<f64>() / values.len() as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn cloud(n: usize, rng: &mut ChaCha8Rng) -> Vec<Vec3> {
        // On a coarse lattice, so that equal distances are common and the first has to win.
        (0..n).map(|_| std::array::from_fn(|_| rng.random_range(-8i32..8) as f32 / 8.0)).collect()
    }

    fn naive(from: &[Vec3], to: &[Vec3]) -> Nearest {
        let mut nearest = Nearest::default();
        for p in from {
            let (mut least, mut at) = (f32::INFINITY, 0);
            for (j, q) in to.iter().enumerate() {
                let [x, y, z] = std::array::from_fn(|i| p[i] - q[i]);
                let d: f32 = x * x + y * y + z * z;
                if d < least {
                    (least, at) = (d, j as u32);
                }
            }
            nearest.distance2.push(least);
            nearest.index.push(at);
        }
        nearest
    }

    #[test]
    fn equals_the_naive_search_at_every_remainder() {
        let rng = &mut ChaCha8Rng::seed_from_u64(7);
        for (n, m) in [(0, 5), (1, 1), (3, 15), (4, 16), (5, 17), (7, 31), (257, 100), (600, 333), (5, 0)] {
            let (a, b) = (cloud(n, rng), cloud(m, rng));
            assert_eq!(nearest(&a, &b), naive(&a, &b), "{n} against {m}");
        }
    }

    #[test]
    fn is_the_same_at_any_number_of_threads() {
        let rng = &mut ChaCha8Rng::seed_from_u64(8);
        let (a, b) = (cloud(1000, rng), cloud(900, rng));
        let run = |threads| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap()
                .install(|| (chamfer(&a, &b), nearest(&a, &b)))
        };
        assert_eq!(run(1), run(3));
    }

    #[test]
    fn chamfer_and_f_score_of_known_clouds() {
        let a = [[0.0; 3], [1.0, 0.0, 0.0]];
        let b = [[0.0, 0.5, 0.0]];
        assert_eq!(chamfer(&a, &b), (0.25 + 1.25) / 2.0 + 0.25);
        assert_eq!(chamfer(&a, &a), 0.0);
        assert_eq!(f_score(&a, &b, 0.3), 2.0 * 0.5 / 1.5);
        assert_eq!(f_score(&a, &b, 0.1), 0.0);
        assert_eq!(chamfer(&a, &[]), f32::INFINITY);
    }

    #[test]
    fn what_is_not_a_number_is_infinitely_far_but_has_an_index() {
        let found = nearest(&[[f32::NAN, 0.0, 0.0]], &[[0.0; 3]; 20]);
        assert_eq!((found.distance2[0], found.index[0]), (f32::INFINITY, 0));
    }
}
