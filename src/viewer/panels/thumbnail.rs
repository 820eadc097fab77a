//! A thumbnail on the screen: pictures become textures once, and those that were not shown for a while go again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use egui::{Color32, ColorImage, Id, Rect, TextureHandle, TextureOptions, Ui, Vec2};

use super::theme;
use crate::draw::Picture;
use crate::viewer::state::{Explorer, Seen, Wanted};

/// Textures that are kept at most, beside those that are on the screen.
const LIMIT: usize = 256;

#[derive(Default)]
struct Texture {
    handle: Option<TextureHandle>,
    picture: Option<Arc<Picture>>,
    shown: u64,
}

/// Kept in egui's memory: a texture belongs to the context that draws it.
#[derive(Clone, Default)]
struct Textures(Arc<Mutex<HashMap<String, Texture>>>);

/// Paints a sword's thumbnail into the middle of `rect`, or a sign that it is not there yet.
pub fn paint(ui: &Ui, explorer: &mut Explorer, rect: Rect, id: &str, faded: bool, wanted: impl FnOnce() -> Wanted) {
    match explorer.gallery.pictures.see(id, wanted) {
        Seen::Ready(picture) => {
            let tint = if faded { Color32::from_white_alpha(70) } else { Color32::WHITE };
            let size = Vec2::new(picture.width() as f32, picture.height() as f32);
            let scale = (rect.width() / size.x).min(rect.height() / size.y);
            let place = Rect::from_center_size(rect.center(), scale * size);
            let whole = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
            ui.painter().image(texture(ui, id, &picture), place, whole, tint);
        }
        Seen::Soon => {
            for i in -1..=1 {
                let dot = rect.center() + Vec2::new(7.0 * i as f32, 0.0);
                ui.painter().circle_filled(dot, 1.5, theme::of(ui).quiet.gamma_multiply(0.6));
            }
        }
        Seen::Never => {
            let font = egui::TextStyle::Small.resolve(ui.style());
            ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, "no picture", font, theme::of(ui).quiet);
        }
    }
}

fn texture(ui: &Ui, id: &str, picture: &Arc<Picture>) -> egui::TextureId {
    let memory = Id::new("thumbnails");
    let textures = ui.ctx().data_mut(|data| data.get_temp_mut_or_default::<Textures>(memory).clone());
    let mut textures = textures.0.lock().unwrap_or_else(PoisonError::into_inner);
    let frame = ui.ctx().cumulative_frame_nr();
    if textures.len() > LIMIT {
        // The textures of this frame and the one before are on the screen.
        textures.retain(|_, t| t.shown + 1 >= frame);
    }
    let entry = textures.entry(id.to_owned()).or_default();
    entry.shown = frame;
    let same = entry.picture.as_ref().is_some_and(|p| Arc::ptr_eq(p, picture));
    if let (true, Some(handle)) = (same, &entry.handle) {
        return handle.id();
    }
    let image =
        ColorImage::from_rgba_unmultiplied([picture.width() as usize, picture.height() as usize], picture.rgba());
    let handle = ui.ctx().load_texture(format!("thumbnail {id}"), image, TextureOptions::LINEAR);
    let texture = handle.id();
    (entry.handle, entry.picture) = (Some(handle), Some(picture.clone()));
    texture
}
