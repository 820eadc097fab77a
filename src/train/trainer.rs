//! One network being trained: a step, a validation, a snapshot to resume from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use candle_core::{Device, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::adam::{Adam, Moments};
use super::batch::Batch;
use super::chamfer::chamfer;
use super::codebook;
use super::data::TrainingSet;
use super::freeze::freeze;
use super::gradient;
use super::recipe::Recipe;
use super::state::Tensors;
use super::terms::{self, Scene};
use super::transfer::{self, Report};
use super::validation;
pub use super::validation::Validation;
use crate::forge::{Forge, ForgeError};
use crate::model::checkpoint::{Checkpoint, Meta};
use crate::model::decoder::decode;
use crate::model::encoder::encode;
use crate::model::layer::{Mode, update_running};
use crate::model::ops::values;
use crate::model::weights::{Slot, layout};
use crate::model::{Config, Weights};

/// Weight of a step in batch-norm's running statistics, PyTorch's default.
const MOMENTUM: f64 = 0.1;

/// Why training stops before its end.
#[derive(Debug, Error)]
pub enum TrainError {
    #[error("nothing to learn from: no shape of the recipe's data has a surface that can be sampled")]
    NoData,
    #[error(
        "the loss is no number any more at step {step}; lower learning_rate or lengthen warmup. The last good checkpoint is kept"
    )]
    Diverged { step: u64 },
    #[error("the saved state does not fit the recipe's network: {0}")]
    State(String),
    #[error(transparent)]
    Forge(#[from] ForgeError),
    #[error("the network failed: {0}")]
    Network(#[from] candle_core::Error),
}

/// What one step measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepMetrics {
    pub step: u64,
    /// Squared chamfer distance in network units (per part where parts are allotted).
    pub chamfer: f64,
    /// KL divergence, summed over dimensions, mean over the batch, in nats; 0 for what is no Gaussian.
    pub kl: f64,
    pub loss: f64,
    pub learning_rate: f64,
    pub kl_weight: f64,
    /// What each of [`terms`] adds to the loss, by its key.
    pub terms: BTreeMap<String, f64>,
}

/// A network in training.
pub struct Trainer {
    recipe: Recipe,
    config: Config,
    set: Arc<TrainingSet>,
    slots: Vec<Slot>,
    /// Layers whose batch-norm stands still from the beginning, and all that have one.
    frozen: BTreeSet<String>,
    normed: BTreeSet<String>,
    weights: Weights,
    adam: Adam,
    step: u64,
}

impl Trainer {
    /// Fresh weights from the recipe's seed.
    ///
    /// # Errors
    /// When the set is empty.
    pub fn new(recipe: &Recipe, set: Arc<TrainingSet>) -> Result<Self, TrainError> {
        if set.train.is_empty() {
            return Err(TrainError::NoData);
        }
        let config = recipe.config(set.axis_scale(recipe.model.axis_exponent));
        let mut rng = ChaCha8Rng::seed_from_u64(recipe.train.seed);
        let weights = Weights::init(&config, &mut rng)?;
        let mut slots = layout(&config);
        let frozen = freeze(&recipe.train.freeze, &mut slots);
        let normed =
            slots.iter().filter_map(|s| s.name.split_once(".norm.")).map(|(layer, _)| layer.to_owned()).collect();
        Ok(Self { recipe: recipe.clone(), config, set, slots, frozen, normed, weights, adam: Adam::default(), step: 0 })
    }

    /// Begins with what fits of another model's weights.
    ///
    /// # Errors
    /// When a tensor can't be read or set.
    pub fn begin_with(&mut self, model: &Checkpoint, name: &str) -> Result<Report, TrainError> {
        Ok(transfer::transfer(&self.weights, &mut self.config, model, name)?)
    }

    /// The network's unit along each axis.
    pub fn axis_scale(&self) -> [f32; 3] {
        self.config.axis_scale
    }

