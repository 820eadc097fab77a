//! Stanford PLY, binary little endian: positions, what normals and uvs there are, triangles, and the part of each.

use super::ExportError;
use crate::mesh::Mesh;

/// A mesh as bytes. Metres, +Y up, V up. `part` is `[T]`, a property of the faces that readers may ignore, or empty; `colours`
/// `[N]` sRGB, or empty.
///
/// # Errors
/// A mesh that [`Mesh::validate`] refuses or without triangles; parts that don't fit the triangles, colours that don't fit the
/// vertices.
pub fn ply(mesh: &Mesh, part: &[u8], colours: &[[u8; 3]]) -> Result<Vec<u8>, ExportError> {
    mesh.validate()?;
    if mesh.triangles.is_empty() {
        return Err(ExportError::NoTriangles);
    }
    if !part.is_empty() && part.len() != mesh.triangles.len() {
        return Err(ExportError::Scene("it has not one part a triangle".to_owned()));
    }
    if !colours.is_empty() && colours.len() != mesh.positions.len() {
        return Err(ExportError::Scene("it has not one colour a vertex".to_owned()));
    }
    let mut header = format!(
        "ply\nformat binary_little_endian 1.0\ncomment Atlasforge {}: metres, +Y up\nelement vertex {}\n",
        env!("CARGO_PKG_VERSION"),
        mesh.positions.len()
    );
    let mut names = vec!["x", "y", "z"];
    if !mesh.normals.is_empty() {
        names.extend(["nx", "ny", "nz"]);
    }
    if !mesh.uvs.is_empty() {
        names.extend(["s", "t"]);
    }
    header.extend(names.iter().map(|name| format!("property float {name}\n")));
    if !colours.is_empty() {
        header += "property uchar red\nproperty uchar green\nproperty uchar blue\n";
    }
    header += &format!("element face {}\nproperty list uchar uint vertex_indices\n", mesh.triangles.len());
    if !part.is_empty() {
        header += "property uchar part\n";
    }
    let mut bytes = header.into_bytes();
    bytes.extend(b"end_header\n");
    for (i, position) in mesh.positions.iter().enumerate() {
        bytes.extend(position.iter().flat_map(|x| x.to_le_bytes()));
        bytes.extend(mesh.normals.get(i).into_iter().flatten().flat_map(|x| x.to_le_bytes()));
        bytes.extend(mesh.uvs.get(i).into_iter().flat_map(|[u, v]| [*u, 1.0 - v]).flat_map(f32::to_le_bytes));
        bytes.extend(colours.get(i).into_iter().flatten());
    }
    for (i, triangle) in mesh.triangles.iter().enumerate() {
        bytes.push(3);
        bytes.extend(triangle.iter().flat_map(|x| x.to_le_bytes()));
        bytes.extend(part.get(i));
    }
    Ok(bytes)
}
