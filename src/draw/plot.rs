//! Charts: curves, points and bars over linear or logarithmic axes. Whatever the numbers are, a picture comes out; what
//! has no place on an axis (NaN, or zero on a logarithmic one) leaves a gap.

use super::Picture;
use super::axis::Axis;
use super::canvas::{Canvas, Plot};
use super::colour::series_colour;
use super::series::{Mark, Series, bar_width};
use super::text::{Align, Face, Pen};

/// A dashed vertical line with a label, e.g. where a schedule steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    pub x: f64,
    pub label: String,
}

/// A chart to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    pub title: String,
    pub x_label: String,
    pub y_label: String,
    pub log_x: bool,
    pub log_y: bool,
    /// Values that the vertical axis holds whatever the series are.
    pub y_holds: Vec<f64>,
    pub series: Vec<Series>,
    pub markers: Vec<Marker>,
    /// Size in pixels.
    pub width: u32,
    pub height: u32,
}

impl Default for Chart {
    fn default() -> Self {
        Self {
            title: String::new(),
            x_label: String::new(),
            y_label: String::new(),
            log_x: false,
            log_y: false,
            y_holds: Vec::new(),
            series: Vec::new(),
            markers: Vec::new(),
            width: 900,
            height: 500,
        }
    }
}

const QUIET: [u8; 3] = [104, 110, 120];

impl Chart {
    /// Draws the chart on white.
    pub fn picture(&self) -> Picture {
        let (width, height) = (self.width.clamp(160, 8192), self.height.clamp(120, 8192));
        let title = Pen::new(Face::Bold, 19.0);
        let small = Pen::new(Face::Sans, 14.0).inked(QUIET);
        let label = Pen::new(Face::Sans, 15.0);

        let legend = self.legend(&label, width as f32 - 40.0);
        let legend_rows = legend.iter().map(|e| e.row + 1).max().unwrap_or(0);
        let title_height = if self.title.is_empty() { 10.0 } else { 40.0 };
        let y = self.y_axis();
        let bottom = if self.x_label.is_empty() { 32.0 } else { 54.0 };
        let mut plot = Plot {
            left: 0.0,
            top: title_height + legend_rows as f32 * 22.0 + 8.0,
            width: 1.0,
            height: 1.0,
            x: self.x_axis(),
            y,
        };
        // Labels of the vertical axis decide where it stands; their number depends on the height only.
        let rough_height = height as f32 - bottom - plot.top;
        let y_ticks = y.ticks((rough_height / 52.0) as usize);
        let widest = y_ticks.iter().map(|t| small.measure(&t.1)).fold(18.0, f32::max);
        plot.left = (widest + 18.0 + if self.y_label.is_empty() { 6.0 } else { 26.0 }).round();
        plot.width = (width as f32 - 24.0 - plot.left).max(10.0);
        let markers = self.place_markers(&plot, &small);
        plot.top += markers.iter().map(|m| m.row + 1).max().unwrap_or(0) as f32 * 18.0;
        plot.height = (height as f32 - bottom - plot.top).max(10.0).round();
        let x_ticks = plot.x.ticks((plot.width / 95.0) as usize);

        let mut canvas = Canvas::new(width, height);
        for (value, _) in &y_ticks {
            if let Some(p) = y.place(*value) {
                let row = (plot.top + (1.0 - p as f32) * plot.height).round() + 0.5;
                canvas.line(&[(plot.left, row), (plot.left + plot.width, row)], [231, 233, 237, 255], 1.0, None);
            }
        }
        for (value, _) in &x_ticks {
            if let Some(p) = plot.x.place(*value) {
                let column = (plot.left + p as f32 * plot.width).round() + 0.5;
                canvas.line(&[(column, plot.top), (column, plot.top + plot.height)], [241, 242, 245, 255], 1.0, None);
                canvas.line(
                    &[(column, plot.top + plot.height), (column, plot.top + plot.height + 5.0)],
                    [150, 155, 163, 255],
                    1.0,
                    None,
                );
            }
        }
        for m in &markers {
            let top = plot.top - 18.0 * m.row as f32 - 2.0;
            canvas.line(&[(m.x, top), (m.x, plot.top + plot.height)], [150, 155, 165, 255], 1.0, Some([4.0, 4.0]));
        }
        for (i, series) in self.series.iter().enumerate() {
            canvas.series(&plot, series, series.colour.unwrap_or_else(|| series_colour(i)));
        }
        let floor = plot.top + plot.height + 0.5;
        canvas.line(&[(plot.left, floor), (plot.left + plot.width, floor)], [150, 155, 163, 255], 1.0, None);
        for entry in &legend {
            let row = title_height + 22.0 * entry.row as f32 + 9.0;
            let colour = self.series[entry.series].colour.unwrap_or_else(|| series_colour(entry.series));
            canvas.swatch(20.0 + entry.x, row, self.series[entry.series].mark, colour);
        }

        let mut picture = canvas.picture();
        let room = width as f32 - 40.0;
        title.write(&mut picture, &title.elided(&self.title, room), 20.0, 24.0, Align::Left);
        for entry in &legend {
            let row = title_height + 22.0 * entry.row as f32 + 9.0;
            label.write(&mut picture, &entry.text, 20.0 + entry.x + 28.0, row, Align::Left);
        }
        for m in &markers {
            let align = if m.leftward { Align::Right } else { Align::Left };
            let x = if m.leftward { m.x - 4.0 } else { m.x + 4.0 };
            small.write(&mut picture, &m.text, x, plot.top - 18.0 * m.row as f32 - 10.0, align);
        }
        for (value, text) in &y_ticks {
            if let Some(p) = y.place(*value) {
                let row = plot.top + (1.0 - p as f32) * plot.height;
                small.write(&mut picture, text, plot.left - 9.0, row, Align::Right);
            }
        }
        for (value, text) in &x_ticks {
            if let Some(p) = plot.x.place(*value) {
                let half = 0.5 * small.measure(text);
                let column = (plot.left + p as f32 * plot.width).min(width as f32 - half - 3.0);
                small.write(&mut picture, text, column, plot.top + plot.height + 16.0, Align::Centre);
            }
        }
        label.write(
            &mut picture,
            &label.elided(&self.x_label, plot.width),
            plot.left + 0.5 * plot.width,
            height as f32 - 17.0,
            Align::Centre,
        );
        label.write_upward(&mut picture, &label.elided(&self.y_label, plot.height), 19.0, plot.top + 0.5 * plot.height);
        if !self.series.iter().any(|s| s.points.iter().any(|&p| plot.place(p).is_some())) {
            small.write(
                &mut picture,
                "no data",
                plot.left + 0.5 * plot.width,
                plot.top + 0.5 * plot.height,
                Align::Centre,
            );
        }
        picture
    }

