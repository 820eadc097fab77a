//! Picking files in the window.

use super::*;

const SHIFTED: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

#[test]
fn a_dialog_has_the_keys_for_itself_and_escape_ends_it() {
    let mut h = harness(explorer(None));
    h.key_press_modifiers(Modifiers::COMMAND, Key::O);
    h.run();
    assert!(h.query_by_label_contains("Cancel").is_some(), "no dialog");
    let before = h.state().latent.clone();
    h.key_press(Key::R);
    h.run();
    assert!(h.state().commands().is_empty() && h.state().latent == before, "Random behind the dialog");
    h.key_press(Key::Escape);
    h.run();
    assert!(h.query_by_label_contains("Cancel").is_none());
    h.key_press(Key::R);
    h.run();
    assert!(matches!(h.state().commands(), [Command::Random { .. }]));
}

#[test]
fn the_file_to_write_is_picked_by_folder_and_name() {
    let mut start = explorer(None);
    start.export_path = "blade.obj".into();
    let mut h = harness(start);
    h.get_by_label("Pick the file to write").click();
    h.run();
    h.get_by_label_contains("Save").click();
    h.run();
    let path = std::path::PathBuf::from(&h.state().export_path);
    assert_eq!(path, std::env::current_dir().unwrap().join("blade.obj"));
    assert!(h.state().commands().is_empty(), "picked, not yet written");
    h.key_press_modifiers(SHIFTED, Key::E);
    h.run();
    h.key_press(Key::Escape);
    h.run();
    assert_eq!(std::path::Path::new(&h.state().export_path), path, "nothing picked, nothing changed");
}

#[test]
fn what_is_picked_is_opened_where_it_was_asked_for() {
    use atlasforge::viewer::state::Picking;
    let mut e = explorer(None);
    e.take_picked(Picking::Open(Some(Slot::B)), "a.obj".into());
    e.take_picked(Picking::Open(None), "b.safetensors".into());
    assert!(matches!(e.commands(), [Command::Import { slot: Slot::B, .. }, Command::Load(_)]));
}
