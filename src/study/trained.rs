//! A model asked for the uv that it was trained on. A mesh is decoded on a grid; where training knew other uv, that shows
//! what nobody taught.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::figures::Figures;
use crate::forge::{Forge, ForgeError};
use crate::mesh::{Mesh, Vec3};
use crate::train::metrics::Reconstruction;
use crate::train::recipe::Recipe;

/// A patch is a point if its points of every shape lie within this many radii.
const POINT: f32 = 0.01;
/// Shapes that are looked at.
const SHAPES: usize = 16;

/// Decodes reconstructed shapes at uv as the recipe trains with, as point clouds in the unit ball, and counts the patches
/// that put all their points on one.
///
/// # Errors
/// When the network gives no numbers.
pub fn as_trained(
    forge: &Forge,
    recipe: &Recipe,
    reconstructed: &[&Reconstruction],
    figures: &mut Figures,
) -> Result<Vec<Mesh>, ForgeError> {
    let patches = forge.checkpoint().config.patches;
    let n = recipe.train.points / patches;
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let uv: Vec<Vec<[f32; 2]>> = (0..patches).map(|p| recipe.train.uv.points(p, n, &mut rng)).collect();
    let shapes: Vec<&&Reconstruction> = reconstructed.iter().take(SHAPES).collect();
    let clouds = shapes
        .par_iter()
        .map(|shape| {
            let mut cloud = Mesh::default();
            let mut decoded: Option<(&[[f32; 2]], Vec<Vec3>)> = None;
            for (p, uv) in uv.iter().enumerate() {
                // Every patch is decoded at the same uv at once, and the next patch often has the same.
                let positions = match decoded.take() {
                    Some((of, positions)) if of == uv => positions,
                    _ => forge.decode_points(&shape.latent, uv)?.positions,
                };
                cloud.positions.extend(&positions[p * n..(p + 1) * n]);
                cloud.patch.extend(std::iter::repeat_n(p as u32, n));
                decoded = Some((uv, positions));
            }
            Ok(cloud)
        })
        .collect::<Result<Vec<Mesh>, ForgeError>>()?;
    let points = (0..patches).filter(|p| clouds.iter().all(|c| extent(&c.positions[p * n..(p + 1) * n]) < POINT));
    figures.set("as_trained", points.count() as f64);
    Ok(clouds)
}

/// The longest side of the box around points.
fn extent(points: &[Vec3]) -> f32 {
    let side = |k: usize| {
        let (least, most) =
            points.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(a, b), p| (a.min(p[k]), b.max(p[k])));
        most - least
    };
    (0..3).map(side).fold(0.0, f32::max)
}
