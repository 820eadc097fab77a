//! From a mesh to the bytes of a `.glb` file (glTF 2.0, chapter 4).

use thiserror::Error;

use super::{Material, document as doc};
use crate::mesh::{Mesh, MeshError, Vec3, normals::vertex_normals, split::split_patches};

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
    glb_dressed(export, &[])
}

/// The same with a material a patch, by its id; patches beyond the list have the export's own. What is not split has one
/// primitive a material.
///
/// # Errors
/// As [`glb`].
pub fn glb_dressed(export: &Export, dress: &[Material]) -> Result<Vec<u8>, ExportError> {
    let (materials, of_patch) = distinct(&export.material, dress);
    for Material { base_color, metallic, roughness, .. } in &materials {
        if let Some(&factor) = base_color.iter().chain([metallic, roughness]).find(|x| !(0.0..=1.0).contains(*x)) {
            return Err(ExportError::Material(factor));
        }
    }
    let mut mesh = presentable(export.mesh)?;
    let material = |patch: u32| of_patch.get(patch as usize).copied().unwrap_or(0);
    let mut parts = match (export.split, materials.len()) {
        (true, _) => split_patches(&mesh),
        (false, 1) => vec![mesh],
        (false, _) => {
            mesh.patch.iter_mut().for_each(|patch| *patch = material(*patch) as u32);
            split_patches(&mesh)
        }
    };
    parts.retain(|part| !part.triangles.is_empty());
    if parts.is_empty() {
        return Err(ExportError::NoTriangles);
    }
    let worn: Vec<usize> = match (export.split, materials.len()) {
        (_, 1) => vec![0; parts.len()],
        (true, _) => parts.iter().map(|part| part.patch.first().map_or(0, |&patch| material(patch))).collect(),
        (false, _) => parts.iter().map(|part| part.patch.first().map_or(0, |&index| index as usize)).collect(),
    };
    let (binary, accessors, views) = binary_chunk(&parts);
    let document = document(export, &parts, &worn, &materials, &binary, accessors, views);
    container(serde_json::to_vec(&document)?, binary)
}

/// Each material once, and the index of every patch's: those of the list in their order, or the one that all have.
fn distinct(own: &Material, dress: &[Material]) -> (Vec<Material>, Vec<usize>) {
    if dress.is_empty() {
        return (vec![own.clone()], Vec::new());
    }
    let mut materials: Vec<Material> = Vec::new();
    let place = |material: &Material| {
        materials.iter().position(|m| m == material).unwrap_or_else(|| {
            materials.push(material.clone());
            materials.len() - 1
        })
    };
    let of_patch = dress.iter().map(place).collect();
    (materials, of_patch)
}

/// A valid copy with unit normals and without degenerate indices.
fn presentable(mesh: &Mesh) -> Result<Mesh, ExportError> {
    // Normals are mended and the form isn't written, so a fault in them is no reason to refuse.
    let mut copy = Mesh { normals: Vec::new(), form: Vec::new(), ..mesh.clone() };
    copy.validate()?;
    copy.triangles.retain(|[a, b, c]| a != b && b != c && c != a);
    let own = |vertex: usize| mesh.normals.get(vertex).and_then(|&n| unit(n));
    let fallback =
        if (0..copy.positions.len()).all(|vertex| own(vertex).is_some()) { Vec::new() } else { vertex_normals(&copy) };
    copy.normals = (0..copy.positions.len()).map(|vertex| own(vertex).unwrap_or_else(|| fallback[vertex])).collect();
    Ok(copy)
}

/// In `f64`, so that a length of 1e-30 is still a direction.
fn unit(n: Vec3) -> Option<Vec3> {
    let norm = n.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
    (norm.is_finite() && norm > 1e-12).then(|| n.map(|x| (f64::from(x) / norm) as f32))
}

/// The binary chunk: all positions, all normals, all uvs, all indices, each a buffer view of its own.
fn binary_chunk(parts: &[Mesh]) -> (Vec<u8>, Vec<doc::Accessor>, Vec<doc::BufferView>) {
    let mut bytes = Vec::new();
    let mut accessors = Vec::new();
    let mut views = Vec::new();
    // 65,535 marks a restart of the primitive in some engines, so it is no index.
    let short = parts.iter().all(|part| part.positions.len() <= usize::from(u16::MAX));

    for attribute in [Attribute::Position, Attribute::Normal, Attribute::Texcoord] {
        let start = bytes.len();
        for part in parts {
            let offset = bytes.len() - start;
            let (kind, count) = attribute.append(part, &mut bytes);
            if count == 0 {
                continue;
            }
            let bounds = part.bounds().filter(|_| attribute == Attribute::Position);
            accessors.push(doc::Accessor {
                buffer_view: views.len(),
                byte_offset: offset,
                component_type: doc::FLOAT,
                count,
                kind,
                min: bounds.map(|(min, _)| min),
                max: bounds.map(|(_, max)| max),
            });
        }
        if bytes.len() > start {
            let stride = Some(if attribute == Attribute::Texcoord { 8 } else { 12 });
            views.push(view(start, bytes.len(), stride, doc::ARRAY_BUFFER));
        }
    }
    let start = bytes.len();
    for part in parts {
        accessors.push(doc::Accessor {
            buffer_view: views.len(),
            byte_offset: bytes.len() - start,
            component_type: if short { doc::UNSIGNED_SHORT } else { doc::UNSIGNED_INT },
            count: part.triangles.len() * 3,
            kind: "SCALAR",
            min: None,
            max: None,
        });
        for &index in part.triangles.as_flattened() {
            if short {
                bytes.extend((index as u16).to_le_bytes());
            } else {
                bytes.extend(index.to_le_bytes());
            }
        }
    }
    views.push(view(start, bytes.len(), None, doc::ELEMENT_ARRAY_BUFFER));
    (bytes, accessors, views)
}

