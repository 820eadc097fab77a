//! The gradient as a whole: its length, and a limit to it.

use candle_core::Result;
use candle_core::backprop::GradStore;
use rayon::prelude::*;

use crate::model::Weights;
use crate::model::ops::values;
use crate::model::weights::Slot;

/// Numbers that are summed in one go: a fixed count, so that the sum does not depend on threads.
const CHUNK: usize = 16_384;

/// The Euclidean length of the gradient over all trainable tensors; not finite if any of its numbers isn't.
pub fn norm(weights: &Weights, slots: &[Slot], grads: &GradStore) -> Result<f64> {
    let mut sum = 0.0;
    for slot in slots.iter().filter(|s| s.trainable) {
        let Some(grad) = grads.get(weights.get(&slot.name)?) else { continue };
        let squares = |chunk: &[f32]| chunk.iter().map(|&g| f64::from(g) * f64::from(g)).sum::<f64>();
        let parts: Vec<f64> = values(grad)?.par_chunks(CHUNK).map(squares).collect();
        sum += parts.iter().sum::<f64>();
    }
    Ok(sum.sqrt())
}

/// Shortens a gradient of length `norm` to `limit` where it is longer (Pascanu, Mikolov & Bengio 2013, algorithm 1).
pub fn clip(weights: &Weights, slots: &[Slot], grads: &mut GradStore, norm: f64, limit: f64) -> Result<()> {
    if norm <= limit {
        return Ok(());
    }
    for slot in slots.iter().filter(|s| s.trainable) {
        let tensor = weights.get(&slot.name)?;
        if let Some(grad) = grads.get(tensor) {
            let shorter = (grad * (limit / norm))?;
            grads.insert(tensor, shorter);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Config;
    use crate::model::weights::layout;
    use rand::SeedableRng;

    fn network() -> (Weights, Vec<Slot>) {
        let config: Config = serde_json::from_str(
            r#"{"patches": 2, "latent": 2, "groups": 1, "encoder": [3], "encoder_head": [], "decoder": [4],
                "activation": "silu", "batch_norm": true, "tanh": false, "axis_scale": [1, 1, 1]}"#,
        )
        .unwrap();
        let rng = &mut rand_chacha::ChaCha8Rng::seed_from_u64(1);
        (Weights::init(&config, rng).unwrap(), layout(&config))
    }

    /// Gradient: `by` for each of the output's 6 bias numbers.
    fn grads(weights: &Weights, by: f64) -> GradStore {
        (weights.get("decoder.out.bias").unwrap() * by).unwrap().sum_all().unwrap().backward().unwrap()
    }

    #[test]
    fn long_gradients_keep_their_direction_short_ones_stay() {
        let (weights, slots) = network();
        let bias = weights.get("decoder.out.bias").unwrap();
        let mut long = grads(&weights, -2.0);
        let length = norm(&weights, &slots, &long).unwrap();
        assert!((length - 24f64.sqrt()).abs() < 1e-6);
        clip(&weights, &slots, &mut long, length, 0.5).unwrap();
        assert!((norm(&weights, &slots, &long).unwrap() - 0.5).abs() < 1e-6);
        assert!(values(long.get(bias).unwrap()).unwrap().iter().all(|g| *g < 0.0));
        clip(&weights, &slots, &mut long, 0.5, 1.0).unwrap();
        assert!((norm(&weights, &slots, &long).unwrap() - 0.5).abs() < 1e-6);
    }

    #[test]
    fn one_number_that_is_none_is_noticed() {
        let (weights, slots) = network();
        assert!(!norm(&weights, &slots, &grads(&weights, f64::NAN)).unwrap().is_finite());
        assert!(!norm(&weights, &slots, &grads(&weights, f64::INFINITY)).unwrap().is_finite());
    }
}
