//! Which patch answers for which piece of a surface: named parts, cut into quadrants around and stretches along their
//! centre line.
//!
//! Chamfer over a whole sword lets patches overlap, tear and wander; chamfer over a piece that only one patch has to
//! cover lets them tile it, with borders where a blade has its edges and its ridge.

use crate::mesh::Vec3;

use super::recipe::{Axis, PartShare};

/// Fewer points than this teach a patch to shrink: the region counts as missing.
const FEWEST: usize = 16;

/// Bins along Y of a centre line.
const BINS: usize = 24;

/// How far neighbouring regions overlap, as a share of the part's height, half its width or half its depth: a patch that
/// stops a little short of its border then leaves no gap.
const OVERLAP: f32 = 0.03;

/// Share of a grip that stands in for a guard or a pommel which the sword does not have.
const STAND_IN: f32 = 0.15;

/// How much of a grip of this size (x, y, z) stands in for a missing part.
pub(super) fn stand_in_height([x, y, z]: Vec3, missing: &PartShare) -> f32 {
    let most = if missing.stand_in > 0.0 { missing.stand_in * x.max(z) } else { f32::INFINITY };
    (STAND_IN * y).min(most)
}

/// Points of one part of a shape, in the unit ball.
pub type PartPoints = Vec<Vec3>;

/// Sorts the points of each part (in the order of `shares`) into regions, `regions(share)` of them a share, in patch order. An empty
/// region is missing from this shape.
///
/// `axis` is where the hilt's axis lies, x and z.
pub fn sort(mut parts: Vec<PartPoints>, shares: &[PartShare], axis: [f32; 2]) -> Vec<PartPoints> {
    stand_in(&mut parts, shares);
    let mut all = Vec::new();
    for (share, points) in shares.iter().zip(parts) {
        if share.around == 0 {
            all.push(if points.len() < FEWEST { Vec::new() } else { points });
            continue;
        }
        let mut regions = vec![Vec::new(); share.regions()];
        let order = share.axis.order();
        let turned: Vec<Vec3> = points.iter().map(|p| order.map(|i| p[i])).collect();
        let frame = if share.axis == Axis::Y { Frame::of(&turned, axis) } else { Frame::about_middle(&turned) };
        for (point, turned) in points.into_iter().zip(turned) {
            frame.regions(turned, share, |region| regions[region].push(point));
        }
        regions.iter_mut().filter(|r| r.len() < FEWEST).for_each(Vec::clear);
        all.extend(regions);
    }
    all
}

/// Where a guard or pommel is missing, the grip's upper or lower end is taken for it.
fn stand_in(parts: &mut [PartPoints], shares: &[PartShare]) {
    let index = |name: &str| shares.iter().position(|s| s.name == name);
    let Some(grip) = index("grip") else { return };
    let (lowest, highest) = span(&parts[grip], 1);
    let size = [0, 1, 2].map(|k| span(&parts[grip], k)).map(|(low, high)| high - low);
    for (name, upper) in [("guard", true), ("pommel", false)] {
        let Some(part) = index(name).filter(|&i| parts[i].len() < FEWEST) else { continue };
        let cut = stand_in_height(size, &shares[part]);
        let takes = |p: &Vec3| if upper { p[1] > highest - cut } else { p[1] < lowest + cut };
        let (taken, left): (Vec<Vec3>, Vec<Vec3>) = parts[grip].iter().partition(|p| takes(p));
        (parts[part], parts[grip]) = (taken, left);
    }
}

fn span(points: &[Vec3], axis: usize) -> (f32, f32) {
    points.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(lo, hi), p| (lo.min(p[axis]), hi.max(p[axis])))
}

/// A part's own directions: along Y from its lower to its upper end, around its centre line.
struct Frame {
    lowest: f32,
    height: f32,
    /// x of the centre line, bottom to top; one entry for a part that is not elongated.
    centre: Vec<f32>,
    /// z of the centre line, likewise.
    depth: Vec<f32>,
    /// Widths of the overlaps along x and z.
    seam: [f32; 2],
}

