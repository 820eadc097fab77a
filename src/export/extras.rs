//! What `asset.extras` of an exported file says about where the shape came from, so that it reopens exactly.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

/// The newest version of the extras that this build reads and writes.
pub const FORMAT: u32 = 2;

/// What a shape of one latent is written as, so that older builds open it too.
pub const PLAIN: u32 = 1;

/// The patches as decoded.
pub const SURFACE: &str = "patches";

/// Which surfaces a file may hold. Whatever it is, the latent decodes to the shape that it was made of.
pub const SURFACES: [&str; 3] = [SURFACE, "welded", "closed"];

/// Metres that a shape can be long.
const LENGTHS: std::ops::RangeInclusive<f32> = 0.01..=100.0;

/// The largest latent number, either way: the prior's deviation is 1, so anything learnt lies far below.
pub const LATENT_LIMIT: f32 = 1e4;

/// The finest grid side that a file may ask for: 25 patches of it are 6.5 million vertices.
const GRID_LIMIT: usize = 512;

/// Everything that decodes an exported shape again. Plain values, no types of the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extras {
    /// [`PLAIN`], or 2 where `latent` is a mix of one latent a patch for a model that takes one for the whole shape.
    pub format: u32,
    /// The model's hash.
    pub model: String,
    pub latent: LatentValues,
    /// Overall length along Y in metres.
    pub length: f32,
    /// Points along one side of the template.
    pub grid: usize,
    /// Which surface was exported, one of [`SURFACES`].
    pub surface: String,
    /// What the shape was called; `None` in files that don't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether every patch is a node of its own.
    #[serde(default)]
    pub split: bool,
}

/// A latent `[groups, values.len() / groups]`, row by row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LatentValues {
    pub groups: usize,
    pub values: Vec<f32>,
}

/// Why a file doesn't reopen as a latent.
#[derive(Debug, Error)]
pub enum ExtrasError {
    #[error("the file is not a GLB of this program: {0}")]
    NotGlb(&'static str),
    #[error(
        "the file holds no latent (asset.extras has no \"format\"): it wasn't exported by Atlasforge; reconstruct it instead"
    )]
    Absent,
    #[error("the file's extras have format {found}, this build reads up to {FORMAT}: use a newer Atlasforge")]
    Newer { found: u64 },
    #[error("the file's extras are damaged: {0}; export it again")]
    Shape(#[from] serde_json::Error),
    #[error("the file's extras are damaged: {0}; export it again")]
    Value(String),
    #[error("the file holds the surface {0:?}, this build only knows {SURFACES:?}: use a newer Atlasforge")]
    Surface(String),
}

impl Extras {
    /// As it goes into `asset.extras`.
    ///
    /// # Errors
    /// Values that JSON can't hold or [`Extras::from_value`] would refuse, such as a length that is not a number.
    pub fn to_value(&self) -> Result<Value, ExtrasError> {
        self.check()?;
        Ok(serde_json::to_value(self)?)
    }

    /// From `asset.extras`; foreign keys beside ours are ignored.
    ///
    /// # Errors
    /// Extras of another program, of a newer format, or with missing, mistyped or impossible values.
    pub fn from_value(value: &Value) -> Result<Self, ExtrasError> {
        let found = value.get("format").and_then(Value::as_u64).ok_or(ExtrasError::Absent)?;
        if found > u64::from(FORMAT) {
            return Err(ExtrasError::Newer { found });
        }
        let extras: Self = serde_json::from_value(migrate(value.clone(), found)?)?;
        extras.check()?;
        Ok(extras)
    }

    /// From the bytes of a GLB.
    ///
    /// # Errors
    /// Those of [`Extras::from_value`], and bytes that are no GLB.
    pub fn from_glb(bytes: &[u8]) -> Result<Self, ExtrasError> {
        let (header, rest) = bytes.split_first_chunk::<20>().ok_or(ExtrasError::NotGlb("it is too short"))?;
        if &header[..4] != b"glTF" {
            return Err(ExtrasError::NotGlb("it doesn't start with glTF"));
        }
        if &header[16..] != b"JSON" {
            return Err(ExtrasError::NotGlb("its first chunk isn't JSON"));
        }
        let length = u32::from_le_bytes([header[12], header[13], header[14], header[15]]) as usize;
        let json = rest.get(..length).ok_or(ExtrasError::NotGlb("it ends within its JSON chunk"))?;
        let document: Value = serde_json::from_slice(json)?;
        Self::from_value(document.pointer("/asset/extras").ok_or(ExtrasError::Absent)?)
    }

