//! What a glTF file is to show, as plain values: meshes of primitives, materials with textures, nodes, morphs.
//!
//! Indices point into the scene's own lists, as in glTF. [`super::writer`] turns it into bytes.

use super::Material;
use crate::mesh::{Mesh, Vec3};

/// A whole file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// glTF's scenes; the first is the one that is shown. Those behind it are there to be asked for.
    pub stages: Vec<Stage>,
    pub nodes: Vec<Node>,
    pub surfaces: Vec<Surface>,
    pub coats: Vec<Coat>,
    pub images: Vec<Image>,
    /// Goes to `asset.extras`; see [`super::extras::Extras::to_value`].
    pub extras: Option<serde_json::Value>,
}

/// Nodes that are shown together: one of glTF's scenes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stage {
    pub name: String,
    /// Roots, indices into the scene's nodes.
    pub nodes: Vec<usize>,
}

/// A place: of a surface, of other nodes, or of nothing, where an engine attaches things.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    pub name: String,
    /// Metres, from the parent.
    pub translation: Vec3,
    /// Index into the scene's surfaces. A node with one has no children: its scale may be that of a quantised surface.
    pub surface: Option<usize>,
    /// Indices into the scene's nodes.
    pub children: Vec<usize>,
}

/// One of glTF's meshes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Surface {
    pub name: String,
    /// At least one; all have the same morph targets.
    pub primitives: Vec<Primitive>,
    /// Names of the morph targets.
    pub targets: Vec<String>,
    /// Seconds at which the surface is itself, then each of its targets in turn, increasing; empty: no animation.
    pub times: Vec<f32>,
}

/// What is drawn at once, with one material.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Primitive {
    /// Positions and triangles; normals and uvs where there are any.
    pub mesh: Mesh,
    /// `[N]` or empty; tangent and handedness.
    pub tangents: Vec<[f32; 4]>,
    /// `[N]` or empty; linear RGBA in 0..=1, which multiplies the base colour.
    pub colours: Vec<[f32; 4]>,
    /// One a name of the surface.
    pub targets: Vec<Deltas>,
    /// Index into the scene's coats; a collision hull has none.
    pub coat: Option<usize>,
}

/// Differences of a morph target from the primitive; each `[N]`, normals and tangents `[N]` or empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deltas {
    pub positions: Vec<Vec3>,
    pub normals: Vec<Vec3>,
    /// Of the direction; handedness doesn't change.
    pub tangents: Vec<Vec3>,
}

/// A material and its textures.
#[derive(Clone, Debug, PartialEq)]
pub struct Coat {
    pub material: Material,
    pub textures: Textures,
    /// Goes to the material's `extras`.
    pub extras: Option<serde_json::Value>,
}

impl From<Material> for Coat {
    fn from(material: Material) -> Self {
        Self { material, textures: Textures::default(), extras: None }
    }
}

/// Indices into the scene's images. The last two may name one image (ORM: occlusion red, roughness green, metallic blue).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Textures {
    /// sRGB, multiplied by the material's colour.
    pub base_color: Option<usize>,
    /// Tangent space, +Y up.
    pub normal: Option<usize>,
    /// Red.
    pub occlusion: Option<usize>,
    /// Roughness green, metallic blue, multiplied by the material's factors.
    pub metallic_roughness: Option<usize>,
}

impl Textures {
    pub(super) fn indices(self) -> impl Iterator<Item = usize> {
        [self.base_color, self.normal, self.occlusion, self.metallic_roughness].into_iter().flatten()
    }
}

/// A texture's pixels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    pub name: String,
    /// A whole PNG file.
    pub png: Vec<u8>,
}
