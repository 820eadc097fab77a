//! Patches of which nobody knows where they meet to one solid: what they wind around, cut out of space on a grid.
//!
//! Blunter than joining patches at their seams, since the grid's cells round off edges; but gaps, overlaps and inner sheets do
//! it no harm. The grid is stretched to the shape's proportions, so that a blade is more than one cell thick.

use std::panic::{AssertUnwindSafe, catch_unwind};

use manifold_rust::linalg;
use manifold_rust::manifold::Manifold;
use manifold_rust::types::Box as Bounds;

use super::tidy::tidy;
use super::unite::unite;
use super::{Solid, SolidError};
use crate::mesh::bvh::Bvh;
use crate::mesh::winding::Winding;
use crate::mesh::{Mesh, Vec3};

/// Room around the shape, as a share of the stretched extent.
const MARGIN: f32 = 0.03;

/// How far an axis is stretched towards equal extents: 0 not at all, 1 to a cube.
const STRETCH: f32 = 0.5;

/// An axis is not stretched to less than this share of the longest, or a flat sheet would make cells of no width.
const FLATTEST: f32 = 0.02;

/// Grids that are tried, each of twice the cells.
const TRIES: usize = 4;

/// Where the winding number makes the surface.
const LEVEL: f64 = 0.5;

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
    // From metres to the grid's space, where the longest extent is 1.
    let stretch = extent.map(|e| (e / longest).max(FLATTEST).powf(-STRETCH) / longest);
    let winding = Winding::new(patches);
    let into = |p: Vec3| -> [f64; 3] { std::array::from_fn(|k| f64::from((p[k] - lo[k]) * stretch[k])) };
    let back = |p: [f64; 3]| -> Vec3 { std::array::from_fn(|k| p[k] as f32 / stretch[k] + lo[k]) };
    let far = into(hi);
    let bounds = Bounds::from_points(
        linalg::Vec3::new(-f64::from(MARGIN), -f64::from(MARGIN), -f64::from(MARGIN)),
        linalg::Vec3::new(far[0] + f64::from(MARGIN), far[1] + f64::from(MARGIN), far[2] + f64::from(MARGIN)),
    );
    let volume: f64 = far.iter().map(|x| x + 2.0 * f64::from(MARGIN)).product();
    let field = |p: linalg::Vec3| f64::from(winding.at(back([p.x, p.y, p.z]))) - LEVEL;
    let cut = |cells: usize| {
        let step = (volume / cells as f64).cbrt();
        Manifold::level_set_with_tolerance(field, bounds, step, 0.0, 0.05 * step).get_mesh_gl64(-1)
    };
    // On some coarse grids the extraction's table is too small and it panics; a finer one does.
    let grids = (0..TRIES).map(|i| cells.max(1000) << i);
    let found = grids.map(|cells| catch_unwind(AssertUnwindSafe(|| cut(cells)))).find_map(Result::ok);
    let found = found.ok_or(SolidError::Empty)?;
    let positions: Vec<Vec3> =
        found.vert_properties.chunks_exact(found.num_prop.max(3) as usize).map(|p| back([p[0], p[1], p[2]])).collect();
    let triangles: Vec<[u32; 3]> = found.tri_verts.as_chunks::<3>().0.iter().map(|t| t.map(|v| v as u32)).collect();
    // Where the field jumps, neighbouring cells may cut through each other by a hair.
    let mut solid = unite(&[Mesh { positions, triangles, ..Default::default() }])?;
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
