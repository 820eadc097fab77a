//! Figures about the shape, decoded on a coarse grid, where only the newest shape counts: its size and its patches.

use std::sync::Arc;

use super::{Latest, ShapeError, Wake, guarded, patches, probe};
use crate::forge::Forge;
use crate::latent::Latent;
use crate::mesh::Vec3;
use crate::template::Template;
use crate::viewer::state::{Design, Explorer, Pane, PatchFiguresOf};

/// Points along a patch's side: enough for a size, quick enough for every drag.
pub(super) const COARSE: usize = 8;

/// The workers.
pub struct Figures {
    patches: Latest<Latent, Result<PatchFiguresOf, String>>,
    sizes: Latest<Design, Result<Vec3, String>>,
    /// Whose patches, and what size, were asked for.
    patched: Option<Latent>,
    measured: Option<(Latent, Option<f32>)>,
}

impl Figures {
    /// Starts them.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(forge: Arc<Forge>, wake: Wake) -> std::io::Result<Self> {
        let sizing = forge.clone();
        Ok(Self {
            patches: Latest::start("patches", wake.clone(), move |latent| {
                guarded(|| patches::measure(&forge, &latent).map_err(|why| why.to_string())).flatten()
            })?,
            sizes: Latest::start("sizes", wake, move |design| {
                guarded(|| size(&sizing, &design).map_err(|why| why.to_string())).flatten()
            })?,
            patched: None,
            measured: None,
        })
    }

    /// Once a frame: asks for what is new and tells what was measured.
    pub fn update(&mut self, explorer: &mut Explorer) {
        // Only while somebody looks at them; of what is seen, which the map's pointer may have chosen.
        let looked_at = explorer.layout.shows(Pane::Patches) || !explorer.patches.is_plain();
        let seen = explorer.seen().0;
        if looked_at && self.patched.as_ref() != Some(seen) {
            self.patches.submit(seen.clone());
            self.patched = Some(seen.clone());
        }
        if let Some(figures) = self.patches.newest() {
            // What can't be measured can't be shown either, which the worker for sizes says.
            explorer.patches.figures = figures.ok();
        }
        let measured = (explorer.latent.clone(), explorer.length);
        if self.measured.as_ref() != Some(&measured) {
            self.measured = Some(measured);
            self.sizes.submit(explorer.design());
        }
        if let Some(size) = self.sizes.newest() {
            explorer.stats.size = size.as_ref().ok().copied();
            if let Err(why) = size {
                explorer.error(format!("This shape can't be shown: {why}. Reset leads back."));
            }
        }
    }
}

/// Width, length and thickness of a design in metres: X, Y, Z of a sword; X, Z, Y of a plane.
///
/// # Errors
/// When it gives nothing to look at.
fn size(forge: &Forge, design: &Design) -> Result<Vec3, ShapeError> {
    probe(forge, &design.latent)?;
    let mesh = forge.decode(&design.latent, design.length, &Template::grid(COARSE))?;
    let (low, high) = mesh.bounds().unwrap_or_default();
    let [x, y, z]: Vec3 = std::array::from_fn(|i| high[i] - low[i]);
    Ok(if forge.class().is_sword() { [x, y, z] } else { [x, z, y] })
}
