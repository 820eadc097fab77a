//! The encoded swords spread out over two principal axes, and what lies between them.

mod field;
mod frame;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use field::{CELLS, EXTENT, Field};
pub use frame::MapFrame;

use super::{Explorer, Origin, Slot};
use crate::latent::{Axes, Latent};

/// How close the pointer must be to a point to mean it, in points of the screen.
pub const REACH: f32 = 7.0;

/// Half the width of what the map shows at first, and how near and far one can go, in standard deviations.
const RADIUS: f32 = 3.6;
const RADII: std::ops::RangeInclusive<f32> = 0.05..=20.0;

/// What the other axes are where the pointer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Others {
    /// Those of the sword on screen: the map changes two of its traits.
    #[default]
    Current,
    /// Those of the average sword: the same place is always the same sword.
    Mean,
}

/// What a point stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// An encoded or opened sword: index into the blend's sources.
    Source(usize, Origin),
    /// Index into the favourites.
    Favourite(usize),
}

/// A sword on the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Coordinates on the two axes, in standard deviations.
    pub at: [f32; 2],
    pub mark: Mark,
}

/// What the points and the ground were made of.
#[derive(Clone, Debug, PartialEq)]
struct Stamp {
    axes: [usize; 2],
    model: String,
    sources: u64,
    favourites: u64,
}

/// The map's settings and what is drawn on it.
#[derive(Clone, Debug)]
pub struct Map {
    /// Principal axes to the right and up.
    pub axes: [usize; 2],
    pub others: Others,
    /// What lies in the middle, and how far it is to the edge, in standard deviations.
    pub centre: [f32; 2],
    pub radius: f32,
    /// Whether all points are to be in sight; until one zooms or pans.
    pub fit: bool,
    points: Arc<Vec<Point>>,
    field: Option<Arc<Field>>,
    stamp: Option<Stamp>,
}

impl Default for Map {
    fn default() -> Self {
        Self {
            axes: [0, 1],
            others: Others::default(),
            centre: [0.0; 2],
            radius: RADIUS,
            fit: true,
            points: Arc::default(),
            field: None,
            stamp: None,
        }
    }
}

impl Map {
    /// Brings all points into a map of so many points of the screen, as long as nobody has zoomed or panned.
    pub fn fit_to(&mut self, [width, height]: [f32; 2]) {
        if !self.fit {
            return;
        }
        let (mut low, mut high) = ([-1.0f32; 2], [1.0f32; 2]);
        for at in self.points.iter().map(|p| p.at).filter(|at| at.iter().all(|x| x.is_finite())) {
            for i in 0..2 {
                (low[i], high[i]) = (low[i].min(at[i]), high[i].max(at[i]));
            }
        }
        let nearer = width.min(height).max(1.0);
        let half = |i: usize, side: f32| 0.5 * (high[i] - low[i]) * nearer / side.max(1.0);
        self.centre = [0, 1].map(|i| 0.5 * (low[i] + high[i]));
        self.radius = (1.15 * half(0, width).max(half(1, height))).clamp(*RADII.start(), *RADII.end());
    }

    /// Zooms by `factor` (above 1: nearer) around what lies at `screen`, which stays there.
    pub fn zoom(&mut self, frame: MapFrame, screen: [f32; 2], factor: f32) {
        self.fit = false;
        let before = frame.to_map(screen);
        self.radius = (self.radius / factor).clamp(*RADII.start(), *RADII.end());
        let after = MapFrame { radius: self.radius, ..frame }.to_map(screen);
        for i in 0..2 {
            self.centre[i] += before[i] - after[i];
        }
    }

    /// Moves the map by so many points of the screen.
    pub fn pan(&mut self, frame: MapFrame, by: [f32; 2]) {
        self.fit = false;
        self.centre[0] = (self.centre[0] - by[0] / frame.scale()).clamp(-20.0, 20.0);
        self.centre[1] = (self.centre[1] + by[1] / frame.scale()).clamp(-20.0, 20.0);
    }

    /// Every sword that has a place.
    pub fn points(&self) -> &Arc<Vec<Point>> {
        &self.points
    }

    /// How densely the encoded set fills the map.
    pub fn field(&self) -> Option<&Arc<Field>> {
        self.field.as_ref()
    }

    /// The point that the pointer means: the nearest within [`REACH`].
    pub fn nearest(&self, frame: MapFrame, screen: [f32; 2]) -> Option<Point> {
        let at = frame.to_map(screen);
        let reach = REACH / frame.scale();
        let square = |p: &Point| (p.at[0] - at[0]).powi(2) + (p.at[1] - at[1]).powi(2);
        let near = self.points.iter().filter(|p| square(p) <= reach * reach);
        near.min_by(|a, b| square(a).total_cmp(&square(b))).copied()
    }
}

/// The coordinates of a latent on two axes.
pub fn place(axes: &Axes, pair: [usize; 2], latent: &Latent) -> [f32; 2] {
    pair.map(|axis| axes.coordinate(latent, axis))
}

