//! The low surface at a texel, and its tangent space.

use crate::mesh::{Vec3, add, cross, dot, scaled, unit};
use crate::solid::Skin;

/// Position and tangent space between a triangle's corners, interpolated as renderers do (Mikkelsen 2008): neither normal
/// nor tangent is brought to unit length, and the bitangent follows from both.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub position: Vec3,
    normal: Vec3,
    tangent: Vec3,
    bitangent: Vec3,
}

impl Frame {
    pub fn of(skin: &Skin, triangle: usize, weights: [f32; 3]) -> Self {
        let index = skin.mesh.triangles[triangle].map(|i| i as usize);
        let blend =
            |at: &dyn Fn(usize) -> Vec3| (0..3).fold([0.0; 3], |sum, k| add(sum, scaled(at(index[k]), weights[k])));
        let normal = blend(&|i| skin.mesh.normals[i]);
        let tangent = blend(&|i| [skin.tangents[i][0], skin.tangents[i][1], skin.tangents[i][2]]);
        let bitangent = scaled(cross(normal, tangent), skin.tangents[index[0]][3]);
        Self { position: blend(&|i| skin.mesh.positions[i]), normal, tangent, bitangent }
    }

    pub fn unit_normal(&self) -> Vec3 {
        unit(self.normal)
    }

    /// The colour from which a renderer gets `n` back: it takes `x * tangent + y * bitangent + z * normal` at unit length. What
    /// falls between two colours goes to the upper one where `dither`, 0 to 1 along tangent and bitangent, lies below the rest:
    /// a byte's steps are half a degree, and polished steel shows them as clouds.
    pub fn encoded(&self, n: Vec3, dither: [f32; 2]) -> [u8; 3] {
        let Self { tangent: t, bitangent: b, normal: m, .. } = *self;
        let whole = dot(t, cross(b, m));
        // Cramer's rule; where the frame is flat, the low surface's own normal.
        let [x, y, z] = if whole.abs() > 1e-12 {
            [dot(n, cross(b, m)) / whole, dot(t, cross(n, m)) / whole, dot(t, cross(b, n)) / whole]
        } else {
            [0.0, 0.0, 1.0]
        };
        // What leans behind the low surface can't be lit through it: it is laid down on the horizon.
        let length = (x * x + y * y + z.max(0.0) * z.max(0.0)).sqrt();
        if length > 1e-6 && length.is_finite() {
            let [a, b] = [0, 1].map(|k| signed([x, y][k] / length, dither[k]));
            [a, b, signed(z.max(0.0) / length, NEAREST)]
        } else {
            FLAT
        }
    }

    /// What a renderer makes of a colour.
    #[cfg(test)]
    pub fn decoded(&self, colour: [u8; 3]) -> Vec3 {
        let [x, y, z] = colour.map(|c| f32::from(c) / 255.0 * 2.0 - 1.0);
        unit(add(add(scaled(self.tangent, x), scaled(self.bitangent, y)), scaled(self.normal, z)))
    }
}

/// Straight out.
const FLAT: [u8; 3] = [128, 128, 255];

/// -1 to 1 as a byte.
fn signed(x: f32, dither: f32) -> u8 {
    ((x * 0.5 + 0.5) * 255.0 + 1.0 - dither).floor().clamp(0.0, 255.0) as u8
}

/// The dither that rounds to the nearest.
const NEAREST: f32 = 0.5;

/// A texel's dither along tangent and bitangent (interleaved gradient noise: Jimenez 2014, "Next Generation Post Processing in Call
/// of Duty: Advanced Warfare").
pub fn dither(column: usize, row: usize) -> [f32; 2] {
    // Far enough apart that the two are strangers.
    [[0.0, 0.0], [47.0, 17.0]].map(|[right, down]| {
        let (x, y) = (column as f32 + right, row as f32 + down);
        (52.982_918 * (0.067_110_56 * x + 0.005_837_15 * y).fract()).fract()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::Mesh;

    fn skin(handedness: f32) -> Skin {
        Skin {
            mesh: Mesh {
                positions: vec![[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
                normals: vec![[0.0, 0.0, 1.0], unit([0.4, 0.0, 1.0]), unit([0.0, 0.3, 1.0])],
                triangles: vec![[0, 1, 2]],
                ..Default::default()
            },
            tangents: vec![[1.0, 0.0, 0.0, handedness]; 3],
            part: vec![0],
            parts: vec![String::new()],
            ..Default::default()
        }
    }

    #[test]
    fn a_renderer_gets_the_normal_back() {
        for handedness in [1.0, -1.0] {
            let frame = Frame::of(&skin(handedness), 0, [0.2, 0.5, 0.3]);
            for n in [[0.0, 0.0, 1.0], [0.5, 0.2, 0.8], [-0.3, -0.6, 0.5]].map(unit) {
                let back = frame.decoded(frame.encoded(n, [NEAREST; 2]));
                assert!(dot(back, n) > 0.9998, "{back:?} for {n:?}");
            }
            assert_eq!(frame.encoded(frame.unit_normal(), [NEAREST; 2]), FLAT);
        }
    }

    #[test]
    fn texels_together_say_what_one_byte_cannot() {
        let frame = Frame::of(&skin(1.0), 0, [1.0, 0.0, 0.0]);
        for lean in [0.0, 0.0013, 0.0026, 0.03] {
            let n = unit([lean, -2.0 * lean, 1.0]);
            let mut sums = [0u32; 2];
            for texel in 0..64 * 64 {
                let colour = frame.encoded(n, dither(texel % 64, texel / 64));
                (0..2).for_each(|k| sums[k] += u32::from(colour[k]));
            }
            for k in 0..2 {
                let (mean, exact) = (sums[k] as f32 / 4096.0, 127.5 * (n[k] + 1.0));
                assert!((mean - exact).abs() < 0.03, "{mean} for {exact}");
            }
        }
    }

    #[test]
    fn up_is_green_where_the_bitangent_points_up() {
        let frame = Frame::of(&skin(1.0), 0, [1.0, 0.0, 0.0]);
        let leaning = frame.encoded(unit([0.0, 0.5, 1.0]), [NEAREST; 2]);
        assert!(leaning[1] > 180 && leaning[0] == 128, "{leaning:?}");
        assert!(frame.encoded(unit([0.5, 0.0, 1.0]), [NEAREST; 2])[0] > 180);
        assert_eq!(frame.encoded([0.0, 0.0, -1.0], [NEAREST; 2]), FLAT);
    }
}
