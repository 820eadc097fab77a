//! Textures of a low-poly shape, baked from the dense one: what simplification took away comes back as pictures.
//!
//! ```text
//! Skin -> texels -> point and tangent frame -> projection onto the dense surface -> normal, part
//!                                           -> rays from there -> occlusion, edges
//!                                           -> what the part is made of -> colour, roughness, relief
//! ```
//!
//! Whoever draws them leaves the material's factors at 1. Each texel of the low surface's charts looks along its own normal for the dense surface, within a cage. What it finds
//! is written in the low surface's tangent space, as renderers interpolate it, so that light falls on the low surface as it
//! would on the dense one. No file, no model, no random number; the same bytes at any thread count.

mod coat;
mod detail;
mod dilate;
mod directions;
mod faults;
mod frame;
mod noise;
mod occlusion;
mod part;
mod projection;
mod relief;
mod texels;
mod texture;

pub use detail::Detail;
pub use faults::BakeError;
pub use texture::{Texture, part_colour, srgb};

use rayon::prelude::*;

use crate::export::Finish;
use crate::mesh::Mesh;
use crate::solid::Skin;
use detail::{Painter, Spot};
use frame::{Frame, dither};
use occlusion::Light;
use projection::Reference;
use texels::Texels;

/// Sides that a texture may have.
pub const SIZES: std::ops::RangeInclusive<u32> = 256..=4096;

/// The dense surface that is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Dense<'a> {
    /// With unit normals. Outward-facing; patches may overlap and lie open.
    pub mesh: &'a Mesh,
    /// `[T]`, for every triangle its part, an index into the skin's parts.
    pub part: &'a [u8],
}

/// How textures are baked.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Side of the textures in texels, one of [`SIZES`].
    pub size: u32,
    /// How far from the low surface the dense one is looked for, either way, in the mesh's units; without it 0.4 % of the
    /// shape's largest extent.
    pub cage: Option<f32>,
    /// Rays of occlusion from each point, 4 to 256. Neighbouring points cast different ones and share what they see.
    pub rays: u32,
    /// How far occluding surface may lie, in the mesh's units; without it a fifth of the shape's largest extent.
    pub reach: Option<f32>,
    /// `[parts]`, what each part of the skin is made of; parts beyond the list wear what the default [`Outfit`](crate::export::Outfit) has for their
    /// names.
    pub finishes: Vec<Finish>,
    /// What is added that the surface itself doesn't have.
    pub detail: Detail,
}

impl Default for Options {
    fn default() -> Self {
        Self { size: 1024, cage: None, rays: 16, reach: None, finishes: Vec::new(), detail: Detail::ALL }
    }
}

/// What was baked; all of one size.
#[derive(Clone, Debug, PartialEq)]
pub struct Textures {
    /// sRGB.
    pub base_colour: Texture,
    /// Tangent space, linear; +X along the tangent, +Y along the bitangent, +Z out.
    pub normal: Texture,
    /// Linear: ambient occlusion, roughness, metallic in red, green, blue, as glTF packs them.
    pub orm: Texture,
    /// [`part_colour`] of each texel's part, black where no part is.
    pub mask: Texture,
    pub report: Report,
}

impl Textures {
    /// PNG files by the name that a texture goes by.
    pub fn png(&self) -> [(&'static str, Vec<u8>); 4] {
        let named = [
            ("base_colour", &self.base_colour),
            ("normal", &self.normal),
            ("orm", &self.orm),
            ("part_mask", &self.mask),
        ];
        let mut files = named.map(|(name, _)| (name, Vec::new()));
        files.par_iter_mut().zip(named).for_each(|(file, (_, texture))| file.1 = texture.png());
        files
    }
}

/// What a bake met.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// Texels that show the surface.
    pub texels: usize,
    /// Share of the square that shows the surface.
    pub covered: f32,
    /// Share of the texels that found none of their part's dense surface along their normal, but some near them.
    pub nearest: f32,
    /// Share of the texels that found none within the cage: their normal is the low surface's.
    pub missed: f32,
    /// Texels along a unit of length, by area over all charts.
    pub density: f32,
}

