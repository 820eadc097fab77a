//! Every action with its keys, to look them up.

use egui::{Grid, Ui};

use super::actions::{self, Action, Menu};
use super::row::note;
use crate::viewer::state::{Explorer, Pane};

/// This pane's own entries.
pub const ACTIONS: &[Action] = &[
    actions::pane(
        "Keys",
        "All keys, and what they do.",
        |e| actions::toggle(e, Pane::Keys),
        |e| e.layout.shows(Pane::Keys),
    ),
    Action::new(Menu::Help, "All keys", "Lists every key, and what it does.", |e| e.layout.open(Pane::Keys))
        .key(egui::Key::F1),
];

/// The list, menu by menu.
pub fn show(ui: &mut Ui, _: &mut Explorer) {
    for &menu in Menu::ALL {
        let with_keys = || actions::all().filter(|a| a.menu == menu && a.keys.is_some());
        if with_keys().next().is_none() {
            continue;
        }
        ui.strong(menu.title());
        Grid::new(("keys", menu.title())).num_columns(2).spacing([18.0, 3.0]).show(ui, |ui| {
            for action in with_keys() {
                let keys = [&action.keys, &action.also].into_iter().flatten();
                ui.label(keys.map(|k| ui.ctx().format_shortcut(k)).collect::<Vec<_>>().join(", "));
                ui.label(action.name).on_hover_text(action.hint);
                ui.end_row();
            }
        });
        ui.add_space(6.0);
    }
    note(ui, "In the view: drag to orbit, right-drag to pan, wheel to zoom.");
}
