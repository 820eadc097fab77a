//! What is known of the shape's patches, and how the artist looks at them. None of it changes the shape or its export.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::inspect::patches::Collapse;
use crate::mesh::{Mesh, Vec3};

/// How far patches step out across a shape that is wholly taken apart, and how much farther they lie along it, in radii.
const ASIDE: f32 = 0.16;
const ALONG: f32 = 0.35;

/// What the colours of the shape mean, beside its material and the tint of each patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Heat {
    /// The part that a patch makes.
    Part,
    /// Area element sqrt(EG-F²) against the mean of all patches.
    Area,
    /// Conformal distortion (E+G) / (2 sqrt(EG-F²)): 1 where a small square stays a square.
    Distortion,
    /// Share of a patch's visible area that shows its front.
    Facing,
    /// Mean distance from a patch's border to the nearest other patch.
    Gap,
}

impl Heat {
    pub const ALL: [Heat; 5] = [Self::Part, Self::Area, Self::Distortion, Self::Facing, Self::Gap];

    /// In the list.
    pub fn title(self) -> &'static str {
        match self {
            Self::Part => "Part",
            Self::Area => "Area",
            Self::Distortion => "Distortion",
            Self::Facing => "Facing outward",
            Self::Gap => "Gap",
        }
    }

    /// The lower and upper end of the colour bar, with units; `None` for parts, which have colours of their own.
    pub fn range(self) -> Option<[&'static str; 2]> {
        match self {
            Self::Part => None,
            Self::Area => Some(["1/8 of the mean", "8 times"]),
            Self::Distortion => Some(["1 (square)", "16"]),
            Self::Facing => Some(["0 %", "100 %"]),
            Self::Gap => Some(["0", "2 % of the radius"]),
        }
    }
}

/// Gap in radii at the upper end of the colour bar.
pub const GAP_SCALE: f64 = 0.02;

/// Columns of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Column {
    #[default]
    Patch,
    /// Those that have degenerated, and how.
    Fault,
    Part,
    Area,
    Facing,
    Overlap,
    Gap,
}

/// One patch of the shape on screen.
#[derive(Clone, Debug, PartialEq)]
pub struct PatchRow {
    pub patch: usize,
    /// Empty where the model knows no parts.
    pub part: String,
    /// Share of the whole area.
    pub area: f64,
    pub collapsed: Collapse,
    /// Share of its visible area that shows its front; `None` where nothing of it is seen.
    pub facing: Option<f64>,
    /// Other patches within 0.01 radii of a point that face the same way, on average.
    pub overlap: f64,
    /// Radii; `None` of a single patch.
    pub gap: Option<f64>,
}

impl PatchRow {
    /// What is wrong with it, in a word.
    pub fn fault(&self) -> Option<&'static str> {
        match self.collapsed {
            Collapse::Point => Some("point"),
            Collapse::Line => Some("line"),
            Collapse::Area => Some("shrunk"),
            Collapse::None if self.facing.is_some_and(|f| f < 0.5) => Some("inside out"),
            Collapse::None => None,
        }
    }
}

/// Figures of a decoded shape, from a coarse grid.
#[derive(Clone, Debug, PartialEq)]
pub struct PatchFiguresOf {
    pub rows: Vec<PatchRow>,
    /// `[P]`, middle of each patch in radii.
    pub centres: Vec<Vec3>,
    /// Mean area element of all patches, squared radii.
    pub mean_area: f32,
    /// The coarse mesh in the unit ball with patch ids, for clicks.
    pub mesh: Arc<Mesh>,
}

/// The artist's view of the patches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Patches {
    pub heat: Option<Heat>,
    /// 0 together, 1 well apart.
    pub explode: f32,
    pub hidden: Vec<usize>,
    pub solo: Option<usize>,
    pub selected: Option<usize>,
    /// Whether the table is to bring the selected patch's row into sight.
    pub reveal: bool,
    pub sort: Column,
    pub descending: bool,
    pub figures: Option<PatchFiguresOf>,
}

impl Patches {
    /// Whether a patch is to be seen.
    pub fn shows(&self, patch: usize) -> bool {
        match self.solo {
            Some(solo) => solo == patch,
            None => !self.hidden.contains(&patch),
        }
    }

    /// Whether anything differs from the plain view.
    pub fn is_plain(&self) -> bool {
        self.heat.is_none()
            && self.explode == 0.0
            && self.hidden.is_empty()
            && self.solo.is_none()
            && self.selected.is_none()
    }

