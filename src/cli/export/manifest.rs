//! `manifest.json`: what a batch made, by which model and options. One JSON document with one shape a line, so that it is read
//! and written line by line however many there are; what was written of it when a run was killed is read up to its last
//! whole line.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::shard::Shard;
use crate::forge::game::{Options, Report};
use crate::inspect::attributes::Attributes;
use crate::latent::Latent;

/// The format that this version reads and writes.
pub const FORMAT: u32 = 1;
/// Ends the list, and the document.
pub const END: &str = "]}\n";
/// Ends the name of a manifest that is still being written.
pub const PARTIAL: &str = ".partial";

/// What stands before the list: the same in every part of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    pub format: u32,
    pub generator: String,
    /// The model's hash.
    pub model: String,
    pub options: Options,
}

impl Head {
    pub fn new(model: String, options: Options) -> Self {
        let generator = concat!("atlasforge ", env!("CARGO_PKG_VERSION")).to_owned();
        Self { format: FORMAT, generator, model, options }
    }

    /// The first line.
    pub fn line(&self) -> serde_json::Result<String> {
        let text = serde_json::to_string(self)?;
        Ok(format!("{},\"shapes\":[\n", text.strip_suffix('}').unwrap_or(&text)))
    }

    /// What differs from another one, in words; empty where nothing does.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        let mut compare = |what: &str, a: &Value, b: &Value| {
            if a != b {
                found.push(format!("{what} {} there, {} here", shown(a), shown(b)));
            }
        };
        compare("made by", &Value::from(other.generator.as_str()), &Value::from(self.generator.as_str()));
        compare("model", &Value::from(other.model.as_str()), &Value::from(self.model.as_str()));
        let [there, here] = [other, self].map(|h| serde_json::to_value(&h.options).unwrap_or_default());
        if let (Value::Object(there), Value::Object(here)) = (there, here) {
            for (key, b) in &here {
                compare(&key.replace('_', " "), there.get(key).unwrap_or(&Value::Null), b);
            }
        }
        found
    }
}

/// A value for people.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        other => other.to_string(),
    }
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// In the folder.
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

/// One shape, as it is written.
#[derive(Debug, Serialize)]
pub struct Entry<'a> {
    pub name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    pub latent: &'a Latent,
    /// Metres that were asked for; absent for the model's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked_length: Option<f32>,
    /// Measured on the dense decode, metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
    #[serde(flatten)]
    pub report: &'a Report,
    pub files: &'a [Written],
}

/// What of an entry tells whether it still holds.
#[derive(Debug, PartialEq, Deserialize)]
pub struct Known {
    pub name: String,
    pub latent: Latent,
    #[serde(default)]
    pub asked_length: Option<f32>,
    pub files: Vec<Written>,
}

/// Where an entry's text lies in its manifest, without the comma.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub source: u32,
    pub start: u64,
    pub length: u32,
}

/// The name of a batch's manifest, or of a part's.
pub fn file_name(shard: Shard) -> String {
    match shard {
        Shard::WHOLE => "manifest.json".to_owned(),
        Shard { number, count } => format!("manifest.{number}-of-{count}.json"),
    }
}

/// Whether a file of this name is a manifest, whole or partial, of a batch or a part.
pub fn is_one(name: &str) -> bool {
    let name = name.strip_suffix(PARTIAL).unwrap_or(name);
    let Some(middle) = name.strip_prefix("manifest.").and_then(|n| n.strip_suffix("json")) else { return false };
    let part = || middle.strip_suffix('.')?.split_once("-of-").map(|(i, n)| format!("{i}/{n}"));
    middle.is_empty() || part().is_some_and(|text| text.parse::<Shard>().is_ok())
}

/// What a manifest holds.
pub struct Contents {
    pub head: Head,
    /// Names, and where their entries lie.
    pub entries: Vec<(String, Place)>,
    /// Where the next line goes in one that was cut off: behind its last whole entry.
    pub end: u64,
}

