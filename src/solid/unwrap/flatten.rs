//! One chart laid flat: projected along its mean normal, then relaxed towards true lengths.
//!
//! Relaxing is "as rigid as possible" parametrisation (Liu, Zhang, Xu, Gotsman and Gortler 2008): every triangle turns to
//! where it fits best, and the vertices follow by a sparse least-squares fit, in turn.

use std::collections::HashMap;

use super::super::Solid;
use crate::mesh::normals::doubled_area;

pub(super) type Point = [f64; 2];

/// A chart in the plane, in metres.
#[derive(Clone, Debug, Default)]
pub(super) struct Flat {
    /// `[T']`, the solid's triangles.
    pub triangles: Vec<u32>,
    /// `[T', 3]`, indices into `points`.
    pub corners: Vec<[u32; 3]>,
    pub points: Vec<Point>,
}

const ROUNDS: usize = 10;
const STEPS: usize = 30;

impl Flat {
    /// Lays these triangles flat, faces up: each that has area in space has positive area, if their normals lie within 90 degrees of the mean.
    pub fn new(solid: &Solid, triangles: Vec<u32>) -> Self {
        let mut flat = Self { triangles, ..Default::default() };
        let normal = flat.triangles.iter().fold([0.0; 3], |sum, &t| {
            let n = doubled_area(solid.mesh.corners(t as usize));
            [sum[0] + n[0], sum[1] + n[1], sum[2] + n[2]]
        });
        let [right, up] = basis(normal);
        let mut places = HashMap::new();
        for &t in &flat.triangles {
            flat.corners.push(solid.mesh.triangles[t as usize].map(|v| {
                *places.entry(v).or_insert_with(|| {
                    let p = solid.mesh.positions[v as usize].map(f64::from);
                    flat.points.push([right, up].map(|a| a[0] * p[0] + a[1] * p[1] + a[2] * p[2]));
                    flat.points.len() as u32 - 1
                })
            }));
        }
        flat.relax(solid);
        flat
    }

