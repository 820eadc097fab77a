//! A part's decoded points on its lattice: neighbouring patches joined at their seams, and the whole closed at either end.

use crate::mesh::{Mesh, Vec3, add, dot, norm, scaled, sub, unit};
use crate::patchwork::lattice::{End, Lattice, Panel, Tip};
use crate::patchwork::{end, even};

/// How far into a cell a patch bends so that its border meets its neighbour's, as a share of the cell. Patches err by a fraction
/// of a millimetre; on less than this a crease would show.
const FADE: f32 = 0.3;

/// Borders of one patch meet where the way between them is less than this share of the way around.
const AJAR: f32 = 0.1;

/// Points in rings, a ring after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Rings {
    pub columns: usize,
    /// `[rings * columns]`; an end that is a pole is not among them.
    pub points: Vec<Vec3>,
    /// What closes the lower and the upper end.
    pub poles: [Vec3; 2],
    /// Whether (next column) x (next ring) faces inward.
    pub reversed: bool,
}

impl Rings {
    /// `points` are the patch's own, in the order of a panel's uv.
    pub fn join<'a>(lattice: &Lattice, points: impl Fn(&Panel) -> &'a [Vec3]) -> Self {
        let places = lattice.rings * lattice.columns;
        let (mut sum, mut count) = (vec![[0.0; 3]; places], vec![0.0f32; places]);
        for panel in &lattice.panels {
            for (&place, &p) in panel.place.iter().zip(points(panel)) {
                sum[place] = add(sum[place], p);
                count[place] += 1.0;
            }
        }
        // On seams this is final; within a cell, where it is the patch's own point, the border's shift is added.
        let mut joined: Vec<Vec3> = sum.iter().zip(&count).map(|(&s, &n)| scaled(s, 1.0 / n.max(1.0))).collect();
        let mean = joined.clone();
        let bends = Bends::of(lattice, &points);
        for panel in &lattice.panels {
            let own = points(panel);
            let shift = |i: usize, j: usize| {
                let at = j * panel.width + i;
                sub(mean[panel.place[at]], own[at])
            };
            for at in 0..panel.place.len() {
                let place = panel.place[at];
                if count[place] == 1.0 {
                    joined[place] = add(own[at], faded(panel, at % panel.width, at / panel.width, shift));
                }
                joined[place] = add(joined[place], scaled(bends.at(panel, own, at), 1.0 / count[place]));
            }
        }
        let mut rings =
            Self { columns: lattice.columns, points: joined, poles: [[0.0; 3]; 2], reversed: lattice.reversed };
        if lattice.ajar {
            rings.shut();
        }
        lattice.tips.iter().for_each(|tip| rings.meet(lattice, tip));
        for end in 0..2 {
            rings.poles[end] = middle(rings.last(end));
        }
        for end in 0..2 {
            if lattice.ends[end] == End::Pole {
                let upper = end == 1;
                let outermost = if lattice.tips.iter().any(|tip| tip.upper == upper) {
                    // Sides that were led together end where they now do.
                    rings.last(end).to_vec()
                } else {
                    let last = |place: usize| place / lattice.columns == if upper { lattice.rings - 1 } else { 0 };
                    let panels = || lattice.panels.iter().flat_map(|panel| panel.place.iter().zip(points(panel)));
                    panels().filter(|(place, _)| last(**place)).map(|(_, &p)| p).collect()
                };
                rings.sharpen(end, &outermost);
            }
        }
        rings
    }

    /// Leads opposite sides together where they close an end ([`crate::patchwork::end`]). The first column is an edge.
    fn meet(&mut self, lattice: &Lattice, tip: &Tip) {
        let panel = &lattice.panels[tip.panel];
        let (columns, half) = (self.columns, self.columns / 2);
        let end = if tip.upper { 1.0 } else { 0.0 };
        // Rings of the patches that end there, and how far from it each lies in bands.
        let column = panel.uv.iter().zip(&panel.place).step_by(panel.width);
        let near: Vec<(usize, f32)> =
            column.map(|(uv, place)| (place / columns, (uv[1] - end).abs() / end::BAND)).collect();
        let nearest = |share: f32| {
            let apart = |ring: &&(usize, f32)| (ring.1 - share).abs();
            near.iter().min_by(|a, b| apart(a).total_cmp(&apart(b))).map_or(0, |ring| ring.0)
        };
        let before = self.points.clone();
        let across = |ring: usize, column: usize| {
            let ring = &before[ring * columns..(ring + 1) * columns];
            sub(ring[(column + half) % columns], ring[column])
        };
        let from = nearest(1.0);
        let whole = across(from, 0);
        let share = |ring: usize| dot(across(ring, 0), whole) / dot(whole, whole).max(f32::MIN_POSITIVE);
        let gap = share(nearest(0.0));
        let by = gap * end::closing(gap, share(nearest(end::AHEAD)));
        for &(ring, away) in &near {
            let weight = 0.5 * even::fade(away) * by;
            for column in 0..columns {
                let at = ring * columns + column;
                self.points[at] = add(before[at], scaled(across(from, column), weight));
            }
        }
    }

    /// Makes one column of the first and the last where they nearly meet.
    fn shut(&mut self) {
        let (columns, rings) = (self.columns, self.rings());
        let step = |ring: &[Vec3], k: usize| norm(sub(ring[(k + 1) % columns], ring[k]));
        let total = |of: &dyn Fn(&[Vec3]) -> f32| (0..rings).map(|r| of(self.ring(r))).sum::<f32>();
        let gap = total(&|ring| step(ring, columns - 1));
        let girth = total(&|ring| (0..columns - 1).map(|k| step(ring, k)).sum());
        if gap < AJAR * girth {
            let shut = |ring: &[Vec3]| {
                let first = scaled(add(ring[0], ring[columns - 1]), 0.5);
                std::iter::once(first).chain(ring[1..columns - 1].iter().copied()).collect::<Vec<_>>()
            };
            self.points = (0..rings).flat_map(|r| shut(self.ring(r))).collect();
            self.columns -= 1;
        }
    }

    /// Unit vector from ring to ring towards an end.
    pub fn outward(&self, end: usize) -> Vec3 {
        let last = self.rings() - 1;
        // Rings crowd at an end; over an eighth of them it has a direction.
        let back = (self.rings() / 8).max(2).min(last);
        unit(sub(middle(self.last(end)), middle(self.ring(if end == 0 { back } else { last - back }))))
    }

    /// The ring at an end.
    pub fn last(&self, end: usize) -> &[Vec3] {
        self.ring(if end == 0 { 0 } else { self.rings() - 1 })
    }

    pub fn rings(&self) -> usize {
        self.points.len() / self.columns
    }

    pub fn ring(&self, ring: usize) -> &[Vec3] {
        &self.points[ring * self.columns..(ring + 1) * self.columns]
    }

    /// The lower (0) or upper (1) end gets one more ring, each column further out by its own way, and is closed by a point that
    /// lies further out than the end's middle by `pole`.
    pub fn extend(&mut self, end: usize, ways: &[f32], pole: f32) {
        let outward = self.outward(end);
        let pole = add(middle(self.last(end)), scaled(outward, pole));
        if ways.iter().all(|&way| way == 0.0) {
            self.poles[end] = pole;
            return;
        }
        let ring = self.last(end).iter().zip(ways).map(|(&p, &way)| add(p, scaled(outward, way))).collect();
        self.append(end, ring, pole);
    }

    /// One more ring beyond an end, and the point that closes it.
    pub fn append(&mut self, end: usize, ring: Vec<Vec3>, pole: Vec3) {
        self.poles[end] = pole;
        if end == 0 {
            self.points.splice(0..0, ring);
        } else {
            self.points.extend(ring);
        }
    }

    /// The surface, outward; `closed` says at which of its ends.
    pub fn mesh(&self, closed: [bool; 2]) -> Mesh {
        let (columns, rings) = (self.columns, self.rings());
        let vertex = |ring: usize, column: usize| (ring * columns + column % columns) as u32;
        let mut positions = self.points.clone();
        let mut triangles = Vec::with_capacity(2 * columns * rings);
        if closed[0] {
            let low = positions.len() as u32;
            positions.push(self.poles[0]);
            triangles.extend((0..columns).map(|column| [vertex(0, column + 1), vertex(0, column), low]));
        }
        for ring in 1..rings {
            for column in 0..columns {
                let [a, b] = [vertex(ring - 1, column), vertex(ring - 1, column + 1)];
                let [d, c] = [vertex(ring, column), vertex(ring, column + 1)];
                let apart = |i: u32, j: u32| norm(sub(positions[i as usize], positions[j as usize]));
                // The shorter diagonal bends the less.
                triangles.extend(if apart(a, c) <= apart(b, d) {
                    [[a, b, c], [a, c, d]]
                } else {
                    [[a, b, d], [b, c, d]]
                });
            }
        }
        if closed[1] {
            let high = positions.len() as u32;
            positions.push(self.poles[1]);
            triangles
                .extend((0..columns).map(|column| [vertex(rings - 1, column), vertex(rings - 1, column + 1), high]));
        }
        if self.reversed {
            triangles.iter_mut().for_each(|t| t.swap(1, 2));
        }
        Mesh { positions, triangles, ..Default::default() }
    }
}

