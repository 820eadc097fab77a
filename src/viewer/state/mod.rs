//! What the explorer shows and what its artist has chosen, as plain data: no Bevy, no tensor, no lock, no file.
//!
//! Panels edit it, the scene reads it. What needs a file is left in the command queue, which the app drains.

mod blend;
mod card;
mod code;
mod command;
pub mod demo;
mod design;
mod exporting;
pub mod favourites;
mod files;
mod film;
pub mod gallery;
pub mod gizmo;
mod history;
mod layout;
mod look;
pub mod map;
mod measure;
mod message;
mod model;
mod own;
mod pad;
mod parcel;
mod patches;
mod picture;
pub mod pictures;
mod play;
pub mod saved;
mod source;
mod stats;
mod training;
mod vary;

use std::collections::VecDeque;
use std::sync::Arc;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::class::Class;
use crate::forge::{Forge, SampleFrom};
pub use crate::kept::{Born, Favourite, MadeBy, Parent, sword_id};
use crate::latent::Latent;
use crate::model::Codebook;
use crate::model::library::Listed;
pub use blend::{Blend, BlendPath, PartAt, Slot};
pub use command::Command;
pub use demo::{Demo, Gamepad, IDLE, Leg, Mode, Stop};
pub use design::{Design, LengthFrom, Preview};
pub use exporting::{DEVIATION_SCALE, Exporting, TRIANGLES, Trial, TrialLevel, format_of};
pub use favourites::{Change, Favourites};
pub use files::Picking;
pub use film::{FRAMES, Film, FrameSize, Recording, Reel};
pub use gallery::{BATCH, Bred, Gallery, Samples, Shelf, Tile};
pub use gizmo::{Gizmo, Grip, Lens};
pub use history::{History, LIMIT as EDITS, Step};
pub use layout::{Dock, Layout, Pane, Side};
pub use look::{Colours, EXPOSURE_RANGE, Look, Room, StudioCommand, Surface, View, ZOOM_RANGE};
pub use map::{Field, Map, MapFrame, Mark, Others, Point};
pub use measure::{Measures, Unsettled, measure_name};
pub use message::{Level, Message};
pub use model::ModelView;
pub use own::{Own, Refining, Shown};
pub use pad::{CORNERS, Pad};
pub use parcel::{Goal, Morphing, Parcel};
pub use patches::{Column, GAP_SCALE, Heat, PatchFiguresOf, PatchRow, Patches};
pub use picture::Picture;
pub use pictures::{Pictures, Seen, Wanted};
pub use play::{Play, SECONDS};
pub use saved::{CameraView, FORMAT as SESSION_FORMAT, Saved, SavedWindow, Shape};
pub use source::{Origin, Source};
pub use stats::{OwnTime, Stats, WidgetRect};
pub use training::{AT_STEP, Curve, RunView, Thinned, Training, Validated};
pub use vary::{Lock, NO_LIMIT, Rows, STRENGTH, STRENGTH_RANGE, Vary};

/// Points along a patch's side that the density slider spans.
pub const GRID_RANGE: std::ops::RangeInclusive<usize> = 6..=64;

/// The density that the explorer starts with.
pub const GRID: usize = 24;

/// The finest grid that is shown, for files that were written with more than the slider offers.
pub const GRID_LIMIT: usize = 128;

/// Overall lengths in metres that the length slider spans; a typed number may lie outside.
pub const LENGTH_RANGE: std::ops::RangeInclusive<f32> = 0.2..=2.5;

