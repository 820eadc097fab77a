//! The terms of a loss beside the chamfer distance: their gradients against central differences in the weights, and that
//! following them changes a decoder as they promise.

use atlasforge::model::decoder::decode;
use atlasforge::model::layer::Mode;
use atlasforge::model::ops::values;
use atlasforge::model::weights::{Slot, layout};
use atlasforge::model::{Config, Weights};
use atlasforge::shapes::dataset::{self, Kind};
use atlasforge::train::adam::Adam;
use atlasforge::train::batch::Batch;
use atlasforge::train::data::{Example, ToNetwork, TrainingSet};
use atlasforge::train::recipe::Recipe;
use atlasforge::train::terms::mirror::{mirror, symmetries};
use atlasforge::train::terms::stitch::{borders, stitch};
use atlasforge::train::terms::{Scene, weighted};
use atlasforge::train::trainer::{TrainError, Trainer};
use candle_core::{Device, Tensor, Var};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

const RECIPE: &str = "
[model]
patches = 3
latent = 4
encoder = [8]
encoder_head = []
decoder = [12, 8]
activation = 'silu'
[data]
procedural = 6
samples = 512
[train]
batch = 3
points = 72
encoder_points = 256
";

struct World {
    recipe: Recipe,
    config: Config,
    weights: Weights,
    slots: Vec<Slot>,
    set: TrainingSet,
    z: Var,
    batch: Batch,
}

impl World {
    /// A fresh network, six swords and one batch; `keys` belong to `[train]`.
    fn new(keys: &str) -> Self {
        let recipe = Recipe::parse(&format!("{RECIPE}{keys}")).unwrap();
        let swords = dataset::procedural(6, 3).into_iter().map(|s| (s, Kind::Procedural)).collect();
        let set = TrainingSet::prepare(swords, &recipe);
        let config = recipe.config(set.axis_scale(0.75));
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        let weights = Weights::init(&config, &mut rng).unwrap();
        let z: Vec<f32> = (0..12).map(|_| StandardNormal.sample(&mut rng)).collect();
        let z = Var::from_vec(z, (3, 4), &Device::Cpu).unwrap();
        let batch = Batch::draw(&set, &recipe, &config, 0).unwrap();
        let slots = layout(&config);
        Self { recipe, config, weights, slots, set, z, batch }
    }

    /// The decoded points as a step sees them, `[B, P n, 3]`.
    fn points(&self) -> Tensor {
        let points = decode(&self.weights, &self.config, &self.z, &self.batch.uv, &mut Mode::Eval).unwrap();
        let (p, b) = (3, 3);
        let n = points.dim(1).unwrap() / b;
        points.reshape((p, b, n, 3)).unwrap().transpose(0, 1).unwrap().reshape((b, p * n, 3)).unwrap()
    }

    /// The sum of the recipe's terms.
    fn terms(&self) -> Tensor {
        let (z, points) = (self.z.as_tensor(), self.points());
        let scene = Scene { weights: &self.weights, config: &self.config, z, points: &points, batch: &self.batch };
        let terms = weighted(&self.recipe.train, &scene).unwrap();
        terms.into_iter().map(|(_, t)| t).reduce(|a, b| (a + b).unwrap()).unwrap()
    }

    fn value(&self) -> f64 {
        f64::from(self.terms().to_scalar::<f32>().unwrap())
    }

    /// Follows the terms alone, on other shapes each step; returns their mean over the first and last ten.
    fn follow(&mut self, steps: u64, learning_rate: f64) -> (f64, f64) {
        let mut adam = Adam::default();
        let mut seen = Vec::new();
        for step in 0..steps {
            self.batch = Batch::draw(&self.set, &self.recipe, &self.config, step).unwrap();
            let loss = self.terms();
            seen.push(f64::from(loss.to_scalar::<f32>().unwrap()));
            adam.step(&self.weights, &self.slots, &loss.backward().unwrap(), learning_rate).unwrap();
        }
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        (mean(&seen[..10]), mean(&seen[seen.len() - 10..]))
    }
}

