//! A part along its axis: stretch by stretch, each of two or four patches around.

use super::cell::Cell;
use super::seam::{Border, Edge, Seam};

/// Four patches around a part meet at edges on the left and right, which they don't reach beyond: that would round them.
pub fn cell(side: usize, stretch: usize, around: usize, along: usize) -> Cell {
    let [left, right] = match (around, side) {
        (2, _) => [true, true],
        // Front left and back right end at the ridge, the others begin there.
        (_, 0 | 3) => [false, true],
        _ => [true, false],
    };
    Cell::reaching([left, right, stretch > 0, stretch + 1 < along])
}

/// Sides going around by falling angles, from the left edge over the front.
pub(super) fn ring(around: usize) -> &'static [usize] {
    if around == 2 { &[0, 1] } else { &[0, 1, 3, 2] }
}

/// The seams of the charts of a part whose first patch is `first`: neighbours around it, and stretch on stretch.
pub(super) fn seams(first: usize, around: usize, along: usize) -> Vec<Seam> {
    let ring = ring(around);
    let mut seams = Vec::new();
    for stretch in 0..along {
        let edge = |stretch: usize, side: usize, border: Border| Edge {
            patch: first + stretch * around + side,
            cell: cell(side, stretch, around, along),
            border,
        };
        for (i, &side) in ring.iter().enumerate() {
            let next = ring[(i + 1) % ring.len()];
            seams.push(Seam { sides: [edge(stretch, side, Border::Right), edge(stretch, next, Border::Left)] });
        }
        if stretch > 0 {
            seams.extend((0..around).map(|side| Seam {
                sides: [edge(stretch - 1, side, Border::Upper), edge(stretch, side, Border::Lower)],
            }));
        }
    }
    seams
}
