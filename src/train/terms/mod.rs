//! What a loss may ask of a surface beside the chamfer distance: each term a key of `[train]`, its weight; 0 skips it.
//!
//! Terms look at a part of the batch, which is as random as the whole: the constants say how much. Those that decode anew do
//! it with running statistics, so that batch statistics count as constants.
//!
//! CPU time of a step of `assets/recipes/sword.toml`, as a ratio to one without terms (development profile): regularity,
//! orientation or both 1.65, stitch 1.14, mirror 1.11.

pub mod mirror;
pub mod orientation;
pub mod regularity;
pub mod stitch;

use candle_core::{Device, Result, Tensor};

use super::batch::Batch;
use super::recipe::TrainRecipe;
use crate::model::decoder::{Surface, decode_with_tangents};
use crate::model::{Config, Weights};

/// Shapes of a batch whose tangents or borders are looked at.
pub const SHAPES: usize = 4;
/// Points of each of their patches.
pub const POINTS: usize = 16;

/// A network in the midst of a step.
pub struct Scene<'a> {
    pub weights: &'a Weights,
    pub config: &'a Config,
    /// `[B, G D]`
    pub z: &'a Tensor,
    /// `[B, P n, 3]`, decoded, in network units.
    pub points: &'a Tensor,
    pub batch: &'a Batch,
}

impl Scene<'_> {
    /// Shapes that the terms look at.
    fn shapes(&self) -> Result<usize> {
        Ok(self.z.dim(0)?.min(SHAPES))
    }

    /// Their points with tangents, `[P, b n, 3]`: points in network units, tangents in the unit ball's, in which lengths and
    /// angles are the shape's own.
    fn surface(&self) -> Result<Surface> {
        let (b, n) = (self.shapes()?, self.batch.uv.dim(2)?.min(POINTS));
        // The first points of a spread are as even as all of them.
        let uv = self.batch.uv.narrow(1, 0, b)?.narrow(2, 0, n)?;
        let z = self.z.narrow(0, 0, b)?;
        let surface = decode_with_tangents(self.weights, self.config, &z, &uv)?;
        let scale = Tensor::from_slice(&self.config.axis_scale, (1, 1, 3), &Device::Cpu)?;
        Ok(Surface {
            points: surface.points,
            tangent_u: surface.tangent_u.broadcast_mul(&scale)?,
            tangent_v: surface.tangent_v.broadcast_mul(&scale)?,
        })
    }
}

/// The terms that `train` asks for, each a scalar with its weight in it, by the key's name.
pub fn weighted(train: &TrainRecipe, scene: &Scene) -> Result<Vec<(&'static str, Tensor)>> {
    let mut terms = Vec::new();
    if train.regularity > 0.0 || train.orientation > 0.0 {
        let surface = scene.surface()?;
        let b = scene.shapes()?;
        if train.regularity > 0.0 {
            let term = regularity::regularity(&surface.tangent_u, &surface.tangent_v, b)?;
            terms.push(("regularity", (term * train.regularity)?));
        }
        // No term where no shape has normals.
        if train.orientation > 0.0
            && let Some(term) = orientation::orientation(&surface, &scene.batch.oriented[..b])?
        {
            terms.push(("orientation", (term * train.orientation)?));
        }
    }
    if train.stitch > 0.0 {
        let z = scene.z.narrow(0, 0, scene.shapes()?)?;
        let term = stitch::stitch(&stitch::borders(scene.weights, scene.config, &z)?)?;
        terms.push(("stitch", (term * train.stitch)?));
    }
    if train.mirror > 0.0 {
        let term = mirror::mirror(scene.points, &mirror::symmetries(&scene.batch.points)?)?;
        terms.push(("mirror", (term * train.mirror)?));
    }
    Ok(terms)
}
