//! The vertices of any mesh of a shape, bound to the shape's patches.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::mesh::bvh::Bvh;
use crate::mesh::sets::Sets;
use crate::mesh::triangle::{closest_point, normal};
use crate::mesh::weld::Welding;
use crate::mesh::{Mesh, Vec3, add, cross, dot, scaled, sub, unit};

/// How far a triangle may face away from the normal of a vertex that lies on it, as a cosine.
const FACES: f32 = 0.2;

/// A mesh whose triangles belong to something, a part or a patch.
#[derive(Clone, Copy, Debug)]
pub struct Labelled<'a> {
    pub mesh: &'a Mesh,
    /// `[T]`
    pub label: &'a [u32],
}

/// Times that a vertex where labels meet is put on the surface of each in turn.
const TURNS: usize = 12;

/// How wide a ring stays that closes, of what it was: vertices of one place would be merged.
const CLOSED: f32 = 0.02;

/// The vertices of a mesh, each bound to triangles of a dense decode.
#[derive(Clone, Debug)]
pub struct Carrier {
    /// `[N]`, vertices at one place stay together.
    place: Vec<u32>,
    /// Of every place an anchor a label that meets there.
    anchors: Vec<Vec<Anchor>>,
    /// `[T]`, of the dense decode.
    label: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Anchor {
    triangle: u32,
    /// Of its corners, sum 1.
    weights: [f32; 3],
    /// What is left from there to the vertex. It keeps its direction: on the surface it is next to nothing, and where a gap was
    /// bridged the small triangles at a patch's end would turn it wildly.
    beside: Vec3,
}

impl Carrier {
    /// Binds every vertex of `mesh` to the nearest triangle of `dense` that has its label and faces as the vertex does, or to
    /// the nearest of the label where none faces so, or to the nearest at all. Without the facing a blade's one side would move
    /// with the other. Where labels meet, a vertex is bound to one triangle of each.
    pub fn bind(mesh: Labelled, dense: Labelled) -> Self {
        if dense.mesh.triangles.is_empty() {
            return Self { place: Vec::new(), anchors: Vec::new(), label: Vec::new() };
        }
        let tree = Bvh::new(dense.mesh);
        let faces: Vec<Vec3> = (0..dense.mesh.triangles.len()).map(|t| normal(dense.mesh.corners(t))).collect();
        let Welding { kept, target } = Welding::find(&mesh.mesh.positions, 0.0);
        let mut sides: Vec<Vec<(u32, Vec3)>> = vec![Vec::new(); kept.len()];
        for (t, (corners, &label)) in mesh.mesh.triangles.iter().zip(mesh.label).enumerate() {
            let [a, b, c] = mesh.mesh.corners(t);
            let out = cross(sub(b, a), sub(c, a));
            for &corner in corners {
                let sides = &mut sides[target[corner as usize] as usize];
                match sides.iter_mut().find(|side| side.0 == label) {
                    Some((_, sum)) => *sum = add(*sum, out),
                    None => sides.push((label, out)),
                }
            }
        }
        let anchors = |(&vertex, sides): (&u32, &Vec<(u32, Vec3)>)| {
            let p = mesh.mesh.positions[vertex as usize];
            let anchor = |&(label, out): &(u32, Vec3)| {
                let (own, out) = (|t: usize| dense.label[t] == label, unit(out));
                let triangle = nearest(&tree, dense.mesh, p, |t| own(t) && dot(faces[t], out) > FACES)
                    .or_else(|| nearest(&tree, dense.mesh, p, own))
                    .or_else(|| nearest(&tree, dense.mesh, p, |_| true))
                    .unwrap_or(0);
                Anchor::at(p, triangle, dense.mesh)
            };
            sides.iter().map(anchor).collect()
        };
        let anchors = kept.par_iter().zip(&sides).map(anchors).collect();
        Self { anchors, place: target, label: dense.label.to_vec() }
    }

    /// `[N, 3]`, where the vertices lie on another decode with the same template; one where labels meet lies in the middle of
    /// what they say.
    pub fn carry(&self, dense: &Mesh) -> Vec<Vec3> {
        self.places(|anchors| middle(anchors.iter().map(|anchor| anchor.on(dense))))
    }

