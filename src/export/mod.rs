//! Shapes as the bytes of files: glTF 2.0 for game engines, OBJ, PLY and STL for everything else. Nothing here touches the disk.
//!
//! ```text
//! mesh of patches -> glb ---------------\
//! levels, hulls, sockets, coats -> Kit --> Scene -> writer -> bytes
//! ```
//!
//! [`Export`] and [`glb`] write what was decoded, [`extras::Extras`] is what makes it reopen exactly. A [`Kit`] is what a game
//! takes, [`preset::TABLE`] says how each engine wants it. [`scene`] is what either becomes; there is one writer.

mod blocks;
mod check;
mod compress;
mod container;
mod document;
pub mod extras;
pub mod finish;
mod glb;
pub mod keyframes;
pub mod kit;
mod layout;
mod normals;
pub mod obj;
mod pieces;
pub mod ply;
pub mod preset;
pub mod quantise;
pub mod scene;
pub mod stl;
mod writer;

pub use container::{BINARY, Beside, uri};
pub use finish::{Finish, Outfit};
pub use glb::{Export, ExportError, glb};
pub use kit::{Kit, Level, Morph, Socket, Target};
pub use preset::Preset;
pub use quantise::Quantisation;
pub use writer::{Packing, write, write_beside};

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

    fn check(&self) -> Result<(), ExportError> {
        let Self { base_color, metallic, roughness, .. } = self;
        match base_color.iter().chain([metallic, roughness]).find(|x| !(0.0..=1.0).contains(*x)) {
            Some(&factor) => Err(ExportError::Material(factor)),
            None => Ok(()),
        }
    }
}
