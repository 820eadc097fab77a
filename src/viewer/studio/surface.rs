//! What a shape's surface is drawn with: one material for all patches, whose colour, metal and roughness are looked up in
//! a texture of one texel a patch. The dress pass lays patches out in an atlas of cells, so that a cell's texel is the
//! patch's own, whatever the grid; another choice of materials changes a few bytes and no vertex.

use bevy::{
    asset::{RenderAssetUsages, uuid_handle},
    image::ImageSampler,
    pbr::{ExtendedMaterial, MaterialExtension},
    prelude::*,
    render::render_resource::{AsBindGroup, Extent3d, ShaderType, TextureDimension, TextureFormat},
    shader::ShaderRef,
};

use crate::{
    class::Class,
    export::Finish,
    mesh::atlas::{MARGIN, atlas_side},
    viewer::{
        state::{Explorer, Surface},
        studio::add_shader,
    },
};

/// Bevy's material with ours on top.
pub type SurfaceMaterial = ExtendedMaterial<StandardMaterial, SurfaceExtension>;

/// Steps of a shape's length as its material knows it, as a natural logarithm.
const STEP: f32 = 0.02;

const SHADER: Handle<Shader> = uuid_handle!("6a0cf7de-6d31-4b0f-9d0c-0a4f6a2d7b11");

/// Our half of the material.
#[derive(Asset, AsBindGroup, TypePath, Clone, Default)]
pub struct SurfaceExtension {
    #[uniform(100)]
    uniform: SurfaceUniform,
}

/// `Surface` in surface.wgsl.
#[derive(ShaderType, Clone, Copy, Default, Debug, PartialEq)]
struct SurfaceUniform {
    ink: Vec4,
    mode: u32,
    flat_shaded: u32,
    by_part: u32,
    cells: f32,
    atlas_side: f32,
    margin: f32,
    wraps: f32,
    pixels: f32,
    spacing: f32,
    middle: f32,
}

impl MaterialExtension for SurfaceExtension {
    fn fragment_shader() -> ShaderRef {
        ShaderRef::Handle(SHADER)
    }
}

/// The material that shapes share.
#[derive(Resource)]
pub struct ShapeMaterial(pub Handle<SurfaceMaterial>);

/// The material and its shader.
pub struct SurfacePlugin;

impl Plugin for SurfacePlugin {
    fn build(&self, app: &mut App) {
        add_shader(app, &SHADER, include_str!("../../../shaders/surface.wgsl"), "shaders/surface.wgsl");
        app.add_plugins(MaterialPlugin::<SurfaceMaterial>::default());
        let material = app.world_mut().resource_mut::<Assets<SurfaceMaterial>>().add(SurfaceMaterial::default());
        app.insert_resource(ShapeMaterial(material));
    }
}

/// Everything that the material depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct Worn {
    /// `[P]`
    finishes: Vec<Finish>,
    /// `[P]`: whether a strap is wound around the patch.
    wrapped: Vec<bool>,
    surface: Surface,
    flat: bool,
    /// The vertices' own colours hold: patches are tinted, or a figure of theirs is.
    painted: bool,
    grid: usize,
    /// The shape's length in metres, as it stands in the scene, in steps of 2 %: a walk through shapes must not make a new
    /// material for each.
    length: f32,
    /// How far right of the scene's middle its own lies.
    middle: f32,
}

impl Worn {
    /// What the explorer's shape wears; `length` and `middle` as it stands in the scene.
    pub fn of(explorer: &Explorer, length: f32, middle: f32) -> Self {
        let parts = &explorer.model.parts;
        let part = |p: usize| parts.get(p).map_or("", String::as_str);
        let finishes: Vec<Finish> = (0..explorer.model.patches).map(|p| explorer.look.finish(part(p))).collect();
        let strap = |p: usize| explorer.model.class == Class::Sword && part(p) == "grip" && finishes[p].grain() >= 1.0;
        Self {
            wrapped: (0..finishes.len()).map(strap).collect(),
            finishes,
            surface: explorer.look.surface,
            flat: explorer.look.flat,
            painted: explorer.tint || explorer.patches.heat.is_some(),
            grid: explorer.grid,
            length: ((length.max(0.01).ln() / STEP).round() * STEP).exp(),
            middle,
        }
    }

    /// Whether another's [`Worn::textures`] are the same.
    pub fn has_textures_of(&self, other: &Self) -> bool {
        self.finishes == other.finishes && self.wrapped == other.wrapped
    }

    /// The material that shows it, with its [`Worn::textures`].
    pub fn material(&self, [colour, relief]: &[Handle<Image>; 2]) -> SurfaceMaterial {
        // Both sides are drawn and lit: a patch that ends in an edge is an open sheet, and its back faces the viewer.
        let base = StandardMaterial { base_color: Color::WHITE, double_sided: true, cull_mode: None, ..default() };
        let mut base = if self.painted {
            // Patch colours are judged better on a less mirroring surface.
            StandardMaterial { metallic: 0.25, perceptual_roughness: 0.42, ..base }
        } else {
            StandardMaterial {
                metallic: 1.0,
                perceptual_roughness: 1.0,
                base_color_texture: Some(colour.clone()),
                metallic_roughness_texture: Some(relief.clone()),
                ..base
            }
        };
        if self.surface == Surface::XRay {
            // Light is summed up in any order, so that patches need no sorting.
            base.alpha_mode = AlphaMode::Add;
        }
        SurfaceMaterial { base, extension: SurfaceExtension { uniform: self.uniform() } }
    }

