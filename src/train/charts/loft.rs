//! Charts of a body that a generator lofted: u runs around its rings, v from the first to the last, both by length.
//!
//! Nothing need be star-shaped: a nacelle's inner wall, a winglet and a bent strut have their places.

use super::{COLUMNS, Chart};
use crate::mesh::{Mesh, Vec3, add, cross, dot, norm, scaled, sub};
use crate::shapes::Body;

/// Columns of a chart that goes all around.
const AROUND_COLUMNS: usize = 2 * COLUMNS - 1;

/// `around * along` charts. Two around are the two sides that meet at the edges of a wing, the first one from the body's
/// start; two along are the mirror image on the left and the body itself. `None` for a body without extent.
pub(super) fn charts(body: &Body, around: usize, along: usize) -> Option<Vec<Chart>> {
    let n = body.rings.first()?.len();
    if n < 3 || body.rings.len() < 2 || body.rings.iter().any(|ring| ring.len() != n) {
        return None;
    }
    let rows = Scale::new(body.rings.windows(2).map(|w| mean((0..n).map(|k| norm(sub(w[1][k], w[0][k]))))))?;
    let turn = if body.half { 0.5 } else { 1.0 } * n as f32 / around as f32;
    let inward = volume(body) < 0.0;
    let mut sides = Vec::new();
    for side in 0..around {
        let from = body.start + side as f32 * turn;
        // Where the way around passes points of the rings, and its ends.
        let mut stops = vec![from];
        stops.extend((1..=n).map(|i| from.floor() + i as f32).filter(|&k| k < from + turn - 1e-3));
        stops.push(from + turn);
        let step = |w: &[f32]| mean(body.rings.iter().map(|ring| norm(sub(on(ring, w[1]), on(ring, w[0])))));
        let columns = Scale::new(stops.windows(2).map(step))?;
        let chart = |mirrored: bool| {
            Chart::with(if around == 1 { AROUND_COLUMNS } else { COLUMNS }, |u, v| {
                let (i, t) = columns.at(if inward != mirrored { 1.0 - u } else { u });
                let k = stops[i] + t * (stops[i + 1] - stops[i]);
                let (row, t) = rows.at(v);
                let (low, high) = (on(&body.rings[row], k), on(&body.rings[row + 1], k));
                let [x, y, z] = add(low, scaled(sub(high, low), t));
                if mirrored { [-x, y, z] } else { [x, y, z] }
            })
        };
        sides.push([chart(true), chart(false)]);
    }
    let mut charts = Vec::new();
    for mirrored in (0..2).skip(2 - along) {
        charts.extend(sides.iter().map(|side| side[mirrored].clone()));
    }
    Some(charts)
}

/// The walls of bodies as one mesh, to be cut.
pub(super) fn walls<'a>(bodies: impl Iterator<Item = &'a Body>) -> Mesh {
    let mut mesh = Mesh::default();
    for body in bodies {
        let (first, n) = (mesh.positions.len(), body.rings.first().map_or(0, Vec::len));
        mesh.positions.extend(body.rings.iter().flatten());
        for i in 1..body.rings.len() {
            for k in 0..n {
                let corner = |i: usize, k: usize| (first + i * n + k % n) as u32;
                let [a, b, c, d] = [corner(i - 1, k), corner(i - 1, k + 1), corner(i, k + 1), corner(i, k)];
                mesh.triangles.extend([[a, b, c], [a, c, d]]);
            }
        }
    }
    mesh
}

/// A point of a ring, between its points linear.
fn on(ring: &[Vec3], at: f32) -> Vec3 {
    let (k, t) = (at.floor(), at - at.floor());
    let point = |k: f32| ring[(k as usize) % ring.len()];
    add(point(k), scaled(sub(point(k + 1.0), point(k)), t))
}

fn mean(values: impl Iterator<Item = f32>) -> f32 {
    let (sum, count) = values.fold((0.0, 0.0f32), |(sum, count), x| (sum + x, count + 1.0));
    sum / count.max(1.0)
}

