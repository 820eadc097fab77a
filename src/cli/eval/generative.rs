//! Section 3: samples as a set, against references that the model never saw; beside them what reconstructions and
//! shapes of the training set reach.

use anyhow::{Context, Result, bail};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;

use super::reconstructions::Row as Reconstructed;
use crate::cli::density::Density;
use crate::cli::output::progress;
use crate::cli::table::Table;
use crate::forge::Forge;
use crate::inspect::bootstrap::Estimate;
use crate::inspect::cloud::Cloud;
use crate::inspect::generative::{Comparison, SetFigures};
use crate::inspect::matrix::Matrix;
use crate::inspect::memory::{NearestShape, Quantiles, nearest_shapes, share_of_copies};
use crate::inspect::occupancy::{Occupancy, SIDE};
use crate::mesh::Mesh;
use crate::shapes::Shape;
use crate::shapes::placement::to_unit_ball;
use crate::shapes::seen::seen_by_area;
use crate::template::Template;
use crate::train::metrics::METRIC_GRID;

/// Fewer shapes in a set give figures that mean nothing.
pub const FEWEST: usize = 20;

/// How large the comparison is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Shapes a set.
    pub shapes: usize,
    /// Points a shape.
    pub points: usize,
}

/// One set against the references.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub name: String,
    pub shapes: usize,
    /// Distances in squared radii of the unit ball, shares in 0..=1.
    #[serde(flatten)]
    pub figures: SetFigures,
    /// COV by that of the training shapes, where there are any.
    pub coverage_of_training: Option<f64>,
    /// 1-NNA above that of the training shapes, where there are any.
    pub one_nna_above_training: Option<f64>,
}

/// Distances of a set's shapes to the nearest shape of the training set.
#[derive(Clone, Debug, Serialize)]
pub struct Nearest {
    pub name: String,
    pub chamfer: Quantiles,
    /// The share that lies nearer than the 5 % quantile of the held-out shapes.
    pub share_of_copies: f64,
}

/// The section.
#[derive(Clone, Debug, Serialize)]
pub struct Generative {
    pub references: usize,
    pub points: usize,
    /// What the training shapes are; `None` without any.
    pub training: Option<String>,
    pub training_shapes: usize,
    pub sets: Vec<Row>,
    pub nearest_training_shape: Vec<Nearest>,
}

/// A set made ready.
struct Set {
    name: String,
    clouds: Vec<Cloud>,
    occupancy: Vec<Occupancy>,
}

impl Set {
    /// Samples `count` meshes, each with a generator of its own, so that threads don't show.
    fn new(
        name: &str,
        count: usize,
        points: usize,
        stream: u64,
        mesh: impl Fn(usize, &mut ChaCha8Rng) -> Result<Mesh> + Sync,
    ) -> Result<Self> {
        let bar = progress(count, "sampling sets");
        let shapes = (0..count).into_par_iter().map(|i| {
            let mut rng = ChaCha8Rng::seed_from_u64(i as u64);
            let mesh = mesh(i, &mut rng)?;
            // The shape's points come from another stream than its latent, and differ from set to set.
            rng.set_stream(stream);
            let points = seen_by_area(&mesh, points, &mut rng);
            if points.is_empty() {
                bail!("shape {i} of '{name}' has no surface");
            }
            bar.inc(1);
            Ok((Cloud::new(&points), Occupancy::of(&points)))
        });
        let shapes = shapes.collect::<Result<Vec<_>>>();
        bar.finish_and_clear();
        let (clouds, occupancy) = shapes?.into_iter().unzip();
        Ok(Self { name: name.to_owned(), clouds, occupancy })
    }

    fn of_shapes(name: &str, shapes: &[Shape], points: usize, stream: u64) -> Result<Self> {
        Self::new(name, shapes.len(), points, stream, |i, _| {
            let mesh = shapes[i].mesh();
            mesh.validate().with_context(|| format!("'{}' can't be sampled", shapes[i].name))?;
            Ok(to_unit_ball(&mesh).0)
        })
    }
}

