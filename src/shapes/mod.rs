//! What we learn from: procedural swords and planes, imported meshes, surface samples, datasets.

pub mod dataset;
mod dice;
pub mod duplicates;
pub mod exterior;
pub mod import;
mod loft;
pub mod placement;
pub mod plane;
pub mod sample;
pub mod seen;
pub mod shapenet;
pub mod sword;

use std::collections::BTreeMap;

use crate::mesh::{Mesh, Vec3};

/// The one part of an import whose parts nobody named.
pub const WHOLE: &str = "whole";

/// A closed or open piece of a shape with a meaning.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// `blade`, `guard`, `grip`, `pommel`; [`plane::PARTS`]; or [`WHOLE`].
    pub name: String,
    pub mesh: Mesh,
}

/// One shape to learn from. A sword has its tip at +Y, its guard along X, its thickness along Z; a plane its nose at +Z,
/// its wings along X.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    pub name: String,
    pub parts: Vec<Part>,
    /// Measured attributes in metres (or dimensionless where the name says so), e.g. `blade_length`, `guard_span`.
    pub attributes: BTreeMap<String, f32>,
    /// Overall length in metres (along Y of a sword, Z of a plane): the size that a network in the unit ball never sees.
    pub length: f32,
    /// True when `length` was assumed by kind, not measured or given.
    pub length_assumed: bool,
    /// The grip's centre in the coordinates of `parts`: the origin of an export. `None` where nobody knows, and for planes.
    pub grip: Option<Vec3>,
}

impl Shape {
    /// All parts as one mesh.
    pub fn mesh(&self) -> Mesh {
        let mut whole = Mesh::default();
        for part in &self.parts {
            whole.append(&part.mesh);
        }
        whole
    }
}
