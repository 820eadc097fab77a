//! Shapes to pick from: what the model has encoded, and files that the user opened.

use crate::class::Class;
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
    pub fn title(self, class: Class) -> String {
        match self {
            Self::Imported => "Imported".to_owned(),
            Self::Real => format!("Real {}", class.plural()),
            Self::Procedural => format!("Procedural {}", class.plural()),
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
    /// The model's own length in metres for this latent.
    pub own_length: f32,
}

impl Source {
    /// The length in metres that it has in a blend: the known one, else the model's own.
    pub fn shown_length(&self) -> f32 {
        self.length.unwrap_or(self.own_length)
    }

    /// What the explorer opens with where nobody asks for a shape: a real sword of the plain kind. The average of all
    /// shapes is blander than any of them. `None` where no such sword is encoded.
    pub fn opening(sources: impl IntoIterator<Item = Self>) -> Option<Self> {
        let rank = |s: &Self| ["longsword", "medieval"].iter().position(|kind| s.name.to_lowercase().contains(kind));
        let real = sources.into_iter().filter(|s| s.origin == Origin::Real);
        real.filter_map(|s| Some((rank(&s)?, s))).min_by_key(|(rank, _)| *rank).map(|(_, s)| s)
    }

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
                own_length: forge.placement(&e.latent, None).length,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_explorer_opens_with_a_real_plain_sword() {
        let source = |(name, origin): (&str, Origin)| Source {
            name: name.into(),
            origin,
            latent: Latent::zeros(1, 2),
            length: None,
            own_length: 1.0,
        };
        let all = [
            ("medieval-7", Origin::Procedural),
            ("katana", Origin::Real),
            ("a_MedievalSword", Origin::Real),
            ("longsword", Origin::Real),
        ];
        let name = |count: usize| Source::opening(all[..count].iter().copied().map(source)).map(|s| s.name);
        assert_eq!((name(4).as_deref(), name(2)), (Some("longsword"), None));
        assert_eq!(name(3).as_deref(), Some("a_MedievalSword"));
    }
}
