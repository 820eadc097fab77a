//! `atlasforge bench`: how long the parts of the work take here.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::memory;
use super::model::ModelArgs;
use super::output::{print, print_json};
use super::table::Table;
use crate::forge::{Forge, Subject};
use crate::inspect::bootstrap::median;
use crate::inspect::chamfer::chamfer;
use crate::shapes::dataset::{self, Kind};
use crate::shapes::sample::{Weighting, shape_surface};
use crate::shapes::sword;
use crate::template::Template;
use crate::train::data::TrainingSet;
use crate::train::metrics::METRIC_POINTS;
use crate::train::recipe::Recipe;
use crate::train::trainer::Trainer;

/// Sides of the grids that are timed.
const SIDES: [usize; 2] = [10, 32];
/// What the training step is timed on: the recipe of the shipped model, and so many procedural swords.
const RECIPE: &str = include_str!("../../assets/recipes/sword.toml");
const SHAPES: usize = 48;

/// Time decoding, chamfer, a training step and export on this machine
#[derive(Debug, Args)]
#[command(after_help = "\
Every figure is the median over the repeats, after one to warm up. RAYON_NUM_THREADS sets the threads.")]
pub struct Bench {
    /// How often each is timed
    #[arg(long, value_name = "N", default_value_t = 21, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    repeats: u16,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) model: ModelArgs,
}

#[derive(Debug, Serialize)]
struct Row {
    what: String,
    shape: String,
    /// `None` where it can't be timed here; `note` says why.
    median_ms: Option<f64>,
    repeats: usize,
    note: String,
}

#[derive(Debug, Serialize)]
struct Report {
    model: String,
    threads: usize,
    build: &'static str,
    rows: Vec<Row>,
}

impl Bench {
    pub fn run(self) -> Result<()> {
        let forge = self.model.forge()?;
        let report = Report {
            model: forge.checkpoint().hash(),
            threads: rayon::current_num_threads(),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
            rows: rows(&forge, usize::from(self.repeats))?,
        };
        if self.json {
            return print_json(&report);
        }
        let mut table = Table::new(["what", "shape", "median ms", "repeats", "note"]);
        for Row { what, shape, median_ms, repeats, note } in report.rows {
            let median = median_ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.3}"));
            table.row([what, shape, median, repeats.to_string(), note]);
        }
        print(&format!("model {}, {} threads, {} build\n\n{table}", report.model, report.threads, report.build))
    }
}

fn rows(forge: &Forge, repeats: usize) -> Result<Vec<Row>> {
    let config = &forge.checkpoint().config;
    let subject = Subject::seeded(forge, 0);
    let patches = config.patches;
    let mut rows = Vec::new();
    for side in SIDES {
        let template = Template::grid(side);
        rows.push(timed("CPU decode", format!("{patches} x {side} x {side}"), repeats, || {
            forge.decode(&subject.latent, None, &template).map(drop).map_err(Into::into)
        })?);
    }
    rows.extend(gpu(forge, &subject, repeats));
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let shape = sword::generate("bench", &mut rng);
    let mut cloud = || shape_surface(&shape, METRIC_POINTS, &Weighting::Area, &mut rng).points;
    let (a, b) = (cloud(), cloud());
    rows.push(timed("chamfer", format!("{METRIC_POINTS} against {METRIC_POINTS} points"), repeats, || {
        std::hint::black_box(chamfer(&a, &b));
        Ok(())
    })?);
    for side in SIDES {
        let subject = Subject { grid: Some(side), ..subject.clone() };
        rows.push(timed("export (decode, GLB)", format!("{patches} x {side} x {side}"), repeats, || {
            forge.asset(&subject).map(drop).map_err(Into::into)
        })?);
    }
    // Last, since it changes how the process allocates, as a training run does.
    memory::keep_freed();
    rows.push(training_step(repeats)?);
    Ok(rows)
}

/// A step of the shipped recipe on procedural swords, with fresh weights. It takes long, so at most five are timed.
fn training_step(repeats: usize) -> Result<Row> {
    let recipe = Recipe::parse(RECIPE).context("the built-in recipe is broken")?;
    let shapes = dataset::procedural(SHAPES, recipe.data.procedural_seed);
    let set = TrainingSet::prepare(shapes.into_iter().map(|s| (s, Kind::Procedural)).collect(), &recipe);
    let mut trainer = Trainer::new(&recipe, Arc::new(set))?;
    let shape = format!("recipe sword: batch {} x {} points", recipe.train.batch, recipe.train.points);
    timed("training step", shape, repeats.min(5), || Ok(trainer.step().map(drop)?))
}

/// The median time of `work` after one run to warm up.
fn timed(what: &str, shape: String, repeats: usize, mut work: impl FnMut() -> Result<()>) -> Result<Row> {
    work()?;
    let mut times = Vec::with_capacity(repeats);
    for _ in 0..repeats {
        let start = Instant::now();
        work()?;
        times.push(1e3 * start.elapsed().as_secs_f64());
    }
    Ok(Row { what: what.to_owned(), shape, median_ms: Some(median(&mut times)), repeats, note: String::new() })
}

#[cfg(feature = "viewer")]
fn gpu(forge: &Forge, subject: &Subject, repeats: usize) -> Vec<Row> {
    let patches = forge.checkpoint().config.patches;
    let row = |side: usize| {
        let (median_ms, note) = match crate::viewer::bench_decode(forge.packed(), &subject.latent, side, repeats) {
            Ok(times) => {
                let clock = if times.timestamps { "timestamps" } else { "wall clock" };
                let kind = if times.software { ", software" } else { "" };
                (Some(f64::from(times.median)), format!("{}{kind}, {clock}", times.adapter))
            }
            Err(error) => (None, error.to_string()),
        };
        Row { what: "GPU decode".to_owned(), shape: format!("{patches} x {side} x {side}"), median_ms, repeats, note }
    };
    SIDES.map(row).into()
}

#[cfg(not(feature = "viewer"))]
fn gpu(forge: &Forge, _: &Subject, _: usize) -> Vec<Row> {
    let shape = format!("{} patches", forge.checkpoint().config.patches);
    let note = "not in this build; build with the feature `viewer`".to_owned();
    vec![Row { what: "GPU decode".to_owned(), shape, median_ms: None, repeats: 0, note }]
}
