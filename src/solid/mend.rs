//! Triangles thinner than rounding can bear, taken out of a closed surface.
//!
//! Collapsing leaves some: three vertices nearly on a line. Such a triangle has no normal worth the name, so it shades wrong and
//! may face backwards. Turning its longest edge merges it into the neighbour there; that is done where it moves the surface by next to nothing.

use super::adjacency::{Adjacency, next, previous};
use crate::mesh::Vec3;
use crate::mesh::normals::doubled_area;

/// Twice the area of a triangle over its longest edge squared, below which it is thin.
const THIN: f64 = 0.01;
/// A turned edge must leave both triangles this much better than the worse one was.
const BETTER: f64 = 1.5;
/// How far a turn may move the surface, as a share of its extent: 0.01 mm on a sword of 1 m.
const SLACK: f64 = 1e-5;
const ROUNDS: usize = 8;

/// A surface of wedges: several may lie at one vertex, as in [`super::collapse`].
pub(super) struct Thin<'a> {
    /// `[W, 3]`
    pub positions: &'a [Vec3],
    /// `[W]`, below `vertices`.
    pub vertex: &'a [u32],
    pub vertices: usize,
    /// `[T]`: edges between triangles of different parts stay.
    pub part: &'a [u8],
}

impl Thin<'_> {
    /// Turns edges until no thin triangle can be bettered. `sound` has a last word on each new triangle of wedges. A closed
    /// surface stays closed, an open one as it is.
    pub fn mend(&self, triangles: &mut [[u32; 3]], sound: impl Fn([u32; 3]) -> bool) {
        let slack = SLACK * f64::from(meshopt::simplify_scale_decoder(self.positions));
        for _ in 0..ROUNDS {
            let welded: Vec<[u32; 3]> = triangles.iter().map(|t| t.map(|w| self.vertex[w as usize])).collect();
            let Ok(adjacency) = Adjacency::new(&welded, self.vertices) else { return };
            // What a turn in this round has touched has stale neighbours.
            let mut touched = vec![false; self.vertices];
            let mut turned = 0;
            for t in 0..triangles.len() {
                let (quality, half) = self.quality(triangles[t]);
                let half = 3 * t + half;
                let twin = adjacency.twin(half);
                let u = twin / 3;
                if quality >= THIN || self.part[t] != self.part[u] {
                    continue;
                }
                let at = |h: usize| triangles[h / 3][h % 3];
                let [a, b, c, d] = [at(half), at(next(half)), at(previous(half)), at(previous(twin))];
                let corners = [a, b, c, d].map(|w| self.vertex[w as usize]);
                let free = corners.iter().all(|&v| !touched[v as usize]);
                if !free
                    || at(twin) != b
                    || at(next(twin)) != a
                    || self.are_joined(&adjacency, &welded, previous(half), corners[3])
                {
                    continue;
                }
                let new = [[c, a, d], [c, d, b]];
                let before = quality.min(self.quality(triangles[u]).0);
                let after = new.map(|t| self.quality(t).0);
                // The thin one tells nothing of where the surface looks; the other does.
                let facing = self.area(triangles[u]);
                let agrees = |t: [u32; 3]| cosine(self.area(t), facing) > 0.3;
                let good = after[0].min(after[1]) > BETTER * before && self.apart([a, b], [c, d]) <= slack;
                if good && new.iter().all(|&t| agrees(t) && sound(t)) {
                    [triangles[t], triangles[u]] = new;
                    corners.iter().for_each(|&v| touched[v as usize] = true);
                    turned += 1;
                }
            }
            if turned == 0 {
                return;
            }
        }
    }

    fn area(&self, t: [u32; 3]) -> [f64; 3] {
        doubled_area(t.map(|w| self.positions[w as usize]))
    }

    /// Twice the area over the longest edge squared, and that edge.
    fn quality(&self, t: [u32; 3]) -> (f64, usize) {
        let p = t.map(|w| self.positions[w as usize].map(f64::from));
        let square = |k: usize| (0..3).map(|i| (p[(k + 1) % 3][i] - p[k][i]).powi(2)).sum::<f64>();
        let longest = (0..3).max_by(|&a, &b| square(a).total_cmp(&square(b))).unwrap_or(0);
        let n = self.area(t);
        let area = (n[0] * n[0] + n[1] * n[1] + n[2] * n[2]).sqrt();
        (if square(longest) > 0.0 { area / square(longest) } else { 0.0 }, longest)
    }

    /// The distance between the lines through two pairs of wedges: by so much a turn from one to the other moves the surface.
    fn apart(&self, [a, b]: [u32; 2], [c, d]: [u32; 2]) -> f64 {
        let [a, b, c, d] = [a, b, c, d].map(|w| self.positions[w as usize].map(f64::from));
        let between = |p: [f64; 3], q: [f64; 3]| -> [f64; 3] { std::array::from_fn(|i| q[i] - p[i]) };
        let (u, v, w) = (between(a, b), between(c, d), between(a, c));
        let n = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
        let length = (n[0] * n[0] + n[1] * n[1] + n[2] * n[2]).sqrt();
        if length > 0.0 { (n[0] * w[0] + n[1] * w[1] + n[2] * w[2]).abs() / length } else { f64::INFINITY }
    }

    /// Whether an edge runs from the corner that `half` starts from to vertex `to`.
    fn are_joined(&self, adjacency: &Adjacency, welded: &[[u32; 3]], half: usize, to: u32) -> bool {
        let start = half;
        let mut at = half;
        loop {
            let end = next(at);
            if welded[end / 3][end % 3] == to {
                return true;
            }
            at = adjacency.around(at);
            if at == start {
                return false;
            }
        }
    }
}

fn cosine(a: [f64; 3], b: [f64; 3]) -> f64 {
    let dot = |a: [f64; 3], b: [f64; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 { dot(a, b) / lengths } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A box whose front has a vertex all but on its lower edge.
    fn dented() -> (Vec<Vec3>, Vec<[u32; 3]>) {
        let mut positions: Vec<Vec3> =
            (0..8).map(|i| [(i & 1) as f32, (i >> 1 & 1) as f32, (i >> 2 & 1) as f32]).collect();
        positions.push([0.5, 1e-6, 1.0]);
        let faces = [[0, 2, 3, 1], [0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3]];
        let mut triangles: Vec<[u32; 3]> = faces.iter().flat_map(|&[a, b, c, d]| [[a, b, c], [a, c, d]]).collect();
        triangles.extend([[4, 5, 8], [5, 7, 8], [7, 6, 8], [6, 4, 8]]);
        (positions, triangles)
    }

    #[test]
    fn a_thin_triangle_goes_into_its_neighbour_unless_a_part_ends_there() {
        let (positions, start) = dented();
        let vertex: Vec<u32> = (0..9).collect();
        let worst = |thin: &Thin, t: &[[u32; 3]]| t.iter().map(|&t| thin.quality(t).0).fold(f64::MAX, f64::min);
        let part = vec![0; start.len()];
        let thin = Thin { positions: &positions, vertex: &vertex, vertices: 9, part: &part };
        let mut triangles = start.clone();
        thin.mend(&mut triangles, |_| true);
        assert!(worst(&thin, &start) < 1e-5 && worst(&thin, &triangles) > 0.1, "{triangles:?}");
        assert!(Adjacency::new(&triangles, 9).is_ok());

        let part: Vec<u8> = (0..start.len()).map(|t| u8::from(t >= 10)).collect();
        let mut triangles = start.clone();
        Thin { part: &part, ..thin }.mend(&mut triangles, |_| true);
        assert_eq!(triangles, start);
    }
}
