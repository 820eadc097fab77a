//! Parts in rings to one solid: each is closed, reaches into its neighbours, and all are united.

use super::rings::Rings;
use super::tidy::tidy;
use super::unite::unite;
use super::{Solid, SolidError};
use crate::mesh::bvh::Bvh;
use crate::mesh::{Mesh, Vec3, norm, scaled, sub, unit};
use crate::patchwork::lattice::{End, Lattice, Panel};

/// How far an end that rests on another part reaches into it, as a share of the shape's extent. Parts err by less where they
/// meet, so no gap is left; guards and pommels are thicker.
const REACH: f32 = 3e-3;

/// A part whose vertices lie inside others by at least this share is not seen: a bow that a sword doesn't have hides in its grip.
const HIDDEN: f32 = 0.9;

/// Rays that agree about what is inside.
const DIRECTIONS: [Vec3; 3] = [[0.31, 0.87, 0.38], [-0.74, 0.23, 0.63], [0.52, -0.41, -0.75]];

/// One solid from the decoded points of lattices, `points` of a panel in the order of its uv; `names` are those of the parts.
///
/// # Errors
/// When nothing is enclosed.
pub fn close<'a>(
    names: &[String],
    lattices: &[Lattice],
    points: impl Fn(&Panel) -> &'a [Vec3],
) -> Result<Solid, SolidError> {
    let mut rings: Vec<Rings> = lattices.iter().map(|lattice| Rings::join(lattice, &points)).collect();
    let whole = Mesh { positions: rings.iter().flat_map(|r| r.points.iter().copied()).collect(), ..Default::default() };
    let (lo, hi) = whole.bounds().ok_or(SolidError::Empty)?;
    let reach = REACH * norm(sub(hi, lo));
    let trees: Vec<Bvh> = rings.iter().map(|rings| Bvh::new(&rings.mesh())).collect();
    for i in 0..rings.len() {
        for end in 0..2 {
            let pole = rings[i].poles[end];
            let near = |(j, tree): (usize, &Bvh)| j != i && tree.distance2(pole, |_| true).is_some_and(|d| d < reach * reach);
            if lattices[i].ends[end] == End::Open || trees.iter().enumerate().any(near) {
                let outward = outward(&rings[i], end);
                rings[i].extend(end, scaled(outward, reach));
            }
        }
    }
    let seen = |i: usize| {
        let inside = |p: Vec3| (0..trees.len()).any(|j| j != i && is_inside(&trees[j], p));
        let points = || rings[i].points.iter().step_by(5);
        let hidden = points().filter(|&&p| inside(p)).count();
        (hidden as f32) < HIDDEN * points().count() as f32
    };
    let parts = (0..rings.len()).filter(|&i| seen(i)).map(|i| (names[i].clone(), rings[i].mesh()));
    let mut solid = unite(&parts.collect::<Vec<_>>())?;
    tidy(&mut solid);
    if solid.mesh.triangles.is_empty() { Err(SolidError::Empty) } else { Ok(solid) }
}

/// From ring to ring towards an end.
fn outward(rings: &Rings, end: usize) -> Vec3 {
    let last = if end == 0 { 0 } else { rings.rings() - 1 };
    let before = if end == 0 { 2.min(rings.rings() - 1) } else { last.saturating_sub(2) };
    let middle = |ring: usize| {
        let ring = rings.ring(ring);
        ring.iter().fold([0.0; 3], |s: Vec3, p| std::array::from_fn(|k| s[k] + p[k] / ring.len() as f32))
    };
    unit(sub(middle(last), middle(before)))
}

/// By most of a few rays, since one may graze an edge.
fn is_inside(tree: &Bvh, p: Vec3) -> bool {
    DIRECTIONS.iter().filter(|&&d| tree.winding(p, d) != 0).count() * 2 > DIRECTIONS.len()
}
