//! Section 2: what is wrong with single samples.

use anyhow::{Context, Result};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;

use crate::cli::density::Density;
use crate::cli::output::progress;
use crate::cli::table::Table;
use crate::forge::Forge;
use crate::inspect::attributes;
use crate::inspect::bootstrap::{mean, median};
use crate::inspect::mirror::{MirrorPlane, mirror_error};
use crate::inspect::orientation::{DIRECTIONS, RESOLUTION, front_share};
use crate::inspect::patches::{Collapse, patches};
use crate::mesh::Mesh;
use crate::shapes::Shape;
use crate::shapes::placement::to_unit_ball;
use crate::shapes::seen::seen_by_area;
use crate::template::Template;

/// Grid side of the samples that are measured.
pub const SAMPLE_GRID: usize = 16;
/// Radius within which patches overlap, in the unit ball.
pub const OVERLAP_RADIUS: f32 = 0.01;
/// Points that a mirror error is averaged over.
pub const MIRROR_POINTS: usize = 1024;
/// A sword is straight, and mirrored in x = 0 as well, if its curvature stays below this.
pub const STRAIGHT: f32 = 0.01;

/// Mirror errors of a set, as shares of the length.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Mirror {
    /// In z = 0: mean and median over all shapes.
    pub z_mean: f64,
    pub z_median: f64,
    /// In x = 0: the same over straight ones; one edge or a knuckle bow counts as an error here, so it only means something
    /// beside that of the data.
    pub x_mean: f64,
    pub x_median: f64,
    /// Straight shapes.
    pub straight: usize,
}

/// About samples of the seeds 0, 1, ... In radii of the unit ball where a length is one.
#[derive(Clone, Debug, Serialize)]
pub struct Samples {
    pub count: u32,
    pub density: Density,
    pub grid: usize,
    pub patches: usize,
    pub collapsed_patches: usize,
    pub samples_with_collapsed_patches: usize,
    /// Share in 0..=1.
    pub samples_without_collapsed_patches: f64,
    /// Of the area that is hit first from 64 directions outside, the share that shows its front; mean over samples.
    pub front_share_mean: f64,
    pub front_share_least: f64,
    /// The same of the shapes as they are shown and exported: their patches agree at their seams.
    pub shown_front_share_mean: f64,
    pub shown_front_share_least: f64,
    /// Mean number of other patches within 0.01 of a surface point that face the same way.
    pub overlap_mean: f64,
    /// Mean distance from a patch's border points to the nearest other patch; `None` for a model of one patch.
    pub border_gap_mean: Option<f64>,
    /// `None` where mirror planes mean nothing.
    pub mirror: Option<Mirror>,
    /// The same of the data's shapes.
    pub mirror_of_data: Option<Mirror>,
}

/// One sample's figures.
struct Sample {
    collapsed: usize,
    front: f64,
    shown_front: f64,
    overlap: f64,
    gap: Option<f64>,
    mirror: Option<MirrorErrors>,
}

/// One shape's mirror errors: in z = 0, and in x = 0 if it is straight.
struct MirrorErrors {
    z: f64,
    x: Option<f64>,
}

impl Samples {
    /// Draws and measures `count` samples. `swords` are the data's shapes if they are swords, whose mirror planes are
    /// known.
    ///
    /// # Errors
    /// When a sample can't be decoded.
    pub fn measure(forge: &Forge, count: u32, density: Density, swords: Option<&[Shape]>) -> Result<Self> {
        let template = Template::grid(SAMPLE_GRID);
        let bar = progress(count as usize, "sampling");
        let found = (0..count).into_par_iter().map(|seed| -> Result<Sample> {
            let rng = &mut ChaCha8Rng::seed_from_u64(u64::from(seed));
            let mesh = forge
                .decode_unit(&density.draw(forge, rng), &template)
                .with_context(|| format!("can't decode the sample of seed {seed}"))?;
            let figures = patches(&mesh, &template, OVERLAP_RADIUS)?;
            let area: f64 = figures.iter().map(|p| p.area).sum();
            let gaps: Vec<f64> = figures.iter().filter_map(|p| p.border_gap).collect();
            let mut shown = mesh.clone();
            forge.even(&mut shown, &template);
            bar.inc(1);
            Ok(Sample {
                collapsed: figures.iter().filter(|p| p.collapsed != Collapse::None).count(),
                front: f64::from(front_share(&mesh, RESOLUTION)),
                shown_front: f64::from(front_share(&shown, RESOLUTION)),
                overlap: figures.iter().map(|p| p.overlap * p.area).sum::<f64>() / area.max(f64::MIN_POSITIVE),
                gap: (!gaps.is_empty()).then(|| mean(&gaps)),
                mirror: swords.and_then(|_| mirror_errors(&mesh, rng)),
            })
        });
        let found = found.collect::<Result<Vec<_>>>();
        bar.finish_and_clear();
        let found = found?;
        let of_data = |shapes: &[Shape]| {
            let bar = progress(shapes.len(), "mirroring the data");
            let errors = shapes.par_iter().filter_map(|shape| {
                bar.inc(1);
                mirror_errors(&to_unit_ball(&shape.mesh()).0, &mut ChaCha8Rng::seed_from_u64(0))
            });
            let errors: Vec<MirrorErrors> = errors.collect();
            bar.finish_and_clear();
            Mirror::of(&errors)
        };
        let all = |value: fn(&Sample) -> f64| found.iter().map(value).collect::<Vec<f64>>();
        let gaps: Vec<f64> = found.iter().filter_map(|f| f.gap).collect();
        let damaged = found.iter().filter(|f| f.collapsed > 0).count();
        Ok(Self {
            count,
            density,
            grid: SAMPLE_GRID,
            patches: forge.checkpoint().config.patches,
            collapsed_patches: found.iter().map(|f| f.collapsed).sum(),
            samples_with_collapsed_patches: damaged,
            samples_without_collapsed_patches: 1.0 - damaged as f64 / f64::from(count),
            front_share_mean: mean(&all(|f| f.front)),
            front_share_least: least(all(|f| f.front)),
            shown_front_share_mean: mean(&all(|f| f.shown_front)),
            shown_front_share_least: least(all(|f| f.shown_front)),
            overlap_mean: mean(&all(|f| f.overlap)),
            border_gap_mean: (!gaps.is_empty()).then(|| mean(&gaps)),
            mirror: Mirror::of(&found.into_iter().filter_map(|f| f.mirror).collect::<Vec<_>>()),
            mirror_of_data: swords.and_then(of_data),
        })
    }

