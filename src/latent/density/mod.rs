//! A density fitted to the encoded training set: prior samples of a VAE fall where no shape was encoded.
//!
//! A mixture of Gaussians with full covariances over the leading principal coordinates (each in standard deviations, so
//! that one regularisation suits all), and an isotropic remainder beyond them. Expectation-maximisation (Dempster 1977)
//! in f64 from a seeded k-means++ start; how many components, and how strongly their covariances are drawn to the pooled
//! one, is chosen by the log-likelihood of a held-out fifth. Every encoded shape counts once, however often training
//! drew it: what is drawn more often is few, and a component of its own would only repeat it.

mod draw;
mod mixture;

use rand::{Rng, RngExt};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Axes, Latent};
use mixture::{Component, Mixture, TAU_LN};

/// Principal coordinates that the mixture covers at most.
const DIMENSIONS: usize = 48;
/// Numbers of components that are tried.
const COMPONENTS: [usize; 8] = [1, 2, 4, 8, 16, 32, 48, 64];
/// Numbers that a mixture holds at most, so that a checkpoint's header stays small.
const NUMBERS: usize = 40_000;
/// Strengths of the pull to the pooled covariance that are tried, in shapes for each dimension.
const PULLS: [f64; 3] = [0.25, 1.0, 4.0];
/// Shapes that a component needs at least.
const LEAST: usize = 4;
/// Share of the mixture's own draws that is left out, those of the least density: there, far out in a wide component,
/// no shape was encoded, and what the decoder makes of them is seldom worth keeping.
const LEFT_OUT: f64 = 0.025;
/// Draws that tell which density that is.
const SOUNDINGS: usize = 4000;

/// The mixture, in coordinates of the [`Axes`] that it was fitted with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Density {
    /// `[C]`, summing to 1.
    pub weights: Vec<f32>,
    /// `[C, d]`
    pub means: Vec<Vec<f32>>,
    /// `[C, d (d + 1) / 2]`: the covariances' lower Cholesky factors, row by row.
    pub factors: Vec<Vec<f32>>,
    /// Standard deviation in each direction beyond the d axes, in units of the latent.
    pub remainder: f32,
    /// Log-density in the mixture's coordinates, nats, below which a draw is drawn again; `None`: none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least: Option<f32>,
    /// Mean log-likelihood of held-out shapes, nats: of a mixture like this fitted without them.
    pub held_out: f32,
    /// The same for a single Gaussian.
    pub held_out_gaussian: f32,
    /// The same for N(0, I).
    pub held_out_prior: f32,
}

impl Density {
    /// Fits encoded latents; `None` for fewer than 10, or without axes. The same generator state gives the same density.
    pub fn fit(axes: &Axes, latents: &[Latent], rng: &mut impl Rng) -> Option<Self> {
        let d = axes.directions.len().min(DIMENSIONS);
        if latents.len() < 10 || d == 0 {
            return None;
        }
        let points: Vec<Vec<f64>> = latents.iter().map(|l| axes.coordinates(l, d)).collect();
        let (held, kept) = split(&points);
        let choices: Vec<(usize, f64, u64)> = COMPONENTS
            .iter()
            .filter(|&&count| count == 1 || (kept.len() >= LEAST * count && count * d * (d + 3) / 2 <= NUMBERS))
            .flat_map(|&count| PULLS.iter().take(count.min(PULLS.len())).map(move |&pull| (count, pull)))
            .map(|(count, pull)| (count, pull, rng.random()))
            .collect();
        let seed: u64 = rng.random();
        // A generator each, so that neither threads nor order matter.
        let scores: Vec<f64> = choices
            .par_iter()
            .map(|&(count, pull, seed)| {
                let mixture = Mixture::likeliest(&kept, count, pull, seed);
                mixture.map_or(f64::NEG_INFINITY, |m| m.mean_log(&held))
            })
            .collect();
        let best = (0..choices.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]))?;
        let (count, pull, _) = choices[best];
        let mixture = Mixture::likeliest(&points, count, pull, seed)?;
        Some(Self {
            weights: mixture.components.iter().map(|c| rounded(c.weight)).collect(),
            means: mixture.components.iter().map(|c| c.mean.iter().copied().map(rounded).collect()).collect(),
            factors: mixture
                .components
                .iter()
                .map(|c| c.lower.iter().flatten().copied().map(rounded).collect())
                .collect(),
            remainder: remainder(axes, latents, d),
            least: Some(rounded(mixture.quantile(LEFT_OUT, SOUNDINGS, rng))),
            held_out: rounded(scores[best]),
            held_out_gaussian: rounded(scores[0]),
            held_out_prior: of_prior(axes, &held),
        })
    }

    /// The same density of the same shapes after their latent was whitened into `axes`: the mixture's coordinates are what they
    /// were, but N(0, I) fits otherwise.
    pub fn whitened(self, axes: &Axes, latents: &[Latent]) -> Self {
        let points: Vec<Vec<f64>> = latents.iter().map(|l| axes.coordinates(l, self.dimensions())).collect();
        Self { held_out_prior: of_prior(axes, &split(&points).0), ..self }
    }

    /// d: principal coordinates that the mixture covers.
    pub fn dimensions(&self) -> usize {
        self.means.first().map_or(0, Vec::len)
    }

    /// Whether numbers from a file are a density over these axes.
    pub fn fits(&self, axes: &Axes) -> bool {
        let d = self.dimensions();
        let numbers = self.weights.iter().chain(self.means.iter().flatten()).chain(self.factors.iter().flatten());
        (1..=axes.directions.len()).contains(&d)
            && self.weights.len() == self.means.len()
            && self.weights.len() == self.factors.len()
            && self.means.iter().all(|m| m.len() == d)
            && self.factors.iter().all(|f| f.len() == d * (d + 1) / 2)
            && numbers.chain([&self.remainder]).chain(&self.least).all(|x| x.is_finite())
            && self.weights.iter().all(|&w| w >= 0.0)
            && self.weights.iter().sum::<f32>() > 0.0
    }
}

