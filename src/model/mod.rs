//! The network in candle, and its checkpoint. No path (but in `checkpoint`), no clock.

pub mod config;
pub mod packed;

pub use config::{Activation, Config};
pub use packed::{Packed, PackedLayer};
