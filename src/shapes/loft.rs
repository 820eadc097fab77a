//! Closed meshes from rings of points: the one way in which every part of a procedural shape is built.

use crate::mesh::{Mesh, Vec3, cross, dot};

/// How an open end of a loft is closed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cap {
    /// A fan around the ring's centroid. The ring must be star-shaped seen from there.
    Flat,
    /// A fan to this point.
    Point(Vec3),
}

/// One cross-section of a sweep, in metres: it lies in the plane of `normal` (in XY) and Z.
#[derive(Clone, Copy, Debug)]
pub(super) struct Station {
    pub centre: [f32; 2],
    /// Unit length, in the XY plane.
    pub normal: [f32; 2],
    /// Where the section begins and ends along `normal`; `low < high`.
    pub low: f32,
    pub high: f32,
    /// Half of the extent along Z.
    pub half_depth: f32,
}

impl Station {
    /// The section polygon, whose `u` and `v` run from -1 to 1, laid into space.
    pub fn ring(&self, section: &[[f32; 2]]) -> Vec<Vec3> {
        let place = |&[u, v]: &[f32; 2]| {
            let along = self.low + (self.high - self.low) * 0.5 * (u + 1.0);
            [self.centre[0] + self.normal[0] * along, self.centre[1] + self.normal[1] * along, v * self.half_depth]
        };
        section.iter().map(place).collect()
    }
}

/// A point of a planar path and the unit normal to the right of its direction (+X where the path runs along +Y).
pub(super) fn frame(path: &dyn Fn(f32) -> [f32; 2], t: f32) -> ([f32; 2], [f32; 2]) {
    let (a, b) = (path(t - 1e-3), path(t + 1e-3));
    let tangent = [b[0] - a[0], b[1] - a[1]];
    let length = tangent[0].hypot(tangent[1]).max(1e-12);
    (path(t), [tangent[1] / length, -tangent[0] / length])
}

/// Joins rings of equal length (at least 3 points) into a closed, outward-oriented mesh.
pub(super) fn loft(rings: &[Vec<Vec3>], start: Cap, end: Cap) -> Mesh {
    let around = rings.first().map_or(0, Vec::len);
    let mut mesh = wall(rings, false);
    let last = around * rings.len().saturating_sub(1);
    close(&mut mesh, 0, around, start, true);
    close(&mut mesh, last, around, end, false);
    outward(mesh)
}

/// Joins rings into a closed tube: the last ring meets the first.
pub(super) fn tube(rings: &[Vec<Vec3>]) -> Mesh {
    outward(wall(rings, true))
}

/// A torus in the XY plane around `centre`, `radius` to the middle of a tube of half-widths `tube` (in XY, along Z).
pub(super) fn torus(centre: [f32; 2], radius: f32, tube_half: [f32; 2], steps: usize, section: &[[f32; 2]]) -> Mesh {
    let ring = |i: usize| {
        let (sin, cos) = (std::f32::consts::TAU * i as f32 / steps as f32).sin_cos();
        let [low, high] = [radius - tube_half[0], radius + tube_half[0]];
        Station { centre, normal: [cos, sin], low, high, half_depth: tube_half[1] }.ring(section)
    };
    tube(&(0..steps).map(ring).collect::<Vec<_>>())
}

/// Volume enclosed by a closed mesh in cubic units, positive where its triangles face outward.
pub(super) fn signed_volume(mesh: &Mesh) -> f64 {
    let six = |t| {
        let [a, b, c] = mesh.corners(t);
        f64::from(dot(a, cross(b, c)))
    };
    (0..mesh.triangles.len()).map(six).sum::<f64>() / 6.0
}

fn wall(rings: &[Vec<Vec3>], joined: bool) -> Mesh {
    let around = rings.first().map_or(0, Vec::len);
    debug_assert!(rings.iter().all(|r| r.len() == around));
    let count = rings.len();
    let mut mesh = Mesh { positions: rings.concat(), ..Default::default() };
    let bands = if joined { count } else { count.saturating_sub(1) };
    for i in 0..bands {
        let next = (i + 1) % count;
        for k in 0..around {
            let l = (k + 1) % around;
            let [a, b, c, d] = [i * around + k, i * around + l, next * around + l, next * around + k].map(|i| i as u32);
            mesh.triangles.extend([[a, b, c], [a, c, d]]);
        }
    }
    mesh
}

