//! What one training step sees: drawn from the recipe's seed and the step's number alone, so that a resumed run draws
//! the same.

use candle_core::{Device, Result, Tensor};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::chamfer::Pair;
use super::charts;
use super::data::{Example, ToNetwork, TrainingSet};
use super::recipe::{Recipe, TrainRecipe};
use super::terms::orientation::Oriented;
use crate::model::Config;
use crate::patchwork::Seam;
use crate::shapes::dataset::Kind;

/// Inputs of one step, in network units.
pub struct Batch {
    /// `[B, N, 3]`
    pub points: Tensor,
    /// `[P, B, n, 2]`, by the recipe's [`super::uv::UvSampling`].
    pub uv: Tensor,
    /// `[B, G D]`, from N(0, I).
    pub noise: Tensor,
    /// What the decoded points are held against, one list a shape.
    pub pairs: Vec<Vec<Pair>>,
    /// Which side of each shape's surface faces out, where the recipe's orientation term asks and the data knows.
    pub oriented: Vec<Oriented>,
}

/// The generator of one step.
fn step_rng(seed: u64, step: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(step);
    rng
}

impl Batch {
    /// Draws the batch of step `step`. Shapes are drawn with replacement, imports `mesh_weight` times as often.
    pub fn draw(set: &TrainingSet, recipe: &Recipe, config: &Config, step: u64) -> Result<Self> {
        let (train, patches) = (&recipe.train, config.patches);
        let (b, n) = (train.batch, train.points / patches);
        let mut rng = step_rng(train.seed, step);
        let chosen: Vec<(&Example, ChaCha8Rng)> = (0..b)
            .map(|i| {
                let mut own = step_rng(train.seed ^ 0x9e37_79b9_7f4a_7c15, step * b as u64 + i as u64);
                (pick(set, recipe.data.mesh_weight, &mut own), own)
            })
            .collect();
        // [B, P, n] for the targets, [P, B, n] for the network.
        let margin = |x: f32| train.uv_margin + (1.0 - 2.0 * train.uv_margin) * x;
        let mut uv: Vec<Vec<[f32; 2]>> = (0..b)
            .map(|_| (0..patches).flat_map(|p| train.uv.points(p, n, &mut rng)).map(|p| p.map(margin)).collect())
            .collect();
        let borders = Borders::of(train, patches, n);
        uv.iter_mut().for_each(|uv| borders.place(uv, &mut rng));
        let shapes: Vec<(Vec<f32>, Vec<Pair>, Oriented)> = chosen
            .into_par_iter()
            .zip(&uv)
            .map(|((example, mut rng), uv)| {
                let factor = std::array::from_fn(|k| {
                    let s = 1.0 + recipe.data.stretch[k];
                    s.powf(rng.random_range(-1.0..=1.0)) / config.axis_scale[k]
                });
                let to = ToNetwork { factor, axis_scale: config.axis_scale };
                let points = (0..train.encoder_points)
                    .flat_map(|_| to.point(example.surface[rng.random_range(0..example.surface.len())]));
                let points = points.collect();
                let pairs = example.pairs(train, patches, uv, to, &borders, &mut rng);
                let oriented = match train.orientation > 0.0 {
                    true => example.oriented(to, &mut rng),
                    false => Oriented::default(),
                };
                (points, pairs, oriented)
            })
            .collect();
        let of = |p: usize| uv.iter().flat_map(move |uv| uv[p * n..(p + 1) * n].iter().flatten().copied());
        let uv: Vec<f32> = (0..patches).flat_map(of).collect();
        let noise: Vec<f32> = (0..b * config.latent_numbers()).map(|_| StandardNormal.sample(&mut rng)).collect();
        let points: Vec<f32> = shapes.iter().flat_map(|s| s.0.iter().copied()).collect();
        let device = &Device::Cpu;
        Ok(Self {
            points: Tensor::from_vec(points, (b, train.encoder_points, 3), device)?,
            uv: Tensor::from_vec(uv, (patches, b, n, 2), device)?,
            noise: Tensor::from_vec(noise, (b, config.latent_numbers()), device)?,
            oriented: shapes.iter().map(|s| s.2.clone()).collect(),
            pairs: shapes.into_iter().map(|s| s.1).collect(),
        })
    }
}

/// Rows that lie on borders of their patches, counted through all patches: of each patch's `n` the first ones, one for each of
/// its seams and of its ends at joints.
#[derive(Clone, Debug, Default)]
pub struct Borders {
    seams: Vec<Seam>,
    seam_rows: Vec<[usize; 2]>,
    ends: Vec<charts::End>,
    end_rows: Vec<usize>,
    joint_rows: Vec<[usize; 2]>,
}

impl Borders {
    fn of(train: &TrainRecipe, patches: usize, n: usize) -> Self {
        let seams = if train.seam_weight > 0.0 { charts::seams(&train.parts) } else { Vec::new() };
        let (ends, joints) = if train.joint_weight > 0.0 { charts::joints(&train.parts) } else { Default::default() };
        let mut taken = vec![0; patches];
        let mut take = |patch: usize| {
            taken[patch] += 1;
            patch * n + taken[patch] - 1
        };
        let seam_rows = seams.iter().map(|seam| seam.patches().map(&mut take)).collect();
        let end_rows: Vec<usize> = ends.iter().map(|end| take(end.patch)).collect();
        let joint_rows = joints.iter().map(|joint| joint.map(|end| end_rows[end])).collect();
        Self { seams, seam_rows, ends, end_rows, joint_rows }
    }

    /// Puts one shape's rows there, each somewhere along its border.
    fn place(&self, uv: &mut [[f32; 2]], rng: &mut impl Rng) {
        for (seam, rows) in self.seams.iter().zip(&self.seam_rows) {
            let places = seam.at(rng.random());
            rows.iter().zip(places).for_each(|(&row, (_, place))| uv[row] = place);
        }
        for (end, &row) in self.ends.iter().zip(&self.end_rows) {
            uv[row] = end.uv(rng.random());
        }
    }

    /// Rows two by two whose uv are one place on charts.
    pub fn seams(&self) -> &[[usize; 2]] {
        &self.seam_rows
    }

    /// Rows two by two on either side of joints.
    pub fn joints(&self) -> &[[usize; 2]] {
        &self.joint_rows
    }
}

fn pick<'a>(set: &'a TrainingSet, mesh_weight: f64, rng: &mut impl Rng) -> &'a Example {
    // Imports stand behind the procedural shapes: see `TrainingSet::prepare`.
    let procedural = set.train.partition_point(|e| e.kind == Kind::Procedural);
    let real = set.train.len() - procedural;
    let share = mesh_weight * real as f64 / (mesh_weight * real as f64 + procedural as f64);
    if real > 0 && (procedural == 0 || rng.random_bool(share)) {
        &set.train[procedural + rng.random_range(0..real)]
    } else {
        &set.train[rng.random_range(0..procedural)]
    }
}
