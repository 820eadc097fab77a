//! What a killed run resumes from: every tensor of the trainer (weights, running statistics, Adam's moments) and its
//! small facts, as one safetensors file.

use std::collections::{BTreeMap, HashMap};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The format that this version writes and reads. A state lives as long as its run, so an older one isn't migrated.
pub const FORMAT: u32 = 1;

/// A single key, since safetensors keeps its metadata in an unordered map and the file's bytes must not depend on that.
const KEY: &str = "atlasforge-state";

/// Tensors by name: shape and values, row by row.
pub type Tensors = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// A trainer's memory after `step` steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Steps done.
    pub step: u64,
    /// By name: shape, and values in row-major order.
    pub tensors: Tensors,
    /// What is no tensor: counters, best validation so far.
    pub json: serde_json::Value,
}

/// The header's metadata.
#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    step: u64,
    /// CRC-32C of the tensors' bytes in the file's order: a flipped bit in a weight is otherwise a valid weight.
    checksum: u32,
    json: serde_json::Value,
}

/// Why a state can't be resumed from or written.
#[derive(Debug, Error, PartialEq)]
pub enum StateError {
    #[error("it is no whole state file ({0})")]
    Broken(String),
    #[error("it is a safetensors file without '{KEY}' in its metadata, so no training state")]
    Foreign,
    #[error("its format is {0}, this version reads {FORMAT}")]
    Format(u32),
    #[error("its tensors do not match their checksum")]
    Checksum,
    #[error("tensor '{0}' is not of 32-bit floats")]
    Kind(String),
    #[error("tensor '{0}' has values that are not finite")]
    NotFinite(String),
    #[error("tensor '{name}' has {values} values for the shape {shape:?}")]
    Shape { name: String, shape: Vec<usize>, values: usize },
}

fn broken(why: impl std::fmt::Display) -> StateError {
    StateError::Broken(why.to_string())
}

impl State {
    /// The file's bytes; the same state gives the same bytes.
    ///
    /// # Errors
    /// When a tensor has the wrong number of values, or one that is not finite: such a state could only be resumed into
    /// a run that has already failed.
    pub fn to_bytes(&self) -> Result<Vec<u8>, StateError> {
        let mut raw = Vec::with_capacity(self.tensors.len());
        let mut checksum = 0;
        for (name, (shape, values)) in &self.tensors {
            if shape.iter().product::<usize>() != values.len() {
                return Err(StateError::Shape { name: name.clone(), shape: shape.clone(), values: values.len() });
            }
            if values.iter().any(|x| !x.is_finite()) {
                return Err(StateError::NotFinite(name.clone()));
            }
            let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
            checksum = crc32c::crc32c_append(checksum, &bytes);
            raw.push((name, shape, bytes));
        }
        let header = Header { format: FORMAT, step: self.step, checksum, json: self.json.clone() };
        let text = serde_json::to_string(&header).map_err(broken)?;
        let mut views = Vec::with_capacity(raw.len());
        for (name, shape, bytes) in &raw {
            views.push((*name, TensorView::new(Dtype::F32, (*shape).clone(), bytes).map_err(broken)?));
        }
        safetensors::serialize(views, Some(HashMap::from([(KEY.to_owned(), text)]))).map_err(broken)
    }

