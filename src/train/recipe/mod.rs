//! A training run as TOML: the only way a shipped model is made.

mod check;
mod parts;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::kl::KlOf;
use super::uv::UvSampling;
use crate::class::Class;
use crate::model::{Activation, CodebookShape, PosteriorKind};
pub use parts::{Axis, PartShare};

/// A whole recipe. Every key that is left out has the default given here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recipe {
    pub model: ModelRecipe,
    pub data: DataRecipe,
    pub train: TrainRecipe,
}

/// `[model]`: the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelRecipe {
    #[serde(skip_serializing_if = "Network::is_default")]
    pub network: Network,
    pub patches: usize,
    pub latent: usize,
    /// One latent a patch instead of one for the whole shape: what `network = "vae25"` means.
    pub latent_per_patch: bool,
    /// The codes of a `vqvae`, and of no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codebook: Option<CodebookRecipe>,
    pub encoder: Vec<usize>,
    pub encoder_head: Vec<usize>,
    pub decoder: Vec<usize>,
    pub activation: Activation,
    pub batch_norm: bool,
    pub tanh: bool,
    /// The network's unit along an axis is (standard deviation of the training points) ^ exponent: 0 keeps the unit
    /// ball, 1 makes every axis count alike.
    pub axis_exponent: f32,
}

/// The seed's networks, by what the encoder says about a latent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// One vector: AtlasNet's autoencoder.
    Ae,
    /// One Gaussian.
    #[default]
    Vae,
    /// A Gaussian a patch, each with `latent` numbers.
    Vae25,
    /// One vector, quantised.
    Vqvae,
}

impl Network {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// `[model.codebook]`: the latent is cut into segments, each replaced by the nearest of its own codes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CodebookRecipe {
    /// Must divide `latent`.
    pub segments: usize,
    /// Codes a segment.
    pub codes: usize,
    /// Hidden width of the prior over codes, which is fitted after training.
    pub prior: usize,
    /// Weight of the mean squared distance between the encoder and its codes (beta of van den Oord 2017, eq. 3).
    pub commitment: f64,
}

/// `[data]`: what it learns from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataRecipe {
    /// What is learnt: `sword` or `plane`, the generator of the procedural shapes and the way in which all shapes lie.
    #[serde(skip_serializing_if = "Class::is_sword")]
    pub generator: Class,
    /// Procedural shapes.
    pub procedural: usize,
    /// Their seed.
    pub procedural_seed: u64,
    /// Folders of meshes, datasets, or synsets of ShapeNetCore, relative to the working directory.
    pub meshes: Vec<PathBuf>,
    /// Of these, the ones whose names begin so are left out: to hold out a source, say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    /// How often such a mesh is drawn, relative to a procedural shape.
    pub mesh_weight: f64,
    /// Share held out for validation, chosen by name.
    pub validation_share: f32,
    /// Surface points kept a shape.
    pub samples: usize,
    /// Each drawn shape is stretched along x, y, z by a factor between 1 / (1 + s) and 1 + s.
    pub stretch: [f32; 3],
}

