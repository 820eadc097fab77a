//! What the files of a run's folder are called, for those who write them and those who only look.

/// The recipe that the folder belongs to, as it was given.
pub const RECIPE: &str = "recipe.toml";
/// One [`super::log::Line`] a line.
pub const METRICS: &str = "metrics.jsonl";
/// The [`super::state::State`] that a killed run resumes from.
pub const STATE: &str = "last.state";
/// The model after the last validation; at the end, the run's result.
pub const LAST: &str = "last.safetensors";
/// The model of the best validation.
pub const BEST: &str = "best.safetensors";
/// Losses over steps.
pub const CURVES: &str = "curves.png";
/// Shapes beside what the model makes of them.
pub const RECONSTRUCTIONS: &str = "reconstructions.png";
