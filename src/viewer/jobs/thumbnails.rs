//! Draws thumbnails in the background, one at a time and on one core: the newest list of wanted ones replaces the one before.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use super::keep::{portrait, read_thumbnail};
use super::{Wake, guarded};
use crate::draw::Picture;
use crate::forge::Forge;
use crate::viewer::state::Wanted;

/// A thumbnail that was drawn, or can't be.
pub struct Drawn {
    pub id: String,
    pub picture: Option<Arc<Picture>>,
    pub milliseconds: f32,
}

/// The worker.
pub struct Thumbnails {
    shared: Arc<Shared>,
    results: Receiver<Drawn>,
}

#[derive(Default)]
struct Shared {
    list: Mutex<List>,
    changed: Condvar,
}

#[derive(Default)]
struct List {
    /// Most urgent first.
    wanted: Vec<Wanted>,
    /// What is being drawn.
    drawing: Option<String>,
    /// The data folder, where there may be saved ones.
    folder: Option<PathBuf>,
    closed: bool,
}

impl Thumbnails {
    /// Starts the worker.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(forge: Arc<Forge>, wake: Wake) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (sender, results) = channel();
        // The rasteriser and the decoder share their work among threads: here they get one, so that the window keeps its own.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().map_err(std::io::Error::other)?;
        let work = shared.clone();
        std::thread::Builder::new().name("thumbnails".into()).spawn(move || {
            while let Some((wanted, folder)) = work.take() {
                let start = Instant::now();
                let picture = pool.install(|| guarded(|| draw(&forge, &wanted, folder))).ok().flatten();
                let milliseconds = start.elapsed().as_secs_f32() * 1e3;
                let drawn = Drawn { id: wanted.id, picture: picture.map(Arc::new), milliseconds };
                if sender.send(drawn).is_err() {
                    return;
                }
                wake();
            }
        })?;
        Ok(Self { shared, results })
    }

    /// Where saved thumbnails lie.
    pub fn look_in(&self, folder: PathBuf) {
        self.shared.list.lock().unwrap_or_else(PoisonError::into_inner).folder = Some(folder);
    }

    /// Replaces what waits; what is being drawn is finished first.
    pub fn want(&self, wanted: &[Wanted]) {
        let mut list = self.shared.list.lock().unwrap_or_else(PoisonError::into_inner);
        if list.wanted.is_empty() && wanted.is_empty() {
            return;
        }
        list.wanted = wanted.iter().filter(|w| Some(&w.id) != list.drawing.as_ref()).cloned().collect();
        self.shared.changed.notify_one();
    }

    /// What was drawn since the last call; never waits.
    pub fn drawn(&self) -> impl Iterator<Item = Drawn> + '_ {
        self.results.try_iter()
    }
}

impl Shared {
    fn take(&self) -> Option<(Wanted, Option<PathBuf>)> {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.drawing = None;
        loop {
            if list.closed {
                return None;
            }
            if !list.wanted.is_empty() {
                let next = list.wanted.remove(0);
                list.drawing = Some(next.id.clone());
                return Some((next, list.folder.clone()));
            }
            list = self.changed.wait(list).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Thumbnails {
    fn drop(&mut self) {
        self.shared.list.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.shared.changed.notify_one();
    }
}

fn draw(forge: &Forge, wanted: &Wanted, folder: Option<PathBuf>) -> Option<Picture> {
    let saved = wanted.saved.as_ref().zip(folder).and_then(|(file, folder)| read_thumbnail(&folder.join(file)));
    saved.or_else(|| portrait(forge, wanted.latent.as_ref()?).ok())
}
