//! Antialiased text in the two faces that the explorer uses as well.

use super::Picture;
use ab_glyph::{Font, FontRef, Glyph, GlyphId, PxScale, ScaleFont, point};
use std::sync::LazyLock;

/// A typeface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Face {
    /// Ubuntu Light, a little emboldened: its hairlines vanish at label sizes.
    Sans,
    /// Ubuntu Light, well emboldened, for titles.
    Bold,
    /// Hack, every character equally wide.
    Mono,
}

/// Which point of a line of text its position names, horizontally.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Align {
    Left,
    Centre,
    Right,
}

/// Looks of a line of text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pen {
    pub face: Face,
    /// Height of a line in pixels.
    pub size: f32,
    /// sRGB and alpha.
    pub colour: [u8; 4],
}

static UBUNTU: LazyLock<FontRef<'static>> = LazyLock::new(|| embedded(epaint_default_fonts::UBUNTU_LIGHT));
static HACK: LazyLock<FontRef<'static>> = LazyLock::new(|| embedded(epaint_default_fonts::HACK_REGULAR));

fn embedded(bytes: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(bytes).expect("the embedded typeface is valid")
}

impl Pen {
    /// A pen of the given face and size in dark ink.
    pub fn new(face: Face, size: f32) -> Self {
        Self { face, size, colour: [36, 40, 46, 255] }
    }

    /// The same pen in another sRGB colour.
    pub fn inked(self, colour: [u8; 3]) -> Self {
        Self { colour: [colour[0], colour[1], colour[2], 255], ..self }
    }

    /// Width of a line of text in pixels.
    pub fn measure(&self, text: &str) -> f32 {
        self.layout(text).1
    }

    /// Height from the top of a line to the next in pixels.
    pub fn line_height(&self) -> f32 {
        (self.scale() * 1.22).ceil()
    }

    /// Writes one line, the point (`x`, `y`) being where `align` says and the middle of the line's small letters and
    /// figures vertically. What reaches over the edge is cut off.
    pub fn write(&self, picture: &mut Picture, text: &str, x: f32, y: f32, align: Align) {
        let (glyphs, width) = self.layout(text);
        let left = match align {
            Align::Left => x,
            Align::Centre => x - 0.5 * width,
            Align::Right => x - width,
        };
        // Figures of both faces rise to about 0.58 of the size above the baseline.
        let baseline = (y + 0.29 * self.scale()).round();
        let weight = match self.face {
            Face::Sans => 0.018 * self.scale(),
            Face::Bold => 0.055 * self.scale(),
            Face::Mono => 0.0,
        };
        for (font, mut glyph) in glyphs {
            glyph.position = point(left + glyph.position.x, baseline);
            let Some(outline) = font.outline_glyph(glyph) else { continue };
            let bounds = outline.px_bounds();
            let (columns, rows) = ((bounds.width() as usize) + 2, bounds.height() as usize + 1);
            let mut cover = vec![0.0f32; columns * rows];
            outline.draw(|column, row, c| {
                let at = row as usize * columns + column as usize;
                // The stroke is widened to the right by a fraction of a pixel.
                for (step, share) in [(0, 1.0), (1, weight.min(1.0))] {
                    if let Some(cover) = cover.get_mut(at + step) {
                        *cover = (*cover + c * share).min(1.0);
                    }
                }
            });
            for (at, c) in cover.into_iter().enumerate().filter(|(_, c)| *c > 0.0) {
                let [r, g, b, alpha] = self.colour;
                let (px, py) =
                    (bounds.min.x as i32 + (at % columns) as i32, bounds.min.y as i32 + (at / columns) as i32);
                // A gentle curve against the thinning of dark antialiased strokes on a light ground.
                picture.blend(px, py, [r, g, b, (c.powf(0.85) * f32::from(alpha) + 0.5) as u8]);
            }
        }
    }

    /// Writes one line that reads upward, its middle at (`x`, `y`).
    pub fn write_upward(&self, picture: &mut Picture, text: &str, x: f32, y: f32) {
        let (width, height) = (self.measure(text).ceil() as u32 + 4, self.line_height() as u32);
        let [r, g, b, _] = self.colour;
        let mut line = Picture::new(width, height, [r, g, b, 0]);
        self.write(&mut line, text, 0.5 * width as f32, 0.5 * height as f32, Align::Centre);
        picture.paste(
            &line.turned(),
            (x - 0.5 * height as f32).round() as i32,
            (y - 0.5 * width as f32).round() as i32,
        );
    }

