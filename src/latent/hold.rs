//! Steps that leave chosen measures of a latent as they are: what a lock does.
//!
//! A measure is linear in the latent, with a gradient `[K]`: an axis, a number, the readout of an attribute. Among all steps
//! that hold them the one taken lies nearest to the wanted one by the encoded set's own spread (Mahalanobis): a step in
//! deviations along [`Axes`], so that what gives way gives way where shapes differ anyway.

use super::symmetric::{dot, orthonormalise};
use super::{Axes, Latent};

/// A step that keeps less of its effect than this under the locks would have to be absurdly long: it is not taken.
const LEAST_GAIN: f64 = 0.02;

/// Measures that are held.
pub struct Hold<'a> {
    axes: Option<&'a Axes>,
    /// K: numbers of a latent, or of a row of a mix.
    numbers: usize,
    /// Gradients in deviations, orthonormal.
    held: Vec<Vec<f64>>,
}

impl<'a> Hold<'a> {
    /// Holds what these gradients `[C, K]` measure.
    pub fn new(axes: Option<&'a Axes>, numbers: usize, gradients: &[Vec<f64>]) -> Self {
        let mut hold = Self { axes, numbers, held: Vec::new() };
        let mut held: Vec<Vec<f64>> = gradients.iter().map(|g| hold.scaled(g, |deviation| deviation)).collect();
        orthonormalise(&mut held);
        held.retain(|row| dot(row, row) > 0.5);
        hold.held = held;
        hold
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// `[K]` along each axis times what `by` says of its deviation; what lies along none, times what it says of the least.
    fn scaled(&self, x: &[f64], by: impl Fn(f64) -> f64) -> Vec<f64> {
        let Some(axes) = self.axes else { return x.to_vec() };
        let deviation = |i: usize| f64::from(axes.deviations[i]).max(1e-4);
        let rest = by(axes.deviations.len().checked_sub(1).map_or(1.0, deviation));
        let mut out: Vec<f64> = x.iter().map(|x| rest * x).collect();
        for (i, direction) in axes.directions.iter().enumerate() {
            let along: f64 = direction.iter().zip(x).map(|(d, x)| f64::from(*d) * x).sum();
            let more = (by(deviation(i)) - rest) * along;
            out.iter_mut().zip(direction).for_each(|(o, d)| *o += more * f64::from(*d));
        }
        out
    }

    /// What a step `[K]` becomes when the measures are held.
    pub fn allowed(&self, step: &[f64]) -> Vec<f64> {
        if self.held.is_empty() {
            return step.to_vec();
        }
        let mut scaled = self.scaled(step, |deviation| 1.0 / deviation);
        for row in &self.held {
            let along = dot(row, &scaled);
            scaled.iter_mut().zip(row).for_each(|(x, r)| *x -= along * r);
        }
        self.scaled(&scaled, |deviation| deviation)
    }

    /// The step `[K]` nearest to `direction` that raises the measure of `gradient` by `by` and holds the others; `None` where
    /// they hold this one as well.
    pub fn step(&self, direction: &[f64], gradient: &[f64], by: f64) -> Option<Vec<f64>> {
        let mut step = self.allowed(direction);
        let (free, left) = (dot(gradient, direction), dot(gradient, &step));
        if left.abs() < LEAST_GAIN * free.abs() || left == 0.0 {
            return None;
        }
        step.iter_mut().for_each(|x| *x *= by / left);
        Some(step)
    }

    /// `to`, with the measures that `from` has; of mixes row by row where both have as many, else by `from`'s mean.
    pub fn between(&self, from: &Latent, to: &Latent) -> Latent {
        let mut out = to.clone();
        if self.held.is_empty() {
            return out;
        }
        let k = self.numbers;
        let count = from.values().len() / k;
        let mean: Vec<f32> =
            (0..k).map(|i| from.rows(k).map(|row| row[i]).sum::<f32>() / count.max(1) as f32).collect();
        let same = from.values().len() == to.values().len();
        for (r, row) in out.values_mut().chunks_exact_mut(k).enumerate() {
            let start = if same { &from.values()[r * k..(r + 1) * k] } else { &mean[..] };
            let wanted: Vec<f64> = row.iter().zip(start).map(|(t, f)| f64::from(t - f)).collect();
            for ((x, f), step) in row.iter_mut().zip(start).zip(self.allowed(&wanted)) {
                *x = f + step as f32;
            }
        }
        out
    }
}

/// Adds a step `[K]` to every row of a latent.
pub fn add(latent: &mut Latent, step: &[f64]) {
    for row in latent.values_mut().chunks_exact_mut(step.len()) {
        row.iter_mut().zip(step).for_each(|(x, s)| *x += *s as f32);
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn axes() -> Axes {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let latents = (0..400).map(|_| {
            let mut latent = Latent::prior(1, 5, &mut rng);
            let z = latent.values_mut();
            (z[1], z[3]) = (0.8 * z[0] + 0.2 * z[1], 0.05 * z[3]);
            latent
        });
        Axes::fit(&latents.collect::<Vec<_>>()).unwrap()
    }

    fn measure(gradient: &[f64], latent: &Latent) -> f64 {
        latent.values().iter().zip(gradient).map(|(x, g)| f64::from(*x) * g).sum()
    }

    #[test]
    fn held_measures_stay_and_the_rest_comes_as_near_as_it_can() {
        let axes = axes();
        let gradients = [vec![1.0, 0.0, 0.5, 0.0, 0.0], vec![0.0, 0.0, 0.0, 1.0, 0.0]];
        let (a, b) = (
            Latent::new(1, 5, vec![0.3, -0.2, 1.0, 0.01, 0.5]).unwrap(),
            Latent::new(1, 5, vec![-1.0, -1.0, 0.0, 0.2, -2.0]).unwrap(),
        );
        for axes in [Some(&axes), None] {
            let hold = Hold::new(axes, 5, &gradients);
            let held = hold.between(&a, &b);
            for g in &gradients {
                assert!((measure(g, &held) - measure(g, &a)).abs() < 1e-5);
            }
            assert!((held.values()[4] - b.values()[4]).abs() < 0.6, "{held:?}");
            // Held twice is held once, by whatever way one came.
            let again = hold.between(&held, &b);
            assert!(again.values().iter().zip(held.values()).all(|(x, y)| (x - y).abs() < 1e-5));
            let free = [0.0, 0.0, 0.0, 0.0, 1.0];
            let step = hold.step(&free, &free, 0.7).unwrap();
            assert!((dot(&step, &free) - 0.7).abs() < 1e-9);
            assert!(gradients.iter().all(|g| dot(g, &step).abs() < 1e-9));
            assert_eq!(hold.step(&gradients[1], &gradients[1], 1.0), None);
            assert_eq!(Hold::new(axes, 5, &[]).between(&a, &b), b);
        }
    }

    #[test]
    fn rows_of_a_mix_are_held_each_by_itself() {
        let hold = Hold::new(None, 2, &[vec![1.0, 0.0]]);
        let from = Latent::new(2, 2, vec![1.0, 1.0, 2.0, 2.0]).unwrap();
        let to = Latent::new(2, 2, vec![9.0, 8.0, 7.0, 6.0]).unwrap();
        assert_eq!(hold.between(&from, &to).values(), [1.0, 8.0, 2.0, 6.0]);
        let one = Latent::new(1, 2, vec![9.0, 8.0]).unwrap();
        assert_eq!(hold.between(&from, &one).values(), [1.5, 8.0]);
        let mut moved = from;
        add(&mut moved, &[0.5, -1.0]);
        assert_eq!(moved.values(), [1.5, 0.0, 2.5, 1.0]);
    }
}
