//! What a folder holds of a batch: shapes that earlier runs finished, and the journal that grows with each one of this run.
//!
//! Every part of a batch (`--shard`) writes files of its own only. The journal is the beginning of the manifest, so that a
//! killed run loses nothing: the next one goes on behind the last whole line. A run of the whole batch reads the manifests of
//! all parts, and what it finds there it needn't make again; that is how parts are gathered.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};

use super::manifest::{self, Contents, Entry, Head, Known, PARTIAL, Place};
use super::shard::Shard;
use crate::disk;

/// Opened by [`Ledger::open`], closed by [`Ledger::finish`].
pub struct Ledger {
    folder: PathBuf,
    shard: Shard,
    head: String,
    /// The journal is the first.
    sources: Vec<PathBuf>,
    written: Mutex<Journal>,
}

/// The journal and where everything lies.
struct Journal {
    file: File,
    end: u64,
    places: HashMap<String, Place>,
}

impl Ledger {
    /// Makes the folder ready and reads what it holds. `ours` says which names belong to the batch.
    ///
    /// # Errors
    /// A folder that can't be made, read or written; another batch in it, or one of other options, unless `force` says to
    /// leave that behind; another run that writes there now.
    pub fn open(folder: &Path, head: &Head, shard: Shard, force: bool, ours: impl Fn(&str) -> bool) -> Result<Self> {
        let shown = folder.display();
        std::fs::create_dir_all(folder)
            .with_context(|| format!("can't make the folder '{shown}'; choose another --out-dir"))?;
        let own = folder.join(manifest::file_name(shard) + PARTIAL);
        let unwritable =
            || format!("can't write to the folder '{shown}'; choose another --out-dir or make it writable");
        let was_there = own.exists();
        let file =
            File::options().create(true).truncate(false).read(true).write(true).open(&own).with_context(unwritable)?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            bail!("another export is writing to '{shown}' now; wait for it or choose another --out-dir");
        }
        let mut ledger = Self {
            folder: folder.to_owned(),
            shard,
            head: head.line().context("can't write the options as JSON")?,
            sources: vec![own.clone()],
            written: Mutex::new(Journal { file, end: 0, places: HashMap::new() }),
        };
        let read = ledger.read(head, force, ours);
        if read.is_err() && !was_there {
            // A refusal leaves nothing behind, and an error about it would hide the reason.
            let _ = std::fs::remove_file(&own);
        }
        read.with_context(|| format!("'{shown}' can't take this batch"))?;
        Ok(ledger)
    }

    /// Reads every manifest of the folder that concerns this part.
    fn read(&mut self, head: &Head, force: bool, ours: impl Fn(&str) -> bool) -> Result<()> {
        let others = others(&self.folder, self.shard, &self.sources[0])?;
        if force {
            for path in &others {
                std::fs::remove_file(path).with_context(|| format!("can't remove '{}'", path.display()))?;
            }
        }
        let Self { sources, written, head: line, .. } = self;
        let journal = written.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut foreign: Vec<String> = Vec::new();
        let mut take = |contents: Contents, path: &Path, places: &mut HashMap<String, Place>| -> Result<()> {
            let differences = head.differences(&contents.head);
            if !differences.is_empty() {
                bail!(
                    "it holds a batch of other options ({}): {}; choose another --out-dir, or replace it with --force",
                    path.file_name().unwrap_or_default().display(),
                    differences.join(", ")
                );
            }
            foreign.extend(contents.entries.iter().map(|(name, _)| name).filter(|name| !ours(name)).cloned());
            places.extend(contents.entries);
            Ok(())
        };
        if !force {
            for path in others {
                let file = File::open(&path).with_context(|| format!("can't read '{}'", path.display()))?;
                if let Err(TryLockError::WouldBlock) = file.try_lock_shared() {
                    bail!("'{}' is still being written; wait for that part", path.display());
                }
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                match manifest::read(&file, sources.len() as u32)? {
                    Some(contents) => take(contents, &path, &mut journal.places)?,
                    // A part that was killed at once.
                    None if name.ends_with(PARTIAL) => {}
                    None => bail!(
                        "its '{name}' was not written by an export; choose another --out-dir, or replace it with --force"
                    ),
                }
                sources.push(path);
            }
        }
        // With `force` too: what it made before it was stopped need not be made a third time.
        if let Some(contents) = manifest::read(&journal.file, 0)? {
            if !force {
                journal.end = contents.end;
                take(contents, &sources[0], &mut journal.places)?;
            } else if head.differences(&contents.head).is_empty() {
                journal.end = contents.end;
                journal.places.extend(contents.entries);
            }
        }
        if let Some(name) = foreign.first() {
            bail!(
                "it holds {} that this batch doesn't ('{name}'); choose another --out-dir, or leave {} out of the manifest with --force",
                if foreign.len() == 1 { "a shape".to_owned() } else { format!("{} shapes", foreign.len()) },
                if foreign.len() == 1 { "it" } else { "them" }
            );
        }
        journal.file.set_len(journal.end)?;
        if journal.end == 0 {
            journal.end = append(&mut journal.file, 0, line.as_bytes())?;
        }
        Ok(())
    }

    /// Whether nothing was ever finished here.
    pub fn is_empty(&self) -> bool {
        self.journal().places.is_empty()
    }

    /// Whether no run before this one left a manifest here, not even an empty one.
    pub fn is_first(&self) -> bool {
        self.is_empty() && self.sources.len() == 1
    }

    /// Leaves the folder as it was, where this run and those before it journalled nothing.
    pub fn abandon(self) {
        if self.journal().end as usize <= self.head.len() {
            // An error about it would hide why.
            let _ = std::fs::remove_file(&self.sources[0]);
            let _ = std::fs::remove_dir(&self.folder);
        }
    }

    /// What is known of a finished shape.
    ///
    /// # Errors
    /// When the system refuses the manifest.
    pub fn known(&self, name: &str) -> Result<Option<Known>> {
        let journal = self.journal();
        let Some(&place) = journal.places.get(name) else { return Ok(None) };
        let path = &self.sources[place.source as usize];
        let text = if place.source == 0 {
            manifest::text(&mut &journal.file, place)
        } else {
            drop(journal);
            File::open(path).and_then(|file| manifest::text(&mut &file, place))
        };
        let text = text.with_context(|| format!("can't read '{}'", path.display()))?;
        Ok(serde_json::from_slice(&text).ok())
    }

    /// Notes a shape whose files are written.
    ///
    /// # Errors
    /// When it can't be written, as on a full disk; then it is as if the shape had not been made.
    pub fn add(&self, entry: &Entry) -> Result<()> {
        let text = serde_json::to_string(entry).context("can't write an entry as JSON")?;
        let mut journal = self.journal();
        let start = journal.end;
        let end = append(&mut journal.file, start, format!("{text},\n").as_bytes())
            .with_context(|| format!("can't write '{}'; the disk may be full", self.sources[0].display()))?;
        journal.end = end;
        journal.places.insert(entry.name.to_owned(), Place { source: 0, start, length: text.len() as u32 });
        Ok(())
    }

    /// Writes the manifest of this part, of the shapes of these names in their order, and removes what it replaces. Its path.
    ///
    /// # Errors
    /// When it can't be written; then the journal stays.
    pub fn finish(self, names: impl Iterator<Item = String>) -> Result<PathBuf> {
        let Self { folder, shard, head, sources, written } = self;
        let [path, whole] = [shard, Shard::WHOLE].map(|shard| folder.join(manifest::file_name(shard)));
        let journal = written.into_inner().unwrap_or_else(PoisonError::into_inner);
        let places: Vec<Place> = names.filter_map(|name| journal.places.get(&name).copied()).collect();
        // Its lock would keep the manifest from being read on some systems.
        drop(journal);
        disk::write_with(&path, |out| manifest::write(out, &head, &places, &sources))?;
        for path in sources.iter().filter(|p| **p != path && **p != whole) {
            std::fs::remove_file(path).with_context(|| format!("can't remove '{}'", path.display()))?;
        }
        if shard == Shard::WHOLE && others(&folder, shard, &path)?.is_empty() {
            // Of runs that were killed; no part is being written now.
            disk::clear_partial(&folder).context("can't remove what a killed run left")?;
        }
        Ok(path)
    }

    fn journal(&self) -> std::sync::MutexGuard<'_, Journal> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Manifests and journals of a folder beside `own`: for a part its own and the batch's, for the whole batch all.
fn others(folder: &Path, shard: Shard, own: &Path) -> Result<Vec<PathBuf>> {
    let [whole, part] = [Shard::WHOLE, shard].map(manifest::file_name);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).context("can't list it")? {
        let Ok(name) = entry.context("can't list it")?.file_name().into_string() else { continue };
        let concerns = if shard == Shard::WHOLE { manifest::is_one(&name) } else { name == part || name == whole };
        if concerns && folder.join(&name) != own {
            found.push(name);
        }
    }
    // The batch's own first, so that what a part says later counts.
    found.sort_by_key(|name| (*name != whole, name.clone()));
    Ok(found.into_iter().map(|name| folder.join(name)).collect())
}

/// Writes a line at `end` and returns the new end. What failed halfway is written over by the next line.
fn append(file: &mut File, end: u64, line: &[u8]) -> std::io::Result<u64> {
    use std::io::{Seek, SeekFrom};
    file.seek(SeekFrom::Start(end))?;
    if let Err(error) = file.write_all(line) {
        // Half a line is no entry; it need not stay, but nothing depends on it.
        let _ = file.set_len(end);
        return Err(error);
    }
    Ok(end + line.len() as u64)
}