    /// Reads what [`State::to_bytes`] wrote.
    ///
    /// # Errors
    /// Says what is wrong with a truncated, damaged or foreign file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StateError> {
        if bytes.is_empty() {
            return Err(broken("it is empty"));
        }
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(broken)?;
        let text = metadata.metadata().as_ref().and_then(|m| m.get(KEY)).ok_or(StateError::Foreign)?;
        // The format first: another one may hold anything else.
        let value: serde_json::Value = serde_json::from_str(text).map_err(broken)?;
        match value.get("format").and_then(serde_json::Value::as_u64) {
            Some(format) if format == u64::from(FORMAT) => {}
            format => return Err(StateError::Format(format.and_then(|f| u32::try_from(f).ok()).unwrap_or(0))),
        }
        let header: Header = serde_json::from_value(value).map_err(broken)?;
        let file = SafeTensors::deserialize(bytes).map_err(broken)?;
        let views: BTreeMap<String, TensorView> = file.tensors().into_iter().collect();
        let checksum = views.values().fold(0, |sum, view| crc32c::crc32c_append(sum, view.data()));
        let mut tensors = BTreeMap::new();
        for (name, view) in views {
            if view.dtype() != Dtype::F32 {
                return Err(StateError::Kind(name));
            }
            let values = view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            tensors.insert(name, (view.shape().to_vec(), values));
        }
        if checksum != header.checksum {
            return Err(StateError::Checksum);
        }
        Ok(Self { step: header.step, tensors, json: header.json })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        State {
            step: 1200,
            tensors: BTreeMap::from([
                ("weights.decoder.0".to_owned(), (vec![2, 3], vec![1.0, -2.5, 3e-30, 0.0, -0.0, 7.0])),
                ("adam.first.decoder.0".to_owned(), (vec![2], vec![f32::MIN_POSITIVE, 1e30])),
                ("empty".to_owned(), (vec![0], vec![])),
            ]),
            json: serde_json::json!({"updates": 1200, "best": 0.123_456_789_012_345_68, "name": "sword"}),
        }
    }

    #[test]
    fn round_trips_bit_for_bit() {
        let bytes = state().to_bytes().unwrap();
        let back = State::from_bytes(&bytes).unwrap();
        assert_eq!(back, state());
        // -0.0 equals 0.0, so compare the file too.
        assert_eq!(back.to_bytes().unwrap(), bytes);
        let none = State::default();
        assert_eq!(State::from_bytes(&none.to_bytes().unwrap()).unwrap(), none);
    }

    #[test]
    fn every_truncation_and_every_flipped_byte_is_noticed() {
        let bytes = state().to_bytes().unwrap();
        for n in 0..bytes.len() {
            assert!(State::from_bytes(&bytes[..n]).is_err(), "cut to {n} of {}", bytes.len());
        }
        let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        for at in 8 + header..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assert_eq!(State::from_bytes(&damaged), Err(StateError::Checksum), "byte {at}");
        }
    }

    #[test]
    fn other_files_and_other_formats_are_told_apart() {
        let said = |bytes: &[u8]| State::from_bytes(bytes).unwrap_err().to_string();
        assert!(said(b"").contains("empty"));
        assert!(said(b"not a state at all, but long enough").contains("no whole state file"));
        let foreign = safetensors::serialize(Vec::<(String, TensorView)>::new(), None).unwrap();
        assert!(said(&foreign).contains("no training state"));
        let edited = |from: &str, to: &str| {
            let bytes = state().to_bytes().unwrap();
            let n = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
            let header = std::str::from_utf8(&bytes[8..8 + n]).unwrap().replacen(from, to, 1);
            [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &bytes[8 + n..]].concat()
        };
        assert_eq!(State::from_bytes(&edited("\\\"format\\\":1", "\\\"format\\\":7")), Err(StateError::Format(7)));
        assert!(matches!(
            State::from_bytes(&edited("\\\"step\\\":1200", "\\\"stop\\\":1200")),
            Err(StateError::Broken(_))
        ));
    }

    #[test]
    fn a_diverged_state_is_not_written() {
        let mut bad = state();
        bad.tensors.insert("w".into(), (vec![2], vec![1.0, f32::NAN]));
        assert_eq!(bad.to_bytes(), Err(StateError::NotFinite("w".into())));
        bad.tensors.insert("w".into(), (vec![2], vec![1.0]));
        assert!(bad.to_bytes().unwrap_err().to_string().contains("1 values for the shape [2]"));
    }
}
