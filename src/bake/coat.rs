//! What a part is made of, as far as detail goes: which finishes streak, wear, tarnish, have a grain.

use crate::export::Finish;

/// A finish as a bake paints it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Coat {
    /// Linear.
    pub colour: [f32; 3],
    pub metallic: f32,
    pub roughness: f32,
    pub kind: Kind,
    /// 0 to 1: how deep its grain is.
    pub grain: f32,
}

/// What works on a finish in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Ground lengthwise: streaks; bright where it is honed.
    Steel,
    /// Cast and polished: bright where hands and cloth reach, dull where they don't.
    Cast,
    /// Dark until worn through to the bare metal below.
    Blackened,
    /// Fibres that lie along the part.
    Wood,
    /// Pores and creases; rubbed pale at edges.
    Leather,
    /// Even, all but for dirt.
    Even,
}

impl Coat {
    pub fn of(finish: Finish) -> Self {
        use Finish::*;
        let material = finish.material();
        let [r, g, b, _] = material.base_color;
        let kind = match finish {
            PolishedSteel | BrushedSteel | Aluminium => Kind::Steel,
            Iron | Silver | Brass | Bronze | Copper | Gold => Kind::Cast,
            BlackenedSteel => Kind::Blackened,
            BrownLeather | BlackLeather | RedLeather => Kind::Leather,
            Oak | Ebony => Kind::Wood,
            Ivory | Clay | WhitePaint | RedPaint | BluePaint | OlivePaint => Kind::Even,
        };
        Self {
            colour: [r, g, b],
            metallic: material.metallic,
            roughness: material.roughness,
            kind,
            grain: finish.grain(),
        }
    }
}
