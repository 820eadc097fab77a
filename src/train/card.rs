//! A model's card.

use super::data::TrainingSet;
use super::recipe::Recipe;
use super::trainer::Validation;
use crate::shapes::dataset::Kind;

/// The model's card: how it was made and what it reached.
pub fn card(
    recipe: &Recipe,
    set: &TrainingSet,
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
            "licences": "procedural shapes are the program's own; for real ones see ATTRIBUTION.md beside them, in the folders of recipe.data.meshes",
        },
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
