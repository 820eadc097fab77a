//! Rows in fixed blocks, on all threads: partial sums are formed over a block and added in order, so that results do not
//! depend on the number of threads.

use rayon::prelude::*;

/// Rows a block, whatever the thread count.
const BLOCK: usize = 256;

/// Sums over the rows of each group: `[G, R, C]` -> `[G, S]`, `add(row index in x, accumulator [S])` per row.
pub(super) fn row_sums(
    groups: usize,
    rows: usize,
    sums: usize,
    add: impl Fn(usize, usize, &mut [f32]) + Sync,
) -> Vec<f32> {
    let blocks = rows.div_ceil(BLOCK);
    let partial: Vec<Vec<f32>> = (0..groups * blocks)
        .into_par_iter()
        .map(|item| {
            let (g, b) = (item / blocks, item % blocks);
            let mut accumulator = vec![0.0f32; sums];
            for r in b * BLOCK..((b + 1) * BLOCK).min(rows) {
                add(g, g * rows + r, &mut accumulator);
            }
            accumulator
        })
        .collect();
    let mut total = vec![0.0f32; groups * sums];
    for (g, total) in total.chunks_exact_mut(sums).enumerate() {
        for block in &partial[g * blocks..(g + 1) * blocks] {
            for (t, x) in total.iter_mut().zip(block) {
                *t += x;
            }
        }
    }
    total
}

/// Runs `body(group, first row, rows)` on disjoint blocks of a `[G, R, C]` buffer.
pub(super) fn for_blocks(out: &mut [f32], rows: usize, c: usize, body: impl Fn(usize, usize, &mut [f32]) + Sync) {
    out.par_chunks_mut(rows * c).enumerate().for_each(|(g, group)| {
        group.par_chunks_mut(BLOCK * c).enumerate().for_each(|(b, block)| body(g, g * rows + b * BLOCK, block));
    });
}

/// The two halves of sums `[G, 2 C]`, `[G, C]` each.
pub(super) fn halves(sums: &[f32], c: usize) -> [Vec<f32>; 2] {
    [0, c].map(|from| sums.chunks_exact(2 * c).flat_map(|group| &group[from..from + c]).copied().collect())
}
