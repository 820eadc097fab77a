//! PLY, ASCII and binary of either byte order: the element `vertex` (x, y, z, normals, part) and the polygons of the
//! element `face`; all else is skipped by its declared size. Also the writer of our own part meshes.

use super::{Fault, Format};
use crate::mesh::{Mesh, unit};

/// The longest header that is read, in bytes.
const HEADER_LIMIT: usize = 64 << 10;

fn wrong(what: impl Into<String>) -> Fault {
    Fault::Malformed { format: Format::Ply, what: what.into() }
}

/// A number as it is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    F32,
    F64,
}

impl Kind {
    fn parse(word: &str) -> Result<Self, Fault> {
        Ok(match word {
            "char" | "int8" => Self::I8,
            "uchar" | "uint8" => Self::U8,
            "short" | "int16" => Self::I16,
            "ushort" | "uint16" => Self::U16,
            "int" | "int32" => Self::I32,
            "uint" | "uint32" => Self::U32,
            "float" | "float32" => Self::F32,
            "double" | "float64" => Self::F64,
            _ => return Err(wrong(format!("unknown number type {word:.20}"))),
        })
    }

    fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

#[derive(Debug)]
struct Property {
    name: String,
    kind: Kind,
    /// The type of the length before each list; `None` for a single number.
    list: Option<Kind>,
}

#[derive(Debug)]
struct Element {
    name: String,
    count: u64,
    properties: Vec<Property>,
}

impl Element {
    fn find(&self, name: &str) -> Option<usize> {
        self.properties.iter().position(|p| p.name == name && p.list.is_none())
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Encoding {
    Ascii,
    Little,
    Big,
}

/// The header, and where the body starts.
fn header(bytes: &[u8]) -> Result<(Encoding, Vec<Element>, usize), Fault> {
    let mut start = 0;
    let mut encoding = None;
    let mut elements: Vec<Element> = Vec::new();
    for line_number in 0.. {
        let rest = bytes.get(start..bytes.len().min(HEADER_LIMIT)).unwrap_or_default();
        let end = rest.iter().position(|b| *b == b'\n').ok_or_else(|| wrong("the header has no end"))?;
        let line = std::str::from_utf8(&rest[..end]).map_err(|_| wrong("the header is not text"))?;
        start += end + 1;
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        match words.as_slice() {
            ["ply"] if line_number == 0 => {}
            _ if line_number == 0 => return Err(wrong("the first line is not \"ply\"")),
            ["format", "ascii", _] => encoding = Some(Encoding::Ascii),
            ["format", "binary_little_endian", _] => encoding = Some(Encoding::Little),
            ["format", "binary_big_endian", _] => encoding = Some(Encoding::Big),
            [] | ["comment" | "obj_info", ..] => {}
            ["element", name, count] => {
                let count = count.parse().map_err(|_| wrong(format!("{name:.20} has no valid count")))?;
                elements.push(Element { name: (*name).to_owned(), count, properties: Vec::new() });
            }
            ["property", rest @ ..] => {
                let element = elements.last_mut().ok_or_else(|| wrong("a property comes before every element"))?;
                let (kind, list, name) = match rest {
                    ["list", length, kind, name] => (Kind::parse(kind)?, Some(Kind::parse(length)?), name),
                    [kind, name] => (Kind::parse(kind)?, None, name),
                    _ => return Err(wrong(format!("header line {}", line_number + 1))),
                };
                element.properties.push(Property { name: (*name).to_owned(), kind, list });
            }
            ["end_header"] => {
                let encoding = encoding.ok_or_else(|| wrong("the header names no known format"))?;
                return Ok((encoding, elements, start));
            }
            _ => return Err(wrong(format!("header line {} is not understood", line_number + 1))),
        }
    }
    Err(wrong("the header has no end"))
}

/// The numbers of the body, one after the other, in either encoding.
struct Numbers<'a> {
    rest: &'a [u8],
    encoding: Encoding,
}

impl Numbers<'_> {
    fn next(&mut self, kind: Kind) -> Result<f64, Fault> {
        if self.encoding == Encoding::Ascii {
            self.rest = self.rest.trim_ascii_start();
            let end = self.rest.iter().position(u8::is_ascii_whitespace).unwrap_or(self.rest.len());
            let (word, rest) = self.rest.split_at(end);
            self.rest = rest;
            if word.is_empty() {
                return Err(wrong("it is truncated"));
            }
            let number = std::str::from_utf8(word).ok().and_then(|w| w.parse().ok());
            return number.ok_or_else(|| wrong(format!("{:.20} is not a number", String::from_utf8_lossy(word))));
        }
        let (raw, rest) = self.rest.split_at_checked(kind.size()).ok_or_else(|| wrong("it is truncated"))?;
        self.rest = rest;
        let mut le = [0u8; 8];
        le[..raw.len()].copy_from_slice(raw);
        if self.encoding == Encoding::Big {
            le[..raw.len()].reverse();
        }
        let [a, b, c, d, ..] = le;
        Ok(match kind {
            Kind::I8 => f64::from(a as i8),
            Kind::U8 => f64::from(a),
            Kind::I16 => f64::from(i16::from_le_bytes([a, b])),
            Kind::U16 => f64::from(u16::from_le_bytes([a, b])),
            Kind::I32 => f64::from(i32::from_le_bytes([a, b, c, d])),
            Kind::U32 => f64::from(u32::from_le_bytes([a, b, c, d])),
            Kind::F32 => f64::from(f32::from_le_bytes([a, b, c, d])),
            Kind::F64 => f64::from_le_bytes(le),
        })
    }

