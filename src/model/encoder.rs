//! PointNet (Qi 2017, arXiv 1612.00593) to a diagonal Gaussian.

use candle_core::{Result, Tensor};

use super::activation::Act;
use super::config::Config;
use super::layer::{Mode, after};
use super::ops::MaxPool;
use super::weights::Weights;

/// q(z|x), a diagonal Gaussian. A value: the caller samples it or takes its mean.
#[derive(Clone, Debug)]
pub struct Posterior {
    /// `[B, K]`, K = G * D
    pub mean: Tensor,
    /// `[B, K]`, the logarithm of the variance
    pub logvar: Tensor,
}

impl Posterior {
    /// `mean + noise_scale * noise * exp(logvar / 2)` (Kingma & Welling 2014, eq. 10), noise `[B, K]` from N(0, I).
    pub fn sample(&self, noise: &Tensor, noise_scale: f64) -> Result<Tensor> {
        &self.mean + ((noise * noise_scale)? * (&self.logvar * 0.5)?.exp()?)?
    }

    /// KL divergence from N(0, I), summed over dimensions, mean over the batch, a scalar, never negative
    /// (Kingma & Welling 2014, appendix B): `1/2 sum(mean² + exp(logvar) - 1 - logvar)`.
    pub fn kl(&self) -> Result<Tensor> {
        let per = ((self.mean.sqr()? + self.logvar.exp()?)? - (&self.logvar + 1.0)?)?;
        (per.sum(1)? * 0.5)?.mean_all()
    }

    /// The same for each of `groups` groups of dimensions, `[G]`; their sum is [`Posterior::kl`].
    pub fn kl_groups(&self, groups: usize) -> Result<Tensor> {
        let (b, k) = self.mean.dims2()?;
        let per = ((self.mean.sqr()? + self.logvar.exp()?)? - (&self.logvar + 1.0)?)?;
        (per.reshape((b, groups, k / groups))?.sum(2)? * 0.5)?.mean(0)
    }
}

/// points `[B, N, 3]` in network units (unit ball divided by the axis scale) -> q(z|x).
pub fn encode(weights: &Weights, config: &Config, points: &Tensor, mode: &mut Mode) -> Result<Posterior> {
    let (b, n, _) = points.dims3()?;
    let mut x = points.reshape((1, b * n, 3))?;
    let last = config.encoder.len() - 1;
    for i in 0..config.encoder.len() {
        let name = format!("encoder.mlp.{i}");
        x = x.matmul(&weights.get(&format!("{name}.weight"))?.unsqueeze(0)?)?;
        // The pooled layer has no ReLU, as in PointNet's reference in AtlasNet.
        x = after(weights, config, &name, if i == last { Act::Identity } else { Act::Relu }, &x, mode)?;
    }
    let mut x = x.reshape((b, n, config.encoder[last]))?.apply_op1(MaxPool)?.unsqueeze(0)?;
    for i in 0..config.encoder_head.len() {
        let name = format!("encoder.head.{i}");
        x = x.matmul(&weights.get(&format!("{name}.weight"))?.unsqueeze(0)?)?;
        x = after(weights, config, &name, Act::Relu, &x, mode)?;
    }
    let x = x.squeeze(0)?;
    let head = |name: &str| -> Result<Tensor> {
        x.matmul(weights.get(&format!("posterior.{name}.weight"))?)?
            .broadcast_add(weights.get(&format!("posterior.{name}.bias"))?)
    };
    // Beyond ±20 the exponential of either loss or sample says nothing and overflows soon.
    Ok(Posterior { mean: head("mean")?, logvar: head("logvar")?.clamp(-20.0, 20.0)? })
}
