//! The training set in memory: every shape in the unit ball, as surface points.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::chamfer::Pair;
use super::recipe::{PartShare, Recipe};
use crate::mesh::{Mesh, Vec3, add, scaled};
use crate::shapes::Shape;
use crate::shapes::dataset::{Kind, is_validation};
use crate::shapes::placement::to_unit_ball;
use crate::shapes::sample::{Sampler, Weighting};

/// One shape, ready to learn from.
#[derive(Clone, Debug)]
pub struct Example {
    pub name: String,
    pub kind: Kind,
    /// The whole visible surface, uniform by area, in the unit ball, `[S, 3]`.
    pub surface: Vec<Vec3>,
    /// Their outward normals, `[S, 3]`, or empty for a point cloud.
    pub normals: Vec<Vec3>,
    /// Points of each of the recipe's parts; an empty one is missing from this shape. No parts at all: nobody named them.
    pub parts: Vec<Vec<Vec3>>,
    /// Metres along Y.
    pub length: f32,
    pub length_assumed: bool,
    /// Along Y, in radii.
    pub extent: f32,
    /// Y of the grip's centre in radii, where it is known.
    pub grip: Option<f32>,
}

impl Example {
    /// Samples a shape; `None` for one without extent or surface.
    pub fn new(shape: &Shape, kind: Kind, samples: usize, shares: &[PartShare], rng: &mut impl Rng) -> Option<Self> {
        let whole = shape.mesh();
        whole.validate().ok()?;
        let (unit, placement) = to_unit_ball(&whole);
        if placement.radius.is_nan() || placement.radius <= 0.0 {
            return None;
        }
        let (scale, offset) = (1.0 / placement.radius, scaled(placement.centre, -1.0 / placement.radius));
        let parts: Vec<Mesh> = shape
            .parts
            .iter()
            .map(|part| {
                let mut mesh = part.mesh.clone();
                mesh.transform(scale, offset);
                mesh
            })
            .collect();
        let sampler = Sampler::new(&parts);
        let surface = sampler.sample(samples, &Weighting::Area, rng);
        if surface.points.is_empty() {
            return None;
        }
        let index = |name: &str| shares.iter().position(|s| s.name == name);
        let known = !shares.is_empty() && shape.parts.iter().all(|p| index(&p.name).is_some());
        let mut points = Vec::new();
        if known {
            let weights = shape.parts.iter().map(|p| index(&p.name).map_or(0.0, |i| shares[i].patches as f32));
            let drawn = sampler.sample(samples, &Weighting::Parts(weights.collect()), rng);
            points = vec![Vec::new(); shares.len()];
            for (point, part) in drawn.points.iter().zip(&drawn.part) {
                if let Some(i) = shape.parts.get(*part as usize).and_then(|p| index(&p.name)) {
                    points[i].push(*point);
                }
            }
            // A part of which almost nothing can be seen teaches its patches to shrink to a point.
            points.iter_mut().filter(|p| p.len() < 16).for_each(Vec::clear);
        }
        let (lowest, highest) = unit.bounds()?;
        Some(Self {
            name: shape.name.clone(),
            kind,
            surface: surface.points,
            normals: surface.normals,
            parts: if points.iter().all(Vec::is_empty) { Vec::new() } else { points },
            length: shape.length,
            length_assumed: shape.length_assumed,
            extent: highest[1] - lowest[1],
            grip: shape.grip.map(|g| add(scaled(g, scale), offset)[1]),
        })
    }

    /// Targets for one training step: `rows` predicted points a patch, `shares` patches a part, everything multiplied by `stretch` (which
    /// includes the way into network units).
    ///
    /// A missing part's patches join the next one's (the last one's the one before), so that no patch is without a
    /// surface to cover.
    pub fn pairs(&self, shares: &[PartShare], patches: usize, rows: usize, stretch: Vec3, rng: &mut impl Rng) -> Vec<Pair> {
        let mut target = |points: &[Vec3], count: usize| -> Vec<Vec3> {
            let stretched = |p: Vec3| std::array::from_fn(|k| p[k] * stretch[k]);
            (0..count).map(|_| stretched(points[rng.random_range(0..points.len())])).collect()
        };
        if self.parts.is_empty() {
            return vec![Pair { rows: 0..patches * rows, target: target(&self.surface, patches * rows), weight: 1.0 }];
        }
        let mut groups: Vec<(usize, usize, Option<usize>)> = Vec::new();
        let mut at = 0;
        for (i, share) in shares.iter().enumerate() {
            let part = (!self.parts[i].is_empty()).then_some(i);
            match groups.last_mut() {
                Some(last) if last.2.is_none() || part.is_none() => {
                    last.1 += share.patches;
                    last.2 = last.2.or(part);
                }
                _ => groups.push((at, share.patches, part)),
            }
            at += share.patches;
        }
        // A missing part joined the one before it; where the one after it is known, that is the better host: a guard
        // that is missing leaves its patches to the grip, not to the blade.
        for i in 1..groups.len() {
            let (before, after) = groups.split_at_mut(i);
            let (Some(before), Some(after)) = (before.last_mut(), after.first_mut()) else { continue };
            let Some(own) = before.2 else { continue };
            let excess = before.1.saturating_sub(shares[own].patches);
            let leading: usize = shares.iter().take(own).map(|s| s.patches).sum();
            if before.0 == leading && excess > 0 {
                before.1 -= excess;
                after.0 -= excess;
                after.1 += excess;
            }
        }
        groups
            .iter()
            .filter_map(|&(start, count, part)| {
                let target = target(&self.parts[part?], count * rows);
                let weight = count as f32 / patches as f32;
                Some(Pair { rows: start * rows..(start + count) * rows, target, weight })
            })
            .collect()
    }
}

