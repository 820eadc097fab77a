//! Mirror symmetry where the input has it: the first flaw that an artist sees on a sword.

use candle_core::{Device, Result, Tensor};
use rayon::prelude::*;

use crate::inspect::chamfer::{Soa, nearest_soa};
use crate::mesh::Vec3;
use crate::model::ops::values;

/// Decoded points a shape that are held against their mirror images.
pub const POINTS: usize = 600;

/// The mirror planes: x = 0 and z = 0.
pub const AXES: [usize; 2] = [0, 2];

/// How symmetric each input is, `[B, N, 3]` -> `[B]` of a weight for each of [`AXES`]: 1 for a mirror image that differs from
/// the shape no more than another sample of it would, near 0 for a sabre about x = 0.
///
/// With a and b the two halves of the cloud, the weight is `exp(1 - r)`, r = max(1, CD(a, mirrored b) / CD(a, b)): what
/// sampling alone does stands in both distances.
pub fn symmetries(inputs: &Tensor) -> Result<Vec<[f32; 2]>> {
    let (_, n, _) = inputs.dims3()?;
    let weights = |cloud: &[f32]| {
        let points: Vec<Vec3> = cloud.chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect();
        let (a, b) = points.split_at(n / 2);
        let noise = distance(a, b);
        AXES.map(|axis| {
            let image: Vec<Vec3> = b.iter().map(|&p| mirrored(p, axis)).collect();
            let ratio = distance(a, &image) / noise;
            if ratio.is_finite() { (1.0 - ratio.max(1.0)).exp() } else { 0.0 }
        })
    };
    Ok(values(inputs)?.par_chunks(n * 3).map(weights).collect())
}

fn mirrored(mut p: Vec3, axis: usize) -> Vec3 {
    p[axis] = -p[axis];
    p
}

/// Squared chamfer distance. Points in common don't count: clouds are drawn with replacement, and one point in both halves
/// says nothing about the surface's sampling.
fn distance(a: &[Vec3], b: &[Vec3]) -> f32 {
    let (a, b) = (Soa::new(a), Soa::new(b));
    let one_way = |from: &Soa, to: &Soa| {
        let (mut distance, mut index) = (vec![0.0; from.x.len()], vec![0; from.x.len()]);
        nearest_soa(from.axes(), to.axes(), &mut distance, &mut index);
        let apart: Vec<f32> = distance.into_iter().filter(|d| *d > 0.0).collect();
        apart.iter().sum::<f32>() / apart.len().max(1) as f32
    };
    one_way(&a, &b) + one_way(&b, &a)
}

/// Decoded points `[B, N, 3]` in network units, weights by shape and axis -> a scalar, the mean over shapes of
/// `sum over axes of weight CD(points, mirrored points)`, the squared chamfer distance with its two means summed.
///
/// A point on one side is held against the other side alone: its own image may be nearer than any other point's, and
/// would pull a thin blade flat. Both ends of a pair are pulled.
pub fn mirror(points: &Tensor, weights: &[[f32; 2]]) -> Result<Tensor> {
    let (b, n, _) = points.dims3()?;
    let stride = n.div_ceil(POINTS);
    // Rows spread over all patches.
    let rows: Vec<u32> = (0..n).step_by(stride).map(|i| i as u32).collect();
    let n = rows.len();
    let points = points.index_select(&Tensor::new(rows, &Device::Cpu)?, 1)?.reshape((b * n, 3))?;
    let flat = values(&points)?;
    let mut sum = Tensor::zeros((), points.dtype(), &Device::Cpu)?;
    for (k, axis) in AXES.into_iter().enumerate() {
        let partners: Vec<u32> = flat
            .par_chunks(n * 3)
            .enumerate()
            .flat_map_iter(|(shape, cloud)| partners(cloud, axis).into_iter().map(move |i| (shape * n) as u32 + i))
            .collect();
        let mut flip = [1.0f32; 3];
        flip[axis] = -1.0;
        let images = points.index_select(&Tensor::new(partners, &Device::Cpu)?, 0)?;
        let images = images.broadcast_mul(&Tensor::from_slice(&flip, (1, 3), &Device::Cpu)?)?;
        // Mirroring swaps the two ways of this chamfer distance, so they are equal: twice one of them.
        let distance = (&points - images)?.sqr()?.sum(1)?.reshape((b, n))?.mean(1)?;
        let weight: Vec<f32> = weights.iter().map(|w| 2.0 * w[k]).collect();
        sum = (sum + (distance * Tensor::new(weight, &Device::Cpu)?)?.mean_all()?)?;
    }
    Ok(sum)
}

