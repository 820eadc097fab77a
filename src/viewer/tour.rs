//! The explorer without a window: a picture drawn off-screen and a GLB.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bevy::{
    app::ScheduleRunnerPlugin,
    camera::RenderTarget,
    prelude::*,
    render::{
        pipelined_rendering::PipelinedRenderingPlugin,
        render_resource::TextureFormat,
        view::screenshot::{Screenshot, ScreenshotCaptured},
    },
    window::{ExitCondition, WindowResolution},
    winit::{WinitPlugin, WinitSettings},
};
use bevy_egui::EguiPlugin;

use super::{
    adapter, camera,
    decode::{DecodePlugin, DecodeStats, DecodedShape},
    explore::{ExplorePlugin, Session, rgba},
    jobs::{WriteGlbError, write_glb},
    state::{Design, Explorer, Look, View},
    studio::views::angles,
};
use crate::{
    disk,
    draw::{self, Picture},
    forge::{Forge, ForgeError},
    template::Template,
};

/// Size of the picture in pixels.
pub const SIZE: (u32, u32) = (1280, 720);

/// Names of the files in the tour's folder.
pub const PNG: &str = "atlasforge-tour.png";
pub const GLB: &str = "atlasforge-tour.glb";

/// Frames drawn before the picture is taken: the first ones bring textures and pipelines in.
const WARM_UP: u32 = 4;
/// Frames after which a device that never decodes is given up.
const PATIENCE: u32 = 600;

