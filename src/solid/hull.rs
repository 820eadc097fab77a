//! Convex hulls with few vertices, for collision.

use glam::Vec3A;
use quickhull::ConvexTriangleMesh;

use super::Solid;
use crate::mesh::split::compact;
use crate::mesh::triangle::normal;
use crate::mesh::{Mesh, Vec3, cross, dot, norm, sub};

/// The convex hull of a part, or of the whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Hull {
    /// Index into [`Solid::parts`]; `None` for the whole.
    pub part: Option<u8>,
    /// Closed, facing outward.
    pub mesh: Mesh,
}

/// What collision engines take gladly: at most this many vertices a hull.
pub const VERTICES: usize = 32;

/// One hull for each part that has volume, in their order, then one for the whole; each of at most `limit` vertices (at least 4).
pub fn hulls(solid: &Solid, limit: usize) -> Vec<Hull> {
    let mut all = Vec::new();
    for part in 0..solid.parts.len() {
        let triangles: Vec<_> = (0..solid.part.len()).filter(|&t| usize::from(solid.part[t]) == part).collect();
        let triangles: Vec<_> = triangles.into_iter().map(|t| solid.mesh.triangles[t]).collect();
        let points = compact(&solid.mesh, &triangles).positions;
        all.extend(hull(&points, limit).map(|mesh| Hull { part: Some(part as u8), mesh }));
    }
    all.extend(hull(&solid.mesh.positions, limit).map(|mesh| Hull { part: None, mesh }));
    all
}

/// The convex hull of `points`, closed and facing outward; `None` where they span no volume.
///
/// If it has more than `limit` vertices (at least 4), the hull of some of them: of four that span much of it, to which
/// the one that stands out farthest is added until there are enough. So it lies within the full hull, as near as so few vertices allow.
pub fn hull(points: &[Vec3], limit: usize) -> Option<Mesh> {
    let limit = limit.max(4);
    let full = exact(points)?;
    if full.positions.len() <= limit {
        return Some(full);
    }
    let candidates = &full.positions;
    let mut chosen = simplex(candidates);
    let mut best = None;
    loop {
        let corners: Vec<Vec3> = chosen.iter().map(|&i| candidates[i]).collect();
        let Some(small) = exact(&corners) else { return best.or(Some(full)) };
        let next = farthest(&small, candidates, &chosen);
        best = Some(small);
        match next {
            Some(next) if chosen.len() < limit => chosen.push(next),
            _ => return best,
        }
    }
}

/// The two ends along the longest axis, what lies farthest from the line through them, and what from the plane through the three.
fn simplex(candidates: &[Vec3]) -> Vec<usize> {
    let best = |score: &dyn Fn(Vec3) -> f32| {
        let scored = candidates.iter().map(|&p| score(p)).enumerate();
        scored.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))).map_or(0, |(i, _)| i)
    };
    let span = |axis: usize| {
        let low = candidates.iter().map(|p| p[axis]).fold(f32::MAX, f32::min);
        candidates.iter().map(|p| p[axis]).fold(f32::MIN, f32::max) - low
    };
    let axis = (0..3).max_by(|&a, &b| span(a).total_cmp(&span(b)).then(b.cmp(&a))).unwrap_or(1);
    let (a, b) = (best(&|p| p[axis]), best(&|p| -p[axis]));
    let (p, q) = (candidates[a], candidates[b]);
    let c = best(&|r| norm(cross(sub(q, p), sub(r, p))));
    let plane = normal([p, q, candidates[c]]);
    let d = best(&|r| dot(plane, sub(r, p)).abs());
    vec![a, b, c, d]
}

