//! Two picked shapes and the way between them.

use super::{Explorer, LengthFrom, Origin, Source};
use crate::latent::{Latent, alike, lerp, slerp};

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

/// Where between A and B a patch is by itself; `None` for where the whole is.
pub type PartAt = Option<f32>;

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
    /// `[P]` places of patches that do not go with the whole: the hilt of A, the blade of B. Empty where all do.
    pub parts: Vec<PartAt>,
}

impl Blend {
    /// Nothing picked yet.
    pub fn new(mut sources: Vec<Source>) -> Self {
        sources.sort_by_key(|s| s.origin);
        Self { sources, picks: [None; 2], at: 0.0, path: BlendPath::default(), parts: Vec::new() }
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

    /// Moves to A or B with every patch.
    pub fn go_to_end(&mut self, slot: Slot) {
        self.at = slot.end();
        self.parts.clear();
    }

    /// Exchanges A and B; the shape stays.
    pub fn swap(&mut self) {
        self.picks.swap(0, 1);
        self.at = 1.0 - self.at;
        self.parts.iter_mut().flatten().for_each(|t| *t = 1.0 - *t);
    }

    /// Whether some patch is elsewhere than the whole.
    pub fn is_mixed(&self) -> bool {
        self.parts.iter().any(Option::is_some)
    }

    /// Where patch `p` is.
    pub fn part(&self, p: usize) -> PartAt {
        self.parts.get(p).copied().flatten()
    }

    /// Puts a patch of `patches` elsewhere, or lets it go with the whole.
    pub fn set_part(&mut self, patches: usize, p: usize, at: PartAt) {
        self.parts.resize(patches, None);
        if let Some(part) = self.parts.get_mut(p) {
            *part = at;
        }
        if !self.is_mixed() {
            self.parts.clear();
        }
    }

    /// A mix of A and B with the whole at `at`, every patch where it is.
    fn mixed(&self, at: f32, a: &Latent, b: &Latent) -> Latent {
        let (a, b) = alike(a, b);
        let whole = self.path.at(&a, &b, at);
        if !self.is_mixed() {
            return whole;
        }
        let one = whole.groups() == 1;
        let mut out = whole.spread(self.parts.len().max(whole.groups()));
        let dim = out.dim();
        for (p, t) in self.parts.iter().enumerate() {
            if let Some(t) = t {
                let there = self.path.at(&a, &b, *t);
                out.values_mut()[p * dim..(p + 1) * dim].copy_from_slice(there.group(p));
            }
        }
        if one { out.gathered() } else { out }
    }

    /// The blend of A and B, or the one that is picked; `None` where none is.
    pub fn latent(&self) -> Option<Latent> {
        self.latent_at(self.at)
    }

    /// The same with the whole elsewhere between them.
    pub fn latent_at(&self, at: f32) -> Option<Latent> {
        match (self.picked(Slot::A), self.picked(Slot::B)) {
            (Some(a), Some(b)) => Some(self.mixed(at, &a.latent, &b.latent)),
            (Some(one), None) | (None, Some(one)) => Some(one.latent.clone()),
            (None, None) => None,
        }
    }

    /// The length in metres that goes with [`Blend::latent`]: known lengths, and straight between them. `None` where
    /// the model's own is as good as any: for a pick, or two, of which no length is known.
    pub fn length(&self) -> Option<f32> {
        self.length_at(self.at)
    }

    /// The same for [`Blend::latent_at`].
    pub fn length_at(&self, at: f32) -> Option<f32> {
        match (self.picked(Slot::A), self.picked(Slot::B)) {
            (Some(a), Some(_)) if at <= 0.0 => a.length,
            (Some(_), Some(b)) if at >= 1.0 => b.length,
            (Some(a), Some(b)) => {
                let (from, to) = (a.shown_length(), b.shown_length());
                (a.length.is_some() || b.length.is_some()).then_some(from + at * (to - from))
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

impl Explorer {
    /// Puts the patches of a part elsewhere between A and B than the whole, or lets them go with it.
    pub fn set_part(&mut self, patches: &[usize], at: PartAt) {
        for &p in patches {
            self.blend.set_part(self.model.patches, p, at);
        }
        self.apply_blend();
    }

    /// Sets the latent to the blend of A and B, or to the one that is picked, as far as the locks let it; the length too,
    /// unless the user set it.
    pub fn apply_blend(&mut self) {
        if let Some(latent) = self.blend.latent() {
            self.go_to(latent);
            self.take_length(self.blend.length());
            self.play.showed = Some(self.latent.clone());
        }
    }

    /// A length that came with picked shapes.
    pub(super) fn take_length(&mut self, length: Option<f32>) {
        if self.length_from != LengthFrom::Hand {
            self.length = length;
            self.length_from = LengthFrom::Picks;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::explorer;
    use super::*;

    #[test]
    fn parts_stay_where_they_are_put_while_the_rest_is_blended() {
        let mut e = explorer();
        e.pick(Slot::A, 0);
        e.pick(Slot::B, 1);
        e.model.patches = 3;
        e.set_part(&[0, 2], Some(0.0));
        assert_eq!((e.latent.groups(), e.latent.values()), (3, &[1.0, 0.0, 0.0, 1.0, 1.0, 0.0][..]));
        e.blend.at = 0.5;
        e.apply_blend();
        assert_eq!(e.latent.values(), [1.0, 0.0, 0.5, 0.5, 1.0, 0.0]);
        e.blend.swap();
        e.apply_blend();
        assert_eq!(e.latent.values(), [1.0, 0.0, 0.5, 0.5, 1.0, 0.0]);
        // Where all patches are at one place there is nothing to mix.
        e.set_part(&[0, 2], Some(0.5));
        assert_eq!((e.latent.groups(), e.latent.values()), (1, &[0.5, 0.5][..]));
        e.set_part(&[0, 1, 2], None);
        assert!(e.blend.parts.is_empty() && !e.blend.is_mixed());
        // A mix that was opened can be an end as well.
        let mix = Latent::new(3, 2, vec![0.0, 0.0, 2.0, 2.0, 4.0, 4.0]).unwrap();
        e.blend.sources[0].latent = mix;
        (e.blend.picks, e.blend.at) = ([Some(0), Some(1)], 0.5);
        e.apply_blend();
        assert_eq!(e.latent.values(), [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]);
    }
}
