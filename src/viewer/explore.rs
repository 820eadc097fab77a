//! The explorer as a Bevy app: panels edit the state, the state drives the shape, workers do what takes long.

pub mod keep;

use std::sync::{Arc, Mutex, PoisonError};

use bevy::{
    asset::AssetEventSystems,
    prelude::*,
    render::{
        renderer::RenderAdapterInfo,
        view::screenshot::{Screenshot, ScreenshotCaptured},
    },
    window::{FileDragAndDrop, PrimaryWindow, WindowEvent},
    winit::{EventLoopProxyWrapper, UpdateMode, WinitSettings, WinitUserEvent},
};
use bevy_egui::{EguiContexts, EguiPostUpdateSet, EguiPrimaryContextPass};
use bevy_panorbit_camera::PanOrbitCamera;

use super::{
    camera::{self, Covered, Extent},
    clipboard,
    decode::{DecodeStats, DecodedShape, ShapeModel},
    detail::{self, Detail},
    dress::{Look, Paint, PatchLook},
    jobs::{self, Jobs},
    own, panels, pick,
    report::{self, Report},
    scene,
    state::{Command, Design, Explorer, GAP_SCALE, Heat, Origin, Pane, Shown, Slot, Source},
    studio::{Asked, StudioPlugin, reference},
};
use crate::class::Class;
use crate::forge::Forge;

/// Seconds that frames go on after the last input, for smooth ends of movements.
const LINGER: f64 = 1.5;

/// A window that nothing wakes draws itself this seldom, in case a system lost what it showed.
const REST: std::time::Duration = std::time::Duration::from_secs(600);

/// Seconds that the blend plays on in one frame at most.
const LONGEST_STEP: f32 = 0.5;

/// Length in metres at which a plane stands in the studio, whatever its own: the studio is made for what a hand holds.
const PLANE_MODEL: f32 = 1.2;

/// [`PatchLook::value`] where there is none.
const NO_VALUE: f64 = -1.0;

