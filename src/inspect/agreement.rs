//! How well measured numbers agree with true ones.

use super::bootstrap::{mean, median};

/// Coefficient of determination: 1 - sum (truth - found)² / sum (truth - mean truth)². 1 for numbers that agree, 0 for
/// ones no better than the mean, negative for worse. Not a squared correlation: a wrong scale or offset counts.
/// `None` for pairs without spread to explain.
pub fn r2(truth: &[f64], found: &[f64]) -> Option<f64> {
    let centre = mean(truth);
    let spread: f64 = truth.iter().map(|t| (t - centre).powi(2)).sum();
    let error: f64 = truth.iter().zip(found).map(|(t, f)| (t - f).powi(2)).sum();
    (spread > 0.0 && truth.len() == found.len()).then(|| 1.0 - error / spread)
}

/// Median of |found / truth - 1| over the pairs whose truth is not 0; `None` where there is none.
pub fn median_relative_error(truth: &[f64], found: &[f64]) -> Option<f64> {
    let pairs = truth.iter().zip(found).filter(|(t, _)| **t != 0.0);
    let mut errors: Vec<f64> = pairs.map(|(t, f)| (f / t - 1.0).abs()).collect();
    (!errors.is_empty()).then(|| median(&mut errors))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_explains_nothing_and_the_truth_all() {
        let truth = [1.0, 2.0, 3.0, 6.0];
        assert_eq!(r2(&truth, &truth), Some(1.0));
        assert_eq!(r2(&truth, &[3.0; 4]), Some(0.0));
        assert_eq!(r2(&truth, &[2.0, 2.0, 3.0, 6.0]), Some(1.0 - 1.0 / 14.0));
        // Twice the truth correlates perfectly and is wrong all the same.
        assert!(r2(&truth, &truth.map(|x| 2.0 * x)).unwrap() < 0.0);
        assert_eq!((r2(&[5.0, 5.0], &[5.0, 5.0]), r2(&[], &[])), (None, None));
    }

    #[test]
    fn relative_errors_skip_what_is_not_there() {
        assert_eq!(median_relative_error(&[2.0, 0.0, 4.0, 10.0], &[3.0, 7.0, 4.0, 9.0]), Some(0.09999999999999998));
        assert_eq!(median_relative_error(&[0.0], &[1.0]), None);
    }
}
