//! Pixels, and the values in them.

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

/// A square picture of three bytes a texel, top row first: V runs down, as in glTF.
#[derive(Clone, PartialEq, Eq)]
pub struct Texture {
    pub(super) side: u32,
    pub(super) rgb: Vec<u8>,
}

impl std::fmt::Debug for Texture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Texture({0} x {0})", self.side)
    }
}

impl Texture {
    /// Texels along a side.
    pub fn side(&self) -> u32 {
        self.side
    }

    /// `[side, side, 3]`
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// The texel at column `x`, row `y`; `None` outside.
    pub fn texel(&self, x: u32, y: u32) -> Option<[u8; 3]> {
        let at = 3 * (y as usize * self.side as usize + x as usize);
        (x < self.side && y < self.side).then(|| [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]])
    }

    /// One of the three bytes of every texel alone, as grey.
    pub fn channel(&self, channel: usize) -> Self {
        let rgb = self.rgb.chunks_exact(3).flat_map(|texel| [texel[channel]; 3]).collect();
        Self { side: self.side, rgb }
    }

    /// As a PNG file.
    pub fn png(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive)
            .write_image(&self.rgb, self.side, self.side, ExtendedColorType::Rgb8)
            .expect("memory takes all bytes, and a texture is made with as many bytes as its side says");
        bytes
    }
}

/// How many parts [`part_colour`] tells apart.
pub const PART_COLOURS: usize = 26;

/// The colour of a part in the mask, by its place among the parts: red, green, blue, yellow, magenta, cyan, white, and
/// then mixtures with halves. The first three are one channel each. None is black.
pub fn part_colour(part: u8) -> [u8; 3] {
    const CORNERS: [[u8; 3]; 7] =
        [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [255, 0, 255], [0, 255, 255], [255; 3]];
    if let Some(&corner) = CORNERS.get(usize::from(part)) {
        return corner;
    }
    let thirds = (1..27u8).map(|i| [i % 3, i / 3 % 3, i / 9]).filter(|digits| digits.contains(&1));
    let [r, g, b] = thirds.clone().nth(usize::from(part) - CORNERS.len()).unwrap_or([1; 3]);
    [r, g, b].map(|digit| [0, 128, 255][usize::from(digit)])
}

/// 0 to 1 as a byte.
pub(super) fn byte(x: f32) -> u8 {
    (x.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}

/// Linear light as an sRGB byte (IEC 61966-2-1).
pub fn srgb(x: f32) -> u8 {
    let x = x.clamp(0.0, 1.0);
    byte(if x <= 0.003_130_8 { 12.92 * x } else { 1.055 * x.powf(1.0 / 2.4) - 0.055 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_colours_of_their_own() {
        let all: std::collections::BTreeSet<_> = (0..PART_COLOURS as u8).map(part_colour).collect();
        assert_eq!(all.len(), PART_COLOURS);
        assert!(!all.contains(&[0; 3]));
    }

    #[test]
    fn a_png_holds_the_texels() {
        let texture = Texture { side: 16, rgb: (0..768u32).map(|i| (i * 7 % 251) as u8).collect() };
        let decoded = image::load_from_memory(&texture.png()).unwrap().to_rgb8();
        assert_eq!(decoded.as_raw(), texture.rgb());
        assert_eq!(texture.texel(3, 2), Some([texture.rgb[105], texture.rgb[106], texture.rgb[107]]));
        assert_eq!(texture.texel(16, 0), None);
        assert_eq!([srgb(0.0), srgb(0.5), srgb(1.0)], [0, 188, 255]);
    }
}
