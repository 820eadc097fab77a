//! Adam (Kingma & Ba 2015, algorithm 1) with moments that can be saved: candle's optimiser hides them.

use std::collections::BTreeMap;

use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor};
use rayon::prelude::*;

use crate::model::Weights;
use crate::model::ops::values;
use crate::model::weights::Slot;

/// First and second moment of one tensor's gradient.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moments {
    pub first: Vec<f32>,
    pub second: Vec<f32>,
}

/// The optimiser: decay rates 0.9 and 0.999, epsilon 1e-8, as in the paper.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Adam {
    /// Updates made.
    pub updates: u64,
    /// By tensor name.
    pub moments: BTreeMap<String, Moments>,
}

const BETA1: f32 = 0.9;
const BETA2: f32 = 0.999;
const EPSILON: f32 = 1e-8;

impl Adam {
    /// One update of every trainable tensor that has a gradient.
    pub fn step(&mut self, weights: &Weights, slots: &[Slot], grads: &GradStore, learning_rate: f64) -> Result<()> {
        self.updates += 1;
        let t = self.updates as i32;
        let correction = (1.0 - BETA2.powi(t)).sqrt() / (1.0 - BETA1.powi(t));
        let rate = learning_rate as f32 * correction;
        // Algorithm 1's epsilon belongs to the corrected second moment.
        let epsilon = EPSILON * (1.0 - BETA2.powi(t)).sqrt();
        for slot in slots.iter().filter(|s| s.trainable) {
            let var = weights.var(&slot.name)?;
            let Some(grad) = grads.get(var.as_tensor()) else { continue };
            let (mut value, grad) = (values(var)?, values(grad)?);
            let moments = self
                .moments
                .entry(slot.name.clone())
                .or_insert_with(|| Moments { first: vec![0.0; value.len()], second: vec![0.0; value.len()] });
            let chunk = 16_384;
            (
                value.par_chunks_mut(chunk),
                moments.first.par_chunks_mut(chunk),
                moments.second.par_chunks_mut(chunk),
                grad.par_chunks(chunk),
            )
                .into_par_iter()
                .for_each(|(value, first, second, grad)| {
                    for (((x, m), v), g) in value.iter_mut().zip(first).zip(second).zip(grad) {
                        *m = BETA1 * *m + (1.0 - BETA1) * g;
                        *v = BETA2 * *v + (1.0 - BETA2) * g * g;
                        *x -= rate * *m / (v.sqrt() + epsilon);
                    }
                });
            var.set(&Tensor::from_vec(value, var.shape(), var.device())?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::config::tests::tiny;

    use rand::SeedableRng;

    #[test]
    fn a_first_step_moves_each_weight_by_the_learning_rate_against_its_gradient() {
        let config = tiny(1, Default::default());
        let weights = Weights::init(&config, &mut rand_chacha::ChaCha8Rng::seed_from_u64(1)).unwrap();
        let before = values(weights.get("decoder.out.bias").unwrap()).unwrap();
        let loss = weights.get("decoder.out.bias").unwrap().affine(3.0, 0.0).unwrap().sum_all().unwrap();
        let grads = loss.backward().unwrap();
        let mut adam = Adam::default();
        let slots = crate::model::weights::layout(&config);
        adam.step(&weights, &slots, &grads, 0.01).unwrap();
        let after = values(weights.get("decoder.out.bias").unwrap()).unwrap();
        for (a, b) in after.iter().zip(&before) {
            assert!((b - a - 0.01).abs() < 1e-6, "{b} {a}");
        }
        assert_eq!(adam.moments.len(), 1);
    }
}
