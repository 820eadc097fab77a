//! Charts: which triangles lie together in the texture.
//!
//! Neighbours are merged, the flattest pairs first, as long as all normals of a chart lie in a cone around their mean
//! (hierarchical face clustering; Garland, Willmott and Heckbert 2001). Parts are never merged, and hard edges only
//! where a chart would be too small to be worth its own padding: a normal map is cleanest where hard edges are seams.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap};

use super::super::Solid;
use super::super::adjacency::Adjacency;
use crate::mesh::norm;
use crate::mesh::normals::doubled_area;

/// Cosine of the widest angle between a triangle's normal and the mean of its chart: 72 degrees, which a projection along
/// the mean stretches threefold, and relaxing evens out again.
const CONE: f64 = 0.31;
/// The same for charts too small to stand alone, 84 degrees.
const WIDE: f64 = 0.1;
/// Shares of the surface's area below which a chart may be merged over hard edges, and into a wide cone.
const SMALL: f64 = 0.01;
const TINY: f64 = 0.001;

/// `[T]`, the chart of every triangle, counted from 0 in the order of their first triangles.
pub(super) fn segment(solid: &Solid, adjacency: &Adjacency, hard: &[bool]) -> Vec<u32> {
    let mut clusters = Clusters::new(solid, adjacency, hard);
    for stage in [Stage::Smooth, Stage::Small, Stage::Tiny] {
        clusters.merge(stage);
    }
    clusters.labels()
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    Smooth,
    Small,
    Tiny,
}

#[derive(Clone, Default)]
struct Cluster {
    /// Sum of normals times areas.
    normal: [f64; 3],
    area: f64,
    triangles: Vec<u32>,
    /// Length of the border shared with each neighbour of the same part: smooth, hard.
    borders: BTreeMap<u32, [f64; 2]>,
    /// Grows with every merge, so that stale pairs are known.
    version: u32,
    part: u8,
}

struct Clusters {
    all: Vec<Cluster>,
    /// `[T]`, unit normals; zero without area.
    normals: Vec<[f64; 3]>,
    whole: f64,
}

/// A pair that may be merged; the cheapest comes first.
#[derive(PartialEq)]
struct Pair {
    cost: f64,
    clusters: [u32; 2],
    versions: [u32; 2],
}

impl Eq for Pair {}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pair {
    fn cmp(&self, other: &Self) -> Ordering {
        self.cost
            .total_cmp(&other.cost)
            .then(self.clusters.cmp(&other.clusters))
            .then(self.versions.cmp(&other.versions))
    }
}

impl Clusters {
    fn new(solid: &Solid, adjacency: &Adjacency, hard: &[bool]) -> Self {
        let mesh = &solid.mesh;
        let corners = mesh.triangles.as_flattened();
        let mut all = vec![Cluster::default(); mesh.triangles.len()];
        let mut normals = Vec::with_capacity(all.len());
        for (t, cluster) in all.iter_mut().enumerate() {
            cluster.normal = doubled_area(mesh.corners(t)).map(|x| 0.5 * x);
            cluster.area = length(cluster.normal);
            normals.push(cluster.normal.map(|x| if cluster.area > 0.0 { x / cluster.area } else { 0.0 }));
            cluster.triangles.push(t as u32);
            cluster.part = solid.part[t];
            for half in 3 * t..3 * t + 3 {
                let u = adjacency.twin(half) / 3;
                if solid.part[u] == solid.part[t] {
                    let [a, b] = [corners[half], corners[super::super::adjacency::next(half)]]
                        .map(|v| mesh.positions[v as usize]);
                    let border = cluster.borders.entry(u as u32).or_default();
                    border[usize::from(hard[half])] += f64::from(norm(crate::mesh::sub(a, b)));
                }
            }
        }
        let whole = all.iter().map(|c| c.area).sum();
        Self { all, normals, whole }
    }

