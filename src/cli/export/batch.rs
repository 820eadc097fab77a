//! Many shapes into a folder, on all cores: files, a manifest, a contact sheet. It can be stopped at any time and goes on
//! where it was.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use rayon::prelude::*;
use serde::Serialize;

use super::items::{Item, Items};
use super::ledger::Ledger;
use super::manifest::{Entry, Head, Written};
use super::pace::Pace;
use super::shard::Shard;
use super::sheet::{self, Plan};
use super::write::{Present, Target, check, hold, records};
use crate::cli::interrupt::Interrupt;
use crate::cli::{Interrupted, line};
use crate::disk;
use crate::draw::Substance;
use crate::export::Material;
use crate::forge::Forge;
use crate::forge::game::{Made, Options, Ready};

/// What is made.
pub struct Batch<'a> {
    pub forge: &'a Forge,
    pub items: &'a Items,
    pub options: &'a Options,
    pub folder: &'a Path,
    pub shard: Shard,
    pub force: bool,
}

/// What became of it.
#[derive(Debug, Serialize)]
pub struct Outcome {
    pub manifest: PathBuf,
    /// Of a whole batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<PathBuf>,
    /// Shapes of this run's part.
    pub shapes: usize,
    /// Of those, how many were there already.
    pub kept: usize,
    /// Of what this run wrote.
    pub bytes: u64,
    pub seconds: f64,
    /// Shapes that have warnings, and the first of them in words.
    pub warned: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Shapes that can't be made, and why; the manifest doesn't have them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<String>,
}

/// Warnings that are told.
const TOLD: usize = 5;

impl Batch<'_> {
    /// Makes what is missing.
    ///
    /// # Errors
    /// What the folder or a shape makes impossible; Ctrl-C. What was finished stays and needn't be made again.
    pub fn run(&self) -> Result<Outcome> {
        let begun = Instant::now();
        let Self { forge, items, options, folder, shard, force } = *self;
        if let Some((first, second)) = items.clash(options) {
            bail!("a level of '{first}' and '{second}' would be written to one file; rename one of them");
        }
        let head = Head::new(forge.checkpoint().hash(), options.clone());
        let ledger = Ledger::open(folder, &head, shard, force, |name| items.has(forge, name))?;
        let indices: Vec<usize> = shard.indices(items.len()).collect();
        let work = Work {
            batch: self,
            ledger: &ledger,
            plan: Plan::new(items.len()),
            present: if force { Present::Replace } else { Present::Same },
            kept: AtomicUsize::new(0),
            told: Mutex::new(Told::default()),
        };
        let done = match work.all(&indices) {
            Ok(done) => done,
            Err(why) => {
                ledger.abandon();
                return Err(why);
            }
        };
        let sheet = (shard == Shard::WHOLE).then(|| match done {
            Done::Before => Ok(folder.join(sheet::FILE)),
            Done::Now => self.sheet(work.plan),
        });
        let sheet = sheet.transpose()?;
        let Work { kept, told, .. } = work;
        let names = indices.iter().map(|&i| items.item(forge, i).subject.name);
        let manifest = ledger.finish(names)?;
        let told = told.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Outcome {
            manifest,
            sheet,
            shapes: indices.len(),
            kept: kept.into_inner(),
            bytes: told.bytes,
            seconds: begun.elapsed().as_secs_f64(),
            warned: told.warned,
            warnings: told.warnings,
            failures: told.failures,
        })
    }

    fn sheet(&self, plan: Plan) -> Result<PathBuf> {
        let all = plan.indices().map(|i| self.items.item(self.forge, i).subject.name);
        // What can't be made has no picture.
        let names: Vec<String> = all.filter(|name| plan.path(self.folder, name).is_file()).collect();
        let picture = plan.sheet(self.folder, &names, self.forge.class().plural())?;
        sheet::write(self.folder, &picture)
    }
}

/// When a batch was finished.
enum Done {
    /// By an earlier run, with its sheet.
    Before,
    Now,
}

/// The state that all threads share.
struct Work<'a> {
    batch: &'a Batch<'a>,
    ledger: &'a Ledger,
    plan: Plan,
    present: Present,
    kept: AtomicUsize,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    bytes: u64,
    warned: usize,
    warnings: Vec<String>,
    failures: Vec<String>,
}