/// Linear colour of a patch that has degenerated.
const FAULT: [f32; 3] = [0.85, 0.05, 0.03];

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
    /// Until when (seconds) frames go on without input.
    awake: f64,
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
            awake: f64::MAX,
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

    /// What the camera is to frame: the current length, and the width of a broad guard.
    pub fn extent(&self) -> Extent {
        match self.forge.class() {
            Class::Sword => {
                let height = self.explorer.shown_length().max(0.01);
                Extent { width: 0.3 * height + self.apart(), height }
            }
            Class::Plane => Extent { width: 1.5 * PLANE_MODEL + self.apart(), height: 0.45 * PLANE_MODEL },
        }
    }

    /// What a framed view shows and its middle: the shape, and what stands beside it.
    pub fn framing(&self) -> (Extent, Vec3) {
        let extent = self.extent();
        let floor = scene::floor_place(extent.height).translation.y;
        let around = reference::extent(&self.explorer.look, self.stage());
        let height = around.height.max(extent.height);
        let middle = if height > extent.height { floor + 0.5 * height } else { 0.0 };
        (Extent { width: extent.width + around.width, height }, Vec3::Y * middle)
    }

    /// How high the grip of a sword lies in the scene; 0 for a plane.
    pub fn grip(&self) -> f32 {
        -self.forge.placement(&self.explorer.latent, self.explorer.length).offset[1]
    }

    /// Frames go on without input until then (seconds since the start).
    pub fn stay_awake(&mut self, until: f64) {
        self.awake = self.awake.max(until);
    }

    /// Overall length in metres as the shape stands in the scene.
    pub fn staged_length(&self) -> f32 {
        match self.forge.class() {
            Class::Sword => self.explorer.shown_length(),
            Class::Plane => PLANE_MODEL,
        }
    }

    /// How many metres of the scene a metre of the shape is.
    pub fn stage(&self) -> f32 {
        self.staged_length() / self.explorer.shown_length().max(1e-3)
    }

    /// How far apart a shape and the own mesh beside it stand, in metres; 0 where none stands beside it.
    fn apart(&self) -> f32 {
        let beside = self.explorer.own.as_ref().is_some_and(|own| own.shown == Shown::Beside);
        match (beside, self.forge.class()) {
            (false, _) => 0.0,
            (true, Class::Sword) => 0.34 * self.explorer.shown_length().max(0.01),
            (true, Class::Plane) => 1.6 * PLANE_MODEL,
        }
    }

    /// How far right of the scene's middle the shape's own lies, in metres.
    pub fn middle(&self) -> f32 {
        -self.apart() / 2.0
    }

    /// Where the own mesh stands, which is in its unit ball.
    pub(super) fn own_place(&self) -> Transform {
        let scale = self.look().scale;
        Transform::from_xyz(self.apart() / 2.0, 0.0, 0.0).with_scale(Vec3::splat(scale))
    }

    fn look(&self) -> Look {
        let (latent, length) = self.explorer.seen();
        let placement = self.forge.placement(latent, length);
        let stage = match self.forge.class() {
            Class::Sword => 1.0,
            Class::Plane => PLANE_MODEL / placement.length,
        };
        // The unit ball's centre is the scene's origin: a shape grows and shrinks around the middle of the view.
        let patches = &self.explorer.patches;
        let heat = patches.heat.filter(|_| !self.explorer.tint);
        Look {
            scale: stage * placement.scale,
            offset: [self.middle(), 0.0, 0.0],
            // White: a patch's colour is its material's.
            color: [1.0; 4],
            tint: self.explorer.tint,
            paint: match heat {
                None | Some(Heat::Part) => Paint::Plain,
                Some(Heat::Area) => Paint::Area,
                Some(Heat::Distortion) => Paint::Distortion,
                Some(Heat::Facing | Heat::Gap) => Paint::Value,
            },
            mean_area: patches.figures.as_ref().map_or(1.0, |f| f.mean_area),
            patches: if patches.is_plain() && !self.shows_faults() { Vec::new() } else { self.patch_looks() },
        }
    }

    /// Whether degenerate patches are marked in the view: while their table is in front and nothing else has the colours.
    fn shows_faults(&self) -> bool {
        let patches = &self.explorer.patches;
        self.explorer.layout.shows(Pane::Patches) && patches.heat.is_none() && !self.explorer.tint
    }

    /// What sets each patch apart.
    fn patch_looks(&self) -> Vec<PatchLook> {
        let patches = &self.explorer.patches;
        let by_part = patches.heat == Some(Heat::Part) && !self.explorer.tint;
        let value = |patch: usize| {
            let row = patches.figures.as_ref().and_then(|f| f.rows.get(patch))?;
            Some(match patches.heat? {
                Heat::Facing => row.facing.unwrap_or(NO_VALUE),
                Heat::Gap => row.gap.map_or(NO_VALUE, |gap| gap / GAP_SCALE),
                Heat::Part | Heat::Area | Heat::Distortion => 0.0,
            } as f32)
        };
        let rows = patches.figures.as_ref().map_or(&[][..], |f| &f.rows).iter();
        let faults: Vec<usize> = rows.filter(|r| r.fault().is_some()).map(|r| r.patch).collect();
        let faulty = |patch: usize| self.shows_faults() && faults.contains(&patch);
        let look = |patch: usize| PatchLook {
            offset: patches.offset(patch),
            shown: patches.shows(patch),
            color: if faulty(patch) {
                Some(FAULT)
            } else {
                by_part.then(|| patches.parts.get(patch)).flatten().map(|part| scene::part_color(part))
            },
            value: value(patch).unwrap_or(0.0),
            marked: patches.selected == Some(patch) && patches.solo.is_none(),
        };
        (0..self.explorer.model.patches).map(look).collect()
    }

    /// Scale and offset that bring the unit ball into the scene.
    pub(super) fn place(&self) -> (f32, [f32; 3]) {
        let Look { scale, offset, .. } = self.look();
        (scale, offset)
    }

    fn shape(&self, decode_side: usize) -> DecodedShape {
        DecodedShape {
            model: self.model.clone(),
            latent: self.explorer.seen().0.clone(),
            look: self.look(),
            grid: self.explorer.grid,
            decode_side,
        }
    }
}

/// A forge's decoder as shapes on the GPU share it.
fn shape_model(forge: &Forge) -> Arc<ShapeModel> {
    Arc::new(ShapeModel { packed: Arc::new(forge.packed().clone()), signs: forge.checkpoint().meta.signs.clone() })
}

/// Scene, shape and the systems between state and shape; with a window also panels, workers and power saving.
pub struct ExplorePlugin {
    /// False for a picture without a window.
    pub window: bool,
}