/// The explorer's whole state.
#[derive(Clone, Debug)]
pub struct Explorer {
    pub model: ModelView,
    /// The codes of a quantised model, which replace the latent's numbers wherever it is decoded.
    pub codebook: Option<Arc<Codebook>>,
    /// The shape on screen.
    pub latent: Latent,
    /// Overall length in metres that overrides the model's own.
    pub length: Option<f32>,
    pub length_from: LengthFrom,
    /// The model's own length in metres for the current latent.
    pub own_length: f32,
    pub blend: Blend,
    /// Paint every patch in a colour of its own.
    pub tint: bool,
    /// Points along a patch's side.
    pub grid: usize,
    /// Seed of the last random shape.
    pub seed: u64,
    /// What random shapes are drawn from, and how widely: 1 as fitted, 0 the means alone.
    pub sample_from: SampleFrom,
    pub temperature: f32,
    /// What the sliders are for.
    pub rows: Rows,
    /// All principal axes instead of the first few.
    pub show_all_axes: bool,
    /// The patch whose raw dimensions are shown, where the latent has one group a patch.
    pub raw_group: usize,
    /// What the lists of A and B are filtered by.
    pub filter: String,
    pub export_path: String,
    pub import_path: String,
    /// A file that is to be picked in a dialog, until it is open.
    pub picking: Option<Picking>,
    /// Jobs in the background, e.g. `Writing sword.glb`.
    pub working: Vec<String>,
    pub messages: VecDeque<Message>,
    pub look: Look,
    pub film: Film,
    pub exporting: Exporting,
    /// The patches, and how they are looked at.
    pub patches: Patches,
    /// The artist's mesh that was opened last.
    pub own: Option<Own>,
    /// Rings around it, while its pane is in front, and whether the pointer is on one.
    pub gizmo: Option<Gizmo>,
    pub grips: bool,
    pub training: Training,
    /// Models to change to.
    pub models: Vec<Listed>,
    /// The panes around the view.
    pub layout: Layout,
    /// Every edit of the design.
    pub history: History,
    /// Locks, and how random shapes and mutations are made.
    pub vary: Vary,
    /// What is known of the shape's measures.
    pub measures: Measures,
    /// Four shapes at the corners of a square.
    pub pad: Pad,
    /// Whether the blend plays.
    pub play: Play,
    /// What lies under the panels where the window doesn't draw the scene itself.
    pub picture: Option<Picture>,
    /// What the pointer means right now; the panels set it anew in every frame.
    pub preview: Option<Preview>,
    pub gallery: Gallery,
    pub favourites: Favourites,
    pub map: Map,
    pub demo: Demo,
    pub stats: Stats,
    /// Rectangles of the last frame's widgets by name; gathered only where `record_rects` is set.
    pub rects: Vec<WidgetRect>,
    pub record_rects: bool,
    commands: Vec<Command>,
}

impl Explorer {
    /// Starts at the centre of the encoded set.
    pub fn new(model: ModelView, sources: Vec<Source>) -> Self {
        Self {
            export_path: format!("{}.glb", model.class.noun()),
            latent: model.mean.clone(),
            rows: Rows::first(&model),
            model,
            codebook: None,
            length: None,
            length_from: LengthFrom::Model,
            own_length: 1.0,
            blend: Blend::new(sources),
            tint: false,
            grid: GRID,
            seed: 0,
            sample_from: SampleFrom::Fitted,
            temperature: 1.0,
            show_all_axes: false,
            raw_group: 0,
            filter: String::new(),
            import_path: String::new(),
            picking: None,
            working: Vec::new(),
            messages: VecDeque::new(),
            look: Look::default(),
            film: Film::default(),
            exporting: Exporting::default(),
            patches: Patches::default(),
            own: None,
            gizmo: None,
            grips: false,
            training: Training::default(),
            models: Vec::new(),
            layout: Layout::default(),
            history: History::default(),
            vary: Vary::default(),
            measures: Measures::default(),
            pad: Pad::default(),
            play: Play::default(),
            picture: None,
            preview: None,
            gallery: Gallery::default(),
            favourites: Favourites::default(),
            map: Map::default(),
            demo: Demo::default(),
            stats: Stats::default(),
            rects: Vec::new(),
            record_rects: false,
            commands: Vec::new(),
        }
    }

    /// Starts at the centre of a forge's encoded set, with its encoded shapes to pick from.
    pub fn of(forge: &Forge, name: impl Into<String>) -> Self {
        let mut explorer = Self::new(ModelView::of(forge, name), Source::all_of(forge));
        explorer.codebook = forge.codebook().cloned().map(Arc::new);
        explorer.settle(forge);
        explorer
    }

