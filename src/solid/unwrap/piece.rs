//! Charts made ready for packing: split until they lie flat, turned to fill a rectangle, cut where too long.

use super::super::Solid;
use super::flatten::{Flat, Point, own_plane};
use super::overlap::overlap;
use super::quality::stretch;

/// A chart is split if its stretch (1 is none) is above this, unless it is as small as a few triangles.
const STRETCHED: f64 = 1.2;

/// A chart with its lower left corner at the origin, in metres, lying down (never taller than wide).
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub flat: Flat,
    pub size: Point,
}

/// These triangles as charts without overlap.
pub(super) fn flattened(solid: &Solid, triangles: Vec<u32>) -> Vec<Piece> {
    let mut waiting = vec![triangles];
    let mut done = Vec::new();
    while let Some(triangles) = waiting.pop() {
        let flat = Flat::new(solid, triangles);
        if flat.triangles.len() > 1 && !is_good(solid, &flat) {
            waiting.extend(halves(&flat));
        } else {
            done.push(Piece::new(solid, flat));
        }
    }
    done
}

fn is_good(solid: &Solid, flat: &Flat) -> bool {
    let triangles: Vec<[Point; 3]> = (0..flat.corners.len()).map(|t| flat.at(t)).collect();
    // A needle thinner than a thousandth of its length may turn over in rounding: nothing is drawn with it.
    let turned = |t: usize| flat.area(t) <= 0.0 && !is_needle(solid, flat.triangles[t]);
    let size = triangles.iter().flatten().fold(0.0f64, |m, p| m.max(p[0].abs()).max(p[1].abs()));
    !(0..triangles.len()).any(turned)
        && (flat.triangles.len() <= 8 || stretch(solid, flat) <= STRETCHED)
        && overlap(&triangles, 1e-7 * size).is_none()
}

fn is_needle(solid: &Solid, t: u32) -> bool {
    let own = own_plane(solid.mesh.corners(t as usize).map(|p| p.map(f64::from)));
    let longest =
        (0..3).map(|k| (own[k][0] - own[(k + 1) % 3][0]).hypot(own[k][1] - own[(k + 1) % 3][1])).fold(0.0, f64::max);
    own[1][0] * own[2][1] <= 1e-3 * longest * longest
}

fn middle(flat: &Flat, t: usize) -> Point {
    let [a, b, c] = flat.at(t);
    std::array::from_fn(|i| (a[i] + b[i] + c[i]) / 3.0)
}

/// The triangles on either side of the middle of the longer side.
fn halves(flat: &Flat) -> [Vec<u32>; 2] {
    let middles: Vec<Point> = (0..flat.corners.len()).map(|t| middle(flat, t)).collect();
    let spread = |axis: usize| {
        let values = middles.iter().map(|m| m[axis]);
        values.clone().fold(f64::MIN, f64::max) - values.fold(f64::MAX, f64::min)
    };
    let axis = usize::from(spread(1) > spread(0));
    let mut order: Vec<usize> = (0..middles.len()).collect();
    order.sort_by(|&a, &b| middles[a][axis].total_cmp(&middles[b][axis]));
    let (low, high) = order.split_at(order.len() / 2);
    [low, high].map(|half| half.iter().map(|&i| flat.triangles[i]).collect())
}

impl Piece {
    /// Turned to the smallest rectangle and given its true area.
    fn new(solid: &Solid, mut flat: Flat) -> Self {
        let own = |&t: &u32| {
            let own = own_plane(solid.mesh.corners(t as usize).map(|p| p.map(f64::from)));
            own[1][0] * own[2][1]
        };
        let wanted: f64 = flat.triangles.iter().map(own).sum();
        let found: f64 = (0..flat.corners.len()).map(|t| flat.area(t)).sum();
        let scale = if found > 0.0 && wanted > 0.0 { (wanted / found).sqrt() } else { 1.0 };
        let angle = flattest(&flat.points);
        let (s, c) = angle.sin_cos();
        flat.points.iter_mut().for_each(|p| *p = [scale * (c * p[0] + s * p[1]), scale * (c * p[1] - s * p[0])]);
        Self::placed(flat)
    }

