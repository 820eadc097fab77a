//! How the JSON of a glTF file and what it names are kept: in one GLB, or in files beside each other.

use super::ExportError;

/// What stands behind the name of the file that holds the buffer.
pub const BINARY: &str = ".bin";

/// A `.gltf` and what it names, to be written beside it under the name that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    pub json: Vec<u8>,
    /// Behind the name: [`BINARY`].
    pub binary: Vec<u8>,
    /// What stands behind the name, and the PNG.
    pub images: Vec<(String, Vec<u8>)>,
}

/// What stands behind the name of an image's file.
pub fn image_suffix(name: &str) -> String {
    format!("_{name}.png")
}

/// A file's name as a relative URI (RFC 3986): every byte that could mean something else is written as a number.
pub fn uri(stem: &str, suffix: &str) -> String {
    let letter = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    stem.bytes().chain(suffix.bytes()).map(letter).collect()
}

/// Header, JSON chunk padded with spaces, binary chunk padded with zeros, each to four bytes.
///
/// # Errors
/// What would have 4 GiB.
pub fn glb(mut json: Vec<u8>, mut binary: Vec<u8>) -> Result<Vec<u8>, ExportError> {
    json.resize(json.len().next_multiple_of(4), b' ');
    binary.resize(binary.len().next_multiple_of(4), 0);
    let total = 12 + 8 + json.len() + 8 + binary.len();
    let length = u32::try_from(total).map_err(|_| ExportError::TooLarge(total))?;
    let mut bytes = Vec::with_capacity(total);
    bytes.extend(b"glTF");
    bytes.extend(2u32.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    for (kind, chunk) in [(b"JSON", json), (b"BIN\0", binary)] {
        bytes.extend((chunk.len() as u32).to_le_bytes());
        bytes.extend(kind);
        bytes.extend(chunk);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_uris_that_mean_nothing_else() {
        assert_eq!(uri("sword-7_b", BINARY), "sword-7_b.bin");
        assert_eq!(uri("my 100% #1?", &image_suffix("normal")), "my%20100%25%20%231%3F_normal.png");
        assert_eq!(uri("data:Ä", ".bin"), "data%3A%C3%84.bin");
    }
}
