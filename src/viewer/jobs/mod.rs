//! Work in the background: whatever takes longer than a frame or touches the disk. No Bevy.
//!
//! Imports and exports are done in order and none is dropped; figures about the shape are decoded at a coarse grid,
//! where only the newest design counts.

mod film;
mod gallery;
mod keep;
mod latest;
mod measure;
mod open;
mod own;
mod patches;
mod picture;
mod queue;
mod thumbnails;
mod training;
mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use film::{FilmOutcome, FilmRequest, Films, Shot};
pub use gallery::{GalleryJobs, last_session};
pub use latest::{Latest, Wake};
use measure::Measuring;
pub use open::{OpenFileError, Opened, ShapeError, open, probe};
pub use own::{Fit, Fitted, Fitting};
pub use picture::{PictureError, write_png};
pub use queue::{Queue, guarded};
pub use training::{Ask, Told, Trainings};
pub use write::{WriteGlbError, Written, free_name, kept, write_dressed, write_glb};

use super::panels::grouped;
use super::state::{Command, Design, Explorer, Look, Origin, Own, Pane, PatchFiguresOf, Refining, Slot, Source};
use crate::forge::Forge;
use crate::latent::Latent;
use crate::mesh::Vec3;
use crate::model::library::{self, Listed};
use crate::shapes::placement::to_unit_ball;
use crate::template::Template;

/// Points along a patch's side for figures: enough for a size, quick enough for every drag.
const COARSE: usize = 8;

/// A job that must not be dropped.
enum Request {
    Open { path: PathBuf, slot: Slot },
    Write { path: PathBuf, design: Design, look: Box<Look> },
    ListModels,
    Load(Listed),
}

/// What became of it.
enum Outcome {
    Opened(Slot, Box<Opened>),
    Written {
        /// The name that was asked for.
        wanted: PathBuf,
        written: Written,
    },
    Listed(Vec<Listed>),
    Loaded(String, Arc<Forge>),
    /// The sentence for the user.
    Failed(String),
}

/// The explorer's background workers.
pub struct Jobs {
    files: Queue<Request, Outcome>,
    fitting: Fitting,
    trainings: Trainings,
    patches: Latest<Latent, Result<PatchFiguresOf, String>>,
    sizes: Latest<Design, Result<Vec3, String>>,
    /// Whose patches were measured.
    patched: Option<Latent>,
    /// Thumbnails, samples, and what is kept.
    pub gallery: GalleryJobs,
    measured: Option<(Latent, Option<f32>)>,
    measuring: Measuring,
    loaded: Option<(String, Arc<Forge>)>,
}

