//! A shape with one measure changed and the others held: "the blade 5 cm longer" as an operation.
//!
//! Lengths are metres as measured on the decoded shape. The network only knows shares of the overall length, so a part
//! that lies along it lengthens the whole by as much: a blade 5 cm longer is a sword 5 cm longer with the same hilt.

use rayon::prelude::*;
use thiserror::Error;

use super::{Forge, ForgeError, LENGTHS};
use crate::inspect::attributes::{Attributes, measure, measure_parts};
use crate::latent::Latent;
use crate::latent::attribute::{Attribute, Scale, steer};
use crate::mesh::Mesh;
use crate::mesh::tessellate::{PatchPoints, tessellate};
use crate::template::Template;

/// Side of the grid that is measured: coarse, since many decodes are.
pub const MEASURE_GRID: usize = 12;

/// What becomes of an attribute: metres, or for a ratio its own number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    By(f32),
    To(f32),
}

/// A changed shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Shifted {
    pub latent: Latent,
    /// Overall length in metres.
    pub length: f32,
    /// `[A]` in the checkpoint's order, metres (or a ratio): what the shape measured before, what was wanted, what it measures now.
    pub before: Vec<f32>,
    pub wanted: Vec<f32>,
    pub after: Vec<f32>,
}

/// Why a shape can't be changed so.
#[derive(Debug, Error)]
pub enum ShiftError {
    #[error(
        "the model knows no attribute '{name}'; {}",
        if known.is_empty() {
            "attributes are those of swords, and `atlasforge finish` learns them".to_owned()
        } else {
            format!("it knows {known}")
        }
    )]
    Unknown { name: String, known: String },
    #[error("'{name}' would be {value:.4}, which no shape has; give another value")]
    Impossible { name: String, value: f32 },
    #[error(transparent)]
    Forge(#[from] ForgeError),
}

impl Forge {
    /// A decoded mesh as an artist measures it, by patches where the checkpoint knows their parts.
    pub fn measure(&self, mesh: &Mesh) -> Attributes {
        let parts: Vec<&str> = self.checkpoint.meta.patch_parts.iter().map(|p| p.part.as_str()).collect();
        if parts.is_empty() { measure(mesh) } else { measure_parts(mesh, &parts) }
    }

    /// Measures a latent's shape in the unit ball, on a coarse grid.
    ///
    /// # Errors
    /// As [`Forge::decode_points`].
    pub fn measure_latent(&self, latent: &Latent) -> Result<Attributes, ForgeError> {
        let (config, template) = (&self.checkpoint.config, Template::grid(MEASURE_GRID));
        self.packed().takes(latent)?;
        // Without tangents, which nothing measured here needs, at a third of the cost.
        let positions = self.inference.points(latent, &template.uv())?;
        if positions.iter().flatten().any(|x| !x.is_finite()) {
            return Err(ForgeError::NotFinite);
        }
        let points = PatchPoints { positions, ..Default::default() };
        Ok(self.measure(&tessellate(points, config.patches, &self.checkpoint.meta.signs, &template)))
    }

    /// The checkpoint's attributes of a latent, `[A]`, as shares of the overall length (ratios as they are).
    ///
    /// # Errors
    /// As [`Forge::decode_points`].
    pub fn shares(&self, latent: &Latent) -> Result<Vec<f32>, ForgeError> {
        let measured = self.measure_latent(latent)?;
        Ok(self.checkpoint.meta.attributes.iter().map(|a| share(&measured, &a.name, a.scale)).collect())
    }

    /// The same in metres for a shape of a length.
    ///
    /// # Errors
    /// As [`Forge::decode_points`].
    pub fn attributes(&self, latent: &Latent, length: f32) -> Result<Vec<f32>, ForgeError> {
        Ok(self.metres(&self.shares(latent)?, length))
    }

    fn metres(&self, shares: &[f32], length: f32) -> Vec<f32> {
        let known = self.checkpoint.meta.attributes.iter().zip(shares);
        known.map(|(a, s)| if a.scale == Scale::Ratio { *s } else { s * length }).collect()
    }

