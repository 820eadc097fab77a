//! The explorer: a Bevy window over the WGSL decoder. Nothing that is drawn is read back.

pub mod adapter;
pub mod camera;
pub mod decode;
pub mod decoder;
pub mod detail;
pub mod dress;
pub mod environment;
pub mod headless;
pub mod jobs;
pub mod panels;
pub mod scene;
pub mod state;
pub mod timer;

pub use headless::{GpuError, GpuTimes, bench_decode};
