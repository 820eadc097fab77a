//! A graphics device that is lost, by a driver's crash, a sleeping laptop or a card that was pulled out. Our buffers and egui's
//! live on it, so the window can't go on with another one: it ends with the reason, and the program starts itself again.
//!
//! Bevy hands a lost device to its error handler at the end of a frame; wgpu panics in whatever call comes before that, on the
//! thread that draws, and the panic can't be caught: what it unwinds needs the device. So both ways lead here.

use std::panic::{PanicHookInfo, set_hook, take_hook};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use bevy::{
    prelude::*,
    render::{
        error_handler::{ErrorType, RenderErrorHandler, RenderErrorPolicy},
        renderer::RenderDevice,
    },
};

use super::{explore::keep, report};

/// With [`report::VARIABLE`], seconds after which a test has the device lost.
pub const VARIABLE: &str = "ATLASFORGE_LOSE_DEVICE";

/// Says that the device was lost, and why.
#[derive(Resource, Clone, Default)]
pub struct Lost(Arc<State>);

#[derive(Default)]
struct State {
    /// When the first frame was begun.
    since: OnceLock<Instant>,
    why: Mutex<Option<String>>,
}

impl Lost {
    /// Why the window closed, if it was for that, and how long it had been open.
    pub fn why(&self) -> Option<(String, Duration)> {
        let why = self.0.why.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        Some((why, self.lived()))
    }

    fn lived(&self) -> Duration {
        self.0.since.get().map_or(Duration::ZERO, Instant::elapsed)
    }

    fn tell(&self, why: String) {
        self.0.why.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
    }

    /// From now on a panic of wgpu ends the process with the code that `end` gives; any other is told as before.
    pub fn watch_panics(&self, end: fn(&str, Duration) -> i32) {
        let (before, lost) = (take_hook(), self.clone());
        set_hook(Box::new(move |panic| match reason(panic) {
            Some(why) => std::process::exit(end(&why, lost.lived())),
            None => before(panic),
        }));
    }
}

/// What a panic of wgpu says; `None` for any other.
fn reason(panic: &PanicHookInfo<'_>) -> Option<String> {
    let of_wgpu = panic.location()?.file().contains("wgpu");
    let said = panic.payload_as_str().unwrap_or_default().lines().next().unwrap_or_default();
    of_wgpu.then(|| format!("the graphics device was lost ({said})"))
}

/// Tells `lost` instead of leaving a dead window.
pub struct LostPlugin(pub Lost);

impl Plugin for LostPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(self.0.clone()).insert_resource(RenderErrorHandler(|error, world, _| {
            keep::rescue(world);
            let what = match error.ty {
                ErrorType::DeviceLost => "the graphics device was lost",
                ErrorType::OutOfMemory => "the graphics adapter has no memory left",
                _ => "the graphics driver refused a frame",
            };
            let description = error.description.lines().next().unwrap_or_default().trim();
            let why = if description.is_empty() { what.to_owned() } else { format!("{what} ({description})") };
            if let Some(lost) = world.get_resource::<Lost>() {
                lost.tell(why);
            }
            world.write_message(AppExit::error());
            RenderErrorPolicy::StopRendering
        }));
        app.add_systems(Startup, |lost: Res<Lost>| {
            lost.0.since.get_or_init(Instant::now);
        });
        if std::env::var_os(report::VARIABLE).is_some()
            && let Some(seconds) = std::env::var(VARIABLE).ok().and_then(|s| s.parse().ok())
        {
            app.add_systems(Update, move |time: Res<Time<Real>>, device: Res<RenderDevice>, mut done: Local<bool>| {
                if time.elapsed() > Duration::from_secs(seconds) && !std::mem::replace(&mut *done, true) {
                    device.wgpu_device().destroy();
                }
            });
        }
    }
}
