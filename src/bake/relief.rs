//! Relief that the surface itself doesn't have: the strap around a grip, the grain of leather and wood.
//!
//! A relief is a height over the surface as a function of space; the normal leans down its slope.

use super::noise::noise;
use super::part::Lie;
use crate::mesh::{Vec3, dot, norm, scaled, sub, unit};

/// A strap wound around a grip as a helix.
#[derive(Clone, Debug)]
pub(super) struct Wrap {
    pub lie: Lie,
    /// From turn to turn along the part.
    pub pitch: f32,
}

impl Wrap {
    /// Across the strap: -1 and 1 at the seams between its turns, 0 on its back.
    pub fn across(&self, p: Vec3) -> f32 {
        let [x, z] = self.lie.off(p);
        // The angle on the ellipse of the grip's section, so that the strap rises evenly around a flat grip too.
        let angle = (z / self.lie.radii[1]).atan2(x / self.lie.radii[0]);
        (p[self.lie.along] / self.pitch + angle / std::f32::consts::TAU).rem_euclid(1.0) * 2.0 - 1.0
    }

    /// Height at `across`: nearly flat, rolled down into the seam.
    pub fn height(&self, across: f32) -> f32 {
        let roll = across * across;
        -0.055 * self.pitch * roll * roll * roll
    }

    /// How deep in the seam, 0 to 1.
    pub fn seam(&self, across: f32) -> f32 {
        let t = ((across.abs() - 0.80) / 0.20).clamp(0.0, 1.0);
        t * t * (3.0 - 2.0 * t)
    }
}

/// The unit normal `n` leaned down the slope of `height` at `p`, sampled `step` apart. The slope along `n` is none of the
/// surface's (Mikkelsen 2010, "Bump Mapping Unparametrized Surfaces on the GPU", without its screen derivatives).
pub(super) fn leaned(n: Vec3, p: Vec3, step: f32, height: impl Fn(Vec3) -> f32) -> Vec3 {
    let slope: Vec3 = std::array::from_fn(|i| {
        let at = |s: f32| {
            let mut q = p;
            q[i] += s;
            height(q)
        };
        (at(0.5 * step) - at(-0.5 * step)) / step
    });
    let slope = sub(slope, scaled(n, dot(slope, n)));
    // Steeper than 45 degrees would be torn, not embossed.
    let steep = norm(slope);
    let slope = if steep > 1.0 { scaled(slope, 1.0 / steep) } else { slope };
    unit(sub(n, slope))
}

/// Pores of leather: creases around cells of about `cell`, and finer ones; height.
pub(super) fn pores(p: Vec3, cell: f32) -> f32 {
    let coarse = noise(scaled(p, 1.0 / cell)).abs();
    let fine = noise(scaled(p, 2.3 / cell));
    cell * (0.16 * coarse + 0.05 * fine)
}

/// Fibres along the axis: -1 to 1, `width` from one to the next.
pub(super) fn fibres(p: Vec3, along: usize, width: f32) -> f32 {
    let mut q = scaled(p, 1.0 / width);
    q[along] *= 0.02;
    let coarse = noise(q);
    let mut fine = scaled(q, 2.7);
    fine[along] += 31.0;
    0.65 * coarse + 0.35 * noise(fine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bake::Dense;
    use crate::mesh::Mesh;

    #[test]
    fn a_slope_leans_the_normal_away_from_what_rises() {
        let n = leaned([0.0, 0.0, 1.0], [0.3, 0.2, 0.0], 1e-2, |p| 0.5 * p[0] + 9.0 * p[2]);
        assert!((n[0] / n[2] + 0.5).abs() < 1e-3 && n[1].abs() < 1e-4, "{n:?}");
    }

    #[test]
    fn a_strap_has_one_turn_a_pitch_and_one_around() {
        let mesh = Mesh {
            positions: vec![[-1.0, -4.0, -1.0], [1.0, -4.0, 1.0], [-1.0, 4.0, -1.0], [1.0, 4.0, 1.0]],
            triangles: vec![[0, 1, 2], [1, 2, 3]],
            ..Default::default()
        };
        let wrap = Wrap { lie: Lie::of(&Dense { mesh: &mesh, part: &[0, 0] }, 0), pitch: 0.5 };
        let here = wrap.across([1.0, 0.1, 0.0]);
        assert!((wrap.across([1.0, 0.6, 0.0]) - here).abs() < 1e-4);
        let opposite = wrap.across([-1.0, 0.1, 0.0]);
        assert!(((opposite - here).abs() - 1.0).abs() < 1e-4, "{here} {opposite}");
        assert_eq!((wrap.seam(0.0), wrap.seam(1.0), wrap.height(0.0)), (0.0, 1.0, 0.0));
        assert!((wrap.height(1.0) - wrap.height(-1.0)).abs() < 1e-9 && wrap.height(1.0) < 0.0);
    }
}
