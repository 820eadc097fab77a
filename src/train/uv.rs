//! Which points of the unit square a patch is asked for in training.
//!
//! AtlasNet allocates a tensor for the uv of each patch and then fills it:
//!
//! ```text
//! rand_grid = Variable(torch.cuda.FloatTensor(x.size(0), 2, n))
//! rand_grid.data.uniform_(0, 1)
//! ```
//!
//! The comment that calls this "random patch sampling" means the points *within* a patch; no weight changes its patch.
//! Without the second line the tensor holds whatever its memory held: [`UvSampling::Constant`] where that is zeros,
//! [`UvSampling::Stale`] where one patch's block still holds numbers. A patch whose uv never varies can only put out one
//! point for each shape, so zeros everywhere would leave 25 points and no useful patch: the seed's "only one useful patch out
//! of the 25, and the rest just degenerated into single points" is zeros and one block that still varies.
//!
//! `tests/uv.rs`, 25 patches, 300 steps: patches whose points all coincide, decoded at uv as trained on, and CD x 1000 of
//! meshes decoded on a grid: random 0 and 1.3, grid 0 and 1.7, constant 25 and 3.2, stale 24 and 2.2. On a grid a
//! constant's patches are no points any more: their untaught weights for uv spread them.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// How a patch's uv are chosen, `n` a shape and step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UvSampling {
    /// Fresh every step, for every patch and shape.
    #[default]
    Random,
    /// The same regular grid every step, for every patch and shape.
    Grid,
    /// All zero: an allocation that nobody filled.
    Constant,
    /// The same, but that the first patch's memory still holds numbers from earlier: spread out, and as good as random
    /// ones.
    Stale,
}

impl UvSampling {
    /// `n` points of the unit square for patch `patch`, `[n, 2]`. Only what is random draws from `rng`.
    pub fn points(self, patch: usize, n: usize, rng: &mut impl Rng) -> Vec<[f32; 2]> {
        match self {
            Self::Random => spread(n, rng),
            Self::Grid => grid(n),
            Self::Stale if patch == 0 => spread(n, rng),
            Self::Constant | Self::Stale => vec![[0.0; 2]; n],
        }
    }
}

/// `n` points of the unit square, each uniform, together more even than independent draws: the R2 sequence (Roberts
/// 2018) from a random start (Cranley & Patterson 1976). A patch's chamfer distance then varies less from step to step.
fn spread(n: usize, rng: &mut impl Rng) -> Vec<[f32; 2]> {
    // 1 / g and 1 / g² of the plastic number g.
    const STEP: [f64; 2] = [0.754_877_666_246_693, 0.569_840_290_998_053_3];
    let start: [f64; 2] = [rng.random(), rng.random()];
    (0..n).map(|i| std::array::from_fn(|k| (start[k] + i as f64 * STEP[k]).fract() as f32)).collect()
}

/// `n` points in rows from border to border. Where `n` is no square, some rows have one point more than others.
fn grid(n: usize) -> Vec<[f32; 2]> {
    let along = |i: usize, count: usize| if count > 1 { i as f32 / (count - 1) as f32 } else { 0.5 };
    let rows = (n as f64).sqrt().floor() as usize;
    (0..rows)
        .flat_map(|row| {
            let (start, end) = (row * n / rows, (row + 1) * n / rows);
            (start..end).map(move |i| [along(i - start, end - start), along(row, rows)])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn spread_points_fill_the_square_evenly() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut counts = [0; 16];
        for _ in 0..50 {
            let uv = spread(40, &mut rng);
            assert!(uv.iter().flatten().all(|x| (0.0..=1.0).contains(x)));
            let mut own = [0; 4];
            for p in &uv {
                counts[(p[0] * 4.0) as usize % 4 + 4 * ((p[1] * 4.0) as usize % 4)] += 1;
                own[(p[0] * 2.0) as usize % 2 + 2 * ((p[1] * 2.0) as usize % 2)] += 1;
            }
            assert!(own.iter().all(|n| (7..=13).contains(n)), "{own:?}");
        }
        assert!(counts.iter().all(|n| (95..=155).contains(n)), "{counts:?}");
    }

    #[test]
    fn grids_have_every_count_and_reach_the_borders() {
        assert_eq!(grid(4), [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]);
        assert_eq!(grid(1), [[0.5, 0.5]]);
        for n in 2..70 {
            let uv = grid(n);
            assert_eq!(uv.len(), n);
            let distinct: std::collections::BTreeSet<[u32; 2]> = uv.iter().map(|p| p.map(f32::to_bits)).collect();
            assert_eq!(distinct.len(), n, "{n}");
            assert!(uv.iter().any(|p| p[0] == 0.0) && uv.iter().any(|p| p[0] == 1.0), "{n}");
        }
    }

    #[test]
    fn what_is_not_random_is_the_same_every_time() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut twice = |uv: UvSampling, patch| [uv.points(patch, 9, &mut rng), uv.points(patch, 9, &mut rng)];
        for (uv, patch) in [(UvSampling::Grid, 0), (UvSampling::Constant, 0), (UvSampling::Stale, 1)] {
            let [a, b] = twice(uv, patch);
            assert_eq!(a, b);
        }
        for (uv, patch) in [(UvSampling::Random, 3), (UvSampling::Stale, 0)] {
            let [a, b] = twice(uv, patch);
            assert_ne!(a, b);
        }
    }
}