/// Why the tour failed.
#[derive(Debug, thiserror::Error)]
pub enum TourError {
    #[error(transparent)]
    Forge(#[from] ForgeError),
    #[error(transparent)]
    Glb(#[from] WriteGlbError),
    #[error(transparent)]
    Write(#[from] disk::WriteError),
}

/// What the tour made.
#[derive(Clone, Debug, PartialEq)]
pub struct Tour {
    pub png: PathBuf,
    pub glb: PathBuf,
    /// The adapter that drew the picture; `None` when the CPU drew it.
    pub adapter: Option<String>,
}

/// Writes the picture and the GLB of `design` to `folder`: drawn by the GPU's decoder where there is an adapter, else
/// from candle's decode by [`crate::draw`].
///
/// # Errors
/// When the shape can't be decoded or a file not written.
pub fn tour(forge: &Arc<Forge>, name: &str, design: &Design, folder: &Path) -> Result<Tour, TourError> {
    let [png, glb] = [PNG, GLB].map(|file| folder.join(file));
    write_glb(forge, design, &glb)?;
    let drawn = match adapter::probe() {
        Ok(adapter) => photograph(forge, name, design).map(|picture| (picture, adapter.get_info().name)),
        Err(_) => None,
    };
    let (picture, adapter) = match drawn {
        Some((picture, adapter)) => (picture, Some(adapter)),
        None => (sketch(forge, design)?, None),
    };
    disk::write(&png, &picture.png())?;
    Ok(Tour { png, glb, adapter })
}

/// The shape drawn on the CPU.
fn sketch(forge: &Forge, design: &Design) -> Result<Picture, ForgeError> {
    let mesh = forge.decode(&design.latent, design.length, &Template::grid(design.grid.max(48)))?;
    let style = draw::Style::default().sized(SIZE.0, SIZE.1);
    Ok(draw::render(&mesh, &draw::View::three_quarter().diagonal(SIZE.0, SIZE.1), &style))
}

type Shot = Arc<Mutex<Option<Picture>>>;

/// Runs the explorer's scene without a window until one picture is taken; `None` if the device never gave one.
fn photograph(forge: &Arc<Forge>, name: &str, design: &Design) -> Option<Picture> {
    let shot = Shot::default();
    let mut app = stage(forge, name, design, SIZE);
    app.insert_resource(ShotIn(shot.clone())).init_resource::<Round>().add_systems(Update, shoot);
    app.run();
    shot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// The shape in one look after the other; fewer pictures where the device gave up. It panics as [`stage`] does.
pub fn photographs(forge: &Arc<Forge>, design: &Design, size: (u32, u32), looks: Vec<Look>) -> Vec<Picture> {
    let pose = |look| Pose { view: None, arrange: Box::new(move |explorer: &mut Explorer| explorer.look = look) };
    portraits(forge, design, size, looks.into_iter().map(pose).collect())
}

/// How the shape stands for a picture.
pub struct Pose {
    /// From where it is seen; `None` for where the camera starts.
    pub view: Option<View>,
    /// What else is to be set, on top of the pose before.
    pub arrange: Box<dyn FnOnce(&mut Explorer)>,
}

/// The shape in one pose after the other; as [`photographs`].
pub fn portraits(forge: &Arc<Forge>, design: &Design, size: (u32, u32), poses: Vec<Pose>) -> Vec<Picture> {
    let shot = Shot::default();
    let mut pictures = Vec::new();
    let mut app = stage(forge, "", design, size);
    app.insert_resource(ShotIn(shot.clone())).init_resource::<Round>().add_systems(Update, shoot);
    app.finish();
    app.cleanup();
    // The camera is aimed in the first frame.
    app.update();
    let mut cameras = app.world_mut().query_filtered::<&mut Transform, With<Camera3d>>();
    let (width, height) = size;
    for Pose { view, arrange } in poses {
        let world = app.world_mut();
        let mut session = world.resource_mut::<Session>();
        arrange(&mut session.explorer);
        let extent = session.extent();
        let (yaw, pitch) = view.map_or((camera::YAW, camera::PITCH), angles);
        for mut place in cameras.iter_mut(world) {
            *place = camera::stand(yaw, pitch, extent, width as f32 / height as f32);
        }
        *world.resource_mut::<Round>() = Round::default();
        let taken = (0..PATIENCE).find_map(|_| {
            app.update();
            shot.lock().unwrap_or_else(PoisonError::into_inner).take()
        });
        pictures.extend(taken);
    }
    pictures
}

/// The explorer's scene without a window, drawn to a picture of `size` pixels: one update is one whole frame. It
/// panics where [`adapter::probe`] finds no adapter.
pub fn stage(forge: &Arc<Forge>, name: &str, design: &Design, size: (u32, u32)) -> App {
    let mut app = bare(forge, name, design, size, None);
    app.add_plugins((DecodePlugin::default(), ExplorePlugin { window: false, workers: false }));
    app.world_mut().resource_mut::<Session>().patient = true;
    app
}

/// The explorer with its panels, drawn to a picture: whoever updates it writes the events of pointer and keys, as
/// [`bevy_egui::input::EguiInputEvent`]. It has no workers, and touches no file. It panics as [`stage`] does.
pub fn desk(forge: &Arc<Forge>, name: &str, design: &Design, size: (u32, u32)) -> App {
    let window = Window { resolution: WindowResolution::new(size.0, size.1), ..default() };
    let mut app = bare(forge, name, design, size, Some(window));
    app.init_resource::<WinitSettings>().add_plugins((
        EguiPlugin::default(),
        camera::CameraPlugin,
        DecodePlugin::default(),
        ExplorePlugin { window: true, workers: false },
    ));
    app
}

/// Bevy without a window system, a session, and a film for the camera.
fn bare(forge: &Arc<Forge>, name: &str, design: &Design, size: (u32, u32), window: Option<Window>) -> App {
    let mut app = App::new();
    app.add_plugins(
        super::default_plugins(true)
            .set(WindowPlugin { primary_window: window, exit_condition: ExitCondition::DontExit, ..default() })
            .disable::<WinitPlugin>()
            // Nobody waits for the next frame while this one is drawn.
            .disable::<PipelinedRenderingPlugin>(),
    )
    .add_plugins(ScheduleRunnerPlugin::run_loop(Duration::ZERO))
    .insert_resource(Session::new(forge.clone(), name, design.clone()))
    .insert_resource(FilmSize(size))
    .add_systems(PostStartup, aim);
    app
}

#[derive(Resource)]
struct ShotIn(Shot);

/// Frames drawn since the last picture, all and those with the shape.
#[derive(Resource, Default)]
struct Round {
    all: u32,
    ready: u32,
}

/// Width and height of the film in pixels.
#[derive(Resource)]
struct FilmSize((u32, u32));

/// What the camera draws to.
#[derive(Resource)]
struct Film(Handle<Image>);

fn aim(
    mut commands: Commands,
    mut images: ResMut<Assets<Image>>,
    session: Res<Session>,
    size: Res<FilmSize>,
    camera: Single<Entity, With<Camera3d>>,
) {
    let (width, height) = size.0;
    let film = images.add(Image::new_target_texture(width, height, TextureFormat::Rgba8UnormSrgb, None));
    let aspect = width as f32 / height as f32;
    commands
        .entity(*camera)
        .insert((RenderTarget::Image(film.clone().into()), camera::start(session.extent(), aspect)));
    commands.insert_resource(Film(film));
}

fn shoot(
    mut commands: Commands,
    film: Res<Film>,
    stats: Res<DecodeStats>,
    shape: Single<(Entity, &Visibility), With<DecodedShape>>,
    mut exit: MessageWriter<AppExit>,
    mut round: ResMut<Round>,
) {
    let Round { all, ready } = &mut *round;
    *all += 1;
    if *all > PATIENCE {
        exit.write(AppExit::Success);
    }
    let (entity, visibility) = *shape;
    if stats.is_ready(entity) && *visibility != Visibility::Hidden {
        *ready += 1;
    }
    if *ready == WARM_UP {
        commands.spawn(Screenshot::image(film.0.clone())).observe(
            |captured: On<ScreenshotCaptured>, shot: Res<ShotIn>, mut exit: MessageWriter<AppExit>| {
                let picture = rgba(&captured.image).and_then(|(w, h, pixels)| Picture::from_rgba(w, h, pixels));
                *shot.0.lock().unwrap_or_else(PoisonError::into_inner) = picture;
                exit.write(AppExit::Success);
            },
        );
    }
}
