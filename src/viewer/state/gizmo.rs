//! Rings around the artist's mesh by which it is turned: where they lie on the screen, and what dragging one does.

use crate::mesh::{Vec3, add, scaled};

/// Points that a ring is drawn by.
const POINTS: usize = 72;

/// Pixels from a ring within which the pointer takes it.
const REACH: f32 = 8.0;

/// What the window's camera makes of the world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lens {
    /// Columns of the matrix from the world in metres to clip space.
    pub clip: [[f32; 4]; 4],
    /// Width and height of the picture in pixels.
    pub size: [f32; 2],
}

impl Lens {
    /// Where a place appears, in pixels from the upper left; `None` behind the camera.
    pub fn pixel(&self, at: Vec3) -> Option<[f32; 2]> {
        let [x, y, _, w]: [f32; 4] =
            std::array::from_fn(|r| (0..3).map(|c| self.clip[c][r] * at[c]).sum::<f32>() + self.clip[3][r]);
        (w > 1e-6).then(|| [(0.5 + 0.5 * x / w) * self.size[0], (0.5 - 0.5 * y / w) * self.size[1]])
    }
}

/// A ring that the pointer holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grip {
    /// 0 to 2 for X to Z.
    pub axis: usize,
    /// Where it was taken, in pixels, and how far the ring moves there, in pixels a radian.
    from: [f32; 2],
    along: [f32; 2],
    /// The mesh's turn by then, in degrees.
    turn: [f32; 3],
}

impl Grip {
    /// The mesh's turn in degrees with the pointer at `at`.
    pub fn turn(&self, at: [f32; 2]) -> [f32; 3] {
        let moved = [at[0] - self.from[0], at[1] - self.from[1]];
        let speed = self.along[0] * self.along[0] + self.along[1] * self.along[1];
        let angle = (moved[0] * self.along[0] + moved[1] * self.along[1]) / speed.max(1.0);
        turned(self.turn, self.axis, angle)
    }
}

/// Three rings about the axes of the world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gizmo {
    /// Metres.
    pub centre: Vec3,
    pub radius: f32,
    pub lens: Lens,
}

impl Gizmo {
    /// A ring's place at an angle, in metres.
    fn at(&self, axis: usize, angle: f32) -> Vec3 {
        let (sin, cos) = angle.sin_cos();
        let mut way = [0.0; 3];
        (way[(axis + 1) % 3], way[(axis + 2) % 3]) = (cos, sin);
        add(self.centre, scaled(way, self.radius))
    }

    /// A ring's closed line in pixels.
    pub fn ring(&self, axis: usize) -> Vec<[f32; 2]> {
        let angle = |i: usize| std::f32::consts::TAU * i as f32 / POINTS as f32;
        (0..=POINTS).filter_map(|i| self.lens.pixel(self.at(axis, angle(i)))).collect()
    }

    /// The ring at a pixel, to be dragged by a mesh of this turn.
    pub fn grip(&self, at: [f32; 2], turn: [f32; 3]) -> Option<Grip> {
        let mut nearest: Option<(f32, Grip)> = None;
        for axis in 0..3 {
            for i in 0..4 * POINTS {
                let angle = std::f32::consts::TAU * i as f32 / (4 * POINTS) as f32;
                let step = 1e-2;
                let places = [angle, angle - step, angle + step].map(|a| self.lens.pixel(self.at(axis, a)));
                let [Some(here), Some(before), Some(after)] = places else { continue };
                let distance = (here[0] - at[0]).hypot(here[1] - at[1]);
                if distance <= REACH && nearest.is_none_or(|(d, _)| distance < d) {
                    let along = [0, 1].map(|k| (after[k] - before[k]) / (2.0 * step));
                    nearest = Some((distance, Grip { axis, from: at, along, turn }));
                }
            }
        }
        nearest.map(|(_, grip)| grip)
    }
}

