//! A shape that the model can decode, and how it is written.

use std::path::Path;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{Forge, SampleFrom};
use crate::latent::Latent;

/// Points along one side of a patch's grid where nobody asks for another.
pub const EXPORT_GRID: usize = 32;

/// What is decoded, drawn or exported: a latent from a seed, an exported file, or a mesh through the encoder.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    pub name: String,
    pub latent: Latent,
    /// Metres; `None` for the model's own estimate.
    pub length: Option<f32>,
    /// Points along one side of a patch's grid; `None` for [`EXPORT_GRID`].
    pub grid: Option<usize>,
    /// Whether every patch is a node of its own.
    pub split: bool,
}

impl Subject {
    pub fn new(name: impl Into<String>, latent: Latent) -> Self {
        Self { name: name.into(), latent, length: None, grid: None, split: false }
    }

    /// The shape of a seed: the same for the same model on the same kind of CPU.
    pub fn seeded(forge: &Forge, seed: u64) -> Self {
        Self::new(format!("{}-{seed}", forge.class().noun()), forge.sample(&mut ChaCha8Rng::seed_from_u64(seed)))
    }

    /// The shape of a seed, drawn from a density at a temperature.
    pub fn drawn(forge: &Forge, seed: u64, from: SampleFrom, temperature: f32) -> Self {
        let latent = forge.sample_with(from, temperature, &mut ChaCha8Rng::seed_from_u64(seed));
        Self::new(format!("{}-{seed}", forge.class().noun()), latent)
    }

    /// The grid that it is written with.
    pub fn grid(&self) -> usize {
        self.grid.unwrap_or(EXPORT_GRID)
    }
}

/// What a file's shape is called where the file doesn't say: its name without folder and extension.
pub fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| "sword".to_owned(), |s| s.to_string_lossy().into_owned())
}