/// Every decoder tensor's gradient, and z's, against central differences.
fn check(keys: &str) {
    let world = World::new(keys);
    let grads = world.terms().backward().unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let names = world.slots.iter().filter(|s| s.trainable && s.name.starts_with("decoder.")).map(|s| &s.name);
    let mut vars: Vec<(String, Var)> = names.map(|n| (n.clone(), world.weights.var(n).unwrap().clone())).collect();
    vars.push(("z".into(), world.z.clone()));
    let mut compared = 0;
    for (name, var) in vars {
        // A term on tangents has no use for the last bias.
        let Some(grad) = grads.get(var.as_tensor()) else {
            assert!(name == "decoder.out.bias", "{keys}: {name} has no gradient");
            continue;
        };
        let (grad, start) = (values(grad).unwrap(), values(&var).unwrap());
        let largest = grad.iter().fold(0.0f64, |m, g| m.max(f64::from(g.abs())));
        for _ in 0..12 {
            let i = rng.random_range(0..grad.len());
            // Neighbours change where a point moves far: a small step, and a median of three against the few that do.
            let mut slopes = [5e-4f32, 1e-3, 2e-3].map(|step| {
                let at = |by: f32| {
                    let mut moved = start.clone();
                    moved[i] += by;
                    var.set(&Tensor::from_vec(moved, var.shape(), &Device::Cpu).unwrap()).unwrap();
                    world.value()
                };
                (at(step) - at(-step)) / f64::from(2.0 * step)
            });
            slopes.sort_by(f64::total_cmp);
            let (numeric, analytic) = (slopes[1], f64::from(grad[i]));
            assert!(
                (numeric - analytic).abs() <= 0.02 * largest + 3e-3 * analytic.abs() + 2e-4,
                "{keys}: {name}[{i}]: differences {slopes:?}, gradient {analytic}, largest {largest}"
            );
            compared += 1;
        }
        var.set(&Tensor::from_vec(start, var.shape(), &Device::Cpu).unwrap()).unwrap();
    }
    assert!(compared >= 60, "{keys}: {compared}");
}

#[test]
fn regularity_has_its_gradient() {
    check("regularity = 10.0");
}

#[test]
fn orientation_has_its_gradient() {
    check("orientation = 1.0");
}

#[test]
fn stitch_has_its_gradient() {
    check("stitch = 1.0");
}

#[test]
fn mirror_has_its_gradient() {
    check("mirror = 1.0");
}

#[test]
fn no_weight_no_term_and_the_sum_of_all_is_the_sum_of_each() {
    let alone: f64 = ["regularity = 2.0", "orientation = 0.1", "stitch = 0.5", "mirror = 0.3"]
        .map(|key| World::new(key).value())
        .iter()
        .sum();
    let world = World::new("regularity = 2.0\norientation = 0.1\nstitch = 0.5\nmirror = 0.3");
    // The draws of the normals come last, so that they change no other.
    assert!((world.value() - alone).abs() < 1e-5 * alone, "{} {alone}", world.value());
    let none = World::new("");
    let (z, points) = (none.z.as_tensor(), none.points());
    let scene = Scene { weights: &none.weights, config: &none.config, z, points: &points, batch: &none.batch };
    assert!(weighted(&none.recipe.train, &scene).unwrap().is_empty());
    assert!(none.batch.oriented.iter().all(|o| o.points.is_empty()));
    assert_eq!(values(&none.batch.points).unwrap(), values(&world.batch.points).unwrap());
}

#[test]
fn shapes_without_normals_have_no_orientation() {
    let mut world = World::new("orientation = 1.0");
    world.set.train.iter_mut().for_each(|e: &mut Example| e.normals.clear());
    world.batch = Batch::draw(&world.set, &world.recipe, &world.config, 0).unwrap();
    let (z, points) = (world.z.as_tensor(), world.points());
    let scene = Scene { weights: &world.weights, config: &world.config, z, points: &points, batch: &world.batch };
    assert!(weighted(&world.recipe.train, &scene).unwrap().is_empty());
}