impl Plugin for ExplorePlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins(StudioPlugin { window: self.window }).add_systems(Startup, (spawn, adapter).chain());
        if self.window {
            app.init_resource::<bevy_egui::input::EguiWantsInput>()
                .init_resource::<own::OwnMaterials>()
                .add_systems(Startup, start_jobs)
                .add_systems(Update, (drop_files, pick::pick))
                .add_systems(EguiPrimaryContextPass, (ui, clipboard::exchange).chain())
                .add_systems(
                    PostUpdate,
                    (commands, follow, own::follow).chain().after(EguiPostUpdateSet::EndPass).before(AssetEventSystems),
                )
                .add_systems(Last, save_power);
            if std::env::var_os(report::VARIABLE).is_some() {
                app.add_systems(Last, tell);
            }
        } else {
            app.add_systems(PostUpdate, follow.before(AssetEventSystems));
        }
    }
}

fn spawn(world: &mut World) {
    let (extent, shape) = world.resource_scope(|_, session: Mut<Session>| {
        (session.extent(), session.shape(session.explorer.grid.min(detail::COARSE)))
    });
    scene::spawn(world, extent, 4.0 / 3.0);
    world.spawn((Edited::default(), shape));
}

fn adapter(mut session: ResMut<Session>, info: Res<RenderAdapterInfo>, mut sampling: Query<&mut Msaa>) {
    session.explorer.stats.adapter = info.name.clone();
    session.slow = info.device_type == wgpu::DeviceType::Cpu;
    if session.slow && !session.patient {
        // A processor that draws shades every sample: four of them make a live window four times slower.
        sampling.iter_mut().for_each(|mut samples| *samples = Msaa::Off);
    }
}

fn start_jobs(mut session: ResMut<Session>, proxy: Option<Res<EventLoopProxyWrapper>>) {
    session.start_jobs(wake(proxy));
}

/// What a worker calls when it has a result, so that a resting window draws it.
pub(super) fn wake(proxy: Option<Res<EventLoopProxyWrapper>>) -> jobs::Wake {
    match proxy {
        Some(proxy) => {
            let proxy = (**proxy).clone();
            // A loop that has ended needs no waking.
            Arc::new(move || {
                let _ = proxy.send_event(WinitUserEvent::WakeUp);
            })
        }
        None => Arc::new(|| ()),
    }
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
    mut themed: Local<bool>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
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
        explorer.stats.fps = Some(smoothed(explorer.stats.fps, seconds));
    }
    // A frame after a rest was long in coming, and the blend did not play in it.
    explorer.advance(time.delta_secs().min(LONGEST_STEP));
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
    };
    if *covered != now {
        *covered = now;
    }
    Ok(())
}

/// Frames a second over about the last second, however long a frame takes.
fn smoothed(old: Option<f32>, seconds: f32) -> f32 {
    let seconds = seconds.max(1e-4);
    let share = 1.0 - (-seconds).exp();
    // Periods average, frequencies do not: a long frame must count as long as it took.
    let period = old.map_or(seconds, |fps| (1.0 - share) / fps + share * seconds);
    1.0 / period
}

