//! Things that everybody knows the size of: a ruler, a hand, a standing figure. To be put beside a shape.

use tiny_skia::{FillRule, Paint, Path, PathBuilder, Pixmap, Transform};

use super::{Align, Face, Pen, Picture};

/// Height of the figure in metres, and of the picture's width what share of its height it is.
pub const FIGURE: f32 = 1.80;
/// From the wrist to the tip of the middle finger, in metres.
pub const HAND: f32 = 0.19;
/// A ruler's width as a share of its length.
pub const RULER_ASPECT: f32 = 0.046;

/// A mark of a ruler.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Metres from the lower end.
    pub at: f32,
    /// As a share of the ruler's width.
    pub length: f32,
    /// Only the longest marks bear one.
    pub label: Option<String>,
}

/// How long a ruler has to be to reach beside a shape of `length` metres: whole numbered marks.
pub fn ruler_length(length: f32) -> f32 {
    let step = step(length);
    (length / step - 1e-3).ceil().max(1.0) * step
}

/// Metres between two numbered marks: 10 cm beside a sword, a metre beside a plane.
fn step(length: f32) -> f32 {
    [0.1, 1.0, 10.0].into_iter().find(|step| length <= 26.0 * step).unwrap_or(100.0)
}

/// The marks of a ruler of this many metres, from the lower end, and the unit of their numbers.
pub fn ticks(length: f32) -> (Vec<Tick>, &'static str) {
    let step = step(length);
    let (each, unit) = if step < 0.5 { (10.0, "cm") } else { (step, "m") };
    // Ten marks a number; on a long ruler they would touch.
    let parts = if length / step > 14.0 { 2 } else { 10 };
    let count = (length / step * parts as f32).round().clamp(1.0, 400.0) as usize;
    let tick = |i: usize| {
        let number = i / parts;
        let (length, label) = match (i % parts, parts) {
            (0, _) => (0.42, (number > 0).then(|| format!("{}", number as f32 * each))),
            (5, 10) | (1, 2) => (0.30, None),
            _ => (0.17, None),
        };
        Tick { at: i as f32 * step / parts as f32, length, label }
    };
    ((0..=count).map(tick).collect(), unit)
}

/// A ruler of boxwood, its zero at the lower edge.
pub fn ruler(length: f32, height: u32) -> Picture {
    let width = (height as f32 * RULER_ASPECT).round().max(8.0) as u32;
    let (ticks, unit) = ticks(length);
    let mut picture = Picture::new(width, height, [214, 190, 140, 255]);
    let (w, h) = (width as f32, height as f32);
    let ink = [46, 34, 20, 255];
    // A darker rim, so that it reads as a thing.
    for y in 0..height as i32 {
        for x in [0, width as i32 - 1] {
            picture.blend(x, y, [96, 74, 42, 255]);
        }
    }
    let pen = Pen { face: Face::Bold, size: 0.40 * w, colour: ink };
    let thick = (h / 900.0).round().max(1.0) as i32;
    for tick in &ticks {
        let y = (1.0 - tick.at / length) * (h - 1.0);
        for row in 0..thick {
            let y = (y.round() as i32 - thick / 2 + row).clamp(0, height as i32 - 1);
            for x in 0..(tick.length * w).round() as i32 {
                picture.blend(width as i32 - 1 - x, y, ink);
            }
        }
        if let Some(label) = &tick.label {
            // The number stands below its mark, or it would leave the ruler at the end.
            pen.write(&mut picture, label, 0.09 * w, y + 0.30 * w, Align::Left);
        }
    }
    let unit_pen = Pen { face: Face::Sans, size: 0.36 * w, colour: ink };
    unit_pen.write(&mut picture, unit, 0.09 * w, h - 0.35 * w, Align::Left);
    picture
}

