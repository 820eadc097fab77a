//! The shape of a session: its latent, what it was blended from, and what is locked; all of one model.

use serde::{Deserialize, Serialize};

use super::super::{BlendPath, Bred, Explorer, LengthFrom, Lock, Origin, Slot, Source};
use super::{Saved, or_default};
use crate::forge::LENGTHS;
use crate::kept::MadeBy;
use crate::latent::Latent;

/// A shape that was picked as A or B, or for a corner of the pad.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Picked {
    pub name: String,
    pub latent: Latent,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<f32>,
    /// The model's own length for it, metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_length: Option<f32>,
}

/// A row that is locked; a measure by its name, since a model that is finished anew may number them otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Locked {
    Measure(String),
    Axis(usize),
    Number(usize),
}

/// Four corners and the place between them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedPad {
    pub corners: [Option<Picked>; 4],
    pub at: [f32; 2],
}

/// The shape and what it was blended from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    pub model: MadeBy,
    pub latent: Latent,
    #[serde(default)]
    pub length: Option<f32>,
    /// Whether that length is the user's own.
    #[serde(default)]
    pub by_hand: bool,
    /// Whether it follows from measures that were moved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub measured: bool,
    #[serde(default)]
    pub a: Option<Picked>,
    #[serde(default)]
    pub b: Option<Picked>,
    #[serde(default)]
    pub at: f32,
    #[serde(default)]
    pub arc: bool,
    /// Places of patches that do not go with the whole blend.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Option<f32>>,
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<Locked>,
    /// `None` while no corner was chosen.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub pad: Option<SavedPad>,
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "is_default")]
    pub bred: Bred,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Picked {
    fn of(source: &Source) -> Self {
        Self {
            name: source.name.clone(),
            latent: source.latent.clone(),
            length: source.length,
            own_length: Some(source.own_length),
        }
    }
}

impl Shape {
    /// What is to come back of an explorer's shape.
    pub fn of(explorer: &Explorer) -> Self {
        let blend = &explorer.blend;
        let source = |index: Option<usize>| blend.sources.get(index?).map(Picked::of);
        let corners = explorer.pad.corners.map(source);
        let lock = |lock: &Lock| match *lock {
            Lock::Measure(i) => explorer.model.attributes.get(i).map(|a| Locked::Measure(a.name.clone())),
            Lock::Axis(i) => Some(Locked::Axis(i)),
            Lock::Number(i) => Some(Locked::Number(i)),
        };
        Self {
            model: MadeBy { name: explorer.model.name.clone(), hash: explorer.model.hash.clone() },
            latent: explorer.latent.clone(),
            length: explorer.length,
            by_hand: explorer.length_from == LengthFrom::Hand,
            measured: explorer.length_from == LengthFrom::Measures,
            a: blend.picked(Slot::A).map(Picked::of),
            b: blend.picked(Slot::B).map(Picked::of),
            at: blend.at,
            arc: blend.path == BlendPath::Spherical,
            parts: blend.parts.clone(),
            locks: explorer.vary.locks.iter().filter_map(lock).collect(),
            pad: corners.iter().any(Option::is_some).then_some(SavedPad { corners, at: explorer.pad.at }),
            bred: explorer.gallery.bred(),
        }
    }
}

impl Explorer {
    /// Brings back the shape, A and B, the pad's corners, the locks and what was bred. False where they belong to another model.
    pub fn restore_shape(&mut self, saved: &Saved) -> bool {
        let mut shapes = saved.shape.iter().chain(&saved.others);
        let fits = |latent: &Latent| self.fits(latent).is_ok();
        let Some(shape) = shapes.find(|s| s.model.hash == self.model.hash && fits(&s.latent)) else { return false };
        for (slot, pick) in [&shape.a, &shape.b].into_iter().enumerate() {
            if let Some(index) = self.find_again(pick) {
                self.blend.picks[slot] = Some(index);
            }
        }
        self.blend.at = if shape.at.is_finite() { shape.at.clamp(0.0, 1.0) } else { 0.0 };
        self.blend.path = if shape.arc { BlendPath::Spherical } else { BlendPath::Linear };
        self.blend.parts.clear();
        let patches = self.model.patches;
        for (patch, at) in shape.parts.iter().take(patches).enumerate() {
            self.blend.set_part(patches, patch, at.filter(|t| (0.0..=1.0).contains(t)));
        }
        if let Some(SavedPad { corners, at }) = &shape.pad {
            self.pad.corners = [0, 1, 2, 3].map(|i| self.find_again(&corners[i]));
            self.pad.at = at.map(|x| if x.is_finite() { x.clamp(0.0, 1.0) } else { 0.5 });
        }
        self.vary.locks = shape.locks.iter().filter_map(|lock| self.lock_of(lock)).collect();
        self.latent = shape.latent.clone();
        self.length = shape.length.filter(|l| LENGTHS.contains(l));
        self.length_from = match (self.length, shape.by_hand) {
            (None, _) => LengthFrom::Model,
            (Some(_), true) => LengthFrom::Hand,
            (Some(_), false) if shape.measured => LengthFrom::Measures,
            (Some(_), false) => LengthFrom::Picks,
        };
        if let Some(path) = saved.export_path.as_ref().filter(|p| !p.trim().is_empty()) {
            self.export_path.clone_from(path);
        }
        self.restore_bred(shape.bred.clone());
        // What the window opens with is nothing to undo.
        self.history.clear();
        true
    }

    /// Where a shape that was picked stands among the sources; one that is not there any more, such as an opened file, joins
    /// them.
    fn find_again(&mut self, picked: &Option<Picked>) -> Option<usize> {
        let Picked { name, latent, length, own_length } = picked.clone().filter(|p| self.fits(&p.latent).is_ok())?;
        let known = self.blend.sources.iter().position(|s| s.name == name && s.latent == latent);
        Some(known.unwrap_or_else(|| {
            let own_length = own_length.or(length).unwrap_or(self.own_length);
            self.blend.add_import(Source { name, origin: Origin::Imported, latent, length, own_length })
        }))
    }

    /// A lock on a row that the model has.
    fn lock_of(&self, locked: &Locked) -> Option<Lock> {
        match locked {
            Locked::Measure(name) => self.model.attributes.iter().position(|a| a.name == *name).map(Lock::Measure),
            Locked::Axis(i) => {
                self.model.axes.as_ref().is_some_and(|a| *i < a.directions.len()).then_some(Lock::Axis(*i))
            }
            Locked::Number(i) => (*i < self.model.mean.values().len()).then_some(Lock::Number(*i)),
        }
    }
}
