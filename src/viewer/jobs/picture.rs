//! Saving a picture of the window.

use std::path::Path;

use crate::disk::{self, WriteError};
use crate::draw::Picture;

/// Why no picture was written.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    #[error("a picture of {0} x {1} pixels can't be saved; make the window smaller")]
    Size(u32, u32),
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Writes RGBA pixels as PNG.
///
/// # Errors
/// When the size is out of range or the file can't be written.
pub fn write_png(path: &Path, width: u32, height: u32, rgba: Vec<u8>) -> Result<(), PictureError> {
    let picture = Picture::from_rgba(width, height, rgba).ok_or(PictureError::Size(width, height))?;
    Ok(disk::write(path, &picture.png())?)
}
