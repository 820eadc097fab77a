//! Parts of a mesh as meshes of their own.

use std::collections::BTreeMap;

use super::Mesh;

/// One mesh a patch, in ascending order of the patch ids that occur; without ids the whole mesh.
///
/// A triangle goes to the patch of its first corner. Where welding made it straddle two patches, the corners that
/// belong elsewhere are copied, and take this patch's id, so `patch[0]` names each result. Vertices keep their order:
/// appending the results of a patch-major mesh gives it back.
pub fn split_patches(mesh: &Mesh) -> Vec<Mesh> {
    if mesh.patch.is_empty() {
        return vec![mesh.clone()];
    }
    let mut members: BTreeMap<u32, (Vec<u32>, Vec<[u32; 3]>)> = BTreeMap::new();
    for (vertex, &patch) in mesh.patch.iter().enumerate() {
        members.entry(patch).or_default().0.push(vertex as u32);
    }
    for triangle in &mesh.triangles {
        let patch = mesh.patch[triangle[0] as usize];
        let (vertices, triangles) = members.entry(patch).or_default();
        vertices.extend(triangle.iter().filter(|&&i| mesh.patch[i as usize] != patch));
        triangles.push(*triangle);
    }
    members
        .into_iter()
        .map(|(patch, (mut vertices, triangles))| {
            vertices.sort_unstable();
            vertices.dedup();
            let mut part = extract(mesh, &vertices, &triangles);
            part.patch.fill(patch);
            part
        })
        .collect()
}

/// The vertices that `triangles` name, in their old order, and those triangles.
pub fn compact(mesh: &Mesh, triangles: &[[u32; 3]]) -> Mesh {
    let mut vertices: Vec<u32> = triangles.iter().flatten().copied().collect();
    vertices.sort_unstable();
    vertices.dedup();
    extract(mesh, &vertices, triangles)
}

/// `vertices` ascending and unique, and holding every corner of `triangles`.
fn extract(mesh: &Mesh, vertices: &[u32], triangles: &[[u32; 3]]) -> Mesh {
    fn keep<T: Copy>(values: &[T], vertices: &[u32]) -> Vec<T> {
        if values.is_empty() { Vec::new() } else { vertices.iter().map(|&i| values[i as usize]).collect() }
    }
    let place = |i: u32| vertices.partition_point(|&vertex| vertex < i) as u32;
    Mesh {
        positions: keep(&mesh.positions, vertices),
        normals: keep(&mesh.normals, vertices),
        uvs: keep(&mesh.uvs, vertices),
        triangles: triangles.iter().map(|t| t.map(place)).collect(),
        patch: keep(&mesh.patch, vertices),
        form: keep(&mesh.form, vertices),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straddling_triangle_takes_its_corners_along() {
        let mesh = Mesh {
            positions: vec![[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0]],
            triangles: vec![[0, 1, 2], [3, 2, 1]],
            patch: vec![4, 4, 4, 9],
            ..Default::default()
        };
        let parts = split_patches(&mesh);
        assert_eq!(parts.len(), 2);
        assert_eq!((parts[0].patch[0], parts[1].patch[0]), (4, 9));
        assert_eq!(parts[1].positions, [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0]]);
        assert_eq!(parts[1].triangles, [[2, 1, 0]]);
    }

    #[test]
    fn compacting_drops_what_no_triangle_names() {
        let mesh = Mesh {
            positions: vec![[9.0; 3], [0.0; 3], [1.0, 0.0, 0.0], [9.0; 3], [0.0, 1.0, 0.0]],
            triangles: vec![[4, 1, 2]],
            ..Default::default()
        };
        let small = compact(&mesh, &mesh.triangles);
        assert_eq!((small.positions.len(), small.triangles[0], small.corners(0)), (3, [2, 0, 1], mesh.corners(0)));
    }
}
