//! The one way a file is written: whole, or not at all; and where the user keeps what is theirs.

use std::io::Write;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A file that could not be written.
#[derive(Debug, Error)]
#[error("can't write '{path}': {why}; choose another place or make its folder writable", path = path.display())]
pub struct WriteError {
    pub path: PathBuf,
    pub why: std::io::Error,
}

/// What temporary names begin and end with.
const PREFIX: &str = ".atlasforge-";
const SUFFIX: &str = ".partial";

/// Writes `bytes` to a temporary name beside `path`, then renames: a reader sees the old file or the new one, and an
/// error or a crash leaves no half-written file. Missing parent folders are made.
///
/// # Errors
/// Names the path and what the system said.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    write_with(path, |file| file.write_all(bytes))
}

/// The same for what is too large to be held at once: `fill` writes the file, piece by piece.
///
/// # Errors
/// As [`write`]; what `fill` says.
pub fn write_with(path: &Path, fill: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<(), WriteError> {
    let attempt = || -> std::io::Result<()> {
        filled(path, fill)?.persist(path).map_err(|e| e.error)?;
        Ok(())
    };
    attempt().map_err(|why| WriteError { path: path.to_owned(), why })
}

/// Writes files that name each other: none gets its name before all are on the disk, the first, which names the others, gets it
/// last, and where one can't have it, those that were new are taken away again.
///
/// # Errors
/// As [`write`], of the first file that can't be written.
pub fn write_all<'a>(files: impl IntoIterator<Item = (&'a Path, &'a [u8])>) -> Result<(), WriteError> {
    let error = |path: &Path, why| WriteError { path: path.to_owned(), why };
    let mut waiting = Vec::new();
    for (path, bytes) in files {
        let file = filled(path, |file| file.write_all(bytes)).map_err(|why| error(path, why))?;
        waiting.push((path, file));
    }
    let mut new: Vec<&Path> = Vec::new();
    for (path, file) in waiting.into_iter().rev() {
        let there = path.symlink_metadata().is_ok();
        if let Err(why) = file.persist(path) {
            // Best effort: the error about the disk says more than one about this.
            new.iter().for_each(|path| drop(std::fs::remove_file(path)));
            return Err(error(path, why.error));
        }
        new.extend((!there).then_some(path));
    }
    Ok(())
}

/// A file under a temporary name beside `path`, on the disk.
fn filled(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> std::io::Result<tempfile::NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if path.is_dir() {
        return Err(std::io::Error::new(std::io::ErrorKind::IsADirectory, "it is a folder"));
    }
    if let Some(file) = folder.ancestors().find(|a| a.is_file()) {
        let why = format!("'{}' is a file, not a folder", file.display());
        return Err(std::io::Error::new(std::io::ErrorKind::NotADirectory, why));
    }
    std::fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    #[cfg(unix)]
    {
        // What the user's umask makes of an ordinary file, not the private mode of a temporary one.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(folder).map_err(unnamed)?;
    // Past `tempfile`, whose errors name the temporary path.
    let mut buffered = std::io::BufWriter::new(file.as_file());
    fill(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    file.as_file().sync_data()?;
    Ok(file)
}

/// Removes what a killed process left under temporary names in a folder, where nobody else writes now.
///
/// # Errors
/// What the system said.
pub fn clear_partial(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX) && name.ends_with(SUFFIX) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// What the system said, without the temporary name, which means nothing to the user.
fn unnamed(error: std::io::Error) -> std::io::Error {
    // The crate `tempfile` appends the path to the text and offers no way to the text alone.
    match error.to_string().rsplit_once(" at path ") {
        Some((said, _)) => std::io::Error::new(error.kind(), said),
        None => error,
    }
}

/// Names the user's data folder for this program, in place of the platform's.
pub const DATA_VARIABLE: &str = "ATLASFORGE_DATA";

/// The user's data folder for this program: what [`DATA_VARIABLE`] says, else by the platform's convention; `None` where the
/// environment names none. It need not exist.
pub fn data_folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if let Some(folder) = set(DATA_VARIABLE) {
        return Some(folder);
    }
    let base = if cfg!(windows) {
        set("APPDATA")
    } else if cfg!(target_os = "macos") {
        set("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local/share")))
    };
    Some(base?.join("atlasforge"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_whole_files_and_leaves_nothing_behind_on_failure() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/deep/a.bin");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        let error = write(folder.path(), b"x").unwrap_err().to_string();
        assert!(error.contains("it is a folder"), "{error}");
        let error = write(&path.join("below-a-file"), b"x").unwrap_err().to_string();
        assert!(error.contains("below-a-file") && error.contains("a.bin' is a file, not a folder"), "{error}");
        #[cfg(target_os = "linux")]
        {
            let error = write(Path::new("/proc/x.glb"), b"x").unwrap_err().to_string();
            assert!(error.contains("'/proc/x.glb'") && !error.contains(".partial"), "{error}");
        }
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn of_files_that_belong_together_all_are_written_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b] = ["a", "b"].map(|name| folder.path().join(name));
        write(&a, b"old").unwrap();
        std::fs::create_dir(&b).unwrap();
        let error = write_all([(&*a, &b"new"[..]), (&*b, &b"new"[..])]).unwrap_err();
        assert_eq!((error.path, std::fs::read(&a).unwrap()), (b.clone(), b"old".to_vec()));
        std::fs::remove_dir(&b).unwrap();
        write_all([(&*a, &b"new"[..]), (&*b, &b"new"[..])]).unwrap();
        assert_eq!([a, b].map(|path| std::fs::read(path).unwrap()), [b"new", b"new"]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
