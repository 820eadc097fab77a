//! The look pane's hands in the scene: what the shape is made of, what lights it, what it is compared with, from where it
//! is seen, and the pictures that are taken.

pub mod film;
pub mod light;
pub mod paint;
pub mod reference;
pub mod surface;
pub mod views;

use bevy::{asset::AssetEventSystems, prelude::*};
use bevy_egui::EguiPostUpdateSet;

use super::{
    cpu::Cpu,
    explore::{Edited, Session},
    state::StudioCommand,
};
use surface::{ShapeMaterial, SurfaceMaterial, Worn};

/// What the look pane asked for.
#[derive(Message)]
pub struct Asked(pub StudioCommand);

/// All of it; with a window also what only a window needs.
pub struct StudioPlugin {
    pub window: bool,
}

impl Plugin for StudioPlugin {
    fn build(&self, app: &mut App) {
        let cpu = Cpu::of(app);
        app.add_message::<Asked>()
            .add_plugins((surface::SurfacePlugin, paint::PaintPlugin, light::LightPlugin, reference::ReferencePlugin))
            .add_systems(PostUpdate, cpu.timed(dress).after(EguiPostUpdateSet::EndPass).before(AssetEventSystems));
        if self.window {
            app.add_plugins((views::ViewsPlugin, film::FilmPlugin));
        }
    }
}

/// A shader of ours, under an id that is fixed.
fn add_shader(app: &mut App, handle: &Handle<Shader>, source: &'static str, path: &str) {
    // Nothing can refuse such an id.
    let _ = app.world_mut().resource_mut::<Assets<Shader>>().insert(handle, Shader::from_wgsl(source, path));
}

/// The edited shape wears what the look pane says.
fn dress(
    session: Res<Session>,
    shared: Res<ShapeMaterial>,
    mut materials: ResMut<Assets<SurfaceMaterial>>,
    mut images: ResMut<Assets<Image>>,
    bare: Query<Entity, (With<Edited>, Without<MeshMaterial3d<SurfaceMaterial>>)>,
    mut commands: Commands,
    mut worn: Local<Option<(Worn, [Handle<Image>; 2])>>,
) {
    for entity in &bare {
        commands.entity(entity).insert(MeshMaterial3d(shared.0.clone()));
    }
    let now = Worn::of(&session.explorer, session.staged_length(), session.middle());
    if worn.as_ref().is_none_or(|(before, _)| *before != now) {
        let kept = worn.take().filter(|(before, _)| before.has_textures_of(&now)).map(|(_, textures)| textures);
        let textures = kept.unwrap_or_else(|| now.textures().map(|image| images.add(image)));
        // The handle's own asset is there for as long as the handle is.
        let _ = materials.insert(&shared.0, now.material(&textures));
        *worn = Some((now, textures));
    }
}