/// Directions along a part at the seams between its stretches.
struct Bends {
    /// By place the sum of unit vectors over the patches that end there, and over those that begin there.
    directions: [Vec<Vec3>; 2],
}

impl Bends {
    fn of<'a>(lattice: &Lattice, points: &impl Fn(&Panel) -> &'a [Vec3]) -> Self {
        let none = vec![[0.0; 3]; lattice.rings * lattice.columns];
        let mut directions = [none.clone(), none];
        // Only a tube has stretches, and a tip.
        for panel in lattice.panels.iter().filter(|_| !lattice.tips.is_empty()) {
            for row in seam_rows(panel) {
                let begins = usize::from(row == 0);
                for at in row * panel.width..(row + 1) * panel.width {
                    let sum = &mut directions[begins][panel.place[at]];
                    *sum = add(*sum, unit(step(panel, points(panel), at)));
                }
            }
        }
        Self { directions }
    }

    /// What a panel's point moves by, so that its stretch goes on into the next without a corner ([`even::bending`]).
    fn at(&self, panel: &Panel, own: &[Vec3], at: usize) -> Vec3 {
        let moved = |row: usize| {
            let border = row * panel.width + at % panel.width;
            let sides = [0, 1].map(|side| self.directions[side][panel.place[border]]);
            let away = panel.uv[at][1] - panel.uv[border][1];
            if away.abs() >= even::BEND || sides.contains(&[0.0; 3]) {
                return [0.0; 3];
            }
            let [ends, begins] = sides.map(unit);
            let step = step(panel, own, border);
            let turn = sub(scaled(unit(add(ends, begins)), norm(step)), step);
            scaled(turn, away.signum() * even::bending(away.abs()))
        };
        seam_rows(panel).map(moved).fold([0.0; 3], add)
    }
}

