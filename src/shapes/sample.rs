//! Points on a shape's visible surface, uniform by area, with outward normals.

use std::collections::HashMap;

use rand::{Rng, RngExt};

use super::Shape;
use super::exterior::{Sides, offset, sees_outside, towards, visible_sides};
use crate::mesh::bvh::Bvh;
use crate::mesh::{Mesh, Vec3, add, cross, dot, norm, scaled, sub, unit};

/// Points on a surface.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// `[N, 3]`
    pub points: Vec<Vec3>,
    /// `[N, 3]`, unit length, outward; empty if the shape is a point cloud.
    pub normals: Vec<Vec3>,
    /// `[N]`, index into the shape's parts.
    pub part: Vec<u8>,
}

/// How samples are spread over a shape's parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Weighting {
    /// By area over the whole shape.
    #[default]
    Area,
    /// A share per part, in any unit; within a part by area. Parts without visible surface give their share to the
    /// others; parts beyond the list get none.
    Parts(Vec<f32>),
}

/// One visible side of one triangle.
#[derive(Clone, Copy, Debug)]
struct Facet {
    origin: Vec3,
    u: Vec3,
    v: Vec3,
    normal: Vec3,
    part: u8,
}

/// How a sample that lies inside another piece of the shape is told.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Hiding {
    /// All parts are closed and outward-oriented: whatever a solid holds is hidden. One ray a sample.
    Solids,
    /// Anything else: what no ray reaches is hidden.
    Rays,
}

/// A shape made ready for sampling.
#[derive(Clone, Debug)]
pub struct Sampler {
    facets: Vec<Facet>,
    /// Area up to and with each facet, `[F]`.
    cumulative: Vec<f64>,
    bvh: Bvh,
    hiding: Hiding,
    offset: f32,
    /// Points and parts of a shape without triangles.
    cloud: Vec<(Vec3, u8)>,
}

/// Samples of one mesh; `part` is 0.
pub fn surface(mesh: &Mesh, count: usize, rng: &mut impl Rng) -> Samples {
    Sampler::new([mesh]).sample(count, &Weighting::Area, rng)
}

/// Samples of a shape: nothing of what its parts hide from each other.
pub fn shape_surface(shape: &Shape, count: usize, weighting: &Weighting, rng: &mut impl Rng) -> Samples {
    Sampler::new(shape.parts.iter().map(|p| &p.mesh)).sample(count, weighting, rng)
}

/// `count` points `[count, 3]`, uniform by area over every triangle, seen or not: for open patches, where nothing is
/// hidden on purpose. Empty for a mesh without area.
pub fn by_area(mesh: &Mesh, count: usize, rng: &mut impl Rng) -> Vec<Vec3> {
    let mut total = 0.0f64;
    let areas = (0..mesh.triangles.len()).map(|t| {
        let [a, b, c] = mesh.corners(t);
        total += f64::from(norm(cross(sub(b, a), sub(c, a))));
        total
    });
    let cumulative: Vec<f64> = areas.collect();
    if total.is_nan() || total <= 0.0 {
        return Vec::new();
    }
    let draw = |_| {
        let at = rng.random_range(0.0..total);
        let [a, b, c] = mesh.corners(cumulative.partition_point(|&sum| sum <= at).min(cumulative.len() - 1));
        let (u, v): (f32, f32) = (rng.random(), rng.random());
        let (u, v) = if u + v > 1.0 { (1.0 - u, 1.0 - v) } else { (u, v) };
        add(a, add(scaled(sub(b, a), u), scaled(sub(c, a), v)))
    };
    (0..count).map(draw).collect()
}

