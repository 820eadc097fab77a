//! A picture inside a page.

use base64::{Engine, prelude::BASE64_STANDARD};

/// A PNG as a data URI (RFC 2397).
pub fn data_uri(png: &[u8]) -> String {
    format!("data:image/png;base64,{}", BASE64_STANDARD.encode(png))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rfcs_vectors() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(data_uri(bytes.as_bytes()), format!("data:image/png;base64,{text}"));
        }
    }
}
