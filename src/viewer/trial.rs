//! What an export would become, in the view in place of the patches.

use std::sync::Arc;

use bevy::{
    asset::RenderAssetUsages,
    camera::visibility::{NoFrustumCulling, RenderLayers},
    light::NotShadowCaster,
    mesh::{Indices, PrimitiveTopology},
    prelude::*,
};

use super::explore::{Edited, Session};
use super::state::{DEVIATION_SCALE, Surface, Trial, TrialLevel};
use crate::draw::colour::viridis;
use crate::export::Finish;
use crate::mesh::Vec3 as Point;

/// The layer of what no camera shows.
const UNSEEN: usize = 31;

/// The entity that holds its parts, and what it was made from.
#[derive(Component)]
pub struct Shown {
    trial: Arc<Trial>,
    dress: Dress,
}

/// Everything but the shape that its look depends on.
#[derive(Clone, PartialEq)]
struct Dress {
    level: usize,
    by_deviation: bool,
    surface: Surface,
    flat: bool,
    /// One a part.
    finishes: Vec<Finish>,
}

/// Keeps the entity as the state says, and the patches out of sight while it stands.
pub fn follow(
    session: Res<Session>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    mut shown: Query<(Entity, &Shown, &mut Transform)>,
    patches: Query<(Entity, Has<RenderLayers>), With<Edited>>,
    mut commands: Commands,
) {
    let explorer = &session.explorer;
    // What the pointer means in the map or the gallery is shown as patches: an export of it nobody asked for.
    let wanted = explorer.exporting.shown().filter(|_| explorer.preview.is_none());
    for (patch, hidden) in &patches {
        match (wanted.is_some(), hidden) {
            (true, false) => drop(commands.entity(patch).insert(RenderLayers::layer(UNSEEN))),
            (false, true) => drop(commands.entity(patch).remove::<RenderLayers>()),
            _ => (),
        }
    }
    let wanted = wanted.map(|(trial, level)| {
        let look = &explorer.look;
        let dress = Dress {
            level,
            by_deviation: explorer.exporting.by_deviation,
            surface: look.surface,
            flat: look.flat,
            finishes: trial.parts.iter().map(|part| look.finish(part)).collect(),
        };
        let stage = session.stage();
        let place = Transform::from_xyz(session.middle(), stage * trial.grip, 0.0).with_scale(Vec3::splat(stage));
        (trial, dress, place)
    });
    let mut found = false;
    for (entity, made, mut transform) in &mut shown {
        match &wanted {
            Some((trial, dress, place)) if Arc::ptr_eq(&made.trial, trial) && made.dress == *dress => {
                found = true;
                if *transform != *place {
                    *transform = *place;
                }
            }
            _ => commands.entity(entity).despawn(),
        }
    }
    let Some((trial, dress, place)) = wanted.filter(|_| !found) else { return };
    let level = &trial.levels[dress.level];
    let root =
        commands.spawn((Shown { trial: trial.clone(), dress: dress.clone() }, place, Visibility::Inherited)).id();
    if dress.surface != Surface::Wireframe && dress.surface != Surface::Points {
        for (part, finish) in dress.finishes.iter().enumerate() {
            let Some(mesh) = drawn(level, part, &dress) else { continue };
            commands.spawn((
                Mesh3d(meshes.add(mesh)),
                MeshMaterial3d(materials.add(material(*finish, &dress))),
                NoFrustumCulling,
                ChildOf(root),
            ));
        }
    }
    if matches!(dress.surface, Surface::Edges | Surface::Wireframe | Surface::Points) {
        commands.spawn((
            Mesh3d(meshes.add(edges(level, dress.surface))),
            MeshMaterial3d(materials.add(ink(dress.surface))),
            NoFrustumCulling,
            NotShadowCaster,
            ChildOf(root),
        ));
    }
}

fn material(finish: Finish, dress: &Dress) -> StandardMaterial {
    if dress.by_deviation {
        return StandardMaterial { perceptual_roughness: 0.8, reflectance: 0.2, ..default() };
    }
    let material = finish.material();
    let [r, g, b, _] = material.base_color;
    let see_through = dress.surface == Surface::XRay;
    StandardMaterial {
        base_color: if see_through { Color::linear_rgba(0.22, 0.55, 0.95, 0.25) } else { Color::linear_rgb(r, g, b) },
        alpha_mode: if see_through { AlphaMode::Blend } else { AlphaMode::Opaque },
        metallic: material.metallic,
        perceptual_roughness: material.roughness,
        ..default()
    }
}

