//! Directions that a file may hold: of unit length, whatever they were.

use crate::mesh::{Mesh, Vec3, cross, dot, normals::vertex_normals, scaled, sub};

/// `[N, 3]`, `normals` at unit length; those that are missing, not finite or without length are made anew from the triangles of
/// the mesh, or are +Y.
pub fn mended(mesh: &Mesh, normals: &[Vec3]) -> Vec<Vec3> {
    let own = |vertex: usize| normals.get(vertex).and_then(|&n| unit(n));
    let count = mesh.positions.len();
    let fallback = if (0..count).all(|vertex| own(vertex).is_some()) { Vec::new() } else { vertex_normals(mesh) };
    (0..count).map(|vertex| own(vertex).unwrap_or_else(|| fallback[vertex])).collect()
}

/// A tangent of unit length with a handedness; one without a direction becomes any that is square to the normal.
pub fn tangent([x, y, z, w]: [f32; 4], normal: Vec3) -> [f32; 4] {
    let [x, y, z] = unit([x, y, z]).unwrap_or_else(|| {
        let least = if normal[0].abs() < 0.5 { [1.0, 0.0, 0.0] } else { [0.0, 1.0, 0.0] };
        let flat = sub(least, scaled(normal, dot(least, normal)));
        unit(flat).or_else(|| unit(cross(normal, least))).unwrap_or([1.0, 0.0, 0.0])
    });
    [x, y, z, if w < 0.0 { -1.0 } else { 1.0 }]
}

/// In `f64`, so that a length of 1e-30 is still a direction.
fn unit(n: Vec3) -> Option<Vec3> {
    let norm = n.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
    (norm.is_finite() && norm > 1e-12).then(|| n.map(|x| (f64::from(x) / norm) as f32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tangent_without_direction_gets_one() {
        for normal in [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]] {
            let [x, y, z, w] = tangent([0.0, f32::NAN, 0.0, -0.5], normal);
            assert!(dot([x, y, z], normal).abs() < 1e-6 && (dot([x, y, z], [x, y, z]) - 1.0).abs() < 1e-6);
            assert_eq!(w, -1.0);
        }
        assert_eq!(tangent([0.0, 0.0, 2.0, 1.0], [1.0, 0.0, 0.0]), [0.0, 0.0, 1.0, 1.0]);
    }
}
