//! The pommel, built below the origin and then laid onto the grip's end.

use super::design::{PommelDesign, PommelForm};
use super::loft::{Cap, Station, loft, torus};
use super::section::hilt_polygon;
use super::{design::HiltSection, loft::frame};
use crate::mesh::{Mesh, Vec3};

/// Builds the pommel at the end of `axis` (`t` = 0, upwards along growing `t`), reaching `sink` metres into the grip;
/// `None` where the design has none.
pub(super) fn build(pommel: &PommelDesign, axis: &dyn Fn(f32) -> [f32; 2], sink: f32) -> Option<Mesh> {
    let mut mesh = local(pommel, sink)?;
    let (end, right) = frame(axis, 0.0);
    // `right` is the local x axis; the local y axis, a quarter turn from it, runs up the grip.
    for p in &mut mesh.positions {
        *p = [end[0] + right[0] * p[0] - right[1] * p[1], end[1] + right[1] * p[0] + right[0] * p[1], p[2]];
    }
    Some(mesh)
}

/// In the frame of the grip's end: +Y into the grip, which ends at the origin.
fn local(pommel: &PommelDesign, sink: f32) -> Option<Mesh> {
    let PommelDesign { form, diameter, length, oval, facets } = *pommel;
    let [radius, deep] = [0.5 * diameter, 0.5 * diameter * oval];
    let round = hilt_polygon(HiltSection::Round, facets);
    // A solid of revolution (oval in z): heights as shares of the length from the top, radii as shares.
    let turned = |profile: &[[f32; 2]], end: Cap| {
        let ring = |&[down, r]: &[f32; 2]| -> Vec<Vec3> {
            round.iter().map(|&[u, v]| [u * radius * r, sink - down * length, v * deep * r]).collect()
        };
        loft(&profile.iter().map(ring).collect::<Vec<_>>(), Cap::Flat, end)
    };
    let mesh = match form {
        PommelForm::None => return None,
        PommelForm::Sphere => {
            let profile: Vec<_> = (1..9)
                .map(|i| {
                    let (sin, cos) = (std::f32::consts::PI * i as f32 / 9.0).sin_cos();
                    [0.5 * (1.0 - cos), sin]
                })
                .collect();
            turned(&profile, Cap::Point([0.0, sink - length, 0.0]))
        }
        PommelForm::Faceted => {
            turned(&[[0.0, 0.45], [0.3, 1.0], [0.55, 1.0], [0.9, 0.35]], Cap::Point([0.0, sink - length, 0.0]))
        }
        PommelForm::Cap => turned(&[[0.0, 0.8], [0.25, 1.0], [0.8, 1.0], [1.0, 0.7]], Cap::Flat),
        PommelForm::Disc => {
            let middle = sink - 0.5 * length;
            let ring = |&[z, r]: &[f32; 2]| -> Vec<Vec3> {
                let place = |&[u, v]: &[f32; 2]| [u * radius * r, middle + v * 0.5 * length * r, z * deep];
                hilt_polygon(HiltSection::Round, facets.max(12)).iter().map(place).collect()
            };
            let wheel = [[-1.0, 0.5], [-0.9, 0.6], [-0.45, 1.0], [0.45, 1.0], [0.9, 0.6], [1.0, 0.5]];
            loft(&wheel.iter().map(ring).collect::<Vec<_>>(), Cap::Flat, Cap::Flat)
        }
        PommelForm::Ring => {
            let tube = [0.17 * diameter, 0.5 * (0.34 * diameter).min(2.0 * deep)];
            let radius = radius - tube[0];
            torus([0.0, sink - radius - tube[0]], radius, tube, 18, &hilt_polygon(HiltSection::Round, 8))
        }
        PommelForm::Wedge => {
            let ring = |&[down, wide]: &[f32; 2]| {
                let (half, half_depth) = (radius * wide, deep * (0.6 + 0.4 * wide));
                let centre = [0.0, sink - down * length];
                Station { centre, normal: [1.0, 0.0], low: -half, high: half, half_depth }
                    .ring(&hilt_polygon(HiltSection::Box, 8))
            };
            let profile = [[0.0, 0.5], [0.35, 0.66], [0.85, 1.0], [1.0, 0.82]];
            loft(&profile.iter().map(ring).collect::<Vec<_>>(), Cap::Flat, Cap::Flat)
        }
    };
    Some(mesh)
}
