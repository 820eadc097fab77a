//! train
pub mod state;
pub mod tensorboard;