    /// `[N, 3]`, what is left from [`Carrier::carry`]'s places to where the surfaces of all labels that meet there cross;
    /// nothing for a vertex of one label. Neighbouring decodes can differ much in this, where thin things cross.
    pub fn crossings(&self, dense: &Mesh) -> Vec<Vec3> {
        let tree = Bvh::new(dense);
        self.places(|anchors| {
            let from = middle(anchors.iter().map(|anchor| anchor.on(dense)));
            if anchors.len() < 2 { [0.0; 3] } else { sub(self.settle(from, anchors, &tree, dense), from) }
        })
    }

    /// `[N]`, where vertices lie on another decode whose labels `gone` lie inside of others, a bow in its grip: each ring of
    /// vertices at which one of `mesh` (the one that was bound) comes out of what is seen there closes to nearly a point of
    /// that. Else a hole would be left. `None` for all other vertices.
    pub fn closed(&self, mesh: &Mesh, dense: &Mesh, gone: impl Fn(u32) -> bool + Sync) -> Vec<Option<Vec3>> {
        if !self.label.iter().any(|&label| gone(label)) {
            return vec![None; self.place.len()];
        }
        let seen = |t: u32| !gone(self.label[t as usize]);
        let meets = |place: u32| {
            let mut labels = self.anchors[place as usize].iter().map(|anchor| seen(anchor.triangle));
            labels.next().is_some_and(|first| labels.any(|other| other != first))
        };
        let mut rings = Sets::new(self.anchors.len());
        for t in &mesh.triangles {
            let [a, b, c] = t.map(|corner| self.place[corner as usize]);
            for (from, to) in [(a, b), (b, c), (c, a)] {
                if meets(from) && meets(to) {
                    rings.join(from, to);
                }
            }
        }
        // Where each of them lies on what is seen, and the middle of its ring.
        let mut own: Vec<Option<(u32, Vec3)>> = vec![None; self.anchors.len()];
        let mut sums: HashMap<u32, (Vec3, f32)> = HashMap::new();
        for place in (0..self.anchors.len() as u32).filter(|&place| meets(place)) {
            let of_seen = self.anchors[place as usize].iter().filter(|anchor| seen(anchor.triangle));
            let p = middle(of_seen.map(|anchor| anchor.on(dense)).collect::<Vec<_>>().into_iter());
            let ring = rings.of(place);
            let (sum, count) = sums.entry(ring).or_default();
            (*sum, *count) = (add(*sum, p), *count + 1.0);
            own[place as usize] = Some((ring, p));
        }
        let tree = Bvh::new(dense);
        let centre = |(ring, (sum, count)): (u32, (Vec3, f32))| {
            let mean = scaled(sum, 1.0 / count);
            let on = nearest(&tree, dense, mean, |t| seen(t as u32));
            (ring, (mean, on.map_or(mean, |t| closest_point(mean, dense.corners(t as usize)))))
        };
        let centres: HashMap<u32, (Vec3, Vec3)> = sums.into_iter().map(centre).collect();
        let at = |&place: &u32| {
            let (ring, p) = own[place as usize]?;
            let (mean, centre) = centres.get(&ring)?;
            Some(add(*centre, scaled(sub(p, *mean), CLOSED)))
        };
        self.place.iter().map(at).collect()
    }

    /// `[N, 3]`, of every vertex what its place has.
    fn places(&self, of: impl Fn(&[Anchor]) -> Vec3 + Sync) -> Vec<Vec3> {
        let places: Vec<Vec3> = self.anchors.par_iter().map(|anchors| of(anchors)).collect();
        self.place.iter().map(|&place| places[place as usize]).collect()
    }

    /// From a point near several surfaces to one that lies on all, by going to each in turn.
    fn settle(&self, from: Vec3, anchors: &[Anchor], tree: &Bvh, dense: &Mesh) -> Vec3 {
        let on = |p: Vec3, anchor: &Anchor| {
            let label = self.label[anchor.triangle as usize];
            nearest(tree, dense, p, |t| self.label[t] == label)
                .map_or(p, |t| closest_point(p, dense.corners(t as usize)))
        };
        let mut p = from;
        for _ in 0..TURNS {
            let mut ways = Vec::with_capacity(anchors.len());
            for anchor in anchors {
                p = on(p, anchor);
                ways.push(p);
            }
            // Surfaces that don't meet are bridged half way.
            p = middle(ways.into_iter());
        }
        p
    }
}

impl Anchor {
    fn at(p: Vec3, triangle: u32, dense: &Mesh) -> Self {
        let corners = dense.corners(triangle as usize);
        let weights = weights(closest_point(p, corners), corners);
        Self { triangle, weights, beside: sub(p, place(corners, weights)) }
    }

