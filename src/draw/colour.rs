//! Colours: sRGB transfer, and a palette in which 25 neighbouring patches can be told apart.

/// sRGB byte to linear light (IEC 61966-2-1).
pub fn linear(byte: u8) -> f32 {
    let c = f32::from(byte) / 255.0;
    if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
}

/// Linear light, clamped to `0..=1`, to an sRGB byte (IEC 61966-2-1).
pub fn encoded(light: f32) -> u8 {
    let c = light.clamp(0.0, 1.0);
    let c = if c <= 0.003_130_8 { 12.92 * c } else { 1.055 * c.powf(1.0 / 2.4) - 0.055 };
    (c * 255.0 + 0.5) as u8
}

/// [`linear`] per channel.
pub fn linear_rgb(rgb: [u8; 3]) -> [f32; 3] {
    rgb.map(linear)
}

/// `a` at `t` = 0, `b` at `t` = 1.
pub fn mix(a: [f32; 3], b: [f32; 3], t: f32) -> [f32; 3] {
    std::array::from_fn(|i| a[i] + (b[i] - a[i]) * t)
}

/// The colour of patch `i`. Four levels of lightness take turns while the hue moves on by 0.28 of a circle: of the steps
/// tried, this one keeps the first 25 farthest apart.
pub fn patch_colour(i: usize) -> [u8; 3] {
    let hue = (0.68 + (i % 1000) as f32 * 0.28).fract();
    let (lightness, chroma) = [(0.74, 0.14), (0.50, 0.12), (0.86, 0.10), (0.62, 0.15)][i % 4];
    oklch(lightness, chroma, hue * std::f32::consts::TAU)
}

/// Viridis at nine even steps, sRGB: matplotlib's perceptually even map (van der Walt and Smith 2015, CC0).
const VIRIDIS: [[u8; 3]; 9] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];

/// The map's linear colours at even steps from 0 to 1, for a shader to blend.
pub fn viridis_linear() -> [[f32; 3]; 9] {
    VIRIDIS.map(linear_rgb)
}

/// The colour of `t` in 0..=1.
pub fn viridis(t: f32) -> [u8; 3] {
    let at = t.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f32;
    let i = (at as usize).min(VIRIDIS.len() - 2);
    mix(linear_rgb(VIRIDIS[i]), linear_rgb(VIRIDIS[i + 1]), at - i as f32).map(encoded)
}

/// Series colours for charts: dark enough to read as a thin line on white.
pub fn series_colour(i: usize) -> [u8; 3] {
    const COLOURS: [[u8; 3]; 8] = [
        [31, 101, 181],
        [214, 96, 22],
        [34, 139, 84],
        [186, 48, 64],
        [118, 84, 178],
        [20, 146, 160],
        [166, 118, 18],
        [92, 98, 108],
    ];
    COLOURS[i % COLOURS.len()]
}

/// OKLCH to sRGB bytes, out-of-gamut channels clipped (Ottosson 2020, "A perceptual color space for image processing").
fn oklch(lightness: f32, chroma: f32, hue: f32) -> [u8; 3] {
    let (a, b) = (chroma * hue.cos(), chroma * hue.sin());
    let l = (lightness + 0.396_337_78 * a + 0.215_803_76 * b).powi(3);
    let m = (lightness - 0.105_561_346 * a - 0.063_854_17 * b).powi(3);
    let s = (lightness - 0.089_484_18 * a - 1.291_485_5 * b).powi(3);
    [
        4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s,
        -1.268_438 * l + 2.609_757_4 * m - 0.341_319_38 * s,
        -0.004_196_086 * l - 0.703_418_6 * m + 1.707_614_7 * s,
    ]
    .map(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_five_patches_are_told_apart() {
        for i in 0..25 {
            for j in 0..i {
                let (a, b) = (patch_colour(i), patch_colour(j));
                let d: i32 = (0..3).map(|c| (i32::from(a[c]) - i32::from(b[c])).pow(2)).sum();
                assert!(d > 40 * 40, "patches {i} {a:?} and {j} {b:?} look alike ({d})");
            }
        }
    }

    #[test]
    fn viridis_grows_lighter_all_the_way() {
        let luminance = |i: usize| {
            let [r, g, b] = linear_rgb(viridis(i as f32 / 100.0));
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        assert!((0..100).all(|i| luminance(i + 1) > luminance(i)));
        assert_eq!((viridis(0.0), viridis(2.0)), (VIRIDIS[0], VIRIDIS[8]));
    }

    #[test]
    fn srgb_round_trips() {
        for byte in 0..=255 {
            assert_eq!(encoded(linear(byte)), byte);
        }
        assert_eq!(encoded(f32::INFINITY), 255);
        assert_eq!(encoded(f32::NAN), 0);
    }
}
