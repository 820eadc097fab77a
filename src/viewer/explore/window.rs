//! The window's own frame: as the last session left it, and no larger than the screen.

use bevy::{
    ecs::system::NonSendMarker,
    prelude::*,
    window::{Monitor, PrimaryMonitor, PrimaryWindow, WindowMode},
    winit::WINIT_WINDOWS,
};

use super::Session;
use crate::viewer::state::SavedWindow;

/// What a window manager puts around a window, in points: room that the screen must have beside it.
const TITLE: f32 = 32.0;

/// What the window is, to come back at the next start; `None` before it was seen.
#[derive(Resource, Default)]
pub(super) struct Frame(pub(super) Option<SavedWindow>);

/// Whether the window was maximised when the last session ended.
#[derive(Resource)]
pub(super) struct Maximised(pub(super) bool);

/// Maximises a window that was, or that the screen has no room for, once both are known.
pub(super) fn fit(
    was: Res<Maximised>,
    session: Res<Session>,
    monitors: Query<(&Monitor, Has<PrimaryMonitor>)>,
    mut window: Query<&mut Window, With<PrimaryWindow>>,
    mut done: Local<bool>,
) {
    if *done || session.explorer.demo.is_on() {
        return;
    }
    let (Ok(mut window), Some((screen, _))) = (window.single_mut(), monitors.iter().max_by_key(|(_, first)| *first))
    else {
        return;
    };
    *done = true;
    let room = screen.physical_size().as_vec2() / screen.scale_factor as f32;
    if was.0 || !has_room(room, window.size()) {
        window.set_maximized(true);
    }
}

/// Whether a window with its title fits a screen, where that tells its size.
fn has_room(screen: Vec2, window: Vec2) -> bool {
    screen.min_element() <= 0.0 || (window.x <= screen.x && window.y + TITLE <= screen.y)
}

/// Takes down what the window is, whenever its size changes.
pub(super) fn note(
    _main_thread: NonSendMarker,
    mut frame: ResMut<Frame>,
    window: Query<(Entity, &Window), With<PrimaryWindow>>,
    mut seen: Local<UVec2>,
) {
    let Ok((entity, window)) = window.single() else { return };
    let size = window.physical_size();
    // A full screen is the demo's.
    if *seen == size || size.min_element() == 0 || window.mode != WindowMode::Windowed {
        return;
    }
    *seen = size;
    let maximised = WINIT_WINDOWS.with_borrow(|all| all.get_window(entity).is_some_and(|window| window.is_maximized()));
    frame.0 = Some(noted(frame.0, window.size(), maximised));
}

/// A maximised window keeps the size that it had before.
fn noted(before: Option<SavedWindow>, size: Vec2, maximised: bool) -> SavedWindow {
    match before {
        Some(before) if maximised => SavedWindow { maximised, ..before },
        _ => SavedWindow { width: size.x, height: size.y, maximised },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_room_with_its_title() {
        let window = Vec2::new(1280.0, 800.0);
        assert!(has_room(Vec2::new(1920.0, 1080.0), window) && has_room(Vec2::ZERO, window));
        assert!(
            !has_room(window, window)
                && !has_room(Vec2::new(1366.0, 768.0), window)
                && !has_room(Vec2::new(1920.0, 810.0), window)
        );
    }

    #[test]
    fn what_is_maximised_keeps_the_size_that_it_had() {
        let normal = noted(None, Vec2::new(1280.0, 800.0), false);
        let large = noted(Some(normal), Vec2::new(1920.0, 1050.0), true);
        assert_eq!(large, SavedWindow { width: 1280.0, height: 800.0, maximised: true });
        assert_eq!(noted(Some(large), Vec2::new(1000.0, 700.0), false).size(), Some((1000, 700)));
    }
}
