//! Measures a trained model by the shapes of its run.

use candle_core::{Device, Tensor};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::figures::Figures;
use crate::forge::{Forge, ForgeError};
use crate::inspect::chamfer::chamfer;
use crate::inspect::cloud::Cloud;
use crate::inspect::matrix::Matrix;
use crate::inspect::patches::{Collapse, Extent, extents};
use crate::latent::Latent;
use crate::mesh::{Mesh, Vec3};
use crate::model::ops::values;
use crate::shapes::sample::by_area;
use crate::template::Template;
use crate::train::data::{Example, TrainingSet};
use crate::train::metrics::{METRIC_GRID, METRIC_POINTS, Reconstruction, reconstruction};
use crate::train::validation::VALIDATION_SHAPES;

/// Shapes that sets are compared by.
pub const SET_SHAPES: usize = 32;
/// Training shapes that the nearest one is looked for among.
pub const SET_TRAINED: usize = 128;
/// Points of each in those comparisons.
pub const SET_POINTS: usize = 512;
/// Variance of a posterior mean over shapes above which its dimension is active (Burda 2016, arXiv 1509.00519).
const ACTIVE: f64 = 0.01;

/// A model's shapes: what the sheets show.
#[derive(Debug, Default)]
pub struct Shapes {
    /// Held-out shapes and their reconstructions.
    pub reconstructed: Vec<(Example, Reconstruction)>,
    /// Point clouds of the same, decoded at the uv that the model was trained on; empty where these are random.
    pub trained: Vec<Mesh>,
    /// Samples from N(0, I), in the unit ball.
    pub prior: Vec<Mesh>,
    /// Samples from the density fitted to the encoded training set.
    pub fitted: Vec<Mesh>,
}

fn generator(stream: u64, i: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(stream);
    rng.set_stream(i as u64);
    rng
}

/// Puts shapes through the model.
///
/// # Errors
/// When the network gives no numbers.
pub fn reconstruct(forge: &Forge, shapes: &[&Example]) -> Result<Vec<(Example, Reconstruction)>, ForgeError> {
    let one = |(i, e): (usize, &&Example)| Ok(((*e).clone(), reconstruction(forge, e, &mut generator(0, i))?));
    shapes.par_iter().enumerate().map(one).collect()
}

/// Adds what a trained model's own data tells to what the log told, and returns what was measured.
///
/// # Errors
/// When the network gives no numbers.
pub fn measure(forge: &Forge, set: &TrainingSet, figures: &mut Figures) -> Result<Shapes, ForgeError> {
    let seen = if set.validation.is_empty() { &set.train } else { &set.validation };
    let held_out: Vec<&Example> = seen.iter().take(VALIDATION_SHAPES).collect();
    let reconstructed = reconstruct(forge, &held_out)?;
    figures.set("held_out", if set.validation.is_empty() { 0.0 } else { reconstructed.len() as f64 });
    reconstructions(&reconstructed, figures);
    if !set.validation.is_empty() {
        let stride = (set.train.len() / reconstructed.len().max(1)).max(1);
        let trained: Vec<&Example> = set.train.iter().step_by(stride).take(reconstructed.len()).collect();
        let cds: Vec<f64> = reconstruct(forge, &trained)?.iter().map(|r| 1000.0 * f64::from(r.1.chamfer)).collect();
        figures.set("cd_train", mean(&cds));
        if let Some(cd) = figures.get("cd") {
            figures.set("gap", cd / mean(&cds));
        }
    }
    posterior(forge, &held_out, figures)?;
    let mut shapes = Shapes { reconstructed, ..samples(forge, figures) };
    variety(&held_out, &set.train, &mut shapes, figures);
    Ok(shapes)
}

