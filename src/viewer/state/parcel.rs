//! What an export takes along: a design, the choices, and the shape that it is to become.

use serde::{Deserialize, Serialize};

use super::{BlendPath, Design, Explorer, LengthFrom, Slot};
use crate::forge::game::Options;
use crate::forge::morph::Way;
use crate::forge::{Forge, Subject};
use crate::latent::Latent;

/// What the pane says of a morph.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Morphing {
    /// Whether A is exported on its way to B.
    pub on: bool,
    /// How far a vertex may lie beside its way, millimetres.
    pub error: f32,
    /// How long the animation lasts.
    pub seconds: f32,
}

impl Default for Morphing {
    fn default() -> Self {
        Self { on: false, error: Way::BOUND, seconds: Way::SECONDS }
    }
}

impl Morphing {
    /// The same as far as it can be made, whatever a file says.
    pub fn within_limits(self) -> Self {
        let Self { on, error, seconds } = self;
        let sane = |x: f32, otherwise: f32| if x.is_finite() { x } else { otherwise };
        Self {
            on,
            error: sane(error, Way::BOUND).clamp(0.001, 1000.0),
            seconds: sane(seconds, Way::SECONDS).clamp(0.01, 3600.0),
        }
    }
}

/// The shape at the end of a way.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    pub name: String,
    pub latent: Latent,
    /// Metres; `None` for the model's own.
    pub length: Option<f32>,
    pub path: BlendPath,
    pub morphing: Morphing,
}

/// Everything that decides what is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Parcel {
    pub design: Design,
    pub options: Options,
    pub goal: Option<Goal>,
}

impl Parcel {
    /// The way from the subject, which is the design by the name of its file, to the goal.
    pub fn way(&self, forge: &Forge, subject: &Subject) -> Option<Way> {
        let Goal { name, latent, length, path, morphing } = self.goal.as_ref()?;
        let goal = Subject { length: *length, ..Subject::new(name, latent.clone()) };
        let path = |a: &Latent, b: &Latent, t: f32| path.at(a, b, t);
        Some(Way::between(forge, [subject, &goal], path, 1e-3 * morphing.error, morphing.seconds))
    }
}

impl Explorer {
    /// What would be written now: the shape in the view, or A on its way to B.
    pub fn parcel(&self) -> Parcel {
        let options = self.export_options();
        let shown = || Parcel { design: self.design(), options: options.clone(), goal: None };
        let morphing = self.exporting.morphing;
        let (Some(b), true) = (self.blend.picked(Slot::B), morphing.on && options.format.is_gltf()) else {
            return shown();
        };
        let length = |at| if self.length_from == LengthFrom::Hand { self.length } else { self.blend.length_at(at) };
        let (Some(from), Some(to), true) =
            (self.blend.latent_at(0.0), self.blend.latent_at(1.0), self.blend.is_complete())
        else {
            return shown();
        };
        let design = Design { latent: from, length: length(0.0), grid: self.grid };
        let goal = Goal { name: b.name.clone(), latent: to, length: length(1.0), path: self.blend.path, morphing };
        Parcel { design, options: options.clone(), goal: Some(goal) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::explorer;
    use super::*;

    #[test]
    fn a_is_on_its_way_to_b_wherever_between_them_the_view_is() {
        let mut e = explorer();
        e.exporting.morphing.on = true;
        assert_eq!(e.parcel().goal, None, "nothing is picked");
        e.pick(Slot::A, 0);
        e.pick(Slot::B, 1);
        e.blend.at = 0.4;
        e.apply_blend();
        let parcel = e.parcel();
        let ends = [0, 1].map(|i| e.blend.sources[i].latent.clone());
        let goal = parcel.goal.unwrap();
        assert_eq!(([parcel.design.latent, goal.latent], &goal.name), (ends, &e.blend.sources[1].name));
        e.export_path = "sword.obj".into();
        assert_eq!(e.parcel().goal, None, "only glTF tells a morph");
        e.export_path = "sword.gltf".into();
        (e.length, e.length_from) = (Some(0.7), LengthFrom::Hand);
        assert_eq!((e.parcel().design.length, e.parcel().goal.unwrap().length), (Some(0.7), Some(0.7)));
        e.exporting.morphing.on = false;
        assert_eq!((e.parcel().goal, e.parcel().design), (None, e.design()));
    }
}
