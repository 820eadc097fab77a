//! One shape into one file.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;

use super::items::Items;
use super::write::{Present, Target, check};
use crate::cli::interrupt::Interrupt;
use crate::forge::Forge;
use crate::forge::game::{Options, Report};

/// What was written.
#[derive(Debug, Serialize)]
pub struct Exported {
    pub files: Vec<PathBuf>,
    pub bytes: usize,
    #[serde(flatten)]
    pub report: Report,
}

/// Exports the only one of `items` to `path`.
///
/// # Errors
/// A file that is there, unless `force` replaces it, or can't be written; a shape that can't be made; Ctrl-C. Then nothing
/// is written.
pub fn run(forge: &Forge, items: &Items, options: &Options, path: &Path, force: bool) -> Result<Exported> {
    check(path, force)?;
    let interrupt = Interrupt::watch();
    let target = Target::file(path);
    let subject = items.item(forge, 0).subject;
    let ready =
        forge.ready(&subject, options, target.stem()).with_context(|| format!("can't export '{}'", subject.name))?;
    interrupt.check()?;
    let files = target.write(&ready.files, if force { Present::Replace } else { Present::Refuse })?;
    Ok(Exported { files, bytes: ready.files.iter().map(|f| f.bytes.len()).sum(), report: ready.report })
}
