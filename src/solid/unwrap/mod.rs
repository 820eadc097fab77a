//! Texture coordinates without overlap and with even texel density.
//!
//! ```text
//! segment -> charts of like normals -> flatten -> piece (split, turned, cut) -> pack -> corners' uvs
//! ```
//!
//! A sword is long and thin, a texture square: a blade's face as one island would leave four fifths of it empty. So a
//! chart that is longer than the texture would be at a good filling is cut across, along edges of the mesh.

mod flatten;
pub mod overlap;
mod pack;
mod piece;
mod quality;
mod segment;

use thiserror::Error;

use super::Solid;
use super::adjacency::Adjacency;
use flatten::Point;
use pack::{Packing, pack};
use piece::{Piece, flattened};
pub use quality::UnwrapReport;

/// How a solid is laid into its texture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnwrapOptions {
    /// Texels along a side of the texture that will be baked.
    pub texels: u32,
    /// Texels between two charts, at least; half as many to the edge of the texture.
    pub padding: u32,
}

impl Default for UnwrapOptions {
    /// A texture of 1024 with 8 texels between charts: bilinear filtering stays clean down to the third mip level.
    fn default() -> Self {
        Self { texels: 1024, padding: 8 }
    }
}

/// Why a solid can't be unwrapped.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum UnwrapError {
    #[error(
        "a texture of {texels} texels has no room for {charts} charts with {padding} texels between them; use a larger texture, less padding or fewer triangles"
    )]
    NoRoom { texels: u32, padding: u32, charts: usize },
    #[error("the surface has no area; decode another shape")]
    NoArea,
}

/// Texture coordinates of a solid's corners.
#[derive(Clone, Debug, PartialEq)]
pub struct Unwrapping {
    /// `[3 T, 2]`, in 0..=1, V down.
    pub uvs: Vec<[f32; 2]>,
    /// `[T]`, the chart of every triangle. Corners of one vertex in one chart have the same uv.
    pub chart: Vec<u32>,
    pub report: UnwrapReport,
}

/// The share of a texture that charts can be expected to fill.
const FILLING: f64 = 0.7;
/// Lengths at which charts are cut, in sides of a texture filled so; and by how much the scale must gain to cut more.
const LENGTHS: [f64; 5] = [f64::INFINITY, 1.4, 1.0, 0.7, 0.5];
const GAIN: f64 = 1.08;

/// Lays a solid into its texture. `hard`: `[3 T]`, half-edges that should be seams.
pub fn unwrap(
    solid: &Solid,
    adjacency: &Adjacency,
    hard: &[bool],
    options: UnwrapOptions,
) -> Result<Unwrapping, UnwrapError> {
    let labels = segment::segment(solid, adjacency, hard);
    let count = labels.iter().max().map_or(0, |m| *m as usize + 1);
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); count];
    labels.iter().enumerate().for_each(|(t, &c)| members[c as usize].push(t as u32));
    let charts: Vec<Piece> = members.into_iter().flat_map(|triangles| flattened(solid, triangles)).collect();

    let area: f64 = charts.iter().map(|c| (0..c.flat.corners.len()).map(|t| 0.5 * c.flat.area(t)).sum::<f64>()).sum();
    if area.is_nan() || area <= 0.0 {
        return Err(UnwrapError::NoArea);
    }
    let side = (area / FILLING).sqrt();
    let mut best: Option<(Vec<Piece>, Packing)> = None;
    for length in LENGTHS {
        let pieces: Vec<Piece> = charts.iter().flat_map(|c| c.cut(length * side)).collect();
        if best.as_ref().is_some_and(|(b, _)| b.len() == pieces.len()) {
            continue;
        }
        let sizes: Vec<Point> = pieces.iter().map(|p| p.size).collect();
        let Some(packing) = pack(&sizes, f64::from(options.texels), f64::from(options.padding)) else { continue };
        if best.as_ref().is_none_or(|(_, b)| packing.scale > GAIN * b.scale) {
            best = Some((pieces, packing));
        }
    }
    let Some((pieces, packing)) = best else {
        let UnwrapOptions { texels, padding } = options;
        return Err(UnwrapError::NoRoom { texels, padding, charts: charts.len() });
    };
    let mut uvs = vec![[0.0; 2]; 3 * solid.mesh.triangles.len()];
    let mut chart = vec![0; solid.mesh.triangles.len()];
    for (number, (piece, place)) in pieces.iter().zip(&packing.places).enumerate() {
        for (&t, corners) in piece.flat.triangles.iter().zip(&piece.flat.corners) {
            chart[t as usize] = number as u32;
            for (k, &point) in corners.iter().enumerate() {
                let [x, y] = piece.flat.points[point as usize];
                let [x, y] = if place.turned { [piece.size[1] - y, x] } else { [x, y] };
                let at = |i: usize, x: f64| (place.at[i] + packing.scale * x) / f64::from(options.texels);
                // The plane's y points up, glTF's V down.
                uvs[3 * t as usize + k] = [at(0, x) as f32, (1.0 - at(1, y)) as f32];
            }
        }
    }
    let report = quality::report(solid, &uvs, pieces.len(), options.texels);
    Ok(Unwrapping { uvs, chart, report })
}
