//! How the shape is drawn: where it stands, and what each patch's colour says.

use bevy::prelude::*;

use super::Session;
use super::framing::PLANE_MODEL;
use crate::class::Class;
use crate::viewer::dress::{Look, Paint, PatchLook};
use crate::viewer::scene;
use crate::viewer::state::{GAP_SCALE, Gizmo, Heat, Lens, Pane, Shown};

/// [`PatchLook::value`] where there is none.
const NO_VALUE: f64 = -1.0;

/// Radius of the rings around the own mesh, in radii of its unit ball.
const RING: f32 = 0.4;

/// Linear colour of a patch that has degenerated.
const FAULT: [f32; 3] = [0.85, 0.05, 0.03];

impl Session {
    /// How far apart a shape and the own mesh beside it stand, in metres; 0 where none stands beside it.
    pub(super) fn apart(&self) -> f32 {
        let beside = self.explorer.own.as_ref().is_some_and(|own| own.shown == Shown::Beside);
        match (beside, self.forge.class()) {
            (false, _) => 0.0,
            (true, Class::Sword) => 0.34 * self.explorer.shown_length().max(0.01),
            (true, Class::Plane) => 1.6 * PLANE_MODEL,
        }
    }

    /// How far right of the scene's middle the shape's own lies, in metres.
    pub fn middle(&self) -> f32 {
        -self.apart() / 2.0
    }

    /// Where the own mesh stands, which is in its unit ball.
    pub(in crate::viewer) fn own_place(&self) -> Transform {
        let scale = self.look().scale;
        Transform::from_xyz(self.apart() / 2.0, 0.0, 0.0).with_scale(Vec3::splat(scale))
    }

    /// The rings around the artist's mesh while its pane is in front.
    pub(super) fn gizmo(&self, lens: Lens) -> Option<Gizmo> {
        let shown = self.explorer.own.as_ref().is_some_and(|own| own.shown != Shown::Hidden);
        let place = self.own_place();
        (shown && self.explorer.layout.shows(Pane::Own)).then(|| Gizmo {
            centre: place.translation.into(),
            radius: RING * place.scale.y,
            lens,
        })
    }

    pub(super) fn look(&self) -> Look {
        let (latent, length) = self.explorer.seen();
        let placement = self.forge.placement(latent, length);
        let stage = match self.forge.class() {
            Class::Sword => 1.0,
            Class::Plane => PLANE_MODEL / placement.length,
        };
        // The unit ball's centre is the scene's origin: a shape grows and shrinks around the middle of the view.
        let patches = &self.explorer.patches;
        let heat = patches.heat.filter(|_| !self.explorer.tint);
        Look {
            scale: stage * placement.scale,
            offset: [self.middle(), 0.0, 0.0],
            // White: a patch's colour is its material's.
            color: [1.0; 4],
            tint: self.explorer.tint,
            paint: match heat {
                None | Some(Heat::Part) => Paint::Plain,
                Some(Heat::Area) => Paint::Area,
                Some(Heat::Distortion) => Paint::Distortion,
                Some(Heat::Facing | Heat::Gap) => Paint::Value,
            },
            mean_area: patches.figures.as_ref().map_or(1.0, |f| f.mean_area),
            patches: if patches.is_plain() && !self.shows_faults() { Vec::new() } else { self.patch_looks() },
            // Who looks at patches wants to see where they part.
            even: patches.is_plain() && !self.explorer.tint,
        }
    }

    /// Whether degenerate patches are marked in the view: while their table is in front and nothing else has the colours.
    fn shows_faults(&self) -> bool {
        let patches = &self.explorer.patches;
        self.explorer.layout.shows(Pane::Patches) && patches.heat.is_none() && !self.explorer.tint
    }

    /// What sets each patch apart.
    fn patch_looks(&self) -> Vec<PatchLook> {
        let patches = &self.explorer.patches;
        let by_part = patches.heat == Some(Heat::Part) && !self.explorer.tint;
        let value = |patch: usize| {
            let row = patches.figures.as_ref().and_then(|f| f.rows.get(patch))?;
            Some(match patches.heat? {
                Heat::Facing => row.facing.unwrap_or(NO_VALUE),
                Heat::Gap => row.gap.map_or(NO_VALUE, |gap| gap / GAP_SCALE),
                Heat::Part | Heat::Area | Heat::Distortion => 0.0,
            } as f32)
        };
        let rows = patches.figures.as_ref().map_or(&[][..], |f| &f.rows).iter();
        let faults: Vec<usize> = rows.filter(|r| r.fault().is_some()).map(|r| r.patch).collect();
        let faulty = |patch: usize| self.shows_faults() && faults.contains(&patch);
        let look = |patch: usize| PatchLook {
            offset: patches.offset(patch),
            shown: patches.shows(patch),
            color: if faulty(patch) {
                Some(FAULT)
            } else {
                by_part.then(|| self.explorer.model.parts.get(patch)).flatten().map(|part| scene::part_color(part))
            },
            value: value(patch).unwrap_or(0.0),
            marked: patches.selected == Some(patch) && patches.solo.is_none(),
        };
        (0..self.explorer.model.patches).map(look).collect()
    }

    /// Scale and offset that bring the unit ball into the scene.
    pub(in crate::viewer) fn place(&self) -> (f32, [f32; 3]) {
        let Look { scale, offset, .. } = self.look();
        (scale, offset)
    }
}
