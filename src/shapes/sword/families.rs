//! What each family of swords is drawn from: ranges in metres and weighted choices.

use super::design::{
    Edge::{self, *},
    Family,
    GripForm::{self, Cylinder, Pistol, Ribbed, Scalloped, Swelling, Waisted as Hollow},
    GuardForm::{self, Bar, Crescent, Curved as Bent, Disc, Ring, S, Winged},
    Line::{self, Curved, Recurved},
    Outline::{self, *},
    PommelForm,
    Section::{self, *},
    Tip::{self, *},
};
use crate::shapes::dice::{Range, Weighted};

/// The ranges and weights of one family.
pub(super) struct Tradition {
    /// How often the family is drawn.
    pub weight: u32,
    pub stylisation: Range,
    pub blade_length: Range,
    /// Blade width over length, slender (stylisation 0) and chunky (1).
    pub slender: Range,
    pub chunky: Range,
    pub grip_length: Range,
    /// Guard span over the sword's overall length.
    pub guard_span: Range,
    /// Tip displacement over blade length of curved blades.
    pub bend: Range,
    pub outlines: Weighted<Outline>,
    pub lines: Weighted<Line>,
    pub edges: Weighted<Edge>,
    pub tips: Weighted<Tip>,
    pub sections: Weighted<Section>,
    pub guards: Weighted<GuardForm>,
    pub grips: Weighted<GripForm>,
    pub pommels: Weighted<PommelForm>,
    /// Chance in percent of a knuckle bow, where the guard has arms.
    pub knuckle_bow: u32,
}

const POMMELS: Weighted<PommelForm> = &[
    (PommelForm::Sphere, 22),
    (PommelForm::Disc, 30),
    (PommelForm::Ring, 7),
    (PommelForm::Wedge, 14),
    (PommelForm::Faceted, 20),
    (PommelForm::Cap, 7),
];
const GRIPS: Weighted<GripForm> = &[(Cylinder, 30), (Hollow, 18), (Swelling, 22), (Ribbed, 30)];
const TWO_EDGED: Weighted<Section> = &[(Diamond, 34), (Lenticular, 16), (Fullered, 28), (Hexagonal, 22)];
const ONE_EDGED: Weighted<Section> = &[(SingleEdged, 1)];
const STRAIGHT: Weighted<Line> = &[(Line::Straight, 1)];

/// The table of a family.
pub(super) fn tradition(family: Family) -> &'static Tradition {
    match family {
        Family::Dagger => &DAGGER,
        Family::Arming => &ARMING,
        Family::Longsword => &LONGSWORD,
        Family::TwoHander => &TWO_HANDER,
        Family::Rapier => &RAPIER,
        Family::Sabre => &SABRE,
        Family::Katana => &KATANA,
        Family::Cleaver => &CLEAVER,
        Family::Fantasy => &FANTASY,
        Family::Knife => &KNIFE,
        Family::Spear => &SPEAR,
    }
}

const DAGGER: Tradition = Tradition {
    weight: 10,
    stylisation: (0.1, 1.0),
    blade_length: (0.16, 0.36),
    slender: (0.07, 0.14),
    chunky: (0.14, 0.3),
    grip_length: (0.085, 0.115),
    guard_span: (0.17, 0.3),
    bend: (0.04, 0.25),
    outlines: &[(Outline::Straight, 18), (Tapered, 30), (Waisted, 12), (Leaf, 25), (Flared, 4)],
    lines: &[(Line::Straight, 80), (Curved, 10), (Recurved, 10)],
    edges: &[(Plain, 68), (Flamberge, 8), (Serrated, 10), (Notched, 8), (Lugged, 6)],
    tips: &[(Tip::Spear, 28), (Ogive, 36), (Acute, 16), (Clip, 14), (Swept, 6)],
    sections: &[(Diamond, 32), (Lenticular, 14), (Fullered, 14), (Hexagonal, 18), (SingleEdged, 22)],
    guards: &[(Bar, 36), (Bent, 18), (S, 8), (Disc, 10), (Ring, 6), (Crescent, 8), (Winged, 10), (GuardForm::None, 4)],
    grips: &[(Cylinder, 20), (Hollow, 14), (Swelling, 22), (Ribbed, 34), (Scalloped, 6), (Pistol, 4)],
    pommels: &[
        (PommelForm::Sphere, 20),
        (PommelForm::Disc, 18),
        (PommelForm::Ring, 10),
        (PommelForm::Wedge, 16),
        (PommelForm::Faceted, 24),
        (PommelForm::Cap, 8),
        (PommelForm::None, 4),
    ],
    knuckle_bow: 0,
};

