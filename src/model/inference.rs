//! The packed decoder on the CPU: candle's matrix products, value and both tangents stacked as rows of one product.

use candle_core::{Device, Result, Tensor};
use rayon::prelude::*;

use super::activation::{Act, activate};
use super::ops::values;
use super::packed::Packed;
use crate::latent::Latent;

/// Surface points in radii of the unit ball with their tangents, `[P * n]` each, patch-major.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decoded {
    pub points: Vec<[f32; 3]>,
    /// df/du
    pub tangent_u: Vec<[f32; 3]>,
    /// df/dv
    pub tangent_v: Vec<[f32; 3]>,
}

/// A decoder that only decodes: weights folded, no gradients.
#[derive(Clone, Debug)]
pub struct Inference {
    packed: Packed,
    /// Per layer, `[P, in, out]`.
    weights: Vec<Tensor>,
}

impl Inference {
    pub fn new(packed: Packed) -> Result<Self> {
        let p = packed.patches;
        let weights = packed.layers.iter().map(|l| {
            let at = &packed.weights[l.weight..l.weight + p * l.inputs * l.outputs];
            Tensor::from_slice(at, (p, l.inputs, l.outputs), &Device::Cpu)
        });
        let weights = weights.collect::<Result<_>>()?;
        Ok(Self { packed, weights })
    }

    pub fn packed(&self) -> &Packed {
        &self.packed
    }

    /// Decodes a latent at uv points `[n, 2]`, the same for every patch.
    pub fn decode(&self, latent: &Latent, uv: &[[f32; 2]]) -> Result<Decoded> {
        let n = uv.len();
        let mut out = Decoded::default();
        for rows in self.run(latent, &uv.repeat(self.packed.patches), 3)?.chunks_exact(9 * n) {
            for i in 0..n {
                let at = |block: usize| -> [f32; 3] { std::array::from_fn(|k| rows[(block * n + i) * 3 + k]) };
                let (point, slope) = self.output(at(0));
                let along = |t: [f32; 3]| std::array::from_fn(|k| t[k] * slope[k]);
                out.points.push(point);
                out.tangent_u.push(along(at(1)));
                out.tangent_v.push(along(at(2)));
            }
        }
        Ok(out)
    }

    /// The points alone, `[P * n]`, at a third of the cost.
    pub fn points(&self, latent: &Latent, uv: &[[f32; 2]]) -> Result<Vec<[f32; 3]>> {
        self.points_each(latent, &uv.repeat(self.packed.patches))
    }

    /// The points alone at uv `[P * n, 2]`, patch-major: every patch has its own.
    pub fn points_each(&self, latent: &Latent, uv: &[[f32; 2]]) -> Result<Vec<[f32; 3]>> {
        let rows = self.run(latent, uv, 1)?;
        Ok(rows.chunks_exact(3).map(|p| self.output([p[0], p[1], p[2]]).0).collect())
    }

    /// From the last layer to radii: the point, and what a tangent is multiplied with.
    fn output(&self, f: [f32; 3]) -> ([f32; 3], [f32; 3]) {
        if !self.packed.tanh {
            return (f, [1.0; 3]);
        }
        let (t, s) = (f.map(f32::tanh), self.packed.output_scale);
        (std::array::from_fn(|k| s[k] * t[k]), std::array::from_fn(|k| s[k] * (1.0 - t[k] * t[k])))
    }

