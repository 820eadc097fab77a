//! The prior over codes: `p(c) = prod_s p(c_s | c_1 .. c_(s-1))`, each factor a small MLP that sees the vectors of the codes
//! before it (van den Oord 2017, section 3.3, with an MLP in place of PixelCNN: a sword has a handful of codes, not a map).

use candle_core::{D, Device, Result, Tensor};
use rand::{Rng, RngExt};

use super::codebook::Codebook;
use super::config::CodebookShape;
use super::ops::values;
use super::weights::Weights;
use crate::latent::Latent;

/// A fitted prior as plain floats, with the codebook that its codes belong to.
#[derive(Clone, Debug)]
pub struct CodePrior {
    codebook: Codebook,
    groups: usize,
    width: usize,
    /// `[S, K, H]`
    hidden: Vec<f32>,
    /// `[S, H]`
    hidden_bias: Vec<f32>,
    /// `[S, H, C]`
    out: Vec<f32>,
    /// `[S, C]`
    out_bias: Vec<f32>,
}

impl CodePrior {
    /// The prior of a network's weights, for latents of `groups` groups.
    ///
    /// # Errors
    /// When the network has none of this shape.
    pub fn of(weights: &Weights, shape: CodebookShape, groups: usize) -> Result<Self> {
        let get = |name: &str| values(weights.get(name)?);
        Ok(Self {
            codebook: Codebook::of(weights, shape)?,
            groups,
            width: shape.prior,
            hidden: get("prior.0.weight")?,
            hidden_bias: get("prior.0.bias")?,
            out: get("prior.out.weight")?,
            out_bias: get("prior.out.bias")?,
        })
    }

    /// Logarithms of the probabilities of segment `segment`'s codes, `[C]` up to a constant, after the vectors of the
    /// segments before it.
    fn logits(&self, segment: usize, before: &[f32]) -> Vec<f32> {
        let (h, c) = (self.width, self.codebook.codes());
        let numbers = self.codebook.segments() * self.codebook.width();
        let mut hidden = self.hidden_bias[segment * h..(segment + 1) * h].to_vec();
        let weights = &self.hidden[segment * numbers * h..(segment + 1) * numbers * h];
        for (x, row) in before.iter().zip(weights.chunks_exact(h)) {
            hidden.iter_mut().zip(row).for_each(|(y, w)| *y += x * w);
        }
        let mut logits = self.out_bias[segment * c..(segment + 1) * c].to_vec();
        let weights = &self.out[segment * h * c..(segment + 1) * h * c];
        for (x, row) in hidden.iter().zip(weights.chunks_exact(c)) {
            logits.iter_mut().zip(row).for_each(|(y, w)| *y += x.max(0.0) * w);
        }
        logits
    }

    /// Draws codes one after another, and gives their vectors; below a temperature of 1 likelier codes are preferred.
    pub fn sample(&self, temperature: f32, rng: &mut impl Rng) -> Latent {
        let mut numbers = Vec::new();
        for segment in 0..self.codebook.segments() {
            let logits = self.logits(segment, &numbers);
            let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let weights: Vec<f32> = logits.iter().map(|l| ((l - highest) / temperature.max(1e-3)).exp()).collect();
            let mut left = rng.random::<f32>() * weights.iter().sum::<f32>();
            let drawn = weights.iter().position(|w| {
                left -= w;
                left < 0.0
            });
            // Rounding may leave a little at the end: then the likeliest code.
            let code = drawn.or_else(|| weights.iter().position(|w| *w == 1.0)).unwrap_or(0);
            numbers.extend_from_slice(self.codebook.vector(segment, code));
        }
        let mut latent = Latent::zeros(self.groups, numbers.len() / self.groups);
        latent.values_mut().copy_from_slice(&numbers);
        latent
    }

    /// `-log2 p` of codes `[S]`.
    pub fn bits(&self, codes: &[usize]) -> f64 {
        let numbers = self.codebook.assemble(codes);
        let bits = codes.iter().enumerate().map(|(segment, &code)| {
            let logits = self.logits(segment, &numbers[..segment * self.codebook.width()]);
            let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let sum: f64 = logits.iter().map(|l| f64::from(l - highest).exp()).sum();
            (sum.ln() - f64::from(logits[code] - highest)) / std::f64::consts::LN_2
        });
        bits.sum()
    }
}

