//! Swords that the artist keeps, across models and starts. The same changes are made here and in the file.

use std::collections::HashSet;

use super::{Command, Explorer, Pane, Tile};
use crate::kept::{Favourite, MadeBy, sword_id};

/// What can happen to the list.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Adds one at an index, or at the end where there are fewer. One that is there already only takes the new length.
    Add {
        favourite: Box<Favourite>,
        at: usize,
    },
    Rename {
        id: String,
        name: String,
    },
    Remove {
        id: String,
    },
}

/// All of them, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Favourites {
    entries: Vec<Favourite>,
    ids: HashSet<String>,
    /// What was deleted, the latest last, and where it was.
    deleted: Vec<(usize, Favourite)>,
    /// Grows with every change, so that what was made from the list knows when it is stale.
    pub revision: u64,
    /// Whether the file was read.
    pub loaded: bool,
}

impl Favourites {
    /// What a file holds; of entries with the same id the first counts.
    pub fn new(entries: Vec<Favourite>) -> Self {
        let mut favourites = Self { loaded: true, revision: 1, ..Self::default() };
        for entry in entries {
            if favourites.ids.insert(entry.id.clone()) {
                favourites.entries.push(entry);
            }
        }
        favourites
    }

    pub fn entries(&self) -> &[Favourite] {
        &self.entries
    }

    pub fn has(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    pub fn find(&self, id: &str) -> Option<&Favourite> {
        self.has(id).then(|| self.entries.iter().find(|f| f.id == id)).flatten()
    }

    /// Takes in what the file holds, beside what was kept before it was read.
    pub fn load(&mut self, entries: Vec<Favourite>) {
        let mut all = entries;
        all.append(&mut self.entries);
        let deleted = std::mem::take(&mut self.deleted);
        *self = Self { deleted, revision: self.revision + 1, ..Self::new(all) };
    }

    /// Makes a change; what is removed can be [brought back](Self::last_deleted).
    pub fn apply(&mut self, change: &Change) {
        self.revision += 1;
        match change {
            Change::Add { favourite, at } => {
                self.deleted.retain(|(_, f)| f.id != favourite.id);
                if self.ids.insert(favourite.id.clone()) {
                    self.entries.insert((*at).min(self.entries.len()), (**favourite).clone());
                } else if let Some(old) = self.entries.iter_mut().find(|f| f.id == favourite.id) {
                    old.length = favourite.length;
                }
            }
            Change::Rename { id, name } => {
                if let Some(entry) = self.entries.iter_mut().find(|f| f.id == *id) {
                    entry.name.clone_from(name);
                }
            }
            Change::Remove { id } => {
                if self.ids.remove(id)
                    && let Some(at) = self.entries.iter().position(|f| f.id == *id)
                {
                    let entry = self.entries.remove(at);
                    self.deleted.push((at, entry));
                }
            }
        }
    }

    /// The change that undoes the latest deletion.
    pub fn last_deleted(&self) -> Option<Change> {
        let (at, favourite) = self.deleted.last()?;
        Some(Change::Add { favourite: Box::new(favourite.clone()), at: *at })
    }

    /// `wanted`, or with a number behind it where another favourite has that name.
    pub fn free_name(&self, wanted: &str) -> String {
        let taken: HashSet<&str> = self.entries.iter().map(|f| f.name.as_str()).collect();
        let wanted = if wanted.trim().is_empty() { "Sword" } else { wanted.trim() };
        if !taken.contains(wanted) {
            return wanted.to_owned();
        }
        (2..).map(|n| format!("{wanted} {n}")).find(|name| !taken.contains(name.as_str())).unwrap_or_default()
    }
}

impl Explorer {
    /// Keeps a sword. One that is kept already takes the length of now.
    pub fn favour(&mut self, tile: &Tile) {
        if let Some(kept) = self.favourites.find(&tile.id) {
            let name = kept.name.clone();
            if kept.length == tile.length {
                self.info(format!("{name} is a favourite already."));
                return;
            }
            self.info(format!("{name} is a favourite already; it has this length now."));
        } else if !self.layout.shows(Pane::Gallery) {
            // In the gallery its star says so.
            self.info(format!("Kept {} among the favourites.", self.favourites.free_name(&tile.name)));
        }
        let favourite = Favourite {
            id: tile.id.clone(),
            name: self.favourites.free_name(&tile.name),
            model: MadeBy { name: self.model.name.clone(), hash: self.model.hash.clone() },
            latent: tile.latent.clone(),
            length: tile.length,
            born: tile.born,
            parents: tile.parents.clone(),
            thumbnail: Some(format!("thumbnails/{}.png", tile.id)),
        };
        self.change(Change::Add { favourite: Box::new(favourite), at: usize::MAX });
    }

