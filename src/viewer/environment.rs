//! The rooms that the steel reflects, such as soft boxes in a dark studio: computed where they are chosen. No asset file.
//!
//! The specular map is prefiltered by roughness into mip levels (split-sum approximation, Karis 2013: GGX importance
//! sampling with N = V = R), the diffuse map holds the cosine-weighted mean radiance.

use std::f32::consts::TAU;

use bevy::{
    asset::RenderAssetUsages,
    image::Image,
    math::Vec3,
    render::render_resource::{Extent3d, TextureDimension, TextureFormat, TextureViewDescriptor, TextureViewDimension},
};
use rayon::prelude::*;

use super::state::Room;

/// Texels along a face of the specular map's first level, which is a mirror.
const SPECULAR: usize = 64;
/// Levels of the specular map: roughness 0 to 1. The last is 4 texels wide.
const LEVELS: usize = 5;
/// Texels along a face of the diffuse map.
const DIFFUSE: usize = 8;
/// Directions averaged for a texel.
const SAMPLES: usize = 96;

/// A rectangular lamp with a soft rim, far away: seen in a plane at distance 1 along `towards`.
struct SoftBox {
    towards: Vec3,
    /// Half width and height.
    half: [f32; 2],
    rim: f32,
    radiance: Vec3,
}

/// Light of a room and its lamps.
struct Lit {
    /// Radiance from below, from the horizon, from straight above.
    floor: Vec3,
    wall: Vec3,
    ceiling: Vec3,
    lamps: Vec<(SoftBox, Vec3, Vec3)>,
}

/// The one light of a room that throws a shadow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Key {
    /// Where it shines from.
    pub from: Vec3,
    /// Lux.
    pub illuminance: f32,
    /// sRGB.
    pub colour: [f32; 3],
}

/// The room's key light.
pub fn key(room: Room) -> Key {
    let (from, illuminance, colour) = match room {
        Room::Studio => ([-1.4, 3.2, 2.2], 2800.0, [1.0, 0.965, 0.91]),
        Room::Sunset => ([-2.6, 1.35, 1.6], 4200.0, [1.0, 0.70, 0.42]),
        Room::Overcast => ([-0.5, 4.0, 1.2], 1300.0, [0.93, 0.96, 1.0]),
        Room::Night => ([1.8, 3.0, 1.2], 1000.0, [0.62, 0.75, 1.0]),
    };
    Key { from: Vec3::from(from), illuminance, colour }
}

/// Linear colours of the wall behind the shape: its bright middle and its rim.
pub fn backdrop(room: Room) -> [Vec3; 2] {
    let [middle, rim] = match room {
        Room::Studio => [[0.105, 0.109, 0.118], [0.0125, 0.0135, 0.0155]],
        Room::Sunset => [[0.165, 0.088, 0.058], [0.016, 0.0115, 0.016]],
        Room::Overcast => [[0.34, 0.355, 0.375], [0.115, 0.122, 0.132]],
        Room::Night => [[0.024, 0.033, 0.058], [0.0028, 0.0038, 0.0075]],
    };
    [Vec3::from(middle), Vec3::from(rim)]
}

