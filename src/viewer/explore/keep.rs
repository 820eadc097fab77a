//! The session comes back at the next start: read before the window opens, saved a moment after each change and when it
//! closes.

use std::collections::HashSet;
use std::sync::PoisonError;

use bevy::prelude::*;
use bevy_panorbit_camera::PanOrbitCamera;

use super::{
    Session,
    window::{self, Frame, Maximised},
};
use crate::viewer::cpu::Cpu;
use crate::viewer::jobs::last_session;
use crate::viewer::state::{AT_STEP, CameraView, Command, Layout, Saved, Shape};

/// Seconds between looks for a change, how long a change must rest before it is saved, and how long one that never rests may
/// wait.
const LOOK: f64 = 0.3;
const REST: f64 = 0.7;
const LATEST: f64 = 5.0;

/// Shapes of other models that a session remembers.
const OTHERS: usize = 8;

/// Saves the session, and puts the camera where it was.
pub struct KeepPlugin {
    /// What [`restore`] gave.
    pub last: Saved,
    /// Nobody asked for a model: that of the last session is loaded where it is still listed.
    pub any_model: bool,
    /// Nobody asked for a size of the window.
    pub any_size: bool,
}

impl Plugin for KeepPlugin {
    fn build(&self, app: &mut App) {
        let reopen = self.last.shape.as_ref().filter(|_| self.any_model).map(|s| s.model.name.clone());
        let cpu = Cpu::of(app);
        let frame = self.last.window;
        if self.any_size {
            app.insert_resource(Maximised(frame.is_some_and(|window| window.maximised)))
                .add_systems(Update, cpu.timed(window::fit));
        }
        app.insert_resource(Frame(frame))
            .insert_resource(Keeper { written: self.last.clone(), reopen, ..default() })
            .add_systems(PostStartup, look_again)
            .add_systems(Last, (cpu.timed(change_model), cpu.timed(window::note), cpu.timed(keep)).chain());
    }
}

/// Brings the last session back, but for its shape where the user asked for another one. What it was, and whether its shape is
/// back.
pub fn restore(session: &mut Session, asked: bool) -> (Saved, bool) {
    let found = last_session();
    if let Some(note) = found.note {
        session.explorer.error(note);
    }
    let Some(mut last) = found.it else {
        session.explorer.layout = Layout::first();
        return (Saved::default(), false);
    };
    session.explorer.restore_window(&last);
    if asked {
        last.view = None;
        return (last, false);
    }
    let back = session.explorer.restore_shape(&last);
    if back {
        session.explorer.settle(&session.forge);
    } else {
        // Another shape wants another distance.
        last.view = None;
    }
    (last, back)
}

#[derive(Resource, Default)]
struct Keeper {
    /// What the file holds, or soon will.
    written: Saved,
    /// What was seen last, and since when it differs from what is written.
    seen: Saved,
    looked: f64,
    changed: Option<f64>,
    rests_since: f64,
    /// Hash of the model that was seen last, and the name of the one that the last session was with.
    model: String,
    reopen: Option<String>,
}

/// The camera of the session.
fn look_again(keeper: Res<Keeper>, mut cameras: Query<&mut PanOrbitCamera>) {
    let Some(view) = keeper.written.view.filter(CameraView::is_sane) else { return };
    for mut camera in &mut cameras {
        let focus = Vec3::from_array(view.focus);
        (camera.focus, camera.target_focus) = (focus, focus);
        (camera.yaw, camera.pitch, camera.radius) = (Some(view.yaw), Some(view.pitch), Some(view.radius));
        (camera.target_yaw, camera.target_pitch, camera.target_radius) = (view.yaw, view.pitch, view.radius);
        camera.force_update = true;
    }
}

/// Loads the model of the last session, and brings the shape back that was last made with whichever model comes.
fn change_model(mut session: ResMut<Session>, mut keeper: ResMut<Keeper>) {
    let hash = &session.explorer.model.hash;
    if keeper.model != *hash {
        let first = std::mem::replace(&mut keeper.model, hash.clone()).is_empty();
        if first {
            if keeper.written.shape.as_ref().is_none_or(|s| s.model.hash == *hash) {
                keeper.reopen = None;
            }
        } else {
            let session = &mut *session;
            let shapes = Saved { others: keeper.all(), ..Saved::default() };
            if session.explorer.restore_shape(&shapes) {
                if let Some(own) = &mut session.explorer.own {
                    own.quiet = true;
                }
                session.explorer.settle(&session.forge);
                session.explorer.info("The shape that was last made with this model is back.");
            }
        }
    }
    if !session.explorer.models.is_empty()
        && let Some(name) = keeper.reopen.take()
        && let Some(model) = session.explorer.models.iter().find(|m| m.name == name).cloned()
    {
        session.explorer.ask(Command::Load(model));
    }
}

