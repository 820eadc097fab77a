//! AtlasNet's autoencoders with square patches in our terms. Both generations are the same network in other clothes:
//!
//! | | 2018 to 2019 | December 2019 |
//! |---|---|---|
//! | patch i | `decoder.i.conv1..4`, `bn1..3` | `decoder.decoder.i.conv1`, `conv2`, `conv_list.j`, `last_conv`, `bn1`, `bn2`, `bn_list.j` |
//! | first layer | conv1 of (u, v, latent): 2 + D channels | conv1 of (u, v), plus the latent: D channels |
//! | last layer | tanh | nothing |
//! | encoder, points | `encoder.0.conv1..3`, `bn1..3` | `encoder.conv1..3`, `bn1..3` |
//! | encoder, pooled | `encoder.1` (linear), `encoder.2` (norm), ReLU | `lin1`, `bn4`, ReLU, `lin2`, `bn5`, ReLU |
//!
//! A latent that is added is one that comes through the identity matrix, so the first layer is ours in both. Ours has no
//! bias before batch-norm: `norm(Wx + b)` with the running mean m is `norm(Wx)` with m - b. The encoder's last ReLU is that
//! of our pooled MLP, and the posterior's mean head is the identity.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor};

use super::ConvertError;
use super::container::StateDict;
use crate::model::checkpoint::{Checkpoint, Meta};
use crate::model::weights::{Weights, layout};
use crate::model::{Activation, Config, PosteriorKind};

/// The most numbers that a converted network may have, 1 GiB of them: AtlasNet with 25 patches has 43 to 56 million.
const SIZE_LIMIT: usize = 1 << 28;

/// Names that a message lists before it only counts.
const NAMED: usize = 12;

/// A converted network.
#[derive(Debug)]
pub struct Converted {
    pub checkpoint: Checkpoint,
    /// Which layout it was, in words.
    pub layout: &'static str,
    /// Tensors of the file that say nothing about the network's function, such as the unused spatial transformer's.
    pub unused: Vec<String>,
}

/// Where a linear layer and the batch-norm after it stand in the file.
struct Layer {
    linear: String,
    norm: String,
}

/// Reads the bytes of a `.pth` file.
///
/// # Errors
/// When it is no PyTorch file, holds more than tensors, is damaged, or is another network; the message lists the tensors
/// that were found.
pub fn convert(bytes: &[u8]) -> Result<Converted, ConvertError> {
    Reader { file: StateDict::read(bytes)?, used: Vec::new() }.convert()
}

struct Reader<'a> {
    file: StateDict<'a>,
    used: Vec<String>,
}

