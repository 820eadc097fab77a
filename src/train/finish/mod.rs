//! What is learnt about a network after training: principal axes, along which its latent may be whitened, a density, heads, which
//! side of each patch faces out and which part it makes, attributes, the prior over codes, and the encoded shapes that can be
//! picked by name.

mod attributes;
mod parts;
mod white;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::data::{Example, TrainingSet};
use super::recipe::PartShare;
use super::trainer::TrainError;
use super::{codebook, prior};
use crate::forge::Forge;
use crate::inspect::chamfer::nearest;
use crate::latent::{Axes, Density, Latent};
use crate::mesh::dot;
use crate::model::checkpoint::{Checkpoint, Encoded, Meta};
use crate::model::codebook::Codebook;
use crate::model::config::{CodebookShape, PosteriorKind};
use crate::model::heads::{Heads, Linear};
use crate::shapes::dataset::Kind;
use crate::template::Template;

/// Procedural shapes that can be picked by name beside the real ones; fewer where their latents together would hold more
/// numbers than this, so that a checkpoint's header stays small.
const NAMED_PROCEDURAL: usize = 62;
const NAMED_NUMBERS: usize = 6_000;
/// As many numbers at most have the real ones: past a hundred megabytes no header can be read.
const REAL_NUMBERS: usize = 4_000_000;

/// Shapes whose normals vote on a patch's side.
const VOTERS: usize = 200;

/// Of the density's starts: the same set gives the same density.
const DENSITY_SEED: u64 = 0;

/// Ridge of the heads, relative to the latents' variance.
const RIDGE: f64 = 1e-3;

/// Completes a trained checkpoint from the set it was trained on; `allotted` are the recipe's parts. With `whitened` its latent is
/// whitened, once; otherwise the weights stay.
///
/// # Errors
/// When the network gives no numbers.
pub fn finish(
    checkpoint: Checkpoint,
    set: &TrainingSet,
    allotted: &[PartShare],
    whitened: bool,
) -> Result<Checkpoint, TrainError> {
    let mut forge = Forge::new(checkpoint)?;
    let mut latents = encode(&forge, &set.train)?;
    // The covariance of a whitened latent says no more which axis comes first.
    let kept = forge.checkpoint().meta.axes.clone().filter(Axes::are_whitened);
    let done = kept.is_some();
    let mut axes = kept.or_else(|| Axes::fit(&latents));
    let rng = &mut ChaCha8Rng::seed_from_u64(DENSITY_SEED);
    let mut density = axes.as_ref().and_then(|a| Density::fit(a, &latents, rng));
    if whitened
        && !done
        && let Some(along) = &axes
    {
        let own;
        (forge, own) = white::whitened(forge, along, &set.train)?;
        if let Some(own) = own {
            latents = encode(&forge, &set.train)?;
            density = density.map(|d| d.whitened(&own, &latents));
            axes = Some(own);
        }
    }
    // Each is learnt with what is known before it: measuring goes by the parts, and by which side faces out.
    let signs = vote(&forge, &set.train, &latents)?;
    forge = with(forge, |meta| meta.signs = signs)?;
    let patch_parts = parts::patch_parts(&forge, &set.train, &latents, allotted)?;
    forge = with(forge, |meta| meta.patch_parts = patch_parts)?;
    let attributes = match &axes {
        Some(axes) => attributes::attributes(&forge, axes, &set.train, &latents)?,
        None => Vec::new(),
    };
    let mut checkpoint = forge.into_checkpoint();
    if let PosteriorKind::Quantised(shape) = checkpoint.config.posterior {
        let fit = fit_codes(&checkpoint, shape, set, &latents)?;
        checkpoint.meta.card.insert("codes".to_owned(), fit);
    }
    let meta = &mut checkpoint.meta;
    (meta.axes, meta.density, meta.attributes) = (axes, density, attributes);
    meta.heads = heads(&set.train, &latents);
    let numbers = checkpoint.config.latent_numbers().max(1);
    let (real, procedural) = (REAL_NUMBERS / numbers, NAMED_PROCEDURAL.min(NAMED_NUMBERS / numbers));
    let named = |kind: Kind, limit: usize| {
        let pairs = set.train.iter().zip(&latents).filter(move |(e, _)| e.kind == kind).take(limit);
        pairs.map(|(e, latent)| Encoded {
            name: e.name.clone(),
            kind: match e.kind {
                Kind::Real => "real",
                Kind::Procedural => "procedural",
            }
            .to_owned(),
            latent: latent.clone(),
            length: e.length,
            length_assumed: e.length_assumed,
        })
    };
    meta.encoded = named(Kind::Real, real).chain(named(Kind::Procedural, procedural)).collect();
    Ok(checkpoint)
}