/// White where the body is: a standing figure of [`FIGURE`] metres, as high as the picture.
pub fn figure(height: u32) -> Picture {
    let mut body = Body::new(0.42, FIGURE * 100.0, height);
    body.ellipse(0.0, 168.3, 7.7, 11.4);
    body.limb(0.0, 160.0, 5.2, 0.0, 150.0, 6.0);
    let mut torso = PathBuilder::new();
    torso.move_to(0.0, 154.5);
    torso.cubic_to(7.0, 151.5, 13.0, 150.5, 19.5, 147.5);
    torso.cubic_to(22.0, 143.0, 18.5, 134.0, 16.8, 127.0);
    torso.cubic_to(15.2, 119.0, 13.6, 114.0, 13.8, 108.0);
    torso.cubic_to(14.2, 101.0, 17.2, 97.0, 17.4, 90.0);
    torso.line_to(10.0, 82.0);
    torso.line_to(0.0, 84.0);
    torso.close();
    body.both(torso.finish());
    for side in [-1.0, 1.0] {
        let mut limb = |x: f32, y, r, x2: f32, y2, r2| body.limb(side * x, y, r, side * x2, y2, r2);
        limb(18.6, 142.5, 5.4, 23.6, 116.0, 4.2);
        limb(23.6, 116.0, 4.2, 27.6, 91.0, 2.7);
        limb(27.6, 90.0, 3.0, 28.6, 78.5, 3.3);
        limb(8.4, 90.0, 9.0, 9.2, 52.0, 5.6);
        limb(9.4, 44.0, 6.0, 10.2, 10.0, 3.5);
        limb(9.2, 52.0, 5.6, 9.4, 44.0, 6.0);
        limb(10.3, 4.2, 4.2, 13.6, 3.0, 3.0);
    }
    body.picture()
}

/// White where the hand is: an open hand of [`HAND`] metres, upright, as high as the picture.
pub fn hand(height: u32) -> Picture {
    let mut body = Body::new(0.76, HAND * 100.0, height);
    let mut palm = PathBuilder::new();
    palm.move_to(-2.9, -1.0);
    palm.cubic_to(-3.2, 1.5, -4.3, 3.4, -4.1, 6.4);
    palm.cubic_to(-3.9, 8.6, -3.6, 9.6, -2.8, 10.1);
    palm.line_to(2.9, 9.6);
    palm.cubic_to(4.1, 8.8, 4.2, 6.4, 3.7, 3.6);
    palm.cubic_to(3.3, 1.6, 2.9, 0.6, 2.9, -1.0);
    palm.close();
    body.fill(palm.finish());
    for [x, y, r, x2, y2, r2] in [
        [-2.95, 9.0, 0.98, -3.95, 16.2, 0.76],
        [-0.95, 9.4, 1.0, -1.15, 18.15, 0.80],
        [1.10, 9.3, 0.98, 1.55, 16.9, 0.76],
        [3.00, 8.4, 0.86, 4.25, 14.0, 0.66],
        [-2.9, 3.6, 1.75, -5.4, 7.0, 1.08],
        [-5.4, 7.0, 1.08, -6.15, 9.6, 0.80],
    ] {
        body.limb(x, y, r, x2, y2, r2);
    }
    body.picture()
}

/// Shapes in centimetres from the middle of the lower edge, y up.
struct Body {
    pixmap: Pixmap,
    place: Transform,
}

impl Body {
    /// `aspect`: width by height; `tall` centimetres fill the height.
    fn new(aspect: f32, tall: f32, height: u32) -> Self {
        let height = height.clamp(8, 4096);
        let width = ((height as f32 * aspect) as u32).max(4);
        let scale = height as f32 / tall;
        Self {
            pixmap: Pixmap::new(width, height).expect("the sides are bounded and not zero"),
            place: Transform::from_row(scale, 0.0, 0.0, -scale, 0.5 * width as f32, height as f32),
        }
    }

