//! Procedural swords: a seeded design of eleven families, built as closed parts in metres with the attributes that
//! made them. The origin lies in the grip; tip +Y, guard along X, thickness along Z; a curved tip bends to +X, and a
//! single-edged blade has its edge at -X.

mod attributes;
mod blade;
mod design;
mod distribution;
mod families;
mod grip;
mod guard;
mod outline;
mod pommel;
mod section;

use rand::Rng;

use super::{Part, Shape, loft};
use crate::mesh::Mesh;
pub use design::{
    BladeDesign, Edge, Family, Fuller, GripDesign, GripForm, GuardDesign, GuardForm, HiltSection, Line, Nick, Outline,
    PommelDesign, PommelForm, Section, Side, SwordDesign, Tip,
};

/// Draws a sword and builds it; the same state of `rng` gives the same sword.
pub fn generate(name: &str, rng: &mut impl Rng) -> Shape {
    SwordDesign::draw(rng).build(name)
}

impl SwordDesign {
    /// Builds the parts `blade`, `guard`, `grip`, `pommel` and `bow` (over the knuckles; all but blade and grip only where the
    /// design has them), each
    /// closed and outward-oriented, reaching a little into each other where they join.
    pub fn build(&self, name: &str) -> Shape {
        let top = 0.5 * self.grip.length;
        let high = self.guard.half_height();
        let has_guard = self.guard.form != GuardForm::None;
        // How far the parts reach into each other.
        let sink = if has_guard { (0.3 * high).min(0.006) } else { 0.006 };
        let seat = guard::Seat { y: top + high - sink, blade_half: self.blade.edges_at(0.0).1 };
        let root = if has_guard { seat.y + high } else { top };

        let blade = blade::build(&self.blade, root, sink);
        let guard = guard::build(&self.guard, &seat);
        let grip = grip::build(&self.grip);
        let axis = |t: f32| self.grip.axis(t);
        let pommel = pommel::build(&self.pommel, &axis, 0.2 * self.pommel.length.min(0.03));

        let bow = self
            .guard
            .knuckle_bow
            .filter(|_| has_guard)
            .map(|side| guard::knuckle_bow(&self.guard, side, &seat, self.grip.axis(0.0), self.grip.diameter));

        let extent = |meshes: &[Option<&Mesh>]| {
            let bounds = meshes.iter().flatten().filter_map(|m| m.bounds());
            let (low, high) = bounds.fold((f32::MAX, f32::MIN), |(l, h), (a, b)| (l.min(a[1]), h.max(b[1])));
            high - low
        };
        let overall = extent(&[Some(&blade), guard.as_ref(), bow.as_ref(), Some(&grip), pommel.as_ref()]);
        let parts = attributes::Parts {
            blade: &blade,
            guard: guard.as_ref(),
            grip: &grip,
            pommel: pommel.as_ref(),
            root,
            overall,
        };
        let attributes = attributes::measure(self, &parts);

        let [x, y] = self.grip.axis(0.5);
        let named = [("blade", Some(blade)), ("guard", guard), ("grip", Some(grip)), ("pommel", pommel), ("bow", bow)];
        let part = |(name, mesh): (&str, Option<Mesh>)| mesh.map(|mesh| Part { name: name.to_owned(), mesh });
        Shape {
            name: name.to_owned(),
            parts: named.into_iter().filter_map(part).collect(),
            attributes,
            length: overall,
            length_assumed: false,
            grip: Some([x, y, 0.0]),
            bodies: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::mesh::Vec3;
    use crate::shapes::loft::tests::{assert_solid, winding};

    const SEEDS: u64 = 300;

    fn designs() -> impl Iterator<Item = (u64, SwordDesign)> {
        (0..SEEDS).map(|seed| (seed, SwordDesign::draw(&mut ChaCha8Rng::seed_from_u64(seed))))
    }

    fn part<'a>(shape: &'a Shape, name: &str) -> Option<&'a Mesh> {
        shape.parts.iter().find(|p| p.name == name).map(|p| &p.mesh)
    }

    #[test]
    fn every_part_is_closed_outward_and_without_slivers_of_no_area() {
        for (seed, design) in designs() {
            let shape = design.build("s");
            let triangles: usize = shape.parts.iter().map(|p| p.mesh.triangles.len()).sum();
            assert!((500..=4000).contains(&triangles), "seed {seed}: {triangles} triangles");
            for Part { name, mesh } in &shape.parts {
                assert_solid(mesh, 1e-8, 1e-10, &format!("seed {seed}: {name} of {design:?}"));
            }
        }
    }

    #[test]
    fn parts_reach_into_their_neighbours() {
        for (seed, design) in designs() {
            let shape = design.build("s");
            let inside = |mesh: &Mesh, p: Vec3| winding(mesh, p) > 0.5;
            let blade = part(&shape, "blade").unwrap();
            let grip = part(&shape, "grip").unwrap();
            let root = blade.bounds().unwrap().0[1];
            let below = part(&shape, "guard").unwrap_or(grip);
            assert!(inside(below, [0.0, root, 0.0]), "seed {seed}: the blade floats; {design:?}");
            if let Some(guard) = part(&shape, "guard") {
                let top = grip.bounds().unwrap().1[1];
                assert!(inside(guard, [0.0, top, 0.0]), "seed {seed}: the grip floats; {design:?}");
            }
            if let Some(pommel) = part(&shape, "pommel") {
                let [x, y] = design.grip.axis(0.0);
                assert!(inside(pommel, [x, y, 0.0]), "seed {seed}: the pommel floats; {design:?}");
            }
        }
    }

