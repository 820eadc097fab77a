//! What the commands that train have in common: folders, threads, models to begin with, and how they stop.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result, bail};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::Interrupted;
use super::model::named;
use crate::model::Checkpoint;

/// Where a recipe of a folder names the model that it begins with.
pub const INIT: &str = "in train.init";

/// The folder that `--run` names, or else the one in runs/ that is called as the recipe (or folder of recipes) `source` is.
pub fn folder(run: Option<&Path>, source: &Path) -> Result<PathBuf> {
    let name = if source.is_dir() { source.file_name() } else { source.file_stem() };
    match (run, name) {
        (Some(run), _) => Ok(run.to_owned()),
        (None, Some(name)) => Ok(Path::new("runs").join(name)),
        (None, None) => bail!("'{}' has no name to call the run by; give a folder with --run", source.display()),
    }
}

/// As many threads as `--threads` asks for, or one a core.
pub fn pool(threads: Option<NonZeroUsize>) -> Result<ThreadPool> {
    ThreadPoolBuilder::new()
        .num_threads(threads.map_or(0, NonZeroUsize::get))
        .build()
        .context("can't start the threads; give fewer with --threads")
}

/// Finds the model that a recipe begins with; `way` is where it can be named.
pub fn beginning(way: &str) -> impl Fn(&str) -> Result<Checkpoint, String> {
    move |name| named(name).map_err(|e| super::line(&e).replace("with --model", way))
}

/// What Ctrl-C makes of a run that saved its state.
pub fn stopped(run: &Path, step: u64, steps: u64) -> Error {
    let run = run.display();
    Interrupted { hint: format!("'{run}' is saved after step {step} of {steps}; the same command goes on from there") }
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_called_as_their_recipes() {
        assert_eq!(folder(None, Path::new("a/sword.toml")).unwrap(), Path::new("runs/sword"));
        let notebook = tempfile::Builder::new().prefix("week.").tempdir().unwrap();
        assert_eq!(folder(None, notebook.path()).unwrap().file_name(), notebook.path().file_name());
        assert_eq!(folder(Some(Path::new("there")), Path::new("..")).unwrap(), Path::new("there"));
        assert!(folder(None, Path::new("..")).unwrap_err().to_string().contains("--run"));
    }
}
