//! Runs a notebook's experiments in turn. Each is a run folder that resumes; what is finished is left as it is.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use thiserror::Error;

use super::budget::{BudgetError, Plan};
use super::figures::Figures;
use super::folder::{FolderError, StudyFolder};
use super::measure::{self, Shapes};
use super::notebook::{Experiment, Notebook, Work};
use super::sheets;
use super::trained::as_trained;
use crate::draw::Picture;
use crate::forge::{Forge, ForgeError};
use crate::mesh::Mesh;
use crate::model::checkpoint::{Checkpoint, CheckpointError};
use crate::shapes::dataset::{self, DatasetError};
use crate::train::data::Example;
use crate::train::load::load;
use crate::train::metrics::METRIC_POINTS;
use crate::train::progress::Progress;
use crate::train::recipe::Recipe;
use crate::train::run::{LAST, now};
use crate::train::session::{self, FindModel, Outcome, SessionError};
use crate::train::uv::UvSampling;

/// What a study tells while it works.
#[derive(Debug)]
pub enum Event<'a> {
    /// A recipe's steps are timed.
    Timing(&'a Experiment),
    /// The steps are known.
    Planned(&'a Plan),
    /// An experiment begins, or goes on.
    Begin {
        index: usize,
        experiment: &'a Experiment,
    },
    Train(&'a Progress),
    /// Its model is measured.
    Measuring,
    /// It is finished; `already` when an earlier session had finished it.
    Done {
        index: usize,
        already: bool,
    },
}

/// Why a study ended early.
#[derive(Debug, Error)]
pub enum StudyError {
    #[error(transparent)]
    Folder(Box<FolderError>),
    #[error(transparent)]
    Budget(#[from] BudgetError),
    #[error("the experiment '{name}': {why}")]
    Session { name: String, why: Box<SessionError> },
    #[error("the experiment '{name}': {why}")]
    Data { name: String, why: Box<DatasetError> },
    #[error("the experiment '{name}': {why}")]
    Measure { name: String, why: Box<ForgeError> },
    #[error(
        "the experiment '{name}' needs the model of '{model}', which can't be read: {why}; delete that run to make it again"
    )]
    Model { name: String, model: String, why: Box<CheckpointError> },
}

impl From<FolderError> for StudyError {
    fn from(why: FolderError) -> Self {
        Self::Folder(Box::new(why))
    }
}

/// A study to be run.
#[derive(Debug)]
pub struct Study<'a> {
    pub notebook: &'a Notebook,
    pub folder: &'a StudyFolder,
    /// Minutes for all of it; `None` for the recipes' own steps, or those that it began with.
    pub budget: Option<f64>,
}

