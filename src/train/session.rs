//! One run from its recipe to its model, across as many processes as it takes: data, steps, validations, states, report.
//!
//! What a step does depends on the recipe and the step's number alone, so a run that was killed and resumed ends in the
//! same model file, byte for byte, as one that was left alone, but for the card's field of times and machines.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::card::card;
use super::data::TrainingSet;
use super::finish::finish;
use super::load::load;
use super::log::Line;
use super::progress::Progress;
use super::recipe::Recipe;
use super::report;
use super::run::{BEST, CURVES, LAST, RECONSTRUCTIONS, RunError, RunFolder, STATE, machine, now};
use super::state::{State, StateError};
use super::trainer::{StepMetrics, TrainError, Trainer, Validation};
use super::transfer::{self, Origin};
use crate::forge::{Forge, ForgeError};
use crate::model::checkpoint::{Checkpoint, CheckpointError, Encoded};
use crate::shapes::dataset::DatasetError;

/// How a session ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The run is complete; `already` when an earlier session had completed it.
    Finished { model: PathBuf, validation: Option<Validation>, already: bool },
    /// It was asked to stop, and saved its state after `step` steps.
    Stopped { step: u64, steps: u64 },
}

/// Why a session ended early.
#[derive(Debug, Error)]
pub enum SessionError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Data(#[from] DatasetError),
    #[error(transparent)]
    Train(#[from] TrainError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(
        "training diverged in step {step}: the network gives numbers that are not finite; lower train.learning_rate or \
         lengthen train.warmup in the recipe and give another --run. The last good model is '{model}', of step {good}",
        model = model.display()
    )]
    Diverged { step: u64, good: u64, model: PathBuf },
    #[error(
        "the data is not what the run '{path}' began with ({was} shapes then, {is} now, or other names); bring it back, or \
         give another folder with --run", path = path.display()
    )]
    OtherData { path: PathBuf, was: usize, is: usize },
    #[error("can't begin with the model '{name}' of train.init: {why}")]
    Init { name: String, why: String },
    #[error(
        "data.validation_share = {share} holds out all {all} shapes, and none is left to learn from; lower it, or add shapes"
    )]
    AllHeldOut { share: f32, all: usize },
    #[error("data.except: no mesh of data.meshes has a name that begins with '{name}'; mend it, or leave it out")]
    Except { name: String },
    #[error("data.except leaves out every mesh, and nothing is left to learn from; name fewer")]
    AllExcepted,
    #[error("the recipe makes {recipe}, and the model is of {model}; give the recipe that it was trained by")]
    OtherClass { recipe: &'static str, model: &'static str },
    #[error(
        "train.parts: no '{name}' of the data has a piece '{piece}'; name a piece that there is ({known}), or none"
    )]
    Piece { name: String, piece: String, known: String },
    #[error("train.parts: no shape of the data has a part '{name}'; name parts that there are ({known})")]
    Part { name: String, known: String },
}

/// What a state remembers beside the trainer's tensors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Memory {
    best: Option<Validation>,
    latest: Option<Validation>,
    shapes: usize,
    /// CRC-32C of the shapes' names.
    names: u32,
    /// Models and pictures are written.
    finished: bool,
    /// The model that the run began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<Origin>,
    /// The network's unit that the run began with: weights mean nothing in another.
    #[serde(default)]
    axis_scale: Option<[f32; 3]>,
}

/// Finds the model that a recipe's `init` names, or says why it can't.
pub type FindModel<'a> = &'a dyn Fn(&str) -> Result<Checkpoint, String>;

/// Trains by a recipe into `folder`, from where an earlier session stopped. `text` is the recipe as written, for the
/// copy in the folder. When `stop` becomes true, the present step is finished, the state saved, and the call returns.
/// Works in the caller's rayon pool.
///
/// # Errors
/// When folder or data can't be used, or the run diverges; what was saved stays.
pub fn run(
    recipe: &Recipe,
    text: &str,
    folder: &Path,
    stop: &AtomicBool,
    observe: &mut dyn FnMut(&Progress),
) -> Result<Outcome, SessionError> {
    let find = |name: &str| Checkpoint::read(Path::new(name)).map_err(|e| e.to_string());
    run_from(recipe, text, folder, stop, &find, observe)
}