fn ink(surface: Surface) -> StandardMaterial {
    let base_color = match surface {
        Surface::Edges => Color::linear_rgb(0.012, 0.014, 0.018),
        Surface::Points => Color::linear_rgb(0.95, 0.66, 0.26),
        _ => Color::linear_rgb(0.62, 0.70, 0.80),
    };
    // Nearer than the surface that the lines lie on.
    StandardMaterial { base_color, unlit: true, depth_bias: 100.0, ..default() }
}

/// The triangles of one part; `None` where it has none.
fn drawn(level: &TrialLevel, part: usize, dress: &Dress) -> Option<Mesh> {
    let of_part = level.mesh.triangles.iter().zip(&level.part).filter(|(_, p)| usize::from(**p) == part);
    let indices: Vec<u32> = of_part.flat_map(|(t, _)| *t).collect();
    if indices.is_empty() {
        return None;
    }
    let colours = |level: &TrialLevel| -> Vec<[f32; 4]> { level.deviation.iter().map(|&d| colour(d)).collect() };
    let mut mesh = Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD)
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, level.mesh.positions.clone())
        .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, level.mesh.normals.clone())
        .with_inserted_indices(Indices::U32(indices));
    if dress.by_deviation {
        mesh.insert_attribute(Mesh::ATTRIBUTE_COLOR, colours(level));
    }
    if dress.flat {
        mesh.duplicate_vertices();
        mesh.compute_flat_normals();
    }
    Some(mesh)
}

/// Linear colour of a deviation in millimetres a metre.
fn colour(deviation: f32) -> [f32; 4] {
    let [r, g, b] = crate::draw::colour::linear_rgb(viridis((deviation / DEVIATION_SCALE).clamp(0.0, 1.0)));
    [r, g, b, 1.0]
}

/// Every edge once, or every corner.
fn edges(level: &TrialLevel, surface: Surface) -> Mesh {
    let points: &[Point] = &level.mesh.positions;
    let topology = if surface == Surface::Points { PrimitiveTopology::PointList } else { PrimitiveTopology::LineList };
    let mut indices: Vec<[u32; 2]> = level
        .mesh
        .triangles
        .iter()
        .flat_map(|&[a, b, c]| [[a, b], [b, c], [c, a]].map(|[from, to]| [from.min(to), from.max(to)]))
        .collect();
    indices.sort_unstable();
    indices.dedup();
    let indices: Vec<u32> = match surface {
        Surface::Points => (0..points.len() as u32).collect(),
        _ => indices.into_iter().flatten().collect(),
    };
    Mesh::new(topology, RenderAssetUsages::RENDER_WORLD)
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, points.to_vec())
        .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, level.mesh.normals.clone())
        .with_inserted_indices(Indices::U32(indices))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh;

    fn level() -> TrialLevel {
        let mesh = mesh::Mesh {
            positions: vec![[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0]],
            normals: vec![[0.0, 0.0, 1.0]; 4],
            triangles: vec![[0, 1, 2], [3, 2, 1]],
            ..Default::default()
        };
        TrialLevel { mesh, part: vec![0, 1], deviation: vec![0.0, 1.0, 2.0, 9.0] }
    }

    #[test]
    fn parts_are_drawn_apart_and_edges_once() {
        let dress = Dress { level: 0, by_deviation: true, surface: Surface::Edges, flat: false, finishes: Vec::new() };
        let level = level();
        let indices = |mesh: Mesh| mesh.indices().unwrap().iter().collect::<Vec<_>>();
        assert_eq!(indices(drawn(&level, 1, &dress).unwrap()), [3, 2, 1]);
        assert!(drawn(&level, 2, &dress).is_none());
        assert_eq!(indices(edges(&level, Surface::Edges)).len(), 2 * 5);
        assert_eq!(indices(edges(&level, Surface::Points)), [0, 1, 2, 3]);
    }

    #[test]
    fn beyond_the_scale_the_colour_stays() {
        assert_eq!(colour(DEVIATION_SCALE), colour(50.0));
        assert_ne!(colour(0.0), colour(1.0));
    }
}
