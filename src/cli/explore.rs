//! `atlasforge explore`: the window; where there can be none, a tour without one.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;

use super::model::ModelArgs;
use super::output::print;
use super::subject::Subject;
#[cfg(feature = "viewer")]
use super::subject::stem;
use crate::forge::Forge;

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
    /// Size of the window in points [default: 1280x800]
    #[arg(long, value_name = "WxH", value_parser = size)]
    window: Option<(u32, u32)>,
    /// Make the tour even where a window could be opened
    #[arg(long)]
    offscreen: bool,
    #[command(flatten)]
    model: ModelArgs,
}

impl Explore {
    /// What `atlasforge` without a command does.
    pub fn window(model: ModelArgs) -> Self {
        Self { file: None, out_dir: PathBuf::from("."), window: None, offscreen: false, model }
    }

    pub fn run(self) -> Result<()> {
        let forge = self.model.forge()?;
        let subject = match &self.file {
            Some(name) => Subject::named(&forge, name)?,
            None => Subject::new("sword", forge.mean()),
        };
        self.open(forge, subject)
    }

    #[cfg(feature = "viewer")]
    fn open(self, forge: Forge, subject: Subject) -> Result<()> {
        use crate::viewer::{self, Design, ExploreOptions, Explored, Tour, WINDOW, report};
        let started = std::env::var_os(report::VARIABLE).map(|_| std::time::Instant::now());
        let name = self.model.model.as_deref().map_or("sword".into(), |m| stem(Path::new(m)));
        let grid = subject.grid.unwrap_or(viewer::state::GRID);
        let options = ExploreOptions {
            forge: std::sync::Arc::new(forge),
            name,
            design: Design { latent: subject.latent, length: subject.length, grid },
            out_dir: self.out_dir,
            size: self.window.unwrap_or(WINDOW),
            offscreen: self.offscreen,
            started,
        };
        let explored = viewer::run(options)?;
        if let Explored::Tour { tour: Tour { png, glb, .. }, .. } = &explored {
            eprintln!("atlasforge: {explored}");
            print(&format!("{}\n{}\n", png.display(), glb.display()))?;
        }
        Ok(())
    }

    #[cfg(not(feature = "viewer"))]
    fn open(self, forge: Forge, subject: Subject) -> Result<()> {
        eprintln!("atlasforge: this build has no explorer (feature `viewer`); making its tour without a window");
        tour(&forge, &subject, &self.out_dir)
    }
}

/// A window's size, `1280x800`.
fn size(text: &str) -> Result<(u32, u32), String> {
    let sides = text.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    sides
        .filter(|&(w, h)| (320..=16384).contains(&w) && (240..=16384).contains(&h))
        .ok_or_else(|| "give width x height in points, 320x240 to 16384x16384".to_owned())
}

/// The shape as a picture, drawn on the CPU, and as a GLB.
#[cfg(not(feature = "viewer"))]
fn tour(forge: &Forge, subject: &Subject, folder: &Path) -> Result<()> {
    use super::{asset::asset, render::portrait};
    use crate::{disk, draw::Paint, template::Template};
    const TOUR: [&str; 2] = ["atlasforge-tour.png", "atlasforge-tour.glb"];
    const GRID: usize = 48;
    const SIZE: (u32, u32) = (1200, 1200);
    let [png, glb] = TOUR.map(|name| folder.join(name));
    let mesh = forge.decode(&subject.latent, subject.length, &Template::grid(GRID))?;
    disk::write(&png, &portrait(&mesh, SIZE, Paint::Steel).png())?;
    disk::write(&glb, &asset(forge, subject)?)?;
    print(&format!("{}\n{}\n", png.display(), glb.display()))
}
