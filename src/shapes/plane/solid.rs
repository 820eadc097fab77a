//! Small closed bodies: solids of revolution along Z, bars, wheels, blades.

use crate::mesh::{Mesh, Vec3, add, cross, scaled, sub, unit};
use crate::shapes::loft::{Cap, loft};

/// A solid along -Z from `front`: stations (distance backward, radius) in metres; `around` points, flattened by `tall`
/// along Y. Its walls may turn back, which makes an intake.
pub(super) fn turned(front: Vec3, stations: &[[f32; 2]], tall: f32, around: usize, caps: [Cap; 2]) -> Mesh {
    let ring = |&[back, radius]: &[f32; 2]| -> Vec<Vec3> {
        (0..around)
            .map(|k| {
                let (sin, cos) = (std::f32::consts::TAU * (k as f32 + 0.5) / around as f32).sin_cos();
                [front[0] + radius * cos, front[1] + tall * radius * sin, front[2] - back]
            })
            .collect()
    };
    loft(&stations.iter().map(ring).collect::<Vec<_>>(), caps[0], caps[1])
}

/// A straight bar with an oval section between two points, `wide` along the direction nearest Z and `thin` across.
pub(super) fn bar(from: Vec3, to: Vec3, wide: f32, thin: f32) -> Mesh {
    let along = unit(sub(to, from));
    let side = unit(cross(along, [0.0, 0.0, 1.0]));
    let depth = cross(side, along);
    let ring = |centre: Vec3| -> Vec<Vec3> {
        (0..8)
            .map(|k| {
                let (sin, cos) = (std::f32::consts::TAU * (k as f32 + 0.5) / 8.0).sin_cos();
                add(centre, add(scaled(side, 0.5 * thin * cos), scaled(depth, 0.5 * wide * sin)))
            })
            .collect()
    };
    loft(&[ring(from), ring(to)], Cap::Flat, Cap::Flat)
}

/// A wheel with its axle along X.
pub(super) fn wheel(centre: Vec3, radius: f32, width: f32) -> Mesh {
    let ring = |[across, share]: [f32; 2]| -> Vec<Vec3> {
        (0..14)
            .map(|k| {
                let (sin, cos) = (std::f32::consts::TAU * (k as f32 + 0.5) / 14.0).sin_cos();
                [centre[0] + across * width, centre[1] + share * radius * sin, centre[2] + share * radius * cos]
            })
            .collect()
    };
    let profile = [[-0.5, 0.6], [-0.42, 0.9], [-0.2, 1.0], [0.2, 1.0], [0.42, 0.9], [0.5, 0.6]];
    loft(&profile.map(ring), Cap::Flat, Cap::Flat)
}

/// One blade of a propeller that turns about Z, standing out of `hub` at `angle` from +X, mirror-symmetric.
pub(super) fn blade(hub: Vec3, angle: f32, radius: f32) -> Mesh {
    let (sin, cos) = angle.sin_cos();
    let ring = |[share, wide, thick]: [f32; 3]| -> Vec<Vec3> {
        [[-1.0, 0.0], [-0.5, 0.8], [0.5, 0.8], [1.0, 0.0], [0.5, -0.8], [-0.5, -0.8]]
            .map(|[u, v]| {
                let (out, across) = (share * radius, 0.5 * u * wide * radius);
                [
                    hub[0] + cos * out - sin * across,
                    hub[1] + sin * out + cos * across,
                    hub[2] + 0.5 * v * thick * radius,
                ]
            })
            .to_vec()
    };
    let rings = [
        [0.04, 0.1, 0.08],
        [0.22, 0.12, 0.06],
        [0.5, 0.17, 0.045],
        [0.8, 0.16, 0.035],
        [0.95, 0.12, 0.03],
        [1.0, 0.06, 0.025],
    ];
    loft(&rings.map(ring), Cap::Flat, Cap::Flat)
}
