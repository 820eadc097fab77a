//! A latent that fits given surface points better than the encoder's guess.
//!
//! Levenberg-Marquardt (Marquardt 1963) on the chamfer distance: the nearest neighbours of a round are held, so that each pair is
//! a residual that the latent moves; its Jacobian comes from one-sided differences along the principal axes, a decode each.
//! A weak pull to the middle of the encoded set keeps what the points don't determine where it was learnt.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::{Forge, ForgeError};
use crate::inspect::chamfer::nearest;
use crate::latent::Latent;
use crate::latent::symmetric::{cholesky, solve};
use crate::mesh::{Mesh, Vec3, sub};
use crate::shapes::placement::to_unit_ball;
use crate::shapes::sample::surface;
use crate::template::Template;

/// Points of the surface, and points along a patch's side, that are compared.
const POINTS: usize = 2_000;
const GRID: usize = 8;

/// Step of a difference, in standard deviations.
const STEP: f32 = 0.02;

/// The pull of one standard deviation from the middle, in squared radii: against chamfer distances around 2e-4.
const PULL: f64 = 4e-8;

/// Directions that are moved at most.
const DIRECTIONS: usize = 64;

/// Least relative gain of a round that is worth another one.
const GAIN: f64 = 1e-3;

/// Damping at which no direction leads down any more.
const STUCK: f64 = 1e6;

/// A refinement under way; each [`Refinement::round`] is quick enough to show its progress.
pub struct Refinement<'f> {
    forge: &'f Forge,
    points: Vec<Vec3>,
    uv: Vec<[f32; 2]>,
    /// `[A, K]`: what one unit of each coordinate adds to the latent.
    directions: Vec<Vec<f32>>,
    /// In these units, from the middle of the encoded set.
    coordinates: Vec<f64>,
    latent: Latent,
    damping: f64,
    cost: Cost,
}

/// What a latent costs.
#[derive(Clone, Debug, Default)]
struct Cost {
    positions: Vec<Vec3>,
    /// For each surface point its nearest decoded one, and for each decoded point its nearest on the surface.
    to_decoded: Vec<u32>,
    to_surface: Vec<u32>,
    /// Share of each decoded point in the decoded area.
    weights: Vec<f64>,
    chamfer: f64,
    total: f64,
}

impl<'f> Refinement<'f> {
    /// Begins at a latent, against the visible surface of a mesh in canonical axes, in any unit.
    ///
    /// # Errors
    /// When the latent decodes to no number.
    pub fn new(forge: &'f Forge, latent: Latent, mesh: &Mesh) -> Result<Self, ForgeError> {
        let (mesh, _) = to_unit_ball(mesh);
        let points = surface(&mesh, POINTS, &mut ChaCha8Rng::seed_from_u64(1)).points;
        let (directions, coordinates) = frame(forge, &latent);
        let uv = Template::grid(GRID).uv();
        let mut refinement =
            Self { forge, points, uv, directions, coordinates, latent, damping: 1e-2, cost: Cost::default() };
        refinement.cost = refinement.cost(&refinement.latent, &refinement.coordinates)?;
        Ok(refinement)
    }

    /// The best latent so far.
    pub fn latent(&self) -> &Latent {
        &self.latent
    }

    /// Its chamfer distance on a coarse grid, squared radii, both directions summed; never grows.
    pub fn chamfer(&self) -> f32 {
        self.cost.chamfer as f32
    }

    /// Tries one step; false when the next would gain nothing worth its time.
    ///
    /// # Errors
    /// When a neighbouring latent decodes to no number.
    pub fn round(&mut self) -> Result<bool, ForgeError> {
        let (normal, gradient) = self.equations()?;
        while self.damping < STUCK {
            let mut damped = normal.clone();
            for (i, row) in damped.iter_mut().enumerate() {
                row[i] *= 1.0 + self.damping;
            }
            if let Some(step) = cholesky(&damped).map(|lower| solve(&lower, &gradient)) {
                let moved: Vec<f64> = self.coordinates.iter().zip(&step).map(|(c, s)| c - s).collect();
                let latent = self.moved(&step);
                if let Ok(cost) = self.cost(&latent, &moved)
                    && cost.total < self.cost.total
                {
                    let gain = 1.0 - cost.total / self.cost.total;
                    (self.latent, self.coordinates, self.cost) = (latent, moved, cost);
                    self.damping = (self.damping / 4.0).max(1e-6);
                    return Ok(gain > GAIN);
                }
            }
            self.damping *= 8.0;
        }
        Ok(false)
    }

