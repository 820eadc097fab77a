//! Training: a recipe, the loss, the optimiser, and what is learnt about a network afterwards.

pub mod adam;
pub mod batch;
pub mod card;
pub mod chamfer;
pub mod charts;
pub mod codebook;
pub mod data;
pub mod finish;
pub mod folder;
pub mod freeze;
pub mod gradient;
pub mod kl;
pub mod load;
pub mod metrics;
pub mod prior;
pub mod recipe;
pub mod regions;
pub mod terms;
pub mod trainer;
pub mod transfer;
pub mod uv;
pub mod validation;

pub mod collapse;
pub mod log;
pub mod progress;
pub mod report;
pub mod run;
pub mod session;
pub mod state;
pub mod tensorboard;
