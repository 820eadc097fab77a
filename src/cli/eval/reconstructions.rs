//! Section 1: how much the way through the encoder and back loses.

use anyhow::{Context, Result};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;

use crate::cli::output::progress;
use crate::cli::reconstruction::{Closeness, reconstruct};
use crate::cli::table::Table;
use crate::forge::Forge;
use crate::inspect::bootstrap::{Estimate, mean, median};
use crate::inspect::chamfer::{chamfer, f_score};
use crate::latent::Latent;
use crate::shapes::Shape;
use crate::shapes::dataset::Kind;
use crate::train::data::Example;
use crate::train::metrics::METRIC_POINTS;

/// One shape's figures.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub name: String,
    #[serde(flatten)]
    pub closeness: Closeness,
    /// The same between two draws of points from the shape itself: what no reconstruction can fall below.
    pub floor: Closeness,
    /// What it was encoded to.
    #[serde(skip)]
    pub latent: Latent,
}

/// All shapes' figures.
#[derive(Clone, Debug, Serialize)]
pub struct Reconstructions {
    pub cd_1000_mean: f64,
    pub cd_1000_mean_interval: [f64; 2],
    pub cd_1000_median: f64,
    pub cd_1000_median_interval: [f64; 2],
    pub cd_1000_worst: f64,
    pub f_score_mean: f64,
    pub f_score_mean_interval: [f64; 2],
    pub f_score_fine_mean: f64,
    pub f_score_fine_mean_interval: [f64; 2],
    pub floor_cd_1000_mean: f64,
    pub floor_cd_1000_median: f64,
    pub floor_cd_1000_worst: f64,
    pub floor_f_score_mean: f64,
    pub floor_f_score_fine_mean: f64,
    pub each: Vec<Row>,
}

impl Reconstructions {
    /// Reconstructs every shape.
    ///
    /// # Errors
    /// Names a shape that can't be encoded.
    pub fn measure(forge: &Forge, shapes: &[Shape]) -> Result<Self> {
        let bar = progress(shapes.len(), "reconstructing");
        let rows = shapes.par_iter().map(|shape| -> Result<Row> {
            let (latent, closeness) = reconstruct(forge, shape)?;
            bar.inc(1);
            Ok(Row { name: shape.name.clone(), closeness, floor: floor(shape)?, latent })
        });
        let rows = rows.collect::<Result<_>>();
        bar.finish_and_clear();
        Ok(Self::of(rows?))
    }

    /// Of figures that stand already.
    pub fn of(each: Vec<Row>) -> Self {
        let rng = &mut ChaCha8Rng::seed_from_u64(0);
        let all = |value: fn(&Row) -> f32| each.iter().map(|r| f64::from(value(r))).collect::<Vec<f64>>();
        let worst = |values: Vec<f64>| values.into_iter().fold(0.0, f64::max);
        let mut means = |value: fn(&Row) -> f32| Estimate::bootstrap(&all(value), |v| mean(v), rng);
        let cd = means(|r| r.closeness.cd_1000);
        let f = means(|r| r.closeness.f_score);
        let fine = means(|r| r.closeness.f_score_fine);
        let middle = Estimate::bootstrap(&all(|r| r.closeness.cd_1000), median, rng);
        let interval = |e: Estimate| [e.low, e.high];
        Self {
            cd_1000_mean: cd.value,
            cd_1000_mean_interval: interval(cd),
            cd_1000_median: middle.value,
            cd_1000_median_interval: interval(middle),
            cd_1000_worst: worst(all(|r| r.closeness.cd_1000)),
            f_score_mean: f.value,
            f_score_mean_interval: interval(f),
            f_score_fine_mean: fine.value,
            f_score_fine_mean_interval: interval(fine),
            floor_cd_1000_mean: mean(&all(|r| r.floor.cd_1000)),
            floor_cd_1000_median: median(&mut all(|r| r.floor.cd_1000)),
            floor_cd_1000_worst: worst(all(|r| r.floor.cd_1000)),
            floor_f_score_mean: mean(&all(|r| r.floor.f_score)),
            floor_f_score_fine_mean: mean(&all(|r| r.floor.f_score_fine)),
            each,
        }
    }

    pub fn text(&self) -> String {
        let mut table = Table::new(["reconstruction", "value", "95 % interval", "sampling floor"]);
        let cd = |x: f64| format!("{x:.3}");
        let share = |x: f64| format!("{:.1} %", 100.0 * x);
        let count = self.each.len();
        table.row([
            format!("CD x 1000, mean of {count} shapes"),
            cd(self.cd_1000_mean),
            self.cd_1000_mean_interval.map(cd).join(" to "),
            cd(self.floor_cd_1000_mean),
        ]);
        table.row([
            "CD x 1000, median".to_owned(),
            cd(self.cd_1000_median),
            self.cd_1000_median_interval.map(cd).join(" to "),
            cd(self.floor_cd_1000_median),
        ]);
        table.row(["CD x 1000, worst".to_owned(), cd(self.cd_1000_worst), String::new(), cd(self.floor_cd_1000_worst)]);
        table.row([
            "F-score, mean".to_owned(),
            share(self.f_score_mean),
            self.f_score_mean_interval.map(share).join(" to "),
            share(self.floor_f_score_mean),
        ]);
        table.row([
            "fine F-score, mean".to_owned(),
            share(self.f_score_fine_mean),
            self.f_score_fine_mean_interval.map(share).join(" to "),
            share(self.floor_f_score_fine_mean),
        ]);
        table.to_string()
    }
}

/// The closeness of a shape to itself, sampled twice.
fn floor(shape: &Shape) -> Result<Closeness> {
    let rng = &mut ChaCha8Rng::seed_from_u64(1);
    let example = Example::new(shape, Kind::Real, 2 * METRIC_POINTS, &[], rng)
        .with_context(|| format!("'{}' has no surface to sample", shape.name))?;
    let (a, b) = example.surface.split_at(METRIC_POINTS);
    Ok(Closeness {
        cd_1000: 1000.0 * chamfer(a, b),
        f_score: f_score(a, b, 0.001),
        f_score_fine: f_score(a, b, 0.0001),
    })
}
