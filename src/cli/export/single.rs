//! One shape into one file.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;

use super::items::Items;
use super::write::{Present, Target, check};
use crate::cli::interrupt::Interrupt;
use crate::forge::game::{Options, Report};
use crate::forge::morph::Way;
use crate::forge::{Forge, Subject};

/// What was written.
#[derive(Debug, Serialize)]
pub struct Exported {
    pub files: Vec<PathBuf>,
    pub bytes: usize,
    #[serde(flatten)]
    pub report: Report,
}

/// Exports the only one of `items` to `path`, on the `way` that it has to another.
///
/// # Errors
/// A file that is there, unless `force` replaces it, or can't be written; a shape that can't be made; Ctrl-C. Then nothing
/// is written.
pub fn run(
    forge: &Forge,
    items: &Items,
    options: &Options,
    way: impl FnOnce(&Subject) -> Result<Option<Way>>,
    path: &Path,
    force: bool,
) -> Result<Exported> {
    check(path, force)?;
    let interrupt = Interrupt::watch();
    let target = Target::file(path);
    options.beside().iter().try_for_each(|suffix| check(&target.beside(suffix), force))?;
    let subject = items.item(forge, 0).subject;
    let way = way(&subject)?;
    let ready = forge.ready_on(&subject, options, way.as_ref(), target.stem());
    let ready = ready.with_context(|| format!("can't export '{}'", subject.name))?;
    interrupt.check()?;
    let files = target.write(&ready.files, if force { Present::Replace } else { Present::Refuse })?;
    Ok(Exported { files, bytes: ready.files.iter().map(|f| f.bytes.len()).sum(), report: ready.report })
}
