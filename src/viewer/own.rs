//! The artist's own mesh in the scene, beside its reconstruction or over it.

use std::sync::Arc;

use bevy::{
    asset::RenderAssetUsages,
    camera::visibility::NoFrustumCulling,
    mesh::{Indices, PrimitiveTopology},
    prelude::*,
};

use super::{explore::Session, state::Shown};
use crate::mesh::{self, normals::vertex_normals, simplify};

/// Triangles that are drawn at most; the rest only costs frames.
const DRAWN: usize = 200_000;

/// The entity, and what it was made from.
#[derive(Component)]
pub struct OwnMesh(Arc<mesh::Mesh>);

/// What it is drawn with.
#[derive(Resource)]
pub struct OwnMaterials {
    solid: Handle<StandardMaterial>,
    clear: Handle<StandardMaterial>,
}

impl FromWorld for OwnMaterials {
    fn from_world(world: &mut World) -> Self {
        let mut materials = world.resource_mut::<Assets<StandardMaterial>>();
        // Matt and bluish, so that nobody takes it for what the model made.
        let solid = StandardMaterial {
            base_color: Color::srgb(0.42, 0.55, 0.72),
            perceptual_roughness: 0.7,
            double_sided: true,
            cull_mode: None,
            ..default()
        };
        let clear = StandardMaterial {
            base_color: Color::srgba(0.42, 0.6, 0.85, 0.4),
            alpha_mode: AlphaMode::Blend,
            ..solid.clone()
        };
        Self { solid: materials.add(solid), clear: materials.add(clear) }
    }
}

/// Keeps the entity as the state says.
pub fn follow(
    session: Res<Session>,
    materials: Res<OwnMaterials>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut entities: Query<(Entity, &OwnMesh, &mut Transform, &mut MeshMaterial3d<StandardMaterial>)>,
    mut commands: Commands,
) {
    let own = session.explorer.own.as_ref().filter(|own| own.shown != Shown::Hidden);
    let current = own.map(|own| {
        let material = if own.shown == Shown::Over { &materials.clear } else { &materials.solid };
        (own, session.own_place(), material)
    });
    let mut found = false;
    for (entity, made, mut transform, mut material) in &mut entities {
        match &current {
            Some((own, place, wanted)) if Arc::ptr_eq(&made.0, &own.placed) => {
                found = true;
                if *transform != *place {
                    *transform = *place;
                }
                if material.0 != **wanted {
                    material.0 = (*wanted).clone();
                }
            }
            _ => commands.entity(entity).despawn(),
        }
    }
    if let Some((own, place, material)) = current.filter(|_| !found) {
        commands.spawn((
            OwnMesh(own.placed.clone()),
            Mesh3d(meshes.add(drawn(&own.placed))),
            MeshMaterial3d(material.clone()),
            place,
            NoFrustumCulling,
        ));
    }
}

/// A mesh of ours as Bevy draws it, coarser where it has very many triangles. A point cloud shows nothing.
fn drawn(mesh: &mesh::Mesh) -> Mesh {
    let coarser = (mesh.triangles.len() > DRAWN)
        .then(|| simplify::simplify(mesh, DRAWN, simplify::Border::Free).ok())
        .flatten()
        .map(|(mesh, _)| mesh);
    let mesh = coarser.as_ref().unwrap_or(mesh);
    let normals = if mesh.normals.len() == mesh.positions.len() { mesh.normals.clone() } else { vertex_normals(mesh) };
    Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD)
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, mesh.positions.clone())
        .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, normals)
        .with_inserted_indices(Indices::U32(mesh.triangles.as_flattened().to_vec()))
}