    fn check(&self) -> Result<(), ExtrasError> {
        let fault = |what: String| Err(ExtrasError::Value(what));
        let LatentValues { groups, values } = &self.latent;
        if *groups == 0 || values.is_empty() || !values.len().is_multiple_of(*groups) {
            return fault(format!("{} latent values don't make {groups} groups", values.len()));
        }
        if let Some(i) = values.iter().position(|x| !x.is_finite() || x.abs() > LATENT_LIMIT) {
            return fault(format!("latent value {i} is not a finite number within {LATENT_LIMIT} of 0"));
        }
        if !LENGTHS.contains(&self.length) {
            let (least, most) = (LENGTHS.start(), LENGTHS.end());
            return fault(format!("length {} is not a number of metres from {least} to {most}", self.length));
        }
        if !(2..=GRID_LIMIT).contains(&self.grid) {
            return fault(format!("grid {} is outside 2..={GRID_LIMIT}", self.grid));
        }
        if !SURFACES.contains(&self.surface.as_str()) {
            return Err(ExtrasError::Surface(self.surface.clone()));
        }
        Ok(())
    }
}

/// Brings older extras to the present format, one step a version. The second only added that a model of one latent takes
/// a mix of one a patch.
fn migrate(value: Value, format: u64) -> Result<Value, ExtrasError> {
    match format {
        1 | 2 => Ok(value),
        other => Err(ExtrasError::Value(format!("there has never been a format {other}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn extras() -> Extras {
        Extras {
            format: FORMAT,
            model: "c0ffee".to_owned(),
            latent: LatentValues { groups: 1, values: vec![0.1, -1.5e-7, 9_999.999, 1.0 / 3.0] },
            length: 0.973,
            grid: 24,
            surface: "patches".to_owned(),
            name: Some("blade".to_owned()),
            split: true,
        }
    }

    #[test]
    fn values_survive_to_the_last_bit() {
        let text = extras().to_value().unwrap().to_string();
        assert_eq!(Extras::from_value(&serde_json::from_str(&text).unwrap()).unwrap(), extras());
    }

    #[test]
    fn what_doesn_t_reopen_says_why() {
        let good = extras().to_value().unwrap();
        let with = |key: &str, value: Value| {
            let mut bad = good.clone();
            bad[key] = value;
            Extras::from_value(&bad).unwrap_err().to_string()
        };
        assert!(with("format", json!(3)).contains("newer"));
        assert!(with("format", json!("x")).contains("wasn't exported"));
        assert!(with("format", json!(0)).contains("never"));
        assert!(with("length", json!(null)).contains("damaged"));
        assert!(with("length", json!(-1.0)).contains("metres"));
        assert!(with("length", json!(1e300)).contains("metres"));
        assert!(with("length", json!(500.0)).contains("0.01 to 100; export it again"));
        assert!(with("surface", json!("game")).contains("\"game\""));
        assert!(with("latent", json!({"groups": 1, "values": [0.0, 1e30]})).contains("value 1"));
        assert!(with("grid", json!(1_000_000)).contains("outside"));
        assert!(with("latent", json!({"groups": 3, "values": [1.0, 2.0]})).contains("groups"));
        assert!(with("latent", json!({"groups": 1, "values": [1e300]})).contains("finite"));
        assert!(with("latent", json!([1, 2])).contains("damaged"));
        assert!(matches!(Extras::from_value(&json!({})), Err(ExtrasError::Absent)));
        let nan = Extras { length: f32::NAN, ..extras() };
        assert!(nan.to_value().is_err());
    }

    #[test]
    fn hostile_bytes_are_refused() {
        for bytes in [&b""[..], b"glTF", &[0; 64], b"glTF\x02\0\0\0\xff\xff\xff\xff\xff\xff\xff\xffJSON{}"] {
            assert!(matches!(Extras::from_glb(bytes), Err(ExtrasError::NotGlb(_))));
        }
    }
}
