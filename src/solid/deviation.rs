//! How far two surfaces lie apart, measured on points of both.

use crate::mesh::bvh::Bvh;
use crate::mesh::{Mesh, Vec3};

/// Distances between two surfaces, both ways, in units of their positions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Deviation {
    /// The largest distance of a point of one to the other.
    pub largest: f32,
    /// 99 % of the area lies nearer than this.
    pub most: f32,
    /// Mean over the area.
    pub mean: f32,
}

/// A surface that others are measured against: its tree and points are made once.
pub struct Reference {
    tree: Bvh,
    points: Vec<(Vec3, f32)>,
    count: usize,
}

impl Reference {
    /// Points on `mesh`: about `points` of its vertices, and as many spread evenly over its area.
    pub fn new(mesh: &Mesh, points: usize) -> Self {
        Self { tree: Bvh::new(mesh), points: spread(mesh, points), count: points }
    }

    /// The two-sided deviation of `other`, asked with as many points of its own.
    pub fn deviation(&self, other: &Mesh) -> Deviation {
        let tree = Bvh::new(other);
        let there = distances(&self.points, &tree);
        let back = distances(&spread(other, self.count), &self.tree);
        let both = [&there, &back];
        let largest = both.iter().flat_map(|d| d.iter()).fold(0.0f32, |m, d| m.max(d.0));
        let most = both.map(|d| quantile(d, 0.99)).into_iter().fold(0.0f32, f32::max);
        let mean = both.map(|d| {
            let (sum, weight) =
                d.iter().fold((0.0f64, 0.0f64), |(s, w), &(x, a)| (s + f64::from(x * a), w + f64::from(a)));
            if weight > 0.0 { sum / weight } else { 0.0 }
        });
        Deviation { largest, most, mean: (0.5 * (mean[0] + mean[1])) as f32 }
    }
}

/// Distance and weight of every point that has one.
fn distances(points: &[(Vec3, f32)], tree: &Bvh) -> Vec<(f32, f32)> {
    points.iter().filter_map(|&(p, area)| Some((tree.distance2(p, |_| true)?.sqrt(), area))).collect()
}

/// The distance below which `share` of the weight lies.
fn quantile(distances: &[(f32, f32)], share: f32) -> f32 {
    let mut sorted = distances.to_vec();
    sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let whole: f64 = sorted.iter().map(|d| f64::from(d.1)).sum();
    let mut below = 0.0;
    for (distance, weight) in sorted {
        below += f64::from(weight);
        if below >= f64::from(share) * whole {
            return distance;
        }
    }
    0.0
}

/// Some vertices without weight, and points that each stand for an equal area, without a random number.
fn spread(mesh: &Mesh, points: usize) -> Vec<(Vec3, f32)> {
    let area = |t: usize| {
        let n = crate::mesh::normals::doubled_area(mesh.corners(t));
        0.5 * (n[0] * n[0] + n[1] * n[1] + n[2] * n[2]).sqrt()
    };
    let areas: Vec<f64> = (0..mesh.triangles.len()).map(area).collect();
    let step = areas.iter().sum::<f64>() / points.max(1) as f64;
    let stride = mesh.positions.len().div_ceil(points.max(1)).max(1);
    let mut all: Vec<(Vec3, f32)> = mesh.positions.iter().step_by(stride).map(|&p| (p, 0.0)).collect();
    if step > 0.0 {
        let (mut passed, mut number) = (0.0, 0u32);
        for (t, area) in areas.iter().enumerate() {
            passed += area;
            while passed >= (f64::from(number) + 0.5) * step {
                // The R2 sequence (Roberts 2018), folded into the triangle.
                let [mut u, mut v] = [0.754_877_67, 0.569_840_3].map(|g: f64| (0.5 + g * f64::from(number)).fract());
                if u + v > 1.0 {
                    (u, v) = (1.0 - u, 1.0 - v);
                }
                let [a, b, c] = mesh.corners(t).map(|p| p.map(f64::from));
                all.push((std::array::from_fn(|i| (a[i] + u * (b[i] - a[i]) + v * (c[i] - a[i])) as f32), step as f32));
                number += 1;
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solid::fixture;

    #[test]
    fn a_surface_has_no_distance_from_itself_and_the_shift_from_a_shifted_one() {
        let mesh = fixture::sword(32, 80, 0.0).mesh;
        let reference = Reference::new(&mesh, 3000);
        assert!(reference.deviation(&mesh).largest < 1e-6);
        let mut higher = mesh.clone();
        higher.transform(1.0, [0.0, 0.003, 0.0]);
        let moved = reference.deviation(&higher);
        assert!(
            (moved.largest - 0.003).abs() < 1e-5 && moved.most <= moved.largest && moved.mean < 0.5e-3,
            "{moved:?}"
        );
    }

    #[test]
    fn what_only_one_of_two_has_is_seen() {
        let solid = fixture::sword(32, 80, 0.0);
        let blade = |t: &usize| solid.part[*t] == 3;
        let mut hilt = solid.mesh.clone();
        hilt.triangles = (0..solid.part.len()).filter(|t| !blade(t)).map(|t| solid.mesh.triangles[t]).collect();
        let hilt = crate::mesh::split::compact(&hilt, &hilt.triangles);
        let there = Reference::new(&solid.mesh, 3000).deviation(&hilt);
        let back = Reference::new(&hilt, 3000).deviation(&solid.mesh);
        assert!((there.largest - 0.83).abs() < 0.01 && (back.largest - 0.83).abs() < 0.01, "{there:?} {back:?}");
        assert!(there.most > 0.5);
    }
}