    pub(super) fn x_axis(&self) -> Axis {
        let values = self.series.iter().flat_map(|s| {
            let half = if s.mark == Mark::Bars { 0.5 * bar_width(&s.points) } else { 0.0 };
            s.points.iter().flat_map(move |p| [p[0] - half, p[0] + half])
        });
        let room = if self.series.iter().any(|s| s.mark == Mark::Dots) { 0.03 } else { 0.0 };
        Axis::holding(values, self.log_x).roomy(room)
    }

    pub(super) fn y_axis(&self) -> Axis {
        let bars = self.series.iter().any(|s| s.mark == Mark::Bars);
        let values = self.series.iter().flat_map(|s| s.points.iter()).filter(|p| p[0].is_finite()).map(|p| p[1]);
        let zero = (bars && !self.log_y).then_some(0.0);
        let negative = values.clone().any(|v| v < 0.0);
        let held = self.y_holds.iter().copied();
        let axis = Axis::holding(values.chain(zero).chain(held), self.log_y).roomy(0.04);
        // Bars stand on the axis.
        if zero.is_some() && !negative { axis.starting(0.0) } else { axis }
    }

    /// Entries from left to right, in as many rows as they need; a single nameless series needs none.
    fn legend(&self, pen: &Pen, room: f32) -> Vec<Entry> {
        let (mut x, mut row, mut entries) = (0.0, 0, Vec::new());
        for (series, s) in self.series.iter().enumerate().filter(|(_, s)| !s.label.is_empty()) {
            let text = pen.elided(&s.label, room - 30.0);
            let wide = 28.0 + pen.measure(&text);
            if x > 0.0 && x + wide > room {
                (x, row) = (0.0, row + 1);
            }
            entries.push(Entry { series, text, x, row });
            x += wide + 24.0;
        }
        entries
    }

    /// Labels in rows above the plot, as low as they run into no other label and no other marker's line; to the left of
    /// their line near the edge.
    fn place_markers(&self, plot: &Plot, pen: &Pen) -> Vec<PlacedMarker> {
        const ROWS: usize = 5;
        let mut markers: Vec<&Marker> = self.markers.iter().collect();
        // From the right: a label reaches over the lines to its right, which then end below it.
        markers.sort_by(|a, b| b.x.total_cmp(&a.x));
        let mut placed: Vec<PlacedMarker> = Vec::new();
        for marker in markers {
            let Some(share) = plot.x.place(marker.x).filter(|p| (0.0..=1.0).contains(p)) else { continue };
            let x = (plot.left + share as f32 * plot.width).round() + 0.5;
            let mut text = pen.elided(&marker.label, 0.4 * plot.width);
            let wide = pen.measure(&text) + 12.0;
            let leftward = x + wide > plot.left + plot.width;
            let span = if leftward { (x - wide, x + 2.0) } else { (x - 2.0, x + wide) };
            let free = |row: &usize| {
                placed.iter().all(|m| {
                    let labels_meet = *row == m.row && span.0 < m.span.1 && m.span.0 < span.1;
                    let line_crosses_label = *row <= m.row && (span.0..span.1).contains(&m.x);
                    let label_crosses_line = *row >= m.row && (m.span.0..m.span.1).contains(&x);
                    !labels_meet && !line_crosses_label && !label_crosses_line
                })
            };
            // Where no row is free, the line stays and the label goes.
            let found = (0..ROWS).find(free);
            if found.is_none() {
                text.clear();
            }
            let span = if found.is_some() { span } else { (x, x) };
            placed.push(PlacedMarker { x, text, row: found.unwrap_or(0), leftward, span });
        }
        placed
    }
}

