//! The docks at the right and below: tabs of panes that can be closed, moved and resized.

use egui::{Button, Frame, Id, Margin, Panel, ScrollArea, Ui};

use super::{gallery, history, keys, look, map, model, own, patches, ready, theme, training};
use crate::viewer::state::{Explorer, Pane, Side};

/// The view keeps at least this much, in points: in a small window the docks stay away.
const LEAST_VIEW: f32 = 260.0;

/// Usual width at the right and height below, in points.
const WIDTH: f32 = 330.0;
const HEIGHT: f32 = 280.0;

/// Shows the docks that have panes, and that the window has room for.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    for side in Side::ALL {
        if !explorer.layout.dock(side).panes.is_empty() {
            dock(ui, explorer, side);
        }
    }
}

fn dock(ui: &mut Ui, explorer: &mut Explorer, side: Side) {
    let free = ui.available_rect_before_wrap();
    let (room, usual, least) = match side {
        Side::Right => (free.width(), WIDTH, 280.0),
        Side::Bottom => (free.height(), HEIGHT, 120.0),
    };
    let most = room - LEAST_VIEW;
    if most < least {
        let words = match side {
            Side::Right => "The panels at the right need a wider window.",
            Side::Bottom => "The panels below need a higher window.",
        };
        let font = egui::TextStyle::Small.resolve(ui.style());
        let at = free.right_top() + egui::vec2(-10.0, if side == Side::Right { 8.0 } else { 24.0 });
        ui.painter().text(at, egui::Align2::RIGHT_TOP, words, font, theme::ON_VIEW.gamma_multiply(0.7));
        return;
    }
    let size = explorer.layout.dock(side).size;
    let size = if size > 0.0 { size } else { usual };
    // Where the window has no room for it, the dock takes what there is, and its own size again when there is.
    let squeezed = size > most;
    let panel = match (side, squeezed) {
        (Side::Right, false) => Panel::right("dock right"),
        (Side::Right, true) => Panel::right("dock right, squeezed"),
        (Side::Bottom, false) => Panel::bottom("dock bottom"),
        (Side::Bottom, true) => Panel::bottom("dock bottom, squeezed"),
    };
    let panel = if squeezed { panel.exact_size(most) } else { panel.size_range(least..=most) };
    let frame = Frame::new().fill(theme::of(ui).panel).inner_margin(Margin { left: 10, right: 4, top: 6, bottom: 6 });
    let shown = panel.resizable(!squeezed).default_size(size.min(most)).frame(frame).show(ui, |ui| {
        tabs(ui, explorer, side);
        ui.add_space(4.0);
        if let Some(pane) = explorer.layout.dock(side).front() {
            ScrollArea::both().id_salt(Id::new(("pane", pane.title()))).auto_shrink(false).show(ui, |ui| {
                ui.set_max_width(ui.available_width() - 10.0);
                body(ui, explorer, pane);
            });
        }
    });
    let rect = shown.response.rect;
    if squeezed {
        return;
    }
    explorer.layout.dock_mut(side).size = match side {
        Side::Right => rect.width(),
        Side::Bottom => rect.height(),
    };
}

/// A tab for each pane, and what can be done with it.
fn tabs(ui: &mut Ui, explorer: &mut Explorer, side: Side) {
    let dock = explorer.layout.dock(side).clone();
    let front = dock.front();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 3.0;
        for &pane in &dock.panes {
            let chosen = front == Some(pane);
            let tab = ui.selectable_label(chosen, pane.title());
            explorer.record(&format!("tab {}", pane.title()), super::sides(tab.rect));
            tab.context_menu(|ui| {
                let to = if side == Side::Right { "Move below" } else { "Move to the right" };
                if ui.button(to).clicked() {
                    explorer.layout.move_to(pane, side.other());
                    ui.close();
                }
                if ui.button("Close").clicked() {
                    explorer.layout.close(pane);
                    ui.close();
                }
            });
            if tab.on_hover_text("Right-click to move or close it.").clicked() {
                explorer.layout.open(pane);
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if let Some(pane) = front {
                let close = ui.add(Button::new("×").small().frame(false));
                let name = format!("Close {}", pane.title());
                close.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, &name));
                if close.on_hover_text("Closes this panel; the Window menu opens it again.").clicked() {
                    explorer.layout.close(pane);
                }
            }
        });
    });
}

fn body(ui: &mut Ui, explorer: &mut Explorer, pane: Pane) {
    match pane {
        Pane::Look => look::show(ui, explorer),
        Pane::Patches => patches::show(ui, explorer),
        Pane::Map => map::show(ui, explorer),
        Pane::Gallery => gallery::show(ui, explorer),
        Pane::Own => own::show(ui, explorer),
        Pane::Export => ready::show(ui, explorer),
        Pane::Training => training::show(ui, explorer),
        Pane::Model => model::show(ui, explorer),
        Pane::Keys => keys::show(ui, explorer),
        Pane::History => history::show(ui, explorer),
    }
}
