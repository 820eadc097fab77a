//! Where the camera stands and how the shape is fitted into the picture.

use crate::class::Class;
use crate::mesh::{Vec3, cross, dot, norm, scaled, sub, unit};

/// A camera that looks at the middle of what it frames. Angles in radians.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// Turns the camera about +Y: at 0 it stands on +Z and sees the flat of the blade, at π/2 on +X.
    pub yaw: f32,
    /// Raises the camera above the horizon.
    pub pitch: f32,
    /// Turns the picture counter-clockwise.
    pub roll: f32,
    /// Vertical field of view; 0 is orthographic.
    pub field: f32,
    /// Smallest and largest corner of what fills the picture; the mesh itself if `None`. Meshes that are to be compared
    /// share a frame, and with it their scale.
    pub frame: Option<(Vec3, Vec3)>,
    /// Free share of the picture at each side, `0..0.5`.
    pub margin: f32,
}

impl View {
    /// The flat of the blade, tip up, orthographic.
    pub fn front() -> Self {
        Self { yaw: 0.0, pitch: 0.0, roll: 0.0, field: 0.0, frame: None, margin: 0.04 }
    }

    /// The edge of the blade, tip up, orthographic.
    pub fn side() -> Self {
        Self { yaw: std::f32::consts::FRAC_PI_2, ..Self::front() }
    }

    /// From above, the nose of a plane (+Z) up, orthographic.
    pub fn top() -> Self {
        Self { yaw: std::f32::consts::PI, pitch: std::f32::consts::FRAC_PI_2, ..Self::front() }
    }

    /// The two views of a portrait of this class: the one that shows its outline, and one that shows its depth.
    pub fn portrait(class: Class) -> [Self; 2] {
        match class {
            Class::Sword => [Self::front(), Self::three_quarter()],
            Class::Plane => [Self::top(), Self { yaw: 0.75, pitch: 0.35, ..Self::three_quarter() }],
        }
    }

    /// Turned and from a little above, in mild perspective.
    pub fn three_quarter() -> Self {
        Self { yaw: 0.42, pitch: 0.16, field: 0.42, ..Self::front() }
    }

    /// The same view with the picture tilted so that what stands upright lies along the diagonal of a `width` x `height`
    /// picture, tip to the upper right: a long blade then fills a landscape picture.
    pub fn diagonal(self, width: u32, height: u32) -> Self {
        Self { roll: -(width.max(1) as f32).atan2(height.max(1) as f32), ..self }
    }

    /// The same view, framing these corners.
    pub fn framing(self, bounds: (Vec3, Vec3)) -> Self {
        Self { frame: Some(bounds), ..self }
    }
}

/// A view fitted to points and to a picture: world space to pixels.
pub(super) struct Camera {
    /// Rows: right, up, toward the viewer.
    axes: [Vec3; 3],
    /// Sine and cosine of the picture's roll.
    roll: (f32, f32),
    centre: Vec3,
    /// Pixels per unit of length at the centre.
    scale: f64,
    /// 1 / distance of the eye; 0 is orthographic.
    nearness: f64,
    /// Where the centre lands, in pixels.
    middle: [f64; 2],
    /// Half the extent of what is framed, at least a tiny positive number.
    pub radius: f32,
}

/// A point in the picture.
#[derive(Clone, Copy)]
pub(super) struct Projected {
    /// Column and row in pixels, row downward.
    pub x: f64,
    pub y: f64,
    /// Grows toward the viewer; linear over the picture.
    pub depth: f64,
    /// What attributes are divided by for interpolation in perspective; 1 if orthographic.
    pub weight: f64,
}

