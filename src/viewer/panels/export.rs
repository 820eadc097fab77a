//! Where the shape goes as GLB.

use egui::{Button, Key, RichText, TextEdit, Ui};

use super::actions::{Action, Menu};
use super::{grouped, theme};
use crate::class::Class;
use crate::viewer::state::Explorer;

/// This section's own entries.
pub const ACTIONS: &[Action] = &[Action::new(
    Menu::File,
    "Export GLB",
    "Writes the shape in metres to the file named at the lower left.",
    Explorer::ask_export,
)
.ctrl(Key::E)];

/// The path and the button.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    ui.horizontal(|ui| {
        let text = RichText::new("Export GLB").color(theme::of(ui).on_brass).strong();
        let key = RichText::new("Ctrl+E").color(theme::of(ui).on_brass.gamma_multiply(0.75));
        let button = Button::new(text).shortcut_text(key).fill(theme::of(ui).brass_ground);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let button = ui.add(button);
            explorer.record("Export GLB", super::sides(button.rect));
            let clicked = button
                .on_hover_text(format!(
                    "Writes {} triangles in metres, {} (Ctrl+E).",
                    grouped(explorer.triangles()),
                    match explorer.model.class {
                        Class::Sword => "tip up, origin at the grip",
                        Class::Plane => "up +Y, nose +Z",
                    }
                ))
                .clicked();
            let field = TextEdit::singleline(&mut explorer.export_path)
                .hint_text(format!("{}.glb", explorer.model.class.noun()))
                .desired_width(ui.available_width());
            let field =
                ui.add(field).on_hover_text("The file to write; a relative path starts in the folder you came from.");
            field.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::TextEdit, true, "Export path"));
            if clicked {
                explorer.ask_export();
            }
        });
    });
}
