//! Every edit of the design, to undo and to go back to by name. It compares states, so that no edit is forgotten.

use super::{Blend, BlendPath, Explorer, LengthFrom, Mode, Pad, PartAt};
use crate::latent::Latent;

/// Edits that are kept.
pub const LIMIT: usize = 200;

/// All that an edit can change.
#[derive(Clone, Debug, PartialEq)]
struct Snapshot {
    latent: Latent,
    length: Option<f32>,
    length_from: LengthFrom,
    grid: usize,
    picks: [Option<usize>; 2],
    at: f32,
    path: BlendPath,
    parts: Vec<PartAt>,
    pad: Pad,
}

/// An edit.
#[derive(Clone, Debug)]
pub struct Step {
    /// What was done, e.g. `Axis 3`.
    pub name: String,
    after: Snapshot,
}

/// The edits in order, the first of them the start.
#[derive(Clone, Debug, Default)]
pub struct History {
    steps: Vec<Step>,
    /// Index of the step that is shown.
    at: usize,
    /// What the edit that is about to show was called.
    named: Option<String>,
    /// Whether that edit belongs to the step before it, if that has its name.
    joins: bool,
    /// Whether a hand holds a widget: what it does until it lets go is one step.
    pub held: bool,
    /// Whether the newest step is still being made.
    open: bool,
}

impl History {
    /// The edits, the start first.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Which of them is shown.
    pub fn at(&self) -> usize {
        self.at
    }

    pub fn can_undo(&self) -> bool {
        self.at > 0
    }

    pub fn can_redo(&self) -> bool {
        self.at + 1 < self.steps.len()
    }

    /// Forgets everything: what is shown next is the start.
    pub fn clear(&mut self) {
        *self = Self { held: self.held, ..Self::default() };
    }

    /// Says what the edit that is about to show is called.
    pub fn name(&mut self, name: impl Into<String>) {
        self.named = Some(name.into());
        self.joins = false;
    }

    /// The same of an edit that ends one that was made before, as a correction that took its time.
    pub fn name_end(&mut self, name: impl Into<String>) {
        self.named = Some(name.into());
        self.joins = true;
    }

    fn see(&mut self, now: Snapshot, held: bool) {
        let Some(before) = self.steps.get(self.at) else {
            self.steps = vec![Step { name: "Start".into(), after: now }];
            self.at = 0;
            return;
        };
        if before.after == now {
            // What was named was no edit of the design.
            (self.named, self.joins) = (None, false);
            self.open &= held;
            return;
        }
        let name = self.named.take().unwrap_or_else(|| now.differs_in(&before.after).to_owned());
        let newest = self.at + 1 == self.steps.len();
        if newest && self.at > 0 && (self.open || self.joins) && before.name == name {
            self.steps[self.at].after = now;
        } else {
            self.steps.truncate(self.at + 1);
            self.steps.push(Step { name, after: now });
            if self.steps.len() > LIMIT + 1 {
                self.steps.remove(0);
            }
            self.at = self.steps.len() - 1;
        }
        self.joins = false;
        self.open = held;
    }
}

impl Snapshot {
    fn differs_in(&self, before: &Self) -> &'static str {
        if self.picks != before.picks {
            "Pick"
        } else if self.parts != before.parts {
            "Mix parts"
        } else if self.at != before.at || self.path != before.path {
            "Blend"
        } else if self.pad != before.pad {
            "Four corners"
        } else if self.latent != before.latent {
            "Another shape"
        } else if self.grid != before.grid {
            "Density"
        } else {
            "Length"
        }
    }
}

impl Explorer {
    fn snapshot(&self) -> Snapshot {
        let Blend { picks, at, path, parts, .. } = &self.blend;
        Snapshot {
            latent: self.latent.clone(),
            length: self.length,
            length_from: self.length_from,
            grid: self.grid,
            picks: *picks,
            at: *at,
            path: *path,
            parts: parts.clone(),
            pad: self.pad.clone(),
        }
    }

