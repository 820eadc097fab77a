//! Evening out: what two patches disagree about at their seam, shared between them.
//!
//! Both sides of a seam were taught one curve, and each errs in its own way: they part by tenths of a millimetre, and their
//! normals by some degrees, which polished steel shows as a line across the blade. Half of what lies between them is added to
//! either side, and fades out away from the seam. Where a blade goes on from stretch to stretch, its outline too would have a
//! corner of some degrees: either side is bent to the direction between both. No edge lies along such a seam, but one that
//! crosses it may be a millimetre further aside beyond it: there normals are shared however far they part. At an end that
//! patches close, what keeps two opposite sides from meeting in a point is taken away in the same manner ([`super::end`]).

use super::end::{self, ends};
use super::{Part, seams};

/// Share of a cell over which it fades.
const BAND: f32 = 0.3;

/// Share of a cell over which a stretch is bent: the half of it that is nearer to that seam than to the next.
pub const BEND: f32 = 0.5;

/// Share of a cell over which the direction of a surface across a seam is taken.
const STEP: f32 = 0.04;

/// Seams and ends that a place is evened at, at most: one on either axis of the patch.
pub const MOST: usize = 2;

/// Cosines between which two normals become those of one surface: where a seam may be an edge, whose sides stay apart, and where lines
/// go on across it, so that only what was folded over stays apart.
const SHARP: [f32; 2] = [0.64, 0.9];
const FOLDED: [f32; 2] = [-0.7, -0.3];

/// What a place takes part in: it moves by `weight / 2` times what lies between its own side of a seam and the other.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pull {
    /// Where on its own patch, and where on which other one.
    pub own: [f32; 2],
    pub other: [f32; 2],
    pub patch: usize,
    /// 1 at the seam or the end, 0 for none.
    pub weight: f32,
    /// Of a seam: cosines between which its sides' normals begin to be shared, and are as a whole.
    pub alike: [f32; 2],
    /// Of an end; `None` at a seam.
    pub band: Option<Band>,
    /// Of a seam that lines go on across: how much of the difference between two steps across it, from `inner[0]` to `own` and from
    /// `other` to `inner[1]`, the place is moved by. 0 of any other.
    pub bend: f32,
    pub inner: [[f32; 2]; 2],
}

impl Pull {
    /// Whether nothing is pulled.
    pub fn is_none(&self) -> bool {
        self.weight == 0.0 && self.bend == 0.0
    }
}

/// What speaks for an end, on both patches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// u of its edge, and the patches beyond it on this side and the other, which have it at 1 - u.
    pub edge: f32,
    pub beyond: [usize; 2],
    /// v where its band begins, and a little before its end.
    pub from: f32,
    pub ahead: f32,
}

/// `[P][N]`, the pulls of `uv` `[N]` on each of `patches` patches; none where a part has no chart.
pub fn pulls(parts: &[Part], patches: usize, uv: &[[f32; 2]]) -> Vec<Vec<[Pull; MOST]>> {
    let mut all = vec![vec![[Pull::default(); MOST]; uv.len()]; patches];
    // A card may name more patches than the decoder has.
    let there = |pair: [usize; 2]| pair.into_iter().all(|patch| patch < patches);
    for end in ends(parts).into_iter().filter(|end| there(end.patches) && there(end.beyond)) {
        for [a, b] in [[0, 1], [1, 0]] {
            let (patch, opposite, beyond) = (end.patches[a], end.patches[b], [end.beyond[a], end.beyond[b]]);
            let band = Band { edge: end.edge, beyond, from: end.within(1.0), ahead: end.within(end::AHEAD) };
            for (found, &[u, v]) in all[patch].iter_mut().zip(uv) {
                let weight = fade((end.v - v).abs() / end::BAND);
                let free = found.iter_mut().find(|pull| pull.is_none()).filter(|_| weight > 0.0);
                if let Some(free) = free {
                    let at = [u, end.v];
                    let (own, other, band) = (at, at, Some(band));
                    *free = Pull { own, other, patch: opposite, weight, band, ..Pull::default() };
                }
            }
        }
    }
    for seam in seams(parts).into_iter().filter(|seam| there(seam.patches())) {
        for side in 0..2 {
            for (found, &at) in all[seam.patches()[side]].iter_mut().zip(uv) {
                let Some((t, away)) = seam.near(side, at) else { continue };
                let weight = fade(away / BAND);
                let (bend, alike) = if seam.goes_on() { (-0.5 * bending(away) / STEP, FOLDED) } else { (0.0, SHARP) };
                let pulls = weight > 0.0 || bend != 0.0;
                let Some(free) = found.iter_mut().find(|pull| pull.is_none()).filter(|_| pulls) else { continue };
                let (places, inner) = (seam.at(t), seam.within(t, STEP));
                let (patch, other) = places[1 - side];
                let inner = [inner[side].1, inner[1 - side].1];
                *free = Pull { own: places[side].1, other, patch, weight, alike, band: None, bend, inner };
            }
        }
    }
    all
}