/// For each point of a cloud the one whose mirror image is nearest, among those of the other side; among all if the cloud
/// lies on one side.
fn partners(cloud: &[f32], axis: usize) -> Vec<u32> {
    let points: Vec<Vec3> = cloud.chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect();
    let (front, back): (Vec<u32>, Vec<u32>) = (0..points.len() as u32).partition(|&i| points[i as usize][axis] > 0.0);
    let all: Vec<u32> = (0..points.len() as u32).collect();
    let sides =
        if front.is_empty() || back.is_empty() { vec![(&all, &all)] } else { vec![(&front, &back), (&back, &front)] };
    let mut partners = vec![0; points.len()];
    for (from, to) in sides {
        let own: Vec<Vec3> = from.iter().map(|&i| points[i as usize]).collect();
        let images: Vec<Vec3> = to.iter().map(|&i| mirrored(points[i as usize], axis)).collect();
        let (mut distance, mut index) = (vec![0.0; own.len()], vec![0; own.len()]);
        nearest_soa(Soa::new(&own).axes(), Soa::new(&images).axes(), &mut distance, &mut index);
        from.iter().zip(index).for_each(|(&i, j)| partners[i as usize] = to[j as usize]);
    }
    partners
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::sample::by_area;
    use crate::shapes::{Shape, dataset};
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn tensor(points: &[Vec3]) -> Tensor {
        Tensor::from_slice(points.as_flattened(), (1, points.len(), 3), &Device::Cpu).unwrap()
    }

    fn cloud(shape: &Shape, rng: &mut ChaCha8Rng) -> Vec<Vec3> {
        let (mesh, _) = crate::shapes::placement::to_unit_ball(&shape.mesh());
        let surface = by_area(&mesh, 2048, rng);
        // As a batch draws its inputs: with replacement, thin axes stretched.
        let stretched = |p: Vec3| [p[0] / 0.1, p[1] / 0.6, p[2] / 0.05];
        (0..1000).map(|_| stretched(surface[rng.random_range(0..surface.len())])).collect()
    }

    #[test]
    fn inputs_are_as_symmetric_as_they_are() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let swords = dataset::procedural(24, 5);
        for sword in &swords {
            let points = cloud(sword, &mut rng);
            let [about_x, about_z] = symmetries(&tensor(&points)).unwrap()[0];
            assert!(about_z > 0.7, "{}: about z {about_z}, about x {about_x}", sword.name);
            // The same sword, bent: a sabre's curve.
            let bent: Vec<Vec3> = points.iter().map(|p| [p[0] + 1.5 * p[1] * p[1], p[1], p[2]]).collect();
            let [bent_x, bent_z] = symmetries(&tensor(&bent)).unwrap()[0];
            assert!(bent_x < 0.1 && bent_z > 0.7, "{}: bent {bent_x} {bent_z}", sword.name);
        }
        let square: Vec<Vec3> =
            (0..1000).map(|_| [rng.random_range(-1.0..1.0), rng.random_range(-1.0..1.0), 0.0]).collect();
        assert!(symmetries(&tensor(&square)).unwrap()[0].iter().all(|w| *w > 0.7));
        // One point over and over has no spread to compare with.
        assert_eq!(symmetries(&tensor(&[[0.5; 3]; 8])).unwrap(), [[0.0; 2]]);
    }

    #[test]
    fn a_thin_symmetric_slab_costs_nothing_a_shifted_one_its_shift() {
        let grid = |z: f32| (0..100).map(move |i| [(i % 10) as f32 - 4.5, (i / 10) as f32, z]);
        // Thinner than its points' spacing: the own image is nearer than any other.
        let slab: Vec<Vec3> = grid(0.1).chain(grid(-0.1)).collect();
        let value = |points: &[Vec3], w| mirror(&tensor(points), &[w]).unwrap().to_scalar::<f32>().unwrap();
        assert!(value(&slab, [1.0, 1.0]) < 1e-9);
        let shifted: Vec<Vec3> = slab.iter().map(|p| [p[0], p[1], p[2] + 0.05]).collect();
        let found = value(&shifted, [1.0, 1.0]);
        // 0.15 and -0.05, mirrored: each 0.1 from its partner, both ways.
        assert!((found - 0.02).abs() < 1e-5, "{found}");
        assert!(value(&shifted, [1.0, 0.0]) < 1e-9);
        // All on one side: pulled to the plane.
        assert!(value(&shifted.iter().map(|p| [p[0], p[1], p[2] + 1.0]).collect::<Vec<_>>(), [0.0, 1.0]) > 1.0);
    }
}
