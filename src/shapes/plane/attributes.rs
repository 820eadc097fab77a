//! The truth about a built airplane: measured from its parts where they show it, else from its design.

use std::collections::BTreeMap;

use super::design::{PlaneDesign, Power, TailForm};
use crate::mesh::{Mesh, Vec3};

/// All attributes: metres, but `sweep` (of the quarter chord) and `dihedral` in degrees and `engines`, a count.
///
/// What a design lacks (a tailplane, engines) has 0.
pub(super) fn measure(design: &PlaneDesign, whole: &Mesh, wings: &Mesh, body: &Mesh) -> BTreeMap<String, f32> {
    let (whole, wings, body) = (extents(whole), extents(wings), extents(body));
    let PlaneDesign { hull, wing, tail, engine, .. } = design;
    let flat = |slope: f32| slope.to_radians().cos();
    let tail_span = match tail.form {
        TailForm::FinOnly => 0.0,
        _ => 2.0 * tail.plane.reach * flat(tail.plane.slope),
    };
    let fin_height = if tail.form == TailForm::V {
        tail.plane.reach * tail.plane.slope.to_radians().sin()
    } else {
        tail.fin.reach * tail.fin.slope.to_radians().sin()
    };
    let engines = match engine.power {
        Power::None => 0,
        Power::Nose | Power::Pusher => 1,
        Power::Hull => engine.pairs.max(1) + usize::from(engine.pairs > 0),
        _ => 2 * engine.pairs,
    };
    [
        ("length", whole[2]),
        ("height", whole[1]),
        ("wing_span", wings[0]),
        ("wing_chord", wing.surface.chord),
        ("sweep", wing.surface.quarter_sweep()),
        ("dihedral", wing.surface.slope),
        ("fuselage_length", body[2]),
        ("fuselage_diameter", body[0]),
        ("fuselage_height", body[1]),
        ("tail_span", tail_span),
        ("fin_height", fin_height),
        ("nose_length", hull.nose_share * hull.length),
        ("engines", engines as f32),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// Extents along X, Y, Z.
pub(super) fn extents(mesh: &Mesh) -> Vec3 {
    mesh.bounds().map_or([0.0; 3], |(low, high)| std::array::from_fn(|i| high[i] - low[i]))
}