const ARMING: Tradition = Tradition {
    weight: 21,
    stylisation: (0.0, 1.0),
    blade_length: (0.55, 0.85),
    slender: (0.05, 0.075),
    chunky: (0.1, 0.21),
    grip_length: (0.095, 0.14),
    guard_span: (0.17, 0.28),
    bend: (0.0, 0.05),
    outlines: &[(Outline::Straight, 38), (Tapered, 36), (Waisted, 10), (Leaf, 10), (Flared, 6)],
    lines: STRAIGHT,
    edges: &[(Plain, 80), (Notched, 12), (Serrated, 2), (Lugged, 6)],
    tips: &[(Tip::Spear, 36), (Ogive, 42), (Acute, 6), (Rounded, 12), (Square, 4)],
    sections: TWO_EDGED,
    guards: &[(Bar, 46), (Bent, 22), (S, 6), (Disc, 4), (Ring, 4), (Crescent, 8), (Winged, 10)],
    grips: GRIPS,
    pommels: POMMELS,
    knuckle_bow: 3,
};

const LONGSWORD: Tradition = Tradition {
    weight: 12,
    stylisation: (0.0, 0.8),
    blade_length: (0.8, 1.05),
    slender: (0.042, 0.06),
    chunky: (0.08, 0.17),
    grip_length: (0.17, 0.25),
    guard_span: (0.16, 0.25),
    bend: (0.0, 0.05),
    outlines: &[(Outline::Straight, 34), (Tapered, 48), (Waisted, 8), (Leaf, 6), (Flared, 4)],
    lines: STRAIGHT,
    edges: &[(Plain, 84), (Flamberge, 4), (Notched, 6), (Lugged, 6)],
    tips: &[(Tip::Spear, 40), (Ogive, 40), (Acute, 12), (Rounded, 8)],
    sections: TWO_EDGED,
    guards: &[(Bar, 46), (Bent, 26), (S, 8), (Ring, 6), (Crescent, 6), (Winged, 8)],
    grips: GRIPS,
    pommels: POMMELS,
    knuckle_bow: 0,
};

const TWO_HANDER: Tradition = Tradition {
    weight: 10,
    stylisation: (0.0, 1.0),
    blade_length: (1.0, 1.4),
    slender: (0.036, 0.055),
    chunky: (0.08, 0.2),
    grip_length: (0.28, 0.42),
    guard_span: (0.17, 0.27),
    bend: (0.0, 0.05),
    outlines: &[(Outline::Straight, 46), (Tapered, 28), (Waisted, 8), (Leaf, 6), (Flared, 12)],
    lines: STRAIGHT,
    edges: &[(Plain, 50), (Flamberge, 20), (Serrated, 4), (Notched, 8), (Lugged, 18)],
    tips: &[(Tip::Spear, 42), (Ogive, 34), (Acute, 6), (Rounded, 8), (Slant, 4), (Square, 6)],
    sections: TWO_EDGED,
    guards: &[(Bar, 38), (Bent, 26), (S, 6), (Ring, 10), (Crescent, 8), (Winged, 12)],
    grips: GRIPS,
    pommels: POMMELS,
    knuckle_bow: 0,
};