fn keep(
    mut session: ResMut<Session>,
    mut keeper: ResMut<Keeper>,
    cameras: Query<&PanOrbitCamera>,
    frame: Res<Frame>,
    time: Res<Time<Real>>,
    mut exit: MessageReader<AppExit>,
) {
    let now = time.elapsed_secs_f64();
    let closes = exit.read().count() > 0;
    // What a walk or a visitor does is not the artist's session, and would be written for hours.
    if session.explorer.demo.is_on() {
        return;
    }
    if !closes && now - keeper.looked < LOOK {
        return;
    }
    keeper.looked = now;
    let saved = keeper.now(&session, &cameras, &frame);
    if saved == keeper.written {
        keeper.changed = None;
        return;
    }
    if saved != keeper.seen {
        keeper.rests_since = now;
        keeper.seen = saved.clone();
    }
    let since = *keeper.changed.get_or_insert(now);
    if closes || now - keeper.rests_since >= REST || now - since >= LATEST {
        keeper.write(&mut session, saved);
    } else {
        // A window that rests draws no frame in which the change could be saved.
        session.stay_awake(now + REST + LOOK);
    }
}

/// Saves the session at once, where the app is about to end without another frame.
pub fn rescue(world: &mut World) {
    // Without a session there is nothing to save.
    let _ = world.run_system_cached(save);
}

fn save(mut session: ResMut<Session>, mut keeper: ResMut<Keeper>, cameras: Query<&PanOrbitCamera>, frame: Res<Frame>) {
    let saved = keeper.now(&session, &cameras, &frame);
    if saved != keeper.written && !session.explorer.demo.is_on() {
        keeper.write(&mut session, saved);
    }
}

impl Keeper {
    /// What is to come back.
    fn now(&self, session: &Session, cameras: &Query<&PanOrbitCamera>, frame: &Frame) -> Saved {
        // Targets, not what is on the way to them: a movement's end is one change.
        let view = cameras.iter().next().map(|c| CameraView {
            yaw: c.target_yaw,
            pitch: c.target_pitch,
            radius: c.target_radius,
            focus: c.target_focus.to_array(),
        });
        let mut saved = session.explorer.saved(view);
        saved.window = frame.0;
        self.remember_others(&mut saved);
        saved
    }

    fn write(&mut self, session: &mut Session, saved: Saved) {
        self.written = saved.clone();
        self.changed = None;
        if let Some(jobs) = session.jobs.get_mut().unwrap_or_else(PoisonError::into_inner) {
            jobs.gallery.save(saved);
        }
    }

    /// The last shape of every model.
    fn all(&self) -> Vec<Shape> {
        self.written.shape.iter().chain(&self.written.others).cloned().collect()
    }

    /// Shapes of models that are not loaded go on waiting for theirs.
    fn remember_others(&self, saved: &mut Saved) {
        let Some(now) = saved.shape.as_ref().map(|s| s.model.clone()) else { return };
        // One a name: a training gives a model of the same name in every epoch, but for the step.
        fn of(name: &str) -> &str {
            name.split(AT_STEP).next().unwrap_or_default()
        }
        let mut names = HashSet::from([of(&now.name)]);
        let before = self.written.shape.iter().chain(&self.written.others);
        let others = before.filter(|s| s.model.hash != now.hash && names.insert(of(&s.model.name)));
        saved.others = others.take(OTHERS).cloned().collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latent::Latent;
    use crate::viewer::state::{Bred, MadeBy};

    #[test]
    fn shapes_of_other_models_wait_for_theirs() {
        let saved = |hash: &str| {
            let name = hash.trim_end_matches(char::is_numeric);
            let model = MadeBy { name: name.into(), hash: hash.into() };
            let latent = Latent::zeros(1, 2);
            let shape = Shape {
                model,
                latent,
                length: None,
                by_hand: false,
                measured: false,
                a: None,
                b: None,
                at: 0.0,
                arc: false,
                parts: Vec::new(),
                locks: Vec::new(),
                pad: None,
                bred: Bred::default(),
            };
            Saved { shape: Some(shape), ..Saved::default() }
        };
        let mut keeper = Keeper::default();
        for hash in ["sword", "plane", "plane", "sword", "run1", "run2", "axe"] {
            let mut now = saved(hash);
            keeper.remember_others(&mut now);
            keeper.written = now;
        }
        let hashes: Vec<&str> = keeper.written.others.iter().map(|s| s.model.hash.as_str()).collect();
        assert_eq!(hashes, ["run2", "sword", "plane"]);
    }
}
