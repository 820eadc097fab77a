//! `atlasforge data generate|import`: writes a dataset, whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use super::output::print;
use crate::shapes::dataset::{self, Item, Kind, MANIFEST, Manifest};
use crate::shapes::import::{Format, list_files, read_file, read_mesh};
use crate::shapes::placement::orient;

/// Make a dataset to train on
#[derive(Debug, Args)]
pub struct DataArgs {
    #[command(subcommand)]
    command: DataCommand,
}

#[derive(Debug, Subcommand)]
enum DataCommand {
    /// Write procedural swords
    Generate(GenerateArgs),
    /// Turn mesh files (glb, gltf, obj, ply, stl) into a dataset
    Import(ImportArgs),
}

#[derive(Debug, Args)]
struct GenerateArgs {
    /// How many swords
    #[arg(long, default_value_t = 3000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    count: u32,
    /// Seed; sword i depends on the seed and i only
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(Debug, Args)]
struct ImportArgs {
    /// Mesh files, or folders of them
    #[arg(required = true, value_name = "FILE|DIR")]
    inputs: Vec<PathBuf>,
    /// Overall length of every shape in metres [default: assumed by the subclass in a manifest.csv, else 1 m]
    #[arg(long, value_name = "METRES", value_parser = positive)]
    length: Option<f32>,
    /// Turn each shape upright: longest axis to Y, thinnest to Z, tip up. Without it the files must lie so already
    #[arg(long)]
    orient: bool,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(Debug, Args)]
struct OutArgs {
    /// Folder for the dataset; made if missing
    #[arg(long, value_name = "DIR")]
    out_dir: PathBuf,
    /// Replace the dataset that is there
    #[arg(long)]
    force: bool,
}

fn positive(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(x) if x > 0.0 && x <= 1000.0 => Ok(x),
        _ => Err("a length in metres, above 0 and up to 1000, is needed".into()),
    }
}

/// Runs the subcommand: progress to stderr, a summary to stdout.
pub fn run(args: &DataArgs) -> Result<()> {
    match &args.command {
        DataCommand::Generate(args) => generate(args),
        DataCommand::Import(args) => import(args),
    }
}

fn generate(args: &GenerateArgs) -> Result<()> {
    let folder = Staged::new(&args.out)?;
    let bar = bar(args.count as usize, "swords");
    let entries: Result<Vec<_>> = (0..args.count as usize)
        .into_par_iter()
        .map(|i| folder.write(&Item { shape: dataset::procedural_item(i, args.seed), kind: Kind::Procedural }))
        .inspect(|_| bar.inc(1))
        .collect();
    bar.finish_and_clear();
    folder.finish(Manifest::new(entries?))
}

fn import(args: &ImportArgs) -> Result<()> {
    let mut files = Vec::new();
    for input in &args.inputs {
        if input.is_dir() {
            let inside = list_files(input)?.into_iter().filter(|p| Format::of_name(p).is_some());
            let before = files.len();
            files.extend(inside);
            if files.len() == before {
                bail!("{}: there is no mesh file (glb, gltf, obj, ply, stl) in this folder", input.display());
            }
        } else {
            files.push(input.clone());
        }
    }
    let mut names = std::collections::BTreeMap::new();
    for file in &files {
        if let Some(other) = names.insert(name_of(file)?, file) {
            bail!("{} and {} would get the same name; rename one of them", other.display(), file.display());
        }
    }
    let folder = Staged::new(&args.out)?;
    let bar = bar(files.len(), "meshes");
    let entries: Result<Vec<_>> = files
        .par_iter()
        .map(|file| {
            let name = name_of(file)?;
            let mesh = read_mesh(file)?;
            let mesh = if args.orient { orient(&mesh) } else { mesh };
            let length = match args.length {
                Some(length) => length,
                None => {
                    let subclasses = dataset::read_subclasses(file.parent().unwrap_or(Path::new("")))?;
                    dataset::assumed_length(subclasses.get(&name).map_or("", String::as_str))
                }
            };
            folder.write(&Item {
                shape: dataset::imported(&name, &mesh, length, args.length.is_none()),
                kind: Kind::Real,
            })
        })
        .inspect(|_| bar.inc(1))
        .collect();
    bar.finish_and_clear();
    folder.finish(Manifest::new(entries?))
}

