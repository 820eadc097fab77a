//! Where a point of the map lies on the screen, and back.

/// A part of the plane of two axes and the rectangle that shows it; both axes have one scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MapFrame {
    /// Left, top, right, bottom in points.
    pub rect: [f32; 4],
    /// What lies in the middle, in standard deviations.
    pub centre: [f32; 2],
    /// How far it is from there to the nearer edges, in standard deviations.
    pub radius: f32,
}

impl MapFrame {
    /// Points of the screen a standard deviation.
    pub fn scale(&self) -> f32 {
        let [left, top, right, bottom] = self.rect;
        0.5 * (right - left).min(bottom - top).max(1.0) / self.radius
    }

    /// Where a point of the map is drawn: the first axis to the right, the second up.
    pub fn to_screen(&self, at: [f32; 2]) -> [f32; 2] {
        let [left, top, right, bottom] = self.rect;
        let scale = self.scale();
        [
            0.5 * (left + right) + scale * (at[0] - self.centre[0]),
            0.5 * (top + bottom) - scale * (at[1] - self.centre[1]),
        ]
    }

    /// What lies at a place on the screen.
    pub fn to_map(&self, screen: [f32; 2]) -> [f32; 2] {
        let [left, top, right, bottom] = self.rect;
        let scale = self.scale();
        [
            self.centre[0] + (screen[0] - 0.5 * (left + right)) / scale,
            self.centre[1] - (screen[1] - 0.5 * (top + bottom)) / scale,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_screen_leads_to_the_map_and_back() {
        let frame = MapFrame { rect: [10.0, 20.0, 310.0, 220.0], centre: [0.5, -1.0], radius: 4.0 };
        assert_eq!(frame.to_screen([0.5, -1.0]), [160.0, 120.0]);
        assert_eq!(frame.scale(), 25.0);
        // Right and up on the map is right and up on the screen.
        assert_eq!(frame.to_screen([1.5, 0.0]), [185.0, 95.0]);
        for at in [[0.0, 0.0], [-3.0, 2.5], [7.0, -8.0]] {
            let back = frame.to_map(frame.to_screen(at));
            assert!((back[0] - at[0]).abs() < 1e-4 && (back[1] - at[1]).abs() < 1e-4, "{at:?} {back:?}");
        }
    }
}
