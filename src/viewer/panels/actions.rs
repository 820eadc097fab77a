//! Everything that can be done without a slider: one table, of which the menu and the keys are made.

use egui::{Event, Key, KeyboardShortcut, Modifiers};

use super::{blend, history, latent, look, model, own, patches, training, view};
use crate::viewer::state::{Explorer, Pane};

/// The menus of the bar, from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    File,
    Edit,
    Shape,
    View,
    Look,
    Window,
    Help,
}

impl Menu {
    pub const ALL: &[Menu] = &[Self::File, Self::Edit, Self::Shape, Self::View, Self::Look, Self::Window, Self::Help];

    /// In the bar.
    pub fn title(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Edit => "Edit",
            Self::Shape => "Shape",
            Self::View => "View",
            Self::Look => "Look",
            Self::Window => "Window",
            Self::Help => "Help",
        }
    }
}

/// One entry.
pub struct Action {
    pub menu: Menu,
    pub name: &'static str,
    pub keys: Option<KeyboardShortcut>,
    /// Other keys that do the same, for hands that are used to them.
    pub also: Option<KeyboardShortcut>,
    /// Shown while the pointer rests on the entry.
    pub hint: &'static str,
    /// A switch's state; `None` for what is done at once.
    pub on: Option<fn(&Explorer) -> bool>,
    pub enabled: fn(&Explorer) -> bool,
    /// Why it is not possible, while it isn't.
    pub why_not: &'static str,
    /// Whether it is done again and again while its keys are held.
    pub repeats: bool,
    /// Whether it opens and closes a pane.
    pub pane: bool,
    pub run: fn(&mut Explorer),
}

impl Action {
    /// Done at once, always possible.
    pub const fn new(menu: Menu, name: &'static str, hint: &'static str, run: fn(&mut Explorer)) -> Self {
        Self {
            menu,
            name,
            keys: None,
            also: None,
            hint,
            on: None,
            enabled: |_| true,
            why_not: "",
            repeats: false,
            pane: false,
            run,
        }
    }

    /// By this key alone.
    pub const fn key(self, key: Key) -> Self {
        self.keys(Modifiers::NONE, key)
    }

    /// By Ctrl (Command on a Mac) and this key.
    pub const fn ctrl(self, key: Key) -> Self {
        self.keys(Modifiers::COMMAND, key)
    }

    /// By these keys.
    pub const fn keys(mut self, modifiers: Modifiers, key: Key) -> Self {
        self.keys = Some(KeyboardShortcut::new(modifiers, key));
        self
    }

    /// By these keys as well.
    pub const fn also(mut self, modifiers: Modifiers, key: Key) -> Self {
        self.also = Some(KeyboardShortcut::new(modifiers, key));
        self
    }

    /// Possible only while this holds; else `why_not` says what to do first.
    pub const fn while_(mut self, enabled: fn(&Explorer) -> bool, why_not: &'static str) -> Self {
        (self.enabled, self.why_not) = (enabled, why_not);
        self
    }

    /// A switch.
    pub const fn switch(mut self, on: fn(&Explorer) -> bool) -> Self {
        self.on = Some(on);
        self
    }

    /// Done again and again while its keys are held.
    pub const fn repeating(mut self) -> Self {
        self.repeats = true;
        self
    }

    /// Whether a text field that is being edited leaves the keys to us: no letter, and nothing that edits text.
    fn beside_text(keys: &KeyboardShortcut) -> bool {
        const EDITING: [Key; 6] = [Key::A, Key::C, Key::V, Key::X, Key::Y, Key::Z];
        match keys.modifiers.command {
            true => !EDITING.contains(&keys.logical_key),
            false => (Key::F1..=Key::F12).contains(&keys.logical_key),
        }
    }
}

