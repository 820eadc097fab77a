//! The only reader and writer of weights: one safetensors file holds the tensors, and in its header's metadata the
//! configuration and everything that was learnt about the latent.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use candle_core::{Device, Tensor};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::config::{Config, ConfigError};
use super::heads::Heads;
use super::weights::{Weights, layout};
use crate::class::Class;
use crate::disk;
use crate::latent::{Attribute, Axes, Density, Latent};
use crate::patchwork::Part;

/// The format that this version writes. An older one is migrated, a newer one refused.
pub const FORMAT: u32 = 1;

/// A single key, since safetensors keeps its metadata in an unordered map and the file's bytes must not depend on that.
const KEY: &str = "atlasforge";

/// One shape of the training set, encoded: selectable by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Encoded {
    pub name: String,
    /// `real` or `procedural`.
    pub kind: String,
    pub latent: Latent,
    /// Metres along the class's length axis.
    pub length: f32,
    /// True when nobody measured the length.
    pub length_assumed: bool,
}

/// The part that a patch makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PatchPart {
    /// As the training data calls it: `blade`, `guard`, `grip`, `pommel`, ...
    pub part: String,
    /// Share of the patch's decoded area, over training shapes that have the part, that lies nearest to it.
    pub share: f32,
}

/// What a checkpoint knows beside its weights.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Meta {
    /// What it makes.
    #[serde(skip_serializing_if = "Class::is_sword")]
    pub class: Class,
    pub heads: Heads,
    /// Principal axes of the encoded training set.
    pub axes: Option<Axes>,
    /// `[P]`, +1 or -1: which side of a patch faces out. Voted against the data's normals after training.
    pub signs: Vec<f32>,
    pub encoded: Vec<Encoded>,
    /// A density of the encoded training set, over `axes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub density: Option<Density>,
    /// Readouts of measured attributes and the directions that move them, over `axes`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
    /// `[P]`: the part that each patch makes; empty where the training data named no parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patch_parts: Vec<PatchPart>,
    /// Data, licences, recipe, seed, time, machine, metrics.
    pub card: serde_json::Map<String, serde_json::Value>,
}

impl Meta {
    /// How its patches lie about each other: the parts of the recipe that the card holds, in patch order; empty where it names none.
    pub fn patchwork(&self) -> Vec<Part> {
        self.trained_with("parts").unwrap_or_default()
    }

    /// How many points of a shape the encoder saw at a time; `None` where the card holds no recipe that says it.
    pub fn encoder_points(&self) -> Option<usize> {
        self.trained_with("encoder_points")
    }

    /// A key of the recipe's training.
    fn trained_with<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        serde_json::from_value(self.card.get("recipe")?.get("train")?.get(key)?.clone()).ok()
    }
}

/// The header's metadata.
#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    config: Config,
    #[serde(flatten)]
    meta: Meta,
}

/// A trained network with everything that was learnt about it.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    pub config: Config,
    pub meta: Meta,
    pub weights: Weights,
}

