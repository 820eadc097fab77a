//! A sword that the artist keeps, and what it is known by.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::latent::Latent;

/// How a sword came to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Born {
    /// With sliders, a blend, a map or a file.
    #[default]
    Made,
    /// A random sample.
    Random,
    /// A mutation of one parent.
    Mutation,
    /// A child of two parents or more.
    Child,
}

/// A sword that another one was made of. It is kept by name, so that it can be told even when it is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    pub id: String,
    pub name: String,
}

/// The model that a latent belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeBy {
    pub name: String,
    pub hash: String,
}

/// A sword that is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Favourite {
    /// [`sword_id`]: what it is, not what it is called.
    pub id: String,
    pub name: String,
    pub model: MadeBy,
    pub latent: Latent,
    /// Metres; none for the model's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<f32>,
    #[serde(default)]
    pub born: Born,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<Parent>,
    /// Its picture, relative to the file that it is kept in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<String>,
}

/// What a latent of a model is known by: the same numbers in the same model are the same sword.
pub fn sword_id(model: &str, latent: &Latent) -> String {
    let mut hash = Sha256::new();
    hash.update(model);
    hash.update([0]);
    hash.update((latent.groups() as u64).to_le_bytes());
    latent.values().iter().for_each(|x| hash.update(x.to_le_bytes()));
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
