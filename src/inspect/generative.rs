//! How well a set of generated shapes stands for a set of references: MMD-CD, COV, 1-NNA and JSD as PointFlow defines
//! them (Yang et al. 2019, arXiv 1906.12320), with 95 % intervals over shapes.

use rand::Rng;
use serde::Serialize;

use super::bootstrap::{Estimate, half};
use super::matrix::Matrix;
use super::occupancy::{Occupancy, jsd};

/// Random halves that an interval is taken from.
pub const HALVES: usize = 400;

/// What two sets are compared by. S samples, R references.
#[derive(Clone, Copy, Debug)]
pub struct Comparison<'a> {
    /// `[S, S]`, chamfer distances among the samples.
    pub samples: &'a Matrix,
    /// `[R, R]`, among the references.
    pub references: &'a Matrix,
    /// `[S, R]`, between them.
    pub across: &'a Matrix,
    /// `[S]`
    pub sample_occupancy: &'a [Occupancy],
    /// `[R]`
    pub reference_occupancy: &'a [Occupancy],
}

/// The figures of a set, each of type `T`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct SetFigures<T = Estimate> {
    /// Mean over the references of the distance to the nearest sample, in squared units of the shapes.
    pub mmd: T,
    /// COV: the share in 0..=1 of the references that are nearest to some sample.
    pub coverage: T,
    /// 1-NNA: the share in 0..=1 of all shapes whose nearest other shape belongs to their own set, a tie counting half. 0.5
    /// where the sets can't be told apart, 1 where they lie apart, 0 where every sample is a copy of a reference.
    pub one_nna: T,
    /// Jensen-Shannon divergence of the points' density, in bits: 0..=1.
    pub jsd: T,
}

impl Comparison<'_> {
    /// All figures, on all shapes, with intervals from [`HALVES`] random halves of both sets.
    ///
    /// # Panics
    /// If the matrices don't belong together, or a set has fewer than two shapes.
    pub fn figures(&self, rng: &mut impl Rng) -> SetFigures {
        let (s, r) = (self.across.rows(), self.across.columns());
        assert!(s >= 2 && r >= 2, "two shapes a set at least");
        assert!(self.samples.rows() == s && self.references.rows() == r, "matrices that belong together");
        assert!(self.sample_occupancy.len() == s && self.reference_occupancy.len() == r, "one occupancy a shape");
        let whole = self.on(&(0..s).collect::<Vec<_>>(), &(0..r).collect::<Vec<_>>());
        let halves: Vec<SetFigures<f64>> = (0..HALVES).map(|_| self.on(&half(s, rng), &half(r, rng))).collect();
        let estimate = |value: fn(&SetFigures<f64>) -> f64| {
            Estimate::halves(value(&whole), halves.iter().map(value).collect()).clamped(0.0, f64::INFINITY)
        };
        SetFigures {
            mmd: estimate(|f| f.mmd),
            coverage: estimate(|f| f.coverage).clamped(0.0, 1.0),
            one_nna: estimate(|f| f.one_nna).clamped(0.0, 1.0),
            jsd: estimate(|f| f.jsd).clamped(0.0, 1.0),
        }
    }

    /// The figures of some samples and some references.
    fn on(&self, samples: &[usize], references: &[usize]) -> SetFigures<f64> {
        let mut from_reference = vec![f32::INFINITY; references.len()];
        let mut covered = vec![false; references.len()];
        let mut right = 0.0;
        for &i in samples {
            let row = self.across.row(i);
            let (mut nearest, mut at) = (f32::INFINITY, 0);
            for (k, &j) in references.iter().enumerate() {
                from_reference[k] = from_reference[k].min(row[j]);
                if row[j] < nearest {
                    (nearest, at) = (row[j], k);
                }
            }
            covered[at] = true;
            right += verdict(nearest_other(self.samples, i, samples), nearest);
        }
        for (k, &j) in references.iter().enumerate() {
            right += verdict(nearest_other(self.references, j, references), from_reference[k]);
        }
        let count = |set: &[usize]| set.len() as f64;
        SetFigures {
            mmd: from_reference.iter().map(|&d| f64::from(d)).sum::<f64>() / count(references),
            coverage: covered.iter().filter(|&&c| c).count() as f64 / count(references),
            one_nna: right / (count(samples) + count(references)),
            jsd: jsd(
                samples.iter().map(|&i| &self.sample_occupancy[i]),
                references.iter().map(|&j| &self.reference_occupancy[j]),
            ),
        }
    }
}

/// 1 for a shape that its own set lies nearer to, 0 for one that the other does.
fn verdict(own: f32, other: f32) -> f64 {
    match own.total_cmp(&other) {
        std::cmp::Ordering::Less => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Greater => 0.0,
    }
}