impl Sampler {
    /// Over the parts of a shape, each a valid mesh; at most 256 of them are told apart.
    pub fn new<'a>(parts: impl IntoIterator<Item = &'a Mesh>) -> Self {
        let mut whole = Mesh::default();
        let mut ends = Vec::new();
        let mut solids = true;
        let mut cloud = Vec::new();
        for (i, part) in parts.into_iter().enumerate() {
            solids &= is_solid(part);
            cloud.extend(part.positions.iter().map(|&p| (p, i.min(255) as u8)));
            whole.append(part);
            ends.push(whole.triangles.len());
        }
        let bvh = Bvh::new(&whole);
        // A single mesh is an import: closed or not, it may hold inner shells that only visibility finds.
        let hiding = if solids && ends.len() > 1 { Hiding::Solids } else { Hiding::Rays };
        let mut sides = match hiding {
            Hiding::Solids => vec![Sides { front: true, back: false }; whole.triangles.len()],
            Hiding::Rays => visible_sides(&whole, &bvh),
        };
        if sides.iter().all(|s| !s.front && !s.back) {
            sides.fill(Sides { front: true, back: false });
        }
        let mut facets = Vec::with_capacity(sides.len());
        let mut cumulative = Vec::with_capacity(sides.len());
        let mut total = 0.0f64;
        for (t, side) in sides.iter().enumerate() {
            let [origin, b, c] = whole.corners(t);
            let (u, v) = (sub(b, origin), sub(c, origin));
            let twice = cross(u, v);
            let part = ends.partition_point(|&end| end <= t).min(255) as u8;
            for (seen, sign) in [(side.front, 1.0), (side.back, -1.0)] {
                if seen && norm(twice) > 0.0 {
                    total += f64::from(norm(twice)) / 2.0;
                    cumulative.push(total);
                    facets.push(Facet { origin, u, v, normal: scaled(unit(twice), sign), part });
                }
            }
        }
        if !facets.is_empty() {
            cloud = Vec::new();
        }
        Self { facets, cumulative, bvh, hiding, offset: offset(&whole), cloud }
    }

    /// `count` samples, independent and uniform by area within the weighting. A point cloud is drawn from without
    /// repetition as long as its points last. Empty if the shape is.
    pub fn sample(&self, count: usize, weighting: &Weighting, rng: &mut impl Rng) -> Samples {
        let mut samples = Samples::default();
        if self.facets.is_empty() {
            self.sample_cloud(count, rng, &mut samples);
            return samples;
        }
        let mut strata = self.strata(weighting);
        samples.points.reserve(count);
        samples.normals.reserve(count);
        samples.part.reserve(count);
        while samples.points.len() < count {
            let chosen = pick(&strata, rng);
            let stratum = &mut strata[chosen];
            let facet = &self.facets[self.facet_at(rng.random_range(0.0..1.0), stratum)];
            let (u, v): (f32, f32) = (rng.random(), rng.random());
            let (u, v) = if u + v > 1.0 { (1.0 - u, 1.0 - v) } else { (u, v) };
            let point = add(facet.origin, add(scaled(facet.u, u), scaled(facet.v, v)));
            if stratum.trusted || !self.is_hidden(point, facet.normal, rng) {
                stratum.misses = 0;
                samples.points.push(point);
                samples.normals.push(facet.normal);
                samples.part.push(facet.part);
                continue;
            }
            stratum.misses += 1;
            // After so many misses in a row less than 1 % of it is visible.
            if stratum.misses > 512 {
                stratum.share = 0.0;
                if strata.iter().all(|s| s.share == 0.0) {
                    // Nothing is visible at all, e.g. coincident surfaces: then the surface counts as it is.
                    strata = vec![Stratum { trusted: true, ..self.whole() }];
                }
            }
        }
        samples
    }

    fn sample_cloud(&self, count: usize, rng: &mut impl Rng, samples: &mut Samples) {
        let mut order: Vec<usize> = (0..self.cloud.len()).collect();
        for i in 0..if order.is_empty() { 0 } else { count } {
            let n = order.len();
            let place = i % n;
            // Fisher-Yates, one step a sample; starts over when every point was drawn.
            order.swap(place, rng.random_range(place..n));
            let (point, part) = self.cloud[order[place]];
            samples.points.push(point);
            samples.part.push(part);
        }
    }

    fn whole(&self) -> Stratum {
        Stratum { from: 0.0, to: self.cumulative.last().copied().unwrap_or(0.0), share: 1.0, misses: 0, trusted: false }
    }

    fn strata(&self, weighting: &Weighting) -> Vec<Stratum> {
        let Weighting::Parts(shares) = weighting else { return vec![self.whole()] };
        let mut strata = Vec::new();
        for (part, &share) in shares.iter().enumerate() {
            let first = self.facets.partition_point(|f| usize::from(f.part) < part);
            let end = self.facets.partition_point(|f| usize::from(f.part) <= part);
            if first < end && share > 0.0 && share.is_finite() {
                let from = if first == 0 { 0.0 } else { self.cumulative[first - 1] };
                strata.push(Stratum { from, to: self.cumulative[end - 1], share, misses: 0, trusted: false });
            }
        }
        if strata.is_empty() { vec![self.whole()] } else { strata }
    }

    /// The facet at the fraction `at` of the stratum's area.
    fn facet_at(&self, at: f64, stratum: &Stratum) -> usize {
        let area = stratum.from + at * (stratum.to - stratum.from);
        self.cumulative.partition_point(|&c| c <= area).min(self.facets.len() - 1)
    }

    fn is_hidden(&self, point: Vec3, normal: Vec3, rng: &mut impl Rng) -> bool {
        match self.hiding {
            Hiding::Solids => {
                // Any direction would do; one that leaves the surface at once meets the fewest triangles.
                let bent: Vec3 = std::array::from_fn(|i| normal[i] + rng.random_range(-0.4..0.4));
                let start = add(point, scaled(normal, self.offset));
                self.bvh.winding(start, towards(unit(bent), normal)) != 0
            }
            Hiding::Rays => !sees_outside(&self.bvh, point, normal, self.offset, rng.random()),
        }
    }
}

