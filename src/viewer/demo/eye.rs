//! In the demo, on an adapter that is too slow for the window: a second camera draws the scene as a smaller picture, which the
//! panels lay under themselves. Words and widgets stay as sharp as the screen.

use bevy::{
    camera::{RenderTarget, visibility::RenderLayers},
    core_pipeline::tonemapping::{DebandDither, Tonemapping},
    image::ImageSampler,
    prelude::*,
    render::render_resource::TextureFormat,
    window::PrimaryWindow,
};
use bevy_egui::{EguiTextureHandle, EguiUserTextures};
use bevy_panorbit_camera::{PanOrbitCamera, PanOrbitCameraSystemSet};

use super::resolution::Resolution;
use crate::viewer::{explore::Session, scene::AROUND};

/// Frames that a new camera draws before its picture is shown: textures and pipelines reach it by then.
const WARM_UP: u32 = 3;

/// A layer on which nothing is and no light shines: a camera that sees it alone draws nothing.
const NOTHING: usize = 31;

pub struct EyePlugin;

impl Plugin for EyePlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Sharpness>()
            .add_systems(Update, adapt)
            .add_systems(PostUpdate, follow.after(PanOrbitCameraSystemSet).before(TransformSystems::Propagate));
    }
}

/// How sharp the scene is drawn.
#[derive(Resource, Default)]
struct Sharpness {
    resolution: Resolution,
    eye: Option<Picture>,
}

/// The second camera and what it draws to.
struct Picture {
    camera: Entity,
    image: Handle<Image>,
    size: UVec2,
    /// Frames since it began.
    age: u32,
}

/// Marks the second camera.
#[derive(Component)]
struct Eye;

/// The window's size at a share of its resolution.
fn scaled(size: UVec2, share: f32) -> UVec2 {
    (size.as_vec2() * share).round().as_uvec2().max(UVec2::splat(16))
}

/// Judges the last frame, and has the scene drawn as large as the adapter manages.
#[expect(clippy::too_many_arguments, reason = "a system names what it reads")]
fn adapt(
    mut session: ResMut<Session>,
    mut sharpness: ResMut<Sharpness>,
    time: Res<Time<Real>>,
    window: Query<&Window, With<PrimaryWindow>>,
    mut images: ResMut<Assets<Image>>,
    mut textures: ResMut<EguiUserTextures>,
    main: Query<(Entity, &Msaa, &Tonemapping), With<PanOrbitCamera>>,
    mut commands: Commands,
) {
    let (Ok(window), Ok((main, samples, tonemapping))) = (window.single(), main.single()) else { return };
    let Sharpness { resolution, eye } = &mut *sharpness;
    let demo = session.explorer.demo.is_on();
    // A window of no size draws nothing, and says nothing about speed.
    let seen = window.physical_width() > 1 && window.physical_height() > 1;
    if demo && seen {
        resolution.note(time.delta_secs());
    }
    let share = if demo { resolution.share() } else { 1.0 };
    let wanted = (share < 1.0 && seen).then(|| scaled(window.physical_size(), share));
    if wanted != eye.as_ref().map(|e| e.size) {
        if let Some(old) = eye.take() {
            commands.entity(old.camera).despawn();
            textures.remove_image(&old.image);
            session.explorer.demo.backdrop = None;
            commands.entity(main).insert(RenderLayers::from_layers(&[0, AROUND]));
        }
        *eye = wanted.map(|size| {
            let mut image = Image::new_target_texture(size.x, size.y, TextureFormat::Rgba8UnormSrgb, None);
            image.sampler = ImageSampler::linear();
            let image = images.add(image);
            let camera = commands
                .spawn((
                    Eye,
                    Camera3d::default(),
                    Camera { order: -1, ..default() },
                    RenderTarget::Image(image.clone().into()),
                    RenderLayers::from_layers(&[0, AROUND]),
                    *samples,
                    *tonemapping,
                    DebandDither::Enabled,
                ))
                .id();
            textures.add_image(EguiTextureHandle::Weak(image.id()));
            Picture { camera, image, size, age: 0 }
        });
    }
    if let Some(eye) = eye {
        eye.age += 1;
        if eye.age == WARM_UP {
            commands.entity(main).insert(RenderLayers::layer(NOTHING));
            session.explorer.demo.backdrop = match textures.image_id(&eye.image) {
                Some(bevy_egui::egui::TextureId::User(id)) => Some(id),
                _ => None,
            };
        }
    }
}

/// The second camera stands where the first one does, and sees what it sees.
fn follow(
    main: Query<(&Transform, &Projection), With<PanOrbitCamera>>,
    mut eyes: Query<(&mut Transform, &mut Projection), (With<Eye>, Without<PanOrbitCamera>)>,
) {
    let Ok((place, lens)) = main.single() else { return };
    for (mut transform, mut projection) in &mut eyes {
        *transform = *place;
        *projection = lens.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scaled_picture_keeps_its_shape_and_is_never_nothing() {
        assert_eq!(scaled(UVec2::new(1920, 1080), 0.5), UVec2::new(960, 540));
        assert_eq!(scaled(UVec2::new(2, 2), 0.25), UVec2::splat(16));
    }
}
