//! Opening a file as the explorer takes it in.

use std::path::Path;

use thiserror::Error;

use crate::forge::open::{FromMesh, OpenError};
use crate::forge::{Forge, ForgeError, Subject};
use crate::latent::Latent;
use crate::mesh::Mesh;
use crate::template::Template;
use crate::viewer::state::{Design, Origin, Source};

/// A file as the explorer takes it in.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// To pick as A or B.
    pub source: Source,
    /// The exact shape, where the file is an export of this very model.
    pub design: Option<Design>,
    /// The mesh that was encoded, in canonical axes; `None` for an export of this model.
    pub mesh: Option<Mesh>,
    /// What the user should know, such as extras that could not be used.
    pub note: Option<String>,
}

/// Radii of the unit ball beyond which nothing that was learnt reaches: such a point lies far outside the view.
const FAR: f32 = 10.0;

/// Why a latent gives nothing to look at.
#[derive(Debug, Error)]
pub enum ShapeError {
    #[error(transparent)]
    Forge(#[from] ForgeError),
    #[error("the shape reaches {0:.0} times as far as any that was learnt; its latent lies too far out")]
    Far(f32),
}

/// Why a file was not taken in.
#[derive(Debug, Error)]
pub enum OpenFileError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("{name}: can't be shown: {why}")]
    Shape { name: String, why: ShapeError },
}

/// Decodes a latent at a coarse grid, to see whether it can be shown at all.
///
/// # Errors
/// When it decodes to no number, or far outside the unit ball.
pub fn probe(forge: &Forge, latent: &Latent) -> Result<(), ShapeError> {
    let points = forge.decode_points(latent, &Template::grid(super::figures::COARSE).uv())?;
    let reach = points.positions.iter().flatten().fold(0.0f32, |far, x| far.max(x.abs()));
    if reach > FAR { Err(ShapeError::Far(reach)) } else { Ok(()) }
}

/// Reads a file and finds its latent.
///
/// # Errors
/// When it is no mesh, one that the encoder can't take, or one whose latent gives nothing to look at.
pub fn open(forge: &Forge, path: &Path) -> Result<Opened, OpenFileError> {
    let opened = read(forge, path)?;
    match probe(forge, &opened.source.latent) {
        Ok(()) => Ok(opened),
        Err(why) => Err(OpenFileError::Shape { name: opened.source.name, why }),
    }
}

fn read(forge: &Forge, path: &Path) -> Result<Opened, OpenError> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let source = |latent, length| {
        let own_length = forge.placement(&latent, None).length;
        Source { name: name.clone(), origin: Origin::Imported, latent, length, own_length }
    };
    let mut note = match forge.reopen(path) {
        Ok(Some(subject)) => {
            let design = design(forge, subject);
            let source = source(design.latent.clone(), design.length);
            return Ok(Opened { source, design: Some(design), mesh: None, note: None });
        }
        Ok(None) => None,
        Err(OpenError::Refused { why, .. }) => Some(format!("{name}: {why}; its surface was encoded instead.")),
        Err(error) => return Err(error),
    };
    let FromMesh { subject, mesh, turned } = forge.encode_file(path)?;
    if turned {
        note.get_or_insert_with(|| format!("{name} does not stand along Y: turned upright, tip up."));
    }
    Ok(Opened { source: source(subject.latent, None), design: None, mesh: Some(mesh), note })
}

/// What a reopened file shows: a length that is the model's own goes on following the latent.
fn design(forge: &Forge, subject: Subject) -> Design {
    let own = forge.placement(&subject.latent, None).length;
    let grid = subject.grid();
    Design { length: subject.length.filter(|&length| length != own), latent: subject.latent, grid }
}
