//! How densely the encoded set fills the map: the ground under the points.

use crate::latent::Density;
use crate::latent::marginal::Bump;

/// How far the ground reaches from the mean, in standard deviations.
pub const EXTENT: f32 = 6.0;

/// Cells along a side of the ground.
pub const CELLS: usize = 96;

/// The density over two axes, cell by cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// `[CELLS, CELLS]`, the row of the largest second coordinate first: 1 at the peak, 0 where nothing was learnt.
    pub cells: Vec<f32>,
    /// Cells below count as empty: outside of them lies 1 % of what was learnt.
    pub empty: f32,
}

impl Field {
    /// Of a fitted density; of a standard one where none was fitted.
    pub fn of(density: Option<&Density>, axes: [usize; 2]) -> Self {
        let bumps = density.map_or_else(|| vec![Bump::STANDARD], |d| d.marginal(axes));
        let middle = |i: usize| EXTENT * (2.0 * (i as f32 + 0.5) / CELLS as f32 - 1.0);
        let mut cells = Vec::with_capacity(CELLS * CELLS);
        for row in 0..CELLS {
            for column in 0..CELLS {
                let at = [middle(column), -middle(row)];
                cells.push(bumps.iter().map(|b| b.at(at)).sum::<f32>());
            }
        }
        let peak = cells.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        cells.iter_mut().for_each(|c| *c /= peak);
        let empty = outside(&cells, 0.01);
        Self { cells, empty }
    }

    /// At a point of the map; 0 beyond [`EXTENT`].
    pub fn at(&self, [x, y]: [f32; 2]) -> f32 {
        let cell = |v: f32| ((v / EXTENT + 1.0) * 0.5 * CELLS as f32).floor();
        let (column, row) = (cell(x), cell(-y));
        let inside = 0.0..CELLS as f32;
        if !inside.contains(&column) || !inside.contains(&row) {
            return 0.0;
        }
        self.cells.get(row as usize * CELLS + column as usize).copied().unwrap_or(0.0)
    }

    /// Whether nothing that was learnt lies near a point.
    pub fn is_empty_at(&self, at: [f32; 2]) -> bool {
        self.at(at) < self.empty
    }
}

/// The height below which the cells hold `share` of the whole.
fn outside(cells: &[f32], share: f32) -> f32 {
    let mut sorted = cells.to_vec();
    sorted.sort_by(f32::total_cmp);
    let total: f32 = sorted.iter().sum();
    let mut below = 0.0;
    sorted
        .into_iter()
        .find(|c| {
            below += c;
            below >= share * total
        })
        .unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_full_and_the_rim_is_empty() {
        let field = Field::of(None, [0, 1]);
        assert!(field.at([0.0, 0.0]) > 0.98 && !field.is_empty_at([1.0, -1.0]));
        // 99 % of a plane Gaussian lie within 3.03 deviations.
        assert!(!field.is_empty_at([2.8, 0.0]) && field.is_empty_at([3.3, 0.0]) && field.is_empty_at([99.0, 0.0]));
        // Up is up.
        let density = Density {
            weights: vec![1.0],
            means: vec![vec![0.0, 3.0]],
            factors: vec![vec![0.2, 0.0, 0.2]],
            ..Density::default()
        };
        let field = Field::of(Some(&density), [0, 1]);
        assert!(
            field.at([0.0, 3.0]) > 0.8 && field.at([0.0, -3.0]) == 0.0 && field.cells[CELLS * CELLS / 4 + 48] > 0.5
        );
    }
}
