//! The map: hover, click, walk, zoom, points.

use atlasforge::viewer::state::{Explorer, MapFrame, Mark, Pane, Slot};
use egui::accesskit::Role;
use egui::{Key, PointerButton, Pos2, Rect};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::{axes, explorer, harness};

fn open() -> Harness<'static, Explorer> {
    let mut start = explorer(Some(axes()));
    start.layout.open(Pane::Map);
    harness(start)
}

fn rect(h: &Harness<'_, Explorer>) -> Rect {
    h.get_by_label("Map of shapes").rect()
}

fn frame(h: &Harness<'_, Explorer>) -> MapFrame {
    let r = rect(h);
    let map = &h.state().map;
    MapFrame { rect: [r.left(), r.top(), r.right(), r.bottom()], centre: map.centre, radius: map.radius }
}

/// A place of the map that is near no point.
fn free(h: &Harness<'_, Explorer>) -> Pos2 {
    let frame = frame(h);
    let mut places = (1..40).map(|i| Pos2::from(frame.to_screen([0.05 * i as f32 - 1.0, 0.07 * i as f32 - 1.5])));
    places.find(|p| h.state().map.nearest(frame, (*p).into()).is_none()).unwrap()
}

#[test]
fn hover_shows_a_sword_and_leaves_the_current_one() {
    let mut h = open();
    let before = h.state().latent.clone();
    let place = free(&h);
    h.hover_at(place);
    h.run();
    let at = frame(&h).to_map(place.into());
    let preview = h.state().preview.clone().unwrap();
    let found = [0, 1].map(|axis| axes().coordinate(&preview.latent, axis));
    assert!((found[0] - at[0]).abs() < 1e-3 && (found[1] - at[1]).abs() < 1e-3, "{found:?} {at:?}");
    // The other axes are the current sword's.
    assert!((axes().coordinate(&preview.latent, 4) - axes().coordinate(&before, 4)).abs() < 1e-4);
    assert_eq!((&h.state().latent, h.state().seen().0), (&before, &preview.latent));
    h.hover_at(egui::pos2(20.0, 300.0));
    h.run();
    assert!(h.state().preview.is_none() && h.state().seen().0 == &before);
}

#[test]
fn a_click_takes_a_drag_walks() {
    let mut h = open();
    let place = free(&h);
    h.hover_at(place);
    h.drag_at(place);
    h.drop_at(place);
    h.run();
    let at = frame(&h).to_map(place.into());
    let found = [0, 1].map(|axis| axes().coordinate(&h.state().latent, axis));
    assert!((found[0] - at[0]).abs() < 1e-3 && (found[1] - at[1]).abs() < 1e-3, "{found:?} {at:?}");
    let end = rect(&h).lerp_inside([0.2, 0.3]);
    h.drag_at(place);
    h.step();
    for t in [0.3, 0.7, 1.0] {
        h.hover_at(place + t * (end - place));
        h.step();
    }
    h.drop_at(end);
    h.run();
    let at = frame(&h).to_map(end.into());
    let found = [0, 1].map(|axis| axes().coordinate(&h.state().latent, axis));
    assert!((found[0] - at[0]).abs() < 0.05 && (found[1] - at[1]).abs() < 0.05, "{found:?} {at:?}");
}

#[test]
fn a_point_is_an_encoded_sword_with_name_and_picture() {
    let mut h = open();
    let point = *h.state().map.points().iter().find(|p| matches!(p.mark, Mark::Source(0, _))).unwrap();
    let place = Pos2::from(frame(&h).to_screen(point.at));
    h.hover_at(place);
    h.run_steps(60);
    let source = h.state().blend.sources[0].clone();
    assert_eq!(h.state().preview.as_ref().unwrap().latent, source.latent);
    assert!(h.query_by_label(&source.name).is_some());
    assert_eq!(h.state().gallery.pictures.wanted().len(), 1);
    h.drag_at(place);
    h.drop_at(place);
    h.run();
    assert_eq!(h.state().latent, source.latent);
    assert_eq!(h.state().current().name, source.name);
    // The right button offers it as A and B.
    for slot in ["A", "B"] {
        h.hover_at(place);
        for pressed in [true, false] {
            h.event(egui::Event::PointerButton {
                pos: place,
                button: PointerButton::Secondary,
                pressed,
                modifiers: Default::default(),
            });
        }
        h.run();
        h.get_by_role_and_label(Role::Button, &format!("Pick as {slot}")).click();
        h.run();
    }
    assert_eq!(h.state().blend.picked(Slot::B).unwrap().name, source.name);
    assert_eq!(h.state().way().len(), 33);
}

