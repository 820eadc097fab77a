//! The flags of a morph: one shape on its way to another, in one file.

use anyhow::{Context, Result, bail};
use clap::Args;

use super::items::Items;
use crate::cli::density::DrawArgs;
use crate::forge::morph::Way;
use crate::forge::{Forge, Subject};
use crate::latent::{lerp, slerp};

const MORPH: &str = "On the way to another";

/// How a shape of a seed is asked for.
const SEED: &str = "seed:";

/// Where to, and how.
#[derive(Clone, Debug, Args)]
pub struct MorphArgs {
    /// Add morph targets and an animation that bring the sword to this one: a mesh, an encoded sword's name, a code, or seed:S
    #[arg(long, value_name = "FILE|NAME|CODE|seed:S", help_heading = MORPH, requires = "output",
        conflicts_with_all = ["count", "from", "watch", "shard"])]
    morph_to: Option<String>,
    /// How far a vertex may lie beside its way, in millimetres: targets are added where the way bends more
    /// [default: 0.5, or as near as 16 targets come]
    #[arg(long, value_name = "MM", help_heading = MORPH, requires = "morph_to", value_parser = millimetres)]
    morph_error: Option<f32>,
    /// How long the animation lasts, in seconds [default: 2]
    #[arg(long, value_name = "S", help_heading = MORPH, requires = "morph_to", value_parser = seconds)]
    seconds: Option<f32>,
    /// Turn the latent along a great circle instead of going straight
    #[arg(long, help_heading = MORPH, requires = "morph_to")]
    spherical: bool,
}

impl MorphArgs {
    /// Whether it leads to the shape of a seed.
    pub fn to_seed(&self) -> bool {
        self.morph_to.as_ref().is_some_and(|to| to.starts_with(SEED))
    }

    /// From a subject to the one that was asked for; `None` where none was. `length` in metres is that of both.
    ///
    /// # Errors
    /// When there is no such shape.
    pub fn way(&self, forge: &Forge, subject: &Subject, length: Option<f32>, draw: DrawArgs) -> Result<Option<Way>> {
        let Some(to) = &self.morph_to else { return Ok(None) };
        let other = match to.strip_prefix(SEED) {
            Some(seed) => {
                let seed = seed.parse().with_context(|| format!("--morph-to {to}: a seed is a whole number"))?;
                Items::seeds(seed, 1, draw)?
            }
            None => Items::one(forge, to).context("--morph-to")?,
        };
        let other = other.of_length(length).item(forge, 0).subject;
        if other.latent == subject.latent && other.length == subject.length {
            bail!("--morph-to {to}: it is the very shape that it begins with; name another");
        }
        let path = if self.spherical { slerp } else { lerp };
        let (bound, seconds) = (self.morph_error.unwrap_or(Way::BOUND), self.seconds.unwrap_or(Way::SECONDS));
        let way = Way::between(forge, [subject, &other], path, 1e-3 * bound, seconds);
        Ok(Some(Way { strict: self.morph_error.is_some(), ..way }))
    }
}

fn millimetres(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(x) if (0.001..=1000.0).contains(&x) => Ok(x),
        _ => Err("give millimetres, 0.001 to 1000".to_owned()),
    }
}

fn seconds(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(x) if (0.01..=3600.0).contains(&x) => Ok(x),
        _ => Err("give seconds, 0.01 to 3600".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_and_times_that_make_no_sense_are_refused() {
        assert_eq!((millimetres("0.5"), seconds("2")), (Ok(0.5), Ok(2.0)));
        assert!(["0", "-1", "nan", "inf", "1mm"].iter().all(|t| millimetres(t).is_err() && seconds(t).is_err()));
    }
}
