//! What an artist would measure on a sword: lengths and widths, from horizontal slices of its surface.

use serde::Serialize;

use crate::mesh::{Mesh, Vec3};

/// Slices along the length.
const SLICES: usize = 400;
/// Where the thickness of the blade's middle grows by this within [`STEP`] slices, the hilt begins.
const HILT_RATIO: f32 = 1.25;
const STEP: usize = 6;
/// Where the width changes by this within [`STEP`] slices, it does as well, if the thickness showed no hilt.
const WIDTH_RATIO: f32 = 1.5;
/// Slices of the shortest hilt: 12 % of a sword.
const SHORTEST_HILT: usize = SLICES * 12 / 100;
/// Slices this much wider than the blade's median cut a quillon as well.
const QUILLON_RATIO: f32 = 1.5;

/// Measurements of a sword whose tip is at +Y, guard along X, thickness along Z. Lengths in units of the mesh.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Attributes {
    /// Along Y, pommel to tip.
    pub length: f32,
    /// From where guard or grip end to the tip.
    pub blade_length: f32,
    /// Along X, a quarter up the blade; the median around it, so that one tooth or wave doesn't decide.
    pub blade_width: f32,
    /// Along Z, half way up the blade.
    pub blade_thickness: f32,
    /// Extent along X of everything below the blade and of quillons that reach up beside it.
    pub guard_span: f32,
    /// Largest distance of the blade's middle line from its chord, by the chord: positive where the tip bends to +X,
    /// 0 for a straight blade.
    pub curvature: f32,
}

/// The outline of one slice: segments `[x, z]` to `[x, z]`; points of a cloud are segments without length.
#[derive(Clone, Debug, Default)]
struct Slice {
    segments: Vec<[[f32; 2]; 2]>,
}

impl Slice {
    fn extent(&self, axis: usize) -> Option<[f32; 2]> {
        let values = || self.segments.iter().flatten().map(|p| p[axis]);
        values().next()?;
        Some([values().fold(f32::INFINITY, f32::min), values().fold(f32::NEG_INFINITY, f32::max)])
    }

    fn width(&self) -> f32 {
        self.extent(0).map_or(0.0, |[lo, hi]| hi - lo)
    }

    fn thickness(&self) -> f32 {
        self.extent(1).map_or(0.0, |[lo, hi]| hi - lo)
    }

    fn middle(&self) -> Option<f32> {
        self.extent(0).map(|[lo, hi]| lo.midpoint(hi))
    }

    /// Thickness of what lies between two x.
    fn thickness_within(&self, [lo, hi]: [f32; 2]) -> f32 {
        let mut clipped = Self::default();
        for &[p, q] in &self.segments {
            let (p, q) = if p[0] <= q[0] { (p, q) } else { (q, p) };
            if q[0] < lo || p[0] > hi {
                continue;
            }
            let at = |x: f32| {
                let t = if q[0] > p[0] { (x - p[0]) / (q[0] - p[0]) } else { 0.0 };
                [x, p[1] + t * (q[1] - p[1])]
            };
            clipped.segments.push([if p[0] < lo { at(lo) } else { p }, if q[0] > hi { at(hi) } else { q }]);
        }
        clipped.thickness()
    }
}

/// Measures a mesh, or a point cloud that covers the surface densely (some ten thousand points). All zero for a mesh
/// without extent along Y. A mesh that is no sword gives numbers without meaning, never a panic.
pub fn measure(mesh: &Mesh) -> Attributes {
    let Some((lo, hi)) = mesh.bounds() else { return Attributes::default() };
    let length = hi[1] - lo[1];
    if !(length > 0.0 && length.is_finite()) {
        return Attributes::default();
    }
    let slices = slice(mesh, lo[1], length);
    let base = blade_base(&slices);
    let (hilt, blade) = slices.split_at(base);
    let around = |share: f32, value: fn(&Slice) -> f32| {
        let at = |share: f32| ((blade.len() as f32 * share) as usize).min(blade.len() - 1);
        median(blade[at(share - 0.04)..=at(share + 0.04)].iter().map(value).collect())
    };
    let usual_width = median(blade.iter().map(Slice::width).collect());
    let beside = blade[..blade.len() / 2].iter().filter(|s| s.width() > QUILLON_RATIO * usual_width);
    let guard = hilt.iter().chain(beside).filter_map(|s| s.extent(0)).reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]);
    let blade_length = length * blade.len() as f32 / SLICES as f32;
    Attributes {
        length,
        blade_length,
        blade_width: around(0.25, Slice::width),
        blade_thickness: around(0.5, Slice::thickness),
        guard_span: guard.map_or(0.0, |[lo, hi]| hi - lo),
        curvature: sagitta(blade, blade_length, QUILLON_RATIO * usual_width),
    }
}

