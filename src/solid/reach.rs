//! Parts that were decoded apart, joined: an end that all but stands on its neighbour is led on into it, one with its neighbour
//! ahead has walls into it, and what lies further off is held by a neck.

use super::rings::{Rings, middle, width};
use crate::mesh::bvh::Bvh;
use crate::mesh::triangle::closest_point;
use crate::mesh::{Mesh, Vec3, add, dot, norm, scaled, sub};

/// A gap up to this share of the extent is a crack, which is filled.
const CRACK: f32 = 2e-3;

/// How far what joins a part reaches into it, as a share of the extent; guards and pommels are thicker.
const REACH: f32 = 3e-3;

/// A gap up to this share of the extent, straight ahead of an end's middle, has walls around.
const AHEAD: f32 = 2e-2;

/// Sections of such walls at their far end that are tried, as shares of the end's, and how deep they reach in, in [`REACH`].
const SHARES: [f32; 7] = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4];
const DEPTHS: [f32; 3] = [1.0, 2.0, 3.0];

/// A gap up to this share of the extent has a neck across.
const GAP: f32 = 0.1;

/// A neck's section, as a share of the end that it comes from; of a slight end more, up to this share of the extent from the middle.
const NECK: f32 = 0.3;
const SLIGHT: f32 = 8e-3;

/// Rays that agree about what is inside.
const DIRECTIONS: [Vec3; 3] = [[0.31, 0.87, 0.38], [-0.74, 0.23, 0.63], [0.52, -0.41, -0.75]];

/// Parts as they were decoded, to be asked what lies where.
pub struct Parts {
    meshes: Vec<Mesh>,
    trees: Vec<Bvh>,
}

impl Parts {
    pub fn of(rings: &[Rings]) -> Self {
        let meshes: Vec<Mesh> = rings.iter().map(|rings| rings.mesh([true; 2])).collect();
        Self { trees: meshes.iter().map(Bvh::new).collect(), meshes }
    }

    fn others(&self, part: usize) -> impl Iterator<Item = usize> {
        (0..self.trees.len()).filter(move |&j| j != part)
    }

    /// Whether a point lies in a part, by most of a few rays, since one may graze an edge.
    fn holds(&self, part: usize, p: Vec3) -> bool {
        DIRECTIONS.iter().filter(|&&d| self.trees[part].winding(p, d) != 0).count() * 2 > DIRECTIONS.len()
    }

    /// Of a part's vertices, the share that lies in others.
    pub fn hidden(&self, part: usize) -> f32 {
        let points = || self.meshes[part].positions.iter().step_by(5);
        let within = points().filter(|&&p| self.others(part).any(|j| self.holds(j, p))).count();
        within as f32 / points().count().max(1) as f32
    }

    /// Leads an end on into what it stands on, so that what closes it isn't seen: each column by its own way over a crack, as a whole
    /// into what lies ahead otherwise.
    pub fn lead(&self, rings: &mut [Rings], part: usize, end: usize, extent: f32) {
        if !self.fill(rings, part, end, extent) {
            self.wall(rings, part, end, extent);
        }
    }

    /// Walls from an end that shows its inside to a section of its own form within the part ahead, the widest that fits there.
    fn wall(&self, rings: &mut [Rings], part: usize, end: usize, extent: f32) {
        let (outward, ring) = (rings[part].outward(end), rings[part].last(end).to_vec());
        let centre = middle(&ring);
        let shown = ring.iter().filter(|&&p| !self.others(part).any(|j| self.holds(j, p))).count();
        if 10 * shown < ring.len() {
            return;
        }
        let ahead = |j: usize| if self.holds(j, centre) { Some(0.0) } else { self.trees[j].enters(centre, outward) };
        let nearest = self.others(part).filter_map(|j| Some((ahead(j)?, j))).min_by(|a, b| a.0.total_cmp(&b.0));
        let Some((way, into)) = nearest.filter(|(way, _)| *way < AHEAD * extent) else { return };
        for (depth, share) in DEPTHS.into_iter().flat_map(|depth| SHARES.map(|share| (depth, share))) {
            let far = add(centre, scaled(outward, way + depth * REACH * extent));
            let flat = |p: Vec3| {
                let aside = sub(p, centre);
                add(far, scaled(sub(aside, scaled(outward, dot(aside, outward))), share))
            };
            let section: Vec<Vec3> = ring.iter().map(|&p| flat(p)).collect();
            if section.iter().all(|&p| self.holds(into, p)) {
                rings[part].append(end, section, far);
                return;
            }
        }
    }

