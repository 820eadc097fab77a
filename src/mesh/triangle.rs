//! Single triangles: the nearest point on one, whether two cross, and whether a ray meets one.

use super::{Vec3, add, cross, dot, scaled, sub};

/// The point of triangle `abc` that lies nearest to `p` (Ericson, Real-Time Collision Detection, 5.1.5).
pub fn closest_point(p: Vec3, [a, b, c]: [Vec3; 3]) -> Vec3 {
    let (ab, ac, ap) = (sub(b, a), sub(c, a), sub(p, a));
    let (d1, d2) = (dot(ab, ap), dot(ac, ap));
    if d1 <= 0.0 && d2 <= 0.0 {
        return a;
    }
    let bp = sub(p, b);
    let (d3, d4) = (dot(ab, bp), dot(ac, bp));
    if d3 >= 0.0 && d4 <= d3 {
        return b;
    }
    let vc = d1 * d4 - d3 * d2;
    if vc <= 0.0 && d1 >= 0.0 && d3 <= 0.0 {
        return add(a, scaled(ab, ratio(d1, d1 - d3)));
    }
    let cp = sub(p, c);
    let (d5, d6) = (dot(ab, cp), dot(ac, cp));
    if d6 >= 0.0 && d5 <= d6 {
        return c;
    }
    let vb = d5 * d2 - d1 * d6;
    if vb <= 0.0 && d2 >= 0.0 && d6 <= 0.0 {
        return add(a, scaled(ac, ratio(d2, d2 - d6)));
    }
    let va = d3 * d6 - d5 * d4;
    if va <= 0.0 && d4 - d3 >= 0.0 && d5 - d6 >= 0.0 {
        return add(b, scaled(sub(c, b), ratio(d4 - d3, (d4 - d3) + (d5 - d6))));
    }
    let area = va + vb + vc;
    add(a, add(scaled(ab, ratio(vb, area)), scaled(ac, ratio(vc, area))))
}

/// A triangle without area divides nothing by nothing; any of its points will do.
fn ratio(part: f32, whole: f32) -> f32 {
    if whole != 0.0 { part / whole } else { 0.0 }
}

/// Whether two triangles pass through each other: an edge of one has its ends on both sides of the other's plane and
/// meets the other. Touching (a corner or an edge that lies exactly in the other's plane) and overlapping in one plane
/// don't count, so that parts which rest against each other aren't called faulty.
pub fn cross_each_other(s: [Vec3; 3], t: [Vec3; 3]) -> bool {
    let through = |from: [Vec3; 3], t: [Vec3; 3]| (0..3).any(|i| pierces([from[i], from[(i + 1) % 3]], t));
    through(s, t) || through(t, s)
}

/// Does the segment from `p` to `q` pass through triangle `abc`, its ends on either side?
pub fn pierces([p, q]: [Vec3; 2], [a, b, c]: [Vec3; 3]) -> bool {
    let (above, below) = (volume(a, b, c, p), volume(a, b, c, q));
    if !(above > 0.0 && below < 0.0 || above < 0.0 && below > 0.0) {
        return false;
    }
    let sides = [volume(p, q, a, b), volume(p, q, b, c), volume(p, q, c, a)];
    sides.iter().all(|&x| x >= 0.0) || sides.iter().all(|&x| x <= 0.0)
}

/// Six times the signed volume of a tetrahedron. In `f64`, where differences of `f32` coordinates are exact in practice.
fn volume(a: Vec3, b: Vec3, c: Vec3, d: Vec3) -> f64 {
    let edge = |p: Vec3| -> [f64; 3] { std::array::from_fn(|i| f64::from(p[i]) - f64::from(a[i])) };
    let (u, v, w) = (edge(b), edge(c), edge(d));
    w[0] * (u[1] * v[2] - u[2] * v[1]) + w[1] * (u[2] * v[0] - u[0] * v[2]) + w[2] * (u[0] * v[1] - u[1] * v[0])
}

/// Whether a ray crosses a triangle in front of its origin: `Some(true)` if it runs along the triangle's normal, out of
/// its front.
pub fn crossed_by_ray(corners: [Vec3; 3], origin: Vec3, direction: Vec3) -> Option<bool> {
    ray_meets(corners, origin, direction).map(|(_, front)| front)
}

/// The same, after how many lengths of `direction` (Möller and Trumbore 1997).
pub fn ray_meets([a, b, c]: [Vec3; 3], origin: Vec3, direction: Vec3) -> Option<(f32, bool)> {
    let (u, v) = (sub(b, a), sub(c, a));
    let p = cross(direction, v);
    let determinant = dot(u, p);
    if determinant == 0.0 {
        return None;
    }
    let inverse = 1.0 / determinant;
    let from = sub(origin, a);
    let s = dot(from, p) * inverse;
    if !(0.0..=1.0).contains(&s) {
        return None;
    }
    let q = cross(from, u);
    let t = dot(direction, q) * inverse;
    let distance = dot(v, q) * inverse;
    if t < 0.0 || s + t > 1.0 || distance <= 0.0 {
        return None;
    }
    // The determinant is -direction . (u x v).
    Some((distance, determinant < 0.0))
}

/// Unit normal out of the front, or zero for a triangle without area.
pub fn normal([a, b, c]: [Vec3; 3]) -> Vec3 {
    let n = cross(sub(b, a), sub(c, a));
    let length = dot(n, n).sqrt();
    if length > 0.0 { scaled(n, 1.0 / length) } else { [0.0; 3] }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: [Vec3; 3] = [[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];

    #[test]
    fn the_closest_point_is_a_corner_an_edge_or_inside() {
        assert_eq!(closest_point([-1.0, -1.0, 2.0], T), [0.0; 3]);
        assert_eq!(closest_point([2.0, -0.5, 0.0], T), [1.0, 0.0, 0.0]);
        assert_eq!(closest_point([0.5, -3.0, 1.0], T), [0.5, 0.0, 0.0]);
        assert_eq!(closest_point([1.0, 1.0, 0.0], T), [0.5, 0.5, 0.0]);
        assert_eq!(closest_point([0.25, 0.25, 7.0], T), [0.25, 0.25, 0.0]);
        let point = [[0.5; 3]; 3];
        assert_eq!(closest_point([3.0, 1.0, 0.0], point), [0.5; 3]);
    }

    #[test]
    fn crossing_is_told_from_touching() {
        let through = [[0.2, 0.2, -1.0], [0.2, 0.2, 1.0], [5.0, 5.0, 0.5]];
        assert!(cross_each_other(T, through) && cross_each_other(through, T));
        let beside = through.map(|p| add(p, [2.0, 2.0, 0.0]));
        assert!(!cross_each_other(T, beside));
        let standing = [[0.2, 0.2, 0.0], [0.3, 0.2, 1.0], [0.2, 0.3, 1.0]];
        assert!(!cross_each_other(T, standing));
        assert!(!cross_each_other(T, T.map(|p| add(p, [0.1, 0.1, 0.0]))));
    }
}
