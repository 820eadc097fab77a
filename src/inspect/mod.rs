//! Numbers about a shape. No tensors, no files: what goes in is a [`crate::mesh::Mesh`] or plain points.

pub mod attributes;
pub mod chamfer;
pub mod figures;
pub mod orientation;
pub mod patches;
