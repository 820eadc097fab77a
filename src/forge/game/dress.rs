//! What a shape's parts are made of, and the textures that were baked for it.

use super::make::GameError;
use super::options::{Options, Surface};
use crate::bake::{self, Dense, bake};
use crate::export::Material;
use crate::export::scene::{Coat, Image, Textures};
use crate::forge::Forge;
use crate::mesh::Mesh;
use crate::solid::Skin;

/// Materials and textures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dress {
    /// One a part; all the same where textures say what the parts are made of.
    pub coats: Vec<Coat>,
    /// What the coats name, by their own names.
    pub images: Vec<Image>,
    /// Which part each texel shows: for a program, not for the eye. PNG.
    pub mask: Option<Vec<u8>>,
    pub report: Option<bake::Report>,
}

impl Forge {
    /// Dresses the finest level; with textures from the dense decode where a bake is asked for.
    pub(super) fn dress(&self, skin: &Skin, dense: &Mesh, options: &Options) -> Result<Dress, GameError> {
        let Some(size) = options.bake else {
            let coats = skin.parts.iter().map(|part| plain(part, options)).collect();
            return Ok(Dress { coats, ..Default::default() });
        };
        if options.surface != Surface::Closed {
            return Err(GameError::NoBake);
        }
        let finishes = skin.parts.iter().map(|part| options.finish(part)).collect();
        let part = self.part_of_triangles(dense, &skin.parts);
        let wanted = bake::Options { size, finishes, ..Default::default() };
        let textures = bake(skin, &Dense { mesh: dense, part: &part }, &wanted)?;
        let (mut images, mut mask) = (Vec::new(), None);
        for (name, png) in textures.png() {
            if name == "part_mask" { mask = Some(png) } else { images.push(Image { name: name.to_owned(), png }) }
        }
        let image = |name: &str| images.iter().position(|i| i.name == name);
        // The textures say everything, so that the shape is drawn at once.
        let coat = Coat {
            material: Material {
                name: self.class().noun().to_owned(),
                base_color: [1.0; 4],
                metallic: 1.0,
                roughness: 1.0,
                double_sided: false,
            },
            textures: Textures {
                base_color: image("base_colour"),
                normal: image("normal"),
                occlusion: image("orm"),
                metallic_roughness: image("orm"),
            },
        };
        Ok(Dress { coats: vec![coat; skin.parts.len()], images, mask, report: Some(textures.report) })
    }
}

/// A part's material by its factors.
fn plain(part: &str, options: &Options) -> Coat {
    let mut coat = Coat::of_part(part, options.finish(part));
    // What is open shows its back.
    coat.material.double_sided = options.surface != Surface::Closed;
    if options.colours {
        // The vertices have the colour, and the two are multiplied.
        coat.material.base_color = [1.0; 4];
    }
    coat
}
