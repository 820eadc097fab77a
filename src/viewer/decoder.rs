//! The WGSL decoder over plain wgpu: the same code runs in Bevy's render world, in `bench` and in the parity test.

use std::sync::Arc;

use thiserror::Error;
use wgpu::util::DeviceExt;

use crate::model::Packed;

/// Numbers that a decoded point takes in [`Surface::buffer`]: position, normal (f_u x f_v), E, F, G.
pub const SURFACE_STRIDE: usize = 9;

/// Bytes that one buffer of activations may take. Small enough for every adapter's binding limit, large enough to keep
/// a big GPU busy; two of them exist, and longer work is cut into chunks.
const SCRATCH_BYTES: usize = 32 << 20;

/// The largest share of a layer's weights that one dispatch binds.
const WEIGHT_BYTES: usize = 64 << 20;

/// Outputs that one invocation computes; the shader is written for this number.
const BLOCK: usize = 8;
/// Points that a workgroup of the hidden layers computes: 64 lanes, 2 points each.
const HIDDEN_POINTS: usize = 128;
/// Points that a workgroup of the first and the last layer computes.
const POINTS: usize = 64;
/// Uniform and storage offsets are multiples of this on every adapter.
const ALIGN: usize = 256;

/// Why a model can't be decoded on this adapter.
#[derive(Debug, Error)]
pub enum DecoderError {
    #[error("layer {layer} of the decoder needs {bytes} bytes in {what}, but the graphics adapter allows {limit}")]
    TooLarge { layer: usize, what: &'static str, bytes: u64, limit: u64 },
    #[error("the decoder has no hidden layer")]
    NoHiddenLayer,
    #[error("the network failed: {0}")]
    Network(String),
}

/// A decoder's weights and pipelines on one device.
pub struct GpuDecoder {
    device: wgpu::Device,
    packed: Arc<Packed>,
    pipelines: [wgpu::ComputePipeline; 3],
    layers: Vec<GpuLayer>,
    /// Activations, written alternately; replaced by larger ones when a finer grid needs it.
    scratch: Option<[wgpu::Buffer; 2]>,
}

/// One layer's weights, each patch's in a block of its own: `[inputs, outputs]` and bias, outputs padded.
struct GpuLayer {
    inputs: usize,
    /// Padded to the block; 4 in the last layer.
    outputs: usize,
    /// Bytes from patch to patch, a multiple of [`ALIGN`].
    stride: usize,
    buffer: wgpu::Buffer,
}

/// Where a shape is decoded to on one grid.
pub struct Surface {
    /// Points along a side of a patch.
    pub side: usize,
    /// `[P, side * side, SURFACE_STRIDE]` f32: position in the unit ball, normal, E, F, G.
    pub buffer: wgpu::Buffer,
}

impl Surface {
    /// An empty one for `patches` on a grid of `side x side` points each (2 at least).
    pub fn new(device: &wgpu::Device, patches: usize, side: usize) -> Self {
        let side = side.max(2);
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("surface"),
            size: (patches * side * side * SURFACE_STRIDE * 4) as u64,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Self { side, buffer }
    }
}

/// The dispatches that decode a shape to a surface.
pub struct Plan {
    pub surface: Surface,
    /// `[P, H0]`
    latent_bias: wgpu::Buffer,
    steps: Vec<Step>,
}

struct Step {
    pipeline: usize,
    bind_group: wgpu::BindGroup,
    groups: [u32; 3],
}

/// `Work` in decode.wgsl.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Work {
    inputs: u32,
    outputs: u32,
    patch_stride: u32,
    source_width: u32,
    points: u32,
    first_point: u32,
    first_patch: u32,
    side: u32,
    patch_points: u32,
    spacing: f32,
    bias_width: u32,
    pad: u32,
}

/// Points that travel through the layers together.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Chunk {
    first_patch: usize,
    patches: usize,
    first_point: usize,
    points: usize,
}

