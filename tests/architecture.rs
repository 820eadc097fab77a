//! Holds the arrows between the rooms and the invariants of `src/lib.rs`, by reading the sources. Test code is exempt.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Who may import whom, "room -> rooms". A longer name on the left (`model::checkpoint`) adds to its room's arrows.
const ARROWS: &[(&str, &[&str])] = &[
    ("template", &[]),
    ("class", &[]),
    ("latent", &[]),
    // kept: what is kept of a shape is its latent.
    ("kept", &["latent"]),
    ("disk", &[]),
    ("patchwork", &[]),
    ("mesh", &["template"]),
    ("shapes", &["mesh", "class"]),
    ("shapes::import", &["disk"]),
    ("shapes::dataset", &["disk"]),
    ("inspect", &["mesh", "template"]),
    ("solid", &["mesh", "template", "patchwork"]),
    ("draw", &["mesh", "class"]),
    ("model", &["template", "latent", "class", "patchwork"]),
    ("model::checkpoint", &["disk"]),
    ("model::library", &["disk"]),
    ("export", &["mesh", "latent", "solid"]),
    // bake: of export only what parts are made of.
    ("bake", &["mesh", "solid", "export::Finish", "export::Outfit"]),
    // export: a forged shape leaves as a file that the forge reopens.
    (
        "forge",
        &["class", "model", "mesh", "latent", "template", "inspect", "shapes", "solid", "export", "bake", "patchwork"],
    ),
    (
        "train",
        &["patchwork", "class", "model", "shapes", "mesh", "template", "latent", "inspect", "forge", "draw", "disk"],
    ),
    // study: experiments are trainings, measured on what they make.
    ("study", &["class", "train", "forge", "draw", "inspect", "model", "shapes", "mesh", "template", "latent"]),
    ("study::folder", &["disk"]),
    (
        "viewer",
        &[
            "bake",
            "class",
            "forge",
            "export",
            "inspect",
            "kept",
            "latent",
            "model",
            "shapes",
            "solid",
            "draw",
            "train::log",
            "train::folder",
            "mesh",
            "template",
        ],
    ),
    // Patches agree at their seams where they are drawn.
    ("viewer::decode", &["patchwork"]),
    ("viewer::dress", &["patchwork"]),
    ("viewer::jobs", &["disk"]),
    ("viewer::tour", &["disk"]),
    (
        "cli",
        &[
            "bake", "class", "template", "latent", "kept", "disk", "mesh", "shapes", "solid", "inspect", "draw",
            "model", "export", "forge", "train", "study", "viewer",
        ],
    ),
    ("main", &["cli"]),
];

/// Who may open files.
const DISK: &[&str] = &[
    "disk",
    "cli",
    "main",
    "model::checkpoint",
    "model::library",
    "shapes::import",
    "shapes::dataset",
    "train::run",
    "study::folder",
    "viewer::jobs",
    "viewer::tour",
];

/// A word that only some places may name.
struct Word {
    /// The whole word, or its beginning with `*`.
    word: &'static str,
    /// Places it is kept out of; empty for everywhere.
    banned: &'static [&'static str],
    /// Places that may name it all the same.
    allowed: &'static [&'static str],
}

const NO_TENSOR: &[&str] = &["kept", "mesh", "export", "latent", "inspect", "template", "solid", "bake", "draw"];

const WORDS: &[Word] = &[
    Word { word: "bevy*", banned: &[], allowed: &["viewer"] },
    Word { word: "bevy*", banned: &["viewer::panels"], allowed: &[] },
    Word { word: "wgpu", banned: &[], allowed: &["viewer"] },
    Word { word: "candle*", banned: NO_TENSOR, allowed: &[] },
    Word { word: "Tensor", banned: NO_TENSOR, allowed: &[] },
    Word { word: "anyhow", banned: &[], allowed: &["cli", "main"] },
    Word { word: "clap", banned: &[], allowed: &["cli", "main"] },
    Word { word: "Path", banned: &["model"], allowed: &["model::checkpoint", "model::library"] },
    Word { word: "PathBuf", banned: &["model"], allowed: &["model::checkpoint", "model::library"] },
    Word { word: "Instant", banned: &["model"], allowed: &[] },
    Word { word: "SystemTime", banned: &["model"], allowed: &[] },
];

/// Whether module `path` is `room` or lies in it.
fn within(path: &[String], room: &str) -> bool {
    let mut at = path.iter();
    room.split("::").all(|name| at.next().is_some_and(|p| p == name))
}

fn within_any(path: &[String], rooms: &[&str]) -> bool {
    rooms.iter().any(|room| within(path, room))
}

