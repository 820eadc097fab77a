//! The studio: a procedural environment of soft boxes around the camera, and how a surface answers it. All directions in
//! the camera's axes (right, up, toward the viewer), so that the light follows the camera and no view is badly lit.

use super::colour::{encoded, mix};
use super::view::mirrored;
use crate::mesh::{Vec3, add, dot, scaled, unit};

/// What a surface is made of.
#[derive(Clone, Copy)]
pub(super) struct Surface {
    /// Linear base colour.
    pub base: [f32; 3],
    /// 0 matt paint to 1 bare metal.
    pub metal: f32,
    /// 0 mirror to 1 dull.
    pub roughness: f32,
}

/// Brightness from direction `d`: a vertical gradient with a key box upper left, a large dim fill at the right, a strip
/// above and rim lights behind. `roughness` softens the edges of the boxes, as a rough surface's reflection does.
pub(super) fn environment(d: Vec3, roughness: f32) -> [f32; 3] {
    let height = smooth(-0.55, 0.90, d[1]);
    let mut light = mix([0.022, 0.021, 0.021], [0.20, 0.225, 0.265], height);
    let soft = 0.06 + 0.40 * roughness;
    let mut lamp = |towards: Vec3, size: f32, power: f32, tint: [f32; 3]| {
        // Brightest in the middle and trailing off far outside, so that a flat face shows a gradient wherever it looks.
        let angle = dot(unit(towards), d);
        let amount = power * (0.66 * smooth(size - soft, size + soft, angle) + 0.34 * smooth(0.2, 1.0, angle));
        light = add(light, scaled(tint, amount));
    };
    lamp([-0.76, 0.44, 0.48], 0.91, 1.12, [1.0, 0.97, 0.92]);
    lamp([0.88, 0.00, 0.40], 0.90, 0.17, [0.80, 0.89, 1.0]);
    lamp([0.20, 0.96, 0.20], 0.92, 0.40, [0.95, 0.98, 1.0]);
    lamp([-0.92, 0.05, -0.40], 0.90, 0.45, [0.88, 0.94, 1.0]);
    lamp([0.90, 0.22, -0.40], 0.88, 0.80, [1.0, 0.98, 0.94]);
    light
}

/// The light that leaves a surface toward `eye`: diffuse from key, fill and sky, and the environment's reflection under
/// Schlick's Fresnel (Schlick 1994). `n` and `eye` are unit vectors. Linear, may exceed 1.
pub(super) fn shade(n: Vec3, eye: Vec3, surface: Surface) -> [f32; 3] {
    let Surface { base, metal, roughness } = surface;
    let facing = dot(n, eye).clamp(0.0, 1.0);
    let grazing = (1.0 - facing).powi(5) * (1.0 - 0.6 * roughness);
    let reflected = environment(mirrored(eye, n), roughness);
    let wrapped = |towards: Vec3, wrap: f32| ((dot(n, unit(towards)) + wrap) / (1.0 + wrap)).max(0.0);
    let key = 0.72 * wrapped([-0.55, 0.55, 0.70], 0.15);
    let fill = 0.22 * wrapped([0.85, 0.05, 0.50], 0.4);
    let sky = 0.18 + 0.13 * n[1];
    let rim = 0.30 * (1.0 - facing).powi(3) * wrapped([0.6, 0.5, -0.6], 0.6);
    std::array::from_fn(|c| {
        let f0 = 0.04 + (base[c] - 0.04) * metal;
        let mirror = (f0 + (1.0 - f0) * grazing) * reflected[c];
        // A part of the diffuse stays on metal: brushed steel scatters, and shapes read better for it.
        let matt = base[c] * (1.0 - 0.84 * metal) * (key + fill + sky);
        matt + mirror * (0.55 + 0.70 * metal) + rim * (0.35 + 0.65 * base[c])
    })
}

/// Brings open-ended light into `0..1` with a soft shoulder (the rational fit of the ACES curve of Narkowicz 2015, at
/// reduced exposure so that mid grey stays put).
pub(super) fn exposed(light: [f32; 3]) -> [f32; 3] {
    light.map(|x| {
        let x = 0.72 * x.max(0.0);
        (x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14)).clamp(0.0, 1.0)
    })
}

/// Linear light and coverage to an sRGB pixel.
pub(super) fn developed(light: [f32; 3], alpha: f32) -> [u8; 4] {
    [encoded(light[0]), encoded(light[1]), encoded(light[2]), (alpha.clamp(0.0, 1.0) * 255.0 + 0.5) as u8]
}

/// 0 below `from`, 1 above `to`, a smooth cubic between.
pub(super) fn smooth(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bevels_of_a_blade_differ_in_brightness() {
        let steel = Surface { base: [0.55; 3], metal: 1.0, roughness: 0.3 };
        let face = |x: f32| exposed(shade(unit([x, 0.0, 1.0]), [0.0, 0.0, 1.0], steel))[1];
        assert!(face(-0.3) > face(0.0) + 0.1, "{} against {}", face(-0.3), face(0.0));
        assert!(face(-0.3) > face(0.3) + 0.2, "{} against {}", face(-0.3), face(0.3));
    }

    #[test]
    fn light_is_finite_and_exposure_bounded() {
        for i in 0..200 {
            let a = i as f32 * 0.37;
            let n = unit([a.sin(), (a * 1.7).cos(), (a * 0.3).sin()]);
            let light = shade(n, [0.0, 0.0, 1.0], Surface { base: [1.0; 3], metal: 0.5, roughness: 0.0 });
            assert!(light.iter().all(|x| x.is_finite() && *x >= 0.0));
            assert!(exposed(light).iter().all(|x| (0.0..=1.0).contains(x)));
        }
    }
}