impl Work<'_> {
    /// All shapes, on all cores, and none where one can't have its place.
    fn all(&self, indices: &[usize]) -> Result<Done> {
        let Batch { forge, items, folder, options, shard, .. } = *self.batch;
        if self.ledger.is_empty() && self.present != Present::Replace {
            let mut names = indices.iter().map(|&i| items.item(forge, i).subject.name);
            names.try_for_each(|name| check(&Target::named(folder, &name).main(options.format), false))?;
        }
        if self.ledger.is_first() && shard == Shard::WHOLE && self.present != Present::Replace {
            check(&folder.join(sheet::FILE), false)?;
        }
        let interrupt = Interrupt::watch();
        // Before any work: one that was changed refuses the batch.
        let held = indices.par_iter().map(|&index| {
            interrupt.check().map_err(|_| stopped())?;
            self.holds(&items.item(forge, index))
        });
        let held: Vec<bool> = held.collect::<Result<_>>()?;
        if shard == Shard::WHOLE && held.iter().all(|&held| held) && sheet::stands(folder) {
            self.kept.store(held.len(), Ordering::Relaxed);
            return Ok(Done::Before);
        }
        let pace = Pace::new(indices.len());
        indices.par_iter().zip(held).try_for_each(|(&index, held)| -> Result<()> {
            interrupt.check().map_err(|_| stopped())?;
            self.item(index, held)?;
            pace.step(!held);
            Ok(())
        })?;
        pace.finish();
        Ok(Done::Now)
    }

    /// One shape: kept where it is `held`, that is, there as it would be made; else made.
    fn item(&self, index: usize, held: bool) -> Result<()> {
        let Batch { forge, items, folder, .. } = *self.batch;
        let item = items.item(forge, index);
        let picture = self.plan.shows(index).then(|| self.plan.path(folder, &item.subject.name));
        if held {
            self.kept.fetch_add(1, Ordering::Relaxed);
            if let Some(path) = picture.filter(|path| self.batch.shard == Shard::WHOLE && !sheet::waits(path)) {
                self.draw(&path, &self.make(&item)?)?;
            }
            return Ok(());
        }
        let target = Target::named(folder, &item.subject.name);
        match self.make(&item).and_then(|made| self.packed(&item, &target, made)) {
            // One shape that can't be made is no reason to leave the others.
            Err(fault) => {
                self.told().failures.push(line(&fault));
            }
            Ok((made, ready)) => {
                if let Some(path) = picture {
                    self.draw(&path, &made)?;
                }
                self.write(&item, &target, &made, &ready)?;
            }
        }
        Ok(())
    }

    /// Whether an earlier run made the very same.
    fn holds(&self, item: &Item) -> Result<bool> {
        let Some(known) = self.ledger.known(&item.subject.name)? else { return Ok(false) };
        let same = known.latent == item.subject.latent && known.asked_length == item.subject.length;
        if !same && self.present != Present::Replace {
            let name = &item.subject.name;
            bail!(
                "'{name}' in '{}' is another shape than this batch's; choose another --out-dir, or replace it with --force",
                self.batch.folder.display()
            );
        }
        let holds = hold(self.batch.folder, &known.files);
        let there = |file: &Written| self.batch.folder.join(&file.name).symlink_metadata().is_ok();
        if same && !holds && self.present != Present::Replace && known.files.iter().any(there) {
            let changed = |file: &&Written| there(file) && !hold(self.batch.folder, std::slice::from_ref(*file));
            if let Some(Written { name, .. }) = known.files.iter().find(changed) {
                bail!(
                    "'{}' is no longer as it was exported; take it away to have it made again, or replace all with --force",
                    self.batch.folder.join(name).display()
                );
            }
        }
        Ok(same && holds)
    }

    fn make(&self, item: &Item) -> Result<Made> {
        let Batch { forge, options, .. } = *self.batch;
        forge.make(&item.subject, options).with_context(|| cant(item))
    }

    fn draw(&self, path: &Path, made: &Made) -> Result<()> {
        let Some(skin) = made.levels.first().map(|level| &level.skin) else { return Ok(()) };
        let substance = |&part: &u8| {
            let name = skin.parts.get(usize::from(part)).map_or("", String::as_str);
            let Material { base_color: [r, g, b, _], metallic, roughness, .. } =
                self.batch.options.finish(name).material();
            Substance { colour: [r, g, b], metallic, roughness }
        };
        let picture =
            self.plan.picture(&skin.mesh, skin.part.iter().map(substance).collect(), self.batch.forge.class());
        Ok(disk::write(path, &picture.png())?)
    }

    fn packed(&self, item: &Item, target: &Target, made: Made) -> Result<(Made, Ready)> {
        let Batch { forge, options, .. } = *self.batch;
        let ready = forge.pack_game(&item.subject, options, target.stem(), &made).with_context(|| cant(item))?;
        Ok((made, ready))
    }

    fn write(&self, item: &Item, target: &Target, made: &Made, ready: &Ready) -> Result<()> {
        let forge = self.batch.forge;
        let attributes = forge.class().is_sword().then(|| forge.measure(&made.dense));
        let paths = target.write(&ready.files, self.present)?;
        let files = records(&paths, &ready.files);
        self.ledger.add(&Entry {
            name: &item.subject.name,
            seed: item.seed,
            latent: &item.subject.latent,
            asked_length: item.subject.length,
            attributes,
            report: &ready.report,
            files: &files,
        })?;
        let mut told = self.told();
        told.bytes += files.iter().map(|f| f.bytes).sum::<u64>();
        if let Some(first) = ready.report.warnings.first() {
            told.warned += 1;
            if told.warnings.len() < TOLD {
                told.warnings.push(format!("{}: {first}", item.subject.name));
            }
        }
        Ok(())
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What Ctrl-C makes of a batch.
fn stopped() -> Interrupted {
    Interrupted { hint: "what was exported stays; the same command goes on from there".to_owned() }
}

fn cant(item: &Item) -> String {
    format!("can't export '{}'", item.subject.name)
}
