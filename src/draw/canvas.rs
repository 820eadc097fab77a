//! The drawing of a chart's marks: paths on a pixmap, smoothing, thinning.

use super::Picture;
use super::axis::Axis;
use super::series::{Mark, Series, bar_width};
use tiny_skia::{Color, FillRule, LineCap, LineJoin, Paint, PathBuilder, Pixmap, Rect, Stroke, StrokeDash, Transform};

/// The rectangle between the axes and the two axes.
pub(super) struct Plot {
    pub left: f32,
    pub top: f32,
    pub width: f32,
    pub height: f32,
    pub x: Axis,
    pub y: Axis,
}

impl Plot {
    /// Where a point lies in the picture; `None` if it has no place on an axis.
    pub fn place(&self, [x, y]: [f64; 2]) -> Option<(f32, f32)> {
        let (x, y) = (self.x.place(x)? as f32, self.y.place(y)? as f32);
        let near = |p: f32| (-10.0..=11.0).contains(&p);
        (near(x) && near(y)).then_some((self.left + x * self.width, self.top + (1.0 - y) * self.height))
    }
}

/// Paths on an opaque pixmap.
pub(super) struct Canvas(Pixmap);

impl Canvas {
    pub fn new(width: u32, height: u32) -> Self {
        let mut pixmap = Pixmap::new(width, height).expect("the chart's sides are bounded and not zero");
        pixmap.fill(Color::WHITE);
        Self(pixmap)
    }

    pub fn picture(self) -> Picture {
        let (width, height) = (self.0.width(), self.0.height());
        // Opaque, so premultiplied and straight alpha agree.
        Picture::from_rgba(width, height, self.0.take()).unwrap_or_else(|| Picture::new(width, height, [255; 4]))
    }

    fn paint(colour: [u8; 4]) -> Paint<'static> {
        let mut paint = Paint::default();
        paint.set_color_rgba8(colour[0], colour[1], colour[2], colour[3]);
        paint
    }

    pub fn line(&mut self, points: &[(f32, f32)], colour: [u8; 4], width: f32, dash: Option<[f32; 2]>) {
        let mut path = PathBuilder::new();
        for (i, &(x, y)) in points.iter().enumerate() {
            if i == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
        }
        let stroke = Stroke {
            width,
            line_cap: if dash.is_some() { LineCap::Butt } else { LineCap::Round },
            line_join: LineJoin::Round,
            dash: dash.and_then(|d| StrokeDash::new(d.to_vec(), 0.0)),
            ..Stroke::default()
        };
        if let Some(path) = path.finish() {
            self.0.stroke_path(&path, &Self::paint(colour), &stroke, Transform::identity(), None);
        }
    }

    fn disc(&mut self, x: f32, y: f32, radius: f32, colour: [u8; 4]) {
        if let Some(path) = PathBuilder::from_circle(x, y, radius) {
            self.0.fill_path(&path, &Self::paint(colour), FillRule::Winding, Transform::identity(), None);
        }
    }

    fn bar(&mut self, x: f32, y: f32, width: f32, height: f32, colour: [u8; 4]) {
        if let Some(rect) = Rect::from_xywh(x, y, width, height) {
            self.0.fill_rect(rect, &Self::paint(colour), Transform::identity(), None);
        }
    }

    pub fn swatch(&mut self, x: f32, y: f32, mark: Mark, [r, g, b]: [u8; 3]) {
        match mark {
            Mark::Line => self.line(&[(x + 2.0, y), (x + 18.0, y)], [r, g, b, 255], 3.0, None),
            Mark::Dots => self.disc(x + 11.0, y, 4.0, [r, g, b, 255]),
            Mark::Bars => self.bar(x + 5.0, y - 6.0, 12.0, 12.0, [r, g, b, 255]),
        }
    }

    pub fn series(&mut self, plot: &Plot, series: &Series, [r, g, b]: [u8; 3]) {
        match series.mark {
            Mark::Line => {
                let smooth = series.smoothing > 0.0 && series.points.len() > 4;
                self.curve(
                    plot,
                    &series.points,
                    if smooth { [r, g, b, 60] } else { [r, g, b, 255] },
                    if smooth { 1.2 } else { 2.0 },
                );
                if smooth {
                    self.curve(plot, &gaussian(&series.points, series.smoothing, &plot.y), [r, g, b, 255], 2.2);
                }
            }
            Mark::Dots => {
                // Many dots are small and clear, so that their density shows.
                let (radius, alpha) = if series.points.len() > 400 { (2.0, 110) } else { (3.2, 190) };
                for &p in &series.points {
                    if let Some((x, y)) = plot.place(p) {
                        self.disc(x, y, radius, [r, g, b, alpha]);
                    }
                }
            }
            Mark::Bars => {
                let half = 0.5 * bar_width(&series.points);
                let floor = plot.y.place(0.0).unwrap_or(0.0).clamp(0.0, 1.0) as f32;
                let floor = plot.top + (1.0 - floor) * plot.height;
                for &[x, y] in &series.points {
                    let (Some((from, top)), Some((to, _))) = (plot.place([x - half, y]), plot.place([x + half, y]))
                    else {
                        continue;
                    };
                    let gap = if to - from > 4.0 { 1.0 } else { 0.0 };
                    self.bar(from, top.min(floor), to - from - gap, (floor - top).abs(), [r, g, b, 215]);
                }
            }
        }
    }

    /// A line through the points that have a place, broken where one has none; a lone point becomes a dot.
    fn curve(&mut self, plot: &Plot, points: &[[f64; 2]], colour: [u8; 4], width: f32) {
        let placed: Vec<Option<(f32, f32)>> = points.iter().map(|&p| plot.place(p)).collect();
        for run in placed.split(Option::is_none) {
            let run: Vec<(f32, f32)> = run.iter().flatten().copied().collect();
            match run.len() {
                0 => {}
                1 => self.disc(run[0].0, run[0].1, 1.6 * width, colour),
                _ => self.line(&thinned(&run), colour, width, None),
            }
        }
    }
}

