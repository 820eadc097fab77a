//! The vertices of any mesh of a shape, bound to the shape's patches.

use rayon::prelude::*;

use crate::mesh::bvh::Bvh;
use crate::mesh::triangle::{closest_point, normal};
use crate::mesh::weld::Welding;
use crate::mesh::{Mesh, Vec3, add, cross, dot, norm, scaled, sub, unit};

/// How far a triangle may face away from the normal of a vertex that lies on it, as a cosine.
const FACES: f32 = 0.2;

/// A mesh whose triangles belong to something, a part or a patch.
#[derive(Clone, Copy, Debug)]
pub struct Labelled<'a> {
    pub mesh: &'a Mesh,
    /// `[T]`
    pub label: &'a [u32],
}

/// The vertices of a mesh, each bound to triangles of a dense decode.
#[derive(Clone, Debug)]
pub struct Carrier {
    /// `[N]`, vertices at one place stay together.
    place: Vec<u32>,
    /// Of every place an anchor a label that meets there.
    anchors: Vec<Vec<Anchor>>,
}

#[derive(Clone, Debug)]
struct Anchor {
    triangle: u32,
    /// Of its corners, sum 1.
    weights: [f32; 3],
    /// What is left from there to the vertex, in the triangle's frame.
    beside: Vec3,
}

impl Carrier {
    /// Binds every vertex of `mesh` to the nearest triangle of `dense` that has its label and faces as the vertex does, or to
    /// the nearest of the label where none faces so, or to the nearest at all. Without the facing a blade's one side would move
    /// with the other. Where labels meet, a vertex is bound to one triangle of each, and goes to the middle of what they say.
    pub fn bind(mesh: Labelled, dense: Labelled) -> Self {
        if dense.mesh.triangles.is_empty() {
            return Self { place: Vec::new(), anchors: Vec::new() };
        }
        let tree = Bvh::new(dense.mesh);
        let faces: Vec<Vec3> = (0..dense.mesh.triangles.len()).map(|t| normal(dense.mesh.corners(t))).collect();
        let Welding { kept, target } = Welding::find(&mesh.mesh.positions, 0.0);
        let mut sides: Vec<Vec<(u32, Vec3)>> = vec![Vec::new(); kept.len()];
        for (t, (corners, &label)) in mesh.mesh.triangles.iter().zip(mesh.label).enumerate() {
            let [a, b, c] = mesh.mesh.corners(t);
            let out = cross(sub(b, a), sub(c, a));
            for &corner in corners {
                let sides = &mut sides[target[corner as usize] as usize];
                match sides.iter_mut().find(|side| side.0 == label) {
                    Some((_, sum)) => *sum = add(*sum, out),
                    None => sides.push((label, out)),
                }
            }
        }
        let anchors = |(&vertex, sides): (&u32, &Vec<(u32, Vec3)>)| {
            let p = mesh.mesh.positions[vertex as usize];
            let anchor = |&(label, out): &(u32, Vec3)| {
                let (own, out) = (|t: usize| dense.label[t] == label, unit(out));
                let triangle = nearest(&tree, dense.mesh, p, |t| own(t) && dot(faces[t], out) > FACES)
                    .or_else(|| nearest(&tree, dense.mesh, p, own))
                    .or_else(|| nearest(&tree, dense.mesh, p, |_| true))
                    .unwrap_or(0);
                Anchor::at(p, triangle, dense.mesh)
            };
            sides.iter().map(anchor).collect()
        };
        Self { anchors: kept.par_iter().zip(&sides).map(anchors).collect(), place: target }
    }

    /// `[N, 3]`, where the vertices lie on another decode with the same template.
    pub fn carry(&self, dense: &Mesh) -> Vec<Vec3> {
        let middle = |anchors: &Vec<Anchor>| {
            let sum = anchors.iter().fold([0.0; 3], |sum, anchor| add(sum, anchor.on(dense)));
            scaled(sum, 1.0 / anchors.len().max(1) as f32)
        };
        let places: Vec<Vec3> = self.anchors.iter().map(middle).collect();
        self.place.iter().map(|&place| places[place as usize]).collect()
    }
}

impl Anchor {
    fn at(p: Vec3, triangle: u32, dense: &Mesh) -> Self {
        let corners = dense.corners(triangle as usize);
        let weights = weights(closest_point(p, corners), corners);
        let rest = sub(p, place(corners, weights));
        Self { triangle, weights, beside: frame(corners).map(|axis| dot(axis, rest)) }
    }

    fn on(&self, dense: &Mesh) -> Vec3 {
        let corners = dense.corners(self.triangle as usize);
        let axes = frame(corners);
        (0..3).fold(place(corners, self.weights), |p, i| add(p, scaled(axes[i], self.beside[i])))
    }
}