/// How far a surface moves, `away` cells from a seam that bends it by a slope of 1 there: of slope 1 at the seam and before it, level
/// and at rest from [`BEND`] on.
pub fn bending(away: f32) -> f32 {
    let left = (1.0 - away / BEND).min(1.0);
    // What is left of rounding is nothing.
    if left > 1e-4 { away * left * left } else { 0.0 }
}

/// 1 at 0 and before, 0 at 1 and beyond, level at both.
pub fn fade(x: f32) -> f32 {
    let x = 1.0 - x.clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}

#[cfg(test)]
mod tests {
    use super::super::{Axis, ChartKind};
    use super::*;

    fn sword() -> Vec<Part> {
        let part = |name: &str, patches, around, along, cap, chart| {
            let (name, axis) = (name.to_owned(), Axis::Y);
            Part { name, patches, around, along, cap, axis, chart: Some(chart) }
        };
        vec![
            part("blade", 12, 4, 3, 0.0, ChartKind::Tube),
            part("guard", 4, 4, 1, 0.0, ChartKind::Arms),
            part("grip", 4, 2, 2, 0.0, ChartKind::Tube),
            part("pommel", 3, 2, 1, 0.28, ChartKind::Ball),
        ]
    }

    #[test]
    fn a_place_on_a_seam_is_found_there() {
        for seam in seams(&sword()) {
            for t in [0.0, 0.2, 0.5, 0.9] {
                for (side, (_, uv)) in seam.at(t).into_iter().enumerate() {
                    let (found, away) = seam.near(side, uv).unwrap();
                    assert!((found - t).abs() < 1e-4 && away.abs() < 1e-4, "{seam:?} at {t}: {found} {away}");
                }
            }
        }
    }

    #[test]
    fn both_sides_pull_on_each_other_alike_and_the_middle_of_a_patch_stays() {
        let (parts, grid) = (sword(), crate::template::Template::grid(9).uv());
        let found = pulls(&parts, 23, &grid);
        assert!(found.iter().all(|patch| patch.len() == 81));
        let bent = |p: &Pull| p.bend != 0.0;
        assert!(found[12..16].iter().flatten().flatten().all(|pull| !bent(pull)), "arms meet at a corner");
        assert!(found[4].iter().flatten().filter(|pull| bent(pull)).count() > 20);
        // The middle of a blade's patch.
        assert_eq!(found[5][40], [Pull::default(); MOST]);
        let mut held = 0;
        for (patch, points) in found.iter().enumerate() {
            for pull in points.iter().flatten().filter(|pull| pull.weight > 0.0 && pull.band.is_none()) {
                let back = &pulls(&parts, 23, &[pull.other])[pull.patch][0];
                let near = |a: [f32; 2], b: [f32; 2]| (0..2).all(|k| (a[k] - b[k]).abs() < 1e-3);
                let answers = |b: &Pull| b.patch == patch && near(b.other, pull.own) && (b.weight - 1.0).abs() < 1e-3;
                assert!(back.iter().any(answers), "patch {patch}: {pull:?} but {back:?}");
                held += 1;
            }
        }
        assert!(held > 500, "{held}");
    }

    #[test]
    fn a_bend_is_a_slope_at_the_seam_and_none_at_the_end_of_its_band() {
        let slope = |x: f32| (bending(x + 1e-3) - bending(x - 1e-3)) / 2e-3;
        assert!((slope(-0.01) - 1.0).abs() < 1e-3 && (slope(0.0) - 1.0).abs() < 1e-2 && slope(BEND).abs() < 1e-2);
        assert_eq!([0.0, BEND, 0.9].map(bending), [0.0; 3]);
    }

    #[test]
    fn patches_without_charts_are_left_alone() {
        let loose = [Part { chart: None, ..sword().remove(0) }];
        assert_eq!(pulls(&loose, 12, &[[0.0; 2]]), vec![vec![[Pull::default(); MOST]]; 12]);
    }

    #[test]
    fn patches_that_are_not_there_pull_on_nothing() {
        let grid = crate::template::Template::grid(5).uv();
        let found = pulls(&sword(), 5, &grid);
        let pulling: Vec<usize> =
            found.iter().flatten().flatten().filter(|p| p.weight > 0.0).map(|p| p.patch).collect();
        assert!(found.len() == 5 && !pulling.is_empty() && pulling.iter().all(|&patch| patch < 5), "{pulling:?}");
    }
}
