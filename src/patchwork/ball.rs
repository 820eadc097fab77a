//! A part around its centre: front, back, and a cap at the lower pole; open at the upper one.

use std::f32::consts::{PI, TAU};

use super::cell::Cell;
use super::seam::{Border, Edge, Seam};

/// Azimuths of front and back, u from 0 to 1.
pub const SIDES: [(f32, f32); 2] = [(PI, 0.0), (TAU, PI)];

/// The seams of the three charts from patch `first` on: front to back, and the cap's rim.
pub(super) fn seams(first: usize) -> Vec<Seam> {
    let (front, back, cap) = (first, first + 1, first + 2);
    let rim = SIDES.map(|(from, to)| Border::Rim { from, to });
    let side = |patch, border| Edge { patch, cell: side_cell(), border };
    let cap = |border| Edge { patch: cap, cell: Cell::reaching([false; 4]), border };
    vec![
        Seam { sides: [side(front, Border::Right), side(back, Border::Left)] },
        Seam { sides: [side(back, Border::Right), side(front, Border::Left)] },
        Seam { sides: [side(front, Border::Lower), cap(rim[0])] },
        Seam { sides: [side(back, Border::Lower), cap(rim[1])] },
    ]
}

/// Front and back reach beyond each other and over the cap.
pub fn side_cell() -> Cell {
    Cell::reaching([true, true, true, false])
}
