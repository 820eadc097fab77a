//! A mesh as glTF 2.0 bytes, ready for a game engine. Nothing here touches the disk.
//!
//! [`Export`] says what to write, [`glb`] writes it, [`extras::Extras`] is what makes an exported shape reopen exactly.

mod document;
pub mod extras;
pub mod finish;
mod glb;

pub use finish::{Finish, Outfit};
pub use glb::{Export, ExportError, glb, glb_dressed};

/// A PBR metallic-roughness material, factors only.
#[derive(Clone, Debug, PartialEq)]
pub struct Material {
    pub name: String,
    /// Linear red, green, blue, alpha in 0..=1.
    pub base_color: [f32; 4],
    pub metallic: f32,
    pub roughness: f32,
    /// Patches are open surfaces: seen from behind, a one-sided one is a hole.
    pub double_sided: bool,
}

impl Material {
    /// Brushed steel, as the explorer shows it: iron's reflectance, a little rough.
    pub fn steel() -> Self {
        Self {
            name: "steel".to_owned(),
            base_color: [0.56, 0.57, 0.58, 1.0],
            metallic: 1.0,
            roughness: 0.35,
            double_sided: true,
        }
    }
}
