//! Keys in the order in which they were struck.
//!
//! egui hears of a frame's keys with one state of Ctrl and Shift, that at its end. Where a frame is long, Ctrl is let go in the
//! frame that it was pressed in, and Ctrl+Z would be Z. So a frame is given no more keys than go with one state, and the rest
//! come with the next.

use std::collections::VecDeque;

use bevy::{
    ecs::message::MessageCursor,
    input::{
        InputSystems,
        keyboard::{Key, KeyboardInput},
    },
    prelude::*,
    window::RequestRedraw,
};

pub struct StrokesPlugin;

impl Plugin for StrokesPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(PreUpdate, in_turn.before(InputSystems));
    }
}

/// Keeps back what comes after the first key that Ctrl, Shift, Alt or Super would be wrong for.
fn in_turn(
    mut keys: ResMut<Messages<KeyboardInput>>,
    mut read: Local<MessageCursor<KeyboardInput>>,
    mut held: Local<VecDeque<KeyboardInput>>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let waited = !held.is_empty();
    held.extend(read.read(&keys).cloned());
    let now = together(held.iter());
    if !waited && now == held.len() {
        held.clear();
        return;
    }
    // What others have read already goes as well.
    keys.clear();
    keys.write_batch(held.drain(..now));
    *read = keys.get_cursor_current();
    if !held.is_empty() {
        redraw.write(RequestRedraw);
    }
}

/// How many of them go with one state of the modifiers: all before one that changes after a key was struck.
fn together<'a>(keys: impl Iterator<Item = &'a KeyboardInput>) -> usize {
    let (mut struck, mut count) = (false, 0);
    for key in keys {
        let modifies = matches!(key.logical_key, Key::Control | Key::Shift | Key::Alt | Key::Super | Key::Meta);
        if modifies && struck {
            break;
        }
        struck |= !modifies && key.state.is_pressed();
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::input::ButtonState::{self, Pressed, Released};

    fn key(logical_key: Key, state: ButtonState) -> KeyboardInput {
        KeyboardInput {
            key_code: KeyCode::F35,
            logical_key,
            state,
            text: None,
            repeat: false,
            window: Entity::PLACEHOLDER,
        }
    }

    #[test]
    fn a_chord_that_is_struck_within_a_frame_is_heard_as_it_was_struck() {
        #[derive(Resource, Default)]
        struct Heard(Vec<Vec<(Key, ButtonState)>>);
        fn hear(mut keys: MessageReader<KeyboardInput>, mut heard: ResMut<Heard>) {
            heard.0.push(keys.read().map(|key| (key.logical_key.clone(), key.state)).collect());
        }
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, bevy::input::InputPlugin, StrokesPlugin))
            .add_message::<RequestRedraw>()
            .init_resource::<Heard>()
            .add_systems(Update, hear);
        let (ctrl, z) = (Key::Control, || Key::Character("z".into()));
        let chord =
            [(ctrl.clone(), Pressed), (z(), Pressed), (z(), Released), (ctrl.clone(), Released), (z(), Pressed)];
        app.update();
        for (logical, state) in chord.clone() {
            app.world_mut().write_message(key(logical, state));
        }
        app.update();
        assert_eq!(app.world().resource::<Messages<RequestRedraw>>().len(), 1, "the rest wants a frame");
        app.update();
        // What comes while some wait comes after them.
        app.world_mut().write_message(key(z(), Released));
        app.update();
        app.update();
        let heard: Vec<_> = app.world().resource::<Heard>().0.iter().filter(|keys| !keys.is_empty()).cloned().collect();
        assert_eq!(heard, [chord[..3].to_vec(), chord[3..].to_vec(), vec![(z(), Released)]]);
    }

    #[test]
    fn what_goes_with_one_state_stays_together() {
        let (shift, a) = (|s| key(Key::Shift, s), |s| key(Key::Character("a".into()), s));
        let count = |keys: &[KeyboardInput]| together(keys.iter());
        assert_eq!(count(&[]), 0);
        assert_eq!(count(&[shift(Pressed), a(Pressed), a(Released)]), 3);
        assert_eq!(count(&[a(Pressed), shift(Pressed), a(Pressed)]), 1);
        assert_eq!(count(&[a(Released), shift(Released), a(Pressed), a(Pressed), shift(Pressed)]), 4);
    }
}
