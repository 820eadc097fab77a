//! Sheets: grids of pictures with captions and headings, and the two that training and the terminal show.

use super::text::{Align, Face, Pen};
use super::{Backdrop, Paint, Picture, Style, View, render};
use crate::class::Class;
use crate::mesh::{Mesh, Vec3};
use rayon::prelude::*;

/// A picture and what is written below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub picture: Picture,
    /// Lines are separated by `\n`; each is shortened to the cell's width.
    pub caption: String,
}

/// A grid to be filled with cells, row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    pub title: String,
    /// A quieter line below the title.
    pub subtitle: String,
    /// Cells in a row, at least 1.
    pub columns: usize,
    /// Above the columns, or empty; a multiple of `columns` divides each column evenly.
    pub column_headings: Vec<String>,
    /// To the left of the rows, reading upward, or empty.
    pub row_headings: Vec<String>,
}

const GAP: u32 = 12;
const EDGE: u32 = 20;
const QUIET: [u8; 3] = [104, 110, 120];

impl Sheet {
    /// A sheet of so many columns.
    pub fn new(title: impl Into<String>, columns: usize) -> Self {
        Self { title: title.into(), columns, ..Self::default() }
    }

    /// Lays the cells out on white. All get the size of the largest picture; smaller ones stand in the middle. A sheet
    /// that would exceed [`Picture::LARGEST`] is cut off there.
    pub fn picture(&self, cells: &[Cell]) -> Picture {
        let caption = Pen::new(Face::Sans, 14.0);
        let heading = Pen::new(Face::Sans, 14.0).inked(QUIET);
        let largest = |side: fn(&Picture) -> u32| cells.iter().map(|c| side(&c.picture)).max().unwrap_or(120);
        let (wide, tall) = (largest(Picture::width), largest(Picture::height));
        let lines = cells.iter().map(|c| c.caption.lines().count()).max().unwrap_or(0) as u32;
        let line = caption.line_height() as u32;
        let (step_x, step_y) = (wide + GAP, tall + GAP + if lines > 0 { lines * line + 6 } else { 0 });
        let columns = self.columns.max(1).min(cells.len().max(1)) as u32;
        let rows = (cells.len().max(1) as u32).div_ceil(columns);

        let left = EDGE + if self.row_headings.is_empty() { 0 } else { 26 };
        let titles = if self.title.is_empty() { 0 } else { 34 } + if self.subtitle.is_empty() { 0 } else { 24 };
        let top = EDGE + titles + if self.column_headings.is_empty() { 0 } else { 26 };
        let side = |start: u32, count: u32, step: u32| {
            count.saturating_mul(step).saturating_add(start + EDGE - GAP).min(Picture::LARGEST)
        };
        let mut page = Picture::new(side(left, columns, step_x), side(top, rows, step_y), [255; 4]);

        let room = (page.width() - 2 * EDGE.min(page.width() / 2)) as f32;
        let title = Pen::new(Face::Bold, 21.0);
        title.write(&mut page, &title.elided(&self.title, room), EDGE as f32, EDGE as f32 + 10.0, Align::Left);
        let quiet = Pen::new(Face::Sans, 15.0).inked(QUIET);
        let subtitle_row = EDGE + titles - 14;
        quiet.write(
            &mut page,
            &quiet.elided(&self.subtitle, room),
            EDGE as f32,
            subtitle_row.min(top) as f32,
            Align::Left,
        );
        let parts = (self.column_headings.len() as u32 / columns).max(1);
        for (i, text) in self.column_headings.iter().take((columns * parts) as usize).enumerate() {
            let (column, part) = (i as u32 / parts, i as u32 % parts);
            let room = wide as f32 / parts as f32;
            let middle = (left + column * step_x) as f32 + (part as f32 + 0.5) * room;
            heading.write(&mut page, &heading.elided(text, room), middle, top as f32 - 14.0, Align::Centre);
        }
        for (i, text) in self.row_headings.iter().take(rows as usize).enumerate() {
            let middle = (top + i as u32 * step_y) as f32 + 0.5 * tall as f32;
            heading.write_upward(&mut page, &heading.elided(text, tall as f32), left as f32 - 16.0, middle);
        }
        for (i, cell) in cells.iter().enumerate() {
            let (column, row) = (i as u32 % columns, i as u32 / columns);
            let (x, y) = (left + column * step_x, top.saturating_add(row.saturating_mul(step_y)));
            if x >= page.width() || y >= page.height() {
                continue;
            }
            let inset = |outer: u32, inner: u32| (outer - inner) / 2;
            let (dx, dy) = (inset(wide, cell.picture.width()), inset(tall, cell.picture.height()));
            page.paste(&cell.picture, (x + dx) as i32, (y + dy) as i32);
            for (k, text) in cell.caption.lines().enumerate() {
                // The first line names the cell, the others say more about it.
                let pen = if k == 0 { caption } else { Pen { size: 13.0, ..caption }.inked(QUIET) };
                let row = (y + tall + 6 + k as u32 * line) as f32 + 0.5 * line as f32;
                pen.write(&mut page, &pen.elided(text, wide as f32), x as f32 + 0.5 * wide as f32, row, Align::Centre);
            }
        }
        page
    }
}

