//! A decoded shape as a GLB that reopens as what it was.

use thiserror::Error;

use super::{Forge, ForgeError, Subject};
use crate::export::extras::{Extras, ExtrasError, FORMAT, LatentValues, PLAIN, SURFACE};
use crate::export::{Export, ExportError, Material, glb};
use crate::template::Template;

/// An exported shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// GLB: metres, +Y up, origin at the grip.
    pub bytes: Vec<u8>,
    pub triangles: usize,
}

/// Why a shape can't be exported.
#[derive(Debug, Error)]
pub enum AssetError {
    #[error(transparent)]
    Forge(#[from] ForgeError),
    #[error(transparent)]
    Extras(#[from] ExtrasError),
    #[error(transparent)]
    Export(#[from] ExportError),
}

impl Forge {
    /// Decodes a subject and packs it, with the extras that [`Forge::reopen`] needs to give the subject back.
    ///
    /// # Errors
    /// When the latent doesn't fit the model or decodes to no mesh; a length that is not 0.01 to 100 m.
    pub fn asset(&self, subject: &Subject) -> Result<Asset, AssetError> {
        let Subject { name, latent, split, .. } = subject;
        let (length, grid) = (self.placement(latent, subject.length).length, subject.grid());
        // Given even where it is the model's own, so that no length is written that can't be decoded again.
        let mesh = self.decode(latent, Some(length), &Template::grid(grid))?;
        let extras = Some(self.extras(subject, length, grid, SURFACE)?);
        let export = Export { name, mesh: &mesh, split: *split, extras, material: Material::steel() };
        Ok(Asset { bytes: glb(&export)?, triangles: mesh.triangles.len() })
    }

    /// What makes a file reopen as the very shape: decoded to `length` metres, on `grid` points along a side of a patch, and made
    /// into one of the surfaces that [`Extras`] knows.
    pub(super) fn extras(
        &self,
        subject: &Subject,
        length: f32,
        grid: usize,
        surface: &str,
    ) -> Result<serde_json::Value, ExtrasError> {
        let Subject { name, latent, split, .. } = subject;
        let extras = Extras {
            format: if latent.is_mix(self.checkpoint().config.groups) { FORMAT } else { PLAIN },
            model: self.checkpoint().hash(),
            latent: LatentValues { groups: latent.groups(), values: latent.values().to_vec() },
            length,
            grid,
            surface: surface.to_owned(),
            name: Some(name.clone()),
            split: *split,
        };
        extras.to_value()
    }
}