    #[test]
    fn attributes_are_those_of_the_mesh() {
        for (seed, design) in designs() {
            let shape = design.build("s");
            let a = |name: &str| shape.attributes[name];
            let near =
                |x: f32, y: f32, within: f32| assert!((x - y).abs() <= within, "seed {seed}: {x} for {y}; {design:?}");
            let whole = attributes::extents(&shape.mesh());
            assert!((0.2..=2.2).contains(&whole[1]), "seed {seed}: {} m long", whole[1]);
            assert!(whole[0] < 0.75 * whole[1] && whole[2] < 0.4 * whole[1], "seed {seed}: {whole:?}; {design:?}");
            assert_eq!(shape.length, a("overall_length"));
            near(whole[1], a("overall_length"), 1e-6);
            near(attributes::extents(part(&shape, "blade").unwrap())[1], a("blade_length"), 0.008);
            near(attributes::extents(part(&shape, "grip").unwrap())[1], a("grip_length"), 0.02 * a("grip_length"));
            if design.guard.knuckle_bow.is_none() {
                let guard = part(&shape, "guard").map_or([0.0; 3], attributes::extents);
                near(guard[0], a("guard_span"), 1e-6);
                near(guard[1], a("guard_height"), 1e-6);
            }
            assert_eq!(part(&shape, "pommel").is_some(), a("pommel_diameter") > 0.0);
            assert!(shape.attributes.values().all(|x| x.is_finite()));
            assert!(shape.attributes.iter().all(|(name, &x)| x >= 0.0 || name == "curvature"));

            // Straight, plain blades: the mesh itself shows width and thickness.
            let blade = &design.blade;
            if blade.line == Line::Straight && blade.nicks.is_empty() && blade.edge == Edge::Plain {
                let mesh = part(&shape, "blade").unwrap();
                let tip = mesh.bounds().unwrap().1[1];
                let at = |fraction: f32, axis: usize| {
                    let y = tip - (1.0 - fraction) * a("blade_length");
                    // Where triangle edges cross the height.
                    let crossing = |[p, q]: [Vec3; 2]| {
                        let t = (y - p[1]) / (q[1] - p[1]);
                        (0.0..=1.0).contains(&t).then(|| p[axis] + t * (q[axis] - p[axis]))
                    };
                    let edges = (0..mesh.triangles.len()).flat_map(|t| {
                        let [a, b, c] = mesh.corners(t);
                        [[a, b], [b, c], [c, a]]
                    });
                    let (low, high) =
                        edges.filter_map(crossing).fold((f32::MAX, f32::MIN), |(l, h), x| (l.min(x), h.max(x)));
                    high - low
                };
                near(at(0.25, 0), a("blade_width"), 0.06 * blade.width);
                near(at(0.5, 0), a("blade_width_mid"), 0.06 * blade.width);
                near(at(0.9, 0), a("blade_width_tip"), 0.08 * blade.width);
                near(at(0.5, 2), a("blade_thickness"), 0.05 * blade.thickness);
                assert_eq!(a("curvature"), 0.0);
            }
            if blade.line == Line::Curved {
                assert!(a("curvature") > 0.0, "seed {seed}");
            }
        }
    }

    #[test]
    fn curvature_of_a_parabola_is_a_quarter_of_its_bend() {
        let (_, mut design) = designs().next().unwrap();
        design.blade.line = Line::Curved;
        (design.blade.bend, design.blade.bend_power) = (0.08, 2.0);
        // Over the chord, which is a little longer than the blade.
        let expected = 0.25 * 0.08 / (1.0f32 + 0.08 * 0.08);
        assert!((design.blade.curvature() - expected).abs() < 1e-4);
    }

    #[test]
    fn every_choice_occurs() {
        let all: Vec<_> = designs().map(|(_, d)| d).collect();
        fn missing<T: Copy + Ord + std::fmt::Debug>(variants: &[T], drawn: impl Iterator<Item = T>) {
            let drawn: BTreeSet<_> = drawn.collect();
            assert!(variants.iter().all(|v| drawn.contains(v)), "only {drawn:?} of {variants:?}");
        }
        missing(Family::ALL, all.iter().map(|d| d.family));
        missing(Outline::ALL, all.iter().map(|d| d.blade.outline));
        missing(Line::ALL, all.iter().map(|d| d.blade.line));
        missing(Edge::ALL, all.iter().map(|d| d.blade.edge));
        missing(Tip::ALL, all.iter().map(|d| d.blade.tip));
        missing(Section::ALL, all.iter().map(|d| d.blade.section));
        missing(GuardForm::ALL, all.iter().map(|d| d.guard.form));
        missing(GripForm::ALL, all.iter().map(|d| d.grip.form));
        missing(PommelForm::ALL, all.iter().map(|d| d.pommel.form));
        missing(HiltSection::ALL, all.iter().flat_map(|d| [d.guard.section, d.grip.section]));
        missing(Side::ALL, all.iter().filter_map(|d| d.guard.knuckle_bow));
        assert!(all.iter().any(|d| d.stylisation < 0.1) && all.iter().any(|d| d.stylisation > 0.9));
    }

    #[test]
    fn the_same_seed_gives_the_same_sword_and_another_another() {
        let draw = |seed| generate("s", &mut ChaCha8Rng::seed_from_u64(seed));
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }
}
