//! The menu bar, made from the table of actions.

use egui::{Button, MenuBar, Ui};

use super::actions::{self, Action, Menu};
use crate::viewer::state::Explorer;

/// The bar.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    MenuBar::new().ui(ui, |ui| {
        for &menu in Menu::ALL {
            if actions::all().all(|a| a.menu != menu) {
                continue;
            }
            ui.menu_button(menu.title(), |ui| {
                ui.set_min_width(190.0);
                let of = |pane: bool| actions::all().filter(move |a| a.menu == menu && a.pane == pane);
                of(true).for_each(|action| entry(ui, explorer, action));
                if of(true).next().is_some() {
                    ui.separator();
                }
                of(false).for_each(|action| entry(ui, explorer, action));
            });
        }
    });
}

fn entry(ui: &mut Ui, explorer: &mut Explorer, action: &Action) {
    let on = action.on.map(|on| on(explorer));
    // A switch that is on bears a tick; all names stand in line.
    let name = match on {
        Some(true) => format!("✔ {}", action.name),
        _ => format!("     {}", action.name),
    };
    let mut button = Button::new(name).frame_when_inactive(false);
    if let Some(keys) = &action.keys {
        button = button.shortcut_text(ui.ctx().format_shortcut(keys));
    }
    let entry = ui.add_enabled((action.enabled)(explorer), button).on_hover_text(action.hint);
    let entry = entry.on_disabled_hover_text(format!("{}\n{}", action.hint, action.why_not));
    entry.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, action.name));
    if entry.clicked() {
        (action.run)(explorer);
        ui.close();
    }
}
