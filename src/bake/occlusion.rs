//! How much of the sky a point sees, and how near an edge it lies: rays outward and inward.
//!
//! Both vary slowly, so they are cast at half the texture's size, from few rays a point; each point has directions that
//! its neighbours don't have, and all within a 5 x 5 window that lie on the same piece of surface share what they saw.

use rayon::prelude::*;

use super::detail::Painter;
use super::directions::{around, set_at, sets};
use super::frame::Frame;
use super::projection::Reference;
use super::texels::{Texels, pieces};
use super::{dilate, extent};
use crate::mesh::{Vec3, add, dot, scaled, sub};
use crate::solid::Skin;

/// Sides of the square that rays are cast from.
const SIDES: std::ops::RangeInclusive<usize> = 256..=1024;

/// What a point saw.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    position: Vec3,
    normal: Vec3,
    piece: u32,
    /// Share of the sky that is open.
    sky: f32,
    /// Share of the inside behind the point that ends within the part's edge width.
    edge: f32,
}

/// Occlusion and edges over the texture.
pub(super) struct Light {
    /// Side of the square, and the texture's in multiples of it.
    side: usize,
    scale: f32,
    /// `[side, side]`: the piece of surface, or that of the nearest point with any; sky; edge.
    points: Vec<(u32, [f32; 2])>,
    /// `[T]`
    pieces: Vec<u32>,
}

impl Light {
    /// Casts `rays` outward as far as `reach`, and half as many inward.
    pub fn cast(skin: &Skin, reference: &Reference, painter: &Painter, texture: usize, rays: u32, reach: f32) -> Self {
        let side = (texture / 2).clamp(*SIDES.start(), *SIDES.end());
        let texels = Texels::new(&skin.mesh, side);
        let pieces = pieces(&skin.mesh);
        let (outward, inward) = (sets(rays as usize), sets((rays as usize / 2).max(4)));
        // Clear of the dense surface's own facets, and of patches that lie upon each other.
        let clear = 4e-4 * extent(&skin.mesh);
        let see = |at: usize| -> Option<Seen> {
            let (column, row) = (at % side, at / side);
            let (triangle, weights) = texels.at(&skin.mesh, column, row)?;
            let frame = Frame::of(skin, triangle, weights);
            let part = skin.part[triangle];
            let met = reference.project(frame.position, frame.unit_normal(), part).0;
            let (position, normal) = met.map_or((frame.position, frame.unit_normal()), |m| (m.position, m.normal));
            let set = set_at(column, row);
            // From whichever of both surfaces lies farther out.
            let out = dot(sub(frame.position, position), normal).max(0.0) + clear;
            let from = add(position, scaled(normal, out));
            let open = |d: &&Vec3| !reference.tree.is_crossed_within(from, around(normal, **d), reach, true);
            let sky = outward[set].iter().filter(open).count() as f32 / outward[set].len() as f32;
            let width = painter.edge_width(part);
            let edge = if width > 0.0 {
                let (back, within) = (scaled(normal, -1.0), add(position, scaled(normal, -0.05 * width)));
                let ends = |d: &&Vec3| reference.tree.is_crossed_within(within, around(back, **d), width, false);
                inward[set].iter().filter(ends).count() as f32 / inward[set].len() as f32
            } else {
                0.0
            };
            Some(Seen { position, normal, piece: pieces[triangle], sky, edge })
        };
        let seen: Vec<Option<Seen>> = (0..side * side).into_par_iter().map(see).collect();
        let near = 6.0 / texels.density(&skin.mesh);
        let shared: Vec<(u32, [f32; 2])> =
            (0..side * side).into_par_iter().map(|at| share(&seen, side, at, near)).collect();
        let points = dilate::sources(side, |at| seen[at].is_some()).iter().map(|&from| shared[from as usize]).collect();
        Self { side, scale: texture as f32 / side as f32, points, pieces }
    }

    /// Occlusion (1 is open) and edge (1 is sharp) at a texel of a triangle: between the four points around it that lie on
    /// the same piece of surface.
    pub fn at(&self, column: usize, row: usize, triangle: usize) -> (f32, f32) {
        let place = |x: usize| ((x as f32 + 0.5) / self.scale - 0.5).clamp(0.0, (self.side - 1) as f32);
        let (x, y) = (place(column), place(row));
        let piece = self.pieces[triangle];
        let (mut sum, mut total, mut any) = ([0.0f32; 2], 0.0f32, [0.0f32; 2]);
        for k in 0..4 {
            let (i, j) = (x as usize + k % 2, y as usize + k / 2);
            let weight = (1.0 - (x - i as f32).abs()).max(0.0) * (1.0 - (y - j as f32).abs()).max(0.0);
            let (of, values) = self.points[j.min(self.side - 1) * self.side + i.min(self.side - 1)];
            any = [any[0] + weight * values[0], any[1] + weight * values[1]];
            if of == piece {
                sum = [sum[0] + weight * values[0], sum[1] + weight * values[1]];
                total += weight;
            }
        }
        if total > 0.01 { (sum[0] / total, sum[1] / total) } else { (any[0], any[1]) }
    }
}

/// The mean over the 5 x 5 points around `at` whose surface agrees; border columns and rows count half, so that each set of
/// directions counts the same.
fn share(seen: &[Option<Seen>], side: usize, at: usize, near: f32) -> (u32, [f32; 2]) {
    let Some(own) = seen[at] else { return Default::default() };
    let (column, row) = ((at % side) as isize, (at / side) as isize);
    let (mut sum, mut total) = ([0.0f32; 2], 0.0f32);
    for dy in -2..=2isize {
        for dx in -2..=2isize {
            let (x, y) = (column + dx, row + dy);
            if x < 0 || y < 0 || x >= side as isize || y >= side as isize {
                continue;
            }
            let Some(other) = seen[y as usize * side + x as usize] else { continue };
            let away = sub(other.position, own.position);
            if other.piece != own.piece || dot(other.normal, own.normal) < 0.8 || dot(away, away) > near * near {
                continue;
            }
            let weight = if dx.abs() == 2 { 0.5 } else { 1.0 } * if dy.abs() == 2 { 0.5 } else { 1.0 };
            sum = [sum[0] + weight * other.sky, sum[1] + weight * other.edge];
            total += weight;
        }
    }
    (own.piece, [sum[0] / total, sum[1] / total])
}
