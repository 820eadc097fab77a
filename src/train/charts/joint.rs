//! Joints: where one part of a sword ends and the next begins.
//!
//! Charts of two parts share no seam, for each ends inside the other or against it. But each errs in its own way, along the
//! sword most of all, and a grip that ends a little low and a pommel that begins a little lower leave a gap. What counts is
//! that both err alike. And of a mesh whose parts a profile told apart, one ends where the other begins, or, where a pommel's rays
//! leave a ring around a thin grip, short of it: there a tube goes on into its neighbour.

use super::{Chart, GRIP, PartShare, ROWS};
use crate::mesh::Mesh;
use crate::patchwork::cell::Cell;
use crate::patchwork::{ChartKind, arms, ball, tube};

/// Where a tube's upper end closes: its last row is one point, and a patch that is asked for it too often tapers towards it.
const CLOSES: f32 = 1.0 - 1.0 / (ROWS - 1) as f32;

/// One patch's border at an end of its part, or in a guard's middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct End {
    pub patch: usize,
    cell: Cell,
    /// How far up the cell, 0 to 1.
    height: f32,
}

impl End {
    /// A place on the border, `t` in 0..=1 along it.
    pub fn uv(&self, t: f32) -> [f32; 2] {
        self.cell.uv([t, self.height])
    }
}

/// Ends of patches, and which two of them err alike, by their numbers: blade, guard and grip where they meet, grip and pommel.
/// Empty where a part is missing or has another chart kind.
pub fn joints(shares: &[PartShare]) -> (Vec<End>, Vec<[usize; 2]>) {
    let mut ends = Vec::new();
    let mut of = |name: &str, upper: bool| -> Vec<usize> {
        let from = ends.len();
        ends.extend(part_ends(shares, name, upper));
        (from..ends.len()).collect()
    };
    let [blade, guard, top] = [of("blade", false), of("guard", false), of(GRIP, true)];
    let [bottom, pommel] = [of(GRIP, false), of("pommel", true)];
    let mut pairs = Vec::new();
    for (a, b) in [(&blade, &top), (&guard, &top), (&blade, &guard), (&bottom, &pommel)] {
        // Both begin in front, so that the halves of one face those of the other.
        let most = if a.is_empty() || b.is_empty() { 0 } else { a.len().max(b.len()) };
        pairs.extend((0..most).map(|i| [a[i * a.len() / most], b[i * b.len() / most]]));
    }
    (ends, pairs)
}

/// The most that a part goes on into its neighbour, in radii: more is no end that falls short, but parts that lie apart.
const FARTHEST: f32 = 0.15;

/// `[shares]`, how far the lower and upper end of each part go on so that they end a `lap` inside their neighbours, in radii; 0 for
/// other parts than a grip and a blade. `ends`: the charts of guard and pommel.
pub(super) fn laps(meshes: &[Option<Mesh>], shares: &[PartShare], ends: &[Option<Vec<Chart>>]) -> Vec<[f32; 2]> {
    let part = |name: &str, kind: ChartKind| {
        let i = shares.iter().position(|share| share.name == name && share.chart == Some(kind))?;
        ends[i].as_ref()
    };
    // The lowest and highest place of a border: a pommel's, which is open to the grip, and a guard's in its middle.
    let border = |charts: &[Chart], v: f32| {
        let heights = charts.iter().flat_map(|chart| (0..=16).map(|i| chart.at([i as f32 / 16.0, v])[1]));
        heights.fold([f32::MAX, f32::MIN], |[low, high], y| [low.min(y), high.max(y)])
    };
    let guard = part("guard", ChartKind::Arms).map(|charts| border(charts, 0.0));
    let pommel = part("pommel", ChartKind::Ball).map(|charts| border(&charts[..2], 1.0));
    let beyond =
        |gap: Option<f32>, lap: f32| gap.map(|gap| (gap + lap).max(0.0)).filter(|far| *far <= FARTHEST).unwrap_or(0.0);
    let own = |(share, mesh): (&PartShare, &Option<Mesh>)| {
        let bounds =
            mesh.as_ref().and_then(Mesh::bounds).filter(|_| share.lap > 0.0 && share.chart == Some(ChartKind::Tube));
        let Some((low, high)) = bounds else { return [0.0; 2] };
        match share.name.as_str() {
            GRIP => [
                beyond(pommel.map(|[lowest, _]| low[1] - lowest), share.lap),
                beyond(guard.map(|[lowest, _]| lowest - high[1]), share.lap),
            ],
            "blade" => [beyond(guard.map(|[_, highest]| low[1] - highest), share.lap), 0.0],
            _ => [0.0; 2],
        }
    };
    shares.iter().zip(meshes).map(own).collect()
}

