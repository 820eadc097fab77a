//! Whatever touches files for the artist: opening, exporting, other models. In order, and none is dropped, not even where the
//! model is changed meanwhile.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Opened, Queue, Wake, WriteGlbError, Written, kept, open, probe, whereabouts, write_ready};
use crate::forge::Forge;
use crate::model::library::{self, Listed};
use crate::viewer::panels::grouped;
use crate::viewer::state::{Command, Explorer, Parcel, Slot};

/// A job that must not be dropped.
enum Request {
    Open { path: PathBuf, slot: Slot },
    Write { path: PathBuf, parcel: Box<Parcel> },
    ListModels,
    Load(Listed),
}

impl Request {
    /// What the status says while it waits or is worked on; nothing of what nobody waits for.
    fn working(&self) -> Option<String> {
        match self {
            Self::Open { path, .. } => Some(format!("Opening {}", name(path))),
            Self::Write { path, .. } => Some(format!("Writing {}", name(path))),
            Self::ListModels => None,
            Self::Load(model) => Some(format!("Loading the model {}", model.name)),
        }
    }
}

/// What became of it.
enum Outcome {
    Opened {
        path: PathBuf,
        slot: Slot,
        opened: Box<Opened>,
        /// Of the model that encoded it.
        hash: String,
    },
    Written {
        /// The name that was asked for.
        wanted: PathBuf,
        written: Box<Written>,
    },
    Listed(Vec<Listed>),
    Loaded(String, Arc<Forge>),
    /// The sentence for the user.
    Failed(String),
}

/// The worker.
pub struct Files {
    queue: Queue<(Request, Arc<Forge>), Outcome>,
    loaded: Option<(String, Arc<Forge>)>,
}

impl Files {
    /// Starts it.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(wake: Wake) -> std::io::Result<Self> {
        Ok(Self {
            queue: Queue::start("files", wake, |(request, forge): (_, Arc<Forge>)| run(&forge, request))?,
            loaded: None,
        })
    }

    /// Takes a command that is for it; gives any other back.
    pub fn take(&mut self, command: Command, forge: &Arc<Forge>, explorer: &mut Explorer) -> Option<Command> {
        let request = match command {
            Command::Export { path } => Request::Write { path, parcel: Box::new(explorer.parcel()) },
            Command::Import { path, slot } => Request::Open { path, slot },
            Command::ListModels => Request::ListModels,
            Command::Load(model) => Request::Load(model),
            other => return Some(other),
        };
        self.submit(request, forge, explorer);
        None
    }

    fn submit(&self, request: Request, forge: &Arc<Forge>, explorer: &mut Explorer) {
        explorer.working.extend(request.working());
        self.queue.submit((request, forge.clone()));
    }

    /// Tells the state what has ended.
    pub fn update(&mut self, forge: &Arc<Forge>, explorer: &mut Explorer) {
        let outcomes: Vec<_> = self.queue.results().collect();
        for outcome in outcomes {
            let outcome = outcome.unwrap_or_else(|bug| Outcome::Failed(format!("A job broke off: {bug}. Try again.")));
            if !matches!(outcome, Outcome::Listed(_)) && !explorer.working.is_empty() {
                explorer.working.remove(0);
            }
            match outcome {
                Outcome::Opened { path, slot, hash, .. } if hash != explorer.model.hash => {
                    // Another model came into use meanwhile, to which that latent says nothing.
                    self.submit(Request::Open { path, slot }, forge, explorer);
                }
                Outcome::Opened { slot, opened, .. } => explorer.take_in(slot, *opened),
                Outcome::Written { wanted, written } => {
                    let Written { path, bytes, triangles, others, report } = *written;
                    explorer.info(format!(
                        "Wrote {}{}: {} kB, {} triangles{}",
                        whereabouts(&path),
                        match others {
                            0 => String::new(),
                            1 => " and a file beside it".to_owned(),
                            n => format!(" and {n} files beside it"),
                        },
                        grouped(bytes.div_ceil(1000)),
                        grouped(triangles),
                        kept(&wanted, &path)
                    ));
                    explorer.exporting.written = Some((name(&path), report));
                }
                Outcome::Listed(models) => explorer.models = models,
                Outcome::Loaded(name, forge) => self.loaded = Some((name, forge)),
                Outcome::Failed(why) => explorer.error(why),
            }
        }
    }

    /// A model that was loaded to take the place of the one in use: its name, and it.
    pub fn take_loaded(&mut self) -> Option<(String, Arc<Forge>)> {
        self.loaded.take()
    }
}

/// What is done with a request, by the model that was in use when it was made.
fn run(forge: &Forge, request: Request) -> Outcome {
    match request {
        Request::Open { path, slot } => match open(forge, &path) {
            Ok(opened) => Outcome::Opened { path, slot, opened: Box::new(opened), hash: forge.checkpoint().hash() },
            Err(why) => Outcome::Failed(why.to_string()),
        },
        Request::Write { path: wanted, parcel } => match write_ready(forge, &parcel, &wanted) {
            Ok(written) => Outcome::Written { wanted, written: Box::new(written) },
            Err(why @ WriteGlbError::Write(_)) => Outcome::Failed(why.to_string()),
            Err(why) => Outcome::Failed(format!("{} was not written: {why}.", name(&wanted))),
        },
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

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
