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

/// A shape whose nearest other is so many times as far as is usual stands apart: on the way there lies nothing that was learnt.
const STRANGE: f32 = 1.8;

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

/// What of the encoded shapes makes a good walk: the real ones, one a title, those that stand apart left out, by a short way.
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
    let stops = spread(familiar(stops));
    tour(&stops).into_iter().map(|i| stops[i].clone()).collect()
}

/// Without those that stand apart.
fn familiar(stops: Vec<Stop>) -> Vec<Stop> {
    let nearest = |i: usize| {
        let others = (0..stops.len()).filter(|&k| k != i);
        others.map(|k| distance(&stops[i], &stops[k])).fold(f32::INFINITY, f32::min)
    };
    let apart: Vec<f32> = (0..stops.len()).map(nearest).collect();
    let mut sorted = apart.clone();
    sorted.sort_by(f32::total_cmp);
    match sorted.get(sorted.len() / 2) {
        // Where most are the same, none stands apart.
        Some(&usual) if usual > 0.0 => {
            stops.into_iter().zip(apart).filter(|(_, apart)| *apart <= STRANGE * usual).map(|(stop, _)| stop).collect()
        }
        _ => stops,
    }
}

/// [`STOPS`] at most, from all over the list: names that are alike stand side by side in it.
fn spread(stops: Vec<Stop>) -> Vec<Stop> {
    let count = stops.len().min(STOPS);
    (0..count).map(|k| stops[k * stops.len() / count].clone()).collect()
}

/// A short way through all stops and back, as indices: from each to the nearest that is left, then crossings undone (2-opt,
/// Croes 1958). Between shapes that are alike lies what was learnt; between others a blade may leave its guard.
fn tour(stops: &[Stop]) -> Vec<usize> {
    let n = stops.len();
    let away = |a: usize, b: usize| distance(&stops[a], &stops[b]);
    let mut tour: Vec<usize> = (0..n).collect();
    for k in 1..n {
        let nearest = (k..n).min_by(|&a, &b| away(tour[k - 1], tour[a]).total_cmp(&away(tour[k - 1], tour[b])));
        tour.swap(k, nearest.unwrap_or(k));
    }
    let mut shorter = true;
    while shorter {
        shorter = false;
        for i in 1..n {
            for j in i + 1..n {
                let (a, b, c, d) = (tour[i - 1], tour[i], tour[j], tour[(j + 1) % n]);
                if away(a, c) + away(b, d) < away(a, b) + away(c, d) - 1e-6 {
                    tour[i..=j].reverse();
                    shorter = true;
                }
            }
        }
    }
    tour
}

fn distance(a: &Stop, b: &Stop) -> f32 {
    a.latent.values().iter().zip(b.latent.values()).map(|(x, y)| (x - y).powi(2)).sum::<f32>().sqrt()
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
    fn a_tour_visits_everything_once_by_a_short_way() {
        for n in 0..30usize {
            // On a ring, in disorder.
            let stop = |i: usize| {
                let angle = (i * 7 % 30) as f32 * std::f32::consts::TAU / 30.0;
                let latent = Latent::new(1, 2, vec![angle.cos(), angle.sin()]).unwrap();
                Stop { title: i.to_string(), latent, length: None }
            };
            let stops: Vec<Stop> = (0..n).map(stop).collect();
            let found = tour(&stops);
            let length: f32 = (0..n).map(|k| distance(&stops[found[k]], &stops[found[(k + 1) % n]])).sum();
            assert!(length < 6.3, "{n}: {length}");
            let mut seen = found;
            seen.sort_unstable();
            assert_eq!(seen, (0..n).collect::<Vec<_>>());
        }
    }

    #[test]
    fn who_stands_apart_is_not_visited() {
        let mut sources: Vec<Source> =
            ["a", "bb", "ccc", "dddd", "eeeee", "ffffff"].iter().map(|n| source(n, Origin::Real)).collect();
        sources.push(source("far_beyond_all_of_the_others", Origin::Real));
        let mut found = titles(&sources);
        found.sort();
        assert_eq!(found, ["A", "Bb", "Ccc", "Dddd", "Eeeee", "Ffffff"]);
    }

    #[test]
    fn a_long_list_is_visited_all_over() {
        let sources: Vec<Source> = (1..=100).map(|i| source(&"a".repeat(i), Origin::Real)).collect();
        let found = of_sources(&sources);
        let at = |stop: &Stop| stop.latent.values()[0];
        assert_eq!(found.len(), STOPS);
        assert!(found.iter().any(|s| at(s) < 5.0) && found.iter().any(|s| at(s) > 95.0));
        // There and back: no step leads across all of it, the last one home neither.
        let steps = (0..STOPS).map(|k| (at(&found[k]) - at(&found[(k + 1) % STOPS])).abs());
        assert!(steps.sum::<f32>() < 2.0 * 100.0);
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
