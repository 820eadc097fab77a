//! The points of a chart under one name, and how they are marked.

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mark {
    Line,
    Dots,
    /// Bars from zero, as wide as the smallest step in x.
    Bars,
}

/// Points under one name.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub label: String,
    /// `[N, 2]`, x and y.
    pub points: Vec<[f64; 2]>,
    pub mark: Mark,
    /// sRGB; by the order in the chart if `None`.
    pub colour: Option<[u8; 3]>,
    /// Draws the points lightly, and over them their mean under a Gaussian of this standard deviation, in points; 0 none.
    pub smoothing: f64,
}

impl Series {
    /// A line.
    pub fn line(label: impl Into<String>, points: Vec<[f64; 2]>) -> Self {
        Self { label: label.into(), points, mark: Mark::Line, colour: None, smoothing: 0.0 }
    }

    /// Unconnected points.
    pub fn dots(label: impl Into<String>, points: Vec<[f64; 2]>) -> Self {
        Self { mark: Mark::Dots, ..Self::line(label, points) }
    }

    /// How many of the finite values fall into each of `bins` equal steps, as bars.
    pub fn histogram(label: impl Into<String>, values: &[f64], bins: usize) -> Self {
        let finite = || values.iter().copied().filter(|v| v.is_finite());
        let (lo, hi) = finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
        let bins = bins.clamp(1, 10_000);
        let step = if hi > lo { (hi - lo) / bins as f64 } else { 1.0 };
        let mut counts = vec![0.0; if lo.is_finite() { bins } else { 0 }];
        for v in finite() {
            counts[(((v - lo) / step) as usize).min(bins - 1)] += 1.0;
        }
        let points = counts.into_iter().enumerate().map(|(i, n)| [lo + (i as f64 + 0.5) * step, n]).collect();
        Self { mark: Mark::Bars, ..Self::line(label, points) }
    }

    /// The same series with a smoothed curve; see [`Series::smoothing`].
    pub fn smoothed(self, points: f64) -> Self {
        Self { smoothing: points, ..self }
    }
}

/// The smallest positive step in x; 1 without any.
pub(super) fn bar_width(points: &[[f64; 2]]) -> f64 {
    let step = points.windows(2).map(|w| (w[1][0] - w[0][0]).abs()).filter(|s| *s > 0.0).fold(f64::INFINITY, f64::min);
    if step.is_finite() { step } else { 1.0 }
}
