//! What the wall behind a shape is painted with. It covers most of a picture, so it costs as little as may be.

use bevy::{asset::uuid_handle, prelude::*, render::render_resource::AsBindGroup, shader::ShaderRef};

const SHADER: Handle<Shader> = uuid_handle!("0d6f0a3c-55a1-4a0e-8d2c-3c1f1b1e9b52");

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
        ShaderRef::Handle(SHADER)
    }
}

/// The paint and its shader.
pub struct WallPlugin;

impl Plugin for WallPlugin {
    fn build(&self, app: &mut App) {
        let source = include_str!("../../../shaders/wall.wgsl");
        // The id is fixed, so that nothing can refuse it.
        let _ = app
            .world_mut()
            .resource_mut::<Assets<Shader>>()
            .insert(&SHADER, Shader::from_wgsl(source, "shaders/wall.wgsl"));
        app.add_plugins(MaterialPlugin::<WallPaint>::default());
    }
}
