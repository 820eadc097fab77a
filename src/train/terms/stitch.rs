//! Borders that meet: a chamfer distance is blind to a gap narrower than its points' spacing.

use candle_core::{Device, Result, Tensor};
use rayon::prelude::*;

use crate::inspect::chamfer::{Soa, nearest_soa};
use crate::mesh::Vec3;
use crate::model::decoder::decode;
use crate::model::layer::Mode;
use crate::model::ops::values;
use crate::model::{Config, Weights};

/// Border points along one side of a patch.
pub const SIDE: usize = 8;

/// z `[b, G D]` -> the border of every patch, `[b, P, 4 SIDE, 3]`, in network units.
pub fn borders(weights: &Weights, config: &Config, z: &Tensor) -> Result<Tensor> {
    let (p, b, m) = (config.patches, z.dim(0)?, 4 * SIDE);
    let uv = Tensor::from_vec(border().concat(), (1, 1, m, 2), &Device::Cpu)?.broadcast_as((p, b, m, 2))?;
    let points = decode(weights, config, z, &uv, &mut Mode::Eval)?;
    points.reshape((p, b, m, 3))?.transpose(0, 1)?.contiguous()
}

/// Around the unit square, each corner once, `[4 SIDE, 2]`.
fn border() -> Vec<[f32; 2]> {
    let along = (0..SIDE).map(|i| i as f32 / SIDE as f32);
    let corners: [fn(f32) -> [f32; 2]; 4] = [|t| [t, 0.0], |t| [1.0, t], |t| [1.0 - t, 1.0], |t| [0.0, 1.0 - t]];
    corners.iter().flat_map(|side| along.clone().map(side)).collect()
}

/// Border points `[b, P, m, 3]` -> a scalar, the mean squared distance from a point to the nearest border point of another
/// patch of its shape. Both ends of a pair are pulled.
///
/// # Errors
/// With one patch only, which has no other.
pub fn stitch(borders: &Tensor) -> Result<Tensor> {
    let (b, p, m, _) = borders.dims4()?;
    if p < 2 {
        candle_core::bail!("stitching wants two patches");
    }
    let flat = values(borders)?;
    let shape = |flat: &[f32], shape: usize| -> Vec<u32> {
        let points: Vec<Vec3> = flat.chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect();
        let mut partners = Vec::with_capacity(p * m);
        for patch in 0..p {
            let own = patch * m..(patch + 1) * m;
            let others = [&points[..own.start], &points[own.end..]].concat();
            let (mut distance, mut index) = (vec![0.0; m], vec![0; m]);
            let from = Soa::new(&points[own.clone()]);
            nearest_soa(from.axes(), Soa::new(&others).axes(), &mut distance, &mut index);
            let skip = |i: u32| if (i as usize) < own.start { i } else { i + m as u32 };
            partners.extend(index.into_iter().map(|i| (shape * p * m) as u32 + skip(i)));
        }
        partners
    };
    let partners: Vec<u32> = flat.par_chunks(p * m * 3).enumerate().flat_map_iter(|(i, s)| shape(s, i)).collect();
    let points = borders.reshape((b * p * m, 3))?;
    let partners = points.index_select(&Tensor::new(partners, &Device::Cpu)?, 0)?;
    (points - partners)?.sqr()?.sum(1)?.mean_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_border_is_a_ring_of_even_steps() {
        let ring = border();
        assert_eq!(ring.len(), 4 * SIDE);
        for (i, a) in ring.iter().enumerate() {
            let b = ring[(i + 1) % ring.len()];
            let step = (b[0] - a[0]).abs() + (b[1] - a[1]).abs();
            assert!((step - 1.0 / SIDE as f32).abs() < 1e-6 && a.iter().any(|x| *x == 0.0 || *x == 1.0), "{a:?} {b:?}");
        }
    }

    #[test]
    fn neighbours_are_of_another_patch_and_the_same_shape() {
        // Two shapes of three one-line patches; a patch's own points are the nearest, and don't count.
        let lines = |x: [f32; 3]| x.map(|x| [[x, 0.0, 0.0], [x, 0.01, 0.0]]);
        let tensor = |shapes: &[[[[f32; 3]; 2]; 3]]| {
            let flat = shapes.as_flattened().as_flattened().as_flattened();
            Tensor::from_slice(flat, (shapes.len(), 3, 2, 3), &Device::Cpu).unwrap()
        };
        let value = |t: &Tensor| stitch(t).unwrap().to_scalar::<f32>().unwrap();
        let apart = value(&tensor(&[lines([0.0, 1.0, 3.0])]));
        assert!((apart - (1.0 + 1.0 + 4.0) / 3.0).abs() < 1e-5, "{apart}");
        let both = value(&tensor(&[lines([0.0, 1.0, 3.0]), lines([0.0, 0.5, 1.0])]));
        assert!((both - (2.0 + 0.25) / 2.0).abs() < 1e-5, "{both}");
        assert!(value(&tensor(&[lines([2.0, 2.0, 2.0])])) < 1e-12);
        assert!(stitch(&Tensor::zeros((1, 1, 4, 3), candle_core::DType::F32, &Device::Cpu).unwrap()).is_err());
    }
}
