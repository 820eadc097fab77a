//! Where a study lies: its notebook's folder, which it only reads, and its own, with the plan and a run's folder for each
//! experiment. The study touches the disk nowhere else.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::budget::Plan;
use super::figures::Figures;
use super::notebook::{Notebook, NotebookError, WORDS};
use crate::disk;
use crate::train::log::{self, Line};
use crate::train::run::METRICS;

/// The resolved [`Plan`].
pub const PLAN: &str = "study.json";
/// An experiment's [`Figures`].
pub const FIGURES: &str = "figures.json";
/// An experiment's pictures, where it has them.
pub const SHEETS: [&str; 4] = ["study-trained.png", "study-reconstructions.png", "study-prior.png", "study-fitted.png"];

/// PNG bytes of [`SHEETS`], where an experiment has them.
pub type Sheets = [Option<Vec<u8>>; 4];

/// Why a study's folders can't be used.
#[derive(Debug, Error)]
pub enum FolderError {
    #[error("can't read the folder '{path}': {why}; give one with recipes, such as assets/recipes/seed", path = path.display())]
    Read { path: PathBuf, why: io::Error },
    #[error("can't study '{path}': {why}", path = path.display())]
    Notebook { path: PathBuf, why: NotebookError },
    #[error("can't use '{path}': {why}; give another folder with --run", path = path.display())]
    File { path: PathBuf, why: String },
    #[error(
        "the study in '{path}' was planned with {was}, not {is}: leave --budget out to go on with it, or give another folder \
         with --run", path = path.display()
    )]
    Budget { path: PathBuf, was: String, is: String },
    #[error("the study in '{path}' is of other recipes: {difference}; give another folder with --run", path = path.display())]
    Recipes { path: PathBuf, difference: String },
    #[error(transparent)]
    Write(#[from] disk::WriteError),
}

/// Reads a notebook's folder.
///
/// # Errors
/// When it can't be read, holds no recipe, or one is broken: the message names it.
pub fn notebook(path: &Path) -> Result<Notebook, FolderError> {
    let failed = |why| FolderError::Read { path: path.to_owned(), why };
    let mut recipes = BTreeMap::new();
    let mut words = None;
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        if file.extension().is_none_or(|e| e != "toml") || !file.is_file() {
            continue;
        }
        let text = std::fs::read_to_string(&file).map_err(|why| FolderError::Read { path: file.clone(), why })?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if file.file_name().is_some_and(|n| n == WORDS) {
            words = Some(text);
        } else {
            recipes.insert(name, text);
        }
    }
    Notebook::read(words.as_deref(), recipes).map_err(|why| FolderError::Notebook { path: path.to_owned(), why })
}

/// A study's own folder.
#[derive(Clone, Debug)]
pub struct StudyFolder {
    path: PathBuf,
}

impl StudyFolder {
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The run's folder of an experiment.
    pub fn of(&self, experiment: &str) -> PathBuf {
        self.path.join(experiment)
    }

    /// The plan that the study began with, checked against the notebook and the budget asked for; `None` before it began.
    ///
    /// # Errors
    /// When it can't be read, or is of other recipes or another budget.
    pub fn plan(&self, notebook: &Notebook, budget: Option<f64>) -> Result<Option<Plan>, FolderError> {
        let path = self.path.join(PLAN);
        let Some(bytes) = read(&path)? else { return Ok(None) };
        let plan: Plan = serde_json::from_slice(&bytes)
            .map_err(|e| FolderError::File { path, why: format!("it is no study's plan: {e}") })?;
        if let Some(difference) = plan.difference(notebook) {
            return Err(FolderError::Recipes { path: self.path.clone(), difference });
        }
        if budget.is_some() && budget != plan.budget {
            let said = |b: Option<f64>| b.map_or("the recipes' own steps".to_owned(), |b| format!("--budget {b}"));
            return Err(FolderError::Budget { path: self.path.clone(), was: said(plan.budget), is: said(budget) });
        }
        Ok(Some(plan))
    }

    /// Keeps the plan.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn begin(&self, plan: &Plan) -> Result<(), FolderError> {
        std::fs::create_dir_all(&self.path)
            .map_err(|why| FolderError::File { path: self.path.clone(), why: why.to_string() })?;
        let json = serde_json::to_vec_pretty(plan).unwrap_or_default();
        Ok(disk::write(&self.path.join(PLAN), &json)?)
    }

    /// What was measured of an experiment; `None` before it is finished.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn figures(&self, experiment: &str) -> Result<Option<Figures>, FolderError> {
        let path = self.of(experiment).join(FIGURES);
        let Some(bytes) = read(&path)? else { return Ok(None) };
        let figures = serde_json::from_slice(&bytes);
        figures.map(Some).map_err(|e| FolderError::File { path, why: format!("it holds no figures: {e}") })
    }

    /// Keeps an experiment's figures and sheets; the figures last, so that they stand for all.
    ///
    /// # Errors
    /// When a file can't be written.
    pub fn keep(&self, experiment: &str, figures: &Figures, sheets: &Sheets) -> Result<(), FolderError> {
        let folder = self.of(experiment);
        std::fs::create_dir_all(&folder)
            .map_err(|why| FolderError::File { path: folder.clone(), why: why.to_string() })?;
        for (name, bytes) in SHEETS.iter().zip(sheets) {
            if let Some(bytes) = bytes {
                disk::write(&folder.join(name), bytes)?;
            }
        }
        Ok(disk::write(&folder.join(FIGURES), &serde_json::to_vec_pretty(figures).unwrap_or_default())?)
    }

    /// An experiment's sheets, PNG bytes, where it has them.
    ///
    /// # Errors
    /// When one can't be read.
    pub fn sheets(&self, experiment: &str) -> Result<Sheets, FolderError> {
        let mut sheets = Sheets::default();
        for (sheet, name) in sheets.iter_mut().zip(SHEETS) {
            *sheet = read(&self.of(experiment).join(name))?;
        }
        Ok(sheets)
    }

    /// The log of an experiment's run, empty before it began.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn log(&self, experiment: &str) -> Result<Vec<Line>, FolderError> {
        Ok(log::parse(&read(&self.of(experiment).join(METRICS))?.unwrap_or_default()))
    }
}

/// A file's bytes; `None` where there is none.
fn read(path: &Path) -> Result<Option<Vec<u8>>, FolderError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(FolderError::File { path: path.to_owned(), why: e.to_string() }),
    }
}
