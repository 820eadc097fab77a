//! The training set in memory: every shape in the unit ball, as surface points.

use std::ops::Range;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::batch::Borders;
use super::chamfer::{Aim, Matched, Pair};
use super::charts::{self, Chart};
use super::recipe::{PartShare, Recipe, TrainRecipe};
use super::regions;
use super::terms::orientation::{self, Oriented};
use crate::mesh::{Mesh, Vec3, add, scaled, unit};
use crate::shapes::dataset::{Kind, is_validation};
use crate::shapes::placement::to_unit_ball;
use crate::shapes::sample::{Sampler, Weighting};
use crate::shapes::{Shape, WHOLE};

/// Region points kept a shape, as a multiple of its surface samples: every region wants enough of its own.
const REGION_FACTOR: usize = 2;

/// From the unit ball into network units, with a batch's stretch on the way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ToNetwork {
    /// Of the stretch and the network's unit along each axis.
    pub factor: Vec3,
    /// The network's units alone.
    pub axis_scale: [f32; 3],
}

impl ToNetwork {
    pub fn point(&self, p: Vec3) -> Vec3 {
        std::array::from_fn(|k| p[k] * self.factor[k])
    }

    /// The stretched shape's unit normal where the shape has `normal`, which goes by the inverse transpose; in the ball.
    pub fn normal(&self, normal: Vec3) -> Vec3 {
        unit(std::array::from_fn(|k| normal[k] / (self.factor[k] * self.axis_scale[k])))
    }

    /// What an offset in network units is multiplied by to give its length along that normal in the ball; zero for no normal.
    pub fn across(&self, normal: Vec3) -> Vec3 {
        if normal == [0.0; 3] {
            return normal;
        }
        let normal = self.normal(normal);
        std::array::from_fn(|k| normal[k] * self.axis_scale[k])
    }
}

/// One shape, ready to learn from.
#[derive(Clone, Debug)]
pub struct Example {
    pub name: String,
    pub kind: Kind,
    /// The whole visible surface, uniform by area, in the unit ball, `[S, 3]`.
    pub surface: Vec<Vec3>,
    /// Their outward normals, `[S, 3]`, or empty for a point cloud.
    pub normals: Vec<Vec3>,
    /// `[S]`, the part that each lies on, an index into `part_names`; or empty.
    pub part: Vec<u8>,
    /// Names of the shape's parts; empty where nobody named them.
    pub part_names: Vec<String>,
    /// Points of each region of the recipe's parts, in patch order; an empty one is missing from this shape. No regions at
    /// all: nobody named this shape's parts.
    pub regions: Vec<Vec<Vec3>>,
    /// `[P]` where the recipe's parts have charts and this shape's parts, or what it was lofted from, are known; else empty.
    pub charts: Vec<Chart>,
    /// Metres along Y.
    pub length: f32,
    pub length_assumed: bool,
    /// Y of the grip's centre in radii, where it is known.
    pub grip: Option<f32>,
}

impl Example {
    /// Samples a shape; `None` for one without extent or surface.
    pub fn new(shape: &Shape, kind: Kind, samples: usize, shares: &[PartShare], rng: &mut impl Rng) -> Option<Self> {
        let whole = shape.mesh();
        whole.validate().ok()?;
        let (_, placement) = to_unit_ball(&whole);
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
        let known = shape.parts.iter().any(|p| index(&p.name).is_some());
        let grip = shape.grip.map(|g| add(scaled(g, scale), offset));
        let mut regions = Vec::new();
        let mut charts = Vec::new();
        if shares.first().is_some_and(|s| s.chart.is_some()) {
            let of = |s: &PartShare| shape.parts.iter().position(|p| p.name == s.name).map(|i| parts[i].clone());
            let axis = grip.map_or(0.0, |g| g[0]);
            charts = if !shape.bodies.is_empty() {
                let mut bodies = shape.bodies.clone();
                for p in bodies.iter_mut().flat_map(|body| &mut body.rings).flatten() {
                    *p = add(scaled(*p, scale), offset);
                }
                charts::of_bodies(&bodies, shares)
            } else if known {
                charts::charts(shares.iter().map(of).collect(), shares, axis)
            } else {
                let mut whole = Mesh::default();
                parts.iter().for_each(|part| whole.append(part));
                charts::of_unlabelled(&whole, shares, axis)
            }
            .unwrap_or_default();
        }
        if known && charts.is_empty() {
            let weights = shape.parts.iter().map(|p| index(&p.name).map_or(0.0, |i| shares[i].patches as f32));
            let drawn = sampler.sample(REGION_FACTOR * samples, &Weighting::Parts(weights.collect()), rng);
            let mut parts = vec![Vec::new(); shares.len()];
            for (point, part) in drawn.points.iter().zip(&drawn.part) {
                if let Some(i) = shape.parts.get(*part as usize).and_then(|p| index(&p.name)) {
                    parts[i].push(*point);
                }
            }
            regions = regions::sort(parts, shares, grip.map_or([0.0; 2], |g| [g[0], g[2]]));
            if regions.iter().all(Vec::is_empty) {
                regions = Vec::new();
            }
        }
        let names = shape.parts.iter().map(|p| p.name.clone());
        Some(Self {
            name: shape.name.clone(),
            kind,
            surface: surface.points,
            normals: surface.normals,
            part: surface.part,
            part_names: if shape.parts.iter().any(|p| p.name == WHOLE) { Vec::new() } else { names.collect() },
            regions,
            charts,
            length: shape.length,
            length_assumed: shape.length_assumed,
            grip: grip.map(|g| g[1]),
        })
    }

