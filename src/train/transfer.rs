//! Beginning with another model's weights (`[train] init`): every tensor whose name and shape match is taken, batch-norm's
//! statistics too; the rest starts fresh.
//!
//! A network's unit is its axis scale, and new data has another one. The new one is used, since the loss is measured in
//! it, and the layers at either end are multiplied by the ratio: the first of the encoder by new / old, the decoder's last by
//! old / new. A model that is taken whole then encodes and decodes every shape exactly as before. A tanh stands between
//! the last layer and the unit, so there the old model's axis scale is kept instead.

use std::collections::BTreeMap;
use std::fmt;

use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::freeze::layer_of;
use crate::model::ops::values;
use crate::model::weights::layout;
use crate::model::{Checkpoint, Config, Weights};

/// Tensors named in a line before it only counts.
const NAMED: usize = 3;

/// What a run remembers of the model that it began with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// As the recipe calls it.
    pub name: String,
    /// [`Checkpoint::hash`]
    pub hash: String,
    /// CRC-32C of all its tensors, the encoder's too.
    pub checksum: u32,
    /// The run's own, from then on.
    pub axis_scale: [f32; 3],
    /// Tensors taken.
    pub loaded: usize,
}

/// What became of one layer of the new network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    pub tensors: usize,
    pub loaded: usize,
    /// Why the others start fresh, a tensor each.
    pub fresh: Vec<String>,
}

/// What was taken from a model, layer by layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The model, as the recipe calls it.
    pub name: String,
    pub rows: BTreeMap<String, Row>,
    /// Numbers taken, and numbers of the whole network.
    pub numbers: [usize; 2],
    /// Tensors of the model that the new network has none of.
    pub skipped: Vec<String>,
    /// Differences that shapes don't show.
    pub notes: Vec<String>,
}

impl Report {
    /// Tensors taken.
    pub fn loaded(&self) -> usize {
        self.rows.values().map(|r| r.loaded).sum()
    }
}

impl fmt::Display for Report {
    /// A heading and a line a layer.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tensors: usize = self.rows.values().map(|r| r.tensors).sum();
        let [taken, all] = self.numbers;
        write!(f, "begins with '{}': {} of {tensors} tensors, {taken} of {all} numbers", self.name, self.loaded())?;
        let width = self.rows.keys().map(String::len).max().unwrap_or(0);
        for (layer, Row { tensors, loaded, fresh }) in &self.rows {
            let state = match loaded {
                0 => "fresh".to_owned(),
                n if n == tensors => "loaded".to_owned(),
                n => format!("{n} of {tensors} loaded"),
            };
            write!(f, "\n  {layer:<width$}  {state}")?;
            // A layer's tensors differ in the same sizes: its weight tells the most.
            if let Some(why) = fresh.iter().find(|why| why.contains("weight")).or(fresh.first()) {
                write!(f, ": {why}")?;
                match fresh.len() {
                    1 => {}
                    n => write!(f, " (and {} more)", n - 1)?,
                }
            }
        }
        if !self.skipped.is_empty() {
            write!(f, "\n  skipped, not in this network: {}", shortened(&self.skipped))?;
        }
        self.notes.iter().try_for_each(|note| write!(f, "\n  {note}"))
    }
}

fn shortened(list: &[String]) -> String {
    let mut text = list.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if list.len() > NAMED {
        text += &format!(" and {} more", list.len() - NAMED);
    }
    text
}

/// CRC-32C of a model's configuration and tensors.
///
/// # Errors
/// When a tensor can't be read.
pub fn checksum(model: &Checkpoint) -> candle_core::Result<u32> {
    let mut sum = crc32c::crc32c(format!("{:?}", model.config).as_bytes());
    for (name, var) in model.weights.iter() {
        sum = crc32c::crc32c_append(sum, name.as_bytes());
        for x in values(var)? {
            sum = crc32c::crc32c_append(sum, &x.to_le_bytes());
        }
    }
    Ok(sum)
}

