//! Through the encoder and back, and how much was lost: training's own measure, for any shape.

use anyhow::{Context, Result};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::forge::{ENCODER_POINTS, Forge};
use crate::latent::Latent;
use crate::mesh::Mesh;
use crate::shapes::Shape;
use crate::shapes::dataset::{Kind, imported};
use crate::train::data::Example;
use crate::train::metrics::{METRIC_GRID, METRIC_POINTS, reconstruction};

/// How close a reconstruction comes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Closeness {
    /// Chamfer distance times 1,000.
    pub cd_1000: f32,
    /// Share in 0..=1 at squared distance 0.001.
    pub f_score: f32,
    /// Share in 0..=1 at distance 0.01.
    pub f_score_fine: f32,
}

/// What stands beside every figure.
pub fn convention() -> String {
    format!(
        "CD x 1000: squared chamfer distance, both directions summed, {METRIC_POINTS} points by area on what is visible of \
         the input against {METRIC_POINTS} by area on the decoded mesh ({METRIC_GRID} x {METRIC_GRID} a patch), in the \
         unit ball of the input. F: at squared distance 0.001; fine F: at distance 0.01"
    )
}

/// A mesh in canonical axes as a shape to reconstruct.
pub fn shape(name: &str, mesh: &Mesh) -> Shape {
    imported(name, mesh, 1.0, true)
}

/// The latent of a shape, and how close its decoded mesh comes. The same shape draws the same points.
///
/// # Errors
/// A shape without surface.
pub fn reconstruct(forge: &Forge, shape: &Shape) -> Result<(Latent, Closeness)> {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let points = ENCODER_POINTS + METRIC_POINTS;
    let example = Example::new(shape, Kind::Real, points, &[], &mut rng)
        .with_context(|| format!("'{}' has no surface to encode", shape.name))?;
    let found = reconstruction(forge, &example, &mut rng)
        .with_context(|| format!("can't put '{}' through the model", shape.name))?;
    let cd_1000 = 1000.0 * found.chamfer;
    Ok((found.latent, Closeness { cd_1000, f_score: found.f_score, f_score_fine: found.f_score_fine }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_convention_states_its_numbers() {
        let said = convention();
        assert!(said.contains("2500") && said.contains("16 x 16") && !said.contains("  "), "{said}");
    }
}