/// As [`run`], which takes a recipe's `init` for a path: here `find` opens it.
///
/// # Errors
/// As [`run`].
pub fn run_from(
    recipe: &Recipe,
    text: &str,
    folder: &Path,
    stop: &AtomicBool,
    find: FindModel,
    observe: &mut dyn FnMut(&Progress),
) -> Result<Outcome, SessionError> {
    let run = RunFolder::open(folder, recipe, text)?;
    let saved = run.state()?;
    let mut memory = Memory::default();
    if let Some(state) = &saved {
        memory = serde_json::from_value(state.json.clone()).map_err(|e| unusable(&run, &e))?;
        if memory.finished && run.has(LAST) {
            return Ok(Outcome::Finished { model: run.file(LAST), validation: memory.latest, already: true });
        }
    }
    let init = origin(recipe, &saved.as_ref().map(|_| &memory), find, observe)?;
    let set = load(recipe, observe)?;
    let (shapes, names) = (set.train.len() + set.validation.len(), fingerprint(&set));
    let mut trainer = Trainer::new(recipe, Arc::new(set))?;
    if let Some(State { step, tensors, .. }) = saved {
        if (shapes, names) != (memory.shapes, memory.names) {
            return Err(SessionError::OtherData { path: folder.to_owned(), was: memory.shapes, is: shapes });
        }
        if let Some(began_with) = memory.axis_scale.or(memory.origin.as_ref().map(|origin| origin.axis_scale)) {
            trainer.set_axis_scale(began_with);
        }
        trainer.restore(step, tensors).map_err(|e| unusable(&run, &e))?;
        if !run.has(BEST) {
            memory.best = None;
        }
    }
    if let Some((name, model)) = init {
        memory.origin = Some(begin_with(&mut trainer, name, &model, observe)?);
    }
    (memory.shapes, memory.names, memory.axis_scale) = (shapes, names, Some(trainer.axis_scale()));
    Session { run, trainer, memory, clock: Instant::now(), before: 0.0, observe }.run(stop)
}

/// The model to begin with. A run that has saved something goes on with its own weights, whatever became of the file; a
/// change of it is told, since the run can't be made again from there.
fn origin<'a>(
    recipe: &'a Recipe,
    saved: &Option<&Memory>,
    find: FindModel,
    observe: &mut dyn FnMut(&Progress),
) -> Result<Option<(&'a str, Checkpoint)>, SessionError> {
    let Some(name) = recipe.train.init.as_deref() else { return Ok(None) };
    let found = find(name);
    let Some(memory) = saved else {
        let model = found.map_err(|why| SessionError::Init { name: name.to_owned(), why })?;
        return Ok(Some((name, model)));
    };
    let same = |model: &Checkpoint| {
        let checksum = transfer::checksum(model).ok();
        memory.origin.as_ref().is_none_or(|o| Some(o.checksum) == checksum)
    };
    if !found.is_ok_and(|model| same(&model)) {
        observe(&Progress::Stage(format!(
            "the model '{name}' is not there any more, or another one; the run goes on with its own weights"
        )));
    }
    Ok(None)
}

/// Transfers the weights, and tells what was taken.
fn begin_with(
    trainer: &mut Trainer,
    name: &str,
    model: &Checkpoint,
    observe: &mut dyn FnMut(&Progress),
) -> Result<Origin, SessionError> {
    let mut report = trainer.begin_with(model, name)?;
    let frozen = &trainer.recipe().train.freeze;
    if !frozen.is_empty() {
        report.notes.push(format!("train.freeze keeps as it is: {}", frozen.join(", ")));
    }
    let loaded = report.loaded();
    if loaded == 0 {
        let why = "none of its tensors has the name and shape of one of the recipe's network; give [model] the sizes that \
                   `atlasforge inspect` shows of it";
        return Err(SessionError::Init { name: name.to_owned(), why: why.to_owned() });
    }
    observe(&Progress::Transferred(report));
    let checksum = transfer::checksum(model).map_err(TrainError::Network)?;
    let (name, hash) = (name.to_owned(), model.hash());
    Ok(Origin { name, hash, checksum, axis_scale: trainer.axis_scale(), loaded })
}

fn unusable(run: &RunFolder, why: &dyn std::fmt::Display) -> RunError {
    RunError::State { path: run.file(STATE), why: why.to_string() }
}

/// CRC-32C of the names on either side of the split.
fn fingerprint(set: &TrainingSet) -> u32 {
    let sides =
        [&set.train, &set.validation].map(|side| side.iter().map(|e| e.name.as_str()).collect::<Vec<_>>().join("\n"));
    crc32c::crc32c(sides.join("\n\n").as_bytes())
}

