//! The uv atlas: every patch's unit square in a cell of its own, so that one texture covers a whole shape.
//!
//! The formula is short because the GPU's dress pass evaluates it as well:
//!
//! ```text
//! side = ceil(sqrt(patches))            cells along one side, 5 for 25 patches
//! cell = (patch mod side, patch div side)
//! U = (cell.x + MARGIN + u * (1 - 2 MARGIN)) / side
//! V = (cell.y + MARGIN + (1 - v) * (1 - 2 MARGIN)) / side
//! ```
//!
//! glTF's V points down, the patch's v up: without the flip every chart would be mirrored.

/// The empty rim of a cell, as a share of the cell: two charts of a 5 x 5 atlas stay 1/80 of the texture apart, which
/// keeps bilinear filtering clean down to the mip level with 80 texels a side.
pub const MARGIN: f32 = 1.0 / 32.0;

/// Cells along one side of the atlas: the smallest square that holds `patches` charts, at least 1.
pub fn atlas_side(patches: usize) -> usize {
    let root = patches.isqrt();
    (root + usize::from(root * root < patches)).max(1)
}

/// Texture coordinate, V down as glTF has it, of the point `uv` in 0..=1 of patch number `patch` out of `patches`.
pub fn atlas_uv(patch: usize, patches: usize, uv: [f32; 2]) -> [f32; 2] {
    let side = atlas_side(patches);
    let inner = 1.0 - 2.0 * MARGIN;
    [
        ((patch % side) as f32 + MARGIN + uv[0] * inner) / side as f32,
        ((patch / side) as f32 + MARGIN + (1.0 - uv[1]) * inner) / side as f32,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_side_is_the_smallest_that_fits() {
        for patches in 1..200 {
            let side = atlas_side(patches);
            assert!(side * side >= patches && (side - 1) * (side - 1) < patches, "{patches}: {side}");
        }
        assert_eq!(atlas_side(0), 1);
    }

    #[test]
    fn the_first_patch_starts_at_the_left_edge_of_the_top_row() {
        let [u, v] = atlas_uv(0, 25, [0.0, 1.0]);
        assert_eq!([u, v], [MARGIN / 5.0; 2]);
        let [u, v] = atlas_uv(24, 25, [1.0, 0.0]);
        assert!((u - (1.0 - MARGIN / 5.0)).abs() < 1e-6 && (v - (1.0 - MARGIN / 5.0)).abs() < 1e-6);
    }
}
