//! The loaded model and its card.

use egui::{Grid, Label, RichText, Ui};

use super::actions::{self, Action};
use super::theme;
use crate::viewer::state::{Explorer, Pane};

/// This pane's own entries.
pub const ACTIONS: &[Action] = &[actions::pane(
    "Model",
    "What the model learnt from, how, and what it reached.",
    |e| actions::toggle(e, Pane::Model),
    |e| e.layout.shows(Pane::Model),
)];

/// The card, row by row.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    ui.heading(&explorer.model.name);
    Grid::new("card").num_columns(2).spacing([12.0, 4.0]).show(ui, |ui| {
        for (name, value) in &explorer.model.card {
            ui.label(RichText::new(name).color(theme::QUIET));
            ui.add(Label::new(value).wrap().selectable(true));
            ui.end_row();
        }
    });
}
