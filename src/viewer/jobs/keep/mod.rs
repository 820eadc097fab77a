//! What outlives the window: favourites and the session, in the user's data folder.

mod favourites;
mod session;
mod thumbnail;

use std::path::{Path, PathBuf};

use thiserror::Error;

pub use favourites::{change, read as read_favourites};
pub use session::{read as read_session, write as write_session};
pub use thumbnail::{portrait, read as read_thumbnail, write as write_thumbnail};

use super::free_name;
use crate::disk::{self, WriteError};
use crate::kept::document::FORMAT;

/// Why nothing was read or kept. Each message ends in a way out.
#[derive(Debug, Error)]
pub enum KeepError {
    #[error("can't read '{path}': {why}; {SET} names another folder", path = path.display())]
    Read { path: PathBuf, why: std::io::Error },
    #[error("'{path}' is of format {found}, this version reads up to {FORMAT}: nothing in it is changed; update Atlasforge", path = path.display())]
    Newer { path: PathBuf, found: u64 },
    #[error("{0}, or set {SET} to another one")]
    Write(#[from] WriteError),
}

/// The variable that the way out names.
const SET: &str = disk::DATA_VARIABLE;

/// What was read, and what the user should know about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Found<T> {
    pub it: T,
    /// Damage, and what became of it.
    pub note: Option<String>,
}

/// The bytes of a file; `None` where there is none.
fn bytes(path: &Path) -> Result<Option<Vec<u8>>, KeepError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(KeepError::Read { path: path.to_owned(), why }),
    }
}

/// Keeps bytes that can't be read beside their file, as `NAME-broken.json`; the new path.
fn set_aside(path: &Path, bytes: &[u8]) -> Result<PathBuf, WriteError> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let aside = free_name(&path.with_file_name(format!("{stem}-broken.json")));
    disk::write(&aside, bytes)?;
    Ok(aside)
}

/// A path's last part.
fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