    /// Over a crack, where nearly all columns have one ahead.
    fn fill(&self, rings: &mut [Rings], part: usize, end: usize, extent: f32) -> bool {
        let outward = rings[part].outward(end);
        let way = |p: Vec3| {
            if self.others(part).any(|j| self.holds(j, p)) {
                return Some(0.0);
            }
            let to = self.others(part).filter_map(|j| self.trees[j].enters(p, outward)).fold(f32::INFINITY, f32::min);
            (to < CRACK * extent).then_some(to + REACH * extent)
        };
        let ways: Vec<Option<f32>> = rings[part].last(end).iter().map(|&p| way(p)).collect();
        let found: Vec<f32> = ways.iter().copied().flatten().collect();
        if 10 * found.len() >= 9 * ways.len() {
            let ways: Vec<f32> = ways.iter().map(|way| way.unwrap_or(0.0)).collect();
            let mean = ways.iter().sum::<f32>() / ways.len() as f32;
            rings[part].extend(end, &ways, mean);
            return true;
        }
        false
    }

    /// Whether one of two parts has a vertex in the other.
    fn meet(&self, a: usize, b: usize) -> bool {
        let within = |i: usize, j: usize| self.meshes[i].positions.iter().any(|&p| self.holds(j, p));
        within(a, b) || within(b, a)
    }

    /// Necks between parts that don't meet, each with the part it belongs to: from an end to the nearest place of another part, the
    /// shortest first, until all hang together or are too far apart.
    pub fn necks(&self, rings: &[Rings], extent: f32) -> Vec<(usize, Mesh)> {
        let n = rings.len();
        let mut group: Vec<usize> = (0..n).collect();
        let join = |group: &mut Vec<usize>, a: usize, b: usize| {
            let (from, to) = (group[a], group[b]);
            group.iter_mut().filter(|g| **g == from).for_each(|g| *g = to);
        };
        for (a, b) in (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b))) {
            if group[a] != group[b] && self.meet(a, b) {
                join(&mut group, a, b);
            }
        }
        let mut necks = Vec::new();
        while group.iter().any(|&g| g != group[0]) {
            let ways = (0..n).flat_map(|i| (0..2).flat_map(move |end| (0..n).map(move |j| (i, end, j))));
            let apart = ways.filter(|&(i, _, j)| group[i] != group[j]).filter_map(|(i, end, j)| {
                let from = middle(rings[i].last(end));
                let to = closest_point(from, self.meshes[j].corners(self.trees[j].nearest(from)?));
                Some((norm(sub(to, from)), i, end, j, to))
            });
            let Some((way, i, end, j, to)) = apart.min_by(|a, b| a.0.total_cmp(&b.0)) else { break };
            if way > GAP * extent {
                break;
            }
            necks.push((i, neck(&rings[i], end, to, extent)));
            join(&mut group, i, j);
        }
        necks
    }
}