    fn uniform(&self) -> SurfaceUniform {
        let (mode, ink, pixels, spacing) = match self.surface {
            Surface::Solid => (0, Vec4::ZERO, 1.0, 8.0),
            Surface::Edges => (1, Vec4::new(0.012, 0.014, 0.018, 0.8), 0.5, 7.0),
            Surface::Wireframe => (2, Vec4::new(0.62, 0.70, 0.80, 1.0), 0.55, 6.0),
            Surface::Points => (3, Vec4::new(0.95, 0.66, 0.26, 1.0), 1.6, 5.5),
            Surface::XRay => (4, Vec4::new(0.22, 0.55, 0.95, 1.0), 1.0, 8.0),
        };
        SurfaceUniform {
            ink,
            mode,
            flat_shaded: u32::from(self.flat),
            by_part: u32::from(!self.painted),
            cells: self.grid.saturating_sub(1).max(1) as f32,
            atlas_side: atlas_side(self.finishes.len()) as f32,
            margin: MARGIN,
            // About ten turns on a grip of a sword of a metre, and as many on a larger one.
            wraps: 75.0 / self.length.max(0.05),
            pixels,
            spacing,
            middle: self.middle,
        }
    }

    /// Colour; and grain, roughness, metal, strap as red, green, blue, alpha: a texel a cell of the uv atlas.
    pub fn textures(&self) -> [Image; 2] {
        let side = atlas_side(self.finishes.len());
        let byte = |x: f32| (x.clamp(0.0, 1.0) * 255.0).round() as u8;
        let (mut colour, mut relief) = (vec![255; 4 * side * side], vec![255; 4 * side * side]);
        for (p, finish) in self.finishes.iter().enumerate() {
            let material = finish.material();
            let [r, g, b, _] = material.base_color;
            let srgb = Srgba::from(LinearRgba::rgb(r, g, b));
            let (roughness, metal) = (byte(material.roughness), byte(material.metallic));
            let strap = if self.wrapped[p] { 0 } else { 255 };
            colour[4 * p..4 * p + 4].copy_from_slice(&[byte(srgb.red), byte(srgb.green), byte(srgb.blue), 255]);
            relief[4 * p..4 * p + 4].copy_from_slice(&[byte(finish.grain()), roughness, metal, strap]);
        }
        let image = |bytes, format| {
            let extent = Extent3d { width: side as u32, height: side as u32, depth_or_array_layers: 1 };
            let mut image = Image::new(extent, TextureDimension::D2, bytes, format, RenderAssetUsages::RENDER_WORLD);
            // A texel is a material: none in between.
            image.sampler = ImageSampler::nearest();
            image
        };
        [image(colour, TextureFormat::Rgba8UnormSrgb), image(relief, TextureFormat::Rgba8Unorm)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{export::Outfit, latent::Latent, viewer::state::ModelView};

    fn explorer() -> Explorer {
        let mut model = ModelView::plain("m", Class::Sword, Latent::zeros(1, 2));
        model.parts = (0..25).map(|p| ["blade", "guard", "grip"][p % 3].to_owned()).collect();
        Explorer::new(model, Vec::new())
    }

    #[test]
    fn each_patch_has_the_texel_of_its_cell() {
        let mut e = explorer();
        e.look.set_finish("guard", Finish::Gold);
        let worn = Worn::of(&e, 1.0, 0.0);
        let [colour, relief] = worn.textures().map(|i| i.data.unwrap());
        assert_eq!((colour.len(), relief.len()), (100, 100));
        let gold = Finish::Gold.material();
        for p in 0..25 {
            let is_gold = (f32::from(relief[4 * p + 1]) / 255.0 - gold.roughness).abs() < 0.003
                && f32::from(colour[4 * p]) > 245.0;
            assert_eq!(is_gold, p % 3 == 1, "{p}");
            assert_eq!(relief[4 * p + 3] == 0, p % 3 == 2, "the leather of the grip is a strap: {p}");
        }
        e.look.wear(Outfit::Clay);
        assert!(Worn::of(&e, 1.0, 0.0).wrapped.iter().all(|w| !w));
    }

    #[test]
    fn a_model_without_parts_is_of_one_material() {
        let mut e = explorer();
        e.model.parts.clear();
        let worn = Worn::of(&e, 1.0, 0.0);
        assert_eq!(worn.finishes, vec![Finish::PolishedSteel; 25]);
    }

    #[test]
    fn the_uniform_is_laid_out_as_the_shader_reads_it() {
        // Bevy's own layout rules write it; the field order and the size are what can drift.
        let shader = include_str!("../../../shaders/surface.wgsl");
        let start = shader.find("struct Surface {").unwrap();
        let body = &shader[start..start + shader[start..].find('}').unwrap()];
        let fields: Vec<&str> = body
            .lines()
            .filter_map(|l| l.trim().split_once(": "))
            .filter(|(n, _)| !n.contains("//"))
            .map(|(n, _)| n)
            .collect();
        let rust = "ink, mode, flat_shaded, by_part, cells, atlas_side, margin, wraps, pixels, spacing, middle";
        assert_eq!(fields.join(", "), rust);
        assert_eq!(SurfaceUniform::min_size().get(), 64);
    }
}