/// What the prior's networks see of a batch of code vectors `[N, K]` cut into `segments`: `[S, N, K]`, with zeros from the
/// segment on whose code is asked for.
pub fn contexts(vectors: &[f32], rows: usize, segments: usize) -> Result<Tensor> {
    let numbers = vectors.len() / rows.max(1);
    let width = numbers / segments;
    let mut seen = vec![0.0; segments * vectors.len()];
    for segment in 0..segments {
        for row in 0..rows {
            let at = (segment * rows + row) * numbers;
            seen[at..at + segment * width].copy_from_slice(&vectors[row * numbers..row * numbers + segment * width]);
        }
    }
    Tensor::from_vec(seen, (segments, rows, numbers), &Device::Cpu)
}

/// Mean `-ln p` of a code, a scalar that is differentiable in the prior's tensors: contexts `[S, N, K]` from [`contexts`],
/// codes `[S, N, 1]` as u32.
pub fn cross_entropy(weights: &Weights, contexts: &Tensor, codes: &Tensor) -> Result<Tensor> {
    let hidden =
        contexts.matmul(weights.get("prior.0.weight")?)?.broadcast_add(weights.get("prior.0.bias")?)?.relu()?;
    let logits = hidden.matmul(weights.get("prior.out.weight")?)?.broadcast_add(weights.get("prior.out.bias")?)?;
    let highest = logits.max_keepdim(D::Minus1)?.detach();
    let logits = logits.broadcast_sub(&highest)?;
    let sum = logits.exp()?.sum_keepdim(D::Minus1)?.log()?;
    (sum - logits.gather(codes, D::Minus1)?)?.mean_all()
}

#[cfg(test)]
mod tests {
    use super::super::config::PosteriorKind;
    use super::*;
    use crate::model::config::tests::tiny;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    const SHAPE: CodebookShape = CodebookShape { segments: 2, codes: 3, prior: 4 };

    /// A network whose prior has weights of its own.
    fn weights() -> Weights {
        let config = tiny(4, PosteriorKind::Quantised(SHAPE));
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let weights = Weights::init(&config, &mut rng).unwrap();
        for (_, var) in weights.iter().filter(|(name, _)| name.starts_with("prior.")) {
            let count = var.elem_count();
            let drawn: Vec<f32> = (0..count).map(|_| rng.random_range(-1.5..1.5)).collect();
            var.set(&Tensor::from_vec(drawn, var.shape(), &Device::Cpu).unwrap()).unwrap();
        }
        weights
    }

    #[test]
    fn probabilities_sum_to_one_and_both_roads_agree() {
        let weights = weights();
        let prior = CodePrior::of(&weights, SHAPE, 1).unwrap();
        let all: Vec<[usize; 2]> = (0..9).map(|i| [i / 3, i % 3]).collect();
        let total: f64 = all.iter().map(|codes| (-prior.bits(codes)).exp2()).sum();
        assert!((total - 1.0).abs() < 1e-6, "{total}");
        let vectors: Vec<f32> = all.iter().flat_map(|codes| prior.codebook.assemble(codes)).collect();
        let seen = contexts(&vectors, 9, 2).unwrap();
        let asked: Vec<u32> = (0..2).flat_map(|s| all.iter().map(move |codes| codes[s] as u32)).collect();
        let asked = Tensor::from_vec(asked, (2, 9, 1), &Device::Cpu).unwrap();
        let mean = cross_entropy(&weights, &seen, &asked).unwrap().to_scalar::<f32>().unwrap();
        let bits: f64 = all.iter().map(|codes| prior.bits(codes)).sum();
        assert!((f64::from(mean) - bits * std::f64::consts::LN_2 / 18.0).abs() < 1e-5, "{mean} {bits}");
    }

    #[test]
    fn draws_follow_the_probabilities() {
        let prior = CodePrior::of(&weights(), SHAPE, 1).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut counts = [0u32; 9];
        let draws = 20_000;
        for _ in 0..draws {
            let codes = prior.codebook.nearest(prior.sample(1.0, &mut rng).values());
            counts[codes[0] * 3 + codes[1]] += 1;
        }
        for (i, count) in counts.iter().enumerate() {
            let expected = (-prior.bits(&[i / 3, i % 3])).exp2();
            let found = f64::from(*count) / f64::from(draws);
            // Four standard deviations of a binomial's share.
            let tolerance = 4.0 * (expected * (1.0 - expected) / f64::from(draws)).sqrt();
            assert!((found - expected).abs() < tolerance, "{i}: {found} {expected}");
        }
        let cold = |rng: &mut ChaCha8Rng| prior.sample(0.0, rng);
        assert_eq!(cold(&mut rng), cold(&mut rng));
    }
}
