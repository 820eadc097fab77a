//! Parts in rings to one solid: each is closed, reaches into its neighbours, and all are united.

use super::rings::{Rings, middle};
use super::tidy::tidy;
use super::unite::unite;
use super::{Solid, SolidError};
use crate::mesh::bvh::Bvh;
use crate::mesh::{Mesh, Vec3, norm, sub};
use crate::patchwork::lattice::{End, Lattice, Panel};

/// How far an end that rests on another part reaches into it, as a share of the shape's extent; guards and pommels are thicker.
const REACH: f32 = 3e-3;

/// A gap up to this share of the extent is one that should not be: the end is led on into the part beyond it.
const GAP: f32 = 0.03;

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
            let outward = rings[i].outward(end);
            // How far it is to the part beyond: nothing from within it, `None` where there is none.
            let way = |p: Vec3| {
                if inside(i, p) {
                    return Some(0.0);
                }
                let others = trees.iter().enumerate().filter(|(j, _)| *j != i);
                let to = others.filter_map(|(_, tree)| tree.enters(p, outward)).fold(f32::INFINITY, f32::min);
                (to < GAP * extent).then_some(to)
            };
            let ways: Vec<Option<f32>> = rings[i].last(end).iter().map(|&p| way(p)).collect();
            let pole = way(middle(rings[i].last(end)));
            if let Some(Bridge { ways, pole }) = bridge(&ways, pole, REACH * extent) {
                rings[i].extend(end, &ways, pole);
            } else if lattice.ends[end] == End::Open {
                rings[i].extend(end, &[], 0.0);
            }
        }
    }
    let seen = |i: usize| {
        let points = || rings[i].points.iter().step_by(5);
        let hidden = points().filter(|&&p| inside(i, p)).count();
        (hidden as f32) < HIDDEN * points().count() as f32
    };
    let shown: Vec<usize> = (0..rings.len()).filter(|&i| seen(i)).collect();
    let mut solid = unite(&shown.iter().map(|&i| rings[i].mesh([true; 2])).collect::<Vec<_>>())?;
    // A part that is hidden keeps its number all the same.
    solid.part.iter_mut().for_each(|part| *part = shown[usize::from(*part)] as u8);
    solid.parts = names.to_vec();
    tidy(&mut solid);
    if solid.mesh.triangles.is_empty() { Err(SolidError::Empty) } else { Ok(solid) }
}

/// How an end is led on into its neighbour: its ring by columns, and the point that closes it.
struct Bridge {
    ways: Vec<f32>,
    pole: f32,
}

/// From the ways of an end's columns and of its middle to what lies beyond; `None` for an end that stands free.
fn bridge(ways: &[Option<f32>], pole: Option<f32>, reach: f32) -> Option<Bridge> {
    let found: Vec<f32> = ways.iter().copied().flatten().collect();
    if found.is_empty() && pole.is_none() || pole.is_none() && 2 * found.len() < ways.len() {
        return None;
    }
    let into = |way: f32| if way > 0.0 { way + reach } else { 0.0 };
    if 10 * found.len() >= 9 * ways.len() {
        // It stands on its neighbour, and follows its surface.
        let ways: Vec<f32> = ways.iter().map(|way| way.map_or(0.0, into)).collect();
        let mean = ways.iter().sum::<f32>() / ways.len() as f32;
        return Some(Bridge { pole: mean.max(pole.map_or(0.0, into)), ways });
    }
    // Its neighbour is narrower: the end stays flat, goes as far as the nearest place, and a point inside holds it.
    let nearest = found.iter().copied().fold(pole.unwrap_or(f32::INFINITY), f32::min);
    let farthest = found.iter().copied().fold(pole.unwrap_or(0.0), f32::max);
    Some(Bridge { ways: vec![nearest; ways.len()], pole: farthest + reach })
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
