//! Normals from triangles, for meshes that bring none.

use super::{Mesh, Vec3};

/// Unit normal of every triangle `[T, 3]`, out of its front; +Y for a triangle without area.
pub fn face_normals(mesh: &Mesh) -> Vec<Vec3> {
    (0..mesh.triangles.len()).map(|t| unit(doubled_area(mesh.corners(t)))).collect()
}

/// Unit normal of every vertex `[N, 3]`: the mean of its triangles' normals weighted by their areas; +Y where the
/// triangles have no area or the vertex has no triangle.
pub fn vertex_normals(mesh: &Mesh) -> Vec<Vec3> {
    let mut sums = vec![[0.0f64; 3]; mesh.positions.len()];
    for (t, triangle) in mesh.triangles.iter().enumerate() {
        let area = doubled_area(mesh.corners(t));
        for &vertex in triangle {
            let sum = &mut sums[vertex as usize];
            *sum = std::array::from_fn(|i| sum[i] + area[i]);
        }
    }
    sums.into_iter().map(unit).collect()
}

/// Twice the vector area of a triangle. In `f64`: squared, the cross product of millimetre triangles leaves `f32`.
pub fn doubled_area([a, b, c]: [Vec3; 3]) -> [f64; 3] {
    let edge = |p: Vec3| -> [f64; 3] { std::array::from_fn(|i| f64::from(p[i]) - f64::from(a[i])) };
    let (u, v) = (edge(b), edge(c));
    [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]]
}

fn unit(a: [f64; 3]) -> Vec3 {
    let norm = (a[0] * a[0] + a[1] * a[1] + a[2] * a[2]).sqrt();
    if norm > 1e-60 && norm.is_finite() { a.map(|x| (x / norm) as f32) } else { [0.0, 1.0, 0.0] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vertex_normals_weigh_by_area() {
        // A large triangle facing +Z and a small one facing +X share the vertex at the origin.
        let mesh = Mesh {
            positions: vec![[0.0; 3], [3.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            triangles: vec![[0, 1, 2], [0, 3, 4]],
            ..Default::default()
        };
        assert_eq!(face_normals(&mesh), [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]);
        let normal = vertex_normals(&mesh)[0];
        assert!((normal[2] / normal[0] - 9.0).abs() < 1e-4, "{normal:?}");
    }

    #[test]
    fn tiny_triangles_have_normals_and_empty_ones_a_fallback() {
        let mut mesh = Mesh {
            positions: vec![[0.0; 3], [0.0, 0.0, 1e-12], [1e-12, 0.0, 0.0]],
            triangles: vec![[0, 1, 2]],
            ..Default::default()
        };
        assert_eq!(face_normals(&mesh), [[0.0, 1.0, 0.0]]);
        mesh.triangles[0].swap(1, 2);
        assert_eq!(face_normals(&mesh), [[0.0, -1.0, 0.0]]);
        mesh.triangles[0] = [0, 0, 1];
        assert_eq!(face_normals(&mesh), [[0.0, 1.0, 0.0]]);
    }
}
