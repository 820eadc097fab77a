//! `EXT_meshopt_compression`: what the codecs make of a view's bytes, and the order of vertices that they like.
//!
//! The extension's specification fixes the codecs' versions: 0 for vertices, 1 for indices.

use meshopt::{
    encode_index_buffer, encode_vertex_buffer_level, optimize_vertex_cache_strip, optimize_vertex_fetch_remap,
};

use super::scene::{Deltas, Primitive};
use crate::mesh::Mesh;

/// Only tells the encoder of version 1 anything.
const LEVEL: i32 = 2;

const VERSION: Option<i32> = Some(0);

/// A view of vertex attributes of `stride` bytes: 4, 8, 12 or 16.
///
/// # Errors
/// Those of the encoder.
pub fn vertices(bytes: &[u8], stride: usize) -> Result<Vec<u8>, meshopt::Error> {
    match stride {
        4 => encode_vertex_buffer_level(bytes.as_chunks::<4>().0, LEVEL, VERSION),
        8 => encode_vertex_buffer_level(bytes.as_chunks::<8>().0, LEVEL, VERSION),
        12 => encode_vertex_buffer_level(bytes.as_chunks::<12>().0, LEVEL, VERSION),
        _ => encode_vertex_buffer_level(bytes.as_chunks::<16>().0, LEVEL, VERSION),
    }
}

/// A view of triangles' indices of `stride` bytes: 2 or 4. Corners of a triangle may come back in another order around it.
///
/// # Errors
/// Those of the encoder.
pub fn indices(bytes: &[u8], stride: usize) -> Result<Vec<u8>, meshopt::Error> {
    let indices: Vec<u32> = match stride {
        2 => bytes.as_chunks().0.iter().map(|&two| u32::from(u16::from_le_bytes(two))).collect(),
        _ => bytes.as_chunks().0.iter().map(|&four| u32::from_le_bytes(four)).collect(),
    };
    let vertices = indices.iter().max().map_or(0, |&most| most as usize + 1);
    encode_index_buffer(&indices, vertices)
}

/// The same primitive in the order that compresses best: triangles as a strip walks them, vertices as those ask for them.
/// Vertices without a triangle go.
pub fn ordered(primitive: &Primitive) -> Primitive {
    let Primitive { mesh, tangents, colours, targets, coat } = primitive;
    let count = mesh.positions.len();
    let indices = optimize_vertex_cache_strip(mesh.triangles.as_flattened(), count);
    let target = optimize_vertex_fetch_remap(&indices, count);
    let mut source: Vec<(u32, usize)> =
        target.iter().enumerate().map(|(from, &to)| (to, from)).filter(|&(to, _)| to != u32::MAX).collect();
    source.sort_unstable();
    fn pick<T: Copy>(values: &[T], source: &[(u32, usize)]) -> Vec<T> {
        if values.is_empty() { Vec::new() } else { source.iter().map(|&(_, from)| values[from]).collect() }
    }
    let indices: Vec<u32> = indices.iter().map(|&i| target[i as usize]).collect();
    Primitive {
        mesh: Mesh {
            positions: pick(&mesh.positions, &source),
            normals: pick(&mesh.normals, &source),
            uvs: pick(&mesh.uvs, &source),
            triangles: indices.as_chunks::<3>().0.to_vec(),
            ..Default::default()
        },
        tangents: pick(tangents, &source),
        colours: pick(colours, &source),
        targets: targets
            .iter()
            .map(|d| Deltas {
                positions: pick(&d.positions, &source),
                normals: pick(&d.normals, &source),
                tangents: pick(&d.tangents, &source),
            })
            .collect(),
        coat: *coat,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::tessellate::{PatchPoints, tessellate};
    use crate::template::Template;

    fn sheet() -> Primitive {
        let template = Template::grid(9);
        let positions = template.uv().iter().map(|&[u, v]| [u, v, u * v]).collect();
        let mesh = tessellate(PatchPoints { positions, ..Default::default() }, 1, &[], &template);
        let colours = mesh.positions.iter().map(|&[x, y, z]| [x, y, z, 1.0]).collect();
        Primitive { mesh, colours, ..Default::default() }
    }

    #[test]
    fn the_order_changes_and_nothing_else() {
        let mut before = sheet();
        before.mesh.positions.push([9.0; 3]);
        before.mesh.uvs.push([0.5; 2]);
        before.colours.push([9.0; 4]);
        let after = ordered(&before);
        assert_eq!(after.mesh.positions.len(), 81);
        let corners = |p: &Primitive| {
            let mut all: Vec<[[u32; 3]; 3]> = (0..p.mesh.triangles.len())
                .map(|t| {
                    let mut corners = p.mesh.corners(t).map(|c| c.map(f32::to_bits));
                    let least = (0..3).min_by_key(|&i| corners[i]).unwrap();
                    corners.rotate_left(least);
                    corners
                })
                .collect();
            all.sort_unstable();
            all
        };
        assert_eq!(corners(&after), corners(&before));
        for (p, c) in after.mesh.positions.iter().zip(&after.colours) {
            assert_eq!(p, &c[..3]);
        }
    }

    #[test]
    fn the_codecs_versions_are_the_extension_s() {
        let sheet = ordered(&sheet());
        let bytes: Vec<u8> = sheet.mesh.positions.iter().flatten().flat_map(|x| x.to_le_bytes()).collect();
        let encoded = vertices(&bytes, 12).unwrap();
        assert_eq!(encoded[0], 0xa0);
        assert_eq!(meshopt::decode_vertex_buffer::<[u8; 12]>(&encoded, 81).unwrap().as_flattened(), bytes);
        let bytes: Vec<u8> = sheet.mesh.triangles.iter().flatten().flat_map(|&x| (x as u16).to_le_bytes()).collect();
        let encoded = indices(&bytes, 2).unwrap();
        assert_eq!(encoded[0], 0xe1);
        assert!(encoded.len() < bytes.len() / 2);
    }
}
