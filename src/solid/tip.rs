//! Ends that come to a point, and rings that patches decoded past each other have turned inside out.

use super::rings::{Rings, middle, width};
use crate::mesh::{Vec3, add, cross, dot, norm, scaled, sub};

/// A point that closes an end goes this much beyond what was decoded, as a share of the part's length: networks round tips off.
const SHARPER: f32 = 3e-4;

/// An end this much narrower than its half of the part is meant as a point.
const TAPER: f32 = 0.25;

/// A ring is folded if more than this share of its area is on the wrong side, and a part if more than that share of its rings are.
const BACKWARDS: f32 = 0.1;
const FOLDED: f32 = 0.05;

/// Rings whose middles lie nearer than this share of their width lie in one plane.
const LEVEL: f32 = 0.05;

/// How far from an end its patches may have been decoded past each other, as a share of the part's length.
const FOLD: f32 = 0.12;

/// How far beside the outermost decoded point a pole lies at most, as a share of the part's length.
const NEAR: f32 = 2e-3;

impl Rings {
    /// An end that tapers is meant as a point, and so is one whose patches were decoded past each other: its rings end before they are
    /// folded, and no nearer to the pole than they are wide; the pole lies at the outermost place of `decoded`, the patches' own
    /// points there. Any other end stays as flat and as wide as it is.
    pub(super) fn sharpen(&mut self, end: usize, decoded: &[Vec3]) {
        let count = self.rings();
        let (outward, half) = (self.outward(end), count / 2);
        let ring = |i: usize| self.ring(if end == 0 { i } else { count - 1 - i });
        let along = |p: Vec3| dot(p, outward);
        let Some(outermost) = decoded.iter().copied().max_by(|&p, &q| along(p).total_cmp(&along(q))) else { return };
        let length = norm(sub(middle(self.last(0)), middle(self.last(1))));
        let depth = |i: usize| along(sub(outermost, middle(ring(i))));
        let folded = |i: usize| self.backwards(if end == 0 { i } else { count - 1 - i }) > BACKWARDS;
        let sound = (0..half).rev().find(|&i| depth(i) < FOLD * length && folded(i)).map_or(0, |i| i + 1);
        let mut widths: Vec<f32> = (0..half).map(|i| width(ring(i))).collect();
        let rim = widths.get(sound).copied().unwrap_or(0.0);
        widths.sort_unstable_by(f32::total_cmp);
        let tapers = half > 1 && rim < TAPER * widths[half / 2];
        let crossed = 0 < sound && sound < half && !folded(sound) && rim < depth(sound);
        if !tapers && !crossed {
            return;
        }
        let centre = middle(ring(0));
        let pole = add(centre, scaled(outward, along(sub(outermost, centre))));
        // Between patches that stand apart is nothing: no further from what was decoded than this.
        let aside = sub(pole, outermost);
        let near = (NEAR * length / norm(aside).max(1e-9)).min(1.0);
        let pole = add(add(outermost, scaled(aside, near)), scaled(outward, SHARPER * length));
        let first = sound.max(1);
        // What is far wider is no part of the point but a flat end.
        let blunt = |i: &usize| depth(*i) < rim && width(ring(*i)) < 2.0 * rim;
        let gone = (first..half).find(|i| !blunt(i)).unwrap_or(first) * self.columns;
        let gone = if end == 0 { 0..gone } else { self.points.len() - gone..self.points.len() };
        self.points.drain(gone);
        self.poles[end] = pole;
    }

    /// Share of a ring's area that lies on the wrong side of its outline: where patches were decoded past each other.
    fn backwards(&self, ring: usize) -> f32 {
        let outline = self.ring(ring);
        let centre = middle(outline);
        let spoke = |column: usize| sub(outline[column % self.columns], centre);
        let pieces: Vec<Vec3> = (0..self.columns).map(|column| cross(spoke(column), spoke(column + 1))).collect();
        let [before, after] = [ring.saturating_sub(2), (ring + 2).min(self.rings() - 1)];
        let way = sub(middle(self.ring(after)), middle(self.ring(before)));
        // Rings of a flat end lie in each other, and tell no direction.
        let axis = if norm(way) > LEVEL * width(outline) {
            scaled(way, if self.reversed { -1.0 } else { 1.0 })
        } else {
            pieces.iter().fold([0.0; 3], |sum, &piece| add(sum, piece))
        };
        let areas = || pieces.iter().map(|&piece| dot(piece, axis));
        let wrong: f32 = areas().filter(|&area| area < 0.0).sum();
        wrong.abs() / areas().map(f32::abs).sum::<f32>().max(f32::MIN_POSITIVE)
    }

    /// Whether the part is inside out in more than a few places.
    pub fn is_folded(&self) -> bool {
        let folded = (0..self.rings()).filter(|&ring| self.backwards(ring) > BACKWARDS).count();
        folded as f32 > FOLDED * self.rings() as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rings of a square section from y = 0 to 1, as wide as `half` says at each height; a negative one is inside out.
    fn lofted(half: impl Fn(f32) -> [f32; 2]) -> Rings {
        let ring = |y: f32| {
            let [a, b] = half(y);
            [[-a, y, b], [a, y, b], [a, y, -b], [-a, y, -b]]
        };
        let points = (0..=100).flat_map(|i| ring(i as f32 / 100.0)).collect();
        Rings { columns: 4, points, poles: [[0.0; 3], [0.0, 1.0, 0.0]], reversed: false }
    }

    fn sharpened(half: impl Fn(f32) -> [f32; 2]) -> (Rings, Vec<Vec3>) {
        let mut rings = lofted(half);
        let decoded = rings.last(1).to_vec();
        rings.sharpen(1, &decoded);
        (rings, decoded)
    }

    #[test]
    fn what_tapers_comes_to_a_point_at_its_outermost_place() {
        let (rings, decoded) = sharpened(|y| [0.005 + 0.1 * (1.0 - y), 0.002]);
        assert!(rings.rings() < 101 && rings.rings() > 90, "{}", rings.rings());
        let pole = rings.poles[1];
        let away = decoded.iter().map(|&p| norm(sub(p, pole))).fold(f32::MAX, f32::min);
        assert!(pole[1] > 1.0 && pole[1] < 1.001 && away < 2.5e-3, "{pole:?} {away}");
    }

    #[test]
    fn what_is_flat_stays_flat() {
        let (rings, _) = sharpened(|_| [0.1, 0.05]);
        assert_eq!((rings.rings(), rings.poles[1]), (101, [0.0, 1.0, 0.0]));
        assert!(!rings.is_folded());
    }

    #[test]
    fn what_is_folded_at_its_end_is_cut_before_the_fold_and_ends_as_far_out() {
        let (rings, _) = sharpened(|y| [0.3 * (0.96 - y), 0.01]);
        assert!(rings.rings() <= 97 && rings.poles[1][1] > 0.99, "{} {:?}", rings.rings(), rings.poles);
        assert!((0..rings.rings()).all(|ring| rings.backwards(ring) < BACKWARDS));
        assert!(lofted(|y| [0.3 * (0.8 - y), 0.01]).is_folded());
    }
}
