//! The pane of the artist's own mesh.

use atlasforge::forge::closeness::Closeness;
use atlasforge::mesh::Mesh;
use atlasforge::viewer::state::{Gizmo, Lens, Own, Refining, Shown};

use super::*;

fn opened() -> Explorer {
    let mesh = Mesh {
        positions: vec![[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
        triangles: vec![[0, 1, 2]],
        ..Default::default()
    };
    let mut own = Own::new("mine.obj", Slot::A, mesh.clone(), mesh);
    own.closeness = Some(Closeness { chamfer: 0.000431, f_score: 0.98, f_score_fine: 0.5 });
    let mut explorer = explorer(Some(axes()));
    explorer.own = Some(own);
    explorer.layout.open(Pane::Own);
    explorer
}

#[test]
fn its_figures_are_shown_and_it_is_put_beside_over_and_away() {
    let mut h = harness(opened());
    for text in ["mine.obj", "0.431", "50.0 %", "98.0 %"] {
        assert!(h.query_by_label(text).is_some(), "{text}");
    }
    click(&mut h, Role::Button, "Over");
    assert_eq!(h.state().own.as_ref().unwrap().shown, Shown::Over);
    click(&mut h, Role::Button, "Put away");
    assert!(h.state().own.is_none() && h.query_by_label_contains("Drop a GLB").is_some());
}

#[test]
fn a_turn_asks_for_a_new_reconstruction() {
    let mut h = harness(opened());
    set(&mut h, "About X", 30.0);
    assert_eq!(h.state_mut().take_commands(), [Command::Turn]);
    assert_eq!(
        (h.state().own.as_ref().unwrap().turn, h.state().own.as_ref().unwrap().closeness),
        ([30.0, 0.0, 0.0], None)
    );
    click(&mut h, Role::Button, "Tip down");
    assert_eq!(h.state().own.as_ref().unwrap().turn, [30.0, 0.0, 180.0]);
    click(&mut h, Role::Button, "As guessed");
    assert_eq!(h.state().own.as_ref().unwrap().turn, [0.0; 3]);
}

#[test]
fn its_buttons_are_keys_as_well() {
    let mut h = harness(opened());
    let turn = |h: &Harness<'_, Explorer>| h.state().own.as_ref().unwrap().turn;
    for (key, then) in [
        (Key::ArrowDown, [0.0, 0.0, 180.0]),
        (Key::ArrowRight, [0.0, 90.0, 180.0]),
        (Key::ArrowLeft, [0.0, 90.0, -90.0]),
        (Key::ArrowUp, [0.0; 3]),
    ] {
        h.key_press_modifiers(Modifiers::ALT, key);
        h.run();
        assert_eq!(turn(&h), then, "{key:?}");
        assert_eq!(h.state_mut().take_commands(), [Command::Turn]);
    }
    // It lies as guessed already: nothing is to be found anew.
    h.state_mut().own.as_mut().unwrap().closeness = Some(Closeness { chamfer: 0.1, f_score: 0.2, f_score_fine: 0.1 });
    h.run();
    click(&mut h, Role::Button, "As guessed");
    assert!(h.state().own.as_ref().unwrap().closeness.is_some() && h.state_mut().take_commands().is_empty());
    h.key_press_modifiers(Modifiers::SHIFT, Key::U);
    h.run();
    assert!(h.state().own.is_none());
    h.key_press_modifiers(Modifiers::ALT, Key::ArrowDown);
    h.run();
    assert!(h.state_mut().take_commands().is_empty(), "there is nothing to turn");
}

#[test]
fn a_refinement_is_started_by_key_and_stopped_by_button() {
    let mut h = harness(opened());
    h.key_press_modifiers(Modifiers::COMMAND, Key::R);
    h.run();
    assert_eq!(h.state_mut().take_commands(), [Command::Refine]);
    h.state_mut().own.as_mut().unwrap().refining = Some(Refining { share: 0.5, from: 0.0004, now: 0.0003 });
    h.run();
    assert!(h.query_by_label_contains("25 % closer").is_some());
    click(&mut h, Role::Button, "Stop");
    assert_eq!(h.state_mut().take_commands(), [Command::StopRefining]);
}

/// A camera that looks along -Z and sees 100 pixels a metre, the rings' centre at pixel (450, 400).
fn ringed() -> Explorer {
    let clip = [[2.0 / 9.0, 0.0, 0.0, 0.0], [0.0, 2.0 / 11.0, 0.0, 0.0], [0.0, 0.0, -0.1, 0.0], [0.0, 0.0, 0.0, 1.0]];
    let mut explorer = opened();
    explorer.gizmo = Some(Gizmo { centre: [0.0, 1.5, 0.0], radius: 0.8, lens: Lens { clip, size: [900.0, 1100.0] } });
    explorer
}

#[test]
fn a_ring_is_dragged_to_turn_it_and_keeps_the_pointer_from_the_view() {
    let mut h = harness(ringed());
    let right = |dx: f32, dy: f32| egui::pos2(450.0 + 80.0 * 0.5f32.sqrt() + dx, 400.0 - 80.0 * 0.5f32.sqrt() + dy);
    h.hover_at(right(30.0, 0.0));
    h.run();
    assert!(!h.state().grips, "beside the ring the view has the pointer");
    h.hover_at(right(0.0, 0.0));
    h.run();
    assert!(h.state().grips && h.state_mut().take_commands().is_empty());
    h.drag_at(right(0.0, 0.0));
    h.run();
    h.hover_at(right(-8.0, -8.0));
    h.run();
    let turned = h.state().own.as_ref().unwrap().turn;
    assert!(turned[0] == 0.0 && turned[1] == 0.0 && (turned[2] - 8.0).abs() <= 1.0, "{turned:?}");
    assert_eq!(h.state_mut().take_commands(), [Command::Turn]);
    h.drop_at(right(-8.0, -8.0));
    h.run();
    h.hover_at(right(-40.0, -40.0));
    h.run();
    assert_eq!(h.state().own.as_ref().unwrap().turn, turned, "the hand has let go");
}
