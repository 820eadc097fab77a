//! The studio around a shape: image-based light, a key light with shadow, floor and backdrop, materials.

use bevy::{
    asset::RenderAssetUsages,
    camera::visibility::{NoFrustumCulling, RenderLayers},
    light::{CascadeShadowConfigBuilder, DirectionalLightShadowMap, NotShadowCaster, NotShadowReceiver},
    mesh::{Indices, PrimitiveTopology},
    prelude::*,
};

use super::{
    camera::{self, Extent},
    environment::{self, Key},
    state::Room,
    studio::paint::{FloorPaint, WallPaint},
};

/// cd/m² of radiance 1 in the environment: at the camera's default exposure it comes out as 1 before tone mapping.
const ENVIRONMENT: f32 = 1000.0;

/// Share of light that the floor throws back to all sides, and of what it mirrors, dull as it is, where it is looked at from
/// a little above (split-sum approximation, Karis 2013, for a roughness of 0.75 and 1 % thrown back head-on).
const FLOOR: Vec3 = Vec3::new(0.062, 0.064, 0.068);
const SHEEN: f32 = 0.02;

/// The render layer of what is around the shape, which a picture may leave out.
pub const AROUND: usize = 1;

/// The linear colour that marks a part; parts of other names than a sword's share one.
pub fn part_color(part: &str) -> [f32; 3] {
    let srgb = match part {
        "blade" => [150, 190, 230],
        "guard" => [230, 170, 60],
        "grip" => [150, 90, 60],
        "pommel" => [120, 200, 120],
        "bow" => [200, 110, 200],
        "fuselage" => [150, 190, 230],
        "wings" => [230, 170, 60],
        "tail" => [120, 200, 120],
        "engines" => [210, 100, 80],
        _ => [170, 170, 170],
    };
    crate::draw::colour::linear_rgb(srgb)
}

/// The floor, which follows the lower end of the shape.
#[derive(Component)]
pub struct Floor;

/// The wall behind the shape, which goes with the camera.
#[derive(Component)]
pub struct Backdrop;

/// The light that throws the shadow.
#[derive(Component)]
pub struct KeyLight;

/// Spawns everything around the shape, and the camera; returns the camera.
pub fn spawn(world: &mut World, extent: Extent, aspect: f32) -> Entity {
    let light = environment_light(Room::default(), &mut world.resource_mut::<Assets<Image>>());
    let mut meshes = world.resource_mut::<Assets<Mesh>>();
    let (floor, backdrop) = (meshes.add(floor_mesh()), meshes.add(backdrop_mesh(Room::default())));
    let floor_material = world.resource_mut::<Assets<FloorPaint>>().add(floor_paint(Room::default()));
    let backdrop_material = world.resource_mut::<Assets<WallPaint>>().add(WallPaint::default());
    world.insert_resource(DirectionalLightShadowMap { size: 2048 });
    world.insert_resource(ClearColor(Color::linear_rgb(0.012, 0.013, 0.015)));

    let radius = camera::distance(extent, aspect);
    let (light_of_room, towards) = key_light(environment::key(Room::default()), 0.0);
    world.spawn((
        KeyLight,
        light_of_room,
        CascadeShadowConfigBuilder {
            num_cascades: 1,
            minimum_distance: 0.1,
            maximum_distance: 2.5 * radius,
            ..default()
        }
        .build(),
        towards,
    ));
    world.spawn((
        Floor,
        RenderLayers::layer(AROUND),
        Mesh3d(floor),
        MeshMaterial3d(floor_material),
        floor_place(extent.height),
        NotShadowCaster,
        NoFrustumCulling,
    ));
    let camera = world.spawn((camera::bundle(extent, aspect), RenderLayers::from_layers(&[0, AROUND]), light)).id();
    // A painted wall that goes with the camera: whatever the orbit, the shape stands before its bright middle.
    world.spawn((
        Backdrop,
        RenderLayers::layer(AROUND),
        Mesh3d(backdrop),
        MeshMaterial3d(backdrop_material),
        Transform::from_xyz(0.0, 0.0, -60.0),
        ChildOf(camera),
        NotShadowCaster,
        NotShadowReceiver,
        NoFrustumCulling,
    ));
    camera
}

