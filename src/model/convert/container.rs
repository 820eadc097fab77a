//! A `.pth` file taken apart: its tensors by name, and where their numbers lie.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::pickle;
use super::pickled::{Described, Id, Kind, Pickled};
use super::{ConvertError, zip};

/// What the container from before PyTorch 1.6 begins with.
const MAGIC: i128 = 0x1950_a86a_20f9_469c_fc6c;

/// The named tensors of a file.
pub struct StateDict<'a> {
    bytes: &'a [u8],
    storages: HashMap<String, Range<usize>>,
    tensors: BTreeMap<String, Described>,
}

fn broken(why: &str) -> ConvertError {
    ConvertError::Broken(why.to_owned())
}

impl<'a> StateDict<'a> {
    /// Reads either container. The prefix `module.`, which a network on several GPUs gives every name, is dropped.
    ///
    /// # Errors
    /// When it is no PyTorch file, a damaged one, or one that holds more than tensors.
    pub fn read(bytes: &'a [u8]) -> Result<Self, ConvertError> {
        let (pickled, storages) = match bytes {
            [] => return Err(ConvertError::Empty),
            [b'P', b'K', 3 | 5, ..] => from_zip(bytes)?,
            [0x80, ..] => from_legacy(bytes)?,
            _ if bytes.get(257..262) == Some(b"ustar") => {
                return Err(ConvertError::Container("it is a tar archive of PyTorch before 0.2".into()));
            }
            _ => return Err(ConvertError::NotPyTorch),
        };
        let tensors = named(&pickled)?;
        Ok(Self { bytes, storages, tensors })
    }

    /// The names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// A tensor's shape; `None` where there is none of that name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        Some(&self.tensors.get(name)?.shape)
    }

    /// A tensor's numbers in row-major order.
    ///
    /// # Errors
    /// When it isn't there, is no float tensor, is not finite, or lies outside its storage.
    pub fn values(&self, name: &str) -> Result<Vec<f32>, ConvertError> {
        let bad = |why: &str| ConvertError::Tensor { name: name.to_owned(), why: why.to_owned() };
        let tensor = self.tensors.get(name).ok_or_else(|| bad("is missing; copy the file again"))?;
        let Described { storage, offset, shape, strides } = tensor;
        let raw = self.storages.get(&*storage.key).ok_or_else(|| bad("has no storage; copy the file again"))?;
        let raw = &self.bytes[raw.clone()];
        let size = storage.kind.size();
        let outside = || bad("lies outside its storage; copy the file again");
        // The last number's place; the first's is `start`.
        let start = offset.checked_add(storage.offset).ok_or_else(outside)?;
        let mut last = Some(start);
        let mut count = Some(1_usize);
        for (n, stride) in shape.iter().zip(strides) {
            count = count.and_then(|c| c.checked_mul(*n));
            last = last.and_then(|l| n.saturating_sub(1).checked_mul(*stride)?.checked_add(l));
        }
        let (count, last) = (count.ok_or_else(outside)?, last.ok_or_else(outside)?);
        if count == 0 {
            return Ok(Vec::new());
        }
        // Without strides of 0, which no weight has, a tensor is at most as large as its storage.
        if last.checked_add(1).and_then(|n| n.checked_mul(size)).is_none_or(|n| n > raw.len()) || count > raw.len() {
            return Err(outside());
        }
        let number = |at: usize| -> Option<f32> {
            let b = &raw[at * size..(at + 1) * size];
            Some(match storage.kind {
                Kind::F32 => f32::from_le_bytes(b.try_into().ok()?),
                Kind::F64 => f64::from_le_bytes(b.try_into().ok()?) as f32,
                Kind::F16 => half(u16::from_le_bytes(b.try_into().ok()?)),
                Kind::I64 | Kind::Other(_) => return None,
            })
        };
        let mut values = Vec::with_capacity(count);
        let mut index = vec![0; shape.len()];
        let mut at = start;
        for _ in 0..count {
            values.push(number(at).ok_or_else(|| bad("holds no floats; save the network in single precision"))?);
            for d in (0..shape.len()).rev() {
                index[d] += 1;
                at += strides[d];
                if index[d] < shape[d] {
                    break;
                }
                at -= strides[d] * shape[d];
                index[d] = 0;
            }
        }
        if values.iter().any(|x| !x.is_finite()) {
            return Err(bad("holds a number that is not finite; use an earlier checkpoint of that training"));
        }
        Ok(values)
    }
}

/// A number in half precision (IEEE 754 binary16).
fn half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    sign * match exponent {
        0 => fraction * 2.0f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction / 1024.0) * 2.0f32.powi(exponent - 15),
    }
}

type Parts = (Pickled, HashMap<String, Range<usize>>);

