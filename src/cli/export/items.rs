//! What is exported: one shape, the shapes of seeds, favourites, or a table of latents.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};

use super::name::{distinct, file_name};
use super::table;
use crate::cli::density::DrawArgs;
use crate::cli::subject::named;
use crate::disk;
use crate::export::extras::LATENT_LIMIT;
use crate::forge::game::Options;
use crate::forge::{Forge, LENGTHS, Subject};
use crate::kept::{FAVOURITES, document};
use crate::latent::Code;

/// How every code begins.
const CODE: &str = "atlas1-";

/// Shapes by index. Those of seeds are drawn when they are asked for, so that a million take no room.
#[derive(Clone, Debug)]
pub enum Items {
    Seeds { first: u64, count: usize, draw: DrawArgs, length: Option<f32> },
    List { subjects: Vec<Subject>, names: HashSet<String> },
}

/// A shape of a batch; its name is that of its files.
#[derive(Clone, Debug)]
pub struct Item {
    pub subject: Subject,
    pub seed: Option<u64>,
}

impl Items {
    /// The shapes of the seeds `first`, `first + 1`, ...
    ///
    /// # Errors
    /// When those end before there are so many.
    pub fn seeds(first: u64, count: usize, draw: DrawArgs) -> Result<Self> {
        if first.checked_add(count as u64 - 1).is_none() {
            bail!("--seed {first} is too large for --count {count}; give a smaller one");
        }
        Ok(Self::Seeds { first, count, draw, length: None })
    }

    /// A file, a name, or a code copied from the explorer.
    ///
    /// # Errors
    /// When it is none of these, or of another model.
    pub fn one(forge: &Forge, what: &str) -> Result<Self> {
        let code = what.trim_start().starts_with(CODE);
        let mut subject = if code { coded(forge, what)? } else { named(forge, what)? };
        // A file may say anything of its shape.
        subject.name = file_name(&subject.name).unwrap_or_else(|_| forge.class().noun().to_owned());
        if !code && subject.length.is_none() && Path::new(what).is_file() {
            eprintln!(
                "atlasforge: '{what}' holds no latent: what is exported is its reconstruction by the model, of the model's \
                 length unless --length says another"
            );
        }
        Ok(Self::List { names: HashSet::from([subject.name.clone()]), subjects: vec![subject] })
    }

    /// The shapes of a favourites file or a table of latents.
    ///
    /// # Errors
    /// A file that can't be read or used; the message names the line or the favourite.
    pub fn of_file(forge: &Forge, path: &Path) -> Result<Self> {
        let path = &own_favourites(path).unwrap_or_else(|| path.to_owned());
        let shown = path.display();
        let bytes = std::fs::read(path).with_context(|| match disk::data_folder() {
            Some(folder) if path == Path::new(FAVOURITES) => format!(
                "there is no '{shown}' here, and none of the explorer's in '{}'; keep some swords in the explorer first",
                folder.display()
            ),
            _ => format!("can't read '{shown}'; give favourites (.json) or a table of latents (.csv)"),
        })?;
        let table = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv"));
        let listed = if table { rows(forge, &bytes) } else { favourites(forge, &bytes) };
        let listed = listed.with_context(|| format!("'{shown}' can't be used"))?;
        let mut subjects = Vec::new();
        let mut places = Vec::new();
        for (place, mut subject) in listed {
            let name = file_name(&subject.name).map_err(|why| anyhow!("'{shown}': {place}: {why}"))?;
            forge.packed().takes(&subject.latent).with_context(|| format!("'{shown}': {place}"))?;
            if let Some((i, x)) = subject.latent.values().iter().enumerate().find(|(_, x)| x.abs() > LATENT_LIMIT) {
                bail!("'{shown}': {place}: z{i} is {x}, further than {LATENT_LIMIT} from 0; no shape lies there");
            }
            subject.name = name;
            subjects.push(subject);
            places.push(place);
        }
        if let Err((a, b)) = distinct(subjects.iter().map(|s| s.name.as_str())) {
            let (first, second) = (&places[a], &places[b]);
            bail!("'{shown}': {first} and {second} would both be written to '{}'; rename one", subjects[b].name);
        }
        let names = subjects.iter().map(|s| s.name.clone()).collect();
        Ok(Self::List { subjects, names })
    }