/// What lights everything from all around.
pub fn environment_light(room: Room, images: &mut Assets<Image>) -> EnvironmentMapLight {
    let (diffuse, specular) = environment::maps(room);
    EnvironmentMapLight {
        diffuse_map: images.add(diffuse),
        specular_map: images.add(specular),
        intensity: ENVIRONMENT,
        ..default()
    }
}

/// What the floor of a room is painted with.
pub fn floor_paint(room: Room) -> FloorPaint {
    let (above, aslant) = environment::over_floor(room);
    FloorPaint { albedo: FLOOR, around: ENVIRONMENT * (FLOOR * above + SHEEN * aslant) }
}

/// A room's key light, turned around the shape by `angle` in radians.
pub fn key_light(key: Key, angle: f32) -> (DirectionalLight, Transform) {
    let [r, g, b] = key.colour;
    let light = DirectionalLight {
        illuminance: key.illuminance,
        color: Color::srgb(r, g, b),
        shadow_maps_enabled: true,
        ..default()
    };
    let from = Quat::from_rotation_y(angle) * key.from;
    (light, Transform::from_translation(from).looking_at(Vec3::ZERO, Vec3::Y))
}

/// Where the floor lies under a shape of `height` metres whose middle is the origin.
pub fn floor_place(height: f32) -> Transform {
    Transform::from_xyz(0.0, -0.515 * height, 0.0).with_scale(Vec3::splat(height.max(0.05)))
}

/// A disc of radius 4 that fades into the backdrop.
fn floor_mesh() -> Mesh {
    let fade = |r: f32| {
        let t = (1.0 - r).clamp(0.0, 1.0);
        [1.0, 1.0, 1.0, 0.92 * t * t * (3.0 - 2.0 * t)]
    };
    disc(24, 96, |r, direction| (Vec3::new(2.6 * r * direction.x, 0.0, -2.6 * r * direction.y), fade(r)), Vec3::Y)
}

/// A wall 60 m behind the middle of the view with a soft pool of light on it.
pub fn backdrop_mesh(room: Room) -> Mesh {
    let [middle, rim] = environment::backdrop(room);
    let paint = |r: f32| {
        let glow = (-3.2 * r * r).exp();
        let grey = rim.lerp(middle, glow);
        [grey.x, grey.y, grey.z, 1.0]
    };
    disc(48, 64, |r, d| (Vec3::new(40.0 * r * d.x, 40.0 * r * d.y, 0.0), paint(2.0 * r)), Vec3::Z)
}

/// A disc of rings and spokes with a colour by radius (0 to 1).
fn disc(rings: u32, spokes: u32, place: impl Fn(f32, Vec2) -> (Vec3, [f32; 4]), normal: Vec3) -> Mesh {
    let (mut positions, mut colors, mut indices) = (Vec::new(), Vec::new(), Vec::new());
    for ring in 0..=rings {
        for spoke in 0..spokes {
            let angle = std::f32::consts::TAU * spoke as f32 / spokes as f32;
            let (position, color) = place(ring as f32 / rings as f32, Vec2::from_angle(angle));
            positions.push(position.to_array());
            colors.push(color);
        }
    }
    for ring in 0..rings {
        for spoke in 0..spokes {
            let (a, b) = (ring * spokes + spoke, ring * spokes + (spoke + 1) % spokes);
            indices.extend([a, a + spokes, b, b, a + spokes, b + spokes]);
        }
    }
    Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD)
        .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, vec![normal.to_array(); positions.len()])
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, positions)
        .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, colors)
        .with_inserted_indices(Indices::U32(indices))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discs_face_their_normal() {
        for (mesh, normal) in [(floor_mesh(), Vec3::Y), (backdrop_mesh(Room::Studio), Vec3::Z)] {
            let positions = mesh.attribute(Mesh::ATTRIBUTE_POSITION).and_then(|a| a.as_float3()).unwrap();
            let indices: Vec<usize> = mesh.indices().unwrap().iter().collect();
            let mut area = 0.0;
            for t in indices.chunks_exact(3) {
                let [a, b, c] = [t[0], t[1], t[2]].map(|i| Vec3::from(positions[i]));
                let n = (b - a).cross(c - a);
                assert!(n.dot(normal) >= -1e-6, "{n}");
                area += n.dot(normal) / 2.0;
            }
            assert!(area > 1.0);
        }
    }
}
