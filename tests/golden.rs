//! The network against PyTorch's: forward, statistics, Jacobian and gradients of `golden/*.safetensors`, which
//! `golden/make_golden.py` computed in double precision from torch's own layers.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use atlasforge::forge::Forge;
use atlasforge::latent::Latent;
use atlasforge::model::PosteriorKind;
use atlasforge::model::checkpoint::Checkpoint;
use atlasforge::model::codebook::Codebook;
use atlasforge::model::decoder::{decode, decode_with_tangents, pack};
use atlasforge::model::encoder::encode;
use atlasforge::model::inference::Inference;
use atlasforge::model::layer::{Mode, Seen, update_running};
use atlasforge::model::ops::values;
use atlasforge::model::prior::CodePrior;
use atlasforge::model::weights::{Slot, layout};
use atlasforge::train::chamfer::{Aim, Pair, chamfer};
use atlasforge::train::codebook;
use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor, Var};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use safetensors::tensor::SafeTensors;

/// Of a quantity's largest value: what single precision may lose on the way forward, and back.
const FORWARD: f64 = 1e-5;
const GRADIENT: f64 = 1e-4;
/// As in make_golden.py.
const MOMENTUM: f64 = 0.1;
const NOISE_SCALE: f64 = 0.8;
const KL_WEIGHT: f64 = 1e-3;
const COMMITMENT: f64 = 0.25;

/// One configuration with its inputs and what PyTorch makes of them.
struct Case {
    name: String,
    checkpoint: Checkpoint,
    tensors: HashMap<String, Tensor>,
}

impl Case {
    fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        // The weights alone, under the same metadata, are a checkpoint.
        let weights = file.iter().filter_map(|(name, view)| Some((name.strip_prefix("weights/")?, view)));
        let checkpoint = safetensors::serialize(weights, header.metadata().clone()).unwrap();
        let tensors = file.iter().map(|(name, view)| {
            let floats = view.data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap()));
            let tensor = Tensor::from_vec(floats.collect::<Vec<_>>(), view.shape(), &Device::Cpu).unwrap();
            (name.to_owned(), tensor)
        });
        Self {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            checkpoint: Checkpoint::from_bytes(&checkpoint).unwrap(),
            tensors: tensors.collect(),
        }
    }

    fn get(&self, name: &str) -> &Tensor {
        self.tensors.get(name).unwrap_or_else(|| panic!("{}: no '{name}'", self.name))
    }

    /// The grid `[n, 2]` for every patch and shape, `[P, B, n, 2]`.
    fn grid(&self) -> Tensor {
        let (grid, b) = (self.get("in/grid"), self.get("in/z").dims()[0]);
        grid.broadcast_as((self.checkpoint.config.patches, b, grid.dims()[0], 2)).unwrap().contiguous().unwrap()
    }
}

fn largest(values: &[f32]) -> f64 {
    values.iter().fold(0.0, |m, x| m.max(f64::from(x.abs())))
}

/// The worst error of each quantity, as a share of the quantity's largest value.
#[derive(Default)]
struct Errors {
    worst: BTreeMap<&'static str, (f64, String)>,
    failures: Vec<String>,
}

impl Errors {
    fn check(&mut self, quantity: &'static str, tolerance: f64, at: &str, ours: &[f32], expected: &Tensor) {
        self.check_above(0.0, quantity, tolerance, at, ours, expected);
    }

