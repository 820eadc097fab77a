//! What is measured of an experiment: numbers under names that words can quote ([`MEASURES`]), and lists that are drawn.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::train::log::Line;
use crate::train::recipe::{Recipe, Schedule};

/// A number that is measured of an experiment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    pub name: &'static str,
    pub label: &'static str,
    /// Whether the report's table shows it; the others are only quoted.
    pub shown: bool,
}

const fn shown(name: &'static str, label: &'static str) -> Measure {
    Measure { name, label, shown: true }
}

const fn quoted(name: &'static str, label: &'static str) -> Measure {
    Measure { name, label, shown: false }
}

/// Every measure, in the order of the report's table. CD is the chamfer distance x 1000 by model.md's convention.
pub const MEASURES: &[Measure] = &[
    quoted("patches", "patches"),
    quoted("latent", "numbers of a latent, all groups together"),
    quoted("groups", "distributions"),
    quoted("learning_rate", "learning rate"),
    quoted("kl_weight", "weight of the KL divergence"),
    quoted("noise_scale", "noise scale (epsilon)"),
    quoted("shapes", "shapes trained on"),
    quoted("held_out", "held-out shapes measured"),
    quoted("steps", "steps"),
    quoted("epochs", "epochs"),
    quoted("seconds", "seconds of training"),
    shown("cd", "CD, held-out shapes, mean"),
    shown("cd_median", "CD, held-out shapes, median"),
    shown("cd_train", "CD, as many training shapes, mean"),
    shown("gap", "held-out by training CD"),
    quoted("cd_start", "CD before the first step"),
    quoted("cd_best", "least CD of a validation"),
    quoted("cd_best_step", "step of the least CD"),
    quoted("turn", "step at which the learning rate first falls"),
    quoted("cd_before", "CD at the last validation before that step"),
    quoted("cd_train_before", "the same of training shapes"),
    quoted("gap_before", "held-out by training CD at that validation"),
    shown("cd_noisy", "CD, held-out, decoded from a posterior sample with noise 1"),
    quoted("loss_first", "training loss of the first step"),
    quoted("loss_last", "training loss, mean of the last tenth of the steps"),
    quoted("loss_least", "least training loss of any step"),
    shown("kl", "KL divergence, nats a held-out shape"),
    shown("kl_least", "KL of the group that carries least"),
    shown("kl_most", "KL of the group that carries most"),
    quoted("kl_last", "KL of the last group"),
    quoted("kl_others", "mean KL of the groups but the last"),
    shown("active", "active dimensions (variance of posterior means over shapes above 0.01)"),
    quoted("spread", "standard deviation of posterior means over shapes, root mean square over dimensions"),
    quoted("deviation", "mean standard deviation of the posterior"),
    shown("collapsed", "collapsed patches of a held-out reconstruction"),
    quoted("points", "patches collapsed to a point"),
    quoted("lines", "patches collapsed to a line"),
    shown("as_trained", "patches whose points all coincide at the uv that they were trained on"),
    shown("area_least", "smallest patch, share of the mean patch area"),
    shown("area_most", "largest patch, share of the mean patch area"),
    shown("variety_reconstructed", "variety of reconstructions (pairwise CD by that of the data)"),
    shown("variety_prior", "variety of samples from N(0, I)"),
    shown("variety_fitted", "variety of samples from the fitted density"),
    shown("nearest_held_out", "CD from a held-out shape to the nearest training shape"),
    shown("nearest_prior", "CD from a sample of N(0, I) to the nearest training shape"),
    shown("nearest_fitted", "CD from a fitted sample to the nearest training shape"),
    shown("collapsed_samples", "collapsed patches of a sample from N(0, I)"),
    shown("undecodable", "samples of N(0, I) that decode to no number"),
];

