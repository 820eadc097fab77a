//! The encoder's pooling: what makes it blind to the order of its points.

use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::{slice, with};

/// Max over the points, `[B, N, F]` -> `[B, F]`; the gradient goes to the first point that attains it.
#[derive(Clone, Copy)]
pub struct MaxPool;

fn arg_max(x: &[f32], n: usize, f: usize) -> (Vec<f32>, Vec<u32>) {
    let mut best = x[..f].to_vec();
    let mut index = vec![0u32; f];
    for i in 1..n {
        for ((b, k), x) in best.iter_mut().zip(&mut index).zip(&x[i * f..(i + 1) * f]) {
            if *x > *b {
                (*b, *k) = (*x, i as u32);
            }
        }
    }
    (best, index)
}

impl CustomOp1 for MaxPool {
    fn name(&self) -> &'static str {
        "max pool over points"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (b, n, f) = layout.shape().dims3()?;
        let x = slice(storage, layout)?;
        let rows: Vec<Vec<f32>> = x.par_chunks(n * f).map(|x| arg_max(x, n, f).0).collect();
        Ok((CpuStorage::F32(rows.concat()), Shape::from((b, f))))
    }

    fn bwd(&self, arg: &Tensor, _res: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let (_, n, f) = arg.dims3()?;
        let dx = with([arg, grad], |[x, grad]| {
            let mut dx = vec![0.0f32; x.len()];
            dx.par_chunks_mut(n * f).zip(x.par_chunks(n * f)).zip(grad.par_chunks(f)).for_each(|((dx, x), g)| {
                for (j, &i) in arg_max(x, n, f).1.iter().enumerate() {
                    dx[i as usize * f + j] = g[j];
                }
            });
            Ok(dx)
        })?;
        Ok(Some(Tensor::from_vec(dx, arg.shape(), &Device::Cpu)?))
    }
}
