//! Opening a file as the explorer takes it in.

use std::path::Path;

use crate::forge::open::OpenError;
use crate::forge::{Forge, Subject};
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

/// Reads a file and finds its latent.
///
/// # Errors
/// When it is no mesh, or one that the encoder can't take.
pub fn open(forge: &Forge, path: &Path) -> Result<Opened, OpenError> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let source = |latent, length| Source { name: name.clone(), origin: Origin::Imported, latent, length };
    let mut note = match forge.reopen(path) {
        Ok(Some(subject)) => {
            let design = design(forge, subject);
            let source = source(design.latent.clone(), design.length);
            return Ok(Opened { source, design: Some(design), note: None });
        }
        Ok(None) => None,
        Err(OpenError::Refused { why, .. }) => Some(format!("{name}: {why}; its surface was encoded instead.")),
        Err(error) => return Err(error),
    };
    let (Subject { latent, .. }, turned) = forge.encode_file(path)?;
    if turned {
        note.get_or_insert_with(|| format!("{name} does not stand along Y: turned upright, tip up."));
    }
    Ok(Opened { source: source(latent, None), design: None, note })
}

/// What a reopened file shows: a length that is the model's own goes on following the latent.
fn design(forge: &Forge, subject: Subject) -> Design {
    let own = forge.placement(&subject.latent, None).length;
    let grid = subject.grid();
    Design { length: subject.length.filter(|&length| length != own), latent: subject.latent, grid }
}
