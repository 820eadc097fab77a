//! Batch normalisation with the statistics of its own rows.

use std::sync::{Arc, Mutex};

use candle_core::{CpuStorage, CustomOp3, Device, Layout, Result, Shape, Tensor};

use super::rows::{for_blocks, halves, row_sums};
use super::scale_shift::{backward, forward};
use super::{slice, with};
use crate::model::activation::Act;

/// Batch statistics of one call, `[G, C]` each: mean and biased variance over the rows.
#[derive(Clone, Debug, Default)]
pub struct BatchStatistics {
    pub mean: Vec<f32>,
    pub variance: Vec<f32>,
    pub rows: usize,
}

/// Batch normalisation and nonlinearity in one: x `[G, R, C]`, scale and shift `[G, 1, C]` ->
/// `act(scale * (x - mean) / sqrt(variance + eps) + shift)` with the statistics of the R rows (Ioffe & Szegedy 2015).
#[derive(Clone)]
pub struct NormAct {
    act: Act,
    statistics: Arc<Mutex<BatchStatistics>>,
}

/// Added to the variance, PyTorch's default.
pub const NORM_EPSILON: f32 = 1e-5;

impl NormAct {
    pub fn new(act: Act) -> Self {
        Self { act, statistics: Arc::default() }
    }

    /// The statistics of the last call, for the running averages.
    pub fn statistics(&self) -> BatchStatistics {
        self.statistics.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }
}

impl CustomOp3 for NormAct {
    fn name(&self) -> &'static str {
        "batch-norm and activation"
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
        let (groups, rows, c) = l1.shape().dims3()?;
        let (x, scale, shift) = (slice(s1, l1)?, slice(s2, l2)?, slice(s3, l3)?);
        let statistics = batch_statistics(x, groups, rows, c);
        let (a, b) = affine(&statistics, scale, shift);
        let out = forward(self.act, x, &a, &b, rows, c);
        *self.statistics.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = statistics;
        Ok((CpuStorage::F32(out), l1.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        scale: &Tensor,
        shift: &Tensor,
        _res: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (groups, rows, c) = x.dims3()?;
        let statistics = self.statistics();
        let (dx, [d_shift, d_scale]) = with([x, scale, shift, grad], |inputs| {
            let (dx, sums) = norm_act_backward(self.act, &statistics, inputs, groups, rows, c);
            Ok((dx, halves(&sums, c)))
        })?;
        let shape = scale.shape();
        Ok((
            Some(Tensor::from_vec(dx, x.shape(), &Device::Cpu)?),
            Some(Tensor::from_vec(d_scale, shape, &Device::Cpu)?),
            Some(Tensor::from_vec(d_shift, shape, &Device::Cpu)?),
        ))
    }
}

/// Batch-norm as one multiply and one add: `x * a + b`.
fn affine(statistics: &BatchStatistics, scale: &[f32], shift: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let a: Vec<f32> = scale.iter().zip(&statistics.variance).map(|(s, v)| s / (v + NORM_EPSILON).sqrt()).collect();
    let b = shift.iter().zip(&a).zip(&statistics.mean).map(|((b, a), m)| b - a * m).collect();
    (a, b)
}

/// Gradients of [`NormAct`]: dx, and per group the sums `[d shift (C), d scale (C)]`.
fn norm_act_backward(
    act: Act,
    statistics: &BatchStatistics,
    [x, scale, shift, grad]: [&[f32]; 4],
    groups: usize,
    rows: usize,
    c: usize,
) -> (Vec<f32>, Vec<f32>) {
    let (a, b) = affine(statistics, scale, shift);
    let inverse: Vec<f32> = statistics.variance.iter().map(|v| 1.0 / (v + NORM_EPSILON).sqrt()).collect();
    let mut dx = backward(act, x, &a, &b, grad, rows, c);
    let sums = row_sums(groups, rows, 2 * c, |g, row, sum| {
        let (mean, inverse) = (&statistics.mean[g * c..(g + 1) * c], &inverse[g * c..(g + 1) * c]);
        let (shift_sum, scale_sum) = sum.split_at_mut(c);
        let d = &dx[row * c..(row + 1) * c];
        for (s, d) in shift_sum.iter_mut().zip(d) {
            *s += d;
        }
        let x = &x[row * c..(row + 1) * c];
        for ((((s, d), x), m), i) in scale_sum.iter_mut().zip(d).zip(x).zip(mean).zip(inverse) {
            *s += d * (x - m) * i;
        }
    });
    let n = rows as f32;
    for_blocks(&mut dx, rows, c, |g, row, block| {
        let sums = &sums[g * 2 * c..(g + 1) * 2 * c];
        let at = g * c..(g + 1) * c;
        // dx = a (d - mean(d) - xhat mean(d xhat)) as k0 d + k1 x + k2, constants a column.
        let columns: Vec<[f32; 3]> = at
            .enumerate()
            .map(|(j, i)| {
                let (mean_d, mean_dx) = (sums[j] / n, sums[c + j] / n);
                let k1 = -a[i] * mean_dx * inverse[i];
                [a[i], k1, -a[i] * mean_d - k1 * statistics.mean[i]]
            })
            .collect();
        for (d, x) in block.chunks_exact_mut(c).zip(x[row * c..].chunks_exact(c)) {
            for ((d, x), [k0, k1, k2]) in d.iter_mut().zip(x).zip(&columns) {
                *d = k0 * *d + k1 * x + k2;
            }
        }
    });
    (dx, sums)
}

fn batch_statistics(x: &[f32], groups: usize, rows: usize, c: usize) -> BatchStatistics {
    let mut mean = row_sums(groups, rows, c, |_, row, sum| {
        for (s, x) in sum.iter_mut().zip(&x[row * c..(row + 1) * c]) {
            *s += x;
        }
    });
    mean.iter_mut().for_each(|m| *m /= rows as f32);
    let mut variance = row_sums(groups, rows, c, |g, row, sum| {
        let mean = &mean[g * c..(g + 1) * c];
        for ((s, x), m) in sum.iter_mut().zip(&x[row * c..(row + 1) * c]).zip(mean) {
            *s += (x - m) * (x - m);
        }
    });
    variance.iter_mut().for_each(|v| *v /= rows as f32);
    BatchStatistics { mean, variance, rows }
}
