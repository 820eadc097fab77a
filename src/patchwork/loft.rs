//! A body as its generator lofted it, its mirror image first.

use super::cell::Cell;
use super::seam::{Border, Edge, Seam};

/// A loft's charts end at its edges.
pub fn cell() -> Cell {
    Cell::reaching([false; 4])
}

/// The seams of its patches from patch `first` on: where two sides meet.
pub fn seams(first: usize, around: usize, along: usize) -> Vec<Seam> {
    if around != 2 {
        return Vec::new();
    }
    let edge = |patch: usize, border| Edge { patch, cell: cell(), border };
    let pairs = (0..along).map(|i| first + 2 * i).flat_map(|patch| [(patch, patch + 1), (patch + 1, patch)]);
    pairs.map(|(a, b)| Seam { sides: [edge(a, Border::Right), edge(b, Border::Left)] }).collect()
}