/// The shader's text for a model: constants from the same [`Packed`], then `shaders/decode.wgsl`.
pub fn shader_source(packed: &Packed) -> String {
    let constants = packed.wgsl_constants();
    format!("{constants}const SURFACE_STRIDE: u32 = {SURFACE_STRIDE}u;\n{}", include_str!("../../shaders/decode.wgsl"))
}

impl GpuDecoder {
    /// Uploads the weights and compiles the pipelines.
    ///
    /// # Errors
    /// When a layer doesn't fit the device's limits.
    pub fn new(device: &wgpu::Device, packed: Arc<Packed>) -> Result<Self, DecoderError> {
        if packed.layers.len() < 2 {
            return Err(DecoderError::NoHiddenLayer);
        }
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("decode"),
            source: wgpu::ShaderSource::Wgsl(shader_source(&packed).into()),
        });
        let pipelines = ["first", "hidden", "last"].map(|entry| {
            device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(entry),
                layout: None,
                module: &module,
                entry_point: Some(entry),
                compilation_options: wgpu::PipelineCompilationOptions {
                    zero_initialize_workgroup_memory: false,
                    ..Default::default()
                },
                cache: None,
            })
        });
        let layers =
            (0..packed.layers.len()).map(|layer| GpuLayer::new(device, &packed, layer)).collect::<Result<_, _>>()?;
        Ok(Self { device: device.clone(), packed, pipelines, layers, scratch: None })
    }

    /// The model that this decodes.
    pub fn packed(&self) -> &Arc<Packed> {
        &self.packed
    }

    /// What decodes a shape on a grid of `side x side` points a patch (2 at least).
    pub fn plan(&mut self, side: usize) -> Plan {
        let surface = Surface::new(&self.device, self.packed.patches, side);
        let (side, buffer) = (surface.side, &surface.buffer);
        let patch_points = side * side;
        // Widths of the activations: every output but the last layer's, padded.
        let widest = self.layers.iter().rev().skip(1).map(|l| l.outputs).max().unwrap_or(BLOCK);
        let weights = self.layers.iter().map(|l| l.stride).max().unwrap_or(ALIGN);
        let chunks = chunks(self.packed.patches, patch_points, widest * 3 * 4, weights);
        let scratch_bytes = chunks.iter().map(|c| c.patches * c.points * widest * 3 * 4).max().unwrap_or(ALIGN) as u64;
        let [even, odd] = self.scratch(scratch_bytes);

        let device = &self.device;
        let latent_bias = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("latent bias"),
            size: (self.packed.patches * self.packed.layers[0].outputs * 4) as u64,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });

        let last = self.layers.len() - 1;
        let mut works = Vec::new();
        for chunk in &chunks {
            for (i, layer) in self.layers.iter().enumerate() {
                let work = Work {
                    inputs: layer.inputs as u32,
                    outputs: layer.outputs as u32,
                    patch_stride: (layer.stride / 16) as u32,
                    source_width: if i == 0 { 0 } else { self.layers[i - 1].outputs as u32 },
                    points: chunk.points as u32,
                    first_point: chunk.first_point as u32,
                    first_patch: chunk.first_patch as u32,
                    side: side as u32,
                    patch_points: patch_points as u32,
                    spacing: 1.0 / (side - 1) as f32,
                    bias_width: self.packed.layers[0].outputs as u32,
                    pad: 0,
                };
                works.push(work);
            }
        }
        let mut bytes = vec![0u8; works.len() * ALIGN];
        for (slot, work) in bytes.chunks_exact_mut(ALIGN).zip(&works) {
            slot[..size_of::<Work>()].copy_from_slice(bytemuck::bytes_of(work));
        }
        let uniforms = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("decode steps"),
            contents: &bytes,
            usage: wgpu::BufferUsages::UNIFORM,
        });

        let mut steps = Vec::with_capacity(works.len());
        for (c, chunk) in chunks.iter().enumerate() {
            for (i, layer) in self.layers.iter().enumerate() {
                let (source, target) = if i % 2 == 1 { (&even, &odd) } else { (&odd, &even) };
                let uniform = wgpu::BufferBinding {
                    buffer: &uniforms,
                    offset: ((c * self.layers.len() + i) * ALIGN) as u64,
                    size: wgpu::BufferSize::new(size_of::<Work>() as u64),
                };
                let weights = wgpu::BufferBinding {
                    buffer: &layer.buffer,
                    offset: (chunk.first_patch * layer.stride) as u64,
                    size: wgpu::BufferSize::new((chunk.patches * layer.stride) as u64),
                };
                let entry = |binding, resource| wgpu::BindGroupEntry { binding, resource };
                let mut entries = vec![
                    entry(0, wgpu::BindingResource::Buffer(uniform)),
                    entry(1, wgpu::BindingResource::Buffer(weights)),
                ];
                let (pipeline, groups) = if i == 0 {
                    entries.push(entry(3, target.as_entire_binding()));
                    entries.push(entry(4, latent_bias.as_entire_binding()));
                    (0, [chunk.points.div_ceil(POINTS), layer.outputs / BLOCK])
                } else if i < last {
                    entries.push(entry(2, source.as_entire_binding()));
                    entries.push(entry(3, target.as_entire_binding()));
                    (1, [chunk.points.div_ceil(HIDDEN_POINTS), layer.outputs / BLOCK])
                } else {
                    entries.push(entry(2, source.as_entire_binding()));
                    entries.push(entry(5, buffer.as_entire_binding()));
                    (2, [chunk.points.div_ceil(POINTS), 1])
                };
                let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
                    label: Some("decode step"),
                    layout: &self.pipelines[pipeline].get_bind_group_layout(0),
                    entries: &entries,
                });
                steps.push(Step {
                    pipeline,
                    bind_group,
                    groups: [groups[0] as u32, groups[1] as u32, chunk.patches as u32],
                });
            }
        }
        Plan { surface, latent_bias, steps }
    }

    /// Records one decode of a shape: `latent_bias` `[P, H0]` comes from [`Packed::latent_bias`] and reaches the GPU with
    /// the next submission, so a plan is run once between two.
    pub fn encode(
        &self,
        queue: &wgpu::Queue,
        encoder: &mut wgpu::CommandEncoder,
        latent_bias: &[f32],
        plan: &Plan,
        timestamps: Option<wgpu::ComputePassTimestampWrites>,
    ) {
        queue.write_buffer(&plan.latent_bias, 0, bytemuck::cast_slice(latent_bias));
        let mut pass = encoder
            .begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some("decode"), timestamp_writes: timestamps });
        let mut current = usize::MAX;
        for step in &plan.steps {
            if step.pipeline != current {
                pass.set_pipeline(&self.pipelines[step.pipeline]);
                current = step.pipeline;
            }
            pass.set_bind_group(0, &step.bind_group, &[]);
            pass.dispatch_workgroups(step.groups[0], step.groups[1], step.groups[2]);
        }
    }

    /// Two buffers of at least `bytes`. Plans made earlier keep theirs.
    fn scratch(&mut self, bytes: u64) -> [wgpu::Buffer; 2] {
        if let Some(pair) = self.scratch.as_ref().filter(|pair| pair[0].size() >= bytes) {
            return pair.clone();
        }
        let pair = ["activations, even", "activations, odd"].map(|label| {
            self.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: bytes,
                usage: wgpu::BufferUsages::STORAGE,
                mapped_at_creation: false,
            })
        });
        self.scratch.insert(pair).clone()
    }
}