impl Study<'_> {
    /// Runs what is not finished; false when `stop` ended it early. `find` opens models that are no experiment's. Works in
    /// the caller's rayon pool.
    ///
    /// # Errors
    /// When folders or data can't be used. A training that diverges is no error but a result.
    pub fn run(&self, stop: &AtomicBool, find: FindModel, observe: &mut dyn FnMut(&Event)) -> Result<bool, StudyError> {
        let plan = match self.folder.plan(self.notebook, self.budget)? {
            Some(plan) => plan,
            None => {
                let mut told = |e: &Experiment| observe(&Event::Timing(e));
                let plan = Plan::resolve(self.notebook, self.budget, now() as u64, &mut told)?;
                self.folder.begin(&plan)?;
                plan
            }
        };
        observe(&Event::Planned(&plan));
        for (index, experiment) in self.notebook.experiments.iter().enumerate() {
            if stop.load(Ordering::Relaxed) {
                return Ok(false);
            }
            if self.folder.figures(&experiment.name)?.is_some() {
                observe(&Event::Done { index, already: true });
                continue;
            }
            observe(&Event::Begin { index, experiment });
            let steps = plan.share(&experiment.name).map_or(0, |s| s.steps);
            if !self.one(experiment, steps, stop, find, observe)? {
                return Ok(false);
            }
            observe(&Event::Done { index, already: false });
        }
        Ok(true)
    }

    /// One experiment to its figures; false when it was stopped.
    fn one(
        &self,
        experiment: &Experiment,
        steps: u64,
        stop: &AtomicBool,
        find: FindModel,
        observe: &mut dyn FnMut(&Event),
    ) -> Result<bool, StudyError> {
        let name = &experiment.name;
        let (figures, shapes, class) = match &experiment.work {
            Work::Train { recipe, text } => {
                let (recipe, text) = at_steps(recipe, text, steps);
                if let Some(source) = recipe.train.init.as_ref().filter(|i| self.notebook.find(i).is_some())
                    && let Some(failure) = self.failure(source)?
                {
                    self.folder.keep(name, &failure, &Default::default())?;
                    return Ok(true);
                }
                match self.train(name, &recipe, &text, stop, find, observe)? {
                    None => return Ok(false),
                    Some(Err(failure)) => {
                        let failure =
                            Figures { failure: Some(failure), ..Figures::of_log(&recipe, &self.folder.log(name)?, 0) };
                        self.folder.keep(name, &failure, &Default::default())?;
                        return Ok(true);
                    }
                    Some(Ok(model)) => {
                        observe(&Event::Measuring);
                        let set = load(&recipe, &mut |_| {})
                            .map_err(|why| StudyError::Session { name: name.clone(), why: Box::new(why) })?;
                        let mut figures = Figures::of_log(&recipe, &self.folder.log(name)?, set.train.len());
                        let failed = |why| StudyError::Measure { name: name.clone(), why: Box::new(why) };
                        let mut shapes = measure::measure(&model, &set, &mut figures).map_err(failed)?;
                        let rebuilt: Vec<_> = shapes.reconstructed.iter().map(|r| &r.1).collect();
                        let trained = as_trained(&model, &recipe, &rebuilt, &mut figures).map_err(failed)?;
                        if recipe.train.uv != UvSampling::Random {
                            shapes.trained = trained;
                        }
                        (figures, shapes, model.class())
                    }
                }
            }
            Work::Reconstruct { model, inputs } => {
                if let Some(failure) = self.failure(model)? {
                    self.folder.keep(name, &failure, &Default::default())?;
                    return Ok(true);
                }
                let forge = self.model(name, model)?;
                observe(&Event::Measuring);
                let set = point_clouds(name, inputs)?;
                let mut figures = Figures::default();
                let given: Vec<&Example> = set.iter().collect();
                let reconstructed = measure::reconstruct(&forge, &given)
                    .map_err(|why| StudyError::Measure { name: name.clone(), why: Box::new(why) })?;
                measure::reconstructions(&reconstructed, &mut figures);
                figures.set("held_out", set.len() as f64);
                (figures, Shapes { reconstructed, ..Default::default() }, forge.class())
            }
            Work::Sample { model } => {
                if let Some(failure) = self.failure(model)? {
                    self.folder.keep(name, &failure, &Default::default())?;
                    return Ok(true);
                }
                let forge = self.model(name, model)?;
                observe(&Event::Measuring);
                // The source's own figures say the rest: the same samples of the same model.
                let of_source = self.folder.figures(model)?.unwrap_or_default();
                let mut figures = Figures::default();
                let shapes = measure::samples(&forge, &mut figures);
                for measure in
                    ["variety_prior", "variety_fitted", "nearest_held_out", "nearest_prior", "nearest_fitted"]
                {
                    if let Some(value) = of_source.get(measure) {
                        figures.set(measure, value);
                    }
                }
                (figures, shapes, forge.class())
            }
        };
        let drawn = |meshes: &[Mesh]| (!meshes.is_empty()).then(|| sheets::sampled(meshes, class).small_png());
        let reconstructed = (!shapes.reconstructed.is_empty())
            .then(|| sheets::reconstructed(&shapes, class))
            .as_ref()
            .map(Picture::small_png);
        let trained = (!shapes.trained.is_empty()).then(|| sheets::trained(&shapes.trained, class).small_png());
        self.folder.keep(name, &figures, &[trained, reconstructed, drawn(&shapes.prior), drawn(&shapes.fitted)])?;
        Ok(true)
    }

    /// Trains; `None` when it was stopped, the reason where no model came of it.
    fn train(
        &self,
        name: &str,
        recipe: &Recipe,
        text: &str,
        stop: &AtomicBool,
        find: FindModel,
        observe: &mut dyn FnMut(&Event),
    ) -> Result<Option<Result<Forge, String>>, StudyError> {
        let find_here = |init: &str| match self.notebook.find(init) {
            Some(_) => Checkpoint::read(&self.folder.of(init).join(LAST)).map_err(|e| e.to_string()),
            None => find(init),
        };
        let mut tell = |progress: &Progress| observe(&Event::Train(progress));
        let failed = |why: SessionError| StudyError::Session { name: name.to_owned(), why: Box::new(why) };
        match session::run_from(recipe, text, &self.folder.of(name), stop, &find_here, &mut tell) {
            Ok(Outcome::Stopped { .. }) => Ok(None),
            Ok(Outcome::Finished { .. }) => self.model(name, name).map(|forge| Some(Ok(forge))),
            Err(SessionError::Diverged { step, good, .. }) => Ok(Some(Err(format!(
                "Training diverged in step {step}: the network gave numbers that are not finite. The last good model is of \
                 step {good}."
            )))),
            Err(why) => Err(failed(why)),
        }
    }

    fn model(&self, name: &str, source: &str) -> Result<Forge, StudyError> {
        let model = Checkpoint::read(&self.folder.of(source).join(LAST)).map_err(|why| StudyError::Model {
            name: name.to_owned(),
            model: source.to_owned(),
            why: Box::new(why),
        })?;
        Forge::new(model).map_err(|why| StudyError::Measure { name: name.to_owned(), why: Box::new(why) })
    }

    /// What to say of an experiment whose source has failed.
    fn failure(&self, source: &str) -> Result<Option<Figures>, StudyError> {
        let failed = self.folder.figures(source)?.and_then(|f| f.failure);
        Ok(failed.map(|_| {
            let failure = Some(format!("Not run: '{source}', whose model it needs, has failed."));
            Figures { failure, ..Default::default() }
        }))
    }
}

/// The recipe as it runs, and the text of it that its folder keeps.
pub fn at_steps(recipe: &Recipe, text: &str, steps: u64) -> (Recipe, String) {
    if steps == recipe.train.steps || steps == 0 {
        return (recipe.clone(), text.to_owned());
    }
    let scaled = recipe.scaled_to(steps);
    // A recipe came out of TOML, so it goes back into it.
    let written = toml::to_string(&scaled).unwrap_or_default();
    (scaled, format!("# {} steps instead of {}, for the study's budget\n{written}", steps, recipe.train.steps))
}

/// The meshes of folders as point clouds of a thousand points upward.
fn point_clouds(name: &str, folders: &[impl AsRef<Path>]) -> Result<Vec<Example>, StudyError> {
    use rand::SeedableRng;
    let mut clouds = Vec::new();
    for folder in folders {
        let read = dataset::read(folder.as_ref())
            .map_err(|why| StudyError::Data { name: name.to_owned(), why: Box::new(why) })?;
        for (i, item) in read.items.iter().enumerate() {
            let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(i as u64);
            clouds.extend(Example::new(
                &item.shape,
                item.kind,
                crate::forge::ENCODER_POINTS + METRIC_POINTS,
                &[],
                &mut rng,
            ));
        }
    }
    Ok(clouds)
}
