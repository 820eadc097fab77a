//! `atlasforge eval`: how good a model is, on data it may not have seen. One file a section.

mod attributes;
mod data;
mod generative;
pub(super) mod reconstructions;
mod samples;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;

use self::attributes::{Kept, kept, swords};
use self::data::{shapes, trained_on};
use self::generative::{FEWEST, Generative, Size, Sources};
use self::reconstructions::Reconstructions;
use self::samples::Samples;
use super::density::Density;
use super::model::ModelArgs;
use super::output::{print, print_json};
use super::reconstruction::convention;
use crate::forge::Forge;
use crate::shapes::Shape;

/// The published comparison, and the one of `--quick`.
const FULL: Size = Size { shapes: 500, points: 2048 };
const QUICK: Size = Size { shapes: 200, points: 1024 };

/// Measure a model: reconstruction of a dataset, faults of samples, samples as a set against the dataset, kept measures
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  atlasforge eval --data assets/meshes/swords          a dataset, or any folder of meshes
  atlasforge eval --data procedural:900001:500         500 procedural swords of seed 900001
  atlasforge eval --data procedural:900001:200 --quick
  atlasforge eval --data assets/meshes/swords --only kaykit_
  atlasforge eval --model runs/a/best.safetensors --data d --train e --json")]
pub struct Eval {
    /// A dataset's folder, a folder of meshes, or procedural:SEED:COUNT (planes:SEED:COUNT) for swords (planes) generated on
    /// the spot
    #[arg(long, value_name = "DATA")]
    data: String,
    /// Of these shapes only those whose names begin so; several with commas
    #[arg(long, value_name = "START", value_delimiter = ',')]
    only: Vec<String>,
    /// How many samples to check for faults, of the seeds 0, 1, ...
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    samples: u32,
    /// Compare N samples with N shapes of the data, 20 to 5000, as sets; 0 leaves it out [default: 500, or as many as the data
    /// has]
    #[arg(long, value_name = "N", value_parser = set_size)]
    generative: Option<u16>,
    /// Compare 200 with 200 at 1,024 points instead of 500 with 500 at 2,048
    #[arg(long)]
    quick: bool,
    /// What samples are drawn from [default: all that the model has]
    #[arg(long, value_enum)]
    density: Option<Density>,
    /// The shapes that the model was trained on, as in --data [default: the procedural ones that its card names]
    #[arg(long, value_name = "DATA")]
    train: Option<String>,
    /// Print JSON, with the figures of every shape
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) model: ModelArgs,
}

fn set_size(text: &str) -> Result<u16, String> {
    let parsed = text.parse().ok().filter(|&n| n == 0 || (FEWEST..=5000).contains(&usize::from(n)));
    parsed.ok_or_else(|| format!("give {FEWEST} to 5000: fewer shapes say nothing; or 0 to compare no sets"))
}

#[derive(Debug, Serialize)]
struct Report {
    /// As it was asked for.
    name: String,
    /// Its hash.
    model: String,
    data: String,
    shapes: usize,
    convention: Vec<String>,
    #[serde(flatten)]
    reconstructions: Reconstructions,
    samples: Samples,
    /// `None` where it was left out, or the data is too small.
    generative: Option<Generative>,
    /// `None` where the data's shapes are no swords of known measures.
    attributes: Option<Vec<Kept>>,
}

impl Eval {
    pub fn run(self) -> Result<()> {
        let forge = self.model.forge()?;
        let densities = self.densities(&forge)?;
        let mut shapes = shapes(&self.data, forge.class(), "--data")?;
        if !self.only.is_empty() {
            shapes.retain(|shape| self.only.iter().any(|start| shape.name.starts_with(start)));
            if shapes.is_empty() {
                bail!("--only {}: no shape of --data '{}' is named so", self.only.join(","), self.data);
            }
        }
        // Wrong training data is told before minutes of work, not after.
        let size = self.size();
        let compared = size.shapes > 0 && shapes.len() >= FEWEST;
        if let Some(cloud) = shapes.iter().find(|shape| compared && shape.mesh().triangles.is_empty()) {
            bail!(
                "'{}' of --data {} has no faces, and sets are compared by what is seen of their surfaces; leave that out with \
                 --generative 0",
                cloud.name,
                self.data
            );
        }
        let training = if compared { self.training(&forge)? } else { None };
        let swords = swords(&shapes);
        let in_data = || format!("in --data {}", self.data);

        let reconstructions = Reconstructions::measure(&forge, &shapes).with_context(in_data)?;
        let density = densities.last().copied().unwrap_or(Density::Prior);
        let samples = Samples::measure(&forge, self.samples, density, swords)?;
        let attributes = match swords {
            Some(swords) => Some(kept(&forge, swords, &reconstructions.each)?),
            None => None,
        };
        let generative = if compared {
            let reconstructed = &reconstructions.each;
            let sources = Sources { forge: &forge, densities: &densities, shapes: &shapes, reconstructed, training };
            Some(Generative::measure(&sources, size).with_context(in_data)?)
        } else {
            None
        };

        let mut said = vec![convention() + ".", samples.convention()];
        said.extend(generative.as_ref().map(Generative::convention));
        if size.shapes > 0 && !compared {
            said.push(format!("Sets: not compared, because fewer than {FEWEST} shapes say nothing."));
        }
        said.extend(attributes.as_ref().map(|_| attributes::convention()));
        let report = Report {
            name: self.model.name(),
            model: forge.checkpoint().hash(),
            data: self.data,
            shapes: shapes.len(),
            convention: said,
            reconstructions,
            samples,
            generative,
            attributes,
        };
        if self.json { print_json(&report) } else { print(&report.text()) }
    }

    fn size(&self) -> Size {
        let size = if self.quick { QUICK } else { FULL };
        Size { shapes: self.generative.map_or(size.shapes, usize::from), ..size }
    }

    fn densities(&self, forge: &Forge) -> Result<Vec<Density>> {
        let available = Density::of(forge);
        match self.density {
            None => Ok(available),
            Some(asked) if available.contains(&asked) => Ok(vec![asked]),
            Some(_) => bail!("--density fitted: the model {} has no fitted density; give prior", self.model.name()),
        }
    }

    /// The training shapes and what they are; `None` where nobody knows them.
    fn training(&self, forge: &Forge) -> Result<Option<(String, Vec<Shape>)>> {
        let named = self.train.clone().or_else(|| trained_on(&forge.checkpoint().meta.card));
        let shapes = |name: String| Ok((name.clone(), shapes(&name, forge.class(), "--train")?));
        named.map(shapes).transpose()
    }
}

impl Report {
    fn text(&self) -> String {
        let mut text = format!("the model {} ({}) on {}\n", self.name, self.model, self.data);
        let mut section = |table: String| text += &format!("\n{table}");
        section(self.reconstructions.text());
        section(self.samples.text());
        self.attributes.iter().for_each(|kept| section(attributes::text(kept)));
        self.generative.iter().for_each(|generative| section(generative.text()));
        let said = self.convention.join("\n");
        format!("{text}\nIntervals hold 95 %, over shapes; sampling floor: the same shape sampled twice.\n{said}\n")
    }
}
