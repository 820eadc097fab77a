//! A model's card.

use std::collections::BTreeSet;
use std::path::Path;

use super::data::TrainingSet;
use super::log::Line;
use super::recipe::Recipe;
use super::trainer::Validation;
use crate::model::checkpoint::{Checkpoint, CheckpointError};
use crate::shapes::dataset::Kind;

/// The card's field of times and machines: the only one that differs between two runs of one recipe.
pub const TRAINING: &str = "training";

/// The model's card: how it was made and what it reached. `log` is the run's.
pub fn card(
    recipe: &Recipe,
    set: &TrainingSet,
    log: &[Line],
    validation: Option<&Validation>,
) -> serde_json::Map<String, serde_json::Value> {
    let count = |kind: Kind| set.train.iter().filter(|e| e.kind == kind).count();
    let fields = serde_json::json!({
        "program": concat!("atlasforge ", env!("CARGO_PKG_VERSION")),
        "network": recipe.config([1.0; 3]).network(),
        "recipe": recipe,
        "data": {
            "trained_on": { "procedural": count(Kind::Procedural), "real": count(Kind::Real) },
            "held_out": set.validation.len(),
            "licences": "procedural shapes are the program's own; for real ones see ATTRIBUTION.md in or beside the folders that the meshes come from",
        },
        TRAINING: training(log),
        "validation": validation.map(|v| serde_json::json!({
            "step": v.step,
            "cd1000": v.cd1000,
            "shapes": v.shapes,
            "convention": "mean squared distance both ways, summed, x 1000; 2,500 against 2,500 points by area, unit ball of the input",
        })),
    });
    match fields {
        serde_json::Value::Object(map) => map,
        _ => serde_json::Map::new(),
    }
}

/// The bytes of a model file without times and machines: what its recipe determines.
///
/// # Errors
/// When it can't be read.
pub fn determined(path: &Path) -> Result<Vec<u8>, CheckpointError> {
    let mut model = Checkpoint::read(path)?;
    model.meta.card.remove(TRAINING);
    model.to_bytes()
}

/// How long the run took, and on what; of a run in several sessions the seconds of all, and each machine once.
fn training(log: &[Line]) -> serde_json::Value {
    let mut machines = BTreeSet::new();
    for line in log {
        if let Line::Start { machine, threads, .. } = line {
            machines.insert(format!("{machine}, {threads} {}", if *threads == 1 { "thread" } else { "threads" }));
        }
    }
    serde_json::json!({
        "seconds": log.last().map_or(0.0, Line::seconds).round(),
        "machines": machines,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_machines_of_all_sessions_stand_in_the_card() {
        let start = |step, seconds, machine: &str, threads| Line::Start {
            step,
            steps: 9,
            seconds,
            time: 1_795_000_000,
            version: "1".into(),
            machine: machine.into(),
            threads,
        };
        let log =
            [start(0, 0.0, "linux x86_64", 2), start(4, 61.4, "linux x86_64", 2), start(6, 80.6, "macos aarch64", 1)];
        let found = training(&log);
        assert_eq!(found["seconds"], 81.0);
        assert_eq!(found["machines"], serde_json::json!(["linux x86_64, 2 threads", "macos aarch64, 1 thread"]));
    }
}