    /// The text, or as much of it as fits into `width` pixels with an ellipsis in the middle, where names of a family
    /// differ least.
    pub fn elided(&self, text: &str, width: f32) -> String {
        if self.measure(text) <= width {
            return text.to_owned();
        }
        let letters: Vec<char> = text.chars().collect();
        for kept in (0..letters.len()).rev() {
            let (head, tail) = (kept.div_ceil(2), kept / 2);
            let short: String =
                letters[..head].iter().chain(std::iter::once(&'…')).chain(&letters[letters.len() - tail..]).collect();
            if self.measure(&short) <= width {
                return short;
            }
        }
        String::new()
    }

    fn scale(&self) -> f32 {
        if self.size.is_finite() { self.size.clamp(4.0, 400.0) } else { 12.0 }
    }

    /// Glyphs along a baseline that starts at 0, and the line's width.
    fn layout(&self, text: &str) -> (Vec<(&'static FontRef<'static>, Glyph)>, f32) {
        let (first, second): (&'static FontRef<'static>, &'static FontRef<'static>) = match self.face {
            Face::Mono => (&HACK, &UBUNTU),
            Face::Sans | Face::Bold => (&UBUNTU, &HACK),
        };
        let scale = PxScale::from(self.scale());
        // Broader strokes need more air between the letters.
        let tracking = if self.face == Face::Bold { 0.028 * self.scale() } else { 0.0 };
        let (mut glyphs, mut x) = (Vec::new(), 0.0);
        let mut previous: Option<(bool, GlyphId)> = None;
        for letter in text.chars().filter(|c| !c.is_control()) {
            let has = |font: &FontRef<'_>| font.glyph_id(letter).0 != 0;
            let (font, fallback) = if !has(first) && has(second) { (second, true) } else { (first, false) };
            let scaled = font.as_scaled(scale);
            let id = font.glyph_id(letter);
            if let Some((same, before)) = previous
                && same == fallback
            {
                x += scaled.kern(before, id);
            }
            glyphs.push((font, id.with_scale_and_position(scale, point(x, 0.0))));
            x += scaled.h_advance(id) + tracking;
            previous = Some((fallback, id));
        }
        (glyphs, x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bounding box of what isn't white: left, top, right, bottom.
    fn inked(picture: &Picture) -> Option<[u32; 4]> {
        let mut found: Option<[u32; 4]> = None;
        for y in 0..picture.height() {
            for x in 0..picture.width() {
                if picture.pixel(x, y) != Some([255; 4]) {
                    let [l, t, r, b] = found.unwrap_or([x, y, x, y]);
                    found = Some([l.min(x), t.min(y), r.max(x), b.max(y)]);
                }
            }
        }
        found
    }

    #[test]
    fn text_stays_in_its_box_and_follows_its_alignment() {
        for face in [Face::Sans, Face::Bold, Face::Mono] {
            let pen = Pen::new(face, 16.0);
            let width = pen.measure("Katana 0.3");
            assert!(width > 40.0 && width < 160.0);
            for (align, left) in
                [(Align::Left, 100.0), (Align::Centre, 100.0 - width / 2.0), (Align::Right, 100.0 - width)]
            {
                let mut picture = Picture::new(320, 40, [255; 4]);
                pen.write(&mut picture, "Katana 0.3", 100.0, 20.0, align);
                let [l, t, r, b] = inked(&picture).expect("nothing was drawn");
                assert!(l as f32 >= left - 1.0 && (r as f32) <= left + width + 2.0, "{face:?} {align:?}: {l}..{r}");
                assert!(t as f32 >= 20.0 - pen.line_height() / 2.0 && b as f32 <= 20.0 + pen.line_height() / 2.0);
            }
        }
    }

    #[test]
    fn upward_text_is_taller_than_wide() {
        let mut picture = Picture::new(60, 200, [255; 4]);
        Pen::new(Face::Sans, 16.0).write_upward(&mut picture, "chamfer distance", 30.0, 100.0);
        let [l, t, r, b] = inked(&picture).expect("nothing was drawn");
        assert!(b - t > 3 * (r - l) && r < 50 && l > 10);
    }

    #[test]
    fn eliding_fits_and_keeps_both_ends() {
        let pen = Pen::new(Face::Sans, 13.0);
        let name = "quaternius19_knightcharacteranimated_shortsword";
        let short = pen.elided(name, 120.0);
        assert!(pen.measure(&short) <= 120.0 && short.starts_with("quat") && short.ends_with("word"), "{short}");
        assert_eq!(pen.elided("axe", 120.0), "axe");
        assert_eq!(pen.elided(name, 1.0), "");
    }

    #[test]
    fn odd_text_and_places_do_no_harm() {
        let mut picture = Picture::new(20, 20, [255; 4]);
        let pen = Pen { size: f32::NAN, ..Pen::new(Face::Sans, 0.0) };
        for text in ["", "\n\t\0", "剣 ⚔ é²…×", "🗡"] {
            pen.write(&mut picture, text, -1e9, f32::NAN, Align::Right);
            pen.write(&mut picture, text, 10.0, 10.0, Align::Centre);
        }
    }
}
