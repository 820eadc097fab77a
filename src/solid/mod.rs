//! A decoded shape as a game takes it: one closed surface, cut to a budget, with texture coordinates, hard edges and tangents.
//!
//! ```text
//! patches -> close -> Solid -> budget -> Solid -> skin -> Skin
//! ```
//!
//! A [`Solid`] is what is closed and simplified: welded, one vertex a position. A [`Skin`] is what is drawn: vertices are
//! copied where normals or texture coordinates part. No file, no network, no random number.

pub mod adjacency;
pub mod anchors;
pub mod budget;
pub mod close;
mod collapse;
pub mod crease;
pub mod deviation;
pub mod field;
#[cfg(test)]
pub(crate) mod fixture;
pub mod hull;
pub mod levels;
mod mend;
pub mod order;
mod reach;
pub mod rings;
pub mod skin;
pub mod tangent;
pub mod tetrahedra;
pub mod tidy;
mod tip;
pub mod unite;
pub mod unwrap;

use thiserror::Error;

use crate::mesh::Mesh;

/// Why patches make no solid.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SolidError {
    #[error("the patches enclose no space; they have collapsed, or the latent lies too far from anything learnt")]
    Empty,
    #[error("the parts can't be united ({0}); export the patches as they are")]
    Union(String),
}

/// One closed, manifold surface that faces outward. Metres, +Y up (a sword's tip).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Solid {
    /// Positions and triangles only: every edge has two triangles, which run along it in opposite directions.
    pub mesh: Mesh,
    /// `[T]`, for every triangle its part, an index into `parts`.
    pub part: Vec<u8>,
    /// Names of the parts (`blade`, `guard`, ...), as the model calls them; one `""` for a model that knows none.
    pub parts: Vec<String>,
}

/// What a renderer draws of a [`Solid`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Skin {
    /// Positions, normals and, where it was unwrapped, uvs (V down, as glTF has it). Equal positions weld to the closed surface.
    pub mesh: Mesh,
    /// `[N]`, MikkTSpace tangent and handedness as glTF's TANGENT, or empty.
    pub tangents: Vec<[f32; 4]>,
    /// `[N]`, linear RGBA as glTF's COLOR_0, or empty.
    pub colours: Vec<[u8; 4]>,
    /// `[T]`, as [`Solid::part`].
    pub part: Vec<u8>,
    /// As [`Solid::parts`].
    pub parts: Vec<String>,
}
