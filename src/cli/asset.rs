//! A decoded shape as a GLB that reopens as what it was.

use std::path::PathBuf;

use anyhow::{Context, Result};
use rayon::prelude::*;

use super::EXPORT_GRID;
use super::interrupt::Interrupt;
use super::output::{print, progress};
use super::subject::Subject;
use crate::disk;
use crate::export::extras::{Extras, FORMAT, LatentValues};
use crate::export::{Export, Material, glb};
use crate::forge::Forge;
use crate::template::Template;

/// The patches as decoded; the only surface there is so far.
const SURFACE: &str = "patches";

/// A subject as GLB bytes: metres, +Y up, origin at the grip. What the subject doesn't say, the model and
/// [`EXPORT_GRID`] do.
///
/// # Errors
/// When the latent doesn't fit the model or decodes to no mesh.
pub fn asset(forge: &Forge, subject: &Subject) -> Result<Vec<u8>> {
    let Subject { name, latent, length, grid, split } = subject;
    let length = forge.placement(latent, *length).length;
    let grid = grid.unwrap_or(EXPORT_GRID);
    let mesh =
        forge.decode(latent, Some(length), &Template::grid(grid)).with_context(|| format!("can't decode '{name}'"))?;
    let extras = Extras {
        format: FORMAT,
        model: forge.checkpoint().hash(),
        latent: LatentValues { groups: latent.groups(), values: latent.values().to_vec() },
        length,
        grid,
        surface: SURFACE.to_owned(),
    };
    let mut extras = extras.to_value().with_context(|| format!("can't export '{name}'"))?;
    // Beside the extras, so that the file that is made from this one is the same to the byte.
    extras["name"] = name.as_str().into();
    extras["split"] = (*split).into();
    let export = Export { name, mesh: &mesh, split: *split, extras: Some(extras), material: Material::steel() };
    glb(&export).with_context(|| format!("can't export '{name}'"))
}

/// Writes each subject to its path, on all threads, and prints the paths.
///
/// # Errors
/// As [`asset`]; a path that can't be written; Ctrl-C.
pub fn write_all(forge: &Forge, subjects: &[Subject], paths: &[PathBuf], doing: &'static str) -> Result<()> {
    let interrupt = Interrupt::watch();
    let bar = progress(subjects.len(), doing);
    subjects.par_iter().zip(paths).try_for_each(|(subject, path)| -> Result<()> {
        interrupt.check()?;
        disk::write(path, &asset(forge, subject)?)?;
        bar.inc(1);
        Ok(())
    })?;
    bar.finish_and_clear();
    print(&paths.iter().map(|p| format!("{}\n", p.display())).collect::<String>())
}