/// Identifiers and punctuation, one a token (`::` is one); comments, strings, characters and lifetimes are left out.
fn tokens(source: &str) -> Vec<String> {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut tokens = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i];
        if c == '/' && at(i + 1) == '/' {
            while i < chars.len() && chars[i] != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            let mut depth = 1;
            i += 2;
            while i < chars.len() && depth > 0 {
                match (chars[i], at(i + 1)) {
                    ('/', '*') => (depth, i) = (depth + 1, i + 2),
                    ('*', '/') => (depth, i) = (depth - 1, i + 2),
                    _ => i += 1,
                }
            }
        } else if c == '"' {
            i = end_of_string(&chars, i + 1);
        } else if c == '\'' {
            // 'x' or '\n' is a character, 'name a lifetime.
            if at(i + 1) == '\\' {
                i += 3;
                while i < chars.len() && chars[i] != '\'' {
                    i += 1;
                }
                i += 1;
            } else {
                i += if at(i + 2) == '\'' { 3 } else { 1 };
            }
        } else if c.is_alphanumeric() || c == '_' {
            let start = i;
            while at(i).is_alphanumeric() || at(i) == '_' {
                i += 1;
            }
            let word: String = chars[start..i].iter().collect();
            let hashes = (i..).take_while(|&k| at(k) == '#').count();
            if matches!(word.as_str(), "r" | "br" | "cr") && at(i + hashes) == '"' {
                let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
                i += hashes + 1;
                while i < chars.len() && !chars[i..].starts_with(&close) {
                    i += 1;
                }
                i += close.len();
            } else if matches!(word.as_str(), "b" | "c") && at(i) == '"' {
                i = end_of_string(&chars, i + 1);
            } else {
                tokens.push(word);
            }
        } else if c == ':' && at(i + 1) == ':' {
            tokens.push("::".to_owned());
            i += 2;
        } else {
            if !c.is_whitespace() {
                tokens.push(c.to_string());
            }
            i += 1;
        }
    }
    tokens
}

fn end_of_string(chars: &[char], mut i: usize) -> usize {
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

/// The index after the bracket that closes the one at `open`.
fn close(tokens: &[String], open: usize) -> usize {
    let mut depth = 0_usize;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        match token.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return i + 1;
        }
    }
    tokens.len()
}

/// Without the items under `#[cfg(test)]`.
fn without_tests(tokens: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        let attribute = tokens[i] == "#" && tokens.get(i + 1).is_some_and(|t| t == "[");
        if !attribute {
            kept.push(tokens[i].clone());
            i += 1;
            continue;
        }
        let end = close(tokens, i + 1);
        let inner = &tokens[i + 2..end - 1];
        let has = |word: &str| inner.iter().any(|t| t == word);
        if inner.first().is_none_or(|t| t != "cfg") || !has("test") || has("not") || has("any") {
            kept.extend_from_slice(&tokens[i..end]);
            i = end;
            continue;
        }
        // The item: up to its `;`, or to the end of its block. A `use` tree's braces end in `;` as well.
        i = end;
        let is_use = tokens[i..].iter().find(|t| !matches!(t.as_str(), "pub")).is_some_and(|t| t == "use");
        while i < tokens.len() {
            match tokens[i].as_str() {
                ";" => break,
                "{" if !is_use => break,
                "{" | "(" | "[" => i = close(tokens, i),
                _ => i += 1,
            }
        }
        i = if tokens.get(i).is_some_and(|t| t == "{") { close(tokens, i) } else { i + 1 };
    }
    kept
}

/// Every path that a use tree at `i` names, and the index behind it.
fn tree(tokens: &[String], mut i: usize, prefix: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = prefix.to_vec();
    loop {
        match tokens.get(i).map(String::as_str) {
            Some("{") => {
                let end = close(tokens, i);
                i += 1;
                while i < end - 1 {
                    i = tree(tokens, i, &path, found);
                    // `as name` and the comma.
                    while i < end - 1 && tokens[i] != "," {
                        i += 1;
                    }
                    i += 1;
                }
                return end;
            }
            Some(word) if word.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
                path.push(word.to_owned());
                i += 1;
            }
            _ => break,
        }
        if tokens.get(i).is_none_or(|t| t != "::") {
            break;
        }
        i += 1;
    }
    found.push(path);
    i
}

/// The paths that begin with `crate`, `super`s up to the crate, `std` or `rand`: the first two without their beginning.
struct Paths {
    ours: Vec<Vec<String>>,
    outside: Vec<Vec<String>>,
}

