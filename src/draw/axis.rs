//! A chart's axis: from values to a share of its length, with ticks at round numbers.

/// One axis; `from < to`, and both positive if logarithmic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    from: f64,
    to: f64,
    log: bool,
}

impl Axis {
    /// An axis that holds every usable value; a little wider where they are all equal, `0..1` (`0.1..1`) without any.
    pub fn holding(values: impl Iterator<Item = f64>, log: bool) -> Axis {
        let usable = values.filter(|v| v.is_finite() && (!log || *v > 0.0));
        let (lo, hi) = usable.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
        let (from, to) = match (lo < hi, lo.is_finite()) {
            (true, _) => (lo, hi),
            (false, false) => (if log { 0.1 } else { 0.0 }, 1.0),
            (false, true) if log => ((lo / 2.0).max(f64::MIN_POSITIVE), (lo * 2.0).min(f64::MAX / 2.0)),
            (false, true) if lo == 0.0 => (-1.0, 1.0),
            (false, true) => (lo - 0.1 * lo.abs(), lo + 0.1 * lo.abs()),
        };
        match from < to && to.is_finite() {
            true => Axis { from, to, log },
            false => Axis { from: if log { 0.1 } else { 0.0 }, to: 1.0, log },
        }
    }

    /// The axis cut to start at `from`, if that leaves something of it.
    pub fn starting(self, from: f64) -> Axis {
        if from < self.to { Axis { from, ..self } } else { self }
    }

    /// The axis with free room of a share of its length at both ends.
    pub fn roomy(self, share: f64) -> Axis {
        let (from, to) = (self.warped(self.from), self.warped(self.to));
        let room = share * (to - from);
        let back = |v: f64| if self.log { 10f64.powf(v) } else { v };
        let (from, to) = (back(from - room), back(to + room));
        match from < to && from.is_finite() && to.is_finite() && (!self.log || from > 0.0) {
            true => Axis { from, to, ..self },
            false => self,
        }
    }

    /// Where a value lies: 0 at the start of the axis, 1 at its end; `None` if it has no place on it.
    pub fn place(&self, value: f64) -> Option<f64> {
        if !value.is_finite() || (self.log && value <= 0.0) {
            return None;
        }
        let (from, to) = (self.warped(self.from), self.warped(self.to));
        Some((self.warped(value) - from) / (to - from)).filter(|p| p.is_finite())
    }

    /// The value at a place: the inverse of [`Axis::place`].
    pub fn value(&self, place: f64) -> f64 {
        let (from, to) = (self.warped(self.from), self.warped(self.to));
        let warped = from + place * (to - from);
        if self.log { 10f64.powf(warped) } else { warped }
    }

    /// The value as the axis measures it: its decimal logarithm on a logarithmic one.
    fn warped(&self, value: f64) -> f64 {
        if self.log { value.log10() } else { value }
    }

    /// Round values on the axis with their labels, about `wanted` of them and never more than twice as many.
    pub fn ticks(&self, wanted: usize) -> Vec<(f64, String)> {
        let wanted = wanted.max(2);
        let decades = if self.log { (self.to / self.from).log10() } else { 0.0 };
        if decades < 0.8 {
            return self.linear_ticks(wanted);
        }
        let stride = (decades / wanted as f64).ceil().max(1.0) as i32;
        let steps: &[f64] = match decades * 3.0 <= wanted as f64 * 1.5 {
            true => &[1.0, 2.0, 5.0],
            false => &[1.0],
        };
        let (first, last) = (self.from.log10().floor() as i32, self.to.log10().ceil() as i32);
        (first..=last)
            .filter(|power| power.rem_euclid(stride) == 0)
            .flat_map(|power| steps.iter().map(move |step| step * 10f64.powi(power)))
            .filter(|v| (self.from..=self.to).contains(v))
            .map(|v| (v, written(v, v)))
            .collect()
    }

    fn linear_ticks(&self, wanted: usize) -> Vec<(f64, String)> {
        let rough = (self.to - self.from) / wanted as f64;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|s| s * power).into_iter().find(|s| *s >= rough * 0.999);
        let step = step.unwrap_or(10.0 * power);
        if !step.is_finite() || step <= 0.0 {
            return Vec::new();
        }
        let first = (self.from / step).ceil();
        (0..=2 * wanted)
            .map(|i| (first + i as f64) * step)
            .take_while(|v| *v <= self.to + 1e-9 * step)
            .map(|v| (v, written(v, step)))
            .collect()
    }
}

/// A tick's label, as exact as the distance to the next one asks: `0`, `0.25`, `1500`, `20k`, `3M`, `2e-6`.
fn written(value: f64, step: f64) -> String {
    let large = value.abs().max(step);
    if value.abs() < step * 1e-6 {
        return "0".into();
    }
    let trimmed = |v: f64, digits: usize| {
        let text = format!("{v:.digits$}");
        match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => text,
        }
    };
    let digits = |step: f64| (2.0 - step.log10()).ceil().clamp(0.0, 12.0) as usize;
    match large {
        l if !(1e-4..1e15).contains(&l) => {
            let power = value.abs().log10().floor() as i32;
            format!("{}e{power}", trimmed(value / 10f64.powi(power), 2))
        }
        l if l >= 1e9 => format!("{}G", trimmed(value / 1e9, digits(step / 1e9))),
        l if l >= 1e6 => format!("{}M", trimmed(value / 1e6, digits(step / 1e6))),
        l if l >= 1e4 => format!("{}k", trimmed(value / 1e3, digits(step / 1e3))),
        _ => trimmed(value, digits(step)),
    }
    .replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(values: &[f64], log: bool, wanted: usize) -> Vec<String> {
        Axis::holding(values.iter().copied(), log).ticks(wanted).into_iter().map(|t| t.1).collect()
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(labels(&[0.0, 1.0], false, 5), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(labels(&[0.0, 40_000.0], false, 4), ["0", "10k", "20k", "30k", "40k"]);
        assert_eq!(labels(&[-0.03, 0.03], false, 3), ["−0.02", "0", "0.02"]);
        assert_eq!(labels(&[0.001, 1.0], true, 4), ["0.001", "0.01", "0.1", "1"]);
        assert_eq!(labels(&[1.0, 9.0], true, 6), ["1", "2", "5"]);
        assert_eq!(labels(&[1e-9, 1e-8], true, 3), ["1e−9", "2e−9", "5e−9", "1e−8"]);
        for (lo, hi) in [(3.1e-7, 3.2e-7), (-5e8, 7e12), (0.1234, 0.1235), (1e300, 1e301)] {
            for log in [false, true] {
                let found = labels(&[lo, hi], log, 6);
                assert!((1..=13).contains(&found.len()) || lo < 0.0, "{lo}..{hi}: {found:?}");
            }
        }
    }

    #[test]
    fn useless_values_leave_a_usable_axis() {
        for log in [false, true] {
            for values in [&[][..], &[f64::NAN], &[0.0, 0.0], &[-3.0, f64::INFINITY], &[7.0], &[f64::MAX, f64::MIN]] {
                let axis = Axis::holding(values.iter().copied(), log).roomy(0.05);
                assert!(axis.from < axis.to, "{values:?}: {axis:?}");
                assert!(axis.place(values.first().copied().unwrap_or(1.0)).is_none_or(f64::is_finite));
                axis.ticks(5);
            }
        }
        let axis = Axis::holding([0.0, 0.1, 10.0].into_iter(), true);
        assert_eq!((axis.place(0.0), axis.place(0.1), axis.place(1.0)), (None, Some(0.0), Some(0.5)));
    }
}
