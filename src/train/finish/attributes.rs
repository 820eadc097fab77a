//! Readouts and directions of measured attributes: training shapes decoded from their latents and measured.

use rayon::prelude::*;

use super::{Example, TrainError};
use crate::forge::Forge;
use crate::forge::shift::share;
use crate::inspect::attributes::{Attributes, Extent};
use crate::latent::attribute::{Attribute, Measured, Scale, fit};
use crate::latent::{Axes, Latent};

/// Shapes that are decoded and measured.
const SHAPES: usize = 800;

/// The attributes of a model of swords; none for one whose parts are known and include no blade, whose measurements mean
/// nothing. Only shapes whose length was not assumed count, where there are such.
pub fn attributes(
    forge: &Forge,
    axes: &Axes,
    examples: &[Example],
    latents: &[Latent],
) -> Result<Vec<Attribute>, TrainError> {
    let parts = &forge.checkpoint().meta.patch_parts;
    if !parts.is_empty() && parts.iter().all(|p| p.part != "blade") {
        return Ok(Vec::new());
    }
    let certain = examples.iter().any(|e| !e.length_assumed);
    let pairs: Vec<(&Example, &Latent)> =
        examples.iter().zip(latents).filter(|(e, _)| !(certain && e.length_assumed)).collect();
    let stride = pairs.len().div_ceil(SHAPES).max(1);
    let chosen: Vec<(&Example, &Latent)> = pairs.into_iter().step_by(stride).collect();
    let found: Vec<Attributes> =
        chosen.par_iter().map(|(_, latent)| forge.measure_latent(latent)).collect::<Result<_, _>>()?;
    let named = Attributes::NAMES.iter().map(|&(name, extent)| {
        let scale = match extent {
            Extent::Along => Scale::Along,
            Extent::Across => Scale::Across,
            Extent::Ratio => Scale::Ratio,
        };
        let values = found.iter().map(|m| share(m, name, scale)).collect();
        Measured { name: name.to_owned(), scale, values }
    });
    let lengths: Vec<f32> = chosen.iter().map(|(e, _)| e.length).collect();
    let latents: Vec<Latent> = chosen.iter().map(|(_, latent)| (*latent).clone()).collect();
    Ok(fit(axes, &latents, &lengths, &named.collect::<Vec<_>>()))
}
