//! Mesh files of unknown origin: glTF, OBJ, PLY, STL. The file may be broken or hostile; the answer is then one
//! sentence that names it, never a panic and never more memory than its size justifies.
//!
//! The parsers are our own, because those of the usual crates either panic on malformed input or trust the counts
//! that a header claims; the tests hold ours against the crates as independent witnesses.

mod accessor;
mod disk;
mod gltf;
mod obj;
mod packed;
mod ply;
mod stl;

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::mesh::{Mesh, MeshError, Vec3};

pub(super) use disk::read_beside;
pub use disk::{list_files, list_folders, read_file};
pub use ply::{read_parts, write_parts};

/// The largest file that is read, in bytes: 512 MiB.
pub const FILE_LIMIT: u64 = 512 << 20;

/// Why a file gave no mesh. `Display` is one line: the file, the cause, the way out.
#[derive(Debug, Error)]
#[error("'{}' {fault}", path.display())]
pub struct ImportError {
    pub path: PathBuf,
    pub fault: Fault,
}

/// What is wrong with a file, without its name.
#[derive(Debug, Error)]
pub enum Fault {
    #[error("can't be read: {0}; check the path")]
    Open(io::Error),
    #[error("is not a plain file; name a mesh file (glb, gltf, obj, ply, stl)")]
    NotAFile,
    #[error("has {} MiB, more than the {} MiB that are read; decimate the mesh first", .0.div_ceil(1 << 20), FILE_LIMIT >> 20)]
    TooLarge(u64),
    #[error("is empty; export it again")]
    EmptyFile,
    #[error("is no mesh file that is known here; convert it to glb, gltf, obj, ply or stl")]
    UnknownFormat,
    #[error("is not a valid {format} file: {what}; export it again")]
    Malformed { format: Format, what: String },
    #[error("needs {0}, which is not supported; export it again without")]
    Unsupported(String),
    #[error("names the external file {uri:?}, {why}")]
    External { uri: String, why: String },
    #[error("is a broken mesh: {0}; repair it in a mesh editor")]
    Mesh(MeshError),
    #[error("has no surface: all of its triangles are degenerate (zero area); repair it in a mesh editor")]
    NoSurface,
}

impl Fault {
    /// This fault in that file.
    pub fn at(self, path: &Path) -> ImportError {
        ImportError { path: path.to_path_buf(), fault: self }
    }
}

/// A mesh file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// GLB too: the two are told apart by their first bytes.
    Gltf,
    Obj,
    Ply,
    Stl,
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Gltf => "glTF",
            Self::Obj => "OBJ",
            Self::Ply => "PLY",
            Self::Stl => "STL",
        })
    }
}

impl Format {
    /// By extension, whatever its case.
    pub fn of_name(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "glb" | "gltf" => Some(Self::Gltf),
            "obj" => Some(Self::Obj),
            "ply" => Some(Self::Ply),
            "stl" => Some(Self::Stl),
            _ => None,
        }
    }

    /// By the first bytes, for a file whose name says nothing.
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let text = bytes.trim_ascii_start();
        let head = &text[..text.len().min(4096)];
        let line_starts = |prefix: &[u8]| head.split(|b| *b == b'\n').any(|line| line.starts_with(prefix));
        if bytes.starts_with(b"glTF") || text.starts_with(b"{") {
            Some(Self::Gltf)
        } else if bytes.starts_with(b"ply") {
            Some(Self::Ply)
        } else if text.starts_with(b"solid") || stl::is_binary(bytes) {
            Some(Self::Stl)
        } else if line_starts(b"v ") {
            Some(Self::Obj)
        } else {
            None
        }
    }
}

/// Reads a mesh file: all its meshes as one, in the file's own axes and units. Without faces it is a point cloud.
///
/// The mesh passes [`Mesh::validate`], holds no degenerate triangle and, if it has triangles, no vertex outside them.
pub fn read_mesh(path: &Path) -> Result<Mesh, ImportError> {
    let bytes = read_file(path)?;
    let at = |fault: Fault| fault.at(path);
    if bytes.is_empty() {
        return Err(at(Fault::EmptyFile));
    }
    let format = Format::of_name(path).or_else(|| Format::of_bytes(&bytes)).ok_or_else(|| at(Fault::UnknownFormat))?;
    read_bytes(&bytes, format, path.parent()).map_err(at)
}

/// [`read_mesh`] for bytes in memory. External buffers of a glTF are looked for inside `folder` only; with `None`
/// they are refused.
pub fn read_bytes(bytes: &[u8], format: Format, folder: Option<&Path>) -> Result<Mesh, Fault> {
    let mesh = match format {
        Format::Gltf => gltf::read(bytes, folder)?,
        Format::Obj => obj::read(bytes)?,
        Format::Ply => ply::read(bytes)?,
        Format::Stl => stl::read(bytes)?,
    };
    tidy(mesh)
}

