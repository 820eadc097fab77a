//! Parts in rings to one solid: each is closed, reaches into its neighbours, and all are united.

use super::reach::Parts;
use super::rings::Rings;
use super::tidy::tidy;
use super::unite::{righted, unite};
use super::{Solid, SolidError};
use crate::mesh::{Mesh, Vec3, norm, sub};
use crate::patchwork::lattice::{End, Lattice, Panel};

/// A part whose vertices lie inside others by at least this share is not seen: a bow that a sword doesn't have hides in its grip.
const HIDDEN: f32 = 0.98;

/// One solid from the decoded points of lattices, each with its part's number, `points` of a panel in the order of its uv; `names`
/// are those of the parts.
///
/// # Errors
/// When nothing is enclosed.
pub fn close<'a>(
    names: &[String],
    lattices: &[(usize, Lattice)],
    points: impl Fn(&Panel) -> &'a [Vec3],
) -> Result<Solid, SolidError> {
    let all: Vec<Rings> = lattices.iter().map(|(_, lattice)| Rings::join(lattice, &points)).collect();
    let whole = Mesh { positions: all.iter().flat_map(|r| r.points.iter().copied()).collect(), ..Default::default() };
    let (lo, hi) = whole.bounds().ok_or(SolidError::Empty)?;
    let extent = norm(sub(hi, lo));
    let parts = Parts::of(&all);
    let shown: Vec<usize> = (0..all.len()).filter(|&i| parts.hidden(i) < HIDDEN).collect();
    let mut rings: Vec<Rings> = shown.iter().map(|&i| all[i].clone()).collect();
    let parts = Parts::of(&rings);
    for (part, end) in (0..rings.len()).flat_map(|part| [(part, 0), (part, 1)]) {
        parts.lead(&mut rings, part, end, extent);
    }
    let mut bodies = Vec::new();
    for (part, rings) in rings.iter().enumerate() {
        let mesh = rings.mesh([true; 2]);
        bodies.push((part, if rings.is_folded() { righted(mesh)? } else { mesh }));
    }
    bodies.extend(parts.necks(&rings, extent));
    let (owner, meshes): (Vec<usize>, Vec<Mesh>) = bodies.into_iter().unzip();
    let mut solid = unite(&meshes)?;
    // A part that is hidden keeps its number all the same.
    solid.part.iter_mut().for_each(|body| *body = lattices[shown[owner[usize::from(*body)]]].0 as u8);
    solid.parts = names.to_vec();
    tidy(&mut solid);
    if solid.mesh.triangles.is_empty() { Err(SolidError::Empty) } else { Ok(solid) }
}

/// The parts with their patches joined at the seams and nothing else: each open where its patches are, and none united. Labels are
/// those of a solid.
pub fn weld<'a>(names: &[String], lattices: &[(usize, Lattice)], points: impl Fn(&Panel) -> &'a [Vec3]) -> Solid {
    let mut welded = Solid { parts: names.to_vec(), ..Default::default() };
    for (part, lattice) in lattices {
        let mesh = Rings::join(lattice, &points).mesh(lattice.ends.map(|end| end == End::Pole));
        welded.part.extend(vec![*part as u8; mesh.triangles.len()]);
        welded.mesh.append(&mesh);
    }
    welded
}
