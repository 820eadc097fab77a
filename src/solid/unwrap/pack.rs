//! Rectangles into a square: a skyline, filled from below, at the largest scale that fits.

use super::flatten::Point;

/// Where a rectangle lies, in texels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub at: Point,
    /// Turned a quarter, so that its width runs upward.
    pub turned: bool,
}

/// All rectangles in a square of texels.
#[derive(Clone, Debug)]
pub(super) struct Packing {
    /// Texels per metre.
    pub scale: f64,
    /// `[N]`
    pub places: Vec<Place>,
}

/// Rectangles of these `sizes` (metres) in a square of `side` texels, at least `padding` texels apart and half of that from
/// its edge, as large as a search finds; `None` if even the padding doesn't fit.
pub(super) fn pack(sizes: &[Point], side: f64, padding: f64) -> Option<Packing> {
    let area: f64 = sizes.iter().map(|s| s[0] * s[1]).sum();
    let longest = sizes.iter().map(|s| s[0].max(s[1])).fold(0.0, f64::max);
    if longest <= 0.0 {
        return None;
    }
    let ceiling = (side / longest).min(if area > 0.0 { side / area.sqrt() } else { f64::MAX });
    let keys: [fn(&Point) -> f64; 3] = [|s| s[0].max(s[1]), |s| s[0] * s[1], |s| s[0].min(s[1])];
    let mut best: Option<Packing> = None;
    for key in keys {
        let mut order: Vec<usize> = (0..sizes.len()).collect();
        order.sort_by(|&a, &b| key(&sizes[b]).total_cmp(&key(&sizes[a])).then(a.cmp(&b)));
        let (mut low, mut high) = (best.as_ref().map_or(0.0, |b| b.scale), ceiling);
        for _ in 0..12 {
            // The first look is at the best so far: an order that can't match it is dropped soon.
            let scale = if low == 0.0 { 0.5 * (low + high) } else { (low * high).sqrt() };
            match placed(sizes, &order, scale, side, padding) {
                Some(places) => {
                    low = scale;
                    best = Some(Packing { scale, places });
                }
                None => high = scale,
            }
        }
    }
    best
}

fn placed(sizes: &[Point], order: &[usize], scale: f64, side: f64, padding: f64) -> Option<Vec<Place>> {
    let mut skyline = vec![[0.0, 0.0]];
    let mut places = vec![Place { at: [0.0; 2], turned: false }; sizes.len()];
    for &i in order {
        let size = sizes[i].map(|x| x * scale + padding);
        let lying = lowest(&skyline, size, side);
        let standing = lowest(&skyline, [size[1], size[0]], side);
        // The lower top wins.
        let better = |a: (f64, f64, f64), b: (f64, f64, f64)| (b.0 + b.2, b.1) < (a.0 + a.2, a.1);
        let top = |spot: Option<Point>, tall: f64| spot.map(|[x, y]| (y, x, tall));
        let (spot, turned) = match (top(lying, size[1]), top(standing, size[0])) {
            (Some(a), Some(b)) if better(a, b) => (b, true),
            (Some(a), _) => (a, false),
            (None, Some(b)) => (b, true),
            (None, None) => return None,
        };
        let (y, x, tall) = spot;
        let wide = if turned { size[1] } else { size[0] };
        raise(&mut skyline, x, x + wide, y + tall);
        places[i] = Place { at: [x + 0.5 * padding, y + 0.5 * padding], turned };
    }
    Some(places)
}

/// The lowest spot, then the leftmost, where a rectangle rests on the skyline: a list of steps, each `[x, y]` from x to the next one.
fn lowest(skyline: &[Point], [wide, tall]: Point, side: f64) -> Option<Point> {
    let mut best: Option<Point> = None;
    for (k, step) in skyline.iter().enumerate() {
        let x = step[0];
        if x + wide > side {
            break;
        }
        let under = skyline[k..].iter().take_while(|s| s[0] < x + wide);
        let y = under.fold(0.0f64, |m, s| m.max(s[1]));
        if y + tall <= side && best.is_none_or(|b| y < b[1]) {
            best = Some([x, y]);
        }
    }
    best
}

/// Lifts the skyline to `top` from `left` to `right`.
fn raise(skyline: &mut Vec<Point>, left: f64, right: f64, top: f64) {
    let behind = skyline.iter().rev().find(|s| s[0] <= right).map_or(0.0, |s| s[1]);
    let starts_there = skyline.iter().any(|s| s[0] == right);
    let first = skyline.partition_point(|s| s[0] < left);
    let last = skyline.partition_point(|s| s[0] < right);
    let mut steps = vec![[left, top]];
    if !starts_there {
        steps.push([right, behind]);
    }
    skyline.splice(first..last, steps);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_keep_their_distance_and_use_the_room() {
        let sizes: Vec<Point> =
            (0..40).map(|i| [0.02 + 0.3 * f64::from(i % 7 + 1) / 7.0, 0.01 + 0.05 * f64::from(i % 3 + 1)]).collect();
        let (side, padding) = (1024.0, 4.0);
        let packing = pack(&sizes, side, padding).unwrap();
        let boxes: Vec<[f64; 4]> = sizes
            .iter()
            .zip(&packing.places)
            .map(|(s, p)| {
                let [w, h] = s.map(|x| x * packing.scale);
                let [w, h] = if p.turned { [h, w] } else { [w, h] };
                [p.at[0], p.at[1], p.at[0] + w, p.at[1] + h]
            })
            .collect();
        for (i, a) in boxes.iter().enumerate() {
            assert!(a[0] >= 2.0 - 1e-9 && a[1] >= 2.0 - 1e-9 && a[2] <= side - 2.0 + 1e-9 && a[3] <= side - 2.0 + 1e-9);
            for b in &boxes[..i] {
                let gap = (a[0] - b[2]).max(b[0] - a[2]).max(a[1] - b[3]).max(b[1] - a[3]);
                assert!(gap >= padding - 1e-9, "{a:?} {b:?}");
            }
        }
        let used: f64 = sizes.iter().map(|s| s[0] * s[1]).sum::<f64>() * packing.scale.powi(2) / (side * side);
        assert!(used > 0.75, "{used}");
    }

    #[test]
    fn what_cant_fit_is_refused() {
        assert!(pack(&[[1.0, 1.0]; 100], 16.0, 4.0).is_none());
        assert!(pack(&[[0.0, 0.0]], 16.0, 4.0).is_none());
        assert!(pack(&[[3.0, 0.0]], 16.0, 4.0).unwrap().scale <= 4.0);
    }
}
