//! Opening a file: ours comes back exactly, by the latent in its extras; any other mesh through the encoder.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::export::extras::{Extras, ExtrasError};
use crate::forge::{Forge, ForgeError};
use crate::latent::Latent;
use crate::mesh::Mesh;
use crate::shapes::import::{self, Format, ImportError};
use crate::shapes::placement::orient;
use crate::viewer::state::{Design, Origin, Source};

/// A file as the explorer takes it in.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// To pick as A or B.
    pub source: Source,
    /// The exact shape, where the file is an export of this very model.
    pub design: Option<Design>,
    /// What the user should know, such as extras that could not be used.
    pub note: Option<String>,
}

/// Why a file could not be opened. Each message names the file and the way out.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error("{path}: can't be encoded: {why}; open another mesh", path = path.display())]
    Encode { path: PathBuf, why: ForgeError },
}

/// Reads a file and finds its latent.
///
/// # Errors
/// When it is no mesh, or one that the encoder can't take.
pub fn open(forge: &Forge, path: &Path) -> Result<Opened, OpenError> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let source = |latent, length| Source { name: name.clone(), origin: Origin::Imported, latent, length };
    let note = match from_extras(forge, path)? {
        Reopened::Design(design) => {
            let source = source(design.latent.clone(), design.length);
            return Ok(Opened { source, design: Some(design), note: None });
        }
        Reopened::Foreign => None,
        Reopened::Refused(why) => Some(format!("{name}: {why}; its surface was encoded instead.")),
    };
    let mut mesh = import::read_mesh(path)?;
    let mut note = note;
    if !stands(&mesh) {
        mesh = orient(&mesh);
        note.get_or_insert_with(|| format!("{name} does not stand along Y: turned upright, tip up."));
    }
    let latent = forge.encode_mesh(&mesh).map_err(|why| OpenError::Encode { path: path.to_owned(), why })?;
    Ok(Opened { source: source(latent, None), design: None, note })
}

/// Whether a mesh is tallest along Y, as the model's shapes are.
fn stands(mesh: &Mesh) -> bool {
    mesh.bounds().is_some_and(|(low, high)| {
        let extent = |i: usize| high[i] - low[i];
        extent(1) >= extent(0) && extent(1) >= extent(2)
    })
}

/// What a file's extras give.
enum Reopened {
    Design(Design),
    /// No export of ours.
    Foreign,
    /// Ours, but not to be decoded by this model or build.
    Refused(String),
}

fn from_extras(forge: &Forge, path: &Path) -> Result<Reopened, OpenError> {
    if Format::of_name(path).is_some_and(|format| format != Format::Gltf) {
        return Ok(Reopened::Foreign);
    }
    let bytes = import::read_file(path)?;
    if Format::of_bytes(&bytes) != Some(Format::Gltf) {
        return Ok(Reopened::Foreign);
    }
    let Some(value) = import::gltf_extras(path)? else { return Ok(Reopened::Foreign) };
    let extras = match Extras::from_value(&value) {
        Ok(extras) => extras,
        Err(ExtrasError::Absent) => return Ok(Reopened::Foreign),
        Err(why) => return Ok(Reopened::Refused(why.to_string())),
    };
    if extras.model != forge.checkpoint().hash() {
        return Ok(Reopened::Refused("it was made by another model".into()));
    }
    let config = &forge.checkpoint().config;
    let groups = extras.latent.groups;
    let dim = extras.latent.values.len() / groups.max(1);
    let latent = Latent::new(groups, dim, extras.latent.values);
    Ok(match latent.and_then(|latent| latent.fits(config.groups, config.latent).map(|()| latent)) {
        Ok(latent) => {
            let own = forge.placement(&latent, None).length;
            let length = (extras.length != own).then_some(extras.length);
            Reopened::Design(Design { latent, length, grid: extras.grid })
        }
        Err(why) => Reopened::Refused(why.to_string()),
    })
}
