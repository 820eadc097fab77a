//! Patches of which nobody knows where they meet to one solid: what they wind around, cut out of space on a grid.
//!
//! Blunter than joining patches at their seams, since the grid's cells round off edges; but gaps, overlaps and inner sheets do
//! it no harm. The grid is stretched to the shape's proportions, so that a blade is more than one cell thick.

use super::tetrahedra::extract;
use super::tidy::tidy;
use super::unite::unite;
use super::{Solid, SolidError};
use crate::mesh::bvh::Bvh;
use crate::mesh::winding::Winding;
use crate::mesh::{Mesh, Vec3};

/// Cells of room around the shape.
const ROOM: usize = 2;

/// How far an axis is stretched towards equal extents: 0 not at all, 1 to a cube.
const STRETCH: f32 = 0.5;

/// An axis is not stretched to less than this share of the longest, or a flat sheet would make cells of no width.
const FLATTEST: f32 = 0.02;

/// Where the winding number makes the surface.
const LEVEL: f32 = 0.5;

/// The solid around oriented patches, cut on a grid of about so many `cells`. `part_of` says of a triangle of `patches`
/// which of the `parts` it belongs to.
///
/// # Errors
/// When the patches wind around nothing.
pub fn enclosed(
    patches: &Mesh,
    parts: Vec<String>,
    part_of: impl Fn(usize) -> u8,
    cells: usize,
) -> Result<Solid, SolidError> {
    let (lo, hi) = patches.bounds().ok_or(SolidError::Empty)?;
    let extent: Vec3 = std::array::from_fn(|k| hi[k] - lo[k]);
    let longest = extent.into_iter().fold(0.0, f32::max);
    if !(longest > 0.0 && longest.is_finite()) {
        return Err(SolidError::Empty);
    }
    // Cells are narrower along the shorter extents, but not as much as those are shorter.
    let side = extent.map(|e| longest * (e / longest).max(FLATTEST).powf(1.0 - STRETCH));
    let scale = (cells.max(1000) as f32 / side.iter().product::<f32>()).cbrt();
    let inner = side.map(|s| (s * scale).ceil().max(4.0));
    let counts = inner.map(|n| n as usize + 2 * ROOM);
    let back = |p: Vec3| -> Vec3 {
        std::array::from_fn(|k| lo[k] + (p[k] - ROOM as f32) * width(extent[k], longest) / inner[k])
    };
    let winding = Winding::new(patches);
    let mut cut = extract(counts, |p| winding.at(back(p)) > LEVEL);
    cut.positions.iter_mut().for_each(|p| *p = back(*p));
    if cut.triangles.is_empty() {
        return Err(SolidError::Empty);
    }
    // The surface may bulge through itself where it is thinner than a cell.
    let mut solid = unite(&[cut])?;
    solid.parts = parts;
    tidy(&mut solid);
    if solid.mesh.triangles.is_empty() {
        return Err(SolidError::Empty);
    }
    let tree = Bvh::new(patches);
    for t in 0..solid.mesh.triangles.len() {
        let [a, b, c] = solid.mesh.corners(t);
        let middle = std::array::from_fn(|k| (a[k] + b[k] + c[k]) / 3.0);
        solid.part[t] = tree.nearest(middle).map_or(0, &part_of);
    }
    Ok(solid)
}

/// What the grid covers of an extent: a flat one is given some width.
fn width(extent: f32, longest: f32) -> f32 {
    extent.max(FLATTEST * longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::solidity::Solidity;
    use crate::mesh::bvh::tests::cube;

    #[test]
    fn gaps_and_inner_sheets_do_no_harm() {
        let mut patches = cube(0.5, [0.0; 3]);
        patches.positions.iter_mut().for_each(|p| *p = [p[0] * 0.3, p[1] * 2.0, p[2] * 0.1]);
        // A slit along one side.
        patches.positions.push([0.16, 1.0, 0.05]);
        patches.triangles[2] = patches.triangles[2].map(|v| if v == 7 { 8 } else { v });
        patches.append(&cube(0.02, [0.05, 0.0, 0.0]));
        let solid = enclosed(&patches, vec!["a".into(), "b".into()], |t| u8::from(t >= 12), 20_000).unwrap();
        let found = Solidity::of(&solid.mesh);
        assert!(found.is_manifold() && found.is_outward() && found.components == 1, "{found:?}");
        assert!((found.volume / 0.06 - 1.0).abs() < 0.1, "{}", found.volume);
        assert!(solid.part.iter().all(|&part| part == 0) && solid.part.len() == found.triangles);
        assert_eq!(enclosed(&Mesh::default(), vec![], |_| 0, 20_000), Err(SolidError::Empty));
    }
}
