//! A multiply-add a column and the nonlinearity in one pass: what every normalisation comes down to.

use candle_core::{CpuStorage, CustomOp3, Device, Layout, Result, Shape, Tensor};

use super::rows::{for_blocks, halves, row_sums};
use super::{slice, with};
use crate::model::activation::Act;

/// A constant multiply-add and the nonlinearity, x `[G, R, C]`, a and b `[G, 1, C]` -> `act(a x + b)`: batch-norm with
/// running statistics, or a plain bias (a = 1). Gradients flow to all three.
#[derive(Clone, Copy)]
pub struct ScaleShiftAct(pub Act);

impl CustomOp3 for ScaleShiftAct {
    fn name(&self) -> &'static str {
        "scale, shift and activation"
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
        let (_, rows, c) = l1.shape().dims3()?;
        let (x, a, b) = (slice(s1, l1)?, slice(s2, l2)?, slice(s3, l3)?);
        let out = forward(self.0, x, a, b, rows, c);
        Ok((CpuStorage::F32(out), l1.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        a: &Tensor,
        b: &Tensor,
        _res: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (groups, rows, c) = x.dims3()?;
        let (dx, [da, db]) = with([x, a, b, grad], |[x, a, b, grad]| {
            let mut d = backward(self.0, x, a, b, grad, rows, c);
            let sums = row_sums(groups, rows, 2 * c, |_, row, sum| {
                let (da, db) = sum.split_at_mut(c);
                let at = row * c..(row + 1) * c;
                for (((da, db), d), x) in da.iter_mut().zip(db).zip(&d[at.clone()]).zip(&x[at]) {
                    *da += d * x;
                    *db += d;
                }
            });
            for_blocks(&mut d, rows, c, |g, _, block| {
                for row in block.chunks_exact_mut(c) {
                    row.iter_mut().zip(&a[g * c..(g + 1) * c]).for_each(|(d, a)| *d *= a);
                }
            });
            Ok((d, halves(&sums, c)))
        })?;
        Ok((
            Some(Tensor::from_vec(dx, x.shape(), &Device::Cpu)?),
            Some(Tensor::from_vec(da, a.shape(), &Device::Cpu)?),
            Some(Tensor::from_vec(db, b.shape(), &Device::Cpu)?),
        ))
    }
}

/// `act(x * a + b)` of x `[G, R, C]`, a and b `[G, C]`.
pub(super) fn forward(act: Act, x: &[f32], a: &[f32], b: &[f32], rows: usize, c: usize) -> Vec<f32> {
    let mut out = vec![0.0f32; x.len()];
    for_blocks(&mut out, rows, c, |g, row, block| {
        let at = g * c..(g + 1) * c;
        scale_shift_act(act, &x[row * c..], &a[at.clone()], &b[at], block);
    });
    out
}

/// `grad * act'(x * a + b)`, shapes as in [`forward`]: the gradient of what goes into the nonlinearity.
pub(super) fn backward(act: Act, x: &[f32], a: &[f32], b: &[f32], grad: &[f32], rows: usize, c: usize) -> Vec<f32> {
    let mut d = vec![0.0f32; x.len()];
    for_blocks(&mut d, rows, c, |g, row, block| {
        let at = g * c..(g + 1) * c;
        act_backward(act, &x[row * c..], &a[at.clone()], &b[at], &grad[row * c..], block);
    });
    d
}

/// `out = act(x * a + b)` over rows of `a.len()` columns.
fn scale_shift_act(act: Act, x: &[f32], a: &[f32], b: &[f32], out: &mut [f32]) {
    fn run(x: &[f32], a: &[f32], b: &[f32], out: &mut [f32], f: impl Fn(f32) -> f32) {
        let c = a.len();
        for (out, x) in out.chunks_exact_mut(c).zip(x.chunks_exact(c)) {
            for (((out, x), a), b) in out.iter_mut().zip(x).zip(a).zip(b) {
                *out = f(x * a + b);
            }
        }
    }
    match act {
        Act::Identity => run(x, a, b, out, |x| x),
        Act::Relu => run(x, a, b, out, |x| x.max(0.0)),
        Act::Softplus => run(x, a, b, out, |x| Act::Softplus.value_and_slope(x).0),
        Act::Silu => run(x, a, b, out, |x| Act::Silu.value_and_slope(x).0),
    }
}

/// `out = grad * act'(x * a + b)` over rows of `a.len()` columns.
fn act_backward(act: Act, x: &[f32], a: &[f32], b: &[f32], grad: &[f32], out: &mut [f32]) {
    fn run(x: &[f32], a: &[f32], b: &[f32], grad: &[f32], out: &mut [f32], f: impl Fn(f32) -> f32) {
        let c = a.len();
        for ((out, x), grad) in out.chunks_exact_mut(c).zip(x.chunks_exact(c)).zip(grad.chunks_exact(c)) {
            for ((((out, x), g), a), b) in out.iter_mut().zip(x).zip(grad).zip(a).zip(b) {
                *out = g * f(x * a + b);
            }
        }
    }
    match act {
        Act::Identity => out.copy_from_slice(&grad[..out.len()]),
        Act::Relu => run(x, a, b, grad, out, |x| if x > 0.0 { 1.0 } else { 0.0 }),
        Act::Softplus => run(x, a, b, grad, out, |x| Act::Softplus.value_and_slope(x).1),
        Act::Silu => run(x, a, b, grad, out, |x| Act::Silu.value_and_slope(x).1),
    }
}
