//! A graphics device that is lost, by a driver's crash, a sleeping laptop or a card that was pulled out. Our buffers and egui's
//! live on it, so the window can't go on with another one: the session is saved, the window closes with the reason, and the
//! program starts itself again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bevy::{
    prelude::*,
    render::{
        error_handler::{ErrorType, RenderErrorHandler, RenderErrorPolicy},
        renderer::RenderDevice,
    },
};

use super::{Explored, explore::keep, report};

/// With [`report::VARIABLE`], seconds after which a test has the device lost.
pub const VARIABLE: &str = "ATLASFORGE_LOSE_DEVICE";

/// Says that the device was lost, and why.
#[derive(Resource, Clone, Default)]
pub struct Lost(Arc<Mutex<Option<(String, Duration)>>>);

impl Lost {
    /// Why the window closed, if it was for that, and how long it had been open.
    pub fn why(&self) -> Option<(String, Duration)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn tell(&self, why: String, lived: Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert((why, lived));
    }
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
            let lived = world.get_resource::<Time<Real>>().map_or(Duration::ZERO, |time| time.elapsed());
            if let Some(lost) = world.get_resource::<Lost>() {
                lost.tell(why, lived);
            }
            world.write_message(AppExit::error());
            RenderErrorPolicy::StopRendering
        }));
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

/// What std says of a panic that ends the process wherever it happens.
const ABORTS: [&str; 2] = ["panic in a destructor during cleanup", "panic in a function that cannot unwind"];

/// A device that is lost in the midst of a frame makes wgpu panic before anybody could be told: that is told as well. The
/// session was saved as it was some seconds ago. Where what breaks behind it would end the process without a word, `last` is called
/// before.
pub fn watch_panics(lost: Lost, last: fn(&Explored)) {
    let (earlier, began) = (std::panic::take_hook(), Instant::now());
    std::panic::set_hook(Box::new(move |panic| {
        if panic.location().is_some_and(|at| at.file().contains("wgpu")) {
            lost.tell("the graphics device was lost".to_owned(), began.elapsed());
        }
        // What breaks behind it says nothing more.
        match lost.why() {
            None => earlier(panic),
            Some((why, lived)) if panic.payload_as_str().is_some_and(|said| ABORTS.contains(&said)) => {
                last(&Explored::Lost { why, lived });
            }
            Some(_) => {}
        }
    }));
}
