//! Where the shape goes.

use std::path::Path;

use egui::{Button, Key, RichText, TextEdit, Ui};

use super::actions::{Action, Menu};
use super::{grouped, theme};
use crate::class::Class;
use crate::forge::game::{Options, Surface};
use crate::viewer::state::{Explorer, format_of};

/// This section's own entries.
pub const ACTIONS: &[Action] = &[Action::new(
    Menu::File,
    "Export",
    "Makes the shape ready for a game, as the Export panel says, and writes it to the file named at the lower left.",
    Explorer::ask_export,
)
.ctrl(Key::E)];

/// The path and the button.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    ui.horizontal(|ui| {
        let format = format_of(Path::new(explorer.export_path.trim())).unwrap_or_default();
        let text =
            RichText::new(format!("Export {}", format.name().to_uppercase())).color(theme::of(ui).on_brass).strong();
        let key = RichText::new("Ctrl+E").color(theme::of(ui).on_brass.gamma_multiply(0.75));
        let button = Button::new(text).shortcut_text(key).fill(theme::of(ui).brass_ground);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let button = ui.add(button);
            explorer.record("Export GLB", super::sides(button.rect));
            let clicked = button
                .on_hover_text(format!(
                    "Writes {} triangles in metres, {} (Ctrl+E). Window, Export has more to choose.",
                    triangles(explorer),
                    match explorer.model.class {
                        Class::Sword => "tip up, origin at the grip",
                        Class::Plane => "up +Y, nose +Z",
                    }
                ))
                .clicked();
            let pick = ui.add(Button::new("…")).on_hover_text("Pick the file to write (Ctrl+Shift+E).");
            pick.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, "Pick the file to write"));
            if pick.clicked() {
                explorer.pick_to_save();
            }
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

/// How many there will be, in words.
fn triangles(explorer: &Explorer) -> String {
    let Options { surface, triangles, .. } = explorer.exporting.options;
    match (surface, triangles) {
        (Surface::Closed, _) => format!("a closed surface of {}", grouped(triangles.unwrap_or(Options::TRIANGLES))),
        (_, Some(triangles)) => format!("at most {}", grouped(triangles)),
        (_, None) => grouped(explorer.triangles()),
    }
}
