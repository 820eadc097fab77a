//! Charts as SVG, for pages: sharp at any size, and in the page's own colours for text and lines, so that they
//! stand on light and dark alike. Classes `grid`, `axis`, `marker` may be styled; text is `currentColor`.

use std::fmt::Write;

use super::canvas::{Plot, by_column, gaussian};
use super::colour::series_colour;
use super::plot::Chart;
use super::series::{Mark, bar_width};

/// Height of a line of text, in the drawing's units.
const LINE: f32 = 18.0;
/// Width of a letter of the page's font at 13 units, on average.
pub(super) const LETTER: f32 = 6.6;

impl Chart {
    /// Draws the chart as an `<svg>` element without size of its own: it fills its place's width.
    pub fn svg(&self) -> String {
        let (width, height) = (self.width.clamp(160, 8192) as f32, self.height.clamp(120, 8192) as f32);
        let (x, y) = (self.x_axis(), self.y_axis());
        let rows = self.rows(width);
        let marker_rows = if self.markers.is_empty() { 0.0 } else { 1.0 };
        let top = 8.0 + LINE * (rows.len() as f32 + marker_rows) + if self.title.is_empty() { 0.0 } else { 24.0 };
        let bottom = if self.x_label.is_empty() { 26.0 } else { 44.0 };
        let y_ticks = y.ticks(((height - top - bottom) / 44.0) as usize);
        let widest = y_ticks.iter().map(|t| t.1.chars().count()).max().unwrap_or(1) as f32 * LETTER;
        let left = widest + 14.0 + if self.y_label.is_empty() { 0.0 } else { 20.0 };
        let plot =
            Plot { left, top, width: (width - 14.0 - left).max(10.0), height: (height - top - bottom).max(10.0), x, y };
        let (right, floor) = (plot.left + plot.width, plot.top + plot.height);

        let mut out = open(width, height, &self.title);
        if !self.title.is_empty() {
            text(&mut out, &self.title, 4.0, 16.0, "start", "font-weight=\"600\"");
        }
        for (i, row) in rows.iter().enumerate() {
            let line = top - LINE * (rows.len() as f32 - i as f32 + marker_rows) + 4.0;
            for (series, at) in row {
                let [r, g, b] = self.colour(*series);
                let _ = write!(
                    out,
                    "<rect x=\"{at:.1}\" y=\"{:.1}\" width=\"14\" height=\"4\" rx=\"2\" fill=\"rgb({r},{g},{b})\"/>",
                    line - 2.0
                );
                text(&mut out, &self.series[*series].label, at + 19.0, line + 4.5, "start", "");
            }
        }
        for (value, label) in &y_ticks {
            if let Some(p) = y.place(*value) {
                let row = plot.top + (1.0 - p as f32) * plot.height;
                let _ = write!(
                    out,
                    "<path class=\"grid\" d=\"M{left:.1} {row:.1}H{right:.1}\" stroke=\"currentColor\" stroke-opacity=\".13\"/>"
                );
                text(&mut out, label, left - 6.0, row + 4.5, "end", "");
            }
        }
        for (value, label) in x.ticks((plot.width / 90.0) as usize) {
            if let Some(p) = x.place(value) {
                let column = plot.left + p as f32 * plot.width;
                let _ = write!(
                    out,
                    "<path class=\"axis\" d=\"M{column:.1} {floor:.1}v4\" stroke=\"currentColor\" stroke-opacity=\".5\"/>"
                );
                let anchor = if column + 20.0 > width { "end" } else { "middle" };
                text(&mut out, &label, column.min(width - 2.0), floor + 17.0, anchor, "");
            }
        }
        let _ = write!(
            out,
            "<path class=\"axis\" d=\"M{left:.1} {floor:.1}H{right:.1}\" stroke=\"currentColor\" stroke-opacity=\".5\"/>"
        );
        self.marked(&mut out, &plot);
        for i in 0..self.series.len() {
            self.curve(&mut out, &plot, i);
        }
        if !self.series.iter().any(|s| s.points.iter().any(|&p| plot.place(p).is_some())) {
            text(&mut out, "no data", plot.left + 0.5 * plot.width, plot.top + 0.5 * plot.height, "middle", "");
        }
        text(&mut out, &self.x_label, plot.left + 0.5 * plot.width, height - 7.0, "middle", "");
        if !self.y_label.is_empty() {
            let middle = plot.top + 0.5 * plot.height;
            let turned = format!("transform=\"rotate(-90 13 {middle:.1})\"");
            text(&mut out, &self.y_label, 13.0, middle, "middle", &turned);
        }
        out + "</svg>"
    }