/// `NAME/data.pkl`, and the storages in `NAME/data/KEY`.
fn from_zip(bytes: &[u8]) -> Result<Parts, ConvertError> {
    let entries = zip::entries(bytes)?;
    let found = entries.iter().find_map(|(name, at)| Some((name.strip_suffix("data.pkl")?, at)));
    let (root, at) = found.ok_or(ConvertError::NotPyTorch)?;
    let get = |name: &str| entries.get(&format!("{root}{name}")).map(|at| &bytes[at.clone()]);
    if get("byteorder").is_some_and(|order| order != b"little") {
        return Err(ConvertError::Container("it was written on a big-endian machine".into()));
    }
    let pickled = pickle::read(&bytes[at.clone()])?;
    let folder = format!("{root}data/");
    let storages = entries.iter().filter_map(|(name, at)| Some((name.strip_prefix(&folder)?.to_owned(), at.clone())));
    Ok((pickled, storages.collect()))
}

/// Pickles of a magic number, a version, facts about the machine, the object, and the storages' keys in order; then each
/// storage as its length in 8 bytes and its numbers.
fn from_legacy(bytes: &[u8]) -> Result<Parts, ConvertError> {
    let mut at = 0;
    let mut next = || -> Result<Pickled, ConvertError> {
        let pickled = pickle::read(&bytes[at..])?;
        at += pickled.length;
        Ok(pickled)
    };
    let magic = next()?;
    if magic.int(magic.root()) != Some(MAGIC) {
        return Err(ConvertError::NotPyTorch);
    }
    next()?;
    let system = next()?;
    if entry(&system, system.root(), "little_endian").and_then(|id| system.int(id)) == Some(0) {
        return Err(ConvertError::Container("it was written on a big-endian machine".into()));
    }
    let (pickled, keys) = (next()?, next()?);
    // A storage's length counts numbers, whose size the tensors know.
    let sizes: HashMap<&str, usize> = pickled.tensors().map(|t| (&*t.storage.key, t.storage.kind.size())).collect();
    let mut storages = HashMap::new();
    for &id in keys.list(keys.root()).ok_or_else(|| broken("the list of its storages is missing"))? {
        let key = keys.text(id).ok_or_else(|| broken("a storage has no name"))?;
        let early = || broken("a storage ends early");
        let head = bytes.get(at..at.saturating_add(8)).and_then(|b| b.try_into().ok()).ok_or_else(early)?;
        let size = sizes.get(key).ok_or_else(|| broken("a storage belongs to no tensor"))?;
        let length = usize::try_from(u64::from_le_bytes(head)).ok().and_then(|n| n.checked_mul(*size));
        let end = length.and_then(|n| n.checked_add(at + 8)).filter(|&end| end <= bytes.len()).ok_or_else(early)?;
        storages.insert(key.to_owned(), at + 8..end);
        at = end;
    }
    Ok((pickled, storages))
}

/// The value of a dictionary's entry.
fn entry(pickled: &Pickled, dict: Id, key: &str) -> Option<Id> {
    pickled.dict(dict)?.iter().find(|(k, _)| pickled.text(*k) == Some(key)).map(|(_, value)| *value)
}

/// The tensors of the dictionary, or of the one that it holds as `state_dict`.
fn named(pickled: &Pickled) -> Result<BTreeMap<String, Described>, ConvertError> {
    let root = entry(pickled, pickled.root(), "state_dict").unwrap_or_else(|| pickled.root());
    let mut tensors = BTreeMap::new();
    for (key, value) in pickled.dict(root).ok_or(ConvertError::NoTensors)? {
        if let (Some(name), Some(tensor)) = (pickled.text(*key), pickled.tensor(*value)) {
            tensors.insert(name.strip_prefix("module.").unwrap_or(name).to_owned(), tensor.clone());
        }
    }
    if tensors.is_empty() { Err(ConvertError::NoTensors) } else { Ok(tensors) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_is_read_exactly() {
        for (bits, value) in
            [(0x3c00, 1.0), (0xc000, -2.0), (0x3555, 0.333_251_95), (0x0001, 5.960_464_5e-8), (0x8000, 0.0)]
        {
            assert_eq!(half(bits), value);
        }
        assert!(half(0x7c00).is_infinite() && half(0x7e00).is_nan());
    }

    #[test]
    fn what_is_no_pytorch_file_is_told_apart() {
        let said = |bytes: &[u8]| StateDict::read(bytes).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(said(b"").contains("empty"));
        assert!(said(b"glTF").contains("torch.save"));
        assert!(said(b"PK\x03\x04 and nothing else").contains("no end"));
        assert!(said(b"\x80\x02K\x07.").contains("torch.save"));
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert!(said(&tar).contains("tar archive"));
    }
}