/// Takes into `weights`, of the network `config`, what fits of `model`, and settles the axis scale.
///
/// # Errors
/// When a tensor can't be read or set.
pub fn transfer(weights: &Weights, config: &mut Config, model: &Checkpoint, name: &str) -> candle_core::Result<Report> {
    let old = &model.config;
    let mut report = Report { name: name.to_owned(), ..Report::default() };
    let mut there: BTreeMap<&String, &candle_core::Var> = model.weights.iter().collect();
    let kept = config.tanh || old.tanh;
    if kept {
        config.axis_scale = old.axis_scale;
    }
    // new / old
    let ratio: [f32; 3] = std::array::from_fn(|k| config.axis_scale[k] / old.axis_scale[k]);
    for slot in layout(config) {
        let count: usize = slot.shape.iter().product();
        report.numbers[1] += count;
        let layer = layer_of(&slot.name);
        let short = slot.name.get(layer.len() + 1..).unwrap_or(&slot.name).to_owned();
        let row = report.rows.entry(layer).or_default();
        row.tensors += 1;
        let Some(var) = there.remove(&slot.name) else {
            row.fresh.push(format!("{short} is not in it"));
            continue;
        };
        if var.dims() != slot.shape {
            row.fresh.push(format!("{short} is {:?} here, {:?} there", slot.shape, var.dims()));
            continue;
        }
        let mut numbers = values(var)?;
        if slot.name == "encoder.mlp.0.weight" {
            let width = slot.shape[1];
            numbers.iter_mut().enumerate().for_each(|(i, x)| *x *= ratio[i / width]);
        } else if slot.name.starts_with("decoder.out.") {
            numbers.iter_mut().enumerate().for_each(|(i, x)| *x /= ratio[i % 3]);
        }
        weights.var(&slot.name)?.set(&Tensor::from_vec(numbers, slot.shape, &Device::Cpu)?)?;
        row.loaded += 1;
        report.numbers[0] += count;
    }
    report.skipped = there.into_keys().cloned().collect();
    let word = |x: &dyn fmt::Debug| format!("{x:?}").to_lowercase();
    for (what, here, there) in [
        ("activation", word(&config.activation), word(&old.activation)),
        ("tanh", word(&config.tanh), word(&old.tanh)),
        ("batch_norm", word(&config.batch_norm), word(&old.batch_norm)),
    ] {
        if here != there {
            report.notes.push(format!("note: {what} is {here} here, {there} there, so what is loaded acts otherwise"));
        }
    }
    if kept {
        report.notes.push("axis scale: the model's own, since a tanh bounds what comes out".to_owned());
    } else if ratio != [1.0; 3] {
        report.notes.push("axis scale: the data's; first and last layer are rescaled to it".to_owned());
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::Forge;
    use crate::model::Meta;
    use crate::train::recipe::Recipe;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn config(axis_scale: [f32; 3]) -> Config {
        let text = "[model]\npatches = 2\nlatent = 4\nencoder = [8, 16]\nencoder_head = [8]\ndecoder = [12, 6]\n[data]\nprocedural = 4";
        Recipe::parse(text).unwrap().config(axis_scale)
    }

    /// The text without its alignment.
    fn squeezed(report: &Report) -> String {
        report.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn model(config: Config, seed: u64) -> Checkpoint {
        let weights = Weights::init(&config, &mut ChaCha8Rng::seed_from_u64(seed)).unwrap();
        Checkpoint { meta: Meta { signs: vec![1.0; config.patches], ..Meta::default() }, config, weights }
    }

    #[test]
    fn a_model_taken_whole_decodes_and_encodes_as_before_in_another_unit() {
        let old = model(config([0.1, 1.0, 0.03]), 1);
        let mut new = model(config([0.4, 0.9, 0.5]), 2);
        let report = transfer(&new.weights, &mut new.config, &old, "plane").unwrap();
        assert_eq!(report.numbers[0], report.numbers[1]);
        assert_eq!(new.config.axis_scale, [0.4, 0.9, 0.5]);
        assert!(
            squeezed(&report).contains("decoder.out loaded") && report.to_string().contains("rescaled"),
            "{report}"
        );
        let (old, new) = (Forge::new(old).unwrap(), Forge::new(new).unwrap());
        let cloud: Vec<[f32; 3]> = (0..50).map(|i| [0.1, 0.02, 0.3].map(|k| (i as f32 * k).sin())).collect();
        let latents = [&old, &new].map(|forge| forge.encode(&cloud).unwrap());
        for (a, b) in latents[0].values().iter().zip(latents[1].values()) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
        let uv = [[0.0, 0.5], [0.7, 0.2]];
        let points = [&old, &new].map(|forge| forge.decode_points(&latents[0], &uv).unwrap().positions);
        for (a, b) in points[0].as_flattened().iter().zip(points[1].as_flattened()) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_reason() {
        let old = model(Config { tanh: true, ..config([0.1, 1.0, 0.03]) }, 1);
        let mut new = model(Config { decoder: vec![12, 7], encoder_head: vec![], ..config([1.0; 3]) }, 2);
        let fresh = values(new.weights.get("decoder.out.weight").unwrap()).unwrap();
        let report = transfer(&new.weights, &mut new.config, &old, "old").unwrap();
        let text = squeezed(&report);
        for words in [
            "decoder.0 loaded",
            "decoder.1 fresh: weight is [2, 12, 7] here, [2, 12, 6] there (and 4 more)",
            "decoder.out 1 of 2 loaded: weight is [2, 7, 3] here, [2, 6, 3] there",
            "skipped, not in this network: encoder.head.0.norm.mean, encoder.head.0.norm.scale",
            "note: tanh is false here, true there",
            "the model's own",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert_eq!(new.config.axis_scale, [0.1, 1.0, 0.03]);
        assert_eq!(values(new.weights.get("decoder.out.weight").unwrap()).unwrap(), fresh);
        assert_ne!(checksum(&new).unwrap(), checksum(&old).unwrap());
    }
}
