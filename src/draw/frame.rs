//! What the rasteriser leaves behind each pixel, and the passes over whole pictures that need it: occlusion and shadow.

use super::colour::{linear_rgb, mix};
use super::light::{developed, smooth};
use super::view::Camera;
use crate::mesh::{Vec3, dot, norm, scaled, sub};
use rayon::prelude::*;

/// What lies behind the shape; sRGB.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Backdrop {
    Transparent,
    Solid([u8; 3]),
    Gradient { top: [u8; 3], bottom: [u8; 3] },
}

/// One pixel of the geometry pass.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    /// Exposed linear light, multiplied by `cover`.
    pub light: [f32; 3],
    /// The share of the pixel that the shape covers.
    pub cover: f32,
    /// Projected depth of the nearest sample; meaningless where `cover` is 0.
    pub depth: f32,
    /// Unit normal in the camera's axes, facing the viewer.
    pub normal: Vec3,
}

/// A rendered shape before the backdrop.
pub(super) struct Frame {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<Seen>,
}

impl Frame {
    /// Darkens creases and contacts by `strength`: each pixel is dimmed by how much its neighbourhood rises above its
    /// tangent plane (screen-space occlusion in the manner of Bavoil and Sainz 2008, spiral samples).
    pub fn occlude(&mut self, camera: &Camera, strength: f32) {
        const SAMPLES: usize = 20;
        let reach = 0.035 * self.width.min(self.height) as f32;
        let falloff = 1.0 / (reach / camera.scale()).max(1e-20);
        let spiral: Vec<(f32, f32)> = (0..SAMPLES)
            .map(|i| {
                let r = reach * ((i as f32 + 0.5) / SAMPLES as f32);
                let (sin, cos) = (i as f32 * 2.399_963).sin_cos();
                (r * cos, r * sin)
            })
            .collect();
        let point = |x: usize, y: usize, depth: f32| camera.behind(x as f64 + 0.5, y as f64 + 0.5, f64::from(depth));
        let dimmed: Vec<f32> = (0..self.pixels.len())
            .into_par_iter()
            .map(|at| {
                let seen = &self.pixels[at];
                if seen.cover == 0.0 {
                    return 1.0;
                }
                let (x, y) = (at % self.width, at / self.width);
                let here = point(x, y, seen.depth);
                let mut hidden = 0.0;
                for &(dx, dy) in &spiral {
                    let (nx, ny) = ((x as f32 + dx).round(), (y as f32 + dy).round());
                    if nx < 0.0 || ny < 0.0 || nx >= self.width as f32 || ny >= self.height as f32 {
                        continue;
                    }
                    let (nx, ny) = (nx as usize, ny as usize);
                    let other = &self.pixels[ny * self.width + nx];
                    if other.cover == 0.0 {
                        continue;
                    }
                    let to = sub(point(nx, ny, other.depth), here);
                    let distance = norm(to);
                    let rise = dot(seen.normal, scaled(to, 1.0 / distance.max(1e-20)));
                    hidden += (rise - 0.12).max(0.0) / (1.0 + (distance * falloff).powi(2));
                }
                (1.0 - strength * 2.2 * hidden / SAMPLES as f32).clamp(0.25, 1.0)
            })
            .collect();
        for (seen, dim) in self.pixels.iter_mut().zip(dimmed) {
            seen.light = scaled(seen.light, dim);
        }
    }

    /// Lays the shape over a backdrop, with a soft shadow and an outline of the given strengths on it; RGBA bytes.
    pub fn developed(&self, backdrop: Backdrop, shadow: f32, outline: f32) -> Vec<u8> {
        let cast = (shadow > 0.0).then(|| self.shadow());
        let rows = self.pixels.par_chunks(self.width).enumerate();
        rows.flat_map_iter(|(y, row)| {
            let cast = cast.as_ref();
            let t = y as f32 / (self.height.max(2) - 1) as f32;
            row.iter().enumerate().flat_map(move |(x, seen)| {
                let mut dark = cast.map_or(0.0, |c| shadow * c[y * self.width + x]).clamp(0.0, 1.0);
                if outline > 0.0 && seen.cover < 1.0 {
                    dark = dark.max(outline.min(1.0) * self.cover_beside(x, y));
                }
                let under = match backdrop {
                    Backdrop::Transparent => None,
                    Backdrop::Solid(colour) => Some(linear_rgb(colour)),
                    Backdrop::Gradient { top, bottom } => {
                        // Brighter behind the middle, as a lamp on a paper roll makes it.
                        let u = 2.0 * x as f32 / self.width as f32 - 1.0;
                        let glow = smooth(1.35, 0.0, (u * u + (2.0 * t - 0.9).powi(2)).sqrt());
                        Some(scaled(mix(linear_rgb(top), linear_rgb(bottom), smooth(0.0, 1.0, t)), 0.82 + 0.30 * glow))
                    }
                };
                match under {
                    Some(colour) => {
                        let rest = (1.0 - seen.cover) * (1.0 - dark);
                        developed(std::array::from_fn(|c| seen.light[c] + colour[c] * rest), 1.0)
                    }
                    None => {
                        let alpha = seen.cover + (1.0 - seen.cover) * dark;
                        developed(scaled(seen.light, 1.0 / alpha.max(1e-6)), alpha)
                    }
                }
            })
        })
        .collect()
    }

    /// The largest coverage of a pixel and its eight neighbours.
    fn cover_beside(&self, x: usize, y: usize) -> f32 {
        let columns = x.saturating_sub(1)..(x + 2).min(self.width);
        let rows = y.saturating_sub(1)..(y + 2).min(self.height);
        rows.flat_map(|y| self.pixels[y * self.width..][columns.clone()].iter()).fold(0.0, |m, p| m.max(p.cover))
    }

    /// The outline, moved down and right and blurred: three box blurs come close to a Gaussian.
    fn shadow(&self) -> Vec<f32> {
        let small = self.width.min(self.height) as f32;
        let (shift, radius) = ((0.018 * small) as usize, ((0.016 * small) as usize).max(1));
        let mut mask = vec![0.0; self.pixels.len()];
        for y in shift..self.height {
            for x in shift..self.width {
                mask[y * self.width + x] = self.pixels[(y - shift) * self.width + x - shift].cover;
            }
        }
        for _ in 0..3 {
            // Each blur writes its result transposed, so two of them cover both directions.
            mask = blurred(&mask, self.width, radius);
            mask = blurred(&mask, self.height, radius);
        }
        mask
    }
}

/// Box blur of each row of `width`, the result transposed.
fn blurred(from: &[f32], width: usize, radius: usize) -> Vec<f32> {
    let height = from.len() / width;
    let mut into = vec![0.0; from.len()];
    let share = 1.0 / (2 * radius + 1) as f32;
    for (y, row) in from.chunks(width).enumerate() {
        let mut sum: f32 = row.iter().take(radius).sum();
        for x in 0..width {
            sum += row.get(x + radius).copied().unwrap_or(0.0);
            if x > radius {
                sum -= row[x - radius - 1];
            }
            into[x * height + y] = sum * share;
        }
    }
    into
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blur_keeps_the_sum_and_transposes() {
        let mut from = vec![0.0; 7 * 5];
        from[2 * 7 + 3] = 1.0;
        let into = blurred(&from, 7, 1);
        assert!((into.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!((into[2 * 5 + 2] - 1.0 / 3.0).abs() < 1e-6 && (into[4 * 5 + 2] - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(into[5 + 2], 0.0);
    }
}
