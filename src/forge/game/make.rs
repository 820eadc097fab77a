//! From a subject to its levels of detail.

use thiserror::Error;

use super::dress::Dress;
use super::measure::measured;
use super::options::{Format, Options, Origin, Surface};
use super::patches;
use super::report::Report;
use crate::bake::BakeError;
use crate::export::extras::ExtrasError;
use crate::export::{ExportError, Morph};
use crate::forge::morph::MorphError;
use crate::forge::solid::{STEPS, numbered};
use crate::forge::{Forge, ForgeError, Subject};
use crate::mesh::{Mesh, MeshError, Vec3};
use crate::solid::anchors::{Anchor, anchors};
use crate::solid::deviation::Reference;
use crate::solid::hull::{VERTICES, hulls};
use crate::solid::levels::{halving, levels};
use crate::solid::skin::{SkinError, SkinOptions};
use crate::solid::unwrap::{UnwrapOptions, UnwrapReport};
use crate::solid::{Skin, Solid};
use crate::template::Template;

/// Points along one side of a patch's grid of the dense decode that a closed surface is measured against, and of the one that
/// it is baked from: the first is quick, the second smooth.
pub const DENSE: usize = 32;
const BAKED: usize = 48;

/// Points on each surface between which a level of patches is measured.
const POINTS: usize = 1500;

/// Texels between two charts.
const PADDING: u32 = 8;

