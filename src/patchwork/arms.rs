//! A part along X: four patches that meet in its middle, front left, front right, back left, back right.

use super::cell::Cell;
use super::seam::{Border, Edge, Seam};

/// All four reach beyond the top and the bottom, and beyond the middle.
pub fn cell() -> Cell {
    Cell::reaching([true, true, true, false])
}

/// The seams of the four charts from patch `first` on: front to back along either arm, and arm to arm in the middle.
pub(super) fn seams(first: usize) -> Vec<Seam> {
    let edge = |(patch, border): (usize, Border)| Edge { patch: first + patch, cell: cell(), border };
    let seam = |a: (usize, Border), b: (usize, Border)| Seam { sides: [edge(a), edge(b)] };
    let (left, right) = (Border::Left, Border::Right);
    vec![
        seam((0, right), (2, left)),
        seam((2, right), (0, left)),
        seam((1, right), (3, left)),
        seam((3, right), (1, left)),
        seam((0, Border::Lower), (1, Border::LowerBackwards)),
        seam((2, Border::Lower), (3, Border::LowerBackwards)),
    ]
}
