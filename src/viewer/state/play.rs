//! The blend as it plays: to B, back to A, and so on.

use super::Explorer;
use crate::latent::Latent;

/// Seconds that the way from A to B may take.
pub const SECONDS: std::ops::RangeInclusive<f32> = 0.5..=30.0;

/// Whether and how the blend plays.
#[derive(Clone, Debug, PartialEq)]
pub struct Play {
    pub on: bool,
    /// From A to B.
    pub seconds: f32,
    /// Whether it is on the way back.
    back: bool,
    /// What the blend showed last; any other shape was made by hand since.
    pub(super) showed: Option<Latent>,
}

impl Default for Play {
    fn default() -> Self {
        Self { on: false, seconds: 3.0, back: false, showed: None }
    }
}

/// Where a place in 0..=1 is after moving by so much, turning at the ends; and whether it is on the way back then.
fn ping_pong(at: f32, back: bool, by: f32) -> (f32, bool) {
    // Unfolded, there and back is a circle of length 2.
    let place = (if back { 2.0 - at } else { at } + by).rem_euclid(2.0);
    if place > 1.0 { (2.0 - place, true) } else { (place, false) }
}

impl Explorer {
    /// Starts, or stops where it is.
    pub fn toggle_play(&mut self) {
        self.play.on = !self.play.on && self.blend.is_complete();
        self.play.showed = None;
        if self.play.on && self.blend.at >= 1.0 {
            self.play.back = true;
        }
    }

    /// Moves on by the seconds of a frame; an edit of the shape ends it.
    pub fn advance(&mut self, seconds: f32) {
        self.play.on &= self.blend.is_complete();
        self.play.on &= self.play.showed.as_ref().is_none_or(|showed| *showed == self.latent);
        if self.play.on {
            let by = seconds / self.play.seconds.clamp(*SECONDS.start(), *SECONDS.end());
            (self.blend.at, self.play.back) = ping_pong(self.blend.at, self.play.back, by);
            self.history.name("Play");
            self.apply_blend();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Slot, tests::explorer};

    #[test]
    fn it_turns_at_the_ends_and_is_one_edit() {
        let mut e = explorer();
        e.toggle_play();
        assert!(!e.play.on);
        e.pick(Slot::A, 0);
        e.pick(Slot::B, 1);
        e.blend.at = 0.5;
        e.apply_blend();
        e.remember();
        e.toggle_play();
        e.play.seconds = 1.0;
        for at in [0.75, 1.0, 0.75, 0.5, 0.25, 0.0, 0.25] {
            e.advance(0.25);
            e.remember();
            assert_eq!(e.blend.at, at);
        }
        assert_eq!(e.latent.values(), [0.75, 0.25]);
        e.advance(20.0);
        assert!((e.blend.at - 0.25).abs() < 1e-5);
        e.toggle_play();
        e.advance(0.25);
        assert!((e.blend.at - 0.25).abs() < 1e-5 && e.history.steps().len() == 2);
    }

    #[test]
    fn an_edit_ends_it_and_stays() {
        let mut e = explorer();
        e.pick(Slot::A, 0);
        e.pick(Slot::B, 1);
        e.toggle_play();
        e.advance(0.25);
        assert!(e.set_number(0, 1, 0.875));
        let made = e.latent.clone();
        e.advance(0.25);
        assert_eq!((e.play.on, &e.latent), (false, &made));
        // It can be played again from there.
        e.toggle_play();
        e.advance(0.25);
        assert!(e.play.on && e.latent != made);
    }
}
