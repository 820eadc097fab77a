//! The demo's hours in short: the real Bevy app without a window walks from shape to shape, and needs no more memory after
//! ten thousand decodes than after the first ones. Skipped, with the reason, where there is no graphics adapter.
#![cfg(all(feature = "viewer", target_os = "linux"))]

use std::{io::Write, path::Path, sync::Arc};

use atlasforge::{
    forge::Forge,
    model::Checkpoint,
    viewer::{Design, adapter, decode::DecodeStats, explore::Session, state::Mode, tour},
};
use bevy::{app::PluginsState, render::renderer::RenderDevice};

/// Pixels of the picture: nobody looks.
const SIZE: (u32, u32) = (32, 32);

/// Resident memory in kB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Walks until `warm_up` and then so many more shapes were decoded; the memory in kB at both.
fn walk(warm_up: u64, decodes: u64) -> Option<(u64, u64)> {
    if let Err(e) = adapter::probe() {
        // Not eprintln!, which the test harness swallows.
        writeln!(std::io::stderr(), "SKIPPED the demo's endurance: {e}").unwrap();
        return None;
    }
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny.safetensors");
    let forge = Arc::new(Forge::new(Checkpoint::read(&tiny).unwrap()).unwrap());
    let design = Design { latent: forge.mean(), length: None, grid: 10 };
    let mut app = tour::stage(&forge, "tiny", &design, SIZE);
    while app.plugins_state() == PluginsState::Adding {
        bevy::tasks::tick_global_task_pools_on_main_thread();
    }
    app.finish();
    app.cleanup();
    // Nobody looks at the shadow either, and software Vulkan draws all of its map in every frame.
    app.insert_resource(bevy::light::DirectionalLightShadowMap { size: 64 });
    app.world_mut().resource_mut::<Session>().explorer.start_demo();
    let stats = app.world().resource::<DecodeStats>().clone();
    let mut first = None;
    // A shape that is shown by itself is decoded once, so there are more frames than decodes.
    for _ in 0..4 * (warm_up + decodes) {
        let mut session = app.world_mut().resource_mut::<Session>();
        let Session { explorer, forge, .. } = &mut *session;
        explorer.advance_demo(0.04);
        explorer.settle(forge);
        assert_eq!(explorer.demo.mode(), Mode::Walking);
        app.update();
        // No window holds frames back here: without waiting they would queue up before a slow adapter, with all their memory.
        app.world().resource::<RenderDevice>().poll(wgpu::PollType::wait_indefinitely()).unwrap();
        if first.is_none() && stats.decodes() >= warm_up {
            first = Some(memory());
        }
        if let Some(first) = first.filter(|_| stats.decodes() >= warm_up + decodes) {
            let last = memory();
            writeln!(std::io::stderr(), "memory after {warm_up} decodes {first} kB, after {decodes} more {last} kB")
                .unwrap();
            return Some((first, last));
        }
    }
    panic!("it does not walk: {} decodes", stats.decodes());
}

/// What an hour may take, as a share.
fn is_flat((first, last): (u64, u64)) -> bool {
    last as f64 <= 1.05 * first as f64
}

#[test]
fn memory_is_flat_while_the_demo_walks() {
    assert!(walk(150, 350).is_none_or(is_flat));
}

/// `cargo test --release --test endurance -- --ignored --nocapture`
#[test]
#[ignore = "takes minutes on software Vulkan"]
fn memory_is_flat_over_ten_thousand_decodes() {
    assert!(walk(300, 10_000).is_none_or(is_flat));
}