/// A long line in fewer points: it looks the same, and a million steps draw as quickly as a thousand.
fn thinned(points: &[(f32, f32)]) -> Vec<(f32, f32)> {
    if points.len() < 4000 { points.to_vec() } else { by_column(points, 1.0) }
}

/// A line with its points within columns of this width reduced to first, lowest, highest and last.
pub(super) fn by_column(points: &[(f32, f32)], width: f32) -> Vec<(f32, f32)> {
    let mut kept = Vec::new();
    for column in points.chunk_by(|a, b| (a.0 / width).floor() == (b.0 / width).floor()) {
        let by_height = |a: &&(f32, f32), b: &&(f32, f32)| a.1.total_cmp(&b.1);
        let ends = [column.first(), column.iter().min_by(by_height), column.iter().max_by(by_height), column.last()];
        kept.extend(ends.into_iter().flatten().copied());
    }
    kept
}

/// Each value replaced by a straight line fitted to its neighbours under Gaussian weights of `sigma` points (local linear
/// regression, Cleveland 1979: unlike a mean, it doesn't lag at the ends of a falling curve), in the axis's own measure;
/// values without a place stay as they are and weigh nothing.
pub(super) fn gaussian(points: &[[f64; 2]], sigma: f64, axis: &Axis) -> Vec<[f64; 2]> {
    let sigma = sigma.clamp(0.1, 2000.0);
    let reach = (2.5 * sigma).ceil() as usize;
    let kernel: Vec<f64> = (0..=reach).map(|i| (-0.5 * (i as f64 / sigma).powi(2)).exp()).collect();
    let placed: Vec<Option<f64>> = points.iter().map(|p| axis.place(p[1])).collect();
    let fitted = |i: usize| {
        // Weighted sums of 1, t, t², v, tv with t counted from i.
        let mut sums = [0.0; 5];
        for j in i.saturating_sub(reach)..=(i + reach).min(points.len() - 1) {
            if let Some(v) = placed[j] {
                let (w, t) = (kernel[i.abs_diff(j)], j as f64 - i as f64);
                let terms = [1.0, t, t * t, v, t * v];
                sums = std::array::from_fn(|k| sums[k] + w * terms[k]);
            }
        }
        let [n, t, tt, v, tv] = sums;
        let determinant = n * tt - t * t;
        if determinant > 1e-9 * n * n { (tt * v - t * tv) / determinant } else { v / n }
    };
    let smooth = |(i, p): (usize, &[f64; 2])| if placed[i].is_some() { [p[0], axis.value(fitted(i))] } else { *p };
    points.iter().enumerate().map(smooth).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_keeps_lines_and_calms_noise() {
        let axis = Axis::holding([0.0, 2.0].into_iter(), false);
        let noisy: Vec<[f64; 2]> = (0..200).map(|i| [f64::from(i), 1.0 + f64::from(i % 2) * 0.5]).collect();
        let calm = gaussian(&noisy, 4.0, &axis);
        assert!(calm[20..180].iter().all(|p| (p[1] - 1.25).abs() < 0.01));
        // A line stays the same line up to its ends.
        let slope: Vec<[f64; 2]> = (0..9).map(|i| [f64::from(i), 0.2 * f64::from(i)]).collect();
        assert!(gaussian(&slope, 2.0, &axis).iter().zip(&slope).all(|(a, b)| (a[1] - b[1]).abs() < 1e-9));
    }

    #[test]
    fn a_million_points_keep_their_extremes() {
        let points: Vec<(f32, f32)> =
            (0..1_000_000).map(|i| (i as f32 / 2000.0, if i == 777_777 { 99.0 } else { 5.0 })).collect();
        let kept = thinned(&points);
        assert!(kept.len() <= 2004 && kept.iter().any(|p| p.1 == 99.0));
    }
}