    /// Does what needs the model and is quick enough for the frame that asked: draws random shapes, and asks the
    /// model for its own length. Call it after the panels, before anything is drawn.
    pub fn settle(&mut self, forge: &Forge) {
        for command in std::mem::take(&mut self.commands) {
            match command {
                Command::Random { seed } => {
                    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
                    self.take_draw(forge.sample_with(self.sample_from, self.temperature, rng));
                    if self.length_from != LengthFrom::Hand {
                        self.set_length(None);
                    }
                }
                other => self.commands.push(other),
            }
        }
        if self.demo.is_on() && self.demo.samples.is_empty() {
            self.demo.samples = demo::Stop::samples(forge);
        }
        self.own_length = forge.placement(&self.latent, None).length;
        self.remember();
    }

    /// Begins a frame of the panels: what the one before looked at is asked for anew.
    pub fn begin(&mut self) {
        self.rects.clear();
        self.preview = None;
        self.gallery.pictures.begin();
    }

    /// What the view shows: what the pointer means, else the shape that is edited; and its length in metres, where that is
    /// not the model's own.
    pub fn seen(&self) -> (&Latent, Option<f32>) {
        self.preview.as_ref().map_or((&self.latent, self.length), |p| (&p.latent, p.length))
    }

    /// The shape that is edited.
    pub fn design(&self) -> Design {
        Design { latent: self.latent.clone(), length: self.length, grid: self.grid }
    }

    /// Shows a design and leaves the picks alone. A grid beyond what is shown here is lowered, and said so.
    pub fn show(&mut self, design: Design) {
        self.play.on = false;
        self.latent = design.latent;
        self.length = design.length;
        self.length_from = if design.length.is_some() { LengthFrom::Picks } else { LengthFrom::Model };
        self.grid = design.grid.clamp(2, GRID_LIMIT);
        if self.grid < design.grid {
            self.info(format!("Saved with {0} x {0} points a patch, shown with {1} x {1}.", design.grid, self.grid));
        }
    }

    /// Triangles of the shape at the current density.
    pub fn triangles(&self) -> usize {
        self.model.patches * 2 * (self.grid.max(2) - 1).pow(2)
    }

    /// The length in metres that the shape is drawn and exported with.
    pub fn shown_length(&self) -> f32 {
        self.length.unwrap_or(self.own_length)
    }