    /// As `check`; a largest value below `floor` counts as `floor`.
    fn check_above(
        &mut self,
        floor: f64,
        quantity: &'static str,
        tolerance: f64,
        at: &str,
        ours: &[f32],
        expected: &Tensor,
    ) {
        let expected = values(expected).unwrap();
        assert_eq!(ours.len(), expected.len(), "{at} {quantity}");
        let largest = largest(&expected).max(floor);
        let difference = ours.iter().zip(&expected).map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs());
        // A NaN must win, which `f64::max` would drop.
        let difference = difference.fold(0.0f64, |m, d| if d > m || d.is_nan() { d } else { m });
        let error = difference / largest;
        if error.is_nan() || error > tolerance {
            self.failures.push(format!("{at}: {quantity} is off by {error:.1e} of {largest:.2e}"));
        }
        let worst = self.worst.entry(quantity).or_insert((0.0, String::new()));
        if error >= worst.0 {
            *worst = (error, at.to_owned());
        }
    }

    fn tensor(&mut self, quantity: &'static str, case: &Case, ours: &Tensor, expected: &str) {
        self.check(quantity, FORWARD, &case.name, &values(ours).unwrap(), case.get(expected));
    }

    /// Every trainable tensor's gradient against `<part>/<name>`; one that PyTorch has not must be absent or zero.
    fn gradients(&mut self, quantity: &'static str, case: &Case, grads: &GradStore, part: &str) {
        let Checkpoint { config, weights, .. } = &case.checkpoint;
        let of_part = case.tensors.iter().filter(|(name, _)| name.starts_with(&format!("{part}/")));
        let steepest = of_part.map(|(_, t)| largest(&values(t).unwrap())).fold(0.0, f64::max);
        let mut compared = 0;
        for slot in layout(config).into_iter().filter(|slot| slot.trainable) {
            let at = format!("{} {}", case.name, slot.name);
            let ours = grads.get(weights.get(&slot.name).unwrap()).map(|g| values(g).unwrap());
            match (ours, case.tensors.get(&format!("{part}/{}", slot.name))) {
                (Some(ours), Some(expected)) => {
                    // Some vanish but for rounding: a constant that the next batch-norm takes away again.
                    self.check_above(1e-2 * steepest, quantity, GRADIENT, &at, &ours, expected);
                    compared += 1;
                }
                (None, Some(expected)) => {
                    let zero = values(expected).unwrap().iter().all(|x| *x == 0.0);
                    assert!(zero, "{at}: no {quantity}");
                }
                (ours, None) => {
                    assert!(ours.is_none_or(|g| g.iter().all(|x| *x == 0.0)), "{at}: a {quantity} too many")
                }
            }
        }
        assert!(compared > 1, "{}: only {compared} gradients compared", case.name);
    }

    /// Prints the table and fails if anything was off.
    fn report(self) {
        for (quantity, (error, at)) in &self.worst {
            println!("{quantity:<24} {error:.1e}  {at}");
        }
        assert!(self.failures.is_empty(), "{}", self.failures.join("\n"));
    }
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|p| p.extension().is_some_and(|e| e == "safetensors")).collect();
    files.sort();
    assert_eq!(files.len(), 9);
    files.iter().map(|path| Case::read(path)).collect()
}

#[test]
fn evaluation_equals_pytorch() {
    let mut errors = Errors::default();
    for case in cases() {
        let Checkpoint { config, weights, .. } = &case.checkpoint;
        let posterior = encode(weights, config, case.get("in/points"), &mut Mode::Eval).unwrap();
        errors.tensor("mean", &case, &posterior.mean, "eval/mean");
        assert_eq!(posterior.logvar.is_some(), config.posterior == PosteriorKind::Gaussian);
        if let Some(logvar) = &posterior.logvar {
            errors.tensor("logvar", &case, logvar, "eval/logvar");
        }
        let points = decode(weights, config, case.get("in/z"), &case.grid(), &mut Mode::Eval).unwrap();
        errors.tensor("points", &case, &points, "eval/points");
        let surface = decode_with_tangents(weights, config, case.get("in/z"), &case.grid()).unwrap();
        errors.tensor("points with tangents", &case, &surface.points, "eval/points");
        errors.tensor("tangent u", &case, &surface.tangent_u, "eval/tangent_u");
        errors.tensor("tangent v", &case, &surface.tangent_v, "eval/tangent_v");
    }
    errors.report();
}

