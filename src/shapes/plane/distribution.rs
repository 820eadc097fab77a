//! How a design is drawn: family, hull, then the wings, tail and engines that go with it.

use rand::Rng;

use super::design::{
    EngineDesign, Family, HullDesign, Mount, Nose, PlaneDesign, Planform, Power, SurfaceDesign, TailDesign, TailForm,
    WingDesign,
};
use super::families::{Make, make};
use crate::shapes::dice::Dice;

impl PlaneDesign {
    /// Draws a plausible airplane: the family first, then everything that depends on it.
    pub fn draw(rng: &mut impl Rng) -> Self {
        let dice = &mut Dice(rng);
        let families: Vec<_> = Family::ALL.iter().map(|&f| (f, make(f).weight)).collect();
        let family = dice.pick(&families);
        let table = make(family);
        let mut hull = hull(dice, table);
        let wing = wing(dice, table, &hull);
        let power = dice.pick(table.powers);
        if power != Power::Nose && hull.nose == Nose::Cowl {
            // Nothing would fill its flat end.
            hull.nose = Nose::Round;
        }
        let tail = tail(dice, table, power, &hull, &wing);
        let engine = engine(dice, table, power, &hull, &wing);
        Self { family, hull, wing, tail, engine }
    }
}

fn hull<R: Rng>(dice: &mut Dice<R>, table: &Make) -> HullDesign {
    let length = dice.within(table.length);
    HullDesign {
        hull: dice.pick(table.hulls),
        nose: dice.pick(table.noses),
        section: dice.pick(table.sections),
        length,
        width: length * dice.within(table.width),
        tall: dice.within(table.tall),
        nose_share: dice.within(table.nose_share),
        tail_share: dice.within(table.tail_share),
        tail_end: dice.within(table.tail_end),
        upsweep: dice.within(table.upsweep),
        droop: dice.within(table.droop),
        canopy: dice.pick(table.canopies),
        canopy_at: dice.within(table.canopy_at),
        canopy_length: dice.within(table.canopy_length),
        canopy_width: dice.within(table.canopy_width),
        gear: dice.pick(table.gears),
    }
}

fn wing<R: Rng>(dice: &mut Dice<R>, table: &Make, hull: &HullDesign) -> WingDesign {
    let planform = dice.pick(table.planforms);
    let chord = hull.length * dice.within(table.chord) * if planform == Planform::Delta { 1.15 } else { 1.0 };
    let sweep = match planform {
        Planform::Delta | Planform::Ogee => dice.within((-4.0, 6.0)),
        Planform::Straight | Planform::Elliptical => dice.within((-1.0, 3.0)),
        Planform::Tapered | Planform::Kinked => dice.within(table.sweep),
    };
    let reach = 0.5 * hull.length * dice.within(table.span);
    let surface = SurfaceDesign {
        planform,
        reach,
        chord,
        taper: dice.within(table.taper),
        sweep,
        slope: dice.within(table.dihedral),
        thickness: dice.within(table.thickness),
        winglet: if dice.chance(table.winglet) { dice.within((0.1, 0.2)).min(0.5 * chord / reach) } else { 0.0 },
        rounded: dice.chance(table.rounded),
    };
    let canard = dice.chance(table.canard).then(|| {
        let reach = surface.reach * dice.within((0.36, 0.5));
        SurfaceDesign {
            planform: Planform::Tapered,
            reach,
            chord: reach * dice.within((0.5, 0.75)),
            taper: dice.within((0.15, 0.4)),
            sweep: dice.within((25.0, 45.0)),
            slope: dice.within((0.0, 8.0)),
            winglet: 0.0,
            ..surface.clone()
        }
    });
    let at = dice.within(table.at);
    WingDesign {
        mount: dice.pick(table.mounts),
        // A swept wing's middle lies behind its root: the root moves forward.
        at: at - if planform == Planform::Kinked { 0.04 } else { 0.0 },
        clearance: dice.within((0.25, 0.75)),
        lower: dice.chance(table.lower),
        struts: dice.chance(table.struts),
        stagger: dice.within((-0.1, 0.35)),
        canard,
        surface,
    }
}

