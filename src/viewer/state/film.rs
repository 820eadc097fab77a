//! Pictures of the view and turns around the shape, as they are to be saved.

use serde::{Deserialize, Serialize};

/// Sides of a picture in pixels: four samples a pixel of a larger one would fill a small card's memory.
pub const SIDES: std::ops::RangeInclusive<u32> = 16..=4096;

/// Frames of a turn.
pub const FRAMES: std::ops::RangeInclusive<u32> = 8..=240;

/// How large a picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FrameSize {
    /// The view between the panels, this many pixels a point.
    View(u32),
    /// As many pixels wide as high.
    Square(u32),
    /// 16 by 9, this high.
    Wide(u32),
}

impl FrameSize {
    /// For single pictures.
    pub const OF_PICTURES: &[FrameSize] =
        &[Self::View(1), Self::View(2), Self::View(4), Self::Square(1024), Self::Square(2048), Self::Wide(1080)];

    /// For turns.
    pub const OF_TURNS: &[FrameSize] =
        &[Self::Square(256), Self::Square(384), Self::Square(512), Self::Square(768), Self::Wide(480), Self::Wide(720)];

    /// Width and height in pixels for a view of this size in pixels.
    pub fn pixels(self, view: [f32; 2]) -> (u32, u32) {
        let bounded = |x: u32| x.clamp(*SIDES.start(), *SIDES.end());
        let (width, height) = match self {
            Self::View(scale) => {
                let [w, h] = view.map(|x| x.clamp(1.0, 1e5) as u32 * scale);
                (w, h)
            }
            Self::Square(side) => (side, side),
            Self::Wide(height) => (height * 16 / 9, height),
        };
        (bounded(width), bounded(height))
    }

    /// For people.
    pub fn name(self) -> String {
        match self {
            Self::View(1) => "View".into(),
            Self::View(scale) => format!("View x {scale}"),
            Self::Square(side) => format!("{side} x {side}"),
            Self::Wide(height) => format!("{} x {height}", height * 16 / 9),
        }
    }
}

/// How a turn is saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reel {
    #[default]
    Gif,
    /// A folder of numbered PNG files.
    Frames,
}

/// A turn that is being saved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    pub drawn: u32,
    pub frames: u32,
    /// All frames are drawn, the file is being written.
    pub writing: bool,
}

/// What the artist has chosen, and what is under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Film {
    pub size: FrameSize,
    /// Leave out backdrop and floor.
    pub transparent: bool,
    pub turn_size: FrameSize,
    pub reel: Reel,
    pub frames: u32,
    /// How long a turn lasts.
    pub seconds: f32,
    #[serde(skip)]
    pub recording: Option<Recording>,
}

impl Default for Film {
    fn default() -> Self {
        Self {
            size: FrameSize::View(2),
            transparent: true,
            turn_size: FrameSize::Square(384),
            reel: Reel::Gif,
            frames: 48,
            seconds: 4.0,
            recording: None,
        }
    }
}

impl Film {
    /// How many frames a turn has, whatever a session's file says.
    pub fn safe_frames(&self) -> u32 {
        self.frames.clamp(*FRAMES.start(), *FRAMES.end())
    }

    /// Hundredths of a second between two frames of a GIF: most programs take less than 2 for 10.
    pub fn delay(&self) -> u16 {
        let seconds = if self.seconds.is_finite() { self.seconds.clamp(0.5, 60.0) } else { 4.0 };
        (100.0 * seconds / self.safe_frames() as f32).round().clamp(2.0, 600.0) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_follow_the_view_and_stay_possible() {
        assert_eq!(FrameSize::View(2).pixels([640.5, 400.0]), (1280, 800));
        assert_eq!(FrameSize::Wide(720).pixels([1.0, 1.0]), (1280, 720));
        assert_eq!(FrameSize::View(4).pixels([f32::NAN, 9000.0]).1, *SIDES.end());
        assert_eq!(FrameSize::Square(0).pixels([1.0, 1.0]), (16, 16));
        assert_eq!(FrameSize::View(2).name(), "View x 2");
    }

    #[test]
    fn a_turn_lasts_as_long_as_asked() {
        let film = Film { frames: 50, seconds: 4.0, ..Film::default() };
        assert_eq!(film.delay(), 8);
        assert_eq!(Film { frames: 9999, seconds: 0.1, ..film.clone() }.delay(), 2);
        assert_eq!(serde_json::from_str::<Film>("{}").unwrap(), Film::default());
    }
}
