//! The dress pass: a decoded surface becomes the vertices of a mesh. Placement, tint and sides cost no decode.

use std::collections::HashMap;

use wgpu::util::DeviceExt;

use super::decoder::{SURFACE_STRIDE, Surface};
use crate::draw::colour::viridis_linear;
use crate::mesh::{
    Vec3,
    atlas::{MARGIN, atlas_side},
};
use crate::patchwork::Part;
use crate::patchwork::end::{MEANT, TAPERS, TURNED};
use crate::patchwork::even::{Band, MOST, Pull, pulls};
use crate::template::Template;

/// Words of a vertex, in the order in which Bevy interleaves attributes: position 3, normal 3, uv 2, colour 4.
/// `decode::vertex_layout_is_what_the_shader_writes` holds it against Bevy's own mesh.
pub const VERTEX_STRIDE: usize = 12;
pub const NORMAL_AT: usize = 3;
pub const UV_AT: usize = 6;
pub const COLOR_AT: usize = 8;

/// The shader's text: constants from Rust, then `shaders/dress.wgsl`.
pub fn shader_source() -> String {
    format!(
        "const SURFACE_STRIDE: u32 = {SURFACE_STRIDE}u;\nconst ATLAS_MARGIN: f32 = {MARGIN:?};\n\
         const PULLS: u32 = {MOST}u;\n\
         const MEANT = vec2({:?}, {:?});\nconst TAPERS = vec2({:?}, {:?});\nconst TURNED: f32 = {TURNED:?};\n\
         const VERTEX_STRIDE: u32 = {VERTEX_STRIDE}u;\nconst NORMAL_AT: u32 = {NORMAL_AT}u;\n\
         const UV_AT: u32 = {UV_AT}u;\nconst COLOR_AT: u32 = {COLOR_AT}u;\n{}{}",
        MEANT[0],
        MEANT[1],
        TAPERS[0],
        TAPERS[1],
        heat_map(),
        include_str!("../../shaders/dress.wgsl")
    )
}

/// The colour map as a constant of the shader.
fn heat_map() -> String {
    let colours = viridis_linear();
    let list: Vec<String> = colours.iter().map(|[r, g, b]| format!("vec3({r:?}, {g:?}, {b:?})")).collect();
    format!("const HEAT = array<vec3<f32>, {}>({});\n", colours.len(), list.join(", "))
}

/// What a vertex's colour says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paint {
    /// [`Look::color`], or the patch's own where it has one.
    #[default]
    Plain = 0,
    /// The area element against [`Look::mean_area`], from an eighth to eight times.
    Area = 1,
    /// Conformal distortion, from 1 to 16.
    Distortion = 2,
    /// [`PatchLook::value`].
    Value = 3,
}

/// What sets one patch apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PatchLook {
    /// Radii that it is moved by.
    pub offset: Vec3,
    pub shown: bool,
    /// Linear, in place of the shape's.
    pub color: Option<Vec3>,
    /// 0 to 1, for [`Paint::Value`]; negative for none, which is grey.
    pub value: f32,
    /// Drawn in the colour of a selection.
    pub marked: bool,
}

impl Default for PatchLook {
    fn default() -> Self {
        Self { offset: [0.0; 3], shown: true, color: None, value: 0.0, marked: false }
    }
}

/// [`PatchLook`] as the shader reads it.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct PatchState {
    offset: [f32; 3],
    shown: f32,
    color: [f32; 3],
    colored: f32,
    value: f32,
    marked: f32,
    pad: [f32; 2],
}

impl From<&PatchLook> for PatchState {
    fn from(look: &PatchLook) -> Self {
        let flag = |on: bool| if on { 1.0 } else { 0.0 };
        Self {
            offset: look.offset,
            shown: flag(look.shown),
            color: look.color.unwrap_or_default(),
            colored: flag(look.color.is_some()),
            value: look.value,
            marked: flag(look.marked),
            pad: [0.0; 2],
        }
    }
}

/// How a shape is to look: everything that needs no decode.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// metres = scale * p + offset
    pub scale: f32,
    pub offset: Vec3,
    /// Linear vertex colour where there is no tint.
    pub color: [f32; 4],
    /// Every patch in its own colour.
    pub tint: bool,
    pub paint: Paint,
    /// Mean area element of all patches, squared radii.
    pub mean_area: f32,
    /// `[P]`; a patch beyond it is as by default.
    pub patches: Vec<PatchLook>,
    /// Whether patches share what they disagree about at their seams ([`crate::patchwork::even`]).
    pub even: bool,
}

/// Which vertices of a slab to write.
pub struct Target<'a> {
    pub slab: &'a wgpu::Buffer,
    /// The first word of the mesh.
    pub base: u32,
}

/// `Dress` in dress.wgsl.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Dress {
    offset: [f32; 3],
    scale: f32,
    color: [f32; 4],
    side: u32,
    patches: u32,
    atlas_side: u32,
    base: u32,
    tint: u32,
    paint: u32,
    mean_area: f32,
    even: u32,
}

/// The pipeline, and what it knows of a model's patches.
pub struct Dresser {
    device: wgpu::Device,
    pipeline: wgpu::ComputePipeline,
    patches: usize,
    /// `[P]` linear colour and side.
    looks: wgpu::Buffer,
    parts: Vec<Part>,
    /// By the side of a patch's grid.
    pulls: HashMap<usize, wgpu::Buffer>,
}

/// `Pull` in dress.wgsl.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct PullOnGpu {
    own: [f32; 2],
    other: [f32; 2],
    patch_index: u32,
    weight: f32,
    edge: f32,
    bend: f32,
    span: [f32; 2],
    beyond: [u32; 2],
    inner: [[f32; 2]; 2],
}

