//! A file's shape: what was exported here by the latent in its extras, exactly; any other mesh through the encoder.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::subject::stem;
use super::{Forge, ForgeError, Subject};
use crate::export::extras::{Extras, ExtrasError};
use crate::latent::{Latent, LatentError};
use crate::mesh::Mesh;
use crate::shapes::import::{Format, ImportError, gltf_extras, read_file, read_mesh};
use crate::shapes::placement::lying_as;

/// Why a file gave no shape. Each message names the file.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error("{}: {why}", path.display())]
    Refused { path: PathBuf, why: Refusal },
    #[error("{}: can't be encoded: {why}; open another mesh", path.display())]
    Encode { path: PathBuf, why: ForgeError },
}

/// Why an exported file can't be reopened exactly; its surface may still be encoded.
#[derive(Debug, Error)]
pub enum Refusal {
    #[error(transparent)]
    Extras(#[from] ExtrasError),
    #[error("it was made by another model ({made_by}, this one is {hash})")]
    OtherModel { made_by: String, hash: String },
    #[error(transparent)]
    Latent(#[from] LatentError),
}

/// What became of a mesh file.
#[derive(Clone, Debug, PartialEq)]
pub struct FromMesh {
    pub subject: Subject,
    /// As it was encoded, in the file's unit.
    pub mesh: Mesh,
    /// Whether it lay otherwise in the file.
    pub turned: bool,
}

/// What an exported file says about itself; `None` where the file is no glTF, or another program's.
///
/// # Errors
/// A file that can't be read; damaged extras, or of a newer format.
pub fn extras(path: &Path) -> Result<Option<Extras>, OpenError> {
    let gltf = match Format::of_name(path) {
        Some(format) => format == Format::Gltf,
        None => Format::of_bytes(&read_file(path)?) == Some(Format::Gltf),
    };
    if !gltf {
        return Ok(None);
    }
    let Some(value) = gltf_extras(path)? else { return Ok(None) };
    match Extras::from_value(&value) {
        Ok(extras) => Ok(Some(extras)),
        Err(ExtrasError::Absent) => Ok(None),
        Err(why) => Err(OpenError::Refused { path: path.to_owned(), why: why.into() }),
    }
}

impl Forge {
    /// The exact shape that [`Forge::asset`] packed into a file; `None` as from [`extras`].
    ///
    /// # Errors
    /// As [`extras`]; when another model made it.
    pub fn reopen(&self, path: &Path) -> Result<Option<Subject>, OpenError> {
        let Some(extras) = extras(path)? else { return Ok(None) };
        let subject = self.exported(extras, path);
        subject.map(Some).map_err(|why| OpenError::Refused { path: path.to_owned(), why })
    }

    fn exported(&self, extras: Extras, path: &Path) -> Result<Subject, Refusal> {
        let Extras { model: made_by, latent, length, grid, name, split, .. } = extras;
        let Self { checkpoint, .. } = self;
        let hash = checkpoint.hash();
        if made_by != hash {
            return Err(Refusal::OtherModel { made_by, hash });
        }
        let latent = Latent::new(latent.groups, latent.values.len() / latent.groups.max(1), latent.values)?;
        self.packed().takes(&latent)?;
        let name = name.unwrap_or_else(|| stem(path));
        Ok(Subject { name, latent, length: Some(length), grid: Some(grid), split })
    }

    /// A mesh file through the encoder, set upright as its class wants it.
    ///
    /// # Errors
    /// When it is no mesh, or one that the encoder can't take.
    pub fn encode_file(&self, path: &Path) -> Result<FromMesh, OpenError> {
        let (mesh, turned) = lying_as(read_mesh(path)?, self.class());
        let latent = self.encode_mesh(&mesh).map_err(|why| OpenError::Encode { path: path.to_owned(), why })?;
        Ok(FromMesh { subject: Subject::new(stem(path), latent), mesh, turned })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::checkpoint::Checkpoint;

    #[test]
    fn a_mix_reopens_and_each_patch_decodes_its_own_latent() {
        let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny.safetensors");
        let forge = Forge::new(Checkpoint::read(&model).unwrap()).unwrap();
        let patches = forge.packed().patches;
        let (hilt, blade) = (Subject::seeded(&forge, 3).latent, Subject::seeded(&forge, 4).latent);
        let mut latent = hilt.spread(patches);
        let last = latent.dim() * (patches - 1);
        latent.values_mut()[last..].copy_from_slice(blade.values());
        let uv = crate::template::Template::grid(5).uv();
        let [of_hilt, of_blade, of_mix] =
            [&hilt, &blade, &latent].map(|l| forge.decode_points(l, &uv).unwrap().positions);
        let cut = uv.len() * (patches - 1);
        assert_eq!((&of_mix[..cut], &of_mix[cut..]), (&of_hilt[..cut], &of_blade[cut..]));
        assert_eq!(forge.decode_points(&hilt.spread(patches), &uv).unwrap().positions, of_hilt);

        let subject = Subject { length: Some(0.9), grid: Some(5), ..Subject::new("mixed", latent) };
        let asset = forge.asset(&subject).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mixed.glb");
        std::fs::write(&path, &asset.bytes).unwrap();
        let reopened = forge.reopen(&path).unwrap().unwrap();
        assert_eq!((&reopened, forge.asset(&reopened).unwrap()), (&subject, asset));
        assert_eq!(extras(&path).unwrap().unwrap().format, 2);
        let plain = forge.asset(&Subject { latent: hilt, ..subject }).unwrap();
        assert_eq!(Extras::from_glb(&plain.bytes).unwrap().format, 1);
    }

    #[test]
    fn an_asset_reopens_as_its_subject_whatever_the_file_is_called() {
        let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny.safetensors");
        let forge = Forge::new(Checkpoint::read(&model).unwrap()).unwrap();
        let subject = Subject { length: Some(0.777), grid: Some(5), split: true, ..Subject::seeded(&forge, 3) };
        let asset = forge.asset(&subject).unwrap();
        let folder = tempfile::tempdir().unwrap();
        for name in ["other.glb", "no-extension"] {
            let path = folder.path().join(name);
            std::fs::write(&path, &asset.bytes).unwrap();
            let reopened = forge.reopen(&path).unwrap().unwrap();
            assert_eq!((&reopened, reopened.name.as_str()), (&subject, "sword-3"));
            assert_eq!(forge.asset(&reopened).unwrap(), asset);
        }
        let path = folder.path().join("a.obj");
        std::fs::write(&path, "v 0 0 0\nv 0 2 0\nv 1 0 0\nf 1 2 3\n").unwrap();
        assert!(forge.reopen(&path).unwrap().is_none());
        let FromMesh { subject: encoded, turned, .. } = forge.encode_file(&path).unwrap();
        assert_eq!((encoded.name.as_str(), encoded.length, turned), ("a", None, false));
    }
}