    /// Takes note of what has changed; as often as wanted.
    pub fn remember(&mut self) {
        let now = self.snapshot();
        let walks = self.demo.mode() == Mode::Walking;
        self.history.see(now, self.history.held || self.play.on || walks);
    }

    /// One edit back.
    pub fn undo(&mut self) {
        if self.history.can_undo() {
            self.go_back_to(self.history.at - 1);
        }
    }

    /// One edit forward again.
    pub fn redo(&mut self) {
        self.go_back_to(self.history.at + 1);
    }

    /// Shows the design as it was after step `index`; the later ones stay until another edit takes their place.
    pub fn go_back_to(&mut self, index: usize) {
        let Some(step) = self.history.steps.get(index) else { return };
        let Snapshot { latent, length, length_from, grid, picks, at, path, parts, pad } = step.after.clone();
        (self.latent, self.length, self.length_from, self.grid, self.pad) = (latent, length, length_from, grid, pad);
        (self.blend.picks, self.blend.at, self.blend.path, self.blend.parts) = (picks, at, path, parts);
        self.play.on = false;
        self.measures.forget_aim();
        (self.history.at, self.history.open, self.history.named) = (index, false, None);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::explorer;
    use super::*;

    fn names(e: &Explorer) -> Vec<&str> {
        e.history.steps().iter().map(|s| s.name.as_str()).collect()
    }

    #[test]
    fn a_drag_is_one_step_and_undo_goes_back_over_all_of_it() {
        let mut e = explorer();
        e.remember();
        e.history.held = true;
        for x in [0.1, 0.2, 0.3] {
            e.latent.values_mut()[0] = x;
            e.history.name("Axis 1");
            e.remember();
        }
        e.history.held = false;
        e.remember();
        e.latent.values_mut()[0] = 0.4;
        e.history.name("Axis 1");
        e.remember();
        e.set_length(Some(2.0));
        e.remember();
        e.grid = 9;
        e.remember();
        assert_eq!(names(&e), ["Start", "Axis 1", "Axis 1", "Length", "Density"]);
        for (x, length) in [(0.4, Some(2.0)), (0.4, None), (0.3, None), (0.0, None), (0.0, None)] {
            e.undo();
            e.remember();
            assert_eq!((e.latent.values()[0], e.length), (x, length));
        }
        e.go_back_to(3);
        e.remember();
        assert_eq!((e.length, e.history.at(), names(&e).len()), (Some(2.0), 3, 5));
        e.redo();
        e.redo();
        e.remember();
        assert_eq!((e.grid, e.history.can_redo()), (9, false));
    }

    #[test]
    fn an_edit_after_undo_takes_the_place_of_what_was_undone() {
        let mut e = explorer();
        e.remember();
        for i in 1..=3 {
            e.latent.values_mut()[0] = i as f32;
            e.history.name(format!("Random {i}"));
            e.remember();
        }
        e.undo();
        e.undo();
        e.pick(super::super::Slot::A, 0);
        e.remember();
        assert_eq!(names(&e), ["Start", "Random 1", "Pick A: r"]);
        assert!(!e.history.can_redo());
    }

    #[test]
    fn two_hundred_edits_are_kept_and_a_late_correction_joins_its_own() {
        let mut e = explorer();
        e.remember();
        for i in 1..=LIMIT + 50 {
            e.latent.values_mut()[0] = i as f32;
            e.remember();
        }
        e.latent.values_mut()[1] = 1.0;
        e.history.name_end("Another shape");
        e.remember();
        assert_eq!(e.history.steps().len(), LIMIT + 1);
        let undone = (0..).take_while(|_| {
            let could = e.history.can_undo();
            e.undo();
            could
        });
        assert_eq!(undone.count(), LIMIT);
        assert_eq!(e.latent.values()[0], 50.0);
    }
}
