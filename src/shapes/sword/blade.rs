//! The blade's mesh: sections lofted along the centre line.

use super::design::BladeDesign;
use super::loft::{Cap, Station, frame, loft};
use super::section::blade_polygon;
use crate::mesh::Mesh;

/// Builds the blade from `root` (the guard's upper face, on the Y axis) upwards, its tang reaching `sink` metres below.
pub(super) fn build(blade: &BladeDesign, root: f32, sink: f32) -> Mesh {
    let mut stops = blade.stops();
    stops.insert(0, -sink / blade.length);
    let rings: Vec<_> = stops
        .iter()
        .map(|&s| {
            let (mut centre, normal) = frame(&|s| blade.centre(s), s);
            centre[1] += root;
            let (low, high) = blade.edges_at(s);
            let station = Station { centre, normal, low, high, half_depth: blade.half_thickness(s) };
            station.ring(&blade_polygon(blade, blade.groove(s)))
        })
        .collect();
    let end = blade.apex().map_or(Cap::Flat, |[x, y]| Cap::Point([x, y + root, 0.0]));
    loft(&rings, Cap::Flat, end)
}
