//! The codes of a quantised latent as plain floats: what an artist's vector becomes before it is decoded.

use candle_core::Result;

use super::config::CodebookShape;
use super::ops::values;
use super::weights::Weights;
use crate::latent::Latent;

/// S codebooks of C codes, one for each segment of a latent's K numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Codebook {
    segments: usize,
    codes: usize,
    /// Numbers a segment, K / S.
    width: usize,
    /// `[S, C, K / S]`
    vectors: Vec<f32>,
    /// `[S, C]`, how often each code is used relative to a fair share.
    usage: Vec<f32>,
}

impl Codebook {
    /// The codebook of a network's weights.
    ///
    /// # Errors
    /// When the network has none of this shape.
    pub fn of(weights: &Weights, shape: CodebookShape) -> Result<Self> {
        let CodebookShape { segments, codes, .. } = shape;
        let (vectors, usage) = (values(weights.get("codebook.codes")?)?, values(weights.get("codebook.usage")?)?);
        Self::new(segments, codes, vectors, usage)
            .ok_or_else(|| candle_core::Error::Msg(format!("the codebook is not one of {segments} x {codes} codes")))
    }

    /// From its numbers, `[S, C, K / S]` and `[S, C]`; `None` where the counts do not fit.
    pub fn new(segments: usize, codes: usize, vectors: Vec<f32>, usage: Vec<f32>) -> Option<Self> {
        let rows = segments * codes;
        let whole = rows > 0 && !vectors.is_empty() && vectors.len().is_multiple_of(rows) && usage.len() == rows;
        whole.then(|| Self { segments, codes, width: vectors.len() / rows, vectors, usage })
    }

    /// S
    pub fn segments(&self) -> usize {
        self.segments
    }

    /// C
    pub fn codes(&self) -> usize {
        self.codes
    }

    /// Numbers a segment.
    pub fn width(&self) -> usize {
        self.width
    }

    /// One code, `[K / S]`.
    pub fn vector(&self, segment: usize, code: usize) -> &[f32] {
        let at = (segment * self.codes + code) * self.width;
        &self.vectors[at..at + self.width]
    }

    /// The nearest code of every segment, `[S]`, of latent numbers `[K]`; the first of several as near.
    pub fn nearest(&self, latent: &[f32]) -> Vec<usize> {
        let segments = latent.chunks_exact(self.width).take(self.segments).enumerate();
        let nearest = segments.map(|(segment, x)| {
            let mut best = (f32::INFINITY, 0);
            for code in 0..self.codes {
                let vector = self.vector(segment, code);
                let distance: f32 = x.iter().zip(vector).map(|(a, b)| (a - b) * (a - b)).sum();
                if distance < best.0 {
                    best = (distance, code);
                }
            }
            best.1
        });
        nearest.collect()
    }

    /// The latent numbers `[K]` that stand for codes `[S]`; a code that there is not counts as the last.
    pub fn assemble(&self, codes: &[usize]) -> Vec<f32> {
        let vectors = codes.iter().take(self.segments).enumerate();
        vectors.flat_map(|(segment, &code)| self.vector(segment, code.min(self.codes - 1)).iter().copied()).collect()
    }

    /// A latent, each row of a mix, with every segment replaced by its nearest code.
    pub fn quantise(&self, latent: &Latent) -> Latent {
        let mut out = latent.clone();
        for row in out.values_mut().chunks_mut(self.segments * self.width) {
            let codes = self.assemble(&self.nearest(row));
            row.iter_mut().zip(codes).for_each(|(x, code)| *x = code);
        }
        out
    }

    /// The share of the training set's shapes that has this code, of 1.
    pub fn share(&self, segment: usize, code: usize) -> f32 {
        let usage = &self.usage[segment * self.codes..(segment + 1) * self.codes];
        usage[code.min(self.codes - 1)] / usage.iter().sum::<f32>().max(f32::MIN_POSITIVE)
    }

    /// Codes of a segment that some shape of the training set has.
    pub fn used(&self, segment: usize) -> usize {
        (0..self.codes).filter(|&code| self.share(segment, code) > 0.0).count()
    }

    /// How many codes a segment would use if it used them equally: `exp(-sum p ln p)`, 1 to C.
    pub fn perplexity(&self, segment: usize) -> f32 {
        let shares = (0..self.codes).map(|code| self.share(segment, code)).filter(|p| *p > 0.0);
        (-shares.map(|p| p * p.ln()).sum::<f32>()).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two segments of two numbers, three codes each.
    fn codebook() -> Codebook {
        let vectors = vec![0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 5.0, 5.0, -5.0, 5.0, 5.0, 5.0];
        Codebook::new(2, 3, vectors, vec![2.0, 1.0, 0.0, 1.0, 1.0, 1.0]).unwrap()
    }

    #[test]
    fn each_segment_goes_to_its_own_nearest_code_and_stays_there() {
        let book = codebook();
        let latent = Latent::new(1, 4, vec![0.9, 0.2, -9.0, 1.0]).unwrap();
        assert_eq!(book.nearest(latent.values()), [1, 1]);
        let quantised = book.quantise(&latent);
        assert_eq!(quantised.values(), [1.0, 0.0, -5.0, 5.0]);
        assert_eq!(book.quantise(&quantised), quantised);
        // Codes 0 and 2 of the second segment are the same: the first one counts.
        assert_eq!(book.nearest(&[0.0, 1.0, 5.0, 5.0]), [2, 0]);
        assert_eq!(book.assemble(&[2, 99]), [0.0, 1.0, 5.0, 5.0]);
    }

    #[test]
    fn segments_may_cut_a_latent_of_several_groups() {
        let latent = Latent::new(2, 2, vec![0.1, 0.8, 4.0, 4.0]).unwrap();
        let quantised = codebook().quantise(&latent);
        assert_eq!((quantised.groups(), quantised.values()), (2, &[0.0, 1.0, 5.0, 5.0][..]));
    }

    #[test]
    fn usage_is_told_in_shares_and_perplexity() {
        let book = codebook();
        assert!((book.share(0, 0) - 2.0 / 3.0).abs() < 1e-6);
        assert_eq!((book.used(0), book.used(1)), (2, 3));
        assert!((book.perplexity(1) - 3.0).abs() < 1e-5);
        assert!((book.perplexity(0) - 1.8899).abs() < 1e-3);
        assert_eq!(Codebook::new(2, 3, vec![0.0; 12], vec![1.0; 5]), None);
        assert_eq!(Codebook::new(0, 3, vec![], vec![]), None);
    }
}
