//! cli
pub mod data;
