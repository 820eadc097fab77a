//! One cross-section of a mesh as a function of the angle around its middle.

use crate::mesh::{Mesh, Vec3};

/// Angles at which a section's radius is kept.
const ANGLES: usize = 96;

/// A closed curve in a plane across the part, `r(angle)` in units of its half extents.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Section {
    pub middle: [f32; 2],
    half: [f32; 2],
    /// `[ANGLES]`
    radius: Vec<f32>,
}

impl Section {
    /// Cuts `mesh` where coordinate `across` is `height`; the section's own axes are `plane`. `None` where there is nothing to
    /// cut, or where fewer than half of the rays from the middle meet it.
    pub fn cut(mesh: &Mesh, across: usize, height: f32, plane: [usize; 2]) -> Option<Self> {
        let mut segments: Vec<[[f32; 2]; 2]> = Vec::new();
        for t in 0..mesh.triangles.len() {
            let corners = mesh.corners(t);
            let mut ends = (0..3).filter_map(|i| crossing(corners[i], corners[(i + 1) % 3], across, height, plane));
            if let (Some(p), Some(q)) = (ends.next(), ends.next()) {
                segments.push([p, q]);
            }
        }
        let extent = |k: usize| {
            let values = segments.iter().flatten().map(|p| p[k]);
            values.fold((f32::INFINITY, f32::NEG_INFINITY), |(lo, hi), x| (lo.min(x), hi.max(x)))
        };
        let ((left, right), (low, high)) = (extent(0), extent(1));
        if segments.is_empty() {
            return None;
        }
        let middle = [left.midpoint(right), low.midpoint(high)];
        let half = [0.5 * (right - left), 0.5 * (high - low)].map(|h| h.max(1e-6));
        let local: Vec<[[f32; 2]; 2]> =
            segments.iter().map(|s| s.map(|p| std::array::from_fn(|k| (p[k] - middle[k]) / half[k]))).collect();
        let direction = |i: usize| {
            let (sin, cos) = (std::f32::consts::TAU * i as f32 / ANGLES as f32).sin_cos();
            [cos, sin]
        };
        let found: Vec<Option<f32>> = (0..ANGLES).map(|i| farthest(&local, direction(i))).collect();
        if found.iter().flatten().count() < ANGLES / 2 {
            return None;
        }
        // A ray that misses (the section is open, or not star-shaped there) ends at the box around the section.
        let radius = found.into_iter().enumerate().map(|(i, r)| r.unwrap_or_else(|| to_box(direction(i)))).collect();
        Some(Self { middle, half, radius })
    }

    /// The point at an angle in radians, `shrink` of the way to the middle.
    pub fn at(&self, angle: f32, shrink: f32) -> [f32; 2] {
        let (sin, cos) = angle.sin_cos();
        let at = (angle / std::f32::consts::TAU).rem_euclid(1.0) * ANGLES as f32;
        let (i, t) = (at as usize % ANGLES, at.fract());
        let r = self.radius[i] + t * (self.radius[(i + 1) % ANGLES] - self.radius[i]);
        let r = r * (1.0 - shrink);
        [self.middle[0] + self.half[0] * r * cos, self.middle[1] + self.half[1] * r * sin]
    }
}

/// Where a ray from the middle of the box -1..=1 leaves it.
pub(super) fn to_box<const N: usize>(direction: [f32; N]) -> f32 {
    1.0 / direction.iter().map(|x| x.abs()).fold(1e-6, f32::max)
}

/// Where the edge from `p` to `q` passes the height.
fn crossing(p: Vec3, q: Vec3, across: usize, height: f32, plane: [usize; 2]) -> Option<[f32; 2]> {
    if (p[across] <= height) == (q[across] <= height) {
        return None;
    }
    let t = (height - p[across]) / (q[across] - p[across]);
    Some(plane.map(|k| p[k] + t * (q[k] - p[k])))
}

/// The largest distance at which the ray from the origin meets a segment.
fn farthest(segments: &[[[f32; 2]; 2]], [dx, dy]: [f32; 2]) -> Option<f32> {
    let side = |p: [f32; 2]| dx * p[1] - dy * p[0];
    let mut most = None;
    for &[p, q] in segments {
        let (a, b) = (side(p), side(q));
        if (a > 0.0 && b > 0.0) || (a < 0.0 && b < 0.0) {
            continue;
        }
        let t = if (a - b).abs() > 1e-12 { a / (a - b) } else { 0.0 };
        let r = dx * (p[0] + t * (q[0] - p[0])) + dy * (p[1] + t * (q[1] - p[1]));
        if r > 0.0 && most.is_none_or(|m| r > m) {
            most = Some(r);
        }
    }
    most
}
