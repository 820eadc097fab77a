//! ShapeNetCore as it is unpacked: `<synset>/<model>/models/model_normalized.obj`. Its meshes stand up +Y and look to -Z;
//! here they are turned by half a turn about Y, so that a plane's nose points to +Z. Nothing of ShapeNet is shipped.

use std::path::{Path, PathBuf};

use super::dataset::DatasetError;
use super::import::{ImportError, list_folders, read_mesh};
use crate::class::Class;
use crate::mesh::Mesh;
use crate::mesh::simplify::{Border, simplify};

/// The synset of airplanes.
pub const AIRPLANE: &str = "02691156";

/// A model's mesh inside its folder.
pub const MESH: &str = "models/model_normalized.obj";

/// Finer meshes are simplified to about this many triangles when a whole synset is held in memory: thousands of models
/// have up to millions of triangles, and a few thousand surface points are learnt from each.
pub const TRIANGLES: usize = 8_000;

/// The models of one synset, by their ids.
#[derive(Clone, Debug, PartialEq)]
pub struct Synset {
    pub name: String,
    /// Model id and mesh file, sorted by id.
    pub models: Vec<(String, PathBuf)>,
}

impl Synset {
    /// What a folder holds that is a synset of ShapeNetCore, or its root with one synset; `None` for any other folder.
    ///
    /// # Errors
    /// When the folder can't be listed, or holds several synsets: a class is learnt at a time.
    pub fn find(folder: &Path) -> Result<Option<Self>, DatasetError> {
        let inside = list_folders(folder)?;
        let models = models(&inside);
        if !models.is_empty() {
            return Ok(Some(Self { name: name(folder), models }));
        }
        let mut found: Vec<Self> = Vec::new();
        for synset in &inside {
            let models = self::models(&list_folders(synset)?);
            if !models.is_empty() {
                found.push(Self { name: name(synset), models });
            }
        }
        if found.len() > 1 {
            let synsets = found.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", ");
            return Err(DatasetError::Synsets { path: folder.into(), synsets });
        }
        Ok(found.pop())
    }

    /// What its models are: planes in the synset of airplanes. Of others only the way they lie is known.
    pub fn class(&self) -> Class {
        if self.name == AIRPLANE { Class::Plane } else { Class::Sword }
    }
}

