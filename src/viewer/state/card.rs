//! A model's card as rows of name and value, for people.

use serde_json::Value;

use crate::forge::Forge;

/// What is worth telling of a checkpoint: what it is, what it learnt from, how, and what it reached.
pub fn card(forge: &Forge) -> Vec<(String, String)> {
    let checkpoint = forge.checkpoint();
    let (config, meta) = (&checkpoint.config, &checkpoint.meta);
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String| rows.push((name.to_owned(), value));
    row("Network", format!("{}, {} patches", config.network(), config.patches));
    row(
        "Latent",
        match config.groups {
            1 => format!("{} numbers", config.latent),
            groups => format!("{groups} x {} numbers", config.latent),
        },
    );
    row("Hash", checkpoint.hash());
    let at = |path: &str| {
        path.split('.').try_fold(None::<&Value>, |value, key| match value {
            None => meta.card.get(key).map(Some),
            Some(value) => value.get(key).map(Some),
        })
    };
    let at = |path: &str| at(path).flatten();
    let count = |path: &str| at(path).and_then(Value::as_u64);
    if let (Some(procedural), Some(real)) = (count("data.trained_on.procedural"), count("data.trained_on.real")) {
        row("Learnt from", format!("{procedural} procedural shapes, {real} real ones"));
    }
    if let Some(held_out) = count("data.held_out") {
        row("Held out", format!("{held_out} shapes"));
    }
    if let Some(licences) = at("data.licences").and_then(Value::as_str) {
        row("Licences", licences.to_owned());
    }
    if let (Some(steps), Some(seed)) = (count("recipe.train.steps"), count("recipe.train.seed")) {
        row("Recipe", format!("{steps} steps, seed {seed}"));
    }
    if let Some(model) = at("init.model").and_then(Value::as_str) {
        row("Begun with", format!("the weights of {model}"));
    }
    if let Some(seconds) = at("training.seconds").and_then(Value::as_f64) {
        let machines = at("training.machines").and_then(Value::as_array);
        let machines: Vec<&str> = machines.into_iter().flatten().filter_map(Value::as_str).collect();
        row("Training", format!("{:.0} minutes on {}", seconds / 60.0, machines.join("; ")));
    }
    if let (Some(cd), Some(shapes)) = (at("validation.cd1000").and_then(Value::as_f64), count("validation.shapes")) {
        row("Chamfer x 1000", format!("{cd:.3} on {shapes} held-out shapes"));
    }
    rows
}
