//! Where results go: text to stdout, files to a path or a folder.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use clap::builder::{PathBufValueParser, TypedValueParser};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

/// Prints a result. A reader that hung up (`| head`) is no error.
pub fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error).context("can't write to stdout"),
        _ => Ok(()),
    }
}

/// Prints a result as JSON.
pub fn print_json(value: &impl Serialize) -> Result<()> {
    print(&(serde_json::to_string_pretty(value).context("can't write the result as JSON")? + "\n"))
}

/// A bar on stderr for work on many; none where stderr is no terminal.
pub fn progress(count: usize, doing: &'static str) -> ProgressBar {
    if count < 2 {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left");
    ProgressBar::new(count as u64)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        .with_message(doing)
}

/// One file, or a folder of files.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Destination {
    /// The GLB to write; one that exists is replaced
    #[arg(short, long, value_name = "FILE", value_parser = PathBufValueParser::new().try_map(glb))]
    output: Option<PathBuf>,
    /// The folder to write into, made where it is missing; files in it are never replaced
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
}

impl Destination {
    /// The paths for files of these names, in order. Makes the folder.
    ///
    /// # Errors
    /// More than one name for one file; two equal names; a folder that can't be made; a file that exists in it.
    pub fn paths(&self, names: &[String]) -> Result<Vec<PathBuf>> {
        match (&self.output, &self.out_dir) {
            (Some(file), _) if names.len() == 1 => Ok(vec![file.clone()]),
            (None, Some(folder)) => in_folder(folder, names),
            _ => bail!("{} shapes don't fit into one file; give a folder with --out-dir DIR", names.len()),
        }
    }
}

/// A path for a GLB.
fn glb(path: PathBuf) -> Result<PathBuf, String> {
    ending(path, "glb")
}

/// A path for a PNG.
///
/// # Errors
/// A name that promises another format.
pub fn png(path: PathBuf) -> Result<PathBuf, String> {
    ending(path, "png")
}

/// Reads a path for a model; a name that promises another format is refused.
pub fn safetensors() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| ending(path, "safetensors"))
}

/// The path, if its name ends in this extension (in any case) or has none.
fn ending(path: PathBuf, wanted: &str) -> Result<PathBuf, String> {
    match path.extension() {
        Some(found) if !found.eq_ignore_ascii_case(wanted) => {
            Err(format!("only .{wanted} can be written, not .{}", found.display()))
        }
        _ => Ok(path),
    }
}

/// The paths for new files in a folder, which is made where it is missing.
///
/// # Errors
/// As [`Destination::paths`].
pub fn in_folder(folder: &Path, names: &[String]) -> Result<Vec<PathBuf>> {
    let mut seen = HashSet::new();
    if let Some(name) = names.iter().find(|n| !seen.insert(*n)) {
        bail!("two shapes would both be written to '{}'; rename one of the inputs", folder.join(name).display());
    }
    // The name inside a file may be anything.
    if let Some(name) = names.iter().find(|n| Path::new(n).file_name().is_none_or(|own| own != n.as_str())) {
        bail!("the name '{name}' would leave the folder; name the file with -o");
    }
    std::fs::create_dir_all(folder)
        .with_context(|| format!("can't make the folder '{}'; choose another --out-dir", folder.display()))?;
    let paths: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
    if let Some(path) = paths.iter().find(|p| p.symlink_metadata().is_ok()) {
        bail!("'{}' exists already; remove it or choose another --out-dir", path.display());
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_takes_each_name_once_and_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let names = |list: &[&str]| list.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let deep = folder.path().join("new/deep");
        assert_eq!(in_folder(&deep, &names(&["a", "b"])).unwrap(), [deep.join("a"), deep.join("b")]);
        assert!(in_folder(&deep, &names(&["a", "a"])).unwrap_err().to_string().contains("both"));
        for astray in ["../a", "/a", "b/a", ".."] {
            assert!(
                in_folder(&deep, &names(&[astray])).unwrap_err().to_string().contains("leave the folder"),
                "{astray}"
            );
        }
        std::fs::write(deep.join("a"), "x").unwrap();
        assert!(in_folder(&deep, &names(&["a"])).unwrap_err().to_string().contains("exists"));
        assert!(in_folder(&deep.join("a"), &names(&["b"])).unwrap_err().to_string().contains("--out-dir"));
        let one = Destination { output: Some("x.glb".into()), out_dir: None };
        assert!(one.paths(&names(&["a", "b"])).unwrap_err().to_string().contains("--out-dir"));
        assert_eq!(one.paths(&names(&["a"])).unwrap(), [PathBuf::from("x.glb")]);
    }
}
