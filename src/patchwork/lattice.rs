//! A part as rings around it: where every patch's cell lies on one grid that is closed around.
//!
//! Points on a seam have one place and two patches (four where seams cross), so that what is built on the grid is closed there
//! by construction, whatever the patches decode to.

use super::cell::Cell;
use super::seam::rim;
use super::{Axis, ChartKind, Part, arms, ball, loft, tube};

/// Rings of a ball's cap, as a share of the rows of its sides.
const CAP_ROWS: usize = 4;

/// Rows crowd towards an end that the patches close, the distance to it a power of their number: what is round or flat there bends
/// within the last twentieth of a patch.
const CROWDED: f32 = 1.5;

/// How finely a cell is sampled: steps along u and along v.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    pub u: usize,
    pub v: usize,
}

/// What the last ring at an end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Its points are one: the patches close the part there.
    Pole,
    /// An opening, which stands in a neighbour.
    Open,
}

/// The rings of one part, `rings * columns` places, a ring after the other from the lower end (of arms: the left one) up.
/// Columns run around so that (next column) x (next ring) faces outward, unless `reversed`.
#[derive(Clone, Debug, PartialEq)]
pub struct Lattice {
    pub columns: usize,
    pub rings: usize,
    pub panels: Vec<Panel>,
    pub ends: [End; 2],
    pub reversed: bool,
    /// Whether the first column and the last one are borders of one patch: they meet where it goes all around.
    pub ajar: bool,
    /// Ends that its panels come together at.
    pub tips: Vec<Tip>,
}

/// A tube's end, whose sides lie half the columns from each other ([`super::end`]); the first column is an edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tip {
    /// Number of one of the panels there.
    pub panel: usize,
    /// Whether it is the end at v = 1.
    pub upper: bool,
}

/// One patch's cell on the lattice.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Counted through the whole decoder.
    pub patch: usize,
    /// Points along u; of a cap all around, without the last, which is the first.
    pub width: usize,
    /// `[width * rows]`, u fastest: the patch's own uv of every point.
    pub uv: Vec<[f32; 2]>,
    /// `[width * rows]`: the point's place, `ring * columns + column`.
    pub place: Vec<usize>,
    /// Whether it has neighbours at u = 0, u = 1, v = 0, v = 1.
    pub seams: [bool; 4],
}

impl Lattice {
    /// The lattices of all parts in patch order, each with its part's number; `None` where a part's patches have no such order.
    pub fn of_parts(parts: &[Part], steps: Steps) -> Option<Vec<(usize, Self)>> {
        let (mut first, mut lattices) = (0, Vec::new());
        for (i, part) in parts.iter().enumerate() {
            lattices.extend(Self::of(part, first, steps)?.into_iter().map(|lattice| (i, lattice)));
            first += part.patches;
        }
        Some(lattices)
    }

    /// A part's lattice; of lofts one for each of the mirror images.
    fn of(part: &Part, first: usize, steps: Steps) -> Option<Vec<Self>> {
        let Part { around, along, patches, .. } = *part;
        let fits = match part.chart? {
            ChartKind::Tube => matches!(around, 2 | 4) && patches == around * along,
            ChartKind::Arms => patches == 4,
            ChartKind::Ball => patches == 3,
            ChartKind::Loft => matches!(around, 1 | 2) && patches == around * along,
        };
        if !fits || steps.u == 0 || steps.v == 0 {
            return None;
        }
        Some(match part.chart? {
            ChartKind::Tube => vec![Self::tube(part, first, steps)],
            ChartKind::Arms => vec![Self::arms(first, steps)],
            ChartKind::Ball => vec![Self::ball(first, steps)],
            ChartKind::Loft => (0..along).map(|image| Self::loft(around, first + image * around, steps)).collect(),
        })
    }

