//! How a design is drawn: family, stylisation, sizes, then the details that go with them.

use rand::Rng;

use super::design::{
    BladeDesign, Edge, Family, Fuller, GripDesign, GripForm, GuardDesign, GuardForm, HiltSection, Line, Nick, Outline,
    PommelDesign, PommelForm, Section, Side, SwordDesign, Tip,
};
use super::families::{Tradition, tradition};
use crate::shapes::dice::{Dice, mix};

impl SwordDesign {
    /// Draws a plausible sword: the family first, then a stylisation, then everything that depends on them.
    pub fn draw(rng: &mut impl Rng) -> Self {
        let dice = &mut Dice(rng);
        let families: Vec<_> = Family::ALL.iter().map(|&f| (f, tradition(f).weight)).collect();
        let family = dice.pick(&families);
        let table = tradition(family);
        let style = dice.within(table.stylisation);
        let blade = blade(dice, table, family, style);
        let grip = grip(dice, table, family, style, &blade);
        let guard = guard(dice, table, family, style, &blade, &grip);
        let pommel = pommel(dice, table, family, style, &grip);
        Self { family, stylisation: style, blade, guard, grip, pommel }
    }
}

fn blade<R: Rng>(dice: &mut Dice<R>, table: &Tradition, family: Family, style: f32) -> BladeDesign {
    let length = dice.within(table.blade_length) * mix(1.0, 0.9, style);
    let width = length * mix(dice.within(table.slender), dice.within(table.chunky), style);
    let section = dice.pick(table.sections);
    let flat = mix(dice.within((0.08, 0.15)), dice.within((0.12, 0.38)), style);
    // A few game swords have a bar for a blade, as thick as wide.
    let bar = section == Section::Diamond && style > 0.5 && dice.chance(8);
    let thickness = (width * if bar { dice.within((0.5, 0.95)) } else { flat }).clamp(0.0028, 0.09);

    let outline = dice.pick(table.outlines);
    let swell = match outline {
        Outline::Straight => dice.within((0.0, 1.0)),
        Outline::Tapered => dice.within((0.25, if family == Family::Dagger { 0.8 } else { 0.62 })),
        Outline::Waisted => dice.within((0.2, 0.6)),
        Outline::Leaf => dice.within((0.3, 0.8)),
        Outline::Flared => dice.within((0.15, 0.7)),
    };
    let line = dice.pick(table.lines);
    let (bend, bend_power) = match line {
        Line::Straight => (0.0, 2.0),
        Line::Curved => (dice.within(table.bend), dice.within((1.7, 2.5))),
        Line::Recurved => (dice.within((0.2, 0.5)), dice.within((1.0, 1.35))),
    };
    let single = section == Section::SingleEdged;
    let belly = match (single, line) {
        (true, Line::Recurved) => dice.within((0.1, 0.5)),
        (true, Line::Straight) if family == Family::Cleaver => dice.within((0.0, 0.5)),
        _ => 0.0,
    };
    let mut tip = dice.pick(table.tips);
    if outline == Outline::Leaf && matches!(tip, Tip::Spear | Tip::Rounded) {
        tip = Tip::Ogive;
    }
    let widths = match tip {
        Tip::Spear => (0.5, 2.0),
        Tip::Ogive => (0.9, 2.8),
        Tip::Acute => (1.6, 4.0),
        Tip::Rounded => (0.4, 0.8),
        Tip::Clip => (1.0, 2.6),
        Tip::Slant => (0.5, 1.5),
        Tip::Swept => (1.0, 3.2),
        Tip::Square => (0.1, 0.3),
    };
    let mut tip_length = (dice.within(widths) * width / length).clamp(0.015, 0.45);
    if outline == Outline::Leaf {
        tip_length = tip_length.max(dice.within((0.2, 0.36)));
    }

    let ricasso = if dice.chance(28) { dice.within((0.04, 0.16)) } else { 0.0 };
    let ricasso_width = dice.within((0.6, 0.96));
    let edge = dice.pick(table.edges);
    let nicks = match edge {
        Edge::Plain | Edge::Flamberge => Vec::new(),
        Edge::Serrated => teeth(dice, single, width / length, tip_length),
        Edge::Notched => notches(dice, single, width / length, tip_length),
        Edge::Lugged => lugs(dice, single, width / length),
    };
    let fuller = match section {
        Section::Fullered => Fuller {
            depth: dice.within((0.22, 0.5)),
            width: dice.within((0.16, 0.42)),
            to: dice.within((0.35, 0.95)).min(1.0 - 0.8 * tip_length),
        },
        Section::SingleEdged if dice.chance(35) => {
            Fuller { depth: dice.within((0.2, 0.5)), width: 0.2, to: dice.within((0.5, 0.9)).min(1.0 - tip_length) }
        }
        _ => Fuller { depth: 0.0, width: 0.3, to: 0.5 },
    };
    BladeDesign {
        length,
        width,
        thickness,
        outline,
        swell,
        waist_at: dice.within((0.16, 0.36)),
        belly,
        line,
        bend,
        bend_power,
        edge,
        nicks,
        waves: if edge == Edge::Flamberge { dice.within((3.0, 8.0)) } else { 0.0 },
        wave_height: if edge == Edge::Flamberge { dice.within((0.14, 0.36)) } else { 0.0 },
        tip,
        tip_length,
        section,
        bevel: if single { dice.within((-0.55, 0.35)) } else { dice.within((0.25, 0.82)) },
        hollow: if dice.chance(30) { dice.within((0.1, 0.4)) } else { 0.0 },
        back: dice.within((0.5, 0.9)),
        fuller,
        distal_taper: dice.within((0.0, 0.6)),
        ricasso,
        ricasso_width: if family == Family::Spear { ricasso_width * 0.6 } else { ricasso_width },
    }
}