    /// The names of the model's parts, as they come; one without a name where it knows none.
    pub fn part_names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for part in &self.model.parts {
            if !names.contains(part) {
                names.push(part.clone());
            }
        }
        if names.is_empty() {
            names.push(String::new());
        }
        names
    }

    /// How high the shape stands in metres: a sword as high as it is long, a plane as its tail.
    pub fn upright_extent(&self) -> f32 {
        match self.model.class {
            Class::Sword => self.shown_length(),
            Class::Plane => self.stats.size.map_or(0.3 * self.shown_length(), |[_, _, height]| height),
        }
    }

    /// Asks for a random shape of the next seed, so that each can be found again by its number.
    pub fn randomise(&mut self) {
        self.seed = self.seed.wrapping_add(1);
        self.commands.push(Command::Random { seed: self.seed });
    }

    /// Asks for the random shape of a seed.
    pub fn randomise_with(&mut self, seed: u64) {
        self.seed = seed;
        self.commands.push(Command::Random { seed });
    }

    /// Back to the centre of the encoded set, as far as the locks let it, and the model's own length.
    pub fn reset(&mut self) {
        self.history.name("Reset");
        self.play.on = false;
        self.go_to(self.model.mean.clone());
        self.set_length(None);
    }

    /// The user's own length in metres, which stays until it is given back; `None` gives it back to the model, until
    /// the next pick or blend.
    pub fn set_length(&mut self, length: Option<f32>) {
        self.length = length;
        self.length_from = if length.is_some() { LengthFrom::Hand } else { LengthFrom::Model };
    }

    /// Picks source `index` as A or B and shows it: the blend moves to that end, unless it stands between two picks.
    pub fn pick(&mut self, slot: Slot, index: usize) {
        if self.blend.pick(slot, index) {
            self.play.on = false;
            self.history.name(format!("Pick {}: {}", slot.name(), self.blend.sources[index].name));
            self.apply_blend();
        }
    }

    /// Adds an imported shape and picks it. A file that was imported before replaces its old self.
    pub fn add_import(&mut self, slot: Slot, source: Source) {
        let index = self.blend.add_import(source);
        self.pick(slot, index);
    }

    /// Notes where a widget lies, if asked to. The first of a frame's widgets by one name counts.
    pub fn record(&mut self, name: &str, rect: [f32; 4]) {
        if self.record_rects {
            self.rects.push(WidgetRect { name: name.to_owned(), rect });
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Two numbers, a real and a procedural shape.
    pub fn explorer() -> Explorer {
        let model = ModelView::plain("m", Class::Sword, Latent::zeros(1, 2));
        let source = |name: &str, origin, values: [f32; 2]| Source {
            name: name.into(),
            origin,
            latent: Latent::new(1, 2, values.to_vec()).unwrap(),
            length: None,
            own_length: 1.0,
        };
        Explorer::new(model, vec![source("p", Origin::Procedural, [0.0, 1.0]), source("r", Origin::Real, [1.0, 0.0])])
    }

    #[test]
    fn a_pick_is_shown_and_a_standing_blend_is_kept() {
        let mut e = explorer();
        assert_eq!(e.blend.sources[0].name, "r");
        e.pick(Slot::A, 0);
        assert_eq!(e.latent.values(), [1.0, 0.0]);
        e.pick(Slot::B, 1);
        assert_eq!((e.blend.at, e.latent.values()), (1.0, &[0.0, 1.0][..]));
        e.blend.at = 0.25;
        e.apply_blend();
        assert_eq!(e.latent.values(), [0.75, 0.25]);
        e.blend.swap();
        let before = e.latent.clone();
        e.apply_blend();
        assert_eq!((e.blend.at, &e.latent), (0.75, &before));
        e.pick(Slot::A, 0);
        assert_eq!(e.blend.at, 0.75);
        e.pick(Slot::A, 99);
        assert_eq!(e.blend.picks[0], Some(0));
    }

    #[test]
    fn lengths_follow_picks_and_blends_until_the_user_sets_one() {
        let mut e = explorer();
        e.pick(Slot::A, 0);
        assert_eq!((e.length, e.length_from), (None, LengthFrom::Picks));
        (e.blend.sources[1].length, e.blend.sources[0].own_length) = (Some(2.0), 0.5);
        e.pick(Slot::B, 1);
        assert_eq!(e.length, Some(2.0));
        e.blend.at = 0.25;
        e.apply_blend();
        assert_eq!(e.length, Some(0.875));
        e.blend.at = 0.0;
        e.apply_blend();
        assert_eq!(e.length, None);
        e.set_length(Some(0.7));
        e.pick(Slot::B, 1);
        e.blend.at = 0.5;
        e.apply_blend();
        assert_eq!((e.length, e.length_from), (Some(0.7), LengthFrom::Hand));
        e.set_length(None);
        assert_eq!(e.length, None);
        e.apply_blend();
        assert_eq!(e.length, Some(1.25));
        e.reset();
        assert_eq!((e.length, e.length_from), (None, LengthFrom::Model));
    }

    #[test]
    fn an_import_again_replaces_itself() {
        let mut e = explorer();
        for x in [3.0, 4.0] {
            let latent = Latent::new(1, 2, vec![x, x]).unwrap();
            e.add_import(
                Slot::A,
                Source { name: "f".into(), origin: Origin::Imported, latent, length: None, own_length: 1.0 },
            );
        }
        assert_eq!((e.blend.sources.len(), e.latent.values()), (3, &[4.0, 4.0][..]));
        e.ask_dropped("b.obj".into());
        e.pick(Slot::B, 0);
        e.ask_dropped("c.obj".into());
        let import = |path: &str, slot| Command::Import { path: path.into(), slot };
        assert_eq!(e.commands(), [import("b.obj", Slot::B), import("c.obj", Slot::A)]);
    }

    #[test]
    fn an_export_needs_a_name_and_old_messages_make_way() {
        let mut e = explorer();
        e.export_path = "  ".into();
        e.ask_export();
        assert!(e.commands().is_empty() && e.messages[0].level == Level::Error);
        e.export_path = "out/blade".into();
        e.ask_export();
        assert_eq!(e.take_commands(), [Command::Export { path: "out/blade.glb".into() }]);
        for i in 0..10 {
            e.info(i.to_string());
        }
        assert_eq!((e.messages.len(), e.messages[3].text.as_str()), (4, "9"));
    }
}