    /// A length that the rest of the file can hold: every item takes a byte or more.
    fn length(&mut self, kind: Kind) -> Result<usize, Fault> {
        let n = self.next(kind)?;
        if n >= 0.0 && n.fract() == 0.0 && n <= self.rest.len() as f64 {
            Ok(n as usize)
        } else {
            Err(wrong(format!("a list claims {n} items, more than the file holds")))
        }
    }

    fn skip(&mut self, property: &Property) -> Result<(), Fault> {
        let n = property.list.map_or(Ok(1), |length| self.length(length))?;
        for _ in 0..n {
            self.next(property.kind)?;
        }
        Ok(())
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Mesh, Fault> {
    Ok(read_parts(bytes)?.0)
}

/// The mesh and its vertices' `part` numbers (`[N]`, or empty where the file has none), exactly as stored.
/// Indices are not checked yet: [`Mesh::validate`] does.
pub fn read_parts(bytes: &[u8]) -> Result<(Mesh, Vec<u8>), Fault> {
    let (encoding, elements, start) = header(bytes)?;
    let mut numbers = Numbers { rest: &bytes[start..], encoding };
    let mut mesh = Mesh::default();
    let mut part = Vec::new();
    for element in elements.iter().filter(|e| !e.properties.is_empty()) {
        if element.count > numbers.rest.len() as u64 {
            let (Element { name, count, .. }, room) = (element, numbers.rest.len());
            return Err(wrong(format!("the header claims {count} of {name:.20}, the file has {room} bytes for them")));
        }
        match element.name.as_str() {
            "vertex" => read_vertices(element, &mut numbers, &mut mesh, &mut part)?,
            "face" => read_faces(element, &mut numbers, &mut mesh)?,
            "tristrips" => return Err(Fault::Unsupported("the PLY element tristrips".into())),
            _ => {
                for _ in 0..element.count {
                    element.properties.iter().try_for_each(|p| numbers.skip(p))?;
                }
            }
        }
    }
    Ok((mesh, part))
}

fn read_vertices(e: &Element, numbers: &mut Numbers, mesh: &mut Mesh, part: &mut Vec<u8>) -> Result<(), Fault> {
    let all = |names: [&str; 3]| Some([e.find(names[0])?, e.find(names[1])?, e.find(names[2])?]);
    let position = all(["x", "y", "z"]).ok_or_else(|| wrong("its vertices have no x, y, z"))?;
    let normal = all(["nx", "ny", "nz"]);
    let part_at = e.find("part");
    let mut row = vec![0.0f64; e.properties.len()];
    for _ in 0..e.count {
        for (value, property) in row.iter_mut().zip(&e.properties) {
            match property.list {
                None => *value = numbers.next(property.kind)?,
                Some(_) => numbers.skip(property)?,
            }
        }
        mesh.positions.push(position.map(|i| row[i] as f32));
        if let Some(normal) = normal {
            mesh.normals.push(unit(normal.map(|i| row[i] as f32)));
        }
        if let Some(i) = part_at {
            part.push(row[i] as u8);
        }
    }
    Ok(())
}

fn read_faces(e: &Element, numbers: &mut Numbers, mesh: &mut Mesh) -> Result<(), Fault> {
    let is_corners = |p: &Property| p.list.is_some() && ["vertex_indices", "vertex_index"].contains(&p.name.as_str());
    if e.count > 0 && !e.properties.iter().any(is_corners) {
        return Err(wrong("its faces have no list of vertex indices"));
    }
    for _ in 0..e.count {
        for property in &e.properties {
            let Some(length) = property.list.filter(|_| is_corners(property)) else {
                numbers.skip(property)?;
                continue;
            };
            let corners = numbers.length(length)?;
            let mut next = || -> Result<u32, Fault> {
                let i = numbers.next(property.kind)?;
                // An index that is no index is out of any mesh's range; validation then names the triangle.
                Ok(if i >= 0.0 && i.fract() == 0.0 && i < f64::from(u32::MAX) { i as u32 } else { u32::MAX })
            };
            let mut fan = [0; 2];
            for corner in 0..corners {
                let i = next()?;
                match corner {
                    0 | 1 => fan[corner] = i,
                    _ => {
                        mesh.triangles.push([fan[0], fan[1], i]);
                        fan[1] = i;
                    }
                }
            }
        }
    }
    Ok(())
}

/// Meshes as one binary PLY; vertex property `part` is the index into `parts`. Normals are kept where all have them.
/// Positions come back bit for bit through [`read_parts`].
pub fn write_parts<'a>(parts: impl IntoIterator<Item = &'a Mesh>) -> Vec<u8> {
    let mut whole = Mesh::default();
    let mut part = Vec::new();
    for (i, mesh) in parts.into_iter().enumerate() {
        part.resize(part.len() + mesh.positions.len(), i as u8);
        whole.append(mesh);
    }
    let normals =
        if whole.normals.is_empty() { "" } else { "property float nx\nproperty float ny\nproperty float nz\n" };
    let mut out = format!(
        "ply\nformat binary_little_endian 1.0\ncomment Atlasforge, metres, tip +Y\nelement vertex {}\n\
         property float x\nproperty float y\nproperty float z\n{normals}property uchar part\n\
         element face {}\nproperty list uchar uint vertex_indices\nend_header\n",
        whole.positions.len(),
        whole.triangles.len()
    )
    .into_bytes();
    for (i, p) in whole.positions.iter().enumerate() {
        out.extend(p.iter().chain(whole.normals.get(i).into_iter().flatten()).flat_map(|x| x.to_le_bytes()));
        out.push(part[i]);
    }
    for t in &whole.triangles {
        out.push(3);
        out.extend(t.iter().flat_map(|i| i.to_le_bytes()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUAD: &str = "ply\nformat ascii 1.0\ncomment c\nelement vertex 4\nproperty float x\nproperty float y\n\
        property double z\nproperty uchar red\nelement face 1\nproperty list uchar int vertex_indices\n\
        element edge 1\nproperty int a\nend_header\n0 0 0 1\n1 0 0 2\n1 1 0 3\n0 1 0 4\n4 0 1 2 3\n7\n";

    /// The same quad, written by the crate `ply-rs-bw`.
    fn written(encoding: ply_rs_bw::ply::Encoding) -> Vec<u8> {
        let parser = ply_rs_bw::parser::Parser::<ply_rs_bw::ply::DefaultElement>::new();
        let mut ply = parser.read_ply(&mut QUAD.as_bytes()).unwrap();
        ply.header.encoding = encoding;
        let mut bytes = Vec::new();
        ply_rs_bw::writer::Writer::new().write_ply(&mut bytes, &mut ply).unwrap();
        bytes
    }

    #[test]
    fn every_encoding_gives_the_same_fan() {
        use ply_rs_bw::ply::Encoding::*;
        let mesh = read(QUAD.as_bytes()).unwrap();
        assert_eq!(mesh.triangles, vec![[0, 1, 2], [0, 2, 3]]);
        assert_eq!(mesh.positions, vec![[0.0; 3], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 0.0]]);
        for encoding in [Ascii, BinaryLittleEndian, BinaryBigEndian] {
            assert_eq!(read(&written(encoding)).unwrap(), mesh, "{encoding:?}");
        }
    }

    #[test]
    fn parts_come_back_bit_for_bit() {
        let a = Mesh {
            positions: vec![[0.1, -0.0, 1e-30], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
            normals: vec![[0.0, 0.0, 1.0]; 3],
            triangles: vec![[0, 1, 2]],
            ..Default::default()
        };
        let (mesh, part) = read_parts(&write_parts([&a, &a])).unwrap();
        assert_eq!(part, [0, 0, 0, 1, 1, 1]);
        assert_eq!(mesh.triangles, [[0, 1, 2], [3, 4, 5]]);
        assert_eq!(mesh.positions[3].map(f32::to_bits), a.positions[0].map(f32::to_bits));
        assert_eq!(mesh.normals.len(), 6);
    }

    #[test]
    fn without_faces_it_is_a_point_cloud() {
        let text = "ply\nformat ascii 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty float z\nend_header\n0 0 0\n1 2 3\n";
        let mesh = read(text.as_bytes()).unwrap();
        assert_eq!((mesh.positions.len(), mesh.triangles.len()), (2, 0));
    }

    #[test]
    fn claims_beyond_the_file_are_refused() {
        for (from, to) in [
            ("vertex 4", "vertex 1000000000000"),
            ("face 1", "face 18446744073709551615"),
            ("edge 1", "edge 18446744073709551616"),
            ("\n4 0 1 2 3", "\n4000000000 0 1 2 3"),
            ("\n4 0 1 2 3", "\n-4 0 1 2 3"),
            ("property float x", "property float w"),
            ("vertex_indices", "corners"),
            ("ascii", "utf16"),
            ("end_header", "end"),
            ("\n7\n", "\n"),
        ] {
            let text = QUAD.replace(from, to);
            assert_ne!(text, QUAD);
            assert!(read(text.as_bytes()).is_err(), "{from} -> {to}");
        }
        let text = QUAD.replace("4 0 1 2 3", "4 0 1 2 -3");
        assert!(read(text.as_bytes()).unwrap().validate().is_err());
    }
}