    /// The same, all of this length where one is given.
    pub fn of_length(mut self, wanted: Option<f32>) -> Self {
        match &mut self {
            Self::Seeds { length, .. } => *length = wanted.or(*length),
            Self::List { subjects, .. } => subjects.iter_mut().for_each(|s| s.length = wanted.or(s.length)),
        }
        self
    }

    pub fn len(&self) -> usize {
        match self {
            Self::Seeds { count, .. } => *count,
            Self::List { subjects, .. } => subjects.len(),
        }
    }

    /// The shape of an index below [`Items::len`].
    pub fn item(&self, forge: &Forge, index: usize) -> Item {
        match self {
            Self::Seeds { first, draw, length, .. } => {
                let seed = first + index as u64;
                Item { subject: Subject { length: *length, ..draw.subject(forge, seed) }, seed: Some(seed) }
            }
            Self::List { subjects, .. } => Item { subject: subjects[index].clone(), seed: None },
        }
    }

    /// Two shapes of which the first writes a file that is the second's main one: `a` has `a_LOD1.obj` beside `a.obj`.
    pub fn clash(&self, options: &Options) -> Option<(&str, &str)> {
        let Self::List { subjects, .. } = self else { return None };
        let lower = |name: &str| name.to_lowercase();
        let (suffixes, ending) = (options.beside(), format!(".{}", options.format.name()));
        let all: HashMap<String, &str> = subjects.iter().map(|s| (lower(&s.name), s.name.as_str())).collect();
        subjects.iter().find_map(|s| {
            let other = |suffix: &String| all.get(&lower(&format!("{}{}", s.name, suffix.strip_suffix(&ending)?)));
            Some((s.name.as_str(), *suffixes.iter().find_map(other)?))
        })
    }

    /// Whether one of them is called so.
    pub fn has(&self, forge: &Forge, name: &str) -> bool {
        match self {
            Self::Seeds { first, count, .. } => {
                let seed =
                    name.strip_prefix(forge.class().noun()).and_then(|n| n.strip_prefix('-')?.parse::<u64>().ok());
                seed.is_some_and(|s| s >= *first && s - first < *count as u64)
            }
            Self::List { names, .. } => names.contains(name),
        }
    }
}

/// The shape of a code.
fn coded(forge: &Forge, text: &str) -> Result<Subject> {
    let Code { model, latent, length } = Code::from_text(text)?;
    let own = forge.checkpoint().hash();
    if model != own {
        bail!("the code is of another model ({model}, this one is {own}); give the model that made it with --model");
    }
    forge.packed().takes(&latent)?;
    Ok(Subject { length, ..Subject::new(forge.class().noun(), latent) })
}

/// The explorer's own favourites, where their bare name is given and no such file lies here.
fn own_favourites(path: &Path) -> Option<PathBuf> {
    if path != Path::new(FAVOURITES) || path.exists() {
        return None;
    }
    Some(disk::data_folder()?.join(FAVOURITES)).filter(|p| p.is_file())
}

/// Each with the place that a message names.
type Listed = Vec<(String, Subject)>;

fn rows(forge: &Forge, bytes: &[u8]) -> Result<Listed> {
    let text = std::str::from_utf8(bytes).context("it is no UTF-8 text; save the table as UTF-8")?;
    let config = &forge.checkpoint().config;
    let header = text.lines().next().unwrap_or_default();
    let numbers =
        header.split(',').filter(|t| t.trim_matches(['"', ' ', '\r']).to_lowercase().starts_with('z')).count();
    // A mix has a latent for each patch.
    let mix = config.groups == 1 && config.patches > 1 && numbers == config.patches * config.latent;
    let groups = if mix { config.patches } else { config.groups };
    let rows = table::parse(text, groups, config.latent).map_err(anyhow::Error::msg)?;
    let subject = |row: table::Row| Subject { length: row.length, ..Subject::new(row.name, row.latent) };
    Ok(rows.into_iter().map(|row| (format!("line {}", row.line), subject(row))).collect())
}