impl Lit {
    fn of(room: Room) -> Self {
        let lamp = |towards: [f32; 3], half, rim, radiance: [f32; 3]| {
            let towards = Vec3::from(towards).normalize();
            let right = Vec3::Y.cross(towards).normalize();
            (SoftBox { towards, half, rim, radiance: Vec3::from(radiance) }, right, towards.cross(right))
        };
        let (floor, wall, ceiling, lamps) = match room {
            // A dark floor, grey walls, a bright ceiling.
            Room::Studio => (
                [0.030, 0.028, 0.026],
                [0.060, 0.063, 0.070],
                [0.85, 0.87, 0.9],
                vec![
                    // Key, warm, high at the left.
                    lamp([-0.95, 0.55, 0.62], [0.26, 0.80], 0.14, [3.9, 3.75, 3.5]),
                    // Fill, cool and wide, at the right.
                    lamp([1.0, 0.1, 0.42], [0.24, 0.95], 0.16, [1.05, 1.2, 1.5]),
                    // Rims from behind.
                    lamp([-0.9, 0.2, -0.7], [0.14, 1.1], 0.08, [4.2, 4.4, 4.8]),
                    lamp([0.8, 0.3, -0.9], [0.18, 1.1], 0.10, [4.4, 4.2, 3.9]),
                    // A faint one in front, brighter above than below, so that a blade that faces the camera is neither
                    // black nor flat.
                    lamp([-0.12, 0.45, 1.0], [0.36, 0.46], 0.40, [0.44, 0.45, 0.48]),
                ],
            ),
            // A low sun at the left, glowing haze, a violet sky.
            Room::Sunset => (
                [0.060, 0.034, 0.024],
                [0.52, 0.235, 0.115],
                [0.16, 0.17, 0.34],
                vec![
                    lamp([-1.0, 0.28, 0.55], [0.15, 0.15], 0.12, [7.2, 3.9, 1.5]),
                    // Clouds that the sun lights from below.
                    lamp([-0.9, 0.42, 0.1], [0.9, 0.16], 0.16, [1.8, 0.72, 0.34]),
                    lamp([0.7, 0.5, -0.8], [0.8, 0.10], 0.12, [1.5, 0.62, 0.44]),
                    // The blue side of the sky.
                    lamp([1.0, 0.25, 0.3], [0.5, 0.9], 0.40, [0.20, 0.27, 0.52]),
                ],
            ),
            // A white sky over a grey field.
            Room::Overcast => (
                [0.15, 0.15, 0.14],
                [0.52, 0.55, 0.58],
                [1.65, 1.70, 1.78],
                vec![
                    // Where the clouds are thin, and a dark line of trees, which gives metal something to mirror.
                    lamp([-0.6, 0.8, 0.5], [0.8, 0.6], 0.5, [0.85, 0.85, 0.82]),
                    lamp([1.0, -0.02, 0.2], [0.9, 0.13], 0.08, [-0.40, -0.42, -0.45]),
                    lamp([-1.0, -0.02, 0.3], [0.9, 0.15], 0.08, [-0.38, -0.40, -0.43]),
                ],
            ),
            // Moonlight through a high window, a fire at the right.
            Room::Night => (
                [0.022, 0.022, 0.026],
                [0.026, 0.032, 0.050],
                [0.060, 0.080, 0.14],
                vec![
                    lamp([-0.8, 0.9, 0.5], [0.22, 0.60], 0.08, [1.5, 1.95, 2.9]),
                    lamp([-0.8, 0.2, -0.85], [0.10, 1.1], 0.08, [0.9, 1.2, 1.9]),
                    lamp([1.0, -0.12, 0.45], [0.20, 0.34], 0.22, [3.0, 1.15, 0.30]),
                    lamp([0.6, 0.1, -1.0], [0.10, 0.9], 0.10, [1.1, 0.5, 0.2]),
                    lamp([-0.05, 0.4, 1.0], [0.40, 0.50], 0.45, [0.055, 0.07, 0.11]),
                ],
            ),
        };
        let [floor, wall, ceiling] = [floor, wall, ceiling].map(Vec3::from);
        Self { floor, wall, ceiling, lamps }
    }

    /// Radiance from a world direction, unit length.
    fn radiance(&self, d: Vec3) -> Vec3 {
        let smooth = |x: f32| {
            let t = x.clamp(0.0, 1.0);
            t * t * (3.0 - 2.0 * t)
        };
        let up = smooth(d.y.max(0.0));
        let mut sum = if d.y < 0.0 {
            self.wall.lerp(self.floor, smooth(-2.2 * d.y))
        } else {
            self.wall.lerp(self.ceiling, up * up)
        };
        for (lamp, right, top) in &self.lamps {
            let along = d.dot(lamp.towards);
            if along > 0.05 {
                let x = (d.dot(*right) / along).abs();
                let y = (d.dot(*top) / along).abs();
                let inside = |at: f32, half: f32| 1.0 - smooth((at - half + lamp.rim) / (2.0 * lamp.rim));
                sum += lamp.radiance * inside(x, lamp.half[0]) * inside(y, lamp.half[1]);
            }
        }
        // A dark thing before the light takes no more than there is.
        sum.max(Vec3::splat(0.02))
    }
}

/// World direction of a texel: face of a cube map in the order +X -X +Y -Y +Z -Z, `u`, `v` in -1..=1, v down. Cube maps
/// are left-handed, so Bevy looks them up with z negated.
fn direction(face: usize, u: f32, v: f32) -> Vec3 {
    let [x, y, z] = match face {
        0 => [1.0, -v, -u],
        1 => [-1.0, -v, u],
        2 => [u, 1.0, v],
        3 => [u, -1.0, -v],
        4 => [u, -v, 1.0],
        _ => [-u, -v, -1.0],
    };
    Vec3::new(x, y, -z).normalize()
}

