//! Numbers about a shape. No tensors, no files: what goes in is a [`crate::mesh::Mesh`] or plain points.

pub mod agreement;
pub mod attributes;
pub mod bootstrap;
pub mod chamfer;
pub mod cloud;
pub mod deviation;
pub mod figures;
pub mod generative;
pub mod matrix;
pub mod memory;
pub mod mirror;
pub mod occupancy;
pub mod orientation;
pub mod patches;
pub mod solidity;
