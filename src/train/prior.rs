//! Fits the prior over codes to the codes of the training set, after training.

use candle_core::{Device, Result, Tensor};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::adam::Adam;
use crate::model::Weights;
use crate::model::codebook::Codebook;
use crate::model::config::{CodebookShape, Config};
use crate::model::prior::{CodePrior, contexts, cross_entropy};
use crate::model::weights::{Slot, layout};

/// Passes over the training set, at most.
const EPOCHS: usize = 100;

/// Passes without a better held-out likelihood after which the fit ends.
const PATIENCE: usize = 8;

/// Shapes a step.
const BATCH: usize = 128;

const LEARNING_RATE: f64 = 2e-3;

/// One shape in so many is held out to tell when the fit begins to memorise.
const HELD_OUT: usize = 8;

/// How well the codes of shapes that it was not fitted to can be told beforehand.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Fit {
    /// `-log2 p` a code, of the autoregressive prior.
    pub bits: f64,
    /// The same where every segment is counted by itself.
    pub bits_independent: f64,
    /// Shapes that both are measured on, and fitted to.
    pub measured_on: usize,
    pub fitted_to: usize,
}

/// Fits the prior's tensors in `weights` to codes `[S]` a shape, and measures it on the codes `unseen` (on those that tell
/// when to stop where there are none). The same codes give the same bytes.
///
/// # Errors
/// When the network fails.
pub fn fit(
    weights: &Weights,
    config: &Config,
    shape: CodebookShape,
    codes: &[Vec<usize>],
    unseen: &[Vec<usize>],
) -> Result<Fit> {
    let (stop, train): (Vec<_>, Vec<_>) =
        codes.iter().enumerate().partition(|(i, _)| codes.len() >= 2 * HELD_OUT && i % HELD_OUT == HELD_OUT - 1);
    let pick = |rows: Vec<(usize, &Vec<usize>)>| rows.into_iter().map(|(_, codes)| codes.clone()).collect::<Vec<_>>();
    let (stop, train) = (pick(stop), pick(train));
    let counted = independent(shape, &train);
    let slots: Vec<Slot> = layout(config)
        .into_iter()
        .filter(|slot| slot.name.starts_with("prior."))
        .map(|slot| Slot { trainable: true, ..slot })
        .collect();
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    start(weights, shape, config.latent_numbers(), &counted, &mut rng)?;
    let codebook = Codebook::of(weights, shape)?;
    let held_out = Rows::of(&codebook, &stop)?;
    let mut best: Option<(f32, Weights)> = None;
    let mut since = 0;
    let mut adam = Adam::default();
    let mut order: Vec<usize> = (0..train.len()).collect();
    for _ in 0..EPOCHS {
        order.shuffle(&mut rng);
        for batch in order.chunks(BATCH) {
            let batch: Vec<Vec<usize>> = batch.iter().map(|&i| train[i].clone()).collect();
            let Some(Rows { seen, asked }) = Rows::of(&codebook, &batch)? else { continue };
            let grads = cross_entropy(weights, &seen, &asked)?.backward()?;
            adam.step(weights, &slots, &grads, LEARNING_RATE)?;
        }
        let Some(Rows { seen, asked }) = &held_out else { continue };
        let nats = cross_entropy(weights, seen, asked)?.to_scalar::<f32>()?;
        if best.as_ref().is_none_or(|(least, _)| nats < *least) {
            (best, since) = (Some((nats, weights.copy()?)), 0);
        } else {
            since += 1;
            if since == PATIENCE {
                break;
            }
        }
    }
    if let Some((_, kept)) = best {
        for slot in &slots {
            weights.var(&slot.name)?.set(kept.get(&slot.name)?)?;
        }
    }
    let prior = CodePrior::of(weights, shape, config.groups)?;
    let measured = if unseen.is_empty() { &stop } else { unseen };
    let a_code = |bits: f64| if measured.is_empty() { 0.0 } else { bits / (measured.len() * shape.segments) as f64 };
    let counted_bits = |codes: &Vec<usize>| -> f64 {
        codes.iter().enumerate().map(|(s, &code)| -f64::from(counted[s * shape.codes + code]).log2()).sum()
    };
    Ok(Fit {
        bits: a_code(measured.iter().map(|codes| prior.bits(codes)).sum()),
        bits_independent: a_code(measured.iter().map(counted_bits).sum()),
        measured_on: measured.len(),
        fitted_to: train.len(),
    })
}

