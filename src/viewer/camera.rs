//! The camera: orbit, zoom, pan; and framing, so that a shape fills the part of the window beside the panels.

use std::f32::consts::FRAC_PI_2;

use bevy::{
    camera::SubCameraView,
    core_pipeline::tonemapping::{DebandDither, Tonemapping},
    prelude::*,
    window::PrimaryWindow,
};
use bevy_egui::input::EguiWantsInput;
use bevy_panorbit_camera::{PanOrbitCamera, PanOrbitCameraPlugin};

use super::cpu::Cpu;

/// Vertical field of view in radians: long enough a lens that a blade keeps its proportions.
pub const FIELD_OF_VIEW: f32 = 0.42;

/// Where the camera starts: a quarter turn shows the blade's face and its edge.
pub const YAW: f32 = 0.42;
pub const PITCH: f32 = 0.10;

/// What the panels cover of the window, in logical pixels from each edge; nothing without panels.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub struct Covered {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
    /// Whether something that lies in the view has the pointer.
    pub taken: bool,
}

impl Covered {
    /// Width and height of what is left of a window of `size`, a fifth of it at least.
    pub fn free(self, size: Vec2) -> Vec2 {
        (size - Vec2::new(self.left + self.right, self.top + self.bottom)).max(0.2 * size).max(Vec2::ONE)
    }

    /// Whether a place in a window of `size` belongs to the view.
    pub fn leaves(self, at: Vec2, size: Vec2) -> bool {
        (self.left..=size.x - self.right).contains(&at.x) && (self.top..=size.y - self.bottom).contains(&at.y)
    }

    /// The picture that [`lens_shift`] shows a window's part of.
    pub fn full(self, size: Vec2) -> Vec2 {
        let most = 0.8 * size;
        size + Vec2::new(self.left - self.right, self.top - self.bottom).abs().min(most)
    }

    /// What stands in for `extent` where the lens's whole height is to be filled but only the free part is seen, and the free
    /// part's aspect.
    pub fn fit(self, extent: Extent, size: Vec2) -> (Extent, f32) {
        let free = self.free(size);
        let wider = self.full(size).y / free.y;
        (Extent { width: extent.width * wider, height: extent.height * wider }, free.x / free.y)
    }
}

/// Height and width in metres that [`frame`] fits into the view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    pub width: f32,
    pub height: f32,
}

/// Orbit camera, kept beside the panels and still while they have the pointer.
pub struct CameraPlugin;

impl Plugin for CameraPlugin {
    fn build(&self, app: &mut App) {
        let cpu = Cpu::of(app);
        app.add_plugins(PanOrbitCameraPlugin).init_resource::<Covered>().add_systems(
            Update,
            (cpu.timed(yield_to_panels).run_if(resource_exists::<EguiWantsInput>), cpu.timed(beside_panels)),
        );
    }
}

/// The camera's components.
pub fn bundle(extent: Extent, aspect: f32) -> impl Bundle {
    let radius = distance(extent, aspect);
    (
        Camera3d::default(),
        Msaa::Sample4,
        Tonemapping::TonyMcMapface,
        DebandDither::Enabled,
        perspective(),
        // Without a plugin that moves it, as in a still picture, the transform counts.
        start(extent, aspect),
        PanOrbitCamera {
            radius: Some(radius),
            yaw: Some(YAW),
            pitch: Some(PITCH),
            target_radius: radius,
            target_yaw: YAW,
            target_pitch: PITCH,
            // Straight down and straight up, where the views from above and below look from.
            pitch_upper_limit: Some(FRAC_PI_2),
            pitch_lower_limit: Some(-FRAC_PI_2),
            zoom_lower_limit: 0.08,
            zoom_upper_limit: Some(12.0),
            orbit_smoothness: 0.3,
            zoom_smoothness: 0.3,
            pan_smoothness: 0.2,
            ..default()
        },
    )
}

/// The usual lens.
pub fn perspective() -> Projection {
    Projection::Perspective(PerspectiveProjection { fov: FIELD_OF_VIEW, near: 0.01, far: 100.0, ..default() })
}

/// Where the camera stands at first.
pub fn start(extent: Extent, aspect: f32) -> Transform {
    stand(YAW, PITCH, extent, aspect)
}

/// Where a camera of these angles in radians stands that looks at the middle of the scene; straight up and down are not for
/// it.
pub fn stand(yaw: f32, pitch: f32, extent: Extent, aspect: f32) -> Transform {
    let back = Vec3::new(0.0, 0.0, distance(extent, aspect));
    Transform::from_translation(Quat::from_rotation_y(yaw) * Quat::from_rotation_x(-pitch) * back)
        .looking_at(Vec3::ZERO, Vec3::Y)
}

/// How far the camera must stand for `extent` to fill most of a view of `aspect` (width by height).
pub fn distance(extent: Extent, aspect: f32) -> f32 {
    let slope = (FIELD_OF_VIEW / 2.0).tan();
    let needed = (extent.height / 2.0).max(extent.width / 2.0 / aspect.max(0.1));
    1.12 * needed / slope
}

