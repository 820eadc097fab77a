//! A part along X, from its middle to both ends: sections across X, each from its top over the front or the back to its
//! bottom.

use std::f32::consts::{PI, TAU};

use super::section::Section;
use super::tube::stations;
use super::{Chart, ROWS};
use crate::mesh::Mesh;
use crate::patchwork::arms::cell;

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
