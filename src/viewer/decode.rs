//! The render-world pass: a changed latent is decoded and dressed into its mesh's own vertex buffer before the frame
//! that saw the change is drawn. Nothing is read back.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use bevy::{
    asset::RenderAssetUsages,
    camera::{
        primitives::Aabb,
        visibility::{NoFrustumCulling, VisibilitySystems},
    },
    core_pipeline::schedule::camera_driver,
    mesh::{Indices, PrimitiveTopology},
    prelude::*,
    render::{
        Extract, RenderApp,
        mesh::allocator::{MeshAllocator, MeshAllocatorSettings},
        render_resource::BufferUsages,
        renderer::{RenderAdapterInfo, RenderContext, RenderDevice, RenderGraph, RenderQueue},
    },
};

use super::{
    cpu::Cpu,
    decoder::DecoderError,
    detail::COARSE,
    dress::{Dresser, Look, Target},
    engine::{Engine, Place, Timed},
    first_frame::{Driver, FirstFrame},
};
use crate::{latent::Latent, model::Packed, patchwork::Part, template::Template};

/// The largest slab that Bevy may put meshes in: the dress pass binds a slab as a whole, and software adapters bind
/// 128 MiB at most.
const SLAB_BYTES: u64 = 64 << 20;

/// A model that shapes are decoded with; shared, and told apart by its address.
#[derive(Debug)]
pub struct ShapeModel {
    pub packed: Arc<Packed>,
    /// `[P]`: negative where a patch's front is its inside.
    pub signs: Vec<f32>,
    /// How they lie about each other, as far as it is known.
    pub parts: Vec<Part>,
}

/// A shape that the GPU decodes. Any number may live side by side. It is hidden until it was first decoded.
#[derive(Component, Clone)]
#[require(Transform, Visibility::Hidden, NoFrustumCulling)]
pub struct DecodedShape {
    pub model: Arc<ShapeModel>,
    pub latent: Latent,
    pub look: Look,
    /// Points along a side of a patch.
    pub grid: usize,
}

/// A shape's meshes: what it is decoded into now, and the coarse one, which a slow adapter comes back to again and again.
#[derive(Component)]
struct Meshes {
    model: Arc<ShapeModel>,
    by_grid: Vec<(usize, Handle<Mesh>)>,
}

impl Meshes {
    /// The mesh of `grid`, which may be one that is there; those that are not needed any more are let go.
    fn get(&mut self, grid: usize, meshes: &mut Assets<Mesh>) -> Handle<Mesh> {
        self.by_grid.retain(|(g, _)| [COARSE, grid].contains(g));
        for needed in [COARSE, grid] {
            if self.by_grid.iter().all(|(g, _)| *g != needed) {
                self.by_grid.push((needed, meshes.add(placeholder(&self.model, needed))));
            }
        }
        self.by_grid.iter().find(|(g, _)| *g == grid).map(|(_, mesh)| mesh.clone()).unwrap_or_default()
    }
}

/// What the render world did, seen from both worlds.
#[derive(Resource, Clone, Default)]
pub struct DecodeStats(Arc<Counts>);

#[derive(Default)]
struct Counts {
    decodes: AtomicU64,
    dresses: AtomicU64,
    timed: Mutex<Option<Timed>>,
    ready: Mutex<HashSet<Entity>>,
    failure: Mutex<Option<String>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl DecodeStats {
    /// Decodes dispatched so far. An idle app adds none.
    pub fn decodes(&self) -> u64 {
        self.0.decodes.load(Ordering::Relaxed)
    }

    /// Dress passes dispatched so far.
    pub fn dresses(&self) -> u64 {
        self.0.dresses.load(Ordering::Relaxed)
    }

    /// The last decode that was timed.
    pub fn timed(&self) -> Option<Timed> {
        *lock(&self.0.timed)
    }

    /// Whether an entity's shape has been drawn into its mesh.
    pub fn is_ready(&self, entity: Entity) -> bool {
        lock(&self.0.ready).contains(&entity)
    }

    /// Why nothing can be decoded, once.
    pub fn take_failure(&self) -> Option<String> {
        lock(&self.0.failure).take()
    }
}

/// Where each [`DecodedShape`] gets its mesh: what changes one in `PostUpdate` comes before.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DecodeSystems;

/// Decodes every [`DecodedShape`].
#[derive(Default)]
pub struct DecodePlugin {
    /// Whether candle decodes where the adapter is the processor anyway.
    pub processor: bool,
}

impl Plugin for DecodePlugin {
    fn build(&self, app: &mut App) {
        let (stats, cpu) = (DecodeStats::default(), Cpu::of(app));
        app.insert_resource(stats.clone()).add_systems(
            PostUpdate,
            (
                cpu.timed(make_meshes).in_set(DecodeSystems).before(bevy::asset::AssetEventSystems),
                cpu.timed(reveal).before(VisibilitySystems::VisibilityPropagate),
            ),
        );
        if let Some(render) = app.get_sub_app_mut(RenderApp) {
            render
                .insert_resource(stats)
                .init_resource::<Shapes>()
                .insert_resource(Decoders { processor: self.processor, ..Default::default() })
                .add_systems(ExtractSchedule, cpu.timed(extract))
                .add_systems(RenderGraph, cpu.timed(decode).before(camera_driver));
        }
    }

