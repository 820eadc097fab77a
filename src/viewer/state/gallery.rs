//! Swords side by side: random samples, favourites, what lies around the current sword, and children of chosen parents.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::pictures::{Pictures, Wanted};
use super::{Command, Explorer, LengthFrom, Source};
use crate::forge::SampleFrom;
use crate::kept::{Born, Favourite, Parent, sword_id};
use crate::latent::{Latent, bred, mutated};

/// Swords that a shelf is filled with at once.
pub const BATCH: usize = 24;

/// Random samples that are shown at most.
const MOST: usize = 240;

/// What the gallery shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shelf {
    #[default]
    Random,
    Favourites,
    Neighbours,
    Children,
}

impl Shelf {
    pub const ALL: [Shelf; 4] = [Self::Random, Self::Favourites, Self::Neighbours, Self::Children];

    /// On its tab.
    pub fn title(self) -> &'static str {
        match self {
            Self::Random => "Random",
            Self::Favourites => "Favourites",
            Self::Neighbours => "Neighbours",
            Self::Children => "Children",
        }
    }
}

/// A sword of the current model that can be taken, kept, or bred.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tile {
    /// [`sword_id`]
    pub id: String,
    pub name: String,
    pub latent: Latent,
    /// Metres; `None` for the model's own.
    pub length: Option<f32>,
    pub born: Born,
    pub parents: Vec<Parent>,
}

impl Tile {
    /// How another sword names this one as its parent.
    pub fn as_parent(&self) -> Parent {
        Parent { id: self.id.clone(), name: self.name.clone() }
    }
}

impl From<&Favourite> for Tile {
    fn from(f: &Favourite) -> Self {
        Self {
            id: f.id.clone(),
            name: f.name.clone(),
            latent: f.latent.clone(),
            length: f.length,
            born: f.born,
            parents: f.parents.clone(),
        }
    }
}

/// Random shapes that the app is asked for: each is the one that its seed gives by hand as well.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    pub seeds: std::ops::Range<u64>,
    pub from: SampleFrom,
    pub temperature: f32,
}

/// What was bred, which nothing else would give again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bred {
    pub parents: Vec<Tile>,
    pub children: Vec<Tile>,
    /// What the neighbours lie around.
    pub around: Option<Tile>,
    pub taken: Option<Tile>,
    pub round: u64,
}

impl Bred {
    fn tiles(&self) -> impl Iterator<Item = &Tile> {
        self.parents.iter().chain(&self.children).chain(&self.around).chain(&self.taken)
    }
}

/// The shelves and what was picked from them.
#[derive(Clone, Debug)]
pub struct Gallery {
    pub shelf: Shelf,
    pub random: Vec<Tile>,
    /// Whether samples were asked for and have not come yet.
    pub sampling: bool,
    next_seed: u64,
    pub neighbours: Vec<Tile>,
    /// What the neighbours lie around.
    around: Option<Tile>,
    pub children: Vec<Tile>,
    /// Counts fillings, so that no two are alike.
    round: u64,
    /// Swords that were picked to be bred.
    pub parents: Vec<Tile>,
    /// What was last taken: an edited sword is its child.
    taken: Option<Tile>,
    /// The favourite whose name is being edited, and the text so far.
    pub renaming: Option<(String, String)>,
    /// Whether its tile is to be scrolled to.
    pub bring_renamed: bool,
    pub pictures: Pictures,
}

impl Default for Gallery {
    fn default() -> Self {
        Self {
            shelf: Shelf::default(),
            random: Vec::new(),
            sampling: false,
            next_seed: 1,
            neighbours: Vec::new(),
            around: None,
            children: Vec::new(),
            round: 0,
            parents: Vec::new(),
            taken: None,
            renaming: None,
            bring_renamed: false,
            pictures: Pictures::default(),
        }
    }
}

impl Gallery {
    /// Leaves behind what belongs to a model that is left.
    pub fn forget_model(&mut self) {
        self.pictures.retry();
        let pictures = std::mem::take(&mut self.pictures);
        *self = Self { shelf: self.shelf, round: self.round, pictures, ..Self::default() };
    }

    /// Where a sword stands among the parents, from 1.
    pub fn parent_number(&self, id: &str) -> Option<usize> {
        self.parents.iter().position(|p| p.id == id).map(|i| i + 1)
    }

