//! Which side of the surface an observer sees: orthographic views from all around through a small depth buffer.

use rayon::prelude::*;

use crate::mesh::{Mesh, Vec3, cross, dot, unit};

/// Views that a figure is averaged over.
pub const DIRECTIONS: usize = 64;
/// Pixels along one side of a view that give shares within about 0.1 % for a sword.
pub const RESOLUTION: usize = 192;

/// Of the area that is hit first from 64 directions outside, the share in 0..=1 that shows its front. Area as seen,
/// that is projected. 1 for a mesh that nobody sees anything of.
pub fn front_share(mesh: &Mesh, resolution: usize) -> f32 {
    let (front, back) = visible_votes(mesh, resolution).into_iter().fold((0.0, 0.0), |a, v| (a.0 + v.0, a.1 + v.1));
    if front + back > 0.0 { (front / (front + back)) as f32 } else { 1.0 }
}

/// For every patch id `[P]` the projected area, summed over 64 directions, of which the front and of which the back is
/// hit first, in squared units of the mesh's positions. A mesh without patch ids is one patch.
///
/// A patch whose back is seen more than its front wants its sign reversed.
pub fn visible_votes(mesh: &Mesh, resolution: usize) -> Vec<(f64, f64)> {
    let patches = mesh.patch.iter().max().map_or(1, |&last| last as usize + 1);
    let views: Vec<Vec<(f64, f64)>> = directions()
        .into_par_iter()
        .map(|direction| View::render(mesh, direction, resolution).votes(mesh, patches))
        .collect();
    // Summed in order of the directions, so that the number of threads doesn't show.
    let mut votes = vec![(0.0, 0.0); patches];
    for view in views {
        for (sum, vote) in votes.iter_mut().zip(view) {
            *sum = (sum.0 + vote.0, sum.1 + vote.1);
        }
    }
    votes
}

/// Evenly spread unit vectors: the Fibonacci sphere.
fn directions() -> [Vec3; DIRECTIONS] {
    let golden = std::f64::consts::PI * (3.0 - 5f64.sqrt());
    std::array::from_fn(|i| {
        let y = 1.0 - (2 * i + 1) as f64 / DIRECTIONS as f64;
        let (radius, angle) = ((1.0 - y * y).sqrt(), golden * i as f64);
        [radius * angle.cos(), y, radius * angle.sin()].map(|x| x as f32)
    })
}

/// What is seen from one direction.
struct View {
    /// `[resolution * resolution]`, 0 for nothing, else the triangle's number + 1, negative where its back is seen.
    hits: Vec<i64>,
    pixel_area: f64,
}

impl View {
    /// Looks along `-direction`. Pixels are stretched to the shape's bounds, so a thin blade gets its share of them.
    fn render(mesh: &Mesh, direction: Vec3, resolution: usize) -> Self {
        let aside = if direction[1].abs() < 0.9 { [0.0, 1.0, 0.0] } else { [1.0, 0.0, 0.0] };
        let right = unit(cross(aside, direction));
        let up = cross(direction, right);
        let seen: Vec<Vec3> = mesh.positions.iter().map(|&p| [dot(p, right), dot(p, up), dot(p, direction)]).collect();
        let nothing = Self { hits: Vec::new(), pixel_area: 0.0 };
        let flat = Mesh { positions: seen, ..Default::default() };
        let Some((lo, hi)) = flat.bounds() else { return nothing };
        let size = [hi[0] - lo[0], hi[1] - lo[1]];
        if resolution == 0 || !(size[0] > 0.0 && size[1] > 0.0) {
            return nothing;
        }
        let scale = size.map(|x| resolution as f32 / x);
        let pixels: Vec<Vec3> =
            flat.positions.iter().map(|p| [(p[0] - lo[0]) * scale[0], (p[1] - lo[1]) * scale[1], p[2]]).collect();

        let mut hits = vec![0; resolution * resolution];
        let mut depth = vec![f32::NEG_INFINITY; resolution * resolution];
        for (t, triangle) in mesh.triangles.iter().enumerate() {
            rasterise(triangle.map(|i| pixels[i as usize]), t as i64 + 1, resolution, &mut hits, &mut depth);
        }
        let pixel_area = f64::from(size[0]) * f64::from(size[1]) / (resolution * resolution) as f64;
        Self { hits, pixel_area }
    }

