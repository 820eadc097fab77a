//! What an airplane's parts were lofted from, told apart more finely than the parts: the right-hand half of each pair, for
//! patches to be taught by.
//!
//! The bodies are read back out of the finished meshes, in the order in which the parts are built. Every airplane has every
//! piece of [`PIECES`]: what it lacks hides as a sliver within its wing, where no patch of it is seen.

use super::design::{Gear, Mount, PlaneDesign, Power, Section, TailForm};
use super::rings::{Rings, along, between, closed, middle, rings, small, split, tipped};
use crate::mesh::{Mesh, Vec3};
use crate::shapes::Body;

/// The pieces beside the fuselage and the wings, each with the part that it belongs to. The first hide nearest the root.
pub const PIECES: [(&str, &str); 9] = [
    ("wings", "second"),
    ("engines", "second pod"),
    ("wings", "rear strut"),
    ("engines", "blade"),
    ("wings", "front strut"),
    ("tail", "plane"),
    ("tail", "fin"),
    ("engines", "pod"),
    ("engines", "upright blade"),
];

/// Points around a wing's section, a bar's, a nacelle's, a spinner's, a blade's, a wheel's, its fairing's, a hull's, a canopy's.
const WING: usize = 12;
const BAR: usize = 8;
const POD: usize = 14;
const SPINNER: usize = 12;
const BLADE: usize = 6;
const WHEEL: usize = 14;
const SPAT: usize = 10;
const HULL: usize = 20;
const CANOPY: usize = 12;

/// Size of a hidden sliver's section, and its length as a share of the wing's.
const SLIVER: f32 = 0.4;
const SLIVER_LENGTH: f32 = 0.12;

/// Where what is sunk into the hull lies, as a share of the way from its middle line to its skin.
const BELOW: f32 = 0.97;

/// All pieces of a design whose parts are these meshes, in the order of [`super::PARTS`].
pub(super) fn bodies(design: &PlaneDesign, [fuselage, wings, tail, engines]: [Option<&Mesh>; 4]) -> Vec<Body> {
    let take = |mesh: Option<&Mesh>| mesh.map(split).unwrap_or_default().into_iter();
    let mut found = Found::default();
    let mut hull = take(fuselage);
    let mut add_hull = |around| found.hull.extend(hull.next().map(|body| closed(&body, around)));
    add_hull(HULL);
    if design.hull.canopy != super::Canopy::None {
        add_hull(CANOPY);
    }
    found.gear(design, hull);
    found.engines(design, take(engines));
    found.wings(design, take(wings));
    found.tail(design, take(tail));
    found.all(wings)
}

/// One body out of two blades, from the second's tip over the hub to the first's.
fn strip(first: &[Vec3], second: &[Vec3]) -> Rings {
    // Seen from the first, the second's sections run the other way around.
    let turned = |ring: &Vec<Vec3>| [3, 2, 1, 0, 5, 4].map(|k| ring[k]).to_vec();
    let far: Rings = closed(second, BLADE)[1..].iter().rev().map(turned).collect();
    far.into_iter().chain(closed(first, BLADE).into_iter().skip(1)).collect()
}

fn blade(body: &[Vec3]) -> Rings {
    closed(body, BLADE).into_iter().skip(1).collect()
}

/// What was found of each piece: rings, where a way around begins, whether x = 0 divides it.
#[derive(Default)]
struct Found {
    hull: Vec<Rings>,
    wing: Rings,
    pieces: Vec<(&'static str, Rings, f32, bool)>,
}

impl Found {
    /// The first body to claim a piece has it.
    fn claim(&mut self, piece: &'static str, rings: Rings, start: f32, half: bool) {
        if self.pieces.iter().all(|p| p.0 != piece) {
            self.pieces.push((piece, rings, start, half));
        }
    }

