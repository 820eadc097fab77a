//! The explorer: a Bevy window over the WGSL decoder. Nothing that is drawn is read back.

pub mod adapter;
pub mod decoder;
pub mod dress;
pub mod headless;
pub mod timer;

pub use headless::{GpuError, GpuTimes, bench_decode};