    /// Keeps the sword on screen.
    pub fn favour_current(&mut self) {
        self.favour(&self.current());
    }

    /// Deletes a favourite; the gallery offers to bring it back.
    pub fn remove_favourite(&mut self, id: &str) {
        if self.favourites.has(id) {
            self.gallery.parents.retain(|p| p.id != id);
            self.change(Change::Remove { id: id.to_owned() });
        }
    }

    /// Deletes the favourites among the picked swords, or the one on screen.
    pub fn remove_favourites(&mut self) {
        for id in self.removable() {
            self.remove_favourite(&id);
        }
    }

    /// Favourites that [`Explorer::remove_favourites`] deletes.
    pub fn removable(&self) -> Vec<String> {
        let picked: Vec<String> =
            self.gallery.parents.iter().filter(|p| self.favourites.has(&p.id)).map(|p| p.id.clone()).collect();
        if !picked.is_empty() {
            return picked;
        }
        let id = sword_id(&self.model.hash, &self.latent);
        if self.favourites.has(&id) { vec![id] } else { Vec::new() }
    }

    /// Brings back the favourite that was deleted last.
    pub fn bring_back(&mut self) {
        if let Some(change) = self.favourites.last_deleted() {
            self.change(change);
        }
    }

    /// Calls a favourite something else.
    pub fn rename_favourite(&mut self, id: &str, name: &str) {
        let Some(old) = self.favourites.find(id) else { return };
        let name = name.trim();
        if !name.is_empty() && old.name != name {
            let name = self.favourites.free_name(name);
            self.change(Change::Rename { id: id.to_owned(), name });
        }
    }

    /// A change of the favourites, here and in the file.
    fn change(&mut self, change: Change) {
        self.favourites.apply(&change);
        self.ask(Command::Keep(change));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::kept::{Born, Parent};
    use crate::latent::Latent;

    /// A favourite of one number.
    pub fn favourite(x: f32) -> Favourite {
        let latent = Latent::new(1, 2, vec![x, 0.1]).unwrap();
        Favourite {
            id: sword_id("m", &latent),
            name: format!("sword {x}"),
            model: MadeBy { name: "test".into(), hash: "m".into() },
            latent,
            length: (x > 1.0).then_some(x),
            born: Born::Child,
            parents: vec![Parent { id: "p".into(), name: "a \"parent\"".into() }],
            thumbnail: None,
        }
    }

    fn add(x: f32) -> Change {
        Change::Add { favourite: Box::new(favourite(x)), at: usize::MAX }
    }

    #[test]
    fn a_deletion_comes_back_where_it_was() {
        let mut list = Favourites::default();
        (1..=4).for_each(|x| list.apply(&add(x as f32)));
        let before: Vec<Favourite> = list.entries().to_vec();
        for x in [2.0, 1.0] {
            list.apply(&Change::Remove { id: favourite(x).id });
        }
        assert_eq!((list.entries().len(), list.has(&favourite(1.0).id)), (2, false));
        while let Some(undo) = list.last_deleted() {
            list.apply(&undo);
        }
        assert_eq!(list.entries(), before);
    }

    #[test]
    fn a_sword_is_kept_once_and_names_are_free() {
        let mut list = Favourites::new(vec![favourite(1.0), favourite(1.0)]);
        assert_eq!(list.entries().len(), 1);
        let longer = Favourite { length: Some(3.0), name: "other".into(), ..favourite(1.0) };
        list.apply(&Change::Add { favourite: Box::new(longer), at: 0 });
        assert_eq!((list.entries()[0].length, list.entries()[0].name.as_str()), (Some(3.0), "sword 1"));
        assert_eq!((list.free_name("sword 1").as_str(), list.free_name(" new ").as_str()), ("sword 1 2", "new"));
        list.apply(&Change::Rename { id: favourite(1.0).id, name: "new".into() });
        assert_eq!(list.free_name("new"), "new 2");
        assert_ne!(sword_id("m", &favourite(1.0).latent), sword_id("n", &favourite(1.0).latent));
    }

    #[test]
    fn what_was_kept_before_the_file_was_read_stays() {
        let mut list = Favourites::default();
        list.apply(&add(9.0));
        list.load(vec![favourite(1.0), favourite(2.0)]);
        let names: Vec<&str> = list.entries().iter().map(|f| f.name.as_str()).collect();
        assert_eq!((names, list.loaded), (vec!["sword 1", "sword 2", "sword 9"], true));
    }
}
