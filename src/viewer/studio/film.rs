//! Pictures and turns: a second camera draws what the first one sees, of a chosen size and with or without what is
//! around the shape; a worker makes files of it. One frame of a turn is drawn in each frame of the window.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use bevy::{
    camera::{RenderTarget, visibility::RenderLayers},
    core_pipeline::tonemapping::{DebandDither, Tonemapping},
    prelude::*,
    render::{
        Render, RenderApp, RenderSystems,
        render_resource::{PipelineCache, TextureFormat},
        view::screenshot::{Screenshot, ScreenshotCaptured},
    },
    winit::EventLoopProxyWrapper,
};
use bevy_panorbit_camera::{PanOrbitCamera, PanOrbitCameraSystemSet};

use super::{Asked, views::yaw_of_frame};
use crate::viewer::{
    camera::{Covered, FIELD_OF_VIEW},
    cpu::Cpu,
    explore::{self, Session},
    jobs::{FilmOutcome, FilmRequest, Films, Shot},
    scene::AROUND,
    state::{Explorer, FrameSize, Recording, Reel, StudioCommand},
};

/// Frames that a new camera draws before one counts: light and textures reach it by then.
const WARM_UP: u32 = 4;

/// Frames that pipelines are waited for.
const PATIENCE: u32 = 300;

/// Frames that the worker may lie behind.
const BACKLOG: u32 = 4;

/// Takes pictures.
pub struct FilmPlugin;

impl Plugin for FilmPlugin {
    fn build(&self, app: &mut App) {
        let (idle, cpu) = (Idle::default(), Cpu::of(app));
        app.insert_resource(idle.clone())
            .init_resource::<Studio>()
            .add_systems(Startup, start)
            .add_systems(Update, (cpu.timed(answer), cpu.timed(report)))
            // Before the orbit moves the camera, which the film's camera then copies.
            .add_systems(
                PostUpdate,
                (
                    cpu.timed(pose).before(PanOrbitCameraSystemSet),
                    cpu.timed(roll).after(PanOrbitCameraSystemSet).before(TransformSystems::Propagate),
                ),
            );
        if let Some(render) = app.get_sub_app_mut(RenderApp) {
            render.insert_resource(idle).add_systems(Render, watch.in_set(RenderSystems::Cleanup));
        }
    }
}

/// Whether no pipeline is being compiled.
#[derive(Resource, Clone, Default)]
struct Idle(Arc<AtomicBool>);

fn watch(idle: Res<Idle>, cache: Res<PipelineCache>) {
    idle.0.store(cache.waiting_pipelines().next().is_none(), Ordering::Relaxed);
}

/// The worker, and what is being taken.
#[derive(Resource, Default)]
struct Studio {
    films: Mutex<Option<Films>>,
    take: Option<Take>,
}

/// What is being taken.
struct Take {
    camera: Entity,
    image: Handle<Image>,
    /// Single pictures have one frame.
    frames: u32,
    turns: bool,
    transparent: bool,
    /// Frames that were asked for, that came back, and that the worker has taken in.
    asked: u32,
    came: u32,
    done: u32,
    /// Frames of the window since it began.
    age: u32,
    /// Where the orbit stood: yaw, pitch, radius, focus.
    orbit: (f32, f32, f32, Vec3),
    stopped: bool,
}

impl Studio {
    fn submit(&self, request: FilmRequest) {
        if let Some(films) = self.films.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            films.submit(request);
        }
    }
}

fn start(studio: ResMut<Studio>, proxy: Option<Res<EventLoopProxyWrapper>>, mut session: ResMut<Session>) {
    match Films::start(explore::wake(proxy)) {
        Ok(films) => *studio.films.lock().unwrap_or_else(PoisonError::into_inner) = Some(films),
        Err(e) => session.explorer.error(format!("No pictures: {e}. Close other programs and start again.")),
    }
}

