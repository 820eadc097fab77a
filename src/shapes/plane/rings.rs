//! Cross-sections of bodies: read back out of lofted meshes, closed, shrunk.

use crate::mesh::{Mesh, Vec3, add, norm, scaled, sub};

/// Cross-sections from end to end, `[R, 3]` each.
pub(super) type Rings = Vec<Vec<Vec3>>;

/// The vertices of each body of a mesh: lofts that were appended one after the other, with their two apexes last.
pub(super) fn split(mesh: &Mesh) -> Vec<Vec<Vec3>> {
    let (mut ends, mut seen) = (Vec::new(), 0);
    for t in &mesh.triangles {
        let (low, high) = (t.iter().min().copied().unwrap_or(0), t.iter().max().copied().unwrap_or(0));
        if low >= seen && seen > 0 {
            ends.push(seen as usize);
        }
        seen = seen.max(high + 1);
    }
    ends.push(seen as usize);
    let mut start = 0;
    ends.into_iter().map(|end| mesh.positions[std::mem::replace(&mut start, end)..end].to_vec()).collect()
}

/// The rings of a body's vertices.
pub(super) fn rings(body: &[Vec3], around: usize) -> Rings {
    body[..body.len().saturating_sub(2)].chunks_exact(around).map(<[Vec3]>::to_vec).collect()
}

/// The same between its two apexes.
pub(super) fn closed(body: &[Vec3], around: usize) -> Rings {
    let apex = |back: usize| body.len().checked_sub(back).map(|i| vec![body[i]; around]);
    apex(2).into_iter().chain(rings(body, around)).chain(apex(1)).collect()
}

/// A lifting surface's rings with a last one that closes the tip along its chord.
pub(super) fn tipped(mut rings: Rings) -> Rings {
    if let Some(tip) = rings.last() {
        let n = tip.len();
        let flat = (0..n).map(|k| scaled(add(tip[k], tip[(n - k) % n]), 0.5)).collect();
        rings.push(flat);
    }
    rings
}

/// A ring between two.
pub(super) fn between(a: &[Vec3], b: &[Vec3], t: f32) -> Vec<Vec3> {
    a.iter().zip(b).map(|(&a, &b)| add(a, scaled(sub(b, a), t))).collect()
}

/// The ring at share `t` of the way along rings.
pub(super) fn along(rings: &Rings, t: f32) -> Vec<Vec3> {
    let steps: Vec<f32> = rings.windows(2).map(|w| norm(sub(middle(&w[1]), middle(&w[0])))).collect();
    let mut left = t * steps.iter().sum::<f32>();
    for (i, &step) in steps.iter().enumerate() {
        if left <= step && step > 0.0 {
            return between(&rings[i], &rings[i + 1], left / step);
        }
        left -= step;
    }
    rings.last().cloned().unwrap_or_default()
}

pub(super) fn middle(ring: &[Vec3]) -> Vec3 {
    scaled(ring.iter().fold([0.0; 3], |sum, &p| add(sum, p)), 1.0 / ring.len().max(1) as f32)
}

/// A ring shrunk about its middle to a share of its size.
pub(super) fn small(ring: &[Vec3], share: f32) -> Vec<Vec3> {
    let centre = middle(ring);
    ring.iter().map(|&p| add(centre, scaled(sub(p, centre), share))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::loft::{Cap, loft};

    fn square(y: f32) -> Vec<Vec3> {
        [[0.0, y, 0.0], [2.0, y, 0.0], [2.0, y, 2.0], [0.0, y, 2.0]].to_vec()
    }

    #[test]
    fn lofts_are_read_back_one_by_one() {
        let bodies = [vec![square(0.0), square(1.0)], vec![square(5.0), square(6.0), square(8.0)]];
        let mut mesh = Mesh::default();
        bodies.iter().for_each(|body| mesh.append(&loft(body, Cap::Flat, Cap::Point([1.0, 9.0, 1.0]))));
        let found = split(&mesh);
        assert_eq!(found.iter().map(|body| rings(body, 4)).collect::<Vec<_>>(), bodies);
        let whole = closed(&found[1], 4);
        assert_eq!((whole.len(), whole[0][2], whole[4][0]), (5, [1.0, 5.0, 1.0], [1.0, 9.0, 1.0]));
    }

    #[test]
    fn the_way_along_goes_by_length() {
        let body = vec![square(0.0), square(1.0), square(4.0)];
        assert_eq!(along(&body, 0.25), square(1.0));
        assert_eq!(along(&body, 0.625), square(2.5));
        assert_eq!(along(&body, 1.0), square(4.0));
        assert_eq!(small(&square(0.0), 0.5)[2], [1.5, 0.0, 1.5]);
    }
}
