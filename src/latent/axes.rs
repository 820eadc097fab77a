//! Principal axes of the encoded training set: the sliders that mean something before anything is named.

use serde::{Deserialize, Serialize};

use super::Latent;

/// Mean, orthonormal directions and standard deviations along them, by decreasing deviation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axes {
    /// `[K]` the mean latent, K = G * D.
    pub mean: Vec<f32>,
    /// `[A, K]`, orthonormal rows.
    pub directions: Vec<Vec<f32>>,
    /// `[A]`, standard deviation of the encoded set along each direction.
    pub deviations: Vec<f32>,
}

impl Axes {
    /// Principal component analysis of encoded latents, `[N, K]` row by row, N >= 2: the eigenvectors of their
    /// covariance, found by Jacobi rotations in f64. The sign of an axis is fixed: its largest entry is positive.
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
        let vectors = jacobi(&mut covariance);
        let mut order: Vec<usize> = (0..k).collect();
        order.sort_by(|&a, &b| covariance[b][b].total_cmp(&covariance[a][a]));
        let directions = order
            .iter()
            .map(|&axis| {
                let column: Vec<f64> = (0..k).map(|i| vectors[i][axis]).collect();
                let largest = column.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(1.0);
                column.iter().map(|x| (x * largest.signum()) as f32).collect()
            })
            .collect();
        Some(Self {
            mean: mean.iter().map(|&x| x as f32).collect(),
            directions,
            deviations: order.iter().map(|&i| covariance[i][i].max(0.0).sqrt() as f32).collect(),
        })
    }

    /// Where a latent lies along axis `axis`, in standard deviations from the mean.
    pub fn coordinate(&self, latent: &Latent, axis: usize) -> f32 {
        let along: f32 = self.directions[axis]
            .iter()
            .zip(latent.values().iter().zip(&self.mean))
            .map(|(d, (x, m))| d * (x - m))
            .sum();
        along / self.deviations[axis].max(1e-9)
    }

    /// Moves a latent along axis `axis` to `coordinate` standard deviations; the other axes stay.
    pub fn set_coordinate(&self, latent: &mut Latent, axis: usize, coordinate: f32) {
        let by = (coordinate - self.coordinate(latent, axis)) * self.deviations[axis].max(1e-9);
        for (x, d) in latent.values_mut().iter_mut().zip(&self.directions[axis]) {
            *x += by * d;
        }
    }
}

/// Diagonalises a symmetric matrix in place (cyclic Jacobi, Golub & Van Loan 8.5); the columns of the result are
/// the eigenvectors, the diagonal of `a` the eigenvalues.
fn jacobi(a: &mut [Vec<f64>]) -> Vec<Vec<f64>> {
    let k = a.len();
    let mut v: Vec<Vec<f64>> = (0..k).map(|i| (0..k).map(|j| f64::from(i == j)).collect()).collect();
    for _ in 0..60 {
        let off: f64 = (0..k).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i][j] * a[i][j]).sum();
        if off < 1e-24 {
            break;
        }
        for p in 0..k {
            for q in p + 1..k {
                if a[p][q].abs() < 1e-300 {
                    continue;
                }
                let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
                let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let t = if theta == 0.0 { 1.0 } else { t };
                let c = 1.0 / (t * t + 1.0).sqrt();
                let s = t * c;
                for row in a.iter_mut() {
                    (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
                }
                for j in 0..k {
                    (a[p][j], a[q][j]) = (c * a[p][j] - s * a[q][j], s * a[p][j] + c * a[q][j]);
                }
                for row in v.iter_mut() {
                    (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
                }
            }
        }
    }
    v
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
    fn too_few_latents_have_no_axes() {
        assert_eq!(Axes::fit(&[]), None);
        assert_eq!(Axes::fit(&[Latent::zeros(1, 3)]), None);
    }
}
