//! The fused operations' backward passes against central differences, and against themselves on other thread counts.

use atlasforge::model::activation::Act;
use atlasforge::model::ops::{FirstLayer, MaxPool, NORM_EPSILON, NormAct, ScaleShiftAct, values};
use candle_core::{Device, Result, Tensor, Var};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

const ACTS: [Act; 4] = [Act::Identity, Act::Relu, Act::Softplus, Act::Silu];
/// (groups, rows, columns): one row block of 256 or less, its edge, and beyond.
const SIZES: [(usize, usize, usize); 5] = [(1, 7, 5), (3, 13, 1), (1, 256, 3), (3, 257, 3), (1, 600, 2)];

/// An operation's input: its values and shape.
type Input = (Vec<f32>, Vec<usize>);
type Run<'a> = &'a (dyn Fn(&[Tensor]) -> Result<Tensor> + Sync);

fn normal(rng: &mut impl Rng, count: usize) -> Vec<f32> {
    (0..count).map(|_| StandardNormal.sample(rng)).collect()
}

fn forward(inputs: &[Input], run: Run) -> Vec<f32> {
    let tensors = inputs.iter().map(|(x, shape)| Tensor::from_slice(x, shape.as_slice(), &Device::Cpu).unwrap());
    values(&run(&tensors.collect::<Vec<_>>()).unwrap()).unwrap()
}

/// Gradients of `sum(weights * run(inputs))`, `None` for an input without.
fn backward(inputs: &[Input], run: Run, weights: &[f32]) -> Vec<Option<Vec<f32>>> {
    let vars: Vec<Var> =
        inputs.iter().map(|(x, shape)| Var::from_slice(x, shape.as_slice(), &Device::Cpu).unwrap()).collect();
    let y = run(&vars.iter().map(|v| v.as_tensor().clone()).collect::<Vec<_>>()).unwrap();
    let weights = Tensor::from_slice(weights, y.shape(), &Device::Cpu).unwrap();
    let grads = (y * weights).unwrap().sum_all().unwrap().backward().unwrap();
    vars.iter().map(|v| grads.get(v).map(|g| values(g).unwrap())).collect()
}

/// Compares each of `checked` inputs' gradient with central differences of width `2 step`, up to 60 entries each, the
/// first and last among them.
fn check(name: &str, inputs: &[Input], checked: &[usize], step: f32, run: Run, rng: &mut impl Rng) {
    let weights = normal(rng, forward(inputs, run).len());
    let grads = backward(inputs, run, &weights);
    for &input in checked {
        let analytic = grads[input].as_ref().unwrap_or_else(|| panic!("{name}: input {input} has no gradient"));
        let largest = analytic.iter().fold(0.0f64, |m, x| m.max(f64::from(x.abs())));
        let count = analytic.len();
        let mut entries: Vec<usize> = match count <= 60 {
            true => (0..count).collect(),
            false => (0..58).map(|_| rng.random_range(0..count)).chain([0, count - 1]).collect(),
        };
        entries.sort_unstable();
        for entry in entries {
            let at = |by: f32| {
                let mut moved = inputs.to_vec();
                moved[input].0[entry] += by;
                (f64::from(moved[input].0[entry]), forward(&moved, run))
            };
            let ((x1, y1), (x0, y0)) = (at(step), at(-step));
            let rise: f64 = y1
                .iter()
                .zip(&y0)
                .zip(&weights)
                .map(|((a, b), w)| (f64::from(*a) - f64::from(*b)) * f64::from(*w))
                .sum();
            let (numeric, analytic) = (rise / (x1 - x0), f64::from(analytic[entry]));
            assert!(
                (numeric - analytic).abs() <= 2e-3 * largest + 1e-4,
                "{name}: input {input} entry {entry}: difference {numeric}, gradient {analytic}, largest {largest}"
            );
        }
    }
}

/// x `[G, R, C]`, scale and shift `[G, 1, C]` for an operation that puts a nonlinearity on `scale * norm(x) + shift`,
/// where `norm` standardises each column over the rows, or does nothing. No such sum lies within 0.04 of zero, so that a
/// difference never straddles ReLU's kink.
fn away_from_kinks((groups, rows, c): (usize, usize, usize), normed: bool, rng: &mut impl Rng) -> Vec<Input> {
    let mut x = normal(rng, groups * rows * c);
    let scale: Vec<f32> = (0..groups * c).map(|_| rng.random_range(0.5..1.5)).collect();
    let shift: Vec<f32> = (0..groups * c).map(|_| rng.random_range(-0.5..0.5)).collect();
    for (column, (scale, shift)) in scale.iter().zip(&shift).enumerate() {
        let (g, j) = (column / c, column % c);
        let at = |row: usize| (g * rows + row) * c + j;
        loop {
            let (mut mean, mut deviation) = (0.0, 1.0);
            if normed {
                mean = (0..rows).map(|r| x[at(r)]).sum::<f32>() / rows as f32;
                let variance = (0..rows).map(|r| (x[at(r)] - mean).powi(2)).sum::<f32>() / rows as f32;
                deviation = (variance + NORM_EPSILON).sqrt();
            }
            let mut moved = false;
            for row in 0..rows {
                let sum = scale * (x[at(row)] - mean) / deviation + shift;
                if sum.abs() < 0.04 {
                    x[at(row)] += 0.06f32.copysign(sum) * deviation / scale;
                    moved = true;
                }
            }
            if !moved {
                break;
            }
        }
    }
    let shape = vec![groups, 1, c];
    vec![(x, vec![groups, rows, c]), (scale, shape.clone()), (shift, shape)]
}

