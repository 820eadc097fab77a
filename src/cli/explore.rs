//! `atlasforge explore`: the window; where there can be none, a tour without one.

#[cfg(feature = "viewer")]
use std::path::Path;
use std::path::PathBuf;
#[cfg(feature = "viewer")]
use std::time::Duration;
use std::time::Instant;

#[cfg(feature = "viewer")]
use anyhow::bail;
use anyhow::{Context, Result};
use clap::Args;

#[cfg(not(feature = "viewer"))]
use super::asset::write;
use super::model::ModelArgs;
use super::output::print;
#[cfg(not(feature = "viewer"))]
use super::render::portrait;
use super::subject::named;
#[cfg(feature = "viewer")]
use crate::forge::subject::stem;
use crate::forge::{Forge, Subject};
#[cfg(not(feature = "viewer"))]
use crate::{disk, draw::Paint, template::Template};

/// Seconds without a touch after which the demo walks on, where nobody asks for more or fewer.
const IDLE: f32 = 45.0;

/// Grid side that the window starts with.
#[cfg(feature = "viewer")]
const WINDOW_GRID: usize = 24;

/// Files of the tour that a build without the viewer makes.
#[cfg(not(feature = "viewer"))]
const TOUR: [&str; 2] = ["atlasforge-tour.png", "atlasforge-tour.glb"];
/// Grid side and size in pixels of its picture.
#[cfg(not(feature = "viewer"))]
const TOUR_GRID: usize = 48;
#[cfg(not(feature = "viewer"))]
const TOUR_SIZE: (u32, u32) = (1200, 1200);

/// Open the explorer: a sword to turn, sliders for its latent, blending, export
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  atlasforge explore
  atlasforge explore mine.glb        an exported file reopens exactly; any other mesh goes through the encoder
  atlasforge explore --demo          full screen, for a stand or a stage: Esc ends it

Without a display it says so and makes a picture and a GLB instead.")]
pub struct Explore {
    /// A mesh file, or the name of an encoded sword, to start with
    #[arg(value_name = "FILE")]
    file: Option<String>,
    /// Where the tour's picture and GLB go if no window can be opened
    #[arg(long, value_name = "DIR", default_value = ".")]
    out_dir: PathBuf,
    /// Size of the window in points [default: as it was left, at first 1280x800]
    #[arg(long, value_name = "WxH", value_parser = size)]
    window: Option<(u32, u32)>,
    /// Show it live: full screen, it walks between your favourites by itself until somebody touches anything
    #[arg(long, conflicts_with = "offscreen")]
    demo: bool,
    /// Seconds without a touch after which the demo walks on
    #[arg(long, value_name = "SECONDS", default_value_t = IDLE, value_parser = idle, requires = "demo")]
    idle: f32,
    /// Make the tour (a picture and a GLB) even where a window could open
    #[arg(long)]
    offscreen: bool,
    #[command(flatten)]
    pub(super) model: ModelArgs,
}

impl Explore {
    /// What `atlasforge` without a command does.
    pub fn window(model: ModelArgs) -> Self {
        Self { file: None, out_dir: PathBuf::from("."), window: None, demo: false, idle: IDLE, offscreen: false, model }
    }

    /// `started` is when the program did, to tell how long the first frame took.
    pub fn run(self, started: Instant) -> Result<()> {
        let forge = self.model.forge()?;
        let subject = match &self.file {
            Some(name) => named(&forge, name)?,
            None => Subject::new(forge.class().noun(), forge.mean()),
        };
        self.show(forge, subject, started)
    }

    #[cfg(feature = "viewer")]
    fn show(self, forge: Forge, subject: Subject, started: Instant) -> Result<()> {
        use crate::viewer::{Design, ExploreOptions, Explored, run};

        let Subject { name, latent, length, grid, .. } = subject;
        let explored = run(ExploreOptions {
            forge: forge.into(),
            name: stem(Path::new(self.model.model.as_deref().unwrap_or("sword"))),
            design: Design { latent, length, grid: grid.unwrap_or(WINDOW_GRID) },
            picked: self.file.is_some().then_some(name),
            any_model: self.model.model.is_none(),
            file: self.file.map(PathBuf::from).filter(|path| path.is_file()),
            out_dir: self.out_dir,
            size: self.window,
            offscreen: self.offscreen,
            demo: self.demo.then_some(self.idle),
            started: Some(started),
            last,
        })?;
        let tour = match &explored {
            Explored::Window => return Ok(()),
            Explored::Lost { lived, .. } => return again(&explored.to_string(), *lived),
            Explored::Tour { tour, .. } => tour,
        };
        eprintln!("atlasforge: {explored}");
        print(&format!("{}\n{}\n", tour.png.display(), tour.glb.display()))
    }

    #[cfg(not(feature = "viewer"))]
    fn show(self, forge: Forge, subject: Subject, _: Instant) -> Result<()> {
        eprintln!("atlasforge: this build has no explorer (feature `viewer`); making its tour without a window");
        let [png, glb] = TOUR.map(|name| self.out_dir.join(name));
        let template = Template::grid(TOUR_GRID);
        let mesh = forge.decode(&subject.latent, subject.length, &template);
        let mut mesh =
            mesh.with_context(|| format!("can't decode '{}'", self.file.as_ref().unwrap_or(&subject.name)))?;
        forge.even(&mut mesh, &template);
        disk::write(&png, &portrait(&mesh, forge.class(), TOUR_SIZE, Paint::Steel).png())?;
        write(&forge, &subject, &glb)?;
        print(&format!("{}\n{}\n", png.display(), glb.display()))
    }
}

/// A window that lived so long may lose its device by accident; one that loses it sooner would lose it again.
#[cfg(feature = "viewer")]
const LIVED: Duration = Duration::from_secs(30);

/// Starts the program again with the same arguments, since a window that lost its graphics device can't go on; for as long as
/// that one runs, this one waits.
#[cfg(feature = "viewer")]
fn again(why: &str, lived: Duration) -> Result<()> {
    const WAY_OUT: &str = "start atlasforge again; if it happens again, update the graphics driver, choose another adapter \
                           with WGPU_ADAPTER_NAME, or use `atlasforge explore --offscreen`";
    if lived < LIVED {
        bail!("{why}; {WAY_OUT}");
    }
    eprintln!("atlasforge: {why}; starting again");
    let program = std::env::current_exe().with_context(|| format!("{why}; {WAY_OUT}"))?;
    let status = std::process::Command::new(program).args(std::env::args_os().skip(1)).status();
    let status = status.with_context(|| format!("{why}; {WAY_OUT}"))?;
    // The other one has told its own reasons.
    std::process::exit(status.code().unwrap_or(1))
}

/// The last word of a window whose process ends behind a lost device.
#[cfg(feature = "viewer")]
fn last(explored: &crate::viewer::Explored) {
    if let crate::viewer::Explored::Lost { lived, .. } = explored
        && let Err(e) = again(&explored.to_string(), *lived)
    {
        eprintln!("error: {e:#}");
    }
    std::process::exit(1);
}

/// Seconds.
fn idle(text: &str) -> Result<f32, String> {
    let seconds = text.parse::<f32>().ok().filter(|s| (1.0..=86_400.0).contains(s));
    seconds.ok_or_else(|| "give seconds, 1 to 86400".to_owned())
}

/// A window's size, `1280x800`.
fn size(text: &str) -> Result<(u32, u32), String> {
    let sides = text.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    sides
        .filter(|&(w, h)| (320..=16384).contains(&w) && (240..=16384).contains(&h))
        .ok_or_else(|| "give width x height in points, 320x240 to 16384x16384".to_owned())
}
