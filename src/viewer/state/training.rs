//! A training run as the explorer watches it: its curves, its newest model, and what can be done with it.

use std::path::{Path, PathBuf};

use super::{Command, Explorer};
use crate::model::library::Listed;
use crate::train::log::Line;

/// Points that a curve keeps at most: a pane has no more pixels.
const KEPT: usize = 600;

/// Which figures are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Curve {
    #[default]
    Loss,
    Chamfer,
    Kl,
    Collapsed,
    /// No curve: a grid of patches by validations.
    Patches,
    LearningRate,
}

impl Curve {
    pub const ALL: [Curve; 6] =
        [Self::Loss, Self::Chamfer, Self::Kl, Self::Collapsed, Self::Patches, Self::LearningRate];

    /// On its button.
    pub fn title(self) -> &'static str {
        match self {
            Self::Loss => "Loss",
            Self::Chamfer => "Chamfer",
            Self::Kl => "KL",
            Self::Collapsed => "Collapsed",
            Self::Patches => "Patches",
            Self::LearningRate => "Learning rate",
        }
    }
}

/// A validation of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Validated {
    pub step: u64,
    /// Chamfer distance x 1000 on held-out shapes, and on training shapes.
    pub cd1000: f64,
    pub train_cd1000: Option<f64>,
    /// Collapsed patches a shape.
    pub collapsed: Option<f64>,
    /// Nats of each latent group.
    pub kl_groups: Vec<f64>,
    /// Held-out shapes that were measured.
    pub shapes: usize,
    /// `[P]`, share of them in which each patch has collapsed; empty where an older log doesn't tell.
    pub collapses: Vec<f64>,
}

/// Means over stretches of steps, so that a long run has as many points as a short one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thinned {
    /// Steps that a point stands for.
    stride: u64,
    /// Step in the middle, mean, and how many values it is of.
    points: Vec<(f64, f64, u32)>,
}

impl Thinned {
    /// A value of the next step.
    pub fn push(&mut self, step: u64, value: f64) {
        if !value.is_finite() {
            return;
        }
        self.stride = self.stride.max(1);
        match self.points.last_mut() {
            Some((at, mean, count)) if (*at as u64) / self.stride == step / self.stride => {
                let n = f64::from(*count);
                (*at, *mean, *count) =
                    ((*at * n + step as f64) / (n + 1.0), (*mean * n + value) / (n + 1.0), *count + 1);
            }
            _ => self.points.push((step as f64, value, 1)),
        }
        if self.points.len() > KEPT {
            self.stride *= 2;
            let old = std::mem::take(&mut self.points);
            for (at, mean, count) in old {
                match self.points.last_mut() {
                    Some((a, m, c)) if (*a as u64) / self.stride == (at as u64) / self.stride => {
                        let (n, k) = (f64::from(*c), f64::from(count));
                        (*a, *m, *c) = ((*a * n + at * k) / (n + k), (*m * n + mean * k) / (n + k), *c + count);
                    }
                    _ => self.points.push((at, mean, count)),
                }
            }
        }
    }

    /// Step and value, smoothed by an exponential mean whose weight of the past is `smoothing` (0 to 1) a point.
    pub fn smoothed(&self, smoothing: f32) -> Vec<[f64; 2]> {
        let keep = f64::from(smoothing.clamp(0.0, 0.99));
        let mut mean = None;
        let smooth = |&(at, value, _): &(f64, f64, u32)| {
            let now = mean.map_or(value, |m| keep * m + (1.0 - keep) * value);
            mean = Some(now);
            [at, now]
        };
        self.points.iter().map(smooth).collect()
    }
}

/// What is known of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunView {
    pub folder: PathBuf,
    pub step: u64,
    /// Steps in all; 0 while unknown.
    pub steps: u64,
    /// Of training, all its processes together.
    pub seconds: f64,
    pub loss: Thinned,
    pub chamfer: Thinned,
    pub kl: Thinned,
    pub learning_rate: Thinned,
    pub validations: Vec<Validated>,
    /// The newest model of the run; the number changes whenever it is written anew.
    pub model: Option<(PathBuf, u64)>,
}

