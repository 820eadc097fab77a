//! A click in the view selects a patch: the ray is cast against the coarse mesh that the figures were measured on, since the
//! one on screen never leaves the GPU.

use bevy::{input::mouse::MouseButton, prelude::*, window::PrimaryWindow};
use bevy_egui::input::EguiWantsInput;
use bevy_panorbit_camera::PanOrbitCamera;

use super::{camera::Covered, explore::Session, state::Pane};

/// Pixels that a click may move; more is a drag.
const STILL: f32 = 4.0;

/// Where the button went down.
#[derive(Default)]
pub struct Pressed(Option<Vec2>);

/// Selects what is clicked while the pane of the patches is in front; a click beside the shape selects nothing.
pub fn pick(
    mut session: ResMut<Session>,
    buttons: Res<ButtonInput<MouseButton>>,
    wants: Res<EguiWantsInput>,
    covered: Res<Covered>,
    window: Query<&Window, With<PrimaryWindow>>,
    cameras: Query<(&Camera, &GlobalTransform), With<PanOrbitCamera>>,
    mut pressed: Local<Pressed>,
) {
    if session.explorer.demo.is_on() {
        return;
    }
    let Ok(window) = window.single() else { return };
    let Some(cursor) = window.cursor_position() else { return };
    if buttons.just_pressed(MouseButton::Left) {
        // egui counts its panels as ours, since they lie in one root of the window's size.
        let in_view = covered.leaves(cursor, window.size()) && !covered.taken && !wants.wants_any_pointer_input();
        pressed.0 = in_view.then_some(cursor);
    }
    if !buttons.just_released(MouseButton::Left) || !session.explorer.layout.shows(Pane::Patches) {
        return;
    }
    let Some(from) = pressed.0.take().filter(|from| from.distance(cursor) <= STILL) else { return };
    let Some(ray) = cameras.iter().find_map(|(camera, place)| camera.viewport_to_world(place, from).ok()) else {
        return;
    };
    let (scale, offset) = session.place();
    let origin = (ray.origin - Vec3::from(offset)) / scale;
    let hit = session.explorer.patches.hit(origin.into(), (*ray.direction).into());
    session.explorer.patches.find(hit);
}
