//! A run's folder: recipe, metrics, what a killed run resumes from, models and pictures. Training touches the disk
//! nowhere else.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use thiserror::Error;

pub use super::folder::{BEST, CURVES, LAST, METRICS, RECIPE, RECONSTRUCTIONS, STATE};
use super::log::{self, Line};
use super::recipe::{Recipe, RecipeError};
use super::state::{State, StateError};
use super::tensorboard::EventWriter;
use crate::disk;

/// Held locked while a process trains into the folder.
const LOCK: &str = ".lock";

/// Differing keys that a message lists before it only counts.
const NAMED: usize = 5;

/// Why a run folder can't be used. Each message ends in the way out.
#[derive(Debug, Error)]
pub enum RunError {
    #[error("can't use the run folder '{path}': {why}; give another one with --run", path = path.display())]
    Folder { path: PathBuf, why: io::Error },
    #[error("can't use '{path}': {why}; make room or make it writable, then give the same command again", path = path.display())]
    File { path: PathBuf, why: io::Error },
    #[error(
        "another process{} is training into '{path}'; wait for it, or give another folder with --run",
        process.map_or(String::new(), |p| format!(" ({p})")), path = path.display()
    )]
    Locked { path: PathBuf, process: Option<u32> },
    #[error("'{path}' holds files but no {RECIPE}, so it is no run folder; give a new one with --run", path = path.display())]
    Foreign { path: PathBuf },
    #[error("the recipe of the run '{path}' can't be read: {why}; give another folder with --run", path = path.display())]
    OldRecipe { path: PathBuf, why: RecipeError },
    #[error("the run '{path}' belongs to another recipe: {differences}; give another folder with --run", path = path.display())]
    OtherRecipe { path: PathBuf, differences: String },
    #[error(
        "can't resume from '{path}': {why}; delete it to begin this run again, or give another folder with --run",
        path = path.display()
    )]
    State { path: PathBuf, why: String },
    #[error("can't save the run's state: {0}")]
    Unsaved(StateError),
    #[error(transparent)]
    Write(#[from] disk::WriteError),
}

/// An open run folder. Dropping it lets the next process in; so does any death of this one.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    metrics: Option<File>,
    events: Option<EventWriter<File>>,
    /// The recipe's text, until [`RunFolder::begin`] keeps it.
    recipe: Option<String>,
    /// The folders that were made, the innermost last.
    made: Vec<PathBuf>,
    /// Whether a run had been here before.
    visited: bool,
    _lock: File,
}

impl Drop for RunFolder {
    /// A run that never began leaves nothing behind.
    fn drop(&mut self) {
        if self.metrics.is_none() && !self.visited {
            // What can't be removed, and what somebody put there meanwhile, stays.
            std::fs::remove_file(self.file(LOCK)).ok();
            self.made.iter().rev().for_each(|folder| drop(std::fs::remove_dir(folder)));
        }
    }
}