    /// Twice the signed area of triangle `t` of the chart.
    pub fn area(&self, t: usize) -> f64 {
        let [a, b, c] = self.at(t);
        (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    }

    pub fn at(&self, t: usize) -> [Point; 3] {
        self.corners[t].map(|i| self.points[i as usize])
    }

    fn flips(&self) -> usize {
        (0..self.corners.len()).filter(|&t| self.area(t) <= 0.0).count()
    }

    fn relax(&mut self, solid: &Solid) {
        // Edges of all triangles: ends, weight, and the edge as it lies in its triangle's own plane.
        let mut edges: Vec<([u32; 2], f64, Point)> = Vec::with_capacity(3 * self.corners.len());
        for (&t, corners) in self.triangles.iter().zip(&self.corners) {
            let own = own_plane(solid.mesh.corners(t as usize).map(|p| p.map(f64::from)));
            for k in 0..3 {
                let [p, q, r] = [own[k], own[(k + 1) % 3], own[(k + 2) % 3]];
                let (a, b) = ([p[0] - r[0], p[1] - r[1]], [q[0] - r[0], q[1] - r[1]]);
                let (along, across) = (a[0] * b[0] + a[1] * b[1], a[0] * b[1] - a[1] * b[0]);
                // Cotangents, held positive: any positive weights leave what can be laid flat truly flat.
                let weight = if across > 0.0 { (along / across).clamp(0.02, 50.0) } else { 0.02 };
                edges.push(([corners[k], corners[(k + 1) % 3]], weight, [p[0] - q[0], p[1] - q[1]]));
            }
        }
        let before = self.flips();
        for _ in 0..ROUNDS {
            let turned = self.turned(&edges);
            let goal = self.fitted(&edges, &turned);
            let from = std::mem::replace(&mut self.points, goal);
            // Back off where the step would turn a triangle over.
            let mut share = 1.0;
            while self.flips() > before && share > 0.1 {
                share *= 0.5;
                for (p, q) in self.points.iter_mut().zip(&from) {
                    (0..2).for_each(|i| p[i] = 0.5 * (p[i] + q[i]));
                }
            }
            if self.flips() > before {
                self.points = from;
                break;
            }
        }
    }

    /// For every edge, its own-plane vector turned as its triangle lies now.
    fn turned(&self, edges: &[([u32; 2], f64, Point)]) -> Vec<Point> {
        let mut turned = Vec::with_capacity(edges.len());
        for triangle in edges.as_chunks::<3>().0 {
            let (mut cosine, mut sine) = (0.0, 0.0);
            for &([i, j], weight, [x, y]) in triangle {
                let (p, q) = (self.points[i as usize], self.points[j as usize]);
                let [u, v] = [p[0] - q[0], p[1] - q[1]];
                cosine += weight * (u * x + v * y);
                sine += weight * (v * x - u * y);
            }
            let length = cosine.hypot(sine);
            let (c, s) = if length > 0.0 { (cosine / length, sine / length) } else { (1.0, 0.0) };
            turned.extend(triangle.iter().map(|&(_, _, [x, y])| [c * x - s * y, s * x + c * y]));
        }
        turned
    }

    /// Points whose edges are nearest to `wanted`, by conjugate gradients from where they are.
    fn fitted(&self, edges: &[([u32; 2], f64, Point)], wanted: &[Point]) -> Vec<Point> {
        let n = self.points.len();
        let mut diagonal = vec![0.0; n];
        let mut residual = vec![[0.0; 2]; n];
        for (&([i, j], weight, _), goal) in edges.iter().zip(wanted) {
            let (i, j) = (i as usize, j as usize);
            diagonal[i] += weight;
            diagonal[j] += weight;
            for k in 0..2 {
                let miss = weight * (goal[k] - (self.points[i][k] - self.points[j][k]));
                residual[i][k] += miss;
                residual[j][k] -= miss;
            }
        }
        let mut points = self.points.clone();
        let precondition =
            |r: &[Point]| -> Vec<Point> { r.iter().zip(&diagonal).map(|(r, d)| r.map(|x| x / d.max(1e-12))).collect() };
        // Both coordinates are one system with two right-hand sides; here as one vector.
        let product =
            |a: &[Point], b: &[Point]| -> f64 { a.iter().zip(b).map(|(a, b)| a[0] * b[0] + a[1] * b[1]).sum() };
        let mut z = precondition(&residual);
        let mut direction = z.clone();
        let mut rho = product(&residual, &z);
        let enough = 1e-12 * rho;
        for _ in 0..STEPS {
            if rho <= enough || rho <= 1e-300 {
                break;
            }
            let mut image = vec![[0.0; 2]; n];
            for &([i, j], weight, _) in edges {
                let (i, j) = (i as usize, j as usize);
                for k in 0..2 {
                    let flow = weight * (direction[i][k] - direction[j][k]);
                    image[i][k] += flow;
                    image[j][k] -= flow;
                }
            }
            let curvature = product(&direction, &image);
            if curvature <= 0.0 {
                break;
            }
            let step = rho / curvature;
            for v in 0..n {
                for k in 0..2 {
                    points[v][k] += step * direction[v][k];
                    residual[v][k] -= step * image[v][k];
                }
            }
            z = precondition(&residual);
            let now = product(&residual, &z);
            let share = now / rho;
            rho = now;
            for v in 0..n {
                (0..2).for_each(|k| direction[v][k] = z[v][k] + share * direction[v][k]);
            }
        }
        points
    }
}

/// Two unit vectors that, with `normal`, make a right-handed frame.
fn basis(normal: [f64; 3]) -> [[f64; 3]; 2] {
    let cross =
        |a: [f64; 3], b: [f64; 3]| [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
    let unit = |a: [f64; 3]| {
        let length = (a[0] * a[0] + a[1] * a[1] + a[2] * a[2]).sqrt();
        if length > 0.0 { a.map(|x| x / length) } else { [0.0, 0.0, 1.0] }
    };
    let normal = unit(normal);
    let axis = if normal[1].abs() < 0.9 { [0.0, 1.0, 0.0] } else { [1.0, 0.0, 0.0] };
    let right = unit(cross(axis, normal));
    [right, cross(normal, right)]
}

/// A triangle laid into its own plane, its first edge along x.
pub(super) fn own_plane([a, b, c]: [[f64; 3]; 3]) -> [Point; 3] {
    let (u, v): ([f64; 3], [f64; 3]) = (std::array::from_fn(|i| b[i] - a[i]), std::array::from_fn(|i| c[i] - a[i]));
    let dot = |p: [f64; 3], q: [f64; 3]| p[0] * q[0] + p[1] * q[1] + p[2] * q[2];
    let base = dot(u, u).sqrt();
    if base <= 0.0 {
        return [[0.0; 2], [0.0; 2], [dot(v, v).sqrt(), 0.0]];
    }
    let x = dot(u, v) / base;
    [[0.0; 2], [base, 0.0], [x, (dot(v, v) - x * x).max(0.0).sqrt()]]
}
