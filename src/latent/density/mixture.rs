//! A mixture of Gaussians with full covariances, fitted by expectation-maximisation (Dempster 1977) in f64 from a seeded
//! k-means++ start.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::super::symmetric::{cholesky, dot, forward};

/// Starts of each fit, of which the likeliest counts: they end in different optima, up to half a nat apart.
const STARTS: usize = 3;
/// Added to each covariance's diagonal.
const RIDGE: f64 = 1e-3;
/// Rounds of expectation-maximisation at most, and of k-means.
const ROUNDS: usize = 60;
const MEANS_ROUNDS: usize = 8;
/// Gain in log-likelihood a point at which the rounds stop.
const GAIN: f64 = 1e-3;
/// ln(2 pi)
pub(super) const TAU_LN: f64 = 1.837_877_066_409_345_3;

#[derive(Clone, Debug)]
pub(super) struct Component {
    pub weight: f64,
    pub mean: Vec<f64>,
    /// Lower Cholesky factor of the covariance.
    pub lower: Vec<Vec<f64>>,
}

impl Component {
    /// Log of weight times density.
    fn log(&self, p: &[f64]) -> f64 {
        let centred: Vec<f64> = p.iter().zip(&self.mean).map(|(x, m)| x - m).collect();
        let y = forward(&self.lower, &centred);
        let determinant: f64 = self.lower.iter().enumerate().map(|(i, row)| row[i].ln()).sum();
        self.weight.ln() - 0.5 * (dot(&y, &y) + p.len() as f64 * TAU_LN) - determinant
    }

    /// The point that standard normal `steps` lead to, `spread` times as far from the mean.
    pub fn at(&self, steps: &[f64], spread: f64) -> Vec<f64> {
        let rows = self.mean.iter().zip(&self.lower);
        rows.map(|(mean, row)| mean + spread * dot(row, &steps[..row.len()])).collect()
    }
}

#[derive(Clone, Debug)]
pub(super) struct Mixture {
    pub components: Vec<Component>,
}