    fn fill(&mut self, path: Option<Path>) {
        let mut paint = Paint { anti_alias: true, ..Paint::default() };
        paint.set_color_rgba8(255, 255, 255, 255);
        if let Some(path) = path {
            self.pixmap.fill_path(&path, &paint, FillRule::Winding, self.place, None);
        }
    }

    /// A right half and its mirror image.
    fn both(&mut self, path: Option<Path>) {
        self.fill(path.clone().and_then(|p| p.transform(Transform::from_scale(-1.0, 1.0))));
        self.fill(path);
    }

    fn ellipse(&mut self, x: f32, y: f32, rx: f32, ry: f32) {
        let rect = tiny_skia::Rect::from_ltrb(x - rx, y - ry, x + rx, y + ry);
        self.fill(rect.and_then(PathBuilder::from_oval));
    }

    /// Two discs and what lies between them.
    fn limb(&mut self, x: f32, y: f32, r: f32, x2: f32, y2: f32, r2: f32) {
        let length = (x2 - x).hypot(y2 - y).max(1e-3);
        let (nx, ny) = ((y - y2) / length, (x2 - x) / length);
        let mut between = PathBuilder::new();
        between.move_to(x + r * nx, y + r * ny);
        between.line_to(x2 + r2 * nx, y2 + r2 * ny);
        between.line_to(x2 - r2 * nx, y2 - r2 * ny);
        between.line_to(x - r * nx, y - r * ny);
        between.close();
        self.fill(between.finish());
        self.fill(PathBuilder::from_circle(x, y, r));
        self.fill(PathBuilder::from_circle(x2, y2, r2));
    }

    fn picture(self) -> Picture {
        let (width, height) = (self.pixmap.width(), self.pixmap.height());
        let cover = self.pixmap.data().chunks_exact(4).flat_map(|p| [255, 255, 255, p[3]]).collect();
        Picture::from_rgba(width, height, cover).unwrap_or_else(|| Picture::new(width, height, [0; 4]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swords_ruler_has_a_number_every_ten_centimetres() {
        assert!((ruler_length(0.93) - 1.0).abs() < 1e-6 && (ruler_length(1.0) - 1.0).abs() < 1e-6);
        let (marks, unit) = ticks(1.0);
        assert_eq!((unit, marks.len()), ("cm", 101));
        let labels: Vec<&str> = marks.iter().filter_map(|t| t.label.as_deref()).collect();
        assert_eq!(labels, ["10", "20", "30", "40", "50", "60", "70", "80", "90", "100"]);
        assert!((marks[35].at - 0.35).abs() < 1e-6 && marks[35].length > marks[36].length);
        assert!(marks[30].length > marks[35].length);
    }

    #[test]
    fn long_things_are_measured_in_metres() {
        assert_eq!(ruler_length(11.2), 12.0);
        let (marks, unit) = ticks(12.0);
        assert_eq!((unit, marks.iter().filter_map(|t| t.label.as_deref()).next_back()), ("m", Some("12")));
        let (marks, _) = ticks(ruler_length(2.4));
        assert_eq!(marks.len(), 49, "in half steps where they would touch");
        assert!(ticks(ruler_length(70.0)).0.len() < 100);
    }

    #[test]
    fn silhouettes_fill_their_height_and_stand_free() {
        for picture in [figure(200), hand(200)] {
            let (w, h) = (picture.width(), picture.height());
            let row = |y: u32| (0..w).filter(|&x| picture.pixel(x, y).is_some_and(|p| p[3] > 128)).count();
            assert!(row(2) > 0 && row(h - 3) > 0, "from top to bottom");
            let column = |x: u32| (0..h).filter(|&y| picture.pixel(x, y).is_some_and(|p| p[3] > 20)).count();
            assert!(column(0) == 0 && column(w - 1) == 0, "not cut off at the sides");
        }
        let ruler = ruler(1.0, 1000);
        assert_eq!((ruler.width(), ruler.height()), (46, 1000));
    }
}
