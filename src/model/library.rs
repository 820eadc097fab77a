//! Where models lie: `models/` in the working folder, beside the program, and in the user's data folder.

use std::path::{Path, PathBuf};

use super::checkpoint::{Checkpoint, CheckpointError};
use crate::disk::data_folder;

/// What a checkpoint's file name ends in.
pub const EXTENSION: &str = "safetensors";

/// The name of the model that the binary carries.
pub const EMBEDDED: &str = "sword";

/// A model by name: a file, or the one that is built in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub name: String,
    /// `None` for the built-in model.
    pub path: Option<PathBuf>,
}

impl Listed {
    /// A file, called by its name without the extension.
    pub fn file(path: PathBuf) -> Self {
        let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Self { name, path: Some(path) }
    }

    /// Reads it.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn read(&self) -> Result<Checkpoint, CheckpointError> {
        match &self.path {
            Some(path) => Checkpoint::read(path),
            None => Checkpoint::embedded(),
        }
    }
}

/// Where models are looked for, in order.
pub fn folders() -> Vec<PathBuf> {
    let beside_program = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("models")));
    let mut folders = vec![PathBuf::from("models")];
    folders.extend(beside_program);
    folders.extend(data_folder().map(|d| d.join("models")));
    folders
}

/// The models of these folders by name, each from the first folder that has it, and the built-in one where none has its
/// name. A folder that is not there holds none.
pub fn list(folders: &[PathBuf]) -> Vec<Listed> {
    let mut found: Vec<Listed> = folders.iter().flat_map(|f| files(f)).map(Listed::file).collect();
    found.push(Listed { name: EMBEDDED.to_owned(), path: None });
    // Stable: the first folder's stays first among equal names.
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found.dedup_by(|later, earlier| later.name == earlier.name);
    found
}

/// The checkpoints in a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.flatten().map(|e| e.path()).filter(|p| is_model(p) && p.is_file()).collect()
}

/// Whether a file's name says that it is a model.
pub fn is_model(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case(EXTENSION))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_listed_once_each_and_the_first_folder_wins() {
        let root = tempfile::tempdir().unwrap();
        let folders = ["a", "b", "none"].map(|f| root.path().join(f));
        for folder in &folders[..2] {
            std::fs::create_dir(folder).unwrap();
            std::fs::write(folder.join("axe.safetensors"), "x").unwrap();
        }
        std::fs::write(folders[1].join("spear.safetensors"), "x").unwrap();
        std::fs::write(folders[1].join("notes.txt"), "x").unwrap();
        let listed = |name: &str, path: Option<PathBuf>| Listed { name: name.into(), path };
        assert_eq!(
            list(&folders),
            [
                listed("axe", Some(folders[0].join("axe.safetensors"))),
                listed("spear", Some(folders[1].join("spear.safetensors"))),
                listed("sword", None),
            ]
        );
        assert!(list(&folders)[0].read().unwrap_err().to_string().contains("axe.safetensors"));
        assert!(list(&[])[0].read().is_ok());
    }
}