struct Entry {
    series: usize,
    text: String,
    x: f32,
    row: usize,
}

struct PlacedMarker {
    x: f32,
    text: String,
    row: usize,
    leftward: bool,
    /// From where to where the label reaches, in pixels.
    span: (f32, f32),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pixels that are close to a colour.
    fn near(picture: &Picture, colour: [u8; 3]) -> usize {
        picture.rgba().chunks(4).filter(|p| (0..3).all(|c| p[c].abs_diff(colour[c]) < 24)).count()
    }

    fn chart(points: Vec<[f64; 2]>) -> Chart {
        let series = Series { colour: Some([255, 0, 0]), ..Series::line("", points) };
        Chart { series: vec![series], width: 300, height: 200, ..Chart::default() }
    }

    #[test]
    fn any_numbers_give_a_picture() {
        for log_y in [false, true] {
            for points in [
                vec![],
                vec![[f64::NAN, f64::NAN]],
                vec![[1.0, 0.0]],
                vec![[0.0, 5.0], [1.0, 5.0]],
                vec![[0.0, -1.0], [f64::INFINITY, 2.0], [3.0, f64::NEG_INFINITY]],
                vec![[0.0, f64::MAX], [1.0, f64::MIN], [2.0, 1e-300]],
            ] {
                for mark in [Mark::Line, Mark::Dots, Mark::Bars] {
                    let mut chart = Chart { log_y, title: "t".repeat(500), ..chart(points.clone()) };
                    chart.series[0] = Series { mark, ..chart.series[0].clone() }.smoothed(3.0);
                    chart.markers =
                        vec![Marker { x: f64::NAN, label: "never".into() }, Marker { x: 0.5, label: "é".repeat(90) }];
                    chart.picture();
                }
            }
        }
        assert!(Series::histogram("", &[f64::NAN], 5).points.is_empty());
        Chart { width: 0, height: 0, ..chart(vec![[0.0, 1.0]]) }.picture();
    }

    #[test]
    fn a_hole_in_the_numbers_is_a_hole_in_the_line() {
        let whole: Vec<[f64; 2]> = (0..100).map(|i| [f64::from(i), 1.0 + f64::from(i)]).collect();
        let mut torn = whole.clone();
        torn[30..70].iter_mut().for_each(|p| p[1] = f64::NAN);
        let mut zeros = whole.clone();
        zeros[30..70].iter_mut().for_each(|p| p[1] = 0.0);
        let red =
            |points: &Vec<[f64; 2]>, log_y| near(&Chart { log_y, ..chart(points.clone()) }.picture(), [255, 0, 0]);
        let full = red(&whole, false);
        assert!(full > 150 && red(&torn, false) < full * 3 / 4 && red(&torn, false) > full / 3);
        assert!(red(&zeros, true) < red(&whole, true) * 9 / 10 && red(&zeros, true) > 20);
        // A single point is a dot, a constant a level line.
        assert!(red(&vec![[3.0, 4.0]], false) > 8);
        assert!(red(&vec![[0.0, 7.0], [1.0, 7.0]], true) > 200);
    }

    #[test]
    fn a_histogram_counts_every_value() {
        let values: Vec<f64> = (0..1000).map(|i| f64::from(i) * 0.01).chain([f64::NAN]).collect();
        let bars = Series::histogram("", &values, 10);
        assert_eq!(bars.points.len(), 10);
        assert_eq!(bars.points.iter().map(|p| p[1]).sum::<f64>(), 1000.0);
        let picture =
            Chart { series: vec![Series { colour: Some([255, 0, 0]), ..bars }], ..Chart::default() }.picture();
        assert!(near(&picture, [255, 40, 40]) > 900 * 500 / 3);
    }

    #[test]
    fn marker_labels_keep_clear_of_each_other_and_of_lines() {
        let names = ["lr 3e-4", "beta 0.1", "warm", "a long label near the end"];
        let markers =
            names.iter().zip([0.60, 0.64, 0.65, 0.97]).map(|(n, x)| Marker { x, label: (*n).into() }).collect();
        let chart = Chart { markers, width: 900, ..chart(vec![[0.0, 0.0], [1.0, 1.0]]) };
        let plot = Plot { left: 60.0, top: 0.0, width: 800.0, height: 300.0, x: chart.x_axis(), y: chart.y_axis() };
        let placed = chart.place_markers(&plot, &Pen::new(Face::Sans, 14.0));
        assert_eq!(placed.len(), 4);
        for (i, a) in placed.iter().enumerate() {
            assert!(!a.text.is_empty());
            for (j, b) in placed.iter().enumerate().filter(|(j, _)| *j != i) {
                assert!(a.row != b.row || a.span.1 <= b.span.0 || b.span.1 <= a.span.0, "labels {i} and {j} meet");
                assert!(b.row < a.row || b.x < a.span.0 || b.x > a.span.1, "line {j} crosses label {i}");
            }
        }
    }
}
