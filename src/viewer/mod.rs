//! The explorer: a Bevy window over the WGSL decoder. Nothing that is drawn is read back.
//!
//! [`decoder`] and [`dress`] are plain wgpu and know no Bevy; [`decode`] runs them in Bevy's render world, [`headless`]
//! without it. [`panels`] and [`state`] are plain egui and plain data; [`explore`] joins both sides, [`studio`] is how it
//! all looks, [`scene`], [`camera`] and [`environment`] are what is around the shape. [`eye`] draws for slow adapters, [`demo`] is what only the live demo does, and
//! [`tour`] is the same without a window.

pub mod adapter;
pub mod camera;
mod clipboard;
pub mod cpu;
pub mod decode;
pub mod decoder;
pub mod demo;
pub mod detail;
pub mod display;
pub mod dress;
pub mod engine;
pub mod environment;
pub mod explore;
mod eye;
pub mod first_frame;
pub mod headless;
pub mod jobs;
pub mod lost;
pub mod own;
pub mod panels;
pub mod pick;
pub mod report;
pub mod scene;
pub mod state;
mod strokes;
pub mod studio;
pub mod timer;
pub mod tour;
mod trial;
#[cfg(test)]
mod uniform;

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bevy::{
    app::PluginGroupBuilder,
    log::{Level, LogPlugin},
    prelude::*,
    render::{
        RenderPlugin,
        settings::{Backends, MemoryHints, RenderCreation, WgpuSettings},
    },
    window::WindowResolution,
};
use bevy_egui::EguiPlugin;

use crate::forge::Forge;
use first_frame::{Driver, FirstFrame, RendererBegins, RendererEnds};
pub use headless::{GpuError, GpuTimes, bench_decode};
use lost::{Lost, LostPlugin};
pub use state::Design;
use state::Source;
pub use tour::{Tour, TourError};

/// What to explore, and what to do where no window opens.
pub struct ExploreOptions {
    pub forge: Arc<Forge>,
    /// The model's name, for the title.
    pub name: String,
    /// What is shown first, where `picked` names it.
    pub design: Design,
    /// Its name, to be picked as A: an encoded shape or an opened file. `None` where nobody asked for a shape: then a
    /// real sword that the model has encoded is shown at the design's grid, and the design itself where there is none.
    pub picked: Option<String>,
    /// The file that the design came from, to be shown beside it where it is another program's mesh.
    pub file: Option<PathBuf>,
    /// Whether nobody asked for a model: then that of the last session is loaded in the window.
    pub any_model: bool,
    /// Where the tour's picture and GLB go when no window can be opened.
    pub out_dir: PathBuf,
    /// The window's size in logical pixels; `None` for that of the last session, or [`WINDOW`].
    pub size: Option<(u32, u32)>,
    /// Makes the tour even where there is a display.
    pub offscreen: bool,
    /// Starts as a demo that goes on after so many seconds without a touch.
    pub demo: Option<f32>,
    /// Called with [`Explored::Lost`] where the process is about to end without returning.
    pub last: fn(&Explored),
    /// When the program started, to tell how long the first frame took where [`report::VARIABLE`] is set.
    pub started: Option<Instant>,
}

/// The window's size in logical pixels where nobody asks for another.
pub const WINDOW: (u32, u32) = (1280, 800);

/// How exploring ended. Displayed, it is one line for the user.
#[derive(Clone, Debug, PartialEq)]
pub enum Explored {
    /// The window was closed.
    Window,
    /// The window closed because it could draw no more; the session is saved.
    Lost {
        why: String,
        /// How long it had been open.
        lived: Duration,
    },
    /// There was none, and this was made instead.
    Tour {
        tour: Tour,
        /// Why there was no window.
        why: String,
    },
}

impl fmt::Display for Explored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Window => write!(f, "the window was closed"),
            Self::Lost { why, .. } => write!(f, "{why}; the session is saved"),
            Self::Tour { tour: Tour { png, glb, adapter }, why } => {
                let by = match adapter {
                    Some(adapter) => format!("drawn off-screen by {adapter}"),
                    None => "drawn by the CPU, as no graphics adapter was found".to_owned(),
                };
                write!(f, "no window ({why}); made {} ({by}) and {} instead", png.display(), glb.display())
            }
        }
    }
}

