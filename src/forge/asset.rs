//! A decoded shape as a GLB that reopens as what it was.

use thiserror::Error;

use super::{Forge, ForgeError, Subject};
use crate::export::extras::{Extras, ExtrasError, FORMAT, LatentValues, PLAIN, SURFACE};
use crate::export::{Export, ExportError, Finish, Material, glb_dressed};
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
        self.pack(subject, &[])
    }

    /// The same with a material a part: `finish` says of what a part is, by its name; a model without parts has one
    /// part without a name.
    ///
    /// # Errors
    /// As [`Forge::asset`].
    pub fn dressed_asset(&self, subject: &Subject, finish: impl Fn(&str) -> Finish) -> Result<Asset, AssetError> {
        let parts = &self.checkpoint().meta.patch_parts;
        let part = |patch: usize| parts.get(patch).map_or("", |p| p.part.as_str());
        let dress: Vec<Material> =
            (0..self.checkpoint().config.patches).map(|patch| finish(part(patch)).material()).collect();
        self.pack(subject, &dress)
    }

    fn pack(&self, subject: &Subject, dress: &[Material]) -> Result<Asset, AssetError> {
        let Subject { name, latent, split, .. } = subject;
        let (length, grid) = (self.placement(latent, subject.length).length, subject.grid());
        // Given even where it is the model's own, so that no length is written that can't be decoded again.
        let mesh = self.decode(latent, Some(length), &Template::grid(grid))?;
        let extras = Extras {
            format: if latent.is_mix(self.checkpoint().config.groups) { FORMAT } else { PLAIN },
            model: self.checkpoint().hash(),
            latent: LatentValues { groups: latent.groups(), values: latent.values().to_vec() },
            length,
            grid,
            surface: SURFACE.to_owned(),
            name: Some(name.clone()),
            split: *split,
        };
        let extras = Some(extras.to_value()?);
        let export = Export { name, mesh: &mesh, split: *split, extras, material: Material::steel() };
        let bytes = glb_dressed(&export, dress)?;
        Ok(Asset { bytes, triangles: mesh.triangles.len() })
    }
}