#[derive(Clone, Copy, PartialEq)]
enum Attribute {
    Position,
    Normal,
    Texcoord,
}

impl Attribute {
    /// Writes this attribute of every vertex; returns glTF's type and how many were written.
    fn append(self, part: &Mesh, bytes: &mut Vec<u8>) -> (&'static str, usize) {
        fn floats<const N: usize>(values: &[[f32; N]], bytes: &mut Vec<u8>) -> usize {
            bytes.extend(values.as_flattened().iter().flat_map(|x| x.to_le_bytes()));
            values.len()
        }
        match self {
            Self::Position => ("VEC3", floats(&part.positions, bytes)),
            Self::Normal => ("VEC3", floats(&part.normals, bytes)),
            Self::Texcoord => ("VEC2", floats(&part.uvs, bytes)),
        }
    }
}

fn view(start: usize, end: usize, byte_stride: Option<usize>, target: u32) -> doc::BufferView {
    doc::BufferView { buffer: 0, byte_offset: start, byte_length: end - start, byte_stride, target }
}

fn document<'a>(
    export: &'a Export,
    parts: &[Mesh],
    worn: &[usize],
    materials: &'a [Material],
    binary: &[u8],
    accessors: Vec<doc::Accessor>,
    buffer_views: Vec<doc::BufferView>,
) -> doc::Document<'a> {
    let count = parts.len();
    let textured = accessors.len() == 4 * count;
    let name = |part: &Mesh| match (export.split, part.patch.first()) {
        (true, Some(patch)) => format!("patch_{patch:02}"),
        _ => export.name.to_owned(),
    };
    let primitive = |i: usize| doc::Primitive {
        attributes: doc::Attributes { position: i, normal: count + i, texcoord: textured.then_some(2 * count + i) },
        indices: accessors.len() - count + i,
        material: worn[i],
    };
    let meshes: Vec<doc::Mesh> = if export.split {
        let mesh = |(i, part)| doc::Mesh { name: name(part), primitives: vec![primitive(i)] };
        parts.iter().enumerate().map(mesh).collect()
    } else {
        vec![doc::Mesh { name: export.name.to_owned(), primitives: (0..count).map(primitive).collect() }]
    };
    let mut nodes: Vec<doc::Node> = Vec::new();
    if export.split {
        nodes.push(doc::Node { name: export.name.to_owned(), mesh: None, children: (1..=count).collect() });
    }
    nodes.extend(meshes.iter().enumerate().map(|(i, mesh)| doc::Node {
        name: mesh.name.clone(),
        mesh: Some(i),
        children: Vec::new(),
    }));
    let material = |Material { name, base_color, metallic, roughness, double_sided }: &'a Material| doc::Material {
        name,
        pbr_metallic_roughness: doc::MetallicRoughness {
            base_color_factor: *base_color,
            metallic_factor: *metallic,
            roughness_factor: *roughness,
        },
        double_sided: *double_sided,
    };
    doc::Document {
        asset: doc::Asset {
            version: "2.0",
            generator: concat!("Atlasforge ", env!("CARGO_PKG_VERSION")),
            extras: export.extras.as_ref(),
        },
        scene: 0,
        scenes: vec![doc::Scene { name: export.name, nodes: vec![0] }],
        nodes,
        materials: materials.iter().map(material).collect(),
        meshes,
        accessors,
        buffer_views,
        buffers: vec![doc::Buffer { byte_length: binary.len() }],
    }
}

/// Header, JSON chunk padded with spaces, binary chunk padded with zeros, each to four bytes.
fn container(mut json: Vec<u8>, mut binary: Vec<u8>) -> Result<Vec<u8>, ExportError> {
    json.resize(json.len().next_multiple_of(4), b' ');
    binary.resize(binary.len().next_multiple_of(4), 0);
    let total = 12 + 8 + json.len() + 8 + binary.len();
    let length = u32::try_from(total).map_err(|_| ExportError::TooLarge(total))?;
    let mut bytes = Vec::with_capacity(total);
    bytes.extend(b"glTF");
    bytes.extend(2u32.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    for (kind, chunk) in [(b"JSON", json), (b"BIN\0", binary)] {
        bytes.extend((chunk.len() as u32).to_le_bytes());
        bytes.extend(kind);
        bytes.extend(chunk);
    }
    Ok(bytes)
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
    fn materials_are_written_once_and_each_has_its_primitive() {
        let mut mesh = triangle();
        let corners = mesh.positions.clone();
        for _ in 0..2 {
            let first = mesh.positions.len() as u32;
            mesh.positions.extend(&corners);
            mesh.triangles.push([first, first + 1, first + 2]);
        }
        mesh.patch = vec![0, 0, 0, 1, 1, 1, 2, 2, 2];
        let named = |name: &str| Material { name: name.into(), ..Material::steel() };
        let dress = [named("brass"), named("leather"), named("brass")];
        for (split, primitives) in [(false, vec![(6, 0), (3, 1)]), (true, vec![(3, 0), (3, 1), (3, 0)])] {
            let export = Export { name: "t", mesh: &mesh, split, extras: None, material: Material::steel() };
            let file = gltf::Gltf::from_slice(&glb_dressed(&export, &dress).unwrap()).unwrap();
            let names: Vec<&str> = file.materials().filter_map(|m| m.name()).collect();
            assert_eq!(names, ["brass", "leather"]);
            let found: Vec<(usize, usize)> = file
                .meshes()
                .flat_map(|m| m.primitives())
                .map(|p| (p.indices().unwrap().count(), p.material().index().unwrap()))
                .collect();
            assert_eq!((found, file.meshes().len()), (primitives, if split { 3 } else { 1 }));
        }
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
