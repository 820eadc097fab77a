//! What a fitted density looks like over two principal axes, all others summed over: the ground of a map.

use super::Density;

/// One Gaussian in the plane of two axes, in their standard deviations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bump {
    /// Share of the whole.
    pub weight: f32,
    pub mean: [f32; 2],
    /// `[[xx, xy], [xy, yy]]`, positive definite.
    pub covariance: [[f32; 2]; 2],
}

impl Bump {
    /// What is known without a fit: the axes are measured in standard deviations.
    pub const STANDARD: Self = Self { weight: 1.0, mean: [0.0; 2], covariance: [[1.0, 0.0], [0.0, 1.0]] };

    /// Density at a point of the plane, times its weight.
    pub fn at(&self, [x, y]: [f32; 2]) -> f32 {
        let [[xx, xy], [_, yy]] = self.covariance;
        let determinant = (xx * yy - xy * xy).max(1e-12);
        let (dx, dy) = (x - self.mean[0], y - self.mean[1]);
        let square = (yy * dx * dx - 2.0 * xy * dx * dy + xx * dy * dy) / determinant;
        self.weight * (-0.5 * square).exp() / (std::f32::consts::TAU * determinant.sqrt())
    }
}

impl Density {
    /// The density over two of the axes that it was fitted with. Along an axis beyond the mixture's it is the standard one.
    pub fn marginal(&self, axes: [usize; 2]) -> Vec<Bump> {
        let d = self.dimensions();
        let total = self.weights.iter().sum::<f32>().max(f32::MIN_POSITIVE);
        let bump = |c: usize| {
            let factor = &self.factors[c];
            let row = |i: usize| &factor[i * (i + 1) / 2..][..=i];
            let covariance = |i: usize, j: usize| match (i < d, j < d) {
                (true, true) => row(i).iter().zip(row(j)).map(|(a, b)| a * b).sum(),
                _ => f32::from(u8::from(i == j)),
            };
            let mean = |i: usize| self.means[c].get(i).copied().unwrap_or(0.0);
            let [a, b] = axes;
            let across = covariance(a, b);
            Bump {
                weight: self.weights[c] / total,
                mean: [mean(a), mean(b)],
                covariance: [[covariance(a, a), across], [across, covariance(b, b)]],
            }
        };
        (0..self.weights.len()).map(bump).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marginal_has_the_means_and_covariances_of_its_axes() {
        // L = [[2], [1, 1], [0.5, -1, 3]], so that L Lᵀ = [[4, 2, 1], [2, 2, -0.5], [1, -0.5, 10.25]].
        let density = Density {
            weights: vec![0.5, 1.5],
            means: vec![vec![1.0, 2.0, 3.0], vec![0.0; 3]],
            factors: vec![vec![2.0, 1.0, 1.0, 0.5, -1.0, 3.0], vec![1.0, 0.0, 1.0, 0.0, 0.0, 1.0]],
            ..Density::default()
        };
        let bumps = density.marginal([2, 0]);
        assert_eq!(bumps[0], Bump { weight: 0.25, mean: [3.0, 1.0], covariance: [[10.25, 1.0], [1.0, 4.0]] });
        assert_eq!(bumps[1], Bump { weight: 0.75, ..Bump::STANDARD });
        // An axis that the mixture does not cover.
        assert_eq!(density.marginal([1, 7])[0].covariance, [[2.0, 0.0], [0.0, 1.0]]);
        // It sums to one over the plane.
        let step = 0.25;
        let sum: f32 = (-80..80)
            .flat_map(|i| (-80..80).map(move |j| [step * i as f32, step * j as f32]))
            .map(|p| bumps.iter().map(|b| b.at(p)).sum::<f32>() * step * step)
            .sum();
        assert!((sum - 1.0).abs() < 1e-3, "{sum}");
    }
}
