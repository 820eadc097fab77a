//! STL, ASCII and binary. Facets carry no shared vertices, so equal corners are welded.

use std::collections::HashMap;

use super::{Fault, Format};
use crate::mesh::{Mesh, Vec3};

const HEADER: usize = 84;
const FACET: usize = 50;

/// Facets that a binary file's header claims.
fn claimed(bytes: &[u8]) -> Option<usize> {
    let count = bytes.get(80..HEADER)?;
    Some(u32::from_le_bytes([count[0], count[1], count[2], count[3]]) as usize)
}

/// The length of the file agrees with its count of facets. The word "solid" proves nothing: binary files use it too.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    claimed(bytes).is_some_and(|n| n > 0 && bytes.len() == HEADER + n * FACET)
}

pub(super) fn read(bytes: &[u8]) -> Result<Mesh, Fault> {
    let mut welder = Welder::default();
    let ascii = bytes.trim_ascii_start().starts_with(b"solid") && !is_binary(bytes);
    if ascii {
        read_ascii(bytes, &mut welder)?
    } else {
        read_binary(bytes, &mut welder)?
    }
    Ok(welder.mesh)
}

fn wrong(what: String) -> Fault {
    Fault::Malformed { format: Format::Stl, what }
}

fn read_binary(bytes: &[u8], welder: &mut Welder) -> Result<(), Fault> {
    let count = claimed(bytes).ok_or_else(|| wrong("it is shorter than its header".into()))?;
    let facets = bytes[HEADER..].chunks_exact(FACET);
    if count > facets.len() {
        return Err(wrong(format!("the header claims {count} facets, the file has room for {}", facets.len())));
    }
    for facet in facets.take(count) {
        // 12 bytes of normal, which the corners know better, then three corners.
        let number = |i: usize| f32::from_le_bytes([facet[i], facet[i + 1], facet[i + 2], facet[i + 3]]);
        welder.facet(std::array::from_fn(|c| std::array::from_fn(|i| number(12 + 12 * c + 4 * i))));
    }
    Ok(())
}

fn read_ascii(bytes: &[u8], welder: &mut Welder) -> Result<(), Fault> {
    let text = String::from_utf8_lossy(bytes);
    let mut corners: Vec<Vec3> = Vec::with_capacity(3);
    let mut ended = false;
    for (number, line) in text.lines().enumerate() {
        let wrong = |what: &str| wrong(format!("line {}: {what}", number + 1));
        let mut words = line.split_ascii_whitespace();
        match words.next().map(str::to_ascii_lowercase).as_deref() {
            Some("vertex") => {
                let mut coordinate = || words.next().and_then(|w| w.parse::<f32>().ok());
                let (Some(x), Some(y), Some(z)) = (coordinate(), coordinate(), coordinate()) else {
                    return Err(wrong("a vertex needs three numbers"));
                };
                corners.push([x, y, z]);
            }
            Some("endfacet") => {
                let facet = corners.as_slice().try_into().map_err(|_| wrong("a facet needs three vertices"))?;
                welder.facet(facet);
                corners.clear();
            }
            Some("endsolid") => ended = true,
            _ => {}
        }
        if corners.len() > 3 {
            return Err(wrong("a facet has more than three vertices"));
        }
    }
    if ended && corners.is_empty() { Ok(()) } else { Err(wrong("it ends in the middle of a solid".into())) }
}

/// Gives equal positions one index.
#[derive(Default)]
struct Welder {
    mesh: Mesh,
    known: HashMap<[u32; 3], u32>,
}

impl Welder {
    fn facet(&mut self, corners: [Vec3; 3]) {
        let Self { mesh, known } = self;
        mesh.triangles.push(corners.map(|p| {
            // + 0.0 makes -0.0 and 0.0 one vertex.
            *known.entry(p.map(|x| (x + 0.0).to_bits())).or_insert_with(|| {
                mesh.positions.push(p);
                (mesh.positions.len() - 1) as u32
            })
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tetrahedron() -> Vec<stl_io::Triangle> {
        let p = [[0.0f32; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let facet = |t: [usize; 3]| stl_io::Triangle {
            normal: stl_io::Normal::new([0.0; 3]),
            vertices: t.map(|i| stl_io::Vertex::new(p[i])),
        };
        [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]].map(facet).to_vec()
    }

    fn binary() -> Vec<u8> {
        let mut bytes = Vec::new();
        stl_io::write_stl(&mut bytes, tetrahedron().iter()).unwrap();
        bytes
    }

    #[test]
    fn binary_is_welded_even_if_its_header_says_solid() {
        let mut bytes = binary();
        bytes[..5].copy_from_slice(b"solid");
        let mesh = read(&bytes).unwrap();
        assert_eq!((mesh.positions.len(), mesh.triangles.len()), (4, 4));
        assert_eq!(mesh.corners(3), [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
    }

    #[test]
    fn ascii_gives_the_same_mesh() {
        let mut text = String::from("solid t\n");
        for t in tetrahedron() {
            text += "facet normal 0 0 0\n outer loop\n";
            for v in t.vertices {
                text += &format!("  vertex {} {} {:e}\n", v[0], v[1], v[2]);
            }
            text += " endloop\nendfacet\n";
        }
        let whole = text.clone() + "endsolid t\n";
        assert_eq!(read(whole.as_bytes()).unwrap(), read(&binary()).unwrap());
        assert!(read(text.as_bytes()).is_err(), "no endsolid: truncated");
    }

    #[test]
    fn a_header_that_claims_too_much_is_refused() {
        let mut bytes = binary();
        bytes[80..84].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(read(&bytes).unwrap_err().to_string().contains("4294967295 facets"));
        assert!(read(&binary()[..100]).is_err() && read(b"abc").is_err());
    }
}
