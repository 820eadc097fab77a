//! Every tensor of a network: its name, shape and initial value, in one table that initialisation, checkpoint and
//! optimiser share.

use std::collections::BTreeMap;

use candle_core::{Device, Result, Tensor, Var};
use rand::{Rng, RngExt};

use super::config::{CodebookShape, Config, PosteriorKind};

/// How a tensor starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// Uniform in ±1/sqrt(fan_in), PyTorch's default for linear layers.
    FanIn(usize),
    Zeros,
    Ones,
}

/// One tensor that a configuration calls for.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    pub name: String,
    pub shape: Vec<usize>,
    pub init: Init,
    /// False for what no gradient reaches: batch-norm's running statistics, the codebook, the prior over its codes.
    pub trainable: bool,
}

/// The tensors that `config` calls for, in a fixed order.
///
/// Linear weights are `[in, out]` (encoder) or `[P, in, out]` (decoder); batch-norm has `scale`, `shift`, `mean`,
/// `variance`. A layer before batch-norm has no bias of its own.
pub fn layout(config: &Config) -> Vec<Slot> {
    let mut slots = Vec::new();
    let p = config.patches;
    let mut slot = |name: String, shape: &[usize], init, trainable| {
        slots.push(Slot { name, shape: shape.to_vec(), init, trainable });
    };
    let mut after = |name: &str, groups: Option<usize>, fan_in: usize, width: usize| {
        let shape: Vec<usize> = groups.map_or(vec![width], |g| vec![g, 1, width]);
        if config.batch_norm {
            slot(format!("{name}.norm.scale"), &shape, Init::Ones, true);
            slot(format!("{name}.norm.shift"), &shape, Init::Zeros, true);
            slot(format!("{name}.norm.mean"), &shape, Init::Zeros, false);
            slot(format!("{name}.norm.variance"), &shape, Init::Ones, false);
        } else {
            slot(format!("{name}.bias"), &shape, Init::FanIn(fan_in), true);
        }
    };
    let mut linear = Vec::new();
    let mut inputs = 3;
    for (i, &width) in config.encoder.iter().enumerate() {
        let name = format!("encoder.mlp.{i}");
        linear.push((format!("{name}.weight"), vec![inputs, width], inputs));
        after(&name, None, inputs, width);
        inputs = width;
    }
    for (i, &width) in config.encoder_head.iter().enumerate() {
        let name = format!("encoder.head.{i}");
        linear.push((format!("{name}.weight"), vec![inputs, width], inputs));
        after(&name, None, inputs, width);
        inputs = width;
    }
    let k = config.latent_numbers();
    let heads: &[&str] = match config.posterior {
        PosteriorKind::Gaussian => &["posterior.mean", "posterior.logvar"],
        PosteriorKind::None | PosteriorKind::Quantised(_) => &["posterior.mean"],
    };
    for head in heads {
        linear.push((format!("{head}.weight"), vec![inputs, k], inputs));
        linear.push((format!("{head}.bias"), vec![k], inputs));
    }
    let first = config.decoder[0];
    let fan_in = 2 + config.latent;
    linear.push(("decoder.0.uv.weight".into(), vec![p, 2, first], fan_in));
    linear.push(("decoder.0.latent.weight".into(), vec![p, config.latent, first], fan_in));
    after("decoder.0", Some(p), fan_in, first);
    let mut inputs = first;
    for (i, &width) in config.decoder.iter().enumerate().skip(1) {
        let name = format!("decoder.{i}");
        linear.push((format!("{name}.weight"), vec![p, inputs, width], inputs));
        after(&name, Some(p), inputs, width);
        inputs = width;
    }
    linear.push(("decoder.out.weight".into(), vec![p, inputs, 3], inputs));
    linear.push(("decoder.out.bias".into(), vec![p, 1, 3], inputs));
    for (name, shape, fan_in) in linear {
        slots.push(Slot { name, shape, init: Init::FanIn(fan_in), trainable: true });
    }
    if let PosteriorKind::Quantised(shape) = config.posterior {
        slots.extend(quantiser(shape, k));
    }
    slots
}

/// What a quantised posterior adds, for latents of `k` numbers: codes `[S, C, k / S]`, how often each is used relative to a
/// fair share `[S, C]`, and for every segment the prior's MLP from the segments before it to its code.
fn quantiser(shape: CodebookShape, k: usize) -> Vec<Slot> {
    let CodebookShape { segments: s, codes: c, prior: h } = shape;
    let slot = |name: &str, shape: &[usize], init| Slot {
        name: name.to_owned(),
        shape: shape.to_vec(),
        init,
        trainable: false,
    };
    vec![
        // Uniform in ±1, about where a fresh encoder's outputs lie.
        slot("codebook.codes", &[s, c, k / s], Init::FanIn(1)),
        slot("codebook.usage", &[s, c], Init::Ones),
        // Equal probabilities until the prior is fitted, after training.
        slot("prior.0.weight", &[s, k, h], Init::Zeros),
        slot("prior.0.bias", &[s, 1, h], Init::Zeros),
        slot("prior.out.weight", &[s, h, c], Init::Zeros),
        slot("prior.out.bias", &[s, 1, c], Init::Zeros),
    ]
}

/// The tensors of one network by name; every one is a variable, so that training can set it.
#[derive(Clone, Debug)]
pub struct Weights {
    vars: BTreeMap<String, Var>,
}

impl Weights {
    /// Fresh weights, drawn in the table's order.
    pub fn init(config: &Config, rng: &mut impl Rng) -> Result<Self> {
        let mut vars = BTreeMap::new();
        for slot in layout(config) {
            let count = slot.shape.iter().product();
            let values: Vec<f32> = match slot.init {
                Init::Zeros => vec![0.0; count],
                Init::Ones => vec![1.0; count],
                Init::FanIn(fan_in) => {
                    let bound = 1.0 / (fan_in as f32).sqrt();
                    (0..count).map(|_| rng.random_range(-bound..bound)).collect()
                }
            };
            vars.insert(slot.name, Var::from_vec(values, slot.shape, &Device::Cpu)?);
        }
        Ok(Self { vars })
    }

    /// Weights from tensors already checked against [`layout`].
    pub(super) fn from_tensors(tensors: BTreeMap<String, Tensor>) -> Result<Self> {
        let vars = tensors.into_iter().map(|(name, t)| Ok((name, Var::from_tensor(&t)?)));
        Ok(Self { vars: vars.collect::<Result<_>>()? })
    }

    /// The same numbers in tensors of their own.
    pub fn copy(&self) -> Result<Self> {
        let vars = self.vars.iter().map(|(name, var)| Ok((name.clone(), Var::from_tensor(&var.as_tensor().copy()?)?)));
        Ok(Self { vars: vars.collect::<Result<_>>()? })
    }

    /// A tensor by name, as a variable.
    pub fn get(&self, name: &str) -> Result<&Tensor> {
        self.var(name).map(Var::as_tensor)
    }

    /// The variable itself.
    pub fn var(&self, name: &str) -> Result<&Var> {
        self.vars.get(name).ok_or_else(|| candle_core::Error::Msg(format!("the network has no tensor '{name}'")))
    }

    /// All of them in name order.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Var)> {
        self.vars.iter()
    }
}
