//! How a part lies: which way it is long, and where its middle runs.

use super::Dense;
use crate::mesh::Vec3;

/// Stretches along a part in which its middle is measured.
const STRETCHES: usize = 24;

/// A part's own axes.
#[derive(Clone, Debug)]
pub(super) struct Lie {
    /// The axis it is longest along, and the two across.
    pub along: usize,
    pub across: [usize; 2],
    /// Half its extent in `across`.
    pub radii: [f32; 2],
    /// The least of its three extents.
    pub least: f32,
    low: f32,
    length: f32,
    /// `[STRETCHES]`, the middle in `across`, stretch by stretch.
    middle: Vec<[f32; 2]>,
}

impl Lie {
    /// Of a part of the dense surface; one that has no triangle lies anyhow.
    pub fn of(dense: &Dense, part: usize) -> Self {
        let own = || dense.part.iter().zip(&dense.mesh.triangles).filter(move |(p, _)| usize::from(**p) == part);
        let points = || own().flat_map(|(_, t)| t.iter().map(|&i| dense.mesh.positions[i as usize]));
        let mut bounds = Bounds3::NOTHING;
        points().for_each(|p| bounds.grow(p));
        let extent: [f32; 3] = std::array::from_fn(|i| (bounds.hi[i] - bounds.lo[i]).max(0.0));
        let along = (0..3).max_by(|&a, &b| extent[a].total_cmp(&extent[b])).unwrap_or(1);
        let across = [(along + 2) % 3, (along + 1) % 3];
        let mut lie = Self {
            along,
            across,
            radii: across.map(|i| (0.5 * extent[i]).max(1e-9)),
            least: extent.into_iter().fold(f32::INFINITY, f32::min),
            low: if bounds.lo[along].is_finite() { bounds.lo[along] } else { 0.0 },
            length: extent[along].max(1e-9),
            middle: Vec::new(),
        };
        let mut stretches = [Bounds3::NOTHING; STRETCHES];
        points().for_each(|p| stretches[lie.stretch(p[along]) as usize].grow(p));
        let whole = across.map(|i| 0.5 * (bounds.lo[i] + bounds.hi[i])).map(|x| if x.is_finite() { x } else { 0.0 });
        // A stretch without a vertex has the middle of the one before it.
        lie.middle = stretches
            .iter()
            .scan(whole, |last, b| {
                if b.lo[along].is_finite() {
                    *last = across.map(|i| 0.5 * (b.lo[i] + b.hi[i]));
                }
                Some(*last)
            })
            .collect();
        lie.smooth();
        lie
    }

    /// A quill or a facet at one side shifts a stretch's middle; the middle of a part bends gently.
    fn smooth(&mut self) {
        for _ in 0..3 {
            let old = self.middle.clone();
            for i in 1..STRETCHES - 1 {
                self.middle[i] = std::array::from_fn(|k| 0.25 * old[i - 1][k] + 0.5 * old[i][k] + 0.25 * old[i + 1][k]);
            }
        }
    }

    /// Place along the part in stretches, `0..STRETCHES`.
    fn stretch(&self, along: f32) -> f32 {
        ((along - self.low) / self.length * STRETCHES as f32).clamp(0.0, STRETCHES as f32 - 1e-3)
    }

    /// Where a point lies off the part's middle, in `across`.
    pub fn off(&self, p: Vec3) -> [f32; 2] {
        let at = (self.stretch(p[self.along]) - 0.5).clamp(0.0, (STRETCHES - 1) as f32);
        let i = (at as usize).min(STRETCHES - 2);
        let t = at - i as f32;
        std::array::from_fn(|k| {
            p[self.across[k]] - (self.middle[i][k] + t * (self.middle[i + 1][k] - self.middle[i][k]))
        })
    }
}

#[derive(Clone, Copy)]
struct Bounds3 {
    lo: Vec3,
    hi: Vec3,
}

impl Bounds3 {
    const NOTHING: Self = Self { lo: [f32::INFINITY; 3], hi: [f32::NEG_INFINITY; 3] };

    fn grow(&mut self, p: Vec3) {
        self.lo = std::array::from_fn(|i| self.lo[i].min(p[i]));
        self.hi = std::array::from_fn(|i| self.hi[i].max(p[i]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::Mesh;

    #[test]
    fn a_bent_part_has_its_middle_where_it_bends() {
        // A strip along Y, 0.2 wide in X, that leans by 0.1 y^2.
        let mut mesh = Mesh::default();
        for i in 0..=100u32 {
            let y = i as f32 / 50.0 - 1.0;
            mesh.positions.extend([[0.1 * y * y - 0.1, y, 0.0], [0.1 * y * y + 0.1, y, 0.0]]);
            if i > 0 {
                mesh.triangles.extend([[2 * i - 2, 2 * i - 1, 2 * i], [2 * i, 2 * i - 1, 2 * i + 1]]);
            }
        }
        let part = vec![0; mesh.triangles.len()];
        let lie = Lie::of(&Dense { mesh: &mesh, part: &part }, 0);
        assert_eq!((lie.along, lie.across), (1, [0, 2]));
        assert!(lie.off([0.0, 0.0, 0.0])[0].abs() < 0.01 && (lie.off([0.1, 0.7, 0.0])[0] - 0.051).abs() < 0.01);
        // A part of which there is nothing.
        assert!(Lie::of(&Dense { mesh: &mesh, part: &part }, 3).off([1.0, 2.0, 3.0]).iter().all(|x| x.is_finite()));
    }
}
