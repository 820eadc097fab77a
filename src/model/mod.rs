//! The network in candle, and its checkpoint. No path (but in [`checkpoint`] and
//! [`library`]), no clock.
//!
//! [`config`] describes a network, [`weights`] holds its tensors, [`encoder`] and [`decoder`] are its two halves,
//! [`packed`] is the decoder as plain floats for the GPU and for [`inference`]. A quantised network has a [`codebook`]
//! between the two and a [`prior`] over its codes. [`whiten`] turns a latent into coordinates that N(0, I) fits.

pub mod activation;
pub mod checkpoint;
pub mod codebook;
pub mod config;
pub mod convert;
pub mod decoder;
pub mod encoder;
pub mod heads;
pub mod inference;
pub mod layer;
pub mod library;
pub mod ops;
pub mod packed;
pub mod prior;
pub mod weights;
pub mod whiten;

pub use checkpoint::{Checkpoint, CheckpointError, Encoded, Meta};
pub use codebook::Codebook;
pub use config::{Activation, CodebookShape, Config, PosteriorKind};
pub use heads::Heads;
pub use packed::{Packed, PackedLayer};
pub use weights::Weights;