impl Camera {
    /// Fits the view to its frame, or to `points` without one. Points that aren't finite are left out.
    pub fn fit(view: &View, points: &[Vec3], width: u32, height: u32) -> Camera {
        let (sin_yaw, cos_yaw) = view.yaw.sin_cos();
        let (sin_pitch, cos_pitch) = view.pitch.sin_cos();
        let toward = [sin_yaw * cos_pitch, sin_pitch, cos_yaw * cos_pitch];
        let level = [cos_yaw, 0.0, -sin_yaw];
        let upright = cross(toward, level);
        let (sin, cos) = view.roll.sin_cos();
        let turn = |a: f32, b: f32| std::array::from_fn(|i| a * level[i] + b * upright[i]);
        let axes = [turn(cos, -sin), turn(sin, cos), toward];

        let corners: Vec<Vec3> = match view.frame {
            Some((lo, hi)) => {
                (0..8).map(|c| std::array::from_fn(|i| if c >> i & 1 == 0 { lo[i] } else { hi[i] })).collect()
            }
            None => points.to_vec(),
        };
        let seen: Vec<Vec3> =
            corners.iter().filter(|p| p.iter().all(|x| x.is_finite())).map(|&p| axes.map(|a| dot(a, p))).collect();
        let (mut lo, mut hi) = ([f32::INFINITY; 3], [f32::NEG_INFINITY; 3]);
        for p in &seen {
            for i in 0..3 {
                (lo[i], hi[i]) = (lo[i].min(p[i]), hi[i].max(p[i]));
            }
        }
        if seen.is_empty() {
            (lo, hi) = ([0.0; 3], [0.0; 3]);
        }
        let half: [f64; 3] = std::array::from_fn(|i| 0.5 * (f64::from(hi[i]) - f64::from(lo[i])));
        let mid: Vec3 = std::array::from_fn(|i| 0.5 * lo[i] + 0.5 * hi[i]);
        let centre = std::array::from_fn(|i| axes[0][i] * mid[0] + axes[1][i] * mid[1] + axes[2][i] * mid[2]);
        let radius = half.iter().fold(1e-12f64, |m, h| m.max(*h));
        let usable = 1.0 - 2.0 * f64::from(view.margin.clamp(0.0, 0.45));
        let (room_x, room_y) = (0.5 * f64::from(width) * usable, 0.5 * f64::from(height) * usable);

        let mut camera = Camera {
            axes,
            roll: (sin, cos),
            centre,
            scale: (room_x / half[0].max(radius * 1e-6)).min(room_y / half[1].max(radius * 1e-6)),
            nearness: 0.0,
            middle: [0.5 * f64::from(width), 0.5 * f64::from(height)],
            radius: radius as f32,
        };
        if view.field > 1e-3 {
            let focal = 0.5 * f64::from(height) / (0.5 * f64::from(view.field.min(2.5))).tan();
            // The nearest eye from which every point falls inside.
            let eye = seen.iter().fold(half[2] * 1.25 + radius * 0.1, |eye, p| {
                let p: [f64; 3] = std::array::from_fn(|i| f64::from(p[i]) - f64::from(mid[i]));
                eye.max(p[2] + p[0].abs() * focal / room_x).max(p[2] + p[1].abs() * focal / room_y)
            });
            (camera.scale, camera.nearness) = (focal / eye, 1.0 / eye);
            // Perspective swells the near half: put the middle of the outline, not of the box, into the picture's.
            let outline = corners
                .iter()
                .filter_map(|&p| camera.project(p))
                .fold([f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY], |b, p| {
                    [b[0].min(p.x), b[1].min(p.y), b[2].max(p.x), b[3].max(p.y)]
                });
            if outline.iter().all(|x| x.is_finite()) {
                camera.middle[0] += 0.5 * (f64::from(width) - outline[0] - outline[2]);
                camera.middle[1] += 0.5 * (f64::from(height) - outline[1] - outline[3]);
            }
        }
        camera
    }

    /// Where a point lands; `None` if it isn't finite or lies at or behind the eye.
    pub fn project(&self, p: Vec3) -> Option<Projected> {
        let p: [f64; 3] = std::array::from_fn(|i| f64::from(p[i]) - f64::from(self.centre[i]));
        let [x, y, z] = self.axes.map(|a| (0..3).map(|i| f64::from(a[i]) * p[i]).sum::<f64>());
        let divisor = 1.0 - z * self.nearness;
        let weight = 1.0 / divisor;
        let (column, row) = (self.middle[0] + self.scale * x * weight, self.middle[1] - self.scale * y * weight);
        // Beyond this the edge equations lose their fraction of a pixel.
        let sane = column.abs() < 1e7 && row.abs() < 1e7 && divisor > 0.02;
        sane.then_some(Projected { x: column, y: row, depth: z * weight, weight })
    }

    /// A direction in the camera's axes: right, up, toward the viewer.
    pub fn turned(&self, direction: Vec3) -> Vec3 {
        self.axes.map(|a| dot(a, direction))
    }

    /// A direction in the camera's axes as it was before the picture was rolled: the studio doesn't roll along, so a
    /// tilted picture has the light of the upright one.
    pub fn unrolled(&self, [x, y, z]: Vec3) -> Vec3 {
        let (sin, cos) = self.roll;
        [cos * x + sin * y, cos * y - sin * x, z]
    }

