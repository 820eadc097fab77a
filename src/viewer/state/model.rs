//! What is known of the loaded model, and how another one takes its place.

use std::sync::Arc;

use super::{Command, Explorer, Origin, Own, Slot, Source, Stats, card};
use crate::class::Class;
use crate::forge::Forge;
use crate::latent::{Attribute, Axes, Density, Latent};

/// What the panels know of the loaded model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelView {
    /// Shown in the title, e.g. `sword`.
    pub name: String,
    /// What its shapes are.
    pub class: Class,
    /// G of a latent `[G, D]`.
    pub groups: usize,
    /// D of a latent `[G, D]`.
    pub dim: usize,
    /// P, learned patches a shape.
    pub patches: usize,
    /// Centre of the encoded training set: where the explorer starts and where reset leads.
    pub mean: Latent,
    /// Principal axes of the encoded training set; `None` for a model without them, which offers raw dimensions only.
    pub axes: Option<Axes>,
    /// What can be measured on its shapes, and moved.
    pub attributes: Vec<Attribute>,
    /// `[P]` the part that each patch makes; empty where nobody knows.
    pub parts: Vec<String>,
    /// The model's own length in metres for its average shape.
    pub usual_length: f32,
    /// The density that was fitted over these axes.
    pub density: Option<Arc<Density>>,
    /// Of configuration and weights: what belongs to this very model.
    pub hash: String,
    /// Rows of name and value.
    pub card: Vec<(String, String)>,
}

impl ModelView {
    /// A model of 25 patches of which no more is known than its average shape.
    pub fn plain(name: impl Into<String>, class: Class, mean: Latent) -> Self {
        Self {
            name: name.into(),
            class,
            groups: mean.groups(),
            dim: mean.dim(),
            patches: 25,
            mean,
            axes: None,
            attributes: Vec::new(),
            parts: Vec::new(),
            usual_length: 1.0,
            density: None,
            hash: String::new(),
            card: Vec::new(),
        }
    }

    /// What a forge's checkpoint says.
    pub fn of(forge: &Forge, name: impl Into<String>) -> Self {
        let checkpoint = forge.checkpoint();
        Self {
            name: name.into(),
            class: forge.class(),
            groups: checkpoint.config.groups,
            dim: checkpoint.config.latent,
            patches: checkpoint.config.patches,
            mean: forge.mean(),
            axes: checkpoint.meta.axes.clone(),
            attributes: checkpoint.meta.attributes.clone(),
            parts: checkpoint.meta.patch_parts.iter().map(|p| p.part.clone()).collect(),
            usual_length: forge.placement(&forge.mean(), None).length,
            density: checkpoint.meta.density.clone().map(Arc::new),
            hash: checkpoint.hash(),
            card: card::card(forge),
        }
    }
}

impl Explorer {
    /// Goes on with another model: what belongs to the old one (its shapes, the latent) is left behind, what belongs to the
    /// artist (layout, grid, tint, messages) stays.
    pub fn change_model(&mut self, forge: &Forge, name: &str) {
        let fresh = Self::of(forge, name);
        let before = std::mem::replace(self, fresh);
        let own = before.own.as_ref().map(|own| own.name.as_str());
        let imports =
            before.blend.sources.iter().filter(|s| s.origin == Origin::Imported && Some(&*s.name) != own).count();
        self.tint = before.tint;
        self.patches.heat = before.patches.heat;
        (self.patches.sort, self.patches.descending) = (before.patches.sort, before.patches.descending);
        self.grid = before.grid;
        self.sample_from = before.sample_from;
        self.temperature = before.temperature;
        self.seed = before.seed;
        self.exporting = before.exporting.of_another_model();
        self.vary = before.vary.unlocked();
        self.play.seconds = before.play.seconds;
        self.working = before.working;
        self.messages = before.messages;
        self.models = before.models;
        self.training = before.training;
        self.look = before.look;
        self.film = before.film;
        self.layout = before.layout;
        self.favourites = before.favourites;
        self.gallery = before.gallery;
        self.gallery.forget_model();
        self.map.others = before.map.others;
        self.demo = before.demo.of_another_model();
        self.stats = Stats { size: None, ..before.stats };
        self.record_rects = before.record_rects;
        if before.model.class == self.model.class {
            self.export_path = before.export_path;
        } else {
            self.exporting.options.origin = crate::forge::game::Origin::default();
            self.ask(Command::FrameView);
        }
        let dropped = match imports {
            0 => String::new(),
            1 => " The file that was opened belongs to the model before: open it again to encode it with this one."
                .into(),
            n => format!(" The {n} files that were opened belong to the model before: open them again to encode them."),
        };
        self.info(format!("Now the model is {name}.{dropped}"));
        if let Some(opening) = Source::opening(self.blend.sources.iter().cloned())
            && let Some(index) = self.blend.sources.iter().position(|s| s.name == opening.name)
        {
            self.pick(Slot::A, index);
        }
        self.own = before.own.map(|own| Own { closeness: None, refining: None, ..own });
        if self.own.is_some() {
            self.ask(Command::Turn);
        }
        self.history.clear();
        self.settle(forge);
    }
}
