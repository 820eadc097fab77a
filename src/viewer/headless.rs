//! Decoding on the GPU without Bevy: what `atlasforge bench` times and the parity test compares with candle.

use std::{sync::Arc, time::Instant};

use thiserror::Error;

use super::{
    adapter::{AdapterError, Headless},
    decoder::{DecoderError, GpuDecoder, SURFACE_STRIDE, Surface},
    engine::Engine,
    timer::GpuTimer,
};
use crate::{
    inspect::bootstrap::median,
    latent::{Latent, LatentError},
    mesh::{Vec3, tessellate::PatchPoints},
    model::Packed,
};

/// Why a decode on the GPU failed.
#[derive(Debug, Error)]
pub enum GpuError {
    #[error(transparent)]
    Adapter(#[from] AdapterError),
    #[error(transparent)]
    Decoder(#[from] DecoderError),
    #[error(transparent)]
    Latent(#[from] LatentError),
    #[error("the graphics device failed: {0}")]
    Device(String),
}

/// How long decodes took on which adapter.
#[derive(Clone, Debug)]
pub struct GpuTimes {
    pub adapter: String,
    /// True when the adapter computes on the CPU (lavapipe, SwiftShader, WARP).
    pub software: bool,
    /// True when all times are the GPU's own timestamps; all wall clock, from recording to completion, else.
    pub timestamps: bool,
    /// One a repeat, in order.
    pub milliseconds: Vec<f32>,
    /// Their median; the mean of the middle two of an even number.
    pub median: f32,
}

fn wait(device: &wgpu::Device) -> Result<(), GpuError> {
    device.poll(wgpu::PollType::wait_indefinitely()).map(|_| ()).map_err(|e| GpuError::Device(e.to_string()))
}

/// Decodes `latent` on a grid of `side x side` points a patch, `repeats` times after one to warm up.
///
/// # Errors
/// When there is no adapter, the model doesn't fit it, or the latent doesn't fit the model.
pub fn bench_decode(packed: &Packed, latent: &Latent, side: usize, repeats: usize) -> Result<GpuTimes, GpuError> {
    packed.takes(latent)?;
    let gpu = Headless::open()?;
    let mut decoder = GpuDecoder::new(&gpu.device, Arc::new(packed.clone()))?;
    let plan = decoder.plan(side);
    let bias = packed.latent_bias(latent);
    let timer = GpuTimer::new(&gpu.device, &gpu.queue);
    let (mut stamped, mut clocked) = (Vec::with_capacity(repeats), Vec::with_capacity(repeats));
    for repeat in 0..=repeats.max(1) {
        let start = Instant::now();
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        decoder.encode(&gpu.queue, &mut encoder, &bias, &plan, timer.as_ref().and_then(GpuTimer::stamps));
        if let Some(timer) = &timer {
            timer.resolve(&mut encoder);
        }
        gpu.queue.submit([encoder.finish()]);
        let mut time = None;
        if let Some(timer) = &timer {
            timer.poll();
            wait(&gpu.device)?;
            time = timer.poll();
        } else {
            wait(&gpu.device)?;
        }
        if repeat > 0 {
            clocked.push(start.elapsed().as_secs_f32() * 1e3);
            stamped.extend(time);
        }
    }
    // Two clocks never mix: a driver that failed to give one stamp is timed by the wall clock throughout.
    let timestamps = stamped.len() == clocked.len();
    let milliseconds = if timestamps { stamped } else { clocked };
    Ok(GpuTimes {
        adapter: gpu.info.name.clone(),
        software: gpu.info.device_type == wgpu::DeviceType::Cpu,
        timestamps,
        median: median(&mut milliseconds.iter().copied().map(f64::from).collect::<Vec<_>>()) as f32,
        milliseconds,
    })
}

/// Decodes once, on the adapter or (`processor`) beside it, and reads everything back from the adapter: unit-ball
/// positions, normals along f_u x f_v, and E, F, G, patch by patch in the order of [`crate::template::Template::grid`].
///
/// # Errors
/// When the model doesn't fit the adapter, or the latent doesn't fit the model.
pub fn decode_points(
    gpu: &Headless,
    packed: &Packed,
    latent: &Latent,
    side: usize,
    processor: bool,
) -> Result<PatchPoints, GpuError> {
    packed.takes(latent)?;
    let mut engine = Engine::new(&gpu.device, &gpu.queue, &Arc::new(packed.clone()), processor)?;
    let place = engine.place(&gpu.device, side);
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    engine.decode(&gpu.queue, &mut encoder, latent, &place)?;
    read(gpu, encoder, place.surface())
}

fn read(gpu: &Headless, mut encoder: wgpu::CommandEncoder, surface: &Surface) -> Result<PatchPoints, GpuError> {
    let staging = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("surface, read"),
        size: surface.buffer.size(),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    encoder.copy_buffer_to_buffer(&surface.buffer, 0, &staging, 0, surface.buffer.size());
    gpu.queue.submit([encoder.finish()]);
    staging.slice(..).map_async(wgpu::MapMode::Read, |_| ());
    wait(&gpu.device)?;
    let view = staging.slice(..).get_mapped_range();
    let floats: &[f32] = bytemuck::cast_slice(&view);
    let field = |at: usize| -> Vec<Vec3> {
        floats.chunks_exact(SURFACE_STRIDE).map(|point| [point[at], point[at + 1], point[at + 2]]).collect()
    };
    Ok(PatchPoints { positions: field(0), normals: field(3), form: field(6) })
}