    fn colour(&self, series: usize) -> [u8; 3] {
        self.series[series].colour.unwrap_or_else(|| series_colour(series))
    }

    /// The legend's entries, series and place, in as many rows as they need.
    fn rows(&self, width: f32) -> Vec<Vec<(usize, f32)>> {
        let mut rows: Vec<Vec<(usize, f32)>> = Vec::new();
        let mut x = f32::INFINITY;
        for (i, series) in self.series.iter().enumerate().filter(|(_, s)| !s.label.is_empty()) {
            let wide = 34.0 + series.label.chars().count() as f32 * LETTER;
            if x + wide > width {
                rows.push(Vec::new());
                x = 4.0;
            }
            if let Some(row) = rows.last_mut() {
                row.push((i, x));
            }
            x += wide;
        }
        rows
    }

    /// Dashed lines with a label above the plot, where it runs into no other; what is hidden shows under the pointer.
    fn marked(&self, out: &mut String, plot: &Plot) {
        let mut free = f32::NEG_INFINITY;
        let mut markers: Vec<_> = self.markers.iter().collect();
        markers.sort_by(|a, b| a.x.total_cmp(&b.x));
        for marker in markers {
            let Some(share) = plot.x.place(marker.x).filter(|p| (0.0..=1.0).contains(p)) else { continue };
            let x = plot.left + share as f32 * plot.width;
            let (top, floor) = (plot.top - 3.0, plot.top + plot.height);
            let _ = write!(
                out,
                "<path class=\"marker\" d=\"M{x:.1} {top:.1}V{floor:.1}\" stroke=\"currentColor\" stroke-opacity=\".6\" \
                 stroke-dasharray=\"4 4\"><title>{}</title></path>",
                escaped(&marker.label)
            );
            let half = 0.5 * LETTER * marker.label.chars().count() as f32;
            let middle = x.clamp(half, (plot.left + plot.width + 12.0 - half).max(half));
            if middle - half > free {
                text(out, &marker.label, middle, plot.top - 7.0, "middle", "");
                free = middle + half + 6.0;
            }
        }
    }

    fn curve(&self, out: &mut String, plot: &Plot, index: usize) {
        let series = &self.series[index];
        let [r, g, b] = self.colour(index);
        match series.mark {
            Mark::Line => {
                let smooth = series.smoothing > 0.0 && series.points.len() > 4;
                if smooth {
                    let calm = gaussian(&series.points, series.smoothing, &plot.y);
                    line(out, plot, &series.points, &format!("stroke=\"rgb({r},{g},{b})\" stroke-opacity=\".25\""));
                    line(out, plot, &calm, &format!("stroke=\"rgb({r},{g},{b})\" stroke-width=\"2\""));
                } else {
                    line(out, plot, &series.points, &format!("stroke=\"rgb({r},{g},{b})\" stroke-width=\"2\""));
                }
            }
            Mark::Dots => {
                for (x, y) in series.points.iter().filter_map(|&p| plot.place(p)) {
                    let _ = write!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\" fill=\"rgb({r},{g},{b})\"/>");
                }
            }
            Mark::Bars => {
                let half = 0.5 * bar_width(&series.points);
                let zero = plot.y.place(0.0).unwrap_or(0.0).clamp(0.0, 1.0) as f32;
                let zero = plot.top + (1.0 - zero) * plot.height;
                for &[x, y] in &series.points {
                    let (Some((from, top)), Some((to, _))) = (plot.place([x - half, y]), plot.place([x + half, y]))
                    else {
                        continue;
                    };
                    let (low, high) = (top.min(zero), (top - zero).abs());
                    let _ = write!(
                        out,
                        "<rect x=\"{from:.1}\" y=\"{low:.1}\" width=\"{:.1}\" height=\"{high:.1}\" fill=\"rgb({r},{g},{b})\"/>",
                        (to - from - 1.0).max(0.5)
                    );
                }
            }
        }
    }
}