/// Chamfer distances, latents and patches of reconstructions.
pub fn reconstructions(found: &[(Example, Reconstruction)], figures: &mut Figures) {
    let mut cds: Vec<f64> = found.iter().map(|r| 1000.0 * f64::from(r.1.chamfer)).collect();
    cds.sort_by(f64::total_cmp);
    let Some(last) = cds.len().checked_sub(1) else { return };
    figures.set("cd", mean(&cds));
    figures.set("cd_median", 0.5 * (cds[last / 2] + cds[last.div_ceil(2)]));
    let latents: Vec<&[f32]> = found.iter().map(|r| r.1.latent.values()).collect();
    let variances: Vec<f64> = (0..latents[0].len())
        .map(|k| {
            let column: Vec<f64> = latents.iter().map(|l| f64::from(l[k])).collect();
            let middle = mean(&column);
            mean(&column.iter().map(|x| (x - middle).powi(2)).collect::<Vec<_>>())
        })
        .collect();
    figures.set("active", variances.iter().filter(|v| **v > ACTIVE).count() as f64);
    figures.set("spread", mean(&variances).sqrt());
    let patches: Vec<Vec<Extent>> = found.iter().map(|r| extents_of(&r.1.mesh)).collect();
    let count = |kind: fn(Collapse) -> bool| {
        mean(&patches.iter().map(|p| p.iter().filter(|e| kind(e.collapsed)).count() as f64).collect::<Vec<_>>())
    };
    figures.set("collapsed", count(|c| c != Collapse::None));
    figures.set("points", count(|c| c == Collapse::Point));
    figures.set("lines", count(|c| c == Collapse::Line));
    let over = |value: &dyn Fn(&Extent) -> f64| -> Vec<f64> {
        (0..patches[0].len()).map(|p| mean(&patches.iter().map(|e| value(&e[p])).collect::<Vec<_>>())).collect()
    };
    let areas = over(&|e| e.area);
    let middle = mean(&areas);
    figures.areas = areas.iter().map(|a| if middle > 0.0 { a / middle } else { 0.0 }).collect();
    figures.collapses = over(&|e| if e.collapsed == Collapse::None { 0.0 } else { 1.0 });
    figures.set("area_least", figures.areas.iter().copied().fold(f64::INFINITY, f64::min));
    figures.set("area_most", figures.areas.iter().copied().fold(0.0, f64::max));
}

/// Reconstruction from a draw of the posterior with noise 1, whatever noise was trained with, and the posterior's width.
fn posterior(forge: &Forge, shapes: &[&Example], figures: &mut Figures) -> Result<(), ForgeError> {
    let config = &forge.checkpoint().config;
    let k = config.latent_numbers();
    let one = |(i, example): (usize, &&Example)| -> Result<(f64, f64), ForgeError> {
        let mut rng = generator(1, i);
        let posterior = forge.posterior_of_cloud(&example.surface)?;
        // A draw with noise of ones lies one deviation from the mean.
        let ones = Tensor::ones((1, k), candle_core::DType::F32, &Device::Cpu)?;
        let deviation = (posterior.sample(&ones, 1.0)? - &posterior.mean)?;
        let deviation = values(&deviation)?.iter().map(|x| f64::from(x.abs())).sum::<f64>() / k as f64;
        let noise: Vec<f32> = (0..k).map(|_| StandardNormal.sample(&mut rng)).collect();
        let z = posterior.sample(&Tensor::from_vec(noise, (1, k), &Device::Cpu)?, 1.0)?;
        let latent = Latent::new(config.groups, config.latent, values(&z)?)?;
        let mesh = forge.decode_unit(&latent, &Template::grid(METRIC_GRID))?;
        let start = rng.random_range(0..example.surface.len());
        let reference: Vec<Vec3> = example.surface.iter().cycle().skip(start).take(METRIC_POINTS).copied().collect();
        Ok((deviation, 1000.0 * f64::from(chamfer(&by_area(&mesh, METRIC_POINTS, &mut rng), &reference))))
    };
    let found = shapes.par_iter().enumerate().map(one).collect::<Result<Vec<_>, _>>();
    match found {
        Ok(found) => {
            let (deviations, cds): (Vec<f64>, Vec<f64>) = found.into_iter().unzip();
            if mean(&deviations) > 0.0 {
                figures.set("deviation", mean(&deviations));
                figures.set("cd_noisy", mean(&cds));
            }
            Ok(())
        }
        // A variance without bound may decode to nothing: then this is not measured.
        Err(ForgeError::NotFinite | ForgeError::Latent(_)) => Ok(()),
        Err(other) => Err(other),
    }
}

