//! The explorer as a Bevy app: panels edit the state, the state drives the shape, workers do what takes long.

mod commands;
mod dressing;
mod framing;
pub mod keep;
mod power;
mod window;

use std::sync::{Arc, Mutex, PoisonError};

use bevy::{
    asset::AssetEventSystems, prelude::*, render::renderer::RenderAdapterInfo, window::FileDragAndDrop,
    winit::EventLoopProxyWrapper,
};
use bevy_egui::{EguiContexts, EguiPostUpdateSet, EguiPrimaryContextPass};
use bevy_panorbit_camera::PanOrbitCamera;

use super::{
    camera::Covered,
    clipboard, cpu,
    decode::{DecodeStats, DecodeSystems, DecodedShape, ShapeModel},
    detail::{self, Detail},
    jobs::{self, Jobs},
    own, panels, pick,
    report::{self, Report},
    scene,
    state::{Command, Design, Explorer, Lens, Origin, Slot, Source},
    studio::StudioPlugin,
    trial,
};
use crate::forge::Forge;
pub(super) use commands::{rgba, wake};

/// Seconds that the blend plays on in one frame at most.
const LONGEST_STEP: f32 = 0.5;

/// The explorer's state and its model.
#[derive(Resource)]
pub struct Session {
    pub explorer: Explorer,
    pub forge: Arc<Forge>,
    /// The same model, as shapes on the GPU share it.
    model: Arc<ShapeModel>,
    jobs: Mutex<Option<Jobs>>,
    /// Whether the adapter is too slow to decode the fine grid in every frame.
    slow: bool,
    /// The still picture wants the fine grid at once.
    pub patient: bool,
    /// Whether the frame before this one asked for the next at once.
    continuous: bool,
    /// Whether a last picture of what rests is still to be drawn.
    pub(in crate::viewer) finishing: bool,
    /// Until when (seconds) frames go on without input.
    awake: f64,
    /// When (seconds) what is seen moved last.
    moved: f64,
}

/// The shape that the panels edit.
#[derive(Component, Default)]
pub struct Edited {
    detail: Detail,
}

impl Session {
    /// A session that starts with a design.
    pub fn new(forge: Arc<Forge>, name: &str, design: Design) -> Self {
        let model = shape_model(&forge);
        let mut explorer = Explorer::of(&forge, name);
        explorer.show(design);
        explorer.settle(&forge);
        Self {
            explorer,
            forge,
            model,
            jobs: Mutex::new(None),
            slow: false,
            patient: false,
            continuous: false,
            finishing: false,
            awake: power::START,
            moved: f64::MIN,
        }
    }

    /// Another model takes this one's place.
    fn change_model(&mut self, name: &str, forge: Arc<Forge>, wake: jobs::Wake) {
        self.model = shape_model(&forge);
        self.explorer.change_model(&forge, name);
        self.forge = forge;
        self.start_jobs(wake);
    }

    fn start_jobs(&mut self, wake: jobs::Wake) {
        let jobs = self.jobs.get_mut().unwrap_or_else(PoisonError::into_inner);
        let started = match jobs.take() {
            Some(old) => old.restart(self.forge.clone(), wake),
            None => Jobs::start(self.forge.clone(), wake),
        };
        match started {
            Ok(mut started) => {
                if let Err(why) = started.gallery.keep() {
                    self.explorer.error(why);
                }
                *jobs = Some(started);
            }
            Err(e) => self.explorer.error(format!("No background work: {e}. Close other programs and start again.")),
        }
        self.explorer.ask(Command::ListModels);
        self.explorer.ask(Command::ListRuns);
    }

    /// Picks what is shown as A: an encoded shape by its name, else the design itself under that name.
    pub fn pick(&mut self, name: &str) {
        let explorer = &mut self.explorer;
        match explorer.blend.sources.iter().position(|s| s.name == name && s.latent == explorer.latent) {
            Some(index) => {
                explorer.blend.picks[0] = Some(index);
                if explorer.length.is_none() {
                    explorer.apply_blend();
                }
            }
            None => {
                let Design { latent, length, .. } = explorer.design();
                let (origin, own_length) = (Origin::Imported, explorer.own_length);
                explorer.add_import(Slot::A, Source { name: name.to_owned(), origin, latent, length, own_length });
            }
        }
        // What the window opens with is nothing to undo.
        explorer.history.clear();
    }

