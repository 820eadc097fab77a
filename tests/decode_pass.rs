//! The explorer's render-world pass in a real Bevy app without a window: when it decodes, and that it draws.
#![cfg(feature = "viewer")]

use std::{io::Write, path::Path, sync::Arc};

use atlasforge::{
    forge::Forge,
    model::Checkpoint,
    viewer::{
        Design, adapter,
        decode::{DecodeStats, DecodedShape},
        explore::Session,
        scene::{Floor, floor_place},
        tour,
    },
};
use bevy::{app::PluginsState, prelude::*};
use bevy_egui::{PrimaryEguiContext, input::EguiInputEvent};

/// The tiny model's mean, and an adapter to draw it; says why where there is none.
fn tiny(what: &str) -> Option<(Arc<Forge>, Design)> {
    if let Err(e) = adapter::probe() {
        // Not eprintln!, which the test harness swallows.
        writeln!(std::io::stderr(), "SKIPPED {what}: {e}").unwrap();
        return None;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny.safetensors");
    let forge = Arc::new(Forge::new(Checkpoint::read(&path).unwrap()).unwrap());
    let design = Design { latent: forge.mean(), length: None, grid: 12 };
    Some((forge, design))
}

fn ready(mut app: App) -> (App, DecodeStats) {
    while app.plugins_state() == PluginsState::Adding {
        bevy::tasks::tick_global_task_pools_on_main_thread();
    }
    app.finish();
    app.cleanup();
    let stats = app.world().resource::<DecodeStats>().clone();
    (app, stats)
}

#[test]
fn a_change_is_decoded_in_its_frame_and_nothing_else_is() {
    let Some((forge, design)) = tiny("the explorer's decode pass") else { return };
    let (mut app, stats) = ready(tour::stage(&forge, "tiny", &design, (64, 64)));
    let frames = |app: &mut App, n: usize| (0..n).for_each(|_| app.update());
    let edit = |app: &mut App, change: &dyn Fn(&mut Session)| {
        change(&mut app.world_mut().resource_mut::<Session>());
        app.update();
        (stats.decodes(), stats.dresses())
    };

    frames(&mut app, 8);
    let (decodes, dresses) = (stats.decodes(), stats.dresses());
    assert!(decodes >= 1, "nothing was decoded");
    frames(&mut app, 5);
    assert_eq!((stats.decodes(), stats.dresses()), (decodes, dresses), "an idle app works");

    let moved = edit(&mut app, &|s| s.explorer.latent.values_mut()[0] += 0.5);
    assert_eq!(moved, (decodes + 1, dresses + 1), "a new latent");
    let tinted = edit(&mut app, &|s| s.explorer.tint = true);
    assert_eq!(tinted, (decodes + 1, dresses + 2), "a tint costs no decode");
    let longer = edit(&mut app, &|s| s.explorer.length = Some(1.7));
    assert_eq!(longer, (decodes + 1, dresses + 3), "a length costs no decode");
    edit(&mut app, &|s| s.explorer.grid = 16);
    frames(&mut app, 3);
    assert_eq!(stats.decodes(), decodes + 2, "a new grid");
    let broken = edit(&mut app, &|s| s.explorer.latent.values_mut()[0] = f32::NAN);
    assert_eq!(broken.0, decodes + 2, "a latent that is no number");
}

#[test]
fn the_floor_lies_under_a_shape_however_far_it_reaches_down() {
    let Some((forge, design)) = tiny("the floor") else { return };
    let (mut app, _) = ready(tour::stage(&forge, "tiny", &design, (64, 64)));
    (0..8).for_each(|_| app.update());
    let mut below_the_usual = 0;
    for i in 0..24 {
        let mut latent = forge.mean();
        let count = latent.values().len();
        latent.values_mut()[i % count] += if i % 2 == 0 { 4.0 } else { -4.0 };
        app.world_mut().resource_mut::<Session>().explorer.latent = latent.clone();
        app.update();
        let world = app.world_mut();
        let scale = world.query::<&DecodedShape>().single(world).unwrap().look.scale;
        let floor = world.query_filtered::<&Transform, With<Floor>>().single(world).unwrap().translation.y;
        let usual = floor_place(world.resource::<Session>().explorer.shown_length()).translation.y;
        assert!(floor < scale * forge.lowest(&latent), "{i}: the floor at {floor} m");
        below_the_usual += usize::from(floor < usual - 1e-4);
    }
    assert!((1..24).contains(&below_the_usual), "{below_the_usual} of 24");
}

/// A slider that is dragged by the events of a pointer, through egui, the state and the render world.
#[test]
fn a_slider_is_dispatched_in_the_frame_that_saw_it() {
    let Some((forge, design)) = tiny("a slider's frame") else { return };
    let (mut app, stats) = ready(tour::desk(&forge, "tiny", &design, (700, 500)));
    let mut session = app.world_mut().resource_mut::<Session>();
    // No coarse decode while the hand moves, and a fine one when it rests.
    (session.patient, session.explorer.record_rects) = (true, true);
    for _ in 0..12 {
        app.update();
    }
    let rects = app.world().resource::<Session>().explorer.rects.clone();
    let [left, top, right, bottom] = rects.iter().find(|w| w.name == "Axis 1").expect("a slider").rect;
    let context = app.world_mut().query_filtered::<Entity, With<PrimaryEguiContext>>().single(app.world()).unwrap();
    let at = |share: f32| egui::pos2(left + share * (right - left), (top + bottom) / 2.0);
    let mut frame = |event: egui::Event| {
        let before = (app.world().resource::<Session>().explorer.latent.clone(), stats.decodes());
        app.world_mut().write_message(EguiInputEvent { context, event });
        app.update();
        let moved = app.world().resource::<Session>().explorer.latent != before.0;
        (moved, stats.decodes() - before.1)
    };
    assert_eq!(frame(egui::Event::PointerMoved(at(0.5))), (false, 0), "a hover is no edit");
    let (button, modifiers) = (egui::PointerButton::Primary, egui::Modifiers::NONE);
    frame(egui::Event::PointerButton { pos: at(0.5), button, pressed: true, modifiers });
    for step in 1..=8 {
        let seen = frame(egui::Event::PointerMoved(at(0.5 + 0.05 * step as f32)));
        assert_eq!(seen, (true, 1), "step {step} of the drag");
    }
    frame(egui::Event::PointerButton { pos: at(0.9), button, pressed: false, modifiers });
    assert_eq!(frame(egui::Event::PointerMoved(at(0.6))), (false, 0), "the hand has let go");
}