    fn votes(&self, mesh: &Mesh, patches: usize) -> Vec<(f64, f64)> {
        let mut votes = vec![(0.0, 0.0); patches];
        for &hit in self.hits.iter().filter(|&&hit| hit != 0) {
            let triangle = mesh.triangles[hit.unsigned_abs() as usize - 1];
            let patch = mesh.patch.get(triangle[0] as usize).map_or(0, |&patch| patch as usize);
            let vote = &mut votes[patch];
            *(if hit > 0 { &mut vote.0 } else { &mut vote.1 }) += self.pixel_area;
        }
        votes
    }
}

/// Writes `number`, negated where the back is seen, into every pixel whose centre the triangle covers in front of what
/// is there. Larger depth is nearer.
fn rasterise(corners: [Vec3; 3], number: i64, resolution: usize, hits: &mut [i64], depth: &mut [f32]) {
    let edge = |p: Vec3, q: Vec3, x: f32, y: f32| (q[0] - p[0]) * (y - p[1]) - (q[1] - p[1]) * (x - p[0]);
    let [a, b, c] = corners;
    let area = edge(a, b, c[0], c[1]);
    if area == 0.0 || !area.is_finite() {
        return;
    }
    let number = if area > 0.0 { number } else { -number };
    let range = |axis: usize| {
        let lo = a[axis].min(b[axis]).min(c[axis]);
        let hi = a[axis].max(b[axis]).max(c[axis]);
        ((lo - 0.5).ceil().max(0.0) as usize)..((hi + 0.5).floor().max(0.0) as usize).min(resolution)
    };
    for y in range(1) {
        for x in range(0) {
            let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
            let weights = [edge(b, c, px, py), edge(c, a, px, py), edge(a, b, px, py)].map(|w| w / area);
            if weights.iter().all(|&w| w >= 0.0) {
                let z = dot(weights, [a[2], b[2], c[2]]);
                let pixel = y * resolution + x;
                if z > depth[pixel] {
                    (depth[pixel], hits[pixel]) = (z, number);
                }
            }
        }
    }
}

/// The mesh as its observers would want it: signs for every patch, -1 where [`visible_votes`] saw more of its back.
pub fn signs(votes: &[(f64, f64)]) -> Vec<f32> {
    votes.iter().map(|(front, back)| if back > front { -1.0 } else { 1.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::tessellate::{PatchPoints, tessellate};
    use crate::template::Template;

    /// A closed box as six patches facing outward, 0.2 x 2 x 0.02: the proportions of a sword.
    fn slab(signs: &[f32]) -> Mesh {
        let template = Template::grid(4);
        let size = [0.2, 2.0, 0.02];
        let mut points = PatchPoints::default();
        for axis in 0..3 {
            for side in [0.0, 1.0] {
                let (u_axis, v_axis) =
                    if side > 0.5 { ((axis + 1) % 3, (axis + 2) % 3) } else { ((axis + 2) % 3, (axis + 1) % 3) };
                points.positions.extend(template.uv().iter().map(|&[u, v]| {
                    let mut p = [side; 3];
                    (p[u_axis], p[v_axis]) = (u, v);
                    std::array::from_fn(|i| size[i] * p[i])
                }));
            }
        }
        tessellate(points, 6, signs, &template)
    }

    #[test]
    fn a_closed_slab_shows_its_front_only() {
        assert_eq!(front_share(&slab(&[]), RESOLUTION), 1.0);
        assert_eq!(front_share(&slab(&[-1.0; 6]), RESOLUTION), 0.0);
    }

    #[test]
    fn the_seen_area_is_the_projected_area() {
        // A convex body shows a quarter of its area on average (Cauchy).
        let seen: f64 = visible_votes(&slab(&[]), RESOLUTION).iter().map(|v| v.0).sum::<f64>() / DIRECTIONS as f64;
        let area = 2.0 * (0.2 * 2.0 + 0.2 * 0.02 + 2.0 * 0.02);
        assert!((seen / (area / 4.0) - 1.0).abs() < 0.03, "{seen} of {area}");
    }

    #[test]
    fn votes_name_the_patch_that_is_turned() {
        let turned = [1.0, 1.0, 1.0, -1.0, 1.0, -1.0];
        let votes = visible_votes(&slab(&turned), RESOLUTION);
        assert_eq!(signs(&votes), turned);
        assert!(votes.iter().all(|&(front, back)| (front == 0.0) != (back == 0.0)), "{votes:?}");
    }

    #[test]
    fn nothing_to_see_is_no_fault() {
        assert_eq!(front_share(&Mesh::default(), 64), 1.0);
        assert_eq!(visible_votes(&Mesh { positions: vec![[0.0; 3]; 4], ..Default::default() }, 64), [(0.0, 0.0)]);
    }
}
