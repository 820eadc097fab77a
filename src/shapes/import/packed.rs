//! Views of a glTF file that are compressed by `EXT_meshopt_compression` (or `KHR_meshopt_compression`, which holds the same for
//! geometry): https://github.com/KhronosGroup/glTF/blob/main/extensions/2.0/Vendor/EXT_meshopt_compression/README.md.

use std::borrow::Cow;

use meshopt::{decode_filter_exp, decode_filter_oct, decode_index_buffer, decode_index_sequence, decode_vertex_buffer};
use serde::Deserialize;

use super::accessor::{View, wrong};
use super::{FILE_LIMIT, Fault};

#[derive(Deserialize)]
pub(super) struct ViewExtensions {
    #[serde(rename = "EXT_meshopt_compression", alias = "KHR_meshopt_compression")]
    packed: Option<Packed>,
}

/// Where the compressed bytes lie, and what they hold.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Packed {
    buffer: usize,
    #[serde(default)]
    byte_offset: u64,
    byte_length: u64,
    byte_stride: u64,
    count: u64,
    mode: String,
    #[serde(default)]
    filter: String,
}

#[derive(Deserialize)]
pub(super) struct BufferExtensions {
    #[serde(rename = "EXT_meshopt_compression", alias = "KHR_meshopt_compression")]
    meshopt: Option<Fallback>,
}

#[derive(Deserialize)]
struct Fallback {
    #[serde(default)]
    fallback: bool,
}

impl BufferExtensions {
    /// Whether the buffer holds nothing for who reads the extension, and may have no data.
    pub fn is_fallback(&self) -> bool {
        self.meshopt.as_ref().is_some_and(|meshopt| meshopt.fallback)
    }
}

/// Unpacks every compressed view into a buffer of its own, to which the view then points.
pub(super) fn unpack(views: &mut [View], buffers: &mut Vec<Cow<[u8]>>) -> Result<(), Fault> {
    let mut left = FILE_LIMIT;
    for (i, view) in views.iter_mut().enumerate() {
        let Some(packed) = view.extensions.take().and_then(|extensions| extensions.packed) else { continue };
        let size = packed.count.checked_mul(packed.byte_stride).filter(|&size| size <= left);
        left -=
            size.ok_or_else(|| wrong(format!("buffer view {i} unpacks into more than {FILE_LIMIT} bytes in all")))?;
        let range = || {
            let end = packed.byte_offset.checked_add(packed.byte_length)?;
            Some(usize::try_from(packed.byte_offset).ok()?..usize::try_from(end).ok()?)
        };
        let bytes = buffers.get(packed.buffer).zip(range()).and_then(|(buffer, range)| buffer.get(range));
        let bytes = bytes.ok_or_else(|| wrong(format!("the compressed bytes of buffer view {i} are not there")))?;
        let unpacked = packed.decoded(bytes).map_err(|why| match why {
            Odd::Broken => wrong(format!("the compressed bytes of buffer view {i} are broken")),
            Odd::Unknown(what) => Fault::Unsupported(format!("{what} of a compressed buffer view")),
        })?;
        view.buffer = buffers.len();
        (view.byte_offset, view.byte_length) = (0, unpacked.len() as u64);
        if packed.mode == "ATTRIBUTES" {
            view.byte_stride = Some(packed.byte_stride);
        }
        buffers.push(Cow::Owned(unpacked));
    }
    Ok(())
}

enum Odd {
    Broken,
    Unknown(String),
}

impl From<meshopt::Error> for Odd {
    fn from(_: meshopt::Error) -> Self {
        Self::Broken
    }
}

impl Packed {
    fn decoded(&self, bytes: &[u8]) -> Result<Vec<u8>, Odd> {
        let count = usize::try_from(self.count).map_err(|_| Odd::Broken)?;
        let mut decoded = match (self.mode.as_str(), self.byte_stride) {
            ("ATTRIBUTES", stride) => attributes(bytes, count, stride)?,
            ("TRIANGLES", 2) => {
                decode_index_buffer::<u16>(bytes, count)?.into_iter().flat_map(u16::to_le_bytes).collect()
            }
            ("TRIANGLES", 4) => {
                decode_index_buffer::<u32>(bytes, count)?.into_iter().flat_map(u32::to_le_bytes).collect()
            }
            ("INDICES", 2) => {
                decode_index_sequence::<u16>(bytes, count)?.into_iter().flat_map(u16::to_le_bytes).collect()
            }
            ("INDICES", 4) => {
                decode_index_sequence::<u32>(bytes, count)?.into_iter().flat_map(u32::to_le_bytes).collect()
            }
            (mode, stride) => return Err(Odd::Unknown(format!("the mode {mode:.20} with a stride of {stride} bytes"))),
        };
        match (self.filter.as_str(), self.byte_stride) {
            ("OCTAHEDRAL", 4) => {
                let mut all: Vec<[i8; 4]> = words(&decoded, |b: [u8; 4]| b.map(u8::cast_signed));
                decode_filter_oct(&mut all);
                decoded = all.as_flattened().iter().map(|&x| x.cast_unsigned()).collect();
            }
            ("OCTAHEDRAL", 8) => {
                let two = |b: [u8; 8]| std::array::from_fn(|i| i16::from_le_bytes([b[2 * i], b[2 * i + 1]]));
                let mut all: Vec<[i16; 4]> = words(&decoded, two);
                decode_filter_oct(&mut all);
                decoded = all.as_flattened().iter().flat_map(|x| x.to_le_bytes()).collect();
            }
            ("EXPONENTIAL", _) => {
                let mut all: Vec<[u32; 1]> = words(&decoded, |b: [u8; 4]| [u32::from_le_bytes(b)]);
                decode_filter_exp(&mut all);
                decoded = all.as_flattened().iter().flat_map(|x| x.to_le_bytes()).collect();
            }
            // Of rotations and colours, which no geometry is made of.
            _ => {}
        }
        Ok(decoded)
    }
}

fn words<const N: usize, T>(bytes: &[u8], word: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|&chunk| word(chunk)).collect()
}

/// Vertices of any stride that the format allows up to 32 bytes.
fn attributes(bytes: &[u8], count: usize, stride: u64) -> Result<Vec<u8>, Odd> {
    fn of<const N: usize>(bytes: &[u8], count: usize) -> Result<Vec<u8>, Odd>
    where
        [u8; N]: Default,
    {
        Ok(decode_vertex_buffer::<[u8; N]>(bytes, count)?.into_flattened())
    }
    match stride {
        4 => of::<4>(bytes, count),
        8 => of::<8>(bytes, count),
        12 => of::<12>(bytes, count),
        16 => of::<16>(bytes, count),
        20 => of::<20>(bytes, count),
        24 => of::<24>(bytes, count),
        28 => of::<28>(bytes, count),
        32 => of::<32>(bytes, count),
        _ => Err(Odd::Unknown(format!("a stride of {stride} bytes"))),
    }
}
