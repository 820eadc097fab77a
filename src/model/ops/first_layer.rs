//! The decoder's first layer: uv differs a point, the latent's part a shape, so no input is ever written out in full.

use candle_core::{CpuStorage, CustomOp3, Device, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::{slice, with};

/// The decoder's first layer: uv `[P, B, n, 2]`, weight `[P, 2, H]`, latent part `[P, B, H]` ->
/// `uv · weight + latent`, `[P, B n, H]`. No gradient flows to uv.
#[derive(Clone, Copy)]
pub struct FirstLayer;

impl CustomOp3 for FirstLayer {
    fn name(&self) -> &'static str {
        "first decoder layer"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (p, b, n, _) = l1.shape().dims4()?;
        let h = l2.shape().dims3()?.2;
        let (uv, w, z) = (slice(s1, l1)?, slice(s2, l2)?, slice(s3, l3)?);
        let mut out = vec![0.0f32; p * b * n * h];
        out.par_chunks_mut(n * h).enumerate().for_each(|(pb, out)| {
            let (wu, wv) = w[pb / b * 2 * h..][..2 * h].split_at(h);
            let z = &z[pb * h..(pb + 1) * h];
            for (out, uv) in out.chunks_exact_mut(h).zip(uv[pb * n * 2..].chunks_exact(2)) {
                for (((out, z), wu), wv) in out.iter_mut().zip(z).zip(wu).zip(wv) {
                    *out = uv[0] * wu + uv[1] * wv + z;
                }
            }
        });
        Ok((CpuStorage::F32(out), Shape::from((p, b * n, h))))
    }

    fn bwd(
        &self,
        uv: &Tensor,
        weight: &Tensor,
        latent: &Tensor,
        _res: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (p, b, n, _) = uv.dims4()?;
        let h = weight.dim(2)?;
        // Per patch and shape: [d wu, d wv, d latent], then the weights' sums over the shapes in order.
        let sums: Vec<Vec<f32>> = with([uv, grad], |[uv, grad]| {
            let sum = |pb: usize| {
                let mut sum = vec![0.0f32; 3 * h];
                let (du, rest) = sum.split_at_mut(h);
                let (dv, dz) = rest.split_at_mut(h);
                let uv = uv[pb * n * 2..(pb + 1) * n * 2].chunks_exact(2);
                for (uv, g) in uv.zip(grad[pb * n * h..].chunks_exact(h)) {
                    for (((du, dv), dz), g) in du.iter_mut().zip(dv.iter_mut()).zip(dz.iter_mut()).zip(g) {
                        *du += uv[0] * g;
                        *dv += uv[1] * g;
                        *dz += g;
                    }
                }
                sum
            };
            Ok((0..p * b).into_par_iter().map(sum).collect())
        })?;
        let mut dw = vec![0.0f32; p * 2 * h];
        for (pb, sum) in sums.iter().enumerate() {
            dw[pb / b * 2 * h..][..2 * h].iter_mut().zip(sum).for_each(|(d, s)| *d += s);
        }
        let dz: Vec<f32> = sums.iter().flat_map(|s| s[2 * h..].iter().copied()).collect();
        Ok((
            None,
            Some(Tensor::from_vec(dw, weight.shape(), &Device::Cpu)?),
            Some(Tensor::from_vec(dz, latent.shape(), &Device::Cpu)?),
        ))
    }
}
