//! What the panels ask of the app: a queue that it drains once a frame.

use std::path::PathBuf;

use super::{Change, Explorer, Samples, Slot, StudioCommand, format_of};
use crate::model::library::{Listed, is_model};

/// What the panels ask of the app.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Draw a new latent with this seed.
    Random {
        seed: u64,
    },
    /// Decode the current shape on the CPU, make it ready as the export pane says, and write it.
    Export {
        path: PathBuf,
    },
    /// Read a mesh file, encode it, and pick it.
    Import {
        path: PathBuf,
        slot: Slot,
    },
    /// Encode the own mesh anew, as it is turned.
    Turn,
    /// Look for a latent that fits the own mesh better.
    Refine,
    StopRefining,
    /// Look again which recipes and runs there are.
    ListRuns,
    /// Follow the run in this folder.
    WatchRun(PathBuf),
    /// Train by this recipe.
    Train(PathBuf),
    StopTraining,
    /// Draw random shapes for the gallery.
    Sample(Samples),
    /// Change the favourites' file as the favourites were changed.
    Keep(Change),
    /// Look again which models there are.
    ListModels,
    /// Load another model in place of this one.
    Load(Listed),
    /// Save the window as PNG.
    Screenshot {
        path: PathBuf,
    },
    /// Turn the camera back to where it started.
    FrameView,
    /// What the look pane asks for.
    Studio(StudioCommand),
    /// Put the shape's code into the clipboard.
    CopyCode,
    /// Show the shape of the code that is in the clipboard.
    PasteCode,
}

impl Explorer {
    /// Asks for a file that was dropped on the window: a model in place of this one, or a mesh as A, or as B where only A is
    /// picked.
    pub fn ask_dropped(&mut self, path: PathBuf) {
        if is_model(&path) {
            self.commands.push(Command::Load(Listed::file(path)));
            return;
        }
        let slot = self.blend.next_slot();
        self.commands.push(Command::Import { path, slot });
    }

    /// Queues a command.
    pub fn ask(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Queues an export to the path in the field.
    pub fn ask_export(&mut self) {
        let path = self.export_path.trim();
        if path.is_empty() {
            let name = self.model.class.noun();
            self.error(format!("Nothing exported: the file name is empty. Type one, such as {name}.glb."));
            return;
        }
        let mut path = PathBuf::from(path);
        if path.extension().is_none() {
            path.set_extension("glb");
        }
        if let Err(why) = format_of(&path) {
            self.error(why);
            return;
        }
        self.commands.push(Command::Export { path });
    }

    /// Commands that wait for the app, oldest first.
    pub fn commands(&self) -> &[Command] {
        &self.commands
    }

    /// Takes all commands out of the queue.
    pub fn take_commands(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.commands)
    }

    /// Takes those commands out of the queue.
    pub fn take_commands_that(&mut self, wanted: impl Fn(&Command) -> bool) -> Vec<Command> {
        self.commands.extract_if(.., |c| wanted(c)).collect()
    }
}