/// A turn of degrees about X, then Y, then Z with another one of `angle` radians about an axis of the world after it.
fn turned(turn: [f32; 3], axis: usize, angle: f32) -> [f32; 3] {
    let [x, y, z] = turn.map(f32::to_radians);
    let about = |axis: usize, angle: f32| {
        let (sin, cos) = angle.sin_cos();
        let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
        let mut m = [[0.0f32; 3]; 3];
        m[axis][axis] = 1.0;
        (m[u][u], m[u][v], m[v][u], m[v][v]) = (cos, -sin, sin, cos);
        m
    };
    let times = |a: [[f32; 3]; 3], b: [[f32; 3]; 3]| {
        let mut m = [[0.0f32; 3]; 3];
        for (r, row) in m.iter_mut().enumerate() {
            for (c, value) in row.iter_mut().enumerate() {
                *value = (0..3).map(|k| a[r][k] * b[k][c]).sum();
            }
        }
        m
    };
    let m = times(about(axis, angle), times(about(2, z), times(about(1, y), about(0, x))));
    // The same three angles back from the product (Tait-Bryan, about fixed X, Y, Z); upright, X takes all of the heading.
    let y = (-m[2][0]).clamp(-1.0, 1.0).asin();
    let (x, z) = if m[2][0].abs() < 0.999_999 {
        (m[2][1].atan2(m[2][2]), m[1][0].atan2(m[0][0]))
    } else {
        ((-m[1][2]).atan2(m[1][1]), 0.0)
    };
    [x, y, z].map(f32::to_degrees)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks along -Z from 4 m, with no perspective to speak of: 100 pixels a metre.
    fn gizmo() -> Gizmo {
        let clip = [[0.5, 0.0, 0.0, 0.0], [0.0, 0.5, 0.0, 0.0], [0.0, 0.0, -0.1, 0.0], [0.0, 0.0, 0.0, 1.0]];
        Gizmo { centre: [0.5, 0.0, 0.0], radius: 1.0, lens: Lens { clip, size: [400.0, 400.0] } }
    }

    #[test]
    fn rings_lie_where_the_camera_sees_them() {
        let g = gizmo();
        let ring = g.ring(2);
        assert!(ring.iter().all(|p| ((p[0] - 250.0).hypot(p[1] - 200.0) - 100.0).abs() < 1e-3));
        assert!(g.ring(1).iter().all(|p| (p[1] - 200.0).abs() < 1e-3), "seen from its edge");
        let behind = Lens { clip: [[0.0; 4], [0.0; 4], [0.0; 4], [0.0, 0.0, 0.0, -1.0]], size: [9.0, 9.0] };
        assert_eq!(behind.pixel([0.0; 3]), None);
    }

    #[test]
    fn a_dragged_ring_turns_the_mesh_with_the_pointer() {
        let g = gizmo();
        assert_eq!(g.grip([290.0, 240.0], [0.0; 3]), None, "beside the rings");
        // At the ring's right end, 45 degrees up and round: the ring moves up the screen.
        let at = [250.0 + 100.0 * 0.5f32.sqrt(), 200.0 - 100.0 * 0.5f32.sqrt()];
        let grip = g.grip(at, [0.0; 3]).unwrap();
        assert_eq!(grip.axis, 2);
        assert!(grip.turn(at).iter().all(|d| d.abs() < 1e-3));
        let step = 100.0 * 0.1 * 0.5f32.sqrt();
        let [x, y, z] = grip.turn([at[0] - step, at[1] - step]);
        assert!((z - 0.1f32.to_degrees()).abs() < 0.1 && x.abs() < 1e-3 && y.abs() < 1e-3, "{z}");
    }

    #[test]
    fn turns_follow_each_other() {
        let near = |a: [f32; 3], b: [f32; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-2);
        let quarter = std::f32::consts::FRAC_PI_2;
        assert!(near(turned([10.0, 20.0, 30.0], 0, 0.0), [10.0, 20.0, 30.0]));
        assert!(near(turned([0.0, 0.0, 40.0], 2, quarter), [0.0, 0.0, 130.0]));
        assert!(near(turned([30.0, 0.0, 0.0], 0, quarter), [120.0, 0.0, 0.0]));
        // About X after a quarter about Z is about the mesh's own -Y.
        assert!(near(turned([0.0, 0.0, 90.0], 0, 0.3), [0.0, -(0.3f32.to_degrees()), 90.0]));
        // There and back, also upright.
        for turn in [[5.0, 90.0, 0.0], [15.0, -70.0, 110.0], [0.0, -90.0, 0.0]] {
            for axis in 0..3 {
                let back = turned(turned(turn, axis, 0.7), axis, -0.7);
                for p in 0..3 {
                    // The same turn may have other angles: a turn of nothing must lead to it from both.
                    let [a, b] = [turned(turn, p, 0.4), turned(back, p, 0.4)];
                    assert!(same(a, b), "{turn:?} {back:?}");
                }
            }
        }
    }

    /// Whether two turns take three points to the same places.
    fn same(a: [f32; 3], b: [f32; 3]) -> bool {
        let place = |turn: [f32; 3], p: Vec3| {
            let [x, y, z] = turn.map(f32::to_radians);
            let p = [p[0], x.cos() * p[1] - x.sin() * p[2], x.sin() * p[1] + x.cos() * p[2]];
            let p = [y.cos() * p[0] + y.sin() * p[2], p[1], -y.sin() * p[0] + y.cos() * p[2]];
            [z.cos() * p[0] - z.sin() * p[1], z.sin() * p[0] + z.cos() * p[1], p[2]]
        };
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.3, 0.2, 0.9]].into_iter().all(|p| {
            let [u, v] = [place(a, p), place(b, p)];
            (0..3).all(|k| (u[k] - v[k]).abs() < 2e-3)
        })
    }
}
