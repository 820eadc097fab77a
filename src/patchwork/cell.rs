//! How far a chart reaches: its cell between seams, and a little beyond those that cross smooth surface.
//!
//! Patches err each in its own way. Where they only met, a gap would open at every second place of a seam and show the
//! backs of what lies behind; overlapping by about as much as they err closes it.

/// Reach beyond a seam that runs along a part, as a share of the cell.
const ASIDE: f32 = 0.05;

/// Reach beyond a seam across a part, as a share of the cell.
const ALONG: f32 = 0.02;

/// Range of the chart's u and v in coordinates of its cell, which run from 0 to 1 from seam to seam.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    u: [f32; 2],
    v: [f32; 2],
}

impl Cell {
    /// Beyond which of its borders the chart reaches: u = 0, u = 1, v = 0, v = 1.
    pub fn reaching([left, right, lower, upper]: [bool; 4]) -> Self {
        let by = |reach: bool, share: f32| if reach { share } else { 0.0 };
        Self { u: [-by(left, ASIDE), 1.0 + by(right, ASIDE)], v: [-by(lower, ALONG), 1.0 + by(upper, ALONG)] }
    }

    /// The cell's coordinates of a uv of the chart.
    pub fn of_uv(self, [u, v]: [f32; 2]) -> [f32; 2] {
        [self.u[0] + u * (self.u[1] - self.u[0]), self.v[0] + v * (self.v[1] - self.v[0])]
    }

    /// The chart's uv of a place in its cell.
    pub fn uv(self, [a, b]: [f32; 2]) -> [f32; 2] {
        [(a - self.u[0]) / (self.u[1] - self.u[0]), (b - self.v[0]) / (self.v[1] - self.v[0])]
    }
}
