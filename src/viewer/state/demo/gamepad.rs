//! A gamepad in a visitor's hands: the left stick changes the shape, the right one turns it, buttons do the rest.

use super::Mode;
use crate::viewer::state::Explorer;

/// Deflections below count as none: sticks never rest at exactly zero.
const DEAD: f32 = 0.25;

/// Standard deviations a second that a stick at its end moves the shape by, and how far it leads.
const SPEED: f32 = 1.2;
const REACH: f32 = 2.5;

/// What a gamepad's sticks and buttons did in a frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gamepad {
    /// Right and up, -1 to 1.
    pub left: [f32; 2],
    pub right: [f32; 2],
    /// Buttons that went down, by the kernel's numbers: 0 is the lower one of the four, then right, left, upper.
    pub pressed: Vec<u8>,
}

/// A stick's deflection beyond the dead middle, without a step at its rim.
fn beyond(stick: [f32; 2]) -> [f32; 2] {
    stick.map(|x| x.signum() * ((x.abs() - DEAD) / (1.0 - DEAD)).clamp(0.0, 1.0))
}

impl Gamepad {
    /// Whether somebody holds it.
    pub fn is_used(&self) -> bool {
        !self.pressed.is_empty() || beyond(self.left) != [0.0; 2] || self.turn() != [0.0; 2]
    }

    /// How the right stick turns the view, -1 to 1: right and up.
    pub fn turn(&self) -> [f32; 2] {
        beyond(self.right)
    }
}

impl Explorer {
    /// Does what a gamepad asks for in a frame of so many seconds. What takes over does nothing else.
    pub fn play_gamepad(&mut self, pad: &Gamepad, seconds: f32) {
        if !self.demo.is_on() || !pad.is_used() {
            return;
        }
        let walked = self.demo.mode() == Mode::Walking;
        self.touch_demo();
        if walked {
            return;
        }
        for &button in &pad.pressed {
            match button {
                0 => self.randomise(),
                1 => self.walk(),
                2 => self.favour_current(),
                3 => self.undo(),
                _ => (),
            }
        }
        for (axis, push) in beyond(pad.left).into_iter().enumerate() {
            let Some(axes) = &self.model.axes else { return };
            if push != 0.0 && axis < axes.deviations.len() {
                let now = axes.coordinate(&self.latent, axis);
                let far = REACH.max(now.abs());
                self.history.name("Gamepad");
                self.set_axis(axis, (now + SPEED * seconds * push).clamp(-far, far));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::explorer;
    use super::*;
    use crate::latent::{Axes, Latent};

    #[test]
    fn a_pad_takes_over_then_moves_the_shape_within_reach() {
        let mut e = explorer();
        e.model.axes = Some(Axes {
            mean: vec![0.0; 2],
            directions: vec![vec![1.0, 0.0], vec![0.0, 1.0]],
            deviations: vec![2.0, 1.0],
            shares: vec![],
        });
        e.latent = Latent::zeros(1, 2);
        let push = Gamepad { left: [1.0, -0.1], ..Gamepad::default() };
        e.play_gamepad(&push, 0.1);
        assert_eq!((e.demo.mode(), e.latent.values()), (Mode::Off, &[0.0, 0.0][..]));
        e.start_demo();
        e.play_gamepad(&Gamepad { left: [0.2, 0.1], ..Gamepad::default() }, 0.1);
        assert_eq!(e.demo.mode(), Mode::Walking);
        e.play_gamepad(&push, 0.1);
        assert_eq!((e.demo.mode(), e.latent.values()), (Mode::Taken, &[0.0, 0.0][..]));
        e.play_gamepad(&push, 0.5);
        assert!((e.latent.values()[0] - 2.0 * 0.6).abs() < 1e-5 && e.latent.values()[1] == 0.0);
        (0..100).for_each(|_| e.play_gamepad(&push, 0.5));
        assert!((e.latent.values()[0] - 2.0 * REACH).abs() < 1e-4);
        e.play_gamepad(&Gamepad { pressed: vec![0], ..Gamepad::default() }, 0.1);
        assert_eq!(e.commands().len(), 1);
        e.play_gamepad(&Gamepad { pressed: vec![1], ..Gamepad::default() }, 0.1);
        assert_eq!(e.demo.mode(), Mode::Walking);
    }
}