/// Why a shape can't be made ready.
#[derive(Debug, Error)]
pub enum GameError {
    #[error(transparent)]
    Forge(#[from] ForgeError),
    #[error(transparent)]
    Mesh(#[from] MeshError),
    #[error(transparent)]
    Skin(#[from] SkinError),
    #[error(transparent)]
    Bake(#[from] BakeError),
    #[error("a bake needs one closed surface with room for its texture; choose the closed surface, or no bake")]
    NoBake,
    #[error("{0} levels of detail can't be made; ask for 1 to {most}", most = Options::MOST_LODS)]
    Levels(usize),
    #[error("an STL has no place for a texture; choose another format, or no bake")]
    NoTexture,
    #[error("a morph is told by glTF only; name the file .glb or .gltf, not .{}", .0.name())]
    NoMorph(Format),
    #[error(transparent)]
    Morph(#[from] MorphError),
    #[error(transparent)]
    Extras(#[from] ExtrasError),
    #[error(transparent)]
    Export(#[from] ExportError),
}

/// One level of detail.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    pub skin: Skin,
    /// How far it strays from the surface that was simplified, at most; metres.
    pub error: f32,
}

/// A shape with all that goes with it, before it is packed into files: what a preview shows. Metres, the origin where the
/// options want it.
#[derive(Clone, Debug)]
pub struct Made {
    /// Overall length, metres.
    pub length: f32,
    /// The patches as decoded; those that are closed as they are shown: they agree at their seams.
    pub dense: Mesh,
    /// Points along a side of `dense`'s patches: [`DENSE`], or more for a bake; of welded patches and patches as they are as
    /// many as are exported.
    pub grid: usize,
    /// Finest first.
    pub levels: Vec<Level>,
    pub hulls: Vec<Mesh>,
    pub anchors: Vec<Anchor>,
    pub unwrapped: Option<UnwrapReport>,
    pub dress: Dress,
    /// One a level where the shape is on its way to another, else none.
    pub morphs: Vec<Morph>,
    /// What brought the decoded shape to its origin.
    pub offset: Vec3,
    pub report: Report,
}

/// Levels, and what else a surface gives.
struct Surfaced {
    levels: Vec<Level>,
    unwrapped: Option<UnwrapReport>,
    /// What hulls and anchors are taken from.
    solid: Solid,
}

impl Forge {
    /// Makes a shape's levels and textures, and measures them.
    ///
    /// # Errors
    /// A subject that doesn't decode; options that can't be met.
    pub fn make(&self, subject: &Subject, options: &Options) -> Result<Made, GameError> {
        if !(1..=Options::MOST_LODS).contains(&options.lods) {
            return Err(GameError::Levels(options.lods));
        }
        if options.format == Format::Stl && options.bake.is_some() {
            return Err(GameError::NoTexture);
        }
        let length = self.placement(&subject.latent, subject.length).length;
        let grid = match (options.surface, options.bake) {
            (Surface::Closed, Some(_)) => BAKED,
            (Surface::Closed, None) => DENSE,
            _ => options.grid.unwrap_or(subject.grid()),
        };
        let template = Template::grid(grid);
        let mut dense = self.decode(&subject.latent, Some(length), &template)?;
        let offset = self.origin(&dense, options.origin);
        dense.transform(1.0, offset);
        if options.surface == Surface::Closed {
            self.even(&mut dense, &template);
        }
        let Surfaced { mut levels, unwrapped, solid } = match options.surface {
            Surface::Closed => self.closed(subject, length, offset, options)?,
            Surface::Welded | Surface::Patches => self.patched(&dense, length, options)?,
        };
        let hulls = if options.collision && options.format.is_gltf() { bodies(&solid) } else { Vec::new() };
        let mut dress = self.dress(&levels[0].skin, &dense, options)?;
        let worn = drop_empty_parts(&mut levels);
        dress.coats = worn.into_iter().filter_map(|part| dress.coats.get(part).cloned()).collect();
        let anchors = if self.class().is_sword() { anchors(&solid) } else { Vec::new() };
        let (morphs, report) = (Vec::new(), Report::default());
        let mut made = Made { length, dense, grid, levels, hulls, anchors, unwrapped, dress, morphs, offset, report };
        made.report = measured(self, &made, options);
        Ok(made)
    }

    fn closed(&self, subject: &Subject, length: f32, offset: Vec3, options: &Options) -> Result<Surfaced, GameError> {
        let mut dense = self.solid(&subject.latent, Some(length), STEPS)?;
        dense.mesh.transform(1.0, offset);
        let finest = options.triangles.unwrap_or(Options::TRIANGLES);
        let budgets = halving(finest.min(dense.mesh.triangles.len()), options.lods);
        let texels = options.bake.unwrap_or(options.preset.row().texture);
        let colours =
            if options.colours { dense.parts.iter().map(|part| options.colour(part)).collect() } else { Vec::new() };
        let skin = SkinOptions {
            hard_angle: options.hard_angle,
            unwrap: Some(UnwrapOptions { texels, padding: PADDING }),
            colours,
        };
        let (made, report) = levels(&dense, &budgets, &skin)?;
        let levels = made.into_iter().map(|level| Level { skin: level.skin, error: level.error.largest }).collect();
        Ok(Surfaced { levels, unwrapped: report.unwrap, solid: dense })
    }

    fn patched(&self, dense: &Mesh, length: f32, options: &Options) -> Result<Surfaced, GameError> {
        let parts = self.part_names();
        let skin = |mesh: Mesh| {
            let mut skin =
                Skin { part: self.part_of_triangles(&mesh, &parts), parts: parts.clone(), ..Default::default() };
            if options.colours {
                skin.colours = patches::colours(&mesh, &skin, options);
            }
            Skin { mesh, ..skin }
        };
        let first = match options.surface {
            Surface::Welded => patches::joined(dense, patches::REACH * length),
            _ => dense.clone(),
        };
        let all = first.triangles.len();
        let reference = Reference::new(&first, POINTS);
        let mut levels: Vec<Level> = Vec::new();
        for budget in halving(options.triangles.unwrap_or(all).min(all), options.lods) {
            let mesh = patches::simplified(&first, budget)?;
            // The borders of patches allow only so few.
            if levels.last().is_some_and(|last| mesh.triangles.len() >= last.skin.mesh.triangles.len()) {
                break;
            }
            let error = if mesh.triangles.len() == all { 0.0 } else { reference.deviation(&mesh).largest };
            levels.push(Level { skin: skin(mesh), error });
        }
        let mesh =
            Mesh { positions: first.positions.clone(), triangles: first.triangles.clone(), ..Default::default() };
        let solid = Solid { part: self.part_of_triangles(&first, &parts), mesh, parts };
        Ok(Surfaced { levels, unwrapped: None, solid })
    }

    /// What brings the origin of a decoded shape to where it is wanted.
    pub(super) fn origin(&self, dense: &Mesh, origin: Origin) -> Vec3 {
        let Some((lo, hi)) = dense.bounds() else { return [0.0; 3] };
        match origin {
            Origin::Grip => [0.0; 3],
            Origin::Guard if self.class().is_sword() => [0.0, self.measure(dense).blade_length - hi[1], 0.0],
            Origin::Guard | Origin::Centre => std::array::from_fn(|i| -0.5 * (lo[i] + hi[i])),
        }
    }

    /// The model's parts by name, each once; one without a name where it knows none.
    fn part_names(&self) -> Vec<String> {
        let (names, _) = numbered(self.checkpoint().meta.patch_parts.iter().map(|patch| patch.part.as_str()));
        if names.is_empty() { vec![String::new()] } else { names }
    }

    /// `[T]`, of every triangle of a mesh with patches its part, an index into `names`; 0 where that isn't known.
    pub(super) fn part_of_triangles(&self, mesh: &Mesh, names: &[String]) -> Vec<u8> {
        let parts = &self.checkpoint().meta.patch_parts;
        let of_patch =
            |patch: usize| parts.get(patch).and_then(|p| names.iter().position(|n| *n == p.part)).unwrap_or(0) as u8;
        let known: Vec<u8> = (0..self.checkpoint().config.patches).map(of_patch).collect();
        let patch = |t: &[u32; 3]| mesh.patch.get(t[0] as usize).map_or(0, |&p| p as usize);
        mesh.triangles.iter().map(|t| known.get(patch(t)).copied().unwrap_or(0)).collect()
    }
}

/// Takes parts away that no triangle belongs to, such as the bow that most swords lack: nothing would wear their materials.
/// What is left, as indices of before.
fn drop_empty_parts(levels: &mut [Level]) -> Vec<usize> {
    let parts = levels.first().map_or(0, |level| level.skin.parts.len());
    let used = |part: usize| levels.iter().any(|level| level.skin.part.iter().any(|&p| usize::from(p) == part));
    let kept: Vec<usize> = (0..parts).filter(|&part| used(part)).collect();
    for Level { skin, .. } in levels {
        skin.parts = kept.iter().map(|&part| skin.parts[part].clone()).collect();
        let place = |part: u8| kept.iter().position(|&k| k == usize::from(part)).unwrap_or(0) as u8;
        skin.part.iter_mut().for_each(|part| *part = place(*part));
    }
    kept
}

/// One convex body a part; one for the whole where no part is known.
fn bodies(solid: &Solid) -> Vec<Mesh> {
    let all = hulls(solid, VERTICES);
    let parted = all.iter().filter(|hull| hull.part.is_some()).count() > 1;
    all.into_iter().filter(|hull| hull.part.is_some() == parted).map(|hull| hull.mesh).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_no_triangle_has_are_dropped_alike_from_all_levels() {
        let level = |part: &[u8]| {
            let skin =
                Skin { part: part.to_vec(), parts: ["a", "b", "c"].map(String::from).to_vec(), ..Default::default() };
            Level { skin, error: 0.0 }
        };
        let mut levels = [level(&[2, 0, 2]), level(&[2])];
        assert_eq!(drop_empty_parts(&mut levels), [0, 2]);
        assert_eq!((&levels[0].skin.part[..], &levels[1].skin.part[..]), (&[1, 0, 1][..], &[1][..]));
        assert!(levels.iter().all(|l| l.skin.parts == ["a", "c"]));
    }
}