    /// One body from its first ring to its last. A single patch goes all around by itself, or half-way where the plane of
    /// symmetry cuts the body: its sides are two columns, and what lies between them is closed.
    fn loft(around: usize, first: usize, steps: Steps) -> Self {
        let u = if around == 1 { 2 * steps.u } else { steps.u };
        let columns = if around == 1 { u + 1 } else { 2 * u };
        let panel = |side: usize| {
            let place = |i, j| j * columns + (side * u + i) % columns;
            let seams = [around == 2, around == 2, false, false];
            Panel::over(first + side, loft::cell(), Steps { u, ..steps }, place, seams, [true; 2])
        };
        let panels = (0..around).map(panel).collect();
        Self {
            columns,
            rings: steps.v + 1,
            panels,
            ends: [End::Pole; 2],
            reversed: false,
            ajar: around == 1,
            tips: vec![],
        }
    }

    fn tube(part: &Part, first: usize, steps: Steps) -> Self {
        let Part { around, along, .. } = *part;
        let columns = around * steps.u;
        let lower = if part.axis == Axis::Y { End::Open } else { End::Pole };
        let mut tips = vec![Tip { panel: around * (along - 1), upper: true }];
        if lower == End::Pole {
            tips.push(Tip { panel: 0, upper: false });
        }
        let mut panels = Vec::new();
        for stretch in 0..along {
            for (k, &side) in tube::ring(around).iter().enumerate() {
                let place = |i, j| (stretch * steps.v + j) * columns + (k * steps.u + i) % columns;
                let cell = tube::cell(side, stretch, around, along);
                let seams = [true, true, stretch > 0, stretch + 1 < along];
                let closes = [stretch == 0 && lower == End::Pole, stretch + 1 == along];
                panels.push(Panel::over(first + stretch * around + side, cell, steps, place, seams, closes));
            }
        }
        Self {
            columns,
            rings: along * steps.v + 1,
            panels,
            ends: [lower, End::Pole],
            reversed: false,
            ajar: false,
            tips,
        }
    }

    /// From the left end over the middle to the right one, columns from the bottom over the front and back over the top.
    fn arms(first: usize, steps: Steps) -> Self {
        let columns = 2 * steps.u;
        let seams = [true, true, true, false];
        let panel = |patch: usize, left: bool, column: &dyn Fn(usize) -> usize| {
            let ring = |j| if left { steps.v - j } else { steps.v + j };
            let place = |i, j| ring(j) * columns + column(i) % columns;
            Panel::over(first + patch, arms::cell(), steps, place, seams, [false, true])
        };
        let panels = vec![
            panel(0, true, &|i| i),
            panel(1, false, &|i| steps.u - i),
            panel(2, true, &|i| steps.u + i),
            panel(3, false, &|i| columns - i),
        ];
        Self {
            columns,
            rings: 2 * steps.v + 1,
            panels,
            ends: [End::Pole; 2],
            reversed: true,
            ajar: false,
            tips: vec![],
        }
    }

    fn ball(first: usize, steps: Steps) -> Self {
        let columns = 2 * steps.u;
        let low = (steps.v / CAP_ROWS).max(1);
        let side = |k: usize| {
            let place = |i, j| (low + j) * columns + (k * steps.u + i) % columns;
            Panel::over(first + k, ball::side_cell(), steps, place, [true, true, true, false], [false; 2])
        };
        let mut cap = Panel { patch: first + 2, width: columns, uv: vec![], place: vec![], seams: [false; 4] };
        cap.seams[3] = true;
        for ring in 0..=low {
            for column in 0..columns {
                let t = (column % steps.u) as f32 / steps.u as f32;
                let (from, to) = ball::SIDES[column / steps.u];
                let border = rim(from + t * (to - from));
                let radius = ring as f32 / low as f32;
                cap.uv.push(border.map(|x| 0.5 + radius * (x - 0.5)));
                cap.place.push(ring * columns + column);
            }
        }
        let panels = vec![side(0), side(1), cap];
        Self {
            columns,
            rings: low + steps.v + 1,
            panels,
            ends: [End::Pole, End::Open],
            reversed: false,
            ajar: false,
            tips: vec![],
        }
    }
}