impl Frame {
    fn of(points: &[Vec3], axis: [f32; 2]) -> Self {
        let (lowest, highest) = span(points, 1);
        let (left, right) = span(points, 0);
        let height = (highest - lowest).max(1e-6);
        let (back, front) = span(points, 2);
        let seam = [OVERLAP * 0.5 * (right - left), OVERLAP * 0.5 * (front - back)];
        let mut frame = Self { lowest, height, centre: vec![axis[0]], depth: vec![axis[1]], seam };
        if height > 1.5 * (right - left) {
            frame.centre = frame.middles(points, 0, axis[0]);
        } else {
            // An axis that passes outside the part's middle half does not divide it.
            let quarter = 0.25 * (right - left);
            if axis[0] < left + quarter || axis[0] > right - quarter {
                frame.centre = vec![0.5 * (left + right)];
            }
        }
        frame
    }

    /// For a part whose own middle divides it: a wing rises and falls, a hull is bent.
    fn about_middle(points: &[Vec3]) -> Self {
        let mut frame = Self::of(points, [0.0; 2]);
        frame.centre = frame.middles(points, 0, 0.0);
        frame.depth = frame.middles(points, 2, 0.0);
        frame
    }

    /// The middle of the extent along `axis`, bin by bin from the lower end; an empty bin has that of the one before.
    fn middles(&self, points: &[Vec3], axis: usize, first: f32) -> Vec<f32> {
        let mut bins = [(f32::INFINITY, f32::NEG_INFINITY); BINS];
        for p in points {
            let bin = &mut bins[(self.along(p) * BINS as f32).min(BINS as f32 - 1.0) as usize];
            *bin = (bin.0.min(p[axis]), bin.1.max(p[axis]));
        }
        let mut last = first;
        bins.iter()
            .map(|(lo, hi)| {
                if lo <= hi {
                    last = 0.5 * (lo + hi);
                }
                last
            })
            .collect()
    }

    /// 0 at the lower end, 1 at the upper.
    fn along(&self, p: &Vec3) -> f32 {
        ((p[1] - self.lowest) / self.height).clamp(0.0, 1.0)
    }

    /// Visits every region that a point belongs to: one, or more within the overlaps.
    fn regions(&self, p: Vec3, share: &PartShare, mut visit: impl FnMut(usize)) {
        let t = self.along(&p);
        if share.cap > 0.0 && t < share.cap + OVERLAP / 2.0 {
            visit(share.around * share.along);
        }
        if t < share.cap - OVERLAP / 2.0 {
            return;
        }
        let at = (t - share.cap) / (1.0 - share.cap) * share.along as f32;
        let half = OVERLAP / 2.0 * share.along as f32;
        let stretch = |at: f32| (at.max(0.0) as usize).min(share.along - 1);
        let (x, z) = (p[0] - between(&self.centre, t), p[2] - between(&self.depth, t));
        let sides = |offset: f32, seam: f32| [offset > -seam, offset < seam];
        for stretch in stretch(at - half)..=stretch(at + half) {
            if share.around == 1 {
                visit(stretch);
                continue;
            }
            for (back, _) in sides(z, self.seam[1]).into_iter().enumerate().filter(|s| s.1) {
                if share.around == 2 {
                    visit(stretch * 2 + back);
                    continue;
                }
                for (left, _) in sides(x, self.seam[0]).into_iter().enumerate().filter(|s| s.1) {
                    visit(stretch * 4 + 2 * back + 1 - left);
                }
            }
        }
    }
}

