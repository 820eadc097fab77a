//! Wavefront OBJ: positions and faces. Normals, texture coordinates, materials and groups are passed over.

use super::{Fault, Format};
use crate::mesh::{Mesh, Vec3};

/// Reads the `v` and `f` lines; polygons become fans, negative indices count back from the latest vertex.
pub(super) fn read(bytes: &[u8]) -> Result<Mesh, Fault> {
    let text = String::from_utf8_lossy(bytes);
    // A trailing backslash continues a line; rare, so only then is the text copied.
    let text = if text.contains('\\') { text.replace("\\\r\n", " ").replace("\\\n", " ").into() } else { text };
    let mut mesh = Mesh::default();
    let mut polygon = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let wrong =
            |what: String| Fault::Malformed { format: Format::Obj, what: format!("line {}: {what}", number + 1) };
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some("v") => {
                let mut coordinate = || words.next().and_then(|w| w.parse::<f32>().ok());
                let (Some(x), Some(y), Some(z)) = (coordinate(), coordinate(), coordinate()) else {
                    return Err(wrong("a vertex needs three numbers".into()));
                };
                let p: Vec3 = [x, y, z];
                mesh.positions.push(p);
            }
            Some("f") => {
                polygon.clear();
                for word in words {
                    let name = word.split('/').next().unwrap_or_default();
                    polygon.push(index(name, mesh.positions.len()).ok_or_else(|| {
                        wrong(format!("a face names vertex {name:.20}, but there are {} so far", mesh.positions.len()))
                    })?);
                }
                if polygon.len() < 3 {
                    return Err(wrong(format!("a face has {} corners", polygon.len())));
                }
                mesh.triangles.extend(polygon.windows(2).skip(1).map(|w| [polygon[0], w[0], w[1]]));
            }
            _ => {}
        }
    }
    if mesh.positions.is_empty() {
        return Err(Fault::Malformed { format: Format::Obj, what: "it has no vertices".into() });
    }
    Ok(mesh)
}

/// 1 is the first vertex, -1 the latest.
fn index(word: &str, vertices: usize) -> Option<u32> {
    let i: i64 = word.parse().ok()?;
    let zero_based = if i > 0 { i - 1 } else { vertices as i64 + i };
    let valid = i != 0 && (0..vertices as i64).contains(&zero_based);
    if valid { u32::try_from(zero_based).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUAD: &str = "# quad\nmtllib no.mtl\no a\nv 0 0 0\nv 1 0 0\r\nv 1 1 0 1.0\nv 0 1 0\nvn 0 0 1\nf 1//1 2//1 \\\n 3//1 4//1\nf -4 -3 -2\n";

    #[test]
    fn polygons_negative_indices_and_continued_lines() {
        let mesh = read(QUAD.as_bytes()).unwrap();
        assert_eq!(mesh.triangles, vec![[0, 1, 2], [0, 2, 3], [0, 1, 2]]);
        assert_eq!(mesh.positions[2], [1.0, 1.0, 0.0]);
    }

    #[test]
    fn tobj_reads_the_same() {
        let options = tobj::LoadOptions { triangulate: true, ..Default::default() };
        let no_materials = |_: &std::path::Path| Ok((Vec::new(), Default::default()));
        // tobj knows no continued lines.
        let text = QUAD.replace("\\\n", " ");
        let (models, _) = tobj::load_obj_buf(&mut text.as_bytes(), &options, no_materials).unwrap();
        let mesh = read(QUAD.as_bytes()).unwrap();
        assert_eq!(models[0].mesh.indices, mesh.triangles.as_flattened());
        assert_eq!(models[0].mesh.positions, mesh.positions.as_flattened());
    }

    #[test]
    fn bad_faces_name_their_line() {
        for face in ["f 1 2 5", "f 1 2 0", "f -5 1 2", "f 1 2", "f a b c", "f 1 2 99999999999999999999"] {
            let text = format!("v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n{face}\n");
            let error = read(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains("line 5"), "{error}");
        }
        assert!(read(b"v 1 2\n").is_err() && read(b"\xff\xfe\x00").is_err());
    }
}