/// By part of the program, in the order of each menu.
const GROUPS: &[&[Action]] = &[
    super::files::ACTIONS,
    super::export::ACTIONS,
    history::ACTIONS,
    latent::ACTIONS,
    blend::ACTIONS,
    super::mix::ACTIONS,
    view::ACTIONS,
    look::ACTIONS,
    super::film::ACTIONS,
    patches::ACTIONS,
    super::map::ACTIONS,
    super::gallery::ACTIONS,
    own::ACTIONS,
    super::ready::ACTIONS,
    training::ACTIONS,
    model::ACTIONS,
    super::demo::ACTIONS,
    super::keys::ACTIONS,
];

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Action> {
    GROUPS.iter().copied().flatten()
}

/// Opens a pane, or closes it where it is in front: a row of the menu `Window`.
pub const fn pane(name: &'static str, hint: &'static str, run: fn(&mut Explorer), on: fn(&Explorer) -> bool) -> Action {
    let mut action = Action::new(Menu::Window, name, hint, run).switch(on);
    action.pane = true;
    action
}

/// Does what the pressed keys ask for.
pub fn apply(ui: &egui::Ui, explorer: &mut Explorer) {
    apply_those(ui, explorer, |_| true);
}

/// The same for some of the actions.
pub fn apply_those(ui: &egui::Ui, explorer: &mut Explorer, wanted: impl Fn(&Action) -> bool) {
    let typing = ui.ctx().text_edit_focused();
    let each = |a: &'static Action| [a.keys, a.also].into_iter().flatten().map(move |keys| (a, keys));
    let mut by_keys: Vec<(&'static Action, KeyboardShortcut)> = all().filter(|a| wanted(a)).flat_map(each).collect();
    // Keys match whatever Shift or Alt is held beside them, so the most particular come first.
    by_keys.sort_by_key(|(_, k)| std::cmp::Reverse(u8::from(k.modifiers.shift) + u8::from(k.modifiers.alt)));
    let mut at = 0;
    // One press after the other, as they came: a slow frame sees many of a key that is held.
    while let Some((found, action, keys, held)) = ui.input(|input| next_press(input, at, &by_keys)) {
        at = found + 1;
        if (typing && !Action::beside_text(&keys)) || !(action.enabled)(explorer) {
            continue;
        }
        ui.input_mut(|input| input.events.remove(found));
        at = found;
        // A switch that listened to a held key would flicker.
        if action.repeats || !held {
            (action.run)(explorer);
        }
    }
}

/// The next press from `at` on that is an action's: where it stands among the frame's events, whose it is by which keys, and
/// whether it only says that they are still held. A press is its first action's alone, whether that can be done or not: Redo
/// with nothing to do again is no Undo.
fn next_press(
    input: &egui::InputState,
    at: usize,
    by_keys: &[(&'static Action, KeyboardShortcut)],
) -> Option<(usize, &'static Action, KeyboardShortcut, bool)> {
    input.events.iter().enumerate().skip(at).find_map(|(i, event)| {
        let Event::Key { key, pressed: true, modifiers, repeat, .. } = event else { return None };
        let meant = |keys: &KeyboardShortcut| *key == keys.logical_key && modifiers.matches_logically(keys.modifiers);
        by_keys.iter().find(|(_, keys)| meant(keys)).map(|&(action, keys)| (i, action, keys, *repeat))
    })
}

/// Toggles a pane.
pub fn toggle(explorer: &mut Explorer, pane: Pane) {
    explorer.layout.toggle(pane);
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_actions_share_keys_or_a_name_in_a_menu() {
        let mut keys = HashSet::new();
        let mut names = HashSet::new();
        for action in all() {
            assert!(names.insert((action.menu as u8, action.name)), "{}", action.name);
            assert!(!action.hint.is_empty(), "{} has no hint", action.name);
            for k in [action.keys, action.also].into_iter().flatten() {
                assert!(keys.insert(k), "{} has the keys of another", action.name);
            }
        }
    }

    #[test]
    fn every_pane_can_be_opened_from_the_menu() {
        for &pane in Pane::ALL {
            assert!(all().any(|a| a.menu == Menu::Window && a.name == pane.title()), "{pane:?}");
        }
    }
}
