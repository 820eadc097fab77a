//! The demo's window: words while it walks, large widgets once somebody takes over.

use atlasforge::viewer::panels;
use atlasforge::viewer::state::{Explorer, Mode};
use egui::accesskit::Role;
use egui::{Event, Key, Modifiers, MouseWheelUnit, PointerButton, Pos2, TouchPhase, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use super::{axes, explorer, set};

/// Seconds of a frame.
const FRAME: f32 = 0.1;

/// The demo as the app drives it: a frame's time passes, then the panels are shown.
fn harness(start: Explorer, size: [f32; 2]) -> Harness<'static, Explorer> {
    let mut harness = Harness::builder().with_size(size).with_max_steps(30).build_ui_state(
        |ui, explorer: &mut Explorer| {
            panels::theme::apply(ui.ctx());
            explorer.advance_demo(FRAME);
            panels::show(ui, explorer);
        },
        start,
    );
    harness.run_steps(2);
    harness
}

fn walking() -> Harness<'static, Explorer> {
    let mut start = explorer(Some(axes()));
    start.start_demo();
    harness(start, [1280.0, 720.0])
}

fn mode(h: &Harness<'_, Explorer>) -> Mode {
    h.state().demo.mode()
}

/// What the labels say, one after another.
fn words(h: &Harness<'_, Explorer>) -> String {
    let labels = h.query_all_by_role(Role::Label);
    labels.filter_map(|n| n.accesskit_node().value()).collect::<Vec<_>>().join("\n")
}

#[test]
fn it_says_from_where_to_where_it_walks_and_shows_no_panel() {
    let mut h = walking();
    let first = h.state().heading();
    assert!(first.1.is_none() && words(&h).contains(&first.0), "{}", words(&h));
    assert!(h.query_by_role_and_label(Role::Slider, "Axis 1").is_none());
    h.run_steps(80);
    let (from, Some(to)) = h.state().heading() else { panic!("it stands still") };
    assert!(words(&h).contains(&format!("{from}\n→ {to}")), "{}", words(&h));
    assert_eq!(mode(&h), Mode::Walking);
}

#[test]
fn a_visitor_deletes_no_favourite() {
    let mut h = walking();
    h.key_press(Key::M);
    h.run_steps(3);
    assert_eq!(mode(&h), Mode::Taken);
    let tile = h.state().current();
    h.state_mut().favour(&tile);
    h.key_press(Key::Delete);
    h.run_steps(3);
    assert_eq!((mode(&h), h.state().favourites.entries().len()), (Mode::Taken, 1));
}

#[test]
fn whatever_is_touched_takes_over_and_the_shape_stays() {
    let at = Pos2::new(700.0, 300.0);
    let modifiers = Modifiers::NONE;
    let touches: [(&str, Vec<Event>); 4] = [
        ("key", vec![Event::Key { key: Key::A, physical_key: None, pressed: true, repeat: false, modifiers }]),
        ("button", vec![Event::PointerButton { pos: at, button: PointerButton::Primary, pressed: true, modifiers }]),
        (
            "wheel",
            vec![Event::MouseWheel {
                unit: MouseWheelUnit::Line,
                delta: vec2(0.0, 1.0),
                phase: TouchPhase::Move,
                modifiers,
            }],
        ),
        ("pointer", vec![Event::PointerMoved(at), Event::PointerMoved(at + vec2(40.0, 0.0))]),
    ];
    for (what, events) in touches {
        let mut h = walking();
        h.run_steps(70);
        assert_eq!(mode(&h), Mode::Walking);
        events.into_iter().for_each(|event| h.event(event));
        h.step();
        let here = h.state().latent.clone();
        assert_eq!(mode(&h), Mode::Taken, "{what}");
        h.run_steps(5);
        assert_eq!(h.state().latent, here, "{what} changed the shape");
    }
    // The key that began it is let go of, and the table shakes.
    let mut h = walking();
    h.event(Event::Key { key: Key::F5, physical_key: None, pressed: false, repeat: false, modifiers });
    h.event(Event::PointerMoved(at));
    h.run_steps(30);
    h.event(Event::PointerMoved(at + vec2(3.0, 2.0)));
    h.run_steps(2);
    assert_eq!(mode(&h), Mode::Walking);
}

