//! What comes back at the next start: the sword, A and B, the view and the layout. Plain data, written as JSON.

mod shape;

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};

use super::gallery::Shelf;
use super::map::Others;
use super::{Column, Explorer, Film, GRID_LIMIT, Heat, Layout, Look, Morphing, STRENGTH_RANGE};
use crate::forge::SampleFrom;
use crate::forge::game::Options;
pub use shape::{Locked, Picked, SavedPad, Shape};

/// The format that this version writes. An older one is migrated, a newer one refused.
pub const FORMAT: u32 = 1;

/// Where the camera stands, as its orbit's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CameraView {
    /// Radians.
    pub yaw: f32,
    pub pitch: f32,
    /// Metres from what it looks at.
    pub radius: f32,
    pub focus: [f32; 3],
}

impl CameraView {
    /// Whether a camera can stand there.
    pub fn is_sane(&self) -> bool {
        let Self { yaw, pitch, radius, focus } = self;
        [yaw, pitch, radius].into_iter().chain(focus).all(|x| x.is_finite()) && *radius > 0.0
    }
}

/// The window, in points: as large as it is where it isn't maximised.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedWindow {
    pub width: f32,
    pub height: f32,
    #[serde(default)]
    pub maximised: bool,
}

impl SavedWindow {
    /// The size to open with; `None` where no window can have it.
    pub fn size(&self) -> Option<(u32, u32)> {
        let sane = |x: f32| (100.0..=20_000.0).contains(&x);
        (sane(self.width) && sane(self.height)).then_some((self.width.round() as u32, self.height.round() as u32))
    }
}

/// What the colours of the patches mean, and how their table is sorted. What is hidden or taken apart is whole at the next start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedPatches {
    pub heat: Option<Heat>,
    pub sort: Column,
    pub descending: bool,
}

/// The map's settings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedMap {
    pub axes: [usize; 2],
    pub others: Others,
    pub centre: [f32; 2],
    pub radius: f32,
    pub fit: bool,
}

/// A session. A part that can't be read any more is left at its default, so that a later version's session still opens.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Saved {
    pub format: u32,
    #[serde(deserialize_with = "or_default")]
    pub shape: Option<Shape>,
    /// The last shapes of models that were left, the latest first.
    #[serde(deserialize_with = "or_default")]
    pub others: Vec<Shape>,
    #[serde(deserialize_with = "or_default")]
    pub view: Option<CameraView>,
    #[serde(deserialize_with = "or_default")]
    pub window: Option<SavedWindow>,
    #[serde(deserialize_with = "or_default")]
    pub patches: SavedPatches,
    #[serde(deserialize_with = "or_default")]
    pub layout: Layout,
    #[serde(deserialize_with = "or_default")]
    pub grid: Option<usize>,
    #[serde(deserialize_with = "or_default")]
    pub tint: bool,
    #[serde(deserialize_with = "or_default")]
    pub seed: u64,
    #[serde(deserialize_with = "or_default")]
    pub temperature: Option<f32>,
    #[serde(deserialize_with = "or_default")]
    pub from_prior: bool,
    #[serde(deserialize_with = "or_default")]
    pub export_path: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub shelf: Shelf,
    #[serde(deserialize_with = "or_default")]
    pub strength: Option<f32>,
    #[serde(deserialize_with = "or_default")]
    pub map: Option<SavedMap>,
    #[serde(deserialize_with = "or_default")]
    pub look: Look,
    #[serde(deserialize_with = "or_default")]
    pub film: Film,
    #[serde(deserialize_with = "or_default")]
    pub export: Options,
    #[serde(deserialize_with = "or_default")]
    pub morphing: Morphing,
}

fn or_default<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(from: D) -> Result<T, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