/// A stretch of the cumulative area, drawn from with probability `share`.
#[derive(Clone, Debug)]
struct Stratum {
    from: f64,
    to: f64,
    share: f32,
    /// Hidden samples in a row.
    misses: u32,
    /// Taken as visible without a test.
    trusted: bool,
}

fn pick(strata: &[Stratum], rng: &mut impl Rng) -> usize {
    if strata.len() == 1 {
        return 0;
    }
    let total: f32 = strata.iter().map(|s| s.share).sum();
    let mut left = rng.random_range(0.0..1.0f32) * total;
    let last = strata.iter().rposition(|s| s.share > 0.0).unwrap_or(0);
    strata[..last]
        .iter()
        .position(|s| {
            left -= s.share;
            left < 0.0
        })
        .unwrap_or(last)
}

/// Closed and outward-oriented: every edge is met once in each direction (vertices at one position are one), and the
/// enclosed volume is positive.
fn is_solid(mesh: &Mesh) -> bool {
    let mut known = HashMap::with_capacity(mesh.positions.len());
    // + 0.0 makes -0.0 and 0.0 one position.
    let key = |p: &Vec3| p.map(|x| (x + 0.0).to_bits());
    let weld: Vec<usize> = mesh.positions.iter().enumerate().map(|(i, p)| *known.entry(key(p)).or_insert(i)).collect();
    let mut edges: HashMap<(usize, usize), i32> = HashMap::with_capacity(mesh.triangles.len() * 2);
    let mut volume = 0.0f64;
    for t in &mesh.triangles {
        let [a, b, c] = t.map(|i| weld[i as usize]);
        for (p, q) in [(a, b), (b, c), (c, a)] {
            *edges.entry((p.min(q), p.max(q))).or_insert(0) += if p < q { 1 } else { -1 };
        }
        let [a, b, c] = t.map(|i| mesh.positions[i as usize]);
        volume += f64::from(dot(a, cross(b, c)));
    }
    volume > 0.0 && edges.values().all(|&n| n == 0)
}