fn name(folder: &Path) -> String {
    // A path such as "." or "a/.." has a name only once it is resolved.
    let resolved = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    resolved.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn models(folders: &[PathBuf]) -> Vec<(String, PathBuf)> {
    let model = |folder: &PathBuf| {
        let file = folder.join(MESH);
        file.is_file().then(|| (name(folder), file))
    };
    folders.iter().filter_map(model).collect()
}

/// A model's mesh in our axes.
///
/// # Errors
/// Names the file and what is wrong with it.
pub fn read_model(file: &Path) -> Result<Mesh, ImportError> {
    let mut mesh = read_mesh(file)?;
    let turn = |p: &mut [f32; 3]| *p = [-p[0], p[1], -p[2]];
    mesh.positions.iter_mut().for_each(turn);
    mesh.normals.iter_mut().for_each(turn);
    Ok(mesh)
}

/// The mesh with at most about [`TRIANGLES`] triangles.
pub fn bounded(mesh: Mesh) -> Mesh {
    if mesh.triangles.len() <= TRIANGLES {
        return mesh;
    }
    match simplify(&mesh, TRIANGLES, Border::Free) {
        Ok((simpler, _)) if !simpler.triangles.is_empty() => simpler,
        _ => mesh,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::shapes::dataset::{Kind, read, read_watched};

    /// A cross of a hull with its nose at -Z, as ShapeNet has it, and wings; `k` makes models differ.
    fn model(folder: &Path, id: &str, k: f32) {
        let file = folder.join(id).join(MESH);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let wing = 0.4 + k;
        let text = format!(
            "mtllib model_normalized.mtl\nv 0.1 0 -0.5\nv 0.05 0 0.4\nv -0.1 0.1 0.4\nv 0 0 -0.1\nv {wing} 0 0.1\nv -{wing} 0 0.1\nv 0 0.2 0.4\n\
             f 1 2 3\nf 4 5 6\nf 2 7 4\n"
        );
        fs::write(file, text).unwrap();
    }

    #[test]
    fn a_synset_and_a_root_with_one_are_read_nose_first() {
        let root = tempfile::tempdir().unwrap();
        let synset = root.path().join(AIRPLANE);
        for (id, k) in [("b2", 0.0), ("a1", 0.1), ("c3", 0.2)] {
            model(&synset, id, k);
        }
        fs::write(root.path().join("taxonomy.json"), "[]").unwrap();
        for folder in [root.path(), &synset] {
            let mut told = Vec::new();
            let dataset = read_watched(folder, Class::Sword, &mut |done, total| told.push((done, total))).unwrap();
            let names: Vec<_> = dataset.items.iter().map(|i| i.shape.name.as_str()).collect();
            assert_eq!((names, &dataset.notes), (vec!["a1", "b2", "c3"], &Vec::<String>::new()));
            assert_eq!(told.last(), Some(&(3, 3)));
            let item = &dataset.items[0];
            assert_eq!((item.kind, item.shape.length_assumed, item.shape.grip), (Kind::Real, true, None));
            let (low, high) = item.shape.mesh().bounds().unwrap();
            assert!((high[2] - low[2] - item.shape.length).abs() < 1e-4, "the length is along Z");
            // The vertex at the nose, and the fin that stays up.
            let nose = item.shape.mesh().positions.iter().fold([0.0f32; 3], |a, &p| if p[2] > a[2] { p } else { a });
            assert!(nose[2] > 0.0 && nose[0] < 0.0, "{nose:?}: turned, not mirrored");
            assert!(high[1] > 0.0 && low[1] >= 0.0);
        }
    }

    #[test]
    fn broken_models_are_named_and_left_out_unless_all_are() {
        let root = tempfile::tempdir().unwrap();
        model(root.path(), "good", 0.0);
        model(root.path(), "bad", 0.0);
        let bad = root.path().join("bad").join(MESH);
        fs::write(&bad, "v 1 2\nf 1 2 3\n").unwrap();
        let dataset = read(root.path()).unwrap();
        assert_eq!(dataset.items.len(), 1);
        assert!(
            dataset.notes.len() == 1 && dataset.notes[0].contains("bad") && dataset.notes[0].contains("line 1"),
            "{:?}",
            dataset.notes
        );
        fs::write(root.path().join("good").join(MESH), "").unwrap();
        let error = read(root.path()).unwrap_err().to_string();
        assert!(error.contains("2 meshes") && !error.contains('\n'), "{error}");
    }

    #[test]
    fn several_synsets_ask_for_one() {
        let root = tempfile::tempdir().unwrap();
        for synset in [AIRPLANE, "03624134"] {
            model(&root.path().join(synset), "m", 0.0);
        }
        let error = read(root.path()).unwrap_err().to_string();
        assert!(error.contains(AIRPLANE) && error.contains("03624134"), "{error}");
    }

    #[test]
    fn fine_meshes_are_bounded() {
        let side = 120u32;
        let mesh = Mesh {
            positions: (0..side * side)
                .map(|i| [(i % side) as f32, (i / side) as f32, ((i % 7) as f32) * 0.01])
                .collect(),
            triangles: (0..(side - 1) * (side - 1))
                .flat_map(|i| {
                    let a = i / (side - 1) * side + i % (side - 1);
                    [[a, a + 1, a + side], [a + 1, a + side + 1, a + side]]
                })
                .collect(),
            ..Default::default()
        };
        let simpler = bounded(mesh.clone());
        assert!(
            mesh.triangles.len() > 28_000 && simpler.triangles.len() <= TRIANGLES + 100,
            "{}",
            simpler.triangles.len()
        );
        assert_eq!(simpler.validate(), Ok(()));
    }
}
