//! Principal axes of the encoded training set: the sliders that mean something before anything is named.

use serde::{Deserialize, Serialize};

use super::Latent;
use super::symmetric::leading;

/// Numbers in all directions together that are kept at most, so that a checkpoint's header stays small: a latent of 800
/// numbers keeps 20 axes.
const NUMBERS: usize = 16_000;

/// Mean, orthonormal directions and standard deviations along them, by decreasing deviation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axes {
    /// `[K]` the mean latent, K = G * D.
    pub mean: Vec<f32>,
    /// `[A, K]`, orthonormal rows.
    pub directions: Vec<Vec<f32>>,
    /// `[A]`, standard deviation of the encoded set along each direction.
    pub deviations: Vec<f32>,
    /// `[A]`, share of the set's variance along each direction before the latent was whitened; empty where it was not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<f32>,
}

impl Axes {
    /// Axes that are kept at most.
    pub const LIMIT: usize = 64;

    /// Principal component analysis of encoded latents, `[N, K]` row by row, N >= 2: the eigenvectors of their
    /// covariance in f64, the 64 leading ones at most (fewer of a very long latent). The sign of an axis is fixed: its
    /// largest entry is positive.
    pub fn fit(latents: &[Latent]) -> Option<Self> {
        let k = latents.first()?.values().len();
        if latents.len() < 2 || latents.iter().any(|l| l.values().len() != k) {
            return None;
        }
        let n = latents.len() as f64;
        let mean: Vec<f64> =
            (0..k).map(|i| latents.iter().map(|l| f64::from(l.values()[i])).sum::<f64>() / n).collect();
        let mut covariance = vec![vec![0.0f64; k]; k];
        for latent in latents {
            let centred: Vec<f64> = latent.values().iter().zip(&mean).map(|(x, m)| f64::from(*x) - m).collect();
            for i in 0..k {
                for j in 0..=i {
                    covariance[i][j] += centred[i] * centred[j] / (n - 1.0);
                }
            }
        }
        for i in 0..k {
            for j in i + 1..k {
                covariance[i][j] = covariance[j][i];
            }
        }
        let count = Self::LIMIT.min((NUMBERS / k).max(1));
        let (values, vectors) = leading(covariance, count);
        let directions = vectors
            .iter()
            .map(|vector| {
                let largest = vector.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(1.0);
                vector.iter().map(|x| (x * largest.signum()) as f32).collect()
            })
            .collect();
        Some(Self {
            mean: mean.iter().map(|&x| x as f32).collect(),
            directions,
            deviations: values.iter().map(|v| v.max(0.0).sqrt() as f32).collect(),
            shares: Vec::new(),
        })
    }

    /// Those of the same set in whitened coordinates: the coordinates' own, in this order. `units` `[A]`: deviations along these axes
    /// that became 1.
    pub fn whitened(&self, units: &[f32]) -> Self {
        let count = self.directions.len();
        let unit = |axis: usize| (0..count).map(|i| f32::from(u8::from(i == axis))).collect();
        Self {
            mean: vec![0.0; count],
            directions: (0..count).map(unit).collect(),
            deviations: self.deviations.iter().zip(units).map(|(d, unit)| d / unit).collect(),
            shares: (0..count).map(|axis| self.share(axis)).collect(),
        }
    }

    /// Whether the latent that they are axes of was whitened: then its covariance says no more which axis comes first.
    pub fn are_whitened(&self) -> bool {
        !self.shares.is_empty()
    }

    /// Share of the encoded set's variance along axis `axis`: of a whitened latent, the share before.
    pub fn share(&self, axis: usize) -> f32 {
        let all = self.deviations.iter().map(|d| d * d).sum::<f32>().max(f32::MIN_POSITIVE);
        self.shares.get(axis).copied().unwrap_or_else(|| self.deviations[axis].powi(2) / all)
    }

