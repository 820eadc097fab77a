//! Do triangles of the plane lie on each other?

use super::flatten::Point;

/// The first pair that overlaps by more than `slack` in every direction (in units of the points). Counter-clockwise triangles; those
/// without area overlap nothing. A sweep along the longer side: near O(N log N) for triangles of like size.
pub fn overlap(triangles: &[[Point; 3]], slack: f64) -> Option<[usize; 2]> {
    let bounds: Vec<[Point; 2]> = triangles.iter().map(bounds).collect();
    let span = |axis: usize| {
        let low = bounds.iter().map(|b| b[0][axis]).fold(f64::MAX, f64::min);
        bounds.iter().map(|b| b[1][axis]).fold(f64::MIN, f64::max) - low
    };
    let axis = usize::from(span(1) > span(0));
    let mut order: Vec<usize> = (0..triangles.len()).collect();
    order.sort_unstable_by(|&a, &b| bounds[a][0][axis].total_cmp(&bounds[b][0][axis]).then(a.cmp(&b)));
    let mut open: Vec<usize> = Vec::new();
    for &t in &order {
        open.retain(|&o| bounds[o][1][axis] > bounds[t][0][axis] + slack);
        for &o in &open {
            let across = 1 - axis;
            let near = bounds[o][0][across] + slack < bounds[t][1][across]
                && bounds[t][0][across] + slack < bounds[o][1][across];
            if near && !parted(&triangles[o], &triangles[t], slack) && !parted(&triangles[t], &triangles[o], slack) {
                return Some([o.min(t), o.max(t)]);
            }
        }
        open.push(t);
    }
    None
}

fn bounds(t: &[Point; 3]) -> [Point; 2] {
    let fold = |f: fn(f64, f64) -> f64, start: f64| -> Point {
        std::array::from_fn(|i| t.iter().fold(start, |m, p| f(m, p[i])))
    };
    [fold(f64::min, f64::MAX), fold(f64::max, f64::MIN)]
}

/// Whether an edge of `s` has all of `t` on its outer side, but for `slack`.
fn parted(s: &[Point; 3], t: &[Point; 3], slack: f64) -> bool {
    (0..3).any(|k| {
        let (a, b) = (s[k], s[(k + 1) % 3]);
        let (x, y) = (b[0] - a[0], b[1] - a[1]);
        let length = x.hypot(y);
        t.iter().all(|p| x * (p[1] - a[1]) - y * (p[0] - a[0]) <= slack * length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: [Point; 3] = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]];

    #[test]
    fn sharing_an_edge_or_a_corner_is_no_overlap() {
        let beside = [[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
        let corner = [[1.0, 0.0], [2.0, 0.0], [2.0, 1.0]];
        assert_eq!(overlap(&[T, beside, corner], 1e-9), None);
        let over = [[0.4, 0.4], [1.4, 0.4], [1.4, 1.4]];
        assert_eq!(overlap(&[T, corner, over], 1e-9), Some([0, 2]));
        assert_eq!(overlap(&[T, T], 1e-9), Some([0, 1]));
        let inside = T.map(|p| [0.1 + 0.2 * p[0], 0.1 + 0.2 * p[1]]);
        assert_eq!(overlap(&[T, inside], 1e-9), Some([0, 1]));
    }
}
