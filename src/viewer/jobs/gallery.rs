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

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::forge::SampleFrom;
    use crate::model::checkpoint::Checkpoint;
    use crate::viewer::state::{BATCH, Level, Seen, Wanted};

    fn forge() -> Arc<Forge> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny.safetensors");
        Arc::new(Forge::new(Checkpoint::read(&path).unwrap()).unwrap())
    }

    /// Hands commands over and takes results in until `done`.
    fn pump(jobs: &mut GalleryJobs, explorer: &mut Explorer, mut done: impl FnMut(&mut Explorer) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !done(explorer) {
            assert!(Instant::now() < deadline, "the workers do not answer: {:?}", explorer.messages);
            for command in explorer.take_commands() {
                assert_eq!(jobs.take(command), None);
            }
            jobs.update(explorer);
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    #[test]
    fn samples_are_those_of_their_seeds_and_get_pictures() {
        let forge = forge();
        let mut jobs = GalleryJobs::start(forge.clone(), Arc::new(|| ())).unwrap();
        let mut explorer = Explorer::of(&forge, "tiny");
        explorer.ask_samples(false);
        pump(&mut jobs, &mut explorer, |e| e.gallery.random.len() == BATCH);
        let by_hand = forge.sample_with(SampleFrom::Fitted, 1.0, &mut ChaCha8Rng::seed_from_u64(3));
        assert_eq!((&explorer.gallery.random[2].latent, explorer.gallery.sampling), (&by_hand, false));
        let tile = explorer.gallery.random[2].clone();
        let see = |e: &mut Explorer| e.gallery.pictures.see(&tile.id, || Explorer::wanted(&tile, false));
        let mut picture = Seen::Soon;
        pump(&mut jobs, &mut explorer, |e| {
            picture = see(e);
            picture != Seen::Soon
        });
        let Seen::Ready(picture) = picture else { panic!("no picture") };
        assert!(picture.rgba().chunks_exact(4).any(|p| p[3] > 0) && explorer.gallery.pictures.milliseconds.is_some());
        // Of another model's sword there is none.
        let foreign = || Wanted { id: "x".into(), latent: None, saved: None };
        pump(&mut jobs, &mut explorer, |e| e.gallery.pictures.see("x", foreign) == Seen::Never);
    }

    #[test]
    fn favourites_and_pictures_come_back_at_the_next_start() {
        let (forge, folder) = (forge(), tempfile::tempdir().unwrap());
        let home = folder.path().join("home");
        let mut first = Explorer::of(&forge, "tiny");
        let mut jobs = GalleryJobs::start(forge.clone(), Arc::new(|| ())).unwrap();
        jobs.keep_in(home.clone()).unwrap();
        // Kept before the file was read.
        first.favour_current();
        pump(&mut jobs, &mut first, |e| e.favourites.loaded && e.commands().is_empty());
        jobs.save(first.saved(None));
        // Waits for what was asked for.
        drop(jobs);
        let kept = first.favourites.entries()[0].clone();
        assert!(home.join(kept.thumbnail.as_ref().unwrap()).is_file() && home.join("session.json").is_file());

        let mut second = Explorer::of(&forge, "tiny");
        let mut jobs = GalleryJobs::start(forge.clone(), Arc::new(|| ())).unwrap();
        jobs.keep_in(home).unwrap();
        pump(&mut jobs, &mut second, |e| e.favourites.loaded);
        assert_eq!(second.favourites.entries(), std::slice::from_ref(&kept));
        // The saved picture is shown where the model is another one.
        let saved = || Wanted { id: kept.id.clone(), latent: None, saved: kept.thumbnail.clone() };
        pump(&mut jobs, &mut second, |e| matches!(e.gallery.pictures.see(&kept.id, saved), Seen::Ready(_)));
    }

    #[test]
    fn a_home_that_takes_nothing_gives_a_message_and_a_way_on() {
        let (forge, folder) = (forge(), tempfile::tempdir().unwrap());
        // Root may write anywhere but below a file.
        std::fs::write(folder.path().join("home"), "a file").unwrap();
        let mut jobs = GalleryJobs::start(forge.clone(), Arc::new(|| ())).unwrap();
        jobs.keep_in(folder.path().join("home")).unwrap();
        let mut explorer = Explorer::of(&forge, "tiny");
        explorer.favour_current();
        jobs.save(explorer.saved(None));
        jobs.save(explorer.saved(None));
        let errors = |e: &Explorer, part: &str| {
            e.messages.iter().filter(|m| m.level == Level::Error && m.text.contains(part)).count()
        };
        pump(&mut jobs, &mut explorer, |e| {
            errors(e, "lasts until the window is closed") == 1 && errors(e, "will not come back") == 1
        });
        assert!(explorer.messages.iter().any(|m| m.text.contains(disk::DATA_VARIABLE)), "{:?}", explorer.messages);
        assert_eq!(explorer.favourites.entries().len(), 1);
    }
}
