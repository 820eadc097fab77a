//! How well a shape is reconstructed, by model.md's convention.

use rand::{Rng, RngExt};

use super::data::Example;
use crate::forge::closeness::Closeness;
pub use crate::forge::closeness::{METRIC_GRID, METRIC_POINTS};
use crate::forge::{ENCODER_POINTS, Forge, ForgeError};
use crate::latent::Latent;
use crate::mesh::{Mesh, Vec3};
use crate::template::Template;

/// One shape, reconstructed.
#[derive(Clone, Debug)]
pub struct Reconstruction {
    pub latent: Latent,
    /// In the unit ball.
    pub mesh: Mesh,
    /// Squared chamfer distance in the unit ball of the input, both sides [`METRIC_POINTS`] points by area.
    pub chamfer: f32,
    /// F-score at squared distance 0.001 (AtlasNet's).
    pub f_score: f32,
    /// F-score at distance 0.01.
    pub f_score_fine: f32,
}

/// Encodes a shape, decodes it and measures the difference.
///
/// # Errors
/// When the network gives no numbers.
pub fn reconstruction(forge: &Forge, example: &Example, rng: &mut impl Rng) -> Result<Reconstruction, ForgeError> {
    let mut draw = |count: usize| -> Vec<Vec3> {
        let n = example.surface.len();
        if n <= count {
            return (0..count).map(|i| example.surface[i % n]).collect();
        }
        // Two disjoint subsets would be better still; the surface samples are independent, so any subset is fair.
        let start = rng.random_range(0..n);
        (0..count).map(|i| example.surface[(start + i) % n]).collect()
    };
    let latent = forge.encode(&draw(ENCODER_POINTS.min(example.surface.len())))?;
    let reference = draw(METRIC_POINTS);
    let mesh = forge.decode_unit(&latent, &Template::grid(METRIC_GRID))?;
    let Closeness { chamfer, f_score, f_score_fine } = Closeness::of(&mesh, &reference, rng);
    Ok(Reconstruction { chamfer, f_score, f_score_fine, latent, mesh })
}