/// Draws samples of both kinds; what decodes to no number is counted.
pub fn samples(forge: &Forge, figures: &mut Figures) -> Shapes {
    let config = &forge.checkpoint().config;
    let decode = |latent: Latent| forge.decode_unit(&latent, &Template::grid(METRIC_GRID)).ok();
    let draw = |stream: u64, latent: &(dyn Fn(&mut ChaCha8Rng) -> Latent + Sync)| -> Vec<Mesh> {
        (0..SET_SHAPES).into_par_iter().filter_map(|i| decode(latent(&mut generator(stream, i)))).collect()
    };
    let prior = draw(2, &|rng| Latent::prior(config.groups, config.latent, rng));
    let fitted = draw(3, &|rng| forge.sample(rng));
    figures.set("undecodable", (SET_SHAPES - prior.len()) as f64);
    let collapsed = |m: &Mesh| extents_of(m).iter().filter(|e| e.collapsed != Collapse::None).count() as f64;
    figures.set("collapsed_samples", mean(&prior.iter().map(collapsed).collect::<Vec<_>>()));
    Shapes { prior, fitted, ..Default::default() }
}

/// How much shapes differ among themselves, relative to the data, and how near they come to it.
pub fn variety(held_out: &[&Example], trained: &[Example], shapes: &mut Shapes, figures: &mut Figures) {
    let surface = |e: &Example| Cloud::new(&e.surface[..e.surface.len().min(SET_POINTS)]);
    let meshed = |(i, m): (usize, &Mesh)| Cloud::new(&by_area(m, SET_POINTS, &mut generator(4, i)));
    let data: Vec<Cloud> = held_out.iter().take(SET_SHAPES).map(|e| surface(e)).collect();
    let stride = (trained.len() / SET_TRAINED).max(1);
    let training: Vec<Cloud> = trained.iter().step_by(stride).take(SET_TRAINED).map(surface).collect();
    let rebuilt = shapes.reconstructed.iter().take(SET_SHAPES).map(|r| &r.1.mesh).enumerate();
    let rebuilt: Vec<Cloud> = rebuilt.map(meshed).collect();
    let prior: Vec<Cloud> = shapes.prior.iter().enumerate().map(meshed).collect();
    let fitted: Vec<Cloud> = shapes.fitted.iter().enumerate().map(meshed).collect();
    if let Some(of_data) = pairwise(&data).filter(|d| *d > 0.0) {
        for (name, set) in [("variety_reconstructed", &rebuilt), ("variety_prior", &prior), ("variety_fitted", &fitted)]
        {
            if let Some(found) = pairwise(set) {
                figures.set(name, found / of_data);
            }
        }
    }
    for (name, set) in [("nearest_held_out", &data), ("nearest_prior", &prior), ("nearest_fitted", &fitted)] {
        if !set.is_empty() && !training.is_empty() {
            let matrix = Matrix::between(set, &training, |_| {});
            let least = |i: usize| f64::from(matrix.row(i).iter().copied().fold(f32::INFINITY, f32::min));
            figures.set(name, 1000.0 * mean(&(0..set.len()).map(least).collect::<Vec<_>>()));
        }
    }
}

/// Mean chamfer distance between two of a set.
fn pairwise(set: &[Cloud]) -> Option<f64> {
    if set.len() < 2 {
        return None;
    }
    let matrix = Matrix::among(set, |_| {});
    let sum: f64 =
        (0..set.len()).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| f64::from(matrix.at(i, j))).sum();
    Some(sum / (set.len() * (set.len() - 1) / 2) as f64)
}

/// Of a mesh decoded on the metrics' grid.
fn extents_of(mesh: &Mesh) -> Vec<Extent> {
    extents(mesh, &Template::grid(METRIC_GRID)).unwrap_or_default()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(at: f32) -> Cloud {
        Cloud::new(&(0..40).map(|i| [at, i as f32 * 0.01, 0.0]).collect::<Vec<_>>())
    }

    #[test]
    fn pairwise_is_the_mean_over_pairs() {
        assert_eq!(pairwise(&[cloud(0.0)]), None);
        // Squared distances 1, 4, 9 between three lines, both ways: 2 (1 + 1 + 4) / 3 and so on.
        let found = pairwise(&[cloud(0.0), cloud(1.0), cloud(2.0)]).unwrap();
        assert!((found - 2.0 * (1.0 + 1.0 + 4.0) / 3.0).abs() < 1e-6, "{found}");
        assert_eq!(pairwise(&[cloud(1.0), cloud(1.0)]), Some(0.0));
    }
}
