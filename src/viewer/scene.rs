//! The studio around a shape: image-based light, a key light with shadow, floor and backdrop, materials.

use bevy::{
    asset::RenderAssetUsages,
    camera::visibility::NoFrustumCulling,
    light::{CascadeShadowConfigBuilder, DirectionalLightShadowMap, NotShadowCaster, NotShadowReceiver},
    mesh::{Indices, PrimitiveTopology},
    prelude::*,
};

use super::{
    camera::{self, Extent},
    environment,
};

/// cd/m² of radiance 1 in the environment: at the camera's default exposure it comes out as 1 before tone mapping.
const ENVIRONMENT: f32 = 1000.0;

/// Linear reflectance of polished steel at normal incidence.
pub const STEEL: [f32; 4] = [0.53, 0.54, 0.55, 1.0];

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

/// What a shape is drawn with.
#[derive(Resource)]
pub struct Materials {
    pub steel: Handle<StandardMaterial>,
    /// Patch colours are judged better on a less mirroring surface.
    pub tint: Handle<StandardMaterial>,
}

/// The floor, which follows the lower end of the shape.
#[derive(Component)]
pub struct Floor;

impl FromWorld for Materials {
    fn from_world(world: &mut World) -> Self {
        let mut materials = world.resource_mut::<Assets<StandardMaterial>>();
        // Both sides are drawn and lit: a patch that ends in an edge is an open sheet, and its back faces the viewer.
        let steel = StandardMaterial {
            base_color: Color::WHITE,
            metallic: 1.0,
            perceptual_roughness: 0.22,
            double_sided: true,
            cull_mode: None,
            ..default()
        };
        let tint = StandardMaterial { metallic: 0.25, perceptual_roughness: 0.42, ..steel.clone() };
        Self { steel: materials.add(steel), tint: materials.add(tint) }
    }
}

/// Spawns everything around the shape, and the camera; returns the camera.
pub fn spawn(world: &mut World, extent: Extent, aspect: f32) -> Entity {
    let (diffuse, specular) = environment::studio();
    let mut images = world.resource_mut::<Assets<Image>>();
    let light = EnvironmentMapLight {
        diffuse_map: images.add(diffuse),
        specular_map: images.add(specular),
        intensity: ENVIRONMENT,
        ..default()
    };
    let mut meshes = world.resource_mut::<Assets<Mesh>>();
    let (floor, backdrop) = (meshes.add(floor_mesh()), meshes.add(backdrop_mesh()));
    let mut materials = world.resource_mut::<Assets<StandardMaterial>>();
    let floor_material = materials.add(StandardMaterial {
        base_color: Color::linear_rgb(0.062, 0.064, 0.068),
        perceptual_roughness: 0.75,
        reflectance: 0.25,
        alpha_mode: AlphaMode::Blend,
        ..default()
    });
    let backdrop_material = materials.add(StandardMaterial { unlit: true, ..default() });
    world.init_resource::<Materials>();
    world.insert_resource(DirectionalLightShadowMap { size: 2048 });
    world.insert_resource(ClearColor(Color::linear_rgb(0.012, 0.013, 0.015)));

    let radius = camera::distance(extent, aspect);
    world.spawn((
        DirectionalLight {
            illuminance: 2800.0,
            color: Color::srgb(1.0, 0.965, 0.91),
            shadow_maps_enabled: true,
            ..default()
        },
        CascadeShadowConfigBuilder {
            num_cascades: 1,
            minimum_distance: 0.1,
            maximum_distance: 2.5 * radius,
            ..default()
        }
        .build(),
        Transform::from_xyz(-1.4, 3.2, 2.2).looking_at(Vec3::ZERO, Vec3::Y),
    ));
    world.spawn((
        Floor,
        Mesh3d(floor),
        MeshMaterial3d(floor_material),
        floor_place(extent.height),
        NotShadowCaster,
        NoFrustumCulling,
    ));
    let camera = world.spawn((camera::bundle(extent, aspect), light)).id();
    // A painted wall that goes with the camera: whatever the orbit, the shape stands before its bright middle.
    world.spawn((
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
fn backdrop_mesh() -> Mesh {
    let paint = |r: f32| {
        let glow = (-3.2 * r * r).exp();
        let grey = Vec3::new(0.0125, 0.0135, 0.0155).lerp(Vec3::new(0.105, 0.109, 0.118), glow);
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
        for (mesh, normal) in [(floor_mesh(), Vec3::Y), (backdrop_mesh(), Vec3::Z)] {
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
