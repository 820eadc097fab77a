//! `session.json`: how the window was left.

use std::path::Path;

use super::{Found, KeepError, bytes, name, set_aside};
use crate::disk;
use crate::viewer::state::{SESSION_FORMAT, Saved};

/// In the data folder.
const FILE: &str = crate::kept::SESSION;

/// The last session; none where there is no file, or one that can't be read, which is set aside and said so.
///
/// # Errors
/// When the system refuses the file.
pub fn read(folder: &Path) -> Result<Found<Option<Saved>>, KeepError> {
    let path = folder.join(FILE);
    let Some(bytes) = bytes(&path)? else { return Ok(Found { it: None, note: None }) };
    let why = match serde_json::from_slice::<Saved>(&bytes) {
        Ok(saved) if (1..=SESSION_FORMAT).contains(&saved.format) => {
            return Ok(Found { it: Some(saved), note: None });
        }
        Ok(saved) if saved.format > SESSION_FORMAT => "was written by a newer version".to_owned(),
        Ok(_) => "is no session".to_owned(),
        Err(why) => format!("can't be read ({why})"),
    };
    // Out of the way, or the next save would overwrite it.
    let note = match set_aside(&path, &bytes) {
        Ok(aside) => {
            // What stays is said again at the next start, no more.
            let _ = std::fs::remove_file(&path);
            format!("The last session {why}: it is kept as {}, and this one starts anew.", name(&aside))
        }
        Err(error) => format!("The last session {why}, and this one starts anew: {error}."),
    };
    Ok(Found { it: None, note: Some(note) })
}

/// Writes a session in place of the one before.
///
/// # Errors
/// When it can't be written.
pub fn write(folder: &Path, saved: &Saved) -> Result<(), KeepError> {
    let text = serde_json::to_string_pretty(saved).unwrap_or_default();
    Ok(disk::write(&folder.join(FILE), text.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_read_back_and_a_broken_one_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap(), Found { it: None, note: None });
        let saved = Saved { format: SESSION_FORMAT, tint: true, seed: 9, ..Saved::default() };
        write(folder.path(), &saved).unwrap();
        assert_eq!(read(folder.path()).unwrap().it, Some(saved));
        let path = folder.path().join(FILE);
        for (broken, says) in [("{\"format\":1,", "can't be read"), ("{\"format\":9}", "newer"), ("{}", "no session")] {
            std::fs::write(&path, broken).unwrap();
            let found = read(folder.path()).unwrap();
            let note = found.note.unwrap();
            assert!(found.it.is_none() && note.contains(says) && note.contains("session-broken"), "{note}");
            assert!(!path.exists());
        }
        assert_eq!(std::fs::read(folder.path().join("session-broken-3.json")).unwrap(), b"{}");
    }
}