    /// Targets for one training step: `uv` are those of the predicted points, `[P * rows]`, patch after patch; targets go
    /// into network units by `to`; `borders` says which rows lie on borders of their patches' charts.
    ///
    /// The patches of a missing region join the nearest one before it in patch order (the first after it, if there is
    /// none), so that no patch is without a surface to cover.
    pub fn pairs(
        &self,
        recipe: &TrainRecipe,
        patches: usize,
        uv: &[[f32; 2]],
        to: ToNetwork,
        borders: &Borders,
        rng: &mut impl Rng,
    ) -> Vec<Pair> {
        let rows = uv.len() / patches;
        if !self.charts.is_empty() {
            return self.matched(recipe, uv, rows, to, borders);
        }
        let mut target = |points: &[Vec3], rows: usize| -> Vec<Vec3> {
            let count = rows * recipe.target_ratio;
            (0..count).map(|_| to.point(points[rng.random_range(0..points.len())])).collect()
        };
        if self.regions.is_empty() {
            let target = target(&self.surface, patches * rows);
            return vec![Pair { rows: vec![0..patches * rows], target, weight: 1.0, aim: Aim::Nearest }];
        }
        let counts = recipe.parts.iter().flat_map(|s| std::iter::repeat_n(s.patches_a_region(), s.regions()));
        let rows_a_patch = rows;
        let mut hosts: Vec<(usize, Vec<Range<usize>>)> = Vec::new();
        let mut homeless: Vec<Range<usize>> = Vec::new();
        let mut at = 0;
        for (region, count) in counts.enumerate() {
            let range = at * rows..(at + count) * rows;
            at += count;
            if !self.regions[region].is_empty() {
                let mut ranges = std::mem::take(&mut homeless);
                ranges.push(range);
                hosts.push((region, ranges));
            } else if let Some((_, ranges)) = hosts.last_mut() {
                ranges.push(range);
            } else {
                homeless.push(range);
            }
        }
        hosts
            .into_iter()
            .map(|(region, rows)| {
                let count = rows.iter().map(Range::len).sum::<usize>();
                let weight = count as f32 / (patches * rows_a_patch) as f32;
                Pair { target: target(&self.regions[region], count), rows, weight, aim: Aim::Nearest }
            })
            .collect()
    }
}

impl Example {
    /// A regression a part, to the places that its charts have for `uv`, and joints between them.
    fn matched(
        &self,
        recipe: &TrainRecipe,
        uv: &[[f32; 2]],
        rows: usize,
        to: ToNetwork,
        borders: &Borders,
    ) -> Vec<Pair> {
        let target = |i: usize| to.point(self.charts[i / rows].at(uv[i]));
        let mut first = 0;
        let pair = |share: &PartShare| {
            let range = first..first + share.patches * rows;
            first = range.end;
            let normal = |i: usize| to.across(self.charts[i / rows].normal(uv[i]));
            let normals = if recipe.normal_weight > 0.0 { range.clone().map(normal).collect() } else { Vec::new() };
            let within = borders.seams().iter().filter(|[row, _]| range.contains(row));
            let matched = Matched {
                axes: recipe.axis_weights,
                normals,
                normal_weight: recipe.normal_weight,
                seams: within.map(|seam| seam.map(|row| row - range.start)).collect(),
                seam_weight: recipe.seam_weight,
            };
            let weight = share.weight * range.len() as f32 / uv.len() as f32;
            Pair { target: range.clone().map(target).collect(), rows: vec![range], weight, aim: Aim::Matched(matched) }
        };
        let mut pairs: Vec<Pair> = recipe.parts.iter().map(pair).collect();
        if !borders.joints().is_empty() {
            let both = || borders.joints().as_flattened().iter().copied();
            pairs.push(Pair {
                rows: both().map(|i| i..i + 1).collect(),
                target: both().map(target).collect(),
                weight: recipe.joint_weight,
                aim: Aim::Alike(recipe.axis_weights),
            });
        }
        pairs
    }

