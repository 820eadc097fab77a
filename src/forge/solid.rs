//! A decoded shape as one closed surface.

use super::game::Surface;
use super::{Forge, ForgeError, check_length};
use crate::latent::Latent;
use crate::mesh::weld::weld as weld_near;
use crate::mesh::{Vec3, norm, sub};
use crate::patchwork::lattice::{Lattice, Steps};
use crate::solid::budget::check;
use crate::solid::close::{close, weld};
use crate::solid::field::enclosed;
use crate::solid::{Solid, SolidError};
use crate::template::Template;

/// How finely a solid is made where nobody asks for another.
pub const STEPS: Steps = Steps { u: 12, v: 24 };

/// Steps more in either direction with which a solid is tried where parts that were united touch along an edge: a part's facets that
/// all but lie in another's do so by chance, about one in a thousand.
const AGAIN: [usize; 3] = [0, 1, 2];

/// How near borders lie that are welded where nobody knows the seams, as a share of the shape's extent.
const WELD: f32 = 1e-3;

/// Points along one side of a patch's grid where patches are closed by what they wind around.
const FIELD_GRID: usize = 16;

/// Cells of the grid there for each step of a patch along u and v: 150,000 where nobody asks for another.
const CELLS_A_STEP: usize = 520;

/// Lattices of a model's pieces, each with its part's number.
type Pieces = Vec<(usize, Lattice)>;

/// Each name once, and for every one given its number among these.
pub(super) fn numbered<'a>(given: impl IntoIterator<Item = &'a str>) -> (Vec<String>, Vec<usize>) {
    let mut names: Vec<String> = Vec::new();
    let mut number = |name: &str| {
        names.iter().position(|known| known == name).unwrap_or_else(|| {
            names.push(name.to_owned());
            names.len() - 1
        })
    };
    let numbers = given.into_iter().map(&mut number).collect();
    (names, numbers)
}

impl Forge {
    /// One closed, manifold surface that faces outward, in metres, lying as [`Forge::decode`] has it. Where the model knows how
    /// its patches meet, they are joined at their seams and the parts united; elsewhere it is what the patches wind around.
    ///
    /// # Errors
    /// As [`Forge::decode`]; patches that enclose nothing.
    pub fn solid(&self, latent: &Latent, length: Option<f32>, steps: Steps) -> Result<Solid, ForgeError> {
        let mut found = None;
        for Steps { u, v } in AGAIN.map(|more| Steps { u: steps.u + more, v: steps.v + more }) {
            let Some((names, lattices)) = self.lattices(Steps { u, v }) else {
                return self.wound(latent, length, steps);
            };
            let solid = self.joined(latent, length, &names, &lattices)?;
            if check(&solid).is_ok() {
                return Ok(solid);
            }
            found.get_or_insert(solid);
        }
        found.ok_or_else(|| SolidError::Empty.into())
    }

    /// Names of the model's parts, and the lattices of their pieces with their parts' numbers, if all of them have one.
    fn lattices(&self, steps: Steps) -> Option<(Vec<String>, Pieces)> {
        let parts = self.checkpoint().meta.patchwork();
        let patches: usize = parts.iter().map(|part| part.patches).sum();
        if parts.is_empty() || patches != self.checkpoint().config.patches {
            return None;
        }
        let mut lattices = Lattice::of_parts(&parts, steps)?;
        // Pieces of one part share its name.
        let (names, numbers) = numbered(parts.iter().map(|part| part.name.as_str()));
        lattices.iter_mut().for_each(|(part, _)| *part = numbers[*part]);
        Some((names, lattices))
    }

    /// The patches as one of the kinds, with the labels of a solid; closed, it is one ([`Forge::solid`]).
    ///
    /// # Errors
    /// As [`Forge::solid`].
    pub fn surface(
        &self,
        latent: &Latent,
        length: Option<f32>,
        kind: Surface,
        steps: Steps,
    ) -> Result<Solid, ForgeError> {
        match (kind, self.lattices(steps)) {
            (Surface::Closed, _) => self.solid(latent, length, steps),
            (Surface::Welded, Some((names, lattices))) => {
                let (points, n) = self.on_lattices(latent, length, &lattices)?;
                Ok(weld(&names, &lattices, |panel| &points[panel.patch * n..][..panel.uv.len()]))
            }
            _ => {
                let mut mesh = self.decode(latent, length, &Template::grid(steps.v + 1))?;
                if kind == Surface::Welded {
                    let (lo, hi) = mesh.bounds().unwrap_or_default();
                    mesh = weld_near(&mesh, WELD * norm(sub(hi, lo)));
                }
                let (parts, labels) = self.labels();
                let part = mesh.triangles.iter().map(|t| labels[mesh.patch[t[0] as usize] as usize]).collect();
                Ok(Solid { mesh, part, parts })
            }
        }
    }

    fn joined(
        &self,
        latent: &Latent,
        length: Option<f32>,
        names: &[String],
        lattices: &[(usize, Lattice)],
    ) -> Result<Solid, ForgeError> {
        let (points, n) = self.on_lattices(latent, length, lattices)?;
        Ok(close(names, lattices, |panel| &points[panel.patch * n..][..panel.uv.len()])?)
    }

    /// Points `[P * n]` in metres and n: of every patch first those of its panel.
    fn on_lattices(
        &self,
        latent: &Latent,
        length: Option<f32>,
        lattices: &[(usize, Lattice)],
    ) -> Result<(Vec<Vec3>, usize), ForgeError> {
        check_length(length)?;
        self.packed().takes(latent)?;
        let panels = || lattices.iter().flat_map(|(_, lattice)| &lattice.panels);
        let n = panels().map(|panel| panel.uv.len()).max().unwrap_or(0);
        // The network takes as many points of every patch; those that a smaller panel lacks lie at a corner.
        let mut uv = vec![[0.0f32; 2]; self.checkpoint().config.patches * n];
        for panel in panels() {
            uv[panel.patch * n..][..panel.uv.len()].copy_from_slice(&panel.uv);
        }
        let points = self.inference.points_each(latent, &uv)?;
        if points.iter().flatten().any(|x| !x.is_finite()) {
            return Err(ForgeError::NotFinite);
        }
        let placement = self.placement(latent, length);
        Ok((points.into_iter().map(|p| placement.place(p)).collect(), n))
    }

    /// Names of the parts that patches make, and for every patch `[P]` its part.
    fn labels(&self) -> (Vec<String>, Vec<u8>) {
        let of = |patch: usize| self.checkpoint().meta.patch_parts.get(patch).map_or("", |p| p.part.as_str());
        let (parts, labels) = numbered((0..self.checkpoint().config.patches).map(of));
        (parts, labels.into_iter().map(|label| label as u8).collect())
    }

    fn wound(&self, latent: &Latent, length: Option<f32>, steps: Steps) -> Result<Solid, ForgeError> {
        let patches = self.decode(latent, length, &Template::grid(FIELD_GRID))?;
        let (parts, labels) = self.labels();
        let part_of = |t: usize| labels[patches.patch[patches.triangles[t][0] as usize] as usize];
        Ok(enclosed(&patches, parts, part_of, CELLS_A_STEP * steps.u * steps.v)?)
    }
}