    fn moved(&self, step: &[f64]) -> Latent {
        let mut latent = self.latent.clone();
        for (direction, &s) in self.directions.iter().zip(step) {
            add(&mut latent, direction, -(s as f32));
        }
        latent
    }

    fn cost(&self, latent: &Latent, coordinates: &[f64]) -> Result<Cost, ForgeError> {
        let decoded = self.forge.decode_points(latent, &self.uv)?;
        let area: Vec<f64> = decoded.form.iter().map(|&[e, f, g]| f64::from((e * g - f * f).max(0.0).sqrt())).collect();
        let whole = area.iter().sum::<f64>().max(1e-12);
        let (to_decoded, to_surface) =
            (nearest(&self.points, &decoded.positions), nearest(&decoded.positions, &self.points));
        let mean = |d: &[f32]| d.iter().map(|&x| f64::from(x)).sum::<f64>() / d.len() as f64;
        let back: f64 = to_surface.distance2.iter().zip(&area).map(|(&d, a)| f64::from(d) * a / whole).sum();
        let chamfer = mean(&to_decoded.distance2) + back;
        Ok(Cost {
            positions: decoded.positions,
            to_decoded: to_decoded.index,
            to_surface: to_surface.index,
            weights: area.iter().map(|a| a / whole).collect(),
            chamfer,
            total: chamfer + PULL * coordinates.iter().map(|c| c * c).sum::<f64>(),
        })
    }

    /// `J^T W J` and `J^T W r` of the held pairs and of the pull.
    fn equations(&self) -> Result<(Vec<Vec<f64>>, Vec<f64>), ForgeError> {
        let count = self.directions.len();
        let changes: Vec<Vec<Vec3>> = (0..count)
            .into_par_iter()
            .map(|axis| {
                let mut latent = self.latent.clone();
                add(&mut latent, &self.directions[axis], STEP);
                let moved = self.forge.decode_points(&latent, &self.uv)?.positions;
                let change = moved.iter().zip(&self.cost.positions).map(|(&m, &p)| sub(m, p).map(|x| x / STEP));
                Ok(change.collect())
            })
            .collect::<Result<_, ForgeError>>()?;
        // A decoded point is pulled by its own neighbour and by every surface point whose neighbour it is.
        let mut pulls: Vec<(f64, [f64; 3])> = vec![(0.0, [0.0; 3]); self.cost.positions.len()];
        let mut pull = |at: usize, weight: f64, target: Vec3| {
            let residual = sub(self.cost.positions[at], target);
            pulls[at].0 += weight;
            (0..3).for_each(|k| pulls[at].1[k] += weight * f64::from(residual[k]));
        };
        for (point, &at) in self.points.iter().zip(&self.cost.to_decoded) {
            pull(at as usize, 1.0 / self.points.len() as f64, *point);
        }
        for (at, &point) in self.cost.to_surface.iter().enumerate() {
            pull(at, self.cost.weights[at], self.points[point as usize]);
        }
        let rows: Vec<(Vec<f64>, f64)> = (0..count)
            .into_par_iter()
            .map(|i| {
                let product = |j: usize| -> f64 {
                    let pairs = changes[i].iter().zip(&changes[j]).zip(&pulls);
                    pairs.map(|((a, b), (w, _))| w * f64::from(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])).sum()
                };
                let mut row: Vec<f64> = (0..count).map(product).collect();
                row[i] += PULL;
                let along: f64 = changes[i]
                    .iter()
                    .zip(&pulls)
                    .map(|(c, (_, r))| (0..3).map(|k| f64::from(c[k]) * r[k]).sum::<f64>())
                    .sum();
                (row, along + PULL * self.coordinates[i])
            })
            .collect();
        Ok(rows.into_iter().unzip())
    }
}

