//! How a codebook learns: codes follow the encoder by moving averages (van den Oord 2017, appendix A.1), and dead ones are
//! put where the encoder is.

use candle_core::{Device, Result, Tensor};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::latent::Latent;
use crate::model::Weights;
use crate::model::codebook::Codebook;
use crate::model::config::{CodebookShape, Config, PosteriorKind};
use crate::model::encoder::Posterior;
use crate::model::ops::values;

/// What a step keeps of the averages.
const DECAY: f32 = 0.99;

/// A code that is used less than this share of a fair share is dead: after some 230 steps without use.
const DEAD: f32 = 0.1;

/// The generator of a step's revivals, so that a resumed run revives the same.
pub fn step_rng(seed: u64, step: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0xc0de_b00c);
    rng.set_stream(step);
    rng
}

/// One update of the codes by a batch's posterior; how many dead codes were revived. A revived code is the encoder's output
/// for one of the batch's shapes, drawn without replacement, so at most one a shape; the rest waits for the next step.
///
/// # Errors
/// When the network has no codebook of the configuration's shape.
pub fn learn(weights: &Weights, config: &Config, posterior: &Posterior, rng: &mut impl Rng) -> Result<usize> {
    let (PosteriorKind::Quantised(shape), Some(assigned)) = (config.posterior, &posterior.codes) else { return Ok(0) };
    let (latents, numbers) = (values(&posterior.mean)?, config.latent_numbers());
    let (CodebookShape { segments, codes, .. }, width) = (shape, numbers / shape.segments);
    let rows = latents.len() / numbers;
    let mut vectors = values(weights.get("codebook.codes")?)?;
    let mut usage = values(weights.get("codebook.usage")?)?;
    // A shape's weight in a usage that is 1 where every code is used alike.
    let share = codes as f32 / rows as f32;
    let mut revived = 0;
    for segment in 0..segments {
        let of = |row: usize| &latents[row * numbers + segment * width..][..width];
        let mut count = vec![0.0f32; codes];
        let mut sum = vec![0.0f32; codes * width];
        for row in 0..rows {
            let code = assigned.indices[row * segments + segment];
            count[code] += share;
            sum[code * width..][..width].iter_mut().zip(of(row)).for_each(|(s, x)| *s += share * x);
        }
        let usage = &mut usage[segment * codes..][..codes];
        let vectors = &mut vectors[segment * codes * width..][..codes * width];
        for code in 0..codes {
            let kept = DECAY * usage[code];
            usage[code] = kept + (1.0 - DECAY) * count[code];
            if count[code] > 0.0 {
                // The average of the sums over that of the counts, of which only the quotient is kept.
                let vector = vectors[code * width..][..width].iter_mut().zip(&sum[code * width..]);
                vector.for_each(|(v, s)| *v = (kept * *v + (1.0 - DECAY) * s) / usage[code]);
            }
        }
        let dead: Vec<usize> = (0..codes).filter(|&code| usage[code] < DEAD).collect();
        if dead.is_empty() {
            continue;
        }
        let mut order: Vec<usize> = (0..rows).collect();
        order.shuffle(rng);
        for (&code, &row) in dead.iter().zip(&order) {
            vectors[code * width..][..width].copy_from_slice(of(row));
            usage[code] = 1.0;
            revived += 1;
        }
    }
    set(weights, "codebook.codes", vectors)?;
    set(weights, "codebook.usage", usage)?;
    Ok(revived)
}

/// The codes `[S]` of encoded shapes.
///
/// # Errors
/// When the network has no codebook of this shape.
pub fn assign(weights: &Weights, shape: CodebookShape, latents: &[Latent]) -> Result<Vec<Vec<usize>>> {
    let codebook = Codebook::of(weights, shape)?;
    Ok(latents.iter().map(|latent| codebook.nearest(latent.values())).collect())
}

/// Sets the usage to what encoded shapes really use, and gives their codes, `[S]` a shape.
///
/// # Errors
/// When the network has no codebook of this shape.
pub fn count(weights: &Weights, shape: CodebookShape, latents: &[Latent]) -> Result<Vec<Vec<usize>>> {
    let found = assign(weights, shape, latents)?;
    let mut usage = vec![0.0f32; shape.segments * shape.codes];
    for codes in &found {
        for (segment, code) in codes.iter().enumerate() {
            usage[segment * shape.codes + code] += shape.codes as f32 / found.len() as f32;
        }
    }
    set(weights, "codebook.usage", usage)?;
    Ok(found)
}