/// Cuts every triangle at the heights of the slices, or drops points into the slice they lie in.
fn slice(mesh: &Mesh, bottom: f32, length: f32) -> Vec<Slice> {
    let mut slices = vec![Slice::default(); SLICES];
    let step = length / SLICES as f32;
    if mesh.triangles.is_empty() {
        for p in &mesh.positions {
            let k = (((p[1] - bottom) / step) as usize).min(SLICES - 1);
            slices[k].segments.push([[p[0], p[2]]; 2]);
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
            let mut ends = (0..3).filter_map(|i| cut(corners[i], corners[(i + 1) % 3], y));
            if let (Some(p), Some(q)) = (ends.next(), ends.next()) {
                slice.segments.push([p, q]);
            }
        }
    }
    slices
}

/// `[x, z]` where the edge from `p` to `q` passes the height `y`.
fn cut(p: Vec3, q: Vec3, y: f32) -> Option<[f32; 2]> {
    if (p[1] <= y) == (q[1] <= y) {
        return None;
    }
    let t = (y - p[1]) / (q[1] - p[1]);
    Some([0, 2].map(|i| p[i] + t * (q[i] - p[i])))
}

/// The slice where the blade starts, 0 for a bare blade. From the tip down, a blade thickens slowly; guard and grip are
/// suddenly thicker. Only the middle half of its width is looked at, because quillons may stand beside the blade.
/// A blade as thick as its hilt is told by its width instead: that jumps at the guard, or drops at the grip.
fn blade_base(slices: &[Slice]) -> usize {
    let thicker = |k: usize| {
        let above = &slices[k + 1..=k + STEP];
        let edge = |i: usize| median(above.iter().filter_map(|s| Some(s.extent(0)?[i])).collect());
        let (lo, hi) = (edge(0), edge(1));
        let inner = [lo + 0.25 * (hi - lo), hi - 0.25 * (hi - lo)];
        let usual = median(above.iter().map(|s| s.thickness_within(inner)).collect());
        usual > 0.0 && slices[k].thickness_within(inner) > HILT_RATIO * usual
    };
    let wider = |k: usize| {
        let usual = median(slices[k + 1..=k + STEP].iter().map(Slice::width).collect());
        let width = slices[k].width();
        width > WIDTH_RATIO * usual || width * WIDTH_RATIO < usual
    };
    // Right below the tip everything thickens fast.
    let by_thickness = (0..SLICES * 9 / 10).rev().find(|&k| thicker(k)).map_or(0, |k| k + 1);
    if by_thickness >= SHORTEST_HILT {
        return by_thickness;
    }
    (SHORTEST_HILT..SLICES / 2).rev().find(|&k| wider(k)).map_or(by_thickness, |k| k + 1)
}

/// Signed distance, by the chord, of the slice's middle that lies farthest from the line between the first and the
/// last of them: positive where the tip bends to +X.
fn sagitta(blade: &[Slice], length: f32, widest: f32) -> f32 {
    let height = |k: usize| length * k as f32 / blade.len() as f32;
    let middles: Vec<[f32; 2]> = blade
        .iter()
        .enumerate()
        .filter(|(_, s)| s.width() <= widest)
        .filter_map(|(k, s)| Some([s.middle()?, height(k)]))
        .collect();
    let (Some(first), Some(last)) = (middles.first(), middles.last()) else { return 0.0 };
    let chord = [last[0] - first[0], last[1] - first[1]];
    let norm2 = chord[0] * chord[0] + chord[1] * chord[1];
    if norm2 == 0.0 {
        return 0.0;
    }
    let away = |p: &[f32; 2]| (chord[0] * (p[1] - first[1]) - chord[1] * (p[0] - first[0])) / norm2;
    middles.iter().map(away).fold(0.0, |most: f32, d| if d.abs() > most.abs() { d } else { most })
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
        // A parabola of height 0.04 at the middle of 0.8: 5 %, and from there on the tip bends to -X.
        let found = measure(&sword(Some(0.2), |y| 0.25 * y * (0.8 - y)));
        near(found.curvature, -0.05, 0.003);
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
