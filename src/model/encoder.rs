//! PointNet (Qi 2017, arXiv 1612.00593) to a posterior: a diagonal Gaussian, a point, or codes.

use candle_core::{DType, Result, Tensor};

use super::activation::Act;
use super::codebook::Codebook;
use super::config::{Config, PosteriorKind};
use super::layer::{Mode, after};
use super::ops::{MaxPool, values};
use super::weights::Weights;

/// q(z|x). A value: the caller samples it, takes its mean, and asks for the terms that it adds to the loss.
#[derive(Clone, Debug)]
pub struct Posterior {
    /// `[B, K]`, K = G * D; of a quantised posterior what the encoder gives before quantisation
    pub mean: Tensor,
    /// `[B, K]`, the logarithm of a Gaussian's variance
    pub logvar: Option<Tensor>,
    /// The codes of a quantised posterior.
    pub codes: Option<Assigned>,
}

/// The codes nearest to a batch of latents.
#[derive(Clone, Debug)]
pub struct Assigned {
    /// `[B * S]`
    pub indices: Vec<usize>,
    /// `[B, K]`, the codes themselves, without a gradient
    pub vectors: Tensor,
}

impl Posterior {
    /// What is decoded, `[B, K]`. A Gaussian: `mean + noise_scale * noise * exp(logvar / 2)` (Kingma & Welling 2014, eq. 10),
    /// noise `[B, K]` from N(0, I). Codes: the nearest ones, whose gradient goes straight through to the mean (van den Oord
    /// 2017, section 3.2). Else the mean.
    pub fn sample(&self, noise: &Tensor, noise_scale: f64) -> Result<Tensor> {
        match (&self.logvar, &self.codes) {
            (Some(logvar), _) => &self.mean + ((noise * noise_scale)? * (logvar * 0.5)?.exp()?)?,
            (None, Some(codes)) => &self.mean + (&codes.vectors - self.mean.detach())?,
            (None, None) => Ok(self.mean.clone()),
        }
    }

    /// KL divergence from N(0, I), summed over dimensions, mean over the batch, a scalar, never negative
    /// (Kingma & Welling 2014, appendix B): `1/2 sum(mean² + exp(logvar) - 1 - logvar)`. 0 for what is no Gaussian.
    pub fn kl(&self) -> Result<Tensor> {
        let Some(logvar) = &self.logvar else { return Tensor::zeros((), DType::F32, self.mean.device()) };
        let per = ((self.mean.sqr()? + logvar.exp()?)? - (logvar + 1.0)?)?;
        (per.sum(1)? * 0.5)?.mean_all()
    }

    /// The same for each of `groups` latent groups, `[G]`: their sum is [`Posterior::kl`].
    pub fn kl_groups(&self, groups: usize) -> Result<Tensor> {
        let (b, k) = self.mean.dims2()?;
        let Some(logvar) = &self.logvar else { return Tensor::zeros(groups, DType::F32, self.mean.device()) };
        let per = ((self.mean.sqr()? + logvar.exp()?)? - (logvar + 1.0)?)?;
        (per.reshape((b, groups, k / groups))?.sum(2)? * 0.5)?.mean(0)
    }

    /// How far the encoder is from its codes, the mean square over batch and dimensions, a scalar (the third term of van
    /// den Oord 2017, eq. 3); `None` without codes.
    pub fn commitment(&self) -> Result<Option<Tensor>> {
        self.codes.as_ref().map(|codes| (&self.mean - &codes.vectors)?.sqr()?.mean_all()).transpose()
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
    let mean = head("mean")?;
    let (mut logvar, mut codes) = (None, None);
    match config.posterior {
        // Beyond ±20 the exponential of either loss or sample says nothing and overflows soon.
        PosteriorKind::Gaussian => logvar = Some(head("logvar")?.clamp(-20.0, 20.0)?),
        PosteriorKind::None => {}
        PosteriorKind::Quantised(shape) => {
            let codebook = Codebook::of(weights, shape)?;
            let latents = values(&mean)?;
            let rows = latents.chunks_exact(config.latent_numbers());
            let indices: Vec<usize> = rows.flat_map(|row| codebook.nearest(row)).collect();
            let vectors: Vec<f32> =
                indices.chunks_exact(shape.segments).flat_map(|codes| codebook.assemble(codes)).collect();
            codes = Some(Assigned { indices, vectors: Tensor::from_vec(vectors, mean.shape(), mean.device())? });
        }
    }
    Ok(Posterior { mean, logvar, codes })
}