/// Point `i` of `n` of a low-discrepancy set in the unit square (Hammersley).
fn hammersley(i: usize, n: usize) -> (f32, f32) {
    ((i as f32 + 0.5) / n as f32, (i as u32).reverse_bits() as f32 / 4_294_967_296.0)
}

/// A frame around `n`.
fn frame(n: Vec3) -> (Vec3, Vec3) {
    let a = if n.y.abs() < 0.9 { Vec3::Y } else { Vec3::X };
    let t = a.cross(n).normalize();
    (t, n.cross(t))
}

fn specular(studio: &Lit, n: Vec3, roughness: f32) -> Vec3 {
    // Perceptual roughness squared is GGX's alpha.
    let alpha = roughness * roughness;
    let (t, b) = frame(n);
    let (mut sum, mut weight) = (Vec3::ZERO, 0.0);
    for i in 0..SAMPLES {
        let (x, y) = hammersley(i, SAMPLES);
        let cos = ((1.0 - y) / (1.0 + (alpha * alpha - 1.0) * y)).sqrt();
        let sin = (1.0 - cos * cos).max(0.0).sqrt();
        let h = t * (sin * (TAU * x).cos()) + b * (sin * (TAU * x).sin()) + n * cos;
        let l = 2.0 * n.dot(h) * h - n;
        let facing = n.dot(l);
        if facing > 0.0 {
            sum += studio.radiance(l.normalize()) * facing;
            weight += facing;
        }
    }
    sum / f32::max(weight, 1e-6)
}

fn diffuse(studio: &Lit, n: Vec3) -> Vec3 {
    let (t, b) = frame(n);
    let n_samples = SAMPLES * 4;
    let sum: Vec3 = (0..n_samples)
        .map(|i| {
            let (x, y) = hammersley(i, n_samples);
            let (sin, cos) = (y.sqrt(), (1.0 - y).sqrt());
            let l = t * (sin * (TAU * x).cos()) + b * (sin * (TAU * x).sin()) + n * cos;
            studio.radiance(l)
        })
        .sum();
    sum / n_samples as f32
}

/// A face's texels in rows, by a function of direction.
fn texels(face: usize, size: usize, radiance: impl Fn(Vec3) -> Vec3) -> Vec<Vec3> {
    let at = |i: usize| (i as f32 + 0.5) / size as f32 * 2.0 - 1.0;
    (0..size * size).map(|i| radiance(direction(face, at(i % size), at(i / size)))).collect()
}

/// Bits of an IEEE half for a finite number of 0 to 65504: mantissa rounded to nearest, tiny numbers to zero.
fn half(x: f32) -> u16 {
    let bits = x.clamp(0.0, 65_504.0).to_bits() + 0x1000;
    let exponent = (bits >> 23) as i32 - 127 + 15;
    if exponent <= 0 { 0 } else { ((exponent as u32) << 10 | (bits >> 13 & 0x3ff)) as u16 }
}

fn cube(size: usize, levels: usize, faces: Vec<Vec<Vec3>>) -> Image {
    let bytes: Vec<u8> = faces
        .iter()
        .flatten()
        .flat_map(|c| [half(c.x), half(c.y), half(c.z), half(1.0)])
        .flat_map(u16::to_le_bytes)
        .collect();
    let extent = Extent3d { width: size as u32, height: size as u32, depth_or_array_layers: 6 };
    let mut image =
        Image::new_uninit(extent, TextureDimension::D2, TextureFormat::Rgba16Float, RenderAssetUsages::RENDER_WORLD);
    image.data = Some(bytes);
    image.texture_descriptor.mip_level_count = levels as u32;
    image.texture_view_descriptor =
        Some(TextureViewDescriptor { dimension: Some(TextureViewDimension::Cube), ..Default::default() });
    image
}

