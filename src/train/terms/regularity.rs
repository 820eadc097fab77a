//! Even, unsheared patches: Bednarik et al. 2020, *Shape Reconstruction by Learning Differentiable Surface
//! Representations* (arXiv 1911.11227), section 3.4.

use candle_core::{Result, Tensor};

/// Tangents `[P, b n, 3]` in the unit ball's units -> a scalar, the mean over patches and shapes of
/// `mean (E - E')² + mean (G - G')² + mean F²`, where E = f_u·f_u, F = f_u·f_v, G = f_v·f_v, and E', G' are means over the
/// patch's n points. 0 where every patch is stretched alike everywhere (along u and along v each) and keeps right angles.
pub fn regularity(tangent_u: &Tensor, tangent_v: &Tensor, shapes: usize) -> Result<Tensor> {
    let (p, rows, _) = tangent_u.dims3()?;
    let form = |a: &Tensor, b: &Tensor| (a * b)?.sum(2)?.reshape((p, shapes, rows / shapes));
    let spread = |x: Tensor| x.broadcast_sub(&x.mean_keepdim(2)?)?.sqr()?.mean_all();
    let e = spread(form(tangent_u, tangent_u)?)?;
    let g = spread(form(tangent_v, tangent_v)?)?;
    let f = form(tangent_u, tangent_v)?.sqr()?.mean_all()?;
    (e + g)? + f
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    fn tensor(x: &[[f32; 3]]) -> Tensor {
        Tensor::from_slice(x.as_flattened(), (1, x.len(), 3), &Device::Cpu).unwrap()
    }

    fn value(u: &[[f32; 3]], v: &[[f32; 3]]) -> f32 {
        regularity(&tensor(u), &tensor(v), 1).unwrap().to_scalar().unwrap()
    }

    #[test]
    fn a_rectangle_is_regular_however_it_is_turned() {
        let turned = [[0.6, 0.8, 0.0]; 4];
        assert!(value(&turned, &[[0.0, 0.0, 0.3]; 4]) < 1e-12);
    }

    #[test]
    fn shear_and_uneven_stretch_count() {
        // F = 0.5 everywhere.
        assert!((value(&[[1.0, 0.0, 0.0]; 2], &[[0.5, 1.0, 0.0]; 2]) - 0.25).abs() < 1e-6);
        // E is 1 and 4: 1.5 from their mean.
        let uneven = value(&[[1.0, 0.0, 0.0], [2.0, 0.0, 0.0]], &[[0.0, 1.0, 0.0]; 2]);
        assert!((uneven - 2.25).abs() < 1e-6, "{uneven}");
        // Two shapes of one point each: each even in itself.
        let (u, v) = (tensor(&[[1.0, 0.0, 0.0], [2.0, 0.0, 0.0]]), tensor(&[[0.0, 1.0, 0.0]; 2]));
        assert!(regularity(&u, &v, 2).unwrap().to_scalar::<f32>().unwrap() < 1e-12);
    }
}