#[test]
fn a_visitor_has_large_widgets_and_the_walk_goes_on_when_they_leave() {
    let mut h = walking();
    h.state_mut().demo.idle = 600.0;
    h.run_steps(80);
    h.key_press(Key::Space);
    h.run_steps(3);
    assert_eq!(mode(&h), Mode::Taken);
    // Fingers need room.
    for button in ["Surprise me", "Keep", "Undo", "Go on"] {
        let rect = h.get_by_role_and_label(Role::Button, button).rect();
        assert!(rect.height() >= 44.0 && rect.width() >= 120.0, "{button}: {rect:?}");
        assert!(rect.bottom() < 720.0 && rect.left() > 0.0, "{button} lies outside: {rect:?}");
    }
    let before = h.state().latent.clone();
    set(&mut h, "Trait 2", 1.5);
    assert!((axes().coordinate(&h.state().latent, 1) - 1.5).abs() < 1e-4 && h.state().latent != before);
    set(&mut h, "Along the way", 1.0);
    assert_eq!(h.state().heading(), (h.state().demo.leg().unwrap().to.title.clone(), None));
    h.get_by_role_and_label(Role::Button, "Keep").click();
    h.run_steps(2);
    assert_eq!(h.state().favourites.entries().len(), 1);
    let here = h.state().latent.clone();
    h.run_steps(40);
    assert_eq!(mode(&h), Mode::Taken);
    let quiet = 600.0 - h.state().demo.remaining();
    h.state_mut().demo.idle = quiet + 1.0;
    h.run_steps(15);
    assert_eq!((mode(&h), &h.state().latent), (Mode::Walking, &here));
}

#[test]
fn a_key_and_a_menu_entry_begin_it_and_escape_ends_it() {
    let mut h = harness(explorer(Some(axes())), [1280.0, 720.0]);
    h.key_press(Key::F5);
    h.run_steps(3);
    assert_eq!(mode(&h), Mode::Walking);
    h.key_press(Key::Escape);
    h.run_steps(3);
    assert_eq!(mode(&h), Mode::Off);
    assert!(h.query_by_role_and_label(Role::Slider, "Axis 1").is_some());
    // The menu, not the section of that name further down.
    h.query_all_by_role_and_label(Role::Button, "View").next().unwrap().click();
    h.run_steps(2);
    h.get_by_role_and_label(Role::Button, "Demo").click();
    h.run_steps(3);
    assert_eq!(mode(&h), Mode::Walking);
    h.key_press(Key::Q);
    h.run_steps(3);
    assert_eq!(mode(&h), Mode::Taken);
    h.key_press(Key::Escape);
    h.run_steps(3);
    assert_eq!(mode(&h), Mode::Off);
}

#[test]
fn it_fits_whatever_screen_it_gets_and_outlives_one_of_no_size() {
    for size in [[1920.0, 1080.0], [3840.0, 2160.0], [1080.0, 1920.0], [640.0, 400.0], [320.0, 240.0], [1.0, 1.0]] {
        let mut start = explorer(Some(axes()));
        start.record_rects = true;
        start.blend.sources.iter_mut().for_each(|s| s.name = format!("{} of a name that does not end", s.name));
        start.start_demo();
        let mut h = harness(start, size);
        h.run_steps(80);
        let name = h.state().rects.iter().find(|r| r.name == "demo name").expect("a name").rect;
        let zoom = h.ctx.zoom_factor();
        if size[0] > 200.0 {
            assert!(name[0] >= 0.0 && name[2] * zoom <= size[0] + 1.0, "{size:?}: {name:?} at {zoom}");
            assert!(name[1] >= 0.0 && name[3] * zoom <= size[1], "{size:?}: {name:?} at {zoom}");
        }
        h.key_press(Key::Space);
        h.run_steps(5);
        assert_eq!(mode(&h), Mode::Taken);
    }
}