/// How a texel came by its normal.
#[derive(Clone, Copy, PartialEq)]
enum Found {
    Nothing,
    Ray,
    Nearest,
    Missed,
}

/// One row of all four textures, before it is dilated.
struct Row {
    base: Vec<[u8; 3]>,
    normal: Vec<[u8; 3]>,
    orm: Vec<[u8; 3]>,
    mask: Vec<[u8; 3]>,
    found: Vec<Found>,
}

/// Bakes the dense surface into the skin's charts.
///
/// # Errors
/// A skin without normals, texture coordinates or tangents, a dense surface without normals; numbers that are not finite;
/// parts that have no name; charts outside the square or too small to hold a texel; options out of range.
pub fn bake(skin: &Skin, dense: &Dense, options: &Options) -> Result<Textures, BakeError> {
    faults::check(skin, dense, options)?;
    let side = options.size as usize;
    let extent = extent(dense.mesh).max(extent(&skin.mesh));
    let cage = options.cage.unwrap_or(0.004 * extent);
    let reference = Reference::new(dense, cage);
    let texels = Texels::new(&skin.mesh, side);
    let density = texels.density(&skin.mesh);
    if texels.covered() == 0 {
        return Err(BakeError::NoTexel { size: options.size });
    }
    let painter = Painter::new(skin, dense, options, extent, 1.0 / density);
    let reach = options.reach.unwrap_or(0.2 * extent);
    let light = Light::cast(skin, &reference, &painter, side, options.rays, reach);

    let rows: Vec<Row> = (0..side)
        .into_par_iter()
        .map(|row| {
            let blank = vec![[0u8; 3]; side];
            let found = vec![Found::Nothing; side];
            let mut out = Row { base: blank.clone(), normal: blank.clone(), orm: blank.clone(), mask: blank, found };
            for column in 0..side {
                let Some((triangle, weights)) = texels.at(&skin.mesh, column, row) else { continue };
                let frame = Frame::of(skin, triangle, weights);
                let part = skin.part[triangle];
                let (met, found) = reference.project(frame.position, frame.unit_normal(), part);
                let (occlusion, edge) = light.at(column, row, triangle);
                let spot = Spot {
                    position: met.map_or(frame.position, |met| met.position),
                    normal: met.map_or(frame.unit_normal(), |met| met.normal),
                    part,
                    occlusion,
                    edge,
                };
                let look = painter.paint(&spot);
                out.normal[column] = frame.encoded(look.normal, dither(column, row));
                out.base[column] = look.colour.map(texture::srgb);
                out.orm[column] = [look.occlusion, look.roughness, look.metallic].map(texture::byte);
                out.mask[column] = part_colour(part);
                out.found[column] = found;
            }
            out
        })
        .collect();

    let count = |found: Found| rows.iter().flat_map(|row| &row.found).filter(|f| **f == found).count();
    let shown = side * side - count(Found::Nothing);
    let share = |found: Found| count(found) as f32 / shown.max(1) as f32;
    let report = Report {
        texels: shown,
        covered: shown as f32 / (side * side) as f32,
        nearest: share(Found::Nearest),
        missed: share(Found::Missed),
        density,
    };
    let source = dilate::sources(side, |at| texels.is_covered(at));
    let spread = |pick: fn(&Row) -> &[[u8; 3]]| {
        let of = |&at: &u32| pick(&rows[at as usize / side])[at as usize % side];
        Texture { side: options.size, rgb: source.par_iter().flat_map_iter(of).collect() }
    };
    Ok(Textures {
        base_colour: spread(|row| &row.base),
        normal: spread(|row| &row.normal),
        orm: spread(|row| &row.orm),
        mask: spread(|row| &row.mask),
        report,
    })
}

/// The largest side of a mesh's box.
fn extent(mesh: &Mesh) -> f32 {
    mesh.bounds().map_or(0.0, |(lo, hi)| (0..3).map(|i| hi[i] - lo[i]).fold(0.0, f32::max))
}
