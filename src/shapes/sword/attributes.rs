//! The truth about a built sword: measured from its parts where they show it, else from its design.

use std::collections::BTreeMap;

use super::design::{BladeDesign, Edge, SwordDesign};
use crate::mesh::Mesh;

/// The parts that attributes are measured on.
pub(super) struct Parts<'a> {
    pub blade: &'a Mesh,
    /// Without a knuckle bow.
    pub guard: Option<&'a Mesh>,
    pub grip: &'a Mesh,
    pub pommel: Option<&'a Mesh>,
    /// Y of the guard's upper face, or of the grip's end where there is no guard.
    pub root: f32,
    /// Y extent of the whole sword.
    pub overall: f32,
}

/// All attributes: metres, but `curvature` (sagitta over chord, positive where the tip bends to +X) and `edges`.
///
/// Widths of edges that wave or have teeth are means over 4 % of the blade on either side, so that a tooth's phase
/// doesn't decide them. A part that the sword lacks has extents of 0.
pub(super) fn measure(design: &SwordDesign, parts: &Parts) -> BTreeMap<String, f32> {
    let blade = &design.blade;
    let guard = parts.guard.map_or([0.0; 3], extents);
    let grip = extents(parts.grip);
    let pommel = parts.pommel.map_or([0.0; 3], extents);
    let tip = parts.blade.bounds().map_or(parts.root, |(_, high)| high[1]);
    let (left, right) = design.grip.half_widths(0.5);
    [
        ("blade_length", tip - parts.root),
        ("blade_width", width(blade, 0.25)),
        ("blade_width_mid", width(blade, 0.5)),
        ("blade_width_tip", width(blade, 0.9)),
        ("blade_thickness", 2.0 * blade.half_thickness(0.5)),
        ("curvature", blade.curvature()),
        ("guard_span", guard[0]),
        ("guard_height", guard[1]),
        ("grip_length", grip[1]),
        ("grip_diameter", left + right),
        ("pommel_diameter", pommel[0]),
        ("pommel_length", pommel[1]),
        ("overall_length", parts.overall),
        ("edges", blade.edge_count() as f32),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// Width of the blade across its centre line around fraction `s`, in metres.
fn width(blade: &BladeDesign, s: f32) -> f32 {
    let at = |i: i32| {
        let (left, right) = blade.edges_at(s + 0.01 * i as f32);
        right - left
    };
    match blade.edge {
        Edge::Plain => at(0),
        _ => (-4..=4).map(at).sum::<f32>() / 9.0,
    }
}

/// Extents along X, Y, Z.
pub(super) fn extents(mesh: &Mesh) -> [f32; 3] {
    mesh.bounds().map_or([0.0; 3], |(low, high)| std::array::from_fn(|i| high[i] - low[i]))
}
