//! A sword as a small picture: drawn on the CPU, saved as PNG beside the favourites.

use std::path::Path;

use super::KeepError;
use crate::disk;
use crate::draw::{Backdrop, Picture, Style, View, render};
use crate::forge::{Forge, ForgeError};
use crate::latent::Latent;
use crate::template::Template;

/// Width and height in pixels.
const THUMBNAIL: (u32, u32) = (112, 168);

/// Points along a patch's side: enough for the size.
const GRID: usize = 13;

/// Larger files are no thumbnail of ours.
const LARGEST: u64 = 1 << 20;

/// Draws a sword upright on a transparent ground.
///
/// # Errors
/// When the latent does not decode.
pub fn portrait(forge: &Forge, latent: &Latent) -> Result<Picture, ForgeError> {
    let template = Template::grid(GRID);
    let mut mesh = forge.decode_unit(latent, &template)?;
    forge.even(&mut mesh, &template);
    let style = Style { backdrop: Backdrop::Transparent, samples: 2, shadow: 0.0, occlusion: 0.0, ..Style::default() };
    let view = if forge.class().is_sword() {
        View::three_quarter()
    } else {
        View { yaw: 0.75, pitch: 0.45, ..View::three_quarter() }
    };
    Ok(render(&mesh, &view, &style.sized(THUMBNAIL.0, THUMBNAIL.1)))
}

/// A saved thumbnail; `None` where there is none that can be read.
pub fn read(path: &Path) -> Option<Picture> {
    if std::fs::metadata(path).ok()?.len() > LARGEST {
        return None;
    }
    let image = image::load_from_memory(&std::fs::read(path).ok()?).ok()?.into_rgba8();
    if image.width() > 4 * THUMBNAIL.0 || image.height() > 4 * THUMBNAIL.1 {
        return None;
    }
    Picture::from_rgba(image.width(), image.height(), image.into_raw())
}

/// Saves one.
///
/// # Errors
/// When it can't be written.
pub fn write(path: &Path, picture: &Picture) -> Result<(), KeepError> {
    Ok(disk::write(path, &picture.png())?)
}
