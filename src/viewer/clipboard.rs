//! The system's clipboard, for the code of a shape.

use bevy::prelude::*;
use bevy_egui::EguiClipboard;

use super::explore::Session;
use super::state::Command;

/// Copies or pastes what the panels asked for.
pub fn exchange(mut session: ResMut<Session>, clipboard: Option<ResMut<EguiClipboard>>) {
    let asked = |command: &Command| matches!(command, Command::CopyCode | Command::PasteCode);
    // Looking must not count as a change.
    if !session.explorer.commands().iter().any(asked) {
        return;
    }
    let explorer = &mut session.explorer;
    let commands = explorer.take_commands_that(asked);
    let Some(mut clipboard) = clipboard else {
        explorer.error("There is no clipboard here.");
        return;
    };
    for command in commands {
        if command == Command::CopyCode {
            let code = explorer.code();
            clipboard.set_text(&code);
            explorer.info(format!("Copied the shape as a code of {} letters.", code.len()));
        } else {
            match clipboard.get_text() {
                Some(text) => explorer.paste_code(&text),
                None => explorer.error("Nothing was pasted: the clipboard holds no text."),
            }
        }
    }
}