/// What the section is made from.
pub struct Sources<'a> {
    pub forge: &'a Forge,
    pub densities: &'a [Density],
    /// At least [`FEWEST`]; the first of them are the references.
    pub shapes: &'a [Shape],
    /// The same shapes' reconstructions.
    pub reconstructed: &'a [Reconstructed],
    /// Where the training shapes come from, and all of them.
    pub training: Option<(String, Vec<Shape>)>,
}

impl Generative {
    /// Measures every set against the references.
    ///
    /// # Errors
    /// When something can't be decoded or sampled.
    pub fn measure(from: &Sources, size: Size) -> Result<Self> {
        let Sources { forge, densities, shapes, reconstructed, training } = from;
        let Size { points, .. } = size;
        let count = size.shapes.min(shapes.len());
        let template = Template::grid(METRIC_GRID);
        let references = Set::of_shapes("held-out shapes", &shapes[..count], points, 1)?;
        let mut sets = Vec::new();
        for &density in *densities {
            sets.push(Set::new(density.name(), count, points, 2, |_, rng| {
                Ok(forge.decode_unit(&density.draw(forge, rng), &template)?)
            })?);
        }
        sets.push(Set::new("reconstructions", count, points, 3, |i, _| {
            Ok(forge.decode_unit(&reconstructed[i].latent, &template)?)
        })?);
        let samples = densities.len();
        let mut all_training = match training {
            Some((_, shapes)) => Set::of_shapes("training shapes", shapes, points, 4)?,
            None => Set { name: String::new(), clouds: Vec::new(), occupancy: Vec::new() },
        };
        let nearest = nearest_training(&references, &sets[..samples], &all_training.clouds);
        let training_shapes = all_training.clouds.len();
        if let Some((_, shapes)) = training
            && training_shapes >= FEWEST
        {
            // What the best density could give: nothing but the decoder errs.
            let some = &shapes[..count.min(shapes.len())];
            sets.push(Set::new("training shapes, reconstructed", some.len(), points, 5, |i, _| {
                Ok(forge.decode_unit(&forge.encode_mesh(&some[i].mesh())?, &template)?)
            })?);
            all_training.clouds.truncate(count);
            all_training.occupancy.truncate(count);
            sets.push(all_training);
        }
        Ok(Self {
            references: count,
            points,
            training: training.as_ref().map(|(name, _)| name.clone()),
            training_shapes,
            sets: compare(&references, &sets, training_shapes >= FEWEST),
            nearest_training_shape: nearest,
        })
    }

    pub fn text(&self) -> String {
        let title = format!("against {} held-out shapes", self.references);
        let header = ["MMD-CD x 1000", "COV", "1-NNA", "JSD x 1000", "COV / training", "1-NNA - training"];
        let mut table = Table::new(std::iter::once(title.as_str()).chain(header));
        let estimate = |e: Estimate, digits: usize| {
            let Estimate { value, low, high } = e;
            format!("{value:.digits$} ({low:.digits$} to {high:.digits$})")
        };
        for row in &self.sets {
            let f = &row.figures;
            table.row([
                format!("{} {}", row.shapes, row.name),
                estimate(f.mmd.times(1000.0), 2),
                format!("{} %", estimate(f.coverage.times(100.0), 1)),
                format!("{} %", estimate(f.one_nna.times(100.0), 1)),
                estimate(f.jsd.times(1000.0), 1),
                row.coverage_of_training.map_or("-".into(), |x| format!("{x:.2}")),
                row.one_nna_above_training.map_or("-".into(), |x| format!("{:.1}", 100.0 * x)),
            ]);
        }
        let mut text = table.to_string();
        if !self.nearest_training_shape.is_empty() {
            let title = format!("CD x 1000 to the nearest of {} training shapes", self.training_shapes);
            let header = ["least", "5 %", "25 %", "median", "75 %", "95 %", "share of copies"];
            let mut table = Table::new(std::iter::once(title.as_str()).chain(header));
            for Nearest { name, chamfer: q, share_of_copies } in &self.nearest_training_shape {
                let values = [q.least, q.p5, q.p25, q.median, q.p75, q.p95].map(|x| format!("{:.2}", 1000.0 * x));
                let share = format!("{:.1} %", 100.0 * share_of_copies);
                table.row(std::iter::once(name.clone()).chain(values).chain([share]));
            }
            text += &format!("\n{table}");
        }
        text
    }

