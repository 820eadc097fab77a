//! `atlasforge eval`: how good a model is, on data it may not have seen.

use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;
use rayon::prelude::*;
use serde::Serialize;

use super::model::ModelArgs;
use super::output::{print, print_json, progress};
use super::reconstruction::{Closeness, convention, reconstruct};
use super::table::Table;
use crate::class::Class;
use crate::forge::{Forge, Subject};
use crate::inspect::orientation::{DIRECTIONS, RESOLUTION, front_share};
use crate::inspect::patches::{Collapse, patches};
use crate::shapes::{Shape, dataset};
use crate::template::Template;

/// Grid side of the samples whose patches are counted.
const SAMPLE_GRID: usize = 16;
/// Radius within which patches overlap, in the unit ball.
const OVERLAP_RADIUS: f32 = 0.01;

/// Measure a model: reconstruction of a dataset, collapsed patches and outward share of samples
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  atlasforge eval --data assets/meshes/swords          a dataset, or any folder of meshes
  atlasforge eval --data procedural:900001:200         200 procedural swords of seed 900001
  atlasforge eval --model runs/a/best.safetensors --data d --json")]
pub struct Eval {
    /// A dataset's folder, a folder of meshes, or procedural:SEED:COUNT (planes:SEED:COUNT) for swords (planes)
    /// generated on the spot
    #[arg(long, value_name = "DATA")]
    data: String,
    /// How many samples to check for collapsed patches and for their outward share, of the seeds 0, 1, ...
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    samples: u32,
    /// Print JSON, with the figures of every shape
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) model: ModelArgs,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    #[serde(flatten)]
    closeness: Closeness,
}

#[derive(Debug, Serialize)]
struct Report {
    model: String,
    data: String,
    shapes: usize,
    convention: String,
    cd_1000_mean: f64,
    cd_1000_median: f64,
    cd_1000_worst: f64,
    f_score_mean: f64,
    f_score_fine_mean: f64,
    samples: Samples,
    each: Vec<Row>,
}

/// About samples of the seeds 0, 1, ...
#[derive(Debug, Serialize)]
struct Samples {
    count: u32,
    grid: usize,
    patches: usize,
    collapsed_patches: usize,
    samples_with_collapsed_patches: usize,
    /// Of the area that is hit first from 64 directions outside, the share that shows its front; mean over samples.
    front_share_mean: f64,
    front_share_least: f64,
}

impl Eval {
    pub fn run(self) -> Result<()> {
        let forge = self.model.forge()?;
        let shapes = shapes(&self.data)?;
        let each = self.reconstructions(&forge, &shapes)?;
        let samples = samples(&forge, self.samples)?;
        let mut cds: Vec<f64> = each.iter().map(|r| f64::from(r.closeness.cd_1000)).collect();
        cds.sort_by(f64::total_cmp);
        let count = cds.len() as f64;
        let report = Report {
            model: forge.checkpoint().hash(),
            data: self.data,
            shapes: each.len(),
            convention: convention(),
            cd_1000_mean: cds.iter().sum::<f64>() / count,
            cd_1000_median: (cds[(cds.len() - 1) / 2] + cds[cds.len() / 2]) / 2.0,
            cd_1000_worst: cds[cds.len() - 1],
            f_score_mean: each.iter().map(|r| f64::from(r.closeness.f_score)).sum::<f64>() / count,
            f_score_fine_mean: each.iter().map(|r| f64::from(r.closeness.f_score_fine)).sum::<f64>() / count,
            samples,
            each,
        };
        if self.json { print_json(&report) } else { print(&report.text()) }
    }

    fn reconstructions(&self, forge: &Forge, shapes: &[Shape]) -> Result<Vec<Row>> {
        let bar = progress(shapes.len(), "reconstructing");
        let rows = shapes.par_iter().map(|shape| -> Result<Row> {
            let (_, closeness) = reconstruct(forge, shape).with_context(|| format!("in --data {}", self.data))?;
            bar.inc(1);
            Ok(Row { name: shape.name.clone(), closeness })
        });
        let rows = rows.collect();
        bar.finish_and_clear();
        rows
    }
}

