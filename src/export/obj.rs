//! Wavefront OBJ with its MTL: text, a group and a material a part. Metres, +Y up.

use std::fmt::Write;

use super::{ExportError, Material};
use crate::solid::Skin;

/// An OBJ and the materials beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obj {
    pub obj: Vec<u8>,
    /// To be written where `obj` says: under the name of the library.
    pub mtl: Vec<u8>,
}

/// A skin as text, each number with as many digits as bring it back exactly. `library` is the name of the MTL file, without a
/// folder; `materials` one a part; `colours` `[N]` sRGB, or empty, behind the positions, where Blender and others read them. V
/// points up here.
///
/// # Errors
/// A mesh that [`crate::mesh::Mesh::validate`] refuses or without triangles; parts that don't fit the triangles, or without a
/// material.
pub fn obj(
    name: &str,
    skin: &Skin,
    materials: &[Material],
    library: &str,
    colours: &[[u8; 3]],
) -> Result<Obj, ExportError> {
    let Skin { mesh, part, parts, .. } = skin;
    mesh.validate()?;
    if mesh.triangles.is_empty() {
        return Err(ExportError::NoTriangles);
    }
    if part.len() != mesh.triangles.len() || part.iter().any(|&p| usize::from(p) >= materials.len()) {
        return Err(ExportError::Scene("a triangle has no part with a material".to_owned()));
    }
    let mut text = format!("# Atlasforge {}: metres, +Y up\n", env!("CARGO_PKG_VERSION"));
    // Nothing can go wrong in writing to a string.
    let _ = writeln!(text, "mtllib {}\no {}", line(library), word(name));
    if !colours.is_empty() && colours.len() != mesh.positions.len() {
        return Err(ExportError::Scene("it has not one colour a vertex".to_owned()));
    }
    for (i, [x, y, z]) in mesh.positions.iter().enumerate() {
        let _ = write!(text, "v {x} {y} {z}");
        for value in colours.get(i).into_iter().flatten() {
            let _ = write!(text, " {:.4}", f32::from(*value) / 255.0);
        }
        text.push('\n');
    }
    for [u, v] in &mesh.uvs {
        let _ = writeln!(text, "vt {u} {}", 1.0 - v);
    }
    for [x, y, z] in &mesh.normals {
        let _ = writeln!(text, "vn {x} {y} {z}");
    }
    let corner = |i: u32| {
        let i = i + 1;
        match (mesh.uvs.is_empty(), mesh.normals.is_empty()) {
            (false, false) => format!("{i}/{i}/{i}"),
            (false, true) => format!("{i}/{i}"),
            (true, false) => format!("{i}//{i}"),
            (true, true) => i.to_string(),
        }
    };
    for (p, material) in materials.iter().enumerate() {
        let mut triangles = mesh.triangles.iter().zip(part).filter(|(_, of)| usize::from(**of) == p).peekable();
        if triangles.peek().is_none() {
            continue;
        }
        let group = parts.get(p).filter(|part| !part.is_empty()).map_or(name, String::as_str);
        let _ = writeln!(text, "g {}\nusemtl {}", word(group), word(&material.name));
        for (&[a, b, c], _) in triangles {
            let _ = writeln!(text, "f {} {} {}", corner(a), corner(b), corner(c));
        }
    }
    Ok(Obj { obj: text.into_bytes(), mtl: mtl(materials).into_bytes() })
}

/// Each material once: what old readers know, and `Pr` and `Pm` of the PBR extension that Blender and others read.
fn mtl(materials: &[Material]) -> String {
    let mut text = String::new();
    for (i, material) in materials.iter().enumerate() {
        if materials[..i].iter().any(|before| word(&before.name) == word(&material.name)) {
            continue;
        }
        let Material { name, base_color: [r, g, b, alpha], metallic, roughness, .. } = material;
        // A highlight as wide as the roughness makes it (Blinn-Phong exponent of the same lobe).
        let shine = (2.0 / roughness.max(0.05).powi(4) - 2.0).clamp(0.0, 1000.0);
        let _ = writeln!(
            text,
            "newmtl {}\nKd {r} {g} {b}\nKs 0.5 0.5 0.5\nNs {shine}\nd {alpha}\nillum 2\nPr {roughness}\nPm {metallic}\n",
            word(name)
        );
    }
    text
}

/// The name of a file, which goes on to the line's end.
fn line(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '_' } else { c }).collect()
}

/// One word: a space or a line break would end the name.
fn word(name: &str) -> String {
    let clean: String = name.chars().map(|c| if c.is_whitespace() || c.is_control() { '_' } else { c }).collect();
    if clean.is_empty() { "_".to_owned() } else { clean }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::slice::from_ref;

    use crate::mesh::Mesh;

    #[test]
    fn names_stay_one_word_and_faults_are_refused() {
        let mesh = Mesh {
            positions: vec![[0.1, 1.0 / 3.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
            triangles: vec![[0, 1, 2]],
            ..Default::default()
        };
        let skin = Skin { mesh, part: vec![0], parts: vec!["blade".into()], ..Default::default() };
        let steel = Material { name: "brushed steel\n".into(), ..Material::steel() };
        let Obj { obj: text, mtl } = obj("my sword", &skin, from_ref(&steel), "my sword.mtl", &[]).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("mtllib my sword.mtl\no my_sword\nv 0.1 0.33333334 0\n"), "{text}");
        assert!(text.ends_with("g blade\nusemtl brushed_steel_\nf 1 2 3\n"), "{text}");
        assert!(String::from_utf8(mtl).unwrap().starts_with("newmtl brushed_steel_\nKd 0.56 0.57 0.58\n"));
        let astray = Skin { part: vec![1], ..skin.clone() };
        let bright = obj("x", &skin, from_ref(&steel), "x.mtl", &[[255, 0, 51]; 3]).unwrap().obj;
        assert!(String::from_utf8(bright).unwrap().contains("v 0.1 0.33333334 0 1.0000 0.0000 0.2000\n"));
        assert!(matches!(obj("x", &skin, from_ref(&steel), "x.mtl", &[[0; 3]]), Err(ExportError::Scene(_))));
        assert!(matches!(obj("x", &astray, from_ref(&steel), "x.mtl", &[]), Err(ExportError::Scene(_))));
    }
}
