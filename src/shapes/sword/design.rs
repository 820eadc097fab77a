//! What a sword is before it is built: the choices and the measures, in metres unless a field says otherwise.

use crate::shapes::dice::choice;

choice!(
    /// The tradition that a design is drawn from; it decides which choices go together.
    Family {
        Dagger,
        /// One-handed, straight, two-edged.
        Arming,
        Longsword,
        TwoHander,
        Rapier,
        Sabre,
        Katana,
        /// Falchions, machetes, scimitars, kukris.
        Cleaver,
        /// Anything goes: the swords of games.
        Fantasy,
        /// Without a guard.
        Knife,
        /// A small blade on a long pole.
        Spear,
    }
);

choice!(
    /// How the width runs from guard to tip.
    Outline {
        Straight,
        Tapered,
        /// Narrow below the middle.
        Waisted,
        /// Waisted, then swelling before a long point.
        Leaf,
        /// Wider towards the tip.
        Flared,
    }
);

choice!(
    /// The centre line of the blade.
    Line {
        Straight,
        Curved,
        /// Curving towards the edge first, then back.
        Recurved,
    }
);

choice!(
    /// What is done to the edges.
    Edge {
        Plain,
        /// Both edges wave together.
        Flamberge,
        /// A row of teeth.
        Serrated,
        /// A few nicks, as in worn or fantastic swords.
        Notched,
        /// Spikes that stand out of the lower blade.
        Lugged,
    }
);

choice!(
    /// How the blade ends.
    Tip {
        /// Two straight cuts.
        Spear,
        /// Two convex arcs.
        Ogive,
        /// Two concave arcs: a needle.
        Acute,
        Rounded,
        /// The spine is cut away in a concave arc.
        Clip,
        /// The edge runs straight to the spine.
        Slant,
        /// The edge sweeps to the spine in an arc.
        Swept,
        /// An executioner's blunt end.
        Square,
    }
);

choice!(
    /// The blade's cross-section.
    Section {
        Diamond,
        Lenticular,
        Fullered,
        Hexagonal,
        SingleEdged,
    }
);

choice!(
    /// The guard's shape.
    GuardForm {
        None,
        Bar,
        /// Its arms bend towards the blade or the grip.
        Curved,
        /// One arm bends up, the other down.
        S,
        /// A plate around the blade, as a tsuba.
        Disc,
        /// Arms that end in rings.
        Ring,
        /// A moon whose horns embrace the blade.
        Crescent,
        /// Two or three horns a side.
        Winged,
    }
);

choice!(
    /// The grip's profile along its length.
    GripForm {
        Cylinder,
        /// Thinner in the middle.
        Waisted,
        /// Thicker in the middle.
        Swelling,
        /// Beads or rings along the whole length.
        Ribbed,
        /// Finger hollows on the side of the edge.
        Scalloped,
        /// Bent, as a sabre's or a katana's.
        Pistol,
    }
);

choice!(
    /// The pommel's shape.
    PommelForm {
        None,
        Sphere,
        /// A wheel whose axis runs along Z.
        Disc,
        Ring,
        /// Widening away from the grip.
        Wedge,
        /// A cut gem.
        Faceted,
        /// A short cap, little wider than the grip.
        Cap,
    }
);

choice!(
    /// Cross-section of guard, grip and pommel.
    HiltSection {
        Round,
        /// A box with bevelled edges.
        Box,
        Diamond,
    }
);

choice!(
    /// Sides of a blade: `Left` is -X (the edge of a single-edged blade), `Right` +X (its spine).
    Side {
        Left,
        Right,
    }
);

/// A trapezoid cut out of an edge, or put onto it; places are fractions of the blade from the guard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nick {
    pub side: Side,
    pub from: f32,
    /// Full depth is reached between these two.
    pub floor: (f32, f32),
    pub to: f32,
    /// Share of the half-width that goes; negative for a spike that stands out.
    pub depth: f32,
}

/// A groove along both faces, fading in and out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fuller {
    /// Share of the half-thickness, 0 for none, at most 0.5.
    pub depth: f32,
    /// Half-width as a share of the blade's half-width.
    pub width: f32,
    /// Where it ends, as a fraction of the blade from the guard.
    pub to: f32,
}