#[test]
fn normals_are_those_of_the_stretched_shape() {
    let world = World::new("orientation = 1.0");
    let example = &world.set.train[0];
    // Stretched by 2 along x: a normal leans away from it.
    let (into, scale) = ([2.0 / 0.1, 1.0 / 0.5, 1.0 / 0.05], [0.1, 0.5, 0.05]);
    let oriented = example.oriented(ToNetwork { factor: into, axis_scale: scale }, &mut ChaCha8Rng::seed_from_u64(1));
    assert!(oriented.points.len() >= 512);
    for (p, n) in oriented.points.iter().zip(&oriented.normals) {
        let back: [f32; 3] = std::array::from_fn(|k| p[k] / into[k]);
        let near = |a: &&[f32; 3]| (0..3).all(|k| (a[k] - back[k]).abs() < 1e-5);
        let own = example.surface.iter().zip(&example.normals).filter(|(a, _)| near(a));
        let expected = own.map(|(_, m)| [m[0] / 2.0, m[1], m[2]]).map(|m| {
            let l = m.iter().map(|x| x * x).sum::<f32>().sqrt();
            m.map(|x| x / l)
        });
        assert!(expected.into_iter().any(|m| (0..3).all(|k| (m[k] - n[k]).abs() < 1e-4)), "{p:?} {n:?}");
    }
}

#[test]
fn following_a_term_lowers_it() {
    for (keys, share) in
        [("regularity = 1.0", 0.1), ("orientation = 1.0", 0.7), ("stitch = 1.0", 0.05), ("mirror = 1.0", 0.3)]
    {
        let (before, after) = World::new(keys).follow(120, 5e-3);
        assert!(after < share * before, "{keys}: {before} before, {after} after");
    }
}

#[test]
fn stitching_is_the_gap_and_mirroring_the_asymmetry() {
    let mut world = World::new("stitch = 1.0\nmirror = 1.0");
    let figures = |w: &World| {
        let gap = stitch(&borders(&w.weights, &w.config, &w.z).unwrap()).unwrap().to_scalar::<f32>().unwrap();
        let weights = symmetries(&w.batch.points).unwrap();
        (gap, mirror(&w.points(), &weights).unwrap().to_scalar::<f32>().unwrap())
    };
    let (gap, asymmetry) = figures(&world);
    assert!((f64::from(gap + asymmetry) - world.value()).abs() < 1e-5);
    world.follow(120, 5e-3);
    let (closed, even) = figures(&world);
    assert!(closed < 0.2 * gap && even < 0.5 * asymmetry, "{gap} {closed}, {asymmetry} {even}");
}

#[test]
fn a_slope_that_is_no_number_stops_the_step_and_spares_the_weights() {
    let mut world = World::new("stitch = 1.0");
    let set = std::sync::Arc::new(world.set.clone());
    let stitch = Trainer::new(&world.recipe, set.clone()).unwrap().step().unwrap().terms["stitch"];
    // A loss just below the largest f32; slopes that are steeper than the term is high are above it.
    world.recipe.train.stitch = 0.9 * f64::from(f32::MAX) / stitch;
    let mut trainer = Trainer::new(&world.recipe, set).unwrap();
    let before = trainer.snapshot().unwrap();
    let error = trainer.step().unwrap_err();
    assert!(matches!(error, TrainError::Diverged { step: 0 }), "{error}");
    assert_eq!(trainer.snapshot().unwrap(), before);
}

#[test]
fn a_clipped_step_moves_on_the_same_way() {
    let world = World::new("learning_rate = 1e-2\nwarmup = 0");
    let set = std::sync::Arc::new(world.set.clone());
    let weights = |clip: f64| {
        let mut recipe = world.recipe.clone();
        recipe.train.clip = clip;
        let mut trainer = Trainer::new(&recipe, set.clone()).unwrap();
        trainer.step().unwrap();
        trainer.snapshot().unwrap()
    };
    // Longer than any gradient: nothing changes.
    assert_eq!(weights(1e9), weights(0.0));
    let (whole, short) = (weights(0.0), weights(1e-3));
    let moment = |tensors: &atlasforge::train::state::Tensors| {
        tensors.iter().filter(|(k, _)| k.starts_with("first/")).flat_map(|(_, (_, v))| v.clone()).collect::<Vec<f32>>()
    };
    let length = |x: &[f32]| x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    let (a, b) = (moment(&whole), moment(&short));
    // Adam's first moment after one step is a tenth of the gradient.
    assert!((length(&b) - 1e-4).abs() < 1e-7, "{}", length(&b));
    let along = a.iter().zip(&b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    assert!(along / (length(&a) * length(&b)) > 0.9999);
}