fn nearest_other(among: &Matrix, i: usize, set: &[usize]) -> f32 {
    let row = among.row(i);
    set.iter().filter(|&&j| j != i).map(|&j| row[j]).fold(f32::INFINITY, f32::min)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::inspect::cloud::Cloud;
    use crate::mesh::Vec3;

    /// Small boxes of random proportions and places about `centre`, as 40 points each.
    fn shapes(count: usize, centre: f32, rng: &mut ChaCha8Rng) -> Vec<Vec<Vec3>> {
        let shape = |_| {
            let size: Vec3 = std::array::from_fn(|_| rng.random_range(0.05..0.3));
            let place: Vec3 = std::array::from_fn(|_| rng.random_range(-0.1..0.1));
            let point = |_| std::array::from_fn(|i| centre + place[i] + size[i] * rng.random_range(-1.0..1.0));
            (0..40).map(point).collect()
        };
        (0..count).map(shape).collect()
    }

    fn compare(samples: &[Vec<Vec3>], references: &[Vec<Vec3>]) -> SetFigures {
        let clouds = |set: &[Vec<Vec3>]| set.iter().map(|p| Cloud::new(p)).collect::<Vec<_>>();
        let occupancy = |set: &[Vec<Vec3>]| set.iter().map(|p| Occupancy::of(p)).collect::<Vec<_>>();
        let (s, r) = (clouds(samples), clouds(references));
        Comparison {
            samples: &Matrix::among(&s, |_| {}),
            references: &Matrix::among(&r, |_| {}),
            across: &Matrix::between(&s, &r, |_| {}),
            sample_occupancy: &occupancy(samples),
            reference_occupancy: &occupancy(references),
        }
        .figures(&mut ChaCha8Rng::seed_from_u64(0))
    }

    #[test]
    fn halves_of_one_set_cant_be_told_apart() {
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        let found = compare(&shapes(200, 0.0, rng), &shapes(200, 0.0, rng));
        // 400 verdicts of one half each: a deviation of 2.5 %.
        assert!((found.one_nna.value - 0.5).abs() < 0.08, "{found:?}");
        assert!(found.one_nna.low < 0.5 && 0.5 < found.one_nna.high && found.one_nna.high < 0.62, "{found:?}");
        assert!((0.5..0.8).contains(&found.coverage.value), "{found:?}");
        // Not 0: few points a cell differ by chance.
        assert!(found.jsd.value < 0.1 && found.jsd.low <= found.jsd.value, "{found:?}");
        assert!(found.mmd.low < found.mmd.value && found.mmd.value < found.mmd.high, "{found:?}");
    }

    #[test]
    fn sets_that_lie_apart_are_always_told_apart() {
        let rng = &mut ChaCha8Rng::seed_from_u64(2);
        let found = compare(&shapes(30, 0.0, rng), &shapes(40, 2.0, rng));
        assert_eq!(found.one_nna, Estimate { value: 1.0, low: 1.0, high: 1.0 });
        assert!((found.jsd.value - 1.0).abs() < 1e-9 && found.mmd.value > 10.0, "{found:?}");
    }

    #[test]
    fn copies_cover_everything_and_are_told_by_1_nna() {
        let set = shapes(50, 0.0, &mut ChaCha8Rng::seed_from_u64(3));
        let found = compare(&set, &set);
        assert_eq!((found.coverage.value, found.mmd.value, found.jsd.value), (1.0, 0.0, 0.0));
        assert_eq!(found.one_nna.value, 0.0);
    }

    #[test]
    fn one_sample_for_all_covers_one_reference() {
        let rng = &mut ChaCha8Rng::seed_from_u64(4);
        let samples = vec![shapes(1, 0.0, rng).remove(0); 20];
        let found = compare(&samples, &shapes(20, 0.0, rng));
        assert_eq!(found.coverage.value, 1.0 / 20.0);
        assert!(found.one_nna.value > 0.9, "collapsed to one shape: {found:?}");
    }

    #[test]
    fn figures_of_a_matrix_by_hand() {
        let (samples, references) =
            (Matrix::new(2, vec![0.0, 1.0, 1.0, 0.0]), Matrix::new(2, vec![0.0, 4.0, 4.0, 0.0]));
        let across = Matrix::new(2, vec![2.0, 5.0, 1.0, 3.0]);
        let nothing = vec![Occupancy::default(); 2];
        let all = Comparison {
            samples: &samples,
            references: &references,
            across: &across,
            sample_occupancy: &nothing,
            reference_occupancy: &nothing,
        };
        let found = all.on(&[0, 1], &[0, 1]);
        // Both samples are nearest to the first reference. Verdicts: right, tie, wrong, wrong.
        assert_eq!((found.mmd, found.coverage, found.one_nna), (2.0, 0.5, 1.5 / 4.0));
    }
}
