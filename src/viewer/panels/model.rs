//! The loaded model and its card.

use egui::{Grid, Label, RichText, Ui};

use super::actions::{self, Action};
use super::row::note;
use super::theme;
use crate::viewer::state::{Command, Explorer, Pane};

/// This pane's own entries.
pub const ACTIONS: &[Action] = &[actions::pane(
    "Model",
    "What the model learnt from, how, and what it reached.",
    |e| actions::toggle(e, Pane::Model),
    |e| e.layout.shows(Pane::Model),
)
.ctrl(egui::Key::I)];

/// Which models there are, and the card of the one in use.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    ui.horizontal_wrapped(|ui| {
        let mut wanted = None;
        for model in &explorer.models {
            let chosen = model.name == explorer.model.name;
            let place = match &model.path {
                Some(path) => path.display().to_string(),
                None => "Built in".into(),
            };
            if ui.selectable_label(chosen, &model.name).on_hover_text(place).clicked() && !chosen {
                wanted = Some(model.clone());
            }
        }
        if let Some(model) = wanted {
            explorer.ask(Command::Load(model));
        }
        if ui.small_button("Refresh").on_hover_text("Looks again into the folders that hold models.").clicked() {
            explorer.ask(Command::ListModels);
        }
    });
    note(ui, "Or drop a .safetensors file on the window.");
    ui.separator();
    ui.heading(&explorer.model.name);
    Grid::new("card").num_columns(2).spacing([12.0, 4.0]).show(ui, |ui| {
        for (name, value) in &explorer.model.card {
            ui.label(RichText::new(name).color(theme::of(ui).quiet));
            ui.add(Label::new(value).wrap().selectable(true));
            ui.end_row();
        }
    });
}