/// The triangle nearest to `p` among those that `admit` lets pass; of equally near ones the first.
fn nearest(tree: &Bvh, dense: &Mesh, p: Vec3, admit: impl Fn(usize) -> bool) -> Option<u32> {
    let distance2 = tree.distance2(p, &admit)?;
    let mut best: Option<(f32, usize)> = None;
    // A hair farther, since the square root rounds.
    tree.near_point(p, distance2.sqrt() * 1.001 + 1e-7, |t| {
        if admit(t) {
            let away = sub(closest_point(p, dense.corners(t)), p);
            let candidate = (dot(away, away), t);
            if best.is_none_or(|best| candidate < best) {
                best = Some(candidate);
            }
        }
    });
    best.map(|(_, t)| t as u32)
}

fn place([a, b, c]: [Vec3; 3], [u, v, w]: [f32; 3]) -> Vec3 {
    add(add(scaled(a, u), scaled(b, v)), scaled(c, w))
}

/// Barycentric coordinates of a point of a triangle; of one without area the first corner's.
fn weights(p: Vec3, [a, b, c]: [Vec3; 3]) -> [f32; 3] {
    let (ab, ac, ap) = (sub(b, a), sub(c, a), sub(p, a));
    let (d00, d01, d11) = (dot(ab, ab), dot(ab, ac), dot(ac, ac));
    let (d20, d21) = (dot(ap, ab), dot(ap, ac));
    let area = d00 * d11 - d01 * d01;
    let (v, w) = ((d11 * d20 - d01 * d21) / area, (d00 * d21 - d01 * d20) / area);
    if v.is_finite() && w.is_finite() { [1.0 - v - w, v, w] } else { [1.0, 0.0, 0.0] }
}

/// Orthonormal axes that go with a triangle: along its first edge, across, and out of its front.
fn frame([a, b, c]: [Vec3; 3]) -> [Vec3; 3] {
    let out = cross(sub(b, a), sub(c, a));
    let along = sub(b, a);
    if norm(out) <= f32::MIN_POSITIVE || norm(along) <= f32::MIN_POSITIVE {
        return [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    }
    let (out, along) = (unit(out), unit(along));
    [along, cross(out, along), out]
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::mesh::weld::weld;
    use crate::template::Template;

    pub fn ball(radius: f32, side: usize) -> Mesh {
        let (mut mesh, template) = (Mesh::default(), Template::grid(side));
        let uv = template.uv();
        mesh.positions = uv
            .iter()
            .map(|&[u, v]| {
                let (a, b) = (u * std::f32::consts::TAU, (v - 0.5) * 3.0);
                [radius * a.sin() * b.cos(), radius * b.sin(), radius * a.cos() * b.cos()]
            })
            .collect();
        mesh.triangles = template.triangles();
        mesh
    }

    fn bind(mesh: &Mesh, label: u32, dense: &Mesh) -> Carrier {
        let [own, theirs] = [mesh, dense].map(|m| vec![label; m.triangles.len()]);
        Carrier::bind(Labelled { mesh, label: &own }, Labelled { mesh: dense, label: &theirs })
    }

    #[test]
    fn a_bound_mesh_comes_back_and_follows() {
        let (small, large) = (ball(1.0, 40), ball(2.0, 40));
        // Coarser, and a little outside.
        let mesh = weld(&ball(1.05, 9), 1e-3);
        let bound = bind(&mesh, 0, &small);
        for (back, &p) in bound.carry(&small).iter().zip(&mesh.positions) {
            assert!(norm(sub(*back, p)) < 1e-5);
        }
        for (&moved, &p) in bound.carry(&large).iter().zip(&mesh.positions) {
            // What lay 0.05 beside the surface still does.
            assert!((norm(moved) - 2.05).abs() < 0.01 && dot(unit(moved), unit(p)) > 0.999, "{moved:?} from {p:?}");
        }
    }

    #[test]
    fn a_vertex_follows_its_own_part_and_where_two_meet_the_middle_of_both() {
        // A small ball inside a large one; only the small one grows.
        let both = |radius: f32| {
            let mut mesh = ball(radius, 30);
            mesh.append(&ball(2.0, 30));
            mesh
        };
        let (before, after) = (both(1.0), both(1.5));
        let half = before.triangles.len() / 2;
        let label: Vec<u32> = (0..before.triangles.len()).map(|t| u32::from(t >= half)).collect();
        let dense = Labelled { mesh: &before, label: &label };
        let mesh = ball(1.8, 9);
        let carried = |label: &[u32]| Carrier::bind(Labelled { mesh: &mesh, label }, dense).carry(&after);
        let count = mesh.triangles.len();
        for (small, large) in carried(&vec![0; count]).iter().zip(carried(&vec![1; count])) {
            assert!((norm(*small) - 2.3).abs() < 0.03 && (norm(large) - 1.8).abs() < 1e-3, "{small:?} {large:?}");
        }
        let mixed: Vec<u32> = (0..count).map(|t| t as u32 % 2).collect();
        assert!(carried(&mixed).iter().any(|p| (norm(*p) - 2.05).abs() < 0.03));
    }
}
