//! `--model`: a path, a name, or the model that the binary carries.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::closest::hint;
use crate::forge::Forge;
use crate::model::checkpoint::Checkpoint;
use crate::model::library::{EMBEDDED, EXTENSION, folders, list};

/// Which model to use.
#[derive(Clone, Debug, Default, Args)]
pub struct ModelArgs {
    /// A .safetensors file, or a model's bare name (see `atlasforge --help`) [default: the built-in one]
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
}

impl ModelArgs {
    /// Reads the checkpoint.
    ///
    /// # Errors
    /// Says where it was looked for, or what is wrong with it.
    pub fn checkpoint(&self) -> Result<Checkpoint> {
        match &self.model {
            Some(name) => named(name),
            None => Checkpoint::embedded().context("the built-in model is unusable; give one with --model"),
        }
    }

    /// Reads the checkpoint and makes it ready.
    ///
    /// # Errors
    /// As [`ModelArgs::checkpoint`].
    pub fn forge(&self) -> Result<Forge> {
        Forge::new(self.checkpoint()?).with_context(|| format!("can't use the model {}", self.name()))
    }

    /// How to call it in a message.
    pub fn name(&self) -> String {
        self.model.as_ref().map_or_else(|| "that is built in".to_owned(), |m| format!("'{m}'"))
    }
}

/// Reads the model of this name: a path, or one to look for.
///
/// # Errors
/// As [`ModelArgs::checkpoint`].
pub fn named(name: &str) -> Result<Checkpoint> {
    match find(name, &folders())? {
        Some(path) => Ok(Checkpoint::read(&path)?),
        None => Checkpoint::embedded().context("the built-in model is unusable; give one with --model"),
    }
}

/// The file that `name` means; `None` for the built-in model.
fn find(name: &str, folders: &[PathBuf]) -> Result<Option<PathBuf>> {
    let path = Path::new(name);
    let bare = path.components().count() == 1 && path.extension().is_none_or(|e| e != EXTENSION);
    if path.is_file() || !bare {
        // What is wrong with a path that can't be read, the reader says best.
        return Ok(Some(path.to_owned()));
    }
    let file = format!("{name}.{EXTENSION}");
    if let Some(found) = folders.iter().map(|f| f.join(&file)).find(|p| p.is_file()) {
        return Ok(Some(found));
    }
    if name == EMBEDDED {
        return Ok(None);
    }
    let known: Vec<String> = list(folders).into_iter().map(|m| m.name).collect();
    let places: Vec<String> = folders.iter().map(|f| format!("'{}'", f.display())).collect();
    bail!(
        "there is no model '{name}'{} in {}; give the path of a .{EXTENSION} file with --model",
        hint(name, known.iter().map(String::as_str)),
        places.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_searched_in_order_and_paths_taken_as_they_are() {
        let root = tempfile::tempdir().unwrap();
        let folders = [root.path().join("a"), root.path().join("b")];
        for folder in &folders {
            std::fs::create_dir(folder).unwrap();
            std::fs::write(folder.join("axe.safetensors"), "x").unwrap();
        }
        std::fs::write(folders[1].join("spear.safetensors"), "x").unwrap();
        let found = |name: &str| find(name, &folders).unwrap();
        assert_eq!(found("axe"), Some(folders[0].join("axe.safetensors")));
        assert_eq!(found("spear"), Some(folders[1].join("spear.safetensors")));
        assert_eq!(found("sword"), None);
        assert_eq!(found("no/such.safetensors"), Some("no/such.safetensors".into()));
        assert_eq!(found("such.safetensors"), Some("such.safetensors".into()));
        let error = find("speer", &folders).unwrap_err().to_string();
        assert!(error.contains("did you mean 'spear'") && error.contains("--model"), "{error}");
    }
}