/// Probabilities `[S, C]` of each segment's codes by counting, with half a count for every code (Krichevsky & Trofimov
/// 1981).
fn independent(shape: CodebookShape, codes: &[Vec<usize>]) -> Vec<f32> {
    let mut counts = vec![0.5f32; shape.segments * shape.codes];
    for (segment, &code) in codes.iter().flat_map(|codes| codes.iter().enumerate()) {
        counts[segment * shape.codes + code] += 1.0;
    }
    for segment in counts.chunks_exact_mut(shape.codes) {
        let total: f32 = segment.iter().sum();
        segment.iter_mut().for_each(|count| *count /= total);
    }
    counts
}

/// The prior that tells no more than counting does: the fit only has to learn what one code says about the next.
fn start(weights: &Weights, shape: CodebookShape, numbers: usize, counted: &[f32], rng: &mut ChaCha8Rng) -> Result<()> {
    let CodebookShape { segments, codes, prior } = shape;
    let set = |name: &str, values: Vec<f32>| {
        let var = weights.var(name)?;
        var.set(&Tensor::from_vec(values, var.shape(), &Device::Cpu)?)
    };
    let bound = 1.0 / (numbers as f32).sqrt();
    let mut drawn = |count: usize| (0..count).map(|_| rng.random_range(-bound..bound)).collect::<Vec<f32>>();
    set("prior.0.weight", drawn(segments * numbers * prior))?;
    set("prior.0.bias", drawn(segments * prior))?;
    set("prior.out.weight", vec![0.0; segments * prior * codes])?;
    set("prior.out.bias", counted.iter().map(|p| p.ln()).collect())
}

/// Codes as the network takes them.
struct Rows {
    seen: Tensor,
    asked: Tensor,
}

impl Rows {
    /// Of codes `[S]` a shape; `None` for no shape.
    fn of(codebook: &Codebook, codes: &[Vec<usize>]) -> Result<Option<Self>> {
        if codes.is_empty() {
            return Ok(None);
        }
        let (segments, rows) = (codebook.segments(), codes.len());
        let vectors: Vec<f32> = codes.iter().flat_map(|codes| codebook.assemble(codes)).collect();
        let asked: Vec<u32> = (0..segments).flat_map(|s| codes.iter().map(move |codes| codes[s] as u32)).collect();
        Ok(Some(Self {
            seen: contexts(&vectors, rows, segments)?,
            asked: Tensor::from_vec(asked, (segments, rows, 1), &Device::Cpu)?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PosteriorKind;
    use crate::model::config::tests::tiny;

    #[test]
    fn what_one_code_says_about_the_next_is_learnt() {
        let shape = CodebookShape { segments: 3, codes: 6, prior: 24 };
        let config = tiny(6, PosteriorKind::Quantised(shape));
        let mut rng = ChaCha8Rng::seed_from_u64(8);
        // The second code follows from the first, the third is either of two.
        let mut draw = |n: usize| -> Vec<Vec<usize>> {
            let one = |_| {
                let first = rng.random_range(0..6);
                vec![first, (first * 5 + 1) % 6, (first + rng.random_range(0..2)) % 6]
            };
            (0..n).map(one).collect()
        };
        let (seen, unseen) = (draw(1500), draw(300));
        let fitted = || {
            let weights = Weights::init(&config, &mut ChaCha8Rng::seed_from_u64(9)).unwrap();
            let found = fit(&weights, &config, shape, &seen, &unseen).unwrap();
            (found, CodePrior::of(&weights, shape, 1).unwrap())
        };
        let (found, prior) = fitted();
        // log2 6 + 0 + 1 bits for three codes.
        let least = (6f64.log2() + 1.0) / 3.0;
        assert!((found.bits - least).abs() < 0.08, "{found:?}, least {least}");
        assert!((found.bits_independent - 6f64.log2()).abs() < 0.05, "{found:?}");
        let (again, same) = fitted();
        assert_eq!(again, found);
        assert_eq!(same.bits(&[1, 0, 1]).to_bits(), prior.bits(&[1, 0, 1]).to_bits());
    }
}
