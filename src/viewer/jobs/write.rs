//! Writing a design as GLB: decoded again on the CPU, through the same configuration as what is on screen.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::disk::{self, WriteError};
use crate::forge::asset::AssetError;
use crate::forge::subject::stem;
use crate::forge::{Forge, Subject};
use crate::viewer::state::Design;

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

/// Decodes a design and writes it under the file's name, with the extras that reopen it exactly.
///
/// # Errors
/// When the design does not decode or the file can't be written; then nothing is left behind.
pub fn write_glb(forge: &Forge, design: &Design, path: &Path) -> Result<Written, WriteGlbError> {
    let Design { latent, length, grid } = design.clone();
    let asset = forge.asset(&Subject { name: stem(path), latent, length, grid: Some(grid), split: false })?;
    disk::write(path, &asset.bytes)?;
    Ok(Written { path: path.to_owned(), bytes: asset.bytes.len(), triangles: asset.triangles })
}
