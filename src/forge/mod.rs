//! Checkpoint + latent + template -> meshes: the one place where model meets mesh.
//!
//! A [`Subject`] is what goes around: [`asset`] packs one into a file, [`open`] gets it out again.

pub mod asset;
pub mod closeness;
pub mod even;
mod extent;
pub mod game;
pub mod morph;
pub mod open;
pub mod refine;
pub mod sample;
pub mod shift;
pub mod solid;
pub mod subject;

use extent::{Extent, Extents};
pub use sample::SampleFrom;
pub use subject::Subject;

use std::borrow::Cow;

use candle_core::{Device, Tensor};
use rand::SeedableRng;
use thiserror::Error;

use crate::class::Class;
use crate::latent::{Latent, LatentError};
use crate::mesh::tessellate::{PatchPoints, tessellate};
use crate::mesh::{Mesh, MeshError, Vec3, cross, dot, unit};
use crate::model::checkpoint::{Checkpoint, Encoded};
use crate::model::codebook::Codebook;
use crate::model::config::PosteriorKind;
use crate::model::decoder::pack;
use crate::model::encoder::{Posterior, encode};
use crate::model::inference::Inference;
use crate::model::layer::Mode;
use crate::model::ops::values;
use crate::model::packed::Packed;
use crate::model::prior::CodePrior;
use crate::shapes::placement::to_unit_ball;
use crate::shapes::sample::surface;
use crate::solid::SolidError;
use crate::template::Template;

/// How many surface points of a mesh the encoder sees, in clouds ([`Forge::encode`]).
pub const ENCODER_POINTS: usize = 10_000;

/// Points of a cloud where no recipe says how many the training had: AtlasNet's own.
const CLOUD: usize = 2_500;

/// Points of a patch that are decoded at once, 32 x 32: more would fill memory with what lies between the network's layers.
const AT_ONCE: usize = 1024;

/// Side of the grid that a shape's extent is measured on.
const EXTENT_GRID: usize = 6;

/// The axis that shapes stand along.
const UP: usize = 1;

/// From the unit ball to metres: `metres = scale * p + offset`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// Metres a radius.
    pub scale: f32,
    /// Brings a sword's grip to the origin, metres; 0 for a plane, whose middle lies there already.
    pub offset: Vec3,
    /// Overall length along the class's axis, metres.
    pub length: f32,
}

impl Placement {
    /// A point of the unit ball in metres.
    pub fn place(&self, p: Vec3) -> Vec3 {
        std::array::from_fn(|k| self.scale * p[k] + self.offset[k])
    }
}

/// Overall lengths in metres that can be forged.
pub const LENGTHS: std::ops::RangeInclusive<f32> = 0.01..=100.0;

/// Refuses lengths that nobody forges.
fn check_length(length: Option<f32>) -> Result<(), ForgeError> {
    match length.filter(|length| !LENGTHS.contains(length)) {
        Some(length) => Err(ForgeError::Length(length)),
        None => Ok(()),
    }
}

