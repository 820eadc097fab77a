//! The disk, for everything that `shapes` reads: whole files with a cap on their size, and sorted folders.

use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use super::{FILE_LIMIT, Fault, ImportError};

/// A whole file of at most [`FILE_LIMIT`] bytes. Pipes and devices are refused: they may never end.
pub fn read_file(path: &Path) -> Result<Vec<u8>, ImportError> {
    read_up_to(path, FILE_LIMIT).map_err(|fault| fault.at(path))
}

fn read_up_to(path: &Path, limit: u64) -> Result<Vec<u8>, Fault> {
    // Asked before opening: opening a pipe would wait for its writer.
    let metadata = fs::metadata(path).map_err(Fault::Open)?;
    if !metadata.is_file() {
        return Err(Fault::NotAFile);
    }
    if metadata.len() > limit {
        return Err(Fault::TooLarge(metadata.len()));
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    fs::File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes)).map_err(Fault::Open)?;
    if bytes.len() as u64 > limit { Err(Fault::TooLarge(bytes.len() as u64)) } else { Ok(bytes) }
}

/// The plain files directly in a folder, sorted by name, so that the order does not depend on the file system.
pub fn list_files(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let list = || -> std::io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_file() {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    };
    list().map_err(|e| Fault::Open(e).at(folder))
}

/// The folders directly in a folder, sorted by name.
pub fn list_folders(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let list = || -> std::io::Result<Vec<PathBuf>> {
        let mut folders = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            }
        }
        folders.sort();
        Ok(folders)
    };
    list().map_err(|e| Fault::Open(e).at(folder))
}

/// Where `name`, a relative path found inside a file, leads to: always inside `folder`, links followed.
pub fn inside(folder: &Path, name: &str) -> Result<PathBuf, Fault> {
    let refuse = |why: &str| Fault::External { uri: name.to_owned(), why: why.to_owned() };
    let relative = Path::new(name);
    let plain = relative.components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    if name.is_empty() || !plain || name.contains([':', '\\', '\0']) {
        return Err(refuse("which is not a path inside its own folder; move that file there"));
    }
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let missing = |e: std::io::Error| refuse(&format!("which can't be read ({e}); put it beside this file"));
    let target = folder.join(relative).canonicalize().map_err(missing)?;
    let root = folder.canonicalize().map_err(missing)?;
    if target.starts_with(root) {
        Ok(target)
    } else {
        Err(refuse("which links out of its own folder; copy that file there"))
    }
}

/// An external file that another file names: inside `folder`, at most `limit` bytes.
pub(in crate::shapes) fn read_beside(folder: &Path, name: &str, limit: u64) -> Result<Vec<u8>, Fault> {
    let path = inside(folder, name)?;
    read_up_to(&path, limit).map_err(|fault| Fault::External { uri: name.to_owned(), why: format!("which {fault}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_file_stays_in_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join("a.bin"), b"abc").unwrap();
        fs::write(folder.path().join("secret"), b"s").unwrap();
        assert_eq!(read_beside(&inner, "a.bin", 9).unwrap(), b"abc");
        assert_eq!(read_beside(folder.path(), "inner/a.bin", 9).unwrap(), b"abc");
        for name in [
            "../secret",
            "",
            "/etc/passwd",
            "file:///etc/passwd",
            "http://x/y.bin",
            "a/../../secret",
            "C:\\x",
            "missing",
        ] {
            assert!(matches!(read_beside(&inner, name, 9), Err(Fault::External { .. })), "{name}");
        }
        assert!(read_beside(&inner, "a.bin", 2).is_err());
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.path().join("secret"), inner.join("link")).unwrap();
            assert!(read_beside(&inner, "link", 9).is_err());
        }
    }

    #[test]
    fn a_huge_file_is_refused_with_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scan.stl");
        // Sparse: it takes no room.
        fs::File::create(&path).and_then(|file| file.set_len(FILE_LIMIT + (300 << 20))).unwrap();
        let error = read_file(&path).unwrap_err().to_string();
        assert!(error.contains("scan.stl' has 812 MiB, more than the 512 MiB"), "{error}");
    }

    #[test]
    fn folders_and_missing_files_are_named() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read_file(folder.path()).unwrap_err().fault, Fault::NotAFile));
        assert!(matches!(read_file(&folder.path().join("x")).unwrap_err().fault, Fault::Open(_)));
    }
}