impl RunFolder {
    /// Opens the folder, or makes it. [`RunFolder::begin`] keeps a copy of the recipe `text` in it; as long as the run has
    /// saved nothing, another recipe may take its place.
    ///
    /// # Errors
    /// When another process has it, it holds something else, or its recipe differs from this one.
    pub fn open(path: &Path, recipe: &Recipe, text: &str) -> Result<Self, RunError> {
        let folder = |why| RunError::Folder { path: path.to_owned(), why };
        // Looked at before anything is made, so that a refused folder stays as it was.
        let fresh = match std::fs::read_dir(path) {
            Ok(mut entries) => !entries.any(|e| e.is_ok_and(|e| e.file_name() != LOCK)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => true,
            Err(e) => return Err(folder(e)),
        };
        if !fresh && !path.join(RECIPE).is_file() {
            return Err(RunError::Foreign { path: path.to_owned() });
        }
        let missing = path.ancestors().take_while(|a| !a.as_os_str().is_empty() && !a.exists());
        let mut made: Vec<PathBuf> = missing.map(Path::to_owned).collect();
        made.reverse();
        std::fs::create_dir_all(path).map_err(folder)?;
        let visited = path.join(LOCK).exists();
        let _lock = lock(path)?;
        let mut run = Self { path: path.to_owned(), metrics: None, events: None, recipe: None, made, visited, _lock };
        // Only what a run left may be replaced: a recipe beside a lock, and no state.
        let replaceable = visited && !run.has(STATE);
        let saved = path.join(RECIPE);
        match std::fs::read_to_string(&saved) {
            Ok(old) => {
                let old = Recipe::parse(&old).map_err(|why| RunError::OldRecipe { path: path.to_owned(), why })?;
                let found = differences(&old, recipe);
                if !found.is_empty() && replaceable {
                    run.recipe = Some(text.to_owned());
                } else if !found.is_empty() {
                    return Err(RunError::OtherRecipe { path: path.to_owned(), differences: sentence(&found) });
                }
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => run.recipe = Some(text.to_owned()),
            Err(why) => return Err(RunError::File { path: saved, why }),
        }
        Ok(run)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where a file of the run lies.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// What to resume from; `None` for a run that saved nothing yet.
    ///
    /// # Errors
    /// When the file can't be read or is damaged.
    pub fn state(&self) -> Result<Option<State>, RunError> {
        let path = self.file(STATE);
        let broken = |why: String| RunError::State { path: path.clone(), why };
        match std::fs::read(&path) {
            Ok(bytes) => State::from_bytes(&bytes).map(Some).map_err(|e| broken(e.to_string())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(broken(e.to_string())),
        }
    }

    /// Keeps the recipe and takes up the log after `step` steps: drops what a killed process wrote beyond them, half lines too, and starts a
    /// new TensorBoard file. Returns the seconds trained so far.
    ///
    /// # Errors
    /// When a file can't be written.
    pub fn begin(&mut self, step: u64) -> Result<f64, RunError> {
        if let Some(text) = self.recipe.take() {
            self.write(RECIPE, text.as_bytes())?;
        }
        let path = self.file(METRICS);
        let kept = log::up_to(&self.read(METRICS)?, step);
        let text: String = kept.iter().map(Line::json).collect();
        disk::write(&path, text.as_bytes())?;
        let file = OpenOptions::new().append(true).open(&path);
        self.metrics = Some(file.map_err(|why| RunError::File { path, why })?);

        // TensorBoard reads a folder's files in the order of their names: seconds, then a number for two in one second.
        let seconds = now();
        let mut names = (0..).map(|n| self.file(&format!("events.out.tfevents.{:010}.{n:03}", seconds as u64)));
        let path = names.find(|p| !p.exists()).unwrap_or_else(|| self.file("events.out.tfevents"));
        let events = File::create(&path).and_then(|file| EventWriter::start(file, step + 1, seconds));
        self.events = Some(events.map_err(|why| RunError::File { path, why })?);
        Ok(kept.last().map_or(0.0, Line::seconds))
    }

    /// Appends to the metrics and to TensorBoard's events; after [`RunFolder::begin`].
    ///
    /// # Errors
    /// When a file can't be written.
    pub fn record(&mut self, line: &Line) -> Result<(), RunError> {
        let failed = |path: PathBuf| move |why| RunError::File { path, why };
        if let Some(file) = &mut self.metrics {
            file.write_all(line.json().as_bytes()).map_err(failed(self.path.join(METRICS)))?;
        }
        let terms: Vec<(String, f64)> = match line {
            Line::Train { terms, .. } => terms.iter().map(|(name, &x)| (format!("train/{name}"), x)).collect(),
            _ => Vec::new(),
        };
        let mut scalars = match line {
            Line::Start { .. } => return Ok(()),
            Line::Train { chamfer, kl, loss, learning_rate, kl_weight, .. } => vec![
                ("train/loss", *loss),
                ("train/chamfer", *chamfer),
                ("train/kl", *kl),
                ("schedule/learning_rate", *learning_rate),
                ("schedule/kl_weight", *kl_weight),
            ],
            Line::Validation { cd1000, train_cd1000, collapsed, kl_groups, .. } => {
                let mut scalars = vec![("validation/cd1000", *cd1000)];
                scalars.extend(train_cd1000.map(|cd| ("validation/train_cd1000", cd)));
                scalars.extend(collapsed.map(|patches| ("validation/collapsed", patches)));
                scalars.extend((!kl_groups.is_empty()).then(|| ("validation/kl", kl_groups.iter().sum())));
                scalars
            }
        };
        scalars.extend(terms.iter().map(|(tag, x)| (tag.as_str(), *x)));
        match &mut self.events {
            Some(events) => events.scalars(line.step(), now(), &scalars).map_err(failed(self.path.clone())),
            None => Ok(()),
        }
    }

    /// The log so far.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn log(&self) -> Result<Vec<Line>, RunError> {
        Ok(log::parse(&self.read(METRICS)?))
    }

    /// Replaces the state. The metrics reach the disk first: a state must not be ahead of its log.
    ///
    /// # Errors
    /// When the state holds numbers that are not finite, or the file can't be written.
    pub fn save(&self, state: &State) -> Result<(), RunError> {
        if let Some(file) = &self.metrics {
            file.sync_data().map_err(|why| RunError::File { path: self.file(METRICS), why })?;
        }
        self.write(STATE, &state.to_bytes().map_err(RunError::Unsaved)?)
    }

    /// Replaces a file of the run.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        Ok(disk::write(&self.file(name), bytes)?)
    }

    /// Is there such a file?
    pub fn has(&self, name: &str) -> bool {
        self.file(name).is_file()
    }

    /// A file of the run, empty if there is none.
    fn read(&self, name: &str) -> Result<Vec<u8>, RunError> {
        match std::fs::read(self.file(name)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            other => other.map_err(|why| RunError::File { path: self.file(name), why }),
        }
    }
}

/// Seconds since 1970; 0 on a machine whose clock stands before.
pub fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64())
}

