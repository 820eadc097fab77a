//! How the shape is shown: materials, surface, light, references, camera, and the window's own colours and scale. Plain
//! data that a later start reads again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::export::{Finish, Outfit};

/// How much darker or brighter the exposure slider makes, in stops.
pub const EXPOSURE_RANGE: std::ops::RangeInclusive<f32> = -3.0..=3.0;

/// Scales of the window's text and widgets.
pub const ZOOM_RANGE: std::ops::RangeInclusive<f32> = 0.5..=3.0;

/// What is drawn of the shape's surface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    #[default]
    Solid,
    /// The grid's lines over the solid surface.
    Edges,
    Wireframe,
    Points,
    XRay,
}

impl Surface {
    pub const ALL: &[Surface] = &[Self::Solid, Self::Edges, Self::Wireframe, Self::Points, Self::XRay];

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Solid => "Solid",
            Self::Edges => "Edges",
            Self::Wireframe => "Wire",
            Self::Points => "Points",
            Self::XRay => "X-ray",
        }
    }
}

/// What lights the shape, and what it mirrors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Room {
    #[default]
    Studio,
    Sunset,
    Overcast,
    Night,
}

impl Room {
    pub const ALL: &[Room] = &[Self::Studio, Self::Sunset, Self::Overcast, Self::Night];

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Studio => "Studio",
            Self::Sunset => "Sunset",
            Self::Overcast => "Overcast",
            Self::Night => "Night",
        }
    }
}

/// The window's colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colours {
    #[default]
    Dark,
    Light,
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    pub outfit: Outfit,
    /// Parts that are made of something else than the outfit says.
    pub own: BTreeMap<String, Finish>,
    pub surface: Surface,
    /// Every triangle as flat as it is.
    pub flat: bool,
    pub room: Room,
    /// Degrees by which the light is turned around the shape.
    pub light: f32,
    /// The light turns with the camera: the shape seems to turn on its stand.
    pub light_follows: bool,
    /// Stops.
    pub exposure: f32,
    /// A floor that takes the shadow.
    pub floor: bool,
    pub ruler: bool,
    pub hand: bool,
    pub figure: bool,
    pub orthographic: bool,
    pub colours: Colours,
    /// Scale of the window's text and widgets.
    pub zoom: f32,
    /// The shape turns by itself.
    #[serde(skip)]
    pub turning: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            outfit: Outfit::default(),
            own: BTreeMap::new(),
            surface: Surface::default(),
            flat: false,
            room: Room::default(),
            light: 0.0,
            light_follows: false,
            exposure: 0.0,
            floor: true,
            ruler: false,
            hand: false,
            figure: false,
            orthographic: false,
            colours: Colours::default(),
            zoom: 1.0,
            turning: false,
        }
    }
}

impl Look {
    /// What a part is made of.
    pub fn finish(&self, part: &str) -> Finish {
        self.own.get(part).copied().unwrap_or_else(|| self.outfit.finish(part))
    }

    /// Makes a part of something; what the outfit says anyway is not kept as a choice.
    pub fn set_finish(&mut self, part: &str, finish: Finish) {
        if finish == self.outfit.finish(part) {
            self.own.remove(part);
        } else {
            self.own.insert(part.to_owned(), finish);
        }
    }

    /// Dresses all parts anew.
    pub fn wear(&mut self, outfit: Outfit) {
        self.outfit = outfit;
        self.own.clear();
    }

    /// Shows the surface in this way, or as a solid again.
    pub fn toggle(&mut self, surface: Surface) {
        self.surface = if self.surface == surface { Surface::Solid } else { surface };
    }

    /// A step of the window's scale: tenths, within [`ZOOM_RANGE`].
    pub fn zoom_by(&mut self, tenths: f32) {
        let zoom = if self.zoom.is_finite() { self.zoom } else { 1.0 };
        self.zoom = ((zoom * 10.0).round() + tenths).clamp(10.0 * ZOOM_RANGE.start(), 10.0 * ZOOM_RANGE.end()) / 10.0;
    }

    /// The scale, whatever a session's file says.
    pub fn safe_zoom(&self) -> f32 {
        if self.zoom.is_finite() { self.zoom.clamp(*ZOOM_RANGE.start(), *ZOOM_RANGE.end()) } else { 1.0 }
    }
}

/// A side to look at the shape from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    Front,
    Back,
    Right,
    Left,
    Top,
    Bottom,
}

/// What the look pane asks of the app.
#[derive(Clone, Debug, PartialEq)]
pub enum StudioCommand {
    /// Look from a side, at what is looked at.
    Face(View),
    /// Bring the shape, and the references beside it, into view from where the camera stands.
    Focus,
    /// Save the view, without panels.
    Picture,
    /// Save a whole turn.
    Record,
    /// Give up the turn that is being saved.
    StopRecording,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_materials_last_until_another_set_is_worn() {
        let mut look = Look::default();
        look.set_finish("grip", Finish::Oak);
        assert_eq!((look.finish("grip"), look.finish("blade")), (Finish::Oak, Finish::PolishedSteel));
        let text = serde_json::to_string(&look).unwrap();
        assert_eq!(serde_json::from_str::<Look>(&text).unwrap(), look);
        assert_eq!(serde_json::from_str::<Look>("{}").unwrap(), Look::default());
        look.set_finish("grip", Finish::BrownLeather);
        assert!(look.own.is_empty());
        look.set_finish("grip", Finish::Oak);
        look.wear(Outfit::Ceremonial);
        assert_eq!(look.finish("grip"), Finish::RedLeather);
    }

    #[test]
    fn the_scale_goes_in_tenths_and_stays_in_range() {
        let mut look = Look::default();
        look.zoom_by(1.0);
        assert_eq!(look.zoom, 1.1);
        (0..40).for_each(|_| look.zoom_by(1.0));
        assert_eq!(look.zoom, *ZOOM_RANGE.end());
        (0..40).for_each(|_| look.zoom_by(-1.0));
        assert_eq!(look.zoom, *ZOOM_RANGE.start());
        look.zoom = f32::NAN;
        assert_eq!(look.safe_zoom(), 1.0);
        look.zoom_by(0.0);
        assert_eq!(look.zoom, 1.0);
    }
}
