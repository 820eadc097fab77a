//! A part along X, from its middle to both ends: sections across X, each from its top over the front or the back to its
//! bottom.

use std::f32::consts::{PI, TAU};

use super::cell::Cell;
use super::seam::{Border, Edge, Seam};
use super::section::Section;
use super::tube::stations;
use super::{Chart, ROWS};
use crate::mesh::Mesh;

/// Sections are not cut exactly at an end, where there is nothing to cut.
const INSET: f32 = 2e-3;

/// Front left, front right, back left, back right. `centre` is where the hilt's axis lies along X; an axis outside the part's
/// middle half does not divide it.
pub(super) fn charts(mesh: &Mesh, centre: f32) -> Option<Vec<Chart>> {
    let (low, high) = mesh.bounds()?;
    let (middle, quarter) = (low[0].midpoint(high[0]), 0.25 * (high[0] - low[0]));
    let centre = if (centre - middle).abs() > quarter { middle } else { centre };
    let rows = ROWS - 1;
    let arm = |end: f32| {
        stations(rows, |t| {
            let along = cell().of_uv([0.0, t])[1];
            let x = centre + (end - centre) * along.min(1.0 - INSET);
            Some((x, Section::cut(mesh, 0, x, [1, 2])?))
        })
    };
    let arms = [arm(low[0])?, arm(high[0])?];
    // The angle runs from the top (0) over the front (a quarter turn) to the bottom (half a turn).
    let sides = [(0, PI, 0.0), (1, 0.0, PI), (0, TAU, PI), (1, PI, TAU)];
    let chart = |(arm, from, to): (usize, f32, f32)| {
        Chart::of(|u, v| {
            let row = (v * rows as f32).round() as usize;
            let (x, section) = &arms[arm][row];
            let around = cell().of_uv([u, v])[0];
            let [y, z] = section.at(from + around * (to - from), if row == rows { 1.0 } else { 0.0 });
            [*x, y, z]
        })
    };
    Some(sides.into_iter().map(chart).collect())
}

/// All four reach beyond the top and the bottom, and beyond the middle.
fn cell() -> Cell {
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
