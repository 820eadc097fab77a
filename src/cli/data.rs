//! `atlasforge data generate|import`: writes a dataset, whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use super::Interrupted;
use super::interrupt::Interrupt;
use super::output::print;
use crate::class::Class;
use crate::shapes::dataset::{self, Item, Kind, MANIFEST, Manifest};
use crate::shapes::duplicates::{Register, Signature};
use crate::shapes::import::{Format, list_files, read_file, read_mesh};
use crate::shapes::placement::orient;
use crate::shapes::shapenet::{self, Synset};

/// Make a dataset to train on
#[derive(Debug, Args)]
pub struct DataArgs {
    #[command(subcommand)]
    command: DataCommand,
}

#[derive(Debug, Subcommand)]
enum DataCommand {
    /// Write procedural swords or planes
    Generate(GenerateArgs),
    /// Turn mesh files (glb, gltf, obj, ply, stl) or a synset of ShapeNetCore into a dataset
    Import(ImportArgs),
}

#[derive(Debug, Args)]
struct GenerateArgs {
    /// What to make
    #[arg(long, value_enum, default_value_t = KindArg::Sword)]
    kind: KindArg,
    /// How many
    #[arg(long, default_value_t = 3000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    count: u32,
    /// Seed; shape i depends on the seed and i only
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    out: OutArgs,
}

/// [`Class`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum KindArg {
    Sword,
    /// Airplanes, nose +Z, up +Y; their length is along Z
    Plane,
}

impl KindArg {
    fn class(self) -> Class {
        match self {
            Self::Sword => Class::Sword,
            Self::Plane => Class::Plane,
        }
    }
}

#[derive(Debug, Args)]
struct ImportArgs {
    /// Mesh files, or folders of them
    #[arg(required = true, value_name = "FILE|DIR")]
    inputs: Vec<PathBuf>,
    /// What the meshes are [default: by the subclass in a manifest.csv or the synset, else swords]
    #[arg(long, value_enum)]
    kind: Option<KindArg>,
    /// Overall length of every shape in metres [default: assumed by the subclass in a manifest.csv, else 1 m]
    #[arg(long, value_name = "METRES", value_parser = positive)]
    length: Option<f32>,
    /// Leave out files that can't be read, with a warning, instead of stopping at the first
    #[arg(long)]
    skip_broken: bool,
    /// Turn each sword upright: longest axis to Y, thinnest to Z, tip up. Without it the files must lie so already
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
    let class = args.kind.class();
    let interrupt = Interrupt::watch();
    let bar = bar(args.count as usize, class.plural());
    let entries: Result<Vec<_>> = (0..args.count as usize)
        .into_par_iter()
        .map(|i| {
            interrupt.check().map_err(|_| stopped())?;
            folder.write(&Item { shape: dataset::generated_item(class, i, args.seed), kind: Kind::Procedural })
        })
        .inspect(|_| bar.inc(1))
        .collect();
    bar.finish_and_clear();
    folder.finish(Manifest::new(entries?))
}

/// Points of a cloud without faces, at least.
const FEWEST: usize = 100;

/// A mesh file to import.
struct Source {
    name: String,
    file: PathBuf,
    /// What its synset says, where it is of ShapeNet.
    shapenet: Option<Class>,
}

fn import(args: &ImportArgs) -> Result<()> {
    let sources = sources(&args.inputs)?;
    let mut names = std::collections::BTreeMap::new();
    for Source { name, file, .. } in &sources {
        if let Some(other) = names.insert(name, file) {
            bail!("{} and {} would get the same name; rename one of them", other.display(), file.display());
        }
    }
    if args.orient && args.kind == Some(KindArg::Plane) {
        bail!("--orient sets swords upright; turn planes yourself, nose +Z and up +Y");
    }
    let folder = Staged::new(&args.out)?;
    let interrupt = Interrupt::watch();
    let bar = bar(sources.len(), "meshes");
    // What can't be read may be left out; what can't be written is the end.
    let written = |(item, signature): (Item, Signature)| {
        interrupt.check().map_err(|_| stopped())?;
        Ok::<_, anyhow::Error>((folder.write(&item)?, signature))
    };
    let read = sources.par_iter().map(|source| source.read(args).map(written)).inspect(|_| bar.inc(1));
    let read: Vec<Result<Result<(dataset::Entry, Signature)>>> = read.collect();
    bar.finish_and_clear();
    let mut entries = Vec::new();
    let mut register = Register::default();
    let (mut broken, mut first) = (0, None);
    for read in read {
        match read {
            Err(error) if args.skip_broken => {
                eprintln!("atlasforge: left out: {error:#}");
                broken += 1;
                first.get_or_insert(error);
            }
            Err(error) => bail!("{error:#}; or leave such files out with --skip-broken"),
            Ok(Err(unwritten)) => return Err(unwritten),
            Ok(Ok((entry, signature))) => match register.enter(&entry.name, signature) {
                None => entries.push(entry),
                Some(same) => {
                    eprintln!("atlasforge: left out '{}': the same geometry as '{same}'", entry.name);
                    folder.remove(&entry.file)?;
                }
            },
        }
    }
    match first {
        Some(first) if entries.is_empty() => Err(first.context(format!("none of the {broken} meshes can be read"))),
        _ => folder.finish(Manifest::new(entries)),
    }
}