const RAPIER: Tradition = Tradition {
    weight: 4,
    stylisation: (0.0, 0.5),
    blade_length: (0.8, 1.1),
    slender: (0.018, 0.03),
    chunky: (0.03, 0.06),
    grip_length: (0.09, 0.13),
    guard_span: (0.12, 0.2),
    bend: (0.0, 0.05),
    outlines: &[(Outline::Straight, 40), (Tapered, 60)],
    lines: STRAIGHT,
    edges: &[(Plain, 96), (Flamberge, 4)],
    tips: &[(Tip::Spear, 40), (Acute, 40), (Ogive, 20)],
    sections: &[(Diamond, 60), (Lenticular, 10), (Fullered, 15), (Hexagonal, 15)],
    guards: &[(Bar, 20), (S, 30), (Bent, 15), (Disc, 25), (Ring, 10)],
    grips: GRIPS,
    pommels: &[(PommelForm::Sphere, 45), (PommelForm::Faceted, 35), (PommelForm::Disc, 10), (PommelForm::Cap, 10)],
    knuckle_bow: 55,
};

const SABRE: Tradition = Tradition {
    weight: 9,
    stylisation: (0.0, 0.9),
    blade_length: (0.6, 0.92),
    slender: (0.035, 0.055),
    chunky: (0.07, 0.15),
    grip_length: (0.1, 0.15),
    guard_span: (0.11, 0.19),
    bend: (0.07, 0.36),
    outlines: &[(Outline::Straight, 52), (Tapered, 20), (Flared, 28)],
    lines: &[(Curved, 90), (Recurved, 10)],
    edges: &[(Plain, 92), (Notched, 8)],
    tips: &[(Swept, 48), (Slant, 14), (Clip, 18), (Ogive, 20)],
    sections: ONE_EDGED,
    guards: &[(Bar, 30), (Bent, 22), (S, 22), (Disc, 10), (Crescent, 6), (Winged, 4), (Ring, 2)],
    grips: &[(Pistol, 52), (Cylinder, 8), (Hollow, 8), (Swelling, 10), (Ribbed, 14), (Scalloped, 8)],
    pommels: &[
        (PommelForm::Cap, 30),
        (PommelForm::Sphere, 22),
        (PommelForm::Wedge, 16),
        (PommelForm::Faceted, 14),
        (PommelForm::Disc, 8),
        (PommelForm::None, 10),
    ],
    knuckle_bow: 45,
};

const KATANA: Tradition = Tradition {
    weight: 7,
    stylisation: (0.0, 0.6),
    blade_length: (0.42, 0.95),
    slender: (0.034, 0.048),
    chunky: (0.055, 0.1),
    grip_length: (0.16, 0.32),
    guard_span: (0.065, 0.11),
    bend: (0.04, 0.17),
    outlines: &[(Outline::Straight, 80), (Tapered, 20)],
    lines: &[(Curved, 92), (Line::Straight, 8)],
    edges: &[(Plain, 97), (Notched, 3)],
    tips: &[(Slant, 55), (Swept, 45)],
    sections: ONE_EDGED,
    guards: &[(Disc, 86), (GuardForm::None, 6), (Bar, 8)],
    grips: &[(Pistol, 55), (Cylinder, 20), (Hollow, 10), (Ribbed, 15)],
    pommels: &[(PommelForm::Cap, 55), (PommelForm::None, 40), (PommelForm::Wedge, 5)],
    knuckle_bow: 0,
};

const CLEAVER: Tradition = Tradition {
    weight: 10,
    stylisation: (0.2, 1.0),
    blade_length: (0.4, 0.75),
    slender: (0.07, 0.1),
    chunky: (0.11, 0.24),
    grip_length: (0.1, 0.15),
    guard_span: (0.13, 0.24),
    bend: (0.04, 0.22),
    outlines: &[(Outline::Straight, 22), (Flared, 40), (Waisted, 20), (Leaf, 10), (Tapered, 8)],
    lines: &[(Line::Straight, 30), (Curved, 38), (Recurved, 32)],
    edges: &[(Plain, 66), (Serrated, 12), (Notched, 20), (Lugged, 2)],
    tips: &[(Clip, 38), (Slant, 18), (Swept, 34), (Square, 4), (Rounded, 6)],
    sections: ONE_EDGED,
    guards: &[(Bar, 28), (Bent, 20), (S, 12), (Disc, 10), (Crescent, 8), (Winged, 10), (GuardForm::None, 8), (Ring, 4)],
    grips: &[(Pistol, 24), (Cylinder, 14), (Hollow, 8), (Swelling, 12), (Ribbed, 22), (Scalloped, 20)],
    pommels: &[
        (PommelForm::Cap, 24),
        (PommelForm::Sphere, 14),
        (PommelForm::Wedge, 20),
        (PommelForm::Faceted, 16),
        (PommelForm::Disc, 10),
        (PommelForm::Ring, 8),
        (PommelForm::None, 8),
    ],
    knuckle_bow: 18,
};