    pub fn text(&self) -> String {
        let share = |x: f64| format!("{:.2} %", 100.0 * x);
        let title = format!("{} samples, {}", self.count, self.density.name());
        let mut table = Table::new([title.as_str(), "value", "of the data"]);
        let mut row = |name: String, value: String, data: Option<String>| {
            table.row([name, value, data.unwrap_or_default()]);
        };
        let of = u64::from(self.count) * self.patches as u64;
        row(format!("collapsed of {of} patches"), self.collapsed_patches.to_string(), None);
        row("samples without a collapsed patch".into(), share(self.samples_without_collapsed_patches), None);
        row("visible area facing outward, mean".into(), share(self.front_share_mean), None);
        row("visible area facing outward, least".into(), share(self.front_share_least), None);
        row("the same as shown, mean".into(), share(self.shown_front_share_mean), None);
        row("the same as shown, least".into(), share(self.shown_front_share_least), None);
        row("overlap, other patches a point".into(), format!("{:.3}", self.overlap_mean), None);
        if let Some(gap) = self.border_gap_mean {
            row("border gap, radii".into(), format!("{gap:.4}"), None);
        }
        if let Some(mirror) = self.mirror {
            let data = |value: fn(&Mirror) -> f64| self.mirror_of_data.as_ref().map(value).map(percent_of_length);
            let own = |value: fn(&Mirror) -> f64| percent_of_length(value(&mirror));
            row("mirror error in z = 0, mean".into(), own(|m| m.z_mean), data(|m| m.z_mean));
            row("mirror error in z = 0, median".into(), own(|m| m.z_median), data(|m| m.z_median));
            if mirror.straight > 0 {
                let straight = format!("mirror error in x = 0, median of {} straight ones", mirror.straight);
                row(straight, own(|m| m.x_median), data(|m| m.x_median));
            }
        }
        table.to_string()
    }

    /// What the rows mean.
    pub fn convention(&self) -> String {
        let grid = self.grid;
        let mut text = format!(
            "Samples decoded at {grid} x {grid} points a patch. Collapsed: mean(EG-F^2) of a patch below 1e-3 of the mean \
             over patches. Visible: hit first by rays from {DIRECTIONS} directions. As shown: once what two patches \
             disagree about at their seam is shared between both, as in the window, in renders and in closed exports. \
             Overlap: other patches within {OVERLAP_RADIUS} radii of a surface point that face the same way, by area. \
             Border gap: from a patch's border points to the nearest other patch."
        );
        if self.mirror.is_some() {
            text += &format!(
                " Mirror error: mean distance of the mirrored surface ({MIRROR_POINTS} points by area on what is visible) \
                 from the surface, by the length; straight: curvature below {STRAIGHT}. Single-edged swords and knuckle \
                 bows are no mirror images in x = 0, so that row is to be read beside the data's."
            );
        }
        text
    }
}

impl Mirror {
    fn of(errors: &[MirrorErrors]) -> Option<Self> {
        let mut z: Vec<f64> = errors.iter().map(|e| e.z).collect();
        let mut x: Vec<f64> = errors.iter().filter_map(|e| e.x).collect();
        (!z.is_empty()).then(|| Self {
            z_mean: mean(&z),
            z_median: median(&mut z),
            x_mean: if x.is_empty() { 0.0 } else { mean(&x) },
            straight: x.len(),
            x_median: if x.is_empty() { 0.0 } else { median(&mut x) },
        })
    }
}

fn least(shares: Vec<f64>) -> f64 {
    shares.into_iter().fold(1.0, f64::min)
}

fn percent_of_length(error: f64) -> String {
    format!("{:.3} %", 100.0 * error)
}

/// `None` for a mesh without surface.
fn mirror_errors(mesh: &Mesh, rng: &mut ChaCha8Rng) -> Option<MirrorErrors> {
    let points = seen_by_area(mesh, MIRROR_POINTS, rng);
    let straight = attributes::measure(mesh).curvature.abs() < STRAIGHT;
    let x = if straight { mirror_error(mesh, &points, MirrorPlane::X) } else { None };
    Some(MirrorErrors { z: mirror_error(mesh, &points, MirrorPlane::Z)?, x })
}