/// Moves a latent along a direction `[K]`; of a mix every patch's alike.
fn add(latent: &mut Latent, direction: &[f32], by: f32) {
    for row in latent.values_mut().chunks_exact_mut(direction.len()) {
        row.iter_mut().zip(direction).for_each(|(x, d)| *x += by * d);
    }
}

/// The directions that are moved, one deviation long, and where the latent lies along them: the principal axes, or the numbers
/// themselves of a model that has none.
fn frame(forge: &Forge, latent: &Latent) -> (Vec<Vec<f32>>, Vec<f64>) {
    match &forge.checkpoint().meta.axes {
        Some(axes) => {
            let count = axes.directions.len().min(DIRECTIONS);
            let scaled =
                |axis: usize| axes.directions[axis].iter().map(|d| d * axes.deviations[axis].max(1e-6)).collect();
            ((0..count).map(scaled).collect(), axes.coordinates(latent, count))
        }
        None => {
            let numbers = forge.checkpoint().config.latent_numbers();
            let count = numbers.min(DIRECTIONS);
            let unit = |axis: usize| (0..numbers).map(|i| f32::from(u8::from(i == axis))).collect();
            ((0..count).map(unit).collect(), latent.values()[..count].iter().map(|&x| f64::from(x)).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::checkpoint::Checkpoint;
    use crate::shapes::dataset::procedural;

    #[test]
    fn a_refined_latent_fits_an_unseen_sword_better() {
        let forge = Forge::new(Checkpoint::embedded().unwrap()).unwrap();
        let mut gains = Vec::new();
        for shape in procedural(3, 900_900) {
            let mesh = shape.mesh();
            let first = forge.encode_mesh(&mesh).unwrap();
            let mut refinement = Refinement::new(&forge, first, &mesh).unwrap();
            let (before, mut last) = (refinement.chamfer(), refinement.chamfer());
            for _ in 0..5 {
                let goes_on = refinement.round().unwrap();
                assert!(refinement.chamfer() <= last * 1.01, "{} after {last}", refinement.chamfer());
                last = refinement.chamfer();
                if !goes_on {
                    break;
                }
            }
            gains.push(before / last);
        }
        assert!(gains.iter().all(|&g| g >= 1.0) && gains.iter().any(|&g| g > 1.08), "{gains:?}");
    }

    #[test]
    fn a_mix_is_refined_as_a_whole() {
        let forge = Forge::new(Checkpoint::embedded().unwrap()).unwrap();
        let [a, b] = [&procedural(2, 900_950)[0], &procedural(2, 900_950)[1]].map(|s| s.mesh());
        let [hilt, blade] = [&a, &b].map(|mesh| forge.encode_mesh(mesh).unwrap());
        let patches = forge.checkpoint().config.patches;
        let mut mix = hilt.spread(patches);
        let dim = mix.dim();
        for patch in 0..patches / 2 {
            mix.values_mut()[patch * dim..(patch + 1) * dim].copy_from_slice(blade.values());
        }
        let before = mix.clone();
        let mut refinement = Refinement::new(&forge, mix, &b).unwrap();
        let from = refinement.chamfer();
        refinement.round().unwrap();
        assert!(refinement.chamfer() < from, "{} after {from}", refinement.chamfer());
        let moved: Vec<f32> =
            refinement.latent().values().iter().zip(before.values()).map(|(now, then)| now - then).collect();
        let first = &moved[..dim];
        assert!(first.iter().any(|x| x.abs() > 1e-4));
        for row in moved.chunks(dim) {
            assert!(row.iter().zip(first).all(|(x, f)| (x - f).abs() < 1e-5), "{row:?} {first:?}");
        }
    }
}
