//! Undo, redo, and the list of all edits; the shape's code to and from the clipboard.

use egui::{Key, Modifiers, RichText, ScrollArea, Ui};

use super::actions::{self, Action, Menu};
use super::row::note;
use super::theme;
use crate::viewer::state::{Command, EDITS, Explorer, Pane};

const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

/// Edit's entries, and this pane's own.
pub const ACTIONS: &[Action] = &[
    Action::new(Menu::Edit, "Undo", "One edit back.", Explorer::undo)
        .ctrl(Key::Z)
        .while_(|e| e.history.can_undo(), "Nothing was edited yet.")
        .repeating(),
    Action::new(Menu::Edit, "Redo", "One edit forward again.", Explorer::redo)
        .keys(CTRL_SHIFT, Key::Z)
        .also(Modifiers::COMMAND, Key::Y)
        .while_(|e| e.history.can_redo(), "Nothing was undone.")
        .repeating(),
    Action::new(Menu::Edit, "Copy shape code", "Puts the shape into the clipboard as a short text.", |e| {
        e.ask(Command::CopyCode)
    })
    .keys(CTRL_SHIFT, Key::C),
    Action::new(Menu::Edit, "Paste shape code", "Shows the shape whose code is in the clipboard.", |e| {
        e.ask(Command::PasteCode)
    })
    .keys(CTRL_SHIFT, Key::V),
    actions::pane(
        "History",
        "All edits by name, to go back to any of them.",
        |e| actions::toggle(e, Pane::History),
        |e| e.layout.shows(Pane::History),
    )
    .ctrl(egui::Key::H),
];

/// Takes note of what the last frame changed. What a hand or the keyboard does without letting go is one edit.
pub fn watch(ui: &Ui, explorer: &mut Explorer) {
    explorer.remember();
    explorer.history.held = ui.input(|i| i.pointer.any_down()) || ui.ctx().text_edit_focused();
}

/// The edits, the newest on top.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    let (at, count) = (explorer.history.at(), explorer.history.steps().len());
    let mut wanted = None;
    ScrollArea::vertical().auto_shrink([false, true]).show(ui, |ui| {
        for index in (0..count).rev() {
            let name = &explorer.history.steps()[index].name;
            let mut text = RichText::new(name);
            if index > at {
                text = text.color(theme::of(ui).quiet).italics();
            }
            let step = ui.selectable_label(index == at, text);
            let hover = match index.cmp(&at) {
                std::cmp::Ordering::Less => "Goes back to this.",
                std::cmp::Ordering::Equal => "What is shown.",
                std::cmp::Ordering::Greater => "Undone: click to have it again. The next edit takes its place.",
            };
            if step.on_hover_text(hover).clicked() {
                wanted = Some(index);
            }
        }
    });
    if let Some(index) = wanted {
        explorer.go_back_to(index);
    }
    note(ui, format!("{} of at most {EDITS} edits", count.saturating_sub(1)));
}