/// Opens the explorer's window and returns when it is closed; without a display or an adapter makes the tour instead.
///
/// # Errors
/// When the tour's files can't be made.
pub fn run(mut options: ExploreOptions) -> Result<Explored, TourError> {
    let first = FirstFrame::since(options.started.unwrap_or_else(Instant::now));
    let asked = options.picked.is_some();
    if options.picked.is_none()
        && let Some(Source { name, latent, length, .. }) = Source::opening(Source::all_of(&options.forge))
    {
        options.design = Design { latent, length, grid: options.design.grid };
        options.picked = Some(name);
    }
    let why = if options.offscreen {
        "not asked for".to_owned()
    } else if !display::is_there() {
        "no display answers; DISPLAY or WAYLAND_DISPLAY names one".to_owned()
    } else if let Err(e) = probe(&first) {
        e.to_string()
    } else {
        let lost = Lost::default();
        match window(&options, asked, &first, &lost) {
            Ok(mut app) => {
                lost::watch_panics(lost.clone(), options.last);
                let ended = catch_unwind(AssertUnwindSafe(|| app.run()));
                if let Err(panic) = ended {
                    // What is left of it may wait for a device that is gone.
                    std::mem::forget(app);
                    if lost.why().is_none() {
                        resume_unwind(panic);
                    }
                }
                return Ok(lost.why().map_or(Explored::Window, |(why, lived)| Explored::Lost { why, lived }));
            }
            Err(why) => why,
        }
    };
    let ExploreOptions { forge, name, design, out_dir, .. } = options;
    Ok(Explored::Tour { tour: tour::tour(&forge, &name, &design, &out_dir)?, why })
}

/// Whether there is an adapter; asking costs time that is not ours.
fn probe(first: &FirstFrame) -> Result<(), adapter::AdapterError> {
    let since = Instant::now();
    let found = adapter::probe().map(drop);
    first.exclude(Driver::Adapter, since.elapsed());
    found
}

/// The app with its window, ready to run. winit panics when the display's libraries are missing; that is caught here,
/// before anything runs. `asked`: the user asked for this shape, else the last session's comes back.
fn window(options: &ExploreOptions, asked: bool, first: &FirstFrame, lost: &Lost) -> Result<App, String> {
    let mut session = explore::Session::new(options.forge.clone(), &options.name, options.design.clone());
    let (last, back) = explore::keep::restore(&mut session, asked);
    if let Some(name) = options.picked.as_ref().filter(|_| !back) {
        session.pick(name);
    }
    if let Some(path) = &options.file {
        session.explorer.ask(state::Command::Import { path: path.clone(), slot: state::Slot::A });
    }
    if let Some(idle) = options.demo {
        session.explorer.demo.idle = idle;
        session.explorer.start_demo();
    }
    let said = Arc::new(Mutex::new(String::new()));
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new({
        let said = said.clone();
        move |panic| {
            *said.lock().unwrap_or_else(PoisonError::into_inner) =
                panic.payload_as_str().unwrap_or("no reason given").to_owned();
        }
    }));
    let built = catch_unwind(AssertUnwindSafe(|| {
        let mut app = App::new();
        let (width, height) = options.size.or(last.window.and_then(|window| window.size())).unwrap_or(WINDOW);
        let primary_window =
            Some(Window { title: "Atlasforge".into(), resolution: WindowResolution::new(width, height), ..default() });
        app.add_plugins(
            default_plugins(false)
                .set(WindowPlugin { primary_window, ..default() })
                .add_before::<RenderPlugin>(RendererBegins(first.clone()))
                .add_after::<RenderPlugin>(RendererEnds(first.clone())),
        )
        .add_plugins((
            EguiPlugin::default(),
            strokes::StrokesPlugin,
            camera::CameraPlugin,
            decode::DecodePlugin { processor: true },
            explore::ExplorePlugin { window: true, workers: true },
            demo::DemoPlugin,
            eye::EyePlugin,
            LostPlugin(lost.clone()),
            explore::keep::KeepPlugin {
                last: last.clone(),
                any_model: options.any_model && !asked,
                any_size: options.size.is_none(),
            },
        ))
        .insert_resource(session);
        app
    }));
    std::panic::set_hook(hook);
    built.map_err(|_| {
        let said = said.lock().unwrap_or_else(PoisonError::into_inner);
        let first = said.lines().next().unwrap_or_default();
        format!("the display can't be opened, its X11 or Wayland libraries may be missing: {first}")
    })
}

/// Bevy's plugins with our settings: quiet, little memory, and synchronous pipelines for a still picture.
fn default_plugins(still: bool) -> PluginGroupBuilder {
    let plugins = DefaultPlugins
        .set(RenderPlugin {
            render_creation: RenderCreation::Automatic(Box::new(WgpuSettings {
                backends: Some(backends()),
                memory_hints: MemoryHints::MemoryUsage,
                ..default()
            })),
            synchronous_pipeline_compilation: still,
            ..default()
        })
        .set(LogPlugin { level: Level::WARN, filter: "error,atlasforge=warn".into(), ..default() });
    // A still may follow a window that failed to open, and a process has one log.
    if still { plugins.disable::<LogPlugin>() } else { plugins }
}

/// Vulkan, Metal or DirectX 12, unless `WGPU_BACKEND` says otherwise: OpenGL's compute is too often none.
fn backends() -> Backends {
    Backends::from_env().unwrap_or(Backends::PRIMARY)
}
