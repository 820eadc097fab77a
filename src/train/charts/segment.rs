//! The parts of a sword that nobody labelled, from its profile: how wide and deep it is at each height.

use super::clip::slab;
use crate::inspect::attributes::measure;
use crate::mesh::Mesh;

/// Slices along the length.
const SLICES: usize = 240;

/// Guard and pommel stand out from the grip by this much.
const PROUD: f32 = 1.22;

/// Quillons make the blade this much wider than it usually is.
const QUILLON: f32 = 1.35;

/// A guard is at most this share of the length, a pommel that.
const GUARD: f32 = 0.22;
const POMMEL: f32 = 0.16;

/// Heights in slices where blade, guard and grip end below; a part that is missing has no height.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cuts {
    blade: usize,
    guard: usize,
    grip: usize,
}

/// The meshes of `blade`, `guard`, `grip` and `pommel` of a sword in canonical axes (tip +Y); `None` for a guard or pommel
/// that does not stand out. No blade at all where nothing tells it from the hilt.
pub(super) fn segment(mesh: &Mesh) -> Option<[Option<Mesh>; 4]> {
    let (low, high) = mesh.bounds()?;
    let length = high[1] - low[1];
    let blade = measure(mesh).blade_length / length;
    if !(0.05..0.97).contains(&blade) {
        return None;
    }
    let profile = Profile::of(mesh, low[1], length);
    let cuts = profile.cuts(((1.0 - blade) * SLICES as f32) as usize);
    let y = |slice: usize| low[1] + length * slice as f32 / SLICES as f32;
    let between = |from: usize, to: usize| (to > from).then(|| slab(mesh, y(from), y(to)));
    let parts = [
        between(cuts.blade, SLICES),
        between(cuts.guard, cuts.blade),
        between(cuts.grip, cuts.guard),
        between(0, cuts.grip),
    ];
    (parts[0].is_some() && parts[2].is_some()).then_some(parts)
}

/// Extents along X and Z of each slice, 0 where it is empty.
struct Profile {
    width: Vec<f32>,
    depth: Vec<f32>,
}

impl Profile {
    fn of(mesh: &Mesh, bottom: f32, length: f32) -> Self {
        let mut bounds = vec![[f32::INFINITY, f32::NEG_INFINITY, f32::INFINITY, f32::NEG_INFINITY]; SLICES];
        for t in 0..mesh.triangles.len() {
            let corners = mesh.corners(t);
            let at = |y: f32| (y - bottom) / length * SLICES as f32;
            for (p, q) in [(0, 1), (1, 2), (2, 0)].map(|(i, j)| (corners[i], corners[j])) {
                let (p, q) = if p[1] <= q[1] { (p, q) } else { (q, p) };
                let mut take = |slice: usize, s: f32| {
                    let b = &mut bounds[slice];
                    let [x, z] = [0, 2].map(|k| p[k] + s * (q[k] - p[k]));
                    *b = [b[0].min(x), b[1].max(x), b[2].min(z), b[3].max(z)];
                };
                let (from, to) = (at(p[1]), at(q[1]));
                take((from as usize).min(SLICES - 1), 0.0);
                for slice in from.ceil() as usize..=(to as usize).min(SLICES - 1) {
                    take(slice, if to > from { (slice as f32 - from) / (to - from) } else { 0.0 });
                }
            }
        }
        let extent = |k: usize| bounds.iter().map(|b| (b[k + 1] - b[k]).max(0.0)).collect();
        Self { width: extent(0), depth: extent(2) }
    }

    fn cuts(&self, base: usize) -> Cuts {
        let median = |values: &[f32]| {
            let mut sorted: Vec<f32> = values.iter().copied().filter(|&x| x > 0.0).collect();
            sorted.sort_unstable_by(f32::total_cmp);
            sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
        };
        // Quillons that reach up beside the blade belong to the guard.
        let usual = median(&self.width[base..]);
        let reach = (base + (GUARD * SLICES as f32) as usize).min(SLICES);
        let blade = (base..reach).rev().find(|&i| self.width[i] > QUILLON * usual).map_or(base, |i| i + 1);

        let hilt = base.max(4);
        let grip = hilt / 4..hilt - hilt / 4;
        let (wide, deep) = (median(&self.width[grip.clone()]), median(&self.depth[grip]));
        let proud = |i: usize| self.width[i] > PROUD * wide || self.depth[i] > PROUD * deep;
        let deepest = base.saturating_sub((GUARD * SLICES as f32) as usize).max(hilt / 3);
        // A guard may begin a little below the blade's end, behind a collar.
        let start = (deepest..base).rev().take(6).find(|&i| proud(i));
        let guard = start.map_or(base, |start| (deepest..=start).rev().find(|&i| !proud(i)).map_or(deepest, |i| i + 1));
        let guard = if blade > base { guard.min(base) } else { guard };

        let top = ((POMMEL * SLICES as f32) as usize).min(guard / 2);
        let start = (0..top).take(8).find(|&i| proud(i));
        let grip = start.map_or(0, |start| (start..top).find(|&i| !proud(i)).unwrap_or(top));
        Cuts { blade, guard, grip }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::dataset::procedural;

    #[test]
    fn the_parts_of_generated_swords_are_found() {
        let mut errors = Vec::new();
        let swords: Vec<_> = procedural(80, 5).into_iter().filter(|s| s.parts.len() == 4).collect();
        for sword in &swords {
            let truth = sword.attributes["blade_length"] / sword.length;
            let found = segment(&sword.mesh()).and_then(|parts| {
                let (low, high) = parts[0].as_ref()?.bounds()?;
                Some((high[1] - low[1]) / sword.length)
            });
            errors.push(found.map_or(1.0, |f| (f - truth).abs()));
        }
        errors.sort_unstable_by(f32::total_cmp);
        assert!(errors[errors.len() * 8 / 10] < 0.08, "{errors:?}");
        let with = |i: usize| {
            swords.iter().filter(|s| segment(&s.mesh()).is_some_and(|p| p[i].is_some())).count() as f32
                / swords.len() as f32
        };
        assert!(with(1) > 0.85 && with(3) > 0.8, "guards {} pommels {}", with(1), with(3));
    }
}
