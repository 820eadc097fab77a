//! Shelves, tiles, favourites and breeding.

use atlasforge::viewer::state::{BATCH, Born, Change, Command, Explorer, Pane, Samples, Shelf};
use egui::accesskit::Role;
use egui::{Key, Modifiers, PointerButton};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use super::{axes, click, explorer, harness, latent};

/// The gallery with random samples in it, in front.
fn open() -> Harness<'static, Explorer> {
    let mut start = explorer(Some(axes()));
    start.model.hash = "model".into();
    start.layout.open(Pane::Gallery);
    let mut h = harness(start);
    let commands = h.state_mut().take_commands();
    let [Command::Sample(Samples { seeds, .. })] = &commands[..] else { panic!("{commands:?}") };
    assert_eq!(*seeds, 1..1 + BATCH as u64);
    let shapes = seeds.clone().map(|seed| latent(|i| (seed as f32 * (i + 1) as f32).sin())).collect();
    h.state_mut().put_samples(seeds.clone(), shapes);
    h.run();
    h
}

fn ctrl_click(h: &mut Harness<'_, Explorer>, name: &str) {
    let at = h.get_by_role_and_label(Role::Button, name).rect().center();
    let button = |pressed| egui::Event::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::COMMAND,
    };
    h.event(egui::Event::PointerMoved(at));
    h.input_mut().modifiers = Modifiers::COMMAND;
    h.event_modifiers(button(true), Modifiers::COMMAND);
    h.event_modifiers(button(false), Modifiers::COMMAND);
    h.run();
    h.input_mut().modifiers = Modifiers::NONE;
    h.run();
}

fn shown(h: &Harness<'_, Explorer>, name: &str) -> bool {
    h.query_by_role_and_label(Role::Button, name).is_some()
}

#[test]
fn samples_are_taken_by_a_click_and_their_pictures_asked_for() {
    let mut h = open();
    let wanted = h.state().gallery.pictures.wanted();
    assert!(!wanted.is_empty() && wanted[0].id == h.state().gallery.random[0].id);
    click(&mut h, Role::Button, "random 2");
    assert_eq!(h.state().latent, h.state().gallery.random[1].latent);
    h.key_press_modifiers(Modifiers::SHIFT, Key::N);
    h.run();
    let commands = h.state_mut().take_commands();
    assert!(matches!(&commands[..], [Command::Sample(Samples { seeds, .. })] if seeds.start == 1 + BATCH as u64));
    assert!(h.state().gallery.random.is_empty() && h.state().gallery.sampling);
}

#[test]
fn a_favourite_is_kept_by_key_and_star_renamed_deleted_and_brought_back() {
    let mut h = open();
    click(&mut h, Role::Button, "random 1");
    h.key_press(Key::K);
    h.run();
    click(&mut h, Role::Button, "Keep random 3");
    let names = |h: &Harness<'_, Explorer>| -> Vec<String> {
        h.state().favourites.entries().iter().map(|f| f.name.clone()).collect()
    };
    assert_eq!(names(&h), ["random 1", "random 3"]);
    let kept = |c: &Command| matches!(c, Command::Keep(Change::Add { .. }));
    assert_eq!(h.state_mut().take_commands().iter().filter(|c| kept(c)).count(), 2);
    click(&mut h, Role::Button, "Favourites");
    assert!(shown(&h, "random 1") && shown(&h, "random 3") && !shown(&h, "random 2"));
    h.key_press(Key::F2);
    h.run();
    let field = h.get_by_role_and_label(Role::TextInput, "New name");
    assert!(field.accesskit_node().is_focused());
    field.type_text(" of the lake");
    h.run();
    h.key_press(Key::Enter);
    h.run();
    assert_eq!(names(&h), ["random 1 of the lake", "random 3"]);
    // The one on screen.
    h.key_press(Key::Delete);
    h.run();
    assert_eq!(names(&h), ["random 3"]);
    click(&mut h, Role::Button, "Delete random 3");
    assert!(names(&h).is_empty());
    h.key_press_modifiers(Modifiers::SHIFT, Key::Delete);
    h.run();
    h.key_press_modifiers(Modifiers::SHIFT, Key::Delete);
    h.run();
    assert_eq!(names(&h), ["random 1 of the lake", "random 3"]);
}

