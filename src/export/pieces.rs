//! A level of detail cut by its materials: a primitive has one.

use std::collections::BTreeMap;

use super::ExportError;
use super::kit::{Level, Target};
use super::normals::{mended, tangent};
use super::scene::{Deltas, Primitive};
use crate::mesh::Mesh;

/// By the coat that each part wears (`worn` `[parts]`), in the coats' order; vertices keep theirs and are copied where parts
/// meet. Normals and tangents at unit length; triangles that name a vertex twice are left out.
///
/// # Errors
/// Attributes or parts that don't fit the vertices or triangles, and those of [`Mesh::validate`].
pub fn pieces(level: &Level, worn: &[usize]) -> Result<Vec<(usize, Primitive)>, ExportError> {
    let skin = level.skin;
    // Normals are mended, so a fault in them is no reason to refuse.
    Mesh { normals: Vec::new(), form: Vec::new(), patch: Vec::new(), ..skin.mesh.clone() }.validate()?;
    let fault = |what: &str| Err(ExportError::Scene(format!("a level of detail {what}")));
    if skin.part.len() != skin.mesh.triangles.len() {
        return fault("has not one part a triangle");
    }
    let count = skin.mesh.positions.len();
    let fits = |length: usize| length == 0 || length == count;
    let targets = level.morph.map_or(&[][..], |morph| &morph.targets);
    if !fits(skin.tangents.len()) || !fits(level.colours.len()) {
        return fault("has not as many tangents or colours as vertices");
    }
    if targets.iter().any(|t| t.positions.len() != count || !fits(t.normals.len()) || !fits(t.tangents.len())) {
        return fault("has a morph target of another length");
    }
    let normals = mended(&skin.mesh, &skin.mesh.normals);
    let tangents: Vec<[f32; 4]> = skin.tangents.iter().zip(&normals).map(|(&t, &n)| tangent(t, n)).collect();

    let mut members: BTreeMap<usize, Vec<[u32; 3]>> = BTreeMap::new();
    for (&[a, b, c], &part) in skin.mesh.triangles.iter().zip(&skin.part) {
        let Some(&coat) = worn.get(usize::from(part)) else {
            return fault("has a part without a material");
        };
        if a != b && b != c && c != a {
            members.entry(coat).or_default().push([a, b, c]);
        }
    }
    let piece = |(coat, triangles): (usize, Vec<[u32; 3]>)| {
        let mut vertices: Vec<u32> = triangles.iter().flatten().copied().collect();
        vertices.sort_unstable();
        vertices.dedup();
        let place = |i: u32| vertices.partition_point(|&vertex| vertex < i) as u32;
        let mesh = Mesh {
            positions: pick(&skin.mesh.positions, &vertices),
            normals: pick(&normals, &vertices),
            uvs: pick(&skin.mesh.uvs, &vertices),
            triangles: triangles.iter().map(|t| t.map(place)).collect(),
            ..Default::default()
        };
        let deltas = |target: &Target| Deltas {
            positions: pick(&target.positions, &vertices),
            normals: pick(&target.normals, &vertices),
            // Without tangents there is nothing that they could be differences from.
            tangents: if tangents.is_empty() { Vec::new() } else { pick(&target.tangents, &vertices) },
        };
        let primitive = Primitive {
            mesh,
            tangents: pick(&tangents, &vertices),
            colours: pick(level.colours, &vertices),
            targets: targets.iter().map(deltas).collect(),
            coat: None,
        };
        (coat, primitive)
    };
    Ok(members.into_iter().map(piece).collect())
}

fn pick<T: Copy>(values: &[T], vertices: &[u32]) -> Vec<T> {
    if values.is_empty() { Vec::new() } else { vertices.iter().map(|&i| values[i as usize]).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::kit::Morph;
    use crate::solid::Skin;

    /// Two triangles that share an edge, of two parts.
    fn skin() -> Skin {
        let mesh = Mesh {
            positions: vec![[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0]],
            normals: vec![[0.0, 0.0, 2.0]; 4],
            triangles: vec![[1, 3, 2], [0, 1, 2], [0, 0, 1]],
            ..Default::default()
        };
        let tangents = vec![[1.0, 0.0, 0.0, 1.0]; 4];
        Skin { mesh, tangents, part: vec![1, 0, 1], parts: vec!["blade".into(), "guard".into()], ..Default::default() }
    }

    #[test]
    fn each_part_takes_its_corners_and_all_they_know() {
        let skin = skin();
        let positions: Vec<[f32; 3]> = (0..4).map(|i| [i as f32, 0.0, 0.0]).collect();
        let morph = Morph { targets: vec![Target { positions, ..Default::default() }], times: Vec::new() };
        let level = Level { morph: Some(&morph), ..Level::from(&skin) };
        let cut = pieces(&level, &[0, 1]).unwrap();
        assert_eq!(cut.iter().map(|(coat, p)| (*coat, p.mesh.triangles.len())).collect::<Vec<_>>(), [(0, 1), (1, 1)]);
        let guard = &cut[1].1;
        assert_eq!(guard.mesh.triangles, [[0, 2, 1]]);
        assert_eq!(guard.mesh.normals, [[0.0, 0.0, 1.0]; 3]);
        assert_eq!(guard.targets[0].positions.iter().map(|p| p[0]).collect::<Vec<_>>(), [1.0, 2.0, 3.0]);
        // One material for both parts is one primitive.
        let whole = pieces(&level, &[0, 0]).unwrap();
        assert_eq!((whole.len(), whole[0].1.mesh.positions.len()), (1, 4));
    }

    #[test]
    fn what_doesn_t_fit_is_refused() {
        let said = |spoil: &dyn Fn(&mut Skin)| {
            let mut skin = skin();
            spoil(&mut skin);
            pieces(&Level::from(&skin), &[0, 1]).unwrap_err().to_string()
        };
        assert!(said(&|s| s.part = vec![0]).contains("one part a triangle"));
        assert!(said(&|s| s.part[0] = 2).contains("without a material"));
        assert!(said(&|s| s.tangents.truncate(1)).contains("tangents"));
        assert!(said(&|s| s.mesh.positions[0][0] = f32::NAN).contains("finite"));
    }
}
