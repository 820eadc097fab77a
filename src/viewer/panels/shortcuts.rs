//! Keys, while no text field has them.

use egui::{Key, KeyboardShortcut, Modifiers, Ui};

use crate::viewer::state::{Command, Explorer};

/// R random, Home reset, T tint, F frame, Ctrl+E export, F12 screenshot.
pub fn apply(ui: &Ui, explorer: &mut Explorer) {
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_shortcut(&KeyboardShortcut::new(modifiers, key)));
    if pressed(Modifiers::COMMAND, Key::E) {
        explorer.ask_export();
    }
    if pressed(Modifiers::NONE, Key::F12) {
        explorer.ask(Command::Screenshot { path: "atlasforge.png".into() });
    }
    if ui.ctx().text_edit_focused() {
        return;
    }
    if pressed(Modifiers::NONE, Key::R) {
        explorer.randomise();
    }
    if pressed(Modifiers::NONE, Key::Home) {
        explorer.reset();
    }
    if pressed(Modifiers::NONE, Key::T) {
        explorer.tint = !explorer.tint;
    }
    if pressed(Modifiers::NONE, Key::F) {
        explorer.ask(Command::FrameView);
    }
}
