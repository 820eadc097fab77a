//! What the unit ball hides: linear heads from the latent to length and grip.

use serde::{Deserialize, Serialize};

use crate::latent::Latent;

/// A ridge-regressed linear function of the latent, `[G * D]` -> 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linear {
    /// `[G * D]`
    pub weights: Vec<f32>,
    pub bias: f32,
    /// Share of the variance explained on the set it was fitted on; 0 for a constant.
    pub r2: f32,
    /// Smallest and largest value in that set: the head never leaves them.
    pub range: [f32; 2],
}

impl Linear {
    /// The same value for every latent.
    fn constant(value: f32) -> Self {
        Self { weights: Vec::new(), bias: value, r2: 0.0, range: [value, value] }
    }

    /// Its value at a latent (of a mix, at its mean), kept in the range that it was fitted on.
    pub fn at(&self, latent: &Latent) -> f32 {
        let rows = latent.values().len().checked_div(self.weights.len()).unwrap_or(1).max(1);
        let of_row = |row: &[f32]| self.weights.iter().zip(row).map(|(w, z)| w * z).sum::<f32>();
        let sum = latent.rows(self.weights.len()).map(of_row).sum::<f32>() / rows as f32;
        (self.bias + sum).clamp(self.range[0], self.range[1])
    }

    /// Least squares with a ridge (`ridge` is added to the normal equations' diagonal, relative to its mean), by
    /// Cholesky decomposition in f64. A constant where nothing can be fitted.
    pub fn fit(latents: &[Latent], targets: &[f32], ridge: f64) -> Self {
        let n = latents.len().min(targets.len());
        let Some(k) = latents.first().map(|l| l.values().len()) else { return Self::constant(0.0) };
        let mean = targets.iter().take(n).map(|&t| f64::from(t)).sum::<f64>() / n as f64;
        if n < 3 {
            return Self::constant(mean as f32);
        }
        let centre: Vec<f64> =
            (0..k).map(|i| latents.iter().map(|l| f64::from(l.values()[i])).sum::<f64>() / n as f64).collect();
        let mut a = vec![vec![0.0f64; k]; k];
        let mut b = vec![0.0f64; k];
        for (latent, target) in latents.iter().zip(targets) {
            let x: Vec<f64> = latent.values().iter().zip(&centre).map(|(x, c)| f64::from(*x) - c).collect();
            for i in 0..k {
                b[i] += x[i] * (f64::from(*target) - mean);
                for j in 0..=i {
                    a[i][j] += x[i] * x[j];
                }
            }
        }
        let trace = (0..k).map(|i| a[i][i]).sum::<f64>() / k as f64;
        for (i, row) in a.iter_mut().enumerate() {
            row[i] += ridge * trace + 1e-12;
        }
        let Some(weights) = cholesky_solve(a, b) else { return Self::constant(mean as f32) };
        let bias = mean - weights.iter().zip(&centre).map(|(w, c)| w * c).sum::<f64>();
        let lowest = targets.iter().take(n).copied().fold(f32::INFINITY, f32::min);
        let highest = targets.iter().take(n).copied().fold(f32::NEG_INFINITY, f32::max);
        let mut head = Self {
            weights: weights.iter().map(|&w| w as f32).collect(),
            bias: bias as f32,
            r2: 0.0,
            range: [lowest, highest],
        };
        let (mut residual, mut total) = (0.0, 0.0);
        for (latent, target) in latents.iter().zip(targets) {
            residual += f64::from(head.at(latent) - target).powi(2);
            total += (f64::from(*target) - mean).powi(2);
        }
        head.r2 = if total > 0.0 { (1.0 - residual / total) as f32 } else { 0.0 };
        head
    }

    /// Checks a head that came from a file.
    pub(super) fn fits(&self, k: usize) -> bool {
        (self.weights.is_empty() || self.weights.len() == k)
            && self.weights.iter().chain([&self.bias, &self.range[0], &self.range[1]]).all(|x| x.is_finite())
            && self.range[0] <= self.range[1]
    }
}

/// Solves `a x = b` for a symmetric positive definite `a` whose lower triangle is filled; `None` where it is not.
fn cholesky_solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let k = b.len();
    for j in 0..k {
        for i in j..k {
            let sum: f64 = a[i][j] - (0..j).map(|m| a[i][m] * a[j][m]).sum::<f64>();
            if i == j {
                if sum <= 0.0 {
                    return None;
                }
                a[j][j] = sum.sqrt();
            } else {
                a[i][j] = sum / a[j][j];
            }
        }
    }
    for i in 0..k {
        b[i] = (b[i] - (0..i).map(|m| a[i][m] * b[m]).sum::<f64>()) / a[i][i];
    }
    for i in (0..k).rev() {
        b[i] = (b[i] - (i + 1..k).map(|m| a[m][i] * b[m]).sum::<f64>()) / a[i][i];
    }
    Some(b)
}

/// From the latent to what the network never sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heads {
    /// Overall length along Y in metres.
    pub length: Linear,
    /// Y of the grip's centre in radii of the unit ball: the origin of an export.
    pub grip: Linear,
}

impl Default for Heads {
    /// One metre long, the grip near the lower end.
    fn default() -> Self {
        Self { length: Linear::constant(1.0), grip: Linear::constant(-0.8) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn recovers_a_linear_function_and_stays_in_range() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(2);
        let latents: Vec<Latent> = (0..200).map(|_| Latent::prior(1, 3, &mut rng)).collect();
        let targets: Vec<f32> = latents.iter().map(|l| 1.0 + 0.5 * l.values()[0] - 0.25 * l.values()[2]).collect();
        let head = Linear::fit(&latents, &targets, 1e-9);
        assert!(head.r2 > 0.9999, "{head:?}");
        assert!((head.weights[0] - 0.5).abs() < 1e-4 && head.weights[1].abs() < 1e-4);
        let far = Latent::new(1, 3, vec![1e6, 0.0, 0.0]).unwrap();
        assert_eq!(head.at(&far), head.range[1]);
        assert_eq!(Linear::fit(&[], &[], 0.1).at(&far), 0.0);
    }
}
