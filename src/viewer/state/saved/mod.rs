//! What comes back at the next start: the sword, A and B, the view and the layout. Plain data, written as JSON.

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};

use super::favourites::MadeBy;
use super::gallery::Shelf;
use super::map::Others;
use super::{BlendPath, Explorer, Film, GRID_LIMIT, Layout, LengthFrom, Look, Origin, Slot, Source};
use crate::forge::SampleFrom;
use crate::latent::Latent;

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

/// A shape that was picked as A or B.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Picked {
    pub name: String,
    pub latent: Latent,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<f32>,
}

/// The shape and what it was blended from: of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    pub model: MadeBy,
    pub latent: Latent,
    #[serde(default)]
    pub length: Option<f32>,
    /// Whether that length is the user's own.
    #[serde(default)]
    pub by_hand: bool,
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
}

fn or_default<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(from: D) -> Result<T, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

impl Explorer {
    /// What is to come back.
    pub fn saved(&self, view: Option<CameraView>) -> Saved {
        let picked = |slot: Slot| {
            let source = self.blend.picked(slot)?;
            Some(Picked { name: source.name.clone(), latent: source.latent.clone(), length: source.length })
        };
        Saved {
            format: FORMAT,
            shape: Some(Shape {
                model: MadeBy { name: self.model.name.clone(), hash: self.model.hash.clone() },
                latent: self.latent.clone(),
                length: self.length,
                by_hand: self.length_from == LengthFrom::Hand,
                a: picked(Slot::A),
                b: picked(Slot::B),
                at: self.blend.at,
                arc: self.blend.path == BlendPath::Spherical,
                parts: self.blend.parts.clone(),
            }),
            others: Vec::new(),
            view,
            layout: self.layout.clone(),
            grid: Some(self.grid),
            tint: self.tint,
            seed: self.seed,
            temperature: Some(self.temperature),
            from_prior: self.sample_from == SampleFrom::Prior,
            export_path: Some(self.export_path.clone()),
            shelf: self.gallery.shelf,
            strength: Some(self.gallery.strength),
            look: Look { turning: false, ..self.look.clone() },
            film: Film { recording: None, ..self.film.clone() },
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
        self.tint = saved.tint;
        if let Some(grid) = saved.grid {
            self.grid = grid.clamp(2, GRID_LIMIT);
        }
        self.seed = saved.seed;
        self.temperature = saved.temperature.filter(|t| (0.0..=10.0).contains(t)).unwrap_or(self.temperature);
        self.sample_from = if saved.from_prior { SampleFrom::Prior } else { SampleFrom::Fitted };
        self.gallery.shelf = saved.shelf;
        if let Some(strength) = saved.strength.filter(|s| s.is_finite()) {
            self.gallery.strength =
                strength.clamp(*super::gallery::STRENGTH_RANGE.start(), *super::gallery::STRENGTH_RANGE.end());
        }
        if let Some(map) = saved.map
            && map.centre.into_iter().chain([map.radius]).all(f32::is_finite)
            && map.radius > 0.0
        {
            (self.map.axes, self.map.others) = (map.axes, map.others);
            (self.map.centre, self.map.radius, self.map.fit) = (map.centre, map.radius, map.fit);
        }
    }

    /// Brings back the shape, A and B. False where they belong to another model.
    pub fn restore_shape(&mut self, saved: &Saved) -> bool {
        let mut shapes = saved.shape.iter().chain(&saved.others);
        let fits = |latent: &Latent| self.fits(latent).is_ok();
        let Some(shape) = shapes.find(|s| s.model.hash == self.model.hash && fits(&s.latent)) else { return false };
        let picks = [&shape.a, &shape.b].map(|p| p.as_ref().filter(|p| fits(&p.latent)));
        for (slot, pick) in picks.into_iter().enumerate() {
            let Some(Picked { name, latent, length }) = pick.cloned() else { continue };
            let known = self.blend.sources.iter().position(|s| s.name == name && s.latent == latent);
            let index = known.unwrap_or_else(|| {
                let own_length = length.unwrap_or(self.own_length);
                self.blend.add_import(Source { name, origin: Origin::Imported, latent, length, own_length })
            });
            self.blend.picks[slot] = Some(index);
        }
        self.blend.at = if shape.at.is_finite() { shape.at.clamp(0.0, 1.0) } else { 0.0 };
        self.blend.path = if shape.arc { BlendPath::Spherical } else { BlendPath::Linear };
        self.blend.parts.clear();
        let patches = self.model.patches;
        for (patch, at) in shape.parts.iter().take(patches).enumerate() {
            self.blend.set_part(patches, patch, at.filter(|t| (0.0..=1.0).contains(t)));
        }
        self.latent = shape.latent.clone();
        self.length = shape.length.filter(|l| (0.01..=100.0).contains(l));
        self.length_from = match (self.length, shape.by_hand) {
            (None, _) => LengthFrom::Model,
            (Some(_), true) => LengthFrom::Hand,
            (Some(_), false) => LengthFrom::Picks,
        };
        if let Some(path) = saved.export_path.as_ref().filter(|p| !p.trim().is_empty()) {
            self.export_path.clone_from(path);
        }
        // What the window opens with is nothing to undo.
        self.history.clear();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ModelView, Pane};
    use super::*;
    use crate::class::Class;

    fn explorer() -> Explorer {
        let mut model = ModelView::plain("m", Class::Sword, Latent::zeros(1, 2));
        model.hash = "hash".into();
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
        e.map.axes = [3, 1];
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
        assert!(!CameraView { yaw: f32::NAN, pitch: 0.0, radius: 1.0, focus: [0.0; 3] }.is_sane());
    }
}
