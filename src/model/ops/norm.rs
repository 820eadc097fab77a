//! Fused CPU operations for training, each with its own backward pass: candle's elementwise ones run on one thread and
//! make a copy each. Work is cut into fixed blocks whose partial sums are added in order, so that results do not depend on the number of threads.

use std::sync::{Arc, Mutex};

use candle_core::{CpuStorage, CustomOp1, CustomOp3, Device, Layout, Result, Shape, Storage, Tensor, bail};
use rayon::prelude::*;

use super::activation::Act;

/// Rows a block: partial sums are formed over this many, whatever the thread count.
const BLOCK: usize = 256;

fn slice<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let Some((start, end)) = layout.contiguous_offsets() else { bail!("a fused operation wants contiguous input") };
    Ok(&storage.as_slice::<f32>()?[start..end])
}

/// Runs `body` on a tensor's contiguous values.
fn with<R>(tensor: &Tensor, body: impl FnOnce(&[f32]) -> Result<R>) -> Result<R> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(cpu) => body(slice(cpu, layout)?),
        _ => bail!("a fused operation runs on the CPU only"),
    }
}

/// A tensor's values as a vector, row by row.
pub fn values(tensor: &Tensor) -> Result<Vec<f32>> {
    with(tensor, |x| Ok(x.to_vec()))
}

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

/// Sums over the rows of each group: `[G, R, C]` -> `[G, S]`, `add(row index in x, accumulator [S])` per row.
fn row_sums(groups: usize, rows: usize, sums: usize, add: impl Fn(usize, usize, &mut [f32]) + Sync) -> Vec<f32> {
    let blocks = rows.div_ceil(BLOCK);
    let partial: Vec<Vec<f32>> = (0..groups * blocks)
        .into_par_iter()
        .map(|item| {
            let (g, b) = (item / blocks, item % blocks);
            let mut accumulator = vec![0.0f32; sums];
            for r in b * BLOCK..((b + 1) * BLOCK).min(rows) {
                add(g, g * rows + r, &mut accumulator);
            }
            accumulator
        })
        .collect();
    let mut total = vec![0.0f32; groups * sums];
    for (g, total) in total.chunks_exact_mut(sums).enumerate() {
        for block in &partial[g * blocks..(g + 1) * blocks] {
            for (t, x) in total.iter_mut().zip(block) {
                *t += x;
            }
        }
    }
    total
}

/// Runs `body(group, first row, rows)` on disjoint blocks of a `[G, R, C]` buffer.
fn for_blocks(out: &mut [f32], rows: usize, c: usize, body: impl Fn(usize, usize, &mut [f32]) + Sync) {
    out.par_chunks_mut(rows * c).enumerate().for_each(|(g, group)| {
        group.par_chunks_mut(BLOCK * c).enumerate().for_each(|(b, block)| body(g, g * rows + b * BLOCK, block));
    });
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
        let mut out = vec![0.0f32; x.len()];
        for_blocks(&mut out, rows, c, |g, row, block| {
            scale_shift_act(self.act, &x[row * c..], &a[g * c..(g + 1) * c], &b[g * c..(g + 1) * c], block);
        });
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
        let (dx, sums) = with(x, |x| {
            with(scale, |scale| {
                with(shift, |shift| {
                    with(grad, |grad| Ok(norm_act_backward(self.act, &statistics, [x, scale, shift, grad], groups, rows, c)))
                })
            })
        })?;
        let shape = scale.shape();
        let part = |from: usize| -> Vec<f32> {
            (0..groups).flat_map(|g| sums[g * 2 * c + from..g * 2 * c + from + c].iter().copied()).collect()
        };
        Ok((
            Some(Tensor::from_vec(dx, x.shape(), &Device::Cpu)?),
            Some(Tensor::from_vec(part(c), shape, &Device::Cpu)?),
            Some(Tensor::from_vec(part(0), shape, &Device::Cpu)?),
        ))
    }
}

/// Batch-norm as one multiply and one add: `x * a + b`.
fn affine(statistics: &BatchStatistics, scale: &[f32], shift: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let a: Vec<f32> = scale.iter().zip(&statistics.variance).map(|(s, v)| s / (v + NORM_EPSILON).sqrt()).collect();
    let b = shift.iter().zip(&a).zip(&statistics.mean).map(|((b, a), m)| b - a * m).collect();
    (a, b)
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
    let mut dx = vec![0.0f32; x.len()];
    for_blocks(&mut dx, rows, c, |g, row, block| {
        let (a, b) = (&a[g * c..(g + 1) * c], &b[g * c..(g + 1) * c]);
        act_backward(act, &x[row * c..], a, b, &grad[row * c..], block);
    });
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
        let mut out = vec![0.0f32; x.len()];
        for_blocks(&mut out, rows, c, |g, row, block| {
            scale_shift_act(self.0, &x[row * c..], &a[g * c..(g + 1) * c], &b[g * c..(g + 1) * c], block);
        });
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
        let (dx, da, db) = with(x, |x| {
            with(a, |a| {
                with(b, |b| {
                    with(grad, |grad| {
                        let mut d = vec![0.0f32; x.len()];
                        for_blocks(&mut d, rows, c, |g, row, block| {
                            let at = g * c..(g + 1) * c;
                            act_backward(self.0, &x[row * c..], &a[at.clone()], &b[at], &grad[row * c..], block);
                        });
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
                        let part = |from: usize| -> Vec<f32> {
                            (0..groups).flat_map(|g| sums[g * 2 * c + from..g * 2 * c + from + c].to_vec()).collect()
                        };
                        Ok((d, part(0), part(c)))
                    })
                })
            })
        })?;
        Ok((
            Some(Tensor::from_vec(dx, x.shape(), &Device::Cpu)?),
            Some(Tensor::from_vec(da, a.shape(), &Device::Cpu)?),
            Some(Tensor::from_vec(db, b.shape(), &Device::Cpu)?),
        ))
    }
}

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
        let sums: Vec<Vec<f32>> = with(uv, |uv| {
            with(grad, |grad| {
                Ok((0..p * b)
                    .into_par_iter()
                    .map(|pb| {
                        let mut sum = vec![0.0f32; 3 * h];
                        let (du, rest) = sum.split_at_mut(h);
                        let (dv, dz) = rest.split_at_mut(h);
                        for (uv, g) in uv[pb * n * 2..(pb + 1) * n * 2].chunks_exact(2).zip(grad[pb * n * h..].chunks_exact(h)) {
                            for (((du, dv), dz), g) in du.iter_mut().zip(dv.iter_mut()).zip(dz.iter_mut()).zip(g) {
                                *du += uv[0] * g;
                                *dv += uv[1] * g;
                                *dz += g;
                            }
                        }
                        sum
                    })
                    .collect())
            })
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
        let dx = with(arg, |x| {
            with(grad, |grad| {
                let mut dx = vec![0.0f32; x.len()];
                dx.par_chunks_mut(n * f).zip(x.par_chunks(n * f)).zip(grad.par_chunks(f)).for_each(|((dx, x), g)| {
                    for (j, &i) in arg_max(x, n, f).1.iter().enumerate() {
                        dx[i as usize * f + j] = g[j];
                    }
                });
                Ok(dx)
            })
        })?;
        Ok(Some(Tensor::from_vec(dx, arg.shape(), &Device::Cpu)?))
    }
}
