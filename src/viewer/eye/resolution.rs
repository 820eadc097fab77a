//! At which share of the window's resolution the scene is drawn, so that it moves: a plain state machine, no clock.

/// Shares of the window's width and height, from the sharpest on.
pub const STEPS: [f32; 5] = [1.0, 0.75, 0.5, 0.35, 0.25];

/// Seconds a frame that count as too many (30 frames a second, and a little patience for a display that shows every other
/// refresh), what a step down aims at, and so few that the next sharper step may be tried.
const SLOW: f32 = 1.0 / 28.0;
const AIM: f32 = 1.0 / 32.0;
const EASY: f32 = 1.0 / 45.0;

/// A judgement takes so many frames and seconds at least; the first frames after a step, which make new textures, don't count.
const FRAMES: usize = 6;
const SECONDS: f32 = 0.8;
const SETTLE: u32 = 3;

/// Seconds that frames must be easy before a sharper step is tried; each time that it proves too slow twice as many, up to the
/// last.
const PATIENCE: f32 = 4.0;
const LONGEST: f32 = 600.0;

/// Where even the coarsest step is too slow, something else than pixels takes the time, and sharpness would be given for little: the
/// sharpest step that takes at most so many times as long is taken, and none coarser tried for so many seconds, each time twice
/// as many up to [`LONGEST`].
const WORTH: f32 = 1.5;
const HOLD: f32 = 30.0;

/// A sharper step that lasts so many seconds was right.
const PROVEN: f32 = 20.0;

/// A frame of so many seconds is a hitch: a window that was moved, a machine that slept.
const HITCH: f32 = 5.0;

/// The state; starts sharp.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolution {
    step: usize,
    /// Seconds of the last frames that are judged together.
    frames: Vec<f32>,
    /// Frames since the last step, and seconds.
    settled: u32,
    since: f32,
    /// Seconds for which frames have been easy, and must be.
    easy: f32,
    patience: f32,
    /// Whether the last step was one up.
    rose: bool,
    /// Where the last step down began, and how long a frame took there.
    came: Option<(usize, f32)>,
    /// Seconds for which no step down is tried, and the next time.
    held: f32,
    hold: f32,
}

impl Default for Resolution {
    fn default() -> Self {
        Self {
            step: 0,
            frames: Vec::new(),
            settled: 0,
            since: 0.0,
            easy: 0.0,
            patience: PATIENCE,
            rose: false,
            came: None,
            held: 0.0,
            hold: HOLD,
        }
    }
}

impl Resolution {
    /// Share of the window's width and height to draw at.
    pub fn share(&self) -> f32 {
        STEPS[self.step]
    }

    /// Takes note of a frame that took so many seconds.
    pub fn note(&mut self, seconds: f32) {
        if !seconds.is_finite() || seconds <= 0.0 || seconds > HITCH {
            return;
        }
        self.since += seconds;
        self.settled += 1;
        if self.settled <= SETTLE {
            return;
        }
        self.frames.push(seconds);
        if self.frames.len() < FRAMES || self.frames.iter().sum::<f32>() < SECONDS {
            return;
        }
        let took: f32 = self.frames.iter().sum();
        self.frames.sort_by(f32::total_cmp);
        // The median: a single long frame is an accident.
        let median = self.frames[self.frames.len() / 2];
        self.frames.clear();
        if self.rose && self.since > PROVEN {
            (self.rose, self.patience) = (false, PATIENCE);
        }
        self.held = (self.held - took).max(0.0);
        let sharper = self.came.take().filter(|_| median > SLOW).and_then(|came| self.worth(came, median));
        if let Some(step) = sharper {
            (self.held, self.hold) = (self.hold, (2.0 * self.hold).min(LONGEST));
            self.go(step, false);
        } else if median > SLOW && self.step + 1 < STEPS.len() && self.held == 0.0 {
            if self.rose {
                self.patience = (2.0 * self.patience).min(LONGEST);
            }
            // Time goes with the number of pixels at most: no step is skipped that might have done.
            let most = self.share() * (AIM / median).sqrt();
            let next = (self.step + 1..STEPS.len()).find(|&s| STEPS[s] <= most * 1.15);
            let came = (self.step, median);
            self.go(next.unwrap_or(STEPS.len() - 1), false);
            self.came = Some(came);
        } else if median < EASY && self.step > 0 {
            self.easy += took;
            if self.easy >= self.patience {
                self.go(self.step - 1, true);
            }
        } else {
            self.easy = 0.0;
        }
    }

