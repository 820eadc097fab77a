//! Coarse while the hand moves, fine when it rests: which grid a shape is decoded on. A plain state machine, no clock.

use crate::latent::Latent;

/// Points along a patch's side while a shape changes on a slow adapter.
pub const COARSE: usize = 10;

/// Seconds without a change after which a slow adapter decodes the fine grid.
pub const REST: f64 = 0.15;

/// Milliseconds of a fine decode above which an adapter counts as slow; below half of it, it is fast again.
const SLOW_MS: f32 = 8.0;

/// What was asked for last, and when it changed.
#[derive(Clone, Debug, Default)]
pub struct Detail {
    asked: Option<(Latent, usize)>,
    changed: f64,
}

impl Detail {
    /// Points along a side to decode `latent` on at time `now` (seconds), when `grid` is what the user wants.
    pub fn side(&mut self, latent: &Latent, grid: usize, now: f64, slow: bool) -> usize {
        if self.asked.as_ref().is_none_or(|(l, g)| l != latent || *g != grid) {
            self.asked = Some((latent.clone(), grid));
            self.changed = now;
        }
        if slow && now - self.changed < REST { grid.min(COARSE) } else { grid }
    }

    /// True while a coarse shape waits for its rest: frames must go on without input.
    pub fn waits(&self, now: f64, slow: bool) -> bool {
        slow && now - self.changed < REST + 0.1
    }
}

/// Whether an adapter is slow, from what it was and how long a decode of the wanted grid took.
pub fn judge(slow: bool, fine_ms: f32) -> bool {
    if slow { fine_ms > SLOW_MS / 2.0 } else { fine_ms > SLOW_MS }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_adapter_refines_when_the_hand_rests() {
        let mut detail = Detail::default();
        let (a, b) = (Latent::zeros(1, 2), Latent::new(1, 2, vec![1.0, 0.0]).unwrap());
        assert_eq!(detail.side(&a, 32, 0.0, true), COARSE);
        assert_eq!(detail.side(&b, 32, 0.1, true), COARSE);
        assert_eq!(detail.side(&b, 32, 0.2, true), COARSE);
        assert!(detail.waits(0.2, true));
        assert_eq!(detail.side(&b, 32, 0.3, true), 32);
        assert_eq!(detail.side(&b, 32, 9.0, true), 32);
        assert!(!detail.waits(9.0, true));
        assert_eq!(detail.side(&b, 6, 9.1, true), 6);
        assert_eq!(detail.side(&a, 32, 10.0, false), 32);
    }

    #[test]
    fn the_judgement_does_not_flicker() {
        assert!(judge(false, 9.0) && judge(true, 6.0));
        assert!(!judge(false, 6.0) && !judge(true, 3.0));
    }
}
