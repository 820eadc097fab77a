//! Directions of a hemisphere, spread evenly by the cosine of their angle to its pole.

use crate::mesh::{Vec3, add, scaled};

/// Sets that neighbouring points take in turn, 4 x 4 of them.
pub(super) const SETS: usize = 16;

/// `[SETS, count]` directions around +Z. Each set alone is spread evenly (Hammersley's points, lifted from the disc by
/// Malley's method: Pharr, Physically Based Rendering, 13.6.3), and all together sixteen times as finely.
pub(super) fn sets(count: usize) -> Vec<Vec<Vec3>> {
    let turn = |x: f32| std::f32::consts::TAU * x.fract();
    (0..SETS)
        .map(|set| {
            // Each set has its own place within the strata, and its own turn: steps of the golden ratio.
            let (shift, start) = ((set as f32 * 7.0 % 16.0 + 0.5) / SETS as f32, set as f32 * 0.618_034);
            (0..count)
                .map(|i| {
                    let radius = ((i as f32 + shift) / count as f32).sqrt();
                    let angle = turn((i as u32).reverse_bits() as f32 / 4_294_967_296.0 + start);
                    [radius * angle.cos(), radius * angle.sin(), (1.0 - radius * radius).max(0.0).sqrt()]
                })
                .collect()
        })
        .collect()
}

/// Which set the point at a column and row takes: every 4 x 4 points hold each once.
pub(super) fn set_at(column: usize, row: usize) -> usize {
    4 * (row % 4) + column % 4
}

/// The direction `d` with +Z turned to the unit vector `n` (Duff 2017, "Building an Orthonormal Basis, Revisited").
pub(super) fn around(n: Vec3, d: Vec3) -> Vec3 {
    let sign = 1f32.copysign(n[2]);
    let a = -1.0 / (sign + n[2]);
    let b = n[0] * n[1] * a;
    let x = [1.0 + sign * n[0] * n[0] * a, sign * b, -sign * n[0]];
    let y = [b, sign + n[1] * n[1] * a, -n[1]];
    add(add(scaled(x, d[0]), scaled(y, d[1])), scaled(n, d[2]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::{dot, norm, unit};

    #[test]
    fn directions_are_weighted_by_the_cosine() {
        for set in sets(32) {
            // Under a density of cos / pi the mean of the cosine is 2/3, and sideways 0.
            let mean = set.iter().fold([0.0; 3], |sum, &d| add(sum, scaled(d, 1.0 / 32.0)));
            assert!((mean[2] - 2.0 / 3.0).abs() < 0.03 && mean[0].abs() < 0.06 && mean[1].abs() < 0.06, "{mean:?}");
        }
    }

    #[test]
    fn the_pole_turns_to_the_normal() {
        for n in [[0.0, 0.0, 1.0], [0.0, 0.0, -1.0], [0.3, -0.9, 0.1], [1.0, 0.0, 0.0]].map(unit) {
            assert!(dot(around(n, [0.0, 0.0, 1.0]), n) > 0.99999);
            for d in &sets(4)[3] {
                let turned = around(n, *d);
                assert!((norm(turned) - 1.0).abs() < 1e-5 && (dot(turned, n) - d[2]).abs() < 1e-5);
            }
        }
    }
}