/// The same network, of which more is known.
fn with(forge: Forge, learn: impl FnOnce(&mut Meta)) -> Result<Forge, TrainError> {
    let mut checkpoint = forge.into_checkpoint();
    learn(&mut checkpoint.meta);
    Ok(Forge::new(checkpoint)?)
}

fn encode(forge: &Forge, examples: &[Example]) -> Result<Vec<Latent>, TrainError> {
    Ok(examples.par_iter().map(|e| forge.encode(&e.surface)).collect::<Result<_, _>>()?)
}

/// Counts the codes of the training set and fits the prior over them; what the model's card says about both.
fn fit_codes(
    checkpoint: &Checkpoint,
    shape: CodebookShape,
    set: &TrainingSet,
    latents: &[Latent],
) -> Result<serde_json::Value, TrainError> {
    let Checkpoint { config, weights, .. } = checkpoint;
    let forge = Forge::new(checkpoint.clone())?;
    let unseen: Vec<Latent> = set.validation.par_iter().map(|e| forge.encode(&e.surface)).collect::<Result<_, _>>()?;
    let unseen = codebook::assign(weights, shape, &unseen)?;
    let codes = codebook::count(weights, shape, latents)?;
    let fit = prior::fit(weights, config, shape, &codes, &unseen)?;
    let book = Codebook::of(weights, shape)?;
    let segments = 0..shape.segments;
    Ok(serde_json::json!({
        "used": segments.clone().map(|s| book.used(s)).collect::<Vec<_>>(),
        "perplexity": segments.map(|s| book.perplexity(s)).collect::<Vec<_>>(),
        "prior": fit,
    }))
}

/// Heads fitted where the truth is known: lengths on shapes whose length was not assumed, the rest on all.
fn heads(examples: &[Example], latents: &[Latent]) -> Heads {
    let fit = |keep: &dyn Fn(&Example) -> Option<f32>| {
        let known = examples.iter().zip(latents).filter_map(|(e, l)| keep(e).map(|t| (l.clone(), t)));
        let (latents, targets): (Vec<Latent>, Vec<f32>) = known.unzip();
        (!latents.is_empty()).then(|| Linear::fit(&latents, &targets, RIDGE))
    };
    let default = Heads::default();
    Heads {
        length: fit(&|e| (!e.length_assumed).then_some(e.length))
            .or_else(|| fit(&|e| Some(e.length)))
            .unwrap_or(default.length),
        grip: fit(&|e| e.grip).unwrap_or(default.grip),
    }
}

/// For each patch the side that agrees with the data's outward normals, `[P]` of +1 or -1: every decoded point votes
/// with the normal of the nearest surface point, weighted by its area element.
fn vote(forge: &Forge, examples: &[Example], latents: &[Latent]) -> Result<Vec<f32>, TrainError> {
    let patches = forge.checkpoint().config.patches;
    let template = Template::grid(8);
    let uv = template.uv();
    let with_normals: Vec<(&Example, &Latent)> =
        examples.iter().zip(latents).filter(|(e, _)| !e.normals.is_empty()).collect();
    let stride = with_normals.len().div_ceil(VOTERS).max(1);
    let ballots = with_normals.par_iter().step_by(stride).map(|(example, latent)| {
        let decoded = forge.decode_points(latent, &uv)?;
        let found = nearest(&decoded.positions, &example.surface);
        let mut ballot = vec![0.0f64; patches];
        for (i, &j) in found.index.iter().enumerate() {
            let [e, f, g] = decoded.form[i];
            let area = (e * g - f * f).max(0.0).sqrt();
            ballot[i / uv.len()] += f64::from(area * dot(decoded.normals[i], example.normals[j as usize]));
        }
        Ok(ballot)
    });
    let ballots: Vec<Vec<f64>> = ballots.collect::<Result<_, TrainError>>()?;
    let total = (0..patches).map(|p| ballots.iter().map(|b| b[p]).sum::<f64>());
    Ok(total.map(|t| if t < 0.0 { -1.0 } else { 1.0 }).collect())
}