    fn finish(&self, app: &mut App) {
        // Before the allocator itself is made, which is at the render world's startup.
        if let Some(mut settings) =
            app.get_sub_app_mut(RenderApp).and_then(|r| r.world_mut().get_resource_mut::<MeshAllocatorSettings>())
        {
            settings.extra_buffer_usages |= BufferUsages::STORAGE;
            settings.max_slab_size = settings.max_slab_size.min(SLAB_BYTES);
            settings.large_threshold = settings.large_threshold.min(SLAB_BYTES);
        }
    }
}

/// A mesh with real triangles whose vertices the dress pass will write; until then all lie at one point.
fn placeholder(model: &ShapeModel, grid: usize) -> Mesh {
    let template = Template::grid(grid);
    let faces = template.triangles();
    let vertices = model.packed.patches * template.len();
    let mut indices = Vec::with_capacity(model.packed.patches * faces.len() * 3);
    for patch in 0..model.packed.patches {
        let offset = (patch * template.len()) as u32;
        let reversed = model.signs.get(patch).is_some_and(|&s| s < 0.0);
        for &[a, b, c] in &faces {
            let face = if reversed { [a, c, b] } else { [a, b, c] };
            indices.extend(face.map(|i| i + offset));
        }
    }
    Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD)
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, vec![[0.0f32; 3]; vertices])
        .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, vec![[0.0f32, 1.0, 0.0]; vertices])
        .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, vec![[0.0f32; 2]; vertices])
        .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, vec![[1.0f32; 4]; vertices])
        .with_inserted_indices(Indices::U32(indices))
}

