//! The decoder as the GPU wants it: one flat f32 buffer, batch-norm folded in, and WGSL constants from the same
//! [`Config`]. Plain floats: nothing here is a tensor.

use super::codebook::Codebook;
use super::config::{Activation, Config};
use crate::latent::{Latent, LatentError};

/// Where one linear layer lies in [`Packed::weights`]. For patch p the weights are the `inputs * outputs` floats from
/// `weight + p * inputs * outputs`, `[inputs, outputs]` row by row; the bias is `outputs` floats from `bias + p * outputs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackedLayer {
    pub inputs: usize,
    pub outputs: usize,
    pub weight: usize,
    pub bias: usize,
}

/// A decoder ready for the GPU.
///
/// Per patch p and point uv, with `act` the configuration's nonlinearity:
///
/// ```text
/// h0     = act(uv · uv_weight[p] + latent_bias(z)[p])             layer 0: 2 -> H0
/// h(i)   = act(h(i-1) · W_i[p] + b_i[p])                          hidden layers 1..
/// f      = h(last) · W_out[p] + b_out[p]                          -> 3; then output_scale * tanh(f) when `tanh`
/// ```
///
/// `f` is in radii of the unit ball. Without tanh the per-axis scale is folded into the last layer and
/// `output_scale` is 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Packed {
    pub patches: usize,
    pub activation: Activation,
    pub tanh: bool,
    pub output_scale: [f32; 3],
    /// Layer 0 (inputs = 2, its `bias` is unused: it comes per latent from [`Packed::latent_bias`]), hidden layers, output.
    pub layers: Vec<PackedLayer>,
    /// Everything that does not depend on the latent.
    pub weights: Vec<f32>,
    /// G, D of the latent it expects.
    pub groups: usize,
    pub latent: usize,
    /// What a latent is replaced by before it is decoded, in a quantised network.
    pub codebook: Option<Codebook>,
    /// `[P, D, H0]`, folded.
    pub(super) latent_weight: Vec<f32>,
    /// `[P, H0]`, folded.
    pub(super) first_bias: Vec<f32>,
}

impl Packed {
    /// Whether it decodes a latent: of its own shape, or a mix of one latent a patch.
    ///
    /// # Errors
    /// When the shape is another or a number is not finite.
    pub fn takes(&self, latent: &Latent) -> Result<(), LatentError> {
        latent.fits_patches(self.groups, self.latent, self.patches)
    }

    /// The first layer's bias for a latent, `[P, H0]`: `W_z · z + b`, which does not depend on the point. The latent
    /// must have the decoder's shape; missing numbers count as zero. Every decoder, on the CPU and on the GPU, takes a latent
    /// through here, so this is where it is quantised.
    pub fn latent_bias(&self, latent: &Latent) -> Vec<f32> {
        let width = self.layers[0].outputs;
        let mut out = self.first_bias.clone();
        let quantised = self.codebook.as_ref().map(|codebook| codebook.quantise(latent));
        let latent = quantised.as_ref().unwrap_or(latent);
        for (p, row) in out.chunks_exact_mut(width).enumerate() {
            let weights = &self.latent_weight[p * self.latent * width..(p + 1) * self.latent * width];
            for (z, w) in latent.group(p).iter().zip(weights.chunks_exact(width)) {
                for (x, w) in row.iter_mut().zip(w) {
                    *x += z * w;
                }
            }
        }
        out
    }

    /// WGSL constants that a shader needs: `ACTIVATION` (0 ReLU, 1 softplus, 2 SiLU), `TANH`, `OUTPUT_SCALE`, `PATCHES`,
    /// `LAST_INPUTS` (of the output layer). Other layer sizes and offsets are per-dispatch uniforms, taken from
    /// [`Packed::layers`].
    pub fn wgsl_constants(&self) -> String {
        let activation = match self.activation {
            Activation::Relu => 0,
            Activation::Softplus => 1,
            Activation::Silu => 2,
        };
        let [x, y, z] = self.output_scale;
        format!(
            "const PATCHES: u32 = {}u;\nconst LAST_INPUTS: u32 = {}u;\nconst ACTIVATION: u32 = {activation}u;\n\
             const TANH: bool = {};\nconst OUTPUT_SCALE: vec3<f32> = vec3<f32>({x:?}, {y:?}, {z:?});\n",
            self.patches,
            self.layers.last().map_or(0, |layer| layer.inputs),
            self.tanh
        )
    }
}

/// What folding needs from one layer, plain floats: see `Decoder::pack`.
pub(super) struct Folded {
    pub inputs: usize,
    pub outputs: usize,
    /// `[P, inputs, outputs]`
    pub weight: Vec<f32>,
    /// `[P, outputs]`
    pub bias: Vec<f32>,
}

impl Packed {
    /// Joins folded layers: the first (2 -> H0, its bias kept apart), hidden ones, output.
    pub(super) fn join(
        config: &Config,
        codebook: Option<Codebook>,
        latent_weight: Vec<f32>,
        layers: Vec<Folded>,
    ) -> Self {
        let mut weights = Vec::new();
        let mut packed = Vec::with_capacity(layers.len());
        let mut first_bias = Vec::new();
        for (i, layer) in layers.into_iter().enumerate() {
            let weight = weights.len();
            weights.extend_from_slice(&layer.weight);
            let bias = weights.len();
            weights.extend_from_slice(&layer.bias);
            packed.push(PackedLayer { inputs: layer.inputs, outputs: layer.outputs, weight, bias });
            if i == 0 {
                first_bias = layer.bias;
            }
        }
        Self {
            patches: config.patches,
            activation: config.activation,
            tanh: config.tanh,
            output_scale: if config.tanh { config.axis_scale } else { [1.0; 3] },
            layers: packed,
            weights,
            groups: config.groups,
            latent: config.latent,
            codebook,
            latent_weight,
            first_bias,
        }
    }
}
