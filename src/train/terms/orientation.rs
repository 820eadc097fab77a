//! Patches that face outward: nothing in a chamfer distance says which side of a patch is which.

use candle_core::{Device, Result, Tensor};
use rayon::prelude::*;

use crate::inspect::chamfer::{Soa, nearest_soa};
use crate::mesh::Vec3;
use crate::model::decoder::Surface;
use crate::model::ops::values;

/// Surface points a shape that decoded points look for the nearest among.
pub const TARGETS: usize = 1024;

/// A shape's surface with the side that faces out. Empty for a point cloud without normals, or where nobody asks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Oriented {
    /// `[M, 3]` in network units.
    pub points: Vec<Vec3>,
    /// `[M, 3]`, outward, of length 1, in the unit ball's proportions.
    pub normals: Vec<Vec3>,
}

/// A surface `[P, b n, 3]` as [`super::Scene`] decodes it, one [`Oriented`] a shape -> a scalar, the mean over the decoded
/// points of shapes with normals of `1 - n · n_nearest`: n = f_u × f_v / |f_u × f_v|, n_nearest the normal at the nearest
/// surface point (a constant). 0 where all agree, 2 where all are opposite. `None` if no shape has normals.
///
/// Nearest counts in network units: there the two sides of a blade lie farther apart than their samples.
pub fn orientation(surface: &Surface, shapes: &[Oriented]) -> Result<Option<Tensor>> {
    let (p, rows, _) = surface.points.dims3()?;
    let n = rows / shapes.len();
    let points = values(&surface.points)?;
    let at = |patch: usize, shape: usize, i: usize| (patch * rows + shape * n + i) * 3;
    // [b][P n]
    let nearest: Vec<Vec<Vec3>> = shapes
        .par_iter()
        .enumerate()
        .map(|(shape, oriented)| {
            if oriented.points.is_empty() {
                return Vec::new();
            }
            let own = (0..p).flat_map(|patch| (0..n).map(move |i| at(patch, shape, i)));
            let from: Vec<Vec3> = own.map(|k| [points[k], points[k + 1], points[k + 2]]).collect();
            let (mut distance, mut index) = (vec![0.0; p * n], vec![0; p * n]);
            nearest_soa(Soa::new(&from).axes(), Soa::new(&oriented.points).axes(), &mut distance, &mut index);
            index.into_iter().map(|i| oriented.normals[i as usize]).collect()
        })
        .collect();
    let known = nearest.iter().map(Vec::len).sum::<usize>();
    if known == 0 {
        return Ok(None);
    }
    // A zero for a point without a normal: it adds nothing to the mean.
    let mut normals = vec![0.0f32; p * rows * 3];
    for (shape, nearest) in nearest.iter().enumerate() {
        for (i, normal) in nearest.iter().enumerate() {
            let k = at(i / n, shape, i % n);
            normals[k..k + 3].copy_from_slice(normal);
        }
    }
    let normals = Tensor::from_vec(normals, (p, rows, 3), &Device::Cpu)?;
    let cross = cross(&surface.tangent_u, &surface.tangent_v)?;
    // A point where the patch is a line has no normal; this keeps the gradient finite there.
    let length = (cross.sqr()?.sum(2)? + 1e-12)?.sqrt()?;
    let cosine = ((cross * normals)?.sum(2)? / length)?;
    Ok(Some(((cosine.sum_all()? * (-1.0 / known as f64))? + 1.0)?))
}

/// a × b, `[P, R, 3]` each.
fn cross(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let axis = |x: &Tensor, k: usize| x.narrow(2, k % 3, 1);
    let component = |k: usize| (axis(a, k + 1)? * axis(b, k + 2)?)? - (axis(a, k + 2)? * axis(b, k + 1)?)?;
    Tensor::cat(&[component(0)?, component(1)?, component(2)?], 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One patch, one shape: three points on the plane z = 0.1 with f_u = x and f_v = `v`.
    fn plane(v: Vec3) -> Surface {
        let tensor = |x: [Vec3; 3]| Tensor::new(&x, &Device::Cpu).unwrap().unsqueeze(0).unwrap();
        Surface {
            points: tensor([[0.0, 0.0, 0.1], [1.0, 0.0, 0.1], [0.0, 1.0, 0.1]]),
            tangent_u: tensor([[2.0, 0.0, 0.0]; 3]),
            tangent_v: tensor([v; 3]),
        }
    }

    /// Two sides of a slab.
    fn slab() -> Oriented {
        let side = |z: f32| [[0.0, 0.0, z], [1.0, 0.0, z], [0.0, 1.0, z]];
        let normals = [[[0.0, 0.0, 1.0]; 3], [[0.0, 0.0, -1.0]; 3]].concat();
        Oriented { points: [side(0.1), side(-0.1)].concat(), normals }
    }

    fn value(v: Vec3, shapes: &[Oriented]) -> Option<f32> {
        orientation(&plane(v), shapes).unwrap().map(|t| t.to_scalar().unwrap())
    }

    #[test]
    fn agreement_is_0_and_opposition_2() {
        let near = |x: Option<f32>, y: f32| assert!((x.unwrap() - y).abs() < 1e-5, "{x:?} {y}");
        near(value([0.0, 0.5, 0.0], &[slab()]), 0.0);
        near(value([0.0, -3.0, 0.0], &[slab()]), 2.0);
        near(value([0.0, 1.0, 1.0], &[slab()]), 1.0 - 0.5f32.sqrt());
        assert!(value([1.0, 0.0, 0.0], &[slab()]).unwrap().is_finite());
    }

    #[test]
    fn point_clouds_say_nothing() {
        assert_eq!(value([0.0, 1.0, 0.0], &[Oriented::default()]), None);
        let twice = |x: &Tensor| Tensor::cat(&[x, x], 1).unwrap();
        let Surface { points, tangent_u, tangent_v } = plane([0.0, -1.0, 0.0]);
        let both = Surface { points: twice(&points), tangent_u: twice(&tangent_u), tangent_v: twice(&tangent_v) };
        let found = orientation(&both, &[Oriented::default(), slab()]).unwrap().unwrap();
        assert!((found.to_scalar::<f32>().unwrap() - 2.0).abs() < 1e-5);
    }
}
