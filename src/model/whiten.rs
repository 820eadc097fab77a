//! A latent in the coordinates of its own spread: mean 0 and unit covariance over the encoded training set, so that N(0, I) is the
//! Gaussian fitted to that set. A posterior that is held loosely to its prior spreads its shapes by little along one direction and by
//! much along another, and a draw of the prior then lies far from all of them.
//!
//! PCA whitening (Kessy, Lewin & Strimmer 2018, *Optimal Whitening and Decorrelation*, The American Statistician 72): with
//! the axes' directions d_j and deviations s_j, `z = mean + sum_j z'_j s_j d_j`. The network computes the same function of a shape
//! and decodes the same surface: only the layers on either side of the latent change.

use candle_core::{Result, Tensor};

use super::Weights;
use super::config::{Config, PosteriorKind};
use super::ops::values;
use crate::latent::Axes;

/// The least deviation that an axis is taken to have, relative to the first's: along what no shape uses nothing is blown up.
const LEAST: f32 = 1e-3;

/// Whether the network has one latent, that is no code, and axes may span it.
pub fn can_whiten(config: &Config) -> bool {
    config.groups == 1 && config.latent <= Axes::LIMIT && !matches!(config.posterior, PosteriorKind::Quantised(_))
}

/// Rewrites the layers on either side of the latent for z', whose axes are returned; `None`, and nothing changed, where the axes
/// don't span the latent, or nothing varies. `logvar` `[K]`: mean log-variance of the posterior, around which that of z' is
/// expanded to first order, since a turned diagonal Gaussian is no diagonal one.
///
/// # Errors
/// When a tensor is missing or can't be set.
pub fn whiten(weights: &Weights, config: &Config, axes: &Axes, logvar: &[f32]) -> Result<Option<Axes>> {
    let k = config.latent;
    let first = axes.deviations.first().copied().unwrap_or(0.0);
    if !can_whiten(config) || axes.directions.len() != k || first.is_nan() || first <= 0.0 {
        return Ok(None);
    }
    let least: Vec<f32> = axes.deviations.iter().map(|s| s.max(LEAST * first)).collect();
    let deviations: Vec<f64> = least.iter().map(|&s| f64::from(s)).collect();
    let direction = |j: usize, i: usize| f64::from(axes.directions[j][i]);
    let mean = |i: usize| f64::from(axes.mean[i]);
    // z'_j = sum_i into[j][i] (z_i - mean_i), and z_i = mean_i + sum_j out[j][i] z'_j.
    let table = |of: &dyn Fn(usize, usize) -> f64| -> Vec<Vec<f64>> {
        (0..k).map(|j| (0..k).map(|i| of(j, i)).collect()).collect()
    };
    let into = table(&|j, i| direction(j, i) / deviations[j]);
    let out = table(&|j, i| direction(j, i) * deviations[j]);
    head(
        weights,
        "posterior.mean",
        |row, j| (0..k).map(|i| into[j][i] * row[i]).sum(),
        |bias, j| (0..k).map(|i| into[j][i] * (bias[i] - mean(i))).sum(),
    )?;
    if config.posterior == PosteriorKind::Gaussian {
        // Shares of each old number's variance in a new one's.
        let variances = table(&|j, i| into[j][i].powi(2) * f64::from(logvar[i]).exp());
        let sums: Vec<f64> = variances.iter().map(|v| v.iter().sum()).collect();
        let shares = table(&|j, i| variances[j][i] / sums[j]);
        head(
            weights,
            "posterior.logvar",
            |row, j| (0..k).map(|i| shares[j][i] * row[i]).sum(),
            |bias, j| (0..k).map(|i| shares[j][i] * (bias[i] - f64::from(logvar[i]))).sum::<f64>() + sums[j].ln(),
        )?;
    }
    let weight = weights.var("decoder.0.latent.weight")?;
    let (patches, _, width) = weight.dims3()?;
    let old = values(weight)?;
    let at = |p: usize, i: usize, o: usize| f64::from(old[(p * k + i) * width + o]);
    let (mut turned, mut moved) = (Vec::with_capacity(old.len()), Vec::with_capacity(patches * width));
    for p in 0..patches {
        for row in &out {
            turned.extend((0..width).map(|o| (0..k).map(|i| row[i] * at(p, i, o)).sum::<f64>() as f32));
        }
        moved.extend((0..width).map(|o| (0..k).map(|i| mean(i) * at(p, i, o)).sum::<f64>() as f32));
    }
    weight.set(&Tensor::from_vec(turned, weight.shape(), weight.device())?)?;
    // What the mean adds to every point goes into the bias, or off the mean that batch-norm takes away.
    let (name, sign) = if config.batch_norm { ("decoder.0.norm.mean", -1.0) } else { ("decoder.0.bias", 1.0) };
    let bias = weights.var(name)?;
    let shifted = values(bias)?.iter().zip(&moved).map(|(b, m)| b + sign * m).collect();
    bias.set(&Tensor::from_vec::<_, f32>(shifted, bias.shape(), bias.device())?)?;
    Ok(Some(axes.whitened(&least)))
}

