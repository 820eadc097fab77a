//! What an artist would measure on a sword: lengths and widths, from horizontal slices of its surface.

use serde::Serialize;

use crate::mesh::{Mesh, Vec3};

/// Slices along the length.
const SLICES: usize = 400;
/// A guard is this much wider than the blade.
const GUARD_RATIO: f32 = 1.4;

/// Measurements of a sword whose tip is at +Y, guard along X, thickness along Z. Lengths in units of the mesh.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Attributes {
    /// Along Y, pommel to tip.
    pub length: f32,
    /// From above the guard, or where the grip's roundness ends, to the tip.
    pub blade_length: f32,
    /// Widest in the lower half of the blade, along X.
    pub blade_width: f32,
    /// Along Z, half way up the blade.
    pub blade_thickness: f32,
    /// Widest along X between pommel and blade.
    pub guard_span: f32,
    /// Largest distance of the blade's middle line from its chord, by the blade's length; 0 for a straight blade.
    pub curvature: f32,
}

/// Extent of one slice; `None` where nothing was cut.
#[derive(Clone, Copy, Debug)]
struct Slice {
    lo: [f32; 2],
    hi: [f32; 2],
}

impl Slice {
    fn width(&self) -> f32 {
        self.hi[0] - self.lo[0]
    }

    fn thickness(&self) -> f32 {
        self.hi[1] - self.lo[1]
    }

    fn grow(slice: &mut Option<Self>, x: f32, z: f32) {
        let point = [x, z];
        let old = slice.unwrap_or(Self { lo: point, hi: point });
        *slice = Some(Self {
            lo: std::array::from_fn(|i| old.lo[i].min(point[i])),
            hi: std::array::from_fn(|i| old.hi[i].max(point[i])),
        });
    }
}

/// Measures a mesh, or a point cloud that covers the surface densely (some thousands of points). All zero for a mesh
/// without extent along Y. A mesh that is no sword gives numbers without meaning, never a panic.
pub fn measure(mesh: &Mesh) -> Attributes {
    let Some((lo, hi)) = mesh.bounds() else { return Attributes::default() };
    let length = hi[1] - lo[1];
    if !(length > 0.0 && length.is_finite()) {
        return Attributes::default();
    }
    let slices = slice(mesh, lo[1], length);
    let width = |k: usize| slices[k].map_or(0.0, |s| s.width());
    let base = blade_base(&slices);
    let blade_slices = SLICES - base;
    let at = |share: f32| base + ((blade_slices as f32 * share) as usize).min(blade_slices - 1);

    let hilt = (0..base).map(width).fold(0.0, f32::max);
    let middle = (at(0.48)..=at(0.52)).filter_map(|k| slices[k].map(|s| s.thickness()));
    let blade_length = length * blade_slices as f32 / SLICES as f32;
    Attributes {
        length,
        blade_length,
        blade_width: (at(0.03)..=at(0.5)).map(width).fold(0.0, f32::max),
        blade_thickness: median(middle.collect()),
        // Without a hilt (a bare blade) the widest thing is the blade itself.
        guard_span: if base > 0 { hilt } else { (0..SLICES).map(width).fold(0.0, f32::max) },
        curvature: sagitta(&slices[base..], blade_length),
    }
}

/// Cuts every triangle at the heights of the slices, or drops points into the slice they lie in.
fn slice(mesh: &Mesh, bottom: f32, length: f32) -> Vec<Option<Slice>> {
    let mut slices = vec![None; SLICES];
    let step = length / SLICES as f32;
    if mesh.triangles.is_empty() {
        for p in &mesh.positions {
            let k = (((p[1] - bottom) / step) as usize).min(SLICES - 1);
            Slice::grow(&mut slices[k], p[0], p[2]);
        }
        return slices;
    }
    for t in 0..mesh.triangles.len() {
        let corners = mesh.corners(t);
        let lo = corners.iter().map(|p| p[1]).fold(f32::INFINITY, f32::min);
        let hi = corners.iter().map(|p| p[1]).fold(f32::NEG_INFINITY, f32::max);
        let first = ((lo - bottom) / step - 0.5).ceil().max(0.0) as usize;
        for (k, slice) in slices.iter_mut().enumerate().skip(first) {
            let y = bottom + (k as f32 + 0.5) * step;
            if y > hi {
                break;
            }
            for i in 0..3 {
                if let Some([x, _, z]) = cut(corners[i], corners[(i + 1) % 3], y) {
                    Slice::grow(slice, x, z);
                }
            }
        }
    }
    slices
}

fn cut(p: Vec3, q: Vec3, y: f32) -> Option<Vec3> {
    if (p[1] <= y) == (q[1] <= y) {
        return None;
    }
    let t = (y - p[1]) / (q[1] - p[1]);
    Some(std::array::from_fn(|i| p[i] + t * (q[i] - p[i])))
}