#[test]
fn the_wheel_zooms_and_a_key_shows_all_again() {
    let mut h = open();
    let place = rect(&h).lerp_inside([0.7, 0.4]);
    h.hover_at(place);
    h.run();
    let whole = frame(&h);
    let (before, under) = (whole.radius, whole.to_map(place.into()));
    h.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(0.0, 120.0),
        phase: egui::TouchPhase::Move,
        modifiers: Default::default(),
    });
    h.run_steps(20);
    assert!(h.state().map.radius < 0.9 * before, "{} of {before}", h.state().map.radius);
    let now = frame(&h).to_map(place.into());
    assert!((under[0] - now[0]).abs() < 0.02 && (under[1] - now[1]).abs() < 0.02, "{under:?} {now:?}");
    h.key_press(Key::Num0);
    h.run();
    assert_eq!(frame(&h), whole);
}

#[test]
fn axes_are_chosen_and_never_the_same() {
    let mut h = open();
    let choose = |h: &mut Harness<'_, Explorer>, side: &str, axis: &str| {
        h.get_by_role_and_label(Role::ComboBox, side).click();
        h.run();
        h.get_by_role_and_label(Role::Button, axis).click();
        h.run();
    };
    choose(&mut h, "Across", "Axis 3");
    assert_eq!(h.state().map.axes, [2, 1]);
    choose(&mut h, "Up", "Axis 3");
    assert_eq!(h.state().map.axes, [1, 2]);
    let plain = {
        let mut start = explorer(None);
        start.layout.open(Pane::Map);
        harness(start)
    };
    assert!(plain.query_by_label_contains("no principal axes").is_some());
}

#[test]
fn ten_thousand_swords_cost_no_frame() {
    use atlasforge::latent::Latent;
    use atlasforge::viewer::state::{Origin, Source};

    let mut start = explorer(Some(axes()));
    start.blend.sources = (0..10_000)
        .map(|i| Source {
            name: format!("sword-{i:05}"),
            origin: if i % 50 == 0 { Origin::Real } else { Origin::Procedural },
            latent: Latent::new(1, 10, (0..10).map(|k| ((i * (k + 3)) as f32).sin() * 2.0).collect()).unwrap(),
            length: None,
            own_length: 1.0,
        })
        .collect();
    start.layout.open(Pane::Map);
    let mut h = harness(start);
    assert_eq!(h.state().map.points().len(), 10_000);
    let place = rect(&h).center();
    let mut frame = |what: &str, prepare: &mut dyn FnMut(&mut Harness<'_, Explorer>, usize)| {
        // The median of some frames, as the machine may be busy with other work.
        let mut took: Vec<f32> = (0..15)
            .map(|i| {
                prepare(&mut h, i);
                let since = std::time::Instant::now();
                h.step();
                since.elapsed().as_secs_f32() * 1e3
            })
            .collect();
        took.sort_by(f32::total_cmp);
        println!("{what}: {:.1} ms a frame, at most {:.1}", took[7], took[14]);
        took[7]
    };
    let resting = frame("10 000 points, resting", &mut |_, _| ());
    let hovered = frame("10 000 points, the pointer moving", &mut |h, i| {
        h.hover_at(place + egui::vec2(3.0 * i as f32, 20.0));
    });
    h.get_by_role_and_label(Role::ComboBox, "A").click();
    h.run();
    let mut took: Vec<f32> = (0..15)
        .map(|_| {
            let since = std::time::Instant::now();
            h.step();
            since.elapsed().as_secs_f32() * 1e3
        })
        .collect();
    took.sort_by(f32::total_cmp);
    println!("10 000 names in the list of A: {:.1} ms a frame", took[7]);
    assert!(resting < 30.0 && hovered < 30.0 && took[7] < 30.0, "{resting} {hovered} {} ms", took[7]);
}
