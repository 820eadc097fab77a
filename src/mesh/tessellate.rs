//! From the points of a decoder's patches to one mesh.

use super::{Mesh, Vec3, atlas::atlas_uv, scaled};
use crate::template::Template;

/// What a decoder returns for `P` patches on a template of `n` points: patch-major, in the template's order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PatchPoints {
    /// `[P * n, 3]`
    pub positions: Vec<Vec3>,
    /// `[P * n, 3]`, along `f_u x f_v`, unit length; or empty.
    pub normals: Vec<Vec3>,
    /// `[P * n, 3]`, first fundamental form E, F, G in squared units of `positions`; or empty.
    pub form: Vec<[f32; 3]>,
}

/// Patches on a template as one mesh: `P * n` vertices with patch ids and atlas uvs, `P * 2 (side-1)^2` triangles.
///
/// `signs` `[P]` says which side of a patch faces outward: where it is negative, normals and winding are reversed.
/// A patch that it doesn't reach keeps its side, so an empty slice reverses nothing. Neighbouring patches share no
/// vertex; [`super::weld::weld`] joins them.
///
/// # Panics
/// If an attribute's length isn't `patches * template.len()`: then the caller mixed up two templates.
pub fn tessellate(points: PatchPoints, patches: usize, signs: &[f32], template: &Template) -> Mesh {
    let PatchPoints { positions, mut normals, form } = points;
    let n = template.len();
    assert_eq!(positions.len(), patches * n, "positions for {patches} patches of {n} points");
    assert!(normals.is_empty() || normals.len() == patches * n, "normals for {patches} patches of {n} points");
    assert!(form.is_empty() || form.len() == patches * n, "form for {patches} patches of {n} points");

    let (uv, faces) = (template.uv(), template.triangles());
    let mut triangles = Vec::with_capacity(patches * faces.len());
    for patch in 0..patches {
        let offset = (patch * n) as u32;
        let reversed = signs.get(patch).is_some_and(|&sign| sign < 0.0);
        triangles.extend(faces.iter().map(|&[a, b, c]| {
            let face = if reversed { [a, c, b] } else { [a, b, c] };
            face.map(|i| i + offset)
        }));
        if reversed && !normals.is_empty() {
            for normal in &mut normals[patch * n..(patch + 1) * n] {
                *normal = scaled(*normal, -1.0);
            }
        }
    }
    Mesh {
        uvs: (0..patches).flat_map(|patch| uv.iter().map(move |&uv| atlas_uv(patch, patches, uv))).collect(),
        patch: (0..patches as u32).flat_map(|patch| std::iter::repeat_n(patch, n)).collect(),
        positions,
        normals,
        triangles,
        form,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::{dot, normals::face_normals};

    #[test]
    fn a_negative_sign_turns_the_patch_over() {
        let template = Template::grid(3);
        let flat: Vec<Vec3> = template.uv().iter().map(|&[u, v]| [u, v, 0.0]).collect();
        let points = PatchPoints {
            positions: [flat.clone(), flat].concat(),
            normals: vec![[0.0, 0.0, 1.0]; 18],
            form: vec![[1.0, 0.0, 1.0]; 18],
        };
        let mesh = tessellate(points, 2, &[1.0, -1.0], &template);
        assert_eq!((mesh.triangles.len(), mesh.validate()), (16, Ok(())));
        for (t, normal) in face_normals(&mesh).into_iter().enumerate() {
            let vertex = mesh.triangles[t][0] as usize;
            assert_eq!(normal[2], if t < 8 { 1.0 } else { -1.0 });
            assert!(dot(normal, mesh.normals[vertex]) > 0.0);
            assert_eq!(mesh.patch[vertex], (t / 8) as u32);
        }
    }
}