#[cfg(test)]
pub(crate) mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::shapes::Part;

    /// A closed box of 12 triangles, outward, `size` along each axis about `centre`.
    pub(crate) fn cuboid(size: Vec3, centre: Vec3) -> Mesh {
        let corner = |i: usize| -> Vec3 {
            std::array::from_fn(|k| centre[k] + size[k] * if i >> k & 1 == 1 { 0.5 } else { -0.5 })
        };
        let quads = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
        let triangles = quads.iter().flat_map(|&[a, b, c, d]| [[a, b, c], [a, c, d]]).collect();
        Mesh { positions: (0..8).map(corner).collect(), triangles, ..Default::default() }
    }

    /// A closed ball of 16 x 32 quads, outward.
    pub(crate) fn ball(radius: f32, centre: Vec3) -> Mesh {
        let (rows, columns) = (16, 32);
        let mut mesh = Mesh::default();
        for r in 0..=rows {
            let polar = std::f32::consts::PI * r as f32 / rows as f32;
            let ring = if r == 0 || r == rows { 0.0 } else { polar.sin() };
            for c in 0..columns {
                let angle = std::f32::consts::TAU * c as f32 / columns as f32;
                let p = [ring * angle.cos(), polar.cos(), ring * angle.sin()];
                mesh.positions.push(add(scaled(p, radius), centre));
            }
        }
        for r in 0..rows {
            for c in 0..columns {
                let [a, b] = [r * columns + c, r * columns + (c + 1) % columns];
                let [d, e] = [a + columns, b + columns];
                if r > 0 {
                    mesh.triangles.push([a, b, e]);
                }
                if r + 1 < rows {
                    mesh.triangles.push([a, e, d]);
                }
            }
        }
        mesh
    }

    fn rng() -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(7)
    }

    fn shape(meshes: Vec<Mesh>) -> Shape {
        let parts = meshes.into_iter().map(|mesh| Part { name: "p".into(), mesh }).collect();
        Shape {
            name: "s".into(),
            parts,
            attributes: Default::default(),
            length: 1.0,
            length_assumed: false,
            grip: None,
            bodies: Vec::new(),
        }
    }

    #[test]
    fn solids_are_recognised() {
        assert!(is_solid(&cuboid([1.0; 3], [0.0; 3])) && is_solid(&ball(1.0, [3.0, 0.0, 0.0])));
        let mut inward = cuboid([1.0; 3], [0.0; 3]);
        inward.triangles.iter_mut().for_each(|t| t.swap(0, 1));
        assert!(!is_solid(&inward));
        let mut open = cuboid([1.0; 3], [0.0; 3]);
        open.triangles.pop();
        assert!(!is_solid(&open) && !is_solid(&Mesh::default()));
    }

    #[test]
    fn samples_are_uniform_by_area_and_face_outward() {
        for turned in [false, true] {
            let mut mesh = cuboid([1.0, 4.0, 1.0], [0.0; 3]);
            if turned {
                mesh.triangles.iter_mut().step_by(2).for_each(|t| t.swap(0, 1));
            }
            let samples = surface(&mesh, 9000, &mut rng());
            assert_eq!((samples.points.len(), samples.normals.len(), samples.part.len()), (9000, 9000, 9000));
            // The two ends are 2 of 18 units of area.
            let ends = samples.normals.iter().filter(|n| n[1].abs() > 0.5).count();
            assert!((850..1150).contains(&ends), "{ends}");
            assert!(samples.points.iter().zip(&samples.normals).all(|(&p, &n)| dot(p, n) > 0.0));
            let high = samples.points.iter().filter(|p| p[1] > 1.0).count();
            assert!((2100..2900).contains(&high), "{high}");
        }
    }

    #[test]
    fn parts_hide_each_other_on_either_road() {
        let blade = cuboid([0.2, 2.0, 0.1], [0.0, 1.0, 0.0]);
        let guard = cuboid([1.0, 0.4, 0.4], [0.0; 3]);
        let mut miswound = guard.clone();
        miswound.triangles[0].swap(0, 1);
        for (guard, hiding) in [(guard, Hiding::Solids), (miswound, Hiding::Rays)] {
            let shape = shape(vec![blade.clone(), guard]);
            let sampler = Sampler::new(shape.parts.iter().map(|p| &p.mesh));
            assert_eq!(sampler.hiding, hiding);
            let samples = sampler.sample(4000, &Weighting::Area, &mut rng());
            let blade_points: Vec<_> = samples.points.iter().zip(&samples.part).filter(|(_, p)| **p == 0).collect();
            assert!(blade_points.len() > 500);
            assert!(blade_points.iter().all(|(p, _)| p[1] > 0.19), "{hiding:?}: the blade's root lies in the guard");
            let in_blade = |p: &Vec3| p[1] > 0.19 && p[0].abs() < 0.099 && p[2].abs() < 0.049;
            let caught = samples.points.iter().zip(&samples.part).filter(|(p, i)| **i == 1 && in_blade(p)).count();
            assert_eq!(caught, 0, "{hiding:?}: the guard's face under the blade");
        }
    }

    #[test]
    fn procedural_swords_are_solids_that_hide_their_joints() {
        let swords = crate::shapes::dataset::procedural(24, 1);
        let mut visible = 0;
        for sword in &swords {
            let sampler = Sampler::new(sword.parts.iter().map(|p| &p.mesh));
            assert_eq!(sampler.hiding, Hiding::Solids, "{:?}", sword.attributes);
            let samples = sampler.sample(4096, &Weighting::Area, &mut rng());
            assert_eq!(samples.points.len(), 4096);
            // Every eighth by the slow test: it starts from outside the solids, so it may only see less.
            let open =
                |i: usize| sees_outside(&sampler.bvh, samples.points[i], samples.normals[i], sampler.offset, 0.5);
            visible += (0..4096).step_by(8).filter(|&i| open(i)).count();
        }
        let share = visible as f64 / (24.0 * 512.0);
        assert!(share > 0.98, "{share}");
    }

    #[test]
    fn weighting_by_parts_holds_the_shares() {
        let parts = vec![cuboid([1.0; 3], [0.0; 3]), cuboid([0.1; 3], [3.0, 0.0, 0.0]), cuboid([0.1; 3], [0.0; 3])];
        let samples = shape_surface(&shape(parts), 3000, &Weighting::Parts(vec![1.0, 2.0, 5.0]), &mut rng());
        let of = |part: u8| samples.part.iter().filter(|&&p| p == part).count();
        assert_eq!(of(2), 0, "the third part lies inside the first");
        // What was spent on the hidden part is not lost: the two others share all samples 1 : 2.
        assert!((850..1150).contains(&of(0)), "{}", of(0));
        assert_eq!(of(0) + of(1), 3000);
    }

    #[test]
    fn point_clouds_are_drawn_without_repetition_first() {
        let cloud = Mesh { positions: (0..10).map(|i| [i as f32, 0.0, 0.0]).collect(), ..Default::default() };
        let samples = surface(&cloud, 15, &mut rng());
        let mut first: Vec<i32> = samples.points[..10].iter().map(|p| p[0] as i32).collect();
        first.sort_unstable();
        assert_eq!(first, (0..10).collect::<Vec<_>>());
        assert!(samples.normals.is_empty() && samples.points.len() == 15);
        assert!(surface(&Mesh::default(), 5, &mut rng()).points.is_empty());
    }

    #[test]
    fn the_same_seed_gives_the_same_points() {
        let mesh = ball(1.0, [0.0; 3]);
        assert_eq!(surface(&mesh, 50, &mut rng()), surface(&mesh, 50, &mut rng()));
    }
}