/// The slice where the blade starts: above the guard, or, without one, where the section stops being round.
fn blade_base(slices: &[Option<Slice>]) -> usize {
    let widths = |range: std::ops::Range<usize>| slices[range].iter().flatten().map(Slice::width).collect::<Vec<_>>();
    // Every sword is blade between 50 and 85 % of its length.
    let blade = median(widths(SLICES / 2..SLICES * 17 / 20));
    let width = |k: usize| slices[k].map_or(0.0, |s| s.width());
    let lower = 0..SLICES * 11 / 20;
    let widest = lower.clone().fold(0, |best, k| if width(k) > width(best) { k } else { best });
    if width(widest) > GUARD_RATIO * blade {
        // Where quillons bend towards the tip, the slices through them are still guard.
        let ends = GUARD_RATIO.midpoint(1.0) * blade.max(width(widest) * 0.25);
        return (widest..SLICES * 4 / 5).find(|&k| width(k) <= ends).unwrap_or(widest);
    }
    let round = |s: &Slice| s.thickness() > 0.5 * s.width();
    lower.rev().find(|&k| slices[k].as_ref().is_some_and(round)).map_or(0, |k| k + 1)
}

/// Largest distance of the slices' middles from the line between the first and the last, by `length`.
fn sagitta(blade: &[Option<Slice>], length: f32) -> f32 {
    let middles: Vec<[f32; 2]> = blade
        .iter()
        .enumerate()
        .filter_map(|(k, s)| s.map(|s| [length * k as f32 / blade.len() as f32, s.lo[0].midpoint(s.hi[0])]))
        .collect();
    let (Some(first), Some(last)) = (middles.first(), middles.last()) else { return 0.0 };
    let chord = [last[0] - first[0], last[1] - first[1]];
    let norm = chord[0].hypot(chord[1]);
    if norm == 0.0 {
        return 0.0;
    }
    let away = |p: &[f32; 2]| (chord[0] * (p[1] - first[1]) - chord[1] * (p[0] - first[0])).abs() / norm;
    middles.iter().map(away).fold(0.0, f32::max) / length
}

fn median(mut values: Vec<f32>) -> f32 {
    values.sort_unstable_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A box between two heights, sheared so that its middle follows `bend(y)`.
    fn prism(y: [f32; 2], width: f32, thickness: f32, bend: impl Fn(f32) -> f32) -> Mesh {
        let rings = 40u32;
        let mut mesh = Mesh::default();
        for ring in 0..=rings {
            let height = y[0] + (y[1] - y[0]) * ring as f32 / rings as f32;
            for [x, z] in [[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]] {
                mesh.positions.push([bend(height) + x * width, height, z * thickness]);
            }
        }
        for ring in 0..rings {
            for i in 0..4 {
                let [a, b] = [4 * ring + i, 4 * ring + (i + 1) % 4];
                mesh.triangles.extend([[a, a + 4, b], [b, a + 4, b + 4]]);
            }
        }
        mesh
    }

    fn sword(guard: Option<f32>, bend: impl Fn(f32) -> f32 + Copy) -> Mesh {
        let mut mesh = prism([0.0, 0.8], 0.05, 0.006, bend);
        mesh.append(&prism([-0.2, 0.0], 0.03, 0.025, |_| 0.0));
        if let Some(span) = guard {
            mesh.append(&prism([-0.02, 0.0], span, 0.02, |_| 0.0));
        }
        mesh
    }

    fn near(found: f32, expected: f32, tolerance: f32) {
        assert!((found - expected).abs() <= tolerance, "{found}, expected {expected}");
    }

    #[test]
    fn a_sword_with_a_guard_is_measured() {
        let found = measure(&sword(Some(0.2), |_| 0.0));
        near(found.length, 1.0, 1e-6);
        near(found.blade_length, 0.8, 0.005);
        near(found.blade_width, 0.05, 1e-4);
        near(found.blade_thickness, 0.006, 1e-4);
        near(found.guard_span, 0.2, 1e-4);
        near(found.curvature, 0.0, 1e-4);
    }

    #[test]
    fn without_a_guard_the_grip_tells() {
        let found = measure(&sword(None, |_| 0.0));
        near(found.blade_length, 0.8, 0.005);
        near(found.guard_span, 0.03, 1e-4);
    }

    #[test]
    fn a_curved_blade_has_its_sagitta() {
        // A parabola of height 0.04 at the middle of 0.8: 5 %.
        let found = measure(&sword(Some(0.2), |y| 0.25 * y * (0.8 - y)));
        near(found.curvature, 0.05, 0.003);
    }

    #[test]
    fn scale_and_place_don_t_matter() {
        let mut mesh = sword(Some(0.2), |_| 0.0);
        mesh.transform(100.0, [7.0, 300.0, -3.0]);
        let found = measure(&mesh);
        near(found.blade_length, 80.0, 0.5);
        near(found.blade_thickness, 0.6, 0.01);
    }

    #[test]
    fn points_and_nonsense_are_survived() {
        let mut points = sword(Some(0.2), |_| 0.0);
        points.triangles.clear();
        near(measure(&points).guard_span, 0.2, 1e-4);
        assert_eq!(measure(&Mesh::default()), Attributes::default());
        assert_eq!(measure(&Mesh { positions: vec![[1.0; 3]; 3], ..Default::default() }), Attributes::default());
        measure(&Mesh { positions: vec![[0.0; 3], [0.0, 1.0, 0.0]], triangles: vec![[0, 1, 0]], ..Default::default() });
    }
}
