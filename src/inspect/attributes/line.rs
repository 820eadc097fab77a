//! The centre line of a blade and how far it bends.
//!
//! The middle of the silhouette is the centre line, but for the tip: a clipped or slanted point closes to one side
//! although the blade runs straight on. Two estimates err to different sides and are averaged: cubics through the middle
//! and through either edge carried on into the tip, weighted by how smooth each of these lines is; and a parabola fitted
//! robustly to the middle alone, to which a short tip is an outlier. On 300 procedural swords R² is 0.95 and 0.93 for the
//! one and the other and 0.96 for both; the plain middle line has 0.66.

use super::slice::{Slice, median};

/// Shares of the blade from which the tip may begin to close.
const TIP_FROM: std::ops::Range<usize> = 50..96;
/// Step between these, per cent.
const TIP_STEP: usize = 3;
/// Roughness, as a share of the width, that no line is better than.
const SMOOTH: f64 = 2e-3;
/// Rounds of reweighting of the robust fit.
const ROUNDS: usize = 20;
/// Places where a fitted line is looked at.
const PLACES: usize = 100;

/// The blade's outline: place along it, 0..1, left and right edge.
struct Outline {
    at: Vec<f64>,
    left: Vec<f64>,
    right: Vec<f64>,
}

/// Signed sagitta by chord of the blade's centre line: the largest distance from the straight line between its ends,
/// positive where the tip bends to +X. `length` is the blade's. Slices wider than `widest` cut a quillon too and are left out.
pub(super) fn sagitta(blade: &[Slice], length: f32, widest: f32) -> f32 {
    let mut outline = Outline { at: Vec::new(), left: Vec::new(), right: Vec::new() };
    for (k, slice) in blade.iter().enumerate().filter(|(_, s)| s.width() <= widest) {
        if let Some([left, right]) = slice.extent(0) {
            outline.at.push((k as f64 + 0.5) / blade.len() as f64);
            outline.left.push(left.into());
            outline.right.push(right.into());
        }
    }
    if length <= 0.0 || outline.at.len() < 8 {
        return 0.0;
    }
    let length = f64::from(length);
    (0.5 * (outline.by_edges(length) + outline.robust(length))) as f32
}

impl Outline {
    fn middle(&self) -> Vec<f64> {
        self.left.iter().zip(&self.right).map(|(l, r)| 0.5 * (l + r)).collect()
    }

    fn usual_width(&self) -> f64 {
        median(self.left.iter().zip(&self.right).map(|(l, r)| (r - l) as f32).collect()).max(1e-12).into()
    }

    /// The mean over candidate lines, by the inverse square of their roughness.
    fn by_edges(&self, length: f64) -> f64 {
        let (middle, width, even) = (self.middle(), self.usual_width(), vec![1.0; self.at.len()]);
        let (mut sum, mut total) = (0.0, 0.0);
        let mut candidate = |line: &[f64]| {
            let (near, places) = polynomial(&self.at, &even, line, 3);
            let rough = near.iter().zip(line).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / line.len() as f64;
            let weight = (rough.sqrt() / width + SMOOTH).powi(-2);
            sum += weight * bend(&places, length);
            total += weight;
        };
        candidate(&middle);
        for percent in TIP_FROM.step_by(TIP_STEP) {
            let from = self.at.partition_point(|&t| t < percent as f64 / 100.0).min(self.at.len() - 1);
            let before = (from.saturating_sub(6)..=from).map(|k| (self.right[k] - self.left[k]) as f32);
            let half = 0.5 * f64::from(median(before.collect()));
            for (edge, half) in [(&self.left, half), (&self.right, -half)] {
                let carried_on = edge[from..].iter().map(|x| x + half);
                candidate(&middle[..from].iter().copied().chain(carried_on).collect::<Vec<_>>());
            }
        }
        sum / total
    }

    /// A parabola through the middles, those far from it counting little (Cauchy weights).
    fn robust(&self, length: f64) -> f64 {
        let middle = self.middle();
        let mut weights = vec![1.0; middle.len()];
        let floor = 1e-6 * self.usual_width();
        for _ in 0..ROUNDS {
            let (near, _) = polynomial(&self.at, &weights, &middle, 2);
            let off: Vec<f64> = near.iter().zip(&middle).map(|(a, b)| (a - b).abs()).collect();
            let usual = f64::from(median(off.iter().map(|&x| x as f32).collect())) + floor;
            weights = off.iter().map(|r| 1.0 / (1.0 + (r / (1.5 * usual)).powi(2))).collect();
        }
        bend(&polynomial(&self.at, &weights, &middle, 2).1, length)
    }
}