/// A row of equal teeth; `slimness` is the blade's width over its length.
fn teeth<R: Rng>(dice: &mut Dice<R>, single: bool, slimness: f32, tip_length: f32) -> Vec<Nick> {
    let end = (1.0 - tip_length).max(0.5);
    let (from, to) = match dice.count(0, 2) {
        0 => (dice.within((0.06, 0.2)), end),
        1 => (dice.within((0.06, 0.15)), dice.within((0.35, 0.5))),
        _ => (dice.within((0.3, 0.45)), end),
    };
    let pitch = (dice.within((0.35, 1.1)) * slimness).max(0.028);
    let count = (((to - from) / pitch) as usize).clamp(3, 16);
    let pitch = (to - from) / count as f32;
    let (skew, depth) = (dice.within((0.12, 0.85)), dice.within((0.15, 0.42)));
    let sides: &[Side] = match dice.count(0, 9) {
        // Teeth on the back of a single-edged blade, as a survival knife's; on both edges of a two-edged one.
        0..=5 if single => &[Side::Right],
        _ if single => &[Side::Left],
        0..=6 => &[Side::Left, Side::Right],
        _ => &[Side::Right],
    };
    let tooth = |side, i: usize| {
        let start = from + pitch * i as f32;
        let floor = start + pitch * skew;
        Nick { side, from: start, floor: (floor, floor), to: start + pitch, depth }
    };
    sides.iter().flat_map(|&side| (0..count).map(move |i| tooth(side, i))).collect()
}

/// A few nicks of battle or fancy.
fn notches<R: Rng>(dice: &mut Dice<R>, single: bool, slimness: f32, tip_length: f32) -> Vec<Nick> {
    let end = 1.0 - tip_length * 0.9;
    let count = dice.count(1, 5);
    let symmetric = !single && dice.chance(40);
    let mut nicks = Vec::new();
    for i in 0..count {
        // One slot each, so that nicks on one side never overlap.
        let slot = (end - 0.1) / count as f32;
        let at = 0.1 + slot * (i as f32 + dice.within((0.3, 0.7)));
        let half = (dice.within((0.1, 0.4)) * slimness).clamp(0.008, 0.28 * slot);
        let lean = dice.within((-0.8, 0.8)) * half;
        let flat = dice.within((0.03, 0.5)) * (half - lean.abs());
        let depth = dice.within((0.12, 0.4));
        let side = if single && dice.chance(80) || dice.chance(50) { Side::Left } else { Side::Right };
        let nick = Nick { side, from: at - half, floor: (at + lean - flat, at + lean + flat), to: at + half, depth };
        nicks.push(nick);
        if symmetric {
            let side = if side == Side::Left { Side::Right } else { Side::Left };
            nicks.push(Nick { side, ..nick });
        }
    }
    nicks
}

