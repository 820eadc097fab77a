//! New latents from the fitted density.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::{Component, Density, Mixture};
use crate::latent::{Axes, Latent};

/// Times that a draw of too little density is drawn again: of a density that was fitted here, one in forty is.
const AGAIN: usize = 100;

impl Density {
    /// A draw, `[groups, K / groups]`, of no less than the [`least`](Density::least) density. `temperature` scales the
    /// spread about the component's mean: 1 as fitted, 0 the mean itself; the component is drawn by weight, and what is
    /// left out is left out, at any temperature.
    pub fn draw(&self, axes: &Axes, groups: usize, temperature: f32, rng: &mut impl Rng) -> Latent {
        let mixture = self.mixture();
        let (mut component, mut steps) = mixture.step(rng);
        if let Some(least) = self.least {
            for _ in 0..AGAIN {
                if mixture.log(&component.at(&steps, 1.0)) >= f64::from(least) {
                    break;
                }
                (component, steps) = mixture.step(rng);
            }
        }
        let coordinates = component.at(&steps, f64::from(temperature));
        let mut latent = Latent { groups, values: axes.mean.clone() };
        if self.remainder > 0.0 {
            let mut beyond: Vec<f64> = (0..axes.mean.len()).map(|_| StandardNormal.sample(rng)).collect();
            for direction in &axes.directions[..coordinates.len()] {
                let along: f64 = direction.iter().zip(&beyond).map(|(d, x)| f64::from(*d) * x).sum();
                beyond.iter_mut().zip(direction).for_each(|(x, d)| *x -= along * f64::from(*d));
            }
            let by = f64::from(temperature * self.remainder);
            latent.values.iter_mut().zip(beyond).for_each(|(x, b)| *x += (by * b) as f32);
        }
        axes.move_by(&mut latent, &coordinates);
        latent
    }

    /// As it was fitted, but for the rounding of its numbers.
    pub(super) fn mixture(&self) -> Mixture {
        let wide = |row: &[f32]| row.iter().copied().map(f64::from).collect::<Vec<_>>();
        let lower = |factor: &[f32]| (0..self.dimensions()).map(|i| wide(&factor[i * (i + 1) / 2..][..=i])).collect();
        let parts = self.weights.iter().zip(&self.means).zip(&self.factors);
        let component = |((weight, mean), factor): ((&f32, &Vec<f32>), &Vec<f32>)| Component {
            weight: f64::from(*weight),
            mean: wide(mean),
            lower: lower(factor),
        };
        Mixture { components: parts.map(component).collect() }
    }
}