/// Every fifth of the shapes' coordinates, which is held out, and the rest.
fn split(points: &[Vec<f64>]) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let (held, kept): (Vec<_>, Vec<_>) = points.iter().cloned().enumerate().partition(|(i, _)| i % 5 == 4);
    let bare = |points: Vec<(usize, Vec<f64>)>| points.into_iter().map(|(_, p)| p).collect();
    (bare(held), bare(kept))
}

/// Mean log-likelihood of held-out coordinates under N(0, I), nats, as a density of these coordinates.
fn of_prior(axes: &Axes, held: &[Vec<f64>]) -> f32 {
    let coordinate = |(axis, c): (usize, &f64)| {
        let deviation = f64::from(axes.deviations[axis]).max(1e-9);
        let mean: f64 = axes.directions[axis].iter().zip(&axes.mean).map(|(d, m)| f64::from(d * m)).sum::<f64>();
        deviation.ln() - 0.5 * ((mean + c * deviation).powi(2) + TAU_LN)
    };
    let each = held.iter().map(|p| p.iter().enumerate().map(coordinate).sum::<f64>());
    rounded(each.sum::<f64>() / held.len() as f64)
}

/// As written to a checkpoint: four decimals of a standard deviation are plenty, and half as many letters.
fn rounded(x: f64) -> f32 {
    ((x * 1e4).round() / 1e4) as f32
}