    /// Makes a sword a parent, or no parent any more.
    pub fn toggle_parent(&mut self, tile: &Tile) {
        match self.parents.iter().position(|p| p.id == tile.id) {
            Some(at) => drop(self.parents.remove(at)),
            None => self.parents.push(tile.clone()),
        }
    }

    /// What the neighbours lie around.
    pub fn around(&self) -> Option<&Tile> {
        self.around.as_ref()
    }

    /// What is to come back at the next start.
    pub fn bred(&self) -> Bred {
        Bred {
            parents: self.parents.clone(),
            children: self.children.clone(),
            around: self.around.clone(),
            taken: self.taken.clone(),
            round: self.round,
        }
    }
}

impl Explorer {
    /// The sword on screen, with what is known of where it came from.
    pub fn current(&self) -> Tile {
        let id = sword_id(&self.model.hash, &self.latent);
        if let Some(taken) = self.gallery.taken.as_ref().filter(|t| t.id == id) {
            return Tile { length: self.length, ..taken.clone() };
        }
        if let Some(kept) = self.favourites.find(&id) {
            return Tile { length: self.length, ..Tile::from(kept) };
        }
        let source = self.blend.sources.iter().find(|s| s.latent == self.latent);
        let name = source.map_or_else(|| format!("My {}", self.model.class.noun()), |s| s.name.clone());
        let parents = match source {
            Some(_) => Vec::new(),
            None => self.gallery.taken.iter().map(Tile::as_parent).collect(),
        };
        Tile { id, name, latent: self.latent.clone(), length: self.length, born: Born::Made, parents }
    }

    /// Shows a sword from a shelf or the map.
    pub fn take(&mut self, tile: &Tile) {
        self.play.on = false;
        self.history.name(format!("Take {}", tile.name));
        self.latent = tile.latent.clone();
        if tile.length.is_some() {
            (self.length, self.length_from) = (tile.length, LengthFrom::Picks);
        } else if self.length_from != LengthFrom::Hand {
            self.set_length(None);
        }
        self.gallery.taken = Some(tile.clone());
    }

    /// A sword that can be picked as A or B, as a tile.
    pub fn tile_of(&self, source: &Source) -> Tile {
        Tile {
            id: sword_id(&self.model.hash, &source.latent),
            name: source.name.clone(),
            latent: source.latent.clone(),
            length: source.length,
            born: Born::Made,
            parents: Vec::new(),
        }
    }

    /// Other random swords; `more` keeps those that are there.
    pub fn ask_samples(&mut self, more: bool) {
        let gallery = &mut self.gallery;
        if !more {
            gallery.random.clear();
        }
        if gallery.random.len() >= MOST {
            self.info(format!("{MOST} random samples are shown at most. \"New\" shows others."));
            return;
        }
        let seeds = gallery.next_seed..gallery.next_seed + BATCH as u64;
        (gallery.next_seed, gallery.sampling) = (seeds.end, true);
        let (from, temperature) = (self.sample_from, self.temperature);
        self.ask(Command::Sample(Samples { seeds, from, temperature }));
    }

    /// The random swords that were asked for.
    pub fn put_samples(&mut self, seeds: std::ops::Range<u64>, latents: Vec<Latent>) {
        self.gallery.sampling = false;
        for (seed, latent) in seeds.zip(latents) {
            self.gallery.random.push(Tile {
                id: sword_id(&self.model.hash, &latent),
                name: format!("random {seed}"),
                latent,
                length: None,
                born: Born::Random,
                parents: Vec::new(),
            });
        }
    }

    /// Fills the shelf of neighbours with mutations of the current sword; the sword itself comes first.
    pub fn ask_neighbours(&mut self) {
        let around = self.current();
        self.gallery.round += 1;
        self.gallery.around = Some(around);
        self.mutate_again();
    }

    /// How far mutations reach from now on; the neighbours that are shown follow.
    pub fn set_strength(&mut self, strength: f32) {
        self.vary.strength = strength;
        self.mutate_again();
    }

    /// The same mutations at the strength of now.
    pub fn mutate_again(&mut self) {
        let Some(around) = self.gallery.around.clone() else { return };
        let axes = self.model.axes.as_ref();
        let mutation = |i: usize| {
            let seed = self.gallery.round * BATCH as u64 + i as u64;
            let rng = &mut ChaCha8Rng::seed_from_u64(seed);
            let latent = mutated(axes, &around.latent, self.vary.strength, rng);
            Tile {
                id: sword_id(&self.model.hash, &latent),
                name: format!("neighbour {i}"),
                latent,
                length: None,
                born: Born::Mutation,
                parents: vec![around.as_parent()],
            }
        };
        let mutations: Vec<Tile> = (1..BATCH).map(mutation).collect();
        self.gallery.neighbours = std::iter::once(around).chain(mutations).collect();
    }

