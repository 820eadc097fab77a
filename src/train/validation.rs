//! What a validation looks at: shapes that the network never saw, and as many that it did.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::data::{Example, TrainingSet};
use super::log::Line;
use super::metrics::{METRIC_GRID, reconstruction};
use super::trainer::TrainError;
use crate::forge::Forge;
use crate::inspect::patches::{Collapse, extents};
use crate::model::ops::values;
use crate::template::Template;

/// Shapes that a validation looks at on either side, at most.
pub const VALIDATION_SHAPES: usize = 64;

/// What a validation measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    pub step: u64,
    /// Mean chamfer distance x 1000, 2,500 against 2,500 area-sampled points in the unit ball, over held-out shapes.
    pub cd1000: f64,
    pub shapes: usize,
    /// The same over as many shapes that were trained on; `None` where none are held out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_cd1000: Option<f64>,
    /// Mean number of collapsed patches ([`Collapse`]) of a held-out shape's reconstruction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collapsed: Option<f64>,
    /// `[G]`, KL divergence of each latent group from N(0, I) in nats, mean over the held-out shapes; empty where the encoder
    /// gives no distribution.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kl_groups: Vec<f64>,
    /// `[P]`, share of the held-out reconstructions in which each patch has collapsed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collapses: Vec<f64>,
}

impl Validation {
    /// Its line in the log, `seconds` after the run's start.
    pub fn line(&self, seconds: f64) -> Line {
        let Self { step, cd1000, shapes, train_cd1000, collapsed, kl_groups, collapses } = self.clone();
        Line::Validation { step, seconds, cd1000, shapes, train_cd1000, collapsed, kl_groups, collapses }
    }
}

/// What one shape's reconstruction measured.
struct Measured {
    cd: f64,
    /// `[P]`
    collapsed: Vec<bool>,
    kl_groups: Vec<f32>,
}

/// Reconstructs held-out shapes (the training ones where none are held out) and as many training shapes.
///
/// # Errors
/// When the network gives no numbers.
pub fn measure(forge: &Forge, set: &TrainingSet, step: u64) -> Result<Validation, TrainError> {
    let held_out = if set.validation.is_empty() { &set.train } else { &set.validation };
    let seen = measured(forge, held_out.iter().take(VALIDATION_SHAPES).collect())?;
    let mean = |value: &dyn Fn(&Measured) -> f64, of: &[Measured]| of.iter().map(value).sum::<f64>() / of.len() as f64;
    let mut train_cd1000 = None;
    if !set.validation.is_empty() {
        // Spread over the set: its first shapes may be of one kind.
        let stride = (set.train.len() / seen.len()).max(1);
        let trained = measured(forge, set.train.iter().step_by(stride).take(seen.len()).collect())?;
        train_cd1000 = Some(1000.0 * mean(&|m| m.cd, &trained));
    }
    Ok(Validation {
        step,
        cd1000: 1000.0 * mean(&|m| m.cd, &seen),
        shapes: seen.len(),
        train_cd1000,
        collapsed: Some(mean(&|m| m.collapsed.iter().filter(|c| **c).count() as f64, &seen)),
        kl_groups: (0..seen[0].kl_groups.len()).map(|g| mean(&|m| f64::from(m.kl_groups[g]), &seen)).collect(),
        collapses: (0..seen[0].collapsed.len())
            .map(|p| mean(&|m| f64::from(u8::from(m.collapsed[p])), &seen))
            .collect(),
    })
}

fn measured(forge: &Forge, shapes: Vec<&Example>) -> Result<Vec<Measured>, TrainError> {
    let template = Template::grid(METRIC_GRID);
    let one = |(i, example): (usize, &&Example)| {
        let found = reconstruction(forge, example, &mut ChaCha8Rng::seed_from_u64(i as u64))?;
        // A decoded mesh carries its form, so this can't fail.
        let extents = extents(&found.mesh, &template).unwrap_or_default();
        Ok(Measured {
            cd: f64::from(found.chamfer),
            collapsed: extents.iter().map(|e| e.collapsed != Collapse::None).collect(),
            kl_groups: kl_groups(forge, example)?,
        })
    };
    shapes.par_iter().enumerate().map(one).collect()
}

/// `[G]`, nats; empty for a network without a distribution.
fn kl_groups(forge: &Forge, example: &Example) -> Result<Vec<f32>, TrainError> {
    let posterior = forge.posterior_of_cloud(&example.surface)?;
    if posterior.logvar.is_none() {
        return Ok(Vec::new());
    }
    Ok(values(&posterior.kl_groups(forge.checkpoint().config.groups)?)?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::shapes::dataset::{Kind, procedural};
    use crate::train::recipe::Recipe;
    use crate::train::trainer::Trainer;

    #[test]
    fn both_sides_of_the_split_and_every_group_are_measured() {
        let text = "[model]\npatches = 3\nlatent = 2\nencoder = [8]\nencoder_head = []\ndecoder = [8]\nlatent_per_patch = true\n\
                    [data]\nprocedural = 12\nsamples = 300\nvalidation_share = 0.3\n\
                    [train]\nbatch = 2\npoints = 30\nencoder_points = 64\n";
        let recipe = Recipe::parse(text).unwrap();
        let shapes = || procedural(12, 1).into_iter().map(|s| (s, Kind::Procedural)).collect();
        let set = TrainingSet::prepare(shapes(), &recipe);
        let held_out = set.validation.len();
        assert!(held_out > 0 && held_out < 12);
        let validation = Trainer::new(&recipe, Arc::new(set)).unwrap().validate().unwrap();
        assert_eq!((validation.shapes, validation.kl_groups.len()), (held_out, 3));
        assert!(validation.kl_groups.iter().all(|kl| *kl >= 0.0) && validation.kl_groups.iter().any(|kl| *kl > 0.0));
        assert!(validation.train_cd1000.unwrap() > 0.0 && validation.collapsed.unwrap() <= 3.0);
        // The patches' shares are what the mean number is made of.
        assert_eq!(validation.collapses.len(), 3);
        assert!((validation.collapses.iter().sum::<f64>() - validation.collapsed.unwrap()).abs() < 1e-9);

        let mut all = recipe.clone();
        all.data.validation_share = 0.0;
        let set = TrainingSet::prepare(shapes(), &all);
        assert_eq!(Trainer::new(&all, Arc::new(set)).unwrap().validate().unwrap().train_cd1000, None);
    }
}