    /// Takes the unit that a run began with, where that is not the data's own.
    pub fn set_axis_scale(&mut self, axis_scale: [f32; 3]) {
        self.config.axis_scale = axis_scale;
    }

    /// Steps made.
    pub fn step_count(&self) -> u64 {
        self.step
    }

    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    pub fn set(&self) -> &TrainingSet {
        &self.set
    }

    /// One update: chamfer + weighted KL (model.md's conventions) or commitment to the codes + the recipe's terms, Adam.
    ///
    /// # Errors
    /// When the loss or its gradient is no number any more; the weights are then those of the step before.
    pub fn step(&mut self) -> Result<StepMetrics, TrainError> {
        let train = &self.recipe.train;
        let step = self.step;
        let batch = Batch::draw(&self.set, &self.recipe, &self.config, step)?;
        let (p, b) = (self.config.patches, train.batch);
        let mut seen = Vec::new();
        let still = train.batch_norm_steps.is_some_and(|steps| step >= steps);
        let mut mode = Mode::Partly { seen: &mut seen, frozen: if still { &self.normed } else { &self.frozen } };
        let posterior = encode(&self.weights, &self.config, &batch.points, &mut mode)?;
        let z = posterior.sample(&batch.noise, train.noise_scale)?;
        let points = decode(&self.weights, &self.config, &z, &batch.uv, &mut mode)?;
        let n = points.dim(1)? / b;
        let points = points.reshape((p, b, n, 3))?.transpose(0, 1)?.reshape((b, p * n, 3))?;
        let scene = Scene { weights: &self.weights, config: &self.config, z: &z, points: &points, batch: &batch };
        let terms = terms::weighted(train, &scene)?;
        let chamfer = chamfer(&points, batch.pairs)?;
        let kl = train.kl_of.of(&posterior, self.config.groups)?;
        let kl_weight = train.kl_weight_at(step);
        let mut loss = (&chamfer + (&kl * kl_weight)?)?;
        if let Some(commitment) = posterior.commitment()? {
            loss = (loss + (commitment * self.recipe.model.commitment())?)?;
        }
        for (_, term) in &terms {
            loss = (loss + term)?;
        }
        let scalar = |t: &Tensor| -> Result<f64, TrainError> { Ok(f64::from(t.to_scalar::<f32>()?)) };
        let learning_rate = train.learning_rate_at(step);
        let metrics = StepMetrics {
            step,
            chamfer: scalar(&chamfer)?,
            kl: scalar(&kl)?,
            loss: scalar(&loss)?,
            learning_rate,
            kl_weight,
            terms: terms
                .iter()
                .map(|(name, t)| Ok((String::from(*name), scalar(t)?)))
                .collect::<Result<_, TrainError>>()?,
        };
        if !metrics.loss.is_finite() {
            return Err(TrainError::Diverged { step });
        }
        let mut grads = loss.backward()?;
        // A loss can be finite where its slope is not, and then every weight is lost.
        let norm = gradient::norm(&self.weights, &self.slots, &grads)?;
        if !norm.is_finite() {
            return Err(TrainError::Diverged { step });
        }
        if train.clip > 0.0 {
            gradient::clip(&self.weights, &self.slots, &mut grads, norm, train.clip)?;
        }
        self.adam.step(&self.weights, &self.slots, &grads, learning_rate)?;
        update_running(&self.weights, &seen, MOMENTUM)?;
        codebook::learn(&self.weights, &self.config, &posterior, &mut codebook::step_rng(train.seed, step))?;
        self.step += 1;
        Ok(metrics)
    }

    /// A checkpoint of the present weights that nothing was learnt about yet: see [`super::finish`]. Its card holds the recipe, by
    /// which it encodes as it was trained to.
    pub fn checkpoint(&self) -> Result<Checkpoint, TrainError> {
        let Self { recipe, config, .. } = self;
        let mut meta = Meta { class: recipe.data.generator, signs: vec![1.0; config.patches], ..Default::default() };
        meta.card.insert("recipe".to_owned(), serde_json::json!(recipe));
        let weights = Weights::copy(&self.weights)?;
        Ok(Checkpoint { config: self.config.clone(), meta, weights })
    }

