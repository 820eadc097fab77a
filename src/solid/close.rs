//! Parts in rings to one solid: each is closed, reaches into its neighbours, and all are united.

use super::rings::Rings;
use super::tidy::tidy;
use super::unite::unite;
use super::{Solid, SolidError};
use crate::mesh::bvh::Bvh;
use crate::mesh::{Mesh, Vec3, norm, sub};
use crate::patchwork::lattice::{End, Lattice, Panel};

/// How far an end that rests on another part reaches into it, as a share of the shape's extent; guards and pommels are thicker.
const REACH: f32 = 3e-3;

/// A gap up to this share of the extent is one that should not be: the end is led on into the part beyond it. For an end that is
/// open, and for one that has an end of its own.
const GAPS: [f32; 2] = [0.03, 0.01];

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
    let extent = norm(sub(hi, lo));
    let trees: Vec<Bvh> = rings.iter().map(|rings| Bvh::new(&rings.mesh([true; 2]))).collect();
    let inside = |i: usize, p: Vec3| (0..trees.len()).any(|j| j != i && is_inside(&trees[j], p));
    for (i, lattice) in lattices.iter().enumerate() {
        for end in 0..2 {
            let is_open = lattice.ends[end] == End::Open;
            let (outward, gap) = (rings[i].outward(end), extent * GAPS[usize::from(!is_open)]);
            let others = || trees.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, tree)| tree);
            let way = |&p: &Vec3| {
                if inside(i, p) {
                    return Some(0.0);
                }
                let to = others().filter_map(|tree| tree.enters(p, outward)).fold(f32::INFINITY, f32::min);
                (to < gap).then_some(to + REACH * extent)
            };
            let ways: Vec<Option<f32>> = rings[i].last(end).iter().map(way).collect();
            let stands = 2 * ways.iter().flatten().count() > ways.len();
            if stands {
                let ways: Vec<f32> = ways.into_iter().map(|way| way.unwrap_or(0.0)).collect();
                rings[i].extend(end, &ways);
            }
        }
    }
    let seen = |i: usize| {
        let points = || rings[i].points.iter().step_by(5);
        let hidden = points().filter(|&&p| inside(i, p)).count();
        (hidden as f32) < HIDDEN * points().count() as f32
    };
    let parts = (0..rings.len()).filter(|&i| seen(i)).map(|i| (names[i].clone(), rings[i].mesh([true; 2])));
    let mut solid = unite(&parts.collect::<Vec<_>>())?;
    tidy(&mut solid);
    if solid.mesh.triangles.is_empty() { Err(SolidError::Empty) } else { Ok(solid) }
}

/// The parts with their patches joined at the seams and nothing else: each open where its patches are, and none united. Labels are
/// those of a solid.
pub fn weld<'a>(names: &[String], lattices: &[Lattice], points: impl Fn(&Panel) -> &'a [Vec3]) -> Solid {
    let mut welded = Solid { parts: names.to_vec(), ..Default::default() };
    for (i, lattice) in lattices.iter().enumerate() {
        let mesh = Rings::join(lattice, &points).mesh(lattice.ends.map(|end| end == End::Pole));
        welded.part.extend(vec![i as u8; mesh.triangles.len()]);
        welded.mesh.append(&mesh);
    }
    welded
}

/// By most of a few rays, since one may graze an edge.
fn is_inside(tree: &Bvh, p: Vec3) -> bool {
    DIRECTIONS.iter().filter(|&&d| tree.winding(p, d) != 0).count() * 2 > DIRECTIONS.len()
}
