//! From a scene to the bytes of a `.glb` file, or of a `.gltf` and what lies beside it (glTF 2.0, chapters 2 and 4).

use super::blocks::{Pen, differences, floats, indices, scalars};
use super::container::{BINARY, Beside, glb, image_suffix, uri};
use super::layout::{Laid, Layout, Role};
use super::quantise::{Grid, Quantisation};
use super::scene::{Coat, Image, Node, Primitive, Scene, Surface};
use super::{ExportError, check::check, compress::ordered, document as doc};

/// How a scene is packed. Each of the two is an extension that a reader must know: neither is on by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Packing {
    /// `KHR_mesh_quantization`. A file with morph targets stays in floats: their normals' differences reach beyond what
    /// normalised integers hold.
    pub quantised: Option<Quantisation>,
    /// `EXT_meshopt_compression`, without the uncompressed bytes beside it: in one file those would undo what is saved.
    pub compressed: bool,
}

/// The bytes of a GLB: valid by the Khronos validator without errors or warnings.
///
/// # Errors
/// A scene that contradicts itself, meshes that [`crate::mesh::Mesh::validate`] refuses, factors that glTF doesn't allow, a
/// file of 4 GiB.
pub fn write(scene: &Scene, packing: Packing) -> Result<Vec<u8>, ExportError> {
    let (json, binary) = pack(scene, packing, None)?;
    glb(json, binary)
}

/// The same as text with the buffer and every image in a file of its own, called after `stem`.
///
/// # Errors
/// As [`write`].
pub fn write_beside(scene: &Scene, packing: Packing, stem: &str) -> Result<Beside, ExportError> {
    let names: Vec<&str> = scene.images.iter().map(|image| image.name.as_str()).collect();
    if let Some(i) = (0..names.len()).find(|&i| names[i].contains(['/', '\\']) || names[..i].contains(&names[i])) {
        return Err(ExportError::Scene(format!("the texture {} can't have a file of its own", names[i])));
    }
    let (json, binary) = pack(scene, packing, Some(stem))?;
    let images = scene.images.iter().map(|image| (image_suffix(&image.name), image.png.clone())).collect();
    Ok(Beside { json, binary, images })
}

/// The JSON, and the buffer; `stem` where that and the images are files of their own.
fn pack(scene: &Scene, packing: Packing, stem: Option<&str>) -> Result<(Vec<u8>, Vec<u8>), ExportError> {
    check(scene)?;
    let mut scene = std::borrow::Cow::Borrowed(scene);
    if packing.compressed {
        for primitive in scene.to_mut().surfaces.iter_mut().flat_map(|surface| &mut surface.primitives) {
            *primitive = ordered(primitive);
        }
    }
    let scene = scene.as_ref();
    let morphs = scene.surfaces.iter().any(|surface| !surface.targets.is_empty());
    let quantised = packing.quantised.filter(|_| !morphs).map(|bits| {
        let bits = bits.clamped();
        (bits, Grid::around(primitives(scene).flat_map(|p| &p.mesh.positions), bits.position))
    });
    let pen = Pen { quantised, compressed: packing.compressed };
    let mut layout = Layout::default();
    let surfaces = surfaces(scene, &pen, &mut layout);
    let animations = animations(scene, &mut layout);
    let images: Vec<doc::Image> = scene.images.iter().map(|image| written(image, stem, &mut layout)).collect();
    let Laid { binary, accessors, views, mut buffers } = layout.finish(packing.compressed)?;
    if let (Some(stem), Some(first)) = (stem, buffers.first_mut()) {
        first.uri = Some(uri(stem, BINARY));
    }

    let extensions: Vec<&str> =
        [(pen.quantised.is_some(), "KHR_mesh_quantization"), (packing.compressed, "EXT_meshopt_compression")]
            .into_iter()
            .filter_map(|(used, name)| used.then_some(name))
            .collect();
    let document = doc::Document {
        asset: doc::Asset {
            version: "2.0",
            generator: concat!("Atlasforge ", env!("CARGO_PKG_VERSION")),
            extras: scene.extras.as_ref(),
        },
        extensions_used: extensions.clone(),
        extensions_required: extensions,
        scene: 0,
        scenes: scene.stages.iter().map(|stage| doc::Scene { name: &stage.name, nodes: &stage.nodes }).collect(),
        nodes: nodes(scene, pen.quantised.map(|(_, grid)| grid)),
        materials: scene.coats.iter().map(material).collect(),
        meshes: surfaces,
        animations,
        textures: (0..images.len()).map(|source| doc::Texture { sampler: 0, source }).collect(),
        samplers: if images.is_empty() { Vec::new() } else { vec![doc::Sampler::SMOOTH] },
        images,
        accessors,
        buffer_views: views,
        buffers,
    };
    let json = if stem.is_some() { serde_json::to_vec_pretty(&document)? } else { serde_json::to_vec(&document)? };
    Ok((json, binary))
}

