//! Ends of tubes that patches close: a blade's point, a hull's nose.
//!
//! Around such an end the last border of every patch was taught one point, and each patch errs in its own way: the two sides are
//! decoded past each other and flare out again, a fishtail in place of a point, or stop short of each other.

use super::even::fade;
use super::{Axis, ChartKind, Part, tube};

/// Share of a cell over which sides are led together.
pub const BAND: f32 = 0.3;

/// Sides that part at an end by no more than the first of these shares of what they do at the band's beginning are meant to meet;
/// from the second on they are meant to part, as a chisel's.
pub const MEANT: [f32; 2] = [0.06, 0.14];

/// Where in the band an end that comes to a point is seen to taper, as v by the band's length, and shares of the width at the
/// band's beginning: by the first it does, from the second on it is flat, and its sides bend only where its cap begins.
pub const AHEAD: f32 = 0.35;
pub const TAPERS: [f32; 2] = [0.75, 0.9];

/// Sides that have passed each other by this share have turned their surface inside out there.
pub const TURNED: f32 = 0.03;

/// Two patches on opposite sides of an end: points of the same u lie across from each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct End {
    pub patches: [usize; 2],
    /// v at the end: 0 or 1.
    pub v: f32,
    /// u where the sides lie farthest apart: a blade's edges. How they lie there speaks for the whole end.
    pub edge: f32,
    /// The patches beyond these edges, which have them at 1 - `edge`.
    pub beyond: [usize; 2],
}

impl End {
    /// The same counted from patch `first`.
    fn of(self, first: usize) -> Self {
        let counted = |patches: [usize; 2]| patches.map(|patch| first + patch);
        Self { patches: counted(self.patches), beyond: counted(self.beyond), ..self }
    }

    /// v at a share of the band.
    pub fn within(&self, share: f32) -> f32 {
        (self.v - share * BAND).abs()
    }
}

/// How much of the way that still parts two sides at their end is taken away, `gap` as a share of what it is at the band's
/// beginning: all of it where they have passed each other, which is a negative one. `ahead`: the same a little before the end.
pub fn closing(gap: f32, ahead: f32) -> f32 {
    let below = |x: f32, [from, to]: [f32; 2]| fade((x - from) / (to - from));
    below(gap, MEANT) * below(ahead, TAPERS)
}

/// The closed ends of parts in patch order.
pub fn ends(parts: &[Part]) -> Vec<End> {
    let mut first = 0;
    let mut ends = Vec::new();
    for part in parts {
        let Part { around, along, axis, .. } = *part;
        let last = first + around * along.saturating_sub(1);
        match part.chart {
            Some(ChartKind::Tube) if matches!(around, 2 | 4) && along > 0 => {
                ends.extend(opposite(around).map(|end| End { v: 1.0, ..end.of(last) }));
                if axis != Axis::Y {
                    ends.extend(opposite(around).map(|end| End { v: 0.0, ..end.of(first) }));
                }
            }
            _ => {}
        }
        first += part.patches;
    }
    ends
}

/// Sides of a tube across from each other. Of four the first goes from the left edge to the ridge, the next from there on.
fn opposite(around: usize) -> impl Iterator<Item = End> {
    let ring = tube::ring(around);
    let half = around / 2;
    (0..half).map(move |i| {
        // Beyond its edge lies the side before the first one around, and behind the second.
        let step = if i == 0 { around - 1 } else { 1 };
        let beyond = [i, i + half].map(|side| ring[(side + step) % around]);
        End { patches: [ring[i], ring[i + half]], v: 1.0, edge: i as f32, beyond }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_that_are_closed_have_sides_across_from_each_other() {
        let part = |patches, around, along, axis, chart| {
            let name = String::new();
            Part { name, patches, around, along, cap: 0.0, axis, chart: Some(chart) }
        };
        let found = ends(&[
            part(12, 4, 3, Axis::Y, ChartKind::Tube),
            part(4, 4, 1, Axis::Y, ChartKind::Arms),
            part(3, 2, 1, Axis::Y, ChartKind::Ball),
            part(4, 2, 2, Axis::Z, ChartKind::Tube),
        ]);
        let of = |patches, v, beyond| End { patches, v, edge: 0.0, beyond };
        let blade = [of([8, 11], 1.0, [10, 9]), End { edge: 1.0, ..of([9, 10], 1.0, [11, 8]) }];
        assert_eq!(found[..2], blade);
        assert_eq!(found[2..], [of([21, 22], 1.0, [22, 21]), of([19, 20], 0.0, [20, 19])]);
        assert!(found.iter().all(|end| (end.within(1.0) - if end.v == 0.0 { BAND } else { 1.0 - BAND }).abs() < 1e-6));
    }

    #[test]
    fn what_is_meant_to_part_is_left() {
        assert_eq!([-0.5, 0.0, 0.05, 0.15, 1.0].map(|gap| closing(gap, 0.4)), [1.0, 1.0, 1.0, 0.0, 0.0]);
        assert!((closing(0.1, 0.4) - 0.5).abs() < 1e-5);
        // A grip as wide shortly before its end as where the band begins is flat.
        assert_eq!(closing(-0.1, 0.98), 0.0);
    }
}