    /// Everything shown, together and unmarked again.
    pub fn show_all(&mut self) {
        (self.hidden, self.solo, self.selected, self.explode) = (Vec::new(), None, None, 0.0);
    }

    /// Selects a patch, or none, that was chosen elsewhere than in the table, which then shows its row.
    pub fn find(&mut self, patch: Option<usize>) {
        (self.selected, self.reveal) = (patch, patch.is_some());
    }

    /// Shows the selected patch alone, or all again.
    pub fn toggle_solo(&mut self) {
        self.solo = if self.solo.is_some() { None } else { self.selected };
    }

    /// Hides the selected patch, or shows it again.
    pub fn toggle_hidden(&mut self) {
        if let Some(patch) = self.selected {
            match self.hidden.iter().position(|&p| p == patch) {
                Some(at) => drop(self.hidden.remove(at)),
                None => self.hidden.push(patch),
            }
        }
    }

    /// The next meaning of the colours, and the material after the last.
    pub fn next_heat(&mut self) {
        let at = self.heat.and_then(|heat| Heat::ALL.iter().position(|&h| h == heat));
        self.heat = Heat::ALL.get(at.map_or(0, |at| at + 1)).copied();
    }

    /// The rows as the table is sorted; equal ones by number.
    pub fn sorted(&self) -> Vec<&PatchRow> {
        let mut rows: Vec<&PatchRow> = self.figures.iter().flat_map(|f| &f.rows).collect();
        rows.sort_by(|a, b| {
            let number = |value: fn(&PatchRow) -> f64| value(a).total_cmp(&value(b));
            let order = match self.sort {
                Column::Patch => a.patch.cmp(&b.patch),
                Column::Fault => b.fault().cmp(&a.fault()),
                Column::Part => a.part.cmp(&b.part),
                Column::Area => number(|r| r.area),
                Column::Facing => number(|r| r.facing.unwrap_or(-1.0)),
                Column::Overlap => number(|r| r.overlap),
                Column::Gap => number(|r| r.gap.unwrap_or(-1.0)),
            };
            if self.descending { order.reverse() } else { order }.then(a.patch.cmp(&b.patch))
        });
        rows
    }

    /// How much wider and longer a shape that is taken apart is, in its lengths.
    pub fn taken_apart(&self) -> [f32; 2] {
        [ASIDE, ALONG].map(|share| share * self.explode)
    }

    /// How far a patch stands out where the shape is taken apart, in radii.
    pub fn offset(&self, patch: usize) -> Vec3 {
        let centre = self.figures.as_ref().and_then(|f| f.centres.get(patch)).copied().unwrap_or_default();
        // Along a sword the parts draw apart; across it, where all is thin, each patch steps out by a like amount.
        let across = (centre[0] * centre[0] + centre[2] * centre[2]).sqrt().max(1e-4);
        let out = self.explode * ASIDE / across;
        [centre[0] * out, centre[1] * ALONG * self.explode, centre[2] * out]
    }

    /// The middle of the patch that is shown alone and half its largest extent, in radii, as it is shown.
    pub fn solo_bounds(&self) -> Option<(Vec3, f32)> {
        let (patch, mesh) = (self.solo?, &self.figures.as_ref()?.mesh);
        let own = mesh.positions.iter().zip(&mesh.patch).filter(|(_, of)| **of as usize == patch);
        let bounds = own.fold(([f32::MAX; 3], [f32::MIN; 3]), |(low, high), (p, _)| {
            (std::array::from_fn(|k| low[k].min(p[k])), std::array::from_fn(|k| high[k].max(p[k])))
        });
        let (low, high): (Vec3, Vec3) = bounds;
        let offset = self.offset(patch);
        let half = (0..3).map(|k| 0.5 * (high[k] - low[k])).fold(0.0, f32::max);
        (low[0] <= high[0]).then(|| (std::array::from_fn(|k| low[k].midpoint(high[k]) + offset[k]), half.max(1e-3)))
    }

    /// The patch that a ray hits first, `from` and `along` in the unit ball; exploded and hidden as they are shown.
    pub fn hit(&self, from: Vec3, along: Vec3) -> Option<usize> {
        let mesh = &self.figures.as_ref()?.mesh;
        let mut nearest: Option<(f32, usize)> = None;
        for t in 0..mesh.triangles.len() {
            let patch = mesh.patch.get(mesh.triangles[t][0] as usize).map_or(0, |&p| p as usize);
            if !self.shows(patch) {
                continue;
            }
            let offset = self.offset(patch);
            let corners = mesh.corners(t).map(|c| crate::mesh::add(c, offset));
            if let Some(distance) = crossing(from, along, corners)
                && nearest.is_none_or(|(best, _)| distance < best)
            {
                nearest = Some((distance, patch));
            }
        }
        nearest.map(|(_, patch)| patch)
    }
}

