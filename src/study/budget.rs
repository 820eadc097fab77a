//! Minutes into steps: what a step of each recipe takes is measured once, before a study begins, and kept with it, so
//! that a resumed study trains exactly what it began with.

use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::notebook::{Experiment, Notebook, Work};
use crate::shapes::dataset::{self, Kind};
use crate::train::data::TrainingSet;
use crate::train::recipe::Recipe;
use crate::train::run::machine;
use crate::train::trainer::{TrainError, Trainer};
use crate::train::validation::VALIDATION_SHAPES;

/// Shapes that a recipe is timed on.
const TIMED_SHAPES: usize = 32;
/// Seconds of steps that are timed, and steps at most.
const TIMED_SECONDS: f64 = 1.0;
const TIMED_STEPS: u32 = 20;
/// Steps before those.
const WARM_STEPS: u32 = 2;
/// The fewest steps that a recipe is cut to.
const FEWEST: u64 = 10;

/// What one recipe costs on this machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Seconds a step.
    pub step: f64,
    /// Seconds of everything else: data, validations, measures.
    pub rest: f64,
}

/// One experiment's part of the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    pub name: String,
    /// CRC-32C of the recipe as written.
    pub recipe: u32,
    /// 0 for what trains nothing.
    pub steps: u64,
    pub cost: Cost,
}

/// The steps of a study, resolved once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Minutes asked for; `None` for the recipes' own steps.
    pub budget: Option<f64>,
    /// What the recipes' steps are multiplied by.
    pub factor: f64,
    pub version: String,
    pub machine: String,
    pub threads: usize,
    /// Seconds since 1970.
    pub begun: u64,
    pub shares: Vec<Share>,
}

/// Why minutes are no steps.
#[derive(Debug, Error)]
pub enum BudgetError {
    #[error(
        "--budget {asked} is too little: data, validations and measures of {trainings} trainings alone take about {rest:.1} \
         minutes here; give at least {least}"
    )]
    Small { asked: f64, trainings: usize, rest: f64, least: u64 },
    #[error("can't time the recipe '{name}.toml': {why}")]
    Timing { name: String, why: Box<TrainError> },
}

impl Plan {
    /// Times every recipe and resolves the budget; `told` hears which one is timed.
    ///
    /// # Errors
    /// When a budget leaves nothing for steps, or a recipe's network can't be timed.
    pub fn resolve(
        notebook: &Notebook,
        budget: Option<f64>,
        begun: u64,
        told: &mut dyn FnMut(&Experiment),
    ) -> Result<Self, BudgetError> {
        let mut costs = Vec::new();
        for experiment in &notebook.experiments {
            costs.push(match &experiment.work {
                Work::Train { recipe, .. } => {
                    told(experiment);
                    time(recipe)
                        .map_err(|why| BudgetError::Timing { name: experiment.name.clone(), why: Box::new(why) })?
                }
                // Some dozens of shapes.
                _ => Cost { step: 0.0, rest: 5.0 },
            });
        }
        let own = |e: &Experiment| if let Work::Train { recipe, .. } = &e.work { recipe.train.steps } else { 0 };
        let stepping: f64 = notebook.experiments.iter().zip(&costs).map(|(e, c)| own(e) as f64 * c.step).sum();
        let rest: f64 = costs.iter().map(|c| c.rest).sum();
        let factor = match budget {
            None => 1.0,
            Some(minutes) => (60.0 * minutes - rest) / stepping,
        };
        if let Some(asked) = budget.filter(|_| factor <= 0.0) {
            let trainings = notebook.experiments.iter().filter(|e| own(e) > 0).count();
            let (rest, least) = (rest / 60.0, (rest / 60.0 * 1.5).ceil() as u64);
            return Err(BudgetError::Small { asked, trainings, rest, least });
        }
        let share = |(e, cost): (&Experiment, Cost)| {
            let (steps, recipe) = match &e.work {
                Work::Train { recipe, text } => (scaled_steps(recipe, factor), crc32c::crc32c(text.as_bytes())),
                _ => (0, 0),
            };
            Share { name: e.name.clone(), recipe, steps, cost }
        };
        Ok(Self {
            budget,
            factor,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            machine: machine(),
            threads: rayon::current_num_threads(),
            begun,
            shares: notebook.experiments.iter().zip(costs).map(share).collect(),
        })
    }

    /// Of this experiment.
    pub fn share(&self, name: &str) -> Option<&Share> {
        self.shares.iter().find(|s| s.name == name)
    }