/// `[train]`: how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainRecipe {
    pub seed: u64,
    pub steps: u64,
    /// Shapes a step.
    pub batch: usize,
    /// Decoded points a shape and step, spread evenly over the patches.
    pub points: usize,
    /// Surface points a shape that the encoder sees.
    pub encoder_points: usize,
    pub learning_rate: f64,
    /// Steps over which the learning rate rises from 0.
    pub warmup: u64,
    pub schedule: Schedule,
    /// Weight of the KL divergence (summed over dimensions, mean over the batch).
    pub kl_weight: f64,
    /// Steps over which that weight rises from 0.
    pub kl_warmup: u64,
    /// The factor on the noise in z = mean + s eps exp(logvar / 2).
    pub noise_scale: f64,
    /// Which latent groups' KL divergence counts: `all`, or the `last` one alone.
    pub kl_of: KlOf,
    /// Longest gradient (over all tensors together) that is not shortened to this; 0: any.
    pub clip: f64,
    /// Weight of the patches' regularity: [`super::terms::regularity`].
    pub regularity: f64,
    /// Weight of their facing outward: [`super::terms::orientation`].
    pub orientation: f64,
    /// Weight of their borders' meeting: [`super::terms::stitch`].
    pub stitch: f64,
    /// Weight of the mirror symmetry that a shape has: [`super::terms::mirror`].
    pub mirror: f64,
    /// Patches allotted to named parts, in this order: chamfer per part, or per region of a part, for shapes whose parts
    /// are known.
    pub parts: Vec<PartShare>,
    /// Surface points for each decoded one in the chamfer distance: more make its noise smaller at little cost.
    pub target_ratio: usize,
    /// Weight of squared errors along x, y, z where patches learn by regression, in network units: the hilt's place along y
    /// counts more in the unit ball than the axes' spread says.
    pub axis_weights: [f32; 3],
    /// Weight of squared distances along the surface's normal, in squared radii, beside these: what is wrong with the shape, and not
    /// with where a patch's points lie on it.
    #[serde(skip_serializing_if = "is_zero")]
    pub normal_weight: f32,
    /// Weight of the mean squared distance between the two sides of seams, where patches learn by regression: their borders
    /// then meet. Some of each patch's points are asked for on its borders.
    pub seam_weight: f32,
    /// Weight of the mean squared difference between the errors on either side of joints, where one part of a sword ends and
    /// another begins (axes weighted): no gap opens between them. Some of these patches' points are asked for there.
    #[serde(skip_serializing_if = "is_zero")]
    pub joint_weight: f32,
    /// uv is drawn from margin to 1 - margin. A chamfer distance is blind to a gap narrower than its points' spacing, so
    /// patches stop a little short of their borders; decoding the whole square then reaches them.
    pub uv_margin: f32,
    /// The model to begin with, a file or a name: see [`super::transfer`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<String>,
    /// Beginnings of the names of tensors that don't learn, such as `"encoder."`: see [`super::freeze`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub freeze: Vec<String>,
    /// Steps after which batch-norm keeps its running statistics and runs on them, as in evaluation, while its scale and shift go
    /// on learning: what a batch's own statistics add is noise, which is the last thing that keeps a regression from its aim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_norm_steps: Option<u64>,
    /// Whether the latent is turned and scaled at the end, so that N(0, I) fits the encoded shapes: [`crate::model::whiten`].
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub whiten: bool,
    /// How uv are chosen: `random`, `grid`, `constant` or `stale`.
    pub uv: UvSampling,
    /// Steps between validations.
    pub validate_every: u64,
    /// Steps between states that a killed run resumes from.
    pub save_every: u64,
}

fn is_zero(x: &f32) -> bool {
    *x == 0.0
}

/// How the learning rate falls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Schedule {
    /// Half a cosine from the learning rate to `floor` times it (Loshchilov & Hutter 2017).
    Cosine { floor: f64 },
    /// Times `factor` at each of these steps.
    Steps { at: Vec<u64>, factor: f64 },
}

impl Default for ModelRecipe {
    fn default() -> Self {
        Self {
            network: Network::default(),
            patches: 25,
            latent: 32,
            latent_per_patch: false,
            codebook: None,
            encoder: vec![64, 128, 384],
            encoder_head: vec![256],
            decoder: vec![224, 128, 64],
            activation: Activation::Silu,
            batch_norm: true,
            tanh: false,
            axis_exponent: 0.75,
        }
    }
}

impl Default for CodebookRecipe {
    fn default() -> Self {
        Self { segments: 8, codes: 128, prior: 64, commitment: 0.25 }
    }
}

impl Default for DataRecipe {
    fn default() -> Self {
        Self {
            generator: Class::Sword,
            procedural: 0,
            procedural_seed: 1,
            meshes: Vec::new(),
            except: Vec::new(),
            mesh_weight: 1.0,
            validation_share: 0.05,
            samples: 2048,
            stretch: [0.0; 3],
        }
    }
}

impl Default for TrainRecipe {
    fn default() -> Self {
        Self {
            seed: 1,
            steps: 5000,
            batch: 16,
            points: 1000,
            encoder_points: 1000,
            learning_rate: 1e-3,
            warmup: 100,
            schedule: Schedule::Cosine { floor: 0.01 },
            kl_weight: 1e-4,
            kl_warmup: 0,
            noise_scale: 1.0,
            kl_of: KlOf::All,
            clip: 0.0,
            regularity: 0.0,
            orientation: 0.0,
            stitch: 0.0,
            mirror: 0.0,
            parts: Vec::new(),
            target_ratio: 4,
            axis_weights: [1.0; 3],
            normal_weight: 0.0,
            seam_weight: 0.0,
            joint_weight: 0.0,
            uv_margin: 0.0,
            init: None,
            freeze: Vec::new(),
            batch_norm_steps: None,
            whiten: false,
            uv: UvSampling::Random,
            validate_every: 250,
            save_every: 100,
        }
    }
}