/// How far along a ray it crosses a triangle, from either side (Möller and Trumbore 1997).
fn crossing(from: Vec3, along: Vec3, [a, b, c]: [Vec3; 3]) -> Option<f32> {
    use crate::mesh::{cross, dot, sub};
    let (ab, ac) = (sub(b, a), sub(c, a));
    let p = cross(along, ac);
    let determinant = dot(ab, p);
    if determinant.abs() < 1e-12 {
        return None;
    }
    let s = sub(from, a);
    let u = dot(s, p) / determinant;
    let q = cross(s, ab);
    let v = dot(along, q) / determinant;
    let distance = dot(ac, q) / determinant;
    (u >= 0.0 && v >= 0.0 && u + v <= 1.0 && distance > 0.0).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(patch: usize, area: f64) -> PatchRow {
        let part = if patch == 0 { "guard" } else { "blade" }.to_owned();
        let (collapsed, overlap) = (Collapse::None, 0.0);
        PatchRow { patch, part, area, collapsed, facing: Some(1.0), overlap, gap: Some(0.001) }
    }

    /// Two sheets, one behind the other along Z.
    fn two() -> Patches {
        let sheet = |z: f32| [[-1.0, -1.0, z], [1.0, -1.0, z], [0.0, 1.0, z]];
        let mesh = Mesh {
            positions: [sheet(0.5), sheet(-0.5)].concat(),
            triangles: vec![[0, 1, 2], [3, 4, 5]],
            patch: vec![0, 0, 0, 1, 1, 1],
            ..Default::default()
        };
        let (rows, centres) = (vec![row(0, 0.2), row(1, 0.1)], vec![[0.0, 0.0, 0.5], [0.0, 0.0, -0.5]]);
        let figures = PatchFiguresOf { rows, centres, mean_area: 1.0, mesh: Arc::new(mesh) };
        Patches { figures: Some(figures), ..Patches::default() }
    }

    #[test]
    fn a_click_finds_the_first_patch_that_is_shown() {
        let mut patches = two();
        let (from, along) = ([0.0, 0.0, 5.0], [0.0, 0.0, -1.0]);
        assert_eq!(patches.hit(from, along), Some(0));
        assert_eq!(patches.hit([0.0, 0.0, -5.0], [0.0, 0.0, 1.0]), Some(1));
        assert_eq!(patches.hit([3.0, 0.0, 5.0], along), None);
        patches.selected = Some(0);
        patches.toggle_hidden();
        assert_eq!(patches.hit(from, along), Some(1));
        patches.toggle_hidden();
        patches.toggle_solo();
        assert_eq!(patches.hit([0.0, 0.0, -5.0], [0.0, 0.0, 1.0]), Some(0));
        patches.toggle_solo();
        patches.explode = 1.0;
        assert_eq!(patches.solo_bounds(), None);
        patches.solo = Some(1);
        let (middle, half) = patches.solo_bounds().unwrap();
        assert_eq!((middle[0], middle[1], half), (0.0, 0.0, 1.0));
        assert!((middle[2] + 0.5 + ASIDE).abs() < 1e-6, "where it is shown: {middle:?}");
        patches.solo = None;
        assert!(patches.offset(0)[2] > 0.1 && patches.offset(1)[2] < -0.1 && !patches.is_plain());
        patches.show_all();
        assert!(patches.is_plain());
    }

    #[test]
    fn the_table_is_sorted_by_a_column() {
        let mut patches = two();
        let order = |p: &Patches| p.sorted().iter().map(|r| r.patch).collect::<Vec<_>>();
        assert_eq!(order(&patches), [0, 1]);
        patches.sort = Column::Area;
        assert_eq!(order(&patches), [1, 0]);
        patches.descending = true;
        assert_eq!(order(&patches), [0, 1]);
        patches.sort = Column::Gap;
        assert_eq!(order(&patches), [0, 1]);
    }

    #[test]
    fn faults_are_named() {
        let mut bad = row(0, 0.0);
        assert_eq!(bad.fault(), None);
        bad.facing = Some(0.2);
        assert_eq!(bad.fault(), Some("inside out"));
        bad.collapsed = Collapse::Line;
        assert_eq!(bad.fault(), Some("line"));
    }
}