    /// Brings back what was bred with this model; nothing where a latent isn't one of it.
    pub fn restore_bred(&mut self, bred: Bred) {
        if bred.tiles().any(|tile| self.fits(&tile.latent).is_err()) {
            return;
        }
        let Bred { parents, children, around, taken, round } = bred;
        let round = round.max(self.gallery.round);
        self.gallery = Gallery { parents, children, around, taken, round, ..std::mem::take(&mut self.gallery) };
        self.mutate_again();
    }

    /// Whether enough parents are picked.
    pub fn can_breed(&self) -> bool {
        self.gallery.parents.len() > 1
    }

    /// Fills the shelf of children from the picked parents, and shows it.
    pub fn breed(&mut self) {
        if !self.can_breed() {
            self.info("Pick two parents or more to breed them: Ctrl-click swords in the gallery.");
            return;
        }
        let gallery = &self.gallery;
        let size = gallery.parents[0].latent.values().len();
        let parents: Vec<&Tile> = gallery.parents.iter().filter(|p| p.latent.values().len() == size).collect();
        if parents.len() < gallery.parents.len() {
            self.error("A mix of parts and a plain sword can't be bred: pick parents of one kind.");
            return;
        }
        let (axes, round) = (self.model.axes.as_ref(), gallery.round + 1);
        let latents: Vec<&Latent> = parents.iter().map(|p| &p.latent).collect();
        let lineage: Vec<Parent> = parents.iter().map(|p| p.as_parent()).collect();
        let child = |i: usize| {
            let rng = &mut ChaCha8Rng::seed_from_u64(round * BATCH as u64 + i as u64);
            let mixed = bred(axes, &latents, i.is_multiple_of(2), rng);
            let latent = mutated(axes, &mixed, 0.5 * self.vary.strength, rng);
            Tile {
                id: sword_id(&self.model.hash, &latent),
                name: format!("child {i}"),
                latent,
                length: None,
                born: Born::Child,
                parents: lineage.clone(),
            }
        };
        let children = (1..=BATCH).map(child).collect();
        (self.gallery.children, self.gallery.round) = (children, round);
        self.gallery.shelf = Shelf::Children;
    }

    /// The thumbnail of a sword of this model.
    pub fn wanted(tile: &Tile, kept: bool) -> Wanted {
        let saved = kept.then(|| format!("thumbnails/{}.png", tile.id));
        Wanted { id: tile.id.clone(), latent: Some(tile.latent.clone()), saved }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Change, ModelView, Origin};
    use super::*;
    use crate::class::Class;
    use crate::latent::Axes;

    fn explorer() -> Explorer {
        let mut model = ModelView::plain("m", Class::Sword, Latent::zeros(1, 3));
        model.hash = "m".into();
        let unit = |i: usize| (0..3).map(|k| f32::from(u8::from(i == k))).collect();
        model.axes = Some(Axes {
            mean: vec![0.0; 3],
            directions: (0..3).map(unit).collect(),
            deviations: vec![2.0, 1.0, 0.5],
            shares: vec![],
        });
        let source = |name: &str, x: f32| Source {
            name: name.into(),
            origin: Origin::Real,
            latent: Latent::new(1, 3, vec![x, -x, 2.0 * x]).unwrap(),
            length: Some(0.9),
            own_length: 1.0,
        };
        Explorer::new(model, vec![source("Rapier", 1.0), source("Claymore", -0.5)])
    }

