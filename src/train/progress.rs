//! What a person sees while a run trains: a bar where stderr is a terminal, a line every few seconds where it isn't.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::trainer::{StepMetrics, Validation};
use super::transfer::Report;

/// What a session tells while it works.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// Something other than training takes a while.
    Stage(String),
    /// The run begins with another model's weights.
    Transferred(Report),
    /// Training begins after `step` steps and ends after `steps`.
    Start {
        step: u64,
        steps: u64,
    },
    Step(StepMetrics),
    Validated {
        validation: Validation,
        best: bool,
    },
    /// Training is over or interrupted.
    End,
}

/// Time between two plain lines.
const EVERY: Duration = Duration::from_secs(5);

/// Time over which the pace is averaged: validations are shared out, a machine that gets busy shows soon.
const WINDOW: Duration = Duration::from_secs(30);

/// Seconds of training before a pace is told: the first step may be far from typical.
const SOON: f64 = 1.0;

/// Shows progress on stderr.
#[derive(Debug, Default)]
pub struct Display {
    bar: Option<ProgressBar>,
    pace: Pace,
    steps: u64,
    said: Option<Instant>,
}

impl Display {
    /// Shows one event.
    pub fn show(&mut self, event: &Progress) {
        match event {
            Progress::Stage(text) => self.say(text),
            Progress::Transferred(report) => self.say(&report.to_string()),
            Progress::Start { step, steps } => {
                self.steps = *steps;
                self.pace.mark(*step, Instant::now());
                let bar = ProgressBar::new(*steps).with_position(*step);
                if !bar.is_hidden() {
                    let style = ProgressStyle::with_template("{pos}/{len} {wide_bar} {msg}");
                    self.bar = Some(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())));
                }
            }
            Progress::Step(metrics) => self.step(metrics),
            Progress::Validated { validation, best } => {
                let note = if *best { ", the best so far" } else { "" };
                let Validation { step, cd1000, shapes, .. } = validation;
                self.say(&format!("step {step}: validation CD x 1000 {} on {shapes} shapes{note}", short(*cd1000)));
            }
            Progress::End => {
                if let Some(bar) = self.bar.take() {
                    bar.abandon();
                }
            }
        }
    }

    fn step(&mut self, metrics: &StepMetrics) {
        let (done, now) = (metrics.step + 1, Instant::now());
        self.pace.mark(done, now);
        let text = describe(metrics, self.pace.rate(), self.steps.saturating_sub(done));
        match &self.bar {
            Some(bar) => {
                bar.set_message(text);
                bar.set_position(done);
            }
            None if done == self.steps || self.said.is_none_or(|t| now - t >= EVERY) => {
                self.said = Some(now);
                eprintln!("step {done}/{}, {text}", self.steps);
            }
            None => {}
        }
    }

    /// A line that stays.
    fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => eprintln!("{text}"),
        }
    }
}

/// Steps over recent time.
#[derive(Debug, Default)]
pub struct Pace {
    marks: VecDeque<(u64, Instant)>,
}

impl Pace {
    /// So many steps are done.
    pub fn mark(&mut self, step: u64, now: Instant) {
        self.marks.push_back((step, now));
        while self.marks.len() > 2 && now - self.marks[0].1 > WINDOW {
            self.marks.pop_front();
        }
    }

    /// Steps a second; `None` before it can be told.
    pub fn rate(&self) -> Option<f64> {
        let (from, start) = self.marks.front()?;
        let (to, end) = self.marks.back()?;
        let seconds = (*end - *start).as_secs_f64();
        (seconds >= SOON && to > from).then(|| (to - from) as f64 / seconds)
    }
}

/// Losses, pace and time left of one run, in a line.
pub fn describe(metrics: &StepMetrics, rate: Option<f64>, left: u64) -> String {
    let StepMetrics { chamfer, kl, learning_rate, terms, .. } = metrics;
    let mut text = format!("chamfer {}", short(*chamfer));
    // Without a distribution there is none.
    if *kl != 0.0 {
        text += &format!(", KL {}", short(*kl));
    }
    terms.iter().for_each(|(name, x)| text += &format!(", {name} {}", short(*x)));
    text += &format!(", lr {learning_rate:.1e}");
    if let Some(rate) = rate {
        text += &format!(", {} steps/s, {} left", short(rate), clock(left as f64 / rate));
    }
    text
}

/// Three figures.
pub fn short(x: f64) -> String {
    match x.abs() {
        a if a >= 1e5 || (a > 0.0 && a < 1e-3) => format!("{x:.2e}"),
        a if a >= 100.0 => format!("{x:.0}"),
        a if a >= 10.0 => format!("{x:.1}"),
        a if a >= 1.0 => format!("{x:.2}"),
        _ => format!("{x:.4}"),
    }
}

/// A time to wait.
pub fn clock(seconds: f64) -> String {
    let s = seconds.max(0.0).ceil() as u64;
    match (s / 3600, s / 60 % 60, s % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m}:{s:02} min"),
        (h, m, _) => format!("{h}:{m:02} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_losses_pace_and_time_left() {
        let (chamfer, kl, kl_weight) = (0.01234, 18.25, 1e-4);
        let terms = [("mirror".to_owned(), 0.25)].into();
        let metrics = StepMetrics { step: 99, chamfer, kl, loss: 1.0, learning_rate: 9.1e-4, kl_weight, terms };
        let start = Instant::now();
        let mut pace = Pace::default();
        pace.mark(0, start);
        assert_eq!(pace.rate(), None);
        pace.mark(100, start + Duration::from_secs(20));
        let text = describe(&metrics, pace.rate(), 400);
        assert_eq!(text, "chamfer 0.0123, KL 18.2, mirror 0.2500, lr 9.1e-4, 5.00 steps/s, 1:20 min left");
    }

    #[test]
    fn the_pace_forgets_what_was_long_ago() {
        let start = Instant::now();
        let mut pace = Pace::default();
        (0..=100).for_each(|s| pace.mark(s, start + Duration::from_secs(s)));
        (101..=200).for_each(|s| pace.mark(s, start + Duration::from_millis(100_000 + 500 * (s - 100))));
        assert!((pace.rate().unwrap() - 2.0).abs() < 1e-9);
    }

    #[test]
    fn times_read_well() {
        assert_eq!([0.2, 61.0, 7322.0].map(clock), ["1 s", "1:01 min", "2:02 h"]);
        assert_eq!([0.00001, 0.5, 12.345, 123456.0].map(short), ["1.00e-5", "0.5000", "12.3", "1.23e5"]);
    }
}