impl Jobs {
    /// Starts the workers; `wake` is called whenever a result is ready.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(forge: Arc<Forge>, wake: Wake) -> std::io::Result<Self> {
        let program = std::env::current_exe().unwrap_or_else(|_| "atlasforge".into());
        let trainings = Trainings::start(program, wake.clone())?;
        Self::with(trainings, forge, wake)
    }

    /// The same for another model; a training that goes on, goes on.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn restart(self, forge: Arc<Forge>, wake: Wake) -> std::io::Result<Self> {
        let Self { trainings, files, fitting, patches, sizes, gallery, measuring, .. } = self;
        // What the old workers still write must not hold up a frame.
        std::thread::spawn(move || drop((files, fitting, patches, sizes, gallery, measuring)));
        Self::with(trainings, forge, wake)
    }

    fn with(trainings: Trainings, forge: Arc<Forge>, wake: Wake) -> std::io::Result<Self> {
        let (sizing, measuring) = (forge.clone(), forge.clone());
        Ok(Self {
            trainings,
            fitting: Fitting::start(forge.clone(), wake.clone())?,
            measuring: Measuring::start(forge.clone(), wake.clone())?,
            gallery: GalleryJobs::start(forge.clone(), wake.clone())?,
            files: Queue::start("files", wake.clone(), move |request| run(&forge, request))?,
            patches: Latest::start("patches", wake.clone(), move |latent| {
                guarded(|| patches::measure(&measuring, &latent).map_err(|why| why.to_string())).flatten()
            })?,
            sizes: Latest::start("sizes", wake, move |design| {
                guarded(|| size(&sizing, &design).map_err(|why| why.to_string())).flatten()
            })?,
            patched: None,
            measured: None,
            loaded: None,
        })
    }

    /// Once a frame, after the panels: starts what they asked for, tells the state what has ended, and gives back the
    /// commands that are not for a worker.
    pub fn update(&mut self, explorer: &mut Explorer) -> Vec<Command> {
        for outcome in self.files.results() {
            let outcome = outcome.unwrap_or_else(|bug| Outcome::Failed(format!("A job broke off: {bug}. Try again.")));
            if !matches!(outcome, Outcome::Listed(_)) && !explorer.working.is_empty() {
                explorer.working.remove(0);
            }
            match outcome {
                Outcome::Loaded(name, forge) => self.loaded = Some((name, forge)),
                other => receive(explorer, other),
            }
        }
        for told in self.trainings.told() {
            explorer.hear(told);
        }
        let (fitted, failures) = self.fitting.reports();
        if let Some(fitted) = fitted {
            explorer.take_fit(fitted);
        }
        for why in failures {
            explorer.error(format!("Your mesh can't be fitted: {why}. Turn it, or open another."));
        }
        let mut others = Vec::new();
        for command in explorer.take_commands() {
            match command {
                Command::Export { path } => {
                    explorer.working.push(format!("Writing {}", name(&path)));
                    self.files.submit(Request::Write {
                        path,
                        design: explorer.design(),
                        look: Box::new(explorer.look.clone()),
                    });
                }
                Command::Import { path, slot } => {
                    explorer.working.push(format!("Opening {}", name(&path)));
                    self.files.submit(Request::Open { path, slot });
                }
                Command::Turn => {
                    if let Some(own) = &explorer.own {
                        self.fitting.submit(Fit::Encode { mesh: own.mesh.clone(), turn: own.turn });
                    }
                }
                Command::Refine => {
                    if let Some(latent) = explorer.own.as_ref().and_then(|own| explorer.latent_of(own))
                        && let Some(own) = &mut explorer.own
                    {
                        let now = own.closeness.map_or(0.0, |c| c.chamfer);
                        own.refining = Some(Refining { share: 0.0, from: now, now });
                        self.fitting.submit(Fit::Refine { placed: own.placed.clone(), latent });
                    }
                }
                Command::StopRefining => self.fitting.cancel(),
                Command::ListRuns => self.trainings.submit(Ask::List),
                Command::WatchRun(folder) => self.trainings.submit(Ask::Watch(folder)),
                Command::Train(recipe) => self.trainings.submit(Ask::Start(recipe)),
                Command::StopTraining => self.trainings.submit(Ask::Stop),
                Command::ListModels => self.files.submit(Request::ListModels),
                Command::Load(model) => {
                    explorer.working.push(format!("Loading the model {}", model.name));
                    self.files.submit(Request::Load(model));
                }
                other => others.extend(self.gallery.take(other)),
            }
        }
        // Only while somebody looks at them; of what is seen, which the map's pointer may have chosen.
        let looked_at = explorer.layout.shows(Pane::Patches) || !explorer.patches.is_plain();
        let seen = explorer.seen().0;
        if looked_at && self.patched.as_ref() != Some(seen) {
            self.patches.submit(seen.clone());
            self.patched = Some(seen.clone());
        }
        if let Some(figures) = self.patches.newest() {
            // What can't be measured can't be shown either, which the sizes' worker says.
            explorer.patches.figures = figures.ok();
        }
        self.measuring.update(explorer);
        self.gallery.update(explorer);
        let measured = (explorer.latent.clone(), explorer.length);
        if self.measured.as_ref() != Some(&measured) {
            self.measured = Some(measured);
            self.sizes.submit(explorer.design());
        }
        if let Some(size) = self.sizes.newest() {
            explorer.stats.size = size.as_ref().ok().copied();
            if let Err(why) = size {
                explorer.error(format!("This shape can't be shown: {why}. Reset leads back."));
            }
        }
        others
    }
}

impl Jobs {
    /// A model that was loaded to take this one's place: its name, and it.
    pub fn take_loaded(&mut self) -> Option<(String, Arc<Forge>)> {
        self.loaded.take()
    }
}