    /// Moved to the origin and laid down.
    fn placed(mut flat: Flat) -> Self {
        let [low, high] = bounds(&flat.points);
        let size = [high[0] - low[0], high[1] - low[1]];
        let upright = size[1] > size[0];
        for p in &mut flat.points {
            let [x, y] = [p[0] - low[0], p[1] - low[1]];
            *p = if upright { [size[1] - y, x] } else { [x, y] };
        }
        Self { flat, size: if upright { [size[1], size[0]] } else { size } }
    }

    /// In as few pieces of about equal length, none much longer than `longest`, each cut along edges where the least sticks out.
    pub fn cut(&self, longest: f64) -> Vec<Piece> {
        let count = (self.size[0] / longest).ceil().min(64.0) as usize;
        if count <= 1 || self.flat.corners.len() < 2 * count {
            return vec![self.clone()];
        }
        let step = self.size[0] / count as f64;
        let middles: Vec<f64> = (0..self.flat.corners.len()).map(|t| middle(&self.flat, t)[0]).collect();
        // By how much the pieces on both sides of a cut reach over each other.
        let reach = |cut: f64| {
            let (mut left, mut right) = (f64::MIN, f64::MAX);
            for (t, &m) in middles.iter().enumerate() {
                for p in self.flat.at(t) {
                    if m < cut { left = left.max(p[0]) } else { right = right.min(p[0]) }
                }
            }
            left - right
        };
        let cuts: Vec<f64> = (1..count)
            .map(|k| {
                let tried = (-12..=12).map(|i| step * (k as f64 + 0.012 * f64::from(i)));
                tried.min_by(|&a, &b| reach(a).total_cmp(&reach(b))).unwrap_or(step * k as f64)
            })
            .collect();
        (0..count)
            .map(|k| {
                let low = if k == 0 { f64::MIN } else { cuts[k - 1] };
                let high = cuts.get(k).copied().unwrap_or(f64::MAX);
                let members = (0..middles.len()).filter(|&t| (low..high).contains(&middles[t]));
                self.some(&members.collect::<Vec<_>>())
            })
            .filter(|piece| !piece.flat.triangles.is_empty())
            .collect()
    }

    /// Some of the triangles, as they lie.
    fn some(&self, members: &[usize]) -> Piece {
        let mut place = vec![u32::MAX; self.flat.points.len()];
        let mut flat = Flat::default();
        for &t in members {
            flat.triangles.push(self.flat.triangles[t]);
            flat.corners.push(self.flat.corners[t].map(|v| {
                let at = &mut place[v as usize];
                if *at == u32::MAX {
                    *at = flat.points.len() as u32;
                    flat.points.push(self.flat.points[v as usize]);
                }
                *at
            }));
        }
        Self::placed(flat)
    }
}

fn bounds(points: &[Point]) -> [Point; 2] {
    points.iter().fold([[f64::MAX; 2], [f64::MIN; 2]], |[low, high], p| {
        [std::array::from_fn(|i| low[i].min(p[i])), std::array::from_fn(|i| high[i].max(p[i]))]
    })
}

/// The angle, within a quarter turn, along which the points' rectangle is smallest.
fn flattest(points: &[Point]) -> f64 {
    let area = |angle: f64| {
        let (s, c) = angle.sin_cos();
        let mut bounds = [f64::MAX, f64::MIN, f64::MAX, f64::MIN];
        for p in points {
            let (x, y) = (c * p[0] + s * p[1], c * p[1] - s * p[0]);
            bounds = [bounds[0].min(x), bounds[1].max(x), bounds[2].min(y), bounds[3].max(y)];
        }
        (bounds[1] - bounds[0]) * (bounds[3] - bounds[2])
    };
    let mut best = (area(0.0), 0.0);
    let mut step = std::f64::consts::FRAC_PI_2 / 32.0;
    let around = |centre: f64, step: f64, count: i32| (-count..=count).map(move |i| centre + step * f64::from(i));
    for (count, finer) in [(16, 8.0), (8, 8.0), (8, 8.0)] {
        for angle in around(best.1, step, count).collect::<Vec<_>>() {
            let tried = area(angle);
            // By a hair, so that what is square stays upright.
            if tried < best.0 * (1.0 - 1e-6) {
                best = (tried, angle);
            }
        }
        step /= finer;
    }
    best.1
}