    #[test]
    fn neighbours_lie_around_the_current_sword_by_strength() {
        let mut e = explorer();
        e.take(&e.tile_of(&e.blend.sources[0]));
        e.vary.strength = 0.1;
        e.ask_neighbours();
        let near = e.gallery.neighbours.clone();
        assert_eq!((near.len(), near[0].name.as_str(), &near[0].latent), (BATCH, "Rapier", &e.latent));
        assert!(near[1..].iter().all(|t| t.parents[0].name == "Rapier" && t.born == Born::Mutation));
        let spread = |tiles: &[Tile]| {
            let away = tiles[1..].iter().map(|t| (t.latent.values()[0] - 1.0).powi(2)).sum::<f32>();
            (away / (BATCH - 1) as f32).sqrt()
        };
        // A tenth of a deviation of 2.
        assert!((0.1..0.35).contains(&spread(&near)), "{}", spread(&near));
        e.vary.strength = 1.0;
        e.mutate_again();
        assert!((spread(&e.gallery.neighbours) / spread(&near) - 10.0).abs() < 0.1);
        e.ask_neighbours();
        assert_ne!(e.gallery.neighbours[1].latent, near[1].latent);
    }

    #[test]
    fn children_lie_between_their_parents_and_name_them() {
        let mut e = explorer();
        e.breed();
        assert!(e.gallery.children.is_empty() && e.messages[0].text.contains("Ctrl-click"));
        let parents: Vec<Tile> = e.blend.sources.iter().map(|s| e.tile_of(s)).collect();
        parents.iter().for_each(|p| e.gallery.toggle_parent(p));
        e.vary.strength = 0.0;
        e.breed();
        assert_eq!((e.gallery.shelf, e.gallery.children.len()), (Shelf::Children, BATCH));
        for child in &e.gallery.children {
            let names: Vec<&str> = child.parents.iter().map(|p| p.name.as_str()).collect();
            assert_eq!(names, ["Rapier", "Claymore"]);
            for (i, x) in child.latent.values().iter().enumerate() {
                let (a, b) = (parents[0].latent.values()[i], parents[1].latent.values()[i]);
                assert!((a.min(b) - 1e-5..=a.max(b) + 1e-5).contains(x));
            }
        }
        // A crossed child has each axis of one parent, a mixed one of none.
        let of_one = |child: &Tile| {
            child
                .latent
                .values()
                .iter()
                .enumerate()
                .all(|(i, x)| parents.iter().any(|p| (p.latent.values()[i] - x).abs() < 1e-4))
        };
        assert!(of_one(&e.gallery.children[1]) && !of_one(&e.gallery.children[0]));
        e.gallery.toggle_parent(&parents[0]);
        assert_eq!(e.gallery.parent_number(&parents[1].id), Some(1));
    }

    #[test]
    fn what_is_taken_and_edited_is_kept_with_its_lineage() {
        let mut e = explorer();
        e.put_samples(7..9, vec![Latent::new(1, 3, vec![0.5; 3]).unwrap(), Latent::zeros(1, 3)]);
        let tile = e.gallery.random[0].clone();
        e.take(&tile);
        e.favour_current();
        e.favour_current();
        let commands = e.take_commands();
        let [Command::Keep(Change::Add { favourite, .. })] = &commands[..] else { panic!("{commands:?}") };
        assert_eq!(favourite.name, "random 7");
        e.latent.values_mut()[0] = 0.6;
        e.favour_current();
        let kept = e.favourites.entries();
        assert_eq!((kept[0].born, kept[0].parents.len()), (Born::Random, 0));
        assert_eq!((kept[1].name.as_str(), kept[1].parents[0].name.as_str()), ("My sword", "random 7"));
        assert_eq!(kept[1].thumbnail, Some(format!("thumbnails/{}.png", kept[1].id)));
        // An encoded sword keeps its name, and its length comes along.
        e.take(&e.tile_of(&e.blend.sources[1]));
        assert_eq!((e.length, e.current().name.as_str()), (Some(0.9), "Claymore"));
    }

    #[test]
    fn deletions_are_undone_one_by_one() {
        let mut e = explorer();
        for source in e.blend.sources.clone() {
            e.favour(&e.tile_of(&source));
        }
        let tiles: Vec<Tile> = e.favourites.entries().iter().map(Tile::from).collect();
        e.take(&tiles[1]);
        assert_eq!(e.removable(), [tiles[1].id.as_str()]);
        tiles.iter().for_each(|t| e.gallery.toggle_parent(t));
        e.remove_favourites();
        assert!(e.favourites.entries().is_empty() && e.gallery.parents.is_empty());
        e.bring_back();
        e.bring_back();
        e.bring_back();
        let names: Vec<&str> = e.favourites.entries().iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["Rapier", "Claymore"]);
        e.rename_favourite(&tiles[0].id, "Claymore");
        assert_eq!(e.favourites.entries()[0].name, "Claymore 2");
    }
}
