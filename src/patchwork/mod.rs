//! How a model's patches lie about each other: which part each makes, where neighbours meet, and in what order they go around.
//!
//! Patches that were taught by charts (`train::charts`) have places that are known without looking at a shape: this border of
//! that patch is one curve with that border of its neighbour. Training holds such seams together; closing a decoded shape
//! joins them. Numbers of patches and uvs only: no mesh, no tensor.

pub mod arms;
pub mod ball;
pub mod cell;
pub mod end;
pub mod even;
pub mod lattice;
pub mod loft;
pub mod seam;
pub mod tube;

pub use lattice::Lattice;
pub use seam::Seam;

use serde::{Deserialize, Serialize};

/// How a part is parametrised. The order of its patches is front left, front right, back left, back right, stretch by
/// stretch from the lower end; a cap comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChartKind {
    /// Sections across the part's axis, from the lower end to the upper: a blade, a grip, whose upper end is closed; a hull
    /// along Z, closed at either end.
    Tube,
    /// Sections across X, from the middle to both ends, which are closed: a guard. Four patches.
    Arms,
    /// Rays from the centre, the lower pole in a cap of its own: a pommel. Two sides and a cap.
    Ball,
    /// A body as its generator lofted it: a wing, a nacelle. Its mirror image comes first.
    Loft,
}

/// The axis along which a part is long, and how the others lie about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    /// Wings: front and back of a region are top and bottom (Y), left and right tail and nose (Z).
    X,
    /// A sword's parts: front and back are along Z, left and right along X.
    #[default]
    Y,
    /// A hull: front and back are top and bottom (Y), left and right along X.
    Z,
}

impl Axis {
    pub fn is_y(&self) -> bool {
        *self == Self::Y
    }

    /// Which coordinates stand for left-right, along, and front-back.
    pub fn order(self) -> [usize; 3] {
        match self {
            Self::X => [2, 0, 1],
            Self::Y => [0, 1, 2],
            Self::Z => [0, 2, 1],
        }
    }
}

/// Patches that make one part together. The names of the fields are those of a recipe's `train.parts`, whose other fields are
/// about learning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// `blade`, `guard`, ...; two pieces of a part share it.
    pub name: String,
    pub patches: usize,
    /// Regions around the part's centre line; 0: its patches share it.
    #[serde(default)]
    pub around: usize,
    /// Stretches along it.
    #[serde(default = "one")]
    pub along: usize,
    /// Above 0: one more patch at the lower end.
    #[serde(default)]
    pub cap: f32,
    #[serde(default)]
    pub axis: Axis,
    /// `None`: its patches found their places by themselves.
    #[serde(default)]
    pub chart: Option<ChartKind>,
}

fn one() -> usize {
    1
}

/// The seams of parts in patch order; none where a part has no chart kind.
pub fn seams(parts: &[Part]) -> Vec<Seam> {
    let mut first = 0;
    let mut seams = Vec::new();
    for part in parts {
        seams.extend(match part.chart {
            Some(ChartKind::Tube) => tube::seams(first, part.around, part.along),
            Some(ChartKind::Arms) => arms::seams(first),
            Some(ChartKind::Ball) => ball::seams(first),
            Some(ChartKind::Loft) => loft::seams(first, part.around, part.along),
            None => Vec::new(),
        });
        first += part.patches;
    }
    seams
}
