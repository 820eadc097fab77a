//! How the shape is drawn.

use egui::{Key, Ui};

use super::actions::{Action, Menu};
use super::row::{Row, note};
use crate::viewer::state::{Command, Explorer, GRID, GRID_RANGE};

/// This section's own entries.
pub const ACTIONS: &[Action] = &[
    Action::new(Menu::View, "Tint patches", "Gives each learned patch a colour of its own.", |e| e.tint = !e.tint)
        .switch(|e| e.tint)
        .key(Key::T),
    Action::new(Menu::View, "Frame", "Turns the camera back to where it started.", |e| e.ask(Command::FrameView))
        .key(Key::F),
    Action::new(Menu::File, "Screenshot", "Saves the window as atlasforge.png.", |e| {
        e.ask(Command::Screenshot { path: "atlasforge.png".into() });
    })
    .key(Key::F12),
];

/// Patch tint, grid density, camera.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    ui.horizontal(|ui| {
        let tint = ui.checkbox(&mut explorer.tint, "Tint patches");
        explorer.record("Tint patches", super::sides(tint.rect));
        tint.on_hover_text("Gives each learned patch a colour of its own (T).");
        note(ui, "T");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let frame = ui.add(egui::Button::new("Frame").shortcut_text("F"));
            if frame.on_hover_text("Turns the camera back to where it started (F).").clicked() {
                explorer.ask(Command::FrameView);
            }
        });
    });
    let mut grid = explorer.grid as f32;
    let row = Row {
        name: "Density",
        range: *GRID_RANGE.start() as f32..=*GRID_RANGE.end() as f32,
        rest: GRID as f32,
        decimals: 0,
        suffix: "",
        hover: "Points along a patch's side. More are smoother, on screen and in the export.".into(),
    };
    if row.show(ui, explorer, &mut grid) {
        explorer.grid = grid.round() as usize;
    }
}
