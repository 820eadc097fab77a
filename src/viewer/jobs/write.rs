//! Writing a design as GLB: decoded again on the CPU, through the same configuration as what is on screen.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::disk::{self, WriteError};
use crate::export::extras::{self, Extras, ExtrasError, LatentValues};
use crate::export::{Export, ExportError, Material, glb};
use crate::forge::{Forge, ForgeError};
use crate::template::Template;
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
    Forge(#[from] ForgeError),
    #[error(transparent)]
    Extras(#[from] ExtrasError),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Decodes a design and writes it, with the extras that reopen it exactly.
///
/// # Errors
/// When the design does not decode or the file can't be written; then nothing is left behind.
pub fn write_glb(forge: &Forge, design: &Design, path: &Path) -> Result<Written, WriteGlbError> {
    let mesh = forge.decode(&design.latent, design.length, &Template::grid(design.grid))?;
    let extras = Extras {
        format: extras::FORMAT,
        model: forge.checkpoint().hash(),
        latent: LatentValues { groups: design.latent.groups(), values: design.latent.values().to_vec() },
        length: forge.placement(&design.latent, design.length).length,
        grid: design.grid,
        surface: "patches".into(),
    };
    let name = path.file_stem().map_or_else(|| "sword".into(), |stem| stem.to_string_lossy().into_owned());
    let bytes = glb(&Export {
        name: &name,
        mesh: &mesh,
        split: false,
        extras: Some(extras.to_value()?),
        material: Material::steel(),
    })?;
    disk::write(path, &bytes)?;
    Ok(Written { path: path.to_owned(), bytes: bytes.len(), triangles: mesh.triangles.len() })
}
