//! The order in which a GPU takes a skin fastest: part after part, within a part by vertex cache and overdraw, vertices in
//! the order in which they are fetched.

use meshopt::{optimize_overdraw_in_place_decoder, optimize_vertex_cache};

use super::Skin;
use crate::mesh::{Mesh, Vec3};

/// How much vertex cache may be lost for less overdraw.
const THRESHOLD: f32 = 1.05;

/// The same skin in that order. Vertices that no triangle names are dropped.
pub fn ordered(skin: &Skin) -> Skin {
    let (mut triangles, mut part) = (Vec::<[u32; 3]>::new(), Vec::new());
    for number in 0..skin.parts.len() {
        let of_part = (0..skin.part.len()).filter(|&t| usize::from(skin.part[t]) == number);
        let chosen: Vec<u32> = of_part.flat_map(|t| skin.mesh.triangles[t]).collect();
        if chosen.is_empty() {
            continue;
        }
        let mut indices = optimize_vertex_cache(&chosen, skin.mesh.positions.len());
        optimize_overdraw_in_place_decoder(&mut indices, &skin.mesh.positions, THRESHOLD);
        triangles.extend_from_slice(indices.as_chunks::<3>().0);
        part.resize(triangles.len(), number as u8);
    }
    // Vertices in the order in which triangles first name them.
    let mut place = vec![u32::MAX; skin.mesh.positions.len()];
    let mut kept = Vec::new();
    for vertex in triangles.as_flattened_mut() {
        let place = &mut place[*vertex as usize];
        if *place == u32::MAX {
            *place = kept.len() as u32;
            kept.push(*vertex);
        }
        *vertex = *place;
    }
    skin.taking(&kept, triangles, part)
}

impl Skin {
    /// These vertices, in this order, under new triangles.
    pub(super) fn taking(&self, vertices: &[u32], triangles: Vec<[u32; 3]>, part: Vec<u8>) -> Skin {
        fn take<T: Copy>(values: &[T], vertices: &[u32]) -> Vec<T> {
            if values.is_empty() { Vec::new() } else { vertices.iter().map(|&v| values[v as usize]).collect() }
        }
        let Skin { mesh, tangents, colours, part: _, parts } = self;
        let Mesh { positions, normals, uvs, triangles: _, patch, form } = mesh;
        Skin {
            mesh: Mesh {
                positions: take::<Vec3>(positions, vertices),
                normals: take(normals, vertices),
                uvs: take(uvs, vertices),
                triangles,
                patch: take(patch, vertices),
                form: take(form, vertices),
            },
            tangents: take(tangents, vertices),
            colours: take(colours, vertices),
            part,
            parts: parts.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use meshopt::{analyze_vertex_cache, analyze_vertex_fetch};

    use super::*;
    use crate::solid::fixture;
    use crate::solid::skin::{SkinOptions, skin};

    #[test]
    fn the_order_changes_nothing_but_the_cost() {
        let solid = fixture::sword(48, 100, 0.0);
        let made = skin(&solid, &SkinOptions::default()).unwrap().0;
        // Undone, by a stride through the triangles.
        let mut messy = made.clone();
        let count = messy.part.len();
        let stride: Vec<usize> = (0..count).map(|t| t * 7919 % count).collect();
        messy.mesh.triangles = stride.iter().map(|&t| made.mesh.triangles[t]).collect();
        messy.part = stride.iter().map(|&t| made.part[t]).collect();
        let neat = ordered(&messy);

        let all = |s: &Skin| {
            let corner = |t: usize| {
                s.mesh.triangles[t].map(|v| {
                    let v = v as usize;
                    (
                        s.mesh.positions[v].map(f32::to_bits),
                        s.mesh.uvs[v].map(f32::to_bits),
                        s.tangents[v].map(f32::to_bits),
                    )
                })
            };
            let mut list: Vec<_> = (0..s.part.len())
                .map(|t| {
                    let mut c = corner(t);
                    let first = (0..3).min_by_key(|&k| c[k]).unwrap();
                    c.rotate_left(first);
                    (s.part[t], c)
                })
                .collect();
            list.sort_unstable();
            list
        };
        assert_eq!(all(&neat), all(&messy));
        assert!(neat.part.is_sorted());
        let misses =
            |s: &Skin| analyze_vertex_cache(s.mesh.triangles.as_flattened(), s.mesh.positions.len(), 16, 0, 0).acmr;
        assert!(misses(&neat) < 0.85 && misses(&neat) < 0.5 * misses(&messy), "{} {}", misses(&neat), misses(&messy));
        let fetch = analyze_vertex_fetch(neat.mesh.triangles.as_flattened(), neat.mesh.positions.len(), 48);
        assert!(fetch.overfetch < 1.2, "{}", fetch.overfetch);
    }
}
