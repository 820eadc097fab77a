//! Where a set of shapes has its points, on a grid, and how two sets differ in it: the JSD of Achlioptas et al. (2018,
//! arXiv 1707.02392) on PointFlow's grid (Yang et al. 2019, arXiv 1906.12320).
//!
//! PointFlow's 28 x 28 x 28 lattice points span a cube of side 1 and only those within radius 0.5 are kept, for shapes of
//! radius 0.5; ours have radius 1, so the lattice spans a cube of side 2 and the ball of radius 1. Every point counts for
//! the lattice point nearest to it.

use crate::mesh::Vec3;

/// Lattice points along each axis.
pub const SIDE: usize = 28;
/// The lattice lies at the odd numbers from -LAST to LAST, divided by LAST.
const LAST: i32 = SIDE as i32 - 1;

/// Counts of one cloud's points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Occupancy {
    /// Cell and count, by cell.
    cells: Vec<(u32, u32)>,
}

impl Occupancy {
    /// Counts points of the unit ball; points outside count for the nearest cell of it.
    pub fn of(points: &[Vec3]) -> Self {
        let mut cells: Vec<u32> = points.iter().map(|&p| cell(p)).collect();
        cells.sort_unstable();
        Self { cells: cells.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)).collect() }
    }
}

/// Jensen-Shannon divergence in bits between the points of all shapes of one set and those of another: 0 for equal
/// densities, 1 for sets that share no cell. NaN for an empty set.
pub fn jsd<'a>(a: impl Iterator<Item = &'a Occupancy>, b: impl Iterator<Item = &'a Occupancy>) -> f64 {
    let (p, q) = (density(a), density(b));
    let both: Vec<f64> = p.iter().zip(&q).map(|(p, q)| (p + q) / 2.0).collect();
    let divergence = entropy(&both) - (entropy(&p) + entropy(&q)) / 2.0;
    // Rounding leaves a hair below zero for equal sets.
    if divergence < 0.0 { 0.0 } else { divergence }
}

fn density<'a>(set: impl Iterator<Item = &'a Occupancy>) -> Vec<f64> {
    let mut counts = vec![0.0; SIDE * SIDE * SIDE];
    let mut total = 0.0;
    for &(cell, count) in set.flat_map(|o| &o.cells) {
        counts[cell as usize] += f64::from(count);
        total += f64::from(count);
    }
    counts.iter_mut().for_each(|x| *x /= total);
    counts
}

fn entropy(density: &[f64]) -> f64 {
    -density.iter().filter(|&&p| p != 0.0).map(|p| p * p.log2()).sum::<f64>()
}

/// The lattice point within the ball that lies nearest.
fn cell(p: Vec3) -> u32 {
    let scaled = p.map(|x| f64::from(x) * f64::from(LAST));
    let nearest = scaled.map(odd);
    if in_ball(nearest) {
        return index(nearest);
    }
    let away = |k: [i32; 3]| (0..3).map(|i| (f64::from(k[i]) - scaled[i]).powi(2)).sum::<f64>();
    let every = (0..SIDE.pow(3)).map(lattice).filter(|&k| in_ball(k));
    every.min_by(|&a, &b| away(a).total_cmp(&away(b))).map_or(0, index)
}

/// The odd number from -LAST to LAST that lies nearest.
fn odd(x: f64) -> i32 {
    (2 * ((x - 1.0) / 2.0).round() as i32 + 1).clamp(-LAST, LAST)
}

/// A sum of three odd squares is never LAST squared, so no lattice point lies on the sphere itself.
fn in_ball(k: [i32; 3]) -> bool {
    k.iter().map(|x| x * x).sum::<i32>() < LAST * LAST
}

fn index(k: [i32; 3]) -> u32 {
    let [x, y, z] = k.map(|x| ((x + LAST) / 2) as u32);
    (x * SIDE as u32 + y) * SIDE as u32 + z
}

fn lattice(i: usize) -> [i32; 3] {
    [i / (SIDE * SIDE), i / SIDE % SIDE, i % SIDE].map(|k| 2 * k as i32 - LAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_has_no_divergence_and_the_disjoint_all() {
        let low = Occupancy::of(&[[0.0, -0.5, 0.0], [0.1, -0.5, 0.0]]);
        let high = Occupancy::of(&[[0.0, 0.5, 0.0]]);
        let set = |shapes: &[&Occupancy], others: &[&Occupancy]| jsd(shapes.iter().copied(), others.iter().copied());
        assert_eq!(set(&[&low, &high], &[&low, &high]), 0.0);
        assert!((set(&[&low], &[&high]) - 1.0).abs() < 1e-12);
        // Half of the one set's points lie where the other's all are: 1/2 (ld 4/3 + 1/2 ld 2/3 + 1/2 ld 2).
        let ld = f64::log2;
        let expected = 0.5 * (ld(4.0 / 3.0) + 0.5 * ld(2.0 / 3.0) + 0.5 * ld(2.0));
        let half = Occupancy::of(&[[0.0, 0.5, 0.0], [0.0, -0.5, 0.0]]);
        assert!((set(&[&high], &[&half]) - expected).abs() < 1e-12);
        assert!(set(&[], &[&low]).is_nan());
    }

    #[test]
    fn cells_are_nearest_lattice_points_of_the_ball() {
        let lattice_point = |k: [i32; 3]| k.map(|x| x as f32 / LAST as f32);
        assert_eq!(cell(lattice_point([1, -3, 25])), index([1, -3, 25]));
        assert_eq!(lattice(index([1, -3, 25]) as usize), [1, -3, 25]);
        assert_eq!(cell([0.02, 0.05, 0.0001]), index([1, 1, 1]));
        // The pole (1, 27, 1) lies outside the ball: 729 + 2 > 27².
        assert_eq!(cell([0.03, 1.0, 0.03]), index([1, 25, 1]));
        assert_eq!(cell([0.03, 9.0, 0.03]), index([1, 25, 1]));
        let corner = lattice(cell([5.0, 5.0, 5.0]) as usize);
        assert!(in_ball(corner) && corner.iter().all(|&x| x == 15), "{corner:?}");
    }
}