/// Reads a manifest, also one that was cut off. `None` where not even the head is whole.
///
/// # Errors
/// When the system refuses the file.
pub fn read(file: &File, source: u32) -> std::io::Result<Option<Contents>> {
    let mut lines = BufReader::new(file);
    let mut line = Vec::new();
    let mut start = lines.read_until(b'\n', &mut line)? as u64;
    let head = std::str::from_utf8(&line).ok().and_then(|l| l.strip_suffix(",\"shapes\":[\n"));
    let Some(head) = head.and_then(|text| serde_json::from_str::<Head>(&format!("{text}}}")).ok()) else {
        return Ok(None);
    };
    let (mut entries, mut end) = (Vec::new(), start);
    loop {
        line.clear();
        let read = lines.read_until(b'\n', &mut line)? as u64;
        if read == 0 {
            return Ok(Some(Contents { head, entries, end }));
        }
        let text = line.strip_suffix(b"\n").map(|l| l.strip_suffix(b",").unwrap_or(l));
        if let Some(text) = text
            && let Ok(known) = serde_json::from_slice::<Known>(text)
        {
            entries.push((known.name, Place { source, start, length: text.len() as u32 }));
            end = start + read;
        }
        start += read;
    }
}

/// The text of an entry.
///
/// # Errors
/// When the system refuses the file.
pub fn text(file: &mut &File, place: Place) -> std::io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(place.start))?;
    let mut text = vec![0; place.length as usize];
    file.read_exact(&mut text)?;
    Ok(text)
}

/// Writes a whole manifest: the entries at `places`, in that order, out of `sources`.
///
/// # Errors
/// When the system refuses a file.
pub fn write(out: &mut dyn Write, head: &str, places: &[Place], sources: &[PathBuf]) -> std::io::Result<()> {
    let files = sources.iter().map(File::open).collect::<std::io::Result<Vec<_>>>()?;
    out.write_all(head.as_bytes())?;
    for (i, &place) in places.iter().enumerate() {
        out.write_all(&text(&mut &files[place.source as usize], place)?)?;
        out.write_all(if i + 1 < places.len() { b",\n" } else { b"\n" })?;
    }
    out.write_all(END.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_manifests_are_taken_for_such() {
        for name in ["manifest.json", "manifest.json.partial", "manifest.3-of-8.json", "manifest.3-of-8.json.partial"] {
            assert!(is_one(name), "{name}");
        }
        for name in ["manifest.jso", "manifest.9-of-8.json", "manifest.x.json", "my-manifest.json", "manifest.glb"] {
            assert!(!is_one(name), "{name}");
        }
        assert!(is_one(&file_name(Shard::WHOLE)) && is_one(&file_name(Shard { number: 3, count: 8 })));
    }

    #[test]
    fn a_manifest_cut_anywhere_gives_its_whole_lines_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifest.json");
        let head = Head::new("c0ffee".into(), Options::default());
        let line = |name: &str| {
            format!(r#"{{"name":"{name}","latent":{{"groups":1,"values":[0.5]}},"files":[],"more":{{"levels":[1]}}}}"#)
        };
        let whole = format!("{}{},\n{}\n{END}", head.line().unwrap(), line("a"), line("b"));
        serde_json::from_str::<Value>(&whole).unwrap();
        let first = head.line().unwrap().len();
        let ends = [first + line("a").len() + 2, first + line("a").len() + line("b").len() + 3];
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let found = read(&File::open(&path).unwrap(), 0).unwrap();
            assert_eq!(found.is_some(), cut >= first, "cut at {cut}");
            let Some(found) = found else { continue };
            assert_eq!(
                (&found.head, found.entries.len()),
                (&head, ends.iter().filter(|&&e| e <= cut).count()),
                "{cut}"
            );
            assert_eq!(found.end as usize, ends.iter().copied().filter(|&e| e <= cut).max().unwrap_or(first));
        }
        // Written again in another order.
        let Contents { entries, .. } = read(&File::open(&path).unwrap(), 0).unwrap().unwrap();
        let places: Vec<Place> = entries.iter().rev().map(|(_, place)| *place).collect();
        let mut out = Vec::new();
        write(&mut out, &head.line().unwrap(), &places, &[path]).unwrap();
        let turned = format!("{}{},\n{}\n{END}", head.line().unwrap(), line("b"), line("a"));
        assert_eq!(String::from_utf8(out).unwrap(), turned);
    }

    #[test]
    fn heads_tell_what_differs() {
        let head = Head::new("a".into(), Options::default());
        assert!(head.differences(&head).is_empty());
        let other = Head::new("b".into(), Options { triangles: Some(300), bake: Some(1024), ..Options::default() });
        let words = head.differences(&other).join("; ");
        assert_eq!(words, "model b there, a here; bake 1024 there, none here; triangles 300 there, none here");
    }
}
