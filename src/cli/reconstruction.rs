//! Through the encoder and back, and how much was lost: the convention of all our reconstruction figures.

use std::path::Path;

use anyhow::{Context, Result};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::forge::Forge;
use crate::inspect::chamfer::{chamfer, f_score};
use crate::latent::Latent;
use crate::mesh::{Mesh, Vec3, add, cross, norm, scaled, sub};
use crate::shapes::placement::Placement;
use crate::shapes::sample::{Sampler, Weighting};
use crate::template::Template;

/// Points on each surface.
pub const POINTS: usize = 2500;
/// Squared distance of the F-score (AtlasNet's).
pub const THRESHOLD: f32 = 0.001;
/// Grid side of the decoded mesh that is sampled.
pub const GRID: usize = 32;

/// What stands beside every figure.
pub const CONVENTION: &str = "CD x 1000: mean squared nearest distance, both directions summed; 2,500 points by area on the \
visible input against 2,500 by area on the decoded mesh (32 x 32 a patch), in the unit ball of the input. \
F: squared distance 0.001";

/// How close a reconstruction comes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Closeness {
    /// Chamfer distance times 1,000.
    pub cd_1000: f32,
    /// In 0..=1.
    pub f_score: f32,
}

/// The latent of a mesh.
///
/// # Errors
/// A mesh without surface; `path` is for the message.
pub fn encode(forge: &Forge, mesh: &Mesh, path: &Path) -> Result<Latent> {
    Ok(reconstruct(forge, [mesh]).with_context(|| format!("can't encode '{}'", path.display()))?.0)
}

/// The latent of a shape given as its parts, in any scale, and how close its decoded mesh comes. Draws by fixed seeds.
///
/// # Errors
/// A shape without surface.
pub fn reconstruct<'a>(forge: &Forge, parts: impl IntoIterator<Item = &'a Mesh>) -> Result<(Latent, Closeness)> {
    let parts: Vec<&Mesh> = parts.into_iter().collect();
    let mut whole = Mesh::default();
    parts.iter().for_each(|part| whole.append(part));
    let placement = Placement::of(&whole);
    let sampler = Sampler::new(parts);
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut draw = || -> Vec<Vec3> {
        let samples = sampler.sample(POINTS, &Weighting::Area, &mut rng);
        samples.points.into_iter().map(|p| placement.apply(p)).collect()
    };
    let latent = forge.encode(&draw())?;
    let input = draw();
    let decoded = area_points(&forge.decode_unit(&latent, &Template::grid(GRID))?, POINTS, &mut rng);
    let closeness =
        Closeness { cd_1000: 1000.0 * chamfer(&input, &decoded), f_score: f_score(&input, &decoded, THRESHOLD) };
    Ok((latent, closeness))
}

/// `count` points `[N, 3]`, independent and uniform over the whole area of a mesh, hidden or not; none without area.
fn area_points(mesh: &Mesh, count: usize, rng: &mut impl Rng) -> Vec<Vec3> {
    let mut total = 0.0;
    let cumulative: Vec<f64> = (0..mesh.triangles.len())
        .map(|t| {
            let [a, b, c] = mesh.corners(t);
            total += f64::from(norm(cross(sub(b, a), sub(c, a))));
            total
        })
        .collect();
    if total <= 0.0 {
        return Vec::new();
    }
    let mut point = || {
        let at = rng.random_range(0.0..total);
        let [a, b, c] = mesh.corners(cumulative.partition_point(|&end| end <= at).min(cumulative.len() - 1));
        let (u, v): (f32, f32) = (rng.random(), rng.random());
        let (u, v) = if u + v > 1.0 { (1.0 - u, 1.0 - v) } else { (u, v) };
        add(a, add(scaled(sub(b, a), u), scaled(sub(c, a), v)))
    };
    (0..count).map(|_| point()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_follow_the_area() {
        // A triangle of three times the area of the other.
        let mesh = Mesh {
            positions: vec![[0.0; 3], [3.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0; 3], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
            triangles: vec![[0, 1, 2], [3, 4, 5]],
            ..Default::default()
        };
        let points = area_points(&mesh, 4000, &mut ChaCha8Rng::seed_from_u64(1));
        let right = points.iter().filter(|p| p[0] > 0.0).count();
        assert!((2900..3100).contains(&right), "{right}");
        assert!(points.iter().all(|p| p[0] / 3.0 + p[1] <= 1.0 + 1e-6 && p[1] >= 0.0 && p[2] == 0.0));
        let flat = Mesh { positions: vec![[0.0; 3]; 3], triangles: vec![[0, 1, 2]], ..Default::default() };
        assert!(area_points(&flat, 5, &mut ChaCha8Rng::seed_from_u64(1)).is_empty());
    }
}
