//! What a command works on: an exported file, a mesh through the encoder, or an encoded name.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::closest::hint;
use crate::class::Class;
use crate::forge::open::{FromMesh, OpenError, Refusal};
use crate::forge::{Forge, Subject};
use crate::mesh::Mesh;
use crate::shapes::import::read_mesh;
use crate::shapes::placement::lying_as;

/// The exact shape that an exported file holds.
///
/// # Errors
/// A file that can't be read, holds no latent, or was made by another model.
pub fn exported(forge: &Forge, path: &Path) -> Result<Subject> {
    match forge.reopen(path) {
        Err(OpenError::Refused { why: Refusal::OtherModel { made_by, hash }, .. }) => bail!(
            "'{}' was made by the model {made_by}, but this one is {hash}; give the model that made it with --model",
            path.display()
        ),
        reopened => reopened?.with_context(|| {
            format!("'{}' holds no latent; put it through the model with `atlasforge reconstruct`", path.display())
        }),
    }
}

/// A mesh file, or an encoded sword by name. An exported file of the same model gives its latent, any other mesh goes
/// through the encoder.
///
/// # Errors
/// A file that can't be read; a name that nobody knows.
pub fn named(forge: &Forge, name: &str) -> Result<Subject> {
    let path = Path::new(name);
    if path.is_file() {
        return match forge.reopen(path) {
            Ok(Some(subject)) => Ok(subject),
            Ok(None) => encoded(forge, path),
            Err(OpenError::Refused { why: Refusal::OtherModel { made_by, .. }, .. }) => {
                let subject = encoded(forge, path)?;
                eprintln!(
                    "atlasforge: '{name}' was made by the model {made_by}; give it with --model for the exact shape, which \
                     here is only encoded"
                );
                Ok(subject)
            }
            Err(error) => Err(error.into()),
        };
    }
    if let Some(known) = forge.find(name) {
        return Ok(Subject { length: Some(known.length), ..Subject::new(&known.name, known.latent.clone()) });
    }
    let encoded = &forge.checkpoint().meta.encoded;
    bail!(
        "'{name}' is neither a file nor one of the model's {} encoded {}{}; `atlasforge inspect` lists them",
        encoded.len(),
        forge.class().plural(),
        hint(name, encoded.iter().map(|e| e.name.as_str()))
    )
}

/// A mesh file through the encoder.
fn encoded(forge: &Forge, path: &Path) -> Result<Subject> {
    let FromMesh { subject, turned, .. } = forge.encode_file(path)?;
    if turned {
        tell_turned(path);
    }
    Ok(subject)
}

/// A mesh of any axes, tip up: a sword whose longest axis is not Y is turned, and the user told. A plane is taken as it
/// lies, nose +Z and up +Y.
///
/// # Errors
/// A file that gives no mesh.
pub fn read_upright(path: &Path, class: Class) -> Result<Mesh> {
    let mesh = read_mesh(path)?;
    let (mesh, turned) = lying_as(mesh, class);
    if turned {
        tell_turned(path);
    }
    Ok(mesh)
}

fn tell_turned(path: &Path) {
    eprintln!("atlasforge: '{}' does not stand along Y; turned upright, tip up", path.display());
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