/// Why a checkpoint can't be used. Each message ends in a way out where there is one.
#[derive(Debug, Error)]
pub enum CheckpointError {
    #[error("can't read the model '{path}': {why}; give the path of a .safetensors file")]
    Read { path: String, why: std::io::Error },
    #[error("the model '{path}' is unusable: {why}")]
    InFile { path: String, why: Box<CheckpointError> },
    #[error("it is empty; copy it again")]
    Empty,
    #[error("it is no whole safetensors file ({0}); copy it again, or name a model made by `atlasforge train`")]
    NotSafetensors(String),
    #[error(
        "it is a safetensors file of another program (no '{KEY}' in its metadata); name a model made by `atlasforge train`"
    )]
    Foreign,
    #[error("its format is {found}, this version reads up to {FORMAT}; update Atlasforge")]
    Newer { found: u32 },
    #[error("its metadata can't be read: {0}; copy it again or train it again")]
    Metadata(String),
    #[error("its configuration is no network: {0}; copy it again or train it again")]
    Config(#[from] ConfigError),
    #[error("tensor '{name}' is missing; copy it again or train it again")]
    Missing { name: String },
    #[error("tensor '{name}' does not belong to its configuration; copy it again or train it again")]
    Unexpected { name: String },
    #[error("tensor '{name}' is {found}, its configuration wants {expected}; copy it again or train it again")]
    Shape { name: String, expected: String, found: String },
    #[error("tensor '{name}' holds a number that is not finite; train again, or use the last good checkpoint")]
    NotFinite { name: String },
    #[error("its {what} do not fit its configuration; copy it again or train it again")]
    Statistics { what: &'static str },
    #[error(transparent)]
    Write(#[from] disk::WriteError),
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
}

impl Checkpoint {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// Names the file, what is wrong, and the way out.
    pub fn read(path: &Path) -> Result<Self, CheckpointError> {
        let name = || path.display().to_string();
        let bytes = std::fs::read(path).map_err(|why| CheckpointError::Read { path: name(), why })?;
        Self::from_bytes(&bytes).map_err(|why| CheckpointError::InFile { path: name(), why: Box::new(why) })
    }

    /// The default model, which every binary carries.
    ///
    /// # Errors
    /// Only if the build embedded a broken one.
    pub fn embedded() -> Result<Self, CheckpointError> {
        Self::from_bytes(include_bytes!("../../models/sword.safetensors"))
    }

    /// Reads and checks a file's bytes: every tensor present, of the right shape, finite, and none too many.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CheckpointError> {
        if bytes.is_empty() {
            return Err(CheckpointError::Empty);
        }
        let (_, header) =
            SafeTensors::read_metadata(bytes).map_err(|e| CheckpointError::NotSafetensors(e.to_string()))?;
        let text = header.metadata().as_ref().and_then(|m| m.get(KEY)).ok_or(CheckpointError::Foreign)?;
        let raw: serde_json::Value =
            serde_json::from_str(text).map_err(|e| CheckpointError::Metadata(e.to_string()))?;
        let found = raw.get("format").and_then(serde_json::Value::as_u64).unwrap_or(0).try_into().unwrap_or(u32::MAX);
        if found > FORMAT {
            return Err(CheckpointError::Newer { found });
        }
        if found == 0 {
            return Err(CheckpointError::Metadata("there has never been a format 0".to_owned()));
        }
        let Header { config, meta, .. } =
            serde_json::from_value(raw).map_err(|e| CheckpointError::Metadata(e.to_string()))?;
        config.validate()?;
        check_statistics(&config, &meta)?;
        let file = SafeTensors::deserialize(bytes).map_err(|e| CheckpointError::NotSafetensors(e.to_string()))?;
        let tensors = read_tensors(&config, &file)?;
        Ok(Self { weights: Weights::from_tensors(tensors)?, config, meta })
    }

    /// The file's bytes; the same checkpoint gives the same bytes.
    ///
    /// # Errors
    /// When a tensor can't be read.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CheckpointError> {
        let header = Header { format: FORMAT, config: self.config.clone(), meta: self.meta.clone() };
        let text = serde_json::to_string(&header).map_err(|e| CheckpointError::Metadata(e.to_string()))?;
        let mut data = Vec::new();
        for (name, var) in self.weights.iter() {
            let bytes: Vec<u8> = super::ops::values(var)?.iter().flat_map(|x| x.to_le_bytes()).collect();
            data.push((name.as_str(), var.dims().to_vec(), bytes));
        }
        let mut views = Vec::new();
        for (name, shape, bytes) in &data {
            let view = TensorView::new(Dtype::F32, shape.clone(), bytes);
            views.push((*name, view.map_err(|e| CheckpointError::NotSafetensors(e.to_string()))?));
        }
        safetensors::serialize(views, Some(HashMap::from([(KEY.to_owned(), text)])))
            .map_err(|e| CheckpointError::NotSafetensors(e.to_string()))
    }

    /// Writes the file whole or not at all.
    ///
    /// # Errors
    /// Names the path.
    pub fn write(&self, path: &Path) -> Result<(), CheckpointError> {
        Ok(disk::write(path, &self.to_bytes()?)?)
    }

    /// What makes this decoder itself: SHA-256 of the configuration, the codes and the decoder's tensors in name order, as 16
    /// hex digits. The metadata does not count, so that a card can be edited without orphaning favourites.
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(serde_json::to_string(&self.config).unwrap_or_default());
        let decodes = |name: &str| name.starts_with("decoder.") || name == "codebook.codes";
        for (name, var) in self.weights.iter().filter(|(name, _)| decodes(name)) {
            hash.update(name);
            // A tensor that can't be read hashes as its name alone; it can't be decoded either.
            super::ops::values(var).unwrap_or_default().iter().for_each(|x| hash.update(x.to_le_bytes()));
        }
        hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect()
    }
}

