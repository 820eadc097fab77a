//! Game-ready files: every preset, packed every way, read back by others.

mod beside;
mod fixture;
mod formats;
mod importers;
mod packed;
mod presets;
#[path = "../validator/mod.rs"]
mod validator;
