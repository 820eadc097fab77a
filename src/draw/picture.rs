//! A picture in memory.

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

/// RGBA8 pixels, straight alpha, sRGB, top row first. Never empty: sides are at least one pixel.
#[derive(Clone, PartialEq)]
pub struct Picture {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({} x {})", self.width, self.height)
    }
}

impl Picture {
    /// The longest side, in pixels; larger requests are cut to it, so that a mistyped size can't exhaust memory.
    pub const LARGEST: u32 = 16_384;

    /// A picture of one colour. Sides are brought into `1..=LARGEST`.
    pub fn new(width: u32, height: u32, colour: [u8; 4]) -> Self {
        let (width, height) = (width.clamp(1, Self::LARGEST), height.clamp(1, Self::LARGEST));
        Self { width, height, rgba: colour.repeat(width as usize * height as usize) }
    }

    /// Takes RGBA bytes, `4 * width * height` of them; `None` if their number differs or a side is 0 or over
    /// [`Picture::LARGEST`].
    pub fn from_rgba(width: u32, height: u32, rgba: Vec<u8>) -> Option<Self> {
        let sides = 1..=Self::LARGEST;
        let fits = sides.contains(&width) && sides.contains(&height);
        (fits && rgba.len() == 4 * width as usize * height as usize).then_some(Self { width, height, rgba })
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The bytes, `[height, width, 4]`.
    pub fn rgba(&self) -> &[u8] {
        &self.rgba
    }

    /// The pixel at column `x`, row `y`; `None` outside.
    pub fn pixel(&self, x: u32, y: u32) -> Option<[u8; 4]> {
        let at = self.offset(i64::from(x), i64::from(y))?;
        Some([self.rgba[at], self.rgba[at + 1], self.rgba[at + 2], self.rgba[at + 3]])
    }

    /// The picture as a PNG file.
    pub fn png(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive)
            .write_image(&self.rgba, self.width, self.height, ExtendedColorType::Rgba8)
            .expect("memory takes all bytes, and the constructors keep length and sides in agreement");
        bytes
    }

    /// The picture as a PNG file for a page, less than half as large: opaque, with 32 shades a channel.
    pub fn small_png(&self) -> Vec<u8> {
        // The middle of each step, so that nothing gets darker; white stays white.
        let shade = |byte: u8| if byte >= 248 { 255 } else { byte & 0xf8 | 4 };
        let rgb: Vec<u8> = self.rgba.chunks_exact(4).flat_map(|p| [shade(p[0]), shade(p[1]), shade(p[2])]).collect();
        let mut bytes = Vec::new();
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::Adaptive)
            .write_image(&rgb, self.width, self.height, ExtendedColorType::Rgb8)
            .expect("memory takes all bytes, and the constructors keep length and sides in agreement");
        bytes
    }

    /// Lays `other` over this picture, its top left corner at (`x`, `y`); what reaches over the edge is cut off.
    pub fn paste(&mut self, other: &Picture, x: i32, y: i32) {
        for row in 0..other.height {
            for column in 0..other.width {
                let from = 4 * (row as usize * other.width as usize + column as usize);
                let p = &other.rgba[from..from + 4];
                self.blend(x.saturating_add(column as i32), y.saturating_add(row as i32), [p[0], p[1], p[2], p[3]]);
            }
        }
    }

    /// Lays one translucent pixel over this picture ("over" of Porter and Duff 1984); ignored outside.
    pub fn blend(&mut self, x: i32, y: i32, colour: [u8; 4]) {
        let Some(at) = self.offset(i64::from(x), i64::from(y)) else { return };
        let under = &mut self.rgba[at..at + 4];
        match colour[3] {
            0 => {}
            255 => under.copy_from_slice(&colour),
            _ => {
                let over = f32::from(colour[3]) / 255.0;
                let rest = f32::from(under[3]) / 255.0 * (1.0 - over);
                let alpha = over + rest;
                for c in 0..3 {
                    let mixed = (f32::from(colour[c]) * over + f32::from(under[c]) * rest) / alpha;
                    under[c] = (mixed + 0.5) as u8;
                }
                under[3] = (alpha * 255.0 + 0.5) as u8;
            }
        }
    }

    /// Fills a rectangle with one (translucent) colour; what reaches over the edge is cut off.
    pub fn fill(&mut self, x: i32, y: i32, width: u32, height: u32, colour: [u8; 4]) {
        let end = |start: i32, length: u32, side: u32| (i64::from(start) + i64::from(length)).clamp(0, i64::from(side));
        for row in y.max(0)..end(y, height, self.height) as i32 {
            for column in x.max(0)..end(x, width, self.width) as i32 {
                self.blend(column, row, colour);
            }
        }
    }

    /// The picture turned a quarter counter-clockwise: what read left to right reads upward.
    pub fn turned(&self) -> Picture {
        let (width, height) = (self.height, self.width);
        let mut rgba = Vec::with_capacity(self.rgba.len());
        for row in 0..height {
            for column in 0..width {
                let at = 4 * (column as usize * self.width as usize + (self.width - 1 - row) as usize);
                rgba.extend_from_slice(&self.rgba[at..at + 4]);
            }
        }
        Picture { width, height, rgba }
    }

    fn offset(&self, x: i64, y: i64) -> Option<usize> {
        let inside = (0..i64::from(self.width)).contains(&x) && (0..i64::from(self.height)).contains(&y);
        inside.then(|| 4 * (y as usize * self.width as usize + x as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pixel different, alpha included.
    fn chequered(width: u32, height: u32) -> Picture {
        let bytes = (0..width * height).flat_map(|i| [i as u8, (i * 7) as u8, (i * 13) as u8, (255 - i % 200) as u8]);
        Picture::from_rgba(width, height, bytes.collect()).unwrap()
    }

    #[test]
    fn png_decodes_to_the_same_pixels() {
        let picture = chequered(19, 13);
        let decoded = image::load_from_memory_with_format(&picture.png(), image::ImageFormat::Png).unwrap().to_rgba8();
        assert_eq!((decoded.width(), decoded.height()), (19, 13));
        assert_eq!(decoded.as_raw().as_slice(), picture.rgba());
    }

    #[test]
    fn pasting_clips_and_blends() {
        let mut picture = Picture::new(4, 4, [0, 0, 0, 255]);
        picture.paste(&Picture::new(3, 3, [200, 100, 50, 255]), -2, 2);
        assert_eq!(picture.pixel(0, 2), Some([200, 100, 50, 255]));
        assert_eq!(picture.pixel(1, 2), Some([0, 0, 0, 255]));
        picture.blend(3, 3, [255, 255, 255, 128]);
        assert_eq!(picture.pixel(3, 3), Some([128, 128, 128, 255]));
        picture.paste(&chequered(2, 2), i32::MAX, i32::MIN);
        let mut clear = Picture::new(1, 1, [9, 9, 9, 0]);
        clear.blend(0, 0, [10, 20, 30, 128]);
        assert_eq!(clear.pixel(0, 0), Some([10, 20, 30, 128]));
    }

    #[test]
    fn a_quarter_turn_moves_the_right_edge_to_the_top() {
        let picture = chequered(5, 3);
        let turned = picture.turned();
        assert_eq!((turned.width(), turned.height()), (3, 5));
        assert_eq!(turned.pixel(0, 0), picture.pixel(4, 0));
        assert_eq!(turned.pixel(2, 4), picture.pixel(0, 2));
    }
}
