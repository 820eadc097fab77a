//! Lifting surfaces: wings, tailplanes and fins as aerofoil sections lofted from root to tip.

use super::design::{Planform, SurfaceDesign};
use crate::mesh::{Mesh, Vec3};
use crate::shapes::loft::{Cap, loft};

/// The section: share of the chord from the leading edge, share of the half-thickness.
const AEROFOIL: [[f32; 2]; 12] = [
    [0.0, 0.0],
    [0.03, 0.46],
    [0.12, 0.84],
    [0.3, 1.0],
    [0.55, 0.78],
    [0.8, 0.38],
    [1.0, 0.0],
    [0.8, -0.38],
    [0.55, -0.78],
    [0.3, -1.0],
    [0.12, -0.84],
    [0.03, -0.46],
];

/// Shares of the reach at which a section is needed.
const STOPS: [f32; 14] = [0.0, 0.06, 0.12, 0.2, 0.28, 0.36, 0.48, 0.6, 0.72, 0.82, 0.9, 0.95, 0.985, 1.0];

/// Where a kinked planform has its kink.
const KINK: f32 = 0.36;

/// No section is thinner than this in metres, so that no triangle degenerates.
const LEAST: f32 = 0.004;

/// One cross-section: it lies in the plane of `normal` (in XY) and Z.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rib {
    /// x and y.
    pub at: [f32; 2],
    /// Unit length: the direction of the thickness.
    pub normal: [f32; 2],
    /// Z of the leading edge.
    pub lead: f32,
    pub chord: f32,
    /// Half of the thickness.
    pub half: f32,
}

impl Rib {
    fn ring(&self) -> Vec<Vec3> {
        let place = |&[c, t]: &[f32; 2]| {
            let out = t * self.half;
            [self.at[0] + self.normal[0] * out, self.at[1] + self.normal[1] * out, self.lead - c * self.chord]
        };
        AEROFOIL.iter().map(place).collect()
    }

    fn mirrored(&self) -> Self {
        Self { at: [-self.at[0], self.at[1]], normal: [-self.normal[0], self.normal[1]], ..*self }
    }
}

impl SurfaceDesign {
    /// Chord at share `t` of the reach, in metres.
    pub(super) fn chord_at(&self, t: f32) -> f32 {
        let k = self.taper;
        let share = match self.planform {
            Planform::Straight | Planform::Tapered | Planform::Delta => 1.0 - (1.0 - k) * t,
            Planform::Kinked => {
                let at_kink = k + 0.42 * (1.0 - k);
                if t < KINK {
                    1.0 + (at_kink - 1.0) * t / KINK
                } else {
                    at_kink + (k - at_kink) * (t - KINK) / (1.0 - KINK)
                }
            }
            Planform::Elliptical => (1.0 - t * t).max(0.0).sqrt().max(k),
            Planform::Ogee => (0.68 * (1.0 - t).powf(1.7) + 0.32 * (1.0 - t * t).max(0.0).sqrt()).max(k),
        };
        self.chord * share
    }

    /// Z of leading edge and chord at share `t`, the root's leading edge at 0.
    pub(super) fn lead_at(&self, t: f32) -> (f32, f32) {
        let full = self.chord_at(t);
        let anchor = self.anchor();
        let lead = anchor * (full - self.chord) - self.sweep.to_radians().tan() * self.reach * t;
        // A rounded tip narrows about the middle of its chord.
        let q = ((t - 0.88) / 0.12).clamp(0.0, 1.0);
        let keep = if self.rounded { (1.0 - 0.82 * q * q).sqrt() } else { 1.0 };
        (lead - 0.45 * full * (1.0 - keep), full * keep)
    }

    /// Which line of the planform is straight, as a share of the chord: 0 the leading edge, 1 the trailing edge.
    fn anchor(&self) -> f32 {
        match self.planform {
            Planform::Straight | Planform::Tapered => 0.25,
            Planform::Kinked => 0.0,
            Planform::Elliptical => 0.36,
            Planform::Delta | Planform::Ogee => 1.0,
        }
    }

    /// Backward lean of the quarter chord between 20 % and 80 % of the reach, in degrees.
    pub(super) fn quarter_sweep(&self) -> f32 {
        let quarter = |t: f32| {
            let (lead, chord) = self.lead_at(t);
            lead - 0.25 * chord
        };
        ((quarter(0.2) - quarter(0.8)) / (0.6 * self.reach)).atan().to_degrees()
    }

    /// Where the middle line of the surface is at share `t`, for a root whose leading edge is at `root`.
    pub(super) fn at(&self, root: Vec3, t: f32) -> Vec3 {
        let (sin, cos) = self.slope.to_radians().sin_cos();
        let s = t * self.reach;
        [root[0] + s * cos, root[1] + s * sin, root[2] + self.lead_at(t).0]
    }

    /// Sections from the root (its leading edge at `root`) to the tip on the right-hand side (+X).
    pub(super) fn ribs(&self, root: Vec3) -> Vec<Rib> {
        let (sin, cos) = self.slope.to_radians().sin_cos();
        let rib = |&t: &f32| {
            let [x, y, lead] = self.at(root, t);
            let chord = self.lead_at(t).1;
            let half = (0.5 * self.thickness * chord).max(LEAST);
            Rib { at: [x, y], normal: [-sin, cos], lead, chord, half }
        };
        let mut ribs: Vec<Rib> = STOPS.iter().map(rib).collect();
        if self.winglet > 0.0
            && let Some(&tip) = ribs.last()
        {
            let mut last = tip;
            // The tip bends up in an arc and goes on in a straight line.
            for (turn, run, keep) in [(28.0, 0.14, 0.94), (58.0, 0.16, 0.86), (76.0, 0.2, 0.76), (80.0, 0.5, 0.42)] {
                let (sin, cos) = (self.slope + turn as f32).to_radians().sin_cos();
                let step = run * self.winglet * self.reach;
                let chord = tip.chord * keep;
                last = Rib {
                    at: [last.at[0] + cos * step, last.at[1] + sin * step],
                    normal: [-sin, cos],
                    lead: last.lead - 0.75 * step,
                    chord,
                    half: (0.5 * self.thickness * chord).max(LEAST),
                };
                ribs.push(last);
            }
        }
        ribs
    }

    /// Both sides as one closed body, tip to tip. The root's leading edge lies at `y`, `lead` on x = 0.
    pub(super) fn pair(&self, y: f32, lead: f32) -> Mesh {
        let mut right = self.ribs([0.0, y, lead]);
        if let Some(root) = right.first_mut() {
            root.normal = [0.0, 1.0];
        }
        let left = right.iter().skip(1).rev().map(Rib::mirrored);
        let all: Vec<_> = left.chain(right.iter().copied()).map(|rib| rib.ring()).collect();
        loft(&all, Cap::Flat, Cap::Flat)
    }

    /// One closed body from its root's leading edge.
    pub(super) fn single(&self, root: Vec3) -> Mesh {
        let rings: Vec<_> = self.ribs(root).iter().map(Rib::ring).collect();
        loft(&rings, Cap::Flat, Cap::Flat)
    }
}

/// The mirror image at x = 0, still outward-oriented.
pub(super) fn mirrored(mesh: &Mesh) -> Mesh {
    let mut other = mesh.clone();
    other.positions.iter_mut().for_each(|p| p[0] = -p[0]);
    other.triangles.iter_mut().for_each(|t| t.swap(1, 2));
    other
}

/// Appends a body and its mirror image.
pub(super) fn append_pair(mesh: &mut Mesh, right: &Mesh) {
    mesh.append(right);
    mesh.append(&mirrored(right));
}