/// An image in the buffer, or beside the file called `stem`.
fn written<'a>(Image { name, png }: &'a Image, stem: Option<&str>, layout: &mut Layout) -> doc::Image<'a> {
    match stem {
        Some(stem) => {
            doc::Image { name, uri: Some(uri(stem, &image_suffix(name))), mime_type: None, buffer_view: None }
        }
        None => doc::Image { name, uri: None, mime_type: Some("image/png"), buffer_view: Some(layout.embed(png)) },
    }
}

fn primitives(scene: &Scene) -> impl Iterator<Item = &Primitive> {
    scene.surfaces.iter().flat_map(|surface| &surface.primitives)
}

/// Attribute by attribute, so that all positions lie together, then all normals, and so on; indices last.
fn surfaces<'a>(scene: &'a Scene, pen: &Pen, layout: &mut Layout) -> Vec<doc::Mesh<'a>> {
    let all: Vec<&Primitive> = primitives(scene).collect();
    let mut attributes = vec![doc::Attributes::default(); all.len()];
    let mut targets: Vec<Vec<doc::Attributes>> =
        all.iter().map(|p| vec![Default::default(); p.targets.len()]).collect();

    for (p, names) in all.iter().zip(&mut attributes) {
        names.position = Some(layout.add(Role::Position, pen.positions(&p.mesh.positions)));
    }
    for (p, names) in all.iter().zip(&mut attributes).filter(|(p, _)| !p.mesh.normals.is_empty()) {
        names.normal = Some(layout.add(Role::Normal, pen.normals(&p.mesh.normals)));
    }
    for (p, names) in all.iter().zip(&mut attributes).filter(|(p, _)| !p.tangents.is_empty()) {
        names.tangent = Some(layout.add(Role::Tangent, pen.tangents(&p.tangents)));
    }
    for (p, names) in all.iter().zip(&mut attributes).filter(|(p, _)| !p.mesh.uvs.is_empty()) {
        names.texcoord = Some(layout.add(Role::Texcoord, pen.texcoords(&p.mesh.uvs)));
    }
    for (p, names) in all.iter().zip(&mut attributes).filter(|(p, _)| !p.colours.is_empty()) {
        names.colour = Some(layout.add(Role::Colour, pen.colours(&p.colours)));
    }
    for (deltas, names) in all.iter().flat_map(|p| &p.targets).zip(targets.iter_mut().flatten()) {
        names.position = Some(layout.add(Role::TargetPosition, differences(&deltas.positions)));
        if !deltas.normals.is_empty() {
            names.normal = Some(layout.add(Role::TargetNormal, floats(&deltas.normals, "VEC3")));
        }
        if !deltas.tangents.is_empty() {
            names.tangent = Some(layout.add(Role::TargetTangent, floats(&deltas.tangents, "VEC3")));
        }
    }
    // 65,535 marks a restart of the primitive in some engines, so it is no index.
    let short = all.iter().all(|p| p.mesh.positions.len() <= usize::from(u16::MAX));
    let indices = all.iter().map(|p| layout.add(Role::Indices, indices(&p.mesh.triangles, short)));
    let parts = all.iter().zip(attributes).zip(targets).zip(indices);
    let mut written = parts.map(|(((p, attributes), targets), indices)| doc::Primitive {
        attributes,
        indices,
        material: p.coat,
        targets,
    });
    let mesh = |Surface { name, primitives, targets, .. }: &'a Surface| doc::Mesh {
        name,
        primitives: written.by_ref().take(primitives.len()).collect(),
        weights: vec![0.0; targets.len()],
        extras: (!targets.is_empty())
            .then(|| doc::MeshExtras { target_names: targets.iter().map(String::as_str).collect() }),
    };
    scene.surfaces.iter().map(mesh).collect()
}

