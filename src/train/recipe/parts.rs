//! Which patches answer for which part of a shape.

use serde::{Deserialize, Serialize};

pub use crate::patchwork::Axis;
use crate::patchwork::{ChartKind, Part};

/// Patches that answer for one part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartShare {
    pub name: String,
    /// Which piece of it, where a generator tells several apart: `second` of `wings`; empty: the part itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub piece: String,
    pub patches: usize,
    /// 1, 2 (front and back) or 4 (quadrants) regions around the part's centre line, each with a patch of its own; 0: the
    /// part's patches share it.
    #[serde(default)]
    pub around: usize,
    /// Stretches along it.
    #[serde(default = "one")]
    pub along: usize,
    /// Share of its height at the lower end that is a region of its own, with one more patch; 0: none.
    #[serde(default)]
    pub cap: f32,
    /// Which way it is long: `along` cuts across this axis.
    #[serde(default, skip_serializing_if = "Axis::is_y")]
    pub axis: Axis,
    /// How rays parametrise the part: its patches then learn by regression where their points belong, on shapes whose parts
    /// are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chart: Option<ChartKind>,
    /// How much its points count in a regression, blades being 1: hilts are small, and every fault of theirs is seen.
    #[serde(default = "even", skip_serializing_if = "is_even")]
    pub weight: f32,
    /// Where a shape lacks the part and its chart hides inside another one, over which share of that one's height. Hidden points
    /// are sampled with the rest, and each lies off the surface.
    #[serde(default = "even", skip_serializing_if = "is_even")]
    pub hidden: f32,
    /// Where a shape lacks the part and an end of its grip stands in for it: at most so many of the grip's widths of it, which keeps
    /// a spear's shaft a shaft; 0: 15 % of the grip, however long.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub stand_in: f32,
    /// A grip or blade whose mesh ends short of the guard or pommel, or against it, is taken to go on until it ends so far inside,
    /// in radii; 0: to end where it ends.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lap: f32,
}

fn even() -> f32 {
    1.0
}

fn is_even(share: &f32) -> bool {
    *share == even()
}

fn is_zero(x: &f32) -> bool {
    *x == 0.0
}

fn one() -> usize {
    1
}

impl PartShare {
    /// The part as its patches make it, without how it is learnt.
    pub fn part(&self) -> Part {
        let Self {
            name,
            piece: _,
            patches,
            around,
            along,
            cap,
            axis,
            chart,
            weight: _,
            hidden: _,
            stand_in: _,
            lap: _,
        } = self.clone();
        Part { name, patches, around, along, cap, axis, chart }
    }

    /// Pieces that the part is cut into.
    pub fn regions(&self) -> usize {
        if self.around == 0 { 1 } else { self.around * self.along + usize::from(self.cap > 0.0) }
    }

    /// Patches of each piece.
    pub fn patches_a_region(&self) -> usize {
        self.patches / self.regions().max(1)
    }
}
