//! Points on what can be seen of any mesh, parts and open patches alike: the one sampler that decoded shapes and data
//! share, so that a difference between two sets is one of their shapes.

use rand::{Rng, RngExt};

use super::exterior::{offset, open_share, sees_outside};
use crate::mesh::bvh::Bvh;
use crate::mesh::{Mesh, Vec3, add, cross, norm, scaled, sub, unit};

/// Hidden points in a row after which hidden ones count as well: next to nothing is visible.
const MISSES: usize = 4096;

/// Of the ways from a point to one side, the share that leads out where the point lies in the open: from a flat surface all do, from
/// the bottom of a groove as deep as it is wide half of them.
const OPEN: f32 = 0.2;

/// `count` points `[count, 3]`, uniform by area over what can be seen from outside, from whichever side; a patch that
/// lies under another is hidden by it. Empty for a mesh without area.
pub fn seen_by_area(mesh: &Mesh, count: usize, rng: &mut impl Rng) -> Vec<Vec3> {
    visible_by_area(mesh, count, rng, sees_outside)
}

/// The same without what is only glimpsed through cracks between patches and gaps between parts: from a point at least [`OPEN`] of
/// the ways to its side lead out.
pub fn open_by_area(mesh: &Mesh, count: usize, rng: &mut impl Rng) -> Vec<Vec3> {
    visible_by_area(mesh, count, rng, |tree, point, normal, offset, turn| {
        open_share(tree, point, normal, offset, turn) >= OPEN
    })
}

fn visible_by_area(
    mesh: &Mesh,
    count: usize,
    rng: &mut impl Rng,
    sees: impl Fn(&Bvh, Vec3, Vec3, f32, f32) -> bool,
) -> Vec<Vec3> {
    let mut total = 0.0f64;
    let cumulative: Vec<f64> = (0..mesh.triangles.len())
        .map(|t| {
            let [a, b, c] = mesh.corners(t);
            total += f64::from(norm(cross(sub(b, a), sub(c, a))));
            total
        })
        .collect();
    if total.is_nan() || total <= 0.0 {
        return Vec::new();
    }
    let tree = Bvh::new(mesh);
    let offset = offset(mesh);
    let mut points = Vec::with_capacity(count);
    let mut misses = 0;
    while points.len() < count {
        let at = rng.random_range(0.0..total);
        let [a, b, c] = mesh.corners(cumulative.partition_point(|&sum| sum <= at).min(cumulative.len() - 1));
        let (u, v): (f32, f32) = (rng.random(), rng.random());
        let (u, v) = if u + v > 1.0 { (1.0 - u, 1.0 - v) } else { (u, v) };
        let point = add(a, add(scaled(sub(b, a), u), scaled(sub(c, a), v)));
        let normal = unit(cross(sub(b, a), sub(c, a)));
        let turn = rng.random();
        let seen = |normal| sees(&tree, point, normal, offset, turn);
        if misses >= MISSES || seen(normal) || seen(scaled(normal, -1.0)) {
            points.push(point);
            // Past the limit it stays past it: the surface counts as it is.
            misses = if misses >= MISSES { misses } else { 0 };
        } else {
            misses += 1;
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::shapes::sample::tests::cuboid;

    #[test]
    fn the_hidden_is_left_out_whichever_way_it_is_wound() {
        let mut mesh = cuboid([2.0, 2.0, 2.0], [0.0; 3]);
        mesh.triangles.iter_mut().step_by(2).for_each(|t| t.swap(0, 1));
        mesh.append(&cuboid([1.0, 1.0, 1.0], [0.0; 3]));
        let points = seen_by_area(&mesh, 3000, &mut ChaCha8Rng::seed_from_u64(1));
        let outer = |p: &Vec3| p.iter().any(|x| (x.abs() - 1.0).abs() < 1e-5);
        assert!(points.len() == 3000 && points.iter().all(outer));
        // Each of six equal faces has its sixth.
        let top = points.iter().filter(|p| p[1] > 0.9999).count();
        assert!((420..580).contains(&top), "{top}");
    }

    #[test]
    fn a_sheet_between_two_others_hardly_counts() {
        let triangle = |z: f32, size: f32| Mesh {
            positions: vec![[0.0, 0.0, z], [size, 0.0, z], [0.0, size, z]],
            triangles: vec![[0, 1, 2]],
            ..Default::default()
        };
        // The middle one of three is seen along the sheets at most, where a third of the points would lie.
        let mut mesh = triangle(0.0, 1.0);
        mesh.append(&triangle(-1e-4, 1.0));
        mesh.append(&triangle(1e-4, 1.0));
        let points = seen_by_area(&mesh, 1000, &mut ChaCha8Rng::seed_from_u64(2));
        let middle = points.iter().filter(|p| p[2] == 0.0).count();
        assert!(middle < 50, "{middle}");
        assert!(seen_by_area(&Mesh::default(), 5, &mut ChaCha8Rng::seed_from_u64(3)).is_empty());
    }
}
