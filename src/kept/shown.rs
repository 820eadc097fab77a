//! What the explorer shows, as its session says.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::MadeBy;
use crate::latent::Latent;

/// The shape on screen and what it is made of. The session holds more, which is the window's own business.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Shown {
    pub model: MadeBy,
    pub latent: Latent,
    /// Metres; `None` for the model's own.
    #[serde(default)]
    pub length: Option<f32>,
    /// The outfit's name, where the session says one.
    #[serde(skip)]
    pub outfit: Option<String>,
    /// Names of the materials of parts that don't follow the outfit.
    #[serde(skip)]
    pub own: BTreeMap<String, String>,
}

impl Shown {
    /// From the text of a session; `None` where it says nothing of a shape, or was written halfway.
    pub fn of_session(text: &str) -> Option<Self> {
        let session: Value = serde_json::from_str(text).ok()?;
        let mut shown: Self = serde_json::from_value(session.get("shape")?.clone()).ok()?;
        shown.outfit = session.pointer("/look/outfit").and_then(Value::as_str).map(str::to_owned);
        shown.own =
            session.pointer("/look/own").and_then(|own| serde_json::from_value(own.clone()).ok()).unwrap_or_default();
        Some(shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_tells_its_shape_and_what_it_is_made_of() {
        let text = r#"{"format":1,"shape":{"model":{"name":"sword","hash":"c0ffee"},"latent":{"groups":1,"values":[0.5,-1]},
            "length":0.9,"by_hand":true},"look":{"outfit":"antique","own":{"guard":"gold"}},"grid":32}"#;
        let shown = Shown::of_session(text).unwrap();
        assert_eq!((shown.model.hash.as_str(), shown.length), ("c0ffee", Some(0.9)));
        assert_eq!((shown.outfit.as_deref(), shown.own["guard"].as_str()), (Some("antique"), "gold"));
        for broken in ["", "{}", r#"{"shape":null}"#, &text[..90], r#"{"shape":{"latent":{"groups":0,"values":[]}}}"#] {
            assert_eq!(Shown::of_session(broken), None, "{broken}");
        }
    }

    #[cfg(feature = "viewer")]
    #[test]
    fn it_is_what_the_explorer_writes() {
        use crate::viewer::state::{Saved, Shape};
        let latent = Latent::new(1, 2, vec![0.25, 1.0 / 3.0]).unwrap();
        let model = MadeBy { name: "m".into(), hash: "h".into() };
        let shape: Shape =
            serde_json::from_value(serde_json::json!({ "model": model, "latent": latent, "length": 0.8 })).unwrap();
        let text = serde_json::to_string(&Saved { shape: Some(shape), ..Saved::default() }).unwrap();
        let shown = Shown::of_session(&text).unwrap();
        assert_eq!((shown.model, shown.latent, shown.length), (model, latent, Some(0.8)));
        assert_eq!(shown.outfit.as_deref(), Some("service"));
    }
}
