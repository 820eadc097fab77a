//! Seams: borders of two charts that are one curve on the surface.
//!
//! Each patch of a decoder errs in its own way, so borders that were taught the same curve still part by as much as the
//! patches err, and their backs show through the gap. A seam names pairs of uv that belong together, to be held together.

use std::f32::consts::{FRAC_PI_4, PI, TAU};

use super::cell::Cell;

/// A border of one patch's cell, run through by a parameter from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Border {
    /// u = 0, by v.
    Left,
    /// u = 1, by v.
    Right,
    /// v = 0, by u.
    Lower,
    /// v = 0, by 1 - u.
    LowerBackwards,
    /// v = 1, by u.
    Upper,
    /// The border of a disk's chart between two azimuths.
    Rim { from: f32, to: f32 },
}

impl Border {
    /// A place of the cell so far from the border; of a rim, on it.
    fn within(self, t: f32, away: f32) -> [f32; 2] {
        match self {
            Self::Left => [away, t],
            Self::Right => [1.0 - away, t],
            Self::Lower => [t, away],
            Self::LowerBackwards => [1.0 - t, away],
            Self::Upper => [t, 1.0 - away],
            Self::Rim { from, to } => rim(from + t * (to - from)),
        }
    }

    /// Where along the border a place of the cell lies, and how far from it, negative beyond; `None` beside a rim.
    fn near(self, [a, b]: [f32; 2]) -> Option<(f32, f32)> {
        let (t, away) = match self {
            Self::Left => (b, a),
            Self::Right => (b, 1.0 - a),
            Self::Lower => (a, b),
            Self::LowerBackwards => (1.0 - a, b),
            Self::Upper => (a, 1.0 - b),
            Self::Rim { from, to } => {
                let (radius, azimuth) = polar([a, b]);
                let turn = ((azimuth - from) * (to - from).signum() + 1e-4).rem_euclid(TAU) - 1e-4;
                let t = turn / (to - from).abs();
                if t > 1.0 + 1e-4 {
                    return None;
                }
                (t, 0.5 * (1.0 - radius))
            }
        };
        Some((t.clamp(0.0, 1.0), away))
    }
}

/// Two borders, of patches counted through the whole decoder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seam {
    pub(super) sides: [Edge; 2],
}

/// A patch, what its chart covers, and one border of its cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Edge {
    pub patch: usize,
    pub cell: Cell,
    pub border: Border,
}

impl Seam {
    /// The patches on either side.
    pub fn patches(&self) -> [usize; 2] {
        self.sides.map(|edge| edge.patch)
    }

    /// For a uv of the patch on one side where along the seam it lies, 0..=1, and how far from it, in cells; `None` where this
    /// seam is not the one beside it.
    pub fn near(&self, side: usize, uv: [f32; 2]) -> Option<(f32, f32)> {
        let Edge { cell, border, .. } = self.sides[side];
        border.near(cell.of_uv(uv))
    }

    /// Patch and uv on either side, `t` in 0..=1 along the seam.
    pub fn at(&self, t: f32) -> [(usize, [f32; 2]); 2] {
        self.within(t, 0.0)
    }

    /// The same so far from the seam on either side, in cells.
    pub fn within(&self, t: f32, away: f32) -> [(usize, [f32; 2]); 2] {
        self.sides.map(|Edge { patch, cell, border }| (patch, cell.uv(border.within(t, away))))
    }

    /// Whether the seam only parts a stretch from the next, so that lines along the part go on across it without a corner.
    pub fn goes_on(&self) -> bool {
        matches!(self.sides.map(|edge| edge.border), [Border::Upper, Border::Lower] | [Border::Lower, Border::Upper])
    }
}

/// Radius and azimuth of a place in the square, under the map of square to disk.
fn polar([a, b]: [f32; 2]) -> (f32, f32) {
    let (x, y) = (2.0 * a - 1.0, 2.0 * b - 1.0);
    let radius = x.abs().max(y.abs());
    let along = |of: f32| of / radius.max(1e-6) * FRAC_PI_4;
    let azimuth = match (x.abs() >= y.abs(), x > 0.0, y > 0.0) {
        (true, true, _) => along(y),
        (true, false, _) => PI - along(y),
        (false, _, true) => PI / 2.0 - along(x),
        (false, _, false) => 1.5 * PI + along(x),
    };
    (radius, azimuth)
}

/// Where the square's border goes under the map of square to disk: of a ball's cap, at radius 1.
pub(super) fn rim(azimuth: f32) -> [f32; 2] {
    let eighths = (azimuth + FRAC_PI_4).rem_euclid(TAU) / FRAC_PI_4;
    // -1 to 1 along the quarter's side of the square.
    let along = eighths.rem_euclid(2.0) - 1.0;
    let [a, b] = match (azimuth + FRAC_PI_4).rem_euclid(TAU) / (PI / 2.0) {
        q if q < 1.0 => [1.0, along],
        q if q < 2.0 => [-along, 1.0],
        q if q < 3.0 => [-1.0, -along],
        _ => [along, -1.0],
    };
    [0.5 + 0.5 * a, 0.5 + 0.5 * b]
}