    /// The point behind a pixel at a projected depth, in the camera's axes, relative to the centre.
    pub fn behind(&self, x: f64, y: f64, depth: f64) -> Vec3 {
        let weight = 1.0 + depth * self.nearness;
        let flat = 1.0 / (self.scale * weight);
        [((x - self.middle[0]) * flat) as f32, ((self.middle[1] - y) * flat) as f32, (depth / weight) as f32]
    }

    /// Unit vector from such a point to the eye, for reflections. An orthographic view gets an eye as well: seen from
    /// infinity, a flat blade would mirror one single spot of the studio and look like paper.
    pub fn to_eye(&self, p: Vec3) -> Vec3 {
        const ORTHOGRAPHIC_EYE: f32 = 2.6;
        let eye = if self.nearness > 0.0 { (1.0 / self.nearness) as f32 } else { self.radius * ORTHOGRAPHIC_EYE };
        let v = sub([0.0, 0.0, eye], p);
        if norm(v) > 0.0 { unit(v) } else { [0.0, 0.0, 1.0] }
    }

    /// Pixels per unit of length at the centre.
    pub fn scale(&self) -> f32 {
        self.scale as f32
    }
}

/// `d` mirrored at a surface with unit normal `n`; both point away from the surface.
pub(super) fn mirrored(d: Vec3, n: Vec3) -> Vec3 {
    sub(scaled(n, 2.0 * dot(d, n)), d)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLADE: [Vec3; 4] = [[-0.1, -1.0, 0.02], [0.1, 1.0, -0.02], [0.0, 0.3, 0.02], [0.05, -0.8, -0.02]];

    #[test]
    fn everything_lands_inside_the_margin_and_one_side_is_filled() {
        for view in [View::front(), View::side(), View::three_quarter(), View::three_quarter().diagonal(800, 600)] {
            let camera = Camera::fit(&view, &BLADE, 800, 600);
            let points: Vec<_> = BLADE.iter().map(|&p| camera.project(p).unwrap()).collect();
            for p in &points {
                assert!(p.x > 800.0 * 0.039 && p.x < 800.0 * 0.961 && p.y > 600.0 * 0.039 && p.y < 600.0 * 0.961);
            }
            let tall = points.iter().map(|p| p.y).fold(f64::NEG_INFINITY, f64::max)
                - points.iter().map(|p| p.y).fold(f64::INFINITY, f64::min);
            let wide = points.iter().map(|p| p.x).fold(f64::NEG_INFINITY, f64::max)
                - points.iter().map(|p| p.x).fold(f64::INFINITY, f64::min);
            assert!(tall > 600.0 * 0.8 || wide > 800.0 * 0.8, "{view:?} leaves the picture empty: {wide} x {tall}");
        }
    }

    #[test]
    fn front_has_x_to_the_right_and_the_tip_up() {
        let camera = Camera::fit(&View::front(), &BLADE, 100, 100);
        let (origin, x, y, z) = (
            camera.project([0.0; 3]).unwrap(),
            camera.project([0.1, 0.0, 0.0]).unwrap(),
            camera.project([0.0, 0.1, 0.0]).unwrap(),
            camera.project([0.0, 0.0, 0.1]).unwrap(),
        );
        assert!(x.x > origin.x && y.y < origin.y && z.depth > origin.depth);
        let rolled = Camera::fit(&View { roll: 0.7, ..View::three_quarter() }, &BLADE, 100, 100);
        let level = Camera::fit(&View::three_quarter(), &BLADE, 100, 100);
        let direction = unit([0.3, 0.5, 0.8]);
        assert!(norm(sub(rolled.unrolled(rolled.turned(direction)), level.turned(direction))) < 1e-6);
        // The diagonal leads the tip to the upper right.
        let camera = Camera::fit(&View::front().diagonal(100, 100), &BLADE, 100, 100);
        let (tip, pommel) = (camera.project([0.0, 1.0, 0.0]).unwrap(), camera.project([0.0, -1.0, 0.0]).unwrap());
        assert!(tip.x > pommel.x + 50.0 && tip.y < pommel.y - 50.0);
    }

    #[test]
    fn a_pixel_leads_back_to_its_point() {
        for view in [View::front(), View::three_quarter()] {
            let camera = Camera::fit(&view, &BLADE, 320, 200);
            let p = [0.07, 0.4, 0.01];
            let seen = camera.project(p).unwrap();
            let back = camera.behind(seen.x, seen.y, seen.depth);
            let expected = camera.turned(sub(p, camera.centre));
            assert!(norm(sub(back, expected)) < 1e-5, "{back:?} is not {expected:?}");
        }
    }
}