/// A value of a line at `t`, linear between the bins' middles.
fn between(line: &[f32], t: f32) -> f32 {
    let at = (t * line.len() as f32 - 0.5).clamp(0.0, line.len() as f32 - 1.0);
    let i = at as usize;
    let next = line[(i + 1).min(line.len() - 1)];
    line[i] + (at - i as f32) * (next - line[i])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(name: &str, around: usize, along: usize, cap: f32) -> PartShare {
        let patches = around * along + usize::from(cap > 0.0);
        PartShare {
            name: name.into(),
            piece: String::new(),
            patches,
            around,
            along,
            cap,
            axis: Axis::Y,
            chart: None,
            weight: 1.0,
            hidden: 1.0,
            stand_in: 0.0,
            lap: 0.0,
        }
    }

    fn column(x: f32, from: f32, to: f32) -> Vec<Vec3> {
        let corners = [[-0.1, 0.1], [0.1, 0.1], [-0.1, -0.1], [0.1, -0.1]];
        (0..400)
            .map(|i| {
                let [dx, z] = corners[i % 4];
                [x + dx, from + (to - from) * (i / 4) as f32 / 99.0, z]
            })
            .collect()
    }

    #[test]
    fn a_column_is_cut_around_and_along() {
        let regions = sort(vec![column(0.3, 0.0, 1.0)], &[share("blade", 4, 2, 0.1)], [0.0, 0.0]);
        assert_eq!(regions.len(), 9);
        let doubled = regions.iter().map(Vec::len).sum::<usize>() - 400;
        assert!((16..40).contains(&doubled), "points near a border belong to both sides: {doubled}");
        assert!(regions[0].iter().all(|p| p[0] < 0.3 && p[2] > 0.0 && p[1] < 0.57), "lower front left");
        assert!(regions[7].iter().all(|p| p[0] > 0.3 && p[2] < 0.0 && p[1] > 0.53), "upper back right");
        assert!(regions[8].iter().all(|p| p[1] < 0.12), "cap");
    }

    #[test]
    fn wings_are_cut_along_x_into_top_and_bottom_however_they_rise() {
        let wing: Vec<Vec3> = (0..2000)
            .map(|i| {
                let x = (i / 4) as f32 / 499.0 * 2.0 - 1.0;
                [
                    x,
                    0.3 * x.abs() + if i % 2 == 0 { 0.02 } else { -0.02 },
                    if i % 4 < 2 { 0.1 } else { -0.1 } - 0.5 * x.abs(),
                ]
            })
            .collect();
        let share = PartShare { axis: Axis::X, ..share("wings", 2, 2, 0.0) };
        let regions = sort(vec![wing], &[share], [0.0; 2]);
        let rise = |p: &Vec3| p[1] - 0.3 * p[0].abs();
        for (i, region) in regions.iter().enumerate() {
            let wrong = region.iter().filter(|p| (rise(p) > 0.0) != (i % 2 == 0)).count();
            assert!(region.len() > 400 && wrong * 10 < region.len(), "region {i}: {wrong} of {}", region.len());
            assert!(region.iter().all(|p| if i < 2 { p[0] < 0.05 } else { p[0] > -0.05 }), "region {i}");
        }
    }

    #[test]
    fn one_around_is_cut_along_only() {
        let points = column(0.0, 0.0, 1.0).into_iter().map(|[x, y, z]| [2.0 * y - 1.0, x, z]).collect();
        let share = PartShare { axis: Axis::X, ..share("tail", 1, 2, 0.0) };
        let [left, right] = <[PartPoints; 2]>::try_from(sort(vec![points], &[share], [0.0; 2])).unwrap();
        assert!(left.len() > 190 && left.iter().all(|p| p[0] < 0.05), "{}", left.len());
        assert!(right.len() > 190 && right.iter().all(|p| p[0] > -0.05), "{}", right.len());
    }

    #[test]
    fn a_missing_guard_is_taken_from_the_grip() {
        let shares = [share("guard", 4, 1, 0.0), share("grip", 4, 1, 0.0)];
        let regions = sort(vec![Vec::new(), column(0.0, -1.0, 0.0)], &shares, [0.0, 0.0]);
        assert!(regions.iter().all(|r| r.len() >= 12 || r.is_empty()));
        assert!(regions[4].iter().all(|p| p[1] <= -STAND_IN));
        // At most as high as the grip is wide, 0.2, where the recipe says so.
        let slim = PartShare { stand_in: 0.5, ..share("guard", 4, 1, 0.0) };
        let dense = [column(0.0, -1.0, 0.0), column(0.0, -1.0, 0.0)].concat();
        let regions = sort(vec![Vec::new(), dense], &[slim, shares[1].clone()], [0.0, 0.0]);
        assert!(regions[..4].iter().flatten().all(|p| p[1] > -0.1) && !regions[0].is_empty());
    }
}