    /// What the figures mean.
    pub fn convention(&self) -> String {
        let points = self.points;
        let mut text = format!(
            "Sets (PointFlow's definitions): {points} points a shape by area on what is visible, by one sampler for all sets, \
             decoded shapes at {METRIC_GRID} x {METRIC_GRID} points a patch; data in the unit ball of each shape, \
             decoded shapes as the model places them. CD squared, both directions summed, exact. MMD-CD: mean over the \
             held-out of the nearest sample. COV: held-out shapes that are nearest to some sample. 1-NNA: leave-one-out, \
             50 % is ideal, a tie counts half. JSD in bits over PointFlow's {SIDE}^3 grid, scaled from its ball of radius \
             0.5 to radius 1. In brackets 95 % intervals from random halves of both sets without replacement \
             (delete-half jackknife: a shape drawn twice would be its own nearest neighbour)."
        );
        if let Some(training) = &self.training {
            text += &format!(
                " Training shapes: {training}; their row, the first as many as held-out ones, is what real shapes reach against \
                 real shapes, and their reconstructions' what no density can better. Share of copies: nearer to a training \
                 shape than 5 % of the held-out shapes are, so 5 % is honest."
            );
        } else {
            text +=
                " The model doesn't say what it was trained on: --train DATA puts those shapes' own figures beside.";
        }
        text
    }
}

/// Every set against the references; the last one is the training shapes' if `training`.
fn compare(references: &Set, sets: &[Set], training: bool) -> Vec<Row> {
    let r = references.clouds.len();
    let triangle = |n: usize| n * n.saturating_sub(1) / 2;
    let pairs = |set: &Set| triangle(set.clouds.len()) + set.clouds.len() * r;
    let bar = progress(triangle(r) + sets.iter().map(pairs).sum::<usize>(), "comparing sets");
    let done = |n: usize| bar.inc(n as u64);
    let among_references = Matrix::among(&references.clouds, done);
    let figures: Vec<SetFigures> = sets
        .iter()
        .map(|set| {
            let comparison = Comparison {
                samples: &Matrix::among(&set.clouds, done),
                references: &among_references,
                across: &Matrix::between(&set.clouds, &references.clouds, done),
                sample_occupancy: &set.occupancy,
                reference_occupancy: &references.occupancy,
            };
            comparison.figures(&mut ChaCha8Rng::seed_from_u64(0))
        })
        .collect();
    bar.finish_and_clear();
    let ceiling = figures.last().copied().filter(|_| training);
    let row = |(set, figures): (&Set, SetFigures)| Row {
        name: set.name.clone(),
        shapes: set.clouds.len(),
        coverage_of_training: ceiling.map(|c| figures.coverage.value / c.coverage.value),
        one_nna_above_training: ceiling.map(|c| figures.one_nna.value - c.one_nna.value),
        figures,
    };
    sets.iter().zip(figures).map(row).collect()
}

/// How near the held-out shapes and every set of samples come to the training shapes; empty without any.
fn nearest_training(references: &Set, samples: &[Set], training: &[Cloud]) -> Vec<Nearest> {
    let queries = references.clouds.len() + samples.iter().map(|s| s.clouds.len()).sum::<usize>();
    let bar = progress(queries, "looking for copies");
    let found = |set: &Set| nearest_shapes(&set.clouds, training, || bar.inc(1));
    let row = |name: &str, distances: &[NearestShape], held_out: &[NearestShape]| Nearest {
        name: name.to_owned(),
        chamfer: Quantiles::of(distances),
        share_of_copies: share_of_copies(distances, held_out),
    };
    let mut rows = Vec::new();
    if let Some(held_out) = found(references) {
        rows.push(row(&references.name, &held_out, &held_out));
        rows.extend(samples.iter().filter_map(|set| Some(row(&set.name, &found(set)?, &held_out))));
    }
    bar.finish_and_clear();
    rows
}