impl Mixture {
    /// Of [`STARTS`] fits the one under which the points themselves are likeliest.
    pub fn likeliest(points: &[Vec<f64>], count: usize, pull: f64, seed: u64) -> Option<Self> {
        let starts = if count > 1 { STARTS } else { 1 };
        let fits = (0..starts).into_par_iter().filter_map(|start| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(start as u64);
            let mixture = Self::fit(points, count, pull, &mut rng)?;
            Some((mixture.mean_log(points), mixture))
        });
        // The first of equal ones, so that threads don't show.
        fits.collect::<Vec<_>>().into_iter().rev().max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, mixture)| mixture)
    }

    /// `None` where a covariance can't be factored. `pull`: how strongly the covariances are drawn to the pooled one, in
    /// points for each dimension.
    fn fit(points: &[Vec<f64>], count: usize, pull: f64, rng: &mut impl Rng) -> Option<Self> {
        let nearest = clusters(points, count, rng);
        let mut shares: Vec<Vec<f64>> =
            nearest.iter().map(|&own| (0..count).map(|c| f64::from(c == own)).collect()).collect();
        let mut last = f64::NEG_INFINITY;
        let mut mixture = Self::maximised(points, &shares, pull)?;
        for _ in 0..ROUNDS {
            let mut sum = 0.0;
            shares = points
                .iter()
                .map(|p| {
                    let logs: Vec<f64> = mixture.components.iter().map(|c| c.log(p)).collect();
                    let whole = log_sum(&logs);
                    sum += whole;
                    logs.iter().map(|l| (l - whole).exp()).collect()
                })
                .collect();
            let mean = sum / points.len() as f64;
            if mean - last < GAIN {
                break;
            }
            last = mean;
            mixture = Self::maximised(points, &shares, pull)?;
        }
        Some(mixture)
    }

    /// Weights, means and covariances for shares `[N, C]`; a component that has lost nearly all of its points is dropped.
    fn maximised(points: &[Vec<f64>], shares: &[Vec<f64>], pull: f64) -> Option<Self> {
        let (n, d) = (points.len() as f64, points.first()?.len());
        let mut pooled = vec![vec![0.0; d]; d];
        let mut parts: Vec<(f64, Vec<f64>, Vec<Vec<f64>>)> = Vec::new();
        for c in 0..shares.first()?.len() {
            let size: f64 = shares.iter().map(|s| s[c]).sum();
            if size < 1.0 {
                continue;
            }
            let mut mean = vec![0.0; d];
            for (p, s) in points.iter().zip(shares) {
                mean.iter_mut().zip(p).for_each(|(m, x)| *m += s[c] * x / size);
            }
            let mut scatter = vec![vec![0.0; d]; d];
            for (p, s) in points.iter().zip(shares).filter(|(_, s)| s[c] > 1e-9) {
                let centred: Vec<f64> = p.iter().zip(&mean).map(|(x, m)| x - m).collect();
                for i in 0..d {
                    let by = s[c] * centred[i];
                    scatter[i][..=i].iter_mut().zip(&centred).for_each(|(out, x)| *out += by * x);
                }
            }
            for i in 0..d {
                (0..=i).for_each(|j| pooled[i][j] += scatter[i][j] / n);
            }
            parts.push((size, mean, scatter));
        }
        let strength = if parts.len() > 1 { pull * d as f64 } else { 0.0 };
        let whole: f64 = parts.iter().map(|(size, ..)| size).sum();
        let component = |(size, mean, mut covariance): (f64, Vec<f64>, Vec<Vec<f64>>)| {
            for i in 0..d {
                for j in 0..=i {
                    covariance[i][j] = (covariance[i][j] + strength * pooled[i][j]) / (size + strength);
                }
                covariance[i][i] += RIDGE;
            }
            Some(Component { weight: size / whole, mean, lower: cholesky(&covariance)? })
        };
        Some(Self { components: parts.into_iter().map(component).collect::<Option<_>>()? })
    }

    /// Log-density at a point, nats.
    pub fn log(&self, p: &[f64]) -> f64 {
        log_sum(&self.components.iter().map(|c| c.log(p)).collect::<Vec<_>>())
    }

    pub fn mean_log(&self, points: &[Vec<f64>]) -> f64 {
        points.iter().map(|p| self.log(p)).sum::<f64>() / points.len().max(1) as f64
    }

    /// Log-density that a share of the mixture's own draws, of `count`, falls below.
    pub fn quantile(&self, share: f64, count: usize, rng: &mut impl Rng) -> f64 {
        let steps: Vec<_> = (0..count).map(|_| self.step(rng)).collect();
        let mut logs: Vec<f64> = steps.par_iter().map(|(c, steps)| self.log(&c.at(steps, 1.0))).collect();
        logs.sort_by(f64::total_cmp);
        logs[((share * count as f64) as usize).min(count - 1)]
    }

    /// A component by weight, and a standard normal step for each dimension.
    pub fn step(&self, rng: &mut impl Rng) -> (&Component, Vec<f64>) {
        let mut left = f64::from(rng.random_range(0.0..1.0f32)) * self.components.iter().map(|c| c.weight).sum::<f64>();
        let chosen = self.components.iter().find(|c| {
            left -= c.weight;
            left < 0.0
        });
        let chosen = chosen.unwrap_or(&self.components[self.components.len() - 1]);
        (chosen, (0..chosen.mean.len()).map(|_| StandardNormal.sample(rng)).collect())
    }
}

fn log_sum(logs: &[f64]) -> f64 {
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + logs.iter().map(|l| (l - most).exp()).sum::<f64>().ln()
}

fn distance2(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum()
}

/// The cluster of each point: k-means++ (Arthur & Vassilvitskii 2007) and a few of Lloyd's rounds.
fn clusters(points: &[Vec<f64>], count: usize, rng: &mut impl Rng) -> Vec<usize> {
    let mut centres: Vec<Vec<f64>> = vec![points[rng.random_range(0..points.len())].clone()];
    let mut least: Vec<f64> = points.iter().map(|p| distance2(p, &centres[0])).collect();
    while centres.len() < count {
        let mut left = rng.random_range(0.0..1.0) * least.iter().sum::<f64>();
        let next = least.iter().position(|d| {
            left -= d;
            left <= 0.0 && *d > 0.0
        });
        let centre = points[next.unwrap_or(0)].clone();
        least.iter_mut().zip(points).for_each(|(d, p)| *d = d.min(distance2(p, &centre)));
        centres.push(centre);
    }
    let nearest = |p: &Vec<f64>, centres: &[Vec<f64>]| {
        let by = |&a: &usize, &b: &usize| distance2(p, &centres[a]).total_cmp(&distance2(p, &centres[b]));
        (0..count).min_by(by).unwrap_or(0)
    };
    let mut own: Vec<usize> = points.iter().map(|p| nearest(p, &centres)).collect();
    for _ in 0..MEANS_ROUNDS {
        for (c, centre) in centres.iter_mut().enumerate() {
            let members = || points.iter().zip(&own).filter(|(_, o)| **o == c).map(|(p, _)| p);
            let size = members().count() as f64;
            if size > 0.0 {
                *centre = (0..centre.len()).map(|i| members().map(|p| p[i]).sum::<f64>() / size).collect();
            }
        }
        own = points.iter().map(|p| nearest(p, &centres)).collect();
    }
    own
}
