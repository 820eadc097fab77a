//! How well a surface lies in its texture.

use super::super::Solid;
use super::flatten::{Flat, Point, own_plane};

/// What an unwrapping came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UnwrapReport {
    /// Islands in the texture.
    pub charts: usize,
    /// Share of the texture that triangles cover.
    pub coverage: f32,
    /// L² stretch (Sander, Snyder, Gortler and Hoppe 2001), relative to one scale for all: 1 where every length is true.
    pub stretch: f32,
    /// Texels per metre: least, mean and most over the surface, leaving out the hundredth of the area at either end.
    pub density: [f32; 3],
}

/// Area of a triangle in space and in the plane (same orientation positive), and the mean square of its two singular
/// values from the plane to space times the area in space.
pub(super) fn measures(space: [[f64; 3]; 3], flat: [Point; 3]) -> (f64, f64, f64) {
    let own = own_plane(space);
    let real = 0.5 * own[1][0] * own[2][1];
    let [p, q, r] = flat;
    let doubled = (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
    if doubled.abs() <= 1e-300 || real <= 0.0 {
        return (real, 0.5 * doubled, 0.0);
    }
    // Derivatives of the position in space by the two coordinates of the plane.
    let by = |i: usize| -> Point {
        let o = 1 - i;
        let sign = if i == 0 { 1.0 } else { -1.0 };
        std::array::from_fn(|k| {
            sign * (own[0][k] * (q[o] - r[o]) + own[1][k] * (r[o] - p[o]) + own[2][k] * (p[o] - q[o])) / doubled
        })
    };
    let (s, t) = (by(0), by(1));
    let mean_square = 0.5 * (s[0] * s[0] + s[1] * s[1] + t[0] * t[0] + t[1] * t[1]);
    (real, 0.5 * doubled, mean_square * real)
}

/// The L² stretch of one chart.
pub(super) fn stretch(solid: &Solid, flat: &Flat) -> f64 {
    let triangle =
        |i: usize| measures(solid.mesh.corners(flat.triangles[i] as usize).map(|p| p.map(f64::from)), flat.at(i));
    let (real, plane, square) = (0..flat.corners.len()).map(triangle).fold((0.0, 0.0, 0.0), sum);
    if real > 0.0 && plane > 0.0 { (square / real * plane / real).sqrt() } else { 1.0 }
}

fn sum(a: (f64, f64, f64), b: (f64, f64, f64)) -> (f64, f64, f64) {
    (a.0 + b.0, a.1 + b.1, a.2 + b.2)
}

/// The report on corners' texture coordinates `[3 T]` (V down) in a texture of `texels` a side.
pub(super) fn report(solid: &Solid, uvs: &[[f32; 2]], charts: usize, texels: u32) -> UnwrapReport {
    let mut whole = (0.0, 0.0, 0.0);
    // Density and area of every triangle.
    let mut densities: Vec<(f64, f64)> = Vec::with_capacity(solid.mesh.triangles.len());
    for (t, uv) in uvs.as_chunks::<3>().0.iter().enumerate() {
        let flat = uv.map(|[u, v]| [f64::from(u), 1.0 - f64::from(v)]);
        let own = measures(solid.mesh.corners(t).map(|p| p.map(f64::from)), flat);
        whole = sum(whole, own);
        if own.0 > 0.0 {
            densities.push(((own.1.abs() / own.0).sqrt() * f64::from(texels), own.0));
        }
    }
    densities.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let at = |share: f64| {
        let mut below = 0.0;
        let found = densities.iter().find(|d| {
            below += d.1;
            below >= share * whole.0
        });
        found.or(densities.last()).map_or(0.0, |d| d.0 as f32)
    };
    let mean = densities.iter().map(|d| d.0 * d.1).sum::<f64>() / whole.0.max(f64::MIN_POSITIVE);
    let stretch = if whole.0 > 0.0 { (whole.2 / whole.0 * whole.1 / whole.0).sqrt() } else { 1.0 };
    UnwrapReport {
        charts,
        coverage: whole.1 as f32,
        stretch: stretch as f32,
        density: [at(0.01), mean as f32, at(0.99)],
    }
}