fn tail<R: Rng>(dice: &mut Dice<R>, table: &Make, power: Power, hull: &HullDesign, wing: &WingDesign) -> TailDesign {
    let drawn = dice.pick(table.tails);
    // Pods at the tail leave no room for a tailplane on the hull.
    let form = if power == Power::Rear && drawn == TailForm::Conventional { TailForm::T } else { drawn };
    let tips = dice.pick(&[(Planform::Tapered, 7), (Planform::Elliptical, 3)]);
    let planform = if wing.surface.rounded { tips } else { Planform::Tapered };
    let reach = wing.surface.reach * dice.within(table.tail);
    let plane = SurfaceDesign {
        planform,
        reach,
        chord: reach * dice.within(table.tail_chord),
        taper: dice.within((0.35, 0.7)),
        sweep: dice.within(table.tail_sweep),
        slope: if form == TailForm::V { dice.within((32.0, 46.0)) } else { dice.within((-2.0, 6.0)) },
        thickness: 0.85 * wing.surface.thickness,
        winglet: 0.0,
        rounded: wing.surface.rounded,
    };
    let two = matches!(form, TailForm::Twin | TailForm::H);
    let height = hull.length * dice.within(table.fin) * if two { 0.72 } else { 1.0 };
    let fin = SurfaceDesign {
        planform: if planform == Planform::Elliptical { Planform::Elliptical } else { Planform::Tapered },
        reach: height,
        chord: height * dice.within((0.75, 1.15)),
        taper: if matches!(form, TailForm::T | TailForm::Cross) {
            dice.within((0.6, 0.85))
        } else {
            dice.within((0.3, 0.65))
        },
        sweep: dice.within(table.tail_sweep) + 8.0,
        slope: if form == TailForm::Twin { dice.within((68.0, 90.0)) } else { 90.0 },
        thickness: 0.85 * wing.surface.thickness,
        winglet: 0.0,
        rounded: plane.rounded && !matches!(form, TailForm::T | TailForm::Cross),
    };
    TailDesign { form, plane, fin }
}

fn engine<R: Rng>(
    dice: &mut Dice<R>,
    table: &Make,
    power: Power,
    hull: &HullDesign,
    wing: &WingDesign,
) -> EngineDesign {
    let diameter = hull.length * dice.within(table.engine);
    let mut propeller = hull.length * dice.within(table.propeller);
    let mut pairs = dice.count(table.pairs.0, table.pairs.1);
    let reach = wing.surface.reach;
    let mut at = dice.within((0.28, 0.36));
    match power {
        Power::Wing => {
            // Propellers clear the hull, and each other.
            if pairs == 1 {
                at = at.max((0.5 * propeller + 0.62 * hull.width) / (1.15 * reach)).min(0.6);
            } else {
                at = at.max((0.5 * propeller + 0.6 * hull.width) / reach).min(0.44);
                propeller = propeller.min(0.8 * at * reach);
            }
        }
        Power::Pods => at = at.max((0.5 * hull.width + 0.9 * diameter) / reach).min(0.42),
        Power::Rear | Power::Root => pairs = 1,
        Power::Hull => {}
        Power::None => pairs = 0,
        Power::Nose | Power::Pusher => pairs = 0,
    }
    // A high wing has no root to bury a jet in, but bombers only draw mid and high ones, whose roots are thick.
    let diameter = if power == Power::Hull && wing.mount == Mount::Low { 0.9 * diameter } else { diameter };
    EngineDesign {
        power,
        pairs,
        diameter,
        length: diameter * dice.within(table.engine_length),
        blades: dice.count(table.blades.0, table.blades.1),
        propeller,
        at,
    }
}