impl Panel {
    /// `closes`: whether the patch closes its part at v = 0, at v = 1.
    fn over(
        patch: usize,
        cell: Cell,
        steps: Steps,
        place: impl Fn(usize, usize) -> usize,
        seams: [bool; 4],
        closes: [bool; 2],
    ) -> Self {
        let share = |i: usize, n: usize| i as f32 / n as f32;
        let points = || (0..=steps.v).flat_map(|j| (0..=steps.u).map(move |i| (i, j)));
        Self {
            patch,
            width: steps.u + 1,
            uv: points().map(|(i, j)| cell.uv([share(i, steps.u), crowded(share(j, steps.v), closes)])).collect(),
            place: points().map(|(i, j)| place(i, j)).collect(),
            seams,
        }
    }

    /// Points along v.
    pub fn rows(&self) -> usize {
        self.place.len() / self.width
    }
}

/// A row's place along v, `t` its share of the rows.
fn crowded(t: f32, closes: [bool; 2]) -> f32 {
    match closes {
        [false, false] => t,
        [false, true] => 1.0 - (1.0 - t).powf(CROWDED),
        [true, false] => t.powf(CROWDED),
        [true, true] if t > 0.5 => 1.0 - 0.5 * (2.0 - 2.0 * t).powf(CROWDED),
        [true, true] => 0.5 * (2.0 * t).powf(CROWDED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patchwork::seams;

    fn part(name: &str, patches: usize, around: usize, along: usize, cap: f32, chart: ChartKind) -> Part {
        Part { name: name.into(), patches, around, along, cap, axis: Axis::Y, chart: Some(chart) }
    }

    fn sword() -> Vec<Part> {
        vec![
            part("blade", 12, 4, 3, 0.0, ChartKind::Tube),
            part("guard", 4, 4, 1, 0.0, ChartKind::Arms),
            part("grip", 4, 2, 2, 0.0, ChartKind::Tube),
            part("pommel", 3, 2, 1, 0.28, ChartKind::Ball),
        ]
    }

    const STEPS: Steps = Steps { u: 6, v: 8 };

    #[test]
    fn both_sides_of_a_seam_have_one_place() {
        let (parts, mut found) = (sword(), 0);
        let lattices = Lattice::of_parts(&parts, STEPS).unwrap();
        let panel = |patch: usize| {
            lattices
                .iter()
                .find_map(|(part, lattice)| Some((part, lattice.panels.iter().find(|panel| panel.patch == patch)?)))
        };
        let place = |(patch, uv): (usize, [f32; 2])| {
            let (lattice, panel) = panel(patch).unwrap();
            let near = |p: &[f32; 2]| (0..2).all(|k| (p[k] - uv[k]).abs() < 1e-5);
            panel.uv.iter().position(near).map(|i| (lattice, panel.place[i]))
        };
        for seam in seams(&parts) {
            for n in [STEPS.u, STEPS.v] {
                let even = (0..=n).map(|i| i as f32 / n as f32);
                for t in even.flat_map(|t| [t, crowded(t, [false, true])]) {
                    let [a, b] = seam.at(t).map(place);
                    if let (Some(a), Some(b)) = (a, b) {
                        assert_eq!(a, b, "{seam:?} at {t}");
                        found += 1;
                    }
                }
            }
        }
        assert!(found > 200, "{found}");
    }

    #[test]
    fn every_place_is_some_patchs_and_only_seams_are_shared() {
        for (_, lattice) in Lattice::of_parts(&sword(), STEPS).unwrap() {
            let mut count = vec![0; lattice.rings * lattice.columns];
            lattice.panels.iter().flat_map(|p| &p.place).for_each(|&place| count[place] += 1);
            let shared = count.iter().filter(|&&n| n > 1).count();
            assert!(count.iter().all(|n| (1..=4).contains(n)) && 3 * shared < count.len(), "{count:?}");
        }
    }

    #[test]
    fn rows_crowd_where_patches_close_their_part() {
        let lattices = Lattice::of_parts(&sword(), STEPS).unwrap();
        let steps = |panel: &Panel| -> Vec<f32> {
            (1..panel.rows()).map(|j| panel.uv[j * panel.width][1] - panel.uv[(j - 1) * panel.width][1]).collect()
        };
        let tip = steps(&lattices[0].1.panels[11]);
        assert!(tip.is_sorted_by(|a, b| a > b) && tip[tip.len() - 1] < 0.4 * tip[0], "{tip:?}");
        let base = steps(&lattices[0].1.panels[0]);
        assert!(base.iter().all(|step| (step - base[0]).abs() < 1e-5), "{base:?}");
        let both = [0.0, 0.2, 0.5, 0.9, 1.0].map(|t| crowded(t, [true, true]));
        assert!(both.is_sorted() && both[0] == 0.0 && both[2] == 0.5 && both[4] == 1.0 && both[1] < 0.2, "{both:?}");
    }

    #[test]
    fn tips_are_the_ends_of_the_patchwork() {
        use super::super::end::ends;
        let mut parts = sword();
        parts.push(Part { axis: Axis::Z, ..part("hull", 4, 2, 2, 0.0, ChartKind::Tube) });
        let (ends, mut found) = (ends(&parts), 0);
        for (_, lattice) in Lattice::of_parts(&parts, STEPS).unwrap() {
            for tip in &lattice.tips {
                let panel = &lattice.panels[tip.panel];
                let v = if tip.upper { 1.0 } else { 0.0 };
                let end = ends.iter().find(|end| end.v == v && end.patches[0] == panel.patch).unwrap();
                // Its first column is the edge, and half the columns on lies the opposite patch's.
                assert_eq!((panel.place[0] % lattice.columns, end.edge), (0, 0.0));
                let row = if tip.upper { panel.rows() - 1 } else { 0 };
                let other = lattice.panels.iter().find(|panel| panel.patch == end.patches[1]).unwrap();
                let [a, b] = [panel, other].map(|panel| panel.place[row * panel.width]);
                assert_eq!(b, a + lattice.columns / 2);
                found += 1;
            }
        }
        assert_eq!(found, 4);
    }

    #[test]
    fn lofts_are_bodies_of_their_own_on_either_side() {
        let parts = [part("wings", 4, 2, 2, 0.0, ChartKind::Loft), part("fin", 2, 1, 2, 0.0, ChartKind::Loft)];
        let lattices = Lattice::of_parts(&parts, STEPS).unwrap();
        assert_eq!(lattices.iter().map(|(part, _)| *part).collect::<Vec<_>>(), [0, 0, 1, 1]);
        let patches = |i: usize| lattices[i].1.panels.iter().map(|p| p.patch).collect::<Vec<_>>();
        assert_eq!([0, 1, 2, 3].map(patches), [vec![0, 1], vec![2, 3], vec![4], vec![5]]);
        assert_eq!((lattices[0].1.columns, lattices[2].1.columns), (2 * STEPS.u, 2 * STEPS.u + 1));
        for (_, lattice) in &lattices {
            let mut places: Vec<usize> = lattice.panels.iter().flat_map(|p| p.place.clone()).collect();
            places.sort_unstable();
            places.dedup();
            assert_eq!(places.len(), lattice.rings * lattice.columns);
        }
    }

    #[test]
    fn parts_without_an_order_have_no_lattice() {
        let mut parts = sword();
        parts[1].chart = None;
        assert!(Lattice::of_parts(&parts, STEPS).is_none());
        parts[1] = part("wings", 3, 2, 1, 0.0, ChartKind::Loft);
        assert!(Lattice::of_parts(&parts, STEPS).is_none());
        parts[1] = part("guard", 5, 4, 1, 0.0, ChartKind::Arms);
        assert!(Lattice::of_parts(&parts, STEPS).is_none());
    }
}