/// A shape, the meshes that it has, and the one that is drawn.
type Shown = (Entity, &'static DecodedShape, Option<&'static mut Meshes>, Option<&'static mut Mesh3d>);

/// Gives each shape a mesh of its grid, and bounds: the CPU never sees the vertices.
fn make_meshes(
    mut commands: Commands,
    mut meshes: ResMut<Assets<Mesh>>,
    mut shapes: Query<Shown, Changed<DecodedShape>>,
) {
    for (entity, shape, known, shown) in &mut shapes {
        let Look { scale, offset, .. } = shape.look;
        let half = scale * 1.05;
        let mut entity = commands.entity(entity);
        entity.insert(Aabb { center: Vec3::from(offset).into(), half_extents: Vec3::splat(half).into() });
        if let (Some(mut known), Some(mut shown)) = (known, shown)
            && Arc::ptr_eq(&known.model, &shape.model)
        {
            let mesh = known.get(shape.grid, &mut meshes);
            if shown.0 != mesh {
                shown.0 = mesh;
            }
        } else {
            let mut known = Meshes { model: shape.model.clone(), by_grid: Vec::new() };
            entity.insert((Mesh3d(known.get(shape.grid, &mut meshes)), known));
        }
    }
}

fn reveal(stats: Res<DecodeStats>, mut shapes: Query<(Entity, &mut Visibility), With<DecodedShape>>) {
    for (entity, mut visibility) in &mut shapes {
        if *visibility == Visibility::Hidden && stats.is_ready(entity) {
            *visibility = Visibility::Inherited;
        }
    }
}

/// This frame's shapes in the render world.
#[derive(Resource, Default)]
struct Shapes(Vec<(Entity, AssetId<Mesh>, DecodedShape)>);

fn extract(mut shapes: ResMut<Shapes>, query: Extract<Query<(Entity, &DecodedShape, &Mesh3d)>>) {
    shapes.0.clear();
    shapes.0.extend(query.iter().map(|(entity, shape, mesh)| (entity, mesh.id(), shape.clone())));
}

/// What lives on the GPU.
#[derive(Resource, Default)]
struct Decoders {
    /// See [`DecodePlugin`].
    processor: bool,
    /// By the model's address; the model is held, so that the address stays its own.
    models: HashMap<usize, ModelOnGpu>,
    shapes: HashMap<Entity, ShapeOnGpu>,
}

struct ModelOnGpu {
    _model: Arc<ShapeModel>,
    engine: Result<(Engine, Dresser), DecoderError>,
}

#[derive(Default)]
struct ShapeOnGpu {
    /// The address of the model that the surfaces were decoded by.
    model: usize,
    /// As the [`Meshes`]: of the grid that is wanted and of the coarse one.
    places: Vec<Place>,
    decoded: Option<(usize, Latent)>,
    dressed: Option<Dressed>,
}

/// What a mesh's vertices were made from.
#[derive(Clone, PartialEq)]
struct Dressed {
    look: Look,
    mesh: AssetId<Mesh>,
    slab: wgpu::Buffer,
    base: u32,
}

#[expect(clippy::too_many_arguments, reason = "a system names what it reads")]
fn decode(
    mut context: RenderContext,
    mut decoders: ResMut<Decoders>,
    shapes: Res<Shapes>,
    stats: Res<DecodeStats>,
    allocator: Res<MeshAllocator>,
    device: Res<RenderDevice>,
    queue: Res<RenderQueue>,
    adapter: Res<RenderAdapterInfo>,
    first: Option<Res<FirstFrame>>,
) {
    let Decoders { processor, models, shapes: known } = &mut *decoders;
    let processor = *processor && adapter.device_type == wgpu::DeviceType::Cpu;
    known.retain(|entity, _| shapes.0.iter().any(|s| s.0 == *entity));
    // A model that no shape uses any more is let go.
    models.retain(|&address, _| shapes.0.iter().any(|s| Arc::as_ptr(&s.2.model).addr() == address));
    for model in models.values() {
        if let Some(timed) = model.engine.as_ref().ok().and_then(|(engine, _)| engine.poll()) {
            *lock(&stats.0.timed) = Some(timed);
        }
    }
    for (entity, mesh, shape) in &shapes.0 {
        let packed = &shape.model.packed;
        if packed.takes(&shape.latent).is_err() {
            continue;
        }
        let model = models.entry(Arc::as_ptr(&shape.model).addr()).or_insert_with(|| {
            let device = device.wgpu_device();
            let since = Instant::now();
            let engine = Engine::new(device, &queue, packed, processor)
                .map(|engine| (engine, Dresser::new(device, packed.patches, &shape.model.signs, &shape.model.parts)));
            if let Some(first) = &first {
                first.exclude(Driver::Pipelines, since.elapsed());
            }
            if let Err(e) = &engine {
                *lock(&stats.0.failure) = Some(e.to_string());
            }
            ModelOnGpu { _model: shape.model.clone(), engine }
        });
        let Ok((engine, dresser)) = &mut model.engine else { continue };
        // Slabs move when they grow, so the place is asked for in every frame.
        let Some(slice) = allocator.mesh_vertex_slice(mesh) else { continue };
        // A mesh of another grid has no room for these vertices, and its neighbours in the slab are no business of theirs.
        if slice.range.len() != packed.patches * shape.grid * shape.grid {
            error_once!(
                "a mesh of {} vertices was given to a shape of {} points a side",
                slice.range.len(),
                shape.grid
            );
            continue;
        }
        let state = known.entry(*entity).or_default();
        if state.model != Arc::as_ptr(&shape.model).addr() {
            // Buffers of another model have another number of patches.
            *state = ShapeOnGpu { model: Arc::as_ptr(&shape.model).addr(), ..Default::default() };
        }

        let side = shape.grid;
        let stale = state.decoded.as_ref().is_none_or(|(s, latent)| *s != side || *latent != shape.latent);
        if stale {
            if !state.places.iter().any(|p| p.surface().side == side) {
                state.places.retain(|p| p.surface().side == COARSE);
                state.places.push(engine.place(device.wgpu_device(), side));
            }
            let Some(place) = state.places.iter().find(|p| p.surface().side == side) else { continue };
            match engine.decode(&queue, context.command_encoder(), &shape.latent, place) {
                Ok(None) => (),
                Ok(timed) => *lock(&stats.0.timed) = timed,
                Err(e) => {
                    *lock(&stats.0.failure) = Some(e.to_string());
                    continue;
                }
            }
            state.decoded = Some((side, shape.latent.clone()));
            stats.0.decodes.fetch_add(1, Ordering::Relaxed);
        }

        let dressed = Dressed {
            look: shape.look.clone(),
            mesh: *mesh,
            slab: (**slice.buffer).clone(),
            base: slice.range.start * super::dress::VERTEX_STRIDE as u32,
        };
        if (stale || state.dressed.as_ref() != Some(&dressed))
            && let Some(surface) = state.places.iter().map(Place::surface).find(|s| s.side == side)
        {
            let target = Target { slab: &dressed.slab, base: dressed.base };
            dresser.encode(context.command_encoder(), surface, &dressed.look, &target);
            state.dressed = Some(dressed);
            stats.0.dresses.fetch_add(1, Ordering::Relaxed);
            lock(&stats.0.ready).insert(*entity);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::dress::{COLOR_AT, NORMAL_AT, UV_AT, VERTEX_STRIDE};
    use super::*;

    #[test]
    fn vertex_layout_is_what_the_shader_writes() {
        let mesh = Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::default())
            .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, vec![[8.0f32, 9.0, 10.0, 11.0]])
            .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, vec![[6.0f32, 7.0]])
            .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, vec![[3.0f32, 4.0, 5.0]])
            .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, vec![[0.0f32, 1.0, 2.0]]);
        let words: Vec<f32> = bytemuck::pod_collect_to_vec(&mesh.create_packed_vertex_buffer_data());
        assert_eq!(words, (0..VERTEX_STRIDE).map(|i| i as f32).collect::<Vec<_>>());
        assert_eq!((words[NORMAL_AT], words[UV_AT], words[COLOR_AT]), (3.0, 6.0, 8.0));
    }
}
