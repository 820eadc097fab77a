//! What the wall behind a shape and the floor under it are painted with. They cover most of a picture, so they cost as
//! little as may be: neither is lit as the shape is.

use bevy::{asset::uuid_handle, prelude::*, render::render_resource::AsBindGroup, shader::ShaderRef};

use super::add_shader;

const WALL: Handle<Shader> = uuid_handle!("0d6f0a3c-55a1-4a0e-8d2c-3c1f1b1e9b52");
const FLOOR: Handle<Shader> = uuid_handle!("6b1f5d7e-2a4c-4d0b-9c1e-7f3a8d5e2b90");

/// The vertices' colours, not lit.
#[derive(Asset, AsBindGroup, TypePath, Clone)]
pub struct WallPaint {
    /// What their radiance is multiplied by.
    #[uniform(0)]
    pub brightness: f32,
}

impl Default for WallPaint {
    fn default() -> Self {
        Self { brightness: 1.0 }
    }
}

impl Material for WallPaint {
    fn fragment_shader() -> ShaderRef {
        ShaderRef::Handle(WALL)
    }
}

/// A matt floor that lies flat: light from all around is the same at each of its points, and the key light leaves out what
/// the shape shades. The vertices' alpha fades it.
#[derive(Asset, AsBindGroup, TypePath, Clone)]
pub struct FloorPaint {
    /// Share of the light that it throws back, linear.
    #[uniform(0)]
    pub albedo: Vec3,
    /// What it throws back of the light from all around, cd/m².
    #[uniform(1)]
    pub around: Vec3,
}

impl Material for FloorPaint {
    fn fragment_shader() -> ShaderRef {
        ShaderRef::Handle(FLOOR)
    }

    fn alpha_mode(&self) -> AlphaMode {
        AlphaMode::Blend
    }
}

/// The paints and their shaders.
pub struct PaintPlugin;

impl Plugin for PaintPlugin {
    fn build(&self, app: &mut App) {
        add_shader(app, &WALL, include_str!("../../../shaders/wall.wgsl"), "shaders/wall.wgsl");
        add_shader(app, &FLOOR, include_str!("../../../shaders/floor.wgsl"), "shaders/floor.wgsl");
        app.add_plugins((MaterialPlugin::<WallPaint>::default(), MaterialPlugin::<FloorPaint>::default()));
    }
}
