//! The z-buffer: which item is nearest at each sample of a band of rows.

/// The supersampled buffer of one band.
pub(super) struct Samples {
    /// `[tall, wide]`, the nearest depth, -∞ where there is none.
    pub depth: Vec<f32>,
    /// `[tall, wide]`, what lies there, `u32::MAX` where nothing does.
    pub item: Vec<u32>,
    pub wide: usize,
    tall: usize,
}

impl Samples {
    /// An empty buffer.
    pub fn new(wide: usize, tall: usize) -> Self {
        Self { depth: vec![f32::NEG_INFINITY; wide * tall], item: vec![u32::MAX; wide * tall], wide, tall }
    }

    /// Rows whose sample centres lie in `from..=to`.
    fn rows(&self, from: f64, to: f64) -> std::ops::Range<usize> {
        span(from, to, self.tall)
    }

    /// Corners as (column, row, depth) in samples. What is too thin to hold the middle of a sample still leaves a line of
    /// them: a blade seen along its edge must not break up.
    pub fn triangle(&mut self, item: u32, p: [[f64; 3]; 3]) {
        let doubled = (p[1][0] - p[0][0]) * (p[2][1] - p[0][1]) - (p[1][1] - p[0][1]) * (p[2][0] - p[0][0]);
        if doubled.abs() < 1e-9 {
            return;
        }
        let min = |axis: usize| p[0][axis].min(p[1][axis]).min(p[2][axis]);
        let max = |axis: usize| p[0][axis].max(p[1][axis]).max(p[2][axis]);
        let (near, far) = (max(2), min(2));
        // Depth as a plane over the picture.
        let (d1, d2) = (p[1][2] - p[0][2], p[2][2] - p[0][2]);
        let across = (d1 * (p[2][1] - p[0][1]) - d2 * (p[1][1] - p[0][1])) / doubled;
        let down = (d2 * (p[1][0] - p[0][0]) - d1 * (p[2][0] - p[0][0])) / doubled;
        for row in reached(min(1), max(1), self.tall) {
            let y = row as f64 + 0.5;
            // Where the row enters and leaves the triangle: between its crossings with the edges.
            let (mut from, mut to) = (f64::INFINITY, f64::NEG_INFINITY);
            for k in 0..3 {
                let (a, b) = (p[k], p[(k + 1) % 3]);
                // Each edge from its upper end, so that neighbours compute the very same crossing.
                let (a, b) = if (a[1], a[0]) <= (b[1], b[0]) { (a, b) } else { (b, a) };
                if a[1] <= y && y <= b[1] && b[1] > a[1] {
                    let x = a[0] + (b[0] - a[0]) * ((y - a[1]) / (b[1] - a[1]));
                    (from, to) = (from.min(x), to.max(x));
                }
            }
            if from > to {
                // A sliver that lies between two rows.
                (from, to) = (min(0), max(0));
            }
            for column in reached(from, to, self.wide) {
                let x = column as f64 + 0.5;
                // A sliver's plane is steep: keep it between its corners.
                let depth = (p[0][2] + across * (x - p[0][0]) + down * (y - p[0][1])).clamp(far, near) as f32;
                self.put(row * self.wide + column, depth, item);
            }
        }
    }

    /// A disc that faces the viewer; `p` is its middle as (column, row, depth) in samples.
    pub fn disc(&mut self, item: u32, p: [f64; 3], radius: f64) {
        for row in self.rows(p[1] - radius, p[1] + radius) {
            let half = (radius * radius - (row as f64 + 0.5 - p[1]).powi(2)).max(0.0).sqrt();
            for column in span(p[0] - half, p[0] + half, self.wide) {
                self.put(row * self.wide + column, p[2] as f32, item);
            }
        }
    }

    fn put(&mut self, at: usize, depth: f32, item: u32) {
        if depth > self.depth[at] {
            (self.depth[at], self.item[at]) = (depth, item);
        }
    }
}

/// The sample centres `i + 0.5` in `from..=to`, cut to `0..length`; empty if reversed.
fn span(from: f64, to: f64, length: usize) -> std::ops::Range<usize> {
    let start = (from - 0.5).ceil().max(0.0);
    let end = ((to - 0.5).floor() + 1.0).min(length as f64);
    if start < end { start as usize..end as usize } else { 0..0 }
}

/// The same, or the one sample that `from..=to` lies in where it holds no centre.
fn reached(from: f64, to: f64, length: usize) -> std::ops::Range<usize> {
    let centres = span(from, to, length);
    let middle = 0.5 * (from + to);
    if centres.is_empty() && (0.0..length as f64).contains(&middle) {
        middle as usize..middle as usize + 1
    } else {
        centres
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_halves_of_a_square_fill_it_once() {
        let (a, b, c, d) = ([1.0, 1.0, 0.0], [9.0, 1.0, 1.0], [9.0, 9.0, 2.0], [1.0, 9.0, 1.0]);
        let mut samples = Samples::new(10, 10);
        samples.triangle(0, [a, b, c]);
        samples.triangle(1, [c, d, a]);
        let hit = samples.item.iter().filter(|i| **i != u32::MAX).count();
        assert_eq!(hit, 64);
        // Depth is the plane (x + y - 2) / 8.
        assert!((samples.depth[5 * 10 + 3] - (3.5 + 5.5 - 2.0) / 8.0).abs() < 1e-6);
        // What is farther leaves no trace, what lies outside or has no area neither.
        let before = samples.item.clone();
        samples.triangle(2, [a, b, c].map(|p| [p[0], p[1], -1.0]));
        samples.triangle(3, [a, c, c]);
        samples.triangle(4, [[-50.0, -9.0, 5.0], [-3.0, -8.0, 5.0], [-9.0, 900.0, 5.0]]);
        assert_eq!(samples.item, before);
    }

    #[test]
    fn what_is_thinner_than_a_sample_is_a_line() {
        let mut samples = Samples::new(10, 10);
        samples.triangle(0, [[2.1, 1.0, 0.0], [2.2, 1.0, 0.0], [2.3, 9.0, 0.0]]);
        samples.triangle(1, [[4.0, 2.6, 0.0], [8.0, 2.7, 0.0], [6.0, 2.9, 0.0]]);
        let hits = |item| samples.item.iter().filter(|i| **i == item).count();
        assert_eq!((hits(0), hits(1)), (8, 4));
    }
}
