//! Where sampled latents come from: the one place that knows the model's densities.

use clap::ValueEnum;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::forge::Forge;
use crate::latent::Latent;

/// What latents are drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Density {
    /// N(0, I), what the network was trained towards
    Prior,
    /// The density fitted to the encoded training set, what `sample` draws from
    Fitted,
}

impl Density {
    /// Those that a model has: nothing can be fitted where nothing was encoded.
    pub fn of(forge: &Forge) -> Vec<Self> {
        if forge.checkpoint().meta.axes.is_some() { vec![Self::Prior, Self::Fitted] } else { vec![Self::Prior] }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Prior => "N(0, I)",
            Self::Fitted => "fitted density",
        }
    }

    /// One draw.
    pub fn draw(self, forge: &Forge, rng: &mut ChaCha8Rng) -> Latent {
        match self {
            Self::Prior => {
                let config = &forge.checkpoint().config;
                Latent::prior(config.groups, config.latent, rng)
            }
            Self::Fitted => forge.sample(rng),
        }
    }
}
