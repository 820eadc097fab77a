//! Frames while something moves, and none else.

use bevy::{
    prelude::*,
    window::WindowEvent,
    winit::{UpdateMode, WinitSettings},
};

use super::{Session, detail};

/// Seconds that frames go on after the last input, for smooth ends of movements.
const LINGER: f64 = 1.5;

/// Seconds of frames after the start: pipelines compile in the background at first.
pub(super) const START: f64 = 10.0;

/// A window that nothing wakes draws itself this seldom, in case a system lost what it showed.
const REST: std::time::Duration = std::time::Duration::from_secs(600);

impl Session {
    /// Frames go on without input until then (seconds since the start).
    pub fn stay_awake(&mut self, until: f64) {
        self.awake = self.awake.max(until);
    }

    /// Whether nothing has happened for a while at time `now` (seconds).
    pub(in crate::viewer) fn rests(&self, now: f64) -> bool {
        now >= self.awake
    }

    /// Something that is seen moves at time `now` (seconds): until it rests, an adapter that is slow may draw less sharply.
    pub(in crate::viewer) fn hurry(&mut self, now: f64) {
        self.moved = now;
        self.stay_awake(now + detail::REST + 0.2);
    }

    /// Whether something that is seen moves at time `now` (seconds).
    pub(in crate::viewer) fn hurries(&self, now: f64) -> bool {
        now - self.moved < detail::REST
    }

    /// Whether the adapter is too slow to draw and decode everything in every frame.
    pub(in crate::viewer) fn is_slow(&self) -> bool {
        self.slow && !self.patient
    }
}

/// Frames a second over about the last second, however long a frame takes.
pub(super) fn smoothed(old: Option<f32>, seconds: f32) -> f32 {
    let seconds = seconds.max(1e-4);
    let share = 1.0 - (-seconds).exp();
    // Periods average, frequencies do not: a long frame must count as long as it took.
    let period = old.map_or(seconds, |fps| (1.0 - share) / fps + share * seconds);
    1.0 / period
}

/// Takes note of input before anything is drawn: the frame that answers to it must not be drawn with a rest's patience.
pub(super) fn wake(mut events: MessageReader<WindowEvent>, mut session: ResMut<Session>, time: Res<Time<Real>>) {
    if events.read().count() > 0 {
        session.stay_awake(time.elapsed_secs_f64() + LINGER);
    }
}

/// Draws on while something moves, and rests else: an explorer that is only looked at leaves the machine alone.
pub(super) fn save_power(mut session: ResMut<Session>, time: Res<Time<Real>>, mut winit: ResMut<WinitSettings>) {
    let now = time.elapsed_secs_f64();
    let explorer = &session.explorer;
    // A demo never rests, whoever leads.
    if explorer.play.on || explorer.demo.is_on() || !explorer.working.is_empty() {
        session.stay_awake(now + LINGER);
    }
    session.continuous = !session.rests(now) || session.finishing;
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
