//! How far shapes reach, remembered: a frame asks for the same few again and again, and each answer is a decode.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::latent::Latent;

/// The shape that is edited, the one that is seen, and some that workers measure meanwhile.
const KEPT: usize = 8;

/// How far a shape reaches, in radii of the unit ball.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// From end to end along its class's axis.
    pub length: f32,
    /// Its lowest point, as it stands.
    pub lowest: f32,
}

/// The last answers. A copy begins with none.
#[derive(Debug, Default)]
pub struct Extents(Mutex<VecDeque<(Latent, Extent)>>);

impl Clone for Extents {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Extents {
    /// The remembered extent of a latent, or what `measure` says.
    pub fn of(&self, latent: &Latent, measure: impl FnOnce() -> Extent) -> Extent {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, extent)) = lock().iter().find(|(of, _)| of == latent) {
            return *extent;
        }
        // Others may ask meanwhile.
        let extent = measure();
        let mut kept = lock();
        kept.push_front((latent.clone(), extent));
        kept.truncate(KEPT);
        extent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_answers_are_remembered() {
        let extents = Extents::default();
        let latent = |x: f32| Latent::new(1, 1, vec![x]).unwrap();
        let [one, two, three] = [1.0, 2.0, 3.0].map(|length| Extent { length, lowest: -1.0 });
        assert_eq!(extents.of(&latent(1.0), || two), two);
        assert_eq!(extents.of(&latent(1.0), || unreachable!("it is known")), two);
        for i in 0..KEPT {
            extents.of(&latent(10.0 + i as f32), || one);
        }
        assert_eq!(extents.of(&latent(1.0), || three), three);
    }
}
