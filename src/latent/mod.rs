//! The latent vector z as plain floats: what an artist edits. No tensor, no file.

pub mod attribute;
mod axes;
mod breed;
pub mod code;
mod density;
pub mod hold;
mod interpolate;
pub mod marginal;
pub(crate) mod symmetric;

pub use attribute::Attribute;
pub use axes::Axes;
pub use breed::{bred, mutated};
pub use code::Code;
pub use density::Density;
pub use hold::Hold;
pub use interpolate::{alike, lerp, slerp};

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A latent `[G, D]`: one vector for the whole shape (G = 1) or one a patch (G = P). A model that takes one for the whole
/// shape also decodes a mix `[P, D]`, in which every patch takes a latent of its own: the hilt of one sword with the
/// blade of another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Latent {
    groups: usize,
    values: Vec<f32>,
}

/// Why numbers are no latent.
#[derive(Debug, Error, PartialEq)]
pub enum LatentError {
    #[error("a latent of {groups} x {dim} needs {expected} numbers, found {found}")]
    Length { groups: usize, dim: usize, expected: usize, found: usize },
    #[error("latent number {index} is not finite")]
    NotFinite { index: usize },
    #[error(
        "the latent is {found_groups} x {found_dim}, but the model wants {groups} x {dim}: it was made by another model"
    )]
    Shape { groups: usize, dim: usize, found_groups: usize, found_dim: usize },
}

/// The serialised form: groups and the flat values, row by row.
#[derive(Clone, Serialize, Deserialize)]
struct Wire {
    groups: usize,
    values: Vec<f32>,
}

impl TryFrom<Wire> for Latent {
    type Error = LatentError;

    fn try_from(wire: Wire) -> Result<Self, LatentError> {
        let dim = wire.values.len() / wire.groups.max(1);
        Latent::new(wire.groups, dim, wire.values)
    }
}

impl From<Latent> for Wire {
    fn from(latent: Latent) -> Self {
        Self { groups: latent.groups, values: latent.values }
    }
}

impl Latent {
    /// A latent `[groups, dim]` from its values, row by row.
    ///
    /// # Errors
    /// When the count does not fit or a value is not finite.
    pub fn new(groups: usize, dim: usize, values: Vec<f32>) -> Result<Self, LatentError> {
        let expected = groups.saturating_mul(dim);
        if expected == 0 || values.len() != expected {
            return Err(LatentError::Length { groups, dim, expected, found: values.len() });
        }
        match values.iter().position(|x| !x.is_finite()) {
            Some(index) => Err(LatentError::NotFinite { index }),
            None => Ok(Self { groups, values }),
        }
    }

    /// The origin, the prior's mean.
    pub fn zeros(groups: usize, dim: usize) -> Self {
        Self { groups, values: vec![0.0; groups * dim] }
    }

    /// A draw from the prior N(0, I).
    pub fn prior(groups: usize, dim: usize, rng: &mut impl Rng) -> Self {
        let values = (0..groups * dim).map(|_| StandardNormal.sample(rng)).collect();
        Self { groups, values }
    }

    /// G: 1, or one a patch.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// D: numbers a group.
    pub fn dim(&self) -> usize {
        self.values.len() / self.groups
    }

    /// All `[G * D]` values, row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The same, to edit. A value that is not finite is the caller's fault and is refused when the latent is decoded.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// The vector `[D]` of group `g`; of the only one where there is one.
    pub fn group(&self, g: usize) -> &[f32] {
        let dim = self.dim();
        let g = if self.groups == 1 { 0 } else { g };
        &self.values[g * dim..(g + 1) * dim]
    }

