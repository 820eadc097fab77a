//! `atlasforge finish RECIPE MODEL`: learns again what is known about a trained model's latents.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use super::output::print;
use crate::model::checkpoint::Checkpoint;
use crate::train::progress::Display;
use crate::train::recipe::Recipe;
use crate::train::session;

/// Complete a trained model without training: axes, density, heads, patch parts, attributes, encoded shapes
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  atlasforge finish assets/recipes/sword.toml models/sword.safetensors -o models/sword.safetensors

Training does this at its end. The recipe says which shapes to encode. Weights and hash stay, unless it has whiten = true
and the model's latent isn't whitened yet: then its coordinates change, and with them the hash.")]
pub struct Finish {
    /// The recipe that the model was trained by, a TOML file
    #[arg(value_name = "RECIPE")]
    recipe: PathBuf,
    /// The model, a .safetensors file
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// Write the completed model to this file
    #[arg(short, long, value_name = "MODEL")]
    output: PathBuf,
}

impl Finish {
    /// Runs the command.
    ///
    /// # Errors
    /// What is wrong with recipe, model, data or output.
    pub fn run(self) -> Result<()> {
        let shown = self.recipe.display();
        let text = std::fs::read_to_string(&self.recipe).with_context(|| {
            format!("can't read the recipe '{shown}'; name a TOML file, such as assets/recipes/sword.toml")
        })?;
        let recipe = Recipe::parse(&text).with_context(|| format!("the recipe '{shown}' can't be used"))?;
        let model = Checkpoint::read(&self.model)?;
        let mut display = Display::default();
        let completed = session::refinish(&recipe, model, &mut |event| display.show(event))?;
        completed.write(&self.output)?;
        print(&format!("{}\n", self.output.display()))
    }
}