pub(super) fn open(width: f32, height: f32, title: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\" font-size=\"13\" fill=\"none\">",
        escaped(title)
    )
}

pub(super) fn text(out: &mut String, text: &str, x: f32, y: f32, anchor: &str, more: &str) {
    if !text.is_empty() {
        let _ = write!(
            out,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"currentColor\" {more}>{}</text>",
            escaped(text)
        );
    }
}

/// A line broken where a point has no place; a lone point becomes a dot.
fn line(out: &mut String, plot: &Plot, points: &[[f64; 2]], style: &str) {
    let placed: Vec<Option<(f32, f32)>> = points.iter().map(|&p| plot.place(p)).collect();
    for run in placed.split(Option::is_none) {
        let run: Vec<(f32, f32)> = run.iter().flatten().copied().collect();
        match &coarse(&run)[..] {
            [] => {}
            [(x, y)] => {
                let _ = write!(out, "<path d=\"M{x:.1} {y:.1}h.1\" stroke-linecap=\"round\" {style}/>");
            }
            kept => {
                let _ = write!(out, "<path stroke-linejoin=\"round\" {style} d=\"");
                for (i, (x, y)) in kept.iter().enumerate() {
                    let _ = write!(out, "{}{x:.1} {y:.1}", if i == 0 { "M" } else { "L" });
                }
                *out += "\"/>";
            }
        }
    }
}

/// A line in no more points than a page should carry.
fn coarse(points: &[(f32, f32)]) -> Vec<(f32, f32)> {
    if points.len() < 400 { points.to_vec() } else { by_column(points, 3.0) }
}

/// Text that is safe between tags and in attributes.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::super::{Marker, Series};
    use super::*;

    fn chart(points: Vec<[f64; 2]>) -> Chart {
        Chart { series: vec![Series::line("a <b>", points)], width: 400, height: 240, ..Default::default() }
    }

    #[test]
    fn any_numbers_give_a_drawing() {
        for log_y in [false, true] {
            for points in
                [vec![], vec![[f64::NAN, 1.0]], vec![[1.0, 0.0]], vec![[0.0, 5.0], [1.0, f64::INFINITY], [2.0, 3.0]]]
            {
                for mark in [Mark::Line, Mark::Dots, Mark::Bars] {
                    let mut chart = Chart { log_y, ..chart(points.clone()) };
                    chart.series[0].mark = mark;
                    let svg = chart.svg();
                    assert!(
                        svg.starts_with("<svg")
                            && svg.ends_with("</svg>")
                            && !svg.contains("NaN")
                            && !svg.contains("inf"),
                        "{svg}"
                    );
                }
            }
        }
    }

    #[test]
    fn labels_are_escaped_and_markers_drawn() {
        let mut chart = chart((0..50).map(|i| [f64::from(i), f64::from(i)]).collect());
        chart.markers = vec![Marker { x: 30.0, label: "lr x 0.1".into() }, Marker { x: 99.0, label: "beyond".into() }];
        let svg = chart.svg();
        assert!(svg.contains("a &lt;b&gt;") && !svg.contains("<b>"));
        assert!(svg.matches("class=\"marker\"").count() == 1 && svg.contains(">lr x 0.1</text>"), "{svg}");
    }

    #[test]
    fn long_lines_keep_their_extremes_in_few_points() {
        let points: Vec<(f32, f32)> = (0..3000).map(|i| (i as f32 / 10.0, if i == 777 { 99.0 } else { 5.0 })).collect();
        let kept = coarse(&points);
        assert!(kept.len() < 500 && kept.iter().any(|p| p.1 == 99.0), "{}", kept.len());
        assert_eq!(kept.first().unwrap().1, 5.0);
    }
}
