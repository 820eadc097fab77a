//! Writing a design as GLB: decoded again on the CPU, through the same configuration as what is on screen.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::disk::{self, WriteError};
use crate::forge::asset::AssetError;
use crate::forge::subject::stem;
use crate::forge::{Forge, Subject};
use crate::viewer::state::{Design, Look};

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub path: PathBuf,
    pub bytes: usize,
    pub triangles: usize,
}

/// Why a design could not be written.
#[derive(Debug, Error)]
pub enum WriteGlbError {
    #[error(transparent)]
    Asset(#[from] AssetError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// `path` itself, or where that file exists already, the first free one of `sword-2.glb`, `sword-3.glb` and so on.
pub fn free_name(path: &Path) -> PathBuf {
    let end = path.extension().map(|e| format!(".{}", e.to_string_lossy())).unwrap_or_default();
    let numbered = |n: u32| path.with_file_name(format!("{}-{n}{end}", stem(path)));
    if path.is_file() { (2..).map(numbered).find(|p| !p.exists()).unwrap_or_else(|| path.into()) } else { path.into() }
}

/// What to add to a message where [`free_name`] gave another name than the wanted one, else nothing.
pub fn kept(wanted: &Path, written: &Path) -> String {
    let name = wanted.file_name().unwrap_or(wanted.as_os_str()).to_string_lossy();
    if wanted == written { String::new() } else { format!("; {name} was kept") }
}

/// Decodes a design and writes it under the file's name, with the extras that reopen it exactly.
///
/// # Errors
/// When the design does not decode or the file can't be written; then nothing is left behind.
pub fn write_glb(forge: &Forge, design: &Design, path: &Path) -> Result<Written, WriteGlbError> {
    write_dressed(forge, design, &Look::default(), path)
}

/// The same with the materials that it is shown in.
///
/// # Errors
/// As [`write_glb`].
pub fn write_dressed(forge: &Forge, design: &Design, look: &Look, path: &Path) -> Result<Written, WriteGlbError> {
    let Design { latent, length, grid } = design.clone();
    let subject = Subject { name: stem(path), latent, length, grid: Some(grid), split: false };
    let asset = forge.dressed_asset(&subject, |part| look.finish(part))?;
    disk::write(path, &asset.bytes)?;
    Ok(Written { path: path.to_owned(), bytes: asset.bytes.len(), triangles: asset.triangles })
}
