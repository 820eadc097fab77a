//! glTF's binary side: buffers, views and accessors, each bound checked before a byte is read.

use std::borrow::Cow;
use std::path::Path;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::general_purpose::{GeneralPurpose, NO_PAD},
};
use serde::Deserialize;

use super::disk::read_beside;
use super::packed::{BufferExtensions, ViewExtensions};
use super::{FILE_LIMIT, Fault, Format};

/// A fault of a glTF file.
pub(super) fn wrong(what: impl Into<String>) -> Fault {
    Fault::Malformed { format: Format::Gltf, what: what.into() }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Buffer {
    byte_length: u64,
    uri: Option<String>,
    extensions: Option<BufferExtensions>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View {
    pub buffer: usize,
    pub byte_length: u64,
    #[serde(default)]
    pub byte_offset: u64,
    pub byte_stride: Option<u64>,
    pub extensions: Option<ViewExtensions>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Accessor {
    buffer_view: Option<usize>,
    #[serde(default)]
    byte_offset: u64,
    count: u64,
    component_type: u32,
    #[serde(rename = "type")]
    shape: String,
    #[serde(default)]
    normalized: bool,
    sparse: Option<Sparse>,
}

#[derive(Deserialize)]
struct Sparse {
    count: u64,
    indices: SparseData,
    values: SparseData,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SparseData {
    buffer_view: usize,
    #[serde(default)]
    byte_offset: u64,
    /// Of the indices only; values have the accessor's.
    component_type: Option<u32>,
}

/// Loads every buffer: the binary chunk, `data:` URIs, and files inside `folder`; [`FILE_LIMIT`] bytes in all.
pub(super) fn load<'a>(
    buffers: &[Buffer],
    chunk: Option<&'a [u8]>,
    folder: Option<&Path>,
) -> Result<Vec<Cow<'a, [u8]>>, Fault> {
    let mut left = FILE_LIMIT;
    let mut loaded = Vec::with_capacity(buffers.len());
    for (i, buffer) in buffers.iter().enumerate() {
        if buffer.uri.is_none() && buffer.extensions.as_ref().is_some_and(BufferExtensions::is_fallback) {
            loaded.push(Cow::default());
            continue;
        }
        let bytes: Cow<[u8]> = match (&buffer.uri, chunk) {
            (None, Some(chunk)) if i == 0 => Cow::Borrowed(chunk),
            (None, _) => return Err(wrong(format!("buffer {i} has no data"))),
            (Some(uri), _) => Cow::Owned(match uri.strip_prefix("data:") {
                Some(data) => decode_data(data).ok_or_else(|| wrong(format!("buffer {i} has a broken data: URI")))?,
                None => {
                    let name = percent_decode(uri).and_then(|name| String::from_utf8(name).ok());
                    let name = name.ok_or_else(|| wrong(format!("buffer {i} has a broken URI")))?;
                    let refuse =
                        || Fault::External { uri: uri.clone(), why: "but there is no folder to look in".into() };
                    read_beside(folder.ok_or_else(refuse)?, &name, left)?
                }
            }),
        };
        left = left.saturating_sub(if buffer.uri.is_some() { bytes.len() as u64 } else { 0 });
        if buffer.byte_length > bytes.len() as u64 {
            let (claimed, found) = (buffer.byte_length, bytes.len());
            return Err(wrong(format!("buffer {i} claims {claimed} bytes and has {found}: it is truncated")));
        }
        loaded.push(bytes);
    }
    Ok(loaded)
}

fn percent_decode(uri: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let Some((&b, tail)) = rest.split_first() {
        rest = tail;
        if b == b'%' {
            let (hex, tail) = rest.split_at_checked(2)?;
            rest = tail;
            bytes.push(u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?);
        } else {
            bytes.push(b);
        }
    }
    Some(bytes)
}

/// The part of a `data:` URI after the colon: `[type];base64,...` or percent-encoded text.
fn decode_data(data: &str) -> Option<Vec<u8>> {
    let (head, body) = data.split_once(',')?;
    if !head.ends_with(";base64") {
        return percent_decode(body);
    }
    // Exporters differ in what they pad with and which alphabet they take.
    let body: String = body.trim_end_matches('=').replace('-', "+").replace('_', "/");
    LENIENT.decode(body).ok()
}

/// Standard base64 without padding, whatever the last letter's spare bits.
const LENIENT: GeneralPurpose = GeneralPurpose::new(&STANDARD, NO_PAD.with_decode_allow_trailing_bits(true));

/// Buffers, views and accessors of one file.
pub(super) struct Store<'a> {
    pub buffers: Vec<Cow<'a, [u8]>>,
    pub views: &'a [View],
    pub accessors: &'a [Accessor],
    /// The largest count of elements that the file's size justifies.
    pub limit: u64,
}

fn component_size(component: u32) -> Result<usize, Fault> {
    match component {
        5120 | 5121 => Ok(1),
        5122 | 5123 => Ok(2),
        5125 | 5126 => Ok(4),
        _ => Err(wrong(format!("component type {component} is unknown"))),
    }
}

/// One little-endian number; `bytes` holds at least its size.
fn number(bytes: &[u8], component: u32, normalized: bool) -> f32 {
    let at = |i: usize| bytes.get(i).copied().unwrap_or(0);
    let (two, four) = ([at(0), at(1)], [at(0), at(1), at(2), at(3)]);
    let (value, largest) = match component {
        5120 => (f32::from(at(0) as i8), 127.0),
        5121 => (f32::from(at(0)), 255.0),
        5122 => (f32::from(i16::from_le_bytes(two)), 32767.0),
        5123 => (f32::from(u16::from_le_bytes(two)), 65535.0),
        5125 => (u32::from_le_bytes(four) as f32, u32::MAX as f32),
        _ => return f32::from_le_bytes(four),
    };
    if normalized { (value / largest).max(-1.0) } else { value }
}

impl Store<'_> {
    /// The bytes from the first of `count` elements on, and the step between them; all lie inside the view.
    fn window(&self, view: usize, offset: u64, count: u64, size: usize) -> Result<(&[u8], usize), Fault> {
        let v = self.views.get(view).ok_or_else(|| wrong(format!("there is no buffer view {view}")))?;
        let buffer = self.buffers.get(v.buffer).ok_or_else(|| wrong(format!("there is no buffer {}", v.buffer)))?;
        let range = |from: u64, length: u64| {
            Some(usize::try_from(from).ok()?..usize::try_from(from.checked_add(length)?).ok()?)
        };
        let outside = || wrong(format!("buffer view {view} reaches past its data"));
        let bytes = range(v.byte_offset, v.byte_length).and_then(|r| buffer.get(r)).ok_or_else(outside)?;
        let stride = match v.byte_stride {
            None | Some(0) => size as u64,
            Some(stride) if stride < size as u64 => {
                return Err(wrong(format!("the stride of view {view} is too small")));
            }
            Some(stride) => stride,
        };
        let length = count.saturating_sub(1).checked_mul(stride).and_then(|n| n.checked_add(size as u64));
        let needed = if count == 0 { Some(0) } else { length };
        let bytes = needed.and_then(|n| range(offset, n)).and_then(|r| bytes.get(r)).ok_or_else(outside)?;
        Ok((bytes, stride as usize))
    }

    /// The accessor's elements, each through `decode` (bytes of one element, component type, normalized).
    fn elements<T: Copy + Default>(
        &self,
        index: usize,
        shape: &str,
        width: usize,
        decode: impl Fn(&[u8], u32, bool) -> T,
    ) -> Result<Vec<T>, Fault> {
        let a = self.accessors.get(index).ok_or_else(|| wrong(format!("there is no accessor {index}")))?;
        if a.shape != shape {
            return Err(wrong(format!("accessor {index} is {:.10} where {shape} is needed", a.shape)));
        }
        if a.count > self.limit {
            return Err(wrong(format!("accessor {index} claims {} elements, more than the file can hold", a.count)));
        }
        let size = width * component_size(a.component_type)?;
        let decode = |bytes: &[u8]| decode(bytes, a.component_type, a.normalized);
        let mut values = match a.buffer_view {
            Some(view) => {
                let (bytes, stride) = self.window(view, a.byte_offset, a.count, size)?;
                // The last element may end before a full stride.
                bytes.chunks(stride.max(1)).take(a.count as usize).map(decode).collect()
            }
            None => vec![T::default(); a.count as usize],
        };
        if let Some(sparse) = &a.sparse {
            let component = sparse.indices.component_type.unwrap_or(0);
            let index_size = component_size(component)?;
            let (places, step) =
                self.window(sparse.indices.buffer_view, sparse.indices.byte_offset, sparse.count, index_size)?;
            let (bytes, stride) =
                self.window(sparse.values.buffer_view, sparse.values.byte_offset, sparse.count, size)?;
            for (place, value) in places.chunks(step.max(1)).zip(bytes.chunks(stride.max(1))) {
                let place = integer(place, component);
                let slot = values.get_mut(place as usize);
                *slot.ok_or_else(|| wrong(format!("accessor {index} replaces element {place} of {}", a.count)))? =
                    decode(value);
            }
        }
        Ok(values)
    }

    /// `[N, 3]`
    pub fn vectors(&self, index: usize) -> Result<Vec<[f32; 3]>, Fault> {
        self.elements(index, "VEC3", 3, |bytes, component, normalized| {
            let size = component_size(component).unwrap_or(4);
            std::array::from_fn(|i| number(bytes.get(i * size..).unwrap_or_default(), component, normalized))
        })
    }

    /// `[N]`, vertex indices of 8, 16 or 32 bits.
    pub fn indices(&self, index: usize) -> Result<Vec<u32>, Fault> {
        let component = self.accessors.get(index).map(|a| a.component_type);
        if component.is_some_and(|c| ![5121, 5123, 5125].contains(&c)) {
            return Err(wrong(format!("accessor {index} holds indices that are not unsigned integers")));
        }
        self.elements(index, "SCALAR", 1, |bytes, component, _| integer(bytes, component))
    }
}

fn integer(bytes: &[u8], component: u32) -> u32 {
    let at = |i: usize| u32::from(bytes.get(i).copied().unwrap_or(0));
    match component {
        5121 => at(0),
        5123 => at(0) | at(1) << 8,
        _ => at(0) | at(1) << 8 | at(2) << 16 | at(3) << 24,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_uris_decode() {
        assert_eq!(decode_data("application/octet-stream;base64,AAECAw==").unwrap(), [0, 1, 2, 3]);
        assert_eq!(decode_data("x;base64,-_-_AA").unwrap(), decode_data("x;base64,+/+/AA==").unwrap());
        assert_eq!(decode_data(",a%20b").unwrap(), b"a b");
        assert!(
            decode_data("x;base64,*").is_none() && decode_data("nothing").is_none() && percent_decode("%e").is_none()
        );
    }

    #[test]
    fn normalized_integers_span_minus_one_to_one() {
        assert_eq!(number(&[0x80], 5120, true), -1.0);
        assert_eq!(number(&[255], 5121, true), 1.0);
        assert_eq!(number(&[0xff, 0xff], 5123, true), 1.0);
        assert_eq!(number(&[0xfe, 0xff], 5122, false), -2.0);
    }
}