impl Explorer {
    /// Brings points and ground up to date; nothing is done where nothing changed.
    pub fn chart(&mut self) {
        let Some(axes) = &self.model.axes else { return };
        let last = axes.directions.len().saturating_sub(1);
        let [a, b] = self.map.axes.map(|axis| axis.min(last));
        self.map.axes = [a, b];
        let stamp = Stamp {
            axes: [a, b],
            model: self.model.hash.clone(),
            sources: self.blend.sources.iter().fold(self.blend.sources.len() as u64, |sum, s| {
                let bits = s.latent.values().iter().take(2).fold(0u64, |bits, x| bits << 32 | u64::from(x.to_bits()));
                sum.rotate_left(5) ^ bits
            }),
            favourites: self.favourites.revision,
        };
        if self.map.stamp.as_ref() == Some(&stamp) {
            return;
        }
        let of_model = |latent: &Latent| latent.values().len().is_multiple_of(axes.mean.len().max(1));
        let sources = self.blend.sources.iter().enumerate().filter(|(_, s)| of_model(&s.latent));
        let sources = sources.map(|(i, s)| (&s.latent, Mark::Source(i, s.origin)));
        let hash = &self.model.hash;
        let favourites = self.favourites.entries().iter().enumerate();
        let favourites = favourites.filter(|(_, f)| f.model.hash == *hash && of_model(&f.latent));
        let favourites = favourites.map(|(i, f)| (&f.latent, Mark::Favourite(i)));
        let points =
            sources.chain(favourites).map(|(latent, mark)| Point { at: place(axes, [a, b], latent), mark }).collect();
        self.map.points = Arc::new(points);
        let ground = self.map.stamp.as_ref().map(|s| (&s.axes, &s.model));
        if ground != Some((&stamp.axes, &stamp.model)) {
            self.map.field = Some(Arc::new(Field::of(self.model.density.as_deref(), [a, b])));
        }
        self.map.stamp = Some(stamp);
    }

    /// The sword at a place of the map, as far as the locks let it; `None` for a model without axes.
    pub fn sword_at(&self, at: [f32; 2]) -> Option<Latent> {
        let axes = self.model.axes.as_ref()?;
        let mut latent = match self.map.others {
            Others::Current => self.latent.clone(),
            Others::Mean => self.model.mean.clone(),
        };
        for (&axis, coordinate) in self.map.axes.iter().zip(at) {
            axes.set_coordinate(&mut latent, axis, coordinate);
        }
        if !self.vary.locks.is_empty() {
            latent = self.holding(None).between(&self.latent, &latent);
        }
        Some(latent)
    }

    /// Shows the sword at a place of the map.
    pub fn walk_to(&mut self, at: [f32; 2]) {
        if let Some(latent) = self.sword_at(at) {
            self.play.on = false;
            self.history.name("Walk on the map");
            self.latent = latent;
        }
    }

    /// Where a latent lies on the map.
    pub fn place(&self, latent: &Latent) -> Option<[f32; 2]> {
        self.model.axes.as_ref().map(|axes| place(axes, self.map.axes, latent))
    }