/// The shapes that `--data` means; at least one.
fn shapes(data: &str) -> Result<Vec<Shape>> {
    let on_the_spot = [("procedural", Class::Sword), ("planes", Class::Plane)];
    let found =
        on_the_spot.iter().find_map(|&(word, class)| Some((word, class, data.strip_prefix(word)?.strip_prefix(':')?)));
    if let Some((word, class, rest)) = found {
        let parsed = rest.split_once(':').and_then(|(s, n)| Some((s.parse::<u64>().ok()?, n.parse::<usize>().ok()?)));
        let Some((seed, count @ 1..=100_000)) = parsed else {
            bail!("--data '{data}' is not {word}:SEED:COUNT with a count of 1 to 100000");
        };
        return Ok(dataset::generated(class, count, seed));
    }
    let folder = Path::new(data);
    if !folder.is_dir() {
        bail!(
            "--data '{data}' is no folder; give a dataset, a folder of meshes, procedural:SEED:COUNT or planes:SEED:COUNT"
        );
    }
    let read = dataset::read(folder)?;
    read.notes.iter().for_each(|note| eprintln!("atlasforge: {note}"));
    let shapes: Vec<Shape> = read.items.into_iter().map(|item| item.shape).collect();
    if shapes.is_empty() {
        bail!("--data '{data}' holds no shape");
    }
    Ok(shapes)
}

fn samples(forge: &Forge, count: u32) -> Result<Samples> {
    let template = Template::grid(SAMPLE_GRID);
    let bar = progress(count as usize, "sampling");
    let found = (0..count).into_par_iter().map(|seed| -> Result<(usize, f64)> {
        let subject = Subject::seeded(forge, u64::from(seed));
        let mesh = forge
            .decode_unit(&subject.latent, &template)
            .with_context(|| format!("can't decode the sample of seed {seed}"))?;
        let figures = patches(&mesh, &template, OVERLAP_RADIUS)?;
        let collapsed = figures.iter().filter(|p| p.collapsed != Collapse::None).count();
        bar.inc(1);
        Ok((collapsed, f64::from(front_share(&mesh, RESOLUTION))))
    });
    let found = found.collect::<Result<Vec<_>>>()?;
    bar.finish_and_clear();
    Ok(Samples {
        count,
        grid: SAMPLE_GRID,
        patches: forge.checkpoint().config.patches,
        collapsed_patches: found.iter().map(|f| f.0).sum(),
        samples_with_collapsed_patches: found.iter().filter(|f| f.0 > 0).count(),
        front_share_mean: found.iter().map(|f| f.1).sum::<f64>() / f64::from(count),
        front_share_least: found.iter().map(|f| f.1).fold(1.0, f64::min),
    })
}

impl Report {
    fn text(&self) -> String {
        let Samples { count, grid, patches, collapsed_patches, front_share_mean, front_share_least, .. } = self.samples;
        let mut table = Table::new(["figure", "value"]);
        table.row([format!("CD x 1000, mean of {} shapes", self.shapes), format!("{:.3}", self.cd_1000_mean)]);
        table.row(["CD x 1000, median".to_owned(), format!("{:.3}", self.cd_1000_median)]);
        table.row(["CD x 1000, worst".to_owned(), format!("{:.3}", self.cd_1000_worst)]);
        table.row(["F-score, mean".to_owned(), format!("{:.1} %", 100.0 * self.f_score_mean)]);
        table.row(["fine F-score, mean".to_owned(), format!("{:.1} %", 100.0 * self.f_score_fine_mean)]);
        let of = u64::from(count) * patches as u64;
        table.row([format!("collapsed of {of} patches in {count} samples"), collapsed_patches.to_string()]);
        table.row(["visible area facing outward, mean".to_owned(), format!("{:.2} %", 100.0 * front_share_mean)]);
        table.row(["visible area facing outward, least".to_owned(), format!("{:.2} %", 100.0 * front_share_least)]);
        format!(
            "model {} on {}\n\n{table}\n{}.\nCollapsed: mean(EG-F^2) of a patch below 1e-3 of the mean over patches, \
             {grid} x {grid} points. Visible: hit first by rays from {DIRECTIONS} directions.\n",
            self.model,
            self.data,
            convention()
        )
    }
}
