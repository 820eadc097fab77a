//! A slab of a mesh.

use crate::mesh::{Mesh, Vec3};

/// What of `mesh` lies between two heights along Y, cut exactly; open where it is cut. Positions and triangles only.
pub(super) fn slab(mesh: &Mesh, low: f32, high: f32) -> Mesh {
    let mut out = Mesh::default();
    for t in 0..mesh.triangles.len() {
        let polygon = half(&half(&mesh.corners(t), high, -1.0), low, 1.0);
        let first = out.positions.len() as u32;
        out.positions.extend(&polygon);
        out.triangles.extend((2..polygon.len() as u32).map(|i| [first, first + i - 1, first + i]));
    }
    out
}

/// The polygon's part where `sign * (y - height) >= 0` (Sutherland and Hodgman 1974).
fn half(polygon: &[Vec3], height: f32, sign: f32) -> Vec<Vec3> {
    let over = |p: Vec3| sign * (p[1] - height);
    let mut out = Vec::new();
    for (i, &p) in polygon.iter().enumerate() {
        let q = polygon[(i + 1) % polygon.len()];
        let (a, b) = (over(p), over(q));
        if a >= 0.0 {
            out.push(p);
        }
        if (a >= 0.0) != (b >= 0.0) {
            let t = a / (a - b);
            out.push(std::array::from_fn(|k| if k == 1 { height } else { p[k] + t * (q[k] - p[k]) }));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slab_has_its_heights_and_its_share_of_the_area() {
        let mesh = super::super::tests::cuboid([0.5, 1.0, 0.25]);
        let cut = slab(&mesh, -0.5, 0.75);
        let (low, high) = cut.bounds().unwrap();
        assert_eq!((low[1], high[1]), (-0.5, 0.75));
        let area = |mesh: &Mesh| -> f32 {
            use crate::mesh::{cross, norm, sub};
            let one = |[a, b, c]: [Vec3; 3]| 0.5 * norm(cross(sub(b, a), sub(c, a)));
            (0..mesh.triangles.len()).map(|t| one(mesh.corners(t))).sum()
        };
        assert!((area(&cut) - 1.25 * 3.0).abs() < 1e-4);
    }
}
