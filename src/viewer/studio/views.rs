//! From where the shape is seen: the sides, the turntable, and the lens.

use std::f32::consts::{FRAC_PI_2, PI, TAU};

use bevy::{camera::ScalingMode, prelude::*};
use bevy_panorbit_camera::{PanOrbitCamera, PanOrbitCameraSystemSet};

use super::Asked;
use crate::viewer::{
    camera::{self, Covered, FIELD_OF_VIEW},
    cpu::Cpu,
    explore::Session,
    state::{StudioCommand, View},
};

/// Seconds of a turn of the turntable.
const TURN: f32 = 12.0;

/// The longest step of the turntable in seconds: a slow frame must not make it jump.
const STEP: f32 = 0.25;

/// Clip planes of a lens without perspective, in metres from the camera: it stands 3 m off, as for a sword with one, and
/// nothing near or far is cut away.
const ORTHOGRAPHIC: [f32; 2] = [-94.0, 100.0];

/// Turns the camera as it is asked to.
pub struct ViewsPlugin;

impl Plugin for ViewsPlugin {
    fn build(&self, app: &mut App) {
        let cpu = Cpu::of(app);
        app.add_systems(Update, cpu.timed(face))
            .add_systems(PostUpdate, (cpu.timed(turn), cpu.timed(lens)).before(PanOrbitCameraSystemSet));
    }
}

/// Yaw and pitch in radians of a camera that looks at a side. The front is what the class's front is: a sword's face, a
/// plane's nose.
pub fn angles(view: View) -> (f32, f32) {
    match view {
        View::Front => (0.0, 0.0),
        View::Back => (PI, 0.0),
        View::Right => (FRAC_PI_2, 0.0),
        View::Left => (-FRAC_PI_2, 0.0),
        View::Top => (0.0, FRAC_PI_2),
        View::Bottom => (0.0, -FRAC_PI_2),
    }
}

/// The angle that looks the same as `wanted` and lies nearest to `now`: the short way round.
pub fn nearest(now: f32, wanted: f32) -> f32 {
    now + (wanted - now + PI).rem_euclid(TAU) - PI
}

/// Yaw of frame `i` of a turn of `frames` that starts at `from`; the last frame lies a step before the first.
pub fn yaw_of_frame(from: f32, i: u32, frames: u32) -> f32 {
    from + TAU * i as f32 / frames.max(1) as f32
}

fn face(
    mut asked: MessageReader<Asked>,
    mut session: ResMut<Session>,
    covered: Res<Covered>,
    windows: Query<&Window>,
    mut cameras: Query<&mut PanOrbitCamera>,
) {
    for Asked(command) in asked.read() {
        match command {
            StudioCommand::Face(view) => {
                let (yaw, pitch) = angles(*view);
                for mut camera in &mut cameras {
                    camera.target_yaw = nearest(camera.target_yaw, yaw);
                    camera.target_pitch = pitch;
                }
                session.explorer.look.turning = false;
            }
            StudioCommand::Focus => {
                let size = windows.iter().next().map_or(Vec2::ONE, |w| Vec2::new(w.width(), w.height()));
                let (extent, focus) = session.framing();
                let (extent, aspect) = covered.fit(extent, size);
                for mut camera in &mut cameras {
                    camera.target_focus = focus;
                    camera.target_radius = camera::distance(extent, aspect);
                }
            }
            _ => {}
        }
    }
}

fn turn(mut session: ResMut<Session>, time: Res<Time<Real>>, mut cameras: Query<&mut PanOrbitCamera>) {
    if !session.explorer.look.turning || session.explorer.film.recording.is_some() {
        return;
    }
    let step = TAU / TURN * time.delta_secs().min(STEP);
    for mut camera in &mut cameras {
        camera.target_yaw += step;
        // No smoothing on the way, or the table would start and stop like rubber.
        camera.yaw = camera.yaw.map(|yaw| yaw + step);
        camera.force_update = true;
    }
    session.stay_awake(time.elapsed_secs_f64() + 0.5);
}

/// A lens with or without perspective: what lies in the middle keeps its size.
fn lens(session: Res<Session>, mut cameras: Query<(&mut PanOrbitCamera, &mut Projection)>) {
    let wanted = session.explorer.look.orthographic;
    for (mut camera, mut projection) in &mut cameras {
        let orthographic = matches!(*projection, Projection::Orthographic(_));
        if wanted != orthographic {
            *projection = if wanted { parallel() } else { camera::perspective() };
            camera.force_update = true;
        }
    }
}

/// Scaled by the orbit's radius, as the orbit does, it shows what the perspective shows at that distance.
fn parallel() -> Projection {
    let viewport_height = 2.0 * (FIELD_OF_VIEW / 2.0).tan();
    let [near, far] = ORTHOGRAPHIC;
    Projection::Orthographic(OrthographicProjection {
        near,
        far,
        scaling_mode: ScalingMode::FixedVertical { viewport_height },
        ..OrthographicProjection::default_3d()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a camera of these angles stands, seen from what it looks at.
    fn stand(yaw: f32, pitch: f32) -> Vec3 {
        Quat::from_rotation_y(yaw) * Quat::from_rotation_x(-pitch) * Vec3::Z
    }

    #[test]
    fn views_look_from_their_side() {
        for (view, from) in [
            (View::Front, Vec3::Z),
            (View::Back, Vec3::NEG_Z),
            (View::Right, Vec3::X),
            (View::Left, Vec3::NEG_X),
            (View::Top, Vec3::Y),
            (View::Bottom, Vec3::NEG_Y),
        ] {
            let (yaw, pitch) = angles(view);
            assert!((stand(yaw, pitch) - from).length() < 1e-5, "{view:?}");
        }
    }

    #[test]
    fn the_short_way_round_is_taken() {
        for (now, wanted) in [(0.4, -1.0), (7.0, 0.0), (-20.0, PI), (3.0, -3.0)] {
            let target = nearest(now, wanted);
            assert!((target - now).abs() <= PI + 1e-5, "{now} {wanted} {target}");
            assert!((stand(target, 0.0) - stand(wanted, 0.0)).length() < 1e-4);
        }
    }

    #[test]
    fn a_turn_has_even_steps_and_shows_no_angle_twice() {
        let yaws: Vec<f32> = (0..12).map(|i| yaw_of_frame(0.42, i, 12)).collect();
        assert_eq!(yaws[0], 0.42);
        assert!(yaws.windows(2).all(|w| (w[1] - w[0] - TAU / 12.0).abs() < 1e-5));
        assert!((yaws[0] + TAU - yaws[11] - TAU / 12.0).abs() < 1e-5);
    }
}
