//! Work in the background: whatever takes longer than a frame or touches the disk. No Bevy.
//!
//! Imports and exports are done in order and none is dropped; figures about the shape are decoded at a coarse grid,
//! where only the newest design counts.

mod figures;
mod files;
mod film;
mod gallery;
mod gamepad;
mod keep;
mod latest;
mod measure;
mod open;
mod own;
mod patches;
mod picture;
mod queue;
mod settle;
mod thumbnails;
mod training;
mod trial;
mod write;

use std::sync::Arc;

use figures::Figures;
use files::Files;
pub use film::{FilmOutcome, FilmRequest, Films, Shot};
pub use gallery::{GalleryJobs, last_session};
pub use gamepad::Gamepads;
pub use latest::{Latest, Wake};
use measure::Measuring;
pub use open::{OpenFileError, Opened, ShapeError, open, probe};
use own::Fitting;
pub use patches::measure as measure_patches;
pub use picture::{PictureError, write_png};
pub use queue::{Queue, guarded};
use settle::Settling;
use training::Trainings;
use trial::Trials;
pub use write::{WriteGlbError, Written, free_name, kept, whereabouts, write_glb, write_ready};

use super::state::{Command, Explorer};
use crate::forge::Forge;

/// The explorer's background workers.
pub struct Jobs {
    forge: Arc<Forge>,
    files: Files,
    fitting: Fitting,
    trainings: Trainings,
    figures: Figures,
    measuring: Measuring,
    settling: Settling,
    trials: Trials,
    /// Thumbnails, samples, and what is kept.
    pub gallery: GalleryJobs,
}

impl Jobs {
    /// Starts the workers; `wake` is called whenever a result is ready.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(forge: Arc<Forge>, wake: Wake) -> std::io::Result<Self> {
        let program = std::env::current_exe().unwrap_or_else(|_| "atlasforge".into());
        let (files, trainings) = (Files::start(wake.clone())?, Trainings::start(program, wake.clone())?);
        Self::with(files, trainings, forge, wake)
    }

    /// The same for another model. What is done in order goes on, and so does a training.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn restart(self, forge: Arc<Forge>, wake: Wake) -> std::io::Result<Self> {
        let Self { forge: _, files, trainings, fitting, figures, measuring, settling, trials, gallery } = self;
        // What the old workers still do must not hold up a frame.
        std::thread::spawn(move || drop((fitting, figures, measuring, settling, trials, gallery)));
        Self::with(files, trainings, forge, wake)
    }

    fn with(files: Files, trainings: Trainings, forge: Arc<Forge>, wake: Wake) -> std::io::Result<Self> {
        Ok(Self {
            files,
            trainings,
            fitting: Fitting::start(forge.clone(), wake.clone())?,
            figures: Figures::start(forge.clone(), wake.clone())?,
            measuring: Measuring::start(forge.clone(), wake.clone())?,
            settling: Settling::start(forge.clone(), wake.clone())?,
            trials: Trials::start(forge.clone(), wake.clone())?,
            gallery: GalleryJobs::start(forge.clone(), wake)?,
            forge,
        })
    }

    /// Once a frame, after the panels: starts what they asked for, tells the state what has ended, and gives back the
    /// commands that are not for a worker.
    pub fn update(&mut self, explorer: &mut Explorer) -> Vec<Command> {
        self.files.update(&self.forge, explorer);
        self.trainings.update(explorer);
        self.fitting.update(explorer);
        let mut others = Vec::new();
        for command in explorer.take_commands() {
            let left = self.files.take(command, &self.forge, explorer);
            let left = left.and_then(|command| self.fitting.take(command, explorer));
            let left = left.and_then(|command| self.trainings.take(command));
            others.extend(left.and_then(|command| self.gallery.take(command)));
        }
        self.figures.update(explorer);
        self.measuring.update(explorer);
        self.settling.update(explorer);
        self.trials.update(explorer);
        self.gallery.update(explorer);
        others
    }

    /// A model that was loaded to take this one's place: its name, and it.
    pub fn take_loaded(&mut self) -> Option<(String, Arc<Forge>)> {
        self.files.take_loaded()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::forge::game::Surface;
    use crate::latent::{Axes, Latent};
    use crate::model::checkpoint::{Checkpoint, Encoded, Meta};
    use crate::model::weights::Weights;
    use crate::model::{Activation, Config};
    use crate::viewer::state::{Design, Level, Message, Slot};

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
        assert_eq!(write_glb(&forge, &design, &path).unwrap(), 3 * 2 * 64);
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

    /// An explorer that exports patches: those of a random network enclose nothing.
    fn tiny(forge: &Forge) -> Explorer {
        let mut explorer = Explorer::of(forge, "tiny");
        explorer.exporting.options.surface = Surface::Patches;
        explorer
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
        let mut explorer = tiny(&forge);
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
        // One that was listed, and whose file is gone when it is wanted again.
        explorer.messages.clear();
        explorer.ask_dropped(good);
        finish(&mut jobs, &mut explorer);
        let Message { level, text } = &explorer.messages[0];
        assert!(*level == Level::Error && text.contains("other") && text.contains("still in use"), "{text}");
        assert!(jobs.take_loaded().is_none());
    }

    #[test]
    fn a_file_that_waits_while_the_model_changes_is_opened_by_the_new_one() {
        let (old, other, folder) = (forge(1), forge(2), tempfile::tempdir().unwrap());
        let model = folder.path().join("other.safetensors");
        std::fs::write(&model, other.checkpoint().to_bytes().unwrap()).unwrap();
        let mesh = folder.path().join("blade.obj");
        std::fs::write(&mesh, "v 0 0 0\nv 0.1 0 0\nv 0 2 0\nv 0 0 0.1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n").unwrap();
        let mut explorer = tiny(&old);
        let mut jobs = Jobs::start(old, Arc::new(|| {})).unwrap();
        explorer.ask_dropped(model);
        explorer.ask_dropped(mesh.clone());
        explorer.ask(Command::Export { path: folder.path().join("a.glb") });
        let deadline = Instant::now() + Duration::from_secs(30);
        let picked = |e: &Explorer| e.blend.picked(Slot::A).is_some() && e.model.hash == other.checkpoint().hash();
        while !picked(&explorer) || !explorer.working.is_empty() {
            jobs.update(&mut explorer);
            if let Some((name, loaded)) = jobs.take_loaded() {
                explorer.change_model(&loaded, &name);
                jobs = jobs.restart(loaded, Arc::new(|| {})).unwrap();
            }
            assert!(Instant::now() < deadline, "{:?} {:?}", explorer.working, explorer.messages);
            std::thread::sleep(Duration::from_millis(2));
        }
        let subject = other.encode_file(&mesh).unwrap().subject;
        assert_eq!(explorer.blend.picked(Slot::A).unwrap().latent, subject.latent);
        assert!(folder.path().join("a.glb").is_file());
    }

    #[test]
    fn failures_are_messages_that_name_the_file() {
        let (forge, folder) = (forge(1), tempfile::tempdir().unwrap());
        let mut explorer = tiny(&forge);
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
