//! Files that the artist is asked to pick.

use std::path::PathBuf;

use super::{Command, Explorer, Slot};

/// What a file is picked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picking {
    /// A mesh, or a model, to open; a mesh as A or B, or as whichever is next.
    Open(Option<Slot>),
    /// The file that exports are written to.
    SaveAs,
}

impl Explorer {
    /// Asks the artist for a mesh or a model.
    pub fn pick_to_open(&mut self) {
        self.picking = Some(Picking::Open(None));
    }

    /// Asks the artist where to export to.
    pub fn pick_to_save(&mut self) {
        self.picking = Some(Picking::SaveAs);
    }

    /// The artist has picked a file.
    pub fn take_picked(&mut self, picking: Picking, path: PathBuf) {
        match picking {
            Picking::Open(None) => self.ask_dropped(path),
            Picking::Open(Some(slot)) => self.ask(Command::Import { path, slot }),
            Picking::SaveAs => self.export_path = path.to_string_lossy().into_owned(),
        }
    }
}
