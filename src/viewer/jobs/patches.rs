//! Figures of the patches, from a coarse grid: quick enough to follow a drag.

use std::sync::Arc;

use super::ShapeError;
use crate::forge::Forge;
use crate::inspect::orientation::visible_votes;
use crate::inspect::patches;
use crate::latent::Latent;
use crate::mesh::Vec3;
use crate::template::Template;
use crate::viewer::state::{PatchFiguresOf, PatchRow};

/// Points along a patch's side, and pixels along a view's side.
const GRID: usize = 8;
const RESOLUTION: usize = 96;

/// Radius within which patches overlap, by the convention of `inspect`.
const OVERLAP: f32 = 0.01;

/// Measures the patches of a latent.
///
/// # Errors
/// When it decodes to nothing that can be measured.
pub fn measure(forge: &Forge, latent: &Latent) -> Result<PatchFiguresOf, ShapeError> {
    let template = Template::grid(GRID);
    let mesh = forge.decode_unit(latent, &template)?;
    let figures = patches::patches(&mesh, &template, OVERLAP).unwrap_or_default();
    let votes = visible_votes(&mesh, RESOLUTION);
    let whole = figures.iter().map(|f| f.area).sum::<f64>().max(1e-12);
    let parts = &forge.checkpoint().meta.patch_parts;
    let rows = figures.iter().enumerate().map(|(patch, f)| {
        let (front, back) = votes.get(patch).copied().unwrap_or_default();
        PatchRow {
            patch,
            part: parts.get(patch).map(|p| p.part.clone()).unwrap_or_default(),
            area: f.area / whole,
            collapsed: f.collapsed,
            facing: (front + back > 0.0).then(|| front / (front + back)),
            overlap: f.overlap,
            gap: f.border_gap,
        }
    });
    let rows: Vec<PatchRow> = rows.collect();
    let middle =
        |points: &[Vec3]| std::array::from_fn(|k| points.iter().map(|p| p[k]).sum::<f32>() / points.len() as f32);
    let centres = mesh.positions.chunks(template.len()).map(middle).collect();
    let mean_area = (whole / rows.len().max(1) as f64) as f32;
    Ok(PatchFiguresOf { rows, centres, mean_area, mesh: Arc::new(mesh) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::checkpoint::Checkpoint;

    #[test]
    fn the_shipped_model_s_patches_are_measured() {
        let forge = Forge::new(Checkpoint::embedded().unwrap()).unwrap();
        let figures = measure(&forge, &forge.mean()).unwrap();
        assert_eq!((figures.rows.len(), figures.centres.len()), (25, 25));
        assert!((figures.rows.iter().map(|r| r.area).sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(figures.rows.iter().filter(|r| r.part == "blade").count() == 12);
        // Nearly all that is seen is fronts: the model is no heap of leaves.
        let seen: Vec<f64> = figures.rows.iter().filter_map(|r| r.facing).collect();
        assert!(seen.iter().filter(|&&f| f > 0.9).count() >= 20, "{seen:?}");
    }
}
