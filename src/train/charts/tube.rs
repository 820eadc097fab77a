//! A part along Y, from its lower end to its upper: sections across Y, each parametrised by the angle around its middle.

use std::f32::consts::{FRAC_PI_2, PI, TAU};

use super::section::Section;
use super::{Chart, ROWS};
use crate::mesh::Mesh;

/// Sections are not cut exactly at an end, where there is nothing to cut.
const INSET: f32 = 2e-4;

/// `around * along` charts, stretch by stretch upwards.
pub(super) fn charts(mesh: &Mesh, around: usize, along: usize) -> Option<Vec<Chart>> {
    let (low, high) = mesh.bounds()?;
    let height = high[1] - low[1];
    let rows = along * (ROWS - 1);
    let stations = stations(rows, |t| {
        let y = low[1] + height * t.clamp(INSET, 1.0 - INSET);
        Some((y, Section::cut(mesh, 1, y, [0, 2])?))
    })?;
    // Angles fall with u, so that f_u x f_v faces outward.
    let sides: &[(f32, f32)] = match around {
        2 => &[(PI, 0.0), (TAU, PI)],
        _ => &[(PI, FRAC_PI_2), (FRAC_PI_2, 0.0), (3.0 * FRAC_PI_2, PI), (TAU, 3.0 * FRAC_PI_2)],
    };
    let mut charts = Vec::new();
    for stretch in 0..along {
        for &(from, to) in sides {
            charts.push(Chart::of(|u, v| {
                let row = stretch * (ROWS - 1) + (v * (ROWS - 1) as f32).round() as usize;
                let (y, section) = &stations[row];
                let [x, z] = section.at(from + u * (to - from), if row == rows { 1.0 } else { 0.0 });
                [x, *y, z]
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
