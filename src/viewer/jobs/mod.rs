//! Work in the background: whatever takes longer than a frame or touches the disk. No Bevy.

mod latest;
mod queue;

pub use latest::{Latest, Wake};
pub use queue::{Queue, guarded};