/// Why a recipe can't be cooked.
#[derive(Debug, Error, PartialEq)]
pub enum RecipeError {
    #[error("{0}")]
    Toml(String),
    #[error("{key}: {why}")]
    Value { key: &'static str, why: String },
}

/// Reads any TOML.
///
/// # Errors
/// Names the line.
pub fn from_toml<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, RecipeError> {
    toml::from_str(text).map_err(|e| {
        let line = e.span().map(|at| text[..at.start.min(text.len())].matches('\n').count());
        let place = line.map_or(String::new(), |line| {
            format!("line {} ({}): ", line + 1, text.lines().nth(line).unwrap_or_default().trim())
        });
        RecipeError::Toml(format!("{place}{}", e.message().trim().replace('\n', " ")))
    })
}

impl Recipe {
    /// Parses and checks a recipe.
    ///
    /// # Errors
    /// Names the line or key, and what would do.
    pub fn parse(text: &str) -> Result<Self, RecipeError> {
        let recipe: Self = from_toml(text)?;
        recipe.validate()?;
        Ok(recipe)
    }

    /// A recipe as somebody wrote it: as [`Self::parse`], and no key in it is without effect.
    ///
    /// # Errors
    /// As there; or names the key that does nothing, and why.
    pub fn parse_written(text: &str) -> Result<Self, RecipeError> {
        let recipe = Self::parse(text)?;
        match recipe.without_effect() {
            Some((key, why)) => Err(RecipeError::Value { key, why }),
            None => Ok(recipe),
        }
    }

    /// The recipe at `steps` steps: everything that counts in steps keeps its place in the run, and comes about in it.
    pub fn scaled_to(&self, steps: u64) -> Self {
        let mut recipe = self.clone();
        let train = &mut recipe.train;
        let own = train.steps;
        if steps == own {
            return recipe;
        }
        let at = |step: u64| ((step as f64 * steps as f64 / own as f64).round() as u64).max(u64::from(step > 0));
        let within = |step: u64| if step < own { at(step).min(steps.saturating_sub(1)) } else { at(step) };
        train.warmup = within(train.warmup);
        train.kl_warmup = within(train.kl_warmup);
        train.batch_norm_steps = train.batch_norm_steps.map(within);
        train.validate_every = at(train.validate_every).max(1);
        if let Schedule::Steps { at: turns, .. } = &mut train.schedule {
            turns.iter_mut().for_each(|turn| *turn = within(*turn));
        }
        train.steps = steps;
        recipe
    }

    /// The network's configuration once the data's scale is known.
    pub fn config(&self, axis_scale: [f32; 3]) -> crate::model::Config {
        let m = &self.model;
        crate::model::Config {
            patches: m.patches,
            latent: m.latent,
            groups: if m.per_patch() { m.patches } else { 1 },
            encoder: m.encoder.clone(),
            encoder_head: m.encoder_head.clone(),
            decoder: m.decoder.clone(),
            activation: m.activation,
            batch_norm: m.batch_norm,
            tanh: m.tanh,
            axis_scale,
            posterior: match m.network {
                Network::Ae => PosteriorKind::None,
                Network::Vae | Network::Vae25 => PosteriorKind::Gaussian,
                Network::Vqvae => {
                    let CodebookRecipe { segments, codes, prior, .. } = m.codebook.unwrap_or_default();
                    PosteriorKind::Quantised(CodebookShape { segments, codes, prior })
                }
            },
        }
    }
}

impl DataRecipe {
    /// Whether `except` names a mesh.
    pub fn leaves_out(&self, name: &str) -> bool {
        self.except.iter().any(|start| name.starts_with(start))
    }
}

impl ModelRecipe {
    /// Whether every patch has a latent of its own.
    fn per_patch(&self) -> bool {
        self.network == Network::Vae25 || self.latent_per_patch
    }

    /// Weight of the commitment loss.
    pub fn commitment(&self) -> f64 {
        self.codebook.unwrap_or_default().commitment
    }
}

impl TrainRecipe {
    /// The learning rate of step `step`, counted from 0.
    pub fn learning_rate_at(&self, step: u64) -> f64 {
        if step < self.warmup {
            return self.learning_rate * (step + 1) as f64 / self.warmup as f64;
        }
        match &self.schedule {
            Schedule::Cosine { floor } => {
                let t = (step - self.warmup) as f64 / (self.steps.saturating_sub(self.warmup)).max(1) as f64;
                let half = 0.5 * (1.0 + (std::f64::consts::PI * t.min(1.0)).cos());
                self.learning_rate * (floor + (1.0 - floor) * half)
            }
            Schedule::Steps { at, factor } => {
                self.learning_rate * factor.powi(at.iter().filter(|&&s| step >= s).count() as i32)
            }
        }
    }

