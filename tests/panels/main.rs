//! The panels, driven through their accessibility tree: no window, no GPU, no model.
#![cfg(feature = "viewer")]

mod demo;
mod files;
mod gallery;
mod look;
mod map;
mod own;
mod patches;
mod ready;
mod training;

use atlasforge::class::Class;
use atlasforge::forge::Forge;
use atlasforge::latent::{Axes, Latent, lerp, slerp};
use atlasforge::model::Codebook;
use atlasforge::model::checkpoint::Checkpoint;
use atlasforge::viewer::panels;
use atlasforge::viewer::state::{BlendPath, Command, Explorer, Level, ModelView, Origin, OwnTime, Pane, Slot, Source};
use egui::accesskit::{Action, ActionData, ActionRequest, NodeId, Role, TreeId};
use egui::{Key, Modifiers, PointerButton};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

mod edits;

const DIM: usize = 10;

fn latent(values: impl Fn(usize) -> f32) -> Latent {
    Latent::new(1, DIM, (0..DIM).map(values).collect()).unwrap()
}

/// Ten dimensions whose axes are no coordinate axes: neighbours are turned into each other by 30 degrees.
fn axes() -> Axes {
    let (s, c) = 30f32.to_radians().sin_cos();
    let directions = (0..DIM)
        .map(|a| {
            let mut row = vec![0.0; DIM];
            let (even, odd) = (a / 2 * 2, a / 2 * 2 + 1);
            (row[even], row[odd]) = if a % 2 == 0 { (c, s) } else { (-s, c) };
            row
        })
        .collect();
    let deviations = (0..DIM).map(|a| 2.0 - 0.15 * a as f32).collect();
    Axes { mean: vec![0.1; DIM], directions, deviations, shares: vec![] }
}

fn explorer(axes: Option<Axes>) -> Explorer {
    let card = vec![("Network".into(), "vae, 25 patches".into())];
    let model = ModelView { axes, card, ..ModelView::plain("test", Class::Sword, latent(|_| 0.1)) };
    let source = |name: &str, origin, seed: f32| Source {
        name: name.into(),
        origin,
        latent: latent(|i| (seed * (i + 1) as f32).sin()),
        length: None,
        own_length: 1.0,
    };
    Explorer::new(
        model,
        vec![
            source("sword-0007", Origin::Procedural, 0.3),
            source("Claymore", Origin::Real, 0.7),
            source("Rapier", Origin::Real, 1.1),
        ],
    )
}

fn harness(explorer: Explorer) -> Harness<'static, Explorer> {
    let mut harness = Harness::builder().with_size([900.0, 1100.0]).build_ui_state(
        |ui, explorer: &mut Explorer| {
            panels::theme::apply(ui.ctx());
            panels::show(ui, explorer);
        },
        explorer,
    );
    harness.run();
    harness
}

/// Sets a slider as assistive technology does.
fn set(harness: &mut Harness<'_, Explorer>, slider: &str, value: f64) {
    let node = harness.get_by_role_and_label(Role::Slider, slider).accesskit_node().locate();
    set_at(harness, node, value);
}

fn set_at(harness: &mut Harness<'_, Explorer>, (target_node, target_tree): (NodeId, TreeId), value: f64) {
    harness.event(egui::Event::AccessKitActionRequest(ActionRequest {
        action: Action::SetValue,
        target_tree,
        target_node,
        data: Some(ActionData::NumericValue(value)),
    }));
    harness.run();
}

fn click(harness: &mut Harness<'_, Explorer>, role: Role, name: &str) {
    harness.get_by_role_and_label(role, name).click();
    harness.run();
}

/// Buttons with a shortcut carry it in their name.
fn click_button(harness: &mut Harness<'_, Explorer>, part: &str) {
    harness.get(egui_kittest::kittest::By::new().role(Role::Button).label_contains(part)).click();
    harness.run();
}

fn sliders(harness: &Harness<'_, Explorer>, prefix: &str) -> usize {
    harness
        .query_all_by_role(Role::Slider)
        .filter(|n| n.accesskit_node().label().is_some_and(|l| l.starts_with(prefix)))
        .count()
}

