//! How long the first frame took, and how much of it was our own work: finding the graphics adapter, opening its device
//! and compiling the decoder's pipelines is the driver's, and is told apart.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bevy::{
    prelude::*,
    render::{Render, RenderApp, RenderSystems, view::ExtractedWindows},
};

use super::report;

/// The clock that runs from the program's start to the first frame that was submitted to a window.
#[derive(Resource, Clone)]
pub struct FirstFrame(Arc<Times>);

struct Times {
    started: Instant,
    /// Nanoseconds.
    adapter: AtomicU64,
    pipelines: AtomicU64,
    submitted: AtomicBool,
}

/// What the first frame took.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Taken {
    total: Duration,
    adapter: Duration,
    pipelines: Duration,
}

/// What a wait was for that is not our own work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    /// Instance, adapter and device.
    Adapter,
    /// Compute pipelines, which are compiled where they are first needed.
    Pipelines,
}

impl FirstFrame {
    /// The clock of a program that started then.
    pub fn since(started: Instant) -> Self {
        let [adapter, pipelines] = [0, 0].map(AtomicU64::new);
        Self(Arc::new(Times { started, adapter, pipelines, submitted: AtomicBool::new(false) }))
    }

    /// Notes time that went to the driver.
    pub fn exclude(&self, driver: Driver, time: Duration) {
        let sum = match driver {
            Driver::Adapter => &self.0.adapter,
            Driver::Pipelines => &self.0.pipelines,
        };
        sum.fetch_add(time.as_nanos() as u64, Ordering::Relaxed);
    }

    /// What was taken so far, at the first call.
    fn submit(&self) -> Option<Taken> {
        let nanos = |sum: &AtomicU64| Duration::from_nanos(sum.load(Ordering::Relaxed));
        (!self.0.submitted.swap(true, Ordering::Relaxed)).then(|| Taken {
            total: self.0.started.elapsed(),
            adapter: nanos(&self.0.adapter),
            pipelines: nanos(&self.0.pipelines),
        })
    }
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let own = self.total.saturating_sub(self.adapter + self.pipelines);
        write!(
            f,
            "first frame submitted {:.0} ms after the start: {:.0} ms of our own work; not counted: {:.0} ms for the \
             graphics adapter and its device, {:.0} ms for the decoder's pipelines",
            ms(self.total),
            ms(own),
            ms(self.adapter),
            ms(self.pipelines)
        )
    }
}

/// Goes before Bevy's renderer, which waits for the adapter and its device while it is built.
pub struct RendererBegins(pub FirstFrame);

/// Goes after it.
pub struct RendererEnds(pub FirstFrame);

#[derive(Resource)]
struct Begun(Instant);

impl Plugin for RendererBegins {
    fn build(&self, app: &mut App) {
        app.insert_resource(Begun(Instant::now()));
    }
}

impl Plugin for RendererEnds {
    fn build(&self, app: &mut App) {
        if let Some(Begun(since)) = app.world_mut().remove_resource() {
            self.0.exclude(Driver::Adapter, since.elapsed());
        }
        if let Some(render) = app.get_sub_app_mut(RenderApp) {
            render.insert_resource(self.0.clone()).add_systems(Render, tell.in_set(RenderSystems::Cleanup));
        }
    }
}

/// In the render world, after the submission.
fn tell(first: Res<FirstFrame>, windows: Res<ExtractedWindows>) {
    if windows.values().any(|window| window.swap_chain_texture_view.is_some())
        && let Some(taken) = first.submit()
        && std::env::var_os(report::VARIABLE).is_some()
    {
        eprintln!("atlasforge: {taken}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drivers_time_is_told_apart_and_once() {
        let first = FirstFrame::since(Instant::now());
        first.exclude(Driver::Adapter, Duration::from_millis(100));
        first.exclude(Driver::Pipelines, Duration::from_millis(20));
        first.exclude(Driver::Adapter, Duration::from_millis(200));
        let taken = first.submit().unwrap();
        assert_eq!((taken.adapter.as_millis(), taken.pipelines.as_millis()), (300, 20));
        assert_eq!(first.submit(), None);
        let text = Taken { total: Duration::from_millis(1000), ..taken }.to_string();
        assert!(text.contains("1000 ms after the start: 680 ms of our own work"), "{text}");
    }
}
