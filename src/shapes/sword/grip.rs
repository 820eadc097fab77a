//! The grip: a swept section from the pommel to the guard.

use super::design::{GripDesign, GripForm};
use super::loft::{Cap, Station, frame, loft};
use super::section::hilt_polygon;
use crate::mesh::Mesh;

impl GripDesign {
    /// The axis, in metres: `t` = 0 at the pommel, 1 at the guard, where it runs along +Y through `[0, length / 2]`.
    pub(super) fn axis(&self, t: f32) -> [f32; 2] {
        let down = 1.0 - t.min(1.0);
        [self.bend * self.length * down * down, (t - 0.5) * self.length]
    }

    /// Half-widths to the left and the right at `t`, in metres.
    pub(super) fn half_widths(&self, t: f32) -> (f32, f32) {
        let radius = 0.5 * self.diameter;
        let middle = (std::f32::consts::PI * t).sin();
        let beat = (std::f32::consts::PI * self.ribs as f32 * t).sin().abs();
        let (left, right) = match self.form {
            GripForm::Cylinder | GripForm::Pistol => (1.0, 1.0),
            GripForm::Waisted => (1.0 - self.relief * middle, 1.0 - self.relief * middle),
            GripForm::Swelling => (1.0 + self.relief * (middle - 0.6), 1.0 + self.relief * (middle - 0.6)),
            GripForm::Ribbed => (1.0 - self.relief * (1.0 - beat.sqrt()), 1.0 - self.relief * (1.0 - beat.sqrt())),
            GripForm::Scalloped => (1.0 - self.relief * beat, 1.0),
        };
        let from_end = t.min(1.0 - t) * self.length;
        let collar = if from_end < COLLAR * radius { 1.0 + self.collar } else { 1.0 };
        (radius * left * collar, radius * right * collar)
    }

    fn stops(&self) -> Vec<f32> {
        let rows = match self.form {
            GripForm::Ribbed | GripForm::Scalloped => self.ribs * if self.ribs > 7 { 4 } else { 6 },
            GripForm::Cylinder => 4,
            _ => 14,
        };
        let mut stops: Vec<f32> = (0..=rows).map(|i| i as f32 / rows as f32).collect();
        if self.collar > 0.0 {
            let edge = COLLAR * 0.5 * self.diameter / self.length;
            stops.retain(|&t| t == 0.0 || t == 1.0 || t.min(1.0 - t) > edge * 1.1);
            stops.extend([edge * 0.99, edge * 1.05, 1.0 - edge * 0.99, 1.0 - edge * 1.05]);
            stops.sort_by(f32::total_cmp);
        }
        stops
    }
}

/// Length of an end ring as a multiple of the grip's radius.
const COLLAR: f32 = 0.6;

/// Builds the grip with its centre near the origin; only a bent one leaves the Y axis.
pub(super) fn build(grip: &GripDesign) -> Mesh {
    let section = hilt_polygon(grip.section, grip.facets);
    let rings: Vec<_> = grip
        .stops()
        .into_iter()
        .map(|t| {
            let (centre, normal) = frame(&|t| grip.axis(t), t);
            let (left, right) = grip.half_widths(t);
            let deep = if grip.form == GripForm::Scalloped { right } else { 0.5 * (left + right) };
            Station { centre, normal, low: -left, high: right, half_depth: deep * grip.oval }.ring(&section)
        })
        .collect();
    loft(&rings, Cap::Flat, Cap::Flat)
}
