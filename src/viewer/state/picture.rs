//! The scene as a picture: what a window shows whose adapter is too slow to draw the scene itself.

/// A part of a texture, and where it belongs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Picture {
    /// The texture's number among the user's in egui.
    pub texture: u64,
    /// The near and the far corner in the window, in its logical pixels.
    pub place: [[f32; 2]; 2],
    /// The same corners in the texture, 0 to 1.
    pub part: [[f32; 2]; 2],
}
