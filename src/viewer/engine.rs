//! What decodes a model's shapes: the adapter, or candle where the adapter is the processor itself (lavapipe, WARP), whose
//! compute shaders take several times as long as candle's matrix products.

use std::{sync::Arc, time::Instant};

use super::decoder::{DecoderError, GpuDecoder, Plan, SURFACE_STRIDE, Surface};
use super::timer::GpuTimer;
use crate::{
    latent::Latent,
    mesh::{cross, dot, unit},
    model::{Packed, inference::Inference},
    template::Template,
};

/// A model's decoder.
pub enum Engine {
    Adapter { decoder: GpuDecoder, timer: Option<GpuTimer>, timing: usize },
    Processor(Inference),
}

/// A decode that was timed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timed {
    /// Points along a side of a patch.
    pub side: usize,
    pub milliseconds: f32,
}

/// Where an engine decodes a shape to.
pub enum Place {
    Adapter(Plan),
    Processor(Surface),
}

impl Place {
    pub fn surface(&self) -> &Surface {
        match self {
            Self::Adapter(plan) => &plan.surface,
            Self::Processor(surface) => surface,
        }
    }
}

impl Engine {
    /// On the adapter, or beside it on the processor.
    ///
    /// # Errors
    /// When the model doesn't fit the adapter's limits, or its weights can't be laid out.
    pub fn new(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        packed: &Arc<Packed>,
        processor: bool,
    ) -> Result<Self, DecoderError> {
        if processor {
            let inference = Inference::new((**packed).clone()).map_err(|why| DecoderError::Network(why.to_string()))?;
            return Ok(Self::Processor(inference));
        }
        let decoder = GpuDecoder::new(device, packed.clone())?;
        Ok(Self::Adapter { decoder, timer: GpuTimer::new(device, queue), timing: 0 })
    }

    /// Somewhere to decode a shape to, on a grid of `side x side` points a patch.
    pub fn place(&mut self, device: &wgpu::Device, side: usize) -> Place {
        match self {
            Self::Adapter { decoder, .. } => Place::Adapter(decoder.plan(side)),
            Self::Processor(inference) => Place::Processor(Surface::new(device, inference.packed().patches, side)),
        }
    }

    /// Decodes a latent that fits the model by the queue's next submission. How long it took, if that is known by now.
    ///
    /// # Errors
    /// When the network fails.
    pub fn decode(
        &mut self,
        queue: &wgpu::Queue,
        encoder: &mut wgpu::CommandEncoder,
        latent: &Latent,
        place: &Place,
    ) -> Result<Option<Timed>, DecoderError> {
        match (self, place) {
            (Self::Adapter { decoder, timer, timing }, Place::Adapter(plan)) => {
                let stamps = timer.as_ref().and_then(GpuTimer::stamps);
                let timed = stamps.is_some();
                decoder.encode(queue, encoder, &decoder.packed().latent_bias(latent), plan, stamps);
                if let Some(timer) = timer.as_ref().filter(|_| timed) {
                    timer.resolve(encoder);
                    *timing = plan.surface.side;
                }
                Ok(None)
            }
            (Self::Processor(inference), Place::Processor(surface)) => {
                let since = Instant::now();
                let words = words(inference, latent, surface.side)?;
                queue.write_buffer(&surface.buffer, 0, bytemuck::cast_slice(&words));
                Ok(Some(Timed { side: surface.side, milliseconds: since.elapsed().as_secs_f32() * 1e3 }))
            }
            // A place of another engine has another model's.
            _ => Ok(None),
        }
    }

    /// A decode on the adapter that was timed since the last call.
    pub fn poll(&self) -> Option<Timed> {
        let Self::Adapter { timer: Some(timer), timing, .. } = self else { return None };
        timer.poll().map(|milliseconds| Timed { side: *timing, milliseconds })
    }
}

/// `[P, side * side, SURFACE_STRIDE]`, as the shader writes them.
fn words(inference: &Inference, latent: &Latent, side: usize) -> Result<Vec<f32>, DecoderError> {
    let decoded =
        inference.decode(latent, &Template::grid(side).uv()).map_err(|why| DecoderError::Network(why.to_string()))?;
    let mut words = Vec::with_capacity(decoded.points.len() * SURFACE_STRIDE);
    for ((point, &u), &v) in decoded.points.iter().zip(&decoded.tangent_u).zip(&decoded.tangent_v) {
        words.extend(*point);
        words.extend(unit(cross(u, v)));
        words.extend([dot(u, u), dot(u, v), dot(v, v)]);
    }
    Ok(words)
}
