//! What a command works on: a latent from a seed, an exported file, a mesh through the encoder, or an encoded name.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::closest::hint;
use crate::export::extras::{Extras, ExtrasError};
use crate::forge::Forge;
use crate::latent::Latent;
use crate::mesh::Mesh;
use crate::shapes::import::{gltf_extras, read_mesh};
use crate::shapes::placement::orient;

/// A shape that the model can decode.
#[derive(Clone, Debug)]
pub struct Subject {
    pub name: String,
    pub latent: Latent,
    /// Metres along Y; `None` for the model's own estimate.
    pub length: Option<f32>,
    /// The grid that it was exported with.
    pub grid: Option<usize>,
    /// Whether it was exported patch by patch.
    pub split: bool,
}

impl Subject {
    pub fn new(name: impl Into<String>, latent: Latent) -> Self {
        Self { name: name.into(), latent, length: None, grid: None, split: false }
    }

    /// The sword of a seed: the same for the same model on the same kind of CPU.
    pub fn seeded(forge: &Forge, seed: u64) -> Self {
        Self::new(format!("sword-{seed}"), forge.sample(&mut ChaCha8Rng::seed_from_u64(seed)))
    }

    /// The exact shape that an exported file holds.
    ///
    /// # Errors
    /// A file that can't be read, holds no latent, or was made by another model.
    pub fn exported(forge: &Forge, path: &Path) -> Result<Self> {
        let origin = Origin::read(path)?.with_context(|| {
            format!("'{}' holds no latent; put it through the model with `atlasforge reconstruct`", path.display())
        })?;
        origin.reopen(forge, path)
    }

    /// A mesh file, or an encoded sword by name. An exported file of the same model gives its latent, any other mesh
    /// goes through the encoder.
    ///
    /// # Errors
    /// A file that can't be read; a name that nobody knows.
    pub fn named(forge: &Forge, name: &str) -> Result<Self> {
        let path = Path::new(name);
        if path.is_file() {
            return match Origin::read(path)? {
                Some(origin) if origin.extras.model == forge.checkpoint().hash() => origin.reopen(forge, path),
                _ => {
                    let latent = forge.encode_mesh(&read_upright(path)?);
                    Ok(Self::new(stem(path), latent.with_context(|| format!("can't encode '{}'", path.display()))?))
                }
            };
        }
        if let Some(known) = forge.find(name) {
            return Ok(Self { length: Some(known.length), ..Self::new(&known.name, known.latent.clone()) });
        }
        let encoded = &forge.checkpoint().meta.encoded;
        bail!(
            "'{name}' is neither a file nor one of the model's {} encoded swords{}; `atlasforge inspect` lists them",
            encoded.len(),
            hint(name, encoded.iter().map(|e| e.name.as_str()))
        )
    }
}

/// What an exported file says about itself.
#[derive(Clone, Debug)]
pub struct Origin {
    pub extras: Extras,
    /// Keys of this command beside the extras: the shape's name, and whether it was split.
    name: Option<String>,
    split: bool,
}

impl Origin {
    /// `None` where the file is no glTF, or another program's.
    ///
    /// # Errors
    /// A file that can't be read, damaged extras, a newer format.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        if !matches!(extension.as_str(), "glb" | "gltf") {
            return Ok(None);
        }
        let Some(value) = gltf_extras(path)? else { return Ok(None) };
        let extras = match Extras::from_value(&value) {
            Ok(extras) => extras,
            Err(ExtrasError::Absent) => return Ok(None),
            Err(error) => bail!("'{}': {error}", path.display()),
        };
        let name = value.get("name").and_then(|n| n.as_str()).map(str::to_owned);
        let split = value.get("split").and_then(serde_json::Value::as_bool).unwrap_or(false);
        Ok(Some(Self { extras, name, split }))
    }

    /// # Errors
    /// When another model made it.
    pub fn reopen(self, forge: &Forge, path: &Path) -> Result<Subject> {
        let (made_by, hash) = (&self.extras.model, forge.checkpoint().hash());
        if *made_by != hash {
            bail!(
                "'{}' was made by the model {made_by}, but this one is {hash}; give the model that made it with --model",
                path.display()
            );
        }
        let Extras { latent, length, grid, .. } = self.extras;
        let dim = latent.values.len() / latent.groups.max(1);
        let latent = Latent::new(latent.groups, dim, latent.values).with_context(|| path.display().to_string())?;
        Ok(Subject {
            name: self.name.unwrap_or_else(|| stem(path)),
            latent,
            length: Some(length),
            grid: Some(grid),
            split: self.split,
        })
    }
}

/// A mesh of any axes, tip up: a mesh whose longest axis is not Y is turned, and the user told.
///
/// # Errors
/// A file that gives no mesh.
pub fn read_upright(path: &Path) -> Result<Mesh> {
    let mesh = read_mesh(path)?;
    let tallest = mesh.bounds().is_some_and(|(lo, hi)| {
        let extent = |i: usize| hi[i] - lo[i];
        extent(1) >= extent(0) && extent(1) >= extent(2)
    });
    if tallest {
        return Ok(mesh);
    }
    eprintln!("atlasforge: '{}' does not stand along Y; turned upright, tip up", path.display());
    Ok(orient(&mesh))
}

/// A file's name without folder and extension.
pub fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| "sword".to_owned(), |s| s.to_string_lossy().into_owned())
}

/// A file or a seed.
#[derive(Clone, Debug, Args)]
pub struct SubjectArgs {
    /// A mesh (glb, gltf, obj, ply, stl); a GLB exported here reopens as the shape it was
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// The sword of this seed instead of a file
    #[arg(long, value_name = "S", conflicts_with = "file")]
    pub seed: Option<u64>,
}
