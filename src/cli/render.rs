//! `atlasforge render`: a picture without a GPU.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{ArgGroup, Args};
use rayon::prelude::*;

use super::GridArgs;
use super::density::DrawArgs;
use super::model::ModelArgs;
use super::output::{png, print};
use super::subject::{SubjectArgs, exported, read_upright};
use crate::class::Class;
use crate::disk;
use crate::draw::{Paint, Picture, Style, View, contact, posed, render};
use crate::mesh::Mesh;
use crate::template::Template;

/// Points along each side of a patch's grid on a contact sheet.
const GRID: usize = 24;
/// Of a contact sheet.
const COLUMNS: usize = 8;
/// Pixels about each picture of it, for its caption and the gaps.
const ROOM: u32 = 48;

/// Draw a mesh or a seed's sword as PNG, from the front and turned, without a GPU
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("subject").args(["file", "seed"]).required(true))]
#[command(after_help = "\
Examples:
  atlasforge render mine.obj -o mine.png
  atlasforge render --seed 7 -o seven.png --size 1600x1200 --tint
  atlasforge render --seed 0 --count 24 -o sheet.png          a contact sheet")]
pub struct Render {
    #[command(flatten)]
    subject: SubjectArgs,
    /// The PNG to write; one that exists is replaced
    #[arg(short, long, value_name = "PNG", value_parser = PathBufValueParser::new().try_map(png))]
    output: PathBuf,
    /// With --seed: a contact sheet of so many seeds, 1 to 200
    #[arg(long, value_name = "N", requires = "seed", conflicts_with = "file", value_parser = clap::value_parser!(u16).range(1..=200))]
    count: Option<u16>,
    #[command(flatten)]
    draw: DrawArgs,
    /// Width and height in pixels, 16x16 to 8192x8192; with --count of each [default: 1200x1200, of a sheet 200x300]
    #[arg(long, value_name = "WxH", value_parser = size)]
    size: Option<(u32, u32)>,
    /// A colour for each patch instead of steel; needs --seed or a file exported here
    #[arg(long)]
    tint: bool,
    #[command(flatten)]
    grid: GridArgs,
    #[command(flatten)]
    pub(super) model: ModelArgs,
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let parsed = text.split_once(['x', 'X']).and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    match parsed {
        Some((w, h)) if (16..=8192).contains(&w) && (16..=8192).contains(&h) => Ok((w, h)),
        _ => Err("give WIDTHxHEIGHT in pixels, e.g. 1200x1200; each 16 to 8192".to_owned()),
    }
}

impl Render {
    pub fn run(self) -> Result<()> {
        if let Some(file) = &self.subject.file {
            self.draw.refuse_beside(&format!("'{}'", file.display()))?;
        }
        let paint = if self.tint { Paint::Patches } else { Paint::Steel };
        let picture = match (self.subject.seed, self.count) {
            (Some(first), Some(count)) => self.sheet(first, count, paint)?,
            _ => {
                let (mesh, class) = self.mesh()?;
                portrait(&mesh, class, self.size.unwrap_or((1200, 1200)), paint)
            }
        };
        disk::write(&self.output, &picture.png())?;
        print(&format!("{}\n", self.output.display()))
    }

    /// Seeds side by side, each at a scale of its own.
    fn sheet(&self, first: u64, count: u16, paint: Paint) -> Result<Picture> {
        let forge = self.model.forge()?;
        let Some(end) = first.checked_add(count.into()) else {
            bail!("--seed {first} is too large for --count {count}; give a smaller one")
        };
        let (width, height) = self.size.unwrap_or((200, 300));
        let columns = COLUMNS.min(count.into()) as u32;
        if columns * (width + ROOM) > Picture::LARGEST
            || u32::from(count).div_ceil(columns) * (height + ROOM) > Picture::LARGEST
        {
            bail!(
                "a sheet of {count} pictures of {width}x{height} would be larger than the {0}x{0} that a picture can be; give a \
                 smaller --size or --count",
                Picture::LARGEST
            );
        }
        let template = Template::grid(self.grid.or(GRID));
        let shapes: Vec<(String, Mesh)> = (first..end)
            .into_par_iter()
            .map(|seed| {
                let subject = self.draw.subject(&forge, seed);
                let mesh = forge.decode(&subject.latent, subject.length, &template);
                let mut mesh = mesh.with_context(|| format!("can't decode '{}'", subject.name))?;
                if !self.tint {
                    forge.even(&mut mesh, &template);
                }
                Ok((format!("seed {seed}"), posed(mesh, forge.class())))
            })
            .collect::<Result<_>>()?;
        let named: Vec<(&str, &Mesh)> = shapes.iter().map(|(name, mesh)| (name.as_str(), mesh)).collect();
        Ok(contact("", &named, COLUMNS, &Style::sheet().sized(width, height).painted(paint)))
    }

    /// The mesh, and what it is: what the model makes, or a sword where a plain file is drawn and no model is named.
    fn mesh(&self) -> Result<(Mesh, Class)> {
        let forge_subject = match (&self.subject.file, self.subject.seed) {
            (Some(path), _) if !self.tint => {
                let class = if self.model.model.is_some() { self.model.forge()?.class() } else { Class::Sword };
                return Ok((read_upright(path, class)?, class));
            }
            (Some(path), _) => {
                let forge = self.model.forge()?;
                let subject = exported(&forge, path).context("--tint needs patches")?;
                (forge, subject)
            }
            (None, seed) => {
                let forge = self.model.forge()?;
                let subject = self.draw.subject(&forge, seed.unwrap_or_default());
                (forge, subject)
            }
        };
        let (forge, subject) = forge_subject;
        let template = Template::grid(self.grid.or(subject.grid()));
        let mesh = forge.decode(&subject.latent, subject.length, &template);
        let shown = self.subject.file.as_ref().map_or(subject.name, |path| path.display().to_string());
        let mut mesh = mesh.with_context(|| format!("can't decode '{shown}'"))?;
        // Who asks for a tint looks at patches, as they were decoded.
        if !self.tint {
            forge.even(&mut mesh, &template);
        }
        Ok((mesh, forge.class()))
    }
}

/// Outline and turned view of its class side by side, at one scale.
pub fn portrait(mesh: &Mesh, class: Class, (width, height): (u32, u32), paint: Paint) -> Picture {
    let mut picture = Picture::new(width, height, [0, 0, 0, 255]);
    let left = width / 2;
    let [outline, turned] = View::portrait(class);
    let style = Style::default().painted(paint);
    picture.paste(&render(mesh, &outline, &style.clone().sized(left, height)), 0, 0);
    picture.paste(&render(mesh, &turned, &style.sized(width - left, height)), left as i32, 0);
    picture
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_two_numbers_in_range() {
        assert_eq!(size("640x480"), Ok((640, 480)));
        assert!(["640", "0x10", "99999x10", "axb", "10x10x10", "-5x20"].iter().all(|s| size(s).is_err()));
    }
}