/// Front and side of a mesh next to each other at one scale, in `style`'s size. The two share the width as the shape's
/// own width and depth ask. `frame` are the corners to frame, the mesh's own if `None`.
pub fn front_and_side(mesh: &Mesh, frame: Option<(Vec3, Vec3)>, style: &Style) -> Picture {
    let (width, height) = (style.width.clamp(8, Picture::LARGEST), style.height.clamp(8, Picture::LARGEST));
    let (lo, hi) = frame.or_else(|| mesh.bounds()).unwrap_or(([-1.0; 3], [1.0; 3]));
    let extent = |i: usize| f64::from(hi[i]) - f64::from(lo[i]);
    let share = (extent(0) / (extent(0) + extent(2)).max(1e-30)).clamp(0.35, 0.72);
    let front_width = ((f64::from(width) * if share.is_finite() { share } else { 0.5 }) as u32).clamp(1, width - 1);
    let backdrop = if let Backdrop::Transparent = style.backdrop { [0; 4] } else { [255; 4] };
    let mut picture = Picture::new(width, height, backdrop);
    // One scale for both: a cube around the frame that fits the tighter of the two.
    let margin = 0.05;
    let usable = |pixels: u32, extent: f64| f64::from(pixels) * (1.0 - 2.0 * margin) / extent.max(1e-30);
    let scale =
        usable(front_width, extent(0)).min(usable(width - front_width, extent(2))).min(usable(height, extent(1)));
    let mut draw = |view: View, across: usize, pixels: u32, x: u32| {
        let (mut a, mut b) = (lo, hi);
        let room = f64::from(pixels) * (1.0 - 2.0 * margin) / scale;
        let rise = f64::from(height) * (1.0 - 2.0 * margin) / scale;
        for (axis, length) in [(across, room), (1, rise)] {
            let middle = 0.5 * (f64::from(lo[axis]) + f64::from(hi[axis]));
            (a[axis], b[axis]) = ((middle - 0.5 * length) as f32, (middle + 0.5 * length) as f32);
        }
        let view = View { margin: margin as f32, ..view.framing((a, b)) };
        picture.paste(&render(mesh, &view, &style.clone().sized(pixels, height)), x as i32, 0);
    };
    draw(View::front(), 0, front_width, 0);
    draw(View::side(), 2, width - front_width, front_width);
    picture
}

/// A shape as sheets show it, front and side: a sword as it is, a plane on its tail, so that the front shows it from
/// above and the side in profile, nose up.
pub fn posed(mut mesh: Mesh, class: Class) -> Mesh {
    if class == Class::Plane {
        let stand = |p: &mut Vec3| *p = [-p[0], p[2], p[1]];
        mesh.positions.iter_mut().for_each(stand);
        mesh.normals.iter_mut().for_each(stand);
    }
    mesh
}

/// A contact sheet: every mesh by name, front and side, `columns` in a row, cells of `style`'s size.
pub fn contact(title: &str, meshes: &[(&str, &Mesh)], columns: usize, style: &Style) -> Picture {
    let draw =
        |&(name, mesh): &(&str, &Mesh)| Cell { picture: front_and_side(mesh, None, style), caption: name.into() };
    let cells: Vec<Cell> = meshes.par_iter().map(draw).collect();
    Sheet::new(title, columns).picture(&cells)
}

/// What went into the network and what came out.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// The name, and below it figures, on lines of their own.
    pub caption: &'a str,
    pub input: &'a Mesh,
    pub output: &'a Mesh,
}

