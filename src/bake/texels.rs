//! Which triangle of the low surface each texel shows.

use crate::mesh::{Mesh, normals::doubled_area, sets::Sets};

const NOBODY: u32 = u32::MAX;

/// A square of texels over the charts.
#[derive(Debug)]
pub(super) struct Texels {
    side: usize,
    /// `[side, side]`, the triangle, or [`NOBODY`].
    owner: Vec<u32>,
}

impl Texels {
    /// A texel belongs to the first triangle that holds its middle. A triangle between all middles takes the texel in its
    /// own middle if that is free, so that even a sliver is shown.
    pub fn new(mesh: &Mesh, side: usize) -> Self {
        let mut texels = Self { side, owner: vec![NOBODY; side * side] };
        let mut slivers = Vec::new();
        for t in 0..mesh.triangles.len() {
            if !texels.fill(corners(mesh, t, side), t as u32) {
                slivers.push(t);
            }
        }
        for t in slivers {
            let corners = corners(mesh, t, side);
            let middle = |i: usize| (0..3).map(|k| corners[k][i]).sum::<f64>() / 3.0;
            let place = |x: f64| (x.max(0.0) as usize).min(side - 1);
            let at = place(middle(1)) * side + place(middle(0));
            if texels.owner[at] == NOBODY {
                texels.owner[at] = t as u32;
            }
        }
        texels
    }

    /// Takes the free texels whose middle lies in a triangle; whether there was any middle at all.
    fn fill(&mut self, p: [[f64; 2]; 3], triangle: u32) -> bool {
        let span = |i: usize| {
            let lo = p[0][i].min(p[1][i]).min(p[2][i]);
            let hi = p[0][i].max(p[1][i]).max(p[2][i]);
            ((lo - 0.5).ceil().max(0.0) as usize, ((hi - 0.5).floor() + 1.0).clamp(0.0, self.side as f64) as usize)
        };
        let whole = cross(p[0], p[1], p[2]);
        if whole == 0.0 {
            return false;
        }
        let mut any = false;
        let (columns, rows) = (span(0), span(1));
        for row in rows.0..rows.1 {
            for column in columns.0..columns.1 {
                let middle = [column as f64 + 0.5, row as f64 + 0.5];
                if (0..3).all(|k| cross(p[k], p[(k + 1) % 3], middle) * whole >= 0.0) {
                    any = true;
                    let owner = &mut self.owner[row * self.side + column];
                    if *owner == NOBODY {
                        *owner = triangle;
                    }
                }
            }
        }
        any
    }

    /// The triangle at a texel and the weights of its corners at the texel's middle, or at the nearest point of a sliver.
    pub fn at(&self, mesh: &Mesh, column: usize, row: usize) -> Option<(usize, [f32; 3])> {
        let t = self.owner(column, row)?;
        let p = corners(mesh, t, self.side);
        let middle = [column as f64 + 0.5, row as f64 + 0.5];
        let whole = cross(p[0], p[1], p[2]);
        let shares: [f64; 3] =
            std::array::from_fn(|k| (cross(p[(k + 1) % 3], p[(k + 2) % 3], middle) / whole).max(0.0));
        let sum: f64 = shares.iter().sum();
        let weights = if sum.is_finite() && sum > 0.0 { shares.map(|x| (x / sum) as f32) } else { [1.0 / 3.0; 3] };
        Some((t, weights))
    }

    /// The triangle at a texel.
    pub fn owner(&self, column: usize, row: usize) -> Option<usize> {
        let owner = self.owner[row * self.side + column];
        (owner != NOBODY).then_some(owner as usize)
    }

    pub fn is_covered(&self, at: usize) -> bool {
        self.owner[at] != NOBODY
    }

    pub fn covered(&self) -> usize {
        self.owner.iter().filter(|o| **o != NOBODY).count()
    }

    /// Texels along a unit of length: the root of the charts' area in texels over that of the surface.
    pub fn density(&self, mesh: &Mesh) -> f32 {
        let (mut texels, mut surface) = (0.0f64, 0.0f64);
        for t in 0..mesh.triangles.len() {
            let p = corners(mesh, t, self.side);
            texels += cross(p[0], p[1], p[2]).abs();
            surface += doubled_area(mesh.corners(t)).iter().map(|x| x * x).sum::<f64>().sqrt();
        }
        (texels / surface.max(1e-30)).sqrt().max(1e-6) as f32
    }
}

/// Corners of a triangle in texels.
fn corners(mesh: &Mesh, t: usize, side: usize) -> [[f64; 2]; 3] {
    mesh.triangles[t].map(|i| mesh.uvs[i as usize].map(|x| f64::from(x).clamp(0.0, 1.0) * side as f64))
}

/// Twice the signed area of a triangle.
fn cross(a: [f64; 2], b: [f64; 2], c: [f64; 2]) -> f64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

/// For every triangle the piece of connected surface it belongs to: joined are those that share a vertex, so pieces part where
/// the charts or the normals do.
pub(super) fn pieces(mesh: &Mesh) -> Vec<u32> {
    let mut sets = Sets::new(mesh.positions.len());
    for &[a, b, c] in &mesh.triangles {
        sets.join(a, b);
        sets.join(a, c);
    }
    mesh.triangles.iter().map(|t| sets.of(t[0])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two triangles over the square, and a sliver between the middles of the lower one's texels.
    fn square() -> Mesh {
        Mesh {
            positions: vec![[0.0; 3], [2.0, 0.0, 0.0], [2.0, 2.0, 0.0], [0.0, 2.0, 0.0]],
            uvs: vec![[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]],
            triangles: vec![[0, 1, 2], [0, 2, 3]],
            ..Default::default()
        }
    }

    #[test]
    fn neighbours_share_the_square_without_gap_and_weights_are_those_of_the_middle() {
        let mesh = square();
        let texels = Texels::new(&mesh, 16);
        assert_eq!(texels.covered(), 256);
        assert!((texels.density(&mesh) - 8.0).abs() < 1e-4);
        for (column, row) in [(0, 0), (15, 0), (3, 11), (15, 15)] {
            let (t, weights) = texels.at(&mesh, column, row).unwrap();
            let uv: [f32; 2] =
                std::array::from_fn(|i| (0..3).map(|k| weights[k] * mesh.uvs[mesh.triangles[t][k] as usize][i]).sum());
            assert!(
                (uv[0] * 16.0 - column as f32 - 0.5).abs() < 1e-4 && (uv[1] * 16.0 - row as f32 - 0.5).abs() < 1e-4
            );
        }
        assert_eq!(pieces(&mesh), [0, 0]);
    }

    #[test]
    fn a_sliver_is_shown_where_room_is() {
        let mut mesh = square();
        mesh.uvs = vec![[0.01, 0.0], [0.02, 0.0], [0.02, 1.0], [0.01, 1.0]];
        let texels = Texels::new(&mesh, 16);
        assert_eq!(texels.covered(), 2);
        let (column, row) = (0..256).map(|i| (i % 16, i / 16)).find(|&(c, r)| texels.owner(c, r).is_some()).unwrap();
        let (_, weights) = texels.at(&mesh, column, row).unwrap();
        assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-5 && weights.iter().all(|w| (0.0..=1.0).contains(w)));
        mesh.uvs = vec![[0.3, 0.3]; 4];
        assert_eq!(Texels::new(&mesh, 16).covered(), 1);
    }
}
