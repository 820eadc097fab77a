//! The shape that is edited, or shown for a moment.

use crate::latent::Latent;

/// What an artist edits: enough to decode the shape again.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    pub latent: Latent,
    /// Overall length in metres; `None` for the model's own.
    pub length: Option<f32>,
    /// Points along a patch's side.
    pub grid: usize,
}

/// Who chose the overall length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LengthFrom {
    /// The model, for whatever latent is shown.
    #[default]
    Model,
    /// The picked shapes, as far as their lengths are known.
    Picks,
    /// A measure that was moved: what lies along the shape lengthens it, and all else keeps its size.
    Measures,
    /// The user: no pick and no blend changes it.
    Hand,
}

/// A shape that the view shows for as long as the pointer means it.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    pub latent: Latent,
    /// Metres; `None` for the model's own.
    pub length: Option<f32>,
}
