//! A shape made ready together with its way to another.

use rayon::prelude::*;

use super::make::{GameError, Made};
use super::measure::{STRAYS, deviation, measured};
use super::options::{Options, Origin, Surface};
use super::pack::Ready;
use super::report::{AlongReport, DeviationReport, MorphReport};
use crate::forge::morph::{Frame, MORPH_GRID, Moving, Way};
use crate::forge::solid::STEPS;
use crate::forge::{Forge, Subject};
use crate::inspect::solidity::Solidity;
use crate::mesh::{Mesh, Vec3, add, sub};
use crate::solid::Skin;
use crate::template::Template;

/// Where on the way a closed surface is measured.
const MEASURED: [f32; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

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
    /// with the subject. The triangles of a closed surface are those of the first shape, or of the last where it shows parts
    /// that the first hides: what isn't there can't grow.
    ///
    /// # Errors
    /// As [`Forge::make`] and [`Forge::moving`]; a format that tells no morphs.
    pub fn make_moving(&self, subject: &Subject, options: &Options, way: &Way) -> Result<Made, GameError> {
        if !options.format.is_gltf() {
            return Err(GameError::NoMorph(options.format));
        }
        let mut made = self.make(subject, options)?;
        let closed = options.surface == Surface::Closed;
        let shown = if closed { self.shown_at_end(way) } else { None };
        let fuller = shown.as_ref().is_some_and(|shown| shown.len() > made.levels[0].skin.parts.len());
        // What can't be made at its end is made at its beginning.
        let end = if fuller { self.made_at_end(options, way) } else { None };
        let (bound, course) = match &end {
            Some(end) => (end, &way.back()),
            None => (&made, way),
        };
        let side = if closed || bound.grid > FINEST { MORPH_GRID } else { bound.grid };
        let mut dense = self.on_way(course, &Template::grid(side))?;
        let mut offsets = self.offsets(&dense, bound.offset, options.origin);
        dense.iter_mut().zip(&offsets).for_each(|(mesh, &offset)| mesh.transform(1.0, offset));
        let names = bound.levels[0].skin.parts.clone();
        let part = |patch: u32| {
            let parts = &self.checkpoint().meta.patch_parts;
            let name = parts.get(patch as usize).map_or("", |p| p.part.as_str());
            names.iter().position(|known| known == name).map_or(u32::MAX, |p| p as u32)
        };
        let other_end = if end.is_some() { Some(&made.levels[0].skin.parts) } else { shown.as_ref() };
        let gone = other_end.map_or_else(Vec::new, |shown| missing(&names, shown));
        let skins: Vec<(&Skin, Vec<u32>)> = bound.levels.iter().map(|l| (&l.skin, labels(&l.skin, closed))).collect();
        let label = |patch| if closed { part(patch) } else { patch };
        let mut moving = self.moving(&skins, course, &dense, label, closed.then_some(&gone[..]))?;
        drop(skins);
        let from_end = end.is_some();
        if let Some(end) = end {
            (made.levels, made.unwrapped, made.dress) = (end.levels, end.unwrapped, end.dress);
            let skins = made.levels.iter_mut().map(|level| &mut level.skin);
            moving = moving.into_iter().zip(skins).map(|(m, skin)| m.turned_round(skin, way)).collect();
            offsets.reverse();
            made.report = measured(self, &made, options);
        }
        let along = if closed { self.along(&made.levels[0].skin, &moving[0], way, &offsets) } else { Vec::new() };
        let report = MorphReport {
            to: way.to.clone(),
            targets: moving[0].morph.targets.len(),
            seconds: way.seconds,
            error_mm: 1e3 * moving[0].error,
            bytes: 0,
            from_end,
            along,
        };
        made.report.warnings.extend(warnings(&report, way, &made, options));
        made.report.morph = Some(report);
        made.morphs = moving.into_iter().map(|m| m.morph).collect();
        Ok(made)
    }

    /// The parts that the last shape of a way shows; `None` where it can't be closed. A bow may be hidden in its grip.
    fn shown_at_end(&self, way: &Way) -> Option<Vec<String>> {
        let Frame { latent, length } = way.frames.last()?;
        let solid = self.solid(latent, Some(*length), STEPS).ok()?;
        let shown = |part: usize| solid.part.iter().any(|&p| usize::from(p) == part);
        Some((0..solid.parts.len()).filter(|&part| shown(part)).map(|part| solid.parts[part].clone()).collect())
    }

    fn made_at_end(&self, options: &Options, way: &Way) -> Option<Made> {
        let Frame { latent, length } = way.frames.last()?;
        self.make(&Subject { length: Some(*length), ..Subject::new(&way.to, latent.clone()) }, options).ok()
    }

    /// `[K]`, what brings each frame of a way to its own origin, the first as it was brought.
    fn offsets(&self, dense: &[Mesh], first: Vec3, origin: Origin) -> Vec<Vec3> {
        let own: Vec<Vec3> = dense.iter().map(|mesh| self.origin(mesh, origin)).collect();
        own.iter().map(|&offset| add(first, sub(offset, own[0]))).collect()
    }

    /// What is seen on the way against the same shapes closed by themselves; what can't be closed is left out.
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
            let DeviationReport { most_mm, largest_mm } = deviation(&shown, &solid.mesh, frame.length);
            Some(AlongReport { at, most_mm, largest_mm, crossing: Solidity::of(&shown).crossing })
        };
        MEASURED.par_iter().filter_map(place).collect()
    }
}

/// Which of some parts are not among others, by number.
fn missing(parts: &[String], others: &[String]) -> Vec<u32> {
    (0..parts.len() as u32).filter(|&part| !others.contains(&parts[part as usize])).collect()
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
