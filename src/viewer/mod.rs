//! viewer

pub mod jobs;
pub mod panels;
pub mod report;
pub mod state;
