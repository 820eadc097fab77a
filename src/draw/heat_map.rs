//! Heat maps, as SVG for pages and as pixels.

use std::fmt::Write;

use super::Picture;
use super::text::{Align, Face, Pen};
use super::vector::{LETTER, open, text};

/// Full colour.
const INK: [u8; 3] = [0x34, 0x65, 0xa8];
const QUIET: [u8; 3] = [104, 110, 120];

/// A grid of values, `[rows, columns]`, from the page's background (0) to full colour; what is no number stays empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatMap {
    pub title: String,
    /// To the left of the first and the last row.
    pub row_ends: [String; 2],
    /// Below the first and the last column.
    pub column_ends: [String; 2],
    /// `[rows, columns]`
    pub values: Vec<Vec<f64>>,
    /// What the values are, after the value of full colour.
    pub unit: String,
    /// The value of full colour; 0 for the largest that there is.
    pub full: f64,
    pub width: u32,
    pub height: u32,
}

impl HeatMap {
    /// Draws it as [`Chart::svg`] does.
    pub fn svg(&self) -> String {
        let (width, height) = (self.width.clamp(160, 8192) as f32, self.height.clamp(120, 8192) as f32);
        let columns = self.values.iter().map(Vec::len).max().unwrap_or(0);
        let most = self.most();
        let left = 14.0 + LETTER * self.row_ends.iter().map(|t| t.chars().count()).max().unwrap_or(0) as f32;
        let (top, bottom) = (if self.title.is_empty() { 26.0 } else { 48.0 }, 26.0);
        let (wide, tall) = (width - 8.0 - left, height - top - bottom);
        let (step_x, step_y) = (wide / columns.max(1) as f32, tall / self.values.len().max(1) as f32);
        let mut out = open(width, height, &self.title);
        if !self.title.is_empty() {
            text(&mut out, &self.title, 4.0, 16.0, "start", "font-weight=\"600\"");
        }
        // The scale, with the value of full colour at its end.
        for i in 0..10 {
            let at = left + 8.0 * i as f32;
            let _ = write!(
                out,
                "<rect x=\"{at:.1}\" y=\"{:.1}\" width=\"8\" height=\"8\" fill=\"#3465a8\" fill-opacity=\"{:.2}\"/>",
                top - 18.0,
                (i as f32 + 0.5) / 10.0
            );
        }
        text(&mut out, &self.scale(), left + 86.0, top - 9.5, "start", "");
        let _ = write!(
            out,
            "<rect class=\"grid\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{tall:.1}\" fill=\"none\" \
             stroke=\"currentColor\" stroke-opacity=\".3\"/>"
        );
        for (r, row) in self.values.iter().enumerate() {
            for (c, value) in row.iter().enumerate().filter(|(_, v)| v.is_finite() && most > 0.0) {
                let share = (value / most).clamp(0.0, 1.0);
                if share >= 0.005 {
                    let (x, y) = (left + c as f32 * step_x, top + r as f32 * step_y);
                    let _ = write!(
                        out,
                        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"#3465a8\" fill-opacity=\"{share:.2}\"/>",
                        step_x + 0.05,
                        step_y + 0.05
                    );
                }
            }
        }
        text(&mut out, &self.row_ends[0], left - 6.0, top + 0.5 * step_y.min(24.0) + 4.5, "end", "");
        if self.values.len() > 1 {
            text(&mut out, &self.row_ends[1], left - 6.0, top + tall - 0.5 * step_y.min(24.0) + 4.5, "end", "");
        }
        text(&mut out, &self.column_ends[0], left, height - 8.0, "start", "");
        text(&mut out, &self.column_ends[1], width - 8.0, height - 8.0, "end", "");
        out + "</svg>"
    }