/// Brings what has `extent` around `focus` back into view from where the camera started.
pub fn reframe(camera: &mut PanOrbitCamera, extent: Extent, focus: Vec3, aspect: f32) {
    camera.target_focus = focus;
    camera.target_yaw = YAW;
    camera.target_pitch = PITCH;
    camera.target_radius = distance(extent, aspect);
}

fn yield_to_panels(
    input: Res<EguiWantsInput>,
    covered: Res<Covered>,
    window: Query<&Window, With<PrimaryWindow>>,
    buttons: Res<ButtonInput<MouseButton>>,
    mut cameras: Query<&mut PanOrbitCamera>,
) {
    // A drag that began in the view goes on over a panel, and one that began in a panel stays there.
    if buttons.any_pressed([MouseButton::Left, MouseButton::Right, MouseButton::Middle])
        && !buttons.any_just_pressed([MouseButton::Left, MouseButton::Right, MouseButton::Middle])
    {
        return;
    }
    // egui counts its panels as ours, since they lie in one root of the window's size: the wheel would zoom through them.
    let over_panel = window
        .single()
        .is_ok_and(|w| w.cursor_position().is_some_and(|at| !covered.leaves(at, Vec2::new(w.width(), w.height()))));
    for mut camera in &mut cameras {
        let enabled = !over_panel && !covered.taken && !input.wants_any_input();
        if camera.enabled != enabled {
            camera.enabled = enabled;
        }
    }
}

/// Shifts the lens, not the camera, so that the orbit's centre lies in the middle of what the panels leave free.
fn beside_panels(covered: Res<Covered>, mut cameras: Query<&mut Camera, With<PanOrbitCamera>>) {
    for mut camera in &mut cameras {
        let Some(size) = camera.logical_target_size() else { continue };
        let view = lens_shift(size, *covered);
        if camera.sub_camera_view != view {
            camera.sub_camera_view = view;
        }
    }
}

/// The window as a part of a larger picture, whose middle is the middle of the free part.
fn lens_shift(size: Vec2, covered: Covered) -> Option<SubCameraView> {
    let full = covered.full(size).as_uvec2().max(UVec2::ONE);
    let (whole, size) = (size, size.as_uvec2().max(UVec2::ONE));
    // Covered at the left or above, the window is the picture's near end; at the right or below, its far end.
    let shift = Vec2::new(covered.right - covered.left, covered.bottom - covered.top).min(0.8 * whole);
    (full != size).then(|| SubCameraView { full_size: full, offset: shift.max(Vec2::ZERO).floor(), size })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::camera::CameraProjection;

    #[test]
    fn the_orbits_centre_lies_in_the_middle_of_the_free_part() {
        let view = lens_shift(Vec2::new(1280.0, 720.0), Covered { left: 320.0, ..default() }).unwrap();
        let projection = PerspectiveProjection { fov: FIELD_OF_VIEW, ..default() };
        let clip = projection.get_clip_from_view_for_sub(&view) * Vec4::new(0.0, 0.0, -2.0, 1.0);
        let pixel = (clip.x / clip.w * 0.5 + 0.5) * 1280.0;
        assert!((pixel - 800.0).abs() < 0.5, "{pixel}");
        assert!((clip.y / clip.w).abs() < 1e-6);
        assert_eq!(lens_shift(Vec2::new(1280.0, 720.0), Covered::default()), None);
        // All four sides covered: the middle of 300..900, 30..530.
        let covered = Covered { left: 300.0, top: 30.0, right: 380.0, bottom: 190.0, ..default() };
        let view = lens_shift(Vec2::new(1280.0, 720.0), covered).unwrap();
        let clip = projection.get_clip_from_view_for_sub(&view) * Vec4::new(0.0, 0.0, -2.0, 1.0);
        let pixel = Vec2::new(clip.x / clip.w * 0.5 + 0.5, 0.5 - clip.y / clip.w * 0.5) * Vec2::new(1280.0, 720.0);
        assert!((pixel - Vec2::new(600.0, 280.0)).abs().max_element() < 1.0, "{pixel}");
    }

    #[test]
    fn panels_do_not_belong_to_the_view() {
        let covered = Covered { left: 300.0, top: 30.0, right: 380.0, bottom: 190.0, ..default() };
        let size = Vec2::new(1280.0, 720.0);
        let view = |x: f32, y: f32| covered.leaves(Vec2::new(x, y), size);
        assert!(view(600.0, 280.0) && !view(200.0, 280.0) && !view(1000.0, 280.0) && !view(600.0, 600.0));
        assert!(!view(600.0, 10.0) && Covered::default().leaves(Vec2::ZERO, size));
    }

    #[test]
    fn a_framed_shape_fits() {
        for (extent, aspect) in [
            (Extent { width: 0.2, height: 1.0 }, 1.33),
            (Extent { width: 2.0, height: 1.0 }, 1.33),
            (Extent { width: 0.2, height: 1.0 }, 0.4),
        ] {
            let half = distance(extent, aspect) * (FIELD_OF_VIEW / 2.0).tan();
            assert!(half >= extent.height / 2.0 && half * aspect >= extent.width / 2.0);
        }
    }
}
