//! What kind of thing a model makes: it decides which way a shape lies, what its length is, and how it is looked at.

use serde::{Deserialize, Serialize};

/// The class of shapes that data or a model is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Tip +Y, guard along X, thickness along Z. Length along Y; an export's origin lies in the grip.
    #[default]
    Sword,
    /// Nose +Z, up +Y, wings along X. Length along Z; an export's origin lies in the middle.
    Plane,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 2] = [Self::Sword, Self::Plane];

    /// The axis of the overall length: 1 is Y, 2 is Z.
    pub fn length_axis(self) -> usize {
        match self {
            Self::Sword => 1,
            Self::Plane => 2,
        }
    }

    /// What one is called, in names and messages.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Sword => "sword",
            Self::Plane => "plane",
        }
    }

    /// Several.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Sword => "swords",
            Self::Plane => "planes",
        }
    }

    /// For serde: models and recipes of swords are written as before there were classes.
    pub fn is_sword(&self) -> bool {
        *self == Self::Sword
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_written_by_their_noun() {
        for class in Class::ALL {
            assert_eq!(serde_json::to_value(class).unwrap(), class.noun());
            assert_eq!(class.is_sword(), class == Class::default());
        }
    }
}
