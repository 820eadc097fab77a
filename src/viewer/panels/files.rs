//! The dialog that files are picked in. The one panel behind which the disk is read: the library lists folders; files are opened and
//! written elsewhere.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use egui::{Align2, Id, Key, Modifiers, Ui};
use egui_file_dialog::{DialogState, FileDialog, Filter, OpeningMode};

use super::actions::{Action, Menu};
use crate::model::library::is_model;
use crate::shapes::import;
use crate::viewer::state::{Explorer, Picking};

/// The dialog's own entries.
pub const ACTIONS: &[Action] = &[
    Action::new(Menu::File, "Open", "Opens a mesh as A or B, or another model.", Explorer::pick_to_open).ctrl(Key::O),
    Action::new(Menu::File, "Export to", "Picks the file that exports are written to.", Explorer::pick_to_save)
        .keys(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::E),
];

/// One dialog, which remembers its folder.
type Shared = Arc<Mutex<FileDialog>>;

fn shared(ui: &Ui) -> Shared {
    let make = || {
        let dialog = FileDialog::new()
            .load_via_thread(false)
            .as_modal(true)
            .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
            .opening_mode(OpeningMode::LastVisitedDir);
        Arc::new(Mutex::new(dialog))
    };
    ui.data_mut(|data| data.get_temp_mut_or_insert_with::<Shared>(Id::new("files"), make).clone())
}

/// Whether a file is being picked: the keys are the dialog's then.
pub fn is_open(ui: &Ui) -> bool {
    *shared(ui).lock().unwrap_or_else(PoisonError::into_inner).state() == DialogState::Open
}

/// Shows the dialog while a file is asked for, and hands over what was picked.
pub fn show(ui: &Ui, explorer: &mut Explorer) {
    let shared = shared(ui);
    let mut dialog = shared.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(picking) = explorer.picking.take() {
        open(&mut dialog, picking, Path::new(explorer.export_path.trim()));
    }
    dialog.update(ui.ctx());
    if let Some(path) = dialog.take_picked()
        && let Some(&picking) = dialog.user_data::<Picking>()
    {
        explorer.take_picked(picking, path);
    }
}

fn open(dialog: &mut FileDialog, picking: Picking, export: &Path) {
    dialog.set_user_data(picking);
    let config = dialog.config_mut();
    match picking {
        Picking::Open(slot) => {
            const KNOWN: &str = "Meshes and models";
            config.title = Some(slot.map_or("Open".into(), |slot| format!("Open as {}", slot.name())));
            let known = Filter::new(|path: &Path| import::Format::of_name(path).is_some() || is_model(path));
            config.file_filters.clear();
            *config = config.clone().add_file_filter(KNOWN, known);
            config.default_file_filter = Some(KNOWN.into());
            dialog.pick_file();
        }
        Picking::SaveAs => {
            config.title = Some("Export to".into());
            config.file_filters.clear();
            config.default_file_filter = None;
            config.default_file_name =
                export.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
            dialog.save_file();
        }
    }
}
