//! The blade as functions of the place along it: centre line, both edges, thickness.

use super::design::{BladeDesign, Edge, Line, Nick, Outline, Section, Side, Tip};

/// No blade is thinner or narrower than this, in metres, so that no triangle degenerates.
const LEAST: f32 = 8e-4;

impl BladeDesign {
    /// The centre line at fraction `s` of the length, in metres, from the guard at the origin; its tangent there is +Y.
    pub(super) fn centre(&self, s: f32) -> [f32; 2] {
        let bend = self.bend * self.length;
        let x = match self.line {
            Line::Straight => 0.0,
            // A negative s only occurs within the guard, where the blade is straight.
            Line::Curved => bend * s.max(0.0).powf(self.bend_power),
            Line::Recurved => bend * (self.bend_power * s - 1.0) * s * s.abs(),
        };
        [x, s * self.length]
    }

    /// Sagitta of the centre line over its chord, positive where the tip bends to +X.
    pub(super) fn curvature(&self) -> f32 {
        let end = self.centre(1.0);
        let chord = end[0].hypot(end[1]);
        let deviation = |s: f32| {
            let p = self.centre(s);
            (end[0] * p[1] - end[1] * p[0]) / (chord * chord)
        };
        (0..=200)
            .map(|i| deviation(i as f32 / 200.0))
            .fold(0.0, |most: f32, d| if d.abs() > most.abs() { d } else { most })
    }

    /// Offsets of the left and right edge from the centre line in metres, left < right.
    pub(super) fn edges_at(&self, s: f32) -> (f32, f32) {
        let half = 0.5 * self.width;
        let body = half * self.body(s);
        let belly = 1.0 + self.belly * bump(s, 0.66, 0.17);
        let (mut left, mut right) = (-body * belly, body);
        let q = self.tip_progress(s);
        let (meet, shrink_left, shrink_right) = self.tip_closing(q);
        let meet = meet * body;
        left = meet + (left - meet) * shrink_left;
        right = meet + (right - meet) * shrink_right;
        let middle = 0.5 * (left + right);
        for nick in &self.nicks {
            let keep = 1.0 - nick.depth * nick.share_at(s);
            match nick.side {
                Side::Left => left = middle + (left - middle) * keep,
                Side::Right => right = middle + (right - middle) * keep,
            }
        }
        if self.edge == Edge::Flamberge {
            let fade = smooth((s - self.ricasso) / 0.08) * (1.0 - q);
            let wave = half * self.wave_height * fade * (std::f32::consts::TAU * self.waves * (s - self.ricasso)).sin();
            left += wave;
            right += wave;
        }
        let lack = 0.5 * (LEAST - (right - left)).max(0.0);
        (left - lack, right + lack)
    }

    /// Half of the thickness at fraction `s`, in metres.
    pub(super) fn half_thickness(&self, s: f32) -> f32 {
        let (_, left, right) = self.tip_closing(self.tip_progress(s));
        let thin = (0.5 * (left + right)).max(0.0).powf(0.6);
        let thin = if self.tip == Tip::Square { 1.0 - 0.8 * self.tip_progress(s) } else { thin };
        (0.5 * self.thickness * (1.0 - self.distal_taper * s.max(0.0)) * thin).max(0.5 * LEAST)
    }

    /// Depth of the groove at fraction `s`, as a share of the half-thickness.
    pub(super) fn groove(&self, s: f32) -> f32 {
        let fuller = self.fuller;
        fuller.depth * smooth((s - 0.01) / 0.03) * smooth((fuller.to - s) / 0.06)
    }

    /// Fractions at which the blade needs a row of points: kinks exactly, smooth stretches evenly. The last one is
    /// short of the tip where the blade ends in a point.
    pub(super) fn stops(&self) -> Vec<f32> {
        let tip_from = 1.0 - self.tip_length;
        let mut kinks = vec![0.0, tip_from, self.last_stop()];
        if self.ricasso > 0.0 {
            kinks.extend([self.ricasso - 0.5 * RICASSO_STEP, self.ricasso + 0.5 * RICASSO_STEP]);
        }
        for nick in &self.nicks {
            kinks.extend([nick.from, nick.floor.0, nick.floor.1, nick.to]);
        }
        let rows = if self.edge == Edge::Flamberge { (self.waves * 7.0).ceil().max(30.0) as usize } else { 30 };
        let mut even: Vec<f32> = (1..rows).map(|i| i as f32 / rows as f32).collect();
        even.extend([0.15, 0.3, 0.45, 0.6, 0.72, 0.82, 0.9, 0.95].map(|q| tip_from + self.tip_length * q));
        if self.fuller.depth > 0.0 {
            even.extend([0.01, 0.025, 0.04, self.fuller.to - 0.06, self.fuller.to - 0.03, self.fuller.to]);
        }
        // A kink keeps its exact place; an even stop too close to any other is dropped.
        kinks.sort_by(f32::total_cmp);
        kinks.dedup_by(|b, a| *b - *a < 1e-4);
        let last = self.last_stop();
        for s in even {
            if s < last && kinks.iter().all(|k| (k - s).abs() > 0.004) {
                kinks.push(s);
            }
        }
        kinks.retain(|&s| (0.0..=last).contains(&s));
        kinks.sort_by(f32::total_cmp);
        kinks
    }

