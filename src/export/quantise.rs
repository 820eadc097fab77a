//! Attributes in fewer bits (`KHR_mesh_quantization`): positions on a grid, directions and uvs as normalised integers.

use crate::mesh::Vec3;

/// Bits a component. The defaults are `gltfpack`'s but for normals, whose 8 bits band on a polished blade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantisation {
    /// 1 to 16: a 1.1 m sword is told to 1.1 m / 2^14, 67 micrometres.
    pub position: u32,
    /// 2 to 16; more than 8 take two bytes.
    pub normal: u32,
    /// 1 to 16: 12 are a quarter of a texel at 1,024.
    pub uv: u32,
}

impl Default for Quantisation {
    fn default() -> Self {
        Self { position: 14, normal: 10, uv: 12 }
    }
}

impl Quantisation {
    /// The same with bits that can be written.
    pub(super) fn clamped(self) -> Self {
        let Self { position, normal, uv } = self;
        Self { position: position.clamp(1, 16), normal: normal.clamp(2, 16), uv: uv.clamp(1, 16) }
    }
}

/// The cube that all positions of a file lie in: one for all, so that what met still meets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    pub origin: Vec3,
    /// Metres from one value to the next; a decoded position is off by at most half of it on each axis.
    pub step: f32,
    most: f32,
}

impl Grid {
    /// Around all points, with `2^bits` values along the longest side.
    pub fn around<'a>(points: impl Iterator<Item = &'a Vec3>, bits: u32) -> Self {
        let (lo, hi) = points.fold(([f32::INFINITY; 3], [f32::NEG_INFINITY; 3]), |(lo, hi), p| {
            (std::array::from_fn(|i| p[i].min(lo[i])), std::array::from_fn(|i| p[i].max(hi[i])))
        });
        let extent = (0..3).map(|i| hi[i] - lo[i]).fold(0.0, f32::max);
        let most = ((1u32 << bits) - 1) as f32;
        let step = if extent > 0.0 && extent.is_finite() { extent / most } else { 1.0 };
        Self { origin: if lo[0].is_finite() { lo } else { [0.0; 3] }, step, most }
    }

    pub fn place(&self, p: Vec3) -> [u16; 3] {
        // In f64: the quotient of a long sword's f32 would be off by a sixteenth of a step.
        std::array::from_fn(|i| {
            let away = f64::from(p[i]) - f64::from(self.origin[i]);
            (away / f64::from(self.step)).round().clamp(0.0, f64::from(self.most)) as u16
        })
    }
}

/// A texture coordinate in 0..=1 as a normalised short whose last bits are zero.
pub fn uv(x: f32, bits: u32) -> u16 {
    let coarse = f64::from(1u32 << (16 - bits));
    let most = f64::from((1u32 << bits) - 1);
    ((f64::from(x) * f64::from(u16::MAX) / coarse).round().clamp(0.0, most) * coarse) as u16
}

/// A number in -1..=1 as a signed one of so many bits, in the units of the type that holds it (`most` is its largest value).
pub fn signed(x: f32, bits: u32, most: f32) -> i16 {
    let limit = ((1u32 << (bits - 1)) - 1) as f32;
    let coarse = (x.clamp(-1.0, 1.0) * limit).round();
    (coarse / limit * most).round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_within_half_a_step() {
        let points: Vec<Vec3> =
            (0..500).map(|i| [(i as f32 * 0.7).sin() * 0.1, i as f32 / 450.0 - 0.2, (i as f32).cos() * 0.01]).collect();
        for bits in [8, 14, 16] {
            let grid = Grid::around(points.iter(), bits);
            assert!((grid.step * ((1 << bits) - 1) as f32 - 499.0 / 450.0).abs() < 1e-6);
            for p in &points {
                let q = grid.place(*p);
                for i in 0..3 {
                    let back = grid.origin[i] + f32::from(q[i]) * grid.step;
                    assert!((back - p[i]).abs() <= grid.step * 0.5001 + 1e-7, "{bits} bits: {back} for {}", p[i]);
                }
            }
        }
    }

    #[test]
    fn one_point_is_its_own_origin() {
        let grid = Grid::around([[1.0, 2.0, 3.0]].iter(), 14);
        assert_eq!((grid.origin, grid.place([1.0, 2.0, 3.0])), ([1.0, 2.0, 3.0], [0; 3]));
        assert_eq!(Grid::around([].iter(), 14).origin, [0.0; 3]);
    }

    #[test]
    fn ends_are_kept() {
        assert_eq!((uv(0.0, 12), uv(1.0, 16), uv(1.0, 12)), (0, 65_535, 65_520));
        assert_eq!((signed(1.0, 8, 127.0), signed(-1.0, 10, 32_767.0), signed(0.0, 10, 32_767.0)), (127, -32_767, 0));
        for i in 0..=1000 {
            let x = i as f32 / 1000.0;
            assert!((f32::from(uv(x, 12)) / 65_535.0 - x).abs() <= 1.0 / 4096.0);
            assert!((f32::from(signed(x, 10, 32_767.0)) / 32_767.0 - x).abs() <= 0.5 / 511.0 + 1e-4);
        }
    }
}
