//! The text of `favourites.json`: one JSON document with one favourite a line. What another program cut in half is read up to
//! its last whole entry.

use serde::Deserialize;
use serde_json::Value;

use super::Favourite;

/// The format of the favourites that this version writes.
pub const FORMAT: u64 = 1;

#[derive(Deserialize)]
struct Document {
    format: u64,
    favourites: Vec<Value>,
}

/// What is in a file.
#[derive(Debug, PartialEq)]
pub struct Parsed {
    pub favourites: Vec<Favourite>,
    /// Whether all of it was understood.
    pub whole: bool,
}

/// The document.
pub fn text(favourites: &[Favourite]) -> String {
    let lines: Vec<String> = favourites.iter().filter_map(|f| serde_json::to_string(f).ok()).collect();
    format!("{{\"format\":{FORMAT},\"favourites\":[\n{}\n]}}\n", lines.join(",\n"))
}

/// Everything that is whole.
///
/// # Errors
/// The format's number where it is a newer one.
pub fn parse(bytes: &[u8]) -> Result<Parsed, u64> {
    if let Ok(Document { format, favourites }) = serde_json::from_slice(bytes) {
        if format > FORMAT {
            return Err(format);
        }
        let count = favourites.len();
        let favourites: Vec<Favourite> =
            favourites.into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect();
        return Ok(Parsed { whole: favourites.len() == count, favourites });
    }
    let text = String::from_utf8_lossy(bytes);
    let Some((head, list)) = text.split_once('[') else { return Ok(Parsed { favourites: Vec::new(), whole: false }) };
    if let Some(format) = serde_json::from_str::<Head>(&format!("{head}[]}}")).ok().map(|h| h.format)
        && format > FORMAT
    {
        return Err(format);
    }
    let mut favourites = Vec::new();
    let mut rest = list;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let Some(Ok(value)) = values.next() else { break };
        let end = values.byte_offset();
        favourites.extend(serde_json::from_value::<Favourite>(value).ok());
        rest = &rest[end..];
    }
    Ok(Parsed { favourites, whole: false })
}

/// What stands before the list.
#[derive(Deserialize)]
struct Head {
    format: u64,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::{Born, MadeBy, Parent, sword_id};
    use super::*;
    use crate::latent::Latent;

    pub(crate) fn favourite(x: f32) -> Favourite {
        let latent = Latent::new(1, 2, vec![x, 1.0 / 3.0]).unwrap();
        Favourite {
            id: sword_id("m", &latent),
            name: format!("sword \"[{x}]\", é"),
            model: MadeBy { name: "test".into(), hash: "m".into() },
            latent,
            length: Some(0.9),
            born: Born::Child,
            parents: vec![Parent { id: "p".into(), name: "{mother}".into() }],
            thumbnail: Some("thumbnails/x.png".into()),
        }
    }

    #[test]
    fn a_file_cut_at_any_byte_gives_its_whole_entries_back() {
        let all: Vec<Favourite> = (1..=3).map(|x| favourite(x as f32)).collect();
        let whole = text(&all);
        assert_eq!(parse(whole.as_bytes()), Ok(Parsed { favourites: all.clone(), whole: true }));
        let entry = |f: &Favourite| serde_json::to_string(f).unwrap().len();
        let start = whole.find("[\n").unwrap() + 2;
        let ends: Vec<usize> =
            (1..=3).map(|n| start + all[..n].iter().map(|f| entry(f) + 2).sum::<usize>() - 2).collect();
        for cut in 0..whole.len() - 1 {
            let parsed = parse(&whole.as_bytes()[..cut]).unwrap();
            let expected = ends.iter().filter(|&&end| end <= cut).count();
            let only_the_newline_is_gone = cut >= whole.trim_end().len();
            assert_eq!(parsed.favourites, all[..expected], "cut at {cut}");
            assert_eq!(parsed.whole, only_the_newline_is_gone, "cut at {cut}");
        }
    }
}