#[test]
fn packed_inference_and_forge_equal_pytorch() {
    let mut errors = Errors::default();
    for case in cases() {
        let Checkpoint { config, weights, .. } = &case.checkpoint;
        let inference = Inference::new(pack(weights, config).unwrap()).unwrap();
        let forge = Forge::new(case.checkpoint.clone()).unwrap();
        let grid: Vec<[f32; 2]> =
            case.get("in/grid").to_vec2().unwrap().iter().map(|p: &Vec<f32>| [p[0], p[1]]).collect();
        let scale = Tensor::new(&config.axis_scale, &Device::Cpu).unwrap();
        let ball = case.get("in/points").broadcast_mul(&scale).unwrap();
        for (b, z) in case.get("in/z").to_vec2::<f32>().unwrap().into_iter().enumerate() {
            let latent = Latent::new(config.groups, config.latent, z).unwrap();
            let decoded = inference.decode(&latent, &grid).unwrap();
            let part = if forge.codebook().is_some() { "quantised" } else { "eval" };
            for (quantity, ours, name) in [
                ("packed points", &decoded.points, "points"),
                ("packed tangent u", &decoded.tangent_u, "tangent_u"),
                ("packed tangent v", &decoded.tangent_v, "tangent_v"),
            ] {
                let expected =
                    case.get(&format!("{part}/{name}")).narrow(1, b, 1).unwrap().broadcast_mul(&scale).unwrap();
                errors.check(quantity, FORWARD, &case.name, ours.as_flattened(), &expected);
            }
            let points: Vec<[f32; 3]> =
                ball.get(b).unwrap().to_vec2().unwrap().iter().map(|p: &Vec<f32>| [p[0], p[1], p[2]]).collect();
            let latent = forge.encode(&points).unwrap();
            errors.check("forged mean", FORWARD, &case.name, latent.values(), &case.get("eval/mean").get(b).unwrap());
        }
    }
    errors.report();
}

#[test]
fn codes_and_their_prior_equal_pytorch() {
    let mut errors = Errors::default();
    let mut compared = 0;
    for case in cases() {
        let Checkpoint { config, weights, .. } = &case.checkpoint;
        let PosteriorKind::Quantised(shape) = config.posterior else { continue };
        let (book, prior) =
            (Codebook::of(weights, shape).unwrap(), CodePrior::of(weights, shape, config.groups).unwrap());
        let latents = case.get("in/z").to_vec2::<f32>().unwrap();
        let codes: Vec<Vec<usize>> = latents.iter().map(|z| book.nearest(z)).collect();
        let flat: Vec<f32> = codes.iter().flatten().map(|&code| code as f32).collect();
        errors.check("codes", 0.0, &case.name, &flat, case.get("quantised/codes"));
        let nats: Vec<f32> = codes.iter().map(|c| -(prior.bits(c) * std::f64::consts::LN_2) as f32).collect();
        errors.check("log probability", FORWARD, &case.name, &nats, case.get("quantised/log_probability"));
        compared += codes.len();
    }
    assert!(compared > 1);
    errors.report();
}

#[test]
fn gradient_through_the_jacobian_equals_pytorch_double_backward() {
    let mut errors = Errors::default();
    for case in cases() {
        let Checkpoint { config, weights, .. } = &case.checkpoint;
        let z = Var::from_tensor(case.get("in/z")).unwrap();
        let surface = decode_with_tangents(weights, config, &z, &case.grid()).unwrap();
        let (u, v) = (&surface.tangent_u, &surface.tangent_v);
        let dot = |a: &Tensor, b: &Tensor| (a * b).unwrap().sum(2).unwrap();
        let (e, f, g) = (dot(u, u), dot(u, v), dot(v, v));
        let loss = ((e - g).unwrap().sqr().unwrap() + f.sqr().unwrap()).unwrap().mean_all().unwrap();
        errors.tensor("conformal loss", &case, &loss, "eval/conformal");
        let grads = loss.backward().unwrap();
        errors.gradients("conformal gradient", &case, &grads, "grad_conformal");
        // ReLU's slope does not depend on z: candle gives no gradient, PyTorch zeros.
        let (ours, expected) = (grads.get(&z).map(|g| values(g).unwrap()), case.get("eval/grad_z"));
        let ours = ours.unwrap_or_else(|| vec![0.0; expected.elem_count()]);
        errors.check_above(1e-6, "conformal gradient in z", GRADIENT, &case.name, &ours, expected);
    }
    errors.report();
}

