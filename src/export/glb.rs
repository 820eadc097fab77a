//! A mesh of patches as a GLB that can be reopened: one primitive, or one node a patch.

use thiserror::Error;

use super::Material;
use super::normals::mended;
use super::scene::{Node, Primitive, Scene, Stage, Surface};
use super::writer::{Packing, write};
use crate::mesh::{Mesh, MeshError, split::split_patches};

/// What to write.
#[derive(Clone, Debug)]
pub struct Export<'a> {
    /// Name of the scene and of the (root) node.
    pub name: &'a str,
    /// In metres, +Y up, origin at the grip. Without uvs the file has none; missing or broken normals are made anew.
    pub mesh: &'a Mesh,
    /// False: one primitive. True: one node a patch, named `patch_00` and so on, under a common root.
    pub split: bool,
    /// Goes to `asset.extras`; see [`super::extras::Extras::to_value`].
    pub extras: Option<serde_json::Value>,
    pub material: Material,
}

/// Why a mesh can't be written.
#[derive(Debug, Error)]
pub enum ExportError {
    #[error("the mesh can't be exported: {0}")]
    Mesh(#[from] MeshError),
    #[error("the mesh can't be exported: it has no triangle with three different corners")]
    NoTriangles,
    #[error("the mesh can't be exported: material factor {0} is outside 0..=1")]
    Material(f32),
    #[error("the scene can't be exported: {0}")]
    Scene(String),
    #[error("the mesh can't be compressed: {0}")]
    Compression(#[from] meshopt::Error),
    #[error("the file would have {0} bytes, more than the 4 GiB of a GLB: export a coarser grid")]
    TooLarge(usize),
    #[error("the glTF document can't be written: {0}")]
    Json(#[from] serde_json::Error),
}

/// The bytes of a GLB: valid by the Khronos validator without errors or warnings.
///
/// Normals that are not finite or have no length are replaced by those of their triangles, or by +Y; triangles that
/// name a vertex twice are left out.
///
/// # Errors
/// Positions or uvs that are not finite, indices out of range, no triangle, factors that glTF doesn't allow, a file of
/// 4 GiB.
pub fn glb(export: &Export) -> Result<Vec<u8>, ExportError> {
    export.material.check()?;
    let mesh = presentable(export.mesh)?;
    let mut parts = if export.split { split_patches(&mesh) } else { vec![mesh] };
    parts.retain(|part| !part.triangles.is_empty());
    if parts.is_empty() {
        return Err(ExportError::NoTriangles);
    }
    write(&scene(export, parts), Packing::default())
}

/// The root is the only node, or holds one a part.
fn scene(export: &Export, parts: Vec<Mesh>) -> Scene {
    let count = parts.len();
    let name = |part: &Mesh| match (export.split, part.patch.first()) {
        (true, Some(patch)) => format!("patch_{patch:02}"),
        _ => export.name.to_owned(),
    };
    let names: Vec<String> = parts.iter().map(name).collect();
    let primitives = parts.into_iter().map(|mesh| Primitive { mesh, coat: Some(0), ..Default::default() });
    let surface = |name: String, primitives| Surface { name, primitives, ..Default::default() };
    let surfaces: Vec<Surface> = if export.split {
        names.into_iter().zip(primitives).map(|(name, primitive)| surface(name, vec![primitive])).collect()
    } else {
        vec![surface(export.name.to_owned(), primitives.collect())]
    };
    let mut nodes = Vec::new();
    if export.split {
        nodes.push(Node { name: export.name.to_owned(), children: (1..=count).collect(), ..Default::default() });
    }
    nodes.extend(surfaces.iter().enumerate().map(|(i, surface)| Node {
        name: surface.name.clone(),
        surface: Some(i),
        ..Default::default()
    }));
    Scene {
        stages: vec![Stage { name: export.name.to_owned(), nodes: vec![0] }],
        nodes,
        surfaces,
        coats: vec![export.material.clone().into()],
        images: Vec::new(),
        extras: export.extras.clone(),
    }
}

/// A valid copy with unit normals and without degenerate indices.
fn presentable(mesh: &Mesh) -> Result<Mesh, ExportError> {
    // Normals are mended and the form isn't written, so a fault in them is no reason to refuse.
    let mut copy = Mesh { normals: Vec::new(), form: Vec::new(), ..mesh.clone() };
    copy.validate()?;
    copy.triangles.retain(|[a, b, c]| a != b && b != c && c != a);
    copy.normals = mended(&copy, &mesh.normals);
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn triangle() -> Mesh {
        Mesh {
            positions: vec![[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
            triangles: vec![[0, 1, 2]],
            ..Default::default()
        }
    }

    fn write(mesh: &Mesh) -> Result<Vec<u8>, ExportError> {
        glb(&Export { name: "t", mesh, split: false, extras: None, material: Material::steel() })
    }

    #[test]
    fn broken_normals_are_mended() {
        let mut mesh = triangle();
        mesh.normals = vec![[f32::NAN, 0.0, 0.0], [0.0; 3], [3.0, 0.0, 0.0]];
        assert_eq!(presentable(&mesh).unwrap().normals, [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]);
        mesh.positions[1] = [0.0; 3];
        assert_eq!(presentable(&mesh).unwrap().normals[0], [0.0, 1.0, 0.0]);
    }

    #[test]
    fn what_can_t_be_exported_is_refused() {
        let mut mesh = triangle();
        mesh.positions[2][1] = f32::NAN;
        assert!(matches!(write(&mesh), Err(ExportError::Mesh(MeshError::NotFinite { vertex: 2 }))));
        let mut mesh = triangle();
        mesh.triangles[0] = [0, 1, 1];
        assert!(matches!(write(&mesh), Err(ExportError::NoTriangles)));
        let mut mesh = triangle();
        mesh.triangles[0] = [0, 1, 7];
        assert!(matches!(write(&mesh), Err(ExportError::Mesh(MeshError::IndexOutOfRange { .. }))));
        let material = Material { roughness: 1.5, ..Material::steel() };
        let export = Export { name: "t", mesh: &triangle(), split: false, extras: None, material };
        assert!(matches!(glb(&export), Err(ExportError::Material(1.5))));
    }

    #[test]
    fn indices_grow_with_the_mesh() {
        let mut mesh = triangle();
        let size = write(&mesh).unwrap().len();
        mesh.positions.resize(65_536, [0.5; 3]);
        mesh.triangles[0][2] = 65_535;
        let large = write(&mesh).unwrap();
        assert!(large.len() > size + 65_533 * 24);
        assert!(String::from_utf8_lossy(&large[..2000]).contains(r#""componentType":5125"#));
    }
}