/// Rewrites a head `[H, K]` with its bias, number by number of the new latent, from the old row or bias.
fn head(
    weights: &Weights,
    name: &str,
    row: impl Fn(&[f64], usize) -> f64,
    bias: impl Fn(&[f64], usize) -> f64,
) -> Result<()> {
    let rewrite = |part: &str, of: &dyn Fn(&[f64], usize) -> f64| -> Result<()> {
        let var = weights.var(&format!("{name}.{part}"))?;
        let k = var.dims().last().copied().unwrap_or(1);
        let old: Vec<f64> = values(var)?.into_iter().map(f64::from).collect();
        let new: Vec<f32> =
            old.chunks_exact(k).flat_map(|row| (0..k).map(|j| of(row, j) as f32).collect::<Vec<_>>()).collect();
        var.set(&Tensor::from_vec(new, var.shape(), var.device())?)
    };
    rewrite("weight", &row)?;
    rewrite("bias", &bias)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::super::config::tests::small;
    use super::super::decoder::decode;
    use super::super::encoder::encode;
    use super::super::layer::Mode;
    use super::*;
    use crate::latent::Latent;

    fn tensor(shape: (usize, usize, usize), rng: &mut ChaCha8Rng) -> Tensor {
        let count = shape.0 * shape.1 * shape.2;
        let values: Vec<f32> = (0..count).map(|_| StandardNormal.sample(rng)).collect();
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
    }

    #[test]
    fn encodes_to_unit_covariance_and_decodes_the_same_points() {
        for batch_norm in [true, false] {
            let config = Config { batch_norm, ..small() };
            let mut rng = ChaCha8Rng::seed_from_u64(5);
            let weights = Weights::init(&config, &mut rng).unwrap();
            let clouds = tensor((200, 24, 3), &mut rng);
            let uv = tensor((4, 200, 2), &mut rng).reshape((4, 200, 1, 2)).unwrap();
            let all = |weights: &Weights| {
                let posterior = encode(weights, &config, &clouds, &mut Mode::Eval).unwrap();
                let points = decode(weights, &config, &posterior.mean, &uv, &mut Mode::Eval).unwrap();
                let rows = values(&posterior.mean).unwrap();
                let latents = rows.chunks_exact(8).map(|row| Latent::new(1, 8, row.to_vec()).unwrap());
                let logvar = posterior.logvar.unwrap().mean(0).unwrap();
                (latents.collect::<Vec<_>>(), values(&points).unwrap(), values(&logvar).unwrap())
            };
            let (latents, before, logvar) = all(&weights);
            let axes = Axes::fit(&latents).unwrap();
            let own = whiten(&weights, &config, &axes, &logvar).unwrap().unwrap();
            let (white, after, spread) = all(&weights);
            let largest = before.iter().fold(0.0f32, |m, x| m.max(x.abs()));
            assert!(before.iter().zip(&after).all(|(a, b)| (a - b).abs() < 2e-5 * largest), "{batch_norm}");
            for (latent, old) in white.iter().zip(&latents) {
                let coordinates = axes.coordinates(old, 8);
                let near = latent.values().iter().zip(&coordinates).all(|(z, c)| (f64::from(*z) - c).abs() < 1e-3);
                assert!(near, "{latent:?} {coordinates:?}");
                assert!(own.coordinates(latent, 8).iter().zip(&coordinates).all(|(a, b)| (a - b).abs() < 1e-3));
            }
            // The mean variance of each new number is what the old ones' are along its axis.
            for j in 0..8 {
                let expected: f32 =
                    (0..8).map(|i| (axes.directions[j][i] / axes.deviations[j]).powi(2) * logvar[i].exp()).sum();
                assert!((spread[j] - expected.ln()).abs() < 1e-3, "{} {}", spread[j], expected.ln());
            }
            let (share, total) = (axes.deviations[0].powi(2), axes.deviations.iter().map(|d| d * d).sum::<f32>());
            assert!(own.are_whitened() && (own.share(0) - share / total).abs() < 1e-5);
        }
    }

    #[test]
    fn axes_that_do_not_span_the_latent_change_nothing() {
        let config = small();
        let weights = Weights::init(&config, &mut ChaCha8Rng::seed_from_u64(5)).unwrap();
        let same = Latent::zeros(1, 8);
        let still = Axes::fit(&[same.clone(), same]).unwrap();
        assert_eq!(whiten(&weights, &config, &still, &[0.0; 8]).unwrap(), None);
    }
}