/// The candidate that stands farthest out of the hull.
fn farthest(mesh: &Mesh, candidates: &[Vec3], chosen: &[usize]) -> Option<usize> {
    let planes: Vec<(Vec3, Vec3)> =
        (0..mesh.triangles.len()).map(|t| (normal(mesh.corners(t)), mesh.corners(t)[0])).collect();
    let out = |i: usize| planes.iter().map(|&(n, p)| dot(n, sub(candidates[i], p))).fold(f32::MIN, f32::max);
    let scored = (0..candidates.len()).filter(|i| !chosen.contains(i)).map(|i| (out(i), i));
    scored.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1))).filter(|&(out, _)| out > 0.0).map(|(_, i)| i)
}

/// All of the hull, or `None` without volume.
fn exact(points: &[Vec3]) -> Option<Mesh> {
    let finite: Vec<Vec3A> =
        points.iter().filter(|p| p.iter().all(|x| x.is_finite())).map(|&p| Vec3A::from_array(p)).collect();
    if finite.len() < 4 {
        return None;
    }
    let found = ConvexTriangleMesh::try_from_points(&finite, Some(100_000)).ok()?;
    let (vertices, triangles) = found.into_parts();
    let mesh =
        Mesh { positions: vertices.into_iter().map(|v| v.to_array()).collect(), triangles, ..Default::default() };
    let closed = super::adjacency::faulty_vertices(&mesh.triangles, mesh.positions.len()).is_empty();
    (mesh.triangles.len() >= 4 && closed && volume(&mesh) > 0.0).then_some(mesh)
}

/// Cubic units inside a closed mesh, negative where it faces inward.
fn volume(mesh: &Mesh) -> f64 {
    let Some(&origin) = mesh.positions.first() else { return 0.0 };
    let cone = |t: usize| {
        let [a, b, c]: [[f64; 3]; 3] = mesh.corners(t).map(|p| std::array::from_fn(|i| f64::from(p[i] - origin[i])));
        a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0])
    };
    (0..mesh.triangles.len()).map(cone).sum::<f64>() / 6.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solid::fixture;

    fn out_of(mesh: &Mesh, p: Vec3) -> f32 {
        (0..mesh.triangles.len())
            .map(|t| dot(normal(mesh.corners(t)), sub(p, mesh.corners(t)[0])))
            .fold(f32::MIN, f32::max)
    }

    #[test]
    fn every_part_has_a_convex_hull_that_holds_nearly_all_of_it() {
        for (name, solid) in fixture::several() {
            let all = hulls(&solid, VERTICES);
            assert_eq!(all.len(), solid.parts.len() + 1, "{name}");
            for hull in &all {
                let mesh = &hull.mesh;
                assert!((4..=VERTICES).contains(&mesh.positions.len()), "{name}");
                assert!(mesh.validate().is_ok() && volume(mesh) > 0.0);
                let size = mesh.bounds().map(|(l, h)| norm(sub(h, l))).unwrap();
                for &p in &mesh.positions {
                    assert!(out_of(mesh, p) < 1e-5 * size.max(0.1), "{name} {:?} is not convex", hull.part);
                }
                let of = |t: usize| hull.part.is_none_or(|p| solid.part[t] == p);
                let points = (0..solid.part.len()).filter(|&t| of(t)).flat_map(|t| solid.mesh.corners(t));
                let out = points.map(|p| out_of(mesh, p)).fold(0.0f32, f32::max);
                assert!(out < 0.05 * size, "{name} {:?}: {out} m of {size} m stand out", hull.part);
            }
        }
    }

    #[test]
    fn few_vertices_are_kept_to() {
        let solid = fixture::sword(48, 100, 0.0);
        for limit in [0, 4, 5, 8, 16] {
            assert!(hulls(&solid, limit).iter().all(|h| h.mesh.positions.len() <= limit.max(4)));
        }
    }

    #[test]
    fn what_has_no_volume_has_no_hull() {
        assert_eq!(hull(&[], 32), None);
        assert_eq!(hull(&[[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.5, 0.2, 0.0]], 32), None);
        assert_eq!(hull(&[[f32::NAN; 3]; 9], 32), None);
        assert_eq!(hull(&[[0.5; 3]; 9], 32), None);
    }
}
