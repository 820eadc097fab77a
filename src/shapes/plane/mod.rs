//! Procedural airplanes: a seeded design of eleven families, built as closed parts in metres with the attributes that
//! made them. Nose +Z, up +Y, wings along X; mirror-symmetric about x = 0; the middle of the hull's length at z = 0.

mod attributes;
mod bodies;
mod design;
mod distribution;
mod engine;
mod families;
mod hull;
mod rings;
mod solid;
mod surface;

use rand::Rng;

use super::{Part, Shape};
use crate::mesh::{Mesh, Vec3};
pub use design::{
    Canopy, EngineDesign, Family, Gear, Hull, HullDesign, Mount, Nose, PlaneDesign, Planform, Power, Section,
    SurfaceDesign, TailDesign, TailForm, WingDesign,
};
use solid::bar;
use surface::append_pair;

/// The parts' names, in the order in which a plane lists them.
pub const PARTS: [&str; 4] = ["fuselage", "wings", "tail", "engines"];

/// Where tail surfaces end, as a share of the hull from the nose.
const TAIL_AT: f32 = 0.985;

/// Draws an airplane and builds it; the same state of `rng` gives the same airplane.
pub fn generate(name: &str, rng: &mut impl Rng) -> Shape {
    PlaneDesign::draw(rng).build(name)
}

impl PlaneDesign {
    /// Builds the parts `fuselage`, `wings`, `tail` and `engines` (where the design has them): closed, outward-oriented
    /// bodies that reach into each other where they join.
    pub fn build(&self, name: &str) -> Shape {
        let (fuselage, wings, tail, engines) = (self.hull.build(), self.wings(), self.tail(), self.engines());
        let mut whole = fuselage.clone();
        for part in [Some(&wings), Some(&tail), engines.as_ref()].into_iter().flatten() {
            whole.append(part);
        }
        let attributes = attributes::measure(self, &whole, &wings, &self.hull.body());
        let bodies = bodies::bodies(self, [Some(&fuselage), Some(&wings), Some(&tail), engines.as_ref()]);
        let meshes = [Some(fuselage), Some(wings), Some(tail), engines];
        let part = |(name, mesh): (&str, Option<Mesh>)| mesh.map(|mesh| Part { name: name.to_owned(), mesh });
        Shape {
            name: name.to_owned(),
            parts: PARTS.into_iter().zip(meshes).filter_map(part).collect(),
            length: attributes.get("length").copied().unwrap_or_default(),
            attributes,
            length_assumed: false,
            grip: None,
            bodies,
        }
    }

    /// Leading edge of the (upper) wing's root, on x = 0.
    fn wing_root(&self) -> Vec3 {
        let (wing, hull) = (&self.wing, &self.hull);
        let half = hull.half_height(wing.at);
        let up = match wing.mount {
            Mount::Low => -0.62,
            Mount::Mid => 0.0,
            Mount::High => 0.8,
            Mount::Parasol => 1.0 + wing.clearance,
        };
        [0.0, hull.y(wing.at) + up * half, hull.z(wing.at) + 0.5 * wing.surface.chord]
    }

    fn wings(&self) -> Mesh {
        let (wing, hull) = (&self.wing, &self.hull);
        let surface = &wing.surface;
        let root = self.wing_root();
        let mut mesh = surface.pair(root[1], root[2]);
        let half = [hull.half_width(wing.at), hull.half_height(wing.at)];
        let floor = hull.y(wing.at) - 0.6 * half[1];
        let low = [0.0, floor, root[2] - wing.stagger * surface.chord];
        if wing.lower {
            mesh.append(&surface.pair(low[1], low[2]));
        }
        if let Some(canard) = &wing.canard {
            let s = hull.nose_share.min(0.3);
            mesh.append(&canard.pair(hull.y(s) + 0.2 * hull.half_height(s), hull.z(s) + 0.5 * canard.chord));
        }
        let thick = 0.02 * surface.chord + 0.12 * half[0];
        // A point of a wing's middle plane: share of the reach, share of the chord.
        let on = |root: Vec3, t: f32, c: f32| {
            let [x, y, lead] = surface.at(root, t);
            [x, y, lead - c * surface.lead_at(t).1]
        };
        if wing.mount == Mount::Parasol {
            for c in [0.2, 0.65] {
                let inner = 0.9 * half[0] / surface.reach;
                let above = on(root, inner, c);
                append_pair(&mut mesh, &bar([0.5 * half[0], floor + half[1], above[2]], above, thick, 0.6 * thick));
            }
        }
        if wing.struts {
            for c in [0.18, 0.68] {
                let t = if wing.lower { 0.68 } else { 0.52 };
                let from = if wing.lower { on(low, t, c) } else { [0.6 * half[0], floor, on(root, 0.0, c)[2]] };
                append_pair(&mut mesh, &bar(from, on(root, t, c), thick, 0.6 * thick));
            }
        }
        mesh
    }

