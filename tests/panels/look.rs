//! The look pane, and what its keys do.

use atlasforge::export::{Finish, Outfit};
use atlasforge::viewer::state::{
    Colours, Command, Explorer, Film, FrameSize, Pane, Recording, Room, StudioCommand, Surface, View,
};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use super::{axes, click, explorer, set};

fn looking() -> Harness<'static, Explorer> {
    let mut explorer = explorer(Some(axes()));
    explorer.model.parts = ["blade", "guard", "grip", "pommel"].map(String::from).into();
    explorer.layout.open(Pane::Look);
    let mut harness = Harness::builder().with_size([1000.0, 1100.0]).build_ui_state(
        |ui, explorer: &mut Explorer| {
            if ui.ctx().cumulative_pass_nr() == 0 {
                atlasforge::viewer::panels::theme::apply(ui.ctx());
            }
            atlasforge::viewer::panels::show(ui, explorer);
        },
        explorer,
    );
    harness.run();
    harness
}

fn press(harness: &mut Harness<'_, Explorer>, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run();
}

/// What was asked for since the last call.
fn asked(harness: &mut Harness<'_, Explorer>) -> Vec<StudioCommand> {
    let commands = harness.state_mut().take_commands();
    commands.into_iter().filter_map(|c| if let Command::Studio(c) = c { Some(c) } else { None }).collect()
}

#[test]
fn materials_are_chosen_as_a_set_and_by_part() {
    let mut h = looking();
    click(&mut h, Role::ComboBox, "All");
    click(&mut h, Role::Button, "Ceremonial gold");
    assert_eq!(h.state().look.outfit, Outfit::Ceremonial);
    click(&mut h, Role::ComboBox, "Grip");
    let iron = |n: &egui_kittest::Node<'_>| n.accesskit_node().label().is_some_and(|l| l.contains("Iron"));
    h.query_all_by_role(Role::Button).find(iron).expect("iron is offered").click();
    h.run();
    assert_eq!((h.state().look.finish("grip"), h.state().look.finish("guard")), (Finish::Iron, Finish::Gold));
    press(&mut h, Modifiers::SHIFT, Key::O);
    assert_eq!((h.state().look.outfit, h.state().look.own.len()), (Outfit::Blackened, 0));
}

#[test]
fn surfaces_and_light_answer_keys_and_clicks() {
    let mut h = looking();
    press(&mut h, Modifiers::NONE, Key::W);
    assert_eq!(h.state().look.surface, Surface::Edges);
    press(&mut h, Modifiers::SHIFT, Key::W);
    assert_eq!(h.state().look.surface, Surface::Wireframe);
    press(&mut h, Modifiers::SHIFT, Key::W);
    assert_eq!(h.state().look.surface, Surface::Solid);
    click(&mut h, Role::Button, "X-ray");
    assert_eq!(h.state().look.surface, Surface::XRay);
    click(&mut h, Role::Button, "Night");
    assert_eq!(h.state().look.room, Room::Night);
    set(&mut h, "Exposure", 1.5);
    assert_eq!(h.state().look.exposure, 1.5);
    click(&mut h, Role::CheckBox, "Floor and shadow");
    assert!(!h.state().look.floor);
}

#[test]
fn views_and_references_ask_for_the_camera() {
    let mut h = looking();
    asked(&mut h);
    press(&mut h, Modifiers::NONE, Key::Num7);
    press(&mut h, Modifiers::COMMAND, Key::Num3);
    click(&mut h, Role::Button, "Front");
    assert_eq!(asked(&mut h), [View::Top, View::Left, View::Front].map(StudioCommand::Face));
    click(&mut h, Role::CheckBox, "Ruler");
    press(&mut h, Modifiers::SHIFT, Key::M);
    let look = &h.state().look;
    assert!(look.ruler && look.figure && !look.hand);
    assert_eq!(asked(&mut h), [StudioCommand::Focus, StudioCommand::Focus]);
    press(&mut h, Modifiers::NONE, Key::O);
    assert!(h.state().look.turning);
}

#[test]
fn pictures_and_turns_are_asked_for_once_and_can_be_stopped() {
    let mut h = looking();
    asked(&mut h);
    press(&mut h, Modifiers::SHIFT, Key::F12);
    click(&mut h, Role::Button, "Save turn");
    assert_eq!(asked(&mut h), [StudioCommand::Picture, StudioCommand::Record]);
    assert!(h.query_by_role_and_label(Role::Button, "Stop").is_none());
    h.state_mut().film.recording = Some(Recording { drawn: 7, frames: 48, writing: false });
    h.run();
    press(&mut h, Modifiers::COMMAND, Key::F12);
    click(&mut h, Role::Button, "Stop");
    assert_eq!(asked(&mut h), [StudioCommand::StopRecording], "nothing else is begun meanwhile");
    let film: Film = serde_json::from_str(&serde_json::to_string(&h.state().film).unwrap()).unwrap();
    assert_eq!((film.recording, film.size), (None, FrameSize::View(2)), "what is under way is not remembered");
}

#[test]
fn colours_and_scale_follow_their_keys() {
    let mut h = looking();
    assert!(h.ctx.style_of(h.ctx.theme()).visuals.dark_mode);
    press(&mut h, Modifiers::NONE, Key::F10);
    assert_eq!(h.state().look.colours, Colours::Light);
    h.run();
    assert!(!h.ctx.style_of(h.ctx.theme()).visuals.dark_mode);
    press(&mut h, Modifiers::COMMAND, Key::Plus);
    press(&mut h, Modifiers::COMMAND, Key::Equals);
    assert_eq!(h.state().look.zoom, 1.2);
    h.run();
    assert!((h.ctx.zoom_factor() - 1.2).abs() < 1e-6);
    press(&mut h, Modifiers::COMMAND, Key::Num0);
    assert_eq!(h.state().look.zoom, 1.0);
}
