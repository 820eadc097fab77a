//! `atlasforge sample`: new swords.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::asset::write_all;
use super::density::DrawArgs;
use super::model::ModelArgs;
use super::output::Destination;
use super::subject::exported;
use super::{GridArgs, length};
use crate::forge::shift::{Change, Shifted};
use crate::forge::{Forge, Subject};

/// Forge new swords from seeds, or the exact shape of an exported file again
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  atlasforge sample -o sword.glb --seed 7
  atlasforge sample --count 20 --out-dir swords            sword-0.glb to sword-19.glb
  atlasforge sample -o fine.glb --from sword.glb --grid 64 the same shape, finer
  atlasforge sample -o long.glb --from sword.glb --set blade_length=+0.05 --set guard_span=0.2

The file is in metres, +Y up, tip at +Y, origin at the grip: the patches as decoded.")]
pub struct Sample {
    #[command(flatten)]
    to: Destination,
    /// Which sword; with --count the first of them
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// A GLB exported here: reopen its exact shape instead of drawing one
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "count", "density", "temperature"])]
    from: Option<PathBuf>,
    /// How many swords, of the seeds S, S+1, ...: 1 to 100000
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    count: u64,
    #[command(flatten)]
    draw: DrawArgs,
    /// Change a measure and hold the others: +0.05 or -0.05 by so many metres, 0.05 to so many (`inspect` lists them); repeatable
    #[arg(long, value_name = "NAME=METRES", value_parser = change, allow_hyphen_values = true)]
    set: Vec<(String, Change)>,
    #[command(flatten)]
    grid: GridArgs,
    /// Overall length in metres, 0.01 to 100, before --set [default: the model's estimate, or the file's own]
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
                (self.seed..=last).map(|seed| self.draw.subject(&forge, seed)).collect()
            }
        };
        for subject in &mut subjects {
            subject.grid = self.grid.grid.map(usize::from).or(subject.grid);
            subject.length = self.length.or(subject.length);
            subject.split |= self.split;
            apply(&forge, subject, &self.set)?;
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

/// `NAME=+0.05`, `NAME=-0.05` or `NAME=0.2`.
fn change(text: &str) -> Result<(String, Change), String> {
    let wanted = || "give a name and metres, such as blade_length=+0.05 or guard_span=0.2".to_owned();
    let (name, value) = text.split_once('=').ok_or_else(wanted)?;
    let number = value.parse::<f32>().ok().filter(|x| x.is_finite()).ok_or_else(wanted)?;
    let relative = value.starts_with(['+', '-']);
    Ok((name.trim().to_owned(), if relative { Change::By(number) } else { Change::To(number) }))
}

/// Changes a subject's measures; says where a wish can't be met.
fn apply(forge: &Forge, subject: &mut Subject, changes: &[(String, Change)]) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let named: Vec<(&str, Change)> = changes.iter().map(|(name, change)| (name.as_str(), *change)).collect();
    let shifted = forge.shift(&subject.latent, subject.length, &named).context("can't follow --set")?;
    let Shifted { latent, length, wanted, after, .. } = shifted;
    for ((attribute, wanted), after) in forge.checkpoint().meta.attributes.iter().zip(wanted).zip(after) {
        if (after - wanted).abs() > 0.1 * attribute.metres {
            eprintln!(
                "atlasforge: {}: {} is {after:.4} instead of {wanted:.4}; the model has no such sword nearby",
                subject.name, attribute.name
            );
        }
    }
    (subject.latent, subject.length) = (latent, Some(length));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_relative_with_a_sign() {
        assert_eq!(change("blade_length=+0.05"), Ok(("blade_length".into(), Change::By(0.05))));
        assert_eq!(change("curvature=-0.01"), Ok(("curvature".into(), Change::By(-0.01))));
        assert_eq!(change("guard_span=0.2"), Ok(("guard_span".into(), Change::To(0.2))));
        assert!(["guard_span", "guard_span=", "guard_span=wide", "x=nan"].iter().all(|text| change(text).is_err()));
    }
}
