//! meshoptimizer's edge collapse, held to what it doesn't promise: that a closed manifold stays one.
//!
//! A collapse may fold a thin tube onto itself or pinch a surface to a point. The vertices where that happened are then kept in place,
//! and the collapse is run again.

use meshopt::{
    SimplifyOptions, SimplifyVertex, simplify_scale_decoder, simplify_with_attributes_and_locks_decoder,
    simplify_with_update,
};

use super::adjacency::faulty_vertices;
use crate::mesh::Vec3;

/// A welded surface whose vertices are handed over once for each attribute that parts there: as wedges.
pub(super) struct Surface<'a> {
    /// `[W, 3]`; wedges of one vertex have the same.
    pub positions: &'a [Vec3],
    /// `[W]`, the vertex of the welded surface, below `vertices`.
    pub vertex: &'a [u32],
    pub vertices: usize,
    /// `[W, A]` with `A = weights.len()`; a weight says how many metres of distance a difference of 1 is worth.
    pub attributes: &'a [f32],
    pub weights: &'a [f32],
    /// `[W]`: the discontinuity here must stay; elsewhere it may be collapsed away.
    pub protected: &'a [bool],
    /// `[T, 3]`, wedges.
    pub triangles: &'a [[u32; 3]],
}

/// What is left of a surface.
pub(super) struct Collapsed {
    /// `[T', 3]`, wedges.
    pub triangles: Vec<[u32; 3]>,
    /// `[W, 3]`
    pub positions: Vec<Vec3>,
    /// meshoptimizer's estimate of the distance, in metres.
    pub error: f32,
}

/// How many times the collapse is run again with more vertices kept in place.
const ATTEMPTS: usize = 48;

impl Surface<'_> {
    /// At most `target` triangles, if that can be reached; a closed manifold if the surface is one. The lowest and the highest
    /// vertex stay where they are. With `moving`, vertices that aren't protected go to where they fit best; else a subset stays
    /// as it is.
    pub fn collapsed(&self, target: usize, moving: bool) -> Collapsed {
        let welded = |triangles: &[[u32; 3]]| -> Vec<[u32; 3]> {
            triangles.iter().map(|t| t.map(|w| self.vertex[w as usize])).collect()
        };
        let dense = welded(self.triangles);
        let before = faulty_vertices(&dense, self.vertices);
        let mut held = vec![false; self.vertices];
        self.ends().into_iter().flatten().for_each(|v| held[v as usize] = true);
        for attempt in 0..ATTEMPTS {
            // Another target is another course of collapses, which may miss the fault by itself.
            let found = self.once(target - (target / 128 * attempt).min(target / 25), moving, &held);
            let mut faulty = faulty_vertices(&welded(&found.triangles), self.vertices);
            faulty.retain(|v| before.binary_search(v).is_err());
            if faulty.is_empty() {
                return found;
            }
            // One that was held already is folded by its neighbours.
            let again: Vec<bool> =
                (0..self.vertices as u32).map(|v| held[v as usize] && faulty.binary_search(&v).is_ok()).collect();
            let around = dense.iter().filter(|t| t.iter().any(|&v| again[v as usize])).flatten();
            faulty.iter().chain(around).for_each(|&v| held[v as usize] = true);
        }
        Collapsed { triangles: self.triangles.to_vec(), positions: self.positions.to_vec(), error: 0.0 }
    }

    /// The lowest and the highest vertex: a tip is a single one, which a budget would cut off for the little that it weighs.
    fn ends(&self) -> [Option<u32>; 2] {
        let by_height = |&a: &usize, &b: &usize| self.positions[a][1].total_cmp(&self.positions[b][1]);
        let wedges = || 0..self.positions.len();
        [wedges().min_by(by_height), wedges().max_by(by_height)].map(|wedge| Some(self.vertex[wedge?]))
    }

    fn once(&self, target: usize, moving: bool, held: &[bool]) -> Collapsed {
        let lock = |(&vertex, &protected): (&u32, &bool)| match (held[vertex as usize], protected) {
            (true, _) => SimplifyVertex::Lock,
            (_, true) => SimplifyVertex::Protect,
            _ => SimplifyVertex::None,
        };
        let locks: Vec<SimplifyVertex> = self.vertex.iter().zip(self.protected).map(lock).collect();
        let options = SimplifyOptions::Permissive | SimplifyOptions::ErrorAbsolute;
        let stride = size_of_val(self.weights);
        // Weights are meant for a surface of extent 1.
        let extent = simplify_scale_decoder(self.positions).max(f32::MIN_POSITIVE);
        let weights: Vec<f32> = self.weights.iter().map(|w| w / extent).collect();
        let mut positions = self.positions.to_vec();
        let mut error = 0.0;
        let indices = if moving {
            let mut indices = self.triangles.as_flattened().to_vec();
            let mut attributes = self.attributes.to_vec();
            let count = simplify_with_update(
                &mut indices,
                &mut positions,
                &mut attributes,
                &weights,
                stride,
                Some(&locks),
                3 * target,
                f32::MAX,
                options,
                Some(&mut error),
            );
            indices.truncate(count);
            indices
        } else {
            simplify_with_attributes_and_locks_decoder(
                self.triangles.as_flattened(),
                &positions,
                self.attributes,
                &weights,
                stride,
                &locks,
                3 * target,
                f32::MAX,
                options,
                Some(&mut error),
            )
        };
        Collapsed { triangles: indices.as_chunks::<3>().0.to_vec(), positions, error }
    }
}