impl Explorer {
    /// What is to come back.
    pub fn saved(&self, view: Option<CameraView>) -> Saved {
        Saved {
            format: FORMAT,
            shape: Some(Shape::of(self)),
            others: Vec::new(),
            view,
            window: None,
            patches: SavedPatches {
                heat: self.patches.heat,
                sort: self.patches.sort,
                descending: self.patches.descending,
            },
            layout: self.layout.clone(),
            grid: Some(self.grid),
            tint: self.tint,
            seed: self.seed,
            temperature: Some(self.temperature),
            from_prior: self.sample_from == SampleFrom::Prior,
            export_path: Some(self.export_path.clone()),
            shelf: self.gallery.shelf,
            strength: Some(self.vary.strength),
            look: Look { turning: false, ..self.look.clone() },
            film: Film { recording: None, ..self.film.clone() },
            export: self.exporting.options.clone(),
            morphing: self.exporting.morphing,
            map: Some(SavedMap {
                axes: self.map.axes,
                others: self.map.others,
                centre: self.map.centre,
                radius: self.map.radius,
                fit: self.map.fit,
            }),
        }
    }

    /// Brings back how the window was arranged.
    pub fn restore_window(&mut self, saved: &Saved) {
        self.layout = saved.layout.clone();
        (self.look, self.film) = (saved.look.clone(), saved.film.clone());
        self.exporting.options = saved.export.clone().within_limits();
        self.exporting.morphing = saved.morphing.within_limits();
        self.tint = saved.tint;
        let SavedPatches { heat, sort, descending } = saved.patches;
        (self.patches.heat, self.patches.sort, self.patches.descending) = (heat, sort, descending);
        if let Some(grid) = saved.grid {
            self.grid = grid.clamp(2, GRID_LIMIT);
        }
        self.seed = saved.seed;
        self.temperature = saved.temperature.filter(|t| (0.0..=10.0).contains(t)).unwrap_or(self.temperature);
        self.sample_from = if saved.from_prior { SampleFrom::Prior } else { SampleFrom::Fitted };
        self.gallery.shelf = saved.shelf;
        if let Some(strength) = saved.strength.filter(|s| s.is_finite()) {
            self.vary.strength = strength.clamp(*STRENGTH_RANGE.start(), *STRENGTH_RANGE.end());
        }
        if let Some(map) = saved.map
            && map.centre.into_iter().chain([map.radius]).all(f32::is_finite)
            && map.radius > 0.0
        {
            (self.map.axes, self.map.others) = (map.axes, map.others);
            (self.map.centre, self.map.radius, self.map.fit) = (map.centre, map.radius, map.fit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{BlendPath, Bred, Lock, ModelView, Origin, Pane, Slot, Source, Tile};
    use super::*;
    use crate::class::Class;
    use crate::latent::{Axes, Latent};

    fn explorer() -> Explorer {
        let mut model = ModelView::plain("m", Class::Sword, Latent::zeros(1, 2));
        model.hash = "hash".into();
        let unit = |i: usize| (0..2).map(|k| f32::from(u8::from(i == k))).collect();
        model.axes = Some(Axes {
            mean: vec![0.0; 2],
            directions: vec![unit(0), unit(1)],
            deviations: vec![1.0, 0.5],
            shares: vec![],
        });
        let source = |name: &str, x: f32| Source {
            name: name.into(),
            origin: Origin::Real,
            latent: Latent::new(1, 2, vec![x, 0.1]).unwrap(),
            length: None,
            own_length: 1.0,
        };
        Explorer::new(model, vec![source("a", 1.0), source("b", 2.0)])
    }

    #[test]
    fn a_session_comes_back_through_its_text() {
        let mut e = explorer();
        let latent = Latent::new(1, 2, vec![0.3, 1.0 / 3.0]).unwrap();
        e.add_import(
            Slot::A,
            Source { name: "mine.obj".into(), origin: Origin::Imported, latent, length: Some(0.8), own_length: 1.0 },
        );
        e.pick(Slot::B, 1);
        e.blend.at = 0.25;
        e.blend.path = BlendPath::Spherical;
        e.blend.set_part(25, 3, Some(0.75));
        e.apply_blend();
        e.set_length(Some(1.23));
        (e.tint, e.grid, e.seed, e.temperature) = (true, 31, 77, 0.4);
        e.layout.open(Pane::Map);
        e.layout.open(Pane::Gallery);
        e.layout.bottom.size = 300.0;
        e.gallery.shelf = Shelf::Neighbours;
        let sources: Vec<Source> = e.blend.sources[..2].to_vec();
        sources.iter().for_each(|source| e.gallery.toggle_parent(&e.tile_of(source)));
        e.breed();
        e.ask_neighbours();
        e.patches.heat = Some(Heat::Gap);
        (e.patches.sort, e.patches.descending) = (Column::Area, true);
        e.map.axes = [3, 1];
        e.pad.corners = [Some(2), None, Some(0), Some(1)];
        e.pad.at = [0.25, 1.0];
        e.vary.locks = [Lock::Axis(1), Lock::Number(0)].into();
        let view = CameraView { yaw: 1.0, pitch: 0.2, radius: 3.0, focus: [0.0, 0.1, 0.0] };
        let saved = e.saved(Some(view));
        let text = serde_json::to_string(&saved).unwrap();
        let read: Saved = serde_json::from_str(&text).unwrap();
        assert_eq!(read, saved);
        let mut back = explorer();
        back.restore_window(&read);
        assert!(back.restore_shape(&read));
        assert_eq!((back.saved(read.view), &back.latent), (saved, &e.latent));
        assert_eq!(back.blend.picked(Slot::A).unwrap().name, "mine.obj");
        assert_eq!((&back.pad, &back.vary.locks), (&e.pad, &e.vary.locks));
        assert_eq!((&back.gallery.children, &back.gallery.neighbours), (&e.gallery.children, &e.gallery.neighbours));
        assert_eq!((back.gallery.parents.len(), back.patches.heat), (2, Some(Heat::Gap)));
    }

    #[test]
    fn locks_and_corners_that_the_model_has_not_stay_away() {
        let mut shape = explorer().saved(None).shape.unwrap();
        shape.locks = vec![Locked::Axis(9), Locked::Number(2), Locked::Measure("guard".into()), Locked::Number(1)];
        let huge = Picked { name: "c".into(), latent: Latent::zeros(1, 9), length: None, own_length: None };
        shape.pad = Some(SavedPad { corners: [Some(huge), None, None, None], at: [f32::NAN, 7.0] });
        let mut e = explorer();
        assert!(e.restore_shape(&Saved { shape: Some(shape.clone()), ..Saved::default() }));
        assert_eq!(e.vary.locks, [Lock::Number(1)].into());
        assert_eq!((e.pad.corners, e.pad.at), ([None; 4], [0.5, 1.0]));
        // What was bred with another model's numbers.
        let mut alien = Bred { children: vec![e.current()], ..Bred::default() };
        e.restore_bred(alien.clone());
        assert_eq!(e.gallery.children.len(), 1);
        alien.children = vec![Tile { latent: Latent::zeros(1, 9), ..e.current() }; 3];
        e.restore_bred(alien);
        assert_eq!(e.gallery.children.len(), 1);
        // A session of a version that knew neither, or wrote them otherwise.
        let mut json = serde_json::to_value(&shape).unwrap();
        json["locks"] = serde_json::json!("all");
        json.as_object_mut().unwrap().remove("pad");
        let read: Shape = serde_json::from_value(json).unwrap();
        assert_eq!((read.locks, read.pad, read.latent), (vec![], None, shape.latent));
    }

    #[test]
    fn another_model_s_shape_stays_away_and_broken_parts_are_left_out() {
        let saved = explorer().saved(None);
        let mut other = explorer();
        other.model.hash = "other".into();
        assert!(!other.restore_shape(&saved));
        let text = r#"{"format":1,"layout":{"right":{"panes":["hologram"]}},"tint":true,"grid":"many",
            "view":{"yaw":1},"shape":{"model":7},"map":{"axes":[0,1],"others":"mean","centre":[0,0],"radius":0,"fit":true}}"#;
        let read: Saved = serde_json::from_str(text).unwrap();
        let mut e = explorer();
        e.restore_window(&read);
        assert_eq!(
            (e.tint, e.grid, e.layout == Layout::default(), read.shape.is_none()),
            (true, super::super::GRID, true, true)
        );
        assert!(e.map.radius > 0.0 && !e.restore_shape(&read));
        let window = |width| SavedWindow { width, height: 700.4, maximised: false }.size();
        assert_eq!((window(900.0), window(f32::NAN), window(3.0)), (Some((900, 700)), None, None));
        assert!(!CameraView { yaw: f32::NAN, pitch: 0.0, radius: 1.0, focus: [0.0; 3] }.is_sane());
    }
}
