//! Figures that the app measures, and where its widgets lie.

/// Figures that the app measures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// GPU time of the last decode in milliseconds.
    pub decode_ms: Option<f32>,
    /// Frames a second.
    pub fps: Option<f32>,
    /// CPU time of our own systems; `None` where the system has no such clock.
    pub own_time: Option<OwnTime>,
    /// Frames since the start.
    pub frames: u64,
    /// Whether the next frame comes at once; else only when something wakes the window.
    pub awake: bool,
    /// The graphics adapter's name.
    pub adapter: String,
    /// Decodes dispatched since the start; an idle app adds none.
    pub decodes: u64,
    /// Width, length and thickness (X, Y, Z) of the shape in metres.
    pub size: Option<[f32; 3]>,
}

/// Milliseconds of CPU time that our own systems use a frame, on all threads together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnTime {
    /// Of the last frame.
    pub last: f32,
    /// On average over the last ten frames or so.
    pub mean: f32,
    /// The systems that use most of the mean, by name.
    pub parts: Vec<(&'static str, f32)>,
}

/// A widget's place in the window in points, so that a test can aim a real pointer at it.
#[derive(Clone, Debug, PartialEq)]
pub struct WidgetRect {
    pub name: String,
    /// Left, top, right, bottom.
    pub rect: [f32; 4],
}
