//! What `--data` and `--train` mean.

use std::path::Path;

use anyhow::{Result, bail};

use crate::class::Class;
use crate::shapes::{Shape, dataset};

/// How data that is generated on the spot begins.
const GENERATED: [(&str, Class); 2] = [("procedural", Class::Sword), ("planes", Class::Plane)];

/// The shapes that `data`, given with `flag`, means; at least one. `unsaid` is what meshes are of which no manifest says it.
///
/// # Errors
/// Names the flag and what can be given.
pub fn shapes(data: &str, unsaid: Class, flag: &str) -> Result<Vec<Shape>> {
    let found =
        GENERATED.iter().find_map(|&(word, class)| Some((word, class, data.strip_prefix(word)?.strip_prefix(':')?)));
    if let Some((word, class, rest)) = found {
        let parsed = rest.split_once(':').and_then(|(s, n)| Some((s.parse::<u64>().ok()?, n.parse::<usize>().ok()?)));
        let Some((seed, count @ 1..=100_000)) = parsed else {
            bail!("{flag} '{data}' is not {word}:SEED:COUNT with a count of 1 to 100000");
        };
        return Ok(dataset::generated(class, count, seed));
    }
    let folder = Path::new(data);
    if !folder.is_dir() {
        bail!(
            "{flag} '{data}' is no folder; give a dataset, a folder of meshes, procedural:SEED:COUNT or planes:SEED:COUNT"
        );
    }
    let read = dataset::read_watched(folder, unsaid, &mut |_, _| ())?;
    read.notes.iter().for_each(|note| eprintln!("atlasforge: {note}"));
    let shapes: Vec<Shape> = read.items.into_iter().map(|item| item.shape).collect();
    if shapes.is_empty() {
        bail!("{flag} '{data}' holds no shape");
    }
    Ok(shapes)
}

/// The procedural shapes that a model was trained on, as its card's recipe states them; `None` for a model that saw
/// none or doesn't say.
pub fn trained_on(card: &serde_json::Map<String, serde_json::Value>) -> Option<String> {
    let data = card.get("recipe")?.get("data")?;
    let number = |key: &str| data.get(key).and_then(serde_json::Value::as_u64);
    let generator = data.get("generator").and_then(serde_json::Value::as_str).unwrap_or("sword");
    let word = if generator == "plane" { "planes" } else { "procedural" };
    let (seed, count) = (number("procedural_seed")?, number("procedural")?);
    (1..=100_000).contains(&count).then(|| format!("{word}:{seed}:{count}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_named_where_it_is_wrong() {
        assert_eq!(shapes("procedural:3:2", Class::Sword, "--data").unwrap().len(), 2);
        for wrong in ["procedural:1", "procedural:a:1", "procedural:1:0", "no such folder"] {
            let said = shapes(wrong, Class::Sword, "--train").unwrap_err().to_string();
            assert!(said.contains(wrong) && said.contains("--train"), "{said}");
        }
    }

    #[test]
    fn a_card_tells_what_was_trained_on() {
        let card = |text: &str| serde_json::from_str::<serde_json::Map<_, _>>(text).unwrap();
        let sword = card(r#"{"recipe": {"data": {"procedural": 30, "procedural_seed": 4}}}"#);
        assert_eq!(trained_on(&sword).as_deref(), Some("procedural:4:30"));
        let plane = card(r#"{"recipe": {"data": {"procedural": 30, "procedural_seed": 4, "generator": "plane"}}}"#);
        assert_eq!(trained_on(&plane).as_deref(), Some("planes:4:30"));
        for none in [r#"{}"#, r#"{"recipe": {"data": {"procedural": 0, "procedural_seed": 4}}}"#] {
            assert_eq!(trained_on(&card(none)), None);
        }
    }
}