/// Rows of a panel where another stretch begins or ends.
fn seam_rows(panel: &Panel) -> impl Iterator<Item = usize> {
    let [.., lower, upper] = panel.seams;
    [(lower, 0), (upper, panel.rows() - 1)].into_iter().filter_map(|(seam, row)| seam.then_some(row))
}

/// From row to row at the end of a panel's column, for a step of 1 in v.
fn step(panel: &Panel, own: &[Vec3], at: usize) -> Vec3 {
    let width = panel.width;
    let [from, to] = if at < width { [at, at + width] } else { [at - width, at] };
    scaled(sub(own[to], own[from]), 1.0 / (panel.uv[to][1] - panel.uv[from][1]))
}

/// The farthest of a ring's points from its middle.
pub fn width(ring: &[Vec3]) -> f32 {
    let centre = middle(ring);
    ring.iter().map(|&p| norm(sub(p, centre))).fold(0.0, f32::max)
}

/// Mean of points.
pub fn middle(points: &[Vec3]) -> Vec3 {
    scaled(points.iter().fold([0.0; 3], |sum, &p| add(sum, p)), 1.0 / points.len() as f32)
}

/// What a panel's point takes of its borders' shifts: a Coons patch whose weights fall to 0 within [`FADE`].
fn faded(panel: &Panel, i: usize, j: usize, shift: impl Fn(usize, usize) -> Vec3) -> Vec3 {
    let (right, upper) = (panel.width - 1, panel.rows() - 1);
    let weight = |seam: bool, steps: usize, of: usize| {
        let t = (1.0 - steps as f32 / (FADE * of as f32)).clamp(0.0, 1.0);
        if seam { t * t * (3.0 - 2.0 * t) } else { 0.0 }
    };
    let across = [(weight(panel.seams[0], i, right), 0), (weight(panel.seams[1], right - i, right), right)];
    let along = [(weight(panel.seams[2], j, upper), 0), (weight(panel.seams[3], upper - j, upper), upper)];
    let mut total = [0.0; 3];
    for (w, column) in across {
        total = add(total, scaled(shift(column, j), w));
    }
    for (w, row) in along {
        total = add(total, scaled(shift(i, row), w));
        for (x, column) in across {
            total = sub(total, scaled(shift(column, row), w * x));
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use std::f32::consts::{PI, TAU};

    use super::*;
    use crate::inspect::solidity::Solidity;
    use crate::patchwork::lattice::Steps;
    use crate::patchwork::{Axis, ChartKind, Part};

    fn tube() -> Lattice {
        let part = Part {
            name: "grip".into(),
            patches: 4,
            around: 2,
            along: 2,
            cap: 0.0,
            axis: Axis::Y,
            chart: Some(ChartKind::Tube),
        };
        Lattice::of_parts(&[part], Steps { u: 8, v: 10 }).unwrap().remove(0).1
    }

    /// A tube of radius 1 and height 4, its patches `apart` from each other, its end a point.
    fn points(lattice: &Lattice, apart: f32) -> Vec<Vec<Vec3>> {
        let point = |panel: &Panel, at: usize| {
            let (column, ring) = (panel.place[at] % lattice.columns, panel.place[at] / lattice.columns);
            let (sin, cos) = (PI - TAU * column as f32 / lattice.columns as f32).sin_cos();
            let r = if ring + 1 == lattice.rings { 0.2 } else { 1.0 };
            let height = 4.0 * (ring as f32 / (lattice.rings - 2) as f32).min(1.0);
            [r * cos, height, r * sin].map(|x| x + apart * (panel.patch as f32 - 1.5))
        };
        lattice.panels.iter().map(|panel| (0..panel.place.len()).map(|at| point(panel, at)).collect()).collect()
    }

    #[test]
    fn patches_that_stand_apart_become_one_closed_tube() {
        let lattice = tube();
        for apart in [0.0, 0.01] {
            let points = points(&lattice, apart);
            let rings = Rings::join(&lattice, |panel| &points[panel.patch]);
            let found = Solidity::of(&rings.mesh([true; 2]));
            assert!(found.is_manifold() && found.is_outward() && found.crossing == 0, "{found:?}");
            assert!((found.volume - f64::from(4.0 * 8.0 * (PI / 8.0).sin())).abs() < 0.1, "{}", found.volume);
            assert_eq!(Solidity::of(&rings.mesh([false, true])).open_edges, lattice.columns);
            // Nothing moves further than the seams ask for, and far from them nothing at all.
            let middle = &lattice.panels[0];
            let at = 5 * middle.width + 4;
            assert_eq!(rings.points[middle.place[at]], points[0][at]);
        }
    }

    #[test]
    fn stretches_go_on_into_each_other_without_a_corner() {
        let lattice = tube();
        let mut points = points(&lattice, 0.0);
        // The upper stretch leans by a tenth.
        let seam = 4.0 * 10.0 / 19.0;
        for p in points.iter_mut().flatten().filter(|p| p[1] > seam) {
            p[0] += 0.1 * (p[1] - seam);
        }
        let rings = Rings::join(&lattice, |panel| &points[panel.patch]);
        let lean = |a: usize, b: usize| {
            let [a, b] = [a, b].map(|i| middle(rings.ring(i)));
            (b[0] - a[0]) / (b[1] - a[1])
        };
        // Half of the lean at the seam, fading out on both sides of it.
        let near = [lean(9, 10), lean(10, 11)];
        assert!((near[0] + near[1] - 0.1).abs() < 0.015 && near[0] > 0.015 && near[1] < 0.09, "{near:?}");
        assert!(lean(0, 5).abs() < 1e-4 && (lean(15, 18) - 0.1).abs() < 1e-3);
        let turns: Vec<f32> = (1..18).map(|i| (lean(i, i + 1) - lean(i - 1, i)).abs()).collect();
        assert!(turns.iter().all(|turn| *turn < 0.07), "{turns:?}");
    }

    #[test]
    fn a_patch_that_goes_around_is_shut_and_one_that_goes_half_way_is_walled() {
        let part = Part {
            name: "fin".into(),
            patches: 1,
            around: 1,
            along: 1,
            cap: 0.0,
            axis: Axis::X,
            chart: Some(ChartKind::Loft),
        };
        let (_, lattice) = Lattice::of_parts(&[part], Steps { u: 8, v: 10 }).unwrap().remove(0);
        for (turn, columns) in [(TAU - 0.02, 16), (PI, 17)] {
            let point = |at: usize| {
                let (sin, cos) = (turn * (at % 17) as f32 / 16.0).sin_cos();
                [cos, sin, 4.0 * (at / 17) as f32 / 10.0]
            };
            let points: Vec<Vec3> = lattice.panels[0].place.iter().map(|&at| point(at)).collect();
            let rings = Rings::join(&lattice, |_| &points);
            let found = Solidity::of(&rings.mesh([true; 2]));
            assert_eq!((rings.columns, rings.points.len()), (columns, 11 * columns));
            assert!(found.is_manifold() && found.is_outward() && found.degenerate == 0, "{turn}: {found:?}");
        }
    }

    #[test]
    fn an_end_is_led_on_by_each_columns_way() {
        let lattice = tube();
        let points = points(&lattice, 0.0);
        let mut rings = Rings::join(&lattice, |panel| &points[panel.patch]);
        let before = rings.rings();
        let ways: Vec<f32> = (0..lattice.columns).map(|column| 0.1 * (column % 2) as f32).collect();
        rings.extend(0, &ways, 0.07);
        assert_eq!(rings.rings(), before + 1);
        assert!((rings.ring(0)[1][1] + 0.1).abs() < 1e-5 && rings.ring(0)[0] == rings.ring(1)[0]);
        assert!((rings.poles[0][1] + 0.07).abs() < 1e-4);
        rings.extend(1, &vec![0.0; lattice.columns], 0.0);
        assert_eq!(rings.rings(), before + 1);
    }
}
