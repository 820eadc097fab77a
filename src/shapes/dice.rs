//! What the designs of procedural shapes are drawn with: choices that can be listed, and the few draws that a design needs.

use rand::{Rng, RngExt};

/// Smallest and largest value.
pub(super) type Range = (f32, f32);
/// Choices with their weights.
pub(super) type Weighted<T> = &'static [(T, u32)];

/// An enum whose variants can be listed, so that a test can ask that each occurs.
macro_rules! choice {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$variant_meta])* $variant),+ }

        impl $name {
            /// Every variant, in the order of declaration.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
        }
    };
}
pub(super) use choice;

/// A generator with the few draws that a design needs.
pub(super) struct Dice<'a, R: Rng>(pub &'a mut R);

impl<R: Rng> Dice<'_, R> {
    pub fn within(&mut self, (low, high): Range) -> f32 {
        low + (high - low) * self.0.random::<f32>()
    }

    pub fn chance(&mut self, percent: u32) -> bool {
        self.0.random_range(0..100) < percent
    }

    pub fn count(&mut self, low: usize, high: usize) -> usize {
        self.0.random_range(low..=high)
    }

    pub fn sign(&mut self) -> f32 {
        if self.chance(50) { 1.0 } else { -1.0 }
    }

    /// One of the choices, by weight. The tables are never empty.
    pub fn pick<T: Copy>(&mut self, choices: &[(T, u32)]) -> T {
        let mut left = self.0.random_range(0..choices.iter().map(|c| c.1).sum::<u32>());
        for &(choice, weight) in choices {
            if left < weight {
                return choice;
            }
            left -= weight;
        }
        choices[0].0
    }
}

/// From `slender` at stylisation 0 to `chunky` at 1.
pub(super) fn mix(slender: f32, chunky: f32, stylisation: f32) -> f32 {
    slender + (chunky - slender) * stylisation
}
