//! A part around its centre: front, back, and a cap at the lower pole, which leave the upper pole open, where the grip
//! goes in.

use std::f32::consts::{FRAC_PI_4, PI};

use super::Chart;
use super::section::to_box;
use crate::mesh::{Mesh, Vec3};
use crate::patchwork::ball::{SIDES, side_cell};

/// Polar angle at which front and back end below the upper pole, as a share of half a turn.
const OPEN: f32 = 0.88;

/// Front, back and cap; `cap` is the cap's polar angle as a share of half a turn. Directions are in units of the part's half
/// extents, so that a flat part's corners get their share.
pub(super) fn charts(mesh: &Mesh, cap: f32) -> Option<Vec<Chart>> {
    let (low, high) = mesh.bounds()?;
    let centre: Vec3 = std::array::from_fn(|k| low[k].midpoint(high[k]));
    let half: Vec3 = std::array::from_fn(|k| (0.5 * (high[k] - low[k])).max(1e-6));
    let local = |p: Vec3| -> Vec3 { std::array::from_fn(|k| (p[k] - centre[k]) / half[k]) };
    let triangles: Vec<[Vec3; 3]> = (0..mesh.triangles.len()).map(|t| mesh.corners(t).map(local)).collect();
    let rim = PI * cap;
    let point = |polar: f32, azimuth: f32| -> Vec3 {
        let ((sin, cos), (sin_a, cos_a)) = (polar.sin_cos(), azimuth.sin_cos());
        let direction = [sin * cos_a, -cos, sin * sin_a];
        // A ray that misses (through a ring's hole, or where a grip was cut) ends at the part's box.
        let r = farthest(&triangles, direction).unwrap_or_else(|| to_box(direction));
        std::array::from_fn(|k| centre[k] + half[k] * r * direction[k])
    };
    let side = |from: f32, to: f32| {
        Chart::of(|u, v| {
            let [a, b] = side_cell().of_uv([u, v]);
            point(rim + b * (PI * OPEN - rim), from + a * (to - from))
        })
    };
    let bottom = Chart::of(|u, v| {
        let (radius, angle) = disk(2.0 * u - 1.0, 2.0 * v - 1.0);
        point(rim * radius, angle)
    });
    let [front, back] = SIDES.map(|(from, to)| side(from, to));
    Some(vec![front, back, bottom])
}

/// The square -1..=1 onto the unit disk, area by area, in polar coordinates (Shirley and Chiu 1997).
fn disk(a: f32, b: f32) -> (f32, f32) {
    if a == 0.0 && b == 0.0 {
        return (0.0, 0.0);
    }
    if a.abs() > b.abs() {
        (a.abs(), FRAC_PI_4 * b / a + if a < 0.0 { PI } else { 0.0 })
    } else {
        (b.abs(), FRAC_PI_4 * (2.0 - a / b) + if b < 0.0 { PI } else { 0.0 })
    }
}

/// The largest distance at which the ray from the origin meets a triangle (Moller and Trumbore 1997).
fn farthest(triangles: &[[Vec3; 3]], direction: Vec3) -> Option<f32> {
    use crate::mesh::{cross, dot, sub};
    let mut most: Option<f32> = None;
    for &[a, b, c] in triangles {
        let (ab, ac) = (sub(b, a), sub(c, a));
        let p = cross(direction, ac);
        let determinant = dot(ab, p);
        if determinant.abs() < 1e-12 {
            continue;
        }
        let origin = a.map(|x| -x);
        let s = dot(origin, p) / determinant;
        let q = cross(origin, ab);
        let t = dot(direction, q) / determinant;
        let r = dot(ac, q) / determinant;
        if s >= -1e-5 && t >= -1e-5 && s + t <= 1.0 + 2e-5 && r > 0.0 && most.is_none_or(|m| r > m) {
            most = Some(r);
        }
    }
    most
}
