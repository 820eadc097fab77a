//! What our own systems cost: CPU time of the threads that run them, whatever else the machine does meanwhile.
//!
//! A system that is registered through [`Cpu::timed`] counts; Bevy's, egui's and the drivers' work beside it does not.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};
use std::time::Duration;

use bevy::{
    ecs::system::{Adapt, AdapterSystem, RunSystemError, SystemIn},
    prelude::*,
};

use super::state::OwnTime;

/// Weight of the newest frame in the mean.
const NEWEST: f32 = 0.1;

/// Systems that are named, the dearest first.
const NAMED: usize = 5;

/// CPU time that the calling thread has used so far; `None` where the system doesn't tell.
pub fn thread_time() -> Option<Duration> {
    #[cfg(unix)]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
    }
    #[cfg(not(unix))]
    None
}

/// The account, shared by both worlds.
#[derive(Resource, Clone, Default)]
pub struct Cpu(Arc<Mutex<Vec<Arc<Spent>>>>);

/// What one system has used since it was asked last.
#[derive(Debug)]
struct Spent {
    name: &'static str,
    nanoseconds: AtomicU64,
}

impl Cpu {
    /// The app's account.
    pub fn of(app: &mut App) -> Self {
        app.world_mut().get_resource_or_insert_with(Self::default).clone()
    }

    /// The same system, counted.
    pub fn timed<M, S: IntoSystem<(), (), M>>(&self, system: S) -> AdapterSystem<Stopwatch, S::System> {
        // A function's type is called by its path; Bevy's own names cost a feature.
        let name = std::any::type_name::<S>();
        let spent = Arc::new(Spent {
            name: name.strip_prefix("atlasforge::viewer::").unwrap_or(name),
            nanoseconds: AtomicU64::new(0),
        });
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(spent.clone());
        let system = IntoSystem::into_system(system);
        let name = system.name();
        AdapterSystem::new(Stopwatch(spent), system, name)
    }

    /// Milliseconds of every system since the last call, as they were registered.
    fn take(&self) -> Vec<(&'static str, f32)> {
        let spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spent.iter().map(|s| (s.name, s.nanoseconds.swap(0, Ordering::Relaxed) as f32 * 1e-6)).collect()
    }
}

/// Runs a system between two looks at its thread's clock.
pub struct Stopwatch(Arc<Spent>);

impl<S: System> Adapt<S> for Stopwatch {
    type In = S::In;
    type Out = S::Out;

    fn adapt(
        &mut self,
        input: <Self::In as SystemInput>::Inner<'_>,
        run: impl FnOnce(SystemIn<'_, S>) -> Result<S::Out, RunSystemError>,
    ) -> Result<Self::Out, RunSystemError> {
        let before = thread_time();
        let out = run(input);
        if let (Some(before), Some(after)) = (before, thread_time()) {
            let nanoseconds = u64::try_from(after.saturating_sub(before).as_nanos()).unwrap_or(u64::MAX);
            self.0.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
        }
        out
    }
}

/// Sums up frame after frame.
#[derive(Default)]
pub struct Frames {
    /// Milliseconds a frame of every system, smoothed.
    means: Vec<f32>,
}

impl Frames {
    /// What was used since the last call, and on average; `None` where no clock tells.
    pub fn next(&mut self, cpu: &Cpu) -> Option<OwnTime> {
        thread_time()?;
        let spent = cpu.take();
        self.means.resize(spent.len(), f32::NAN);
        for (mean, (_, now)) in self.means.iter_mut().zip(&spent) {
            *mean = if mean.is_nan() { *now } else { (1.0 - NEWEST) * *mean + NEWEST * now };
        }
        let mut parts: Vec<(&'static str, f32)> = spent.iter().zip(&self.means).map(|(s, m)| (s.0, *m)).collect();
        parts.sort_by(|a, b| b.1.total_cmp(&a.1));
        parts.truncate(NAMED);
        Some(OwnTime { last: spent.iter().map(|s| s.1).sum(), mean: self.means.iter().sum(), parts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy() {
        let start = thread_time().unwrap();
        while thread_time().unwrap() - start < Duration::from_millis(5) {
            std::hint::black_box(0);
        }
    }

    fn asleep() {
        std::thread::sleep(Duration::from_millis(20));
    }

    #[test]
    #[cfg(unix)]
    fn work_counts_and_waiting_does_not() {
        let mut app = App::new();
        let cpu = Cpu::of(&mut app);
        app.add_systems(Update, (cpu.timed(busy), cpu.timed(asleep)));
        let mut frames = Frames::default();
        for _ in 0..3 {
            app.update();
            let own = frames.next(&cpu).unwrap();
            assert!((5.0..12.0).contains(&own.last) && own.parts[0].0.ends_with("busy"), "{own:?}");
            assert!(own.parts[1].1 < 3.0, "{own:?}");
        }
        assert_eq!(frames.next(&cpu).unwrap().last, 0.0);
    }
}
