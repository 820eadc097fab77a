//! The squared chamfer distance as a candle operation with its own backward pass.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use crate::inspect::chamfer::nearest_soa;
use crate::mesh::{Vec3, dot};

/// Predicted rows that answer for a set of target points.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// Rows of one shape's predicted points.
    pub rows: Vec<Range<usize>>,
    /// `[M, 3]`
    pub target: Vec<Vec3>,
    /// Its share of the shape's loss, times how much its part counts.
    pub weight: f32,
    pub aim: Aim,
}

/// What rows are held to.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Aim {
    /// The nearest target, and every target to its nearest row.
    #[default]
    Nearest,
    /// Target `i` is where row `i` belongs: regression.
    Matched(Matched),
    /// Rows two by two, each two off their targets by the same: the gap between them is then the targets'. The numbers are weights
    /// of the squared difference along x, y, z.
    Alike(Vec3),
}

/// How rows that know their targets are held to them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matched {
    /// Weights of the squared errors along x, y, z.
    pub axes: Vec3,
    /// What a row's offset from its target is multiplied by to give its distance along the surface's normal there, one a row; zero
    /// where the surface has none. Empty where `normal_weight` is 0.
    pub normals: Vec<Vec3>,
    /// Weight of that distance squared: point to plane (Chen & Medioni 1992). An error along the surface is one of its
    /// parametrisation, that across it one of the shape.
    pub normal_weight: f32,
    /// Rows, counted through the pair's, that belong to the same place.
    pub seams: Vec<[usize; 2]>,
    /// Weight of their mean squared distance (axes weighted).
    pub seam_weight: f32,
}

/// pred `[B, N, 3]`, one list of [`Pair`]s a shape -> the mean over shapes of
/// `sum over pairs of weight (mean_x min_y |x-y|² + mean_y min_x |x-y|²)`, a scalar.
///
/// A matched pair counts `weight (mean_i (|x_i - y_i|² + normal_weight (n_i . (x_i - y_i))²) + seam_weight mean_ij |x_i - x_j|²)`
/// (the first and last axes weighted) instead, i and j being the rows on either side of a seam. Rows that shall err alike count
/// `weight mean_ij |(x_i - y_i) - (x_j - y_j)|²`, weighted likewise.
///
/// One pair a shape over all rows is the plain chamfer distance; a pair a part is the chamfer distance per part.
pub fn chamfer(pred: &Tensor, pairs: Vec<Vec<Pair>>) -> Result<Tensor> {
    pred.contiguous()?.apply_op1(Chamfer { pairs: Arc::new(pairs), gradient: Arc::default() })
}

struct Chamfer {
    pairs: Arc<Vec<Vec<Pair>>>,
    /// The gradient for a loss gradient of 1, found in the forward pass, which knows the neighbours.
    gradient: Arc<Mutex<Vec<f32>>>,
}

fn axes(points: impl Iterator<Item = Vec3> + Clone) -> [Vec<f32>; 3] {
    std::array::from_fn(|k| points.clone().map(|p| p[k]).collect())
}

