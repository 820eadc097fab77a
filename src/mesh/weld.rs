//! Joining vertices that lie at the same place.

use std::collections::HashMap;

use super::{Mesh, Vec3};

/// One vertex for all that lie within `tolerance` (in units of `positions`; 0 joins equal positions only).
///
/// Vertices are taken in order: one within `tolerance` of a vertex that was kept becomes the nearest such vertex,
/// any other is kept, with all its attributes. So those kept lie further apart than `tolerance`, and welding again
/// changes nothing. Triangles that lose a corner are dropped. Seams go with the vertices: a shape whose charts need
/// different uvs at one place loses them there.
pub fn weld(mesh: &Mesh, tolerance: f32) -> Mesh {
    let Welding { kept, target } = Welding::find(&mesh.positions, tolerance);
    fn keep<T: Copy>(values: &[T], kept: &[u32]) -> Vec<T> {
        if values.is_empty() { Vec::new() } else { kept.iter().map(|&i| values[i as usize]).collect() }
    }
    let Mesh { positions, normals, uvs, triangles, patch, form } = mesh;
    Mesh {
        positions: keep(positions, &kept),
        normals: keep(normals, &kept),
        uvs: keep(uvs, &kept),
        triangles: triangles
            .iter()
            .map(|t| t.map(|i| target[i as usize]))
            .filter(|[a, b, c]| a != b && b != c && c != a)
            .collect(),
        patch: keep(patch, &kept),
        form: keep(form, &kept),
    }
}

/// Which positions become which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Welding {
    /// `[K]`, indices of the positions that stay, ascending.
    pub kept: Vec<u32>,
    /// `[N]`, for every position its place in `kept`.
    pub target: Vec<u32>,
}

impl Welding {
    /// The rule of [`weld`], through a hash of cells as wide as the tolerance: linear in the number of positions.
    pub fn find(positions: &[Vec3], tolerance: f32) -> Self {
        if tolerance > 0.0 { Self::near(positions, f64::from(tolerance)) } else { Self::equal(positions) }
    }

    fn equal(positions: &[Vec3]) -> Self {
        let mut kept = Vec::new();
        let mut seen = HashMap::with_capacity(positions.len());
        let target = positions.iter().enumerate().map(|(i, p)| {
            // Adding 0.0 turns -0.0 into 0.0, which has other bits but lies at the same place.
            *seen.entry(p.map(|x| (x + 0.0).to_bits())).or_insert_with(|| {
                kept.push(i as u32);
                kept.len() as u32 - 1
            })
        });
        Self { target: target.collect(), kept }
    }

    fn near(positions: &[Vec3], tolerance: f64) -> Self {
        let mut kept: Vec<u32> = Vec::new();
        let mut cells: HashMap<[i64; 3], Vec<u32>> = HashMap::with_capacity(positions.len());
        let target = positions.iter().enumerate().map(|(i, p)| {
            let cell = p.map(|x| (f64::from(x) / tolerance).floor() as i64);
            let mut nearest: Option<(f64, u32)> = None;
            for step in 0..27 {
                let steps = [step % 3 - 1, step / 3 % 3 - 1, step / 9 - 1];
                let neighbour = std::array::from_fn(|axis| cell[axis].saturating_add(steps[axis]));
                for &k in cells.get(&neighbour).into_iter().flatten() {
                    let candidate = (distance2(*p, positions[kept[k as usize] as usize]), k);
                    if candidate.0 <= tolerance * tolerance && nearest.is_none_or(|best| candidate < best) {
                        nearest = Some(candidate);
                    }
                }
            }
            nearest.map_or_else(
                || {
                    let k = kept.len() as u32;
                    kept.push(i as u32);
                    cells.entry(cell).or_default().push(k);
                    k
                },
                |(_, k)| k,
            )
        });
        Self { target: target.collect(), kept }
    }
}

fn distance2(a: Vec3, b: Vec3) -> f64 {
    (0..3).map(|i| (f64::from(a[i]) - f64::from(b[i])).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_triangles(gap: f32) -> Mesh {
        Mesh {
            positions: vec![
                [0.0; 3],
                [1.0, 0.0, 0.0],
                [0.0, 1.0, 0.0],
                [1.0 + gap, 0.0, 0.0],
                [1.0, 1.0, 0.0],
                [-0.0, 1.0 + gap, 0.0],
            ],
            triangles: vec![[0, 1, 2], [3, 4, 5]],
            patch: vec![0, 0, 0, 1, 1, 1],
            ..Default::default()
        }
    }

    #[test]
    fn joins_within_the_tolerance_and_keeps_the_first_attributes() {
        let welded = weld(&two_triangles(1e-4), 1e-3);
        assert_eq!(welded.triangles, [[0, 1, 2], [1, 3, 2]]);
        assert_eq!(welded.patch, [0, 0, 0, 1]);
        assert_eq!(weld(&two_triangles(1e-4), 1e-5), two_triangles(1e-4));
    }

    #[test]
    fn zero_tolerance_joins_equal_positions_and_both_zeros() {
        assert_eq!(weld(&two_triangles(0.0), 0.0).positions.len(), 4);
        assert_eq!(weld(&two_triangles(1e-6), 0.0).positions.len(), 6);
    }

    #[test]
    fn a_triangle_that_loses_a_corner_is_dropped() {
        let mut mesh = two_triangles(0.0);
        mesh.positions[1] = [1e-6, 0.0, 0.0];
        let welded = weld(&mesh, 1e-4);
        assert_eq!(welded.triangles.len(), 1);
        assert_eq!(welded.validate(), Ok(()));
    }
}