    fn gear(&mut self, design: &PlaneDesign, bodies: impl Iterator<Item = Vec<Vec3>>) {
        let all: Vec<Vec<Vec3>> = bodies.collect();
        let [leg, _, wheel, _, rest @ ..] = all.as_slice() else { return };
        match (design.hull.gear, rest) {
            (Gear::Spats, [spat, ..]) => self.claim("second pod", closed(spat, SPAT), 7.0, false),
            _ => self.claim("second pod", closed(wheel, WHEEL), 0.0, false),
        }
        if !design.wing.struts {
            self.claim("front strut", rings(leg, BAR), 0.0, false);
        }
    }

    fn engines(&mut self, design: &PlaneDesign, bodies: impl Iterator<Item = Vec<Vec3>>) {
        let all: Vec<Vec<Vec3>> = bodies.collect();
        let (power, blades) = (design.engine.power, design.engine.blades);
        // Ways around begin at the bottom.
        let (pod, spinner) = (10.0, 8.5);
        match (power, all.as_slice()) {
            (Power::Nose, [hub, blades @ ..]) => {
                self.claim("pod", closed(hub, SPINNER), spinner, true);
                self.propeller(blades);
            }
            (Power::Pusher, [body, bar, _, blades @ ..]) => {
                self.claim("pod", closed(body, POD), pod, true);
                if !design.wing.struts {
                    self.claim("rear strut", rings(bar, BAR), 0.0, false);
                }
                self.propeller(blades);
            }
            (Power::Wing, all) if all.len() >= 2 + blades => {
                self.claim("pod", closed(&all[0], POD), pod, false);
                match &all[2..2 + blades] {
                    [a, b] => self.claim("blade", strip(a, b), 0.0, false),
                    [a, b, c] => {
                        self.claim("blade", strip(b, c), 0.0, false);
                        self.claim_strut(design, blade(a));
                    }
                    [a, b, c, d] => {
                        self.claim("blade", strip(a, c), 0.0, false);
                        self.claim_strut(design, strip(b, d));
                    }
                    _ => {}
                }
                if let Some(second) = all.get(2 * (2 + blades)) {
                    self.claim("second pod", closed(second, POD), pod, false);
                }
            }
            (Power::Pods, [first, pylon, _, _, rest @ ..]) => {
                self.claim("pod", closed(first, POD), pod, false);
                self.claim("front strut", rings(pylon, BAR), 0.0, false);
                if let [second, pylon, ..] = rest {
                    self.claim("second pod", closed(second, POD), pod, false);
                    self.claim("rear strut", rings(pylon, BAR), 0.0, false);
                }
            }
            (Power::Rear, [first, pylon, ..]) => {
                self.claim("pod", closed(first, POD), pod, false);
                self.claim("front strut", rings(pylon, BAR), 0.0, false);
            }
            (Power::Root, [first, ..]) => self.claim("pod", closed(first, POD), pod, false),
            (Power::Hull, [intake, _, nozzle, rest @ ..]) => {
                let mut duct = closed(intake, POD);
                duct.iter_mut().flatten().for_each(|p| *p = design.pushed(*p));
                self.claim("pod", duct, pod, false);
                self.claim("second pod", closed(nozzle, POD), pod, rest.is_empty());
            }
            _ => {}
        }
    }

    /// Blades of a propeller on a wing that the two of a strip leave.
    fn claim_strut(&mut self, design: &PlaneDesign, rings: Rings) {
        if !design.wing.struts {
            self.claim("rear strut", rings, 0.0, false);
        }
    }

    /// A propeller in the middle: a blade on either side, and what stands upright.
    fn propeller(&mut self, blades: &[Vec<Vec3>]) {
        match blades {
            [right, _] => self.claim("blade", blade(right), 0.0, false),
            [top, _, right] => {
                self.claim("blade", blade(right), 0.0, false);
                self.claim("upright blade", blade(top), 0.0, false);
            }
            [right, top, _, bottom] => {
                self.claim("blade", blade(right), 0.0, false);
                self.claim("upright blade", strip(top, bottom), 0.0, false);
            }
            _ => {}
        }
    }