/// Signed sagitta by chord of a line `x` at equal steps over `length`.
fn bend(line: &[f64], length: f64) -> f64 {
    let point = |k: usize| [line[k], length * k as f64 / (line.len() - 1) as f64];
    let (first, last) = (point(0), point(line.len() - 1));
    let chord = [last[0] - first[0], last[1] - first[1]];
    let norm2 = chord[0] * chord[0] + chord[1] * chord[1];
    let away = |p: [f64; 2]| (chord[0] * (p[1] - first[1]) - chord[1] * (p[0] - first[0])) / norm2;
    (0..line.len()).map(|k| away(point(k))).fold(0.0, |most: f64, d| if d.abs() > most.abs() { d } else { most })
}

/// Weighted least squares by Gram-Schmidt: the polynomial through values `x` at places `t`, evaluated there and at
/// `PLACES + 1` equal steps over 0..=1.
fn polynomial(t: &[f64], weights: &[f64], x: &[f64], degree: i32) -> (Vec<f64>, Vec<f64>) {
    let n = t.len();
    let steps = (0..=PLACES).map(|k| k as f64 / PLACES as f64);
    let all: Vec<f64> = t.iter().copied().chain(steps).collect();
    let inner = |a: &[f64], b: &[f64]| (0..n).map(|k| weights[k] * a[k] * b[k]).sum::<f64>();
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut line = vec![0.0; all.len()];
    for power in 0..=degree {
        let mut next: Vec<f64> = all.iter().map(|t| (2.0 * t - 1.0).powi(power)).collect();
        for b in &basis {
            let along = inner(&next, b);
            next.iter_mut().zip(b).for_each(|(x, b)| *x -= along * b);
        }
        let norm = inner(&next, &next).sqrt();
        if norm < 1e-9 {
            break;
        }
        next.iter_mut().for_each(|x| *x /= norm);
        let weight = inner(x, &next);
        line.iter_mut().zip(&next).for_each(|(x, b)| *x += weight * b);
        basis.push(next);
    }
    let places = line.split_off(n);
    (line, places)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A blade 0.05 wide along a line, whose tip closes to one side from 80 % up.
    fn outline(centre: impl Fn(f64) -> f64, side: f64) -> Outline {
        let at: Vec<f64> = (0..400).map(|k| (k as f64 + 0.5) / 400.0).collect();
        let half = |t: f64| 0.025 * ((1.0 - t) / 0.2).min(1.0);
        let middle = |t: f64| centre(t) + side * (0.025 - half(t));
        Outline {
            left: at.iter().map(|&t| middle(t) - half(t)).collect(),
            right: at.iter().map(|&t| middle(t) + half(t)).collect(),
            at,
        }
    }

    #[test]
    fn a_cubic_is_carried_on_beyond_what_is_known() {
        let cubic = |t: f64| 0.3 - t + 0.5 * t * t - 2.0 * t * t * t;
        let known: Vec<f64> = (0..80).filter(|k| k % 7 != 0).map(|k| f64::from(k) / 100.0).collect();
        let values: Vec<f64> = known.iter().map(|&t| cubic(t)).collect();
        let (near, places) = polynomial(&known, &vec![1.0; known.len()], &values, 3);
        assert!(near.iter().zip(&values).all(|(a, b)| (a - b).abs() < 1e-9));
        assert!((places[PLACES] - cubic(1.0)).abs() < 1e-8);
    }

    #[test]
    fn a_point_at_one_side_is_hardly_a_bend() {
        for side in [-1.0, 0.0, 1.0] {
            let straight = outline(|_| 0.1, side);
            let found = 0.5 * (straight.by_edges(0.8) + straight.robust(0.8));
            assert!(found.abs() < 4e-3, "{side}: {found}");
            // A parabola that ends 0.08 aside: a quarter of it is the sagitta.
            let curved = outline(|t| 0.08 * t * t, side);
            let found = 0.5 * (curved.by_edges(0.8) + curved.robust(0.8));
            assert!((found - 0.25 * 0.1 / 1.01).abs() < 5e-3, "{side}: {found}");
        }
    }
}
