//! The demo's hands in the app: the full screen, the slow camera, gamepads, and the screen saver.
//! Who leads and where the walk is, is [`super::state::demo`]'s.

mod saver;
mod turn;

use std::sync::{Mutex, PoisonError};

use bevy::{
    prelude::*,
    window::{CursorOptions, Monitor, PrimaryMonitor, PrimaryWindow, WindowMode},
    winit::EventLoopProxyWrapper,
};

use super::{
    explore::{self, Session},
    jobs::Gamepads,
    state::Mode,
};
use saver::Awake;

/// Seconds after which a window that no window manager made as large as the screen makes itself so.
const PATIENCE: f32 = 1.5;

/// Everything that only the demo does.
pub struct DemoPlugin;

impl Plugin for DemoPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Pads>().add_systems(Update, (full_screen, keep_awake, play)).add_plugins(turn::TurnPlugin);
    }
}

/// Makes the window as large as the screen while the demo runs, and hides the pointer while it walks. It opens as a window like
/// any other: one that is created full-screen has another size than it is told where nobody makes it so.
fn full_screen(
    session: Res<Session>,
    time: Res<Time<Real>>,
    monitors: Query<(&Monitor, Has<PrimaryMonitor>)>,
    mut window: Query<(&mut Window, &mut CursorOptions), With<PrimaryWindow>>,
    mut since: Local<Option<f32>>,
    mut before: Local<Option<(WindowPosition, UVec2)>>,
) {
    let Ok((mut window, mut cursor)) = window.single_mut() else { return };
    let demo = &session.explorer.demo;
    let visible = demo.mode() != Mode::Walking;
    if cursor.visible != visible {
        cursor.visible = visible;
    }
    let mode =
        if demo.is_on() { WindowMode::BorderlessFullscreen(MonitorSelection::Current) } else { WindowMode::Windowed };
    if window.mode != mode {
        window.mode = mode;
    }
    if !demo.is_on() {
        *since = None;
        if let Some((position, size)) = before.take() {
            window.position = position;
            window.resolution.set_physical_resolution(size.x, size.y);
        }
        return;
    }
    let now = time.elapsed_secs();
    if now - *since.get_or_insert(now) < PATIENCE || before.is_some() {
        return;
    }
    // On X11 it is the window manager that makes a window full-screen, and a kiosk may have none.
    let size = window.physical_size();
    let screen = monitors.iter().max_by_key(|(_, primary)| *primary).map(|(monitor, _)| monitor);
    let Some(screen) = screen.filter(|m| m.physical_size() != size && m.physical_size().min_element() > 0) else {
        return;
    };
    *before = Some((window.position, size));
    window.position = WindowPosition::At(screen.physical_position);
    let whole = screen.physical_size();
    window.resolution.set_physical_resolution(whole.x, whole.y);
}

/// No screen saver while the demo runs.
fn keep_awake(session: Res<Session>, mut awake: Local<Option<Awake>>) {
    if session.explorer.demo.is_on() != awake.is_some() {
        *awake = session.explorer.demo.is_on().then(Awake::begin);
    }
}

/// What is plugged in, once a demo has begun.
#[derive(Resource, Default)]
struct Pads(Mutex<Option<Gamepads>>);

/// Takes in what gamepads say.
fn play(
    mut session: ResMut<Session>,
    mut pads: ResMut<Pads>,
    time: Res<Time<Real>>,
    proxy: Option<Res<EventLoopProxyWrapper>>,
    mut turned: ResMut<turn::ByHand>,
    mut tried: Local<bool>,
) {
    if !session.explorer.demo.is_on() {
        return;
    }
    let pads = pads.0.get_mut().unwrap_or_else(PoisonError::into_inner);
    if !std::mem::replace(&mut *tried, true) {
        match Gamepads::start(explore::wake(proxy)) {
            Ok(started) => *pads = Some(started),
            Err(why) => session.explorer.error(format!("No gamepad is heard: {why}.")),
        }
    }
    let Some(pads) = pads else { return };
    let pad = pads.poll();
    session.explorer.play_gamepad(&pad, time.delta_secs().min(0.25));
    turned.0 = pad.turn();
}