#[test]
fn parents_are_picked_and_bred() {
    let mut h = open();
    ctrl_click(&mut h, "random 1");
    assert_eq!(h.state().gallery.parents.len(), 1);
    h.key_press(Key::B);
    h.run();
    assert!(h.state().gallery.children.is_empty());
    ctrl_click(&mut h, "random 2");
    h.key_press(Key::B);
    h.run();
    assert_eq!((h.state().gallery.shelf, h.state().gallery.children.len()), (Shelf::Children, BATCH));
    click(&mut h, Role::Button, "child 1");
    h.key_press(Key::K);
    h.run();
    let kept = &h.state().favourites.entries()[0];
    let parents: Vec<&str> = kept.parents.iter().map(|p| p.name.as_str()).collect();
    assert_eq!((kept.born, parents), (Born::Child, vec!["random 1", "random 2"]));
}

#[test]
fn neighbours_follow_the_key_and_the_strength() {
    let mut h = open();
    h.key_press(Key::N);
    h.run();
    let first = h.state().gallery.neighbours.clone();
    assert_eq!((first.len(), &first[0].latent), (BATCH, &h.state().latent));
    click(&mut h, Role::Button, "neighbour 3");
    assert_eq!(h.state().latent, first[3].latent);
    click(&mut h, Role::Button, "Around this one N");
    assert_eq!(h.state().gallery.neighbours[0].name, "neighbour 3");
}

#[test]
fn a_favourite_of_another_model_is_greyed_with_its_reason() {
    let mut h = open();
    h.key_press(Key::K);
    h.run();
    let kept = h.state().favourites.entries()[0].clone();
    h.state_mut().model.hash = "another".into();
    click(&mut h, Role::Button, "Favourites");
    let tile = h.get_by_role_and_label(Role::Button, &kept.name);
    assert!(tile.accesskit_node().is_disabled());
    let before = h.state().latent.clone();
    h.state_mut().latent = latent(|_| 0.7);
    h.get_by_role_and_label(Role::Button, &kept.name).hover();
    h.run_steps(60);
    assert!(h.query_by_label_contains("Made by the model test").is_some());
    h.get_by_role_and_label(Role::Button, &kept.name).click();
    h.run();
    assert_ne!(h.state().latent, before);
    // A saved picture may be shown, but nothing can be drawn.
    let wanted = h.state().gallery.pictures.wanted().iter().find(|w| w.id == kept.id).cloned().unwrap();
    assert_eq!((wanted.latent, wanted.saved), (None, Some(format!("thumbnails/{}.png", kept.id))));
}

#[test]
fn ten_thousand_favourites_freeze_no_frame() {
    let mut start = explorer(Some(axes()));
    start.model.hash = "model".into();
    for i in 0..10_000 {
        start.latent = latent(|k| ((i * 31 + k) as f32).sin());
        let tile = start.current();
        // As if loaded: names need not be free.
        let favourite = atlasforge::viewer::state::Favourite {
            id: tile.id,
            name: format!("kept {i}"),
            model: Default::default(),
            latent: tile.latent,
            length: None,
            born: Born::Made,
            parents: Vec::new(),
            thumbnail: None,
        };
        start.favourites.apply(&Change::Add { favourite: Box::new(favourite), at: usize::MAX });
    }
    start.take_commands();
    start.gallery.shelf = Shelf::Favourites;
    start.layout.open(Pane::Gallery);
    start.layout.open(Pane::Map);
    let mut h = harness(start);
    let time = std::time::Instant::now();
    h.run_steps(10);
    let frame = time.elapsed() / 10;
    // Tiles in sight only; on a busy machine, with layout and accessibility tree.
    assert!(frame.as_millis() < 50, "{frame:?} a frame");
    assert!(shown(&h, "kept 0") && !shown(&h, "kept 9000"));
    assert!(h.state().gallery.pictures.wanted().len() < 100);
}