/// The loss of one pair and its gradient on the pair's rows, `[rows, 3]`, in their order.
fn pair_loss(pred: &[f32], pair: &Pair) -> (f64, Vec<f32>) {
    let rows = || pair.rows.iter().flat_map(|r| pred[r.start * 3..r.end * 3].chunks_exact(3));
    let (n, m) = (rows().count(), pair.target.len());
    if let Aim::Alike(axes) = &pair.aim {
        let errors: Vec<Vec3> = rows().zip(&pair.target).map(|(p, t)| std::array::from_fn(|k| p[k] - t[k])).collect();
        let scale = 2.0 / n as f32;
        let (mut loss, mut gradient) = (0.0f64, Vec::with_capacity(n * 3));
        for two in errors.chunks_exact(2) {
            let apart: Vec3 = std::array::from_fn(|k| two[0][k] - two[1][k]);
            loss += (0..3).map(|k| f64::from(scale * axes[k] * apart[k] * apart[k])).sum::<f64>();
            let slope: Vec3 = std::array::from_fn(|k| 2.0 * scale * axes[k] * apart[k]);
            gradient.extend(slope);
            gradient.extend(slope.map(|g| -g));
        }
        return (loss, gradient);
    }
    if let Aim::Matched(Matched { axes, normals, normal_weight, seams, seam_weight }) = &pair.aim {
        let mut gradient = Vec::with_capacity(n * 3);
        let mut loss = 0.0f64;
        for (p, t) in rows().zip(&pair.target) {
            for k in 0..3 {
                let offset = p[k] - t[k];
                loss += f64::from(axes[k] * offset * offset);
                gradient.push(2.0 / n as f32 * axes[k] * offset);
            }
        }
        for (((p, t), normal), gradient) in rows().zip(&pair.target).zip(normals).zip(gradient.chunks_exact_mut(3)) {
            let across = dot(*normal, [p[0] - t[0], p[1] - t[1], p[2] - t[2]]);
            loss += f64::from(normal_weight * across * across);
            (0..3).for_each(|k| gradient[k] += 2.0 / n as f32 * normal_weight * across * normal[k]);
        }
        loss /= n as f64;
        let scale = seam_weight / seams.len().max(1) as f32;
        let places: Vec<&[f32]> = if seams.is_empty() { Vec::new() } else { rows().collect() };
        for &[i, j] in seams {
            for k in 0..3 {
                let apart = places[i][k] - places[j][k];
                loss += f64::from(scale * axes[k] * apart * apart);
                gradient[i * 3 + k] += 2.0 * scale * axes[k] * apart;
                gradient[j * 3 + k] -= 2.0 * scale * axes[k] * apart;
            }
        }
        return (loss, gradient);
    }
    let from = axes(rows().map(|p| [p[0], p[1], p[2]]));
    let to = axes(pair.target.iter().copied());
    let (from, to) = (from.each_ref().map(Vec::as_slice), to.each_ref().map(Vec::as_slice));
    let mut gradient = vec![0.0f32; n * 3];
    let mut loss = 0.0f64;
    let (mut distance, mut index) = (vec![0.0f32; n], vec![0u32; n]);
    nearest_soa(from, to, &mut distance, &mut index);
    loss += distance.iter().map(|&d| f64::from(d)).sum::<f64>() / n as f64;
    let scale = 2.0 / n as f32;
    for (i, &j) in index.iter().enumerate() {
        for k in 0..3 {
            gradient[i * 3 + k] += scale * (from[k][i] - to[k][j as usize]);
        }
    }
    let (mut distance, mut index) = (vec![0.0f32; m], vec![0u32; m]);
    nearest_soa(to, from, &mut distance, &mut index);
    loss += distance.iter().map(|&d| f64::from(d)).sum::<f64>() / m as f64;
    let scale = 2.0 / m as f32;
    for (j, &i) in index.iter().enumerate() {
        for k in 0..3 {
            gradient[i as usize * 3 + k] += scale * (from[k][i as usize] - to[k][j]);
        }
    }
    (loss, gradient)
}