/// The file's stem, as the name of the shape and of its file in the dataset.
fn name_of(file: &Path) -> Result<String> {
    let stem = file.file_stem().and_then(|s| s.to_str());
    let name = stem.with_context(|| format!("{}: the file has no readable name; rename it", file.display()))?;
    Ok(name.replace([':', '\\'], "_"))
}

fn bar(len: usize, unit: &str) -> ProgressBar {
    // Hidden by itself where stderr is no terminal.
    let template = format!("{{bar:40}} {{pos}}/{{len}} {unit}, {{eta}} left");
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(len as u64).with_style(style)
}

/// A dataset that grows in a temporary folder beside its target and takes its place when it is complete.
struct Staged {
    folder: tempfile::TempDir,
    target: PathBuf,
}

impl Staged {
    fn new(out: &OutArgs) -> Result<Self> {
        let target = out.out_dir.clone();
        may_replace(&target, out.force)?;
        let parent = match target.parent() {
            Some(p) if !p.as_os_str().is_empty() => p.to_path_buf(),
            _ => PathBuf::from("."),
        };
        let unwritable = || format!("--out-dir {}: can't write there; name another folder", target.display());
        fs::create_dir_all(&parent).with_context(unwritable)?;
        let folder =
            tempfile::Builder::new().prefix(".atlasforge-data-").tempdir_in(&parent).with_context(unwritable)?;
        Ok(Self { folder, target })
    }

    /// Writes one item's mesh; the entry is for the manifest.
    fn write(&self, item: &Item) -> Result<dataset::Entry> {
        let (entry, bytes) = item.write();
        self.put(&entry.file, &bytes)?;
        Ok(entry)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).with_context(|| format!("{}: can't be written; is the disk full?", path.display()))
    }

    /// Writes the manifest, moves the folder into place and reports.
    fn finish(self, manifest: Manifest) -> Result<()> {
        self.put(MANIFEST, manifest.to_json()?.as_bytes())?;
        let Self { folder, target } = self;
        let failed = || format!("--out-dir {}: can't be put in place; name another folder", target.display());
        // Temporary folders are private by default; a dataset is as readable as any other folder.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).with_context(failed)?;
        }
        // The old dataset steps aside first, so that at no moment a mixture of both is there.
        let old = if target.exists() {
            let parent = folder.path().parent().unwrap_or(Path::new("."));
            let aside = tempfile::Builder::new().prefix(".atlasforge-old-").tempdir_in(parent).with_context(failed)?;
            fs::rename(&target, aside.path().join("old")).with_context(failed)?;
            Some(aside)
        } else {
            None
        };
        let staged = folder.keep();
        if let Err(error) = fs::rename(&staged, &target) {
            if let Some(aside) = &old {
                fs::rename(aside.path().join("old"), &target).ok();
            }
            fs::remove_dir_all(&staged).ok();
            return Err(error).with_context(failed);
        }
        report(&manifest, &target)
    }
}

/// An empty or missing folder may be filled; with `--force` a dataset may be replaced, but nothing else be deleted.
fn may_replace(target: &Path, force: bool) -> Result<()> {
    if !target.exists() {
        return Ok(());
    }
    let shown = target.display();
    if !target.is_dir() {
        bail!("--out-dir {shown}: is a file; name a folder");
    }
    let entries: Vec<PathBuf> = fs::read_dir(target)
        .and_then(|entries| entries.map(|e| e.map(|e| e.path())).collect())
        .with_context(|| format!("--out-dir {shown}: can't be read"))?;
    if entries.is_empty() {
        return Ok(());
    }
    if !force {
        bail!("--out-dir {shown}: is not empty; name another folder, or replace the dataset in it with --force");
    }
    let path = target.join(MANIFEST);
    if !path.is_file() {
        bail!("--out-dir {shown}: holds no dataset, so --force does not replace it; name another folder");
    }
    let manifest = Manifest::parse(&read_file(&path)?, &path)?;
    let ours: std::collections::HashSet<PathBuf> =
        manifest.items.iter().map(|e| target.join(&e.file)).chain([path]).collect();
    if let Some(other) = entries.iter().find(|p| !ours.contains(*p)) {
        bail!("--out-dir {shown}: {} is not of the dataset; move it away first", other.display());
    }
    Ok(())
}