    fn wings(&mut self, design: &PlaneDesign, mut bodies: impl Iterator<Item = Vec<Vec3>>) {
        let mut pair = || bodies.next().map(|body| visible(design, &rings(&body, WING)));
        self.wing = pair().unwrap_or_default();
        if (design.wing.lower || design.wing.canard.is_some())
            && let Some(second) = pair()
        {
            self.claim("second", second, 6.0, false);
        }
        if design.wing.struts {
            let cabane = if design.wing.mount == Mount::Parasol { 4 } else { 0 };
            let bars: Vec<Vec<Vec3>> = bodies.skip(cabane).collect();
            if let [front, _, rear, ..] = bars.as_slice() {
                self.claim("front strut", rings(front, BAR), 0.0, false);
                self.claim("rear strut", rings(rear, BAR), 0.0, false);
            }
        }
    }

    fn tail(&mut self, design: &PlaneDesign, bodies: impl Iterator<Item = Vec<Vec3>>) {
        let all: Vec<Vec<Vec3>> = bodies.collect();
        let surface = |body: &[Vec3]| visible(design, &rings(body, WING));
        match (design.tail.form, all.as_slice()) {
            (TailForm::V, [right, ..]) => self.claim("plane", surface(right), 6.0, false),
            (TailForm::Twin | TailForm::H, [right, _, plane, ..]) => {
                self.claim("fin", surface(right), 6.0, false);
                self.claim("plane", surface(plane), 6.0, false);
            }
            (_, [fin, rest @ ..]) => {
                self.claim("fin", surface(fin), 6.0, true);
                if let [plane, ..] = rest {
                    self.claim("plane", surface(plane), 6.0, false);
                }
            }
            _ => {}
        }
    }

    /// Every piece, those that were not found hidden in the wing.
    fn all(self, wings: Option<&Mesh>) -> Vec<Body> {
        let Self { hull, wing, pieces } = self;
        let body = |part: &str, piece: &str, rings, start, half| Body {
            part: part.to_owned(),
            piece: piece.to_owned(),
            rings,
            start,
            half,
        };
        let upright = || {
            let whole = wings.map(split).unwrap_or_default().first().map(|body| rings(body, WING)).unwrap_or_default();
            let half = whole.len() / 2;
            let [low, high] = [half.saturating_sub(2), half + 2];
            let part: Rings = whole.into_iter().take(high + 1).skip(low).map(|ring| small(&ring, SLIVER)).collect();
            tipped(part)
        };
        let mut bodies: Vec<Body> = hull.into_iter().map(|rings| body("fuselage", "", rings, 0.0, false)).collect();
        for (i, (part, piece)) in PIECES.into_iter().enumerate() {
            let found = pieces.iter().find(|p| p.0 == piece);
            let hidden = || {
                let from = 0.06 + 0.1 * i as f32;
                let ring = |k: usize| small(&along(&wing, from + SLIVER_LENGTH * k as f32 / 4.0), SLIVER);
                if piece == "upright blade" { upright() } else { tipped((0..=4).map(ring).collect()) }
            };
            let (rings, start, half) =
                found.map_or_else(|| (hidden(), 6.0, false), |(_, rings, start, half)| (rings.clone(), *start, *half));
            bodies.push(body(part, piece, rings, start, half));
        }
        bodies.push(body("wings", "", wing, 0.0, false));
        bodies
    }
}

/// The right-hand half of a lifting surface from where it leaves the hull, or from the middle, a little beyond it.
fn visible(design: &PlaneDesign, rings: &Rings) -> Rings {
    let pair = rings.first().is_some_and(|ring| middle(ring)[0] < -1e-3 * design.hull.length);
    let root = if pair { rings.len() / 2 } else { 0 };
    let inside = |ring: &[Vec3]| ring.iter().all(|&p| design.holds(p));
    let mut from = None;
    'find: for i in root..rings.len().saturating_sub(1) {
        for step in 0..8 {
            let t = step as f32 / 8.0;
            if !inside(&between(&rings[i], &rings[i + 1], t)) {
                break 'find;
            }
            from = Some((i, t));
        }
    }
    let right = match from {
        Some((i, t)) => {
            let mut right = vec![between(&rings[i], &rings[i + 1], t)];
            right.extend(rings[i + 1..].iter().cloned());
            right
        }
        None => rings[root..].to_vec(),
    };
    tipped(right)
}