impl GpuLayer {
    fn new(device: &wgpu::Device, packed: &Packed, index: usize) -> Result<Self, DecoderError> {
        let layer = packed.layers[index];
        let last = index + 1 == packed.layers.len();
        let outputs = if last { 4 } else { layer.outputs.next_multiple_of(BLOCK) };
        let floats = ((layer.inputs + 1) * outputs).next_multiple_of(ALIGN / 4);
        let stride = floats * 4;
        let total = (stride * packed.patches) as u64;
        let limits = device.limits();
        for (what, bytes, limit) in [
            ("one buffer", total, limits.max_buffer_size),
            ("one binding", stride as u64, limits.max_storage_buffer_binding_size),
        ] {
            if bytes > limit {
                return Err(DecoderError::TooLarge { layer: index, what, bytes, limit });
            }
        }
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("decoder weights"),
            size: total,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: true,
        });
        // Patch by patch, padding the outputs with zeros: padded columns are computed and never read.
        {
            let mut block = vec![0.0f32; floats];
            let mut view = buffer.slice(..).get_mapped_range_mut();
            for patch in 0..packed.patches {
                let weight = layer.weight + patch * layer.inputs * layer.outputs;
                for k in 0..layer.inputs {
                    let from = weight + k * layer.outputs;
                    block[k * outputs..k * outputs + layer.outputs]
                        .copy_from_slice(&packed.weights[from..from + layer.outputs]);
                }
                let from = layer.bias + patch * layer.outputs;
                block[layer.inputs * outputs..layer.inputs * outputs + layer.outputs]
                    .copy_from_slice(&packed.weights[from..from + layer.outputs]);
                view.slice(patch * stride..(patch + 1) * stride).copy_from_slice(bytemuck::cast_slice(&block));
            }
        }
        buffer.unmap();
        Ok(Self { inputs: layer.inputs, outputs, stride, buffer })
    }
}

