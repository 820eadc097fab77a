//! STL, binary: triangles and their normals, nothing else. It knows no unit and no axis: metres and +Y up, as everywhere here.

use super::ExportError;
use crate::mesh::{Mesh, triangle::normal};

/// A mesh as bytes.
///
/// # Errors
/// A mesh that [`Mesh::validate`] refuses or without triangles, or with more than the format can count.
pub fn stl(mesh: &Mesh) -> Result<Vec<u8>, ExportError> {
    mesh.validate()?;
    let count = u32::try_from(mesh.triangles.len()).map_err(|_| ExportError::TooLarge(mesh.triangles.len() * 50))?;
    if count == 0 {
        return Err(ExportError::NoTriangles);
    }
    // A header that begins with "solid" would be taken for text.
    let mut bytes = format!("Atlasforge {}: metres, +Y up", env!("CARGO_PKG_VERSION")).into_bytes();
    bytes.resize(80, 0);
    bytes.extend(count.to_le_bytes());
    for t in 0..mesh.triangles.len() {
        let corners = mesh.corners(t);
        let numbers = std::iter::once(normal(corners)).chain(corners);
        bytes.extend(numbers.flatten().flat_map(f32::to_le_bytes));
        bytes.extend([0; 2]);
    }
    Ok(bytes)
}
