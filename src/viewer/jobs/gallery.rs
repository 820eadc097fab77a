//! What the gallery and the session need of the background: random samples, thumbnails, and the data folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::keep::{self, Found};
use super::thumbnails::Thumbnails;
use super::{Queue, Wake};
use crate::disk;
use crate::forge::Forge;
use crate::latent::Latent;
use crate::viewer::state::{Change, Command, Explorer, Favourite, Samples, Saved};

/// Something to keep.
enum Ask {
    Load,
    Change(Change),
    Session(Box<Saved>),
}

/// What became of it.
enum Told {
    Loaded(Found<Vec<Favourite>>),
    /// Done, with what the user should know.
    Changed(Option<String>),
    SessionFailed(String),
    SessionSaved,
    /// A sentence for the user.
    Failed(String),
}

/// The workers.
pub struct GalleryJobs {
    samples: Queue<Samples, (std::ops::Range<u64>, Vec<Latent>)>,
    thumbnails: Thumbnails,
    keeper: Option<Queue<Ask, Told>>,
    forge: Arc<Forge>,
    wake: Wake,
    /// Whether the user knows that sessions are not saved.
    told: bool,
}

impl GalleryJobs {
    /// Starts what needs no folder.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(forge: Arc<Forge>, wake: Wake) -> std::io::Result<Self> {
        let sampling = forge.clone();
        Ok(Self {
            samples: Queue::start("samples", wake.clone(), move |samples: Samples| {
                let Samples { seeds, from, temperature } = samples;
                let draw = |seed| sampling.sample_with(from, temperature, &mut ChaCha8Rng::seed_from_u64(seed));
                (seeds.clone(), seeds.map(draw).collect())
            })?,
            thumbnails: Thumbnails::start(forge.clone(), wake.clone())?,
            keeper: None,
            forge,
            wake,
            told: false,
        })
    }

    /// Keeps favourites and sessions in a folder from now on, and reads the favourites in it.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn keep_in(&mut self, folder: PathBuf) -> std::io::Result<()> {
        self.thumbnails.look_in(folder.clone());
        let forge = self.forge.clone();
        let keeper = Queue::start("keeper", self.wake.clone(), move |ask| run(&forge, &folder, ask))?;
        keeper.submit(Ask::Load);
        self.keeper = Some(keeper);
        Ok(())
    }

    /// Keeps in the user's data folder.
    ///
    /// # Errors
    /// A sentence for the user where there is none.
    pub fn keep(&mut self) -> Result<(), String> {
        let folder = disk::data_folder().ok_or_else(|| {
            format!("Favourites and the session are not saved: no home folder is known; set {}.", disk::DATA_VARIABLE)
        })?;
        self.keep_in(folder).map_err(|why| format!("Favourites and the session are not saved: {why}."))
    }

    /// Does a command, or gives it back.
    pub fn take(&mut self, command: Command) -> Option<Command> {
        match command {
            Command::Sample(samples) => self.samples.submit(samples),
            Command::Keep(change) => {
                if let Some(keeper) = &self.keeper {
                    keeper.submit(Ask::Change(change));
                }
            }
            other => return Some(other),
        }
        None
    }

    /// Saves a session in place of the one before.
    pub fn save(&self, saved: Saved) {
        if let Some(keeper) = &self.keeper {
            keeper.submit(Ask::Session(Box::new(saved)));
        }
    }

    /// Once a frame: hands over what the widgets look at, takes in what is ready.
    pub fn update(&mut self, explorer: &mut Explorer) {
        for drawn in self.thumbnails.drawn() {
            explorer.gallery.pictures.put(drawn.id, drawn.picture, drawn.milliseconds);
        }
        self.thumbnails.want(explorer.gallery.pictures.wanted());
        for samples in self.samples.results() {
            match samples {
                Ok((seeds, latents)) => explorer.put_samples(seeds, latents),
                Err(bug) => {
                    explorer.gallery.sampling = false;
                    explorer.error(format!("No random samples: {bug}. Try another model."));
                }
            }
        }
        let told: Vec<_> = self.keeper.iter().flat_map(Queue::results).collect();
        for told in told {
            match told {
                Ok(Told::Loaded(Found { it, note })) => {
                    if !explorer.favourites.loaded {
                        explorer.favourites.load(it);
                    }
                    note.into_iter().for_each(|note| explorer.error(note));
                }
                Ok(Told::Changed(note)) => note.into_iter().for_each(|note| explorer.error(note)),
                Ok(Told::SessionSaved) => self.told = false,
                Ok(Told::SessionFailed(why)) => {
                    if !self.told {
                        self.told = true;
                        explorer.error(format!("This session will not come back at the next start: {why}."));
                    }
                }
                Ok(Told::Failed(why)) => explorer.error(why),
                Err(bug) => explorer.error(format!("Keeping a favourite broke off: {bug}. Try again.")),
            }
        }
    }
}

fn run(forge: &Forge, folder: &Path, ask: Ask) -> Told {
    match ask {
        Ask::Load => match keep::read_favourites(folder) {
            Ok(found) => Told::Loaded(found),
            Err(why) => Told::Failed(format!("Favourites were not read: {why}.")),
        },
        Ask::Change(change) => match keep::change(folder, &change) {
            Ok(note) => {
                if let Change::Add { favourite, .. } = &change {
                    photograph(forge, folder, favourite);
                }
                Told::Changed(note)
            }
            Err(why) => Told::Failed(format!("The change is not saved, and lasts until the window is closed: {why}.")),
        },
        Ask::Session(saved) => match keep::write_session(folder, &saved) {
            Ok(()) => Told::SessionSaved,
            Err(why) => Told::SessionFailed(why.to_string()),
        },
    }
}

/// Saves a favourite's picture, for the day when its model is another one.
fn photograph(forge: &Forge, folder: &Path, favourite: &Favourite) {
    let Some(file) = &favourite.thumbnail else { return };
    let path = folder.join(file);
    // A file that was edited by hand may name any place.
    let inside = Path::new(file).components().all(|c| matches!(c, std::path::Component::Normal(_)));
    if inside
        && !path.exists()
        && favourite.model.hash == forge.checkpoint().hash()
        && let Ok(picture) = keep::portrait(forge, &favourite.latent)
    {
        // Without it the favourite is as good, and its picture is drawn again when wanted.
        let _ = keep::write_thumbnail(&path, &picture);
    }
}

/// The last session, and what the user should know.
pub fn last_session() -> Found<Option<Saved>> {
    match disk::data_folder().map(|folder| keep::read_session(&folder)) {
        None => Found { it: None, note: None },
        Some(Ok(found)) => found,
        Some(Err(why)) => Found { it: None, note: Some(format!("The last session was not read: {why}.")) },
    }
}
