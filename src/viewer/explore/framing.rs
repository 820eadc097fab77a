//! What the camera is to show, and that it goes on showing it when panels take room or give it back.

use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use bevy_panorbit_camera::PanOrbitCamera;

use super::Session;
use crate::class::Class;
use crate::viewer::camera::{self, Covered, Extent};
use crate::viewer::scene;
use crate::viewer::state::Mode;
use crate::viewer::studio::reference;

/// Length in metres at which a plane stands in the studio, whatever its own: the studio is made for what a hand holds.
pub(super) const PLANE_MODEL: f32 = 1.2;

/// The view's width by its height before any panel was laid out.
pub(super) const START: f32 = 4.0 / 3.0;

/// A camera that stands so near shows almost all of what it frames.
const FITS: f32 = 0.97;

impl Session {
    /// What the camera is to frame: the current length, and the width of a broad guard.
    pub fn extent(&self) -> Extent {
        match self.forge.class() {
            Class::Sword => {
                let (length, [out, along]) =
                    (self.explorer.shown_length().max(0.01), self.explorer.patches.taken_apart());
                Extent { width: (0.3 + out) * length + self.apart(), height: (1.0 + along) * length }
            }
            Class::Plane => {
                let [out, along] = self.explorer.patches.taken_apart().map(|share| share * PLANE_MODEL);
                Extent { width: 1.5 * PLANE_MODEL + out + self.apart(), height: 0.45 * PLANE_MODEL + along }
            }
        }
    }

    /// What a framed view shows and its middle: the shape, and what stands beside it.
    pub fn framing(&self) -> (Extent, Vec3) {
        if let Some((middle, half)) = self.explorer.patches.solo_bounds() {
            let look = self.look();
            let (scale, offset) = (look.scale, Vec3::from(look.offset));
            let side = 2.0 * scale * half;
            return (Extent { width: side, height: side }, offset + scale * Vec3::from(middle));
        }
        let extent = self.extent();
        let floor = scene::floor_place(extent.height).translation.y;
        let around = reference::extent(&self.explorer.look, self.stage());
        let height = around.height.max(extent.height);
        let middle = if height > extent.height { floor + 0.5 * height } else { 0.0 };
        (Extent { width: extent.width + around.width, height }, Vec3::Y * middle)
    }

    /// Where the floor lies: under a shape that is as high as its length says, and lower where one reaches farther down.
    pub(super) fn floor(&self) -> Transform {
        let height = self.extent().height;
        let mut place = scene::floor_place(height);
        let lowest = self.look().scale * self.forge.lowest(self.explorer.seen().0);
        // As far below its lowest point as below that of one in the middle.
        place.translation.y = place.translation.y.min(lowest - (0.5 * height + place.translation.y).abs());
        place
    }

    /// How high the grip of a sword lies in the scene; 0 for a plane.
    pub fn grip(&self) -> f32 {
        -self.forge.placement(&self.explorer.latent, self.explorer.length).offset[1]
    }

    /// Overall length in metres as the shape stands in the scene.
    pub fn staged_length(&self) -> f32 {
        match self.forge.class() {
            Class::Sword => self.explorer.shown_length(),
            Class::Plane => PLANE_MODEL,
        }
    }

    /// How many metres of the scene a metre of the shape is.
    pub fn stage(&self) -> f32 {
        self.staged_length() / self.explorer.shown_length().max(1e-3)
    }
}

/// Brings everything back into view from where the camera started.
pub(super) fn frame(session: &Session, covered: Covered, size: Vec2, cameras: &mut Query<&mut PanOrbitCamera>) {
    let (extent, focus) = session.framing();
    let (extent, aspect) = covered.fit(extent, size);
    for mut camera in cameras {
        camera::reframe(&mut camera, extent, focus, aspect);
    }
}

/// What the view was, to see that it changed.
#[derive(Clone, Copy)]
pub(super) struct Framed {
    covered: Covered,
    size: Vec2,
    /// How far the camera had to stand for all to be in it.
    needed: f32,
    /// How far apart the patches were.
    apart: f32,
}

/// Where the view grows or shrinks, the camera goes as much nearer or farther: what filled it fills it still, and what the artist
/// had zoomed to stays as it was against it. Where a shape that was seen as a whole outgrows the view, the camera steps back, and
/// comes back to one that was taken apart and is put together.
pub(super) fn keep_framed(
    session: Res<Session>,
    covered: Res<Covered>,
    window: Query<&Window, With<PrimaryWindow>>,
    mut cameras: Query<&mut PanOrbitCamera>,
    mut framed: Local<Option<Framed>>,
) {
    let Ok(window) = window.single() else { return };
    let (extent, _) = session.framing();
    let distance = |covered: Covered, size: Vec2| {
        let (extent, aspect) = covered.fit(extent, size);
        camera::distance(extent, aspect)
    };
    let size = Vec2::new(window.width(), window.height());
    let needed = distance(*covered, size);
    let before = framed.replace(Framed { covered: *covered, size, needed, apart: session.explorer.patches.explode });
    let Some(before) = before.filter(|before| before.covered != Covered::default()) else {
        // Before the first panels were laid out there was no view to keep; one of the last session's comes back by itself.
        let start = camera::distance(extent, START);
        if *covered != Covered::default() && !session.explorer.demo.is_on() {
            for mut camera in cameras.iter_mut().filter(|camera| camera.target_radius == start) {
                (camera.radius, camera.target_radius) = (Some(needed), needed);
                camera.force_update = true;
            }
        }
        return;
    };
    if size.min_element() < 1.0 {
        return;
    }
    let by = needed / distance(before.covered, before.size);
    // The demo has a camera of its own while it walks.
    let ours = session.explorer.demo.mode() != Mode::Walking;
    let (grown, moved) = (ours && needed > before.needed, ours && session.explorer.patches.explode != before.apart);
    let least = FITS * before.needed;
    for mut camera in &mut cameras {
        if by.is_finite() && by != 1.0 {
            camera.target_radius *= by;
        } else if grown && (least..needed).contains(&camera.target_radius)
            || moved && (least..before.needed / FITS).contains(&camera.target_radius)
        {
            camera.target_radius = needed;
        }
    }
}
