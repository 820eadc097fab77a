//! `--density` and `--temperature`: where sampled latents come from, and how widely they are drawn.

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::forge::{Forge, SampleFrom, Subject};
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

/// How the shapes of seeds are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Args)]
pub struct DrawArgs {
    /// What seeds are drawn from
    #[arg(long, value_name = "DENSITY", value_enum, default_value_t = Density::Fitted)]
    pub density: Density,
    /// How widely seeds are drawn, 0 to 3: 1 as fitted, less for more usual shapes
    #[arg(long, value_name = "T", default_value_t = 1.0, value_parser = temperature)]
    pub temperature: f32,
}

impl Default for DrawArgs {
    fn default() -> Self {
        Self { density: Density::Fitted, temperature: 1.0 }
    }
}

impl DrawArgs {
    /// Refuses a wish that nothing listens to, where `what` is given instead of a seed.
    pub fn refuse_beside(self, what: &str) -> Result<()> {
        if self != Self::default() {
            bail!("--density and --temperature say how seeds are drawn, and {what} is none; leave them out");
        }
        Ok(())
    }

    /// The shape of a seed.
    pub fn subject(self, forge: &Forge, seed: u64) -> Subject {
        Subject::drawn(forge, seed, self.density.into(), self.temperature)
    }
}

fn temperature(text: &str) -> std::result::Result<f32, String> {
    match text.parse::<f32>() {
        Ok(x) if (0.0..=3.0).contains(&x) => Ok(x),
        _ => Err("give a number from 0 to 3".to_owned()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temperatures_are_numbers_from_0_to_3() {
        assert!(["3.1", "nan", "-1", "warm"].iter().all(|text| temperature(text).is_err()));
        assert_eq!((temperature("0"), temperature("3")), (Ok(0.0), Ok(3.0)));
    }
}