/// Everything a run learns from.
#[derive(Clone, Debug, Default)]
pub struct TrainingSet {
    pub train: Vec<Example>,
    pub validation: Vec<Example>,
    /// Names of shapes that had no surface to sample.
    pub skipped: Vec<String>,
}

impl TrainingSet {
    /// Samples shapes, one generator a shape, so that the set does not depend on threads or order.
    pub fn prepare(shapes: Vec<(Shape, Kind)>, recipe: &Recipe) -> Self {
        let examples: Vec<Result<Example, String>> = shapes
            .into_par_iter()
            .enumerate()
            .map(|(i, (shape, kind))| {
                let mut rng = ChaCha8Rng::seed_from_u64(recipe.train.seed);
                rng.set_stream(u64::MAX - i as u64);
                Example::new(&shape, kind, recipe.data.samples, &recipe.train.parts, &mut rng).ok_or(shape.name)
            })
            .collect();
        let mut set = Self::default();
        for example in examples {
            match example {
                Ok(e) if is_validation(&e.name, recipe.data.validation_share) => set.validation.push(e),
                Ok(e) => set.train.push(e),
                Err(name) => set.skipped.push(name),
            }
        }
        set
    }

    /// The network's unit along each axis: the standard deviation of the training points, to the power `exponent`.
    pub fn axis_scale(&self, exponent: f32) -> [f32; 3] {
        let (mut sum, mut square, mut n) = ([0.0f64; 3], [0.0f64; 3], 0.0f64);
        for p in self.train.iter().flat_map(|e| &e.surface) {
            for k in 0..3 {
                sum[k] += f64::from(p[k]);
                square[k] += f64::from(p[k]).powi(2);
            }
            n += 1.0;
        }
        std::array::from_fn(|k| {
            let variance = (square[k] / n - (sum[k] / n).powi(2)).max(0.0);
            // A flat set has no spread to divide by.
            (variance.sqrt().max(1e-3) as f32).powf(exponent)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares() -> Vec<PartShare> {
        [("blade", 10), ("guard", 5), ("grip", 5), ("pommel", 5)]
            .map(|(name, patches)| PartShare { name: name.into(), patches })
            .to_vec()
    }

    fn example(present: [bool; 4]) -> Example {
        let parts = present.iter().enumerate().map(|(i, &p)| if p { vec![[i as f32; 3]; 20] } else { Vec::new() });
        Example {
            name: "x".into(),
            kind: Kind::Procedural,
            surface: vec![[9.0; 3]; 20],
            normals: Vec::new(),
            parts: if present == [false; 4] { Vec::new() } else { parts.collect() },
            length: 1.0,
            length_assumed: false,
            extent: 2.0,
            grip: None,
        }
    }

    #[test]
    fn patches_of_missing_parts_join_their_neighbours() {
        let ranges = |present| -> Vec<(std::ops::Range<usize>, f32)> {
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            let pairs = example(present).pairs(&shares(), 25, 2, [1.0; 3], &mut rng);
            pairs.iter().map(|p| (p.rows.clone(), p.target[0][0])).collect()
        };
        assert_eq!(ranges([true; 4]), vec![(0..20, 0.0), (20..30, 1.0), (30..40, 2.0), (40..50, 3.0)]);
        assert_eq!(ranges([true, false, true, true]), vec![(0..20, 0.0), (20..40, 2.0), (40..50, 3.0)]);
        assert_eq!(ranges([true, true, true, false]), vec![(0..20, 0.0), (20..30, 1.0), (30..50, 2.0)]);
        assert_eq!(ranges([true, false, true, false]), vec![(0..20, 0.0), (20..50, 2.0)]);
        assert_eq!(ranges([false; 4]), vec![(0..50, 9.0)]);
    }
}
