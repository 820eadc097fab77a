//! The camera of the demo: it goes slowly around the shape, and comes nearer or goes farther as the shape asks for it.

use std::f32::consts::TAU;

use bevy::prelude::*;
use bevy_panorbit_camera::{PanOrbitCamera, PanOrbitCameraSystemSet};

use crate::viewer::{
    camera::{self, Covered, PITCH},
    explore::Session,
    state::Mode,
};

/// Seconds of a turn.
const TURN: f32 = 48.0;

/// Seconds in which most of a way to where the camera should be is gone.
const EASE: f32 = 2.5;

/// Longest step in seconds: a slow frame must not make it jump. Coming nearer and going farther ease, and may keep up.
const STEP: f32 = 0.25;
const EASED_STEP: f32 = 1.0;

/// Radians a second that a gamepad's stick at its end turns by.
const BY_HAND: f32 = 1.6;

/// How much farther off than a shape that fills the view: names and measures lie below it.
const ROOM: f32 = 1.16;

/// How far the right stick is pushed: right and up.
#[derive(Resource, Default)]
pub struct ByHand(pub [f32; 2]);

pub struct TurnPlugin;

impl Plugin for TurnPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<ByHand>().add_systems(PostUpdate, turn.before(PanOrbitCameraSystemSet));
    }
}

/// The share of a way that is gone in so many seconds.
fn eased(seconds: f32) -> f32 {
    1.0 - (-seconds / EASE).exp()
}

fn turn(
    session: Res<Session>,
    by_hand: Res<ByHand>,
    covered: Res<Covered>,
    time: Res<Time<Real>>,
    windows: Query<&Window>,
    mut cameras: Query<&mut PanOrbitCamera>,
) {
    let seconds = time.delta_secs().min(STEP);
    let demo = &session.explorer.demo;
    let [right, up] = by_hand.0;
    if demo.mode() == Mode::Taken && (right != 0.0 || up != 0.0) {
        for mut camera in &mut cameras {
            camera.target_yaw += BY_HAND * seconds * right;
            camera.target_pitch = (camera.target_pitch + BY_HAND * seconds * up).clamp(-1.5, 1.5);
        }
    }
    if demo.mode() != Mode::Walking {
        return;
    }
    let size = windows.iter().next().map_or(Vec2::ONE, |w| Vec2::new(w.width(), w.height()));
    if size.min_element() < 1.0 {
        return;
    }
    let (extent, focus) = session.framing();
    let (extent, aspect) = covered.fit(extent, size);
    let radius = ROOM * camera::distance(extent, aspect);
    // Looked at a little below its middle, the shape stands above the words.
    let focus = focus - Vec3::Y * 0.05 * extent.height;
    let part = eased(time.delta_secs().min(EASED_STEP));
    for mut camera in &mut cameras {
        let yaw = camera.yaw.unwrap_or(camera.target_yaw) + TAU / TURN * seconds;
        let pitch = camera.pitch.unwrap_or(camera.target_pitch);
        let pitch = pitch + part * (PITCH - pitch);
        let near = camera.radius.unwrap_or(camera.target_radius);
        let near = near + part * (radius - near);
        let at = camera.focus + part * (focus - camera.focus);
        // What is and what is wanted alike: the orbit's own smoothing would start and stop like rubber.
        (camera.yaw, camera.target_yaw) = (Some(yaw), yaw);
        (camera.pitch, camera.target_pitch) = (Some(pitch), pitch);
        (camera.radius, camera.target_radius) = (Some(near), near);
        (camera.focus, camera.target_focus) = (at, at);
        camera.force_update = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easing_does_not_depend_on_the_frames() {
        let far = |frames: usize| (0..frames).fold(1.0f32, |left, _| left * (1.0 - eased(1.0 / frames as f32)));
        assert!((far(4) - far(60)).abs() < 1e-4 && far(60) < 0.7);
    }
}
