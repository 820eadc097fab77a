//! Writing a design: decoded again on the CPU, through the same configuration as what is on screen, and made ready for a game.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::disk::{self, WriteError};
use crate::forge::asset::AssetError;
use crate::forge::game::{GameError, Report};
use crate::forge::subject::stem;
use crate::forge::{Forge, Subject};
use crate::viewer::state::{Design, Parcel};

/// What was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The main file.
    pub path: PathBuf,
    /// Of all files.
    pub bytes: usize,
    pub triangles: usize,
    /// Files beside the main one.
    pub others: usize,
    pub report: Report,
}

/// Why a design could not be written.
#[derive(Debug, Error)]
pub enum WriteGlbError {
    #[error(transparent)]
    Asset(#[from] AssetError),
    #[error(transparent)]
    Game(#[from] GameError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// `path` itself for 1, then `sword-2.glb`, `sword-3.glb` and so on.
fn numbered(path: &Path, n: u64) -> PathBuf {
    let end = path.extension().map(|e| format!(".{}", e.to_string_lossy())).unwrap_or_default();
    if n < 2 { path.to_owned() } else { path.with_file_name(format!("{}-{n}{end}", stem(path))) }
}

/// `path` itself, or where that file exists already, the first free one of `sword-2.glb`, `sword-3.glb` and so on.
pub fn free_name(path: &Path) -> PathBuf {
    (1..).map(|n| numbered(path, n)).find(|p| !p.exists()).unwrap_or_else(|| path.into())
}

/// What to add to a message where [`free_name`] gave another name than the wanted one, else nothing.
pub fn kept(wanted: &Path, written: &Path) -> String {
    let name = wanted.file_name().unwrap_or(wanted.as_os_str()).to_string_lossy();
    if wanted == written { String::new() } else { format!("; {name} was kept") }
}

/// A written file by its name and its folder, which a name alone doesn't tell.
pub fn whereabouts(path: &Path) -> String {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match (whole.file_name(), whole.parent()) {
        (Some(name), Some(folder)) => format!("{} in {}", name.display(), folder.display()),
        _ => path.display().to_string(),
    }
}

/// Decodes a design and writes its patches under the file's name, with the extras that reopen it exactly.
///
/// # Errors
/// When the design does not decode or the file can't be written; then nothing is left behind.
pub fn write_glb(forge: &Forge, design: &Design, path: &Path) -> Result<usize, WriteGlbError> {
    let Design { latent, length, grid } = design.clone();
    let subject = Subject { name: stem(path), latent, length, grid: Some(grid), split: false };
    let asset = forge.asset(&subject)?;
    disk::write(path, &asset.bytes)?;
    Ok(asset.triangles)
}

/// Makes a design ready for a game and writes it, all files beside each other and called alike: by the wanted name, or where
/// one of them exists already, by the first that is free.
///
/// # Errors
/// When it can't be made or written; then nothing is left behind.
pub fn write_ready(forge: &Forge, parcel: &Parcel, wanted: &Path) -> Result<Written, WriteGlbError> {
    let Parcel { design, options, .. } = parcel;
    let Design { latent, length, grid } = design.clone();
    let mut subject = Subject { name: stem(wanted), latent, length, grid: Some(grid), split: false };
    let made = forge.made_on(&subject, options, parcel.way(forge, &subject).as_ref())?;
    let mut number = 0;
    loop {
        number += 1;
        let path = numbered(wanted, number);
        // A folder in the way is an error that names it.
        if path.is_file() {
            continue;
        }
        subject.name = stem(&path);
        let ready = forge.pack_game(&subject, options, &subject.name, &made)?;
        let beside =
            ready.files.iter().skip(1).map(|file| path.with_file_name(format!("{}{}", stem(&path), file.suffix)));
        let paths: Vec<PathBuf> = std::iter::once(path.clone()).chain(beside).collect();
        if paths.iter().any(|p| p.is_file()) {
            continue;
        }
        disk::write_all(paths.iter().map(PathBuf::as_path).zip(ready.files.iter().map(|file| &file.bytes[..])))?;
        return Ok(Written {
            path,
            bytes: ready.files.iter().map(|file| file.bytes.len()).sum(),
            triangles: ready.report.levels.first().map_or(0, |level| level.triangles),
            others: paths.len() - 1,
            report: ready.report,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::game::{Format, Options, Surface};
    use crate::forge::morph::Way;
    use crate::latent::lerp;
    use crate::model::Checkpoint;
    use crate::viewer::state::{Explorer, Slot};

    #[test]
    fn the_window_writes_the_bytes_that_the_terminal_writes() {
        let forge = Forge::new(Checkpoint::embedded().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let explorer = Explorer::of(&forge, "sword");
        let written = write_ready(&forge, &explorer.parcel(), &folder.path().join("blade.glb"));
        let Written { path, report, .. } = written.unwrap();
        let terminal = Subject::new("blade", explorer.latent.clone());
        let ready = forge.ready(&terminal, &Options::default(), "blade").unwrap();
        assert_eq!(std::fs::read(path).unwrap(), ready.files[0].bytes);
        assert_eq!(report, ready.report);
    }

    #[test]
    fn the_window_s_way_from_a_to_b_is_the_terminal_s() {
        let forge = Forge::new(Checkpoint::embedded().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut explorer = Explorer::of(&forge, "sword");
        explorer.pick(Slot::A, 0);
        explorer.pick(Slot::B, 1);
        explorer.blend.at = 0.5;
        explorer.apply_blend();
        explorer.exporting.morphing.on = true;
        explorer.exporting.options.triangles = Some(800);
        explorer.export_path = "way.gltf".into();
        let written = write_ready(&forge, &explorer.parcel(), &folder.path().join("way.gltf")).unwrap();
        let subject = |slot, name: &str| {
            let source = explorer.blend.picked(slot).unwrap();
            Subject { length: source.length, ..Subject::new(name, source.latent.clone()) }
        };
        let (a, b) = (subject(Slot::A, "way"), subject(Slot::B, &explorer.blend.picked(Slot::B).unwrap().name));
        let way = Way::between(&forge, [&a, &b], lerp, 1e-3 * Way::BOUND, Way::SECONDS);
        let options = Options { format: Format::Gltf, triangles: Some(800), ..Options::default() };
        let ready = forge.ready_on(&a, &options, Some(&way), "way").unwrap();
        assert_eq!((written.report, written.others), (ready.report, 1));
        for file in ready.files {
            assert!(std::fs::read(folder.path().join(format!("way{}", file.suffix))).unwrap() == file.bytes);
        }
    }

    #[test]
    fn no_file_beside_the_main_one_is_replaced() {
        let forge = Forge::new(Checkpoint::embedded().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("blade.mtl"), "another's").unwrap();
        let options = Options { surface: Surface::Patches, format: Format::Obj, ..Options::default() };
        let design = Design { latent: forge.mean(), length: None, grid: 4 };
        let parcel = Parcel { design, options, goal: None };
        let written = write_ready(&forge, &parcel, &folder.path().join("blade.obj")).unwrap();
        assert_eq!((written.path, written.others), (folder.path().join("blade-2.obj"), 1));
        assert_eq!(std::fs::read(folder.path().join("blade.mtl")).unwrap(), b"another's");
        assert!(std::fs::read_to_string(folder.path().join("blade-2.obj")).unwrap().contains("blade-2.mtl"));
    }
}