fn run(forge: &Forge, request: Request) -> Outcome {
    match request {
        Request::Open { path, slot } => match open(forge, &path) {
            Ok(opened) => Outcome::Opened(slot, Box::new(opened)),
            Err(why) => Outcome::Failed(why.to_string()),
        },
        Request::Write { path: wanted, design, look } => {
            match write_dressed(forge, &design, &look, &free_name(&wanted)) {
                Ok(written) => Outcome::Written { wanted, written },
                Err(why) => Outcome::Failed(why.to_string()),
            }
        }
        Request::ListModels => Outcome::Listed(library::list(&library::folders())),
        Request::Load(model) => match load(&model) {
            Ok(forge) => Outcome::Loaded(model.name, Arc::new(forge)),
            Err(why) => Outcome::Failed(format!("{why} The model before is still in use.")),
        },
    }
}

/// Reads a model and tries it: one that gives no shape must not take the place of one that does.
fn load(model: &Listed) -> Result<Forge, String> {
    let sentence = |why: &dyn std::fmt::Display| format!("The model {} can't be used: {why}.", model.name);
    let forge = Forge::new(model.read().map_err(|why| sentence(&why))?).map_err(|why| sentence(&why))?;
    probe(&forge, &forge.mean()).map_err(|why| sentence(&why))?;
    Ok(forge)
}

fn receive(explorer: &mut Explorer, outcome: Outcome) {
    match outcome {
        Outcome::Opened(slot, opened) => explorer.take_in(slot, *opened),
        Outcome::Written { wanted, written: Written { path, bytes, triangles } } => explorer.info(format!(
            "Wrote {}: {} kB, {} triangles{}",
            path.display(),
            grouped(bytes.div_ceil(1000)),
            grouped(triangles),
            kept(&wanted, &path)
        )),
        Outcome::Listed(models) => explorer.models = models,
        Outcome::Loaded(..) => (),
        Outcome::Failed(why) => explorer.error(why),
    }
}

impl Explorer {
    /// Picks an opened file as A or B; an export of ours is shown exactly as it was saved.
    pub fn take_in(&mut self, slot: Slot, opened: Opened) {
        let Opened { source, design, mesh, note } = opened;
        self.info(match &note {
            Some(note) => note.clone(),
            None => format!("Opened {} as {}", source.name, slot.name()),
        });
        if let Some(mesh) = mesh {
            let placed = to_unit_ball(&mesh).0;
            self.own = Some(Own::new(&source.name, slot, mesh, placed));
            self.layout.open(Pane::Own);
            self.ask(Command::Turn);
            self.ask(Command::FrameView);
        }
        self.add_import(slot, source);
        if let Some(design) = design {
            self.show(design);
        }
    }
}

impl Explorer {
    /// What a training run has to tell.
    fn hear(&mut self, told: Told) {
        let training = &mut self.training;
        match told {
            Told::Found { recipes, runs } => (training.recipes, training.runs) = (recipes, runs),
            Told::Run(run) => {
                let wanted = |stamp| training.in_view && training.brought != Some(stamp);
                if let Some((path, stamp)) = run.model.clone().filter(|(_, stamp)| wanted(*stamp)) {
                    training.brought = Some(stamp);
                    let name = format!("{} at step {}", run.name(), run.validations.last().map_or(0, |v| v.step));
                    self.ask(Command::Load(Listed { name, path: Some(path) }));
                }
                self.training.watched = Some(*run);
            }
            Told::Started(folder) => training.started = Some(folder),
            Told::Said(line) => training.said = line,
            Told::Ended(how) => {
                let folder = training.started.take().unwrap_or_default();
                training.said.clear();
                match how {
                    Ok(()) => self.info(format!("The training in {} has ended.", folder.display())),
                    Err(why) => self.error(format!("The training in {} broke off: {why}", folder.display())),
                }
            }
            Told::Failed(why) => self.error(why),
        }
    }

    /// The latent that an own mesh stands with among the shapes.
    fn latent_of(&self, own: &Own) -> Option<Latent> {
        let mut sources = self.blend.sources.iter();
        Some(sources.find(|s| s.origin == Origin::Imported && s.name == own.name)?.latent.clone())
    }

