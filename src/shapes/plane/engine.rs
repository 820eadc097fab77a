//! Engines: propellers, nacelles with their pylons, intakes and nozzles.

use super::design::{EngineDesign, PlaneDesign, Power};
use super::solid::{bar, blade, turned};
use super::surface::append_pair;
use crate::mesh::{Mesh, Vec3};
use crate::shapes::loft::Cap;

/// Points around a nacelle.
const AROUND: usize = 14;

impl PlaneDesign {
    /// The part `engines`; `None` for a glider.
    pub(super) fn engines(&self) -> Option<Mesh> {
        let engine = &self.engine;
        let mut mesh = Mesh::default();
        match engine.power {
            Power::None => return None,
            Power::Nose => engine.propeller(&mut mesh, [0.0, self.hull.y(0.0), self.hull.z(0.0)], true),
            Power::Pusher => self.pusher(&mut mesh),
            Power::Wing | Power::Pods => {
                for i in 0..engine.pairs {
                    let at = engine.at * if engine.pairs == 1 { 1.15 } else { 1.0 + 0.85 * i as f32 };
                    append_pair(&mut mesh, &self.on_wing(at));
                }
            }
            Power::Rear => append_pair(&mut mesh, &self.at_tail()),
            Power::Root => {
                let chord = self.wing.surface.chord;
                let x = self.hull.half_width(self.wing.at) + 0.42 * engine.diameter;
                let [_, y, lead] = self.wing.surface.at(self.wing_root(), x / self.wing.surface.reach);
                let front = [x, y, lead + 0.16 * chord];
                append_pair(&mut mesh, &engine.jet(front, 1.05 * chord, 0.9));
            }
            Power::Hull => self.in_hull(&mut mesh),
        }
        Some(mesh)
    }

    /// An engine at share `at` of the right wing's reach: a jet pod on a pylon, or a nacelle with a propeller.
    fn on_wing(&self, at: f32) -> Mesh {
        let engine = &self.engine;
        let surface = &self.wing.surface;
        let [x, y, lead] = surface.at(self.wing_root(), at);
        let chord = surface.lead_at(at).1;
        if engine.power == Power::Wing {
            let front = [x, y, lead + 0.42 * engine.length];
            let r = 0.5 * engine.diameter;
            let drop = [[0.0, 0.62], [0.08, 0.85], [0.3, 1.0], [0.6, 0.9], [0.85, 0.55], [1.0, 0.22]];
            let drop = drop.map(|[z, w]| [z * engine.length, w * r]);
            let mut mesh = turned(front, &drop, 1.0, AROUND, [Cap::Flat, Cap::Flat]);
            engine.propeller(&mut mesh, front, true);
            return mesh;
        }
        let drop = 0.62 * engine.diameter + 0.5 * surface.thickness * chord;
        let front = [x, y - drop, lead + 0.5 * engine.length];
        let mut mesh = engine.jet(front, engine.length, 1.0);
        let middle = |y: f32, z: f32| [x, y, z];
        let wide = 0.5 * engine.length;
        let below = middle(y - drop + 0.2 * engine.diameter, front[2] - 0.55 * engine.length);
        let above = middle(y, (lead - 0.25 * chord).max(below[2] - 0.6 * engine.length));
        mesh.append(&bar(below, above, wide, 0.1 * engine.diameter));
        mesh
    }

    /// A jet pod beside the hull's tail.
    fn at_tail(&self) -> Mesh {
        let engine = &self.engine;
        let s = 0.76;
        let x = self.hull.half_width(s) + 0.62 * engine.diameter;
        let y = self.hull.y(s) + 0.35 * self.hull.half_height(s);
        let front = [x, y, self.hull.z(s) + 0.5 * engine.length];
        let mut mesh = engine.jet(front, engine.length, 1.0);
        let z = self.hull.z(s) - 0.05 * engine.length;
        let (from, to) = ([0.4 * self.hull.half_width(s), y, z], [x - 0.2 * engine.diameter, y, z]);
        mesh.append(&bar(from, to, 0.5 * engine.length, 0.14 * engine.diameter));
        mesh
    }