    /// Where a latent lies along axis `axis`, in standard deviations from the mean; of a mix, on average.
    pub fn coordinate(&self, latent: &Latent, axis: usize) -> f32 {
        let (mut along, mut rows) = (0.0, 0);
        for row in latent.rows(self.mean.len()) {
            let terms = self.directions[axis].iter().zip(row.iter().zip(&self.mean));
            along += terms.map(|(d, (x, m))| d * (x - m)).sum::<f32>();
            rows += 1;
        }
        along / rows as f32 / self.deviations[axis].max(1e-9)
    }

    /// The first `count` coordinates, in standard deviations from the mean.
    pub fn coordinates(&self, latent: &Latent, count: usize) -> Vec<f64> {
        (0..count.min(self.deviations.len())).map(|axis| f64::from(self.coordinate(latent, axis))).collect()
    }

    /// Moves a latent, all rows of a mix, by coordinates along the first axes, in standard deviations.
    pub fn move_by(&self, latent: &mut Latent, coordinates: &[f64]) {
        for (axis, by) in coordinates.iter().enumerate().take(self.deviations.len()) {
            self.step(latent, axis, *by as f32);
        }
    }

    /// Moves a latent along axis `axis` to `coordinate` standard deviations; the other axes stay.
    pub fn set_coordinate(&self, latent: &mut Latent, axis: usize, coordinate: f32) {
        let by = coordinate - self.coordinate(latent, axis);
        self.step(latent, axis, by);
    }

    fn step(&self, latent: &mut Latent, axis: usize, by: f32) {
        let by = by * self.deviations[axis].max(1e-9);
        for row in latent.values_mut().chunks_exact_mut(self.mean.len()) {
            row.iter_mut().zip(&self.directions[axis]).for_each(|(x, d)| *x += by * d);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn finds_a_known_axis_and_coordinates_round_trip() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let direction = [0.6f32, 0.0, 0.8, 0.0];
        let latents: Vec<Latent> = (0..2000)
            .map(|_| {
                let (z, noise) = (Latent::prior(1, 1, &mut rng), Latent::prior(1, 4, &mut rng));
                let values = (0..4).map(|i| 1.0 + 3.0 * z.values()[0] * direction[i] + 0.1 * noise.values()[i]);
                Latent::new(1, 4, values.collect()).unwrap()
            })
            .collect();
        let axes = Axes::fit(&latents).unwrap();
        let along: f32 = axes.directions[0].iter().zip(direction).map(|(a, b)| a * b).sum();
        assert!(along > 0.999, "{along}");
        assert!((axes.deviations[0] - 3.0).abs() < 0.15, "{:?}", axes.deviations);
        let mut latent = latents[0].clone();
        let before = axes.coordinate(&latent, 1);
        axes.set_coordinate(&mut latent, 0, -2.0);
        assert!((axes.coordinate(&latent, 0) + 2.0).abs() < 1e-3);
        assert!((axes.coordinate(&latent, 1) - before).abs() < 1e-3);
    }

    #[test]
    fn a_long_latent_keeps_its_leading_axes_only() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(4);
        let latents: Vec<Latent> = (0..60).map(|_| Latent::prior(20, 20, &mut rng)).collect();
        let axes = Axes::fit(&latents).unwrap();
        assert_eq!((axes.directions.len(), axes.directions[0].len()), (40, 400));
        let mut moved = latents[0].clone();
        let (before, by) = (axes.coordinates(&moved, 3), [1.0, -0.5, 0.25]);
        axes.move_by(&mut moved, &by);
        for (axis, after) in axes.coordinates(&moved, 3).into_iter().enumerate() {
            assert!((after - before[axis] - by[axis]).abs() < 1e-3, "{axis}");
        }
    }

    #[test]
    fn too_few_latents_have_no_axes() {
        assert_eq!(Axes::fit(&[]), None);
        assert_eq!(Axes::fit(&[Latent::zeros(1, 3)]), None);
    }
}