impl CustomOp1 for Chamfer {
    fn name(&self) -> &'static str {
        "chamfer distance"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (b, n, _) = layout.shape().dims3()?;
        let Some((start, end)) = layout.contiguous_offsets() else { bail!("chamfer wants contiguous points") };
        let pred = &storage.as_slice::<f32>()?[start..end];
        if self.pairs.len() != b {
            bail!("chamfer: {} lists of pairs for {b} shapes", self.pairs.len());
        }
        for pair in self.pairs.iter().flatten() {
            let rows = pair.rows.iter().map(Range::len).sum::<usize>();
            if pair.aim != Aim::Nearest && rows != pair.target.len() {
                bail!("regression: rows {:?} with {} targets", pair.rows, pair.target.len());
            }
            if matches!(pair.aim, Aim::Alike(_)) && rows % 2 > 0 {
                bail!("regression: {rows} rows can't go two by two");
            }
            if pair.rows.iter().all(Range::is_empty) || pair.rows.iter().any(|r| r.end > n) || pair.target.is_empty() {
                bail!("chamfer: a pair of rows {:?} of {n} with {} targets", pair.rows, pair.target.len());
            }
        }
        let shapes: Vec<(f64, Vec<f32>)> = pred
            .par_chunks(n * 3)
            .zip(self.pairs.par_iter())
            .map(|(pred, pairs)| {
                let mut gradient = vec![0.0f32; n * 3];
                let mut loss = 0.0;
                for pair in pairs {
                    let (l, g) = pair_loss(pred, pair);
                    loss += f64::from(pair.weight) * l;
                    let scale = pair.weight / b as f32;
                    let mut g = g.into_iter();
                    for range in &pair.rows {
                        let rows = &mut gradient[range.start * 3..range.end * 3];
                        rows.iter_mut().zip(g.by_ref()).for_each(|(a, g)| *a += scale * g);
                    }
                }
                (loss, gradient)
            })
            .collect();
        let loss = shapes.iter().map(|s| s.0).sum::<f64>() / b as f64;
        *self.gradient.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) =
            shapes.into_iter().flat_map(|s| s.1).collect();
        Ok((CpuStorage::F32(vec![loss as f32]), Shape::from(())))
    }

    fn bwd(&self, arg: &Tensor, _res: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let gradient = self.gradient.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
        Ok(Some((Tensor::from_vec(gradient, arg.shape(), &Device::Cpu)? * f64::from(grad.to_scalar::<f32>()?))?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Var;
    use rand::{RngExt, SeedableRng};

    #[test]
    fn gradient_agrees_with_finite_differences_and_value_with_the_metric() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(4);
        let mut cloud =
            |n: usize| -> Vec<Vec3> { (0..n).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect() };
        let (pred, a, b) = (cloud(12), cloud(9), cloud(7));
        let flat: Vec<f32> = pred.iter().flatten().copied().collect();
        let pairs = |split: bool| {
            if split {
                let pair =
                    |rows, target: &Vec<Vec3>, weight| Pair { rows, target: target.clone(), weight, aim: Aim::Nearest };
                let aim = Aim::Matched(Matched {
                    axes: [1.0, 2.0, 0.5],
                    normals: (0..7).map(|i| [0.3, 0.2 * i as f32, -0.5]).collect(),
                    normal_weight: 0.8,
                    seams: vec![[0, 4], [4, 6]],
                    seam_weight: 1.5,
                });
                let regression = Pair { aim, ..pair(vec![2..9], &b, 0.75) };
                // Row 4 belongs to two of them.
                let joint = [4..5, 11..12, 4..5, 0..1].to_vec();
                let joint = Pair { aim: Aim::Alike([1.0, 3.0, 0.5]), ..pair(joint, &b[..4].to_vec(), 0.6) };
                vec![vec![pair(vec![0..2, 9..12], &a, 0.25), regression, joint]]
            } else {
                vec![vec![Pair { rows: vec![0..12], target: a.clone(), weight: 1.0, aim: Aim::Nearest }]]
            }
        };
        let value = |flat: &[f32], split| -> f64 {
            let t = Tensor::from_slice(flat, (1, 12, 3), &Device::Cpu).unwrap();
            f64::from(chamfer(&t, pairs(split)).unwrap().to_scalar::<f32>().unwrap())
        };
        assert!((value(&flat, false) - f64::from(crate::inspect::chamfer::chamfer(&pred, &a))).abs() < 1e-6);
        let var = Var::from_slice(&flat, (1, 12, 3), &Device::Cpu).unwrap();
        let grads = (chamfer(&var, pairs(true)).unwrap() * 2.0).unwrap().backward().unwrap();
        let gradient = grads.get(&var).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        for i in 0..flat.len() {
            let mut moved = flat.clone();
            moved[i] += 1e-3;
            let up = value(&moved, true);
            moved[i] -= 2e-3;
            let numeric = 2.0 * (up - value(&moved, true)) / 2e-3;
            assert!((numeric - f64::from(gradient[i])).abs() < 2e-3, "{i}: {numeric} {}", gradient[i]);
        }
    }
}