impl RunView {
    /// Of a run folder nothing of which is read yet.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), ..Self::default() }
    }

    /// The run's name.
    pub fn name(&self) -> String {
        self.folder.file_name().unwrap_or(self.folder.as_os_str()).to_string_lossy().into_owned()
    }

    /// Takes a line of the log in. A run that began again after a crash repeats steps, which count once.
    pub fn take(&mut self, line: Line) {
        if matches!(line, Line::Train { .. }) && line.step() <= self.step {
            return;
        }
        (self.step, self.seconds) = (self.step.max(line.step()), line.seconds());
        match line {
            Line::Start { steps, .. } => self.steps = steps,
            Line::Train { step, chamfer, kl, loss, learning_rate, .. } => {
                self.loss.push(step, loss);
                self.chamfer.push(step, chamfer);
                self.kl.push(step, kl);
                self.learning_rate.push(step, learning_rate);
            }
            Line::Validation { step, cd1000, train_cd1000, collapsed, kl_groups, shapes, collapses, .. } => {
                self.validations.retain(|v| v.step < step);
                self.validations.push(Validated {
                    step,
                    cd1000,
                    train_cd1000,
                    collapsed,
                    kl_groups,
                    shapes,
                    collapses,
                });
            }
        }
    }

    /// Validations that tell of every patch.
    pub fn told(&self) -> Vec<&Validated> {
        self.validations.iter().filter(|v| !v.collapses.is_empty()).collect()
    }

    /// Patches that have collapsed in some held-out shape, and the step of the first validation that saw it: by step.
    pub fn deaths(&self) -> Vec<(usize, u64)> {
        let told = self.told();
        let patches = told.last().map_or(0, |v| v.collapses.len());
        let first = |patch: usize| told.iter().find(|v| v.collapses.get(patch).is_some_and(|s| *s > 0.0));
        let mut deaths: Vec<_> = (0..patches).filter_map(|p| Some((p, first(p)?.step))).collect();
        deaths.sort_by_key(|&(patch, step)| (step, patch));
        deaths
    }
}

/// The pane's choices, and the run that is watched.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Training {
    /// Found recipes and run folders, to choose from.
    pub recipes: Vec<PathBuf>,
    pub runs: Vec<PathBuf>,
    /// The recipe to start; the run's folder is called as it is.
    pub recipe: String,
    pub watched: Option<RunView>,
    /// The folder that a process of ours trains into.
    pub started: Option<PathBuf>,
    /// What that process said last.
    pub said: String,
    pub curve: Curve,
    pub log_axis: bool,
    pub smoothing: f32,
    /// Every newly saved model of the watched run comes into the view.
    pub in_view: bool,
    /// The stamp of the model that was brought there last.
    pub brought: Option<u64>,
}

/// What stands between a run's name and the step in the name of its model.
pub const AT_STEP: &str = " at step ";

impl Explorer {
    /// Asks for the watched run's newest model, where the artist wants it in the view and it is not there yet.
    pub fn bring_newest(&mut self) {
        let training = &mut self.training;
        let Some(run) = training.watched.as_ref().filter(|_| training.in_view) else { return };
        let Some((path, stamp)) = run.model.clone().filter(|(_, stamp)| training.brought != Some(*stamp)) else {
            return;
        };
        let name = format!("{}{AT_STEP}{}", run.name(), run.validations.last().map_or(0, |v| v.step));
        training.brought = Some(stamp);
        self.ask(Command::Load(Listed { name, path: Some(path) }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_curves_are_thinned_to_their_means() {
        let mut curve = Thinned::default();
        (1..=100_000u64).for_each(|step| curve.push(step, step as f64));
        curve.push(100_001, f64::NAN);
        let points = curve.smoothed(0.0);
        assert!((KEPT / 2..=KEPT).contains(&points.len()), "{}", points.len());
        assert!(points.iter().all(|[at, value]| (at - value).abs() < 1e-6 * at));
        assert!(points.is_sorted_by(|a, b| a[0] < b[0]));
        let smooth = curve.smoothed(0.9);
        assert!(smooth.last().unwrap()[1] < points.last().unwrap()[1]);
    }

    #[test]
    fn a_log_is_taken_in_and_steps_that_were_repeated_count_once() {
        let train = |step, loss| Line::Train {
            step,
            seconds: step as f64,
            chamfer: 0.1,
            kl: 3.0,
            loss,
            learning_rate: 1e-3,
            kl_weight: 1e-4,
            terms: Default::default(),
        };
        let start = |step| Line::Start {
            step,
            steps: 9,
            seconds: step as f64,
            time: 0,
            version: String::new(),
            machine: String::new(),
            threads: 1,
        };
        let mut run = RunView::new(Path::new("runs/axe"));
        for line in [start(0), train(1, 1.0), train(2, 2.0), start(1), train(2, 9.0), train(3, 3.0)] {
            run.take(line);
        }
        assert_eq!((run.name().as_str(), run.step, run.steps), ("axe", 3, 9));
        assert_eq!(run.loss.smoothed(0.0), [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]);
    }

    #[test]
    fn a_patch_dies_at_the_first_validation_that_sees_it() {
        let mut run = RunView::new(Path::new("runs/axe"));
        let shares = [vec![], vec![0.0, 0.0, 0.5], vec![0.25, 0.0, 0.0], vec![1.0, 0.0, 0.0]];
        for (i, collapses) in shares.into_iter().enumerate() {
            let (train_cd1000, collapsed, kl_groups) = (None, None, Vec::new());
            let (step, cd1000, shapes) = (10 * i as u64, 0.3, 4);
            run.take(Line::Validation {
                step,
                seconds: 1.0,
                cd1000,
                shapes,
                train_cd1000,
                collapsed,
                kl_groups,
                collapses,
            });
        }
        assert_eq!((run.told().len(), run.deaths()), (3, vec![(2, 10), (0, 20)]));
    }
}
