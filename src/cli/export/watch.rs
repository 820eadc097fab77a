//! `--watch`: the explorer's shape into a file whenever it changes, for an engine that has it open.
//!
//! The explorer saves its session within a second of the last change (every five while one never rests); here it is looked at
//! four times a second. What is compared is the shape and what it is made of: turning the camera exports nothing.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::single::Exported;
use super::write::{InTheWay, Present, Target, check};
use crate::cli::interrupt::Interrupt;
use crate::cli::line;
use crate::cli::model::named;
use crate::disk;
use crate::forge::game::Options;
use crate::forge::open::extras;
use crate::forge::{Forge, Subject};
use crate::kept::{SESSION, Shown};

/// Between looks at the session.
const LOOK: Duration = Duration::from_millis(250);

/// What the text of our files begins with, and within how many bytes.
const SIGNATURE: &[u8] = b"Atlasforge ";
const HEAD: u64 = 120;

/// What is followed, and where it goes.
pub struct Watch {
    pub forge: Forge,
    pub options: Options,
    /// Whether the options say what the parts are made of; else the explorer does.
    pub dressed: bool,
    /// Metres, in place of the explorer's.
    pub length: Option<f32>,
    pub target: Target,
    pub force: bool,
}

impl Watch {
    /// Follows the explorer until Ctrl-C; `told` hears of every export.
    ///
    /// # Errors
    /// Where there is no data folder; a file in the way that is none of ours; the disk's refusals.
    pub fn run(mut self, told: impl Fn(&Exported, Duration) -> Result<()>) -> Result<()> {
        let Some(folder) = disk::data_folder() else {
            bail!("nothing says where the explorer keeps its session; set {} to its folder", disk::DATA_VARIABLE)
        };
        let session = folder.join(SESSION);
        let main = self.target.main(self.options.format);
        let replaces = self.force || is_ours(&main);
        check(&main, replaces)?;
        // What lies beside the first export is somebody's; what lies beside a later one is ours.
        let mut present = if replaces { Present::Replace } else { Present::Refuse };
        let interrupt = Interrupt::watch();
        eprintln!("atlasforge: watching '{}'; Ctrl-C ends it", session.display());
        if !session.is_file() {
            eprintln!("atlasforge: there is no session yet; open the explorer and change something");
        }
        let mut last = None;
        while interrupt.check().is_ok() {
            let shown = std::fs::read_to_string(&session).ok().and_then(|text| Shown::of_session(&text));
            if let Some(shown) = shown
                && last.as_ref() != Some(&shown)
            {
                let begun = Instant::now();
                // A shape that can't be exported is told, and the next one waited for.
                match self.export(&shown, present) {
                    Ok(exported) => {
                        present = Present::Replace;
                        told(&exported, begun.elapsed())?;
                    }
                    Err(error) if error.is::<disk::WriteError>() || error.is::<InTheWay>() => return Err(error),
                    Err(error) => eprintln!("atlasforge: {}", line(&error)),
                }
                last = Some(shown);
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    fn export(&mut self, shown: &Shown, present: Present) -> Result<Exported> {
        self.follow(shown)?;
        let mut options = self.options.clone();
        if !self.dressed {
            dress(&mut options, shown);
        }
        let length = self.length.or(shown.length);
        let subject = Subject { length, ..Subject::new(self.forge.class().noun(), shown.latent.clone()) };
        let ready = self.forge.ready(&subject, &options, self.target.stem()).context("can't export the shape")?;
        let files: Vec<PathBuf> = self.target.write(&ready.files, present)?;
        Ok(Exported { files, bytes: ready.files.iter().map(|f| f.bytes.len()).sum(), report: ready.report })
    }

    /// Goes on with the explorer's model.
    fn follow(&mut self, shown: &Shown) -> Result<()> {
        if self.forge.checkpoint().hash() == shown.model.hash {
            return Ok(());
        }
        let name = &shown.model.name;
        let found = named(name).with_context(|| format!("the explorer shows a shape of the model '{name}'"))?;
        if found.hash() != shown.model.hash {
            bail!(
                "the explorer's model '{name}' is another one than the '{name}' found here; give its file with --model"
            );
        }
        self.forge = Forge::new(found)?;
        Ok(())
    }
}

/// What the explorer shows the parts made of.
fn dress(options: &mut Options, shown: &Shown) {
    fn known<T: serde::de::DeserializeOwned>(name: &str) -> Option<T> {
        serde_json::from_value(name.into()).ok()
    }
    if let Some(outfit) = shown.outfit.as_deref().and_then(known) {
        options.outfit = outfit;
    }
    options.own = shown.own.iter().filter_map(|(part, finish)| Some((part.clone(), known(finish)?))).collect();
}

/// Whether a file is an export of this program, which watching may replace.
fn is_ours(path: &Path) -> bool {
    extras(path).is_ok_and(|found| found.is_some()) || signed(path)
}

/// Whether its first lines say so: an OBJ, a PLY or an STL has them.
fn signed(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    read.is_ok() && head.windows(SIGNATURE.len()).any(|word| word == SIGNATURE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{Finish, Outfit};

    #[test]
    fn own_files_of_any_format_are_known_again() {
        let folder = tempfile::tempdir().unwrap();
        let is = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            is_ours(&path)
        };
        let mesh = crate::mesh::Mesh {
            positions: vec![[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
            triangles: vec![[0, 1, 2]],
            ..Default::default()
        };
        assert!(is("a.ply", &crate::export::ply::ply(&mesh, &[], &[]).unwrap()));
        assert!(is("a.stl", &crate::export::stl::stl(&mesh).unwrap()));
        assert!(is("a.obj", b"# Atlasforge 0.1.0: metres, +Y up\nmtllib a.mtl\n"));
        assert!(!is("b.obj", b"# Blender\nv 0 0 0\n") && !is("c.obj", b"") && !is_ours(Path::new("none.obj")));
    }

    #[test]
    fn the_explorer_s_look_is_taken_over() {
        let text = r#"{"shape":{"model":{"name":"m","hash":"h"},"latent":{"groups":1,"values":[1.0]}},
            "look":{"outfit":"antique","own":{"guard":"gold","grip":"unobtainium"}}}"#;
        let mut options = Options::default();
        dress(&mut options, &Shown::of_session(text).unwrap());
        assert_eq!(options.outfit, Outfit::Antique);
        assert_eq!((options.own.len(), options.own["guard"]), (1, Finish::Gold));
    }
}
