//! The export pane.

use std::sync::Arc;

use atlasforge::export::Preset;
use atlasforge::forge::game::{LevelReport, Options, Report, Surface};
use atlasforge::mesh::Mesh;
use atlasforge::viewer::state::{Trial, TrialLevel};

use super::*;

fn trial() -> Arc<Trial> {
    let level = TrialLevel { mesh: Mesh::default(), part: Vec::new(), deviation: Vec::new() };
    let report = Report {
        length: 0.96,
        levels: vec![
            LevelReport { triangles: 2000, vertices: 1516, bytes: 89_000, error_mm: 0.5 },
            LevelReport { triangles: 1000, vertices: 905, bytes: 54_000, error_mm: 1.31 },
        ],
        warnings: vec!["the tip lies 5.0 mm from the dense shape's".into()],
        ..Default::default()
    };
    Arc::new(Trial { parts: vec!["blade".into()], levels: vec![level; 2], grip: 0.3, report })
}

fn opened() -> Explorer {
    let mut explorer = explorer(Some(axes()));
    explorer.layout.open(Pane::Export);
    explorer
}

#[test]
fn what_it_comes_to_is_told_before_anything_is_written() {
    let mut h = harness(opened());
    assert!(h.query_by_label_contains("Being made").is_some());
    h.state_mut().exporting.trial = Some(trial());
    h.run();
    for text in ["2000 triangles, 1516 vertices", "error 1.31 mm", "The tip lies 5.0 mm"] {
        assert!(h.query_by_label_contains(text).is_some(), "{text}");
    }
    h.state_mut().exporting.failed = Some("the patches enclose nothing".into());
    h.run();
    assert!(h.query_by_label_contains("Can't be exported: the patches enclose nothing.").is_some());
    assert!(h.query_by_label_contains("1516 vertices").is_none());
}

#[test]
fn choices_are_made_with_widgets() {
    let mut h = harness(opened());
    assert_eq!(h.state().export_options(), Options::default(), "what the terminal writes when nothing is chosen");
    click(&mut h, Role::Button, "Welded");
    click(&mut h, Role::Button, "500");
    click(&mut h, Role::CheckBox, "Collision");
    let options = &h.state().exporting.options;
    assert_eq!((options.surface, options.triangles, options.collision), (Surface::Welded, Some(500), true));
    // Patches are written as finely as they are shown, in the materials that they are shown in.
    h.state_mut().grid = 17;
    h.state_mut().look.wear(atlasforge::export::Outfit::Clay);
    let all = h.state().export_options();
    assert_eq!((all.grid, all.outfit), (Some(17), atlasforge::export::Outfit::Clay));
}

#[test]
fn an_engine_that_reads_no_packed_file_isn_t_offered_one() {
    let mut start = opened();
    start.exporting.options.preset = Preset::Godot;
    let h = harness(start);
    assert!(h.get_by_role_and_label(Role::CheckBox, "Compress").accesskit_node().is_disabled());
    let mut start = opened();
    start.exporting.options.preset = Preset::Web;
    let h = harness(start);
    assert!(!h.get_by_role_and_label(Role::CheckBox, "Compress").accesskit_node().is_disabled());
}

#[test]
fn a_becomes_b_once_both_are_picked_and_the_file_can_tell() {
    let mut start = opened();
    start.export_path = "sword.gltf".into();
    let mut h = harness(start);
    let switch = |h: &Harness<'_, Explorer>| {
        h.get_by_role_and_label(Role::CheckBox, "A becomes B").accesskit_node().is_disabled()
    };
    assert!(switch(&h) && h.query_by_label_contains("to export one becoming the other").is_some());
    h.state_mut().pick(Slot::A, 0);
    h.state_mut().pick(Slot::B, 1);
    h.run();
    click(&mut h, Role::CheckBox, "A becomes B");
    let to = h.state().blend.picked(Slot::B).unwrap().name.clone();
    assert_eq!(h.state().parcel().goal.map(|goal| goal.name), Some(to.clone()));
    assert!(h.query_by_label_contains(&format!("becomes {to}")).is_some());
    h.state_mut().export_path = "sword.stl".into();
    h.run();
    assert!(switch(&h) && h.query_by_label_contains("Only GLB and glTF").is_some());
}

#[test]
fn the_preview_shows_by_box_and_key_and_its_levels_can_be_chosen() {
    let mut start = opened();
    start.exporting.trial = Some(trial());
    let mut h = harness(start);
    click(&mut h, Role::CheckBox, "Show it");
    click(&mut h, Role::Button, "1");
    assert_eq!(h.state().exporting.shown().map(|(_, level)| level), Some(1));
    h.key_press_modifiers(Modifiers::SHIFT, Key::E);
    h.run();
    assert!(h.state().exporting.shown().is_none());
}

#[test]
fn a_name_that_asks_for_another_kind_of_file_is_refused_with_the_kinds_there_are() {
    let mut start = opened();
    start.export_path = "sword.fbx".into();
    let mut h = harness(start);
    h.key_press_modifiers(Modifiers::COMMAND, Key::E);
    h.run();
    assert!(h.state_mut().take_commands().is_empty());
    assert!(h.state().messages[0].text.contains(".glb, .gltf, .obj, .ply, .stl"), "{:?}", h.state().messages);
    h.state_mut().export_path = "sword.obj".into();
    h.run();
    click_button(&mut h, "Export OBJ");
    assert_eq!(h.state_mut().take_commands(), [Command::Export { path: "sword.obj".into() }]);
}
