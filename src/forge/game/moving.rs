//! A shape made ready together with its way to another.

use rayon::prelude::*;

use super::make::{GameError, Made};
use super::measure::STRAYS;
use super::options::{Options, Origin, Surface};
use super::pack::Ready;
use super::report::{AlongReport, MorphReport};
use crate::forge::morph::{MORPH_GRID, Moving, Way};
use crate::forge::solid::STEPS;
use crate::forge::{Forge, Subject};
use crate::inspect::solidity::Solidity;
use crate::mesh::{Mesh, Vec3, add, sub};
use crate::solid::Skin;
use crate::solid::deviation::Reference;
use crate::template::Template;

/// Where on the way a closed surface is measured.
const MEASURED: [f32; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// Points on each of the surfaces that are measured.
const POINTS: usize = 1500;

/// One triangle in so many may pass through others on the way before that is worth a word: where parts meet, small ones do,
/// inside of what is seen.
const CROSSING: usize = 20;

/// The finest grid on which patches are carried vertex by vertex; those of a finer one are carried as a closed surface is.
const FINEST: usize = 48;

impl Forge {
    /// [`Forge::make_moving`] where there is a way, else [`Forge::make`]; then [`Forge::pack_game`].
    ///
    /// # Errors
    /// As all three.
    pub fn ready_on(
        &self,
        subject: &Subject,
        options: &Options,
        way: Option<&Way>,
        stem: &str,
    ) -> Result<Ready, GameError> {
        self.pack_game(subject, options, stem, &self.made_on(subject, options, way)?)
    }

    /// [`Forge::make_moving`] where there is a way, else [`Forge::make`].
    ///
    /// # Errors
    /// As both.
    pub fn made_on(&self, subject: &Subject, options: &Options, way: Option<&Way>) -> Result<Made, GameError> {
        match way {
            Some(way) => self.make_moving(subject, options, way),
            None => self.make(subject, options),
        }
    }

    /// [`Forge::make`], with every level on its way to another shape: the same triangles, carried by the patches. A way starts
    /// with the subject.
    ///
    /// # Errors
    /// As [`Forge::make`] and [`Forge::moving`]; a format that tells no morphs.
    pub fn make_moving(&self, subject: &Subject, options: &Options, way: &Way) -> Result<Made, GameError> {
        if !options.format.is_gltf() {
            return Err(GameError::NoMorph(options.format));
        }
        let mut made = self.make(subject, options)?;
        let closed = options.surface == Surface::Closed;
        let side = if closed || made.grid > FINEST { MORPH_GRID } else { made.grid };
        let mut dense = self.on_way(way, &Template::grid(side))?;
        let offsets = self.offsets(&dense, made.offset, options.origin);
        dense.iter_mut().zip(&offsets).for_each(|(mesh, &offset)| mesh.transform(1.0, offset));
        let names = made.levels[0].skin.parts.clone();
        let part = |patch: u32| {
            let parts = &self.checkpoint().meta.patch_parts;
            let name = parts.get(patch as usize).map_or("", |p| p.part.as_str());
            names.iter().position(|known| known == name).map_or(u32::MAX, |p| p as u32)
        };
        let skins: Vec<(&Skin, Vec<u32>)> = made.levels.iter().map(|l| (&l.skin, labels(&l.skin, closed))).collect();
        let moving = self.moving(&skins, way, &dense, |patch| if closed { part(patch) } else { patch }, closed)?;
        drop(skins);
        let along = if closed { self.along(&made.levels[0].skin, &moving[0], way, &offsets) } else { Vec::new() };
        let report = MorphReport {
            to: way.to.clone(),
            targets: moving[0].morph.targets.len(),
            seconds: way.seconds,
            error_mm: 1e3 * moving[0].error,
            bytes: 0,
            along,
        };
        made.report.warnings.extend(warnings(&report, way, &made, options));
        made.report.morph = Some(report);
        made.morphs = moving.into_iter().map(|m| m.morph).collect();
        Ok(made)
    }

    /// `[K]`, what brings each frame of a way to its own origin, the first as it was brought.
    fn offsets(&self, dense: &[Mesh], first: Vec3, origin: Origin) -> Vec<Vec3> {
        let own: Vec<Vec3> = dense.iter().map(|mesh| self.origin(mesh, origin)).collect();
        own.iter().map(|&offset| add(first, sub(offset, own[0]))).collect()
    }

    /// What is shown on the way against the same shapes closed by themselves; what can't be closed is left out.
    fn along(&self, skin: &Skin, moving: &Moving, way: &Way, offsets: &[Vec3]) -> Vec<AlongReport> {
        let count = way.frames.len();
        let place = |&at: &f32| {
            let k = (at * (count - 1) as f32).round() as usize;
            let frame = &way.frames[k];
            let mut solid = self.solid(&frame.latent, Some(frame.length), STEPS).ok()?;
            solid.mesh.transform(1.0, offsets[k]);
            let at = k as f32 / (count - 1) as f32;
            let positions = moving.shown(skin, count, at);
            let shown = Mesh { positions, triangles: skin.mesh.triangles.clone(), ..Default::default() };
            let found = Reference::new(&solid.mesh, POINTS).deviation(&shown);
            let crossing = Solidity::of(&shown).crossing;
            Some(AlongReport { at, most_mm: 1e3 * found.most, largest_mm: 1e3 * found.largest, crossing })
        };
        MEASURED.par_iter().filter_map(place).collect()
    }
}

/// `[T]`, what a skin's triangles belong to: a part of a closed surface, else a patch.
fn labels(skin: &Skin, closed: bool) -> Vec<u32> {
    if closed {
        return skin.part.iter().map(|&part| u32::from(part)).collect();
    }
    let patch = |t: &[u32; 3]| skin.mesh.patch.get(t[0] as usize).copied().unwrap_or(0);
    skin.mesh.triangles.iter().map(patch).collect()
}

fn warnings(report: &MorphReport, way: &Way, made: &Made, options: &Options) -> Vec<String> {
    let mut found = Vec::new();
    if report.error_mm > 1.001e3 * way.bound {
        let MorphReport { to, targets, error_mm, .. } = report;
        found.push(format!(
            "the way to {to} bends more than {targets} targets tell, the most there may be: up to {error_mm:.1} mm between them"
        ));
    }
    let worst = report.along.iter().max_by(|a, b| a.most_mm.total_cmp(&b.most_mm));
    if let Some(AlongReport { at, most_mm, .. }) = worst.filter(|a| a.most_mm > STRAYS * made.length) {
        found.push(format!(
            "carried {:.0} % of the way to {}, 1 % of the closed surface lies more than {most_mm:.1} mm from the shape that \
             is closed there; the surface patches follows every shape exactly",
            100.0 * at,
            report.to
        ));
    }
    let crossing = report.along.iter().map(|a| a.crossing).max().unwrap_or(0);
    if crossing > made.report.closed.crossing + made.levels[0].skin.part.len() / CROSSING {
        found.push(format!("up to {crossing} triangles pass through others on the way"));
    }
    if options.quantise || options.compress {
        found.push("a file with morph targets isn't quantised: their differences need floats".to_owned());
    }
    if options.collision {
        found
            .push(format!("the bodies to collide with are those of the first shape: they don't move to {}", report.to));
    }
    found
}