const FANTASY: Tradition = Tradition {
    weight: 15,
    stylisation: (0.4, 1.0),
    blade_length: (0.5, 1.25),
    slender: (0.06, 0.1),
    chunky: (0.1, 0.22),
    grip_length: (0.12, 0.3),
    guard_span: (0.17, 0.34),
    bend: (0.04, 0.2),
    outlines: &[(Outline::Straight, 22), (Tapered, 20), (Waisted, 22), (Leaf, 24), (Flared, 12)],
    lines: &[(Line::Straight, 86), (Curved, 7), (Recurved, 7)],
    edges: &[(Plain, 34), (Flamberge, 12), (Serrated, 14), (Notched, 16), (Lugged, 24)],
    tips: &[(Tip::Spear, 34), (Ogive, 30), (Acute, 18), (Clip, 8), (Slant, 6), (Square, 4)],
    sections: TWO_EDGED,
    guards: &[(Bar, 18), (Bent, 18), (S, 6), (Disc, 5), (Ring, 7), (Crescent, 16), (Winged, 28), (GuardForm::None, 2)],
    grips: &[(Cylinder, 24), (Hollow, 18), (Swelling, 20), (Ribbed, 36), (Scalloped, 2)],
    pommels: POMMELS,
    knuckle_bow: 2,
};

const KNIFE: Tradition = Tradition {
    weight: 3,
    stylisation: (0.0, 0.9),
    blade_length: (0.12, 0.24),
    slender: (0.1, 0.15),
    chunky: (0.15, 0.24),
    grip_length: (0.095, 0.125),
    guard_span: (0.1, 0.15),
    bend: (0.03, 0.2),
    outlines: &[(Outline::Straight, 55), (Tapered, 20), (Flared, 10), (Waisted, 15)],
    lines: &[(Line::Straight, 76), (Curved, 14), (Recurved, 10)],
    edges: &[(Plain, 78), (Serrated, 18), (Notched, 4)],
    tips: &[(Swept, 40), (Clip, 38), (Slant, 12), (Rounded, 10)],
    sections: ONE_EDGED,
    guards: &[(GuardForm::None, 1)],
    grips: &[(Cylinder, 26), (Hollow, 14), (Swelling, 20), (Scalloped, 28), (Pistol, 12)],
    pommels: &[(PommelForm::None, 76), (PommelForm::Cap, 16), (PommelForm::Wedge, 8)],
    knuckle_bow: 0,
};

const SPEAR: Tradition = Tradition {
    weight: 3,
    stylisation: (0.0, 0.8),
    blade_length: (0.2, 0.42),
    slender: (0.13, 0.2),
    chunky: (0.2, 0.36),
    grip_length: (1.15, 1.6),
    guard_span: (0.03, 0.09),
    bend: (0.0, 0.05),
    outlines: &[(Tapered, 40), (Leaf, 40), (Outline::Straight, 20)],
    lines: STRAIGHT,
    edges: &[(Plain, 82), (Lugged, 18)],
    tips: &[(Tip::Spear, 40), (Ogive, 40), (Acute, 20)],
    sections: &[(Diamond, 55), (Lenticular, 15), (Fullered, 10), (Hexagonal, 20)],
    guards: &[(GuardForm::None, 30), (Disc, 35), (Bar, 20), (Bent, 15)],
    grips: &[(Cylinder, 84), (Ribbed, 16)],
    pommels: &[(PommelForm::None, 55), (PommelForm::Cap, 20), (PommelForm::Faceted, 15), (PommelForm::Sphere, 10)],
    knuckle_bow: 0,
};