/// The blade. "Fraction" means of its length, from the guard.
#[derive(Clone, Debug, PartialEq)]
pub struct BladeDesign {
    /// From the guard to the tip along Y.
    pub length: f32,
    /// Full width that the outline multiplies.
    pub width: f32,
    /// Full thickness at the guard.
    pub thickness: f32,
    pub outline: Outline,
    /// Strength of the outline's taper, waist or flare, 0 to 0.9.
    pub swell: f32,
    /// Fraction at which a waist lies.
    pub waist_at: f32,
    /// The edge's own bulge at two thirds, as a share of the half-width (falchion, kukri).
    pub belly: f32,
    pub line: Line,
    /// Sideways displacement of the tip (curved) or scale of the double bend (recurved), as a share of the length.
    pub bend: f32,
    /// Exponent of a curved line: 2 is a circle's arc, more bends near the tip; of a recurved one, how far it returns.
    pub bend_power: f32,
    pub edge: Edge,
    pub nicks: Vec<Nick>,
    /// Flamberge: full waves along the blade, and their amplitude as a share of the half-width.
    pub waves: f32,
    pub wave_height: f32,
    pub tip: Tip,
    /// Fraction that the tip takes.
    pub tip_length: f32,
    pub section: Section,
    /// Hexagonal: half-width of the flat; single-edged: how far from the edge the bevel ends; both as shares.
    pub bevel: f32,
    /// Hollow grinding of a diamond section, 0 to 0.4.
    pub hollow: f32,
    /// Single-edged: thickness of the back as a share of the blade's.
    pub back: f32,
    pub fuller: Fuller,
    /// Share of the thickness lost from guard to tip.
    pub distal_taper: f32,
    /// Fraction of the unsharpened stretch at the guard, and its width as a share.
    pub ricasso: f32,
    pub ricasso_width: f32,
}

/// The guard. Shares of the half-span are positions from the middle (0) to an arm's end (1).
#[derive(Clone, Debug, PartialEq)]
pub struct GuardDesign {
    pub form: GuardForm,
    /// Along X.
    pub span: f32,
    /// Along Y, of the arms at the middle.
    pub height: f32,
    /// Along Z.
    pub depth: f32,
    /// Rise of the arms' ends as a share of the half-span, positive towards the tip.
    pub rise: f32,
    /// Height at the arms' ends as a share of that at the middle.
    pub taper: f32,
    /// Extra height of the ends (knobs) as a share of the height.
    pub finial: f32,
    /// Extra height of the middle (block) as a share of the height.
    pub block: f32,
    pub section: HiltSection,
    /// Winged: horns a side.
    pub horns: usize,
    /// Disc: lobes of the plate's rim, and their depth as a share of the radius.
    pub lobes: usize,
    pub lobe_depth: f32,
    /// A bow from the guard to the pommel on this side.
    pub knuckle_bow: Option<Side>,
}

/// The grip.
#[derive(Clone, Debug, PartialEq)]
pub struct GripDesign {
    pub form: GripForm,
    pub length: f32,
    /// Along X, before the profile.
    pub diameter: f32,
    /// Z diameter as a share of X.
    pub oval: f32,
    pub section: HiltSection,
    /// Points around.
    pub facets: usize,
    /// Ribs or finger hollows along the grip.
    pub ribs: usize,
    /// Strength of waist, swelling, ribs or hollows as a share of the radius.
    pub relief: f32,
    /// Sideways displacement of the pommel's end as a share of the length, signed to +X.
    pub bend: f32,
    /// Extra radius of the rings at both ends as a share.
    pub collar: f32,
}

/// The pommel, in the frame of the grip's end.
#[derive(Clone, Debug, PartialEq)]
pub struct PommelDesign {
    pub form: PommelForm,
    /// Across the grip, along X.
    pub diameter: f32,
    /// Along the grip.
    pub length: f32,
    /// Z extent as a share of the diameter.
    pub oval: f32,
    /// Points around.
    pub facets: usize,
}

/// A whole sword: [`SwordDesign::draw`] invents one, [`SwordDesign::build`] makes its meshes.
#[derive(Clone, Debug, PartialEq)]
pub struct SwordDesign {
    pub family: Family,
    /// 0: slender as a museum's; 1: chunky as a game's.
    pub stylisation: f32,
    pub blade: BladeDesign,
    pub guard: GuardDesign,
    pub grip: GripDesign,
    pub pommel: PommelDesign,
}
