//! The files of one shape, written: all of them, or none.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::manifest::Written;
use crate::disk;
use crate::forge::game::{File, Format};

/// What may lie where a file goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Present {
    /// Nothing.
    Refuse,
    /// A file of the very same bytes, which an interrupted run left.
    Same,
    /// Any file: it is replaced.
    Replace,
}

/// Where the files of a shape go: beside each other, called alike.
#[derive(Clone, Debug)]
pub struct Target {
    folder: PathBuf,
    stem: String,
    /// The main file, where the user gave its whole name.
    main: Option<PathBuf>,
}

impl Target {
    /// By the whole name of the main file.
    pub fn file(path: &Path) -> Self {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Self { folder, stem, main: Some(path.to_owned()) }
    }

    /// In a folder, by the shape's name.
    pub fn named(folder: &Path, name: &str) -> Self {
        Self { folder: folder.to_owned(), stem: name.to_owned(), main: None }
    }

    /// The files' name without an ending.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// The main file.
    pub fn main(&self, format: Format) -> PathBuf {
        self.main.clone().unwrap_or_else(|| self.folder.join(format!("{}.{}", self.stem, format.name())))
    }

    /// A file beside the main one.
    pub fn beside(&self, suffix: &str) -> PathBuf {
        self.folder.join(format!("{}{suffix}", self.stem))
    }

    /// The path of each file, the first being the main one.
    fn paths(&self, files: &[File]) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = files.iter().map(|file| self.beside(&file.suffix)).collect();
        if let (Some(first), Some(main)) = (paths.first_mut(), &self.main) {
            first.clone_from(main);
        }
        paths
    }

    /// Writes the files, all of them or none.
    ///
    /// # Errors
    /// A file that is there and may not be replaced; one that can't be written.
    pub fn write(&self, files: &[File], present: Present) -> Result<Vec<PathBuf>> {
        let paths = self.paths(files);
        let mut missing = Vec::new();
        for (path, file) in paths.iter().zip(files) {
            let there = path.symlink_metadata().is_ok();
            match present {
                Present::Refuse if there => return Err(in_the_way(path)),
                Present::Same if there => {
                    if std::fs::read(path).is_ok_and(|bytes| bytes == file.bytes) {
                        continue;
                    }
                    return Err(in_the_way(path));
                }
                _ => missing.push((path.as_path(), &file.bytes[..])),
            }
        }
        disk::write_all(missing)?;
        Ok(paths)
    }
}

/// A file that may not be replaced.
#[derive(Debug, Error)]
#[error("'{}' exists already; replace it with --force or choose another name", .0.display())]
pub struct InTheWay(PathBuf);

fn in_the_way(path: &Path) -> anyhow::Error {
    InTheWay(path.to_owned()).into()
}

/// Refuses what can be seen before the work: a main file that is there, or a folder in its place.
pub fn check(path: &Path, force: bool) -> Result<()> {
    if path == Path::new("-") {
        bail!("nothing is written to standard output; give a file's name, such as -o sword.glb");
    }
    if path.is_dir() {
        bail!("can't write '{}': it is a folder; choose another name, or write into it with --out-dir", path.display());
    }
    if !force && path.symlink_metadata().is_ok() {
        return Err(in_the_way(path));
    }
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Some(file) = folder.ancestors().find(|a| a.is_file()) {
        bail!("can't write '{}': '{}' is a file, not a folder; choose another place", path.display(), file.display());
    }
    Ok(())
}

/// Name, size and digest of files.
pub fn records(paths: &[PathBuf], files: &[File]) -> Vec<Written> {
    let record = |(path, file): (&PathBuf, &File)| Written {
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        bytes: file.bytes.len() as u64,
        sha256: digest(&file.bytes),
    };
    paths.iter().zip(files).map(record).collect()
}

/// Whether files are as they were written.
pub fn hold(folder: &Path, files: &[Written]) -> bool {
    let holds = |file: &Written| {
        let path = folder.join(&file.name);
        path.metadata().is_ok_and(|m| m.len() == file.bytes)
            && std::fs::read(&path).is_ok_and(|bytes| digest(&bytes) == file.sha256)
    };
    !files.is_empty() && files.iter().all(holds)
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(suffix: &str, bytes: &[u8]) -> File {
        File { suffix: suffix.into(), bytes: bytes.to_vec() }
    }

    #[test]
    fn all_files_are_written_or_none() {
        let dir = tempfile::tempdir().unwrap();
        let target = Target::file(&dir.path().join("new/my.obj"));
        let files = [file(".obj", b"o"), file(".mtl", b"m")];
        let paths = target.write(&files, Present::Refuse).unwrap();
        assert_eq!((target.stem(), paths[1].file_name().unwrap().to_str()), ("my", Some("my.mtl")));
        assert!(hold(&dir.path().join("new"), &records(&paths, &files)));
        assert!(target.write(&files, Present::Refuse).unwrap_err().to_string().contains("--force"));
        target.write(&files, Present::Same).unwrap();
        let other = [file(".obj", b"o"), file(".mtl", b"n")];
        assert!(target.write(&other, Present::Same).unwrap_err().to_string().contains("my.mtl"));
        assert!(hold(&dir.path().join("new"), &records(&paths, &files)));
        target.write(&other, Present::Replace).unwrap();
        assert!(!hold(&dir.path().join("new"), &records(&paths, &files)));
        // The second can't be written: the first goes again.
        std::fs::create_dir(dir.path().join("x.mtl")).unwrap();
        assert!(Target::named(dir.path(), "x").write(&files, Present::Replace).is_err());
        assert!(!dir.path().join("x.obj").exists());
    }

    #[test]
    fn what_can_be_seen_before_the_work_is_refused_before_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.glb");
        assert!(check(&path, false).is_ok() && check(&path.join("b.glb"), false).is_ok());
        std::fs::write(&path, "x").unwrap();
        assert!(check(&path, false).is_err() && check(&path, true).is_ok());
        assert!(check(&path.join("b.glb"), true).unwrap_err().to_string().contains("not a folder"));
        assert!(check(dir.path(), true).unwrap_err().to_string().contains("it is a folder"));
    }
}
