//! A part along its axis, from its lower end to its upper: sections across it, each parametrised by the angle around its
//! middle.

use std::f32::consts::{FRAC_PI_2, PI, TAU};

use super::section::Section;
use super::{Axis, Chart, PartShare, ROWS};
use crate::mesh::{Mesh, Vec3, add, scaled, sub};
use crate::patchwork::tube::cell;

/// Sections are not cut exactly at an end, where there is nothing to cut.
const INSET: f32 = 2e-4;

/// `around * along` charts, stretch by stretch upwards. `fill` is the share of each section's radius that they take, `beyond` how
/// far the lower and the upper end go on as they are.
pub(super) fn charts(mesh: &Mesh, share: &PartShare, fill: f32, beyond: [f32; 2]) -> Option<Vec<Chart>> {
    let (around, along) = (share.around, share.along);
    let [left, up, front] = share.axis.order();
    let (low, high) = mesh.bounds()?;
    let (bottom, top) = (low[up] - beyond[0], high[up] + beyond[1]);
    let inset = INSET * (high[up] - low[up]);
    let rows = along * (ROWS - 1);
    // A blade or a grip stands on something, a hull on nothing: its first row closes it.
    let first = if share.axis == Axis::Y { 0.0 } else { 1.0 / (rows - 1) as f32 };
    let stations = stations(rows, |t| {
        let y = bottom + (top - bottom) * ((t - first) / (1.0 - first)).clamp(0.0, 1.0);
        let section = Section::cut(mesh, up, y.clamp(low[up] + inset, high[up] - inset), [left, front])?;
        Some((y.clamp(bottom + inset, top - inset), section))
    })?;
    // Around Z the three axes follow each other the other way round.
    let turned = |angle: f32| if share.axis == Axis::Z { PI - angle } else { angle };
    // Angles fall with u, so that f_u x f_v faces outward.
    let sides: &[(f32, f32)] = match around {
        2 => &[(PI, 0.0), (TAU, PI)],
        _ => &[(PI, FRAC_PI_2), (FRAC_PI_2, 0.0), (3.0 * FRAC_PI_2, PI), (TAU, 3.0 * FRAC_PI_2)],
    };
    // Between two stations linear, beyond the ends as at them.
    let point = |at: f32, angle: f32| {
        let at = at.clamp(0.0, rows as f32);
        let (row, t) = ((at as usize).min(rows - 1), at - (at as usize).min(rows - 1) as f32);
        let place = |row: usize| {
            let (y, section) = &stations[row];
            let closes = row == rows || row == 0 && first > 0.0;
            let [x, z] = section.at(turned(angle), if closes { 1.0 } else { 1.0 - fill });
            let mut point = Vec3::default();
            (point[left], point[up], point[front]) = (x, *y, z);
            point
        };
        let (low, high) = (place(row), place(row + 1));
        add(low, scaled(sub(high, low), t))
    };
    let mut charts = Vec::new();
    for stretch in 0..along {
        for (side, &(from, to)) in sides.iter().enumerate() {
            let cell = cell(side, stretch, around, along);
            charts.push(Chart::of(|u, v| {
                let [a, b] = cell.of_uv([u, v]);
                point((stretch as f32 + b) * (ROWS - 1) as f32, from + a * (to - from))
            }));
        }
    }
    Some(charts)
}

/// `rows + 1` stations along a part, `t` from 0 to 1. The last two lie at the end, where the last one closes it. One that can't
/// be cut is as its neighbour before (or after) it.
pub(super) fn stations<S: Clone>(rows: usize, cut: impl Fn(f32) -> Option<S>) -> Option<Vec<S>> {
    let found: Vec<Option<S>> = (0..=rows).map(|i| cut((i as f32 / (rows - 1) as f32).min(1.0))).collect();
    let mut last = found.iter().flatten().next()?.clone();
    Some(
        found
            .into_iter()
            .map(|s| {
                last = s.unwrap_or_else(|| last.clone());
                last.clone()
            })
            .collect(),
    )
}
