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

/// A body of a symmetric shape as its generator lofted it, on the right-hand side (+X): on the left stands its mirror image.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// The part that it is a piece of, and which piece: one of a shape's parts is not always enough to learn from.
    pub part: String,
    pub piece: String,
    /// Cross-sections from end to end, each `[R, 3]`, in the coordinates of the parts. The last one closes it where it is closed.
    pub rings: Vec<Vec<Vec3>>,
    /// Where a way around begins, in points of a ring; whole turns for a body beside the middle, half of one for a body that
    /// the plane x = 0 divides.
    pub start: f32,
    pub half: bool,
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
    /// What the parts were lofted from, where a generator tells; nothing of it is stored in datasets.
    pub bodies: Vec<Body>,
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
