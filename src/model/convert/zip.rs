//! A zip archive as torch.save writes it: every entry stored as it is, none compressed.

use std::collections::BTreeMap;
use std::ops::Range;

use super::ConvertError;

/// Entries that an archive may list; AtlasNet with 25 patches has some 600.
const ENTRY_LIMIT: u64 = 100_000;

/// Where each entry's bytes lie in the file, by name. (PKWARE's APPNOTE 6.3, sections 4.3.7 to 4.3.16 and 4.5.3.)
pub type Entries = BTreeMap<String, Range<usize>>;

fn broken(why: &str) -> ConvertError {
    ConvertError::Broken(why.to_owned())
}

/// `n` little-endian bytes at `at` as a number.
fn number(bytes: &[u8], at: usize, n: usize) -> Result<u64, ConvertError> {
    let raw = at.checked_add(n).and_then(|end| bytes.get(at..end)).ok_or_else(|| broken("the archive ends early"))?;
    Ok(raw.iter().rev().fold(0, |sum, b| sum << 8 | u64::from(*b)))
}

fn index(x: u64) -> Result<usize, ConvertError> {
    usize::try_from(x).map_err(|_| broken("the archive points outside the file"))
}

/// Reads the central directory.
///
/// # Errors
/// When the archive is cut short or damaged, or an entry is compressed or encrypted.
pub fn entries(bytes: &[u8]) -> Result<Entries, ConvertError> {
    // The end record stands last, but for a comment of up to 64 KiB.
    let first = bytes.len().saturating_sub(22 + 65_535);
    let end = (first..bytes.len().saturating_sub(21)).rev().find(|&i| bytes[i..].starts_with(b"PK\x05\x06"));
    let end = end.ok_or_else(|| broken("the archive has no end"))?;
    let (mut count, mut at) = (number(bytes, end + 10, 2)?, number(bytes, end + 16, 4)?);
    if let Some(locator) = end.checked_sub(20).filter(|&l| bytes[l..].starts_with(b"PK\x06\x07")) {
        let record = index(number(bytes, locator + 8, 8)?)?;
        if number(bytes, record, 4)? != 0x0606_4b50 {
            return Err(broken("the archive's 64-bit end is missing"));
        }
        let field = |offset: usize| record.checked_add(offset).ok_or_else(|| broken("the archive's end is nowhere"));
        (count, at) = (number(bytes, field(32)?, 8)?, number(bytes, field(48)?, 8)?);
    }
    if count > ENTRY_LIMIT {
        return Err(broken("the archive claims more entries than any network has tensors"));
    }
    let mut at = index(at)?;
    let mut found = Entries::new();
    for _ in 0..count {
        if number(bytes, at, 4)? != 0x0201_4b50 {
            return Err(broken("the archive's directory is damaged"));
        }
        let half = |offset| number(bytes, at + offset, 2).map(|x| x as usize);
        let (flags, method) = (half(8)?, half(10)?);
        let (name_length, extra_length, comment_length) = (half(28)?, half(30)?, half(32)?);
        let (mut packed, mut size) = (number(bytes, at + 20, 4)?, number(bytes, at + 24, 4)?);
        let mut local = number(bytes, at + 42, 4)?;
        let after_name = at + 46 + name_length;
        let name = bytes.get(at + 46..after_name).ok_or_else(|| broken("the archive ends early"))?;
        let name = String::from_utf8_lossy(name).into_owned();
        // Extra field 1 holds, in this order, those of the three that don't fit into 32 bits.
        let (mut extra, extra_end) = (after_name, after_name + extra_length);
        while extra + 4 <= extra_end {
            let (id, length) = (number(bytes, extra, 2)?, number(bytes, extra + 2, 2)? as usize);
            if id == 1 {
                let mut value = extra + 4;
                for field in [&mut size, &mut packed, &mut local] {
                    if *field == 0xffff_ffff && value + 8 <= extra + 4 + length {
                        *field = number(bytes, value, 8)?;
                        value += 8;
                    }
                }
            }
            extra += 4 + length;
        }
        if flags & 1 != 0 || method != 0 || packed != size {
            let why = format!("entry '{name}' is compressed or encrypted, which torch.save never does");
            return Err(ConvertError::Container(why));
        }
        let local = index(local)?;
        if number(bytes, local, 4)? != 0x0403_4b50 {
            return Err(broken("an entry of the archive is damaged"));
        }
        let start = local + 30 + number(bytes, local + 26, 2)? as usize + number(bytes, local + 28, 2)? as usize;
        let end = start.checked_add(index(size)?).filter(|&end| end <= bytes.len());
        found.insert(name, start..end.ok_or_else(|| broken("an entry of the archive ends outside the file"))?);
        at = extra_end + comment_length;
    }
    Ok(found)
}
