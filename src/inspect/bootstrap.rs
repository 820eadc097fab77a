//! How sure a figure is: 95 % intervals from resampling the shapes that it was measured on.

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use serde::Serialize;

/// How often shapes are resampled for an interval.
pub const RESAMPLES: usize = 1000;
/// What lies outside an interval on either side.
const TAIL: f64 = 0.025;

/// A figure with its 95 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Estimate {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

impl Estimate {
    /// A statistic of one number a shape: the percentile bootstrap (Efron 1979) over [`RESAMPLES`] draws of as many
    /// shapes with replacement. NaN without values.
    pub fn bootstrap(values: &[f64], statistic: impl Fn(&mut [f64]) -> f64, rng: &mut impl Rng) -> Self {
        if values.is_empty() {
            return Self { value: f64::NAN, low: f64::NAN, high: f64::NAN };
        }
        let mut drawn = values.to_vec();
        let value = statistic(&mut drawn);
        let mut found: Vec<f64> = (0..RESAMPLES)
            .map(|_| {
                drawn.iter_mut().for_each(|x| *x = values[rng.random_range(0..values.len())]);
                statistic(&mut drawn)
            })
            .collect();
        let [low, high] = [TAIL, 1.0 - TAIL].map(|share| quantile(&mut found, share));
        Self { value, low, high }
    }

    /// A statistic `value` of whole sets, from its values on random halves of them: the delete-half jackknife (Shao and
    /// Wu 1989), whose halves spread about their own mean as the statistic does about the truth.
    ///
    /// Nearest neighbours allow no bootstrap: a shape that is drawn twice is its own nearest neighbour, and a half drawn
    /// without replacement holds none twice.
    pub fn halves(value: f64, mut halves: Vec<f64>) -> Self {
        let mean = mean(&halves);
        let [low, high] = [TAIL, 1.0 - TAIL].map(|share| value + quantile(&mut halves, share) - mean);
        Self { value, low, high }
    }

    /// The same with value and ends brought into a range that the statistic can't leave.
    pub fn clamped(self, least: f64, most: f64) -> Self {
        let Self { value, low, high } = self;
        Self { value, low: low.clamp(least, most), high: high.clamp(least, most) }
    }

    /// In another unit.
    pub fn times(self, factor: f64) -> Self {
        Self { value: factor * self.value, low: factor * self.low, high: factor * self.high }
    }
}

/// `count / 2` (rounded up) of `0..count`, without replacement, ascending.
pub fn half(count: usize, rng: &mut impl Rng) -> Vec<usize> {
    let mut all: Vec<usize> = (0..count).collect();
    let (chosen, _) = all.partial_shuffle(rng, count.div_ceil(2));
    chosen.sort_unstable();
    chosen.to_vec()
}

/// NaN without values.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The value below which a share in 0..=1 of the values lies, linear between neighbours (numpy's default); sorts them.
/// NaN without values.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else { return f64::NAN };
    let at = share.clamp(0.0, 1.0) * last as f64;
    let (below, above) = (values[at as usize], values[(at as usize + 1).min(last)]);
    below + (above - below) * at.fract()
}

/// NaN without values; sorts them.
pub fn median(values: &mut [f64]) -> f64 {
    quantile(values, 0.5)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    #[test]
    fn intervals_hold_the_truth_as_often_as_they_promise() {
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        let (mut bootstrap, mut halves) = (0, 0);
        for _ in 0..200 {
            let values: Vec<f64> = (0..60).map(|_| StandardNormal.sample(rng)).collect();
            let found = Estimate::bootstrap(&values, |v| mean(v), rng);
            bootstrap += i32::from(found.low <= 0.0 && 0.0 <= found.high);
            let of_half = |_| {
                let chosen = half(60, rng);
                mean(&chosen.iter().map(|&i| values[i]).collect::<Vec<_>>())
            };
            let found = Estimate::halves(mean(&values), (0..300).map(of_half).collect());
            halves += i32::from(found.low <= 0.0 && 0.0 <= found.high);
        }
        assert!((180..=199).contains(&bootstrap) && (180..=199).contains(&halves), "{bootstrap}, {halves} of 200");
    }

    #[test]
    fn quantiles_are_those_of_numpy() {
        let mut values = [4.0, 1.0, 3.0, 2.0];
        assert_eq!(median(&mut values), 2.5);
        assert_eq!(quantile(&mut values, 0.1), 1.3);
        assert_eq!((quantile(&mut values, 0.0), quantile(&mut values, 1.0)), (1.0, 4.0));
        assert!(
            median(&mut []).is_nan()
                && Estimate::bootstrap(&[], |v| mean(v), &mut ChaCha8Rng::seed_from_u64(1)).value.is_nan()
        );
    }

    #[test]
    fn halves_repeat_nothing() {
        let rng = &mut ChaCha8Rng::seed_from_u64(2);
        for count in [1, 2, 7, 500] {
            let mut chosen = half(count, rng);
            assert_eq!(chosen.len(), count.div_ceil(2));
            chosen.dedup();
            assert!(chosen.len() == count.div_ceil(2) && chosen.iter().all(|&i| i < count));
        }
        let found = Estimate::halves(0.98, vec![0.9, 1.0, 1.1]).clamped(0.0, 1.0).times(100.0);
        assert!((found.value - 98.0).abs() < 1e-9 && found.low < 98.0 && found.high == 100.0);
    }
}
