//! Patches as they are, or with neighbouring borders brought together: surfaces that are quick to make, and open where
//! patches gape.

use std::collections::HashMap;

use super::options::Options;
use crate::mesh::simplify::{Border, simplify};
use crate::mesh::weld::Welding;
use crate::mesh::{Mesh, MeshError, Vec3, add, scaled};
use crate::solid::Skin;

/// How far apart border points may lie and still be one, in lengths of the shape: twice the gap that a trained model leaves.
pub const REACH: f32 = 0.002;

/// The mesh with border points of patches that lie within `reach` at one place, the middle of them. Vertices stay apart where
/// their normals and uvs do, so shading and texture are as before.
pub fn joined(mesh: &Mesh, reach: f32) -> Mesh {
    let mut edges: HashMap<[u32; 2], u32> = HashMap::new();
    for &[a, b, c] in &mesh.triangles {
        for [p, q] in [[a, b], [b, c], [c, a]] {
            *edges.entry([p.min(q), p.max(q)]).or_default() += 1;
        }
    }
    let mut border: Vec<u32> = edges.iter().filter(|(_, uses)| **uses == 1).flat_map(|(edge, _)| *edge).collect();
    border.sort_unstable();
    border.dedup();
    let places: Vec<Vec3> = border.iter().map(|&v| mesh.positions[v as usize]).collect();
    let Welding { kept, target } = Welding::find(&places, reach);
    let mut sums = vec![([0.0; 3], 0.0); kept.len()];
    for (&group, &p) in target.iter().zip(&places) {
        let (sum, count): &mut (Vec3, f32) = &mut sums[group as usize];
        (*sum, *count) = (add(*sum, p), *count + 1.0);
    }
    let mut joined = mesh.clone();
    for (&v, &group) in border.iter().zip(&target) {
        let (sum, count) = sums[group as usize];
        joined.positions[v as usize] = scaled(sum, 1.0 / count);
    }
    joined.triangles.retain(|t| {
        let [a, b, c] = t.map(|i| joined.positions[i as usize]);
        a != b && b != c && c != a
    });
    joined
}

/// At most about so many triangles.
///
/// # Errors
/// A mesh that can't be simplified.
pub fn simplified(mesh: &Mesh, triangles: usize) -> Result<Mesh, MeshError> {
    if mesh.triangles.len() <= triangles {
        return Ok(mesh.clone());
    }
    Ok(simplify(mesh, triangles, Border::Free)?.0)
}

/// `[N]`, the colour of each vertex' part.
pub fn colours(mesh: &Mesh, skin: &Skin, options: &Options) -> Vec<[u8; 4]> {
    let mut colours = vec![[255; 4]; mesh.positions.len()];
    for (t, &part) in mesh.triangles.iter().zip(&skin.part) {
        let colour = options.colour(skin.parts.get(usize::from(part)).map_or("", |p| p));
        t.iter().for_each(|&v| colours[v as usize] = colour);
    }
    colours
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::solidity::Solidity;

    /// Two unit squares side by side, a gap between them.
    fn squares(gap: f32) -> Mesh {
        let square = |x: f32| vec![[x, 0.0, 0.0], [x + 1.0, 0.0, 0.0], [x + 1.0, 1.0, 0.0], [x, 1.0, 0.0]];
        Mesh {
            positions: [square(0.0), square(1.0 + gap)].concat(),
            normals: vec![[0.0, 0.0, 1.0]; 8],
            triangles: vec![[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]],
            patch: vec![0, 0, 0, 0, 1, 1, 1, 1],
            ..Default::default()
        }
    }

    #[test]
    fn borders_meet_in_the_middle_of_their_gap_and_wide_ones_stay() {
        let met = joined(&squares(0.01), 0.02);
        assert_eq!((met.positions[1], met.positions[4]), ([1.005, 0.0, 0.0], [1.005, 0.0, 0.0]));
        assert_eq!((met.positions[0], met.patch.len()), ([0.0; 3], 8));
        assert_eq!(Solidity::of(&met).components, 1);
        assert_eq!(joined(&squares(0.1), 0.02), squares(0.1));
    }
}
