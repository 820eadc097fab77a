//! Shapes to pick from: what the model has encoded, and files that the user opened.

use crate::forge::Forge;
use crate::latent::Latent;

/// Where a latent to blend came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A file that the user opened.
    Imported,
    /// A real mesh of the training set.
    Real,
    /// A generated mesh of the training set.
    Procedural,
}

impl Origin {
    /// The heading of its group in a list.
    pub fn title(self) -> &'static str {
        match self {
            Self::Imported => "Imported",
            Self::Real => "Real swords",
            Self::Procedural => "Procedural swords",
        }
    }

    /// The origin that a checkpoint's `kind` names.
    pub fn of_kind(kind: &str) -> Self {
        if kind == "real" { Self::Real } else { Self::Procedural }
    }
}

/// A shape that can be picked as A or B.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    pub name: String,
    pub origin: Origin,
    pub latent: Latent,
    /// Overall length in metres where it is known (not assumed).
    pub length: Option<f32>,
}

impl Source {
    /// Every shape that a forge's checkpoint carries encoded.
    pub fn all_of(forge: &Forge) -> Vec<Self> {
        let known = |e: &crate::model::checkpoint::Encoded| (!e.length_assumed).then_some(e.length);
        let encoded = forge.checkpoint().meta.encoded.iter();
        encoded
            .map(|e| Self {
                name: e.name.clone(),
                origin: Origin::of_kind(&e.kind),
                latent: e.latent.clone(),
                length: known(e),
            })
            .collect()
    }
}