    fn tail(&self) -> Mesh {
        let (tail, hull) = (&self.tail, &self.hull);
        let TailDesign { form, plane, fin } = tail;
        let mut mesh = Mesh::default();
        let end = hull.z(TAIL_AT);
        let (y, half) = (hull.y(0.95), [hull.half_width(0.95), hull.half_height(0.95)]);
        let foot = [0.0, y + 0.2 * half[1], end + fin.chord];
        let mut plane_at = [0.0, y + 0.1 * half[1], end + plane.chord];
        match form {
            TailForm::V => {
                append_pair(&mut mesh, &plane.single([0.1 * half[0], y, plane_at[2]]));
                return mesh;
            }
            TailForm::Twin => append_pair(&mut mesh, &fin.single([0.7 * half[0], foot[1], foot[2]])),
            TailForm::H => {
                let [x, tip_y, lead] = plane.at(plane_at, 0.97);
                let lead = lead - plane.lead_at(0.97).1 + 0.8 * fin.chord;
                append_pair(&mut mesh, &fin.single([x, tip_y - 0.3 * fin.reach, lead]));
            }
            TailForm::Conventional | TailForm::Cross | TailForm::T | TailForm::FinOnly => {
                mesh.append(&fin.single(foot))
            }
        }
        let up = match form {
            TailForm::FinOnly => return mesh,
            TailForm::Cross => Some(0.5),
            TailForm::T => Some(0.97),
            _ => None,
        };
        if let Some(t) = up {
            let [_, y, lead] = fin.at(foot, t);
            // Its root's middle on the fin's.
            plane_at = [0.0, y, lead - 0.5 * fin.lead_at(t).1 + 0.55 * plane.chord];
        }
        mesh.append(&plane.pair(plane_at[1], plane_at[2]));
        mesh
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::attributes::extents;
    use super::*;

    use crate::shapes::loft::tests::{assert_solid, winding};

    const SEEDS: u64 = 300;

    fn designs() -> impl Iterator<Item = (u64, PlaneDesign)> {
        (0..SEEDS).map(|seed| (seed, PlaneDesign::draw(&mut ChaCha8Rng::seed_from_u64(seed))))
    }

    fn part<'a>(shape: &'a Shape, name: &str) -> Option<&'a Mesh> {
        shape.parts.iter().find(|p| p.name == name).map(|p| &p.mesh)
    }

    #[test]
    fn every_part_is_closed_outward_and_without_slivers_of_no_area() {
        for (seed, design) in designs() {
            let shape = design.build("p");
            let triangles: usize = shape.parts.iter().map(|p| p.mesh.triangles.len()).sum();
            assert!((1000..=8000).contains(&triangles), "seed {seed}: {triangles} triangles");
            for Part { name, mesh } in &shape.parts {
                assert_solid(mesh, 1e-6, 1e-8, &format!("seed {seed}: {name} of {design:?}"));
            }
        }
    }

    #[test]
    fn planes_are_symmetric_about_x() {
        for (seed, design) in designs() {
            let shape = design.build("p");
            for Part { name, mesh } in &shape.parts {
                let key = |p: Vec3, side: f32| [side * p[0], p[1], p[2]].map(|x| (x * 2000.0).round() as i64);
                let near = |k: [i64; 3]| {
                    let around = -1..=1;
                    around.clone().flat_map(move |x| {
                        around.clone().flat_map(move |y| (-1..=1).map(move |z| [k[0] + x, k[1] + y, k[2] + z]))
                    })
                };
                let there: HashSet<[i64; 3]> = mesh.positions.iter().map(|&p| key(p, 1.0)).collect();
                for &p in &mesh.positions {
                    assert!(
                        near(key(p, -1.0)).any(|k| there.contains(&k)),
                        "seed {seed}: {name} has {p:?} on one side; {design:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn parts_reach_into_their_neighbours() {
        for (seed, design) in designs() {
            let shape = design.build("p");
            let body = design.hull.body();
            let wings = part(&shape, "wings").unwrap();
            // Every fourth vertex is enough: each body that joins has a ring inside.
            let meets = |mesh: &Mesh, other: &Mesh| mesh.positions.iter().any(|&p| winding(other, p) > 0.5);
            assert!(meets(wings, &body), "seed {seed}: the wings float; {design:?}");
            assert!(meets(part(&shape, "tail").unwrap(), &body), "seed {seed}: the tail floats; {design:?}");
            if let Some(engines) = part(&shape, "engines") {
                assert!(meets(engines, &body) || meets(engines, wings), "seed {seed}: the engines float; {design:?}");
            }
        }
    }

    #[test]
    fn attributes_are_those_of_the_mesh() {
        for (seed, design) in designs() {
            let shape = design.build("p");
            let a = |name: &str| shape.attributes[name];
            let near =
                |x: f32, y: f32, within: f32| assert!((x - y).abs() <= within, "seed {seed}: {x} for {y}; {design:?}");
            let whole = extents(&shape.mesh());
            assert!(whole[2] > 0.25 * whole[0] && whole[0] > 0.35 * whole[2], "seed {seed}: {whole:?}; {design:?}");
            assert!(whole[1] < 0.8 * whole[2], "seed {seed}: {whole:?} is tall; {design:?}");
            assert_eq!(shape.length, a("length"));
            near(whole[2], a("length"), 1e-5);
            near(extents(part(&shape, "wings").unwrap())[0], a("wing_span"), 1e-5);
            near(a("fuselage_length"), design.hull.length, 0.01 * design.hull.length);
            near(a("fuselage_diameter"), design.hull.width, 0.06 * design.hull.width);
            let tail = extents(part(&shape, "tail").unwrap());
            if design.tail.form == TailForm::Conventional {
                near(tail[0], a("tail_span"), 0.03 * a("tail_span"));
                assert!(tail[1] > 0.9 * a("fin_height"), "seed {seed}: {tail:?}; {design:?}");
            }
            assert_eq!(part(&shape, "engines").is_some(), a("engines") > 0.0);
            assert_eq!(design.family == Family::Glider, a("engines") == 0.0);
            assert!(shape.attributes.values().all(|x| x.is_finite()));
        }
    }

    #[test]
    fn swept_wings_are_measured_as_drawn() {
        let (_, mut design) = designs().find(|(_, d)| d.wing.surface.planform == Planform::Tapered).unwrap();
        design.wing.surface = SurfaceDesign { sweep: 25.0, rounded: false, winglet: 0.0, ..design.wing.surface };
        let straight = PlaneDesign {
            wing: WingDesign {
                surface: SurfaceDesign { sweep: 0.0, ..design.wing.surface.clone() },
                ..design.wing.clone()
            },
            ..design.clone()
        };
        let (swept, straight) = (design.build("a"), straight.build("b"));
        assert!((swept.attributes["sweep"] - 25.0).abs() < 0.1 && straight.attributes["sweep"].abs() < 0.1);
        let back = |shape: &Shape| part(shape, "wings").unwrap().bounds().unwrap().0[2];
        let expected = design.wing.surface.reach * 25f32.to_radians().tan();
        assert!(back(&straight) - back(&swept) > 0.3 * expected);
    }

    #[test]
    fn the_same_seed_gives_the_same_plane_and_every_choice_occurs() {
        let draw = |seed: u64| generate("p", &mut ChaCha8Rng::seed_from_u64(seed));
        assert_eq!(draw(5), draw(5));
        assert_ne!(draw(5).parts, draw(6).parts);
        let all: Vec<PlaneDesign> = designs().map(|(_, d)| d).collect();
        fn every<T: Ord + std::fmt::Debug + Copy>(all: &[PlaneDesign], choices: &[T], of: fn(&PlaneDesign) -> T) {
            let found: BTreeSet<T> = all.iter().map(of).collect();
            assert_eq!(found, choices.iter().copied().collect());
        }
        every(&all, Family::ALL, |d| d.family);
        every(&all, Hull::ALL, |d| d.hull.hull);
        every(&all, Nose::ALL, |d| d.hull.nose);
        every(&all, Section::ALL, |d| d.hull.section);
        every(&all, Canopy::ALL, |d| d.hull.canopy);
        every(&all, Gear::ALL, |d| d.hull.gear);
        every(&all, Planform::ALL, |d| d.wing.surface.planform);
        every(&all, Mount::ALL, |d| d.wing.mount);
        every(&all, TailForm::ALL, |d| d.tail.form);
        every(&all, Power::ALL, |d| d.engine.power);
        for (what, found) in [
            ("winglets", all.iter().any(|d| d.wing.surface.winglet > 0.0)),
            ("biplanes", all.iter().any(|d| d.wing.lower)),
            ("canards", all.iter().any(|d| d.wing.canard.is_some())),
            ("four engines", all.iter().any(|d| d.engine.pairs == 2)),
        ] {
            assert!(found, "no plane has {what}");
        }
        assert!(all.iter().filter(|d| d.family == Family::Glider).all(|d| d.engine.power == Power::None));
    }
}