    fn merge(&mut self, stage: Stage) {
        let mut queue = BinaryHeap::new();
        for a in 0..self.all.len() as u32 {
            self.offer(a, stage, true, &mut queue);
        }
        while let Some(Reverse(Pair { clusters: [a, b], versions, .. })) = queue.pop() {
            let current = [a, b].map(|c| self.all[c as usize].version);
            if current != versions || !self.fits(a, b, stage) {
                continue;
            }
            self.join(a, b);
            self.offer(a, stage, false, &mut queue);
        }
    }

    /// Puts the pairs of cluster `a` with its neighbours (only those numbered higher, if `upward`) into the queue.
    fn offer(&self, a: u32, stage: Stage, upward: bool, queue: &mut BinaryHeap<Reverse<Pair>>) {
        let first = &self.all[a as usize];
        for (&b, &[smooth, hard]) in &first.borders {
            if upward && b < a {
                continue;
            }
            let second = &self.all[b as usize];
            let least = first.area.min(second.area);
            let border = match stage {
                Stage::Smooth => smooth,
                Stage::Small if least < SMALL * self.whole => smooth + hard,
                Stage::Tiny if least < TINY * self.whole => smooth + hard,
                _ => 0.0,
            };
            if border <= 0.0 {
                continue;
            }
            let both = length(std::array::from_fn(|i| first.normal[i] + second.normal[i]));
            // What the merge adds to the spread of normals; over a longer border it is worth more.
            let spread = length(first.normal) + length(second.normal) - both;
            let cost = (spread + 1e-4 * least) / border;
            let clusters = [a.min(b), a.max(b)];
            let versions = clusters.map(|c| self.all[c as usize].version);
            queue.push(Reverse(Pair { cost, clusters, versions }));
        }
    }

    fn fits(&self, a: u32, b: u32, stage: Stage) -> bool {
        let [first, second] = [a, b].map(|c| &self.all[c as usize]);
        let mean: [f64; 3] = std::array::from_fn(|i| first.normal[i] + second.normal[i]);
        let limit = if stage == Stage::Tiny { WIDE } else { CONE } * length(mean);
        let inside = |&t: &u32| {
            let n = self.normals[t as usize];
            let along = n[0] * mean[0] + n[1] * mean[1] + n[2] * mean[2];
            along >= limit || n == [0.0; 3]
        };
        // The smaller one is likelier to stand out.
        let (small, large) =
            if first.triangles.len() < second.triangles.len() { (first, second) } else { (second, first) };
        small.triangles.iter().all(inside) && large.triangles.iter().all(inside)
    }

    /// Cluster `b` goes into `a`.
    fn join(&mut self, a: u32, b: u32) {
        let gone = std::mem::take(&mut self.all[b as usize]);
        self.all[b as usize].version = gone.version + 1;
        for (&c, &border) in gone.borders.iter().filter(|&(&c, _)| c != a) {
            let neighbour = &mut self.all[c as usize].borders;
            neighbour.remove(&b);
            let shared = neighbour.entry(a).or_default();
            (0..2).for_each(|i| shared[i] += border[i]);
        }
        let kept = &mut self.all[a as usize];
        kept.borders.remove(&b);
        for (c, border) in gone.borders.into_iter().filter(|&(c, _)| c != a) {
            let shared = kept.borders.entry(c).or_default();
            (0..2).for_each(|i| shared[i] += border[i]);
        }
        (0..3).for_each(|i| kept.normal[i] += gone.normal[i]);
        kept.area += gone.area;
        kept.triangles.extend(gone.triangles);
        kept.version += 1;
    }

    fn labels(&self) -> Vec<u32> {
        let mut labels = vec![0; self.normals.len()];
        // A cluster is numbered as its first triangle, so they come in that order.
        for (label, cluster) in self.all.iter().filter(|c| !c.triangles.is_empty()).enumerate() {
            cluster.triangles.iter().for_each(|&t| labels[t as usize] = label as u32);
        }
        labels
    }
}

fn length(a: [f64; 3]) -> f64 {
    (a[0] * a[0] + a[1] * a[1] + a[2] * a[2]).sqrt()
}
