//! The fuselage: sections lofted from nose to tail, with canopy and undercarriage.

use super::design::{Canopy, Gear, Hull, HullDesign, Nose, Section};
use super::solid::{bar, turned, wheel};
use super::surface::append_pair;
use crate::mesh::{Mesh, Vec3};
use crate::shapes::loft::{Cap, loft};

/// Points around a section.
const AROUND: usize = 20;

impl HullDesign {
    /// Z at share `s` of the hull from its nose; the hull's middle is at 0.
    pub(super) fn z(&self, s: f32) -> f32 {
        (0.5 - s) * self.length
    }

    /// The radius at share `s`, as a share of the greatest.
    pub(super) fn swell(&self, s: f32) -> f32 {
        let q = (s / self.nose_share).clamp(0.0, 1.0);
        let nose = match self.nose {
            Nose::Round => (q * (2.0 - q)).sqrt(),
            Nose::Pointed => 1.0 - (1.0 - q).powf(1.8),
            Nose::Cowl => 0.72 + 0.28 * (q * (2.0 - q)).sqrt(),
        };
        let p = ((s - 1.0 + self.tail_share) / self.tail_share).clamp(0.0, 1.0);
        let lost = match self.hull {
            Hull::Tube => p.powf(1.6),
            Hull::Teardrop => 0.35 * p + 0.65 * p * p,
            Hull::Boom => {
                let step = (p / 0.45).min(1.0);
                0.94 * step * step * (3.0 - 2.0 * step) + 0.06 * p
            }
        };
        nose * (1.0 - (1.0 - self.tail_end) * lost)
    }

    /// Half of the width at share `s`, in metres.
    pub(super) fn half_width(&self, s: f32) -> f32 {
        0.5 * self.width * self.swell(s)
    }

    /// Half of the height at share `s`.
    pub(super) fn half_height(&self, s: f32) -> f32 {
        self.half_width(s) * self.tall
    }

    /// Y of the middle at share `s`.
    pub(super) fn y(&self, s: f32) -> f32 {
        let half = 0.5 * self.width * self.tall;
        let rise = if s > 0.5 { self.upsweep * (half - self.half_height(s)) } else { 0.0 };
        let q = (s / self.nose_share).clamp(0.0, 1.0);
        rise - self.droop * half * (1.0 - q) * (1.0 - q)
    }

    fn ring(&self, s: f32) -> Vec<Vec3> {
        let power = match self.section {
            Section::Round => 1.0,
            Section::Box => 0.55,
        };
        let bent = |x: f32| x.signum() * x.abs().powf(power);
        (0..AROUND)
            .map(|k| {
                let (sin, cos) = (std::f32::consts::TAU * (k as f32 + 0.5) / AROUND as f32).sin_cos();
                [self.half_width(s) * bent(cos), self.y(s) + self.half_height(s) * bent(sin), self.z(s)]
            })
            .collect()
    }

    /// The hull alone.
    pub(super) fn body(&self) -> Mesh {
        let mut stops: Vec<f32> = [0.02, 0.08, 0.18, 0.32, 0.5, 0.75, 1.0].map(|q| q * self.nose_share).into();
        let first = if self.nose == Nose::Cowl { 0.0 } else { 0.02 * self.nose_share };
        let tail = 1.0 - self.tail_share;
        stops.extend((1..=3).map(|i| self.nose_share + (tail - self.nose_share) * i as f32 / 4.0));
        stops.extend(
            [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.62, 0.74, 0.85, 0.93, 0.98, 1.0].map(|p| tail + self.tail_share * p),
        );
        stops.push(first);
        stops.retain(|&s| s >= first);
        stops.sort_by(f32::total_cmp);
        stops.dedup_by(|b, a| *b - *a < 1e-4);
        let rings: Vec<_> = stops.iter().map(|&s| self.ring(s)).collect();
        let nose = if self.nose == Nose::Cowl { Cap::Flat } else { Cap::Point([0.0, self.y(0.0), self.z(0.0)]) };
        loft(&rings, nose, Cap::Flat)
    }

    /// The canopy: a drop sunk halfway into the hull's back; `None` where it is flush.
    fn glazing(&self) -> Option<Mesh> {
        let half = 0.5 * self.canopy_length * self.length;
        let radius = 0.5 * self.width * self.canopy_width;
        // Share of the length at which it is highest.
        let peak = match self.canopy {
            Canopy::None => return None,
            Canopy::Bubble => 0.42,
            Canopy::Razorback => 0.24,
        };
        let (front, back) = (self.canopy_at - 0.5 * self.canopy_length, self.canopy_at + 0.5 * self.canopy_length);
        let roof = |s: f32| self.y(s) + 0.8 * self.half_height(s);
        let (y0, y1) = (roof(front), roof(back.min(1.0)));
        let rings: Vec<Vec<Vec3>> = [0.03f32, 0.1, 0.2, 0.32, 0.45, 0.6, 0.75, 0.88, 0.97]
            .iter()
            .map(|&t| {
                let w = if t < peak { t / peak } else { (1.0 - t) / (1.0 - peak) };
                let r = radius * (w * (2.0 - w)).sqrt();
                let (y, z) = (y0 + (y1 - y0) * t, self.z(front) - 2.0 * half * t);
                (0..12)
                    .map(|k| {
                        let (sin, cos) = (std::f32::consts::TAU * (k as f32 + 0.5) / 12.0).sin_cos();
                        [r * cos, y + 0.95 * r * sin, z]
                    })
                    .collect()
            })
            .collect();
        let (a, b) = ([0.0, y0, self.z(front)], [0.0, y1, self.z(front) - 2.0 * half]);
        Some(loft(&rings, Cap::Point(a), Cap::Point(b)))
    }

    /// Legs and wheels; `None` where they are drawn in.
    fn undercarriage(&self) -> Option<Mesh> {
        if self.gear == Gear::Retracted {
            return None;
        }
        let (half, mut mesh) = (0.5 * self.width, Mesh::default());
        let radius = 0.42 * half.max(0.02 * self.length);
        let at = self.nose_share.max(0.16) + 0.06;
        let hip = [0.5 * half, self.y(at) - 0.5 * self.half_height(at), self.z(at)];
        let foot = [1.25 * half, self.y(at) - self.half_height(at) - 1.6 * radius, self.z(at) + 0.4 * radius];
        append_pair(&mut mesh, &bar(hip, foot, 0.35 * radius, 0.2 * radius));
        append_pair(&mut mesh, &wheel(foot, radius, 0.5 * radius));
        if self.gear == Gear::Spats {
            let front = [foot[0], foot[1] + 0.25 * radius, foot[2] + 1.4 * radius];
            let drop =
                [[0.1, 0.3], [0.5, 0.62], [1.2, 0.8], [2.2, 0.66], [3.4, 0.2]].map(|[z, r]| [z * radius, r * radius]);
            append_pair(&mut mesh, &turned(front, &drop, 1.25, 10, [Cap::Flat, Cap::Flat]));
        }
        let end = 0.95;
        let hub = [0.0, self.y(end) - self.half_height(end) - 0.3 * radius, self.z(end)];
        mesh.append(&bar([0.0, self.y(end), self.z(end) + 0.3 * radius], hub, 0.25 * radius, 0.2 * radius));
        mesh.append(&wheel(hub, 0.45 * radius, 0.25 * radius));
        Some(mesh)
    }

    /// The whole part.
    pub(super) fn build(&self) -> Mesh {
        let mut mesh = self.body();
        for extra in [self.glazing(), self.undercarriage()].into_iter().flatten() {
            mesh.append(&extra);
        }
        mesh
    }
}