    fn shape(&self, grid: usize) -> DecodedShape {
        DecodedShape { model: self.model.clone(), latent: self.explorer.seen().0.clone(), look: self.look(), grid }
    }
}

/// A forge's decoder as shapes on the GPU share it.
fn shape_model(forge: &Forge) -> Arc<ShapeModel> {
    let meta = &forge.checkpoint().meta;
    Arc::new(ShapeModel {
        packed: Arc::new(forge.packed().clone()),
        signs: meta.signs.clone(),
        parts: meta.patchwork(),
    })
}

/// Scene, shape and the systems between state and shape; with a window also panels, workers and power saving.
pub struct ExplorePlugin {
    /// False for a picture without a window.
    pub window: bool,
    /// What a window leaves to other threads, and what it reads from and writes to the disk.
    pub workers: bool,
}

impl Plugin for ExplorePlugin {
    fn build(&self, app: &mut App) {
        let cpu = cpu::Cpu::of(app);
        app.add_plugins(StudioPlugin { window: self.window }).add_systems(Startup, (spawn, adapter).chain());
        if self.window {
            app.init_resource::<bevy_egui::input::EguiWantsInput>()
                .init_resource::<own::OwnMaterials>()
                .add_systems(PreUpdate, cpu.timed(power::wake))
                .add_systems(Update, (cpu.timed(drop_files), cpu.timed(pick::pick)))
                .add_systems(EguiPrimaryContextPass, (cpu.timed(ui), cpu.timed(clipboard::exchange)).chain())
                .add_systems(
                    PostUpdate,
                    (
                        cpu.timed(commands::commands),
                        cpu.timed(framing::keep_framed),
                        cpu.timed(follow),
                        cpu.timed(own::follow),
                        cpu.timed(trial::follow),
                    )
                        .chain()
                        .after(EguiPostUpdateSet::EndPass)
                        .before(DecodeSystems)
                        .before(AssetEventSystems),
                )
                .add_systems(Last, (cpu.timed(power::save_power), account).chain());
            if self.workers {
                app.add_systems(Startup, start_jobs);
            }
            if std::env::var_os(report::VARIABLE).is_some() {
                app.add_systems(Last, tell.after(account));
            }
        } else {
            app.add_systems(PostUpdate, cpu.timed(follow).before(DecodeSystems).before(AssetEventSystems))
                .add_systems(Last, account);
        }
    }
}

fn spawn(world: &mut World) {
    let (extent, shape) = world.resource_scope(|_, session: Mut<Session>| {
        (session.extent(), session.shape(session.explorer.grid.min(detail::COARSE)))
    });
    scene::spawn(world, extent, framing::START);
    world.spawn((Edited::default(), shape));
}

fn adapter(mut session: ResMut<Session>, info: Res<RenderAdapterInfo>, mut sampling: Query<&mut Msaa>) {
    session.explorer.stats.adapter = info.name.clone();
    session.slow = info.device_type == wgpu::DeviceType::Cpu;
    if session.is_slow() {
        // A processor that draws shades every sample: four of them make a live window four times slower.
        sampling.iter_mut().for_each(|mut samples| *samples = Msaa::Off);
    }
}

fn start_jobs(mut session: ResMut<Session>, proxy: Option<Res<EventLoopProxyWrapper>>) {
    session.start_jobs(wake(proxy));
}

/// Files dropped on the window.
fn drop_files(mut drops: MessageReader<FileDragAndDrop>, mut session: ResMut<Session>) {
    for event in drops.read() {
        if let FileDragAndDrop::DroppedFile { path_buf, .. } = event {
            session.explorer.ask_dropped(path_buf.clone());
        }
    }
}

