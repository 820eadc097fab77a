//! Atlasforge: a trained AtlasNet VAE turns a latent vector into 25 surface patches; a game artist explores
//! the latent space and exports what they like as glTF.
//!
//! # The map
//!
//! | room | what it holds |
//! |---|---|
//! | [`class`] | what kind of thing a model makes: swords or planes |
//! | [`template`] | the unit-square grid that a patch deforms |
//! | [`mesh`] | [`mesh::Mesh`], validation, tessellation, normals, welding, uv atlas, a tree for rays and distances |
//! | [`shapes`] | what we learn from: procedural swords and planes, importers, surface sampling, datasets |
//! | [`latent`] | the vector z as plain floats, interpolation, principal axes, measured attributes, what a lock holds, its text code |
//! | [`model`] | candle: configuration, encoder, posterior, decoder, checkpoint, the packed decoder of the GPU |
//! | [`train`] | recipes, losses, optimiser, trainer, run log, report |
//! | [`inspect`] | numbers about a shape or a set of them: degeneration, overlap, gaps, mirror error, chamfer, MMD, COV, 1-NNA, JSD |
//! | [`solid`] | a decoded shape as a game takes it: closed, cut to a budget, unwrapped |
//! | [`draw`] | pictures without a GPU: rasteriser, plots, sheets |
//! | [`export`] | shapes as bytes: glTF as each engine wants it, OBJ, PLY, STL |
//! | [`forge`] | checkpoint + latent + template -> meshes, and those into files and out again: the one place where model meets mesh |
//! | [`study`] | a notebook of experiments: recipes run in turn, measured, and told in one report |
//! | [`disk`] | the one way a file is written: whole, or not at all |
//! | `viewer` | the Bevy explorer and the WGSL decoder (feature `viewer`) |
//! | [`cli`] | one file a subcommand |
//!
//! # Invariants
//!
//! - `mesh`, `export`, `latent`, `inspect` never see a tensor; `model` never sees a path (but `model::checkpoint` and `model::library`) or a clock.
//! - Only `viewer` names Bevy, and no panel does: a panel is an egui function over plain state.
//! - Only `disk`, `cli`, `model::checkpoint`, `model::library`, `shapes::import`, `shapes::dataset`, `train::run`, `study::folder`,
//!   `viewer::jobs` and `viewer::tour` touch the disk; a file is written to a temporary name beside it and renamed.
//! - Randomness is always a passed `&mut impl Rng`: the same binary on the same kind of CPU gives the same bytes for
//!   the same seed at any thread count.
//! - What is seen is what is exported: the GPU decoder agrees with candle's within a measured tolerance, and an
//!   export decodes again on the CPU through the same configuration.
//! - Imports between rooms run one way; `tests/architecture.rs` holds the arrows.

pub mod class;
pub mod cli;
pub mod disk;
pub mod draw;
pub mod export;
pub mod forge;
pub mod inspect;
pub mod latent;
pub mod mesh;
pub mod model;
pub mod shapes;
pub mod solid;
pub mod study;
pub mod template;
pub mod train;
#[cfg(feature = "viewer")]
pub mod viewer;