/// The system, the processor where it says which, and how many of its threads there are.
pub fn machine() -> String {
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    let about = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = about.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let s = if cores == 1 { "" } else { "s" };
    match name {
        Some((_, name)) => format!("{system}, {}, {cores} core{s}", name.trim()),
        None => format!("{system}, {cores} core{s}"),
    }
}

/// Takes the folder for this process: the system's lock on a file, which a dead process can't hold. The number in it is
/// for messages only.
fn lock(folder: &Path) -> Result<File, RunError> {
    let path = folder.join(LOCK);
    let failed = |why| RunError::File { path: path.clone(), why };
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    match file.try_lock() {
        // Some network file systems know no locks; that is no reason not to train there.
        Err(TryLockError::Error(e)) if e.kind() != io::ErrorKind::Unsupported => return Err(failed(e)),
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let process = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
            return Err(RunError::Locked { path: folder.to_owned(), process });
        }
        _ => {}
    }
    file.set_len(0).map_err(failed)?;
    file.rewind().map_err(failed)?;
    writeln!(file, "{}", std::process::id()).map_err(failed)?;
    Ok(file)
}

/// Keys that two recipes disagree about: name, value in the first, value in the second. Comments, order and defaults
/// written out make no difference.
fn differences(a: &Recipe, b: &Recipe) -> Vec<(String, String, String)> {
    let (a, b) = (flat(a), flat(b));
    let mut keys: Vec<&String> = a.keys().chain(b.keys()).collect();
    keys.sort();
    keys.dedup();
    let value = |map: &BTreeMap<String, String>, key| map.get(key).cloned().unwrap_or_else(|| "absent".to_owned());
    let rows = keys.into_iter().map(|key| (key.clone(), value(&a, key), value(&b, key)));
    rows.filter(|(_, a, b)| a != b).collect()
}

fn flat(recipe: &Recipe) -> BTreeMap<String, String> {
    fn walk(prefix: &str, table: &toml::Table, into: &mut BTreeMap<String, String>) {
        for (key, value) in table {
            let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            match value {
                toml::Value::Table(inner) => walk(&key, inner, into),
                value => drop(into.insert(key, value.to_string())),
            }
        }
    }
    let mut into = BTreeMap::new();
    // A recipe came out of TOML, so it goes back into it.
    walk("", &toml::Table::try_from(recipe).unwrap_or_default(), &mut into);
    into
}

