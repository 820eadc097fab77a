//! A solid in a budget of triangles.
//!
//! meshoptimizer collapses edges by a quadric metric that also weighs normals. Two things it doesn't promise are held
//! here: that the result is still a closed manifold (a collapse may fold a thin tube onto itself; the vertices where
//! that happened are kept in place and the collapse is run again), and that parts keep their borders (a vertex on one is
//! handed over once for each part, as a seam, along which alone it may then go).

use thiserror::Error;

use super::Solid;
use super::adjacency::{Adjacency, NotClosed};
use super::collapse::Surface;
use super::crease::{Shading, shade};
use super::mend::Thin;
use super::tidy::thicken;
use crate::mesh::split::compact;
use crate::mesh::{Mesh, MeshError, Vec3};

/// The fewest triangles of a closed surface.
pub const LEAST: usize = 4;

/// Why a solid doesn't fit a budget.
#[derive(Debug, Error, PartialEq)]
pub enum BudgetError {
    #[error(
        "a closed surface can't have {asked} triangles; ask for at least {LEAST}, and for a sword rather 500 or more"
    )]
    TooFew { asked: usize },
    #[error(
        "of {levels} levels of detail one would have {left} triangles, and a closed surface needs {LEAST}; ask for fewer levels or more triangles"
    )]
    Levels { levels: usize, left: usize },
    #[error("in {asked} triangles the shape would be torn or lose a part; ask for {least} or more")]
    /// `least` can be reached.
    Unreachable { asked: usize, least: usize },
    #[error(transparent)]
    Mesh(#[from] MeshError),
    #[error(transparent)]
    NotClosed(#[from] NotClosed),
    #[error(
        "{found} part numbers for {triangles} triangles of {parts} parts; every triangle needs one of an existing part"
    )]
    Parts { found: usize, triangles: usize, parts: usize },
}

/// Edges that bend by more than this are kept as features.
const FEATURE: f32 = 50.0;

/// Checks what every stage behind relies on: a valid mesh, closed and manifold along its edges, a part for each triangle.
pub fn check(solid: &Solid) -> Result<Adjacency, BudgetError> {
    let Solid { mesh, part, parts } = solid;
    mesh.validate()?;
    let adjacency = Adjacency::new(&mesh.triangles, mesh.positions.len())?;
    if part.len() != mesh.triangles.len() || part.iter().any(|&p| usize::from(p) >= parts.len()) {
        return Err(BudgetError::Parts { found: part.len(), triangles: mesh.triangles.len(), parts: parts.len() });
    }
    Ok(adjacency)
}

/// What a normal that turns by one radian is worth in metres of distance: enough that shading stays calm, and too little to cost
/// deviation that could be seen.
const NORMAL: f32 = 0.01;

/// At most `triangles` triangles and, where the solid has as many, at least 95 % of that (of less than 80, the next lower
/// even number: a closed surface has no odd one); and meshoptimizer's estimate of the distance between the two surfaces, in metres.
///
/// The result is closed and manifold where the solid is, keeps its parts and their borders, its lowest and highest place, and its creases
/// where they matter. Vertices that lie on no border go to where they fit best.
///
/// # Errors
/// A solid that [`check`] refuses, fewer than [`LEAST`] triangles, or fewer than can be reached.
pub fn simplify(solid: &Solid, triangles: usize) -> Result<(Solid, f32), BudgetError> {
    let adjacency = check(solid)?;
    if triangles < LEAST {
        return Err(BudgetError::TooFew { asked: triangles });
    }
    if solid.mesh.triangles.len() <= triangles {
        return Ok((solid.clone(), 0.0));
    }
    let Shading { normals, group, .. } = shade(solid, &adjacency, FEATURE.to_radians());
    // A wedge for each normal.
    let mut vertex = vec![0; normals.len()];
    let mut part = vec![0; normals.len()];
    for (corner, &group) in group.iter().enumerate() {
        vertex[group as usize] = solid.mesh.triangles[corner / 3][corner % 3];
        part[group as usize] = solid.part[corner / 3];
    }
    let protected = on_borders(&vertex, &part, solid.mesh.positions.len());
    let positions: Vec<Vec3> = vertex.iter().map(|&v| solid.mesh.positions[v as usize]).collect();
    let surface = Surface {
        positions: &positions,
        vertex: &vertex,
        vertices: solid.mesh.positions.len(),
        attributes: normals.as_flattened(),
        weights: &[NORMAL; 3],
        protected: &protected,
        triangles: group.as_chunks::<3>().0,
    };
    let found = surface.collapsed(triangles, true);
    if found.triangles.len() > triangles {
        // Where a collapse gets stuck depends on how far it was to go.
        let mut doubled = (1..).map(|i| triangles << i).take_while(|&most| most < found.triangles.len());
        let reached = |most: &usize| surface.collapsed(*most, true).triangles.len() <= *most;
        let least = doubled.find(reached).unwrap_or(found.triangles.len());
        return Err(BudgetError::Unreachable { asked: triangles, least });
    }
    let mut mesh = Mesh { positions: solid.mesh.positions.clone(), ..Default::default() };
    for &w in found.triangles.as_flattened() {
        mesh.positions[vertex[w as usize] as usize] = found.positions[w as usize];
    }
    mesh.triangles = found.triangles.iter().map(|t| t.map(|w| vertex[w as usize])).collect();
    let part: Vec<u8> = found.triangles.iter().map(|t| part[t[0] as usize]).collect();
    let vertex: Vec<u32> = (0..mesh.positions.len() as u32).collect();
    let thin = Thin { positions: &mesh.positions, vertex: &vertex, vertices: vertex.len(), part: &part };
    thin.mend(&mut mesh.triangles, |_| true);
    let mut mesh = compact(&mesh, &mesh.triangles);
    thicken(&mut mesh);
    Ok((Solid { mesh, part, parts: solid.parts.clone() }, found.error))
}

