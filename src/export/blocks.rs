//! A primitive's attributes as the bytes of accessors: floats, or in fewer bits.

use meshopt::encode_filter_oct;

use super::document as doc;
use super::layout::{Block, Form};
use super::quantise::{Grid, Quantisation, signed, uv};
use crate::mesh::Vec3;

/// What filters unit vectors.
const OCTAHEDRAL: Option<&str> = Some("OCTAHEDRAL");

/// What filters floats: a signed byte of exponent above three of mantissa.
const EXPONENTIAL: Option<&str> = Some("EXPONENTIAL");

/// Bits of a tangent at most: it only says which way a normal map lies.
const TANGENT_BITS: u32 = 8;

/// How attributes are written.
#[derive(Clone, Copy, Debug)]
pub struct Pen {
    /// `None` for floats.
    pub quantised: Option<(Quantisation, Grid)>,
    pub compressed: bool,
}

impl Pen {
    /// `[N, 3]`, with the bounds that glTF demands.
    pub fn positions(&self, positions: &[Vec3]) -> Block {
        let Some((_, grid)) = &self.quantised else {
            let (min, max) = bounds(positions);
            return Block { min, max, ..floats(positions, "VEC3") };
        };
        let places: Vec<[u16; 3]> = positions.iter().map(|&p| grid.place(p)).collect();
        let (min, max) = bounds(&places.iter().map(|q| q.map(f32::from)).collect::<Vec<_>>());
        let bytes = places.iter().flat_map(|&[x, y, z]| [x, y, z, 0]).flat_map(u16::to_le_bytes).collect();
        Block { form: form(doc::UNSIGNED_SHORT, false, "VEC3", 8, None), bytes, min, max }
    }

    /// `[N, 3]`, unit length.
    pub fn normals(&self, normals: &[Vec3]) -> Block {
        match &self.quantised {
            None => floats(normals, "VEC3"),
            Some((Quantisation { normal, .. }, _)) => {
                let values: Vec<[f32; 4]> = normals.iter().map(|&[x, y, z]| [x, y, z, 0.0]).collect();
                self.directions(&values, *normal, "VEC3")
            }
        }
    }

    /// `[N, 4]`, direction of unit length and handedness.
    pub fn tangents(&self, tangents: &[[f32; 4]]) -> Block {
        match &self.quantised {
            None => floats(tangents, "VEC4"),
            Some((Quantisation { normal, .. }, _)) => self.directions(tangents, TANGENT_BITS.min(*normal), "VEC4"),
        }
    }

    fn directions(&self, values: &[[f32; 4]], bits: u32, kind: &'static str) -> Block {
        let (component, stride) = if bits <= 8 { (doc::BYTE, 4) } else { (doc::SHORT, 8) };
        let filter = OCTAHEDRAL.filter(|_| self.compressed);
        let bytes = match (self.compressed, bits <= 8) {
            (true, true) => encode_filter_oct::<u8>(values, bits as i32).into_flattened(),
            (true, false) => {
                encode_filter_oct::<u16>(values, bits as i32).iter().flatten().flat_map(|x| x.to_le_bytes()).collect()
            }
            // What the last component is rounded to is no matter: it is 0, 1 or -1.
            (false, true) => values.iter().flatten().map(|&x| signed(x, bits, 127.0) as u8).collect(),
            (false, false) => values.iter().flatten().flat_map(|&x| signed(x, bits, 32_767.0).to_le_bytes()).collect(),
        };
        Block { form: form(component, true, kind, stride, filter), bytes, min: Vec::new(), max: Vec::new() }
    }

    /// `[N, 2]`. Beyond the unit square they stay floats.
    ///
    /// Compressed they are whole numbers of `2^-bits` with one exponent: floats for whoever reads them, and shorter than
    /// normalised shorts, whose last bits would have to be zeros.
    pub fn texcoords(&self, uvs: &[[f32; 2]]) -> Block {
        let inside = uvs.iter().flatten().all(|x| (0.0..=1.0).contains(x));
        let Some((Quantisation { uv: bits, .. }, _)) = self.quantised.filter(|_| inside) else {
            return floats(uvs, "VEC2");
        };
        let flat = uvs.iter().flatten();
        let (form, bytes) = if self.compressed {
            let exponent = (-(bits as i32)) as u8;
            let mantissa = |x: f32| (x * (1u32 << bits) as f32).round() as u32;
            let bytes = flat.flat_map(|&x| (u32::from(exponent) << 24 | mantissa(x)).to_le_bytes()).collect();
            (form(doc::FLOAT, false, "VEC2", 8, EXPONENTIAL), bytes)
        } else {
            let bytes = flat.flat_map(|&x| uv(x, bits).to_le_bytes()).collect();
            (form(doc::UNSIGNED_SHORT, true, "VEC2", 4, None), bytes)
        };
        Block { form, bytes, min: Vec::new(), max: Vec::new() }
    }

    /// `[N, 4]` in 0..=1: a byte each, for what is told at the vertices is coarse anyhow.
    pub fn colours(&self, colours: &[[f32; 4]]) -> Block {
        let bytes = colours.iter().flatten().map(|x| (x.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
        Block { form: form(doc::UNSIGNED_BYTE, true, "VEC4", 4, None), bytes, min: Vec::new(), max: Vec::new() }
    }
}

/// `[T, 3]`, in two bytes each if `short`.
pub fn indices(triangles: &[[u32; 3]], short: bool) -> Block {
    let flat = triangles.as_flattened().iter();
    let bytes = if short {
        flat.flat_map(|&index| (index as u16).to_le_bytes()).collect()
    } else {
        flat.flat_map(|index| index.to_le_bytes()).collect()
    };
    let (component, stride) = if short { (doc::UNSIGNED_SHORT, 2) } else { (doc::UNSIGNED_INT, 4) };
    Block { form: form(component, false, "SCALAR", stride, None), bytes, min: Vec::new(), max: Vec::new() }
}

/// Differences of positions, which need bounds as positions do.
pub fn differences(positions: &[Vec3]) -> Block {
    let (min, max) = bounds(positions);
    Block { min, max, ..floats(positions, "VEC3") }
}

/// Numbers of an animation, with their bounds if `bounded`, as times need them.
pub fn scalars(values: &[f32], bounded: bool) -> Block {
    let values: Vec<[f32; 1]> = values.iter().map(|&x| [x]).collect();
    let (min, max) = if bounded { bounds(&values) } else { Default::default() };
    Block { min, max, ..floats(&values, "SCALAR") }
}

/// As they are.
pub fn floats<const N: usize>(values: &[[f32; N]], kind: &'static str) -> Block {
    let bytes = values.as_flattened().iter().flat_map(|x| x.to_le_bytes()).collect();
    Block { form: form(doc::FLOAT, false, kind, 4 * N, None), bytes, min: Vec::new(), max: Vec::new() }
}

fn form(component: u32, normalized: bool, kind: &'static str, stride: usize, filter: Option<&'static str>) -> Form {
    Form { component, normalized, kind, stride, filter }
}

fn bounds<const N: usize>(values: &[[f32; N]]) -> (Vec<f32>, Vec<f32>) {
    let Some(&first) = values.first() else { return Default::default() };
    let (lo, hi) = values.iter().fold((first, first), |(lo, hi), p| {
        (std::array::from_fn(|i| p[i].min(lo[i])), std::array::from_fn(|i| p[i].max(hi[i])))
    });
    (lo.to_vec(), hi.to_vec())
}
