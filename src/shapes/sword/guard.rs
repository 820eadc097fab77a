//! The guard: arms, plates, rings and horns across the blade, and the bow over the knuckles.

use super::design::{GuardDesign, GuardForm, HiltSection, Side};
use super::loft::{Cap, Station, frame, loft, torus};
use super::section::hilt_polygon;
use crate::mesh::{Mesh, Vec3};

/// Where the guard sits.
pub(super) struct Seat {
    /// Its middle on the Y axis.
    pub y: f32,
    /// The blade's half-width there: the arms stay level this far.
    pub blade_half: f32,
}

impl GuardDesign {
    /// Half of the height at the middle, block included, in metres: the grip ends and the blade begins there.
    pub(super) fn half_height(&self) -> f32 {
        let block = if matches!(self.form, GuardForm::Disc) { 0.0 } else { self.block };
        0.5 * self.height * (1.0 + block)
    }

    /// Half of the height at share `t` of the half-span.
    fn half_height_at(&self, t: f32) -> f32 {
        let t = t.abs();
        let base = 1.0 + (self.taper - 1.0) * t;
        let block = self.block * (-(t / 0.16).powi(4)).exp();
        let knob = self.finial * (-((t - 0.93) / 0.07).powi(4)).exp();
        0.5 * self.height * (base + block + knob)
    }

    /// The middle of the bar at share `t`, relative to the seat.
    fn bar(&self, t: f32, level: f32) -> [f32; 2] {
        let half = 0.5 * self.span;
        let beyond = ((t.abs() - level) / (1.0 - level)).max(0.0);
        let y = match self.form {
            GuardForm::Curved => self.rise * half * beyond.powf(1.7),
            GuardForm::S => self.rise * half * beyond.powf(1.5) * t.signum(),
            GuardForm::Bar => 0.25 * self.rise * half * beyond,
            _ => 0.0,
        };
        [half * t, y]
    }

    fn section(&self) -> Vec<[f32; 2]> {
        hilt_polygon(self.section, 10)
    }
}

/// Builds the guard without its knuckle bow; `None` where the design has none.
pub(super) fn build(guard: &GuardDesign, seat: &Seat) -> Option<Mesh> {
    let half = 0.5 * guard.span;
    let level = (1.1 * seat.blade_half / half).clamp(0.12, 0.6);
    let mut mesh = match guard.form {
        GuardForm::None => return None,
        GuardForm::Bar | GuardForm::Curved | GuardForm::S => arms(guard, level, half),
        GuardForm::Ring => rings(guard, level),
        GuardForm::Disc => plate(guard),
        GuardForm::Crescent => crescent(guard),
        GuardForm::Winged => winged(guard, seat),
    };
    mesh.transform(1.0, [0.0, seat.y, 0.0]);
    Some(mesh)
}

/// A bar along the path of [`GuardDesign::bar`], out to `reach` metres.
fn arms(guard: &GuardDesign, level: f32, reach: f32) -> Mesh {
    let share = 2.0 * reach / guard.span;
    let mut stops = vec![-1.0, -0.975];
    stops.extend((-10..=10).map(|i| i as f32 * 0.094));
    stops.extend([0.975, 1.0]);
    let ring = |&t: &f32| {
        let (centre, normal) = frame(&|t| guard.bar(t, level), t * share);
        // The outermost stations are smaller: a bevelled end.
        let bevel = if t.abs() == 1.0 { 0.72 } else { 1.0 };
        let half = guard.half_height_at(t) * bevel;
        let knob = 0.6 * (half / (0.5 * guard.height) - 1.0).max(0.0);
        let half_depth = 0.5 * guard.depth * (1.0 + (guard.taper - 1.0) * 0.5 * t.abs() + knob.min(0.35)) * bevel;
        Station { centre, normal, low: -half, high: half, half_depth }.ring(&guard.section())
    };
    loft(&stops.iter().map(ring).collect::<Vec<_>>(), Cap::Flat, Cap::Flat)
}

/// A bar with a ring at each end.
fn rings(guard: &GuardDesign, level: f32) -> Mesh {
    let half = 0.5 * guard.span;
    let tube = [0.32 * guard.height, 0.36 * guard.depth.min(1.6 * guard.height)];
    let outer = (0.15 * guard.span).max(tube[0] * 2.4).min(0.22 * guard.span);
    let radius = outer - tube[0].min(0.45 * outer);
    let tube = [outer - radius, tube[1]];
    let mut mesh = arms(guard, level, half - 2.0 * outer + 1.4 * tube[0]);
    for side in [-1.0, 1.0] {
        mesh.append(&torus([side * (half - outer), 0.0], radius, tube, 20, &hilt_polygon(HiltSection::Round, 8)));
    }
    mesh
}

/// A lobed plate around the blade.
fn plate(guard: &GuardDesign) -> Mesh {
    let around = 32;
    let ring = |&[y, r]: &[f32; 2]| -> Vec<Vec3> {
        let place = |k: usize| {
            let angle = std::f32::consts::TAU * k as f32 / around as f32;
            let lobe = 1.0 - guard.lobe_depth * 0.5 * (1.0 - (guard.lobes as f32 * angle).cos());
            let (sin, cos) = angle.sin_cos();
            [0.5 * guard.span * r * lobe * cos, 0.5 * guard.height * y, 0.5 * guard.depth * r * lobe * sin]
        };
        (0..around).map(place).collect()
    };
    let profile = [[-1.0, 0.9], [-0.55, 1.0], [0.55, 1.0], [1.0, 0.9]];
    loft(&profile.iter().map(ring).collect::<Vec<_>>(), Cap::Flat, Cap::Flat)
}

