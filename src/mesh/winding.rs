//! How often a surface winds around a point: 1 inside, 0 outside, and in between where the surface has gaps.
//!
//! The generalised winding number (Jacobson, Kavan and Sorkine-Hornung 2013) adds the solid angles of all triangles; far ones are
//! taken together as one dipole (Barill, Dickson, Schmidt, Levin and Jacobson 2018).

use std::f32::consts::PI;

use super::{Mesh, Vec3, add, cross, dot, norm, scaled, sub};

/// Triangles in a leaf at most.
const LEAF: usize = 8;

/// A node stands for its triangles from this many of its radii on.
const FAR: f32 = 2.0;

#[derive(Clone, Copy, Debug)]
struct Node {
    /// Middle of the triangles, weighted by area.
    centre: Vec3,
    /// No corner lies further from it.
    radius: f32,
    /// Sum of the triangles' area vectors.
    dipole: Vec3,
    /// First triangle of a leaf, or the right child of an inner node (the left one follows it).
    start: u32,
    /// Triangles of a leaf; 0 marks an inner node.
    count: u32,
}

/// The triangles of a surface, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct Winding {
    nodes: Vec<Node>,
    corners: Vec<[Vec3; 3]>,
}

impl Winding {
    /// Over all triangles of a valid mesh.
    pub fn new(mesh: &Mesh) -> Self {
        let mut corners: Vec<[Vec3; 3]> = (0..mesh.triangles.len()).map(|t| mesh.corners(t)).collect();
        let mut nodes = Vec::new();
        if !corners.is_empty() {
            build(&mut nodes, &mut corners, 0);
        }
        Self { nodes, corners }
    }

    /// The winding number of the surface around `p`.
    pub fn at(&self, p: Vec3) -> f32 {
        let mut stack = Vec::with_capacity(64);
        stack.extend((!self.nodes.is_empty()).then_some(0u32));
        let mut angle = 0.0;
        while let Some(at) = stack.pop() {
            let node = &self.nodes[at as usize];
            let to = sub(node.centre, p);
            let distance2 = dot(to, to);
            if distance2 > (FAR * node.radius).powi(2) {
                angle += dot(node.dipole, to) / (distance2 * distance2.sqrt());
            } else if node.count == 0 {
                stack.extend([node.start, at + 1]);
            } else {
                let leaf = node.start as usize..(node.start + node.count) as usize;
                angle += self.corners[leaf].iter().map(|&t| solid_angle(p, t)).sum::<f32>();
            }
        }
        angle / (4.0 * PI)
    }
}

/// Of a triangle seen from `p`, positive from behind it (van Oosterom and Strackee 1983).
fn solid_angle(p: Vec3, corners: [Vec3; 3]) -> f32 {
    let [a, b, c] = corners.map(|q| sub(q, p));
    let (la, lb, lc) = (norm(a), norm(b), norm(c));
    let below = la * lb * lc + dot(a, b) * lc + dot(b, c) * la + dot(c, a) * lb;
    2.0 * dot(a, cross(b, c)).atan2(below)
}

fn build(nodes: &mut Vec<Node>, corners: &mut [[Vec3; 3]], first: usize) {
    let middle = |t: &[Vec3; 3]| scaled(add(add(t[0], t[1]), t[2]), 1.0 / 3.0);
    let half_area = |t: &[Vec3; 3]| scaled(cross(sub(t[1], t[0]), sub(t[2], t[0])), 0.5);
    let (mut centre, mut area, mut dipole) = ([0.0; 3], 0.0, [0.0; 3]);
    for t in corners.iter() {
        let vector = half_area(t);
        // Triangles without area count a little, so that nothing is divided by nothing.
        let weight = norm(vector) + 1e-30;
        centre = add(centre, scaled(middle(t), weight));
        area += weight;
        dipole = add(dipole, vector);
    }
    let centre = scaled(centre, 1.0 / area);
    let radius = corners.iter().flatten().map(|&p| norm(sub(p, centre))).fold(0.0, f32::max);
    let at = nodes.len();
    nodes.push(Node { centre, radius, dipole, start: first as u32, count: corners.len() as u32 });
    if corners.len() <= LEAF {
        return;
    }
    let bound =
        |pick: fn(f32, f32) -> f32| corners.iter().map(middle).reduce(|m, p| std::array::from_fn(|k| pick(m[k], p[k])));
    let (lo, hi) = (bound(f32::min).unwrap_or(centre), bound(f32::max).unwrap_or(centre));
    let axis = (0..3).max_by(|&i, &j| (hi[i] - lo[i]).total_cmp(&(hi[j] - lo[j]))).unwrap_or(0);
    let half = corners.len() / 2;
    corners.select_nth_unstable_by(half, |s, t| middle(s)[axis].total_cmp(&middle(t)[axis]));
    let (left, right) = corners.split_at_mut(half);
    build(nodes, left, first);
    nodes[at].start = nodes.len() as u32;
    nodes[at].count = 0;
    build(nodes, right, first + half);
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};

    use super::*;
    use crate::mesh::bvh::tests::cube;
    use crate::mesh::tessellate::{PatchPoints, tessellate};
    use crate::template::Template;

    /// A ball of many triangles, without the patch of its pole where `open`.
    fn ball(open: bool) -> Mesh {
        let template = Template::grid(40);
        let least = if open { 0.05 } else { 0.0 };
        let positions = template.uv().into_iter().map(|[u, v]| {
            let (azimuth, polar) = (2.0 * PI * u, PI * (least + (1.0 - least) * v));
            [polar.sin() * azimuth.cos(), -polar.cos(), -polar.sin() * azimuth.sin()]
        });
        tessellate(PatchPoints { positions: positions.collect(), ..Default::default() }, 1, &[], &template)
    }

    #[test]
    fn inside_is_one_and_outside_nothing() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        for (mesh, radius) in [(ball(false), 1.0), (cube(0.5, [0.0; 3]), 0.5)] {
            let winding = Winding::new(&mesh);
            for _ in 0..300 {
                let p: Vec3 = std::array::from_fn(|_| rng.random_range(-1.5..1.5));
                let size = if radius == 1.0 { norm(p) } else { p.iter().fold(0.0, |m: f32, x| m.max(x.abs())) };
                if (size - radius).abs() < 0.02 {
                    continue;
                }
                let expected = f32::from(size < radius);
                assert!((winding.at(p) - expected).abs() < 0.05, "{p:?}: {}", winding.at(p));
            }
        }
        assert_eq!(Winding::new(&Mesh::default()).at([0.0; 3]), 0.0);
    }

    #[test]
    fn a_hole_is_closed_by_the_half() {
        let winding = Winding::new(&ball(true));
        assert!(winding.at([0.0; 3]) > 0.98 && winding.at([0.0, -1.5, 0.0]).abs() < 0.1);
        let across: Vec<f32> = (0..20).map(|i| winding.at([0.0, -1.2 + 0.02 * i as f32, 0.0])).collect();
        assert!(across.windows(2).all(|w| w[0] < w[1]), "{across:?}");
    }
}