    /// Changes attributes by name and holds the checkpoint's other ones, as measured on the decoded shape; without `length`
    /// the shape is as long as the model thinks. A value that no shape nearby has is approached as far as it goes: compare
    /// `wanted` with `after`.
    ///
    /// # Errors
    /// For a name that the checkpoint has no attribute for, or a length that nothing has; as [`Forge::decode_points`].
    pub fn shift(
        &self,
        latent: &Latent,
        length: Option<f32>,
        changes: &[(&str, Change)],
    ) -> Result<Shifted, ShiftError> {
        let meta = &self.checkpoint.meta;
        let attributes = &meta.attributes;
        let length = self.placement(latent, length).length;
        let before = self.attributes(latent, length)?;
        let (mut wanted, mut overall) = (before.clone(), length);
        for &(name, change) in changes {
            let Some(i) = attributes.iter().position(|a| a.name == name) else {
                let known = attributes.iter().map(|a| a.name.as_str()).collect::<Vec<_>>().join(", ");
                return Err(ShiftError::Unknown { name: name.to_owned(), known });
            };
            let value = match change {
                Change::By(by) => wanted[i] + by,
                Change::To(to) => to,
            };
            let scale = attributes[i].scale;
            if !value.is_finite() || (scale != Scale::Ratio && value <= 0.0) {
                return Err(ShiftError::Impossible { name: name.to_owned(), value });
            }
            if scale == Scale::Along {
                overall += value - wanted[i];
            }
            wanted[i] = value;
        }
        if !LENGTHS.contains(&overall) {
            return Err(ForgeError::Length(overall).into());
        }
        if changes.is_empty() {
            return Ok(Shifted { latent: latent.clone(), length, after: before.clone(), wanted, before });
        }
        let targets: Vec<f32> = attributes
            .iter()
            .zip(&wanted)
            .map(|(a, w)| if a.scale == Scale::Ratio { *w } else { w / overall })
            .collect();
        let (latent, shares) = self.steered(latent, &targets, f64::INFINITY)?;
        let after = self.metres(&shares, overall);
        Ok(Shifted { latent, length: overall, before, wanted, after })
    }

    /// The latent nearby whose shape measures `targets`, `[A]` as [`Forge::shares`], or as near to them as it goes within `trust`
    /// deviations, and what it measures.
    ///
    /// # Errors
    /// As [`Forge::decode_points`].
    pub fn steered(&self, latent: &Latent, targets: &[f32], trust: f64) -> Result<(Latent, Vec<f32>), ForgeError> {
        let meta = &self.checkpoint.meta;
        match &meta.axes {
            Some(axes) => steer(axes, &meta.attributes, latent, targets, trust, &mut |l| self.shares(l)),
            None => Ok((latent.clone(), self.shares(latent)?)),
        }
    }

    /// `[A, A]`: how far attribute j moves, in its deviations and on average over shapes `(latent, metres)`, when attribute
    /// i is moved by one of its own, towards these shapes' mean: rows i, columns j. Measured on decoded shapes.
    ///
    /// # Errors
    /// As [`Forge::shift`].
    pub fn cross_changes(&self, shapes: &[(Latent, f32)]) -> Result<Vec<Vec<f32>>, ShiftError> {
        let attributes = &self.checkpoint.meta.attributes;
        let measured = shapes.iter().map(|(latent, length)| self.attributes(latent, *length));
        let measured: Vec<Vec<f32>> = measured.collect::<Result<_, _>>()?;
        let row = |(i, attribute): (usize, &Attribute)| {
            let mean = measured.iter().map(|m| m[i]).sum::<f32>() / shapes.len() as f32;
            let mut sums = vec![0.0f32; attributes.len()];
            for ((latent, length), before) in shapes.iter().zip(&measured) {
                let inwards = if before[i] <= mean { 1.0 } else { -1.0 };
                let change = Change::By(inwards * attribute.metres);
                let shifted = self.shift(latent, Some(*length), &[(&attribute.name, change)])?;
                for (j, other) in attributes.iter().enumerate() {
                    sums[j] += (shifted.after[j] - shifted.before[j]).abs() / other.metres / shapes.len() as f32;
                }
            }
            Ok(sums)
        };
        attributes.par_iter().enumerate().map(row).collect()
    }
}

/// A measurement as a share of the overall length; a ratio as it is; 0 for what was not measured.
pub fn share(measured: &Attributes, name: &str, scale: Scale) -> f32 {
    let value = measured.value(name).unwrap_or(0.0);
    match scale {
        Scale::Ratio => value,
        _ if measured.length > 0.0 => value / measured.length,
        _ => 0.0,
    }
}