fn answer(
    mut asked: MessageReader<Asked>,
    mut session: ResMut<Session>,
    mut studio: ResMut<Studio>,
    mut commands: Commands,
    mut images: ResMut<Assets<Image>>,
    covered: Res<Covered>,
    main: Query<(&Camera, &Transform, &Projection, &PanOrbitCamera, &Tonemapping)>,
) {
    for Asked(command) in asked.read() {
        let turns = match command {
            StudioCommand::Picture => false,
            StudioCommand::Record => true,
            StudioCommand::StopRecording => {
                if let Some(take) = &mut studio.take {
                    take.stopped = true;
                }
                continue;
            }
            _ => continue,
        };
        let explorer = &mut session.explorer;
        if studio.films.get_mut().unwrap_or_else(PoisonError::into_inner).is_none() {
            explorer.error("No picture was taken: the background work never started. Start again.");
            continue;
        }
        if studio.take.is_some() {
            explorer.error("A picture is being taken. Wait for it, or stop it in the Look pane.");
            continue;
        }
        let Ok((camera, place, projection, orbit, tonemapping)) = main.single() else { continue };
        let film = &explorer.film;
        let window = camera.logical_target_size().unwrap_or(Vec2::ONE);
        let free = covered.free(window);
        let scale = camera.target_scaling_factor().unwrap_or(1.0);
        let size: FrameSize = if turns { film.turn_size } else { film.size };
        let (width, height) = size.pixels((free * scale).to_array());
        let image = images.add(Image::new_target_texture(width, height, TextureFormat::Rgba8UnormSrgb, None));
        // What the free part of the window shows of the lens's whole height; a narrower picture keeps the width.
        let share = free.y / covered.full(window).y;
        let extent = explorer_aspect(explorer).min(free.x / free.y);
        let wider = (extent / (width as f32 / height as f32)).max(1.0);
        let transparent = film.transparent;
        let layers = if transparent { RenderLayers::layer(0) } else { RenderLayers::from_layers(&[0, AROUND]) };
        let clear = if transparent { ClearColorConfig::Custom(Color::NONE) } else { ClearColorConfig::Default };
        let eye = commands
            .spawn((
                Camera3d::default(),
                Camera { order: -1, clear_color: clear, ..default() },
                RenderTarget::Image(image.clone().into()),
                layers,
                Msaa::Sample4,
                *tonemapping,
                DebandDither::Enabled,
                cropped(projection, share * wider),
                *place,
            ))
            .id();
        let frames = if turns { film.safe_frames() } else { 1 };
        let noun = explorer.model.class.noun();
        if turns {
            studio.submit(match film.reel {
                Reel::Gif => FilmRequest::Gif { path: format!("{noun}-turn.gif").into(), delay: film.delay() },
                Reel::Frames => FilmRequest::Frames { path: format!("{noun}-turn").into() },
            });
        }
        studio.take = Some(Take {
            camera: eye,
            image,
            frames,
            turns,
            transparent,
            asked: 0,
            came: 0,
            done: 0,
            age: 0,
            orbit: (
                orbit.yaw.unwrap_or(orbit.target_yaw),
                orbit.pitch.unwrap_or(orbit.target_pitch),
                orbit.radius.unwrap_or(orbit.target_radius),
                orbit.focus,
            ),
            stopped: false,
        });
        explorer.film.recording = Some(Recording { drawn: 0, frames, writing: false });
    }
}

/// Width by height of what the class's shapes need.
fn explorer_aspect(explorer: &Explorer) -> f32 {
    if explorer.model.class.is_sword() { 0.3 } else { 3.0 }
}

/// The same lens for a picture that shows this share of its height.
fn cropped(projection: &Projection, share: f32) -> Projection {
    match projection {
        Projection::Orthographic(lens) => {
            Projection::Orthographic(OrthographicProjection { scale: lens.scale * share, ..lens.clone() })
        }
        Projection::Perspective(lens) => {
            let fov = 2.0 * ((FIELD_OF_VIEW / 2.0).tan() * share).atan();
            Projection::Perspective(PerspectiveProjection { fov, ..lens.clone() })
        }
        Projection::Custom(_) => projection.clone(),
    }
}

/// While a turn is taken, its frame says where the camera stands, not the hand.
fn pose(studio: Res<Studio>, mut cameras: Query<&mut PanOrbitCamera>) {
    let Some(take) = &studio.take else { return };
    let (yaw, pitch, radius, focus) = take.orbit;
    let yaw = if take.turns { yaw_of_frame(yaw, take.asked, take.frames) } else { yaw };
    for mut camera in &mut cameras {
        (camera.yaw, camera.target_yaw) = (Some(yaw), yaw);
        (camera.pitch, camera.target_pitch) = (Some(pitch), pitch);
        (camera.radius, camera.target_radius) = (Some(radius), radius);
        (camera.focus, camera.target_focus) = (focus, focus);
        camera.force_update = true;
    }
}