/// A body from within an end to beyond a place, as an end's ring is shaped.
fn neck(rings: &Rings, end: usize, to: Vec3, extent: f32) -> Mesh {
    let ring = rings.last(end);
    let from = middle(ring);
    let way = sub(to, from);
    let into = scaled(way, REACH * extent / norm(way).max(1e-9));
    let share = (SLIGHT * extent / width(ring).max(1e-9)).clamp(NECK, 0.95);
    let at = |centre: Vec3| ring.iter().map(move |&p| add(centre, scaled(sub(p, from), share)));
    let [near, far] = [sub(from, into), add(to, into)];
    let poles = if end == 0 { [far, near] } else { [near, far] };
    let points = poles.iter().flat_map(|&p| at(p)).collect::<Vec<_>>();
    Rings { columns: rings.columns, points, poles, reversed: rings.reversed }.mesh([true; 2])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::solidity::Solidity;
    use crate::solid::unite::unite;

    /// A square bar up from `low` to `high`, both ends flat.
    fn bar(half: f32, low: f32, high: f32) -> Rings {
        let ring = |y: f32| [[-half, y, half], [half, y, half], [half, y, -half], [-half, y, -half]];
        let points = (0..4).flat_map(|i| ring(low + (high - low) * i as f32 / 3.0)).collect();
        Rings { columns: 4, points, poles: [[0.0, low, 0.0], [0.0, high, 0.0]], reversed: false }
    }

    fn united(rings: &[Rings], necks: Vec<(usize, Mesh)>) -> Solidity {
        let own = rings.iter().map(|rings| rings.mesh([true; 2]));
        Solidity::of(&unite(&own.chain(necks.into_iter().map(|(_, mesh)| mesh)).collect::<Vec<_>>()).unwrap().mesh)
    }

    #[test]
    fn a_crack_is_filled_and_a_gap_has_a_neck_across() {
        for (gap, filled) in [(0.001, true), (0.04, false), (0.2, false)] {
            let mut rings = [bar(0.05, 0.0, 0.5), bar(0.04, 0.5 + gap, 1.0)];
            let parts = Parts::of(&rings);
            let before = rings[1].points.len();
            parts.lead(&mut rings, 1, 0, 1.0);
            assert_eq!(rings[1].points.len() > before, filled, "{gap}");
            let necks = Parts::of(&rings).necks(&rings, 1.0);
            assert_eq!(necks.len(), usize::from(gap == 0.04), "{gap}");
            let found = united(&rings, necks);
            assert!(found.is_manifold() && found.is_outward() && found.crossing == 0, "{found:?}");
            assert_eq!(found.components, if gap > GAP { 2 } else { 1 }, "{gap}");
            // A neck is a third as wide as the end that it comes from, and no more is added.
            let added = found.volume - f64::from(0.1 * 0.1 * 0.5 + 0.08 * 0.08 * (0.5 - gap));
            assert!((-1e-6..4e-5).contains(&added), "{added}");
        }
    }

    #[test]
    fn an_end_wider_than_what_lies_ahead_has_walls_into_it() {
        // A grip, open below, above a narrower pommel: 8 mm of air, and 10 mm of its bottom would be seen around the pommel.
        let before = [bar(0.05, 0.108, 1.0), bar(0.04, 0.0, 0.1)];
        let mut rings = before.clone();
        Parts::of(&before).lead(&mut rings, 0, 0, 1.0);
        assert_eq!(rings[0].rings(), before[0].rings() + 1);
        let section = rings[0].last(0);
        assert!(
            section.iter().all(|p| p[1] < 0.1 && p[1] > 0.09 && p[0].abs() < 0.04 && p[0].abs() > 0.034),
            "{section:?}"
        );
        let parts = Parts::of(&rings);
        assert!(parts.necks(&rings, 1.0).is_empty(), "they meet");
        let found = united(&rings, Vec::new());
        assert!(found.is_manifold() && found.is_outward() && found.crossing == 0 && found.components == 1, "{found:?}");
        // Nothing ahead, and an end that is hidden already: as they are.
        for (end, ahead) in [(1, bar(0.04, 0.0, 0.1)), (0, bar(0.06, 0.0, 0.2))] {
            let mut rings = [before[0].clone(), ahead];
            let parts = Parts::of(&rings);
            parts.wall(&mut rings, 0, end, 1.0);
            assert_eq!(rings[0].points, before[0].points);
        }
    }

    #[test]
    fn what_lies_within_another_part_is_hidden() {
        let parts = Parts::of(&[bar(0.05, 0.0, 0.5), bar(0.02, 0.1, 0.4), bar(0.02, 0.4, 0.7)]);
        assert_eq!([0, 1, 2].map(|part| parts.hidden(part)).map(|share| share > 0.9), [false, true, false]);
    }
}