/// The ends of a part's patches at its upper or lower end; of a guard, in its middle.
fn part_ends(shares: &[PartShare], name: &str, upper: bool) -> Vec<End> {
    let mut first = 0;
    for share in shares {
        let end = |patch: usize, cell: Cell, height: f32| End { patch: first + patch, cell, height };
        let own = share.name == name && share.piece.is_empty();
        match share.chart.filter(|_| own) {
            Some(ChartKind::Tube) => {
                let (stretch, height) = if upper { (share.along - 1, CLOSES) } else { (0, 0.0) };
                let cell = |side| tube::cell(side, stretch, share.around, share.along);
                return (0..share.around).map(|side| end(stretch * share.around + side, cell(side), height)).collect();
            }
            Some(ChartKind::Arms) => return (0..4).map(|patch| end(patch, arms::cell(), 0.0)).collect(),
            Some(ChartKind::Ball) if upper => {
                return (0..2).map(|patch| end(patch, ball::side_cell(), 1.0)).collect();
            }
            _ => first += share.patches,
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::recipe::Recipe;

    #[test]
    fn parts_that_only_touch_are_charted_into_each_other() {
        use super::super::tests::cuboid;
        let at = |half: [f32; 3], y: f32| {
            let mut mesh = cuboid(half);
            mesh.transform(1.0, [0.0, y, 0.0]);
            Some(mesh)
        };
        // Pommel, grip, guard, a hand's breadth of nothing, blade.
        let [pommel, grip] = [at([0.1, 0.1, 0.1], 0.1), at([0.03, 0.2, 0.03], 0.4)];
        let [guard, blade] = [at([0.3, 0.05, 0.05], 0.65), at([0.05, 0.4, 0.01], 1.12)];
        let mut sword = Recipe::parse(include_str!("../../../assets/recipes/sword.toml")).unwrap().train.parts;
        let ends = |shares: &[PartShare]| {
            let meshes = vec![blade.clone(), guard.clone(), grip.clone(), pommel.clone(), None];
            let charts = super::super::charts(meshes, shares, 0.0).unwrap();
            [(0, 0.0), (16, 0.0), (18, 1.0)].map(|(patch, v)| charts[patch].at([0.5, v])[1])
        };
        let lap = sword[0].lap;
        assert!(lap > 0.0 && lap == sword[2].lap);
        let near = |found: [f32; 3], wanted: [f32; 3]| found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 0.003);
        assert!(near(ends(&sword), [0.7 - lap, 0.2 - lap, 0.6 + lap]), "{:?}", ends(&sword));
        sword.iter_mut().for_each(|share| share.lap = 0.0);
        assert!(near(ends(&sword), [0.72, 0.2, 0.6]), "{:?}", ends(&sword));
    }

    #[test]
    fn the_ends_that_meet_on_a_sword_are_each_other_s_joints() {
        let sword = Recipe::parse(include_str!("../../../assets/recipes/sword.toml")).unwrap();
        let shares = &sword.train.parts;
        let (ends, pairs) = joints(shares);
        let patches: Vec<[usize; 2]> = pairs.iter().map(|pair| pair.map(|i| ends[i].patch)).collect();
        // Blade 0 to 11, guard 12 to 15, grip 16 to 19 in two stretches, pommel 20 to 22.
        let blade_grip = [[0, 18], [1, 18], [2, 19], [3, 19]];
        let guard_grip = [[12, 18], [13, 18], [14, 19], [15, 19]];
        let blade_guard = [[0, 12], [1, 13], [2, 14], [3, 15]];
        assert_eq!(patches, [&blade_grip[..], &guard_grip, &blade_guard, &[[16, 20], [17, 21]]].concat());
        // On a sword's charts they lie close together along it: a joint is one place, but for what one part hides of the other.
        let mut apart: Vec<f32> = Vec::new();
        for shape in crate::shapes::dataset::procedural(12, 3) {
            let of = |share: &PartShare| shape.parts.iter().find(|p| p.name == share.name).map(|p| p.mesh.clone());
            let charts = super::super::charts(shares.iter().map(of).collect(), shares, 0.0).unwrap();
            let height = |i: usize| charts[ends[i].patch].at(ends[i].uv(0.3))[1];
            apart.extend(pairs.iter().map(|&[a, b]| (height(a) - height(b)).abs() / shape.length));
        }
        assert!(apart.iter().all(|a| *a < 0.08), "{apart:?}");
    }
}
