//! `atlasforge explore`: the window; where there can be none, a tour without one.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;

use super::asset::asset;
use super::model::ModelArgs;
use super::output::print;
use super::render::portrait;
use super::subject::Subject;
use crate::disk;
use crate::draw::Paint;
use crate::forge::Forge;
use crate::template::Template;

/// Files of the tour.
const TOUR: [&str; 2] = ["atlasforge-tour.png", "atlasforge-tour.glb"];
/// Grid side and size in pixels of the tour's picture.
const TOUR_GRID: usize = 48;
const TOUR_SIZE: (u32, u32) = (1200, 1200);

/// Open the explorer: a sword to turn, sliders for its latent, blending, export
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  atlasforge explore
  atlasforge explore mine.glb        an exported file reopens exactly; any other mesh goes through the encoder

Without a display it says so and makes a picture and a GLB instead.")]
pub struct Explore {
    /// A mesh file, or the name of an encoded sword, to start with
    #[arg(value_name = "FILE")]
    file: Option<String>,
    /// Where the tour's picture and GLB go if no window can be opened
    #[arg(long, value_name = "DIR", default_value = ".")]
    out_dir: PathBuf,
    #[command(flatten)]
    model: ModelArgs,
}

impl Explore {
    /// What `atlasforge` without a command does.
    pub fn window(model: ModelArgs) -> Self {
        Self { file: None, out_dir: PathBuf::from("."), model }
    }

    pub fn run(self) -> Result<()> {
        let forge = self.model.forge()?;
        let subject = match &self.file {
            Some(name) => Subject::named(&forge, name)?,
            None => Subject::new("sword", forge.mean()),
        };
        eprintln!("atlasforge: this build has no explorer (feature `viewer`); making its tour without a window");
        tour(&forge, &subject, &self.out_dir)
    }
}

/// The shape as a picture, drawn on the CPU, and as a GLB.
fn tour(forge: &Forge, subject: &Subject, folder: &Path) -> Result<()> {
    let [png, glb] = TOUR.map(|name| folder.join(name));
    let mesh = forge.decode(&subject.latent, subject.length, &Template::grid(TOUR_GRID))?;
    disk::write(&png, &portrait(&mesh, TOUR_SIZE, Paint::Steel).png())?;
    disk::write(&glb, &asset(forge, subject)?)?;
    print(&format!("{}\n{}\n", png.display(), glb.display()))
}
