//! `atlasforge sample`: new swords.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::asset::write_all;
use super::model::ModelArgs;
use super::output::Destination;
use super::subject::exported;
use super::{GridArgs, length};
use crate::forge::Subject;

/// Forge new swords from seeds, or the exact shape of an exported file again
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  atlasforge sample -o sword.glb --seed 7
  atlasforge sample --count 20 --out-dir swords            sword-0.glb to sword-19.glb
  atlasforge sample -o fine.glb --from sword.glb --grid 64 the same shape, finer

The file is in metres, +Y up, tip at +Y, origin at the grip: the patches as decoded.")]
pub struct Sample {
    #[command(flatten)]
    to: Destination,
    /// Which sword; with --count the first of them
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// A GLB exported here: reopen its exact shape instead of drawing one
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "count"])]
    from: Option<PathBuf>,
    /// How many swords, of the seeds S, S+1, ...: 1 to 100000
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    count: u64,
    #[command(flatten)]
    grid: GridArgs,
    /// Overall length in metres, 0.01 to 100 [default: the model's estimate, or the file's own]
    #[arg(long, value_name = "M", value_parser = length)]
    length: Option<f32>,
    /// Write every patch as a named node of its own instead of one merged mesh
    #[arg(long)]
    split: bool,
    #[command(flatten)]
    pub(super) model: ModelArgs,
}

impl Sample {
    pub fn run(self) -> Result<()> {
        let forge = self.model.forge()?;
        let mut subjects = match &self.from {
            Some(path) => vec![exported(&forge, path)?],
            None => {
                let Some(last) = self.seed.checked_add(self.count - 1) else {
                    bail!("--seed {} is too large for --count {}; give a smaller one", self.seed, self.count)
                };
                (self.seed..=last).map(|seed| Subject::seeded(&forge, seed)).collect()
            }
        };
        for subject in &mut subjects {
            subject.grid = self.grid.grid.map(usize::from).or(subject.grid);
            subject.length = self.length.or(subject.length);
            subject.split |= self.split;
        }
        let names: Vec<String> = subjects.iter().map(|s| format!("{}.glb", s.name)).collect();
        let paths = self.to.paths(&names)?;
        let written = write_all(&forge, &subjects, &paths, "forging");
        match &self.from {
            // The name inside the file says little.
            Some(path) => written.with_context(|| format!("with the shape of '{}'", path.display())),
            None => written,
        }
    }
}