fn ui(
    mut contexts: EguiContexts,
    mut session: ResMut<Session>,
    mut covered: ResMut<Covered>,
    stats: Res<DecodeStats>,
    time: Res<Time<Real>>,
    cameras: Query<(&Camera, &GlobalTransform), With<PanOrbitCamera>>,
    mut themed: Local<bool>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    let lens = cameras.single().ok().and_then(|(camera, place)| lens(camera, place));
    session.explorer.gizmo = lens.and_then(|lens| session.gizmo(lens));
    if !*themed {
        panels::theme::apply(ctx);
        *themed = true;
    }
    let awake = session.continuous;
    let explorer = &mut session.explorer;
    explorer.stats.decodes = stats.decodes();
    explorer.stats.decode_ms = stats.timed().map(|t| t.milliseconds);
    // A frame that waited for input says nothing about speed.
    if awake {
        let seconds = time.delta_secs();
        explorer.stats.fps = Some(power::smoothed(explorer.stats.fps, seconds));
    }
    // A frame after a rest was long in coming, and the blend did not play in it.
    explorer.advance(time.delta_secs().min(LONGEST_STEP));
    explorer.advance_demo(time.delta_secs());
    let mut ui = egui::Ui::new(
        ctx.clone(),
        egui::Id::new("explorer"),
        egui::UiBuilder::new().layer_id(egui::LayerId::background()).max_rect(ctx.viewport_rect()),
    );
    let (view, whole) = (panels::show(&mut ui, explorer), ctx.viewport_rect());
    // egui's points are the window's pixels scaled by the user.
    let scale = ctx.zoom_factor();
    let now = Covered {
        left: scale * (view.left() - whole.left()),
        top: scale * (view.top() - whole.top()),
        right: scale * (whole.right() - view.right()),
        bottom: scale * (whole.bottom() - view.bottom()),
        taken: explorer.grips,
    };
    if *covered != now {
        *covered = now;
    }
    Ok(())
}

/// What a camera makes of the world.
fn lens(camera: &Camera, place: &GlobalTransform) -> Option<Lens> {
    let clip = camera.clip_from_view() * place.to_matrix().inverse();
    camera.logical_target_size().map(|size| Lens { clip: clip.to_cols_array_2d(), size: size.into() })
}

/// The state becomes the shape that this very frame decodes and draws.
fn follow(
    mut session: ResMut<Session>,
    stats: Res<DecodeStats>,
    time: Res<Time<Real>>,
    mut shapes: Query<(&mut Edited, &mut DecodedShape)>,
    mut floors: Query<&mut Transform, With<scene::Floor>>,
) {
    let session = &mut *session;
    let grid = session.explorer.grid;
    if let Some(timed) = stats.timed().filter(|t| t.side == grid) {
        session.slow = detail::judge(session.slow, timed.milliseconds);
    }
    let slow = session.is_slow();
    let now = time.elapsed_secs_f64();
    for (mut edited, mut shape) in &mut shapes {
        let side = edited.detail.side(session.explorer.seen().0, grid, now, slow);
        if edited.detail.waits(now, slow) {
            session.stay_awake(now + detail::REST + 0.2);
        }
        let look = session.look();
        let moves = !Arc::ptr_eq(&shape.model, &session.model)
            || shape.latent != *session.explorer.seen().0
            || shape.look != look;
        if moves {
            session.hurry(now);
        }
        if moves || shape.grid != side {
            *shape = session.shape(side);
        }
    }
    let place = session.floor();
    for mut floor in &mut floors {
        if *floor != place {
            *floor = place;
        }
    }
}

/// What the frame has cost.
fn account(mut session: ResMut<Session>, cpu: Res<cpu::Cpu>, mut frames: Local<cpu::Frames>) {
    let awake = session.continuous;
    let stats = &mut session.explorer.stats;
    stats.own_time = frames.next(&cpu);
    stats.frames += 1;
    stats.awake = awake;
}

/// Tells a test that drives the window what happens in it.
fn tell(mut session: ResMut<Session>, windows: Query<&Window>, mut report: Local<Report>) {
    session.explorer.record_rects = true;
    let size = windows.iter().next().map_or([0; 2], |w| [w.physical_width(), w.physical_height()]);
    let demo = report.demo(session.explorer.demo.mode(), size);
    for line in report.lines(&session.explorer).into_iter().chain(demo) {
        eprintln!("{line}");
    }
}