struct Session<'a> {
    run: RunFolder,
    trainer: Trainer,
    memory: Memory,
    clock: Instant,
    /// Seconds that earlier processes trained.
    before: f64,
    observe: &'a mut dyn FnMut(&Progress),
}

impl Session<'_> {
    fn run(mut self, stop: &AtomicBool) -> Result<Outcome, SessionError> {
        let (step, steps) = (self.trainer.step_count(), self.trainer.recipe().train.steps);
        self.before = self.run.begin(step)?;
        self.clock = Instant::now();
        self.run.record(&Line::Start {
            step,
            steps,
            seconds: self.before,
            time: now() as u64,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            machine: machine(),
            threads: rayon::current_num_threads(),
        })?;
        (self.observe)(&Progress::Start { step, steps });
        let trained = self.train(steps, stop);
        (self.observe)(&Progress::End);
        match trained {
            Ok(true) => self.finish(),
            Ok(false) => Ok(Outcome::Stopped { step: self.trainer.step_count(), steps }),
            Err(error) => Err(match diverged(&error, self.trainer.step_count()) {
                Some(step) => self.give_up(step)?,
                None => error,
            }),
        }
    }

    /// Steps to the end (true) or to `stop` (false).
    fn train(&mut self, steps: u64, stop: &AtomicBool) -> Result<bool, SessionError> {
        let train = &self.trainer.recipe().train;
        let (validate_every, save_every) = (train.validate_every, train.save_every);
        if self.trainer.step_count() == 0 {
            // Where the curve starts; and a model to fall back to.
            self.validate()?;
            self.save()?;
        }
        let mut saved = self.trainer.step_count();
        while self.trainer.step_count() < steps {
            if stop.load(Ordering::Relaxed) {
                if saved != self.trainer.step_count() {
                    self.save()?;
                }
                return Ok(false);
            }
            let metrics = self.trainer.step()?;
            let StepMetrics { chamfer, kl, loss, learning_rate, kl_weight, terms, .. } = metrics.clone();
            let (step, seconds) = (self.trainer.step_count(), self.seconds());
            self.run.record(&Line::Train { step, seconds, chamfer, kl, loss, learning_rate, kl_weight, terms })?;
            (self.observe)(&Progress::Step(metrics));
            if step == steps || step.is_multiple_of(validate_every) {
                self.validate()?;
            }
            if step == steps || step.is_multiple_of(save_every) {
                self.save()?;
                saved = step;
            }
        }
        Ok(true)
    }

    fn seconds(&self) -> f64 {
        self.before + self.clock.elapsed().as_secs_f64()
    }

    /// Measures the present weights and keeps them as the last model, and as the best one if they are.
    fn validate(&mut self) -> Result<(), SessionError> {
        let validation = self.trainer.validate()?;
        let cd1000 = validation.cd1000;
        if !cd1000.is_finite() {
            return Err(TrainError::Forge(ForgeError::NotFinite).into());
        }
        self.run.record(&validation.line(self.seconds()))?;
        let bytes = self.trainer.checkpoint()?.to_bytes()?;
        self.run.write(LAST, &bytes)?;
        let best = self.memory.best.as_ref().is_none_or(|b| cd1000 < b.cd1000);
        if best {
            self.run.write(BEST, &bytes)?;
            self.memory.best = Some(validation.clone());
        }
        self.memory.latest = Some(validation.clone());
        (self.observe)(&Progress::Validated { validation, best });
        Ok(())
    }

    fn save(&self) -> Result<(), SessionError> {
        let json = serde_json::to_value(&self.memory).unwrap_or_default();
        let state = State { step: self.trainer.step_count(), tensors: self.trainer.snapshot()?, json };
        Ok(self.run.save(&state)?)
    }

    /// Completes the models and draws the report.
    fn finish(mut self) -> Result<Outcome, SessionError> {
        (self.observe)(&Progress::Stage("learning about the latents, drawing the report".into()));
        let model = self.complete(self.trainer.checkpoint()?, self.memory.latest.as_ref())?;
        let Memory { best, latest, .. } = self.memory.clone();
        match &best {
            Some(b) if best != latest => {
                let kept = Checkpoint::read(&self.run.file(BEST))?;
                self.complete(kept, Some(b))?.write(&self.run.file(BEST))?;
            }
            _ => model.write(&self.run.file(BEST))?,
        }
        model.write(&self.run.file(LAST))?;
        self.draw_curves()?;
        let forge = Forge::new(model).map_err(TrainError::Forge)?;
        let shapes = report::reconstruct(&forge, self.trainer.set()).map_err(TrainError::Forge)?;
        let title = format!("Reconstructions of {} after {} steps", self.name(), self.trainer.step_count());
        self.run.write(RECONSTRUCTIONS, &report::sheet(&title, &shapes).png())?;
        self.memory.finished = true;
        self.save()?;
        Ok(Outcome::Finished { model: self.run.file(LAST), validation: latest, already: false })
    }

    /// The checkpoint with its latent statistics and card.
    fn complete(&self, mut model: Checkpoint, validation: Option<&Validation>) -> Result<Checkpoint, SessionError> {
        let (recipe, set) = (self.trainer.recipe(), self.trainer.set());
        // The card first: it says in how large clouds the encoder sees a shape.
        model.meta.card.extend(card(recipe, set, &self.run.log()?, validation));
        if let Some(Origin { name, hash, loaded, .. }) = &self.memory.origin {
            let origin = serde_json::json!({ "model": name, "hash": hash, "tensors": loaded });
            model.meta.card.insert("init".to_owned(), origin);
        }
        let mut model = finish(model, set, &recipe.train.parts, recipe.train.whiten)?;
        tell_apart(&mut model.meta.encoded);
        Ok(model)
    }

    fn draw_curves(&self) -> Result<(), SessionError> {
        let picture = report::curves(&format!("Training of {}", self.name()), &self.run.log()?, self.trainer.recipe());
        Ok(self.run.write(CURVES, &picture.png())?)
    }

    /// After a divergence: curves to look at, and the model of the last validation made usable.
    fn give_up(&self, step: u64) -> Result<SessionError, SessionError> {
        self.draw_curves()?;
        let model = self.run.file(LAST);
        self.complete(Checkpoint::read(&model)?, self.memory.latest.as_ref())?.write(&model)?;
        Ok(SessionError::Diverged { step, good: self.memory.latest.as_ref().map_or(0, |v| v.step), model })
    }

    /// The run's name: its folder's.
    fn name(&self) -> String {
        self.run.path().file_name().unwrap_or(self.run.path().as_os_str()).to_string_lossy().into_owned()
    }
}