/// `asset.extras` of a glTF or GLB file: what an exporter left there; `None` where it left nothing.
pub fn gltf_extras(path: &Path) -> Result<Option<serde_json::Value>, ImportError> {
    gltf::extras(&read_file(path)?).map_err(|fault| fault.at(path))
}

/// Validates, then drops degenerate triangles and the vertices that no triangle uses.
fn tidy(mut mesh: Mesh) -> Result<Mesh, Fault> {
    mesh.validate().map_err(Fault::Mesh)?;
    if let Some((lo, hi)) = mesh.bounds()
        && lo == hi
    {
        return Err(Fault::Mesh(MeshError::NoExtent));
    }
    if mesh.triangles.is_empty() {
        return Ok(mesh);
    }
    let positions = &mesh.positions;
    mesh.triangles.retain(|t| !is_degenerate(t.map(|i| positions[i as usize])));
    if mesh.triangles.is_empty() {
        return Err(Fault::NoSurface);
    }
    const UNUSED: u32 = u32::MAX;
    let mut place = vec![UNUSED; mesh.positions.len()];
    for &i in mesh.triangles.iter().flatten() {
        place[i as usize] = 0;
    }
    for (next, p) in place.iter_mut().filter(|p| **p != UNUSED).enumerate() {
        *p = next as u32;
    }
    fn keep<T: Copy>(values: &mut Vec<T>, place: &[u32]) {
        let mut used = place.iter().map(|&p| p != UNUSED);
        values.retain(|_| used.next().unwrap_or(false));
    }
    keep(&mut mesh.positions, &place);
    keep(&mut mesh.normals, &place);
    for t in &mut mesh.triangles {
        *t = t.map(|i| place[i as usize]);
    }
    Ok(mesh)
}

/// Zero area up to rounding: the height over the longest edge is below 1e-9 of that edge.
fn is_degenerate(corners: [Vec3; 3]) -> bool {
    let [a, b, c] = corners.map(|p| p.map(f64::from));
    let edge = |p: [f64; 3], q: [f64; 3]| -> [f64; 3] { std::array::from_fn(|i| q[i] - p[i]) };
    let square = |v: [f64; 3]| v.iter().map(|x| x * x).sum::<f64>();
    let (u, v, w) = (edge(a, b), edge(a, c), edge(b, c));
    let cross = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
    let longest = square(u).max(square(v)).max(square(w));
    square(cross).sqrt() <= 1e-9 * longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tidy_drops_degenerate_triangles_and_their_vertices() {
        let positions = vec![[0.0; 3], [9.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [2.0, 0.0, 0.0]];
        let triangles = vec![[0, 2, 4], [0, 2, 2], [0, 2, 3]];
        let mesh = tidy(Mesh { positions, triangles, ..Default::default() }).unwrap();
        assert_eq!(mesh.positions, vec![[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
        assert_eq!(mesh.triangles, vec![[0, 1, 2]]);
        let sliver =
            Mesh { positions: vec![[0.0; 3], [1.0; 3], [2.0; 3]], triangles: vec![[0, 1, 2]], ..Default::default() };
        assert!(matches!(tidy(sliver), Err(Fault::NoSurface)));
        let point = Mesh { positions: vec![[1.0; 3]; 4], ..Default::default() };
        assert!(matches!(tidy(point), Err(Fault::Mesh(MeshError::NoExtent))));
    }

    #[test]
    fn format_by_name_then_by_content() {
        assert_eq!(Format::of_name(Path::new("a/Sword.GLB")), Some(Format::Gltf));
        assert_eq!(Format::of_name(Path::new("sword")), None);
        assert_eq!(Format::of_bytes(b"ply\nformat ascii 1.0\n"), Some(Format::Ply));
        assert_eq!(Format::of_bytes(b"  {\"asset\":{}}"), Some(Format::Gltf));
        assert_eq!(Format::of_bytes(b"# made by hand\nv 0 0 0\n"), Some(Format::Obj));
        assert_eq!(Format::of_bytes(b"\x89PNG\r\n"), None);
    }

    #[test]
    fn an_error_is_one_line_with_the_file_and_the_way_out() {
        let error = read_mesh(Path::new("no/such/sword.glb")).unwrap_err().to_string();
        assert!(
            error.starts_with("'no/such/sword.glb' can't be read")
                && error.ends_with("check the path")
                && !error.contains('\n'),
            "{error}"
        );
    }
}