/// An animation a stage, `morph` of the first, of all that it shows, so that levels of detail move together: of each surface's
/// targets in turn the weight rises to 1 and falls.
fn animations(scene: &Scene, layout: &mut Layout) -> Vec<doc::Animation> {
    let mut animations = Vec::new();
    for (i, stage) in scene.stages.iter().enumerate() {
        let (mut channels, mut samplers, mut sampled) = (Vec::new(), Vec::new(), Vec::new());
        let mut waiting = stage.nodes.clone();
        while let Some(node) = waiting.pop() {
            waiting.extend(&scene.nodes[node].children);
            let Some(Surface { targets, times, .. }) = scene.nodes[node].surface.map(|s| &scene.surfaces[s]) else {
                continue;
            };
            if times.is_empty() {
                continue;
            }
            let like = (times, targets.len());
            let sampler = sampled.iter().position(|s| *s == like).unwrap_or_else(|| {
                samplers.push(sampler(times, targets.len(), layout));
                sampled.push(like);
                sampled.len() - 1
            });
            channels.push(doc::Channel { sampler, target: doc::ChannelTarget { node, path: "weights" } });
        }
        channels.sort_by_key(|channel| channel.target.node);
        if !channels.is_empty() {
            let name = if i == 0 { "morph".to_owned() } else { format!("morph_{}", stage.name) };
            animations.push(doc::Animation { name, channels, samplers });
        }
    }
    animations
}

fn sampler(times: &[f32], targets: usize, layout: &mut Layout) -> doc::AnimationSampler {
    let weights: Vec<f32> = (0..times.len())
        .flat_map(|time| (1..=targets).map(move |target| if time == target { 1.0 } else { 0.0 }))
        .collect();
    let input = layout.add(Role::Animation, scalars(times, true));
    let output = layout.add(Role::Animation, scalars(&weights, false));
    doc::AnimationSampler { input, interpolation: "LINEAR", output }
}

/// A quantised surface is brought to its place by its node.
fn nodes(scene: &Scene, grid: Option<Grid>) -> Vec<doc::Node<'_>> {
    let written = |node: &'_ Node| {
        let grid = grid.filter(|_| node.surface.is_some());
        let origin = grid.map_or([0.0; 3], |grid| grid.origin);
        let translation = std::array::from_fn(|i| node.translation[i] + origin[i]);
        (grid.map(|grid| [grid.step; 3]), (translation != [0.0; 3]).then_some(translation))
    };
    let node = |node| {
        let (scale, translation) = written(node);
        let Node { name, surface, children, .. } = node;
        doc::Node { name, mesh: *surface, translation, scale, children }
    };
    scene.nodes.iter().map(node).collect()
}

fn material(coat: &Coat) -> doc::Material<'_> {
    let Coat { material, textures, extras } = coat;
    let texture = |image: Option<usize>| image.map(|index| doc::TextureInfo { index });
    doc::Material {
        name: &material.name,
        pbr_metallic_roughness: doc::MetallicRoughness {
            base_color_factor: material.base_color,
            base_color_texture: texture(textures.base_color),
            metallic_factor: material.metallic,
            roughness_factor: material.roughness,
            metallic_roughness_texture: texture(textures.metallic_roughness),
        },
        normal_texture: texture(textures.normal),
        occlusion_texture: texture(textures.occlusion),
        double_sided: material.double_sided,
        extras: extras.as_ref(),
    }
}