/// One to three pairs of spikes above the guard.
fn lugs<R: Rng>(dice: &mut Dice<R>, single: bool, slimness: f32) -> Vec<Nick> {
    let mut at = dice.within((0.06, 0.16)).max(0.5 * slimness);
    let pairs = dice.count(1, 3);
    let lean = dice.within((-0.75, 0.9));
    let mut nicks = Vec::new();
    for _ in 0..pairs {
        let half = (dice.within((0.22, 0.5)) * slimness).clamp(0.012, 0.08);
        let tip = at + lean * half;
        let nick = Nick {
            side: Side::Right,
            from: at - half,
            floor: (tip - 0.04 * half, tip + 0.04 * half),
            to: at + half,
            depth: -dice.within((0.35, 1.1)),
        };
        nicks.push(nick);
        if !single {
            nicks.push(Nick { side: Side::Left, ..nick });
        }
        at += half * dice.within((2.1, 3.0));
        if at > 0.5 {
            break;
        }
    }
    nicks
}

fn hilt_section<R: Rng>(dice: &mut Dice<R>) -> HiltSection {
    dice.pick(&[(HiltSection::Round, 40), (HiltSection::Box, 42), (HiltSection::Diamond, 18)])
}

fn grip<R: Rng>(dice: &mut Dice<R>, table: &Tradition, family: Family, style: f32, blade: &BladeDesign) -> GripDesign {
    let form = dice.pick(table.grips);
    // A big sword of a game has a thick grip as well, a small one a thinner.
    let size = (blade.length / 0.75).powf(0.35).clamp(0.7, 1.25);
    let length = dice.within(table.grip_length) * mix(1.0, 1.12, style);
    let mut diameter = mix(dice.within((0.023, 0.031)), dice.within((0.034, 0.062)) * size, style);
    match family {
        Family::Spear => diameter = mix(dice.within((0.024, 0.034)), dice.within((0.03, 0.05)), style),
        Family::Knife => diameter = diameter.min(0.95 * blade.width).max(0.018),
        // A grip much wider than its blade is no sword's.
        _ => diameter = diameter.min((1.05 * blade.width).max(0.026)).min(0.34 * length),
    }
    let bend = match (form, family) {
        // A katana's grip goes on with the blade's arc; a sabre's mostly bends the other way.
        (GripForm::Pistol, Family::Katana) => dice.within((0.02, 0.1)),
        (GripForm::Pistol, _) => dice.within((0.1, 0.32)) * if dice.chance(65) { -1.0 } else { 1.0 },
        _ => 0.0,
    };
    let ribs = match form {
        GripForm::Scalloped => dice.count(3, 5),
        _ => ((length / diameter * dice.within((0.9, 2.2))) as usize).clamp(3, if length > 0.5 { 16 } else { 11 }),
    };
    let relief = match form {
        GripForm::Waisted => dice.within((0.12, 0.32)),
        GripForm::Swelling => dice.within((0.12, 0.32)),
        GripForm::Ribbed => dice.within((0.1, 0.3)),
        GripForm::Scalloped => dice.within((0.15, 0.35)),
        GripForm::Cylinder | GripForm::Pistol => 0.0,
    };
    let section = match family {
        Family::Spear => HiltSection::Round,
        _ => dice.pick(&[(HiltSection::Round, 74), (HiltSection::Box, 18), (HiltSection::Diamond, 8)]),
    };
    // Many ribs have many rows: fewer points around keep the triangles in bounds.
    let most_facets = if ribs > 11 {
        10
    } else if ribs > 9 {
        12
    } else {
        16
    };
    GripDesign {
        form,
        length,
        diameter,
        oval: dice.within(if family == Family::Knife { (0.45, 0.8) } else { (0.62, 1.0) }),
        section,
        facets: dice.pick(&[(6, 14), (8, 26), (12, 40), (16, 20)]).min(most_facets),
        ribs,
        relief,
        bend,
        collar: if dice.chance(35) && form != GripForm::Scalloped { dice.within((0.08, 0.3)) } else { 0.0 },
    }
}