/// `[W]`, whether wedges of several parts meet at a wedge's vertex.
fn on_borders(vertex: &[u32], part: &[u8], vertices: usize) -> Vec<bool> {
    let mut first = vec![None; vertices];
    let mut mixed = vec![false; vertices];
    for (&v, &p) in vertex.iter().zip(part) {
        mixed[v as usize] |= *first[v as usize].get_or_insert(p) != p;
    }
    vertex.iter().map(|&v| mixed[v as usize]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::bvh::Bvh;
    use crate::mesh::normals::{doubled_area, face_normals};
    use crate::mesh::{dot, norm, sub};
    use crate::solid::adjacency::faulty_vertices;
    use crate::solid::deviation::Reference;
    use crate::solid::fixture;

    fn thinnest(mesh: &Mesh) -> f64 {
        let ratio = |t: usize| {
            let c = mesh.corners(t);
            let longest = (0..3).map(|k| f64::from(norm(sub(c[k], c[(k + 1) % 3])))).fold(0.0, f64::max);
            let area = doubled_area(c);
            (area[0] * area[0] + area[1] * area[1] + area[2] * area[2]).sqrt() / (longest * longest)
        };
        (0..mesh.triangles.len()).map(ratio).fold(f64::MAX, f64::min)
    }

    #[test]
    fn every_budget_is_kept_by_a_closed_manifold_near_the_dense_surface() {
        for (name, dense) in fixture::several() {
            let reference = Reference::new(&dense.mesh, 8000);
            let length = |s: &Solid| s.mesh.bounds().map(|(low, high)| high[1] - low[1]).unwrap();
            let top = |s: &Solid| s.mesh.positions.iter().copied().max_by(|a, b| a[1].total_cmp(&b[1])).unwrap();
            for (budget, allowed) in [(4000, 0.000_2), (2000, 0.000_3), (1001, 0.001), (500, 0.004)] {
                let at = format!("{name} at {budget}");
                let (low, error) = simplify(&dense, budget).unwrap_or_else(|e| panic!("{at}: {e}"));
                let count = low.mesh.triangles.len();
                assert!(count <= budget && 100 * count >= 95 * budget, "{at}: {count}");
                check(&low).unwrap_or_else(|e| panic!("{at}: {e}"));
                assert!(faulty_vertices(&low.mesh.triangles, low.mesh.positions.len()).is_empty(), "{at}");
                assert!(thinnest(&low.mesh) > 1e-7, "{at}: {}", thinnest(&low.mesh));
                let apart = reference.deviation(&low.mesh);
                assert!(apart.most < allowed && error < 10.0 * allowed, "{at}: {apart:?}, estimate {error}");
                assert!((length(&low) / length(&dense) - 1.0).abs() < 0.005, "{at}");
                assert!((top(&low)[1] - top(&dense)[1]).abs() < 1e-6, "{at}: the tip is kept");
                if budget >= 2000 {
                    assert!(norm(sub(top(&low), top(&dense))) < 0.003, "{at}: {:?}", top(&low));
                }
                for part in 0..dense.parts.len() as u8 {
                    assert!(low.part.contains(&part), "{at} has lost {}", dense.parts[usize::from(part)]);
                }
            }
        }
    }

    /// Faces look where the dense surface near them looks, but for slivers that nobody sees.
    #[test]
    fn no_face_is_turned_over() {
        for (name, dense) in fixture::several() {
            for budget in [2000, 500] {
                let low = simplify(&dense, budget).unwrap().0;
                let tree = Bvh::new(&dense.mesh);
                let (ours, theirs) = (face_normals(&low.mesh), face_normals(&dense.mesh));
                let (mut turned, mut whole) = (0.0, 0.0);
                for t in 0..low.mesh.triangles.len() {
                    let c = low.mesh.corners(t);
                    let middle: Vec3 = std::array::from_fn(|i| (c[0][i] + c[1][i] + c[2][i]) / 3.0);
                    let area = norm(doubled_area(c).map(|x| x as f32));
                    whole += area;
                    let distance =
                        tree.distance2(middle, |d| dot(ours[t], theirs[d]) > 0.2).map_or(f32::MAX, f32::sqrt);
                    if distance > 0.003 {
                        turned += area;
                        let longest = (0..3).map(|k| norm(sub(c[k], c[(k + 1) % 3]))).fold(0.0, f32::max);
                        println!(
                            "{name} at {budget}: {distance} m, {} mm high, {} mm long",
                            1e3 * area / longest,
                            1e3 * longest
                        );
                    }
                }
                assert!(turned < 1e-4 * whole, "{name} at {budget}: {turned} of {whole}");
            }
        }
    }

    #[test]
    fn borders_of_parts_stay_where_they_are() {
        let dense = fixture::sword(64, 150, 1e-4);
        let low = simplify(&dense, 1000).unwrap().0;
        let adjacency = check(&low).unwrap();
        let corners = low.mesh.triangles.as_flattened();
        let mut borders = 0;
        for half in (0..adjacency.len()).filter(|&h| low.part[h / 3] != low.part[adjacency.twin(h) / 3]) {
            let y = low.mesh.positions[corners[half] as usize][1];
            assert!([-0.09, 0.05, 0.068].iter().any(|b| (y - b).abs() < 1e-3), "a border at {y}");
            borders += 1;
        }
        assert!(borders > 30, "{borders}");
    }

    #[test]
    fn what_is_small_enough_stays_and_nonsense_is_refused() {
        let solid = fixture::sword(16, 20, 0.0);
        assert_eq!(simplify(&solid, 1_000_000).unwrap(), (solid.clone(), 0.0));
        for asked in [0, 3] {
            assert_eq!(simplify(&solid, asked).unwrap_err(), BudgetError::TooFew { asked });
        }
        // Four parts can't be had in four triangles.
        let error = simplify(&solid, 4).unwrap_err();
        assert!(matches!(error, BudgetError::Unreachable { asked: 4, least } if least > 4), "{error}");
        let mut broken = solid.clone();
        broken.mesh.positions[7][2] = f32::NAN;
        assert!(matches!(simplify(&broken, 500), Err(BudgetError::Mesh(MeshError::NotFinite { vertex: 7 }))));
        let mut open = solid.clone();
        open.mesh.triangles.pop();
        open.part.pop();
        assert!(matches!(simplify(&open, 500), Err(BudgetError::NotClosed(_))));
        let mut unknown = solid.clone();
        unknown.part[5] = 9;
        assert!(matches!(simplify(&unknown, 500), Err(BudgetError::Parts { .. })));
        unknown.part.clear();
        assert!(matches!(simplify(&unknown, 500), Err(BudgetError::Parts { found: 0, .. })));
        assert_eq!(simplify(&Solid::default(), 500).unwrap_err(), BudgetError::Mesh(MeshError::Empty));
    }

    #[test]
    fn the_same_solid_gives_the_same_bytes() {
        let dense = fixture::procedural(7, 1);
        assert_eq!(simplify(&dense, 1500).unwrap(), simplify(&dense, 1500).unwrap());
    }
}
