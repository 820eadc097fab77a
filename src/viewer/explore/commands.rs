//! What the panels asked of the app, once a frame.

use std::sync::{Arc, PoisonError};

use bevy::{
    prelude::*,
    render::view::screenshot::{Screenshot, ScreenshotCaptured},
    window::PrimaryWindow,
    winit::{EventLoopProxyWrapper, WinitUserEvent},
};
use bevy_panorbit_camera::PanOrbitCamera;

use super::{Session, framing};
use crate::viewer::camera::Covered;
use crate::viewer::decode::DecodeStats;
use crate::viewer::jobs::{self, Jobs};
use crate::viewer::state::Command;
use crate::viewer::studio::Asked;

/// Everything that the panels asked for.
pub(super) fn commands(
    mut session: ResMut<Session>,
    mut cameras: Query<&mut PanOrbitCamera>,
    window: Query<&Window, With<PrimaryWindow>>,
    covered: Res<Covered>,
    stats: Res<DecodeStats>,
    proxy: Option<Res<EventLoopProxyWrapper>>,
    mut commands: Commands,
) {
    let session = &mut *session;
    if let Some(why) = stats.take_failure() {
        session.explorer.error(format!("The model can't be drawn: {why}. Export still works."));
    }
    session.explorer.settle(&session.forge);
    let mut jobs = session.jobs.lock().unwrap_or_else(PoisonError::into_inner);
    let others = match jobs.as_mut() {
        Some(jobs) => jobs.update(&mut session.explorer),
        None => session.explorer.take_commands(),
    };
    let loaded = jobs.as_mut().and_then(Jobs::take_loaded);
    drop(jobs);
    if let Some((name, forge)) = loaded {
        session.change_model(&name, forge, wake(proxy));
    }
    // What an opened file changed.
    session.explorer.settle(&session.forge);
    for command in others {
        match command {
            Command::FrameView => {
                let size = window.single().map_or(Vec2::ONE, |w| Vec2::new(w.width(), w.height()));
                framing::frame(session, *covered, size, &mut cameras);
            }
            Command::Screenshot { path } => {
                commands.spawn(Screenshot::primary_window()).observe(
                    move |shot: On<ScreenshotCaptured>, mut session: ResMut<Session>| {
                        let free = jobs::free_name(&path);
                        let written = rgba(&shot.image)
                            .ok_or_else(|| "the window's pixels can't be read".to_owned())
                            .and_then(|(w, h, p)| jobs::write_png(&free, w, h, p).map_err(|e| e.to_string()));
                        match written {
                            Ok(()) => session.explorer.info(format!(
                                "Wrote {}{}",
                                jobs::whereabouts(&free),
                                jobs::kept(&path, &free)
                            )),
                            Err(why) => session.explorer.error(format!("No picture was written: {why}")),
                        }
                    },
                );
            }
            Command::Studio(asked) => {
                commands.write_message(Asked(asked));
            }
            Command::Random { .. }
            | Command::Export { .. }
            | Command::Import { .. }
            | Command::Sample(_)
            | Command::Keep(_)
            | Command::ListModels
            | Command::ListRuns
            | Command::WatchRun(_)
            | Command::Train(_)
            | Command::StopTraining
            | Command::Turn
            | Command::Refine
            | Command::StopRefining
            | Command::CopyCode
            | Command::PasteCode
            | Command::Load(_) => {
                session.explorer.error("Nothing was done: the background work never started. Start again.");
            }
        }
    }
}

/// Width, height and RGBA bytes of a captured picture, opaque.
pub(in crate::viewer) fn rgba(image: &Image) -> Option<(u32, u32, Vec<u8>)> {
    let mut picture = image.clone().try_into_dynamic().ok()?.to_rgba8();
    picture.pixels_mut().for_each(|p| p.0[3] = 255);
    Some((picture.width(), picture.height(), picture.into_raw()))
}

/// What a worker calls when it has a result, so that a resting window draws it.
pub(in crate::viewer) fn wake(proxy: Option<Res<EventLoopProxyWrapper>>) -> jobs::Wake {
    match proxy {
        Some(proxy) => {
            let proxy = (**proxy).clone();
            // A loop that has ended needs no waking.
            Arc::new(move || {
                let _ = proxy.send_event(WinitUserEvent::WakeUp);
            })
        }
        None => Arc::new(|| ()),
    }
}
