//! What a shape's parts are made of, and the textures that were baked for it.

use super::make::GameError;
use super::options::{Format, Options, Surface};
use crate::bake::{self, Dense, bake, part_colour};
use crate::export::Material;
use crate::export::scene::{Coat, Image, Textures};
use crate::export::uri;
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
    pub mask: Option<Mask>,
    pub report: Option<bake::Report>,
}

/// Which part each texel shows: for a program, not for the eye.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mask {
    pub png: Vec<u8>,
    /// What colour stands for which part.
    pub colours: Vec<(String, [u8; 3])>,
}

/// What stands behind the name of the mask's file.
pub const MASK: &str = "_part_mask.png";

impl Mask {
    /// For the material's extras: where the mask lies beside a file called `stem`, and what its colours mean.
    pub fn extras(&self, stem: &str) -> serde_json::Value {
        let parts: serde_json::Map<_, _> =
            self.colours.iter().map(|(part, colour)| (part.clone(), serde_json::json!(colour))).collect();
        serde_json::json!({ "partMask": { "uri": uri(stem, MASK), "parts": parts } })
    }
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
        if options.format == Format::Obj {
            // An MTL names one texture for each, and has no word for occlusion.
            for (name, channel) in [("roughness", 1), ("metallic", 2)] {
                images.push(Image { name: name.to_owned(), png: textures.orm.channel(channel).png() });
            }
        }
        for (name, png) in textures.png() {
            if name == "part_mask" {
                mask = Some(Mask { png, colours: colours(skin) })
            } else {
                images.push(Image { name: name.to_owned(), png })
            }
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
            extras: None,
        };
        Ok(Dress { coats: vec![coat; skin.parts.len()], images, mask, report: Some(textures.report) })
    }
}

/// Of the parts that have a triangle.
fn colours(skin: &Skin) -> Vec<(String, [u8; 3])> {
    let colour = |(part, i): (&String, u8)| skin.part.contains(&i).then(|| (part.clone(), part_colour(i)));
    skin.parts.iter().zip(0..).filter_map(colour).collect()
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
