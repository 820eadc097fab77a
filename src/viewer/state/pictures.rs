//! Thumbnails by sword: those that are ready, those that are wanted next, and how many are kept.

use std::collections::HashMap;
use std::sync::Arc;

use crate::draw::Picture;
use crate::latent::Latent;

/// Pictures that are kept: the ones that were looked at longest ago make way.
const LIMIT: usize = 400;

/// Pictures that wait at most; more are asked for as these get ready.
const WAITING: usize = 64;

/// A picture to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// Of the sword.
    pub id: String,
    /// What to draw; `None` where the model that could is another one.
    pub latent: Option<Latent>,
    /// A picture that may have been saved, relative to the data folder.
    pub saved: Option<String>,
}

#[derive(Clone, Debug)]
struct Ready {
    /// `None` where it can't be drawn.
    picture: Option<Arc<Picture>>,
    used: u64,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    Ready(Arc<Picture>),
    /// It is being drawn.
    Soon,
    /// It can't be drawn.
    Never,
}

/// The cache.
#[derive(Clone, Debug, Default)]
pub struct Pictures {
    ready: HashMap<String, Ready>,
    wanted: Vec<Wanted>,
    frame: u64,
    /// Milliseconds of work a picture, over about the last ten.
    pub milliseconds: Option<f32>,
}

impl Pictures {
    /// A new frame asks anew: what has scrolled away is not drawn any more.
    pub fn begin(&mut self) {
        self.wanted.clear();
        self.frame += 1;
    }

    /// The picture of a sword; asks for it where it is not ready.
    pub fn see(&mut self, id: &str, wanted: impl FnOnce() -> Wanted) -> Seen {
        match self.ready.get_mut(id) {
            Some(ready) => {
                ready.used = self.frame;
                ready.picture.clone().map_or(Seen::Never, Seen::Ready)
            }
            None => {
                if self.wanted.len() < WAITING {
                    self.wanted.push(wanted());
                }
                Seen::Soon
            }
        }
    }

    /// What this frame's widgets look at and is not ready, most urgent first.
    pub fn wanted(&self) -> &[Wanted] {
        &self.wanted
    }

    /// Takes in what was drawn, and how long it took.
    pub fn put(&mut self, id: String, picture: Option<Arc<Picture>>, milliseconds: f32) {
        let mean = self.milliseconds.unwrap_or(milliseconds);
        self.milliseconds = Some(mean + 0.1 * (milliseconds - mean));
        self.wanted.retain(|w| w.id != id);
        self.ready.insert(id, Ready { picture, used: self.frame });
        if self.ready.len() > LIMIT {
            let mut ages: Vec<u64> = self.ready.values().map(|r| r.used).collect();
            // A quarter at once, so that it is not done for every picture.
            let (_, &mut oldest, _) = ages.select_nth_unstable(LIMIT / 4);
            self.ready.retain(|_, r| r.used > oldest || r.used == self.frame);
        }
    }

    /// Forgets what could not be drawn, since another model may.
    pub fn retry(&mut self) {
        self.ready.retain(|_, r| r.picture.is_some());
    }

    /// Pictures that are held.
    pub fn len(&self) -> usize {
        self.ready.len()
    }

    /// Whether none is held.
    pub fn is_empty(&self) -> bool {
        self.ready.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(id: &str) -> Wanted {
        Wanted { id: id.into(), latent: None, saved: None }
    }

    #[test]
    fn old_pictures_make_way_and_the_seen_ones_stay() {
        let mut pictures = Pictures::default();
        let picture = Arc::new(Picture::new(2, 2, [0; 4]));
        for i in 0..5 * LIMIT {
            pictures.begin();
            let id = i.to_string();
            assert_eq!(pictures.see(&id, || wanted(&id)), Seen::Soon);
            assert_eq!(pictures.wanted().len(), 1);
            pictures.put(id, Some(picture.clone()), 1.0);
            let first = pictures.see("0", || wanted("0"));
            assert_eq!(first, Seen::Ready(picture.clone()));
            assert!(pictures.len() <= LIMIT);
        }
        assert!(pictures.len() > LIMIT / 2);
        pictures.put("x".into(), None, 3.0);
        assert_eq!(pictures.see("x", || wanted("x")), Seen::Never);
        pictures.retry();
        assert_eq!(pictures.see("x", || wanted("x")), Seen::Soon);
    }

    #[test]
    fn a_frame_asks_for_so_many_only() {
        let mut pictures = Pictures::default();
        for i in 0..10 * WAITING {
            pictures.see(&i.to_string(), || wanted(&i.to_string()));
        }
        assert_eq!((pictures.wanted().len(), pictures.wanted()[0].id.as_str()), (WAITING, "0"));
        pictures.begin();
        assert!(pictures.wanted().is_empty());
    }
}
