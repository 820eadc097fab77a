//! Whether samples are copies: the distance from each to the nearest shape of the training set.

use rayon::prelude::*;
use serde::Serialize;

use super::bootstrap::quantile;
use super::cloud::Cloud;

/// Every second block of a cloud stands for it when candidates are put in order.
const THINNED: usize = 2;

/// The nearest shape of a set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct NearestShape {
    /// Its place in the set.
    pub index: usize,
    /// Chamfer distance, in squared units of the shapes.
    pub chamfer: f32,
}

/// For every query the nearest cloud of a set, exactly; `None` from an empty set. On all of rayon's threads; `done` is
/// called after each query.
///
/// The likeliest candidates come first, by a coarse comparison, so that of the others only as much is measured as it
/// takes to see that they are farther.
pub fn nearest_shapes(queries: &[Cloud], set: &[Cloud], done: impl Fn() + Sync) -> Option<Vec<NearestShape>> {
    let coarse: Vec<Cloud> = set.par_iter().map(|cloud| cloud.thinned(THINNED)).collect();
    let nearest = |query: &Cloud| {
        let thinned = query.thinned(THINNED);
        let mut order: Vec<(f32, usize)> = coarse.iter().map(|c| thinned.chamfer(c)).zip(0..).collect();
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut best: Option<NearestShape> = None;
        for (_, index) in order {
            let limit = best.map_or(f32::INFINITY, |b| b.chamfer);
            if let Some(chamfer) = query.chamfer_within(&set[index], limit)
                && best.is_none_or(|b| chamfer < b.chamfer || index < b.index)
            {
                best = Some(NearestShape { index, chamfer });
            }
        }
        done();
        best
    };
    queries.par_iter().map(nearest).collect()
}

/// How distances to the nearest training shape are distributed. In squared units of the shapes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Quantiles {
    pub least: f64,
    pub p5: f64,
    pub p25: f64,
    pub median: f64,
    pub p75: f64,
    pub p95: f64,
}

impl Quantiles {
    /// Of these distances; NaN where there are none.
    pub fn of(distances: &[NearestShape]) -> Self {
        let mut values: Vec<f64> = distances.iter().map(|d| f64::from(d.chamfer)).collect();
        let [least, p5, p25, median, p75, p95] =
            [0.0, 0.05, 0.25, 0.5, 0.75, 0.95].map(|share| quantile(&mut values, share));
        Self { least, p5, p25, median, p75, p95 }
    }
}

/// The share in 0..=1 of distances below the 5 % quantile of what `held_out` shapes have: about 0.05 for samples that
/// are no copies, 1 for a memory that recites.
pub fn share_of_copies(samples: &[NearestShape], held_out: &[NearestShape]) -> f64 {
    let threshold = Quantiles::of(held_out).p5;
    let copies = samples.iter().filter(|d| f64::from(d.chamfer) < threshold).count();
    copies as f64 / samples.len() as f64
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::mesh::Vec3;

    fn boxes(count: usize, points: usize, rng: &mut ChaCha8Rng) -> Vec<Cloud> {
        let shape = |_| {
            let size: Vec3 = std::array::from_fn(|_| rng.random_range(0.1..1.0));
            let point = |_| std::array::from_fn(|i| size[i] * rng.random_range(-1.0..1.0));
            Cloud::new(&(0..points).map(point).collect::<Vec<_>>())
        };
        (0..count).map(shape).collect()
    }

    #[test]
    fn equals_the_search_through_all() {
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        let (queries, set) = (boxes(20, 150, rng), boxes(60, 200, rng));
        let found = nearest_shapes(&queries, &set, || {}).unwrap();
        for (query, found) in queries.iter().zip(found) {
            let all = set.iter().map(|c| query.chamfer(c));
            let (index, chamfer) = all.enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
            assert_eq!(found, NearestShape { index, chamfer });
        }
        assert_eq!(nearest_shapes(&queries, &[], || {}), None);
    }

    #[test]
    fn copies_are_found_out_and_fresh_shapes_are_not() {
        let rng = &mut ChaCha8Rng::seed_from_u64(2);
        let (training, held_out, fresh) = (boxes(80, 200, rng), boxes(80, 200, rng), boxes(80, 200, rng));
        let nearest = |set: &[Cloud]| nearest_shapes(set, &training, || {}).unwrap();
        let held_out = nearest(&held_out);
        let copies = nearest(&training[10..50]);
        assert!(copies.iter().enumerate().all(|(i, c)| c.index == i + 10 && c.chamfer == 0.0));
        assert_eq!(share_of_copies(&copies, &held_out), 1.0);
        let honest = share_of_copies(&nearest(&fresh), &held_out);
        assert!(honest < 0.2, "{honest}");
        let quantiles = Quantiles::of(&held_out);
        assert!(quantiles.least > 0.0 && quantiles.p5 < quantiles.median && quantiles.median < quantiles.p95);
    }
}