fn paths(tokens: &[String], module: &[String]) -> Paths {
    let mut paths = Paths { ours: Vec::new(), outside: Vec::new() };
    let mut i = 0;
    while i < tokens.len() {
        let starts = i == 0 || tokens[i - 1] != "::";
        let qualifies = tokens.get(i + 1).is_some_and(|t| t == "::");
        if !(starts && qualifies) {
            i += 1;
            continue;
        }
        match tokens[i].as_str() {
            "crate" | "atlasforge" => i = tree(tokens, i + 2, &[], &mut paths.ours),
            "std" | "rand" => i = tree(tokens, i, &[], &mut paths.outside),
            "super" => {
                let mut up = 0;
                while tokens.get(i).is_some_and(|t| t == "super") && tokens.get(i + 1).is_some_and(|t| t == "::") {
                    (up, i) = (up + 1, i + 2);
                }
                let kept = module.len().saturating_sub(up);
                // Inside the room a path is nobody's business.
                if kept == 0 {
                    i = tree(tokens, i, &[], &mut paths.ours);
                }
            }
            _ => i += 1,
        }
    }
    paths
}

/// What one file does that it may not. `module` is its path in the crate.
fn violations(module: &[String], source: &str) -> BTreeSet<String> {
    let tokens = without_tests(&tokens(source));
    let Paths { ours, outside } = paths(&tokens, module);
    let here = module.join("::");
    let mut wrong = BTreeSet::new();

    let allowed: Vec<&str> =
        ARROWS.iter().filter(|(room, _)| within(module, room)).flat_map(|(_, to)| to.iter().copied()).collect();
    for path in ours.iter().filter(|p| !p.is_empty()) {
        let known = ARROWS.iter().any(|(room, _)| *room == path[0]);
        if known && path[0] != module[0] && !within_any(path, &allowed) {
            wrong.insert(format!("{here} -> {}", path.join("::")));
        }
    }
    for path in &outside {
        if within(path, "std::fs") && !within_any(module, DISK) {
            wrong.insert(format!("{here} touches the disk: {}", path.join("::")));
        }
        if within_any(path, &["rand::rng", "rand::random", "rand::thread_rng", "rand::rngs::ThreadRng"]) {
            wrong.insert(format!("{here} draws unseeded numbers: {}", path.join("::")));
        }
    }
    for Word { word, banned, allowed } in WORDS {
        if (!banned.is_empty() && !within_any(module, banned)) || within_any(module, allowed) {
            continue;
        }
        let names = |token: &String| match word.strip_suffix('*') {
            Some(beginning) => token.starts_with(beginning),
            None => token == word,
        };
        if let Some(token) = tokens.iter().find(|t| names(t)) {
            wrong.insert(format!("{here} names {token}"));
        }
    }
    wrong
}

/// `src/a/b.rs` and `src/a/b/mod.rs` are module `a::b`.
fn module(path: &Path, src: &Path) -> Vec<String> {
    let inside = path.strip_prefix(src).unwrap().with_extension("");
    let mut names: Vec<String> = inside.iter().map(|c| c.to_str().unwrap().to_owned()).collect();
    if names.last().is_some_and(|n| n == "mod") {
        names.pop();
    }
    names
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

#[test]
fn the_arrows_and_invariants_hold() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    assert!(files.len() > 30, "only {} sources found", files.len());
    let mut wrong = BTreeSet::new();
    for file in files.iter().filter(|f| !f.ends_with("lib.rs")) {
        let module = module(file, &src);
        assert!(
            ARROWS.iter().any(|(room, _)| *room == module[0]),
            "the room {} has no arrows; give it some in tests/architecture.rs and a row in src/lib.rs",
            module[0]
        );
        wrong.extend(violations(&module, &std::fs::read_to_string(file).unwrap()));
    }
    assert!(wrong.is_empty(), "against the arrows:\n  {}", wrong.into_iter().collect::<Vec<_>>().join("\n  "));
}

#[test]
fn the_map_names_every_room() {
    let source = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let (map, code) = source.split_once("pub mod").unwrap();
    let tokens = tokens(&format!("pub mod{code}"));
    let rooms: Vec<_> = tokens.windows(2).filter(|w| w[0] == "mod").map(|w| w[1].clone()).collect();
    assert!(rooms.len() > 10, "{rooms:?}");
    for room in rooms {
        assert!(map.contains(&format!("`{room}`")), "src/lib.rs has no word on the room {room}");
    }
}

#[test]
fn the_arrows_are_acyclic() {
    // A room is done once all it imports is; what never gets done lies on a cycle.
    let room = |name: &str| name.split("::").next().unwrap().to_owned();
    let rooms: BTreeSet<String> = ARROWS.iter().map(|(from, _)| room(from)).collect();
    let mut done = BTreeSet::new();
    loop {
        let next: Vec<_> = rooms
            .iter()
            .filter(|r| !done.contains(*r))
            .filter(|r| {
                ARROWS.iter().filter(|(f, _)| room(f) == **r).flat_map(|(_, to)| *to).all(|t| done.contains(&room(t)))
            })
            .cloned()
            .collect();
        if next.is_empty() {
            break;
        }
        done.extend(next);
    }
    assert_eq!(done, rooms);
}

