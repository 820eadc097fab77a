//! Chamfer distances between all shapes of one set and all of another.

use rayon::prelude::*;

use super::cloud::Cloud;

/// Distances `[rows, columns]`, row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    columns: usize,
    values: Vec<f32>,
}

impl Matrix {
    /// From its values, row by row.
    ///
    /// # Panics
    /// If they are no whole rows.
    pub fn new(columns: usize, values: Vec<f32>) -> Self {
        assert!(columns > 0 && values.len().is_multiple_of(columns), "whole rows");
        Self { columns, values }
    }

    /// Chamfer distances of every cloud of `a` (rows) from every one of `b` (columns), on all of rayon's threads.
    /// `done` is called with the number of distances as they are found.
    pub fn between(a: &[Cloud], b: &[Cloud], done: impl Fn(usize) + Sync) -> Self {
        let rows = a.par_iter().flat_map_iter(|from| {
            done(b.len());
            b.iter().map(|to| from.chamfer(to))
        });
        Self { columns: b.len(), values: rows.collect() }
    }

    /// Chamfer distances within one set; each pair is measured once.
    pub fn among(set: &[Cloud], done: impl Fn(usize) + Sync) -> Self {
        let n = set.len();
        let rows: Vec<Vec<f32>> = (0..n)
            .into_par_iter()
            .map(|i| {
                done(i);
                set[..i].iter().map(|other| set[i].chamfer(other)).collect()
            })
            .collect();
        let mut values = vec![0.0; n * n];
        for (i, row) in rows.iter().enumerate() {
            for (j, &d) in row.iter().enumerate() {
                (values[i * n + j], values[j * n + i]) = (d, d);
            }
        }
        Self { columns: n, values }
    }

    pub fn columns(&self) -> usize {
        self.columns
    }

    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.columns).unwrap_or(0)
    }

    /// `[columns]`
    pub fn row(&self, i: usize) -> &[f32] {
        &self.values[i * self.columns..(i + 1) * self.columns]
    }

    pub fn at(&self, i: usize, j: usize) -> f32 {
        self.values[i * self.columns + j]
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn every_pair_has_its_distance() {
        let dot = |x: f32| Cloud::new(&[[x, 0.0, 0.0]]);
        let set: Vec<Cloud> = [0.0, 1.0, 3.0].map(dot).into();
        let counted = AtomicUsize::new(0);
        let count = |n: usize| {
            counted.fetch_add(n, Ordering::Relaxed);
        };
        let among = Matrix::among(&set, count);
        assert_eq!(among, Matrix::new(3, vec![0.0, 2.0, 18.0, 2.0, 0.0, 8.0, 18.0, 8.0, 0.0]));
        let between = Matrix::between(&set[..2], &set, count);
        assert_eq!((between.rows(), between.columns(), between.row(1)), (2, 3, &[2.0, 0.0, 8.0][..]));
        assert_eq!(between.at(0, 2), 18.0);
        assert_eq!(counted.into_inner(), 3 + 6);
    }
}
