//! The vertices of any mesh of a shape, bound to the shape's patches.

use super::turning::smooth_normals;
use crate::mesh::bvh::Bvh;
use crate::mesh::triangle::{closest_point, normal};
use crate::mesh::weld::Welding;
use crate::mesh::{Mesh, Vec3, add, cross, dot, norm, scaled, sub, unit};

/// How far a triangle may face away from the normal of a vertex that lies on it, as a cosine.
const FACES: f32 = 0.2;

/// The vertices of a mesh, each bound to a triangle of a dense decode.
#[derive(Clone, Debug)]
pub struct Carrier {
    anchors: Vec<Anchor>,
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
    /// Binds every vertex of `mesh` to the nearest triangle of `dense` that faces as the vertex does, or to the nearest at all
    /// where none does. Without the first rule a blade's one side would move with the other.
    pub fn bind(mesh: &Mesh, dense: &Mesh) -> Self {
        let tree = Bvh::new(dense);
        let faces: Vec<Vec3> = (0..dense.triangles.len()).map(|t| normal(dense.corners(t))).collect();
        let smooth = smooth_normals(mesh, &Welding::find(&mesh.positions, 0.0).target);
        let anchor = |(&p, &n): (&Vec3, &Vec3)| {
            let triangle = nearest(&tree, dense, p, |t| dot(faces[t], n) > FACES)
                .or_else(|| nearest(&tree, dense, p, |_| true))
                .unwrap_or(0);
            let corners = dense.corners(triangle as usize);
            let weights = weights(closest_point(p, corners), corners);
            let rest = sub(p, place(corners, weights));
            let beside = frame(corners).map(|axis| dot(axis, rest));
            Anchor { triangle, weights, beside }
        };
        if dense.triangles.is_empty() {
            return Self { anchors: Vec::new() };
        }
        Self { anchors: mesh.positions.iter().zip(&smooth).map(anchor).collect() }
    }

    /// `[N, 3]`, where the vertices lie on another decode with the same template.
    pub fn carry(&self, dense: &Mesh) -> Vec<Vec3> {
        let at = |Anchor { triangle, weights, beside }: &Anchor| {
            let corners = dense.corners(*triangle as usize);
            let axes = frame(corners);
            (0..3).fold(place(corners, *weights), |p, i| add(p, scaled(axes[i], beside[i])))
        };
        self.anchors.iter().map(at).collect()
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

    #[test]
    fn a_bound_mesh_comes_back_and_follows() {
        let (small, large) = (ball(1.0, 40), ball(2.0, 40));
        // Coarser, and a little outside.
        let mesh = weld(&ball(1.05, 9), 1e-3);
        let bound = Carrier::bind(&mesh, &small);
        for (back, &p) in bound.carry(&small).iter().zip(&mesh.positions) {
            assert!(norm(sub(*back, p)) < 1e-5);
        }
        for (&moved, &p) in bound.carry(&large).iter().zip(&mesh.positions) {
            // What lay 0.05 beside the surface still does.
            assert!((norm(moved) - 2.05).abs() < 0.01 && dot(unit(moved), unit(p)) > 0.999, "{moved:?} from {p:?}");
        }
    }
}