    /// Draws it on white.
    pub fn picture(&self) -> Picture {
        let (width, height) = (self.width.clamp(160, 8192), self.height.clamp(120, 8192));
        let title = Pen::new(Face::Bold, 19.0);
        let small = Pen::new(Face::Sans, 14.0).inked(QUIET);
        let columns = self.values.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let rows = self.values.len().max(1);
        let left = 18.0 + self.row_ends.iter().map(|t| small.measure(t)).fold(18.0, f32::max);
        let (top, bottom) = (if self.title.is_empty() { 38.0 } else { 68.0 }, 32.0);
        let (wide, tall) = ((width as f32 - 24.0 - left).max(10.0), (height as f32 - top - bottom).max(10.0));
        let mut picture = Picture::new(width, height, [255; 4]);
        // Whole pixels, so that cells neither gape nor overlap.
        let edge = |from: f32, room: f32, i: usize, of: usize| (from + room * i as f32 / of as f32).round() as i32;
        let mut cell = |[x0, y0]: [i32; 2], [x1, y1]: [i32; 2], share: f64| {
            let [r, g, b] = INK.map(|c| (255.0 + share * (f64::from(c) - 255.0)).round() as u8);
            picture.fill(x0, y0, (x1 - x0).max(0) as u32, (y1 - y0).max(0) as u32, [r, g, b, 255]);
        };
        let (right, floor) = (edge(left, wide, 1, 1), edge(top, tall, 1, 1));
        // The frame, of which the cells leave a line.
        cell([left as i32 - 1, top as i32 - 1], [right + 1, floor + 1], 0.35);
        cell([left as i32, top as i32], [right, floor], 0.0);
        let most = self.most();
        for (r, row) in self.values.iter().enumerate() {
            for (c, value) in row.iter().enumerate().filter(|(_, v)| v.is_finite() && most > 0.0) {
                let corner = [edge(left, wide, c, columns), edge(top, tall, r, rows)];
                let end = [edge(left, wide, c + 1, columns), edge(top, tall, r + 1, rows)];
                cell(corner, end, (value / most).clamp(0.0, 1.0));
            }
        }
        for i in 0..10 {
            let at = left as i32 + 9 * i;
            cell([at, top as i32 - 22], [at + 9, top as i32 - 12], (f64::from(i) + 0.5) / 10.0);
        }
        title.write(&mut picture, &title.elided(&self.title, width as f32 - 40.0), 20.0, 24.0, Align::Left);
        small.write(&mut picture, &self.scale(), left + 98.0, top - 17.0, Align::Left);
        let half = 0.5 * (tall / rows as f32).min(24.0);
        small.write(&mut picture, &self.row_ends[0], left - 8.0, top + half, Align::Right);
        if self.values.len() > 1 {
            small.write(&mut picture, &self.row_ends[1], left - 8.0, top + tall - half, Align::Right);
        }
        small.write(&mut picture, &self.column_ends[0], left, height as f32 - 17.0, Align::Left);
        small.write(&mut picture, &self.column_ends[1], left + wide, height as f32 - 17.0, Align::Right);
        picture
    }

    /// The value of full colour.
    fn most(&self) -> f64 {
        if self.full > 0.0 {
            return self.full;
        }
        self.values.iter().flatten().copied().filter(|v| v.is_finite()).fold(0.0, f64::max)
    }

    /// What the scale says.
    fn scale(&self) -> String {
        let most = self.most();
        if most > 0.0 { format!("0 to {most:.2} {}", self.unit) } else { format!("0 {}", self.unit) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heat_map_draws_what_is_above_nothing() {
        let map = HeatMap {
            values: vec![vec![0.0, 1.0], vec![f64::NAN, 2.0]],
            width: 300,
            height: 200,
            ..Default::default()
        };
        // Ten of the scale, the frame, two values.
        assert_eq!(map.svg().matches("<rect").count(), 13);
    }

    #[test]
    fn a_picture_has_full_colour_where_the_value_is_full() {
        assert_eq!(HeatMap::default().picture().width(), 160);
        let values = vec![vec![0.0, 1.0], vec![f64::NAN, 0.5]];
        let map = HeatMap { values, full: 1.0, width: 300, height: 200, ..Default::default() };
        let picture = map.picture();
        let count = |[r, g, b]: [u8; 3]| picture.rgba().chunks(4).filter(|p| p[..3] == [r, g, b]).count();
        let (full, half) = (count(INK), count([154, 178, 212]));
        // A quarter of the grid each.
        assert!(full > 6000 && half.abs_diff(full) < 200, "{full} {half}");
        assert!(HeatMap { full: 2.0, ..map }.picture().rgba().chunks(4).all(|p| p[..3] != INK));
    }
}