    /// Takes over what the model makes of the own mesh; one that was put away meanwhile stays away.
    fn take_fit(&mut self, fitted: Fitted) {
        let Some(own) = &mut self.own else { return };
        let Fitted { placed, latent, own_length, closeness, refining } = fitted;
        let over = own.refining.is_some() && refining.is_none();
        let from = own.refining.map_or(closeness.chamfer, |r| r.from);
        (own.placed, own.closeness, own.refining) = (placed, Some(closeness), refining);
        let (name, slot) = (own.name.clone(), own.slot);
        if over {
            let gain = 100.0 * (1.0 - closeness.chamfer / from.max(f32::MIN_POSITIVE));
            self.info(format!("{name} refined: {gain:.0} % closer, chamfer x 1000 {:.3}.", 1000.0 * closeness.chamfer));
        }
        let known = self.blend.sources.iter().find(|s| s.origin == Origin::Imported && s.name == name);
        if known.is_none_or(|s| s.latent != latent) {
            self.add_import(slot, Source { name, origin: Origin::Imported, latent, length: None, own_length });
        }
    }
}

/// Width, length and thickness of a design in metres: X, Y, Z of a sword; X, Z, Y of a plane.
///
/// # Errors
/// When it gives nothing to look at.
fn size(forge: &Forge, design: &Design) -> Result<Vec3, ShapeError> {
    probe(forge, &design.latent)?;
    let mesh = forge.decode(&design.latent, design.length, &Template::grid(COARSE))?;
    let (low, high) = mesh.bounds().unwrap_or_default();
    let [x, y, z]: Vec3 = std::array::from_fn(|i| high[i] - low[i]);
    Ok(if forge.class().is_sword() { [x, y, z] } else { [x, z, y] })
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::latent::{Axes, Latent};
    use crate::model::checkpoint::{Checkpoint, Encoded, Meta};
    use crate::model::weights::Weights;
    use crate::model::{Activation, Config};
    use crate::viewer::state::Level;

    fn forge(seed: u64) -> Arc<Forge> {
        let config = Config {
            patches: 3,
            latent: 4,
            groups: 1,
            encoder: vec![8, 8],
            encoder_head: vec![],
            decoder: vec![8],
            activation: Activation::Softplus,
            batch_norm: false,
            tanh: false,
            axis_scale: [1.0, 1.0, 1.0],
            posterior: Default::default(),
        };
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let latents: Vec<Latent> = (0..9).map(|_| Latent::prior(1, 4, &mut rng)).collect();
        let encoded = |(i, latent): (usize, &Latent)| Encoded {
            name: format!("sword-{i}"),
            kind: "procedural".into(),
            latent: latent.clone(),
            length: 1.0,
            length_assumed: true,
        };
        let meta = Meta {
            axes: Axes::fit(&latents),
            signs: vec![1.0, -1.0, 1.0],
            encoded: latents.iter().enumerate().map(encoded).collect(),
            ..Default::default()
        };
        let weights = Weights::init(&config, &mut rng).unwrap();
        Arc::new(Forge::new(Checkpoint { config, meta, weights }).unwrap())
    }

    fn design(forge: &Forge) -> Design {
        Design { latent: forge.sample(&mut ChaCha8Rng::seed_from_u64(5)), length: Some(0.777), grid: 9 }
    }

    #[test]
    fn an_export_opens_again_as_the_same_design() {
        let (forge, folder) = (forge(1), tempfile::tempdir().unwrap());
        let path = folder.path().join("new/blade.glb");
        let design = design(&forge);
        let written = write_glb(&forge, &design, &path).unwrap();
        assert_eq!((written.triangles, written.bytes), (3 * 2 * 64, std::fs::read(&path).unwrap().len()));
        let opened = open(&forge, &path).unwrap();
        assert_eq!((opened.design.as_ref(), opened.note), (Some(&design), None));
        assert_eq!((opened.source.name.as_str(), &opened.source.latent), ("blade.glb", &design.latent));
        let own = Design { length: None, ..design };
        write_glb(&forge, &own, &path).unwrap();
        assert_eq!(open(&forge, &path).unwrap().design, Some(own));
    }

    #[test]
    fn an_export_of_another_model_is_encoded_and_said_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blade.glb");
        let other = forge(1);
        write_glb(&other, &design(&other), &path).unwrap();
        let opened = open(&forge(2), &path).unwrap();
        assert!(opened.design.is_none() && opened.note.unwrap().contains("another model"));
    }

    #[test]
    fn a_latent_far_outside_is_never_shown_in_silence() {
        let (forge, folder) = (forge(1), tempfile::tempdir().unwrap());
        let path = folder.path().join("far.glb");
        let before = Explorer::of(&forge, "tiny").design();
        for huge in [1e6, 1e30] {
            let latent = Latent::new(1, 4, vec![huge; 4]).unwrap();
            // An asset of a far latent is refused as well: one of ours is bent instead.
            let bytes = forge.asset(&crate::forge::Subject::new("far", before.latent.clone())).unwrap().bytes;
            std::fs::write(&path, bent(&bytes, huge)).unwrap();
            // The file's latent is refused; what its surface encodes to is shown instead, and said so.
            let opened = open(&forge, &path).unwrap();
            let note = opened.note.unwrap();
            assert!(note.contains("far.glb") && note.contains("its surface was encoded"), "{note}");
            assert!(opened.design.is_none() && opened.source.latent.values().iter().all(|x| x.abs() < 1e3));

            let mut explorer = Explorer::of(&forge, "tiny");
            let mut jobs = Jobs::start(forge.clone(), Arc::new(|| {})).unwrap();
            explorer.ask(Command::Import { path: path.clone(), slot: Slot::A });
            finish(&mut jobs, &mut explorer);
            assert!(explorer.messages[0].text.contains("far.glb"), "{:?}", explorer.messages);
            // A latent that came by another way, as from the command line.
            explorer.latent = latent;
            let deadline = Instant::now() + Duration::from_secs(30);
            let told = |e: &Explorer| e.messages.iter().any(|m| m.text.contains("can't be shown"));
            while !told(&explorer) && Instant::now() < deadline {
                jobs.update(&mut explorer);
                std::thread::sleep(Duration::from_millis(2));
            }
            assert!(told(&explorer), "{:?}", explorer.messages);
            assert_eq!(explorer.stats.size, None);
        }
    }

    /// The GLB with all numbers of its latent replaced.
    fn bent(glb: &[u8], value: f32) -> Vec<u8> {
        let length = u32::from_le_bytes(glb[12..16].try_into().unwrap()) as usize;
        let mut json: serde_json::Value = serde_json::from_slice(&glb[20..20 + length]).unwrap();
        bend(&mut json, value);
        let mut text = json.to_string().into_bytes();
        text.resize(text.len().next_multiple_of(4), b' ');
        let rest = &glb[20 + length..];
        let total = (20 + text.len() + rest.len()) as u32;
        let head = [&glb[..8], &total.to_le_bytes(), &(text.len() as u32).to_le_bytes(), &glb[16..20]].concat();
        [&head[..], &text, rest].concat()
    }

    fn bend(json: &mut serde_json::Value, value: f32) {
        if let Some(numbers) = json.pointer_mut("/latent/values").and_then(|v| v.as_array_mut()) {
            numbers.fill(value.into());
        }
        match json {
            serde_json::Value::Object(fields) => fields.values_mut().for_each(|v| bend(v, value)),
            serde_json::Value::Array(items) => items.iter_mut().for_each(|v| bend(v, value)),
            _ => (),
        }
    }

    /// Runs frames until no job is left.
    fn finish(jobs: &mut Jobs, explorer: &mut Explorer) {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            jobs.update(explorer);
            if explorer.working.is_empty() && explorer.stats.size.is_some() {
                return;
            }
            assert!(Instant::now() < deadline, "the workers never ended");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    #[test]
    fn commands_become_files_and_messages() {
        let (forge, folder) = (forge(1), tempfile::tempdir().unwrap());
        let mut explorer = Explorer::of(&forge, "tiny");
        let mut jobs = Jobs::start(forge.clone(), Arc::new(|| {})).unwrap();
        let path = folder.path().join("a.glb");
        explorer.ask(Command::FrameView);
        explorer.ask(Command::Export { path: path.clone() });
        assert_eq!(jobs.update(&mut explorer), [Command::FrameView]);
        assert_eq!(explorer.working, ["Writing a.glb"]);
        finish(&mut jobs, &mut explorer);
        assert!(explorer.messages[0].text.contains("a.glb") && explorer.messages[0].level == Level::Info);
        // The same name again leaves the first file alone.
        let first = std::fs::read(&path).unwrap();
        explorer.latent = forge.sample(&mut ChaCha8Rng::seed_from_u64(8));
        explorer.ask(Command::Export { path: path.clone() });
        jobs.update(&mut explorer);
        finish(&mut jobs, &mut explorer);
        assert_eq!(std::fs::read(&path).unwrap(), first);
        assert!(folder.path().join("a-2.glb").is_file() && explorer.messages[1].text.ends_with("; a.glb was kept"));
        explorer.reset();
        explorer.randomise();
        explorer.settle(&forge);
        let random = explorer.latent.clone();
        assert_eq!(random, forge.sample(&mut ChaCha8Rng::seed_from_u64(1)));
        explorer.ask(Command::Import { path, slot: Slot::B });
        finish(&mut jobs, &mut explorer);
        assert_eq!(explorer.blend.picked(Slot::B).unwrap().name, "a.glb");
        assert_eq!(explorer.latent, forge.mean());
        let size = explorer.stats.size.unwrap();
        assert!(size.iter().all(|x| x.is_finite() && *x > 0.0), "{size:?}");
    }

    #[test]
    fn another_model_is_loaded_and_a_wrong_file_is_refused_with_its_reason() {
        let (old, other, folder) = (forge(1), forge(2), tempfile::tempdir().unwrap());
        let good = folder.path().join("other.safetensors");
        std::fs::write(&good, other.checkpoint().to_bytes().unwrap()).unwrap();
        let bad = folder.path().join("bad.safetensors");
        std::fs::write(&bad, "no model").unwrap();
        let mut explorer = Explorer::of(&old, "tiny");
        explorer.tint = true;
        let mut jobs = Jobs::start(old.clone(), Arc::new(|| {})).unwrap();
        explorer.ask_dropped(bad);
        finish(&mut jobs, &mut explorer);
        assert!(explorer.messages[0].text.contains("bad") && explorer.messages[0].level == Level::Error);
        assert!(jobs.take_loaded().is_none());
        explorer.ask_dropped(good.clone());
        jobs.update(&mut explorer);
        // A model that is deleted while it is in use is in memory all the same.
        finish(&mut jobs, &mut explorer);
        std::fs::remove_file(&good).unwrap();
        let (name, loaded) = jobs.take_loaded().expect("a model");
        explorer.change_model(&loaded, &name);
        assert_eq!((explorer.model.name.as_str(), &explorer.model.hash), ("other", &other.checkpoint().hash()));
        assert!(explorer.tint && explorer.latent == other.mean());
        explorer.ask(Command::ListModels);
        jobs.update(&mut explorer);
        let deadline = Instant::now() + Duration::from_secs(30);
        while explorer.models.is_empty() && Instant::now() < deadline {
            jobs.update(&mut explorer);
            std::thread::sleep(Duration::from_millis(2));
        }
        assert!(explorer.models.iter().any(|m| m.name == "sword"), "{:?}", explorer.models);
    }

    #[test]
    fn failures_are_messages_that_name_the_file() {
        let (forge, folder) = (forge(1), tempfile::tempdir().unwrap());
        let mut explorer = Explorer::of(&forge, "tiny");
        let mut jobs = Jobs::start(forge, Arc::new(|| {})).unwrap();
        let before = explorer.design();
        let broken = folder.path().join("broken.obj");
        std::fs::write(&broken, "v 0 0 nan\nf 1 2 3\n").unwrap();
        let missing = folder.path().join("missing.glb");
        explorer.ask(Command::Import { path: broken, slot: Slot::A });
        explorer.ask(Command::Import { path: missing, slot: Slot::A });
        explorer.ask(Command::Export { path: folder.path().into() });
        finish(&mut jobs, &mut explorer);
        let texts: Vec<&str> = explorer.messages.iter().map(|m| m.text.as_str()).collect();
        assert!(texts[0].contains("broken.obj") && texts[1].contains("missing.glb"), "{texts:?}");
        assert!(texts[2].contains(&folder.path().display().to_string()), "{texts:?}");
        assert!(explorer.messages.iter().all(|m| m.level == Level::Error));
        assert_eq!(explorer.design(), before);
    }
}
