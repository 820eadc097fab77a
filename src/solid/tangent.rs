//! Tangents as normal maps are baked and drawn with: Mikkelsen's tangent space (Mikkelsen 2008), in glTF's convention.
//!
//! glTF's V points down while a normal map's green axis points up in the picture, so the handedness `w` is the negative
//! of what MikkTSpace finds in glTF's own coordinates. With `bitangent = w * cross(normal, tangent)` the tangent points
//! along growing U and the bitangent along *falling* V; a chart that isn't mirrored has `w = 1`.

use mikktspace::{Geometry, TangentSpace};

use crate::mesh::{Mesh, Vec3, cross, dot, norm, scaled, sub};

/// `[3 T]`, tangent and handedness of every corner of a mesh with normals and uvs. Unit length, orthogonal to the corner's
/// normal, also where a triangle has no area in space or in the texture.
pub fn tangents(mesh: &Mesh) -> Vec<[f32; 4]> {
    let mut corners = Corners { mesh, tangents: vec![None; 3 * mesh.triangles.len()] };
    // It fails only where all triangles are degenerate; then every corner gets the fallback.
    let _ = mikktspace::generate_tangents(&mut corners);
    let normal = |corner: usize| mesh.normals[mesh.triangles[corner / 3][corner % 3] as usize];
    corners.tangents.into_iter().enumerate().map(|(corner, found)| upright(found, normal(corner))).collect()
}

struct Corners<'a> {
    mesh: &'a Mesh,
    tangents: Vec<Option<[f32; 4]>>,
}

impl Corners<'_> {
    fn vertex(&self, face: usize, corner: usize) -> usize {
        self.mesh.triangles[face][corner] as usize
    }
}

impl Geometry for Corners<'_> {
    fn num_faces(&self) -> usize {
        self.mesh.triangles.len()
    }

    fn num_vertices_of_face(&self, _: usize) -> usize {
        3
    }

    fn position(&self, face: usize, corner: usize) -> [f32; 3] {
        self.mesh.positions[self.vertex(face, corner)]
    }

    fn normal(&self, face: usize, corner: usize) -> [f32; 3] {
        self.mesh.normals[self.vertex(face, corner)]
    }

    fn tex_coord(&self, face: usize, corner: usize) -> [f32; 2] {
        self.mesh.uvs[self.vertex(face, corner)]
    }

    fn set_tangent(&mut self, space: Option<TangentSpace>, face: usize, corner: usize) {
        self.tangents[3 * face + corner] = space.map(|s| {
            let [x, y, z, w] = s.tangent_encoded();
            [x, y, z, -w]
        });
    }
}

/// The tangent made exactly orthogonal to the normal, or any that is.
fn upright(found: Option<[f32; 4]>, normal: Vec3) -> [f32; 4] {
    let [x, y, z, w] = found.unwrap_or([0.0, 0.0, 0.0, 1.0]);
    let across = |t: Vec3| {
        let flat = sub(t, scaled(normal, dot(t, normal)));
        let length = norm(flat);
        (length > 1e-3).then(|| scaled(flat, 1.0 / length))
    };
    let axis = if normal[0].abs() < 0.7 { [1.0, 0.0, 0.0] } else { [0.0, 1.0, 0.0] };
    let [x, y, z] = across([x, y, z]).or_else(|| across(axis)).unwrap_or_else(|| cross(normal, axis));
    [x, y, z, if w < 0.0 { -1.0 } else { 1.0 }]
}

#[cfg(test)]
mod tests {
    use meshopt::{TangentOptions, generate_tangents};

    use super::*;
    use crate::mesh::normals::vertex_normals;

    /// A bent sheet whose picture lies upright on it: U along X, V down along -Y.
    fn sheet(mirrored: bool) -> Mesh {
        let mut mesh = Mesh::default();
        for j in 0..9u32 {
            for i in 0..9u32 {
                let [u, v] = [i as f32 / 8.0, j as f32 / 8.0];
                mesh.positions.push([u, 1.0 - v, 0.2 * (3.0 * u + v).sin()]);
                mesh.uvs.push([if mirrored { 1.0 - u } else { u }, v]);
                if i < 8 && j < 8 {
                    let a = 9 * j + i;
                    mesh.triangles.extend([[a, a + 9, a + 10], [a, a + 10, a + 1]]);
                }
            }
        }
        mesh.normals = vertex_normals(&mesh);
        mesh
    }

    #[test]
    fn tangent_runs_along_u_and_bitangent_up_the_picture() {
        for mirrored in [false, true] {
            let mesh = sheet(mirrored);
            assert!(mesh.normals[40][2] > 0.5);
            for (corner, [x, y, z, w]) in tangents(&mesh).into_iter().enumerate() {
                let normal = mesh.normals[mesh.triangles[corner / 3][corner % 3] as usize];
                let tangent = [x, y, z];
                let bitangent = scaled(cross(normal, tangent), w);
                assert!((norm(tangent) - 1.0).abs() < 1e-5 && dot(tangent, normal).abs() < 1e-5);
                assert_eq!(w, if mirrored { -1.0 } else { 1.0 });
                assert!(if mirrored { x < -0.5 } else { x > 0.5 }, "{tangent:?}");
                assert!(bitangent[1] > 0.5, "{bitangent:?}");
            }
        }
    }

    #[test]
    fn agrees_with_meshoptimizers_implementation_of_mikktspace() {
        let mesh = sheet(false);
        let ours = tangents(&mesh);
        let theirs = generate_tangents(
            Some(mesh.triangles.as_flattened()),
            &mesh.positions,
            &mesh.normals,
            &mesh.uvs,
            TangentOptions::Compatible,
        );
        for (a, b) in ours.iter().zip(&theirs) {
            assert!((0..3).all(|i| (a[i] - b[i]).abs() < 2e-3) && a[3] == -b[3], "{a:?} {b:?}");
        }
    }

    #[test]
    fn triangles_without_area_get_some_tangent() {
        let mut mesh = sheet(false);
        mesh.uvs.fill([0.5; 2]);
        mesh.positions[80] = mesh.positions[70];
        for ([x, y, z, w], corner) in tangents(&mesh).into_iter().zip(0..) {
            let normal = mesh.normals[mesh.triangles[corner / 3][corner % 3] as usize];
            assert!((norm([x, y, z]) - 1.0).abs() < 1e-5 && dot([x, y, z], normal).abs() < 1e-4 && w.abs() == 1.0);
        }
    }
}
