//! Symmetric matrices in f64: what principal axes, densities and directions are computed with.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Largest matrix whose eigenvectors are all found; of a larger one the leading ones.
const JACOBI_LIMIT: usize = 128;

/// Rounds of the subspace iteration.
const ROUNDS: usize = 40;

/// The `count` largest eigenvalues of a positive semi-definite `[K, K]`, falling, and their orthonormal eigenvectors as
/// rows `[count, K]`. Beyond a size of 128 by subspace iteration (Golub & Van Loan 8.2.4) from the same start each time:
/// then directions of nearly equal eigenvalues are an arbitrary basis of what they span.
pub(crate) fn leading(mut a: Vec<Vec<f64>>, count: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
    let k = a.len();
    let count = count.min(k);
    if k <= JACOBI_LIMIT {
        let vectors = jacobi(&mut a);
        let mut order: Vec<usize> = (0..k).collect();
        order.sort_by(|&i, &j| a[j][j].total_cmp(&a[i][i]));
        order.truncate(count);
        let column = |&axis: &usize| (0..k).map(|i| vectors[i][axis]).collect();
        return (order.iter().map(|&i| a[i][i]).collect(), order.iter().map(column).collect());
    }
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let block = (count + 8).min(k);
    let mut basis: Vec<Vec<f64>> =
        (0..block).map(|_| (0..k).map(|_| StandardNormal.sample(&mut rng)).collect()).collect();
    orthonormalise(&mut basis);
    for _ in 0..ROUNDS {
        basis = basis.iter().map(|v| product(&a, v)).collect();
        orthonormalise(&mut basis);
    }
    // Rayleigh-Ritz: the eigenvectors within the subspace.
    let image: Vec<Vec<f64>> = basis.iter().map(|v| product(&a, v)).collect();
    let mut small: Vec<Vec<f64>> = basis.iter().map(|v| image.iter().map(|w| dot(v, w)).collect()).collect();
    let turn = jacobi(&mut small);
    let mut order: Vec<usize> = (0..block).collect();
    order.sort_by(|&i, &j| small[j][j].total_cmp(&small[i][i]));
    order.truncate(count);
    let vector = |&axis: &usize| (0..k).map(|i| (0..block).map(|b| turn[b][axis] * basis[b][i]).sum()).collect();
    (order.iter().map(|&i| small[i][i]).collect(), order.iter().map(vector).collect())
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn product(a: &[Vec<f64>], v: &[f64]) -> Vec<f64> {
    a.iter().map(|row| dot(row, v)).collect()
}

/// Makes the rows an orthonormal basis of what they span, twice over for accuracy. A row that depends on those before it
/// becomes zero.
pub(crate) fn orthonormalise(rows: &mut [Vec<f64>]) {
    for i in 0..rows.len() {
        let (before, rest) = rows.split_at_mut(i);
        let row = &mut rest[0];
        let length = dot(row, row).sqrt();
        for _ in 0..2 {
            for b in before.iter() {
                let along = dot(row, b);
                row.iter_mut().zip(b).for_each(|(x, b)| *x -= along * b);
            }
        }
        let left = dot(row, row).sqrt();
        let by = if left > 1e-9 * length && left > 0.0 { 1.0 / left } else { 0.0 };
        row.iter_mut().for_each(|x| *x *= by);
    }
}

/// Diagonalises a symmetric matrix in place (cyclic Jacobi, Golub & Van Loan 8.5); the columns of the result are
/// the eigenvectors, the diagonal of `a` the eigenvalues.
fn jacobi(a: &mut [Vec<f64>]) -> Vec<Vec<f64>> {
    let k = a.len();
    let mut v: Vec<Vec<f64>> = (0..k).map(|i| (0..k).map(|j| f64::from(i == j)).collect()).collect();
    for _ in 0..60 {
        let off: f64 = (0..k).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i][j] * a[i][j]).sum();
        if off < 1e-24 {
            break;
        }
        for p in 0..k {
            for q in p + 1..k {
                if a[p][q].abs() < 1e-300 {
                    continue;
                }
                let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
                let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let t = if theta == 0.0 { 1.0 } else { t };
                let c = 1.0 / (t * t + 1.0).sqrt();
                let s = t * c;
                for row in a.iter_mut() {
                    (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
                }
                for j in 0..k {
                    (a[p][j], a[q][j]) = (c * a[p][j] - s * a[q][j], s * a[p][j] + c * a[q][j]);
                }
                for row in v.iter_mut() {
                    (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
                }
            }
        }
    }
    v
}

/// The lower triangular factor of a positive definite matrix whose lower triangle is filled, its rows `[1], [2], ...`;
/// `None` where it is not positive definite.
pub(crate) fn cholesky(a: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let mut lower: Vec<Vec<f64>> = Vec::with_capacity(a.len());
    for i in 0..a.len() {
        let mut row = vec![0.0; i + 1];
        for j in 0..i {
            row[j] = (a[i][j] - dot(&row[..j], &lower[j][..j])) / lower[j][j];
        }
        let left = a[i][i] - dot(&row[..i], &row[..i]);
        if left.is_nan() || left <= 0.0 {
            return None;
        }
        row[i] = left.sqrt();
        lower.push(row);
    }
    Some(lower)
}

/// `L y = b`
pub(crate) fn forward(lower: &[Vec<f64>], b: &[f64]) -> Vec<f64> {
    let mut y = Vec::with_capacity(b.len());
    for (row, b) in lower.iter().zip(b) {
        let known = dot(&row[..y.len()], &y);
        y.push((b - known) / row[y.len()]);
    }
    y
}

/// `L Lᵀ x = b`
pub(crate) fn solve(lower: &[Vec<f64>], b: &[f64]) -> Vec<f64> {
    let mut x = forward(lower, b);
    for i in (0..x.len()).rev() {
        let known: f64 = (i + 1..x.len()).map(|m| lower[m][i] * x[m]).sum();
        x[i] = (x[i] - known) / lower[i][i];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of known eigenvalues 1, 1/2, 1/3, ... along a random orthonormal basis, the rows of the second.
    fn matrix(k: usize) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut basis: Vec<Vec<f64>> =
            (0..k).map(|_| (0..k).map(|_| StandardNormal.sample(&mut rng)).collect()).collect();
        orthonormalise(&mut basis);
        let entry = |i: usize, j: usize| (0..k).map(|e| basis[e][i] * basis[e][j] / (e + 1) as f64).sum();
        ((0..k).map(|i| (0..k).map(|j| entry(i, j)).collect()).collect(), basis)
    }

    #[test]
    fn leading_eigenvectors_of_small_and_large_matrices_are_found() {
        for k in [20, 150] {
            let (a, basis) = matrix(k);
            let (values, vectors) = leading(a, 5);
            for e in 0..5 {
                assert!((values[e] - 1.0 / (e + 1) as f64).abs() < 1e-6, "{k}: {values:?}");
                assert!(dot(&vectors[e], &basis[e]).abs() > 1.0 - 1e-6, "{k}: {e}");
            }
        }
    }

    #[test]
    fn a_factor_solves_and_refuses_what_is_not_definite() {
        let (a, _) = matrix(6);
        let lower = cholesky(&a).unwrap();
        let b = [1.0, -2.0, 3.0, 0.0, 0.5, 4.0];
        let x = solve(&lower, &b);
        assert!(product(&a, &x).iter().zip(b).all(|(found, b)| (found - b).abs() < 1e-9));
        assert!(cholesky(&[vec![1.0, 2.0], vec![2.0, 1.0]]).is_none());
    }
}
