//! The shapes that the demo walks between.

use std::collections::HashSet;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::title;
use crate::forge::Forge;
use crate::latent::Latent;
use crate::viewer::state::{Explorer, Favourite, Origin, Source};

/// Encoded shapes that a walk has at most: a round of it is shorter than a visit.
const STOPS: usize = 24;

/// Random shapes to walk between where a model brings none.
const SAMPLES: usize = 8;

/// A shape on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// As a visitor reads it.
    pub title: String,
    pub latent: Latent,
    /// Metres; `None` for the model's own.
    pub length: Option<f32>,
}

impl Stop {
    fn kept(favourite: &Favourite) -> Self {
        Self { title: title(&favourite.name), latent: favourite.latent.clone(), length: favourite.length }
    }

    /// Random shapes, always the same.
    pub fn samples(forge: &Forge) -> Vec<Self> {
        let draw = |i: usize| {
            let rng = &mut ChaCha8Rng::seed_from_u64(i as u64);
            Self { title: format!("Sample {}", i + 1), latent: forge.sample(rng), length: None }
        };
        (0..SAMPLES).map(draw).collect()
    }

    fn encoded(source: &Source) -> Self {
        Self { title: title(&source.name), latent: source.latent.clone(), length: source.length }
    }
}

impl Explorer {
    /// Where the walk leads, in order: the favourites of this model, or where there are fewer than two, what it has encoded,
    /// or where that is not enough either, random shapes.
    pub fn stops(&self) -> Vec<Stop> {
        let favourites = self.favourites.entries().iter();
        let kept: Vec<Stop> = favourites
            .filter(|f| f.model.hash == self.model.hash && self.fits(&f.latent).is_ok())
            .map(Stop::kept)
            .collect();
        if kept.len() >= 2 {
            return kept;
        }
        let encoded = of_sources(&self.blend.sources);
        if encoded.len() >= 2 { encoded } else { self.demo.samples.clone() }
    }
}

/// What of the encoded shapes makes a good walk: the real ones, one a title, neighbours in the list far apart.
fn of_sources(sources: &[Source]) -> Vec<Stop> {
    let of =
        |real: bool| sources.iter().filter(move |s| s.origin != Origin::Imported && (s.origin == Origin::Real) == real);
    let mut titles = HashSet::new();
    let mut stops: Vec<Stop> = of(true).map(Stop::encoded).filter(|s| titles.insert(s.title.to_lowercase())).collect();
    // Numbers in a title are a file's, not a visitor's.
    let plain = |s: &Stop| !s.title.is_empty() && !s.title.contains(|c: char| c.is_ascii_digit());
    if stops.iter().filter(|s| plain(s)).count() >= 6 {
        stops.retain(plain);
    }
    if stops.len() < 2 {
        stops.extend(of(false).map(Stop::encoded).take(STOPS));
    }
    let mut stops: Vec<Stop> = strides(stops.len()).map(|i| stops[i].clone()).collect();
    stops.truncate(STOPS);
    stops
}

/// All of `0..n`, each far from the one before: names that are alike stand side by side in a list.
fn strides(n: usize) -> impl Iterator<Item = usize> {
    let coprime = |a: usize| {
        let (mut a, mut b) = (a, n);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a == 1
    };
    let golden = (0.382 * n as f32).round() as usize;
    let step = (golden..n).find(|&s| s > 0 && coprime(s)).unwrap_or(1);
    (0..n).map(move |i| i * step % n.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, origin: Origin) -> Source {
        let latent = Latent::new(1, 1, vec![name.len() as f32]).unwrap();
        Source { name: name.into(), origin, latent, length: None, own_length: 1.0 }
    }

    fn titles(sources: &[Source]) -> Vec<String> {
        of_sources(sources).into_iter().map(|s| s.title).collect()
    }

    #[test]
    fn strides_visit_everything_once() {
        for n in 0..60 {
            let mut seen: Vec<usize> = strides(n).collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..n).collect::<Vec<_>>());
        }
    }

    #[test]
    fn real_shapes_of_different_names_are_walked_between() {
        let real = ["x_katana_a", "x_katana_b", "x_sabre", "x_spear", "x_knife", "x_dagger", "x_claymore", "x_t2good"];
        let mut sources: Vec<Source> = real.iter().map(|n| source(n, Origin::Real)).collect();
        sources.extend((0..5).map(|i| source(&format!("sword-{i}"), Origin::Procedural)));
        sources.push(source("mine.obj", Origin::Imported));
        let mut found = titles(&sources);
        assert_ne!(found[0], found[1]);
        found.sort();
        assert_eq!(found, ["Claymore", "Dagger", "Katana", "Knife", "Sabre", "Spear"]);
        // A model that has seen generated shapes alone.
        assert_eq!(titles(&sources[8..13]).len(), 5);
        assert!(titles(&[]).is_empty());
    }
}