    /// Where A, B and the way between them lie; empty where one is missing.
    pub fn way(&self) -> Vec<[f32; 2]> {
        const STEPS: usize = 32;
        let (Some(a), Some(b)) = (self.blend.picked(Slot::A), self.blend.picked(Slot::B)) else { return Vec::new() };
        if a.latent.values().len() != b.latent.values().len() {
            return Vec::new();
        }
        let at = |i: usize| self.place(&self.blend.path.at(&a.latent, &b.latent, i as f32 / STEPS as f32));
        (0..=STEPS).filter_map(at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::favourites::{Change, tests::favourite};
    use super::super::{ModelView, Source};
    use super::*;
    use crate::class::Class;

    fn explorer(sources: usize) -> Explorer {
        let mut model = ModelView::plain("m", Class::Sword, Latent::zeros(1, 3));
        model.hash = "m".into();
        let (s, c) = 0.5f32.sin_cos();
        let directions = vec![vec![c, s, 0.0], vec![-s, c, 0.0], vec![0.0, 0.0, 1.0]];
        model.axes =
            Some(Axes { mean: vec![0.1, 0.2, 0.3], directions, deviations: vec![2.0, 1.0, 0.5], shares: vec![] });
        let source = |i: usize| Source {
            name: i.to_string(),
            origin: Origin::Procedural,
            latent: Latent::new(1, 3, (0..3).map(|k| ((7 * i + k) as f32).sin()).collect()).unwrap(),
            length: None,
            own_length: 1.0,
        };
        Explorer::new(model, (0..sources).map(source).collect())
    }

    #[test]
    fn a_place_leads_to_its_sword_and_back() {
        let mut e = explorer(3);
        e.latent = Latent::new(1, 3, vec![1.0, -2.0, 0.7]).unwrap();
        e.map.axes = [2, 0];
        let latent = e.sword_at([1.5, -0.5]).unwrap();
        let back = e.place(&latent).unwrap();
        assert!((back[0] - 1.5).abs() < 1e-5 && (back[1] + 0.5).abs() < 1e-5, "{back:?}");
        // The third axis is the current sword's, or the mean's.
        let other = |l: &Latent| e.model.axes.as_ref().unwrap().coordinate(l, 1);
        assert!((other(&latent) - other(&e.latent)).abs() < 1e-5);
        e.map.others = Others::Mean;
        assert!(e.model.axes.as_ref().unwrap().coordinate(&e.sword_at([1.5, -0.5]).unwrap(), 1).abs() > 0.05);
        e.model.mean = Latent::new(1, 3, vec![0.1, 0.2, 0.3]).unwrap();
        assert!(e.model.axes.as_ref().unwrap().coordinate(&e.sword_at([1.5, -0.5]).unwrap(), 1).abs() < 1e-5);
    }

    #[test]
    fn zoom_holds_what_is_under_the_pointer() {
        let mut map = Map::default();
        let frame = |map: &Map| MapFrame { rect: [0.0, 0.0, 400.0, 300.0], centre: map.centre, radius: map.radius };
        let pointer = [320.0, 40.0];
        let before = frame(&map).to_map(pointer);
        for factor in [1.5, 3.0, 0.2] {
            map.zoom(frame(&map), pointer, factor);
            let after = frame(&map).to_map(pointer);
            assert!((before[0] - after[0]).abs() + (before[1] - after[1]).abs() < 1e-3, "{before:?} {after:?}");
        }
        let under = frame(&map).to_map(pointer);
        map.pan(frame(&map), [-20.0, 60.0]);
        let moved = frame(&map).to_map([300.0, 100.0]);
        assert!((under[0] - moved[0]).abs() + (under[1] - moved[1]).abs() < 1e-3);
        map.zoom(frame(&map), pointer, 1e9);
        assert!(map.radius >= *RADII.start());
        map.fit_to([400.0, 300.0]);
        assert!(map.radius < 1.0);
        map.fit = true;
        map.fit_to([400.0, 300.0]);
        assert_eq!((map.centre, map.radius), ([0.0; 2], 1.15));
    }

    #[test]
    fn points_follow_sources_favourites_and_axes() {
        let mut e = explorer(5);
        e.chart();
        assert_eq!((e.map.points().len(), e.map.field().is_some()), (5, true));
        let kept = e.map.points().clone();
        e.chart();
        assert!(Arc::ptr_eq(&kept, e.map.points()));
        let mut near = favourite(1.0);
        near.latent = e.blend.sources[2].latent.clone();
        let other = super::super::Favourite { model: Default::default(), id: "other".into(), ..near.clone() };
        for favourite in [near, other] {
            e.favourites.apply(&Change::Add { favourite: Box::new(favourite), at: 9 });
        }
        e.chart();
        // The favourite of another model has no place.
        assert_eq!(e.map.points().len(), 6);
        e.map.fit_to([300.0, 500.0]);
        let seen = MapFrame { rect: [0.0, 0.0, 300.0, 500.0], centre: e.map.centre, radius: e.map.radius };
        for point in e.map.points().iter() {
            let [x, y] = seen.to_screen(point.at);
            assert!((5.0..295.0).contains(&x) && (5.0..495.0).contains(&y), "{x} {y}");
        }
        let frame = MapFrame { rect: [0.0, 0.0, 400.0, 400.0], centre: [0.0; 2], radius: 4.0 };
        let point = e.map.points()[1];
        let [x, y] = frame.to_screen(point.at);
        assert_eq!(e.map.nearest(frame, [x + 1.0, y - 1.0]), Some(point));
        assert_eq!(e.map.nearest(frame, [x + 4000.0, y]), None);
        e.map.axes = [1, 99];
        e.chart();
        assert_eq!(e.map.axes, [1, 2]);
        assert_ne!(e.map.points()[1].at, point.at);
        e.pick(Slot::A, 0);
        assert!(e.way().is_empty());
        e.pick(Slot::B, 1);
        let way = e.way();
        assert_eq!((way.len(), way[0], way[32]), (33, e.map.points()[0].at, e.map.points()[1].at));
    }

    #[test]
    fn ten_thousand_points_take_no_frame() {
        let mut e = explorer(10_000);
        let start = std::time::Instant::now();
        e.chart();
        let first = start.elapsed();
        let frame = MapFrame { rect: [0.0, 0.0, 400.0, 400.0], centre: [0.0; 2], radius: 4.0 };
        let start = std::time::Instant::now();
        for i in 0..10 {
            e.chart();
            e.map.nearest(frame, [20.0 * i as f32, 200.0]);
        }
        let each = start.elapsed() / 10;
        // Generous: the machine may be busy with other work.
        assert!(first.as_millis() < 300 && each.as_millis() < 16, "{first:?}, then {each:?}");
    }
}
