//! After a union: no triangle without area, no vertex that another one sits on, no crumbs.
//!
//! Where two surfaces cross, a union leaves edges of micrometres and needles beside them. They cost triangles, break normals and
//! vanish in `f32`; each is mended without opening the surface: short edges become a point, needles are turned by exchanging
//! their long side.

use std::collections::HashMap;

use super::Solid;
use crate::mesh::sets::Sets;
use crate::mesh::weld::Welding;
use crate::mesh::{Mesh, Vec3, add, cross, dot, norm, scaled, sub, unit};

/// Shortest edge and smallest height of a triangle, as a share of the solid's extent: 10 micrometres of a metre.
const FINEST: f32 = 1e-5;

/// Rounds of mending at most; a sword's union takes about four.
const ROUNDS: usize = 12;

/// A component with less than this share of the surface is a crumb.
const CRUMB: f32 = 0.01;

/// How far vertices at one place are put apart, in finest edges.
const TWINS: f32 = 0.1;

/// Rounds of giving flat triangles an area, and how low one is, in the step that a corner takes.
const THICKENINGS: usize = 16;
const FLAT: f32 = 0.3;

/// How far a triangle's normal may turn while its neighbour is mended: its cosine.
const TURN: f32 = 0.7;

/// Mends what the union left, in place.
pub fn tidy(solid: &mut Solid) {
    let Some((lo, hi)) = solid.mesh.bounds() else { return };
    let finest = FINEST * norm(sub(hi, lo));
    for _ in 0..ROUNDS {
        let collapsed = collapse(solid, finest);
        let turned = turn(solid, finest);
        if collapsed + turned == 0 {
            break;
        }
    }
    drop_crumbs(solid);
    compact(&mut solid.mesh);
    part_twins(&mut solid.mesh, TWINS * finest);
    thicken(&mut solid.mesh);
}

/// Triangles around every vertex.
struct Around {
    start: Vec<u32>,
    triangles: Vec<u32>,
}

impl Around {
    fn of(mesh: &Mesh) -> Self {
        let mut start = vec![0u32; mesh.positions.len() + 1];
        mesh.triangles.iter().flatten().for_each(|&v| start[v as usize + 1] += 1);
        for v in 1..start.len() {
            start[v] += start[v - 1];
        }
        let mut next = start.clone();
        let mut triangles = vec![0; 3 * mesh.triangles.len()];
        for (t, corners) in mesh.triangles.iter().enumerate() {
            for &v in corners {
                triangles[next[v as usize] as usize] = t as u32;
                next[v as usize] += 1;
            }
        }
        Self { start, triangles }
    }

    fn at(&self, vertex: u32) -> &[u32] {
        &self.triangles[self.start[vertex as usize] as usize..self.start[vertex as usize + 1] as usize]
    }
}

/// Makes points of edges shorter than `finest`, and of the short side of needles. How many.
fn collapse(solid: &mut Solid, finest: f32) -> usize {
    let Solid { mesh, part, .. } = solid;
    let around = Around::of(mesh);
    let mut touched = vec![false; mesh.positions.len()];
    let mut gone = vec![false; mesh.triangles.len()];
    let mut count = 0;
    for t in 0..mesh.triangles.len() {
        let [a, b, c] = mesh.triangles[t];
        let edges = [[a, b], [b, c], [c, a]];
        let length = |[u, v]: [u32; 2]| norm(sub(mesh.positions[u as usize], mesh.positions[v as usize]));
        let shortest = edges.into_iter().min_by(|&e, &f| length(e).total_cmp(&length(f))).unwrap_or(edges[0]);
        let flat = height(mesh.corners(t)) < finest && length(shortest) < 4.0 * finest;
        if !(length(shortest) < finest || flat) || gone[t] {
            continue;
        }
        let [keep, drop] = if shortest[0] < shortest[1] { shortest } else { [shortest[1], shortest[0]] };
        let ring = |v: u32| around.at(v).iter().flat_map(|&t| mesh.triangles[t as usize]);
        if ring(keep).chain(ring(drop)).any(|v| touched[v as usize]) {
            continue;
        }
        let [p, q] = [keep, drop].map(|v| mesh.positions[v as usize]);
        let places = [scaled(add(p, q), 0.5), p, q];
        let Some(place) = places.into_iter().find(|&place| closes(mesh, &around, [keep, drop], place)) else {
            continue;
        };
        ring(keep).chain(ring(drop)).for_each(|v| touched[v as usize] = true);
        mesh.positions[keep as usize] = place;
        for &t in around.at(drop) {
            let corners = &mut mesh.triangles[t as usize];
            if corners.contains(&keep) {
                gone[t as usize] = true;
            } else {
                corners.iter_mut().filter(|v| **v == drop).for_each(|v| *v = keep);
            }
        }
        count += 1;
    }
    if count > 0 {
        let mut kept = gone.iter().map(|gone| !gone);
        mesh.triangles.retain(|_| kept.next().unwrap_or(true));
        let mut kept = gone.iter().map(|gone| !gone);
        part.retain(|_| kept.next().unwrap_or(true));
    }
    count
}

