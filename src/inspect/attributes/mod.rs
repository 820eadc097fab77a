//! What an artist would measure on a sword: lengths and widths, from horizontal slices of its surface; and far more
//! surely where it is known which patch makes which part.

mod line;
mod slice;

use serde::Serialize;

use crate::mesh::Mesh;
use line::sagitta;
use slice::{Slice, median, slice};

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
    /// Along Y, of the grip; `None` where nobody says which surface it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grip_length: Option<f32>,
    /// Along X, of the pommel; `None` as above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pommel_width: Option<f32>,
}

/// How a measurement follows the size of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// A length that adds to the overall one.
    Along,
    /// A length across.
    Across,
    /// No length at all.
    Ratio,
}

impl Attributes {
    /// What can be asked for by name, beside the overall `length`.
    pub const NAMES: [(&'static str, Extent); 7] = [
        ("blade_length", Extent::Along),
        ("blade_width", Extent::Across),
        ("blade_thickness", Extent::Across),
        ("curvature", Extent::Ratio),
        ("guard_span", Extent::Across),
        ("grip_length", Extent::Along),
        ("pommel_width", Extent::Across),
    ];

    /// One of [`Attributes::NAMES`] (or `length`); `None` for another name, or where it was not measured.
    pub fn value(&self, name: &str) -> Option<f32> {
        match name {
            "length" => Some(self.length),
            "blade_length" => Some(self.blade_length),
            "blade_width" => Some(self.blade_width),
            "blade_thickness" => Some(self.blade_thickness),
            "curvature" => Some(self.curvature),
            "guard_span" => Some(self.guard_span),
            "grip_length" => self.grip_length,
            "pommel_width" => self.pommel_width,
            _ => None,
        }
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
    let slices = slice(mesh, lo[1], length, SLICES);
    let base = blade_base(&slices);
    let (hilt, blade) = slices.split_at(base);
    let usual_width = median(blade.iter().map(Slice::width).collect());
    let beside = blade[..blade.len() / 2].iter().filter(|s| s.width() > QUILLON_RATIO * usual_width);
    let guard = hilt.iter().chain(beside).filter_map(|s| s.extent(0)).reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]);
    let blade_length = length * blade.len() as f32 / SLICES as f32;
    Attributes {
        length,
        guard_span: guard.map_or(0.0, |[lo, hi]| hi - lo),
        ..blade_of(blade, blade_length, QUILLON_RATIO * usual_width)
    }
}

/// Measures a mesh whose patches are known by the part that each makes, `[P]` names (`blade`, `guard`, `grip`, `pommel`;
/// others count for the overall length only). Extents of a part are those of its patches, so a sword without a guard has
/// the span of what its guard's patches make instead.
///
/// Falls back to [`measure`] where the mesh has no patches or none of them is a blade.
pub fn measure_parts(mesh: &Mesh, part_of_patch: &[impl AsRef<str>]) -> Attributes {
    let part = |name: &str| {
        let belongs = |&&[a, _, _]: &&[u32; 3]| {
            let patch = mesh.patch.get(a as usize).map(|&p| p as usize);
            patch.and_then(|p| part_of_patch.get(p)).is_some_and(|p| p.as_ref() == name)
        };
        mesh.triangles.iter().filter(belongs).copied().collect::<Vec<_>>()
    };
    let extent = |triangles: &[[u32; 3]], axis: usize| {
        let values = || triangles.iter().flatten().map(|&i| mesh.positions[i as usize][axis]);
        values().next()?;
        Some([values().fold(f32::INFINITY, f32::min), values().fold(f32::NEG_INFINITY, f32::max)])
    };
    let size = |name: &str, axis: usize| extent(&part(name), axis).map(|[lo, hi]| hi - lo);
    let blade = part("blade");
    let (Some((lo, hi)), Some([root, tip])) = (mesh.bounds(), extent(&blade, 1)) else { return measure(mesh) };
    if !(tip > root && (hi[1] - lo[1]).is_finite()) {
        return measure(mesh);
    }
    let blade = Mesh { positions: mesh.positions.clone(), triangles: blade, ..Default::default() };
    Attributes {
        length: hi[1] - lo[1],
        guard_span: size("guard", 0).unwrap_or(0.0),
        grip_length: size("grip", 1),
        pommel_width: size("pommel", 0),
        ..blade_of(&slice(&blade, root, tip - root, SLICES), tip - root, f32::INFINITY)
    }
}

/// What the slices of a blade alone show; those wider than `widest` don't count as its line.
fn blade_of(blade: &[Slice], blade_length: f32, widest: f32) -> Attributes {
    let around = |share: f32, value: fn(&Slice) -> f32| {
        let at = |share: f32| ((blade.len() as f32 * share) as usize).min(blade.len() - 1);
        median(blade[at(share - 0.04)..=at(share + 0.04)].iter().map(value).collect())
    };
    Attributes {
        blade_length,
        blade_width: around(0.25, Slice::width),
        blade_thickness: around(0.5, Slice::thickness),
        curvature: sagitta(blade, blade_length, widest),
        ..Default::default()
    }
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
