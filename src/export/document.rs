//! The JSON half of a glTF file: the few of its objects that we write, in the specification's words and order.
//!
//! Types of our own rather than `gltf-json`'s: those name every property there is, and a map would sort its keys by
//! whichever feature of `serde_json` another crate has switched on. What is empty is left out, as glTF demands.

use serde::Serialize;

pub const BYTE: u32 = 5120;
pub const UNSIGNED_BYTE: u32 = 5121;
pub const SHORT: u32 = 5122;
pub const UNSIGNED_SHORT: u32 = 5123;
pub const UNSIGNED_INT: u32 = 5125;
pub const FLOAT: u32 = 5126;
pub const ARRAY_BUFFER: u32 = 34962;
pub const ELEMENT_ARRAY_BUFFER: u32 = 34963;
const LINEAR: u32 = 9729;
const LINEAR_MIPMAP_LINEAR: u32 = 9987;
const REPEAT: u32 = 10497;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document<'a> {
    pub asset: Asset<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extensions_used: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extensions_required: Vec<&'static str>,
    pub scene: usize,
    pub scenes: Vec<Scene<'a>>,
    pub nodes: Vec<Node<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub materials: Vec<Material<'a>>,
    pub meshes: Vec<Mesh<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub animations: Vec<Animation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub textures: Vec<Texture>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub samplers: Vec<Sampler>,
    pub accessors: Vec<Accessor>,
    pub buffer_views: Vec<BufferView>,
    pub buffers: Vec<Buffer>,
}

#[derive(Serialize)]
pub struct Asset<'a> {
    pub version: &'static str,
    pub generator: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extras: Option<&'a serde_json::Value>,
}

#[derive(Serialize)]
pub struct Scene<'a> {
    pub name: &'a str,
    pub nodes: &'a [usize],
}

#[derive(Serialize)]
pub struct Node<'a> {
    pub name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mesh: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub translation: Option<[f32; 3]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<[f32; 3]>,
    #[serde(skip_serializing_if = "<[usize]>::is_empty")]
    pub children: &'a [usize],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Material<'a> {
    pub name: &'a str,
    pub pbr_metallic_roughness: MetallicRoughness,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub normal_texture: Option<TextureInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occlusion_texture: Option<TextureInfo>,
    pub double_sided: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extras: Option<&'a serde_json::Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetallicRoughness {
    pub base_color_factor: [f32; 4],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_color_texture: Option<TextureInfo>,
    pub metallic_factor: f32,
    pub roughness_factor: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metallic_roughness_texture: Option<TextureInfo>,
}

#[derive(Serialize)]
pub struct TextureInfo {
    pub index: usize,
}

#[derive(Serialize)]
pub struct Texture {
    pub sampler: usize,
    pub source: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Image<'a> {
    pub name: &'a str,
    /// Where it is a file of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Demanded where it lies in the buffer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buffer_view: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sampler {
    pub mag_filter: u32,
    pub min_filter: u32,
    pub wrap_s: u32,
    pub wrap_t: u32,
}

impl Sampler {
    /// Smooth, with mip levels.
    pub const SMOOTH: Self =
        Self { mag_filter: LINEAR, min_filter: LINEAR_MIPMAP_LINEAR, wrap_s: REPEAT, wrap_t: REPEAT };
}

#[derive(Serialize)]
pub struct Mesh<'a> {
    pub name: &'a str,
    pub primitives: Vec<Primitive>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extras: Option<MeshExtras<'a>>,
}

/// What importers show of morph targets; not in the specification, but its implementation note names it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MeshExtras<'a> {
    pub target_names: Vec<&'a str>,
}

#[derive(Serialize)]
pub struct Primitive {
    pub attributes: Attributes,
    pub indices: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub material: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Attributes>,
}

/// Of a primitive, or of a morph target, which has differences of the first three.
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct Attributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub normal: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tangent: Option<usize>,
    #[serde(rename = "TEXCOORD_0", skip_serializing_if = "Option::is_none")]
    pub texcoord: Option<usize>,
    #[serde(rename = "COLOR_0", skip_serializing_if = "Option::is_none")]
    pub colour: Option<usize>,
}

#[derive(Serialize)]
pub struct Animation {
    pub name: String,
    pub channels: Vec<Channel>,
    pub samplers: Vec<AnimationSampler>,
}

#[derive(Serialize)]
pub struct Channel {
    pub sampler: usize,
    pub target: ChannelTarget,
}

#[derive(Serialize)]
pub struct ChannelTarget {
    pub node: usize,
    pub path: &'static str,
}

#[derive(Serialize)]
pub struct AnimationSampler {
    pub input: usize,
    pub interpolation: &'static str,
    pub output: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Accessor {
    pub buffer_view: usize,
    pub byte_offset: usize,
    pub component_type: u32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub normalized: bool,
    pub count: usize,
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Only positions and times need bounds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub min: Vec<f32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub max: Vec<f32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BufferView {
    pub buffer: usize,
    pub byte_offset: usize,
    pub byte_length: usize,
    /// Indices are never interleaved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub byte_stride: Option<usize>,
    /// None for what is no vertex and no index: images, animations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Meshopt<Compressed>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Buffer {
    /// Where it is a file of its own; none for a GLB's chunk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    pub byte_length: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Meshopt<Fallback>>,
}

/// `EXT_meshopt_compression` of a buffer view or of a buffer.
#[derive(Serialize)]
pub struct Meshopt<T> {
    #[serde(rename = "EXT_meshopt_compression")]
    pub meshopt: T,
}

/// Where a view's compressed bytes lie, and what they become.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compressed {
    pub buffer: usize,
    pub byte_offset: usize,
    pub byte_length: usize,
    pub byte_stride: usize,
    pub count: usize,
    pub mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<&'static str>,
}

/// A buffer that holds nothing: its views are decompressed.
#[derive(Serialize)]
pub struct Fallback {
    pub fallback: bool,
}