fn favourites(forge: &Forge, bytes: &[u8]) -> Result<Listed> {
    let parsed = document::parse(bytes).map_err(|found| {
        anyhow!("it is of format {found}, this version reads up to {}; update Atlasforge", document::FORMAT)
    })?;
    if !parsed.whole && !bytes.trim_ascii_start().starts_with(b"{") && !bytes.trim_ascii_start().starts_with(b"[") {
        bail!("it is no list of favourites; give the explorer's favourites.json, or a table of latents (.csv)");
    }
    if !parsed.whole {
        bail!(
            "it is no whole list of favourites ({} in it can be read); open it in the explorer, which mends it",
            parsed.favourites.len()
        );
    }
    let own = forge.checkpoint().hash();
    let all = parsed.favourites.len();
    let (ours, others): (Vec<_>, Vec<_>) =
        parsed.favourites.into_iter().enumerate().partition(|(_, favourite)| favourite.model.hash == own);
    let mut models: Vec<&str> = others.iter().map(|(_, f)| f.model.name.as_str()).collect();
    models.sort_unstable();
    models.dedup();
    if ours.is_empty() {
        bail!(match models.as_slice() {
            [] => "it holds no favourite; keep some in the explorer first".to_owned(),
            models => format!("its favourites are of other models ({}); give theirs with --model", models.join(", ")),
        });
    }
    if !others.is_empty() {
        eprintln!(
            "atlasforge: {} of {all} favourites are of other models ({}) and left out; give theirs with --model",
            others.len(),
            models.join(", ")
        );
    }
    Ok(ours
        .into_iter()
        .map(|(i, f)| {
            let place = format!("favourite {} '{}'", i + 1, f.name);
            (place, Subject { length: f.length.filter(|l| LENGTHS.contains(l)), ..Subject::new(f.name, f.latent) })
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::game::Format;
    use crate::kept::{Born, Favourite, MadeBy, sword_id};
    use crate::model::checkpoint::Checkpoint;

    fn forge() -> Forge {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny.safetensors");
        Forge::new(Checkpoint::read(&path).unwrap()).unwrap()
    }

    fn favourite(forge: &Forge, seed: u64, name: &str) -> Favourite {
        let latent = Subject::seeded(forge, seed).latent;
        let model = MadeBy { name: "tiny".into(), hash: forge.checkpoint().hash() };
        let id = sword_id(&model.hash, &latent);
        Favourite {
            id,
            name: name.into(),
            model,
            latent,
            length: None,
            born: Born::Made,
            parents: Vec::new(),
            thumbnail: None,
        }
    }

    #[test]
    fn favourites_become_items_and_bad_ones_are_named() {
        let forge = forge();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("favourites.json");
        let of = |list: &[Favourite]| {
            std::fs::write(&path, document::text(list)).unwrap();
            Items::of_file(&forge, &path).map_err(|e| crate::cli::line(&e))
        };
        let (a, b) = (favourite(&forge, 1, "Dawn"), favourite(&forge, 2, "Dusk: 2"));
        let foreign = Favourite { model: MadeBy { name: "plane".into(), hash: "x".into() }, ..a.clone() };
        let items = of(&[a.clone(), foreign.clone(), b.clone()]).unwrap();
        assert_eq!((items.len(), items.item(&forge, 1).subject.name.as_str()), (2, "Dusk_ 2"));
        assert_eq!(items.item(&forge, 0).subject.latent, a.latent);
        assert!(items.has(&forge, "Dawn") && !items.has(&forge, "Dusk: 2"));
        assert!(of(&[foreign]).unwrap_err().contains("other models (plane)"));
        assert!(of(&[]).unwrap_err().contains("no favourite"));
        let said = of(&[a.clone(), Favourite { name: "../up".into(), ..b.clone() }]).unwrap_err();
        assert!(said.contains("favourite 2 '../up'") && said.contains("leave the folder"), "{said}");
        let two = of(&[a.clone(), Favourite { name: "dawn_LOD1".into(), ..b.clone() }]).unwrap();
        let of_levels = |lods, format| Options { lods, format, ..Options::default() };
        assert_eq!(two.clash(&of_levels(2, Format::Obj)), Some(("Dawn", "dawn_LOD1")));
        assert_eq!((two.clash(&of_levels(1, Format::Obj)), two.clash(&of_levels(2, Format::Glb))), (None, None));
        let said = of(&[a.clone(), Favourite { name: "DAWN".into(), ..b }]).unwrap_err();
        assert!(said.contains("favourite 1 'Dawn' and favourite 2 'DAWN'"), "{said}");
        std::fs::write(&path, &document::text(&[a])[..80]).unwrap();
        assert!(crate::cli::line(&Items::of_file(&forge, &path).unwrap_err()).contains("no whole list"));
        std::fs::write(&path, "hello").unwrap();
        assert!(crate::cli::line(&Items::of_file(&forge, &path).unwrap_err()).contains("no list of favourites"));
        let numbers = |first: &str| {
            std::iter::once(first)
                .chain(std::iter::repeat("0"))
                .take(forge.checkpoint().config.latent)
                .collect::<Vec<_>>()
                .join(",")
        };
        let header: Vec<String> = (0..forge.checkpoint().config.latent).map(|i| format!("z{i}")).collect();
        let path = folder.path().join("far.csv");
        std::fs::write(&path, format!("name,{}\na,{}\nb,{}\n", header.join(","), numbers("0"), numbers("1e9")))
            .unwrap();
        let said = crate::cli::line(&Items::of_file(&forge, &path).unwrap_err());
        assert!(said.contains("line 3: z0 is 1000000000"), "{said}");
    }

    #[test]
    fn seeds_are_drawn_when_asked_for_and_know_their_names() {
        let forge = forge();
        let items = Items::seeds(5, 3, DrawArgs::default()).unwrap();
        let item = items.item(&forge, 2);
        assert_eq!((item.subject.name.as_str(), item.seed), ("sword-7", Some(7)));
        assert_eq!(item.subject.latent, Subject::seeded(&forge, 7).latent);
        assert!(items.has(&forge, "sword-7") && !items.has(&forge, "sword-8") && !items.has(&forge, "sword-4"));
        assert!(Items::seeds(u64::MAX, 1, DrawArgs::default()).is_ok());
        assert!(Items::seeds(u64::MAX, 2, DrawArgs::default()).unwrap_err().to_string().contains("--count 2"));
    }

    #[test]
    fn a_name_inside_a_file_does_not_lead_out_of_the_folder() {
        let forge = forge();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("got.glb");
        for (name, safe) in [("../../up", "sword"), ("Dusk: 2", "Dusk_ 2")] {
            let subject = Subject::new(name, Subject::seeded(&forge, 3).latent);
            std::fs::write(&path, forge.asset(&subject).unwrap().bytes).unwrap();
            let items = Items::one(&forge, path.to_str().unwrap()).unwrap();
            assert_eq!(items.item(&forge, 0).subject.name, safe);
            assert!(items.has(&forge, safe));
        }
    }

    #[test]
    fn a_code_is_a_shape_of_its_model_only() {
        let forge = forge();
        let latent = Subject::seeded(&forge, 3).latent;
        let code = |model: String| Code { model, latent: latent.clone(), length: Some(0.75) }.to_text();
        let items = Items::one(&forge, &code(forge.checkpoint().hash())).unwrap();
        assert_eq!(items.item(&forge, 0).subject.length, Some(0.75));
        assert!(
            Items::one(&forge, &code("0123456789abcdef".into())).unwrap_err().to_string().contains("another model")
        );
        assert!(Items::one(&forge, "atlas1-AAAA").unwrap_err().to_string().contains("damaged"));
    }
}