/// Root mean square along each direction beyond the first `d` axes; 0 where there is none.
fn remainder(axes: &Axes, latents: &[Latent], d: usize) -> f32 {
    let k = axes.mean.len();
    if d >= k {
        return 0.0;
    }
    let total: f64 = latents
        .iter()
        .map(|l| l.values().iter().zip(&axes.mean).map(|(x, m)| f64::from(x - m).powi(2)).sum::<f64>())
        .sum::<f64>()
        / (latents.len() as f64 - 1.0);
    let covered: f64 = axes.deviations[..d].iter().map(|s| f64::from(*s).powi(2)).sum();
    ((total - covered).max(0.0) / (k - d) as f64).sqrt() as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// A third at (-4, 0) with deviations 0.5 and 1, the rest at (3, 2), correlated.
    fn known(count: usize, seed: u64) -> Vec<Latent> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut draw = || {
            let (a, b): (f32, f32) = (StandardNormal.sample(&mut rng), StandardNormal.sample(&mut rng));
            if rng.random_range(0..3) == 0 { vec![-4.0 + 0.5 * a, b] } else { vec![3.0 + a, 2.0 + 0.8 * a + 0.6 * b] }
        };
        (0..count).map(|_| Latent::new(1, 2, draw()).unwrap()).collect()
    }

    fn fitted(count: usize) -> (Axes, Density) {
        let latents = known(count, 1);
        let axes = Axes::fit(&latents).unwrap();
        let density = Density::fit(&axes, &latents, &mut ChaCha8Rng::seed_from_u64(2)).unwrap();
        (axes, density)
    }

    fn draws(count: usize, temperature: f32) -> Vec<Latent> {
        let (axes, density) = fitted(1500);
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        (0..count).map(|_| density.draw(&axes, 1, temperature, &mut rng)).collect()
    }

    #[test]
    fn a_known_mixture_is_recovered() {
        let (axes, density) = fitted(1500);
        assert!(density.fits(&axes) && density.remainder == 0.0);
        assert!(density.held_out > density.held_out_gaussian + 0.5, "{density:?}");
        assert!(density.held_out_gaussian > density.held_out_prior, "{density:?}");
        // More components than two may fit as well; their means lie where the two are.
        let mut share = 0.0;
        for (weight, mean) in density.weights.iter().zip(&density.means) {
            let mut latent = Latent::new(1, 2, axes.mean.clone()).unwrap();
            axes.move_by(&mut latent, &mean.iter().map(|&x| f64::from(x)).collect::<Vec<_>>());
            if latent.values()[0] < -1.0 {
                share += weight;
                assert!((latent.values()[0] + 4.0).abs() < 0.3, "{latent:?}");
            }
        }
        assert!((share - 1.0 / 3.0).abs() < 0.04, "{share}");
    }

    #[test]
    fn draws_have_the_moments_of_what_was_fitted() {
        let moments = |latents: &[Latent]| {
            let n = latents.len() as f32;
            let mean = |f: &dyn Fn(&[f32]) -> f32| latents.iter().map(|l| f(l.values())).sum::<f32>() / n;
            let (x, y) = (mean(&|v| v[0]), mean(&|v| v[1]));
            [x, y, mean(&|v| (v[0] - x).powi(2)), mean(&|v| (v[1] - y).powi(2)), mean(&|v| (v[0] - x) * (v[1] - y))]
        };
        let (found, wanted) = (moments(&draws(6000, 1.0)), moments(&known(6000, 9)));
        for (f, w) in found.iter().zip(wanted) {
            assert!((f - w).abs() < 0.1 + 0.07 * w.abs(), "{found:?} for {wanted:?}");
        }
    }

    #[test]
    fn temperature_shrinks_the_spread_to_the_means() {
        let (axes, density) = fitted(1500);
        let frozen = draws(50, 0.0);
        let mut means = density.means.iter().map(|mean| {
            let mut latent = Latent::new(1, 2, axes.mean.clone()).unwrap();
            axes.move_by(&mut latent, &mean.iter().map(|&x| f64::from(x)).collect::<Vec<_>>());
            latent
        });
        let means: Vec<Latent> = means.by_ref().collect();
        assert!(frozen.iter().all(|f| means.contains(f)));
        // The same seed walks the same way, half as far.
        for ((full, half), mean) in draws(20, 1.0).iter().zip(&draws(20, 0.5)).zip(&frozen) {
            for i in 0..2 {
                let [f, h, m] = [full, half, mean].map(|l| l.values()[i]);
                assert!((h - f.midpoint(m)).abs() < 1e-4, "{f} {h} {m}");
            }
        }
    }

    #[test]
    fn the_least_likely_fortieth_is_drawn_again_and_all_others_stay() {
        let (axes, density) = fitted(1500);
        let all = Density { least: None, ..density.clone() };
        let drawn = |density: &Density, seed| density.draw(&axes, 1, 1.0, &mut ChaCha8Rng::seed_from_u64(seed));
        let again: Vec<u64> = (0..2000).filter(|&seed| drawn(&density, seed) != drawn(&all, seed)).collect();
        assert!((25..80).contains(&again.len()), "{} of 2000", again.len());
        let mixture = density.mixture();
        let log = |l: &Latent| mixture.log(&axes.coordinates(l, density.dimensions()));
        let least = f64::from(density.least.unwrap());
        // Seeds that stay are above, those that don't were below and are above now.
        assert!((0..2000).all(|seed| log(&drawn(&density, seed)) > least - 1e-3));
        assert!(again.iter().all(|&seed| log(&drawn(&all, seed)) < least + 1e-3));
        // A file may say what it likes.
        let never = Density { least: Some(1e9), ..density.clone() };
        assert!(drawn(&never, 1).values().iter().all(|x| x.is_finite()));
        let old: serde_json::Value = serde_json::to_value(&all).unwrap();
        assert!(old.get("least").is_none());
        assert_eq!(serde_json::from_value::<Density>(old).unwrap(), all);
    }

    #[test]
    fn the_same_seed_gives_the_same_density_and_json_keeps_it() {
        let (axes, density) = fitted(300);
        assert_eq!(fitted(300).1, density);
        let text = serde_json::to_string(&density).unwrap();
        assert_eq!(serde_json::from_str::<Density>(&text).unwrap(), density);
        let mut broken = density.clone();
        broken.factors[0].pop();
        assert!(!broken.fits(&axes));
        assert_eq!(Density::fit(&axes, &known(5, 1), &mut ChaCha8Rng::seed_from_u64(1)), None);
    }

    #[test]
    fn beyond_the_axes_the_spread_is_isotropic() {
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        let mut draw = || {
            let mut latent = Latent::prior(4, 40, &mut rng);
            latent.values_mut()[..20].iter_mut().for_each(|x| *x *= 5.0);
            latent
        };
        let latents: Vec<Latent> = (0..400).map(|_| draw()).collect();
        let axes = Axes::fit(&latents).unwrap();
        let density = Density::fit(&axes, &latents, &mut rng).unwrap();
        assert_eq!(density.dimensions(), DIMENSIONS);
        assert!((0.7..1.0).contains(&density.remainder), "{}", density.remainder);
        let variance = |latents: &[Latent]| {
            let squares: f32 = latents.iter().flat_map(|l| &l.values()[20..]).map(|x| x * x).sum();
            squares / (140 * latents.len()) as f32
        };
        let drawn: Vec<Latent> = (0..400).map(|_| density.draw(&axes, 4, 1.0, &mut rng)).collect();
        assert_eq!((drawn[0].groups(), drawn[0].dim()), (4, 40));
        assert!((variance(&drawn) - variance(&latents)).abs() < 0.1, "{}", variance(&drawn));
    }
}