fn close(mesh: &mut Mesh, first: usize, around: usize, cap: Cap, reverse: bool) {
    let centre = match cap {
        Cap::Point(p) => p,
        Cap::Flat => {
            let ring = &mesh.positions[first..first + around];
            let sum = ring.iter().fold([0.0f32; 3], |s, p| std::array::from_fn(|i| s[i] + p[i]));
            sum.map(|x| x / around as f32)
        }
    };
    let apex = mesh.positions.len() as u32;
    mesh.positions.push(centre);
    for k in 0..around {
        let [a, b] = [first + k, first + (k + 1) % around].map(|i| i as u32);
        mesh.triangles.push(if reverse { [apex, b, a] } else { [apex, a, b] });
    }
}

fn outward(mut mesh: Mesh) -> Mesh {
    if signed_volume(&mesh) < 0.0 {
        mesh.triangles.iter_mut().for_each(|t| t.swap(1, 2));
    }
    mesh
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::mesh::{norm, sub};

    /// How often a closed mesh winds around `p` (Van Oosterom and Strackee 1983): 1 inside, 0 outside.
    pub fn winding(mesh: &Mesh, p: Vec3) -> f32 {
        let angle = |t| {
            let [a, b, c] = mesh.corners(t).map(|x| sub(x, p));
            let [la, lb, lc] = [a, b, c].map(norm);
            let below = la * lb * lc + dot(a, b) * lc + dot(b, c) * la + dot(c, a) * lb;
            2.0 * dot(a, cross(b, c)).atan2(below)
        };
        (0..mesh.triangles.len()).map(angle).sum::<f32>() / (4.0 * std::f32::consts::PI)
    }

    /// Every edge runs once each way, the volume is above `volume` cubic metres, and no triangle is below `area` square metres.
    pub fn assert_solid(mesh: &Mesh, volume: f64, area: f32, what: &str) {
        assert_eq!(mesh.validate(), Ok(()), "{what}");
        let mut edges = std::collections::HashSet::new();
        for &[a, b, c] in &mesh.triangles {
            for edge in [(a, b), (b, c), (c, a)] {
                assert!(edges.insert(edge), "{what} runs twice along {edge:?}");
            }
        }
        assert!(edges.iter().all(|&(a, b)| edges.contains(&(b, a))), "{what} is open");
        assert!(signed_volume(mesh) > volume, "{what} is inside out");
        for t in 0..mesh.triangles.len() {
            let [a, b, c] = mesh.corners(t);
            let found = 0.5 * norm(cross(sub(b, a), sub(c, a)));
            assert!(found > area, "{what}, triangle {t} has {found:e} m2");
        }
    }

    const SQUARE: [[f32; 2]; 4] = [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]];

    #[test]
    fn a_lofted_box_has_its_volume_whichever_way_it_runs() {
        for direction in [1.0, -1.0] {
            let at = |y: f32| Station { centre: [0.0, y], normal: [1.0, 0.0], low: -1.0, high: 1.0, half_depth: 1.0 };
            let mesh = loft(&[at(0.0).ring(&SQUARE), at(direction * 3.0).ring(&SQUARE)], Cap::Flat, Cap::Flat);
            assert!((signed_volume(&mesh) - 12.0).abs() < 1e-5);
        }
    }

    #[test]
    fn a_torus_has_pappus_volume() {
        let circle: Vec<_> = (0..64).map(|i| (i as f32 / 64.0 * std::f32::consts::TAU).sin_cos().into()).collect();
        let mesh = torus([5.0, 1.0], 2.0, [0.5, 0.5], 96, &circle);
        let expected = std::f64::consts::TAU * 2.0 * std::f64::consts::PI * 0.25;
        assert!((signed_volume(&mesh) / expected - 1.0).abs() < 0.01);
    }
}