#[test]
fn an_axis_slider_moves_the_latent_along_its_axis_only() {
    let mut h = harness(explorer(Some(axes())));
    set(&mut h, "Axis 3", 1.5);
    let axes = axes();
    for axis in 0..DIM {
        let expected = if axis == 2 { 1.5 } else { 0.0 };
        let found = axes.coordinate(&h.state().latent, axis);
        assert!((found - expected).abs() < 1e-4, "axis {axis}: {found}");
    }
}

#[test]
fn codes_are_shown_and_chosen_where_there_is_a_codebook() {
    let plain = harness(explorer(None));
    assert!(plain.query_by_role_and_label(Role::SpinButton, "Code 1").is_none());
    // Two segments of five numbers, three codes each: all zeros, ones, twos.
    let vectors = (0..2 * 3 * 5).map(|i| ((i / 5) % 3) as f32).collect();
    let book = Codebook::new(2, 3, vectors, vec![1.0, 2.0, 0.0, 1.0, 1.0, 1.0]).unwrap();
    let mut quantised = explorer(None);
    quantised.codebook = Some(std::sync::Arc::new(book));
    quantised.latent = latent(|i| if i < 5 { 0.9 } else { 0.2 });
    let mut h = harness(quantised);
    let shown = |h: &Harness<'_, Explorer>, name: &str| {
        h.get_by_role_and_label(Role::SpinButton, name).accesskit_node().numeric_value().unwrap()
    };
    assert_eq!((shown(&h, "Code 1"), shown(&h, "Code 2")), (1.0, 0.0));
    let (target_node, target_tree) = h.get_by_role_and_label(Role::SpinButton, "Code 2").accesskit_node().locate();
    h.event(egui::Event::AccessKitActionRequest(ActionRequest {
        action: Action::SetValue,
        target_tree,
        target_node,
        data: Some(ActionData::NumericValue(2.0)),
    }));
    h.run();
    assert_eq!(shown(&h, "Code 2"), 2.0);
    assert_eq!(h.state().latent, latent(|i| if i < 5 { 0.9 } else { 2.0 }));
    // A slider moves the vector; the code follows once another is nearer.
    set(&mut h, "z5", 1.2);
    assert_eq!(shown(&h, "Code 2"), 2.0);
    for name in ["z6", "z7", "z8"] {
        set(&mut h, name, -1.0);
    }
    assert_eq!(shown(&h, "Code 2"), 0.0);
}

#[test]
fn a_pointer_drags_a_slider_and_a_double_click_resets_it() {
    let mut h = harness(explorer(Some(axes())));
    let rect = h.get_by_role_and_label(Role::Slider, "Axis 1").rect();
    h.hover_at(rect.center());
    h.drag_at(rect.center());
    h.step();
    h.hover_at(rect.lerp_inside([0.8, 0.5]));
    h.step();
    let dragged = axes().coordinate(&h.state().latent, 0);
    h.drop_at(rect.lerp_inside([0.8, 0.5]));
    h.run();
    assert!((1.0..2.9).contains(&dragged), "{dragged}");
    assert!((axes().coordinate(&h.state().latent, 0) - dragged).abs() < 1e-4);
    for _ in 0..2 {
        h.get_by_role_and_label(Role::Slider, "Axis 1").click();
    }
    h.run();
    assert!(axes().coordinate(&h.state().latent, 0).abs() < 1e-4);
    set(&mut h, "Axis 1", 2.0);
    h.get_by_role_and_label(Role::Slider, "Axis 1").click_button(PointerButton::Secondary);
    h.run();
    assert!(axes().coordinate(&h.state().latent, 0).abs() < 1e-4);
}

#[test]
fn sizes_and_files_are_called_as_the_model_s_class_is() {
    let shown = |class: Class| {
        let mut start = Explorer::new(ModelView { class, ..explorer(None).model }, Vec::new());
        start.stats.size = Some([0.105, 0.8, 0.0072]);
        let name = start.export_path.clone();
        let h = harness(start);
        let says = |text: &str| h.query_by_label_contains(text).is_some();
        (name, says("0.80 m long, 10 cm wide, 0.7 cm thick"), says("0.1 m from tip to tip"))
    };
    assert_eq!(shown(Class::Sword), ("sword.glb".to_owned(), true, false));
    assert_eq!(shown(Class::Plane), ("plane.glb".to_owned(), false, true));
}

