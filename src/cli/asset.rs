//! Subjects as GLB files.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rayon::prelude::*;

use super::interrupt::Interrupt;
use super::output::{print, progress};
use crate::disk;
use crate::forge::{Forge, Subject};

/// Writes a subject to a path.
///
/// # Errors
/// When it can't be exported; a path that can't be written.
pub fn write(forge: &Forge, subject: &Subject, path: &Path) -> Result<()> {
    let asset = forge.asset(subject).with_context(|| format!("can't export '{}'", subject.name))?;
    Ok(disk::write(path, &asset.bytes)?)
}

/// Writes each subject to its path, on all threads, and prints the paths.
///
/// # Errors
/// As [`write`]; Ctrl-C.
pub fn write_all(forge: &Forge, subjects: &[Subject], paths: &[PathBuf], doing: &'static str) -> Result<()> {
    let interrupt = Interrupt::watch();
    let bar = progress(subjects.len(), doing);
    subjects.par_iter().zip(paths).try_for_each(|(subject, path)| -> Result<()> {
        interrupt.check()?;
        write(forge, subject, path)?;
        bar.inc(1);
        Ok(())
    })?;
    bar.finish_and_clear();
    print(&paths.iter().map(|p| format!("{}\n", p.display())).collect::<String>())
}
