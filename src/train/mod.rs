//! Training: a recipe, the loss, the optimiser, and what is learnt about a network afterwards.

pub mod adam;
pub mod batch;
pub mod chamfer;
pub mod data;
pub mod finish;
pub mod metrics;
pub mod recipe;
pub mod trainer;