    /// A sharper step that takes little longer than the coarsest, if that is too slow as well, by what a frame took here and where
    /// the step down began: a time that goes with the pixels and one that doesn't.
    fn worth(&self, (from, before): (usize, f32), now: f32) -> Option<usize> {
        let area = |step: usize| STEPS[step] * STEPS[step];
        let a_pixel = ((before - now) / (area(from) - area(self.step))).max(0.0);
        let takes = |step: usize| now + a_pixel * (area(step) - area(self.step));
        let coarsest = takes(STEPS.len() - 1);
        (from..self.step).find(|&step| coarsest > SLOW && takes(step) <= WORTH * coarsest)
    }

    fn go(&mut self, step: usize, up: bool) {
        (self.step, self.rose) = (step, up);
        (self.settled, self.since, self.easy) = (0, 0.0, 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs `seconds` on an adapter whose frame takes `fixed + area * share²` milliseconds, shown at refreshes of `refresh`
    /// milliseconds where there are any; the frames a second of the last half, and how often the step changed.
    fn run(resolution: &mut Resolution, seconds: f32, fixed: f32, area: f32, refresh: f32) -> (f32, usize) {
        let (mut clock, mut changes, mut late, mut frames) = (0.0, 0, 0.0, 0);
        while clock < seconds {
            let mut ms = fixed + area * resolution.share().powi(2);
            if refresh > 0.0 {
                ms = (ms / refresh).ceil() * refresh;
            }
            let before = resolution.step;
            resolution.note(ms / 1000.0);
            changes += usize::from(resolution.step != before);
            clock += ms / 1000.0;
            if clock > seconds / 2.0 {
                (late, frames) = (late + ms / 1000.0, frames + 1);
            }
        }
        (frames as f32 / late, changes)
    }

    #[test]
    fn a_fast_adapter_stays_sharp() {
        for refresh in [0.0, 16.67, 6.9] {
            let mut r = Resolution::default();
            assert_eq!(run(&mut r, 60.0, 2.0, 8.0, refresh).1, 0);
            assert_eq!(r.share(), 1.0);
        }
    }

    #[test]
    fn a_slow_adapter_reaches_thirty_frames_where_it_can_and_does_not_flicker() {
        for refresh in [0.0, 16.67] {
            for area in [30.0, 45.0, 60.0, 90.0, 150.0, 250.0, 400.0] {
                let mut r = Resolution::default();
                let (fps, changes) = run(&mut r, 3600.0, 3.0, area, refresh);
                assert!(fps > 28.0, "{area} ms, refresh {refresh}: {fps} frames a second at {}", r.share());
                assert!(changes <= 30, "{area} ms, refresh {refresh}: {changes} changes in an hour");
            }
        }
        // More than it can do: the coarsest it is, at once and for good.
        let mut r = Resolution::default();
        let (_, changes) = run(&mut r, 3600.0, 3.0, 3000.0, 0.0);
        assert_eq!((r.share(), changes), (0.25, 1));
    }

    #[test]
    fn it_is_quick_to_give_up_sharpness_and_slow_to_take_it_back() {
        let mut r = Resolution::default();
        run(&mut r, 3.0, 3.0, 60.0, 0.0);
        assert!(r.share() < 1.0);
        // Other work on the machine ends.
        run(&mut r, 2.0, 1.0, 5.0, 0.0);
        let coarse = r.share();
        assert!(coarse < 1.0);
        run(&mut r, 30.0, 1.0, 5.0, 0.0);
        assert_eq!(r.share(), 1.0);
    }

    #[test]
    fn sharpness_is_not_given_for_nothing() {
        // Something else than pixels takes the time: decoding, on an adapter without a GPU.
        for (fixed, area, expected) in
            [(150.0, 20.0, 1.0), (100.0, 60.0, 0.75), (120.0, 380.0, 0.5), (40.0, 900.0, 0.25)]
        {
            let mut r = Resolution::default();
            let (_, changes) = run(&mut r, 3600.0, fixed, area, 0.0);
            assert_eq!(r.share(), expected, "{fixed} and {area} ms");
            assert!(changes <= 30, "{fixed} and {area} ms: {changes} changes in an hour");
        }
    }

    #[test]
    fn hitches_are_no_slowness() {
        let mut r = Resolution::default();
        for i in 0..3000 {
            r.note(if i % 40 == 0 { 0.4 } else { 0.016 });
        }
        for odd in [f32::NAN, -1.0, 0.0, 900.0] {
            r.note(odd);
        }
        assert_eq!(r.share(), 1.0);
    }
}