/// uv `[P, B, n, 2]`, weight `[P, 2, H]`, latent `[P, B, H]`
fn first_layer_inputs(p: usize, rng: &mut impl Rng) -> Vec<Input> {
    let (b, n, h) = (2, 131, 5);
    vec![
        (normal(rng, p * b * n * 2), vec![p, b, n, 2]),
        (normal(rng, p * 2 * h), vec![p, 2, h]),
        (normal(rng, p * b * h), vec![p, b, h]),
    ]
}

/// `[B, N, F]` whose values all differ by 0.05 at least, so that a small step changes no maximum.
fn max_pool_inputs(rng: &mut impl Rng) -> Vec<Input> {
    let (b, n, f) = (3, 271, 4);
    let mut x: Vec<f32> = (0..b * n * f).map(|i| i as f32 * 0.05).collect();
    for i in (1..x.len()).rev() {
        x.swap(i, rng.random_range(0..=i));
    }
    vec![(x, vec![b, n, f])]
}

fn norm_act(act: Act) -> impl Fn(&[Tensor]) -> Result<Tensor> + Sync {
    move |t| t[0].apply_op3(&t[1], &t[2], NormAct::new(act))
}

fn scale_shift_act(act: Act) -> impl Fn(&[Tensor]) -> Result<Tensor> + Sync {
    move |t| t[0].apply_op3(&t[1], &t[2], ScaleShiftAct(act))
}

fn first_layer(t: &[Tensor]) -> Result<Tensor> {
    t[0].apply_op3(&t[1], &t[2], FirstLayer)
}

fn max_pool(t: &[Tensor]) -> Result<Tensor> {
    t[0].apply_op1(MaxPool)
}

#[test]
fn batch_norm_with_activation() {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    for act in ACTS {
        for size in SIZES {
            let inputs = away_from_kinks(size, true, &mut rng);
            check(&format!("NormAct {act:?} {size:?}"), &inputs, &[0, 1, 2], 4e-3, &norm_act(act), &mut rng);
        }
    }
}

#[test]
fn scale_shift_with_activation() {
    let mut rng = ChaCha8Rng::seed_from_u64(12);
    for act in ACTS {
        for size in SIZES {
            let inputs = away_from_kinks(size, false, &mut rng);
            check(
                &format!("ScaleShiftAct {act:?} {size:?}"),
                &inputs,
                &[0, 1, 2],
                4e-3,
                &scale_shift_act(act),
                &mut rng,
            );
        }
    }
}

#[test]
fn first_layer_and_its_sums_over_points() {
    let mut rng = ChaCha8Rng::seed_from_u64(13);
    for p in [1, 3] {
        let inputs = first_layer_inputs(p, &mut rng);
        check(&format!("FirstLayer P={p}"), &inputs, &[1, 2], 1e-2, &first_layer, &mut rng);
    }
}

#[test]
fn max_pool_sends_the_gradient_to_the_maximum_alone() {
    let mut rng = ChaCha8Rng::seed_from_u64(14);
    let inputs = max_pool_inputs(&mut rng);
    check("MaxPool", &inputs, &[0], 1e-2, &max_pool, &mut rng);
    // Sampled entries rarely hit a maximum: all of them, by hand.
    let (x, shape) = &inputs[0];
    let (n, f) = (shape[1], shape[2]);
    let weights = normal(&mut rng, shape[0] * f);
    let grad = backward(&inputs, &max_pool, &weights).remove(0).unwrap();
    for (i, g) in grad.iter().enumerate() {
        let (b, j) = (i / (n * f), i % f);
        let highest = (0..n).all(|k| x[(b * n + k) * f + j] <= x[i]);
        assert_eq!(*g, if highest { weights[b * f + j] } else { 0.0 }, "entry {i}");
    }
}

#[test]
fn tied_maxima_share_no_gradient() {
    let inputs = [(vec![1.0, 2.0, 2.0, 2.0, 0.0, 2.0], vec![1, 3, 2])];
    let grad = backward(&inputs, &max_pool, &[3.0, 5.0]).remove(0).unwrap();
    assert_eq!(grad, [0.0, 5.0, 3.0, 0.0, 0.0, 0.0]);
}

#[test]
fn thread_count_changes_no_bit() {
    let mut rng = ChaCha8Rng::seed_from_u64(15);
    let mut same = |name: &str, inputs: &[Input], run: Run| {
        let weights = normal(&mut rng, forward(inputs, run).len());
        let bits = |threads: usize| -> Vec<u32> {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let grads = backward(inputs, run, &weights).into_iter().flatten().flatten();
                forward(inputs, run).into_iter().chain(grads).map(f32::to_bits).collect()
            })
        };
        assert_eq!(bits(1), bits(3), "{name}");
    };
    let mut rng = ChaCha8Rng::seed_from_u64(16);
    for act in ACTS {
        same("NormAct", &away_from_kinks((3, 1300, 7), true, &mut rng), &norm_act(act));
        same("ScaleShiftAct", &away_from_kinks((3, 1300, 7), false, &mut rng), &scale_shift_act(act));
    }
    same("FirstLayer", &first_layer_inputs(3, &mut rng), &first_layer);
    same("MaxPool", &max_pool_inputs(&mut rng), &max_pool);
}