    fn on(&self, dense: &Mesh) -> Vec3 {
        add(place(dense.corners(self.triangle as usize), self.weights), self.beside)
    }
}

fn middle(points: impl ExactSizeIterator<Item = Vec3>) -> Vec3 {
    let share = 1.0 / points.len().max(1) as f32;
    scaled(points.fold([0.0; 3], add), share)
}

/// The triangle nearest to `p` among those that `admit` lets pass; of equally near ones the first.
fn nearest(tree: &Bvh, dense: &Mesh, p: Vec3, admit: impl Fn(usize) -> bool) -> Option<u32> {
    let distance2 = tree.distance2(p, &admit)?;
    let mut best: Option<(f32, usize)> = None;
    // A hair farther, since the square root rounds.
    tree.near_point(p, distance2.sqrt() * 1.001 + 1e-7, |t| {
        if admit(t) {
            let away = sub(closest_point(p, dense.corners(t)), p);
            let candidate = (dot(away, away), t);
            if best.is_none_or(|best| candidate < best) {
                best = Some(candidate);
            }
        }
    });
    best.map(|(_, t)| t as u32)
}

fn place([a, b, c]: [Vec3; 3], [u, v, w]: [f32; 3]) -> Vec3 {
    add(add(scaled(a, u), scaled(b, v)), scaled(c, w))
}

/// Barycentric coordinates of a point of a triangle; of one without area the first corner's.
fn weights(p: Vec3, [a, b, c]: [Vec3; 3]) -> [f32; 3] {
    let (ab, ac, ap) = (sub(b, a), sub(c, a), sub(p, a));
    let (d00, d01, d11) = (dot(ab, ab), dot(ab, ac), dot(ac, ac));
    let (d20, d21) = (dot(ap, ab), dot(ap, ac));
    let area = d00 * d11 - d01 * d01;
    let (v, w) = ((d11 * d20 - d01 * d21) / area, (d00 * d21 - d01 * d20) / area);
    if v.is_finite() && w.is_finite() { [1.0 - v - w, v, w] } else { [1.0, 0.0, 0.0] }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::mesh::norm;
    use crate::mesh::weld::weld;
    use crate::template::Template;

    pub fn ball(radius: f32, side: usize) -> Mesh {
        let (mut mesh, template) = (Mesh::default(), Template::grid(side));
        let uv = template.uv();
        mesh.positions = uv
            .iter()
            .map(|&[u, v]| {
                let (a, b) = (u * std::f32::consts::TAU, (v - 0.5) * 3.0);
                [radius * a.sin() * b.cos(), radius * b.sin(), radius * a.cos() * b.cos()]
            })
            .collect();
        mesh.triangles = template.triangles();
        mesh
    }

    fn bind(mesh: &Mesh, label: u32, dense: &Mesh) -> Carrier {
        let [own, theirs] = [mesh, dense].map(|m| vec![label; m.triangles.len()]);
        Carrier::bind(Labelled { mesh, label: &own }, Labelled { mesh: dense, label: &theirs })
    }

    #[test]
    fn a_bound_mesh_comes_back_and_follows() {
        let (small, large) = (ball(1.0, 40), ball(2.0, 40));
        // Coarser, and a little outside.
        let mesh = weld(&ball(1.05, 9), 1e-3);
        let bound = bind(&mesh, 0, &small);
        for (back, &p) in bound.carry(&small).iter().zip(&mesh.positions) {
            assert!(norm(sub(*back, p)) < 1e-5);
        }
        for (&moved, &p) in bound.carry(&large).iter().zip(&mesh.positions) {
            // What lay 0.05 beside the surface still does.
            assert!((norm(moved) - 2.05).abs() < 0.01 && dot(unit(moved), unit(p)) > 0.999, "{moved:?} from {p:?}");
        }
    }

    #[test]
    fn a_vertex_follows_its_own_part_and_where_two_meet_the_middle_of_both() {
        // A small ball inside a large one; only the small one grows.
        let both = |radius: f32| {
            let mut mesh = ball(radius, 30);
            mesh.append(&ball(2.0, 30));
            mesh
        };
        let (before, after) = (both(1.0), both(1.5));
        let half = before.triangles.len() / 2;
        let label: Vec<u32> = (0..before.triangles.len()).map(|t| u32::from(t >= half)).collect();
        let dense = Labelled { mesh: &before, label: &label };
        let mesh = ball(1.8, 9);
        let carried = |label: &[u32]| Carrier::bind(Labelled { mesh: &mesh, label }, dense).carry(&after);
        let count = mesh.triangles.len();
        for (small, large) in carried(&vec![0; count]).iter().zip(carried(&vec![1; count])) {
            assert!((norm(*small) - 2.3).abs() < 0.03 && (norm(large) - 1.8).abs() < 1e-3, "{small:?} {large:?}");
        }
        let mixed: Vec<u32> = (0..count).map(|t| t as u32 % 2).collect();
        assert!(carried(&mixed).iter().any(|p| (norm(*p) - 2.05).abs() < 0.03));
    }

    #[test]
    fn where_two_parts_cross_a_vertex_stays_on_both() {
        // Two balls side by side, one of which grows; a vertex on the circle where they cross.
        let both = |radius: f32| {
            let mut mesh = ball(radius, 60);
            let mut other = ball(1.0, 60);
            other.transform(1.0, [1.0, 0.0, 0.0]);
            mesh.append(&other);
            mesh
        };
        let (before, after) = (both(1.0), both(1.2));
        let half = before.triangles.len() / 2;
        let label: Vec<u32> = (0..before.triangles.len()).map(|t| u32::from(t >= half)).collect();
        let circle = |x: f32, r: f32| [[x, r, 0.0], [x, 0.0, r], [x, -r, 0.0]];
        let mesh = Mesh {
            positions: circle(0.5, 0.75f32.sqrt()).to_vec(),
            triangles: vec![[0, 1, 2], [0, 2, 1]],
            ..Default::default()
        };
        let bound = Carrier::bind(Labelled { mesh: &mesh, label: &[0, 1] }, Labelled { mesh: &before, label: &label });
        // x² + r² = 1.2², (x - 1)² + r² = 1.
        let (x, r) = (0.72, (1.44f32 - 0.72 * 0.72).sqrt());
        let carried = bound.carry(&after);
        for ((&p, &on), q) in carried.iter().zip(&bound.crossings(&after)).zip(circle(x, r)) {
            assert!(norm(sub(add(p, on), q)) < 0.02, "{p:?} and {on:?} is not {q:?}");
        }
    }

    #[test]
    fn where_a_part_comes_out_of_what_hides_it_later_the_ring_closes_and_stays_a_ring() {
        // Two balls side by side, then the second inside of the first.
        let both = |radius: f32, x: f32| {
            let mut mesh = ball(1.0, 60);
            let mut other = ball(radius, 60);
            other.transform(1.0, [x, 0.0, 0.0]);
            mesh.append(&other);
            mesh
        };
        let (before, after) = (both(1.0, 1.0), both(0.3, 0.2));
        let half = before.triangles.len() / 2;
        let label: Vec<u32> = (0..before.triangles.len()).map(|t| u32::from(t >= half)).collect();
        let r = 0.75f32.sqrt();
        // The circle where they cross, and a vertex of the first alone.
        let mesh = Mesh {
            positions: vec![[0.5, r, 0.0], [0.5, 0.0, r], [0.5, -r, 0.0], [-1.0, 0.0, 0.0]],
            triangles: vec![[0, 1, 2], [0, 2, 1], [0, 1, 3]],
            ..Default::default()
        };
        let bound =
            Carrier::bind(Labelled { mesh: &mesh, label: &[0, 1, 0] }, Labelled { mesh: &before, label: &label });
        let closed = bound.closed(&mesh, &after, |label| label == 1);
        let ring: Vec<Vec3> = closed[..3].iter().map(|p| p.expect("a place on the ring")).collect();
        assert!(closed[3].is_none() && bound.closed(&mesh, &after, |_| false).iter().all(Option::is_none));
        for (i, &p) in ring.iter().enumerate() {
            assert!((norm(p) - 1.0).abs() < 0.03, "{p:?} is not on what is seen");
            let apart = norm(sub(p, ring[(i + 1) % 3]));
            assert!((1e-3..0.06).contains(&apart), "{apart}");
        }
    }
}