fn guard<R: Rng>(
    dice: &mut Dice<R>,
    table: &Tradition,
    family: Family,
    style: f32,
    blade: &BladeDesign,
    grip: &GripDesign,
) -> GuardDesign {
    let form = dice.pick(table.guards);
    let overall = blade.length + grip.length;
    let size = (overall / 0.95).powf(0.6).clamp(0.45, 1.4);
    let mut height = size * mix(dice.within((0.009, 0.016)), dice.within((0.022, 0.055)), style);
    let mut span = dice.within(table.guard_span) * overall;
    let mut depth = size * mix(dice.within((0.011, 0.02)), dice.within((0.028, 0.06)), style);
    // A knuckle bow needs an arm that clears the hand; other arms have to clear the blade.
    let root = blade.width * if blade.ricasso > 0.0 { blade.ricasso_width } else { 1.0 };
    span = span.max(1.3 * root).max(1.35 * grip.diameter);
    let least_depth = (1.25 * blade.thickness).max(0.75 * grip.diameter * grip.oval);
    match form {
        GuardForm::Disc => {
            let wide = mix(dice.within((0.065, 0.085)), dice.within((0.08, 0.13)) * size, style);
            span = if family == Family::Spear { 0.0 } else { wide };
            span = span.max(1.25 * root.max(grip.diameter * 1.15));
            depth = (span * dice.within((0.6, 1.0))).max(1.2 * blade.thickness);
            height = height.min(0.3 * span) * 0.6;
        }
        GuardForm::Crescent => {
            span = span.max(1.7 * root);
            height = (1.3 * height).min(0.2 * span);
        }
        GuardForm::Ring => {
            // The rings need room beside the blade.
            span = span.max(2.2 * root).max(3.2 * grip.diameter);
            height = height.min(0.1 * span);
        }
        GuardForm::Winged => span = span.max(1.9 * root),
        _ => height = height.min(0.28 * span),
    }
    let rise = match form {
        GuardForm::Curved => dice.within((0.15, 0.6)) * if dice.chance(68) { 1.0 } else { -1.0 },
        GuardForm::S => dice.within((0.25, 0.7)) * dice.sign(),
        GuardForm::Crescent => dice.within((0.1, 1.0)) * if dice.chance(78) { 1.0 } else { -1.0 },
        GuardForm::Winged => dice.within((0.2, 0.9)) * if dice.chance(80) { 1.0 } else { -1.0 },
        GuardForm::Bar if dice.chance(25) => dice.within((-0.5, 0.8)),
        _ => 0.0,
    };
    let armed = matches!(form, GuardForm::Bar | GuardForm::Curved | GuardForm::S);
    let bow = armed && dice.chance(table.knuckle_bow);
    GuardDesign {
        form,
        span,
        height,
        depth: depth.max(least_depth),
        rise,
        taper: if dice.chance(30) { 1.0 } else { dice.within((0.4, 1.35)) },
        finial: if dice.chance(32) { dice.within((0.15, 0.8)) } else { 0.0 },
        block: if dice.chance(45) { dice.within((0.15, 0.9)) } else { 0.0 },
        section: hilt_section(dice),
        horns: dice.count(1, 3),
        lobes: if form == GuardForm::Disc && dice.chance(45) { dice.count(3, 8) } else { 0 },
        lobe_depth: dice.within((0.06, 0.22)),
        knuckle_bow: bow.then(|| if dice.chance(80) { Side::Left } else { Side::Right }),
    }
}

fn pommel<R: Rng>(
    dice: &mut Dice<R>,
    table: &Tradition,
    family: Family,
    style: f32,
    grip: &GripDesign,
) -> PommelDesign {
    let form = dice.pick(table.pommels);
    let wide = grip.diameter;
    let (across, along, oval) = match form {
        PommelForm::None | PommelForm::Cap => ((1.0, 1.3), (0.25, 0.7), (0.95, 1.0)),
        PommelForm::Sphere => ((1.2, 1.8), (0.8, 1.25), (0.75, 1.0)),
        PommelForm::Disc => ((1.4, 2.1), (0.9, 1.1), (0.35, 0.75)),
        PommelForm::Ring => ((1.5, 2.2), (1.0, 1.0), (0.3, 0.5)),
        PommelForm::Wedge => ((1.2, 1.8), (0.5, 1.0), (0.4, 0.7)),
        PommelForm::Faceted => ((1.25, 1.9), (0.9, 1.8), (0.75, 1.0)),
    };
    let slight = if family == Family::Spear { 0.75 } else { 1.0 };
    let diameter = wide * dice.within(across) * slight * mix(1.15, 1.0, style);
    let length = diameter * dice.within(along);
    // The grip's section shows in the pommel: a flat grip has a flat cap.
    let oval = dice.within(oval) * if form == PommelForm::Cap { grip.oval } else { 1.0 };
    PommelDesign { form, diameter, length, oval, facets: dice.pick(&[(6, 20), (8, 30), (12, 30), (16, 20)]) }
}