fn sentence(differences: &[(String, String, String)]) -> String {
    let mut parts: Vec<String> =
        differences.iter().take(NAMED).map(|(key, a, b)| format!("{key} is {a} there and {b} here")).collect();
    if differences.len() > NAMED {
        parts.push(format!("and {} more", differences.len() - NAMED));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# mine\n[data]\nprocedural = 4\n[train]\nsteps = 9\n";

    fn recipe(text: &str) -> Recipe {
        Recipe::parse(text).unwrap()
    }

    fn train(step: u64) -> Line {
        let (kl, learning_rate, kl_weight) = (1.0, 1e-3, 1e-4);
        let terms = BTreeMap::from([("stitch".to_owned(), 0.25)]);
        Line::Train { step, seconds: step as f64, chamfer: 0.5, kl, loss: 0.5, learning_rate, kl_weight, terms }
    }

    fn events(folder: &Path) -> Vec<PathBuf> {
        let files = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
        let mut files: Vec<_> = files.filter(|p| p.to_string_lossy().contains("tfevents")).collect();
        files.sort();
        files
    }

    #[test]
    fn a_killed_run_goes_on_where_its_state_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs/tiny");
        let mut run = RunFolder::open(&path, &recipe(TEXT), TEXT).unwrap();
        assert!(run.state().unwrap().is_none());
        assert_eq!(run.begin(0).unwrap(), 0.0);
        assert_eq!(std::fs::read_to_string(run.file(RECIPE)).unwrap(), TEXT);
        (1..=4).for_each(|s| run.record(&train(s)).unwrap());
        run.save(&State { step: 4, ..Default::default() }).unwrap();
        (5..=6).for_each(|s| run.record(&train(s)).unwrap());
        run.metrics.as_mut().unwrap().write_all(&train(7).json().as_bytes()[..30]).unwrap();
        drop(run);

        let mut run = RunFolder::open(&path, &recipe(TEXT), TEXT).unwrap();
        let state = run.state().unwrap().unwrap();
        assert_eq!(run.begin(state.step).unwrap(), 4.0);
        run.record(&train(5)).unwrap();
        assert_eq!(run.log().unwrap(), (1..=5).map(train).collect::<Vec<_>>());
        let files = events(&path);
        assert_eq!(files.len(), 2, "the second process writes events of its own");
        assert!(std::fs::metadata(&files[1]).unwrap().len() > 100);
    }

    #[test]
    fn two_runs_cannot_share_a_folder_but_a_dead_one_holds_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let first = RunFolder::open(folder.path(), &recipe(TEXT), TEXT).unwrap();
        let said = RunFolder::open(folder.path(), &recipe(TEXT), TEXT).unwrap_err().to_string();
        assert!(said.contains(&format!("({})", std::process::id())) && said.contains("--run"), "{said}");
        drop(first);
        // What a killed process leaves: the file and its number, but no lock. Number 1 always runs.
        std::fs::write(folder.path().join(LOCK), "1\n").unwrap();
        let _second = RunFolder::open(folder.path(), &recipe(TEXT), TEXT).unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join(LOCK)).unwrap(), format!("{}\n", std::process::id()));
    }

    #[test]
    fn another_recipe_is_refused_by_name_of_its_keys() {
        let folder = tempfile::tempdir().unwrap();
        let mut run = RunFolder::open(folder.path(), &recipe(TEXT), TEXT).unwrap();
        run.begin(0).unwrap();
        run.save(&State::default()).unwrap();
        drop(run);
        let said = |text: &str| RunFolder::open(folder.path(), &recipe(text), text).unwrap_err().to_string();
        let other = "[data]\nprocedural = 4\n[train]\nsteps = 10\nschedule = { cosine = { floor = 0.5 } }";
        let error = said(other);
        assert!(error.contains("train.steps is 9 there and 10 here"), "{error}");
        assert!(error.contains("train.schedule.cosine.floor is 0.01 there and 0.5 here"), "{error}");
        assert!(error.contains("--run"), "{error}");
        // Comments and defaults written out are the same recipe.
        let same = "[train]\nsteps = 9\nseed = 1\n[data]\nprocedural = 4\n";
        RunFolder::open(folder.path(), &recipe(same), same).unwrap();
        std::fs::write(folder.path().join(RECIPE), "[trian]").unwrap();
        assert!(said(TEXT).contains("trian"));
    }

    #[test]
    fn a_run_that_saved_nothing_takes_another_recipe_and_one_that_never_began_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("runs/tiny");
        drop(RunFolder::open(&path, &recipe(TEXT), TEXT).unwrap());
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
        RunFolder::open(&path, &recipe(TEXT), TEXT).unwrap().begin(0).unwrap();
        let other = TEXT.replace("steps = 9", "steps = 8");
        // Not before the new run begins.
        drop(RunFolder::open(&path, &recipe(&other), &other).unwrap());
        assert_eq!(std::fs::read_to_string(path.join(RECIPE)).unwrap(), TEXT);
        RunFolder::open(&path, &recipe(&other), &other).unwrap().begin(0).unwrap();
        assert_eq!(std::fs::read_to_string(path.join(RECIPE)).unwrap(), other);
        // A recipe that no run kept is somebody's own.
        std::fs::remove_file(path.join(LOCK)).unwrap();
        let said = RunFolder::open(&path, &recipe(TEXT), TEXT).unwrap_err().to_string();
        assert!(said.contains("train.steps is 8 there") && !path.join(LOCK).exists(), "{said}");
    }

    #[test]
    fn somebody_elses_folder_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("thesis.tex"), "x").unwrap();
        let error = RunFolder::open(folder.path(), &recipe(TEXT), TEXT).unwrap_err().to_string();
        assert!(error.contains("no run folder") && error.contains("--run"), "{error}");
        let error = RunFolder::open(&folder.path().join("thesis.tex"), &recipe(TEXT), TEXT).unwrap_err().to_string();
        assert!(error.contains("thesis.tex") && error.contains("--run"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_state_names_itself_and_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder::open(folder.path(), &recipe(TEXT), TEXT).unwrap();
        run.save(&State { step: 4, ..Default::default() }).unwrap();
        let bytes = std::fs::read(run.file(STATE)).unwrap();
        std::fs::write(run.file(STATE), &bytes[..bytes.len() - 3]).unwrap();
        let error = run.state().unwrap_err().to_string();
        assert!(error.contains(STATE) && error.contains("delete it") && error.contains("--run"), "{error}");
    }
}