/// Everything that the panels asked for.
fn commands(
    mut session: ResMut<Session>,
    mut cameras: Query<&mut PanOrbitCamera>,
    window: Query<&Window, With<PrimaryWindow>>,
    covered: Res<Covered>,
    stats: Res<DecodeStats>,
    proxy: Option<Res<EventLoopProxyWrapper>>,
    mut commands: Commands,
) {
    let session = &mut *session;
    if let Some(why) = stats.take_failure() {
        session.explorer.error(format!("The model can't be drawn: {why}. Export still works."));
    }
    session.explorer.settle(&session.forge);
    let mut jobs = session.jobs.lock().unwrap_or_else(PoisonError::into_inner);
    let others = match jobs.as_mut() {
        Some(jobs) => jobs.update(&mut session.explorer),
        None => session.explorer.take_commands(),
    };
    let loaded = jobs.as_mut().and_then(Jobs::take_loaded);
    drop(jobs);
    if let Some((name, forge)) = loaded {
        session.change_model(&name, forge, wake(proxy));
    }
    // What an opened file changed.
    session.explorer.settle(&session.forge);
    for command in others {
        match command {
            Command::FrameView => {
                let size = window.single().map_or(Vec2::ONE, |w| Vec2::new(w.width(), w.height()));
                let (extent, focus) = session.framing();
                let (extent, aspect) = covered.fit(extent, size);
                for mut camera in &mut cameras {
                    camera::reframe(&mut camera, extent, focus, aspect);
                }
            }
            Command::Screenshot { path } => {
                commands.spawn(Screenshot::primary_window()).observe(
                    move |shot: On<ScreenshotCaptured>, mut session: ResMut<Session>| {
                        let free = jobs::free_name(&path);
                        let written = rgba(&shot.image)
                            .ok_or_else(|| "the window's pixels can't be read".to_owned())
                            .and_then(|(w, h, p)| jobs::write_png(&free, w, h, p).map_err(|e| e.to_string()));
                        match written {
                            Ok(()) => {
                                session.explorer.info(format!("Wrote {}{}", free.display(), jobs::kept(&path, &free)))
                            }
                            Err(why) => session.explorer.error(format!("No picture was written: {why}")),
                        }
                    },
                );
            }
            Command::Studio(asked) => {
                commands.write_message(Asked(asked));
            }
            Command::Random { .. }
            | Command::Export { .. }
            | Command::Import { .. }
            | Command::Sample(_)
            | Command::Keep(_)
            | Command::ListModels
            | Command::ListRuns
            | Command::WatchRun(_)
            | Command::Train(_)
            | Command::StopTraining
            | Command::Turn
            | Command::Refine
            | Command::StopRefining
            | Command::CopyCode
            | Command::PasteCode
            | Command::Load(_) => {
                session.explorer.error("Nothing was done: the background work never started. Start again.");
            }
        }
    }
}

/// Width, height and RGBA bytes of a captured picture, opaque.
pub(super) fn rgba(image: &Image) -> Option<(u32, u32, Vec<u8>)> {
    let mut picture = image.clone().try_into_dynamic().ok()?.to_rgba8();
    picture.pixels_mut().for_each(|p| p.0[3] = 255);
    Some((picture.width(), picture.height(), picture.into_raw()))
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
    let slow = session.slow && !session.patient;
    let now = time.elapsed_secs_f64();
    for (mut edited, mut shape) in &mut shapes {
        let side = edited.detail.side(session.explorer.seen().0, grid, now, slow);
        if edited.detail.waits(now, slow) {
            session.awake = session.awake.max(now + detail::REST + 0.2);
        }
        let look = session.look();
        if !Arc::ptr_eq(&shape.model, &session.model)
            || shape.latent != *session.explorer.seen().0
            || shape.look != look
            || shape.grid != grid
            || shape.decode_side != side
        {
            *shape = session.shape(side);
        }
    }
    let place = scene::floor_place(session.extent().height);
    for mut floor in &mut floors {
        if *floor != place {
            *floor = place;
        }
    }
}

/// Tells a test that drives the window what happens in it.
fn tell(mut session: ResMut<Session>, mut report: Local<Report>) {
    session.explorer.record_rects = true;
    for line in report.lines(&session.explorer) {
        eprintln!("{line}");
    }
}

/// Draws on while something moves, and rests else: an explorer that is only looked at leaves the machine alone.
fn save_power(
    mut events: MessageReader<WindowEvent>,
    mut session: ResMut<Session>,
    time: Res<Time<Real>>,
    mut winit: ResMut<WinitSettings>,
    mut started: Local<bool>,
) {
    let now = time.elapsed_secs_f64();
    let active = events.read().count() > 0 || !session.explorer.working.is_empty() || session.explorer.play.on;
    if !*started {
        *started = true;
        // Pipelines compile in the background at first.
        session.awake = now + 10.0;
    } else if active {
        session.awake = session.awake.max(now + LINGER);
    }
    session.continuous = now < session.awake;
    let mode = if session.continuous {
        UpdateMode::Continuous
    } else {
        // Input and finished jobs wake the loop; on software Vulkan a single frame costs a second of both cores.
        UpdateMode::reactive(REST)
    };
    if winit.focused_mode != mode {
        winit.focused_mode = mode;
        winit.unfocused_mode = mode;
    }
}

#[cfg(test)]
mod tests {
    use super::smoothed;

    #[test]
    fn frames_a_second_forget_a_quick_start() {
        let mut fps = (0..100).fold(None, |old, _| Some(smoothed(old, 0.01)));
        assert!((fps.unwrap() - 100.0).abs() < 0.1);
        for _ in 0..5 {
            fps = Some(smoothed(fps, 1.0));
        }
        assert!(fps.unwrap() < 1.1, "{fps:?}");
    }
}