    /// The last layer's outputs at uv `[P * n, 2]`: for every patch `kinds` blocks of n rows of 3, values, then (with 3 kinds) tangents along
    /// u, then along v.
    fn run(&self, latent: &Latent, uv: &[[f32; 2]], kinds: usize) -> Result<Vec<f32>> {
        let Packed { patches, layers, .. } = &self.packed;
        let (p, n) = (*patches, uv.len() / patches);
        let act = Act::from(self.packed.activation);
        let latent_bias = self.packed.latent_bias(latent);
        let first = layers[0];
        let h = first.outputs;
        let mut x = vec![0.0f32; p * kinds * n * h];
        x.par_chunks_mut(kinds * n * h).enumerate().for_each(|(patch, rows)| {
            let at = first.weight + patch * 2 * h;
            let (wu, wv) = self.packed.weights[at..at + 2 * h].split_at(h);
            let bias = &latent_bias[patch * h..(patch + 1) * h];
            let (value, tangents) = rows.split_at_mut(n * h);
            let (tu, tv) = tangents.split_at_mut(tangents.len() / 2);
            for (row, [u, v]) in value.chunks_exact_mut(h).zip(&uv[patch * n..]) {
                row.iter_mut().zip(wu).zip(wv).for_each(|((x, wu), wv)| *x = u * wu + v * wv);
            }
            tu.chunks_exact_mut(h).for_each(|row| row.copy_from_slice(wu));
            tv.chunks_exact_mut(h).for_each(|row| row.copy_from_slice(wv));
            activate(act, bias, value, [tu, tv]);
        });
        for (i, (layer, weight)) in layers.iter().zip(&self.weights).enumerate().skip(1) {
            let input = Tensor::from_vec(x, (p, kinds * n, layer.inputs), &Device::Cpu)?;
            x = values(&input.matmul(weight)?)?;
            let act = if i + 1 == layers.len() { Act::Identity } else { act };
            let c = layer.outputs;
            x.par_chunks_mut(kinds * n * c).enumerate().for_each(|(patch, rows)| {
                let bias = &self.packed.weights[layer.bias + patch * c..][..c];
                let (value, tangents) = rows.split_at_mut(n * c);
                let (tu, tv) = tangents.split_at_mut(tangents.len() / 2);
                activate(act, bias, value, [tu, tv]);
            });
        }
        Ok(x)
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::Config;
    use super::super::decoder::{decode, decode_with_tangents, pack};
    use super::super::layer::{Mode, update_running};
    use super::super::weights::Weights;
    use super::*;
    use crate::template::Template;
    use rand::SeedableRng;

    fn configs() -> Vec<Config> {
        let base = Config {
            patches: 3,
            latent: 5,
            groups: 1,
            encoder: vec![8, 16],
            encoder_head: vec![],
            decoder: vec![17, 9],
            activation: super::super::Activation::Silu,
            batch_norm: true,
            tanh: false,
            axis_scale: [0.2, 1.0, 0.05],
            posterior: Default::default(),
        };
        let mut all = vec![base.clone()];
        all.push(Config {
            activation: super::super::Activation::Softplus,
            batch_norm: false,
            groups: 3,
            ..base.clone()
        });
        all.push(Config { activation: super::super::Activation::Relu, tanh: true, decoder: vec![8], ..base });
        all
    }

    #[test]
    fn packed_inference_equals_the_differentiable_decoder() {
        for config in configs() {
            let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(5);
            let weights = Weights::init(&config, &mut rng).unwrap();
            let latent = Latent::prior(config.groups, config.latent, &mut rng);
            let (p, uv) = (config.patches, Template::grid(4).uv());
            let z = Tensor::from_slice(latent.values(), (1, config.latent_numbers()), &Device::Cpu).unwrap();
            let flat: Vec<f32> = (0..p).flat_map(|_| uv.iter().flatten().copied()).collect();
            let grid = Tensor::from_vec(flat, (p, 1, uv.len(), 2), &Device::Cpu).unwrap();
            // Train-mode passes first, so that batch-norm has statistics of its own.
            let mut seen = Vec::new();
            decode(&weights, &config, &z, &grid, &mut Mode::Train(&mut seen)).unwrap();
            update_running(&weights, &seen, 0.7).unwrap();
            let fast = Inference::new(pack(&weights, &config).unwrap()).unwrap().decode(&latent, &uv).unwrap();
            let slow = decode_with_tangents(&weights, &config, &z, &grid).unwrap();
            let plain = decode(&weights, &config, &z, &grid, &mut Mode::Eval).unwrap();
            let packed = Inference::new(pack(&weights, &config).unwrap()).unwrap();
            for (a, b) in packed.points(&latent, &uv).unwrap().iter().zip(&fast.points) {
                assert!((0..3).all(|k| (a[k] - b[k]).abs() < 1e-6), "{a:?} {b:?}");
            }
            for (ours, theirs) in [
                (&fast.points, &slow.points),
                (&fast.points, &plain),
                (&fast.tangent_u, &slow.tangent_u),
                (&fast.tangent_v, &slow.tangent_v),
            ] {
                let theirs = values(theirs).unwrap();
                for (a, b) in ours.iter().zip(theirs.chunks_exact(3)) {
                    for k in 0..3 {
                        let b = b[k] * config.axis_scale[k];
                        assert!((a[k] - b).abs() < 2e-6, "{config:?}: {} {}", a[k], b);
                    }
                }
            }
        }
    }
}
