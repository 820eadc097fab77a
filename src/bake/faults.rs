//! What can't be baked, and why.

use thiserror::Error;

use super::texture::PART_COLOURS;
use super::{Dense, Options, SIZES};
use crate::mesh::MeshError;
use crate::solid::Skin;

/// Why nothing was baked.
#[derive(Debug, Error, PartialEq)]
pub enum BakeError {
    #[error("textures of {0} x {0} can't be baked; give a size of {min} to {max}", min = SIZES.start(), max = SIZES.end())]
    Size(u32),
    #[error("the low-poly mesh can't be baked on: {0}")]
    Skin(MeshError),
    #[error("the dense surface can't be baked from: {0}")]
    Dense(MeshError),
    #[error("the low-poly mesh has no {0}; {1}")]
    Lacks(&'static str, &'static str),
    #[error("the {0} has no triangles")]
    NoTriangles(&'static str),
    #[error("the dense surface has no normals; decode it with them, or make them from its triangles")]
    NoNormals,
    #[error("the {which} names a part for {found} of its {triangles} triangles")]
    Parts { which: &'static str, found: usize, triangles: usize },
    #[error("the {which} has a triangle of part {part}, but only {parts} parts have names")]
    NoSuchPart { which: &'static str, part: u8, parts: usize },
    #[error("a part mask tells at most {PART_COLOURS} parts apart, and the shape has {0}")]
    TooManyParts(usize),
    #[error("tangent {vertex} is not three finite numbers and a handedness of 1 or -1")]
    Tangent { vertex: usize },
    #[error("texture coordinate {vertex} lies outside the square; charts must be packed into 0..=1 to be baked on")]
    Outside { vertex: usize },
    #[error("no chart is large enough to hold a texel of {size} x {size}; unwrap the mesh anew or give a larger size")]
    NoTexel { size: u32 },
    #[error("{what} of {value} can't be used; give {range}")]
    Option { what: &'static str, value: f32, range: &'static str },
}

/// How far outside the square rounding may leave a chart.
const ROUNDING: f32 = 1e-4;

/// Everything that [`super::bake`] relies on.
pub(super) fn check(skin: &Skin, dense: &Dense, options: &Options) -> Result<(), BakeError> {
    if !SIZES.contains(&options.size) {
        return Err(BakeError::Size(options.size));
    }
    let length = |what, value: Option<f32>| match value {
        Some(value) if !(value > 0.0 && value.is_finite()) => {
            Err(BakeError::Option { what, value, range: "a length over 0" })
        }
        _ => Ok(()),
    };
    length("a cage", options.cage)?;
    length("a reach of occlusion", options.reach)?;
    if !(4..=256).contains(&options.rays) {
        let value = options.rays as f32;
        return Err(BakeError::Option { what: "a number of rays", value, range: "4 to 256" });
    }

    let mesh = &skin.mesh;
    mesh.validate().map_err(BakeError::Skin)?;
    dense.mesh.validate().map_err(BakeError::Dense)?;
    for (which, triangles) in [("low-poly mesh", &mesh.triangles), ("dense surface", &dense.mesh.triangles)] {
        if triangles.is_empty() {
            return Err(BakeError::NoTriangles(which));
        }
    }
    if mesh.normals.is_empty() {
        return Err(BakeError::Lacks("normals", "give it hard and soft edges first"));
    }
    if mesh.uvs.is_empty() {
        return Err(BakeError::Lacks("texture coordinates", "unwrap it first"));
    }
    if skin.tangents.is_empty() {
        return Err(BakeError::Lacks("tangents", "make them from its texture coordinates first"));
    }
    if dense.mesh.normals.is_empty() {
        return Err(BakeError::NoNormals);
    }
    let (found, vertices) = (skin.tangents.len(), mesh.positions.len());
    if found != vertices {
        return Err(BakeError::Skin(MeshError::AttributeLength { attribute: "tangents", found, vertices }));
    }
    let broken = |t: &[f32; 4]| t.iter().any(|x| !x.is_finite()) || t[3].abs() != 1.0;
    if let Some(vertex) = skin.tangents.iter().position(broken) {
        return Err(BakeError::Tangent { vertex });
    }
    let outside = |uv: &[f32; 2]| uv.iter().any(|x| !(-ROUNDING..=1.0 + ROUNDING).contains(x));
    if let Some(vertex) = mesh.uvs.iter().position(outside) {
        return Err(BakeError::Outside { vertex });
    }
    parts("low-poly mesh", &skin.part, mesh.triangles.len(), skin.parts.len())?;
    parts("dense surface", dense.part, dense.mesh.triangles.len(), skin.parts.len())
}

fn parts(which: &'static str, part: &[u8], triangles: usize, parts: usize) -> Result<(), BakeError> {
    if parts > PART_COLOURS {
        return Err(BakeError::TooManyParts(parts));
    }
    if part.len() != triangles {
        return Err(BakeError::Parts { which, found: part.len(), triangles });
    }
    match part.iter().find(|&&p| usize::from(p) >= parts) {
        Some(&part) => Err(BakeError::NoSuchPart { which, part, parts }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bake::bake;
    use crate::export::Finish;
    use crate::mesh::Mesh;

    fn skin() -> Skin {
        Skin {
            mesh: Mesh {
                positions: vec![[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
                normals: vec![[0.0, 0.0, 1.0]; 3],
                uvs: vec![[0.1, 0.9], [0.9, 0.9], [0.1, 0.1]],
                triangles: vec![[0, 1, 2]],
                ..Default::default()
            },
            tangents: vec![[1.0, 0.0, 0.0, 1.0]; 3],
            part: vec![0],
            parts: vec!["blade".to_owned()],
            ..Default::default()
        }
    }

    fn refused(change: impl Fn(&mut Skin, &mut Mesh, &mut Vec<u8>, &mut Options)) -> String {
        let (mut skin, mut options) = (skin(), Options { size: 256, ..Options::default() });
        let (mut mesh, mut part) = (skin.mesh.clone(), skin.part.clone());
        change(&mut skin, &mut mesh, &mut part, &mut options);
        bake(&skin, &Dense { mesh: &mesh, part: &part }, &options).unwrap_err().to_string()
    }

    #[test]
    fn a_fault_is_told_in_words_with_the_way_out() {
        assert!(refused(|_, _, _, o| o.size = 0).contains("give a size of 256 to 4096"));
        assert!(refused(|_, _, _, o| o.size = 8192).contains("8192 x 8192"));
        assert!(refused(|_, _, _, o| o.rays = 0).contains("number of rays of 0"));
        assert!(refused(|_, _, _, o| o.cage = Some(f32::NAN)).contains("give a length over 0"));
        assert!(refused(|_, _, _, o| o.reach = Some(-1.0)).contains("reach of occlusion of -1"));
        assert!(refused(|s, _, _, _| s.mesh.uvs.clear()).contains("no texture coordinates; unwrap it first"));
        assert!(refused(|s, _, _, _| s.tangents.clear()).contains("no tangents"));
        assert!(refused(|s, _, _, _| s.mesh.normals.clear()).contains("no normals"));
        assert!(refused(|_, m, _, _| m.normals.clear()).contains("dense surface has no normals"));
        assert!(
            refused(|s, _, _, _| s.mesh.positions[1][0] = f32::NAN)
                .contains("low-poly mesh can't be baked on: vertex 1")
        );
        assert!(
            refused(|_, m, _, _| m.normals[2][0] = f32::NAN).contains("dense surface can't be baked from: vertex 2")
        );
        assert!(refused(|s, _, _, _| s.mesh.uvs[0][1] = f32::INFINITY).contains("not a finite number"));
        assert!(refused(|s, _, _, _| s.mesh.uvs[0][1] = 1.5).contains("coordinate 0 lies outside"));
        assert!(refused(|s, _, _, _| s.tangents[2][3] = 0.0).contains("tangent 2"));
        assert!(
            refused(|s, _, _, _| {
                s.tangents.pop();
            })
            .contains("tangents has 2 entries for 3")
        );
        assert!(refused(|s, _, _, _| s.mesh.triangles.clear()).contains("low-poly mesh has no triangles"));
        assert!(refused(|_, m, _, _| m.triangles.clear()).contains("dense surface has no triangles"));
        assert!(refused(|s, _, _, _| s.part.clear()).contains("a part for 0 of its 1"));
        assert!(refused(|_, _, p, _| p[0] = 3).contains("part 3, but only 1"));
        assert!(refused(|s, _, _, _| s.parts = vec![String::new(); 40]).contains("at most 26 parts"));
    }

    #[test]
    fn odd_but_valid_input_is_baked() {
        let bake_with = |change: &dyn Fn(&mut Skin, &mut Mesh)| {
            let mut skin = skin();
            let mut mesh = skin.mesh.clone();
            change(&mut skin, &mut mesh);
            let options = Options { size: 256, finishes: vec![Finish::Oak], ..Options::default() };
            let part = vec![0; mesh.triangles.len()];
            bake(&skin, &Dense { mesh: &mesh, part: &part }, &options).unwrap()
        };
        // Between two bytes, so either.
        let level = |texel: Option<[u8; 3]>| {
            texel.is_some_and(|[x, y, z]| x.abs_diff(128).max(y.abs_diff(128)) <= 1 && z == 255)
        };
        // All in one point, a chart without area, normals and tangents without length, a dense surface far away.
        let flat = bake_with(&|skin, mesh| {
            skin.mesh.positions = vec![[0.5; 3]; 3];
            skin.mesh.uvs = vec![[0.5; 2]; 3];
            skin.mesh.normals = vec![[0.0; 3]; 3];
            skin.tangents = vec![[0.0, 0.0, 0.0, -1.0]; 3];
            mesh.positions = vec![[0.5; 3]; 3];
        });
        assert!(flat.report.texels == 1 && level(flat.normal.texel(9, 9)));
        let far = bake_with(&|_, mesh| mesh.positions.iter_mut().for_each(|p| p[2] = 9.0));
        assert!(far.report.missed == 1.0 && level(far.normal.texel(40, 200)));
    }
}