/// Learns again what is known about a trained model's latents, from the recipe that it was trained by; weights and card stay, unless
/// the recipe whitens a latent that isn't yet.
///
/// # Errors
/// When the data can't be used, or the network gives no numbers.
pub fn refinish(
    recipe: &Recipe,
    model: Checkpoint,
    observe: &mut dyn FnMut(&Progress),
) -> Result<Checkpoint, SessionError> {
    let (wanted, class) = (recipe.data.generator, model.meta.class);
    // A converted network says nothing yet of what it makes.
    if model.meta.axes.is_some() && class != wanted {
        return Err(SessionError::OtherClass { recipe: wanted.plural(), model: class.plural() });
    }
    let set = load(recipe, observe)?;
    observe(&Progress::Stage("learning about the latents".into()));
    let mut model = finish(model, &set, &recipe.train.parts, recipe.train.whiten)?;
    // The one key of a card's recipe that is heeded after training.
    if recipe.train.whiten
        && let Some(serde_json::Value::Object(train)) =
            model.meta.card.get_mut("recipe").and_then(|r| r.get_mut("train"))
    {
        train.insert("whiten".into(), true.into());
    }
    tell_apart(&mut model.meta.encoded);
    Ok(model)
}

/// Two folders of meshes may hold the same name, and a name must find one shape.
fn tell_apart(shapes: &mut [Encoded]) {
    let mut names = HashSet::new();
    for encoded in shapes {
        let name = encoded.name.clone();
        let mut number = 2;
        while !names.insert(encoded.name.clone()) {
            encoded.name = format!("{name}-{number}");
            number += 1;
        }
    }
}

/// The step in which numbers ceased to be finite, if that is what happened. `done` steps succeeded.
fn diverged(error: &SessionError, done: u64) -> Option<u64> {
    match error {
        // The trainer counts steps from 0.
        SessionError::Train(TrainError::Diverged { step }) => Some(step + 1),
        SessionError::Train(TrainError::Forge(why)) if !matches!(why, ForgeError::Network(_)) => Some(done),
        SessionError::Run(RunError::Unsaved(StateError::NotFinite(_))) => Some(done),
        _ => None,
    }
}