#[test]
fn a_latent_beyond_the_sliders_stays_until_it_is_touched() {
    let mut start = explorer(Some(axes()));
    axes().set_coordinate(&mut start.latent, 0, 5.0);
    let before = start.latent.clone();
    let mut h = harness(start);
    h.run_steps(3);
    assert_eq!(h.state().latent, before);
}

#[test]
fn reset_restores_the_average_shape_and_its_length() {
    let mut h = harness(explorer(Some(axes())));
    set(&mut h, "Axis 1", 2.0);
    set(&mut h, "Length", 1.7);
    assert!(h.state().latent != h.state().model.mean && h.state().length.is_some());
    click_button(&mut h, "Reset");
    assert_eq!((&h.state().latent, h.state().length), (&h.state().model.mean, None));
    set(&mut h, "Axis 2", -2.0);
    h.key_press(Key::Home);
    h.run();
    assert_eq!(h.state().latent, h.state().model.mean);
}

#[test]
fn random_asks_for_the_next_seed_and_shows_it() {
    let mut h = harness(explorer(Some(axes())));
    click_button(&mut h, "Random");
    h.key_press(Key::R);
    h.run();
    assert_eq!(h.state_mut().take_commands(), [Command::Random { seed: 1 }, Command::Random { seed: 2 }]);
    click_button(&mut h, "Seed 2");
    let shown = h.get_by_role_and_label(Role::SpinButton, "Seed");
    assert_eq!(shown.accesskit_node().numeric_value(), Some(2.0));
}

#[test]
fn eight_axes_are_shown_first_and_all_on_demand() {
    let mut h = harness(explorer(Some(axes())));
    assert_eq!(sliders(&h, "Axis "), 8);
    click(&mut h, Role::Button, "2 more axes");
    assert_eq!(sliders(&h, "Axis "), DIM);
    click(&mut h, Role::Button, "Fewer axes");
    assert_eq!(sliders(&h, "Axis "), 8);
}

#[test]
fn raw_numbers_replace_the_axes_and_edit_one_number_each() {
    let mut h = harness(explorer(Some(axes())));
    click(&mut h, Role::Button, "Numbers");
    assert_eq!((sliders(&h, "z"), sliders(&h, "Axis ")), (DIM, 0));
    set(&mut h, "z4", -1.25);
    assert_eq!(h.state().latent, latent(|i| if i == 4 { -1.25 } else { 0.1 }));
    click(&mut h, Role::Button, "Axes");
    assert_eq!(sliders(&h, "Axis "), 8);
}

#[test]
fn a_model_without_axes_offers_its_raw_dimensions() {
    let h = harness(explorer(None));
    assert_eq!(sliders(&h, "z"), DIM);
    assert!(h.query_by_label("Axes").is_none());
}

/// Opens a picker and clicks a name in its list.
fn pick(h: &mut Harness<'_, Explorer>, slot: &str, name: &str) {
    click(h, Role::ComboBox, slot);
    h.get_by_role_and_label(Role::Button, name).click();
    h.run();
}

#[test]
fn a_and_b_are_picked_and_blended() {
    let mut h = harness(explorer(Some(axes())));
    pick(&mut h, "A", "Claymore");
    let (a, b) = (h.state().blend.sources[0].latent.clone(), h.state().blend.sources[2].latent.clone());
    assert_eq!(h.state().latent, a);
    pick(&mut h, "B", "sword-0007");
    assert_eq!((h.state().blend.at, &h.state().latent), (1.0, &b));
    set(&mut h, "A to B", 0.25);
    assert_eq!(h.state().latent, lerp(&a, &b, 0.25));
    click(&mut h, Role::Button, "Arc");
    assert_eq!((h.state().blend.path, &h.state().latent), (BlendPath::Spherical, &slerp(&a, &b, 0.25)));
    let before = h.state().latent.clone();
    click(&mut h, Role::Button, "Swap");
    assert_eq!((h.state().blend.at, &h.state().latent), (0.75, &before));
    assert_eq!(h.state().blend.picked(Slot::A).unwrap().name, "sword-0007");
}