fn set(weights: &Weights, name: &str, values: Vec<f32>) -> Result<()> {
    let var = weights.var(name)?;
    var.set(&Tensor::from_vec(values, var.shape(), &Device::Cpu)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::config::tests::tiny;

    use crate::model::encoder::Assigned;

    const SHAPE: CodebookShape = CodebookShape { segments: 2, codes: 4, prior: 1 };

    fn network() -> (Config, Weights) {
        let config = tiny(4, PosteriorKind::Quantised(SHAPE));
        let weights = Weights::init(&config, &mut ChaCha8Rng::seed_from_u64(5)).unwrap();
        (config, weights)
    }

    /// A posterior of latents `[B, 4]`, assigned as the encoder assigns.
    fn posterior(weights: &Weights, latents: &[f32]) -> Posterior {
        let codebook = Codebook::of(weights, SHAPE).unwrap();
        let indices: Vec<usize> = latents.chunks_exact(4).flat_map(|row| codebook.nearest(row)).collect();
        let vectors: Vec<f32> = indices.chunks_exact(2).flat_map(|codes| codebook.assemble(codes)).collect();
        let tensor = |x: &[f32]| Tensor::from_slice(x, (x.len() / 4, 4), &Device::Cpu).unwrap();
        Posterior { mean: tensor(latents), logvar: None, codes: Some(Assigned { indices, vectors: tensor(&vectors) }) }
    }

    #[test]
    fn codes_settle_on_the_means_of_what_they_stand_for_and_dead_ones_are_revived() {
        let (config, weights) = network();
        // Two places in the first segment, three in the second; far from any first code, and each seen as often.
        let places = [[8.0, 8.0, 1.0, 0.0], [8.2, 8.0, 9.0, 9.0], [-8.0, 8.0, -9.0, 0.0]];
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        let mut revived = 0;
        for step in 0..2000 {
            let batch: Vec<f32> = (0..2).flat_map(|i| places[(2 * step + i) % 3]).collect();
            revived += learn(&weights, &config, &posterior(&weights, &batch), &mut rng).unwrap();
        }
        assert!(revived >= 3, "{revived} codes revived");
        let codebook = Codebook::of(&weights, SHAPE).unwrap();
        for place in places {
            let quantised = codebook.assemble(&codebook.nearest(&place));
            for (a, b) in quantised.iter().zip(place) {
                assert!((a - b).abs() < 0.25, "{quantised:?} {place:?}");
            }
        }
        let latents: Vec<Latent> = places.iter().map(|p| Latent::new(1, 4, p.to_vec()).unwrap()).collect();
        let codes = count(&weights, SHAPE, &latents).unwrap();
        assert_eq!(codes.len(), 3);
        let codebook = Codebook::of(&weights, SHAPE).unwrap();
        assert_eq!(codebook.used(1), 3);
        assert!((codebook.share(1, codes[0][1]) - 1.0 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn one_update_is_the_moving_average_of_counts_and_sums() {
        let (config, weights) = network();
        let before = Codebook::of(&weights, SHAPE).unwrap();
        let batch = [0.3, -0.2, 0.9, 0.1, 0.3, -0.2, -0.7, 0.6];
        let posterior = posterior(&weights, &batch);
        assert_eq!(learn(&weights, &config, &posterior, &mut ChaCha8Rng::seed_from_u64(1)).unwrap(), 0);
        let after = Codebook::of(&weights, SHAPE).unwrap();
        let code = before.nearest(&batch[..4])[0];
        // Both of two shapes have the code: twice 4 / 2 fair shares.
        let usage = 0.99 + 0.01 * 4.0;
        for (k, x) in [0.3, -0.2].into_iter().enumerate() {
            let expected = (0.99 * before.vector(0, code)[k] + 0.01 * 4.0 * x) / usage;
            assert!((after.vector(0, code)[k] - expected).abs() < 1e-6);
        }
        let other = (code + 1) % 4;
        assert_eq!(after.vector(0, other), before.vector(0, other));
    }
}
