//! `atlasforge render`: a picture without a GPU.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{ArgGroup, Args};

use super::GridArgs;
use super::model::ModelArgs;
use super::output::{png, print};
use super::subject::{SubjectArgs, exported, read_upright};
use crate::class::Class;
use crate::disk;
use crate::draw::{Paint, Picture, Style, View, render};
use crate::forge::Subject;
use crate::mesh::Mesh;
use crate::template::Template;

/// Draw a mesh or a seed's sword as PNG, from the front and turned, without a GPU
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("subject").args(["file", "seed"]).required(true))]
#[command(after_help = "\
Examples:
  atlasforge render mine.obj -o mine.png
  atlasforge render --seed 7 -o seven.png --size 1600x1200 --tint")]
pub struct Render {
    #[command(flatten)]
    subject: SubjectArgs,
    /// The PNG to write; one that exists is replaced
    #[arg(short, long, value_name = "PNG", value_parser = PathBufValueParser::new().try_map(png))]
    output: PathBuf,
    /// Width and height in pixels, 16x16 to 8192x8192
    #[arg(long, value_name = "WxH", default_value = "1200x1200", value_parser = size)]
    size: (u32, u32),
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
        let (mesh, class) = self.mesh()?;
        let picture = portrait(&mesh, class, self.size, if self.tint { Paint::Patches } else { Paint::Steel });
        disk::write(&self.output, &picture.png())?;
        print(&format!("{}\n", self.output.display()))
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
                let subject = Subject::seeded(&forge, seed.unwrap_or_default());
                (forge, subject)
            }
        };
        let (forge, subject) = forge_subject;
        let template = Template::grid(self.grid.or(subject.grid()));
        let mesh = forge.decode(&subject.latent, subject.length, &template);
        let shown = self.subject.file.as_ref().map_or(subject.name, |path| path.display().to_string());
        Ok((mesh.with_context(|| format!("can't decode '{shown}'"))?, forge.class()))
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
