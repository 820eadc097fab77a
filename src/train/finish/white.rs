//! Whitens the latent of a trained network.

use rayon::prelude::*;

use crate::forge::Forge;
use crate::latent::Axes;
use crate::model::ops::values;
use crate::model::whiten::whiten;
use crate::train::data::Example;
use crate::train::trainer::TrainError;

/// Shapes over which the posterior's variance is averaged.
const SHAPES: usize = 200;

/// The network with its latent whitened along these axes, and the axes of the new one: see [`crate::model::whiten`]. `None`, and the
/// network as it was, where they don't span it.
///
/// # Errors
/// When the network gives no numbers.
pub fn whitened(forge: Forge, along: &Axes, examples: &[Example]) -> Result<(Forge, Option<Axes>), TrainError> {
    let logvar = mean_logvar(&forge, examples)?;
    let checkpoint = forge.into_checkpoint();
    let own = whiten(&checkpoint.weights, &checkpoint.config, along, &logvar)?;
    Ok((Forge::new(checkpoint)?, own))
}

/// Mean log-variance of the posterior, `[K]`; zeros for what draws no latent.
fn mean_logvar(forge: &Forge, examples: &[Example]) -> Result<Vec<f32>, TrainError> {
    let numbers = forge.checkpoint().config.latent_numbers();
    let stride = examples.len().div_ceil(SHAPES).max(1);
    let each = examples.par_iter().step_by(stride).map(|e| -> Result<Vec<f32>, TrainError> {
        let logvar = forge.posterior_of_cloud(&e.surface)?.logvar;
        Ok(logvar.map_or_else(|| Ok(vec![0.0; numbers]), |logvar| values(&logvar))?)
    });
    let each: Vec<Vec<f32>> = each.collect::<Result<_, _>>()?;
    Ok((0..numbers).map(|i| each.iter().map(|x| x[i]).sum::<f32>() / each.len() as f32).collect())
}
