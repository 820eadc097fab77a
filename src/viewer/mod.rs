//! The explorer: a Bevy window over the WGSL decoder. Nothing that is drawn is read back.

pub mod adapter;
pub mod decoder;
pub mod dress;
pub mod headless;
pub mod jobs;
pub mod panels;
pub mod state;
pub mod timer;

pub use headless::{GpuError, GpuTimes, bench_decode};