/// A reconstruction sheet: in each cell the input (front, side) at the left and the reconstruction at the right, at one
/// scale. Cells have `style`'s size; the output has its paint, the input is steel.
pub fn reconstructions(title: &str, subtitle: &str, pairs: &[Pair<'_>], columns: usize, style: &Style) -> Picture {
    let (width, height) = (style.width.clamp(32, Picture::LARGEST), style.height.clamp(32, Picture::LARGEST));
    let half = width / 2 - 1;
    let draw = |pair: &Pair<'_>| {
        let bounds = [pair.input.bounds(), pair.output.bounds()];
        let frame = bounds.into_iter().flatten().reduce(|(a, b), (c, d)| {
            (std::array::from_fn(|i| a[i].min(c[i])), std::array::from_fn(|i| b[i].max(d[i])))
        });
        let half_style = style.clone().sized(half, height);
        let mut picture = Picture::new(width, height, [255; 4]);
        picture.paste(&front_and_side(pair.input, frame, &half_style.clone().painted(Paint::Steel)), 0, 0);
        picture.paste(&front_and_side(pair.output, frame, &half_style), (width - half) as i32, 0);
        Cell { picture, caption: pair.caption.into() }
    };
    let cells: Vec<Cell> = pairs.par_iter().map(draw).collect();
    let columns = columns.clamp(1, pairs.len().max(1));
    let headings = ["input", "reconstruction"].repeat(columns).into_iter().map(String::from).collect();
    let sheet = Sheet { subtitle: subtitle.into(), column_headings: headings, ..Sheet::new(title, columns) };
    sheet.picture(&cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(count: usize) -> Vec<Cell> {
        (0..count)
            .map(|i| Cell { picture: Picture::new(60, 80, [i as u8, 10, 200, 255]), caption: format!("no. {i}\nfine") })
            .collect()
    }

    /// The first pixel of a colour, row by row.
    fn find(page: &Picture, colour: [u8; 4]) -> Option<(u32, u32)> {
        let at = page.rgba().chunks(4).position(|p| p == colour)? as u32;
        Some((at % page.width(), at / page.width()))
    }

    #[test]
    fn cells_stand_in_rows_and_columns() {
        let sheet = Sheet {
            subtitle: "s".into(),
            column_headings: vec!["a".into(), "b".into()],
            row_headings: vec!["one".into()],
            ..Sheet::new("title", 2)
        };
        let page = sheet.picture(&cells(5));
        let places: Vec<_> = (0..5).map(|i| find(&page, [i, 10, 200, 255]).expect("a cell is missing")).collect();
        assert_eq!(places[0].1, places[1].1);
        assert_eq!(places[0].0, places[2].0);
        assert_eq!(places[1].0 - places[0].0, 60 + GAP);
        assert!(places[2].1 > places[0].1 + 80 && places[4].1 + 80 < page.height());
    }

    #[test]
    fn empty_and_odd_sheets_are_drawn() {
        Sheet::default().picture(&[]);
        Sheet { subtitle: "only this".into(), ..Sheet::default() }.picture(&cells(1));
        let empty = Mesh::default();
        contact("none", &[], 0, &Style::sheet());
        contact("empty", &[("nothing", &empty)], 3, &Style::sheet().sized(1, 1));
        let pair = Pair { caption: "", input: &empty, output: &empty };
        reconstructions("", "", &[pair], 2, &Style::sheet().sized(60, 40));
        // Too many cells for one picture: cut off, not a crash.
        let page = Sheet::new("many", 1).picture(&vec![cells(1).remove(0); 400]);
        assert_eq!(page.height(), Picture::LARGEST);
    }

    #[test]
    fn a_posed_plane_stands_on_its_tail_and_is_no_mirror_image() {
        let mesh = Mesh { positions: vec![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], ..Default::default() };
        let [x, up, nose] = posed(mesh.clone(), Class::Plane).positions[..] else { panic!("three points") };
        assert_eq!((up, nose), ([0.0, 0.0, 1.0], [0.0, 1.0, 0.0]));
        assert_eq!(crate::mesh::cross(x, up), nose);
        assert_eq!(posed(mesh.clone(), Class::Sword), mesh);
    }

    #[test]
    fn both_halves_of_a_pair_share_their_scale() {
        let bar = |half: f32| Mesh {
            positions: vec![[-0.1, -half, 0.0], [0.1, -half, 0.0], [0.1, half, 0.0], [-0.1, half, 0.0]],
            triangles: vec![[0, 1, 2], [0, 2, 3]],
            ..Default::default()
        };
        let style = Style { backdrop: Backdrop::Solid([0, 0, 255]), outline: 0.0, ..Style::sheet().sized(200, 200) };
        let (long, short) = (bar(1.0), bar(0.5));
        let page = reconstructions("", "", &[Pair { caption: "", input: &long, output: &short }], 1, &style);
        let rows = |columns: std::ops::Range<u32>| {
            let lit = |y: &u32| {
                columns.clone().any(|x| page.pixel(x, *y).is_some_and(|p| p[0] > 60 && p[2] < 250 && p[0] < 250))
            };
            (EDGE + 26..EDGE + 226).filter(lit).count() as f64
        };
        let (left, right) = (rows(EDGE + 2..EDGE + 97), rows(EDGE + 103..EDGE + 198));
        assert!((left / right - 2.0).abs() < 0.1, "{left} and {right} rows");
    }
}
