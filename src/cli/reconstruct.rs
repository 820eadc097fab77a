//! `atlasforge reconstruct`: meshes through the encoder and back.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use rayon::prelude::*;
use serde::Serialize;

use super::asset::write;
use super::interrupt::Interrupt;
use super::model::ModelArgs;
use super::output::{Destination, print, print_json, progress};
use super::reconstruction::{Closeness, convention, reconstruct, shape};
use super::subject::read_upright;
use super::table::Table;
use super::{GRID_HELP, GridArgs, length};
use crate::forge::Subject;
use crate::forge::subject::stem;

/// Put meshes through the model and write what comes back
#[derive(Debug, Args)]
#[command(mut_arg("grid", |grid| grid.help(GRID_HELP)))]
#[command(after_help = "\
Examples:
  atlasforge reconstruct mine.obj -o mine.glb
  atlasforge reconstruct swords/*.stl --out-dir back --json

A sword that does not stand along Y is turned upright first; a plane must have its nose at +Z, up +Y. The length is the model's estimate unless given.")]
pub struct Reconstruct {
    /// Meshes (glb, gltf, obj, ply, stl), in any unit
    #[arg(value_name = "IN", required = true)]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    to: Destination,
    #[command(flatten)]
    grid: GridArgs,
    /// Overall length in metres, 0.01 to 100 [default: the model's estimate]
    #[arg(long, value_name = "M", value_parser = length)]
    length: Option<f32>,
    /// Write every patch as a named node of its own instead of one merged mesh
    #[arg(long)]
    split: bool,
    /// Print the table as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) model: ModelArgs,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    input: String,
    #[serde(flatten)]
    closeness: Closeness,
    /// Metres.
    length: f32,
    file: String,
}

impl Reconstruct {
    pub fn run(self) -> Result<()> {
        let forge = self.model.forge()?;
        // Every input is read before anything is written.
        let meshes = self.inputs.iter().map(|path| read_upright(path, forge.class())).collect::<Result<Vec<_>>>()?;
        let names: Vec<String> = self.inputs.iter().map(|p| format!("{}.glb", stem(p))).collect();
        let paths = self.to.paths(&names)?;
        let interrupt = Interrupt::watch();
        let bar = progress(meshes.len(), "reconstructing");
        let work = self.inputs.par_iter().zip(&meshes).zip(&paths);
        let rows = work.map(|((input, mesh), path)| -> Result<Row> {
            interrupt.check()?;
            let (latent, closeness) = reconstruct(&forge, &shape(&input.display().to_string(), mesh))?;
            let length = forge.placement(&latent, self.length).length;
            let mut subject = Subject::new(stem(input), latent);
            subject.length = Some(length);
            subject.grid = self.grid.grid.map(usize::from);
            subject.split = self.split;
            write(&forge, &subject, path)?;
            bar.inc(1);
            let (input, file) = (input.display().to_string(), path.display().to_string());
            Ok(Row { name: subject.name, input, closeness, length, file })
        });
        let rows = rows.collect::<Result<Vec<_>>>()?;
        bar.finish_and_clear();
        if self.json {
            return print_json(&serde_json::json!({ "convention": convention(), "reconstructions": rows }));
        }
        let mut table = Table::new(["shape", "CD x 1000", "F %", "fine F %", "length m", "file"]);
        for Row { name, closeness: Closeness { cd_1000, f_score, f_score_fine }, length, file, .. } in rows {
            let percent = |share: f32| format!("{:.1}", 100.0 * share);
            let figures = [format!("{cd_1000:.3}"), percent(f_score), percent(f_score_fine), format!("{length:.3}")];
            table.row([name].into_iter().chain(figures).chain([file]));
        }
        print(&format!("{table}\n{}.\n", convention()))
    }
}