/// What Ctrl-C makes of a dataset.
fn stopped() -> Interrupted {
    Interrupted { hint: "no dataset was written".to_owned() }
}

/// The mesh files that the command line means.
fn sources(inputs: &[PathBuf]) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for input in inputs {
        if !input.is_dir() {
            sources.push(Source { name: name_of(input)?, file: input.clone(), shapenet: None });
        } else if let Some(synset) = Synset::find(input)? {
            let class = synset.class();
            let source = |(name, file)| Source { name, file, shapenet: Some(class) };
            sources.extend(synset.models.into_iter().map(source));
        } else {
            let before = sources.len();
            for file in list_files(input)?.into_iter().filter(|p| Format::of_name(p).is_some()) {
                sources.push(Source { name: name_of(&file)?, file, shapenet: None });
            }
            let folders = std::fs::read_dir(input)?.filter_map(Result::ok).filter(|e| e.path().is_dir()).count();
            if folders > 0 {
                let shown = input.display();
                eprintln!(
                    "atlasforge: {folders} folders in '{shown}' are not looked into; name them beside it if they hold meshes"
                );
            }
            if sources.len() == before {
                bail!("{}: there is no mesh file (glb, gltf, obj, ply, stl) in this folder", input.display());
            }
        }
    }
    Ok(sources)
}

impl Source {
    /// Reads the mesh as a shape of the dataset.
    fn read(&self, args: &ImportArgs) -> Result<(Item, Signature)> {
        let Self { name, file, shapenet } = self;
        let mesh = if shapenet.is_some() { shapenet::bounded(shapenet::read_model(file)?) } else { read_mesh(file)? };
        let points = mesh.positions.len();
        if mesh.triangles.is_empty() && points < FEWEST {
            bail!(
                "{}: it has no faces, and {points} points are no cloud of a shape; {FEWEST} at least are",
                file.display()
            );
        }
        let subclasses = dataset::read_subclasses(file.parent().unwrap_or(Path::new("")))?;
        let subclass = subclasses.get(name).map_or("", String::as_str);
        let class = args.kind.map(KindArg::class).or(*shapenet).unwrap_or(dataset::class_of(subclass));
        let mesh = if args.orient && class.is_sword() { orient(&mesh) } else { mesh };
        let subclass = if class.is_sword() { subclass } else { class.noun() };
        let length = args.length.unwrap_or(dataset::assumed_length(subclass));
        let shape = dataset::imported_as(class, name, &mesh, length, args.length.is_none());
        let signature = Signature::of(&mesh);
        Ok((Item { shape, kind: Kind::Real }, signature))
    }
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

    /// Takes one back.
    fn remove(&self, name: &str) -> Result<()> {
        let path = self.folder.path().join(name);
        fs::remove_file(&path).with_context(|| format!("{}: can't be removed", path.display()))
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
    use crate::shapes::Shape;

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
    fn planes_are_generated_and_imported_along_z() {
        let folder = tempfile::tempdir().unwrap();
        let [made, real] = ["made", "real"].map(|n| folder.path().join(n).to_str().unwrap().to_owned());
        data(&["generate", "--kind", "plane", "--count", "2", "--out-dir", &made]).unwrap();
        let shapes: Vec<_> = dataset::read(Path::new(&made)).unwrap().items.into_iter().map(|i| i.shape).collect();
        // Of what was lofted a dataset keeps nothing: its parts are what is learnt from.
        let made_of = |shape: Shape| Shape { bodies: Vec::new(), ..shape };
        assert_eq!(shapes, dataset::generated(Class::Plane, 2, 0).into_iter().map(made_of).collect::<Vec<_>>());
        let from = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/meshes/planes/skfb_grob_astir.glb");
        data(&["import", from, "--out-dir", &real, "--length", "6.5"]).unwrap();
        let item = &dataset::read(Path::new(&real)).unwrap().items[0];
        let (low, high) = item.shape.mesh().bounds().unwrap();
        assert!(
            (high[2] - low[2] - 6.5).abs() < 1e-4 && item.shape.grip.is_none(),
            "the manifest says that it is a plane"
        );
        let error = data(&["import", from, "--kind", "plane", "--orient", "--out-dir", &made, "--force"]).unwrap_err();
        assert!(error.to_string().contains("--orient"));
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
        assert!(error.contains("--skip-broken"), "{error}");
        fs::write(source.join("copy.obj"), obj.replace("-2 0", "-2.0 0")).unwrap();
        data(&["import", from, "--out-dir", other.to_str().unwrap(), "--skip-broken"]).unwrap();
        let kept = dataset::read(&other).unwrap().items;
        assert_eq!(kept.iter().map(|i| i.shape.name.as_str()).collect::<Vec<_>>(), ["blade"], "the copy is left out");
        assert!(!other.join("copy.ply").exists());
        let none = folder.path().join("none");
        let (bad, none) = (source.join("broken.glb"), none.to_str().unwrap());
        let error =
            format!("{:#}", data(&["import", bad.to_str().unwrap(), "--out-dir", none, "--skip-broken"]).unwrap_err());
        assert!(error.contains("none of the 1 meshes") && error.contains("broken.glb"), "{error}");
        assert!(data(&["import", from, "--out-dir", to, "--length", "-1"]).is_err());
        assert!(data(&["import", "missing.obj", "--out-dir", other.to_str().unwrap()]).is_err());
    }
}