impl From<&Pull> for PullOnGpu {
    fn from(&Pull { own, other, patch, weight, alike, band, bend, inner }: &Pull) -> Self {
        let (edge, beyond, span) = match band {
            Some(Band { edge, beyond, from, ahead }) => (edge, beyond.map(|patch| patch as u32), [from, ahead]),
            None => (-1.0, [0; 2], alike),
        };
        Self { own, other, patch_index: patch as u32, weight, edge, bend, span, beyond, inner }
    }
}

impl Dresser {
    /// `signs` `[P]`: negative where a patch's front is its inside; a patch beyond it keeps its side. `parts`: how the patches
    /// lie about each other, as far as it is known.
    pub fn new(device: &wgpu::Device, patches: usize, signs: &[f32], parts: &[Part]) -> Self {
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("dress"),
            source: wgpu::ShaderSource::Wgsl(shader_source().into()),
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("dress"),
            layout: None,
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        let looks: Vec<[f32; 4]> = (0..patches)
            .map(|p| {
                let [r, g, b] = patch_color(p);
                [r, g, b, if signs.get(p).is_some_and(|&s| s < 0.0) { -1.0 } else { 1.0 }]
            })
            .collect();
        let looks = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("patch looks"),
            contents: bytemuck::cast_slice(&looks),
            usage: wgpu::BufferUsages::STORAGE,
        });
        Self { device: device.clone(), pipeline, patches, looks, parts: parts.to_owned(), pulls: HashMap::new() }
    }

    /// Records the pass that writes `target`'s vertices from a decoded `surface`.
    pub fn encode(&mut self, encoder: &mut wgpu::CommandEncoder, surface: &Surface, look: &Look, target: &Target) {
        let Self { device, parts, patches, pulls: known, .. } = self;
        let pulls = known.entry(surface.side).or_insert_with(|| {
            let uv = Template::grid(surface.side).uv();
            let all: Vec<PullOnGpu> =
                pulls(parts, *patches, &uv).iter().flatten().flatten().map(PullOnGpu::from).collect();
            device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some("pulls"),
                contents: bytemuck::cast_slice(&all),
                usage: wgpu::BufferUsages::STORAGE,
            })
        });
        let dress = Dress {
            offset: look.offset,
            scale: look.scale,
            color: look.color,
            side: surface.side as u32,
            patches: self.patches as u32,
            atlas_side: atlas_side(self.patches) as u32,
            base: target.base,
            tint: u32::from(look.tint),
            paint: look.paint as u32,
            mean_area: look.mean_area,
            even: u32::from(look.even),
        };
        let dress = self.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("dress"),
            contents: bytemuck::bytes_of(&dress),
            usage: wgpu::BufferUsages::STORAGE,
        });
        let states: Vec<PatchState> =
            (0..self.patches).map(|p| look.patches.get(p).unwrap_or(&PatchLook::default()).into()).collect();
        let states = self.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("patch states"),
            contents: bytemuck::cast_slice(&states),
            usage: wgpu::BufferUsages::STORAGE,
        });
        let bind_group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("dress"),
            layout: &self.pipeline.get_bind_group_layout(0),
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: dress.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 1, resource: surface.buffer.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 2, resource: self.looks.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 3, resource: target.slab.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 4, resource: states.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 5, resource: pulls.as_entire_binding() },
            ],
        });
        let mut pass =
            encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some("dress"), timestamp_writes: None });
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &bind_group, &[]);
        pass.dispatch_workgroups((surface.side * surface.side).div_ceil(64) as u32, self.patches as u32, 1);
    }
}

/// The linear colour that marks patch `p`: hues by the golden ratio, so that neighbours in number differ most, at a
/// lightness that still reads as metal.
pub fn patch_color(p: usize) -> Vec3 {
    let hue = (p as f32 * 0.618_034 + 0.07).fract() * 6.0;
    let value = [0.95, 0.75, 0.6][p % 3];
    let saturation = 0.62;
    let channel = |shift: f32| {
        let k = (shift + hue) % 6.0;
        let srgb = value - value * saturation * k.min(4.0 - k).clamp(0.0, 1.0);
        srgb.powf(2.2)
    };
    [channel(5.0), channel(3.0), channel(1.0)]
}

#[cfg(test)]
mod tests {
    use super::super::uniform::{assert_layout, offsets};
    use super::*;

    #[test]
    fn structs_lie_as_the_shader_reads_it() {
        let fields =
            offsets!(Dress: offset, scale, color, side, patches, atlas_side, base, tint, paint, mean_area, even);
        assert_layout(&shader_source(), "Dress", &fields, size_of::<Dress>());
        let fields = offsets!(PatchState: offset, shown, color, colored, value, marked);
        assert_layout(&shader_source(), "PatchState", &fields, size_of::<PatchState>());
        let fields = offsets!(PullOnGpu: own, other, patch_index, weight, edge, bend, span, beyond, inner);
        assert_layout(&shader_source(), "Pull", &fields, size_of::<PullOnGpu>());
    }

    #[test]
    fn patches_next_to_each_other_in_number_differ_in_colour() {
        for p in 0..60 {
            let (a, b) = (patch_color(p), patch_color(p + 1));
            let distance: f32 = a.iter().zip(b).map(|(x, y)| (x - y).abs()).sum();
            assert!(distance > 0.2, "{p}: {a:?} {b:?}");
            assert!(a.iter().all(|x| (0.0..=1.0).contains(x)));
        }
    }
}