    /// The KL weight of step `step`.
    pub fn kl_weight_at(&self, step: u64) -> f64 {
        if self.kl_warmup == 0 {
            self.kl_weight
        } else {
            self.kl_weight * (step as f64 / self.kl_warmup as f64).min(1.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_told_apart_and_their_contradictions_named() {
        let parse = |model: &str| Recipe::parse(&format!("[data]\nprocedural = 4\n[model]\n{model}"));
        let config = |model: &str| parse(model).unwrap().config([1.0; 3]);
        for (model, name, groups) in [
            ("", "vae", 1),
            ("network = 'vae'", "vae", 1),
            ("network = 'ae'", "ae", 1),
            ("network = 'vae25'", "vae25", 25),
            ("latent_per_patch = true", "vae25", 25),
            ("network = 'vae25'\nlatent_per_patch = true", "vae25", 25),
            ("network = 'vqvae'", "vqvae", 1),
        ] {
            let config = config(model);
            assert_eq!((config.network(), config.groups), (name, groups), "{model}");
        }
        let own = config("network = 'vqvae'\n[model.codebook]\nsegments = 4\ncodes = 16");
        let shape = CodebookShape { segments: 4, codes: 16, prior: 64 };
        assert_eq!(own.posterior, PosteriorKind::Quantised(shape));
        let said = |model: &str| parse(model).unwrap_err().to_string();
        assert!(said("network = 'vae25'\npatches = 1").contains("vae25 has a distribution a patch"));
        assert!(said("latent_per_patch = true\npatches = 1").contains("vae25"));
        assert!(said("[model.codebook]\ncodes = 16").contains("model.codebook: belongs to network"));
        assert!(said("network = 'ae'\nlatent_per_patch = true").contains("model.latent_per_patch"));
        assert!(said("network = 'vqvae'\n[model.codebook]\nsegments = 5").contains("divide"));
        assert!(said("network = 'vqvae'\n[model.codebook]\ncommitment = -1.0").contains("commitment"));
        assert!(said("network = 'gan'").contains("vqvae"));
        // What is left out leaves no trace, so that older runs resume.
        let text = toml::to_string(&parse("").unwrap()).unwrap();
        assert!(!text.contains("network") && !text.contains("codebook"), "{text}");
        let vq = parse("network = 'vqvae'\n[model.codebook]\ncodes = 16").unwrap();
        assert_eq!(Recipe::parse(&toml::to_string(&vq).unwrap()).unwrap(), vq);
    }

    #[test]
    fn everything_that_counts_in_steps_keeps_its_place() {
        let text = "[data]\nprocedural = 4\n[train]\nsteps = 1000\nwarmup = 100\nkl_warmup = 1\nvalidate_every = 250\n\
                    schedule = { steps = { at = [800, 900], factor = 0.1 } }\n";
        let recipe = Recipe::parse(text).unwrap();
        let train = recipe.scaled_to(100).train;
        assert_eq!((train.steps, train.warmup, train.kl_warmup, train.validate_every), (100, 10, 1, 25));
        assert_eq!(train.schedule, Schedule::Steps { at: vec![80, 90], factor: 0.1 });
        let train = recipe.scaled_to(2000).train;
        assert_eq!((train.steps, train.validate_every), (2000, 500));
        assert_eq!(recipe.scaled_to(1000), recipe);
    }

    #[test]
    fn of_however_few_steps_what_a_run_writes_down_can_be_run_again() {
        let (mut seen, recipes) = (0, concat!(env!("CARGO_MANIFEST_DIR"), "/assets/recipes"));
        for folder in [recipes.to_owned(), format!("{recipes}/seed")] {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let Some(recipe) = std::fs::read_to_string(&path).ok().and_then(|t| Recipe::parse_written(&t).ok())
                else {
                    continue;
                };
                seen += 1;
                for steps in [1, 2, 37, recipe.train.steps * 3] {
                    let scaled = recipe.scaled_to(steps);
                    let again = Recipe::parse_written(&toml::to_string(&scaled).unwrap());
                    assert_eq!(again.as_ref(), Ok(&scaled), "{} at {steps} steps", path.display());
                }
            }
        }
        assert!(seen > 15, "{seen} recipes");
    }

    #[test]
    fn schedules_rise_and_fall() {
        let mut train = TrainRecipe { steps: 1100, warmup: 100, learning_rate: 1.0, ..Default::default() };
        assert!((train.learning_rate_at(49) - 0.5).abs() < 1e-9);
        assert!((train.learning_rate_at(100) - 1.0).abs() < 1e-9);
        assert!((train.learning_rate_at(600) - 0.505).abs() < 1e-6);
        assert!((train.learning_rate_at(1100) - 0.01).abs() < 1e-9);
        train.schedule = Schedule::Steps { at: vec![200, 400], factor: 0.1 };
        assert!((train.learning_rate_at(399) - 0.1).abs() < 1e-9 && (train.learning_rate_at(400) - 0.01).abs() < 1e-9);
        train.kl_warmup = 10;
        assert_eq!((train.kl_weight_at(0), train.kl_weight_at(5), train.kl_weight_at(99)), (0.0, 5e-5, 1e-4));
    }
}