/// Asks for the next frame where the last one has come, and ends the take after the last.
fn roll(
    mut studio: ResMut<Studio>,
    mut session: ResMut<Session>,
    mut commands: Commands,
    idle: Res<Idle>,
    time: Res<Time<Real>>,
    main: Query<&Transform, With<PanOrbitCamera>>,
    mut eyes: Query<&mut Transform, Without<PanOrbitCamera>>,
) {
    let Some(take) = &mut studio.take else { return };
    session.stay_awake(time.elapsed_secs_f64() + 1.0);
    take.age += 1;
    if take.stopped || take.came == take.frames {
        let request = match (take.stopped, take.turns) {
            (true, _) => Some(FilmRequest::Cancel),
            (false, true) => Some(FilmRequest::End),
            (false, false) => None,
        };
        commands.entity(take.camera).despawn();
        if let Some(recording) = &mut session.explorer.film.recording {
            recording.writing = true;
        }
        if let Some(request) = request {
            studio.submit(request);
        }
        studio.take = None;
        return;
    }
    if let (Ok(place), Ok(mut eye)) = (main.single(), eyes.get_mut(take.camera)) {
        *eye = *place;
    }
    let ready = take.age > WARM_UP && (idle.0.load(Ordering::Relaxed) || take.age > PATIENCE);
    if ready && take.asked == take.came && take.came < take.done + BACKLOG {
        take.asked += 1;
        let camera = take.camera;
        commands.spawn(Screenshot::image(take.image.clone())).observe(
            move |shot: On<ScreenshotCaptured>, mut studio: ResMut<Studio>, mut session: ResMut<Session>| {
                came(&shot.image, camera, &mut studio, &mut session.explorer);
            },
        );
    }
}

/// A frame came back from the GPU.
fn came(image: &Image, camera: Entity, studio: &mut Studio, explorer: &mut Explorer) {
    let Some(take) = studio.take.as_mut().filter(|take| take.camera == camera && !take.stopped) else { return };
    let Ok(dynamic) = image.clone().try_into_dynamic() else {
        take.stopped = true;
        explorer.error("No picture was written: its pixels can't be read. Choose a smaller size.");
        return;
    };
    let pixels = dynamic.into_rgba8();
    let (width, height) = pixels.dimensions();
    let shot = Shot { width, height, rgba: pixels.into_raw(), over_nothing: take.transparent };
    take.came += 1;
    if let Some(recording) = &mut explorer.film.recording {
        recording.drawn = take.came;
    }
    let request = match take.turns {
        true => FilmRequest::Frame(shot),
        false => FilmRequest::Picture { path: format!("{}.png", explorer.model.class.noun()).into(), shot },
    };
    studio.submit(request);
}

/// Tells what the worker has done.
fn report(mut studio: ResMut<Studio>, mut session: ResMut<Session>, time: Res<Time<Real>>) {
    let outcomes: Vec<FilmOutcome> =
        studio.films.lock().unwrap_or_else(PoisonError::into_inner).iter().flat_map(Films::results).collect();
    if session.explorer.film.recording.is_some() {
        session.stay_awake(time.elapsed_secs_f64() + 0.5);
    }
    for outcome in outcomes {
        match outcome {
            FilmOutcome::Frame => {
                if let Some(take) = &mut studio.take {
                    take.done += 1;
                }
                continue;
            }
            FilmOutcome::Wrote(sentence) => session.explorer.info(sentence),
            FilmOutcome::Cancelled => session.explorer.info("Nothing was saved."),
            FilmOutcome::Failed(why) => {
                if let Some(take) = &mut studio.take {
                    take.stopped = true;
                }
                session.explorer.error(why);
            }
        }
        session.explorer.film.recording = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cropped_lens_shows_its_share() {
        let lens = Projection::Perspective(PerspectiveProjection { fov: FIELD_OF_VIEW, ..default() });
        let Projection::Perspective(half) = cropped(&lens, 0.5) else { panic!("another lens") };
        assert!(((half.fov / 2.0).tan() * 2.0 - (FIELD_OF_VIEW / 2.0).tan()).abs() < 1e-6);
        let Projection::Perspective(same) = cropped(&lens, 1.0) else { panic!("another lens") };
        assert!((same.fov - FIELD_OF_VIEW).abs() < 1e-6);
    }
}