#[test]
fn a_training_pass_equals_pytorch() {
    let mut errors = Errors::default();
    for case in cases() {
        let Checkpoint { config, weights, .. } = &case.checkpoint;
        let mut seen = Seen::new();
        let mut mode = Mode::Train(&mut seen);
        let posterior = encode(weights, config, case.get("in/points"), &mut mode).unwrap();
        let z = posterior.sample(case.get("in/noise"), NOISE_SCALE).unwrap();
        let points = decode(weights, config, &z, case.get("in/uv"), &mut mode).unwrap();
        let kl = posterior.kl().unwrap();
        errors.tensor("mean", &case, &posterior.mean, "train/mean");
        if let Some(logvar) = &posterior.logvar {
            errors.tensor("logvar", &case, logvar, "train/logvar");
        }
        errors.tensor("sample", &case, &z, "train/z");
        errors.tensor("points", &case, &points, "train/points");
        let mut regular = (&kl * KL_WEIGHT).unwrap();
        match posterior.commitment().unwrap() {
            Some(commitment) => {
                errors.tensor("commitment", &case, &commitment, "train/commitment");
                regular = (regular + (commitment * COMMITMENT).unwrap()).unwrap();
            }
            None if posterior.logvar.is_some() => errors.tensor("divergence", &case, &kl, "train/kl"),
            None => assert_eq!(kl.to_scalar::<f32>().unwrap(), 0.0),
        }

        let cotangent = case.get("in/cotangent").reshape(points.shape()).unwrap();
        let linear = (&points * cotangent).unwrap().mean_all().unwrap();
        let loss = (linear + &regular).unwrap();
        errors.gradients("gradient, linear loss", &case, &loss.backward().unwrap(), "grad_linear");

        let (b, rows) = (z.dims()[0], config.patches * case.get("in/uv").dims()[2]);
        // [P, B n, 3] -> [B, P n, 3]
        let made = points.reshape((config.patches, b, (), 3)).unwrap().transpose(0, 1).unwrap();
        let made = made.contiguous().unwrap().reshape((b, rows, 3)).unwrap();
        let clouds = case.get("in/points").to_vec3::<f32>().unwrap();
        let pairs = clouds.iter().map(|cloud| {
            let target = cloud.iter().map(|p| [p[0], p[1], p[2]]).collect();
            vec![Pair { rows: vec![0..rows], target, weight: 1.0, aim: Aim::Nearest }]
        });
        let distance = chamfer(&made, pairs.collect()).unwrap();
        errors.tensor("chamfer", &case, &distance, "train/chamfer");
        let loss = (distance + &regular).unwrap();
        errors.tensor("loss", &case, &loss, "train/loss");
        errors.gradients("gradient of the loss", &case, &loss.backward().unwrap(), "grad");

        update_running(weights, &seen, MOMENTUM).unwrap();
        let revived = codebook::learn(weights, config, &posterior, &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
        assert_eq!(revived, 0, "{}", case.name);
        let moving = |slot: &Slot| !slot.trainable && !slot.name.starts_with("prior.");
        for slot in layout(config).into_iter().filter(moving) {
            let ours = values(weights.get(&slot.name).unwrap()).unwrap();
            let expected = case.get(&format!("after/{}", slot.name));
            errors.check("running statistics", FORWARD, &format!("{} {}", case.name, slot.name), &ours, expected);
        }
    }
    errors.report();
}
