//! `atlasforge train RECIPE`: makes a model.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::interrupt::Interrupt;
use super::memory;
use super::output::print;
use super::training::{beginning, folder, pool, stopped};
use crate::disk;
use crate::train::progress::Display;
use crate::train::recipe::Recipe;
use crate::train::session::{self, Outcome};

/// Train a model by a recipe; a run that was stopped or killed goes on where it was
#[derive(Debug, Args)]
pub struct Train {
    /// The recipe, a TOML file
    #[arg(value_name = "RECIPE")]
    recipe: PathBuf,
    /// The run's folder [default: runs/ and the recipe's name]
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// Learn from the meshes or dataset in this folder, instead of data.meshes of the recipe
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Steps, instead of the recipe's own number; its warm-ups and whatever else counts in steps keep their places in the run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    steps: Option<u64>,
    /// The model to begin with, a .safetensors file or a bare name, instead of the recipe's own: tensors whose names and
    /// shapes match are taken
    #[arg(long, value_name = "MODEL")]
    init: Option<String>,
    /// Copy the finished model to this file
    #[arg(short, long, value_name = "MODEL")]
    output: Option<PathBuf>,
    /// Threads to work on [default: one a core]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
}

impl Train {
    /// Runs the command.
    ///
    /// # Errors
    /// [`super::Interrupted`] after Ctrl-C; otherwise what is wrong with recipe, data or folder.
    pub fn run(self) -> Result<()> {
        let shown = self.recipe.display();
        let text = std::fs::read_to_string(&self.recipe).with_context(|| {
            format!("can't read the recipe '{shown}'; name a TOML file, such as assets/recipes/sword.toml")
        })?;
        let mut recipe = Recipe::parse_written(&text).with_context(|| format!("the recipe '{shown}' can't be used"))?;
        let mut copy = text;
        let mut flags = Vec::new();
        if let Some(folder) = &self.data {
            if !folder.is_dir() {
                bail!("--data '{}' is no folder; make one with `atlasforge data import`", folder.display());
            }
            recipe.data.meshes = vec![folder.clone()];
            flags.push(format!("--data '{}'", folder.display()));
        }
        if let Some(steps) = self.steps.filter(|&s| s != recipe.train.steps) {
            recipe = recipe.scaled_to(steps);
            flags.push(format!("--steps {steps}"));
        }
        if let Some(init) = self.init.as_ref().filter(|&i| Some(i) != recipe.train.init.as_ref()) {
            recipe.train.init = Some(init.clone());
            flags.push(format!("--init {init}"));
        }
        if !flags.is_empty() {
            let flags = flags.join(" ");
            recipe.validate().with_context(|| format!("the recipe '{shown}' with {flags} can't be used"))?;
            let written = toml::to_string(&recipe).with_context(|| format!("can't write the recipe with {flags}"))?;
            copy = format!("# {shown} with {}\n{written}", flags.replace(['\n', '\r'], " "));
        }
        if let Some(output) = self.output.as_ref().filter(|o| o.is_dir()) {
            bail!("'{}' is a folder; give -o the name of a file", output.display());
        }
        let folder = folder(self.run.as_deref(), &self.recipe)?;

        memory::keep_freed();
        // The second Ctrl-C doesn't wait: every file of a run is whole at any time.
        let stop = Interrupt::watch();
        let pool = pool(self.threads)?;
        let outcome = pool.install(|| {
            let mut display = Display::default();
            let find = beginning("with --init");
            session::run_from(&recipe, &copy, &folder, stop.flag(), &find, &mut |event| display.show(event))
        })?;
        match outcome {
            Outcome::Stopped { step, steps } => Err(stopped(&folder, step, steps)),
            Outcome::Finished { model, validation, already } => {
                if already {
                    eprintln!(
                        "the run '{}' is finished; give another folder with --run to train again",
                        folder.display()
                    );
                }
                if let Some(v) = validation {
                    eprintln!("validation CD x 1000: {:.3} on {} shapes", v.cd1000, v.shapes);
                }
                let mut result = model.clone();
                if let Some(output) = self.output {
                    let bytes = std::fs::read(&model)
                        .with_context(|| format!("can't read the finished model '{}'", model.display()))?;
                    disk::write(&output, &bytes)?;
                    result = output;
                }
                print(&format!("{}\n", result.display()))
            }
        }
    }
}
