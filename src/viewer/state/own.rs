//! The artist's own mesh beside what the model makes of it.

use std::sync::Arc;

use super::{Slot, gizmo::Grip};
use crate::forge::closeness::Closeness;
use crate::latent::Latent;
use crate::mesh::Mesh;

/// Where the own mesh is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// Beside its reconstruction.
    #[default]
    Beside,
    /// In the same place, see-through.
    Over,
    Hidden,
}

/// How far a refinement has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Refining {
    /// 0 to 1, of the time that it may take.
    pub share: f32,
    /// The chamfer distance before, and now.
    pub from: f32,
    pub now: f32,
}

/// A mesh file that was opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Own {
    /// The file's name, by which it stands among the shapes to pick.
    pub name: String,
    /// A or B.
    pub slot: Slot,
    /// In canonical axes as far as they could be guessed, in the file's unit.
    pub mesh: Arc<Mesh>,
    /// As it is encoded: turned by `turn`, in the unit ball.
    pub placed: Arc<Mesh>,
    /// Degrees about X, then Y, then Z, that the guess is corrected by.
    pub turn: [f32; 3],
    /// The ring that the pointer turns it by.
    pub grip: Option<Grip>,
    /// How close the reconstruction comes; `None` while it is being found.
    pub closeness: Option<Closeness>,
    pub shown: Shown,
    pub refining: Option<Refining>,
    /// What was in view when a refinement last showed something; anything else was made since.
    pub showed: Option<Latent>,
    /// Whether its reconstruction is to join the shapes without being shown: another one came back.
    pub quiet: bool,
}

impl Own {
    /// Just opened.
    pub fn new(name: impl Into<String>, slot: Slot, mesh: Mesh, placed: Mesh) -> Self {
        Self {
            name: name.into(),
            slot,
            mesh: Arc::new(mesh),
            placed: Arc::new(placed),
            turn: [0.0; 3],
            grip: None,
            closeness: None,
            shown: Shown::default(),
            refining: None,
            showed: None,
            quiet: false,
        }
    }

    /// Turns it, and says whether it lay otherwise; how close its reconstruction comes is to be found anew then.
    pub fn turn_to(&mut self, turn: [f32; 3]) -> bool {
        let differs = self.turn != turn;
        if differs {
            (self.turn, self.closeness) = (turn, None);
        }
        differs
    }
}