    /// Where both edges meet at the end of the blade, as a point in the blade's plane; `None` for a blunt end.
    pub(super) fn apex(&self) -> Option<[f32; 2]> {
        (self.tip != Tip::Square).then(|| {
            let (meet, ..) = self.tip_closing(1.0);
            let offset = meet * 0.5 * self.width * self.body(1.0);
            let (centre, normal) = super::loft::frame(&|s| self.centre(s), 1.0);
            [centre[0] + normal[0] * offset, centre[1] + normal[1] * offset]
        })
    }

    /// Cutting edges: 1 or 2.
    pub(super) fn edge_count(&self) -> u32 {
        if self.section == Section::SingleEdged { 1 } else { 2 }
    }

    fn last_stop(&self) -> f32 {
        if self.tip == Tip::Square { 1.0 } else { 1.0 - 0.025 * self.tip_length }
    }

    /// 0 where the tip begins, 1 at the end of the blade.
    fn tip_progress(&self, s: f32) -> f32 {
        ((s - 1.0 + self.tip_length) / self.tip_length).clamp(0.0, 1.0)
    }

    /// Where the edges meet (-1 left, 1 right), and what is left of the left and the right half at `q` of the tip.
    fn tip_closing(&self, q: f32) -> (f32, f32, f32) {
        let p = 1.0 - q;
        match self.tip {
            Tip::Spear => (0.0, p, p),
            Tip::Ogive => (0.0, 1.0 - q * q, 1.0 - q * q),
            Tip::Acute => (0.0, p.powf(1.35), p.powf(1.35)),
            Tip::Rounded => (0.0, (1.0 - q * q).sqrt(), (1.0 - q * q).sqrt()),
            Tip::Clip => (-0.2, 1.0 - q.powf(2.4), p.powf(1.4)),
            Tip::Slant => (0.9, p, 1.0 - 0.5 * q * q),
            Tip::Swept => (0.85, (1.0 - q.powf(2.2)).max(0.0).powf(0.8), 1.0 - q * q),
            Tip::Square => (0.0, 1.0 - 0.3 * q, 1.0 - 0.3 * q),
        }
    }

    /// The half-width along the blade as a multiple of the nominal one, without belly, nicks, waves and tip.
    fn body(&self, s: f32) -> f32 {
        let s = s.max(0.0);
        let k = self.swell;
        let body = match self.outline {
            Outline::Straight => 1.0 - 0.12 * k * s,
            Outline::Tapered => 1.0 - k * s,
            Outline::Waisted => 1.0 - 0.7 * k * bump(s, self.waist_at, 0.2) - 0.15 * k * s,
            Outline::Leaf => 1.0 - 0.75 * k * bump(s, self.waist_at, 0.2) + 0.35 * k * bump(s, 0.64, 0.2),
            Outline::Flared => 1.0 + 0.9 * k * s.powf(1.5),
        };
        let ricasso = smooth(0.5 + (self.ricasso - s) / RICASSO_STEP);
        body * if self.ricasso > 0.0 { 1.0 + (self.ricasso_width - 1.0) * ricasso } else { 1.0 }
    }
}

/// Over this fraction of the blade the ricasso's width becomes the blade's.
const RICASSO_STEP: f32 = 0.025;

impl Nick {
    /// 0 outside, 1 at full depth.
    fn share_at(&self, s: f32) -> f32 {
        let rise = (s - self.from) / (self.floor.0 - self.from).max(1e-6);
        let fall = (self.to - s) / (self.to - self.floor.1).max(1e-6);
        rise.min(fall).clamp(0.0, 1.0)
    }
}

fn bump(s: f32, at: f32, width: f32) -> f32 {
    (-((s - at) / width).powi(2)).exp()
}

/// Hermite step from 0 to 1 over 0..=1.
fn smooth(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