/// Cuts `patches` of `points` points into chunks whose activations (`point_bytes` each) and weights (`weight_bytes` a
/// patch) fit the budgets: whole patches where one fits, pieces of a patch else.
fn chunks(patches: usize, points: usize, point_bytes: usize, weight_bytes: usize) -> Vec<Chunk> {
    let by_activations = SCRATCH_BYTES / (points * point_bytes);
    let together = by_activations.min(WEIGHT_BYTES / weight_bytes).clamp(1, patches);
    let piece = if by_activations >= 1 { points } else { (SCRATCH_BYTES / point_bytes).clamp(1, points) };
    // As equal as possible, so that the last one is no straggler.
    let together = patches.div_ceil(patches.div_ceil(together));
    let piece = points.div_ceil(points.div_ceil(piece));
    let mut chunks = Vec::new();
    for first_patch in (0..patches).step_by(together) {
        for first_point in (0..points).step_by(piece) {
            chunks.push(Chunk {
                first_patch,
                patches: together.min(patches - first_patch),
                first_point,
                points: piece.min(points - first_point),
            });
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::super::uniform::{assert_layout, offsets};
    use super::*;

    #[test]
    fn the_uniform_lies_as_the_shader_reads_it() {
        let fields = offsets!(
            Work: inputs, outputs, patch_stride, source_width, points, first_point, first_patch, side, patch_points,
            spacing, bias_width,
        );
        let forge = crate::forge::Forge::new(crate::model::Checkpoint::embedded().unwrap()).unwrap();
        assert_layout(&shader_source(forge.packed()), "Work", &fields, size_of::<Work>());
    }

    #[test]
    fn chunks_cover_every_point_once_within_the_budget() {
        for (patches, points, width) in
            [(25, 100, 224), (25, 1024, 224), (25, 1024, 1024), (1, 128 * 128, 4096), (7, 9, 8)]
        {
            let point_bytes = width * 12;
            let chunks = chunks(patches, points, point_bytes, 1 << 20);
            let total: usize = chunks.iter().map(|c| c.patches * c.points).sum();
            assert_eq!(total, patches * points);
            assert!(chunks.iter().all(|c| c.patches * c.points * point_bytes <= SCRATCH_BYTES), "{chunks:?}");
        }
        assert_eq!(chunks(25, 100, 224 * 12, 1 << 20).len(), 1);
        assert!(chunks(25, 100, 12, 32 << 20).iter().all(|c| c.patches <= 2));
    }
}
