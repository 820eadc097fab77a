//! One display for a whole study: which experiment, how far it is, and the time left for it and for all.

use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::budget::Plan;
use super::session::Event;
use crate::train::progress::{Pace, Progress, clock, describe, short};

/// Time between two plain lines.
const EVERY: Duration = Duration::from_secs(5);

/// Shows a study on stderr: two bars where that is a terminal, a line every few seconds where it isn't.
#[derive(Debug, Default)]
pub struct Display {
    bars: Option<(MultiProgress, ProgressBar, ProgressBar)>,
    plan: Option<Plan>,
    names: Vec<String>,
    current: usize,
    done: Vec<bool>,
    steps: u64,
    pace: Pace,
    said: Option<Instant>,
}

impl Display {
    /// Shows one event.
    pub fn show(&mut self, event: &Event) {
        match event {
            Event::Timing(experiment) => self.say(&format!("timing a step of {}", experiment.name)),
            Event::Planned(plan) => self.planned(plan),
            Event::Begin { index, experiment } => {
                self.current = *index;
                self.pace = Pace::default();
                self.steps = self.plan.as_ref().and_then(|p| p.share(&experiment.name)).map_or(0, |s| s.steps);
                if let Some((_, whole, run)) = &self.bars {
                    whole.set_message(format!("{}, {} left", experiment.name, clock(self.left(0))));
                    run.reset();
                    run.set_length(self.steps.max(1));
                    run.set_message("");
                } else {
                    eprintln!("[{}/{}] {}", index + 1, self.names.len(), experiment.name);
                }
            }
            Event::Train(progress) => self.train(progress),
            Event::Measuring => {
                if let Some((_, _, run)) = &self.bars {
                    run.set_message("measuring");
                }
            }
            Event::Done { index, already } => {
                if let Some(done) = self.done.get_mut(*index) {
                    *done = true;
                }
                if let Some((_, whole, _)) = &self.bars {
                    whole.set_position(self.done.iter().filter(|d| **d).count() as u64);
                }
                let name = self.names.get(*index).cloned().unwrap_or_default();
                self.say(&format!("{name}: {}", if *already { "finished earlier" } else { "finished" }));
            }
        }
    }

    /// Takes the bars away, before the last words.
    pub fn end(&mut self) {
        if let Some((all, ..)) = self.bars.take() {
            all.clear().ok();
        }
    }

    fn planned(&mut self, plan: &Plan) {
        self.names = plan.shares.iter().map(|s| s.name.clone()).collect();
        self.done = vec![false; self.names.len()];
        self.plan = Some(plan.clone());
        let what = match plan.budget {
            Some(minutes) => format!("{minutes} minutes are {:.2} times the recipes' steps", plan.factor),
            None => "the recipes' own steps".to_owned(),
        };
        eprintln!("{} experiments, {what}; about {} if nothing is done yet", self.names.len(), clock(self.left(0)));
        let style =
            |template: &str| ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let all = MultiProgress::new();
        let whole =
            all.add(ProgressBar::new(self.names.len() as u64).with_style(style("{pos}/{len} {wide_bar} {msg}")));
        let run = all.add(ProgressBar::new(1).with_style(style("{pos}/{len} {wide_bar} {msg}")));
        if !whole.is_hidden() && !all.is_hidden() {
            self.bars = Some((all, whole, run));
        }
    }

    fn train(&mut self, progress: &Progress) {
        match progress {
            Progress::Stage(text) => match &self.bars {
                Some((_, _, run)) => run.set_message(text.clone()),
                None => eprintln!("{text}"),
            },
            Progress::Transferred(report) => self.say(&report.to_string()),
            Progress::Start { step, .. } => self.pace.mark(*step, Instant::now()),
            Progress::Step(metrics) => {
                let (done, now) = (metrics.step + 1, Instant::now());
                self.pace.mark(done, now);
                let text = describe(metrics, self.pace.rate(), self.steps.saturating_sub(done));
                let all = clock(self.left(done));
                match &self.bars {
                    Some((_, whole, run)) => {
                        run.set_position(done);
                        run.set_message(text);
                        whole.set_message(format!("{}, {all} left", self.names[self.current]));
                    }
                    None if self.said.is_none_or(|t| now - t >= EVERY) => {
                        self.said = Some(now);
                        let (current, count) = (self.current + 1, self.names.len());
                        eprintln!("[{current}/{count}] step {done}/{}, {text}, {all} left for all", self.steps);
                    }
                    None => {}
                }
            }
            Progress::Validated { validation, .. } => {
                let text = format!(
                    "step {}: validation CD x 1000 {}, {} patches collapsed",
                    validation.step,
                    short(validation.cd1000),
                    validation.collapsed.map_or("?".to_owned(), |c| format!("{c:.1}"))
                );
                if self.bars.is_none() {
                    eprintln!("[{}/{}] {text}", self.current + 1, self.names.len());
                }
            }
            Progress::End => {}
        }
    }

    /// Seconds for all that is left, after `done` steps of the current experiment.
    fn left(&self, done: u64) -> f64 {
        let Some(plan) = &self.plan else { return 0.0 };
        let open = plan.shares.iter().zip(&self.done).enumerate().filter(|(_, (_, done))| !**done);
        open.map(|(i, (share, _))| {
            let steps = if i == self.current { share.steps.saturating_sub(done) } else { share.steps };
            steps as f64 * share.cost.step + share.cost.rest
        })
        .sum()
    }

    /// A line that stays.
    fn say(&self, text: &str) {
        match &self.bars {
            Some((all, ..)) => drop(all.println(text)),
            None => eprintln!("{text}"),
        }
    }
}
