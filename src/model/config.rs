//! One configuration describes every network: it travels inside the checkpoint and generates the GPU's constants.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The decoder's nonlinearity. Smooth ones shade smoothly; the Jacobian of ReLU is faceted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// max(x, 0)
    Relu,
    /// ln(1 + e^x)
    Softplus,
    /// x / (1 + e^-x)
    Silu,
}

/// What the encoder says about a shape's latent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PosteriorKind {
    /// A diagonal Gaussian a group: mean and log-variance.
    #[default]
    Gaussian,
    /// The mean alone: an autoencoder.
    None,
    /// The nearest codes of a codebook (van den Oord 2017, arXiv 1711.00937).
    Quantised(CodebookShape),
}

impl PosteriorKind {
    fn is_gaussian(&self) -> bool {
        *self == Self::Gaussian
    }
}

/// A latent's G D numbers are cut into segments, each replaced by the nearest code of its own codebook: the decoder
/// reads every number through other weights, so a code means nothing to another segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodebookShape {
    /// S
    pub segments: usize,
    /// C, codes a segment.
    pub codes: usize,
    /// Hidden width of the prior over codes.
    pub prior: usize,
}

/// Shapes and options of encoder, posterior and decoder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// P, surface patches.
    pub patches: usize,
    /// D, latent numbers a group.
    pub latent: usize,
    /// G, latent groups: 1 for the whole shape, or P.
    pub groups: usize,
    /// Widths of the PointNet's shared MLP after the 3 coordinates; the last is max-pooled over the points.
    pub encoder: Vec<usize>,
    /// Widths of the MLP between the pooled feature and the posterior's two heads; may be empty.
    pub encoder_head: Vec<usize>,
    /// Hidden widths of each patch's MLP; at least one.
    pub decoder: Vec<usize>,
    /// The decoder's nonlinearity (the encoder's is ReLU, as in PointNet).
    pub activation: Activation,
    /// Batch normalisation before every nonlinearity.
    pub batch_norm: bool,
    /// tanh on the decoder's output, as in AtlasNet v2.
    pub tanh: bool,
    /// What the network's unit is along each axis, in radii of the shape's unit ball: points are divided by it on the
    /// way in and multiplied on the way out, so that thin axes count in the loss.
    pub axis_scale: [f32; 3],
    /// Left out of files where it is the default, so that the hashes of older models stay.
    #[serde(default, skip_serializing_if = "PosteriorKind::is_gaussian")]
    pub posterior: PosteriorKind,
}

/// A configuration that describes no network.
#[derive(Debug, Error, PartialEq)]
#[error("{field}: {why}")]
pub struct ConfigError {
    pub field: &'static str,
    pub why: String,
}

/// The most numbers that a codebook or one layer of its prior may have: 64 MiB.
const CODEBOOK_LIMIT: usize = 1 << 24;

/// The widest layer or largest count that a configuration may name: beyond it a file is a mistake or an attack.
pub const WIDTH_LIMIT: usize = 4096;