impl Reader<'_> {
    fn convert(mut self) -> Result<Converted, ConvertError> {
        let newer = self.has("decoder.decoder.0.conv1.weight");
        let root = if newer { "decoder.decoder" } else { "decoder" };
        if !self.has(&format!("{root}.0.conv1.weight")) {
            return Err(self.other("it has no decoder of patches ('decoder.0.conv1' or 'decoder.decoder.0.conv1')"));
        }
        let (points, pooled) = self.encoder()?;
        let patches = (0..).take_while(|i| self.has(&format!("{root}.{i}.conv1.weight"))).count();
        let (hidden, last) = self.decoder(&format!("{root}.0"));
        let depth = hidden.len();
        if hidden.is_empty() {
            return Err(self.other("its patches have a single layer"));
        }
        let width = |reader: &Self, layer: &Layer| reader.dims(&layer.linear).map(|[outputs, _]| outputs);
        let widths =
            |reader: &Self, layers: &[Layer]| layers.iter().map(|l| width(reader, l)).collect::<Result<_, _>>();
        let latent = match pooled.last().or(points.last()) {
            Some(layer) => width(&self, layer)?,
            None => return Err(self.other("its encoder has no layers")),
        };
        let [first, inputs] = self.dims(&format!("{root}.0.conv1"))?;
        let added = match inputs {
            2 if first == latent => true,
            n if n == 2 + latent => false,
            n if n == 3 || n == 3 + latent => {
                return Err(self.other("its template is a sphere; convert a network with square patches"));
            }
            n => {
                let why = format!("its patches take {n} numbers a point, and the encoder gives {latent}");
                return Err(self.other(&why));
            }
        };
        let config = Config {
            patches,
            latent,
            groups: 1,
            posterior: PosteriorKind::None,
            encoder: widths(&self, &points)?,
            encoder_head: widths(&self, &pooled)?,
            decoder: widths(&self, &hidden)?,
            activation: Activation::Relu,
            batch_norm: self.has(&format!("{}.running_mean", hidden[0].norm)),
            tanh: last.ends_with("conv4"),
            axis_scale: [1.0; 3],
        };
        config.validate().map_err(|e| self.other(&format!("its {e}")))?;
        let slots = layout(&config);
        let size = slots.iter().fold(0_usize, |sum, s| sum.saturating_add(s.shape.iter().product()));
        if size > SIZE_LIMIT {
            return Err(self.other(&format!("it would take {size} numbers, and {SIZE_LIMIT} is the most")));
        }
        let mut made = BTreeMap::new();
        for (part, layers) in [("mlp", &points), ("head", &pooled)] {
            for (i, layer) in layers.iter().enumerate() {
                let name = format!("encoder.{part}.{i}");
                let weight = self.weight(&layer.linear)?;
                append(&mut made, format!("{name}.weight"), weight);
                self.after(layer, &name, config.batch_norm, &mut made)?;
            }
        }
        append(&mut made, "posterior.mean.weight".into(), identity(latent));
        append(&mut made, "posterior.mean.bias".into(), vec![0.0; latent]);
        for i in 0..patches {
            let (hidden, last) = self.decoder(&format!("{root}.{i}"));
            if hidden.len() != depth {
                return Err(self.other(&format!("'{root}.{i}' has other layers than '{root}.0'")));
            }
            for (j, layer) in hidden.iter().enumerate() {
                let name = format!("decoder.{j}");
                let mut weight = self.weight(&layer.linear)?;
                if j == 0 {
                    // [2 + D, H], or [2, H] alone.
                    let latent_weight = weight.split_off((2 * first).min(weight.len()));
                    append(&mut made, format!("{name}.uv.weight"), weight);
                    let latent_weight = if added { identity(latent) } else { latent_weight };
                    append(&mut made, format!("{name}.latent.weight"), latent_weight);
                } else {
                    append(&mut made, format!("{name}.weight"), weight);
                }
                self.after(layer, &name, config.batch_norm, &mut made)?;
            }
            append(&mut made, "decoder.out.weight".into(), self.weight(&last)?);
            append(&mut made, "decoder.out.bias".into(), self.vector(&format!("{last}.bias"))?);
        }
        let mut tensors = BTreeMap::new();
        for slot in slots {
            // Every patch has the first one's shape, or the numbers don't add up.
            let values = made.remove(&slot.name).unwrap_or_default();
            if values.len() != slot.shape.iter().product::<usize>() {
                return Err(self.other(&format!("its layers do not fit together at our '{}'", slot.name)));
            }
            if values.iter().any(|x| !x.is_finite()) {
                let why = "is too large a number in single precision; train it again".to_owned();
                return Err(ConvertError::Tensor { name: slot.name, why });
            }
            let tensor = Tensor::from_vec(values, slot.shape, &Device::Cpu).map_err(network)?;
            tensors.insert(slot.name, tensor);
        }
        let meta = Meta { signs: vec![1.0; patches], card: card(newer), ..Meta::default() };
        let checkpoint = Checkpoint { weights: Weights::from_tensors(tensors).map_err(network)?, config, meta };
        self.used.sort();
        let unused = self.file.names().filter(|name| self.used.binary_search_by(|u| u.as_str().cmp(name)).is_err());
        // A counter of batches, which only training without a momentum reads.
        let unused = unused.filter(|name| !name.ends_with(".num_batches_tracked")).map(str::to_owned).collect();
        Ok(Converted { checkpoint, layout: generation(newer), unused })
    }

    /// The encoder's layers for each point, and those after the pooling.
    fn encoder(&self) -> Result<(Vec<Layer>, Vec<Layer>), ConvertError> {
        if self.file.shape("encoder.conv1.weight").is_some_and(|s| s.len() == 4)
            || self.has("encoder.layer1.0.conv1.weight")
        {
            return Err(self.other("its encoder takes an image; convert an autoencoder's weights"));
        }
        let at = ["encoder.", "encoder.0."].into_iter().find(|at| self.has(&format!("{at}conv1.weight")));
        let Some(at) = at else {
            return Err(self.other("it has no PointNet encoder ('encoder.conv1' or 'encoder.0.conv1')"));
        };
        let layer = |linear: String, norm: String| Layer { linear, norm };
        let points = (1..).map(|i| layer(format!("{at}conv{i}"), format!("{at}bn{i}")));
        let points: Vec<Layer> = points.take_while(|l| self.has(&format!("{}.weight", l.linear))).collect();
        let mut pooled: Vec<Layer> = (1..)
            .map(|i| layer(format!("{at}lin{i}"), format!("{at}bn{}", points.len() + i)))
            .take_while(|l| self.has(&format!("{}.weight", l.linear)))
            .collect();
        if self.has("encoder.1.weight") {
            pooled.push(layer("encoder.1".into(), "encoder.2".into()));
        }
        Ok((points, pooled))
    }

    /// A patch's hidden layers, and the name of its last one.
    fn decoder(&self, at: &str) -> (Vec<Layer>, String) {
        let has = |l: &Layer| self.has(&format!("{}.weight", l.linear));
        let numbered = (1..).map(|i| Layer { linear: format!("{at}.conv{i}"), norm: format!("{at}.bn{i}") });
        let listed = (0..).map(|i| Layer { linear: format!("{at}.conv_list.{i}"), norm: format!("{at}.bn_list.{i}") });
        let mut layers: Vec<Layer> = numbered.take_while(has).chain(listed.take_while(has)).collect();
        if self.has(&format!("{at}.last_conv.weight")) {
            return (layers, format!("{at}.last_conv"));
        }
        let last = layers.pop().map_or_else(|| format!("{at}.last_conv"), |l| l.linear);
        (layers, last)
    }

    fn has(&self, name: &str) -> bool {
        self.file.shape(name).is_some()
    }

    /// `[outputs, inputs]` of a linear layer or a convolution of width 1.
    fn dims(&self, linear: &str) -> Result<[usize; 2], ConvertError> {
        let name = format!("{linear}.weight");
        match self.file.shape(&name) {
            Some(&[outputs, inputs] | &[outputs, inputs, 1]) => Ok([outputs, inputs]),
            Some(shape) => Err(self.other(&format!("'{name}' is {shape:?}, and [outputs, inputs] was expected"))),
            None => Err(self.other(&format!("'{name}' is missing"))),
        }
    }

    /// A layer's weight as we have it, `[inputs, outputs]`.
    fn weight(&mut self, linear: &str) -> Result<Vec<f32>, ConvertError> {
        let [outputs, inputs] = self.dims(linear)?;
        let values = self.vector(&format!("{linear}.weight"))?;
        Ok((0..inputs).flat_map(|i| (0..outputs).map(move |o| (i, o))).map(|(i, o)| values[o * inputs + i]).collect())
    }

    fn vector(&mut self, name: &str) -> Result<Vec<f32>, ConvertError> {
        self.used.push(name.to_owned());
        self.file.values(name)
    }

    /// What follows a linear layer: its bias, or batch-norm that has swallowed it.
    fn after(&mut self, layer: &Layer, name: &str, norm: bool, made: &mut Made) -> Result<(), ConvertError> {
        let bias = self.vector(&format!("{}.bias", layer.linear))?;
        if !norm {
            append(made, format!("{name}.bias"), bias);
            return Ok(());
        }
        let Layer { norm, .. } = layer;
        for (ours, theirs) in [("scale", "weight"), ("shift", "bias"), ("variance", "running_var")] {
            let values = self.vector(&format!("{norm}.{theirs}"))?;
            append(made, format!("{name}.norm.{ours}"), values);
        }
        let mean = self.vector(&format!("{norm}.running_mean"))?;
        let mean = mean.iter().zip(&bias).map(|(m, b)| (f64::from(*m) - f64::from(*b)) as f32).collect();
        append(made, format!("{name}.norm.mean"), mean);
        Ok(())
    }

    fn other(&self, why: &str) -> ConvertError {
        let count = self.file.names().count();
        let mut found = self.file.names().take(NAMED).collect::<Vec<_>>().join(", ");
        if count > NAMED {
            found += &format!(" and {} more", count - NAMED);
        }
        ConvertError::Layout { why: why.to_owned(), found }
    }
}

/// Our tensors' numbers by name, patch after patch.
type Made = BTreeMap<String, Vec<f32>>;

fn append(made: &mut Made, name: String, values: Vec<f32>) {
    made.entry(name).or_default().extend(values);
}

fn identity(n: usize) -> Vec<f32> {
    let mut values = vec![0.0; n * n];
    values.iter_mut().step_by(n + 1).for_each(|x| *x = 1.0);
    values
}

fn network(error: candle_core::Error) -> ConvertError {
    ConvertError::Network(error.to_string())
}

fn generation(newer: bool) -> &'static str {
    if newer { "AtlasNet of December 2019" } else { "AtlasNet of 2018 to 2019" }
}

/// Where it comes from.
fn card(newer: bool) -> serde_json::Map<String, serde_json::Value> {
    let text = |s: &str| serde_json::Value::from(s);
    [
        ("program", text(concat!("atlasforge ", env!("CARGO_PKG_VERSION"), " convert"))),
        ("source", text(&format!("{} weights (Groueix et al. 2018, arXiv 1802.05384)", generation(newer)))),
        ("posterior", text("none: an autoencoder")),
        ("licences", text("those of the weights that were converted and of the data that they were trained on")),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect()
}
