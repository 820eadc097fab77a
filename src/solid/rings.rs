//! A part's decoded points on its lattice: neighbouring patches joined at their seams, and the whole closed at either end.

use crate::mesh::{Mesh, Vec3, add, cross, dot, norm, scaled, sub};
use crate::patchwork::lattice::{End, Lattice, Panel};

/// How far into a cell a patch bends so that its border meets its neighbour's, as a share of the cell. Patches err by a fraction
/// of a millimetre; on less than this a crease would show.
const FADE: f32 = 0.3;

/// An end that stands in a neighbour is this much narrower there, so that it stays inside.
const NARROWER: f32 = 0.8;

/// Points in rings, a ring after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Rings {
    pub columns: usize,
    /// `[rings * columns]`; an end that is a pole is not among them.
    pub points: Vec<Vec3>,
    /// What closes the lower and the upper end.
    pub poles: [Vec3; 2],
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
            }
        }
        Self::closed(lattice, joined)
    }

    /// Takes the poles off the rings.
    fn closed(lattice: &Lattice, mut points: Vec<Vec3>) -> Self {
        let columns = lattice.columns;
        let mean = |ring: &[Vec3]| scaled(ring.iter().fold([0.0; 3], |s, &p| add(s, p)), 1.0 / ring.len() as f32);
        let poles = [mean(&points[..columns]), mean(&points[points.len() - columns..])];
        if lattice.ends[1] == End::Pole {
            points.truncate(points.len() - columns);
        }
        if lattice.ends[0] == End::Pole {
            points.drain(..columns);
        }
        Self { columns, points, poles }
    }

    pub fn rings(&self) -> usize {
        self.points.len() / self.columns
    }

    pub fn ring(&self, ring: usize) -> &[Vec3] {
        &self.points[ring * self.columns..(ring + 1) * self.columns]
    }

    /// The lower (0) or upper (1) end reaches further by `by`, a little narrower, so that it stands in its neighbour.
    pub fn extend(&mut self, end: usize, by: Vec3) {
        let last = self.ring(if end == 0 { 0 } else { self.rings() - 1 });
        let middle = scaled(last.iter().fold([0.0; 3], |s, &p| add(s, p)), 1.0 / self.columns as f32);
        let narrow = |&p: &Vec3| add(add(middle, scaled(sub(p, middle), NARROWER)), by);
        let ring: Vec<Vec3> = last.iter().map(narrow).collect();
        if end == 0 {
            self.points.splice(0..0, ring);
        } else {
            self.points.extend(ring);
        }
        self.poles[end] = add(middle, by);
    }

    /// The closed surface, outward.
    pub fn mesh(&self) -> Mesh {
        let (columns, rings) = (self.columns, self.rings());
        let vertex = |ring: usize, column: usize| (ring * columns + column % columns) as u32;
        let mut positions = self.points.clone();
        positions.extend(self.poles);
        let [low, high] = [positions.len() - 2, positions.len() - 1].map(|i| i as u32);
        let mut triangles = Vec::with_capacity(2 * columns * rings);
        for column in 0..columns {
            triangles.push([vertex(0, column + 1), vertex(0, column), low]);
        }
        for ring in 1..rings {
            for column in 0..columns {
                let [a, b] = [vertex(ring - 1, column), vertex(ring - 1, column + 1)];
                let [d, c] = [vertex(ring, column), vertex(ring, column + 1)];
                let apart = |i: u32, j: u32| norm(sub(positions[i as usize], positions[j as usize]));
                // The shorter diagonal bends the less.
                triangles.extend(if apart(a, c) <= apart(b, d) { [[a, b, c], [a, c, d]] } else { [[a, b, d], [b, c, d]] });
            }
        }
        for column in 0..columns {
            triangles.push([vertex(rings - 1, column), vertex(rings - 1, column + 1), high]);
        }
        let mut mesh = Mesh { positions, triangles, ..Default::default() };
        if volume(&mesh) < 0.0 {
            mesh.triangles.iter_mut().for_each(|t| t.swap(1, 2));
        }
        mesh
    }
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

/// Six times the signed volume.
pub fn volume(mesh: &Mesh) -> f64 {
    let centre = mesh.positions.first().copied().unwrap_or_default();
    let six = |t| {
        let [a, b, c] = mesh.corners(t).map(|p| sub(p, centre));
        f64::from(dot(a, cross(b, c)))
    };
    (0..mesh.triangles.len()).map(six).sum()
}
