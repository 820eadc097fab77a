//! Two picked shapes and the way between them.

use super::{Origin, Source};
use crate::latent::{Latent, lerp, slerp};

/// The two ends of a blend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    A,
    B,
}

impl Slot {
    /// `A` or `B`.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
        }
    }

    fn end(self) -> f32 {
        match self {
            Self::A => 0.0,
            Self::B => 1.0,
        }
    }
}

/// The path that a blend takes from A to B.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BlendPath {
    /// Straight: a mix of both.
    #[default]
    Linear,
    /// Around the origin: keeps the distance from the average shape (White 2016).
    Spherical,
}

impl BlendPath {
    /// The latent at `t` in 0..=1.
    pub fn at(self, a: &Latent, b: &Latent, t: f32) -> Latent {
        match self {
            Self::Linear => lerp(a, b, t),
            Self::Spherical => slerp(a, b, t),
        }
    }
}

/// What A and B are, and where between them the shape is.
#[derive(Clone, Debug)]
pub struct Blend {
    /// Shapes that A and B can be picked from, by origin, then as they came.
    pub sources: Vec<Source>,
    /// Indices into `sources` of A and B.
    pub picks: [Option<usize>; 2],
    /// 0 at A, 1 at B.
    pub at: f32,
    pub path: BlendPath,
}

impl Blend {
    /// Nothing picked yet.
    pub fn new(mut sources: Vec<Source>) -> Self {
        sources.sort_by_key(|s| s.origin);
        Self { sources, picks: [None; 2], at: 0.0, path: BlendPath::default() }
    }

    /// What was picked for a slot.
    pub fn picked(&self, slot: Slot) -> Option<&Source> {
        self.sources.get(self.picks[slot as usize]?)
    }

    /// Whether both ends are picked.
    pub fn is_complete(&self) -> bool {
        self.picks.iter().all(Option::is_some)
    }

    /// Picks source `index` as A or B and moves to that end, unless the shape stands between two picks. False where
    /// there is no such source.
    pub fn pick(&mut self, slot: Slot, index: usize) -> bool {
        if index >= self.sources.len() {
            return false;
        }
        let between = self.is_complete() && self.at > 0.0 && self.at < 1.0;
        self.picks[slot as usize] = Some(index);
        if !between {
            self.at = slot.end();
        }
        true
    }

    /// Exchanges A and B; the shape stays.
    pub fn swap(&mut self) {
        self.picks.swap(0, 1);
        self.at = 1.0 - self.at;
    }

    /// The blend of A and B, or the one that is picked; `None` where none is.
    pub fn latent(&self) -> Option<Latent> {
        match (self.picked(Slot::A), self.picked(Slot::B)) {
            (Some(a), Some(b)) => Some(self.path.at(&a.latent, &b.latent, self.at)),
            (Some(one), None) | (None, Some(one)) => Some(one.latent.clone()),
            (None, None) => None,
        }
    }

    /// The length in metres that goes with [`Blend::latent`]: known lengths, and straight between them. `None` where
    /// the model's own is as good as any: for a pick, or two, of which no length is known.
    pub fn length(&self) -> Option<f32> {
        match (self.picked(Slot::A), self.picked(Slot::B)) {
            (Some(a), Some(_)) if self.at <= 0.0 => a.length,
            (Some(_), Some(b)) if self.at >= 1.0 => b.length,
            (Some(a), Some(b)) => {
                let (from, to) = (a.shown_length(), b.shown_length());
                (a.length.is_some() || b.length.is_some()).then_some(from + self.at * (to - from))
            }
            (Some(one), None) | (None, Some(one)) => one.length,
            (None, None) => None,
        }
    }

    /// Adds an imported shape, or replaces the old self of one that was imported before; its index.
    pub fn add_import(&mut self, source: Source) -> usize {
        match self.sources.iter().position(|s| s.origin == Origin::Imported && s.name == source.name) {
            Some(index) => {
                self.sources[index] = source;
                index
            }
            None => {
                // Imports come last in the list, so that the indices of older picks stay; panels sort by origin.
                self.sources.push(source);
                self.sources.len() - 1
            }
        }
    }

    /// Where a shape goes that nobody gave a slot: A, or B where only A is picked.
    pub fn next_slot(&self) -> Slot {
        if self.picks[0].is_some() && self.picks[1].is_none() { Slot::B } else { Slot::A }
    }
}
