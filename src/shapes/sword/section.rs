//! Cross-sections as closed polygons in the square -1..1: `u` from the left edge to the right one, `v` along Z.

use super::design::{BladeDesign, HiltSection, Section};

/// The blade's section with its groove at this share of the half-thickness, `[K, 2]`. `K` depends on the section only.
pub(super) fn blade_polygon(blade: &BladeDesign, groove: f32) -> Vec<[f32; 2]> {
    let bevel = blade.bevel;
    match blade.section {
        Section::Diamond => {
            let side = 0.5 - 0.5 * blade.hollow;
            mirrored(&[[-1.0, 0.0], [-0.5, side], [0.0, 1.0], [0.5, side], [1.0, 0.0]])
        }
        Section::Lenticular => {
            let arc = |k: i32| {
                let u = -(std::f32::consts::PI * k as f32 / 8.0).cos();
                [u, 1.0 - u * u]
            };
            mirrored(&(0..=8).map(arc).collect::<Vec<_>>())
        }
        Section::Hexagonal => mirrored(&[[-1.0, 0.0], [-bevel, 1.0], [0.0, 1.0], [bevel, 1.0], [1.0, 0.0]]),
        Section::Fullered => {
            let w = blade.fuller.width;
            let shoulder = 0.5 * (1.0 + w);
            let half =
                [[-1.0, 0.0], [-shoulder, 0.62], [-w, 1.0], [-0.6 * w, 1.0 - 0.75 * groove], [0.0, 1.0 - groove]];
            let other = half[..4].iter().rev().map(|&[u, v]| [-u, v]);
            mirrored(&half.into_iter().chain(other).collect::<Vec<_>>())
        }
        Section::SingleEdged => {
            // From the edge up to the bevel's line, over the groove, down to the back.
            let on = |t: f32| bevel + (1.0 - bevel) * t;
            mirrored(&[
                [-1.0, 0.0],
                [0.5 * (bevel - 1.0), 0.52],
                [bevel, 1.0],
                [on(0.3), 1.0 - 0.3 * groove],
                [on(0.52), 1.0 - groove],
                [on(0.74), 1.0 - 0.3 * groove],
                [on(0.9), 0.5 + 0.5 * blade.back],
                [1.0, blade.back],
            ])
        }
    }
}

/// A section of the hilt with `around` points or, for a box or a diamond, as many as it needs; `[K, 2]`.
pub(super) fn hilt_polygon(section: HiltSection, around: usize) -> Vec<[f32; 2]> {
    match section {
        HiltSection::Round => (0..around)
            .map(|k| {
                let (sin, cos) = (std::f32::consts::TAU * (k as f32 + 0.5) / around as f32).sin_cos();
                [cos, sin]
            })
            .collect(),
        HiltSection::Box => {
            let b = 0.78;
            vec![[1.0, -b], [1.0, b], [b, 1.0], [-b, 1.0], [-1.0, b], [-1.0, -b], [-b, -1.0], [b, -1.0]]
        }
        HiltSection::Diamond => {
            let (a, b) = (0.25, 0.62);
            vec![
                [1.0, -a],
                [1.0, a],
                [b, b],
                [a, 1.0],
                [-a, 1.0],
                [-b, b],
                [-1.0, a],
                [-1.0, -a],
                [-b, -b],
                [-a, -1.0],
                [a, -1.0],
                [b, -b],
            ]
        }
    }
}

/// The upper half (`v >= 0`, from left to right) and its mirror image as one closed polygon.
fn mirrored(upper: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let lower = upper.iter().rev().filter(|p| p[1] > 0.0).map(|&[u, v]| [u, -v]);
    upper.iter().copied().chain(lower).collect()
}
