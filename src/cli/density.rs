//! `--density`: where sampled latents come from.

use clap::ValueEnum;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::forge::{Forge, SampleFrom};
use crate::latent::Latent;

/// What latents are drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Density {
    /// N(0, I), what the network was trained towards
    Prior,
    /// The density fitted to the encoded training set, but for its least likely draws, or the prior over a codebook's codes
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
        forge.sample_with(self.into(), 1.0, rng)
    }
}

impl From<Density> for SampleFrom {
    fn from(density: Density) -> Self {
        match density {
            Density::Prior => Self::Prior,
            Density::Fitted => Self::Fitted,
        }
    }
}