fn read_tensors(config: &Config, file: &SafeTensors) -> Result<BTreeMap<String, Tensor>, CheckpointError> {
    let mut tensors = BTreeMap::new();
    for slot in layout(config) {
        let name = slot.name;
        let Ok(view) = file.tensor(&name) else { return Err(CheckpointError::Missing { name }) };
        if view.dtype() != Dtype::F32 || view.shape() != slot.shape {
            return Err(CheckpointError::Shape {
                name,
                expected: format!("F32 {:?}", slot.shape),
                found: format!("{:?} {:?}", view.dtype(), view.shape()),
            });
        }
        let values: Vec<f32> =
            view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        if values.iter().any(|x| !x.is_finite()) {
            return Err(CheckpointError::NotFinite { name });
        }
        tensors.insert(name, Tensor::from_vec(values, slot.shape, &Device::Cpu)?);
    }
    match file.names().into_iter().find(|name| !tensors.contains_key(*name)) {
        Some(name) => Err(CheckpointError::Unexpected { name: name.to_owned() }),
        None => Ok(tensors),
    }
}

fn check_statistics(config: &Config, meta: &Meta) -> Result<(), CheckpointError> {
    let bad = |what| Err(CheckpointError::Statistics { what });
    let k = config.latent_numbers();
    let Meta { heads, class: _, axes, signs, encoded, density, attributes, patch_parts, card: _ } = meta;
    if ![&heads.length, &heads.grip].iter().all(|h| h.fits(k)) {
        return bad("heads");
    }
    if heads.length.range[0] <= 0.0 {
        return bad("heads");
    }
    if let Some(axes) = axes {
        let rows = axes.directions.iter().all(|d| d.len() == k && d.iter().all(|x| x.is_finite()));
        let finite = axes.mean.iter().chain(&axes.deviations).chain(&axes.shares).all(|x| x.is_finite());
        let shared = axes.shares.is_empty() || axes.shares.len() == axes.deviations.len();
        if axes.mean.len() != k || axes.directions.len() != axes.deviations.len() || !rows || !finite || !shared {
            return bad("principal axes");
        }
    }
    let over = |fits: &dyn Fn(&Axes) -> bool| axes.as_ref().is_some_and(fits);
    if density.as_ref().is_some_and(|d| !over(&|axes| d.fits(axes))) {
        return bad("density");
    }
    if !attributes.iter().all(|a| over(&|axes| a.fits(axes))) {
        return bad("attributes");
    }
    if !patch_parts.is_empty() && patch_parts.len() != config.patches {
        return bad("patch parts");
    }
    if signs.len() != config.patches || signs.iter().any(|s| s.abs() != 1.0) {
        return bad("patch signs");
    }
    let whole = |e: &Encoded| e.latent.fits(config.groups, config.latent).is_ok() && e.length > 0.0;
    if !encoded.iter().all(whole) {
        return bad("encoded shapes");
    }
    let mut names = HashSet::new();
    if let Some(twice) = encoded.iter().find(|e| !names.insert(&e.name)) {
        return Err(CheckpointError::Metadata(format!("two encoded shapes are called '{}'", twice.name)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latent::attribute::{self, Measured, Scale};
    use rand::SeedableRng;

    fn tiny() -> Checkpoint {
        let config = Config {
            patches: 4,
            latent: 3,
            groups: 1,
            encoder: vec![4, 8],
            encoder_head: vec![],
            decoder: vec![6, 5],
            activation: super::super::Activation::Silu,
            batch_norm: true,
            tanh: false,
            axis_scale: [0.2, 1.0, 0.05],
            posterior: Default::default(),
        };
        let weights = Weights::init(&config, &mut rand_chacha::ChaCha8Rng::seed_from_u64(1)).unwrap();
        Checkpoint { meta: Meta { signs: vec![1.0; 4], ..Default::default() }, config, weights }
    }

    #[test]
    fn bytes_round_trip_and_are_the_same_each_time() {
        let checkpoint = tiny();
        let bytes = checkpoint.to_bytes().unwrap();
        let back = Checkpoint::from_bytes(&bytes).unwrap();
        assert_eq!((&back.config, &back.meta), (&checkpoint.config, &checkpoint.meta));
        assert_eq!(back.to_bytes().unwrap(), bytes);
        assert_eq!(back.hash(), checkpoint.hash());
        let mut carded = checkpoint.clone();
        carded.meta.card.insert("note".into(), "edited".into());
        assert_eq!(carded.hash(), checkpoint.hash());
    }

    #[test]
    fn what_was_learnt_about_the_latent_is_kept_and_needs_not_be_there() {
        let mut checkpoint = tiny();
        let text = serde_json::to_string(&checkpoint.meta).unwrap();
        assert!(["density", "attributes", "patch_parts"].iter().all(|field| !text.contains(field)), "{text}");
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(2);
        let latents: Vec<Latent> = (0..60).map(|_| Latent::prior(1, 3, &mut rng)).collect();
        let axes = Axes::fit(&latents).unwrap();
        let values = latents.iter().map(|l| 0.5 + 0.1 * l.values()[0]).collect();
        let measured = Measured { name: "blade_length".into(), scale: Scale::Along, values };
        let meta = &mut checkpoint.meta;
        meta.density = Density::fit(&axes, &latents, &mut rng);
        meta.attributes = attribute::fit(&axes, &latents, &[1.0; 60], &[measured]);
        meta.patch_parts = vec![PatchPart { part: "blade".into(), share: 0.9 }; 4];
        meta.axes = Some(axes);
        assert!(meta.density.is_some() && meta.attributes.len() == 1);
        let back = Checkpoint::from_bytes(&checkpoint.to_bytes().unwrap()).unwrap();
        assert_eq!(back.meta, checkpoint.meta);
        checkpoint.meta.axes = None;
        assert!(Checkpoint::from_bytes(&checkpoint.to_bytes().unwrap()).is_err());
    }

    #[test]
    fn broken_files_say_what_is_wrong() {
        let good = tiny();
        let said = |bytes: &[u8]| Checkpoint::from_bytes(bytes).unwrap_err().to_string();
        let bytes = good.to_bytes().unwrap();
        assert!(said(&[]).contains("empty"));
        assert!(said(b"glTF\x02\0\0\0").contains("safetensors"));
        assert!(said(&bytes[..bytes.len() / 2]).contains("safetensors"));
        let text = |from: &str, to: &str| {
            let n = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
            let header = std::str::from_utf8(&bytes[8..8 + n]).unwrap().replacen(from, to, 1);
            [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &bytes[8 + n..]].concat()
        };
        assert!(said(&text("\\\"format\\\":1", "\\\"format\\\":9")).contains("update Atlasforge"));
        assert!(said(&text("\\\"format\\\":1", "\\\"format\\\":0")).contains("format 0"));
        assert!(said(&text("atlasforge", "someoneelse")).contains("another program"));
        assert!(said(&text("\\\"patches\\\":4", "\\\"patches\\\":0")).contains("patches"));
        assert!(said(&text("\\\"decoder\\\":[6,5]", "\\\"decoder\\\":[6,7]")).contains("decoder.1"));
        assert!(said(&text("\\\"latent\\\":3", "\\\"latent\\\":3000000000")).contains("latent"));
        let mut nan = good.clone();
        nan.weights
            .var("decoder.out.bias")
            .unwrap()
            .set(&Tensor::full(f32::NAN, (4, 1, 3), &Device::Cpu).unwrap())
            .unwrap();
        assert!(said(&nan.to_bytes().unwrap()).contains("decoder.out.bias"));
        nan = tiny();
        nan.meta.signs = vec![0.5; 4];
        assert!(said(&nan.to_bytes().unwrap()).contains("patch signs"));
        nan = tiny();
        nan.meta.patch_parts = vec![PatchPart { part: "blade".into(), share: 1.0 }; 3];
        assert!(said(&nan.to_bytes().unwrap()).contains("patch parts"));
        nan = tiny();
        nan.meta.density = Some(Density::default());
        assert!(said(&nan.to_bytes().unwrap()).contains("density"));
        nan = tiny();
        let latent = Latent::zeros(1, 3);
        let (name, kind) = ("twin".to_owned(), "real".to_owned());
        nan.meta.encoded = vec![Encoded { name, kind, latent, length: 1.0, length_assumed: false }; 2];
        let twins = said(&nan.to_bytes().unwrap());
        assert!(twins.contains("'twin'") && twins.contains("train it again"), "{twins}");
    }
}