fn report(manifest: &Manifest, target: &Path) -> Result<()> {
    let items = &manifest.items;
    let lengths = items.iter().map(|e| e.length);
    let (shortest, longest) = (lengths.clone().fold(f32::INFINITY, f32::min), lengths.fold(0.0, f32::max));
    let assumed = items.iter().filter(|e| e.length_assumed).count();
    print(&format!(
        "{}: {} shapes, {shortest:.2} to {longest:.2} m long{}\n",
        target.display(),
        items.len(),
        if assumed > 0 { format!(", {assumed} of the lengths assumed") } else { String::new() }
    ))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        data: DataArgs,
    }

    fn data(args: &[&str]) -> Result<()> {
        run(&Program::try_parse_from([&["data"], args].concat())?.data)
    }

    #[test]
    fn generate_refuses_replaces_and_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("new/set");
        let out = out.to_str().unwrap();
        data(&["generate", "--count", "3", "--seed", "5", "--out-dir", out]).unwrap();
        let read = dataset::read(Path::new(out)).unwrap();
        let shapes: Vec<_> = read.items.into_iter().map(|i| i.shape).collect();
        assert_eq!(shapes, dataset::procedural(3, 5));
        let again = data(&["generate", "--count", "2", "--out-dir", out]).unwrap_err().to_string();
        assert!(again.contains("not empty") && again.contains("--force"), "{again}");
        data(&["generate", "--count", "2", "--out-dir", out, "--force"]).unwrap();
        assert_eq!(dataset::read(Path::new(out)).unwrap().items.len(), 2);
        fs::write(Path::new(out).join("thesis.txt"), "mine").unwrap();
        assert!(
            data(&["generate", "--count", "2", "--out-dir", out, "--force"])
                .unwrap_err()
                .to_string()
                .contains("thesis.txt")
        );
        // Nothing temporary is left beside it.
        assert_eq!(fs::read_dir(folder.path().join("new")).unwrap().count(), 1);
    }

    #[test]
    fn import_turns_upright_and_leaves_nothing_after_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("in");
        fs::create_dir(&source).unwrap();
        // A blade along x, thin along y, its hilt (the thick end) at +x.
        let obj = "v -2 0 -0.1\nv -2 0 0.1\nv 1 0.02 -0.1\nv 1 -0.02 0.1\nv 2 0.1 0\nv 2 -0.1 0\nf 1 2 4 3\nf 3 4 6 5\nf 4 3 5 6\n";
        fs::write(source.join("blade.obj"), obj).unwrap();
        let out = folder.path().join("out");
        let [from, to] = [&source, &out].map(|p| p.to_str().unwrap());
        data(&["import", from, "--out-dir", to, "--length", "0.8", "--orient"]).unwrap();
        let item = &dataset::read(&out).unwrap().items[0];
        assert_eq!((item.shape.name.as_str(), item.shape.length, item.shape.length_assumed), ("blade", 0.8, false));
        let (lo, hi) = item.shape.mesh().bounds().unwrap();
        assert!((hi[1] - lo[1] - 0.8).abs() < 1e-6);
        assert!(item.shape.grip.unwrap()[1] < 0.0);

        fs::write(source.join("broken.glb"), "glTF").unwrap();
        let other = folder.path().join("other");
        let error = data(&["import", from, "--out-dir", other.to_str().unwrap()]).unwrap_err().to_string();
        assert!(error.contains("broken.glb"), "{error}");
        assert!(!other.exists() && fs::read_dir(folder.path()).unwrap().count() == 2);
        assert!(data(&["import", from, "--out-dir", to, "--length", "-1"]).is_err());
        assert!(data(&["import", "missing.obj", "--out-dir", other.to_str().unwrap()]).is_err());
    }
}