#[test]
fn a_picker_lists_real_swords_first_and_can_be_searched() {
    let mut h = harness(explorer(Some(axes())));
    click(&mut h, Role::ComboBox, "A");
    let top = |name: &str| h.get_by_label(name).rect().top();
    assert!(top("Real swords") < top("Claymore") && top("Rapier") < top("Procedural swords"));
    assert!(top("Procedural swords") < top("sword-0007"));
    h.get_by_role_and_label(Role::TextInput, "Search").focus();
    h.run();
    h.get_by_role_and_label(Role::TextInput, "Search").type_text("rapi");
    h.run();
    assert!(h.query_by_label("Rapier").is_some() && h.query_by_label("Claymore").is_none());
}

#[test]
fn blending_waits_for_both_ends() {
    let mut h = harness(explorer(Some(axes())));
    assert!(h.query_by_label("Pick A and B to blend them.").is_some());
    assert!(h.get_by_role_and_label(Role::Slider, "A to B").accesskit_node().is_disabled());
    pick(&mut h, "A", "Rapier");
    pick(&mut h, "B", "Claymore");
    assert!(h.query_by_label("Pick A and B to blend them.").is_none());
}

#[test]
fn a_length_overrides_the_models_own() {
    let mut start = explorer(Some(axes()));
    start.own_length = 0.95;
    let mut h = harness(start);
    set(&mut h, "Length", 1.4);
    assert_eq!(h.state().length, Some(1.4));
    click(&mut h, Role::CheckBox, "Model's own length (0.95 m)");
    assert_eq!((h.state().length, h.state().shown_length()), (None, 0.95));
    click(&mut h, Role::CheckBox, "Model's own length (0.95 m)");
    assert_eq!(h.state().length, Some(0.95));
    // What is typed may lie beyond the slider.
    let typed =
        |n: &egui_kittest::Node<'_>| n.accesskit_node().numeric_value().is_some_and(|x| (x - 0.95).abs() < 1e-6);
    let field = h.get_all_by_role(Role::SpinButton).find(typed).unwrap().accesskit_node().locate();
    set_at(&mut h, field, 3.0);
    assert_eq!(h.state().length, Some(3.0));
}

#[test]
fn known_lengths_are_picked_and_blended_until_one_is_set() {
    let mut start = explorer(Some(axes()));
    for (source, length) in start.blend.sources.iter_mut().zip([Some(1.4), Some(1.0), None]) {
        source.length = length;
    }
    let mut h = harness(start);
    pick(&mut h, "A", "Claymore");
    assert_eq!(h.state().length, Some(1.4));
    assert!(h.query_by_label("The length of what was picked or opened").is_some());
    pick(&mut h, "B", "Rapier");
    set(&mut h, "A to B", 0.5);
    assert!((h.state().shown_length() - 1.2).abs() < 1e-6);
    set(&mut h, "Length", 0.6);
    set(&mut h, "A to B", 0.25);
    assert_eq!(h.state().length, Some(0.6));
    click(&mut h, Role::CheckBox, "Model's own length (1.00 m)");
    assert_eq!(h.state().length, None);
    set(&mut h, "A to B", 0.75);
    assert!((h.state().shown_length() - 1.1).abs() < 1e-6);
    set(&mut h, "A to B", 1.0);
    pick(&mut h, "B", "sword-0007");
    assert_eq!(h.state().length, None);
    assert!(h.query_by_label("Never measured: this is the model's own length").is_some());
}

#[test]
fn view_settings_follow_their_widgets_and_keys() {
    let mut h = harness(explorer(Some(axes())));
    set(&mut h, "Density", 40.0);
    click(&mut h, Role::CheckBox, "Tint patches");
    assert_eq!((h.state().grid, h.state().tint), (40, true));
    assert_eq!(h.state().triangles(), 25 * 2 * 39 * 39);
    h.key_press(Key::T);
    h.key_press(Key::F);
    h.run();
    assert!(!h.state().tint);
    assert_eq!(h.state_mut().take_commands(), [Command::FrameView]);
}

#[test]
fn export_queues_the_path_by_button_and_key() {
    let mut start = explorer(Some(axes()));
    start.export_path = "out/blade.glb".into();
    let mut h = harness(start);
    click_button(&mut h, "Export GLB");
    h.key_press_modifiers(Modifiers::COMMAND, Key::E);
    h.run();
    let wanted = Command::Export { path: "out/blade.glb".into() };
    assert_eq!(h.state_mut().take_commands(), [wanted.clone(), wanted]);
}