/// Six times the volume within the rings' walls, positive where they run around it so that `f_u x f_v` faces outward.
fn volume(body: &Body) -> f32 {
    let mesh = walls(std::iter::once(body));
    let centre = mesh.bounds().map_or([0.0; 3], |(low, high)| scaled(add(low, high), 0.5));
    let six = |t| {
        let [a, b, c] = mesh.corners(t).map(|p| sub(p, centre));
        dot(a, cross(b, c))
    };
    (0..mesh.triangles.len()).map(six).sum()
}

/// Lengths of steps, to be gone through evenly.
struct Scale {
    /// Share of the whole up to each step's end.
    ends: Vec<f32>,
}

impl Scale {
    /// `None` without any length.
    fn new(steps: impl Iterator<Item = f32>) -> Option<Self> {
        let mut sum = 0.0;
        let ends: Vec<f32> = steps
            .map(|step| {
                sum += step;
                sum
            })
            .collect();
        (sum > 1e-9).then(|| Self { ends: ends.iter().map(|end| end / sum).collect() })
    }

    /// The step at a share of the whole, and the share of it.
    fn at(&self, share: f32) -> (usize, f32) {
        let i = self.ends.partition_point(|&end| end < share).min(self.ends.len() - 1);
        let start = if i > 0 { self.ends[i - 1] } else { 0.0 };
        (i, ((share - start) / (self.ends[i] - start).max(1e-9)).clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patchwork::loft::seams;

    /// A drum along X from 1 to 3 of radius 1, whose ends are closed; its ring begins at the top.
    fn drum(half: bool) -> Body {
        let ring = |x: f32, r: f32| -> Vec<Vec3> {
            let angle = |k: usize| (std::f32::consts::TAU * k as f32 / 24.0).sin_cos();
            (0..24).map(|k| [x, r * angle(k).1, r * angle(k).0]).collect()
        };
        let rings = [(1.0, 0.0), (1.0, 1.0), (1.5, 1.0), (3.0, 1.0), (3.0, 0.0)].map(|(x, r)| ring(x, r));
        Body { part: "p".into(), piece: String::new(), rings: rings.to_vec(), start: 0.0, half }
    }

    #[test]
    fn lofts_lie_on_their_body_and_face_outward_on_either_side() {
        for (around, along) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
            let charts = charts(&drum(false), around, along).unwrap();
            assert_eq!(charts.len(), around * along);
            for (i, chart) in charts.iter().enumerate() {
                let side = if along == 2 && i < around { -1.0 } else { 1.0 };
                for [u, v] in [[0.1, 0.4], [0.6, 0.5], [0.9, 0.6]] {
                    let p = chart.at([u, v]);
                    assert!((p[1].hypot(p[2]) - 1.0).abs() < 0.03 && (1.0..=3.0).contains(&(side * p[0])), "{p:?}");
                    let step = |du, dv| sub(chart.at([u + du, v + dv]), chart.at([u - du, v - dv]));
                    let normal = cross(step(0.02, 0.0), step(0.0, 0.02));
                    assert!(dot(normal, [0.0, p[1], p[2]]) > 0.0, "chart {i} of {around} x {along} at {p:?}");
                }
            }
            for seam in seams(0, around, along) {
                for t in [0.0, 0.3, 1.0] {
                    let [a, b] = seam.at(t).map(|(patch, uv)| charts[patch].at(uv));
                    assert!(norm(sub(a, b)) < 1e-4, "{seam:?} at {t}: {a:?} {b:?}");
                }
            }
        }
    }

    #[test]
    fn places_go_by_length_and_half_a_body_is_half_a_turn() {
        let [left, right] = <[Chart; 2]>::try_from(charts(&drum(true), 1, 2).unwrap()).unwrap();
        // Ends of length 1 on either side of walls of length 2.
        assert!((right.at([0.5, 0.5])[0] - 2.0).abs() < 0.05 && (left.at([0.5, 0.5])[0] + 2.0).abs() < 0.05);
        assert!(norm(sub(right.at([0.3, 0.25]), right.at([0.3, 0.0]))) > 0.9);
        let tops = [0.0, 1.0].map(|u| right.at([u, 0.5])[1]);
        assert!((tops[0] + tops[1]).abs() < 0.02 && (tops[0] - tops[1]).abs() > 1.9, "{tops:?}");
        let mut flat = drum(false);
        flat.rings.iter_mut().flatten().for_each(|p| *p = [0.0; 3]);
        assert_eq!(charts(&flat, 1, 2), None);
    }
}
