//! New latents: from the prior, or from the density that was fitted to the encoded training set.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::Forge;
use crate::latent::Latent;

/// What new latents are drawn from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SampleFrom {
    /// N(0, I), where a VAE's samples also fall between its shapes.
    Prior,
    /// The density fitted to the encoded training set; for a checkpoint without one, the Gaussian of its principal axes;
    /// without those, the prior.
    #[default]
    Fitted,
}

impl Forge {
    /// A draw from what was fitted to the encoded training set, as it was fitted.
    pub fn sample(&self, rng: &mut impl Rng) -> Latent {
        self.sample_with(SampleFrom::Fitted, 1.0, rng)
    }

    /// A draw (fitted, of a quantised network: codes from its learnt prior); `temperature` scales the spread: 1 as fitted (or N(0, I)), 0 the mean, or that of a mixture's component.
    pub fn sample_with(&self, from: SampleFrom, temperature: f32, rng: &mut impl Rng) -> Latent {
        let (config, meta) = (&self.checkpoint.config, &self.checkpoint.meta);
        if let (SampleFrom::Fitted, Some(prior)) = (from, &self.prior) {
            return prior.sample(temperature, rng);
        }
        match (from, &meta.axes, &meta.density) {
            (SampleFrom::Prior, ..) | (_, None, _) => {
                let mut latent = Latent::prior(config.groups, config.latent, rng);
                latent.values_mut().iter_mut().for_each(|x| *x *= temperature);
                latent
            }
            (_, Some(axes), Some(density)) => density.draw(axes, config.groups, temperature, rng),
            (_, Some(axes), None) => {
                let mut latent = self.mean();
                for (direction, deviation) in axes.directions.iter().zip(&axes.deviations) {
                    let step: f32 = StandardNormal.sample(rng);
                    for (x, d) in latent.values_mut().iter_mut().zip(direction) {
                        *x += temperature * step * deviation * d;
                    }
                }
                latent
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latent::{Axes, Density};
    use crate::model::checkpoint::Checkpoint;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn forge() -> Forge {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny.safetensors");
        Forge::new(Checkpoint::read(&path).unwrap()).unwrap()
    }

    fn draw(forge: &Forge, from: SampleFrom, temperature: f32) -> Latent {
        forge.sample_with(from, temperature, &mut ChaCha8Rng::seed_from_u64(4))
    }

    #[test]
    fn seeds_densities_and_temperatures_determine_a_draw() {
        let mut forge = forge();
        let config = forge.checkpoint.config.clone();
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let latents: Vec<Latent> = (0..80).map(|_| Latent::prior(config.groups, config.latent, &mut rng)).collect();
        let axes = Axes::fit(&latents).unwrap();
        for density in [None, Density::fit(&axes, &latents, &mut rng)] {
            forge.checkpoint.meta.axes = Some(axes.clone());
            forge.checkpoint.meta.density = density.clone();
            let fitted = draw(&forge, SampleFrom::Fitted, 1.0);
            assert_eq!(forge.sample(&mut ChaCha8Rng::seed_from_u64(4)), fitted);
            assert_ne!(draw(&forge, SampleFrom::Prior, 1.0), fitted);
            assert_ne!(draw(&forge, SampleFrom::Fitted, 0.5), fitted);
            if density.is_none() {
                assert_eq!(draw(&forge, SampleFrom::Fitted, 0.0), forge.mean());
            }
        }
        assert!(draw(&forge, SampleFrom::Prior, 0.0).values().iter().all(|&x| x == 0.0));
        forge.checkpoint.meta = Default::default();
        assert_eq!(draw(&forge, SampleFrom::Fitted, 0.7), draw(&forge, SampleFrom::Prior, 0.7));
    }
}
