//! `atlasforge export`: shapes as a game takes them; one, a batch, or the explorer's as it changes.

mod batch;
mod choices;
mod items;
mod ledger;
mod manifest;
mod morph;
mod name;
mod pace;
mod shard;
mod sheet;
mod single;
mod table;
mod told;
mod watch;
mod write;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{ArgGroup, Args};

use super::density::DrawArgs;
use super::length;
use super::model::ModelArgs;
use super::output::print_json;
use crate::forge::{Forge, Subject};
use batch::Batch;
use choices::Choices;
use items::Items;
use morph::MorphArgs;
use shard::Shard;
use watch::Watch;
use write::Target;

const WHAT: &str = "What to export";
const WHERE: &str = "Where to";
const SURFACE: &str = "Surface";

/// Export swords for a game: closed, cut to a budget, with materials, levels of detail and collision bodies
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("place").args(["output", "out_dir"]).required(true))]
#[command(after_help = "\
Examples:
  atlasforge export -o sword.glb --seed 7                      2000 triangles, ready for any engine
  atlasforge export mine.glb -o game.glb --preset godot --lods 4 --collision --bake 1024
  atlasforge export skfb_katana_joanlp -o katana.obj --triangles 500 --length 0.9
  atlasforge export --count 500 --seed 1 --out-dir armory      a batch: files, manifest.json, sheet.png
  atlasforge export --from favourites.json --out-dir mine      what was kept in the explorer
  atlasforge export --count 1000000 --seed 1 --out-dir armory --shard 3/64   one job of 64
  atlasforge export --seed 3 -o turn.glb --morph-to seed:7     becomes another: morph targets and an animation
  atlasforge export --watch -o game/sword.glb                  follows the explorer until Ctrl-C

A batch that was stopped goes on where it was when the same command is given again. When all parts of a batch
(--shard) are done, the same command without --shard gathers them into one manifest and sheet.")]
pub struct Export {
    /// A mesh (a GLB exported here is reopened exactly, others go through the encoder), an encoded sword's name, or a code
    /// copied from the explorer (atlas1-...)
    #[arg(value_name = "FILE|NAME|CODE")]
    subject: Option<String>,
    /// The sword of this seed [default: 0]; with --count the first of them
    #[arg(long, value_name = "S", help_heading = WHAT, conflicts_with = "subject", allow_negative_numbers = true)]
    seed: Option<u64>,
    /// So many swords, of the seeds S, S+1, ...: 1 to 10000000
    #[arg(long, value_name = "N", help_heading = WHAT, conflicts_with = "subject", requires = "out_dir",
        value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    count: Option<u64>,
    /// Favourites (.json; favourites.json alone means the explorer's own), or a table of latents (.csv with a header line
    /// name,z0,z1,... and perhaps length)
    #[arg(long, value_name = "FILE", help_heading = WHAT, conflicts_with_all = ["subject", "seed", "count"], requires = "out_dir")]
    from: Option<PathBuf>,
    /// The explorer's sword, again whenever it changes, until Ctrl-C
    #[arg(long, help_heading = WHAT, conflicts_with_all = ["subject", "seed", "count", "from", "shard"])]
    watch: bool,
    /// The file to write; its ending says the format
    #[arg(short, long, value_name = "FILE", help_heading = WHERE)]
    output: Option<PathBuf>,
    /// The folder for a batch, made where it is missing
    #[arg(long, value_name = "DIR", help_heading = WHERE)]
    out_dir: Option<PathBuf>,
    /// Replace files that are there
    #[arg(long, help_heading = WHERE)]
    force: bool,
    /// Only every N-th shape from the I-th on: one part of a batch, for the I-th of N jobs
    #[arg(long, value_name = "I/N", help_heading = WHERE, requires = "out_dir")]
    shard: Option<Shard>,
    /// Print the report as JSON
    #[arg(long, help_heading = WHERE)]
    json: bool,
    /// Overall length in metres, 0.01 to 100 [default: the model's estimate, or what the shape came with]
    #[arg(long, value_name = "M", value_parser = length, help_heading = SURFACE, allow_negative_numbers = true)]
    length: Option<f32>,
    #[command(flatten)]
    choices: Choices,
    #[command(flatten)]
    morph: MorphArgs,
    #[command(flatten)]
    pub(super) model: ModelArgs,
    // Last: its heading goes on to what has none.
    #[command(flatten, next_help_heading = WHAT)]
    draw: DrawArgs,
}

impl Export {
    pub fn run(self) -> Result<()> {
        let options = self.choices.options(self.output.as_deref())?;
        let no_seed = [
            self.subject.clone().map(|what| format!("'{what}'")),
            self.from.as_ref().map(|path| format!("--from '{}'", path.display())),
            self.watch.then(|| "the explorer's shape".to_owned()),
        ];
        if let Some(what) = no_seed.into_iter().flatten().next().filter(|_| !self.morph.to_seed()) {
            self.draw.refuse_beside(&what)?;
        }
        // Each shape wants the same large tensors again.
        super::memory::keep_freed();
        let forge = self.model.forge()?;
        self.choices.suit(forge.class())?;
        if self.watch {
            return self.follow(forge, options);
        }
        let items = self.items(&forge)?;
        match (&self.output, &self.out_dir) {
            (Some(_), _) if items.len() > 1 || self.shard.is_some() => {
                bail!("{} shapes don't fit into one file; give a folder with --out-dir DIR", items.len())
            }
            (Some(path), _) => {
                let way = |subject: &Subject| self.morph.way(&forge, subject, self.length, self.draw);
                let exported = single::run(&forge, &items, &options, way, path, self.force)?;
                if self.json { print_json(&exported) } else { told::single(&exported) }
            }
            (None, Some(folder)) => {
                let (shard, force) = (self.shard.unwrap_or(Shard::WHOLE), self.force);
                let batch = Batch { forge: &forge, items: &items, options: &options, folder, shard, force };
                let outcome = batch.run()?;
                if self.json {
                    print_json(&outcome)?
                } else {
                    told::batch(&outcome, forge.class())?
                }
                match outcome.failures.len() {
                    0 => Ok(()),
                    n => bail!(
                        "{n} of {} {} could not be exported: {}",
                        outcome.shapes,
                        forge.class().plural(),
                        outcome.failures[0]
                    ),
                }
            }
            (None, None) => bail!("say where to with -o FILE or --out-dir DIR"),
        }
    }

    fn items(&self, forge: &Forge) -> Result<Items> {
        let items = match (&self.subject, &self.from) {
            (Some(what), _) => Items::one(forge, what)?,
            (None, Some(path)) => Items::of_file(forge, path)?,
            (None, None) => {
                let count = self.count.unwrap_or(1) as usize;
                Items::seeds(self.seed.unwrap_or(0), count, self.draw)?
            }
        };
        Ok(items.of_length(self.length))
    }

    fn follow(self, forge: Forge, options: crate::forge::game::Options) -> Result<()> {
        let target = match (&self.output, &self.out_dir) {
            (Some(path), _) => Target::file(path),
            (None, Some(folder)) => Target::named(folder, forge.class().noun()),
            (None, None) => bail!("say where to with -o FILE or --out-dir DIR"),
        };
        let json = self.json;
        let watch = Watch {
            forge,
            dressed: self.choices.is_dressed(),
            options,
            length: self.length,
            target,
            force: self.force,
        };
        watch.run(|exported, took| if json { print_json(exported) } else { told::again(exported, took) })
    }
}