    /// In rows of the numbers that a model takes: itself, or of a mix what each patch takes.
    pub fn rows(&self, numbers: usize) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(numbers.clamp(1, self.values.len()))
    }

    /// Whether a model of [G, D] decodes it as a mix: one latent a patch where it takes one for the whole shape.
    pub fn is_mix(&self, groups: usize) -> bool {
        groups == 1 && self.groups > 1
    }

    /// `[patches, D]`: every patch's own copy, ready to be mixed. Itself where it has them already.
    pub fn spread(&self, patches: usize) -> Self {
        if self.groups == patches {
            return self.clone();
        }
        let values = (0..patches).flat_map(|p| self.group(p.min(self.groups - 1)).iter().copied()).collect();
        Self { groups: patches, values }
    }

    /// `[1, D]` where all patches take the same latent, else itself.
    pub fn gathered(self) -> Self {
        let dim = self.dim();
        let same = self.values.chunks_exact(dim).all(|row| row == &self.values[..dim]);
        if same { Self { groups: 1, values: self.values[..dim].to_vec() } } else { self }
    }

    /// `[1, D]` the mean over the groups that count; over all of them where none does.
    pub fn averaged(&self, counts: impl Fn(usize) -> bool) -> Self {
        let dim = self.dim();
        let counted: Vec<usize> = (0..self.groups).filter(|&g| counts(g)).collect();
        let groups = if counted.is_empty() { (0..self.groups).collect() } else { counted };
        let mean = |i: usize| groups.iter().map(|&g| self.values[g * dim + i]).sum::<f32>() / groups.len() as f32;
        Self { groups: 1, values: (0..dim).map(mean).collect() }
    }

    /// Checks the shape against what a decoder of `patches` takes: its own, or a mix of one latent a patch.
    ///
    /// # Errors
    /// When the shape differs or a value is not finite.
    pub fn fits_patches(&self, groups: usize, dim: usize, patches: usize) -> Result<(), LatentError> {
        let groups = if self.is_mix(groups) && self.groups == patches { patches } else { groups };
        self.fits(groups, dim)
    }

    /// Checks the shape against what a model wants.
    ///
    /// # Errors
    /// When the shape differs or a value is not finite.
    pub fn fits(&self, groups: usize, dim: usize) -> Result<(), LatentError> {
        if (self.groups, self.dim()) != (groups, dim) {
            return Err(LatentError::Shape { groups, dim, found_groups: self.groups, found_dim: self.dim() });
        }
        match self.values.iter().position(|x| !x.is_finite()) {
            Some(index) => Err(LatentError::NotFinite { index }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn only_whole_finite_latents_exist() {
        assert!(matches!(Latent::new(2, 3, vec![0.0; 5]), Err(LatentError::Length { expected: 6, found: 5, .. })));
        assert_eq!(Latent::new(1, 2, vec![0.0, f32::NAN]), Err(LatentError::NotFinite { index: 1 }));
        let latent = Latent::new(2, 2, vec![1.0, 2.0, 3.0, 4.0]).unwrap();
        assert_eq!(latent.group(1), [3.0, 4.0]);
        assert!(latent.fits(1, 4).is_err());
        assert!(serde_json::from_str::<Latent>(r#"{"groups":2,"values":[1,2,3]}"#).is_err());
    }

    #[test]
    fn a_mix_is_spread_gathered_and_averaged() {
        let one = Latent::new(1, 2, vec![1.0, 2.0]).unwrap();
        let mut mix = one.spread(3);
        assert_eq!((mix.groups(), mix.clone().gathered()), (3, one.clone()));
        mix.values_mut()[4..].copy_from_slice(&[4.0, 5.0]);
        assert_eq!((mix.clone().gathered(), mix.is_mix(1), mix.is_mix(3)), (mix.clone(), true, false));
        assert_eq!(mix.averaged(|_| true).values(), [2.0, 3.0]);
        assert_eq!(mix.averaged(|g| g == 2).values(), [4.0, 5.0]);
        assert!(mix.fits_patches(1, 2, 3).is_ok() && mix.fits(1, 2).is_err() && one.fits_patches(1, 2, 3).is_ok());
        assert!(mix.fits_patches(1, 2, 4).is_err() && mix.fits_patches(3, 2, 3).is_ok());
        assert!(mix.fits_patches(2, 2, 3).is_err());
    }

    #[test]
    fn json_round_trip_is_exact_and_draws_are_seeded() {
        let draw = |seed| Latent::prior(1, 32, &mut rand_chacha::ChaCha8Rng::seed_from_u64(seed));
        let latent = draw(3);
        let text = serde_json::to_string(&latent).unwrap();
        assert_eq!(serde_json::from_str::<Latent>(&text).unwrap(), latent);
        assert_eq!(draw(3), latent);
        assert_ne!(draw(4), latent);
    }
}