    /// Intakes beside the hull and nozzles at its end.
    fn in_hull(&self, mesh: &mut Mesh) {
        let engine = &self.engine;
        let hull = &self.hull;
        let s = (self.wing.at - 0.16).max(0.24);
        let x = 0.86 * hull.half_width(s + 0.1);
        let front = [x, hull.y(s) - 0.1 * hull.half_height(s), hull.z(s)];
        let length = 0.36 * hull.length;
        let r = 0.5 * engine.diameter;
        let duct = [[0.12, 0.5], [0.0, 0.78], [0.03, 0.84], [0.25, 0.9], [0.6, 0.85], [0.85, 0.5], [1.0, 0.12]];
        append_pair(
            mesh,
            &turned(front, &duct.map(|[z, w]| [z * length, w * r]), 1.35, AROUND, [Cap::Flat, Cap::Flat]),
        );
        let end = 0.97;
        let nozzle = [[0.0, 0.9], [0.25, 1.0], [0.7, 0.92], [1.0, 0.74], [0.75, 0.58]];
        let single = engine.pairs == 0;
        let r = hull.half_height(end).max(0.2 * hull.width * hull.tall) * if single { 1.0 } else { 0.8 };
        let x = if single { 0.0 } else { 0.92 * r };
        let front = [x, hull.y(end), hull.z(end) + 0.05 * hull.length];
        let body =
            turned(front, &nozzle.map(|[z, w]| [z * 0.13 * hull.length, w * r]), 1.0, AROUND, [Cap::Flat, Cap::Flat]);
        if single { mesh.append(&body) } else { append_pair(mesh, &body) }
    }

    /// A propeller behind the pod, on a small block that stands on the hull.
    fn pusher(&self, mesh: &mut Mesh) {
        let engine = &self.engine;
        let hull = &self.hull;
        let s = (1.0 - hull.tail_share + 0.02).max(hull.nose_share);
        let y = hull.y(s) + 0.5 * engine.propeller + 1.25 * hull.half_height(1.0);
        let front = [0.0, y, hull.z(s) + 0.5 * engine.length];
        let r = 0.5 * engine.diameter;
        let drop =
            [[0.0, 0.5], [0.15, 0.9], [0.5, 1.0], [0.85, 0.8], [1.0, 0.5]].map(|[z, w]| [z * engine.length, w * r]);
        mesh.append(&turned(front, &drop, 1.0, AROUND, [Cap::Flat, Cap::Flat]));
        let z = front[2] - 0.4 * engine.length;
        mesh.append(&bar([0.0, hull.y(s), z], [0.0, y, z], 0.4 * engine.length, 0.35 * engine.diameter));
        engine.propeller(mesh, [0.0, y, front[2] - engine.length], false);
    }
}

impl EngineDesign {
    /// A hollow nacelle from `front` backward.
    fn jet(&self, front: Vec3, length: f32, tall: f32) -> Mesh {
        let r = 0.5 * self.diameter;
        let walls = [
            [0.22, 0.5],
            [0.1, 0.74],
            [0.0, 0.82],
            [0.04, 0.93],
            [0.25, 1.0],
            [0.55, 0.96],
            [0.82, 0.74],
            [1.0, 0.56],
            [0.9, 0.42],
        ];
        turned(front, &walls.map(|[z, w]| [z * length, w * r]), tall, AROUND, [Cap::Flat, Cap::Flat])
    }

    /// Spinner and blades at a hub whose shaft comes out towards +Z (`forward`) or -Z.
    fn propeller(&self, mesh: &mut Mesh, hub: Vec3, forward: bool) {
        let way = if forward { 1.0 } else { -1.0 };
        let r = (0.09 * self.propeller).min(0.5 * self.diameter);
        let long = 2.2 * r;
        let tip = [hub[0], hub[1], hub[2] + way * long];
        let cone = [[-0.5, 0.8], [0.0, 1.0], [0.35, 0.92], [0.7, 0.62], [0.93, 0.28]];
        let cone = cone.map(|[out, w]| [-way * out * long, w * r]);
        mesh.append(&turned(hub, &cone, 1.0, 12, [Cap::Flat, Cap::Point(tip)]));
        for k in 0..self.blades {
            // One blade up, or a pair level: symmetric about x = 0 either way.
            let first = if self.blades.is_multiple_of(2) { 0.0 } else { 0.25 };
            let angle = std::f32::consts::TAU * (first + k as f32 / self.blades as f32);
            mesh.append(&blade([hub[0], hub[1], hub[2] + way * 0.15 * long], angle, 0.5 * self.propeller));
        }
    }
}
