//! Horizontal slices of a surface: what widths and thicknesses are read from.

use crate::mesh::{Mesh, Vec3};

/// The outline of one slice: segments `[x, z]` to `[x, z]`; points of a cloud are segments without length.
#[derive(Clone, Debug, Default)]
pub(super) struct Slice {
    segments: Vec<[[f32; 2]; 2]>,
}

impl Slice {
    pub fn extent(&self, axis: usize) -> Option<[f32; 2]> {
        let values = || self.segments.iter().flatten().map(|p| p[axis]);
        values().next()?;
        Some([values().fold(f32::INFINITY, f32::min), values().fold(f32::NEG_INFINITY, f32::max)])
    }

    pub fn width(&self) -> f32 {
        self.extent(0).map_or(0.0, |[lo, hi]| hi - lo)
    }

    pub fn thickness(&self) -> f32 {
        self.extent(1).map_or(0.0, |[lo, hi]| hi - lo)
    }

    /// Thickness of what lies between two x.
    pub fn thickness_within(&self, [lo, hi]: [f32; 2]) -> f32 {
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

/// Cuts every triangle at the middles of `count` equal stretches of `length` from `bottom` up, or drops points into
/// the stretch they lie in.
pub(super) fn slice(mesh: &Mesh, bottom: f32, length: f32, count: usize) -> Vec<Slice> {
    let mut slices = vec![Slice::default(); count];
    let step = length / count as f32;
    if mesh.triangles.is_empty() {
        for p in &mesh.positions {
            let k = (((p[1] - bottom) / step) as usize).min(count - 1);
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

/// The middle value; 0 of nothing.
pub(super) fn median(mut values: Vec<f32>) -> f32 {
    values.sort_unstable_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