/// The numbers of one experiment, as `figures.json` in its folder holds them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    pub values: BTreeMap<String, f64>,
    /// `[P]`, mean area of each patch over held-out reconstructions, as a share of the mean patch area.
    pub areas: Vec<f64>,
    /// `[P]`, share of the held-out reconstructions in which the patch has collapsed.
    pub collapses: Vec<f64>,
    /// What went wrong, where no model came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl Figures {
    /// Keeps a finite number under the name of a measure.
    pub fn set(&mut self, name: &str, value: f64) {
        debug_assert!(MEASURES.iter().any(|m| m.name == name), "{name} is no measure");
        if value.is_finite() {
            self.values.insert(name.to_owned(), value);
        }
    }

    /// A measure, where it was taken.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.values.get(name).copied()
    }

    /// What recipe and log tell; `shapes` are those trained on.
    pub fn of_log(recipe: &Recipe, lines: &[Line], shapes: usize) -> Self {
        let mut figures = Self::default();
        let config = recipe.config([1.0; 3]);
        let train = &recipe.train;
        for (name, value) in [
            ("patches", config.patches as f64),
            ("latent", config.latent_numbers() as f64),
            ("groups", config.groups as f64),
            ("learning_rate", train.learning_rate),
            ("kl_weight", train.kl_weight),
            ("noise_scale", train.noise_scale),
            ("shapes", shapes as f64),
            ("steps", lines.last().map_or(0.0, |l| l.step() as f64)),
            ("epochs", lines.last().map_or(0.0, |l| l.step() as f64) * train.batch as f64 / shapes as f64),
            ("seconds", lines.last().map_or(0.0, Line::seconds)),
        ] {
            figures.set(name, value);
        }
        let losses: Vec<f64> =
            lines.iter().filter_map(|l| if let Line::Train { loss, .. } = l { Some(*loss) } else { None }).collect();
        if let Some(first) = losses.first() {
            let tail = &losses[losses.len() - losses.len().div_ceil(10)..];
            figures.set("loss_first", *first);
            figures.set("loss_last", tail.iter().sum::<f64>() / tail.len() as f64);
            figures.set("loss_least", losses.iter().copied().fold(f64::INFINITY, f64::min));
        }
        figures.validations(recipe, lines);
        figures
    }

    fn validations(&mut self, recipe: &Recipe, lines: &[Line]) {
        let validations: Vec<(u64, f64, Option<f64>, &[f64])> = lines
            .iter()
            .filter_map(|l| match l {
                Line::Validation { step, cd1000, train_cd1000, kl_groups, .. } => {
                    Some((*step, *cd1000, *train_cd1000, kl_groups.as_slice()))
                }
                _ => None,
            })
            .collect();
        let (Some(first), Some(last)) = (validations.first(), validations.last()) else { return };
        self.set("cd_start", first.1);
        if let Some(best) = validations.iter().min_by(|a, b| a.1.total_cmp(&b.1)) {
            self.set("cd_best", best.1);
            self.set("cd_best_step", best.0 as f64);
        }
        let kl = last.3;
        if let Some((kl_last, others)) = kl.split_last() {
            self.set("kl", kl.iter().sum());
            self.set("kl_least", kl.iter().copied().fold(f64::INFINITY, f64::min));
            self.set("kl_most", kl.iter().copied().fold(0.0, f64::max));
            self.set("kl_last", *kl_last);
            self.set("kl_others", others.iter().sum::<f64>() / others.len() as f64);
        }
        let Schedule::Steps { at, .. } = &recipe.train.schedule else { return };
        let Some(&turn) = at.iter().min().filter(|t| **t < recipe.train.steps) else { return };
        self.set("turn", turn as f64);
        if let Some((_, cd, Some(train), _)) = validations.iter().rev().find(|v| v.0 <= turn && v.0 > 0) {
            self.set("cd_before", *cd);
            self.set("cd_train_before", *train);
            self.set("gap_before", cd / train);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let names: std::collections::BTreeSet<_> = MEASURES.iter().map(|m| m.name).collect();
        assert_eq!(names.len(), MEASURES.len());
    }

    #[test]
    fn the_log_tells_losses_gaps_and_groups() {
        let text = "[data]\nprocedural = 40\n[train]\nsteps = 20\nbatch = 4\nwarmup = 0\n\
                    schedule = { steps = { at = [12, 16], factor = 0.1 } }\n";
        let recipe = Recipe::parse(text).unwrap();
        let mut lines = Vec::new();
        for step in 0..=20u64 {
            let seconds = step as f64;
            let loss = 1.0 / (step + 1) as f64;
            if step > 0 {
                let line = serde_json::json!({
                    "kind": "train", "step": step, "seconds": seconds, "chamfer": loss, "kl": 1.0, "loss": loss,
                    "learning_rate": 1e-3, "kl_weight": 1e-4,
                });
                lines.push(serde_json::from_value(line).unwrap());
            }
            if step % 5 == 0 {
                let (cd1000, train_cd1000) = (20.0 - step as f64 / 2.0, Some(20.0 - step as f64));
                let kl_groups = vec![3.0, 1.0, 0.5];
                let collapsed = Some(0.0);
                let collapses = vec![0.0; 3];
                lines.push(Line::Validation {
                    step,
                    seconds,
                    cd1000,
                    shapes: 4,
                    train_cd1000,
                    collapsed,
                    kl_groups,
                    collapses,
                });
            }
        }
        let figures = Figures::of_log(&recipe, &lines, 32);
        for (name, expected) in [
            ("epochs", 2.5),
            ("seconds", 20.0),
            ("cd_start", 20.0),
            ("cd_best", 10.0),
            ("turn", 12.0),
            ("cd_before", 15.0),
            ("gap_before", 1.5),
            ("kl", 4.5),
            ("kl_last", 0.5),
            ("kl_others", 2.0),
            ("loss_first", 0.5),
        ] {
            assert_eq!(figures.get(name), Some(expected), "{name}");
        }
        assert!((figures.get("loss_last").unwrap() - 0.5 * (1.0 / 20.0 + 1.0 / 21.0)).abs() < 1e-12);
        assert_eq!(Figures::of_log(&recipe, &[], 0).get("cd"), None);
    }
}
