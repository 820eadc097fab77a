//! The scene under the panels, where the window doesn't draw it itself.

use egui::{Color32, Rect, TextureId, Ui};

use crate::viewer::state::Explorer;

/// Paints the scene's picture in its place.
pub fn show(ui: &Ui, explorer: &Explorer) {
    let Some(picture) = explorer.picture else { return };
    let rect = |[near, far]: [[f32; 2]; 2], scale: f32| Rect::from_min_max(near.into(), far.into()) / scale;
    // egui's points are the window's pixels scaled by the user.
    let place = rect(picture.place, ui.ctx().zoom_factor());
    ui.painter().image(TextureId::User(picture.texture), place, rect(picture.part, 1.0), Color32::WHITE);
}