/// Why a shape can't be forged.
#[derive(Debug, Error)]
pub enum ForgeError {
    #[error(transparent)]
    Latent(#[from] LatentError),
    #[error("a length of {0} m can't be made; give one of 0.01 to 100")]
    Length(f32),
    #[error("the decoder gave a point that is not finite; the latent lies too far from anything learnt")]
    NotFinite,
    #[error(transparent)]
    Mesh(#[from] MeshError),
    #[error(transparent)]
    Solid(#[from] SolidError),
    #[error("the network failed: {0}")]
    Network(#[from] candle_core::Error),
}

/// A checkpoint made ready: decodes latents, encodes shapes.
#[derive(Clone, Debug)]
pub struct Forge {
    checkpoint: Checkpoint,
    inference: Inference,
    /// What a quantised network's samples are drawn from.
    prior: Option<CodePrior>,
    extents: Extents,
}

impl Forge {
    /// Folds the decoder's weights.
    ///
    /// # Errors
    /// When the network's tensors can't be combined.
    pub fn new(checkpoint: Checkpoint) -> Result<Self, ForgeError> {
        let inference = Inference::new(pack(&checkpoint.weights, &checkpoint.config)?)?;
        let Checkpoint { config, weights, .. } = &checkpoint;
        let prior = match config.posterior {
            PosteriorKind::Quantised(shape) => Some(CodePrior::of(weights, shape, config.groups)?),
            PosteriorKind::Gaussian | PosteriorKind::None => None,
        };
        Ok(Self { checkpoint, inference, prior, extents: Extents::default() })
    }

    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// What the model makes.
    pub fn class(&self) -> Class {
        self.checkpoint.meta.class
    }

    /// Gives the checkpoint back.
    pub fn into_checkpoint(self) -> Checkpoint {
        self.checkpoint
    }

    /// The decoder as the GPU wants it.
    pub fn packed(&self) -> &Packed {
        self.inference.packed()
    }

    /// An encoded shape by name.
    pub fn find(&self, name: &str) -> Option<&Encoded> {
        self.checkpoint.meta.encoded.iter().find(|e| e.name == name)
    }

    /// Scale and origin for a latent; without `length` the checkpoint's own estimate.
    pub fn placement(&self, latent: &Latent, length: Option<f32>) -> Placement {
        let heads = &self.checkpoint.meta.heads;
        let length = length.unwrap_or_else(|| heads.length.at(latent));
        let scale = length / self.extent(latent).length;
        let offset = match self.class() {
            Class::Sword => [0.0, -scale * heads.grip.at(&self.of_part(latent, "grip")), 0.0],
            Class::Plane => [0.0; 3],
        };
        Placement { scale, offset, length }
    }

    /// What the patches of a part take of a mix, on average: where a grip is follows the grip's own latent.
    fn of_part<'a>(&self, latent: &'a Latent, part: &str) -> Cow<'a, Latent> {
        if !latent.is_mix(self.checkpoint.config.groups) {
            return Cow::Borrowed(latent);
        }
        let parts = &self.checkpoint.meta.patch_parts;
        Cow::Owned(latent.averaged(|p| parts.get(p).is_some_and(|of| of.part == part)))
    }

    /// How far the decoded shape reaches: 2 radii along its length for a straight sword, a little less for a reconstruction.
    /// From a coarse grid, whose borders hold the tips.
    fn extent(&self, latent: &Latent) -> Extent {
        self.extents.of(latent, || self.measured_extent(latent))
    }

    /// The lowest point of the decoded shape as it stands, in radii above the unit ball's centre: about -1 for a sword.
    pub fn lowest(&self, latent: &Latent) -> f32 {
        self.extent(latent).lowest
    }

    fn measured_extent(&self, latent: &Latent) -> Extent {
        let points = self.inference.points(latent, &Template::grid(EXTENT_GRID).uv()).unwrap_or_default();
        let reach = |axis: usize| {
            points.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(lo, hi), p| (lo.min(p[axis]), hi.max(p[axis])))
        };
        let (from, to) = reach(self.class().length_axis());
        let (length, lowest) = (to - from, reach(UP).0);
        // What decodes to nothing measurable is refused where it is decoded; here it only must not divide by zero.
        if length.is_finite() && lowest.is_finite() && length > 1e-3 {
            Extent { length, lowest }
        } else {
            Extent { length: 2.0, lowest: -1.0 }
        }
    }

    /// Surface points at uv `[n, 2]` of every patch in radii of the unit ball, `[P * n]`, patch-major; normals along
    /// `f_u x f_v`, form from the same tangents.
    ///
    /// # Errors
    /// When the latent does not fit the model or decodes to no number.
    pub fn decode_points(&self, latent: &Latent, uv: &[[f32; 2]]) -> Result<PatchPoints, ForgeError> {
        self.packed().takes(latent)?;
        if uv.len() > AT_ONCE {
            return self.decode_in_turns(latent, uv);
        }
        let decoded = self.inference.decode(latent, uv)?;
        if decoded.points.iter().flatten().any(|x| !x.is_finite()) {
            return Err(ForgeError::NotFinite);
        }
        let tangents = || decoded.tangent_u.iter().zip(&decoded.tangent_v);
        Ok(PatchPoints {
            normals: tangents().map(|(&u, &v)| unit(cross(u, v))).collect(),
            form: tangents().map(|(&u, &v)| [dot(u, u), dot(u, v), dot(v, v)]).collect(),
            positions: decoded.points,
        })
    }

    /// The same, some points of every patch at a time.
    fn decode_in_turns(&self, latent: &Latent, uv: &[[f32; 2]]) -> Result<PatchPoints, ForgeError> {
        let (patches, n) = (self.checkpoint.config.patches, uv.len());
        let blank = vec![[0.0; 3]; patches * n];
        let mut whole = PatchPoints { positions: blank.clone(), normals: blank.clone(), form: blank };
        for (turn, part) in uv.chunks(AT_ONCE).enumerate() {
            let points = self.decode_points(latent, part)?;
            let pairs = [
                (&mut whole.positions, &points.positions),
                (&mut whole.normals, &points.normals),
                (&mut whole.form, &points.form),
            ];
            for (into, from) in pairs {
                for (patch, row) in from.chunks(part.len()).enumerate() {
                    into[patch * n + turn * AT_ONCE..][..part.len()].copy_from_slice(row);
                }
            }
        }
        Ok(whole)
    }

    /// The patches as decoded, in metres, lying as its class does ([`Class`]), every patch facing the side stored for it.
    ///
    /// # Errors
    /// As [`Forge::decode_points`]; a length that is not 0.01 to 100 m.
    pub fn decode(&self, latent: &Latent, length: Option<f32>, template: &Template) -> Result<Mesh, ForgeError> {
        check_length(length)?;
        let mut mesh = self.decode_unit(latent, template)?;
        let Placement { scale, offset, .. } = self.placement(latent, length);
        mesh.transform(scale, offset);
        Ok(mesh)
    }

    /// The same in the unit ball.
    ///
    /// # Errors
    /// As [`Forge::decode_points`].
    pub fn decode_unit(&self, latent: &Latent, template: &Template) -> Result<Mesh, ForgeError> {
        let points = self.decode_points(latent, &template.uv())?;
        Ok(tessellate(points, self.checkpoint.config.patches, &self.checkpoint.meta.signs, template))
    }

    /// The latent of surface points `[N, 3]` in the unit ball: the posterior's mean; of a quantised network before quantisation.
    ///
    /// The encoder keeps the largest of what it finds over all points, and that grows with their number: so they are dealt
    /// out to clouds about as large as those that it was trained with, and the clouds' means averaged, which evens out the
    /// chance of the points as well.
    ///
    /// # Errors
    /// Without points, or when the network fails.
    pub fn encode(&self, points: &[Vec3]) -> Result<Latent, ForgeError> {
        let clouds = (points.len() / self.cloud(points.len())).max(1);
        let config = &self.checkpoint.config;
        let mean = values(&self.posterior(points, clouds)?.mean.mean(0)?)?;
        Ok(Latent::new(config.groups, config.latent, mean)?)
    }

    /// The posterior of one cloud of the points `[N, 3]` in the unit ball, as large as those of the training, of batch size 1.
    ///
    /// # Errors
    /// As [`Forge::encode`].
    pub fn posterior_of_cloud(&self, points: &[Vec3]) -> Result<Posterior, ForgeError> {
        self.posterior(&points[..self.cloud(points.len()).min(points.len())], 1)
    }

    /// Points that the encoder saw at a time in training, at most `all`.
    fn cloud(&self, all: usize) -> usize {
        self.checkpoint.meta.encoder_points().unwrap_or(CLOUD).clamp(1, all.max(1))
    }

    /// Of each of several clouds, among which the points are dealt out in turns.
    fn posterior(&self, points: &[Vec3], clouds: usize) -> Result<Posterior, ForgeError> {
        if points.is_empty() {
            return Err(MeshError::Empty.into());
        }
        let Checkpoint { config, weights, .. } = &self.checkpoint;
        let size = points.len() / clouds;
        let dealt = (0..clouds).flat_map(|cloud| (0..size).map(move |i| points[i * clouds + cloud]));
        let flat: Vec<f32> =
            dealt.flat_map(|p| std::array::from_fn::<f32, 3, _>(|i| p[i] / config.axis_scale[i])).collect();
        let points = Tensor::from_vec(flat, (clouds, size, 3), &Device::Cpu)?;
        Ok(encode(weights, config, &points, &mut Mode::Eval)?)
    }

    /// Encodes any mesh: to the unit ball, [`ENCODER_POINTS`] points of the surface that can be seen, the same ones each time.
    ///
    /// # Errors
    /// For a mesh that can't be sampled.
    pub fn encode_mesh(&self, mesh: &Mesh) -> Result<Latent, ForgeError> {
        mesh.validate()?;
        let (mesh, placement) = to_unit_ball(mesh);
        if placement.radius <= 0.0 {
            return Err(MeshError::NoExtent.into());
        }
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(0);
        self.encode(&surface(&mesh, ENCODER_POINTS, &mut rng).points)
    }

    /// The centre of the encoded training set, or the prior's mean.
    pub fn mean(&self) -> Latent {
        let config = &self.checkpoint.config;
        let axes = self.checkpoint.meta.axes.as_ref();
        axes.and_then(|a| Latent::new(config.groups, config.latent, a.mean.clone()).ok())
            .unwrap_or_else(|| Latent::zeros(config.groups, config.latent))
    }

    /// The codes of a quantised network, which replace a latent's numbers wherever it is decoded.
    pub fn codebook(&self) -> Option<&Codebook> {
        self.packed().codebook.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_points_are_decoded_in_turns_as_if_in_one() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny.safetensors");
        let forge = Forge::new(Checkpoint::read(&path).unwrap()).unwrap();
        let (latent, uv) = (forge.mean(), Template::grid(40).uv());
        let whole = forge.decode_points(&latent, &uv).unwrap();
        let turns = [&uv[..AT_ONCE], &uv[AT_ONCE..]].map(|part| forge.decode_points(&latent, part).unwrap());
        for patch in 0..forge.packed().patches {
            let row = |of: &[Vec3], n: usize| of[patch * n..(patch + 1) * n].to_vec();
            let rest = uv.len() - AT_ONCE;
            let picks: [fn(&PatchPoints) -> &Vec<Vec3>; 3] = [|p| &p.positions, |p| &p.normals, |p| &p.form];
            for pick in picks {
                let joined = [row(pick(&turns[0]), AT_ONCE), row(pick(&turns[1]), rest)].concat();
                assert_eq!(row(pick(&whole), uv.len()), joined);
            }
        }
    }

    #[test]
    fn points_are_encoded_in_clouds_as_large_as_those_of_the_training() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny.safetensors");
        let mut checkpoint = Checkpoint::read(&path).unwrap();
        let points: Vec<Vec3> =
            (0..150).map(|i| [(i as f32).sin(), (i as f32 * 0.7).cos() * 0.5, (i as f32 * 1.3).sin() * 0.2]).collect();
        checkpoint.meta.card.remove("recipe");
        let whole = Forge::new(checkpoint.clone()).unwrap();
        checkpoint.meta.card.insert("recipe".into(), serde_json::json!({ "train": { "encoder_points": 70 } }));
        let dealt = Forge::new(checkpoint).unwrap();
        let turn = |first: usize| points.iter().skip(first).step_by(2).copied().collect::<Vec<_>>();
        let [a, b] = [0, 1].map(|first| whole.encode(&turn(first)).unwrap());
        let both = dealt.encode(&points).unwrap();
        for ((x, a), b) in both.values().iter().zip(a.values()).zip(b.values()) {
            assert!((x - 0.5 * (a + b)).abs() < 1e-5, "{x} of {a} and {b}");
        }
        assert_ne!(both, whole.encode(&points).unwrap());
        // What is smaller than a cloud is one.
        assert_eq!(dealt.encode(&points[..60]).unwrap(), whole.encode(&points[..60]).unwrap());
        assert!(matches!(dealt.posterior_of_cloud(&[]), Err(ForgeError::Mesh(MeshError::Empty))));
    }
}
