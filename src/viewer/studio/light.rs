//! The chosen room's light, turned and exposed as wished, and its backdrop.

use std::collections::HashMap;

use bevy::{asset::AssetEventSystems, camera::Exposure, prelude::*};
use bevy_egui::EguiPostUpdateSet;
use bevy_panorbit_camera::{PanOrbitCamera, PanOrbitCameraSystemSet};

use super::paint::{FloorPaint, WallPaint};
use crate::viewer::{
    camera,
    cpu::Cpu,
    environment,
    explore::Session,
    scene::{self, Backdrop, Floor, KeyLight},
    state::{Look, Room, Surface},
};

/// Follows the look's light.
pub struct LightPlugin;

impl Plugin for LightPlugin {
    fn build(&self, app: &mut App) {
        let cpu = Cpu::of(app);
        app.init_resource::<Rooms>().add_systems(
            PostUpdate,
            cpu.timed(follow)
                .after(EguiPostUpdateSet::EndPass)
                .after(PanOrbitCameraSystemSet)
                .before(AssetEventSystems),
        );
    }
}

/// Rooms that were lit already: each takes some milliseconds to compute.
#[derive(Resource, Default)]
struct Rooms(HashMap<Room, Painted>);

/// Its light, its wall and what its floor throws back of the light from all around.
type Painted = (EnvironmentMapLight, Handle<Mesh>, FloorPaint);

/// What was shown last.
#[derive(Default, PartialEq, Clone, Copy)]
struct Shown {
    room: Option<Room>,
    backdrop: Option<Room>,
    angle: f32,
    exposure: f32,
    floor: bool,
}

/// The room behind the shape: rays are light that is added up, which only the dark shows.
fn backdrop_of(look: &Look) -> Room {
    if look.surface == Surface::XRay { Room::Night } else { look.room }
}

/// By how much, in radians, the light is turned around the shape.
fn angle(look: &Look, yaw: Option<f32>) -> f32 {
    let along = yaw.filter(|_| look.light_follows).map_or(0.0, |yaw| yaw - camera::YAW);
    let own = if look.light.is_finite() { look.light.to_radians() } else { 0.0 };
    own + along
}

#[expect(clippy::too_many_arguments, reason = "a system names what it reads")]
fn follow(
    mut commands: Commands,
    session: Res<Session>,
    mut rooms: ResMut<Rooms>,
    mut images: ResMut<Assets<Image>>,
    mut meshes: ResMut<Assets<Mesh>>,
    cameras: Query<Entity, With<Camera3d>>,
    unlit: Query<(), (With<Camera3d>, Without<EnvironmentMapLight>)>,
    orbits: Query<&PanOrbitCamera>,
    mut keys: Query<(&mut DirectionalLight, &mut Transform), With<KeyLight>>,
    mut backdrops: Query<(&mut Mesh3d, &MeshMaterial3d<WallPaint>), With<Backdrop>>,
    mut paints: ResMut<Assets<WallPaint>>,
    mut floors: Query<(&mut Visibility, &MeshMaterial3d<FloorPaint>), With<Floor>>,
    mut floor_paints: ResMut<Assets<FloorPaint>>,
    mut shown: Local<Shown>,
) {
    let look = &session.explorer.look;
    let now = Shown {
        room: Some(look.room),
        backdrop: Some(backdrop_of(look)),
        angle: angle(look, orbits.iter().next().and_then(|o| o.yaw)),
        exposure: if look.exposure.is_finite() { look.exposure.clamp(-8.0, 8.0) } else { 0.0 },
        floor: look.floor && look.surface != Surface::XRay,
    };
    if now == *shown && unlit.is_empty() {
        return;
    }
    let mut lit = |room: Room| {
        rooms
            .0
            .entry(room)
            .or_insert_with(|| {
                let wall = meshes.add(scene::backdrop_mesh(room));
                (scene::environment_light(room, &mut images), wall, scene::floor_paint(room))
            })
            .clone()
    };
    let (light, _, floor) = lit(look.room);
    let rotation = Quat::from_rotation_y(now.angle);
    for camera in &cameras {
        commands.entity(camera).insert((
            EnvironmentMapLight { rotation, ..light.clone() },
            Exposure { ev100: Exposure::default().ev100 - now.exposure },
        ));
    }
    for (mut key, mut place) in &mut keys {
        (*key, *place) = scene::key_light(environment::key(look.room), now.angle);
    }
    let (_, wall, _) = lit(backdrop_of(look));
    for (mut mesh, paint) in &mut backdrops {
        mesh.0 = wall.clone();
        // Painted, not lit: a longer exposure brightens it all the same.
        if let Some(mut paint) = paints.get_mut(&paint.0) {
            paint.brightness = now.exposure.exp2();
        }
    }
    for (mut visibility, paint) in &mut floors {
        if let Some(mut paint) = floor_paints.get_mut(&paint.0) {
            *paint = floor.clone();
        }
        *visibility = if now.floor { Visibility::Inherited } else { Visibility::Hidden };
    }
    *shown = now;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_that_follows_stays_where_the_camera_sees_it() {
        let mut look = Look { light: 90.0, ..Look::default() };
        assert_eq!(angle(&look, Some(2.0)), 90f32.to_radians());
        look.light_follows = true;
        assert_eq!(angle(&look, Some(camera::YAW)), 90f32.to_radians());
        assert!((angle(&look, Some(camera::YAW + 1.0)) - 90f32.to_radians() - 1.0).abs() < 1e-6);
        look.light = f32::NAN;
        assert_eq!(angle(&look, None), 0.0);
    }
}