    /// The first experiment that is not as it was when the plan was made, and how it differs.
    pub fn difference(&self, notebook: &Notebook) -> Option<String> {
        for experiment in &notebook.experiments {
            let name = &experiment.name;
            let Some(share) = self.share(name) else { return Some(format!("'{name}' is new")) };
            if let Work::Train { text, .. } = &experiment.work
                && share.recipe != crc32c::crc32c(text.as_bytes())
            {
                return Some(format!("the recipe '{name}.toml' was edited"));
            }
        }
        let gone = self.shares.iter().find(|s| notebook.find(&s.name).is_none())?;
        Some(format!("'{}' is gone", gone.name))
    }
}

fn scaled_steps(recipe: &Recipe, factor: f64) -> u64 {
    let own = recipe.train.steps;
    if factor == 1.0 { own } else { ((own as f64 * factor).round() as u64).max(FEWEST) }
}

/// Times a recipe on a few procedural shapes of its kind.
fn time(recipe: &Recipe) -> Result<Cost, TrainError> {
    let mut small = recipe.clone();
    // What the shapes are changes nothing in a step, and meshes take long to read.
    small.data.procedural = TIMED_SHAPES;
    small.data.meshes.clear();
    small.data.validation_share = 0.0;
    small.train.init = None;
    let start = Instant::now();
    let shapes = dataset::generated(small.data.generator, TIMED_SHAPES, small.data.procedural_seed);
    let set = TrainingSet::prepare(shapes.into_iter().map(|s| (s, Kind::Procedural)).collect(), &small);
    let shape = start.elapsed().as_secs_f64() / TIMED_SHAPES as f64;
    let mut trainer = Trainer::new(&small, Arc::new(set))?;
    let start = Instant::now();
    trainer.validate()?;
    let look = start.elapsed().as_secs_f64() / TIMED_SHAPES as f64;
    // The first steps find their memory; the rate is that of the others.
    let mut step = 0.0;
    let (mut timed, mut steps) = (0.0, 0);
    while steps < TIMED_STEPS + WARM_STEPS && timed < TIMED_SECONDS {
        let start = Instant::now();
        match trainer.step() {
            // What diverges takes as long until then; the training tells of it.
            Err(TrainError::Diverged { .. }) => break,
            other => other?,
        };
        let seconds = start.elapsed().as_secs_f64();
        steps += 1;
        if steps <= WARM_STEPS {
            step = seconds;
        } else {
            timed += seconds;
            step = timed / f64::from(steps - WARM_STEPS);
        }
    }
    // Meshes of a folder are some dozens where nobody counts them.
    let all = recipe.data.procedural + 40 * recipe.data.meshes.len();
    let validations = recipe.train.steps / recipe.train.validate_every + 1;
    let seen = VALIDATION_SHAPES.min(all);
    let looks = 2 * seen * validations as usize;
    // At the end every shape is encoded once; then the study measures as much as some validations do.
    let rest = 2.0 * shape * all as f64 + look * (looks as f64 + 0.5 * all as f64 + 10.0 * seen as f64);
    Ok(Cost { step, rest })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const TINY: &str = include_str!("../../tests/data/tiny.toml");

    fn notebook(text: &str) -> Notebook {
        Notebook::read(None, BTreeMap::from([("01-a".to_owned(), text.to_owned())])).unwrap()
    }

    #[test]
    fn a_budget_is_shared_out_by_what_steps_cost() {
        let notebook = notebook(TINY);
        let own = Plan::resolve(&notebook, None, 0, &mut |_| {}).unwrap();
        assert_eq!((own.factor, own.shares[0].steps), (1.0, 24));
        assert!(own.shares[0].cost.step > 0.0 && own.shares[0].cost.rest > 0.0);
        let long = Plan::resolve(&notebook, Some(300.0), 0, &mut |_| {}).unwrap();
        let Share { steps, cost, .. } = &long.shares[0];
        let minutes = (*steps as f64 * cost.step + cost.rest) / 60.0;
        assert!((minutes - 300.0).abs() < 1.0, "{minutes}");
        let said = Plan::resolve(&notebook, Some(1e-6), 0, &mut |_| {}).unwrap_err().to_string();
        assert!(said.contains("too little") && said.contains("give at least "), "{said}");
    }

    #[test]
    fn a_changed_notebook_is_told() {
        let plan = Plan::resolve(&notebook(TINY), None, 0, &mut |_| {}).unwrap();
        assert_eq!(plan.difference(&notebook(TINY)), None);
        assert!(plan.difference(&notebook(&format!("{TINY}\n"))).unwrap().contains("edited"));
        let none = Notebook { experiments: vec![], ..notebook(TINY) };
        assert!(plan.difference(&none).unwrap().contains("gone"));
    }
}