impl PlaneDesign {
    /// How far from the hull's middle line a point lies, 1 on the hull (without its canopy); `None` before and behind it.
    fn depth(&self, [x, y, z]: Vec3) -> Option<f32> {
        let hull = &self.hull;
        let s = 0.5 - z / hull.length;
        if !(0.0..=1.0).contains(&s) {
            return None;
        }
        let power = match hull.section {
            Section::Round => 2.0,
            Section::Box => 2.0 / 0.55,
        };
        let [x, y] = [x / hull.half_width(s), (y - hull.y(s)) / hull.half_height(s)];
        Some((x.abs().powf(power) + y.abs().powf(power)).powf(1.0 / power))
    }

    fn holds(&self, p: Vec3) -> bool {
        self.depth(p).is_some_and(|depth| depth < 1.0)
    }

    /// A point within the hull pushed out to just below its skin: what is half sunk in then has no place far from all that is seen.
    fn pushed(&self, p: Vec3) -> Vec3 {
        match self.depth(p) {
            Some(depth) if (0.05..BELOW).contains(&depth) => {
                let y = self.hull.y(0.5 - p[2] / self.hull.length);
                [p[0] * BELOW / depth, y + (p[1] - y) * BELOW / depth, p[2]]
            }
            _ => p,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::mesh::bvh::Bvh;
    use crate::mesh::{norm, sub};

    fn designs() -> impl Iterator<Item = (u64, PlaneDesign)> {
        (0..200).map(|seed| (seed, PlaneDesign::draw(&mut ChaCha8Rng::seed_from_u64(seed))))
    }

    fn hidden(design: &PlaneDesign, body: &Body) -> bool {
        let [_, y, lead] = design.wing_root();
        let wing = Bvh::new(&design.wing.surface.pair(y, lead));
        let middles = body.rings.iter().map(|ring| middle(ring));
        middles.clone().count() > 0 && middles.clone().all(|p| wing.winding(p, [0.3, 1.0, 0.2]) != 0)
    }

    #[test]
    fn every_plane_has_every_piece_on_the_right_and_in_its_parts() {
        for (seed, design) in designs() {
            let shape = design.build("p");
            let pieces: BTreeSet<(&str, &str)> =
                shape.bodies.iter().map(|b| (b.part.as_str(), b.piece.as_str())).collect();
            assert_eq!(pieces.len(), PIECES.len() + 2, "seed {seed}: {pieces:?}");
            let (low, high) = shape.mesh().bounds().unwrap();
            let size = norm(sub(high, low));
            for body in &shape.bodies {
                let what = format!("seed {seed}: {} of {}; {design:?}", body.piece, body.part);
                assert!(body.rings.len() > 1 && body.rings[0].len() > 2, "{what}");
                let points = || body.rings.iter().flatten();
                assert!(points().all(|p| (0..3).all(|k| p[k] > low[k] - 1e-3 && p[k] < high[k] + 1e-3)), "{what}");
                let centre = middle(&points().copied().collect::<Vec<_>>());
                let divided = body.half || ["", "upright blade"].contains(&body.piece.as_str());
                let right = if divided { centre[0] > -1e-3 * size } else { centre[0] > 1e-3 * size };
                assert!(right, "{what}: {centre:?}");
            }
        }
    }

    #[test]
    fn what_a_plane_lacks_hides_in_its_wing() {
        for (seed, design) in designs().take(80) {
            let shape = design.build("p");
            let of = |piece: &str| shape.bodies.iter().find(|b| b.piece == piece).unwrap();
            let second = design.wing.lower || design.wing.canard.is_some();
            for (piece, there) in [
                ("second", second),
                ("fin", design.tail.form != TailForm::V),
                ("plane", design.tail.form != TailForm::FinOnly),
                ("pod", design.engine.power != Power::None),
            ] {
                // An intake may lie along the wing, as if it hid there.
                let hides = hidden(&design, of(piece));
                let right = if there { piece == "pod" || !hides } else { hides };
                assert!(right, "seed {seed}: {piece}; {design:?}");
            }
        }
    }
}
