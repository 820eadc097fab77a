//! `atlasforge folds FOLDER`: cross-validation over recipes that each leave out some of their meshes.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;

use super::eval::reconstructions::{Reconstructions, Row};
use super::interrupt::Interrupt;
use super::memory;
use super::output::{print, print_json};
use super::reconstruction::convention;
use super::table::Table;
use super::training;
use crate::forge::Forge;
use crate::model::Checkpoint;
use crate::shapes::{Shape, dataset};
use crate::study::folder::notebook;
use crate::study::notebook::{Experiment, Work};
use crate::train::progress::Display;
use crate::train::recipe::{DataRecipe, Recipe};
use crate::train::session::{self, Outcome};

/// Cross-validate: train each recipe of a folder without the meshes that its data.except leaves out, and reconstruct these
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  atlasforge folds assets/recipes/folds          the real swords, each by a model that never saw its source

Ctrl-C stops it; the same command goes on from there.")]
pub struct Folds {
    /// A folder of recipes (*.toml), which run in the order of their names
    #[arg(value_name = "FOLDER")]
    recipes: PathBuf,
    /// The folder of their runs [default: runs/ and the folder's name]
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// Threads to work on [default: one a core]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Print JSON, with the figures of every shape
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    convention: String,
    folds: Vec<Fold>,
    /// Every shape by the model of its fold.
    all: Reconstructions,
}

#[derive(Debug, Serialize)]
struct Fold {
    recipe: String,
    /// Beginnings of the names that it left out.
    except: Vec<String>,
    reconstructions: Reconstructions,
}

impl Folds {
    /// Runs the command.
    ///
    /// # Errors
    /// [`super::Interrupted`] after Ctrl-C; otherwise what is wrong with recipes, data or folder.
    pub fn run(self) -> Result<()> {
        let notebook = notebook(&self.recipes)?;
        let recipes: Vec<(&Experiment, &Recipe, &str)> = notebook
            .experiments
            .iter()
            .filter_map(|e| match &e.work {
                Work::Train { recipe, text } => Some((e, &**recipe, text.as_str())),
                _ => None,
            })
            .collect();
        let path = training::folder(self.run.as_deref(), &self.recipes)?;
        // Recipes that make no folds are told before minutes of work, not after.
        let mut held_out = Vec::new();
        for (fold, recipe, _) in &recipes {
            let shapes = left_out(&recipe.data)?;
            if shapes.is_empty() {
                bail!(
                    "the recipe '{}.toml' leaves out no mesh of its data; name the beginnings of some with data.except",
                    fold.name
                );
            }
            held_out.push(shapes);
        }
        once(&held_out)?;

        memory::keep_freed();
        let stop = Interrupt::watch();
        let pool = training::pool(self.threads)?;
        let mut folds = Vec::new();
        for ((fold, recipe, text), shapes) in recipes.iter().zip(&held_out) {
            let run = path.join(&fold.name);
            let model = match pool.install(|| trained(recipe, text, &run, &stop))? {
                Outcome::Finished { model, .. } => model,
                Outcome::Stopped { step, steps } => return Err(training::stopped(&run, step, steps)),
            };
            let forge = Forge::new(Checkpoint::read(&model)?)?;
            let reconstructions = pool.install(|| Reconstructions::measure(&forge, shapes))?;
            folds.push(Fold { recipe: fold.name.clone(), except: recipe.data.except.clone(), reconstructions });
        }
        let rows: Vec<Row> = folds.iter().flat_map(|f| f.reconstructions.each.iter().cloned()).collect();
        let report = Report { convention: convention(), folds, all: Reconstructions::of(rows) };
        if self.json { print_json(&report) } else { print(&report.text()) }
    }
}

fn trained(recipe: &Recipe, text: &str, run: &Path, stop: &Interrupt) -> Result<Outcome> {
    let mut display = Display::default();
    let find = training::beginning(training::INIT);
    session::run_from(recipe, text, run, stop.flag(), &find, &mut |event| display.show(event))
        .with_context(|| format!("in the fold '{}'", run.display()))
}

/// The meshes that a recipe leaves out.
fn left_out(data: &DataRecipe) -> Result<Vec<Shape>> {
    let mut shapes = Vec::new();
    for folder in &data.meshes {
        let read = dataset::read_watched(folder, data.generator, &mut |_, _| ())?;
        shapes.extend(read.items.into_iter().map(|item| item.shape).filter(|shape| data.leaves_out(&shape.name)));
    }
    Ok(shapes)
}

/// A shape in two folds would count twice.
fn once(folds: &[Vec<Shape>]) -> Result<()> {
    let mut counts = BTreeMap::new();
    folds.iter().flatten().for_each(|shape| *counts.entry(shape.name.as_str()).or_insert(0) += 1);
    if let Some((name, count)) = counts.into_iter().find(|(_, count)| *count > 1) {
        bail!("'{name}' is left out by {count} recipes; let data.except of one of them name it");
    }
    Ok(())
}

impl Report {
    fn text(&self) -> String {
        let mut table = Table::new(["fold", "left out", "shapes", "CD x 1000, mean", "median", "worst"]);
        for Fold { recipe, except, reconstructions: r } in &self.folds {
            let cds = [r.cd_1000_mean, r.cd_1000_median, r.cd_1000_worst].map(|cd| format!("{cd:.3}"));
            let start = [recipe.clone(), except.join(", "), r.each.len().to_string()];
            table.row(start.into_iter().chain(cds));
        }
        let mut shapes = Table::new(["shape", "CD x 1000", "sampling floor"]);
        for row in &self.all.each {
            shapes.row([
                row.name.clone(),
                format!("{:.3}", row.closeness.cd_1000),
                format!("{:.3}", row.floor.cd_1000),
            ]);
        }
        format!(
            "{shapes}\n{table}\nAll folds together, each shape by the model that never saw it\n{}\n{}.\n",
            self.all.text(),
            self.convention
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::dataset::procedural;

    #[test]
    fn a_shape_in_two_folds_is_refused() {
        let shapes = procedural(3, 1);
        once(&[vec![shapes[0].clone()], vec![shapes[1].clone(), shapes[2].clone()]]).unwrap();
        let said = once(&[vec![shapes[0].clone()], shapes]).unwrap_err().to_string();
        assert!(said.contains("sword-0000") && said.contains("2 recipes"), "{said}");
    }
}
