//! viewer

pub mod jobs;
pub mod panels;
pub mod state;
