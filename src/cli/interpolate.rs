//! `atlasforge interpolate`: the way from one sword to another.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::asset::write_all;
use super::model::ModelArgs;
use super::output::in_folder;
use super::subject::named;
use super::{GRID_HELP, GridArgs, length};
use crate::forge::Subject;
use crate::latent::{alike, lerp, slerp};

/// Write the steps between two swords, both ends included
#[derive(Debug, Args)]
#[command(mut_arg("grid", |grid| grid.help(GRID_HELP)))]
#[command(after_help = "\
Examples:
  atlasforge interpolate a.glb b.obj --steps 5 --out-dir between    step-00.glb to step-04.glb
  atlasforge interpolate NAME1 NAME2 --steps 9 --out-dir between    names as `atlasforge inspect` lists them")]
pub struct Interpolate {
    /// Where it starts: a mesh file, or the name of an encoded sword
    a: String,
    /// Where it ends: a mesh file, or the name of an encoded sword
    b: String,
    /// How many swords, both ends included: 2 to 1000
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=1000))]
    steps: u16,
    /// The folder to write into, made where it is missing; files in it are never replaced
    #[arg(long, value_name = "DIR")]
    out_dir: PathBuf,
    /// Turn the latent along a great circle instead of going straight
    #[arg(long)]
    spherical: bool,
    #[command(flatten)]
    grid: GridArgs,
    /// Overall length of all steps in metres, 0.01 to 100 [default: from A's to B's]
    #[arg(long, value_name = "M", value_parser = length)]
    length: Option<f32>,
    /// Write every patch as a named node of its own instead of one merged mesh
    #[arg(long)]
    split: bool,
    #[command(flatten)]
    pub(super) model: ModelArgs,
}

impl Interpolate {
    pub fn run(self) -> Result<()> {
        let forge = self.model.forge()?;
        let ends = [named(&forge, &self.a)?, named(&forge, &self.b)?];
        let [a, b] = &ends;
        let (first, second) = alike(&a.latent, &b.latent);
        let [from, to] = ends.each_ref().map(|s| forge.placement(&s.latent, s.length).length);
        let last = usize::from(self.steps) - 1;
        let digits = last.to_string().len().max(2);
        let between = if self.spherical { slerp } else { lerp };
        let steps: Vec<Subject> = (0..=last)
            .map(|i| {
                let t = i as f32 / last as f32;
                let mut step = Subject::new(format!("step-{i:0digits$}"), between(&first, &second, t));
                step.length = Some(self.length.unwrap_or(from + t * (to - from)));
                step.grid = self.grid.grid.map(usize::from);
                step.split = self.split;
                step
            })
            .collect();
        let names: Vec<String> = steps.iter().map(|s| format!("{}.glb", s.name)).collect();
        let paths = in_folder(&self.out_dir, &names)?;
        eprintln!("atlasforge: from '{}' to '{}' in {} steps", self.a, self.b, self.steps);
        write_all(&forge, &steps, &paths, "interpolating")
    }
}
