//! Values that vary smoothly over space, the same for the same place: grain, streaks, mottling.

use crate::mesh::Vec3;

/// -1 to 1, with a cell of 1 (value noise: a random value at each point of the lattice, a smooth cubic between them).
pub(super) fn noise(p: Vec3) -> f32 {
    let cell = p.map(f32::floor);
    let t: [f32; 3] = std::array::from_fn(|i| {
        let f = p[i] - cell[i];
        f * f * (3.0 - 2.0 * f)
    });
    // Bit i of k says which end of the cell along axis i.
    let corner = |k: usize| hash(std::array::from_fn(|i| (cell[i] as i32 as u32).wrapping_add((k >> i & 1) as u32)));
    let along_x = |k: usize| corner(k) + t[0] * (corner(k + 1) - corner(k));
    let along_y = |k: usize| along_x(k) + t[1] * (along_x(k + 2) - along_x(k));
    along_y(0) + t[2] * (along_y(4) - along_y(0))
}

/// -1 to 1 for a lattice point (PCG3D's first word: Jarzynski and Olano 2020, "Hash Functions for GPU Rendering").
fn hash(p: [u32; 3]) -> f32 {
    let [mut x, mut y, mut z] = p.map(|v| v.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    x = x.wrapping_add(y.wrapping_mul(z));
    y = y.wrapping_add(z.wrapping_mul(x));
    z = z.wrapping_add(x.wrapping_mul(y));
    [x, y, z] = [x, y, z].map(|v| v ^ (v >> 16));
    x = x.wrapping_add(y.wrapping_mul(z));
    x as f32 / 2_147_483_648.0 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_smooth_centred_and_within_bounds() {
        let (mut sum, mut square) = (0.0, 0.0);
        for i in 0..4000 {
            let p = [i as f32 * 0.37, i as f32 * -0.211, (i % 77) as f32 * 0.59];
            let value = noise(p);
            assert!((-1.0..=1.0).contains(&value));
            assert!((noise([p[0] + 1e-3, p[1], p[2]]) - value).abs() < 5e-3);
            sum += value;
            square += value * value;
        }
        assert!((sum / 4000.0).abs() < 0.05 && square / 4000.0 > 0.05, "{sum} {square}");
    }
}