impl Config {
    /// Checks that the fields describe a network.
    ///
    /// # Errors
    /// Names the field that does not.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let Self { patches, latent, groups, encoder, encoder_head, decoder, axis_scale, .. } = self;
        let bad = |field, why: &str| Err(ConfigError { field, why: why.to_owned() });
        if !(1..=1024).contains(patches) {
            return bad("patches", "must be 1 to 1024");
        }
        if !(1..=WIDTH_LIMIT).contains(latent) {
            return bad("latent", "must be 1 to 4096");
        }
        if *groups != 1 && groups != patches {
            return bad("groups", "must be 1, or the number of patches");
        }
        if encoder.is_empty() {
            return bad("encoder", "needs at least one width");
        }
        if decoder.is_empty() {
            return bad("decoder", "needs at least one hidden width");
        }
        for (field, widths) in [("encoder", encoder), ("encoder_head", encoder_head), ("decoder", decoder)] {
            if widths.len() > 16 || widths.iter().any(|w| !(1..=WIDTH_LIMIT).contains(w)) {
                return bad(field, "needs at most 16 widths of 1 to 4096");
            }
        }
        if axis_scale.iter().any(|s| !s.is_finite() || *s <= 0.0) {
            return bad("axis_scale", "must be positive numbers");
        }
        if let PosteriorKind::Quantised(CodebookShape { segments, codes, prior }) = self.posterior {
            let numbers = self.latent_numbers();
            if !(1..=256).contains(&segments) || !numbers.is_multiple_of(segments) {
                return bad("codebook", "segments must be 1 to 256 and divide the numbers of a latent");
            }
            if !(2..=WIDTH_LIMIT).contains(&codes) || !(1..=WIDTH_LIMIT).contains(&prior) {
                return bad("codebook", "needs 2 to 4096 codes and a prior of width 1 to 4096");
            }
            if [codes * numbers, segments * prior * numbers, segments * prior * codes]
                .iter()
                .any(|n| *n > CODEBOOK_LIMIT)
            {
                return bad("codebook", "has more numbers than a model can carry; give fewer codes or segments");
            }
        }
        Ok(())
    }

    /// The network's name in recipes and cards.
    pub fn network(&self) -> &'static str {
        match self.posterior {
            PosteriorKind::None => "ae",
            PosteriorKind::Quantised(_) => "vqvae",
            PosteriorKind::Gaussian if self.groups > 1 => "vae25",
            PosteriorKind::Gaussian => "vae",
        }
    }

    /// Numbers in a whole latent, G * D.
    pub fn latent_numbers(&self) -> usize {
        self.groups * self.latent
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// One patch, every layer as narrow as it gets.
    pub(crate) fn tiny(latent: usize, posterior: PosteriorKind) -> Config {
        Config {
            patches: 1,
            latent,
            groups: 1,
            encoder: vec![2],
            encoder_head: vec![],
            decoder: vec![2],
            activation: Activation::Relu,
            batch_norm: false,
            tanh: false,
            axis_scale: [1.0; 3],
            posterior,
        }
    }

    pub(crate) fn small() -> Config {
        Config {
            patches: 4,
            latent: 8,
            groups: 1,
            encoder: vec![16, 32],
            encoder_head: vec![16],
            decoder: vec![16, 8],
            activation: Activation::Silu,
            batch_norm: true,
            tanh: false,
            axis_scale: [0.2, 1.0, 0.05],
            posterior: PosteriorKind::Gaussian,
        }
    }

    #[test]
    fn nonsense_is_named() {
        assert_eq!(small().validate(), Ok(()));
        let field = |change: fn(&mut Config)| {
            let mut config = small();
            change(&mut config);
            config.validate().unwrap_err().field
        };
        assert_eq!(field(|c| c.patches = 0), "patches");
        assert_eq!(field(|c| c.groups = 3), "groups");
        assert_eq!(field(|c| c.decoder.clear()), "decoder");
        assert_eq!(field(|c| c.encoder = vec![1 << 40]), "encoder");
        assert_eq!(field(|c| c.axis_scale[1] = f32::NAN), "axis_scale");
        let quantised = |segments, codes| PosteriorKind::Quantised(CodebookShape { segments, codes, prior: 4 });
        for (segments, codes) in [(0, 8), (3, 8), (2, 1), (2, 5000)] {
            let config = Config { posterior: quantised(segments, codes), ..small() };
            assert_eq!(config.validate().unwrap_err().field, "codebook", "{segments} x {codes}");
        }
        assert_eq!(Config { posterior: quantised(4, 8), ..small() }.validate(), Ok(()));
    }

    #[test]
    fn the_default_posterior_leaves_no_trace_in_a_file() {
        let text = serde_json::to_string(&small()).unwrap();
        assert!(!text.contains("posterior"), "{text}");
        assert_eq!(serde_json::from_str::<Config>(&text).unwrap(), small());
        let shape = CodebookShape { segments: 4, codes: 8, prior: 4 };
        for (posterior, groups, name) in [
            (PosteriorKind::None, 1, "ae"),
            (PosteriorKind::Gaussian, 1, "vae"),
            (PosteriorKind::Gaussian, 4, "vae25"),
            (PosteriorKind::Quantised(shape), 1, "vqvae"),
        ] {
            let config = Config { posterior, groups, ..small() };
            let text = serde_json::to_string(&config).unwrap();
            assert_eq!(serde_json::from_str::<Config>(&text).unwrap(), config);
            assert_eq!(config.network(), name);
        }
    }
}
