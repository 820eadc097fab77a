//! What follows every linear layer: batch-norm or a bias, then the nonlinearity.

use std::collections::BTreeSet;

use candle_core::{Result, Tensor};

use super::activation::Act;
use super::config::Config;
use super::ops::{BatchStatistics, NORM_EPSILON, NormAct, ScaleShiftAct};
use super::weights::Weights;

/// Batch statistics that a training pass saw, by the layer's name, for [`update_running`].
pub type Seen = Vec<(String, BatchStatistics)>;

/// How a network runs.
pub enum Mode<'a> {
    /// Batch statistics, noted for the running averages.
    Train(&'a mut Seen),
    /// The same, but running statistics in the layers of these names.
    Partly { seen: &'a mut Seen, frozen: &'a BTreeSet<String> },
    /// Running statistics.
    Eval,
}

impl Mode<'_> {
    /// Where a layer's batch statistics are noted; `None` where it runs on its running ones.
    fn seen(&mut self, layer: &str) -> Option<&mut Seen> {
        match self {
            Self::Train(seen) => Some(seen),
            Self::Partly { seen, frozen } => (!frozen.contains(layer)).then_some(seen),
            Self::Eval => None,
        }
    }
}

/// x `[G, R, C]` -> act(norm(x)) or act(x + bias), for the layer called `name`.
pub fn after(weights: &Weights, config: &Config, name: &str, act: Act, x: &Tensor, mode: &mut Mode) -> Result<Tensor> {
    let (groups, _, c) = x.dims3()?;
    let x = x.contiguous()?;
    let per_group = |name: String| -> Result<Tensor> { weights.get(&name)?.reshape((groups, 1, c)) };
    if config.batch_norm
        && let Some(seen) = mode.seen(name)
    {
        let op = NormAct::new(act);
        let scale = per_group(format!("{name}.norm.scale"))?;
        let y = x.apply_op3(&scale, &per_group(format!("{name}.norm.shift"))?, op.clone())?;
        seen.push((name.to_owned(), op.statistics()));
        return Ok(y);
    }
    let (scale, shift) = affine(weights, config, name, groups, c)?;
    x.apply_op3(&scale, &shift, ScaleShiftAct(act))
}

/// The layer's multiply-add in evaluation, `[G, 1, C]` each: batch-norm with running statistics, or 1 and the bias.
pub fn affine(weights: &Weights, config: &Config, name: &str, groups: usize, c: usize) -> Result<(Tensor, Tensor)> {
    let get = |part: &str| -> Result<Tensor> { weights.get(&format!("{name}.{part}"))?.reshape((groups, 1, c)) };
    if !config.batch_norm {
        let bias = get("bias")?;
        return Ok((bias.ones_like()?, bias));
    }
    let scale = (get("norm.scale")? / (get("norm.variance")? + f64::from(NORM_EPSILON))?.sqrt()?)?;
    let shift = (get("norm.shift")? - (&scale * get("norm.mean")?)?)?;
    Ok((scale, shift))
}

/// Moves the running statistics towards what a step saw: `running += momentum (seen - running)`, the variance
/// unbiased, as PyTorch does.
pub fn update_running(weights: &Weights, seen: &Seen, momentum: f64) -> Result<()> {
    for (name, statistics) in seen {
        let n = statistics.rows as f32;
        let unbiased: Vec<f32> = statistics.variance.iter().map(|v| v * n / (n - 1.0).max(1.0)).collect();
        for (part, values) in [("mean", &statistics.mean), ("variance", &unbiased)] {
            let var = weights.var(&format!("{name}.norm.{part}"))?;
            let target = Tensor::from_slice(values, var.shape(), var.device())?;
            let old = var.as_tensor().detach();
            var.set(&(&old + ((target - &old)? * momentum)?)?)?;
        }
    }
    Ok(())
}
