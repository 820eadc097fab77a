//! A latent as a short text, to be pasted into a chat: versioned, checked, and refused by another model.
//!
//! `atlas1-` and base64url of: the model's hash (8 bytes), the length in metres (f32, 0 for the model's own), groups and
//! numbers a group (u16 each), distinct rows (u16), the size of a step (f32), the rows as 24-bit steps, of a mix one byte a
//! group that names its row, CRC-32C of all that. Little-endian. 2^23 steps span the largest number, so that a latent comes
//! back to within a ten-millionth of it.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD};
use thiserror::Error;

use super::Latent;

/// In front of every code: what it is, and of which version.
const PREFIX: &str = "atlas";
const VERSION: u32 = 1;

/// Steps up to the largest number.
const STEPS: f32 = 8_388_607.0;

/// What a code says.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    /// The model's hash, 16 hex digits.
    pub model: String,
    pub latent: Latent,
    /// Metres; `None` for the model's own.
    pub length: Option<f32>,
}

/// Why a text is no code.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum CodeError {
    #[error("this is no shape code: one starts with {PREFIX}{VERSION}- and was copied from the explorer")]
    Foreign,
    #[error("this code has version {0}, this build reads {VERSION}: use a newer Atlasforge")]
    Newer(u32),
    #[error("the code is damaged or cut off: copy it again, from its first letter to its last")]
    Damaged,
}

impl Code {
    /// The text.
    pub fn to_text(&self) -> String {
        let (groups, dim) = (self.latent.groups(), self.latent.dim());
        let mut rows: Vec<&[f32]> = Vec::new();
        let mut of_group = Vec::new();
        for row in self.latent.values().chunks_exact(dim) {
            let found = rows.iter().position(|r| r == &row);
            of_group.push(found.unwrap_or(rows.len()) as u8);
            if found.is_none() {
                rows.push(row);
            }
        }
        let largest = self.latent.values().iter().fold(0.0f32, |most, x| most.max(x.abs()));
        let step = (largest / STEPS).max(f32::MIN_POSITIVE);
        let mut bytes = Vec::new();
        let digits = u64::from_str_radix(&self.model, 16).unwrap_or(0);
        bytes.extend(digits.to_be_bytes());
        bytes.extend(self.length.unwrap_or(0.0).to_le_bytes());
        for count in [groups, dim, rows.len()] {
            bytes.extend((count as u16).to_le_bytes());
        }
        bytes.extend(step.to_le_bytes());
        for x in rows.into_iter().flatten() {
            let steps = (x / step).round().clamp(-STEPS, STEPS) as i32;
            bytes.extend(&steps.to_le_bytes()[..3]);
        }
        if groups > 1 {
            bytes.extend(of_group);
        }
        bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
        format!("{PREFIX}{VERSION}-{}", URL_SAFE_NO_PAD.encode(&bytes))
    }

    /// From a text; white space within it is ignored, as mail breaks lines.
    ///
    /// # Errors
    /// For any other text, a newer version, and a damaged one.
    pub fn from_text(text: &str) -> Result<Self, CodeError> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let (version, body) = text.strip_prefix(PREFIX).and_then(|t| t.split_once('-')).ok_or(CodeError::Foreign)?;
        match version.parse::<u32>() {
            Ok(VERSION) => {}
            Ok(newer) if newer > VERSION => return Err(CodeError::Newer(newer)),
            _ => return Err(CodeError::Foreign),
        }
        URL_SAFE_NO_PAD.decode(body).ok().and_then(|b| Self::from_bytes(&b)).ok_or(CodeError::Damaged)
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (mut rest, check) = bytes.split_last_chunk::<4>()?;
        if crc32c::crc32c(rest) != u32::from_le_bytes(*check) {
            return None;
        }
        let model = format!("{:016x}", u64::from_be_bytes(take(&mut rest)?));
        let length = f32::from_le_bytes(take(&mut rest)?);
        let mut count = || take::<2>(&mut rest).map(|b| usize::from(u16::from_le_bytes(b)));
        let (groups, dim, distinct) = (count()?, count()?, count()?);
        let step = f32::from_le_bytes(take(&mut rest)?);
        let mut values = Vec::new();
        for _ in 0..distinct.checked_mul(dim)? {
            let [a, b, c] = take(&mut rest)?;
            // The sign comes in with the highest byte.
            values.push(step * (i32::from_le_bytes([0, a, b, c]) >> 8) as f32);
        }
        let of_group = if groups > 1 { rest } else { &[0] };
        let rows = of_group.iter().map(|&r| values.get(usize::from(r) * dim..(usize::from(r) + 1) * dim));
        let latent = Latent::new(groups, dim, rows.collect::<Option<Vec<_>>>()?.concat()).ok()?;
        let length = (length != 0.0).then_some(length);
        length.is_none_or(|l| l.is_finite() && l > 0.0).then_some(Self { model, latent, length })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk::<N>()?;
    *rest = left;
    Some(*taken)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn code(groups: usize, length: Option<f32>) -> Code {
        let latent = Latent::prior(groups, 32, &mut ChaCha8Rng::seed_from_u64(9));
        Code { model: "00c0ffee12345678".into(), latent, length }
    }

    #[test]
    fn a_code_comes_back_to_within_a_thousandth_of_a_deviation() {
        let mut mix = code(25, None);
        let hilt = mix.latent.group(0).to_vec();
        (1..20).for_each(|p| mix.latent.values_mut()[p * 32..(p + 1) * 32].copy_from_slice(&hilt));
        for (code, longest) in [(code(1, Some(0.973)), 180), (code(25, None), 3400), (mix, 900)] {
            let text = code.to_text();
            assert!(text.len() < longest, "{}", text.len());
            let back = Code::from_text(&format!("  {} \n{}\n", &text[..30], &text[30..])).unwrap();
            assert_eq!((&back.model, back.length), (&code.model, code.length));
            assert_eq!((back.latent.groups(), back.latent.dim()), (code.latent.groups(), 32));
            let worst = back.latent.values().iter().zip(code.latent.values()).map(|(a, b)| (a - b).abs());
            assert!(worst.fold(0.0, f32::max) < 1e-6);
        }
        let flat = Code { latent: Latent::zeros(1, 3), ..code(1, None) };
        assert_eq!(Code::from_text(&flat.to_text()).unwrap(), flat);
    }

    #[test]
    fn whatever_is_no_code_says_so() {
        let text = code(1, None).to_text();
        for foreign in ["", "hello", "https://example.org", "atlasx-AAAA", "atlas0-AAAA"] {
            assert_eq!(Code::from_text(foreign), Err(CodeError::Foreign), "{foreign}");
        }
        assert_eq!(Code::from_text(&text.replacen('1', "7", 1)), Err(CodeError::Newer(7)));
        for end in [8, 20, text.len() - 1] {
            assert_eq!(Code::from_text(&text[..end]), Err(CodeError::Damaged));
        }
        for at in 7..text.len() {
            let other = if &text[at..=at] == "A" { "B" } else { "A" };
            let bent = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            let read = Code::from_text(&bent);
            // The last letter has bits to spare, which say nothing.
            assert!(read == Err(CodeError::Damaged) || at + 1 == text.len(), "{at}: {read:?}");
        }
        assert_eq!(Code::from_text(&format!("{text}é")), Err(CodeError::Damaged));
    }
}