    /// Reconstructs the held-out shapes (the training ones where none are held out).
    ///
    /// # Errors
    /// When the network gives no numbers.
    pub fn validate(&self) -> Result<Validation, TrainError> {
        validation::measure(&Forge::new(self.checkpoint()?)?, &self.set, self.step)
    }

    /// Everything that a resumed run needs: weights and moments by name, with their shapes.
    ///
    /// # Errors
    /// When a tensor can't be read.
    pub fn snapshot(&self) -> Result<Tensors, TrainError> {
        let mut tensors = BTreeMap::new();
        for (name, var) in self.weights.iter() {
            tensors.insert(format!("weight/{name}"), (var.dims().to_vec(), values(var)?));
        }
        for (name, Moments { first, second }) in &self.adam.moments {
            tensors.insert(format!("first/{name}"), (vec![first.len()], first.clone()));
            tensors.insert(format!("second/{name}"), (vec![second.len()], second.clone()));
        }
        Ok(tensors)
    }

    /// Goes back to a snapshot taken after `step` steps.
    ///
    /// # Errors
    /// When it belongs to another network.
    pub fn restore(&mut self, step: u64, mut tensors: Tensors) -> Result<(), TrainError> {
        let mut moments = BTreeMap::new();
        for slot in &self.slots {
            let missing = || TrainError::State(format!("tensor '{}' is missing or of another shape", slot.name));
            let (shape, values) = tensors.remove(&format!("weight/{}", slot.name)).ok_or_else(missing)?;
            let count: usize = slot.shape.iter().product();
            if shape != slot.shape || values.len() != count {
                return Err(missing());
            }
            self.weights.var(&slot.name)?.set(&Tensor::from_vec(values, shape, &Device::Cpu)?)?;
            let first = tensors.remove(&format!("first/{}", slot.name));
            let second = tensors.remove(&format!("second/{}", slot.name));
            if let (Some((_, first)), Some((_, second))) = (first, second) {
                if first.len() != count || second.len() != count {
                    return Err(missing());
                }
                moments.insert(slot.name.clone(), Moments { first, second });
            }
        }
        self.adam = Adam { updates: step, moments };
        self.step = step;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::dataset::{Kind, procedural};

    #[test]
    fn batch_norm_stands_still_from_its_step_on_and_the_rest_learns() {
        let text = "[model]\npatches = 2\nlatent = 4\nencoder = [8, 8]\nencoder_head = []\ndecoder = [8]\n[data]\nprocedural = 6\n\
                    samples = 64\n[train]\nbatch = 4\npoints = 32\nencoder_points = 32\nbatch_norm_steps = 2";
        let recipe = Recipe::parse(text).unwrap();
        let shapes = procedural(6, 1).into_iter().map(|shape| (shape, Kind::Procedural)).collect();
        let mut trainer = Trainer::new(&recipe, Arc::new(TrainingSet::prepare(shapes, &recipe))).unwrap();
        let mut after = |steps: u32| {
            (0..steps).for_each(|_| drop(trainer.step().unwrap()));
            trainer.snapshot().unwrap()
        };
        let [first, second, fourth] = [after(1), after(1), after(2)];
        let mut statistics = 0;
        for name in second.keys().filter(|name| name.starts_with("weight/")) {
            let standing = name.ends_with(".norm.mean") || name.ends_with(".norm.variance");
            statistics += usize::from(standing);
            assert_ne!(first[name], second[name], "{name}");
            assert_eq!(second[name] == fourth[name], standing, "{name}");
        }
        assert!(statistics >= 4, "{statistics}");
    }
}
