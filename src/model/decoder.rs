//! AtlasNet's decoder (Groueix 2018, arXiv 1802.05384): P independent MLPs, each deforming the unit square.

use candle_core::{Result, Tensor};

use super::activation::Act;
use super::codebook::Codebook;
use super::config::{Activation, Config, PosteriorKind};
use super::layer::{Mode, affine, after};
use super::ops::{FirstLayer, values};
use super::packed::{Folded, Packed};
use super::weights::Weights;

/// Surface points with their tangents, each `[P, B n, 3]`, in network units.
pub struct Surface {
    pub points: Tensor,
    /// d/du
    pub tangent_u: Tensor,
    /// d/dv
    pub tangent_v: Tensor,
}

/// z `[B, G D]` -> the latent's share of the first layer, `[P, B, H]`.
fn latent_part(weights: &Weights, config: &Config, z: &Tensor) -> Result<Tensor> {
    let b = z.dim(0)?;
    // [B, G, D] -> [G, B, D], one group serving every patch when G = 1.
    let z = z.reshape((b, config.groups, config.latent))?.transpose(0, 1)?;
    let z = z.broadcast_as((config.patches, b, config.latent))?.contiguous()?;
    z.matmul(weights.get("decoder.0.latent.weight")?)
}

/// z `[B, G D]`, uv `[P, B, n, 2]` -> points `[P, B n, 3]` in network units.
pub fn decode(weights: &Weights, config: &Config, z: &Tensor, uv: &Tensor, mode: &mut Mode) -> Result<Tensor> {
    let act = Act::from(config.activation);
    let latent = latent_part(weights, config, z)?;
    let mut x = uv.contiguous()?.apply_op3(weights.get("decoder.0.uv.weight")?, &latent, FirstLayer)?;
    x = after(weights, config, "decoder.0", act, &x, mode)?;
    for i in 1..config.decoder.len() {
        let name = format!("decoder.{i}");
        x = x.matmul(weights.get(&format!("{name}.weight"))?)?;
        x = after(weights, config, &name, act, &x, mode)?;
    }
    let x = x.matmul(weights.get("decoder.out.weight")?)?.broadcast_add(weights.get("decoder.out.bias")?)?;
    if config.tanh { x.tanh() } else { Ok(x) }
}

/// The nonlinearity and its slope, both differentiable: candle has no double backward, so a loss on tangents carries
/// them as explicit forward values.
fn value_and_slope(activation: Activation, x: &Tensor) -> Result<(Tensor, Tensor)> {
    let sigmoid = |x: &Tensor| candle_nn::ops::sigmoid(x);
    match activation {
        Activation::Relu => Ok((x.relu()?, x.gt(0.0)?.to_dtype(x.dtype())?)),
        Activation::Softplus => {
            // max(x, 0) + ln(1 + e^-|x|)
            Ok(((x.relu()? + (x.abs()?.neg()?.exp()? + 1.0)?.log()?)?, sigmoid(x)?))
        }
        Activation::Silu => {
            let s = sigmoid(x)?;
            let slope = (&s * ((x * s.affine(-1.0, 1.0)?)? + 1.0)?)?;
            Ok(((x * &s)?, slope))
        }
    }
}

/// Points and both tangents by forward-mode differentiation with running statistics, every one differentiable in the
/// weights and z: z `[B, G D]`, uv `[P, B, n, 2]` -> [`Surface`] `[P, B n, 3]` each, in network units.
pub fn decode_with_tangents(weights: &Weights, config: &Config, z: &Tensor, uv: &Tensor) -> Result<Surface> {
    let (p, b, n, _) = uv.dims4()?;
    let uv_weight = weights.get("decoder.0.uv.weight")?;
    let width = config.decoder[0];
    let latent = latent_part(weights, config, z)?.reshape((p, b, 1, width))?;
    let x = uv.contiguous()?.reshape((p, b * n, 2))?.matmul(uv_weight)?.reshape((p, b, n, width))?;
    let mut x = x.broadcast_add(&latent)?.reshape((p, b * n, width))?;
    let mut tangents = [0, 1].map(|axis| uv_weight.narrow(1, axis, 1)?.broadcast_as((p, b * n, width))?.contiguous());
    for i in 0..config.decoder.len() {
        if i > 0 {
            let weight = weights.get(&format!("decoder.{i}.weight"))?;
            x = x.matmul(weight)?;
            tangents = tangents.map(|t| t?.matmul(weight));
        }
        let (scale, shift) = affine(weights, config, &format!("decoder.{i}"), p, config.decoder[i])?;
        let (value, slope) = value_and_slope(config.activation, &x.broadcast_mul(&scale)?.broadcast_add(&shift)?)?;
        let slope = slope.broadcast_mul(&scale)?;
        tangents = tangents.map(|t| t? * &slope);
        x = value;
    }
    let weight = weights.get("decoder.out.weight")?;
    let mut points = x.matmul(weight)?.broadcast_add(weights.get("decoder.out.bias")?)?;
    let mut tangents = tangents.map(|t| t?.matmul(weight));
    if config.tanh {
        points = points.tanh()?;
        let slope = points.sqr()?.affine(-1.0, 1.0)?;
        tangents = tangents.map(|t| t? * &slope);
    }
    let [tangent_u, tangent_v] = tangents;
    Ok(Surface { points, tangent_u: tangent_u?, tangent_v: tangent_v? })
}

/// Folds batch-norm and the axis scale into plain floats for the GPU and for inference.
pub fn pack(weights: &Weights, config: &Config) -> Result<Packed> {
    let p = config.patches;
    let width = config.decoder[0];
    let (scale, shift) = affine(weights, config, "decoder.0", p, width)?;
    let latent_weight = values(&weights.get("decoder.0.latent.weight")?.broadcast_mul(&scale)?)?;
    let mut layers = vec![Folded {
        inputs: 2,
        outputs: width,
        weight: values(&weights.get("decoder.0.uv.weight")?.broadcast_mul(&scale)?)?,
        bias: values(&shift)?,
    }];
    for i in 1..config.decoder.len() {
        let (inputs, outputs) = (config.decoder[i - 1], config.decoder[i]);
        let name = format!("decoder.{i}");
        let (scale, shift) = affine(weights, config, &name, p, outputs)?;
        let weight = values(&weights.get(&format!("{name}.weight"))?.broadcast_mul(&scale)?)?;
        layers.push(Folded { inputs, outputs, weight, bias: values(&shift)? });
    }
    let inputs = config.decoder[config.decoder.len() - 1];
    let mut weight = values(weights.get("decoder.out.weight")?)?;
    let mut bias = values(weights.get("decoder.out.bias")?)?;
    if !config.tanh {
        for row in weight.chunks_exact_mut(3).chain(bias.chunks_exact_mut(3)) {
            row.iter_mut().zip(config.axis_scale).for_each(|(x, s)| *x *= s);
        }
    }
    layers.push(Folded { inputs, outputs: 3, weight, bias });
    let codebook = match config.posterior {
        PosteriorKind::Quantised(shape) => Some(Codebook::of(weights, shape)?),
        PosteriorKind::Gaussian | PosteriorKind::None => None,
    };
    Ok(Packed::join(config, codebook, latent_weight, layers))
}
