//! The explorer's render-world pass in a real Bevy app without a window: when it decodes, and that it draws.
#![cfg(feature = "viewer")]

use std::{io::Write, path::Path, sync::Arc};

use atlasforge::{
    forge::Forge,
    model::Checkpoint,
    viewer::{Design, adapter, decode::DecodeStats, explore::Session, tour},
};
use bevy::{app::PluginsState, prelude::*};

#[test]
fn a_change_is_decoded_in_its_frame_and_nothing_else_is() {
    if let Err(e) = adapter::probe() {
        // Not eprintln!, which the test harness swallows.
        writeln!(std::io::stderr(), "SKIPPED the explorer's decode pass: {e}").unwrap();
        return;
    }
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny.safetensors");
    let forge = Arc::new(Forge::new(Checkpoint::read(&tiny).unwrap()).unwrap());
    let design = Design { latent: forge.mean(), length: None, grid: 12 };
    let mut app = tour::stage(&forge, "tiny", &design, (64, 64));
    while app.plugins_state() == PluginsState::Adding {
        bevy::tasks::tick_global_task_pools_on_main_thread();
    }
    app.finish();
    app.cleanup();
    let stats = app.world().resource::<DecodeStats>().clone();
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