#[test]
fn an_import_names_file_and_slot() {
    let mut start = explorer(Some(axes()));
    let h = harness(start.clone());
    assert!(h.get_by_role_and_label(Role::Button, "Open as B").accesskit_node().is_disabled());
    start.import_path = "meshes/my sword.obj".into();
    let mut h = harness(start);
    click(&mut h, Role::Button, "Open as B");
    let wanted = Command::Import { path: "meshes/my sword.obj".into(), slot: Slot::B };
    assert_eq!(h.state_mut().take_commands(), [wanted]);
}

#[test]
fn letters_typed_into_a_field_are_no_shortcuts() {
    let mut h = harness(explorer(Some(axes())));
    h.get_by_role_and_label(Role::TextInput, "Export path").focus();
    h.run();
    h.key_press(Key::R);
    h.key_press(Key::T);
    h.run();
    assert!(h.state_mut().take_commands().is_empty() && !h.state().tint);
}

#[test]
fn messages_and_figures_are_shown_and_dismissed() {
    let mut start = explorer(Some(axes()));
    start.error("missing.obj: no such file. Check the path.");
    start.stats.decode_ms = Some(0.424);
    start.stats.fps = Some(59.6);
    start.stats.own_time = Some(OwnTime { last: 2.0, mean: 1.31, parts: vec![("explore::ui", 0.75)] });
    start.stats.adapter = "Test adapter".into();
    let mut h = harness(start);
    assert!(h.query_by_label("missing.obj: no such file. Check the path.").is_some());
    assert!(h.query_by_label_contains("decode 0.42 ms   CPU 1.3 ms   60 fps").is_some());
    assert!(h.query_by_label_contains("triangles   Test adapter").is_some());
    assert_eq!(h.state().messages[0].level, Level::Error);
    click(&mut h, Role::Button, "Dismiss");
    assert!(h.state().messages.is_empty());
}

#[test]
fn rectangles_are_recorded_on_request() {
    let mut start = explorer(Some(axes()));
    assert!(harness(start.clone()).state().rects.is_empty());
    start.record_rects = true;
    let h = harness(start);
    let rect = h.get_by_role_and_label(Role::Slider, "Axis 1").rect();
    let recorded = h.state().rects.iter().find(|r| r.name == "Axis 1").unwrap();
    assert_eq!(recorded.rect, [rect.left(), rect.top(), rect.right(), rect.bottom()]);
}

#[test]
fn a_model_fills_the_panels() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny.safetensors");
    let forge = Forge::new(Checkpoint::read(&path).unwrap()).unwrap();
    let mut h = Harness::builder().with_size([900.0, 1100.0]).build_ui_state(
        |ui, explorer: &mut Explorer| {
            panels::show(ui, explorer);
            explorer.settle(&forge);
        },
        Explorer::of(&forge, "tiny"),
    );
    h.run();
    let config = &forge.checkpoint().config;
    assert_eq!(h.state().blend.sources.len(), forge.checkpoint().meta.encoded.len());
    click_button(&mut h, "Random");
    let drawn = h.state().latent.clone();
    assert_eq!(drawn, forge.sample(&mut ChaCha8Rng::seed_from_u64(1)));
    assert_eq!(h.state().own_length, forge.placement(&drawn, None).length);
    assert!(h.state().commands().is_empty());
    assert_eq!(sliders(&h, "Axis "), 8.min(config.latent_numbers()));
    click_button(&mut h, "Reset");
    assert_eq!(h.state().latent, forge.mean());
}

#[test]
fn panes_open_from_menu_and_keys_and_close_again() {
    let mut h = harness(explorer(Some(axes())));
    assert!(h.query_by_label_contains("vae, 25 patches").is_none());
    click(&mut h, Role::Button, "Window");
    click(&mut h, Role::Button, "Model");
    assert!(h.query_by_label_contains("vae, 25 patches").is_some());
    h.key_press(Key::F1);
    h.run();
    // Another tab is in front now, which lists every key.
    assert!(h.query_by_label_contains("vae, 25 patches").is_none() && h.query_by_label("Ctrl+E").is_some());
    click(&mut h, Role::Button, "Close Keys");
    assert!(h.query_by_label("Ctrl+E").is_none() && h.query_by_label_contains("vae, 25 patches").is_some());
    assert_eq!(h.state().layout.side_of(Pane::Keys), None);
}