#[cfg(test)]
mod rules {
    //! The rules on made-up sources: each must really fail.
    use super::*;

    fn found(module: &str, source: &str) -> Vec<String> {
        let module: Vec<String> = module.split("::").map(str::to_owned).collect();
        violations(&module, source).into_iter().collect()
    }

    #[test]
    fn imports_against_the_arrows_are_found() {
        assert_eq!(found("mesh", "use crate::forge::Forge;"), ["mesh -> forge::Forge"]);
        assert_eq!(
            found("mesh::weld", "fn f() { crate::model::ops::values(x) }"),
            ["mesh::weld -> model::ops::values"]
        );
        let grouped = "use crate::{template::Template, model::{Config, packed as p}, latent};";
        assert_eq!(found("draw", grouped).len(), 4);
        assert_eq!(found("mesh::weld", "use super::super::draw::View;"), ["mesh::weld -> draw::View"]);
        assert_eq!(found("model::config", "use crate::disk;"), ["model::config -> disk"]);
        assert_eq!(found("viewer", "use crate::train::trainer::Trainer;"), ["viewer -> train::trainer::Trainer"]);
        assert_eq!(found("main", "use atlasforge::forge::Forge;"), ["main -> forge::Forge"]);
        assert_eq!(found("mesh", "macro_rules! m { () => { $crate::draw::x() } }"), ["mesh -> draw::x"]);
    }

    #[test]
    fn imports_along_the_arrows_are_not() {
        assert!(
            found("mesh::weld", "use crate::template::Template; use super::{Mesh, Vec3}; use crate::mesh::x;")
                .is_empty()
        );
        assert!(
            found("model::checkpoint", "use crate::disk; use std::path::Path; use super::super::latent::X;").is_empty()
        );
        assert!(found("viewer::jobs::queue", "use crate::{disk, train::log::Record};").is_empty());
        assert!(
            found("mesh", "// crate::forge\n/* crate::draw::x /* y */ */ const A: &str = \"crate::cli::x\";")
                .is_empty()
        );
        assert!(
            found("mesh", "const A: &str = r#\"\" crate::cli::x\"#; fn f<'a>(x: &'a str) -> char { '\"' }").is_empty()
        );
    }

    #[test]
    fn test_code_is_exempt_and_nothing_behind_it() {
        let source = "#[cfg(test)] mod tests { use crate::forge::A; fn f() { { } } } use crate::draw::B;";
        assert_eq!(found("mesh", source), ["mesh -> draw::B"]);
        let source = "#[cfg(test)] use crate::{forge::A}; #[cfg(test)] #[allow(x)] fn f() { crate::cli::x() } use crate::draw::B;";
        assert_eq!(found("mesh", source), ["mesh -> draw::B"]);
        assert_eq!(found("mesh", "#[cfg(not(test))] mod a { use crate::draw::B; }"), ["mesh -> draw::B"]);
    }

    #[test]
    fn words_in_the_wrong_place_are_found() {
        assert_eq!(found("cli::explore", "use bevy::prelude::*;"), ["cli::explore names bevy"]);
        assert_eq!(found("viewer::panels::latent", "use bevy_egui::egui;"), ["viewer::panels::latent names bevy_egui"]);
        assert!(found("viewer::scene", "use bevy::prelude::*;").is_empty());
        assert_eq!(found("inspect", "fn f(x: &candle_core::Tensor) {}").len(), 2);
        assert_eq!(found("export", "fn f(x: &Tensor) {}"), ["export names Tensor"]);
        assert_eq!(found("forge", "use anyhow::Result;"), ["forge names anyhow"]);
        assert_eq!(found("model::decoder", "fn f(p: &Path) -> Instant {}").len(), 2);
    }

    #[test]
    fn files_and_unseeded_numbers_are_found() {
        assert_eq!(found("mesh", "use std::{io, fs::File};"), ["mesh touches the disk: std::fs::File"]);
        assert_eq!(
            found("viewer::scene", "fn f() { std::fs::read(p) }"),
            ["viewer::scene touches the disk: std::fs::read"]
        );
        assert!(found("viewer::jobs", "fn f() { std::fs::read(p) }").is_empty());
        assert_eq!(found("latent", "fn f() { rand::rng() }"), ["latent draws unseeded numbers: rand::rng"]);
        assert!(found("latent", "use rand::Rng;").is_empty());
    }
}