/// Light over a room's floor, radiance around 1: the mean from above by the cosine, and what a dull floor mirrors to somebody
/// who looks down at it a little, the mean over all sides.
pub fn over_floor(room: Room) -> (Vec3, Vec3) {
    const SIDES: usize = 8;
    /// Sine of how far down he looks.
    const DOWN: f32 = 0.3;
    let studio = Lit::of(room);
    let aslant = (0..SIDES).map(|side| {
        let (sin, cos) = (TAU * side as f32 / SIDES as f32).sin_cos();
        specular(&studio, Vec3::new(sin, DOWN, cos).normalize(), 0.75)
    });
    (diffuse(&studio, Vec3::Y), aslant.sum::<Vec3>() / SIDES as f32)
}

/// Both maps of a room: diffuse, and specular with a level for each roughness. Radiance around 1.
pub fn maps(room: Room) -> (Image, Image) {
    let studio = Lit::of(room);
    let rough = |level: usize| level as f32 / (LEVELS - 1) as f32;
    // Layer by layer, each with all its levels.
    let specular: Vec<Vec<Vec3>> = (0..6 * LEVELS)
        .into_par_iter()
        .map(|i| {
            let (face, level) = (i / LEVELS, i % LEVELS);
            let size = SPECULAR >> level;
            match level {
                0 => texels(face, size, |d| studio.radiance(d)),
                _ => texels(face, size, |d| specular(&studio, d, rough(level))),
            }
        })
        .collect();
    let diffuse: Vec<Vec<Vec3>> =
        (0..6).into_par_iter().map(|face| texels(face, DIFFUSE, |d| diffuse(&studio, d))).collect();
    (cube(DIFFUSE, 1, diffuse), cube(SPECULAR, LEVELS, specular))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_round_trip() {
        for (x, bits) in [(0.0, 0), (1.0, 0x3c00), (0.5, 0x3800), (65_504.0, 0x7bff), (1.5, 0x3e00), (4.2, 0x4433)] {
            assert_eq!(half(x), bits, "{x}");
        }
    }

    #[test]
    fn roughness_blurs_and_keeps_the_light() {
        let studio = Lit::of(Room::Studio);
        let lamp = studio.lamps[0].0.towards;
        let (mirror, dull) = (studio.radiance(lamp), specular(&studio, lamp, 1.0));
        assert!(mirror.x > 2.0 * dull.x && dull.x > 0.3, "{mirror} {dull}");
        let smooth = specular(&studio, lamp, 0.02);
        assert!((smooth - mirror).length() < 0.05 * mirror.length(), "{smooth} {mirror}");
    }

    #[test]
    fn nothing_is_black_or_endless_in_any_direction() {
        for &room in Room::ALL {
            let lit = Lit::of(room);
            for face in 0..6 {
                for c in texels(face, 16, |d| lit.radiance(d)) {
                    assert!(c.min_element() >= 0.02 && c.max_element() < 9.0, "{room:?} {c}");
                }
            }
            let sum: Vec3 = (0..6).flat_map(|f| texels(f, 16, |d| diffuse(&lit, d))).sum();
            let mean = sum / (6.0 * 256.0);
            assert!((0.05..2.0).contains(&mean.y), "{room:?} {mean}");
            assert!(key(room).from.y > 0.5, "no light from below the floor");
        }
    }

    #[test]
    fn a_floor_is_lit_as_its_room_is() {
        let [studio, overcast, night] = [Room::Studio, Room::Overcast, Room::Night].map(over_floor);
        assert!(night.0.y < studio.0.y && studio.0.y < overcast.0.y, "{night:?} {studio:?} {overcast:?}");
        // Straight above is the brightest: a floor mirrors walls and lamps to who looks down at it a little.
        for (above, aslant) in [studio, overcast, night] {
            assert!(above.y > aslant.y && aslant.min_element() > 0.0, "{above} {aslant}");
        }
    }

    #[test]
    fn maps_have_every_level_of_every_face() {
        let (diffuse, specular) = maps(Room::Night);
        let texels: usize = (0..LEVELS).map(|l| 6 * (SPECULAR >> l).pow(2)).sum();
        assert_eq!(specular.data.map(|d| d.len()), Some(texels * 8));
        assert_eq!(diffuse.data.map(|d| d.len()), Some(6 * DIFFUSE * DIFFUSE * 8));
    }

    #[test]
    fn opposite_faces_look_opposite_ways() {
        for (a, b) in [(0, 1), (2, 3), (4, 5)] {
            assert!((direction(a, 0.0, 0.0) + direction(b, 0.0, 0.0)).length() < 1e-6);
        }
        assert_eq!(direction(4, 0.0, 0.0), Vec3::NEG_Z);
    }
}
