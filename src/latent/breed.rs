//! New latents near one, or between several.

use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

use super::{Axes, Latent};

/// A latent some way off: every axis by `strength` deviations, about; every number of the latent where there are no axes.
pub fn mutated(axes: Option<&Axes>, latent: &Latent, strength: f32, rng: &mut impl Rng) -> Latent {
    let mut out = latent.clone();
    let mut step = || -> f64 { StandardNormal.sample(rng) };
    match axes {
        Some(axes) => {
            let steps: Vec<f64> = axes.deviations.iter().map(|_| f64::from(strength) * step()).collect();
            axes.move_by(&mut out, &steps);
        }
        None => out.values_mut().iter_mut().for_each(|x| *x += strength * step() as f32),
    }
    out
}

/// A mix of parents, at least one and all of one size: either each axis is one parent's, or all are shares of all. Their shares
/// are drawn evenly from all that sum to 1 (a flat Dirichlet distribution).
pub fn bred(axes: Option<&Axes>, parents: &[&Latent], crossed: bool, rng: &mut impl Rng) -> Latent {
    let mut shares: Vec<f32> = parents.iter().map(|_| -rng.random_range(1e-6..1.0f32).ln()).collect();
    let total: f32 = shares.iter().sum();
    shares.iter_mut().for_each(|s| *s /= total);
    let mut child = parents[0].clone();
    for (i, x) in child.values_mut().iter_mut().enumerate() {
        *x = parents.iter().zip(&shares).map(|(p, s)| s * p.values()[i]).sum();
    }
    if let (true, Some(axes)) = (crossed, axes) {
        for axis in 0..axes.deviations.len() {
            let from = parents[rng.random_range(0..parents.len())];
            let coordinate = axes.coordinate(from, axis);
            axes.set_coordinate(&mut child, axis, coordinate);
        }
    }
    child
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn mutations_go_as_far_as_they_are_strong_and_children_lie_between_their_parents() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let zero = Latent::zeros(1, 400);
        let far = |strength: f32, rng: &mut ChaCha8Rng| {
            let moved = mutated(None, &zero, strength, rng);
            (moved.values().iter().map(|x| x * x).sum::<f32>() / 400.0).sqrt()
        };
        assert!((far(0.1, &mut rng) - 0.1).abs() < 0.02 && (far(1.0, &mut rng) - 1.0).abs() < 0.2);
        let one = Latent::new(1, 2, vec![1.0, 5.0]).unwrap();
        let two = Latent::new(1, 2, vec![3.0, 9.0]).unwrap();
        for _ in 0..50 {
            let child = bred(None, &[&one, &two], false, &mut rng);
            let t = (child.values()[0] - 1.0) / 2.0;
            assert!((0.0..=1.0).contains(&t) && (child.values()[1] - 5.0 - 4.0 * t).abs() < 1e-4, "{child:?}");
        }
        assert_eq!(bred(None, &[&one], true, &mut rng), one);
    }
}