/// A circle's arc, thick in the middle, its horns pointing at the tip (or at the pommel where `rise` is negative).
fn crescent(guard: &GuardDesign) -> Mesh {
    let half = 0.5 * guard.span;
    // More than a quarter turn bends the horns inwards again.
    let angle = std::f32::consts::FRAC_PI_2 * (0.55 + 0.5 * guard.rise.abs().min(1.0));
    let radius = half / angle.min(std::f32::consts::FRAC_PI_2).sin();
    let path = |t: f32| {
        let (sin, cos) = (angle * t).sin_cos();
        [radius * sin, guard.rise.signum() * radius * (1.0 - cos)]
    };
    let steps = 13;
    let ring = |i: i32| {
        let t = i as f32 / steps as f32;
        let (centre, normal) = frame(&path, t * 0.985);
        let swell = (1.0 - t * t).max(0.0).powf(0.8).max(0.05);
        let block = guard.block * (-(t / 0.16).powi(4)).exp();
        let half = (0.5 * guard.height * (swell + block)).min(0.45 * radius);
        let half_depth = 0.5 * guard.depth * (0.3 + 0.7 * swell);
        Station { centre, normal, low: -half, high: half, half_depth }.ring(&guard.section())
    };
    let point = |t| {
        let [x, y] = path(t);
        Cap::Point([x, y, 0.0])
    };
    loft(&(-steps..=steps).map(ring).collect::<Vec<_>>(), point(-1.0), point(1.0))
}

/// A block with curved horns on both sides.
fn winged(guard: &GuardDesign, seat: &Seat) -> Mesh {
    let half = 0.5 * guard.span;
    let core = (1.15 * seat.blade_half).max(0.22 * half).min(0.55 * half);
    let high = guard.half_height();
    let block = |&[t, size]: &[f32; 2]| {
        let (low, high) = (-high * size, high * size);
        Station { centre: [core * t, 0.0], normal: [0.0, -1.0], low, high, half_depth: 0.5 * guard.depth * size }
            .ring(&hilt_polygon(HiltSection::Box, 8))
    };
    let profile = [[-1.0, 0.7], [-0.85, 0.95], [-0.3, 1.0], [0.3, 1.0], [0.85, 0.95], [1.0, 0.7]];
    let mut mesh = loft(&profile.iter().map(block).collect::<Vec<_>>(), Cap::Flat, Cap::Flat);
    for side in [-1.0, 1.0] {
        for horn in 0..guard.horns {
            // The first horn is the longest; each further one is shorter and points more away from the tip.
            let share = horn as f32 / guard.horns as f32;
            let out = half * (1.0 - 0.3 * share) - 0.6 * core;
            let up = guard.rise * half * (1.0 - 1.9 * share);
            let bend = 0.35 * guard.rise.abs().max(0.2) * half * (1.0 - share);
            let start = [0.6 * core, high * 0.5 * (0.3 - share)];
            let path = |t: f32| {
                let x = start[0] + out * t;
                [side * x, start[1] + up * t * t - guard.rise.signum() * bend * t * (1.0 - t)]
            };
            let thick = guard.height * 0.5 * (1.0 - 0.3 * share);
            let ring = |i: usize| {
                let t = i as f32 / 6.0;
                let (centre, normal) = frame(&path, t);
                let half = thick * (1.0 - t).powf(0.7) * (1.0 + 0.35 * (std::f32::consts::PI * t).sin());
                let half_depth = 0.5 * guard.depth * (0.75 - 0.6 * t);
                Station { centre, normal, low: -half, high: half, half_depth }.ring(&guard.section())
            };
            let [x, y] = path(1.0);
            mesh.append(&loft(&(0..6).map(ring).collect::<Vec<_>>(), Cap::Flat, Cap::Point([x, y, 0.0])));
        }
    }
    mesh
}

/// A bow from the guard's arm at `seat` down to the pommel at `end` (the grip's end, in metres).
pub(super) fn knuckle_bow(guard: &GuardDesign, side: Side, seat: &Seat, end: [f32; 2], grip_diameter: f32) -> Mesh {
    let side = if side == Side::Left { -1.0 } else { 1.0 };
    let from = [side * (0.36 * guard.span).max(1.4 * grip_diameter), seat.y];
    // Level with the arms at the start, so that a short guard still reaches the bow.
    let inner = [side * 0.2 * guard.span, seat.y];
    let out = side * (0.5 * guard.span).max(1.9 * grip_diameter);
    let bottom = [end[0] + side * 0.25 * grip_diameter, end[1] - 0.004];
    let controls = [inner, [from[0] * 1.5, from[1]], [out + end[0], end[1] + 0.1 * (from[1] - end[1])], bottom];
    let path = |t: f32| -> [f32; 2] {
        let s = 1.0 - t;
        let weights = [s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t];
        std::array::from_fn(|i| weights.iter().zip(&controls).map(|(w, c)| w * c[i]).sum())
    };
    let thick = (0.32 * guard.height).clamp(0.003, 0.22 * grip_diameter);
    let wide = (0.3 * guard.depth).clamp(thick, 0.35 * grip_diameter);
    let ring = |i: usize| {
        let (centre, normal) = frame(&path, i as f32 / 18.0);
        Station { centre, normal, low: -thick, high: thick, half_depth: wide }
            .ring(&hilt_polygon(HiltSection::Round, 8))
    };
    loft(&(0..=18).map(ring).collect::<Vec<_>>(), Cap::Flat, Cap::Flat)
}
