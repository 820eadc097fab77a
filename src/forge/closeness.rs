//! How close a decoded shape comes to a surface, by model.md's convention.

use rand::Rng;

use crate::inspect::chamfer::{chamfer, f_score};
use crate::mesh::{Mesh, Vec3};
use crate::shapes::sample::by_area;

/// Points on either side of a chamfer distance.
pub const METRIC_POINTS: usize = 2_500;

/// The template's side at which a shape is decoded to be measured.
pub const METRIC_GRID: usize = 16;

/// Between a decoded shape and [`METRIC_POINTS`] points of a surface, in the unit ball of the surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Closeness {
    /// Squared chamfer distance, both directions summed.
    pub chamfer: f32,
    /// F-score at squared distance 0.001 (AtlasNet's), 0 to 1.
    pub f_score: f32,
    /// F-score at distance 0.01, 0 to 1.
    pub f_score_fine: f32,
}

impl Closeness {
    /// Of a mesh decoded at [`METRIC_GRID`], from as many points by area, against `reference` `[METRIC_POINTS, 3]`.
    pub fn of(decoded: &Mesh, reference: &[Vec3], rng: &mut impl Rng) -> Self {
        let ours = by_area(decoded, METRIC_POINTS, rng);
        Self {
            chamfer: chamfer(&ours, reference),
            f_score: f_score(&ours, reference, 0.001),
            f_score_fine: f_score(&ours, reference, 0.0001),
        }
    }
}