/// Whether the two ends of an edge can become one point at `place`: the surface stays manifold, and nothing folds over.
fn closes(mesh: &Mesh, around: &Around, [u, v]: [u32; 2], place: Vec3) -> bool {
    let neighbours = |v: u32| -> Vec<u32> {
        let mut all: Vec<u32> =
            around.at(v).iter().flat_map(|&t| mesh.triangles[t as usize]).filter(|&w| w != v).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let (of_u, of_v) = (neighbours(u), neighbours(v));
    let common = of_u.iter().filter(|w| of_v.binary_search(w).is_ok()).count();
    // The link condition: exactly the two triangles at the edge go. Nor may a tetrahedron's last faces.
    if common != 2 || of_u.len() < 3 || of_v.len() < 3 || of_u.len() + of_v.len() < 7 {
        return false;
    }
    let stays = |&&t: &&u32| {
        let corners = mesh.triangles[t as usize];
        !(corners.contains(&u) && corners.contains(&v))
    };
    around.at(u).iter().chain(around.at(v)).filter(stays).all(|&t| {
        let before = mesh.corners(t as usize);
        let corners = mesh.triangles[t as usize];
        let after: [Vec3; 3] =
            std::array::from_fn(|k| if corners[k] == u || corners[k] == v { place } else { before[k] });
        keeps_facing(before, after)
    })
}

fn keeps_facing(before: [Vec3; 3], after: [Vec3; 3]) -> bool {
    let normal = |[a, b, c]: [Vec3; 3]| cross(sub(b, a), sub(c, a));
    let (n, m) = (normal(before), normal(after));
    let thin = height(before) <= 1e-3 * longest(before);
    thin || dot(n, m) > TURN * norm(n) * norm(m)
}

/// Exchanges the long side of triangles that are flatter than `finest`. How many.
fn turn(solid: &mut Solid, finest: f32) -> usize {
    let Solid { mesh, part, .. } = solid;
    let mut beside: HashMap<[u32; 2], u32> = HashMap::new();
    let flat: Vec<usize> = (0..mesh.triangles.len()).filter(|&t| height(mesh.corners(t)) < finest).collect();
    if flat.is_empty() {
        return 0;
    }
    for (t, &[a, b, c]) in mesh.triangles.iter().enumerate() {
        for edge in [[a, b], [b, c], [c, a]] {
            beside.insert(edge, t as u32);
        }
    }
    let mut touched = vec![false; mesh.triangles.len()];
    let mut count = 0;
    for t in flat {
        let corners = mesh.triangles[t];
        let length = |k: usize| {
            let [p, q] = [corners[k], corners[(k + 1) % 3]].map(|v| mesh.positions[v as usize]);
            norm(sub(p, q))
        };
        let k = (0..3).max_by(|&i, &j| length(i).total_cmp(&length(j))).unwrap_or(0);
        let [a, b, apex] = [corners[k], corners[(k + 1) % 3], corners[(k + 2) % 3]];
        let Some(&other) = beside.get(&[b, a]) else { continue };
        let Some(&far) = mesh.triangles[other as usize].iter().find(|&&v| v != a && v != b) else { continue };
        let beyond = |edge: [u32; 2]| beside.get(&[edge[1], edge[0]]).copied();
        let rim = [[b, apex], [apex, a], [a, far], [far, b]].map(beyond);
        let used = |t: &Option<u32>| t.is_none_or(|t| touched[t as usize]);
        if far == apex || touched[t] || touched[other as usize] || rim.iter().any(used) {
            continue;
        }
        // There may be such an edge already, on the far side of a thin place.
        if beside.contains_key(&[apex, far]) || beside.contains_key(&[far, apex]) {
            continue;
        }
        let position = |v: u32| mesh.positions[v as usize];
        let was = mesh.corners(other as usize);
        let now = [[apex, far, b], [far, apex, a]];
        let better = |t: [u32; 3]| height(t.map(position));
        let worst = better(now[0]).min(better(now[1]));
        // One without area faces nowhere.
        let faces = height(was) < 0.1 * finest
            || now.iter().all(|&t| {
                let [p, q, r] = t.map(position);
                let (n, m) = (cross(sub(q, p), sub(r, p)), cross(sub(was[1], was[0]), sub(was[2], was[0])));
                dot(n, m) > TURN * norm(n) * norm(m)
            });
        if worst <= height(mesh.corners(t)) || !faces {
            continue;
        }
        touched[t] = true;
        touched[other as usize] = true;
        rim.into_iter().flatten().for_each(|t| touched[t as usize] = true);
        // [a, b, apex] + [b, a, far] -> [apex, a, far] + [apex, far, b]
        mesh.triangles[t] = [apex, a, far];
        mesh.triangles[other as usize] = [apex, far, b];
        part[t] = part[other as usize];
        count += 1;
    }
    count
}

/// Least height of a triangle.
fn height(corners: [Vec3; 3]) -> f32 {
    let [a, b, c] = corners;
    let long = longest(corners);
    if long > 0.0 { norm(cross(sub(b, a), sub(c, a))) / long } else { 0.0 }
}

fn longest([a, b, c]: [Vec3; 3]) -> f32 {
    norm(sub(a, b)).max(norm(sub(b, c))).max(norm(sub(c, a)))
}

/// Keeps what is large enough to be meant, and of that only what faces outward: a wall around a hollow is never seen.
fn drop_crumbs(solid: &mut Solid) {
    let Solid { mesh, part, .. } = solid;
    let component = components(mesh);
    let count = component.iter().max().map_or(0, |&last| last as usize + 1);
    if count < 2 {
        return;
    }
    let (mut area, mut volume) = (vec![0.0f64; count], vec![0.0f64; count]);
    for (t, corners) in mesh.triangles.iter().enumerate() {
        let of = component[corners[0] as usize] as usize;
        let [a, b, c] = mesh.corners(t);
        area[of] += f64::from(norm(cross(sub(b, a), sub(c, a))));
        volume[of] += f64::from(dot(a, cross(b, c)));
    }
    let total: f64 = area.iter().sum();
    let keeps = |of: u32| area[of as usize] >= f64::from(CRUMB) * total && volume[of as usize] > 0.0;
    let kept: Vec<bool> = mesh.triangles.iter().map(|t| keeps(component[t[0] as usize])).collect();
    let mut at = kept.iter();
    mesh.triangles.retain(|_| *at.next().unwrap_or(&true));
    let mut at = kept.iter();
    part.retain(|_| *at.next().unwrap_or(&true));
}

/// For every vertex the number of the component that it belongs to, counted in order of appearance.
pub fn components(mesh: &Mesh) -> Vec<u32> {
    let mut sets = Sets::new(mesh.positions.len());
    for &[a, b, c] in &mesh.triangles {
        sets.join(a, b);
        sets.join(b, c);
    }
    let mut number = HashMap::new();
    (0..mesh.positions.len() as u32)
        .map(|v| {
            let of = sets.of(v);
            let next = number.len() as u32;
            *number.entry(of).or_insert(next)
        })
        .collect()
}

/// Vertices at one place that belong to different fans: a reader that merges equal positions would join the surface to itself
/// there. All but the first of them step back by `step`, towards their own neighbours.
fn part_twins(mesh: &mut Mesh, step: f32) {
    let Welding { kept, target } = Welding::find(&mesh.positions, 0.0);
    if kept.len() == mesh.positions.len() {
        return;
    }
    let around = Around::of(mesh);
    for v in 0..mesh.positions.len() {
        if kept[target[v] as usize] == v as u32 {
            continue;
        }
        step_back(mesh, &around, v as u32, step);
    }
}

/// Moves a vertex towards its neighbours.
fn step_back(mesh: &mut Mesh, around: &Around, vertex: u32, step: f32) {
    let ring = around.at(vertex).iter().flat_map(|&t| mesh.corners(t as usize));
    let (sum, count) = ring.fold(([0.0; 3], 0.0f32), |(sum, n), p| (add(sum, p), n + 1.0));
    let place = &mut mesh.positions[vertex as usize];
    *place = add(*place, scaled(unit(sub(scaled(sum, 1.0 / count.max(1.0)), *place)), step));
}

/// Gives an area to what could neither be turned nor collapsed, where the surface all but touches itself: the corner that lies on the
/// side opposite steps off it.
pub(super) fn thicken(mesh: &mut Mesh) {
    let Some((lo, hi)) = mesh.bounds() else { return };
    let step = TWINS * FINEST * norm(sub(hi, lo));
    let around = Around::of(mesh);
    for _ in 0..THICKENINGS {
        for t in 0..mesh.triangles.len() {
            let corners = mesh.corners(t);
            if height(corners) < FLAT * step {
                let side = |k: usize| norm(sub(corners[(k + 1) % 3], corners[(k + 2) % 3]));
                let apex = (0..3).max_by(|&i, &j| side(i).total_cmp(&side(j))).unwrap_or(0);
                step_back(mesh, &around, mesh.triangles[t][apex], step);
            }
        }
    }
}

/// Takes away vertices that no triangle names.
fn compact(mesh: &mut Mesh) {
    let mut place = vec![u32::MAX; mesh.positions.len()];
    let mut positions = Vec::with_capacity(mesh.positions.len());
    for v in mesh.triangles.iter_mut().flatten() {
        let at = &mut place[*v as usize];
        if *at == u32::MAX {
            *at = positions.len() as u32;
            positions.push(mesh.positions[*v as usize]);
        }
        *v = *at;
    }
    mesh.positions = positions;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::solidity::Solidity;
    use crate::mesh::bvh::tests::cube;

    fn solid(mesh: Mesh) -> Solid {
        Solid { part: vec![0; mesh.triangles.len()], mesh, parts: vec![String::new()] }
    }

    /// Puts a vertex into a triangle.
    fn pierce(mesh: &mut Mesh, t: usize, weights: [f32; 3]) {
        let [a, b, c] = mesh.triangles[t];
        let [p, q, r] = mesh.corners(t);
        let v = mesh.positions.len() as u32;
        mesh.positions.push(add(add(scaled(p, weights[0]), scaled(q, weights[1])), scaled(r, weights[2])));
        mesh.triangles[t] = [a, b, v];
        mesh.triangles.extend([[b, c, v], [c, a, v]]);
    }

    #[test]
    fn short_edges_and_needles_go_and_the_cube_stays() {
        for weights in [[1.0 - 2e-6, 1e-6, 1e-6], [0.5, 0.5 - 1e-6, 1e-6], [0.3, 0.7 - 1e-6, 1e-6]] {
            let mut mesh = cube(1.0, [0.0; 3]);
            pierce(&mut mesh, 3, weights);
            pierce(&mut mesh, 7, weights);
            let mut solid = solid(mesh);
            tidy(&mut solid);
            let found = Solidity::of(&solid.mesh);
            assert!(found.is_manifold() && found.is_outward() && found.degenerate + found.crossing == 0, "{found:?}");
            assert!((found.volume - 8.0).abs() < 1e-3 && solid.part.len() == solid.mesh.triangles.len());
            let least = (0..found.triangles).map(|t| height(solid.mesh.corners(t))).fold(f32::MAX, f32::min);
            assert!(least > 1e-3, "{weights:?}: {least}");
        }
    }

    #[test]
    fn what_cant_be_mended_gets_an_area() {
        // A vertex on the side of a neighbour whose other side leads nowhere better.
        let mut mesh = cube(1.0, [0.0; 3]);
        pierce(&mut mesh, 3, [0.5, 0.5, 0.0]);
        assert_eq!(Solidity::of(&mesh).degenerate, 1);
        thicken(&mut mesh);
        let found = Solidity::of(&mesh);
        assert!(found.degenerate == 0 && found.is_manifold() && (found.volume - 8.0).abs() < 1e-4, "{found:?}");
    }

    #[test]
    fn crumbs_and_hollows_go_and_twins_part() {
        let mut mesh = cube(1.0, [0.0; 3]);
        let mut hollow = cube(0.9, [0.0; 3]);
        hollow.triangles.iter_mut().for_each(|t| t.swap(0, 1));
        mesh.append(&hollow);
        mesh.append(&cube(0.05, [3.0, 0.0, 0.0]));
        mesh.append(&cube(0.5, [1.5; 3]));
        let mut solid = solid(mesh);
        tidy(&mut solid);
        let found = Solidity::of(&solid.mesh);
        assert_eq!((found.components, found.inward, found.split_vertices, found.triangles), (2, 0, 0, 24));
    }
}