    /// Surface points in network units with outward normals in the ball, drawn with replacement. Empty for a point cloud.
    pub fn oriented(&self, to: ToNetwork, rng: &mut impl Rng) -> Oriented {
        let mut oriented = Oriented::default();
        if self.normals.len() != self.surface.len() {
            return oriented;
        }
        for _ in 0..orientation::TARGETS {
            let i = rng.random_range(0..self.surface.len());
            oriented.points.push(to.point(self.surface[i]));
            oriented.normals.push(to.normal(self.normals[i]));
        }
        oriented
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
        // Draws tell the two kinds apart by where they stand.
        set.train.sort_by_key(|e| e.kind == Kind::Real);
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
    use crate::mesh::dot;
    use crate::train::recipe::Axis;

    #[test]
    fn a_normal_stays_one_on_the_way_into_the_network() {
        let axis_scale = [0.5, 1.0, 0.1];
        let to = ToNetwork { factor: std::array::from_fn(|k| [1.2, 0.9, 1.1][k] / axis_scale[k]), axis_scale };
        let normal = unit([1.0, 2.0, -0.5]);
        let across = to.across(normal);
        for tangent in [[2.0, -1.0, 0.0], [0.5, 0.0, 1.0]] {
            assert!(dot(across, to.point(tangent)).abs() < 1e-6, "a tangent has no length across");
        }
        // One radius along the stretched shape's normal, in network units.
        let offset = std::array::from_fn(|k| to.normal(normal)[k] / axis_scale[k]);
        assert!((dot(across, offset) - 1.0).abs() < 1e-6);
        assert_eq!(to.across([0.0; 3]), [0.0; 3]);
    }

    fn recipe() -> TrainRecipe {
        let part = |name: &str, patches| PartShare {
            name: name.into(),
            piece: String::new(),
            patches,
            around: 0,
            along: 1,
            cap: 0.0,
            axis: Axis::Y,
            chart: None,
            weight: 1.0,
            hidden: 1.0,
            stand_in: 0.0,
            lap: 0.0,
        };
        TrainRecipe {
            parts: vec![part("blade", 10), part("guard", 5), part("grip", 5), part("pommel", 5)],
            target_ratio: 1,
            ..Default::default()
        }
    }

    fn example(present: [bool; 4]) -> Example {
        let regions = present.iter().enumerate().map(|(i, &p)| if p { vec![[i as f32; 3]; 20] } else { Vec::new() });
        Example {
            name: "x".into(),
            kind: Kind::Procedural,
            surface: vec![[9.0; 3]; 20],
            normals: Vec::new(),
            part: Vec::new(),
            part_names: Vec::new(),
            regions: if present == [false; 4] { Vec::new() } else { regions.collect() },
            charts: Vec::new(),
            length: 1.0,
            length_assumed: false,
            grip: None,
        }
    }

    #[test]
    fn patches_of_missing_regions_join_their_neighbours() {
        let found = |present| -> Vec<(usize, f32, f32)> {
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            let to = ToNetwork { factor: [1.0; 3], axis_scale: [1.0; 3] };
            let pairs = example(present).pairs(&recipe(), 25, &[[0.5; 2]; 50], to, &Borders::default(), &mut rng);
            pairs.iter().map(|p| (p.rows.iter().map(Range::len).sum(), p.target[0][0], p.weight)).collect()
        };
        assert_eq!(found([true; 4]), vec![(20, 0.0, 0.4), (10, 1.0, 0.2), (10, 2.0, 0.2), (10, 3.0, 0.2)]);
        assert_eq!(found([true, false, true, true]), vec![(30, 0.0, 0.6), (10, 2.0, 0.2), (10, 3.0, 0.2)]);
        assert_eq!(found([false, true, true, true])[0], (30, 1.0, 0.6));
        assert_eq!(found([false; 4]), vec![(50, 9.0, 1.0)]);
    }
}
