//! Broken and hostile mesh files: an error that names the file, never a panic, never a mesh that fails validation.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use atlasforge::mesh::{COORDINATE_LIMIT, Mesh};
use atlasforge::shapes::import::{Fault, Format, list_files, read_bytes, read_mesh, write_parts};
use proptest::prelude::*;

fn swords() -> Vec<PathBuf> {
    list_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/meshes/swords")).unwrap()
}

fn obj(mesh: &Mesh) -> Vec<u8> {
    let vertices = mesh.positions.iter().map(|p| format!("v {} {} {}\n", p[0], p[1], p[2]));
    let faces = mesh.triangles.iter().map(|t| format!("f {} {} {}\n", t[0] + 1, t[1] + 1, t[2] + 1));
    vertices.chain(faces).collect::<String>().into_bytes()
}

fn stl_triangles(mesh: &Mesh) -> Vec<stl_io::Triangle> {
    let facet = |t| stl_io::Triangle {
        normal: stl_io::Normal::new([0.0; 3]),
        vertices: mesh.corners(t).map(stl_io::Vertex::new),
    };
    (0..mesh.triangles.len()).map(facet).collect()
}

fn stl_binary(mesh: &Mesh) -> Vec<u8> {
    let mut bytes = Vec::new();
    stl_io::write_stl(&mut bytes, stl_triangles(mesh).iter()).unwrap();
    bytes
}

fn stl_ascii(mesh: &Mesh) -> Vec<u8> {
    let facet = |t: usize| {
        let corners = mesh.corners(t).map(|p| format!("vertex {} {} {}\n", p[0], p[1], p[2])).concat();
        format!("facet normal 0 0 0\nouter loop\n{corners}endloop\nendfacet\n")
    };
    format!("solid s\n{}endsolid s\n", (0..mesh.triangles.len()).map(facet).collect::<String>()).into_bytes()
}

fn ply_ascii(mesh: &Mesh) -> Vec<u8> {
    let head = format!(
        "ply\nformat ascii 1.0\nelement vertex {}\nproperty float x\nproperty float y\nproperty float z\n\
         element face {}\nproperty list uchar int vertex_indices\nend_header\n",
        mesh.positions.len(),
        mesh.triangles.len()
    );
    let vertices = mesh.positions.iter().map(|p| format!("{} {} {}\n", p[0], p[1], p[2]));
    let faces = mesh.triangles.iter().map(|t| format!("3 {} {} {}\n", t[0], t[1], t[2]));
    std::iter::once(head).chain(vertices).chain(faces).collect::<String>().into_bytes()
}

/// A GLB taken apart into a glTF with a `data:` buffer.
fn gltf_json(glb: &[u8]) -> Vec<u8> {
    let length = u32::from_le_bytes(glb[12..16].try_into().unwrap()) as usize;
    let mut json: serde_json::Value = serde_json::from_slice(&glb[20..20 + length]).unwrap();
    let data: String = glb[28 + length..].iter().map(|b| format!("%{b:02x}")).collect();
    json["buffers"][0]["uri"] = format!("data:,{data}").into();
    json.to_string().into_bytes()
}

/// One valid file of every format, small, of a real sword.
fn valid_files() -> &'static [(Format, Vec<u8>)] {
    static FILES: OnceLock<Vec<(Format, Vec<u8>)>> = OnceLock::new();
    FILES.get_or_init(|| {
        let path = swords().into_iter().find(|p| p.ends_with("kenney_castle_sword.glb")).unwrap();
        let glb = fs::read(&path).unwrap();
        let mesh = read_mesh(&path).unwrap();
        vec![
            (Format::Gltf, gltf_json(&glb)),
            (Format::Gltf, glb),
            (Format::Obj, obj(&mesh)),
            (Format::Ply, ply_ascii(&mesh)),
            (Format::Ply, write_parts([&mesh])),
            (Format::Stl, stl_binary(&mesh)),
            (Format::Stl, stl_ascii(&mesh)),
        ]
    })
}

fn corners(mesh: &Mesh) -> Vec<[[f32; 3]; 3]> {
    (0..mesh.triangles.len()).map(|t| mesh.corners(t)).collect()
}

#[test]
fn every_real_sword_survives_every_format() {
    for path in swords() {
        let glb = fs::read(&path).unwrap();
        // Text of the two largest would only cost time.
        if glb.len() > 200_000 {
            assert!(read_mesh(&path).unwrap().validate().is_ok());
            continue;
        }
        let mesh = read_mesh(&path).unwrap();
        assert_eq!(mesh.validate(), Ok(()), "{}", path.display());
        assert!(mesh.triangles.len() >= 20, "{}", path.display());
        for (format, bytes) in [
            (Format::Gltf, gltf_json(&glb)),
            (Format::Obj, obj(&mesh)),
            (Format::Ply, ply_ascii(&mesh)),
            (Format::Ply, write_parts([&mesh])),
            (Format::Stl, stl_binary(&mesh)),
            (Format::Stl, stl_ascii(&mesh)),
        ] {
            let again = read_bytes(&bytes, format, None).unwrap();
            assert_eq!(corners(&again), corners(&mesh), "{} as {format}", path.display());
        }
    }
}

#[test]
fn glb_agrees_with_the_gltf_crate() {
    for path in swords().into_iter().take(12) {
        let glb = fs::read(&path).unwrap();
        let witness = gltf::Gltf::from_slice(&glb).unwrap();
        let mesh = read_mesh(&path).unwrap();
        let mut area = 0.0;
        for primitive in witness.meshes().flat_map(|m| m.primitives()) {
            let reader = primitive.reader(|_| witness.blob.as_deref());
            let positions: Vec<[f32; 3]> = reader.read_positions().unwrap().collect();
            let indices: Vec<u32> = reader.read_indices().unwrap().into_u32().collect();
            for t in indices.as_chunks::<3>().0 {
                area += twice_area(t.map(|i| positions[i as usize]));
            }
        }
        let ours: f64 = corners(&mesh).into_iter().map(twice_area).sum();
        assert!((ours - area).abs() < 1e-6 * area, "{}: {ours} {area}", path.display());
    }
}

fn twice_area([a, b, c]: [[f32; 3]; 3]) -> f64 {
    use atlasforge::mesh::{cross, norm, sub};
    f64::from(norm(cross(sub(b, a), sub(c, a))))
}

/// Reads bytes as a file of that name; the error must be one line that begins with the path in quotes.
fn error_of(name: &str, bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let error = read_mesh(&path).expect_err(name).to_string();
    assert!(error.starts_with(&format!("'{}'", path.display())) && error.lines().count() == 1, "{error}");
    error
}

#[test]
fn empty_wrong_and_unknown_files_are_named() {
    for name in ["a.glb", "a.gltf", "a.obj", "a.ply", "a.stl", "a"] {
        assert!(error_of(name, b"").contains("empty"));
        error_of(
            name,
            b"\x89PNG\r\n\x1a\n not a mesh at all, but long enough to be a binary STL header of eighty bytes .........",
        );
    }
    assert!(error_of("a.blend", b"BLENDER").contains("convert it"));
    // A format under another's name.
    for (format, bytes) in valid_files() {
        for name in ["a.glb", "a.obj", "a.ply", "a.stl"] {
            if Format::of_name(Path::new(name)) != Some(*format) {
                error_of(name, bytes);
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(read_mesh(folder.path()).unwrap_err().to_string().contains("not a plain file"));
    assert!(read_mesh(&folder.path().join("none.glb")).unwrap_err().to_string().contains("none.glb"));
}

#[test]
fn a_name_without_extension_is_read_by_content() {
    let folder = tempfile::tempdir().unwrap();
    for (i, (_, bytes)) in valid_files().iter().enumerate() {
        let path = folder.path().join(format!("mesh{i}"));
        fs::write(&path, bytes).unwrap();
        assert!(!read_mesh(&path).unwrap().triangles.is_empty());
    }
}

#[test]
fn hostile_headers_and_values_are_refused() {
    let (_, glb) = &valid_files()[1];
    let mut huge = glb.clone();
    huge[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(error_of("a.glb", &huge).contains("4294967295"));
    let mut chunk = glb.clone();
    chunk[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
    error_of("a.glb", &chunk);
    error_of("a.glb", &glb[..glb.len() / 2]);
    assert!(error_of("a.ply", b"ply\nformat binary_little_endian 1.0\nelement vertex 1000000000000\nproperty float x\nproperty float y\nproperty float z\nend_header\n").contains("1000000000000"));
    assert!(error_of("a.obj", b"v 0 0 nan\nv 1 0 0\nv 0 1 0\nf 1 2 3\n").contains("not a finite number"));
    assert!(error_of("a.obj", b"v 0 0 1e30\nv 1 0 0\nv 0 1 0\nf 1 2 3\n").contains("can't be processed"));
    assert!(error_of("a.obj", b"v 0 0 1e999\nv 1 0 0\nv 0 1 0\nf 1 2 3\n").contains("not a finite number"));
    assert!(error_of("a.obj", b"v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n").contains("degenerate"));
    assert!(error_of("a.obj", b"# nothing\n").contains("no vertices"));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    error_of("a.gltf", deep.as_bytes());
    let external = |uri: &str| {
        let json = serde_json::json!({"asset": {"version": "2.0"}, "buffers": [{"byteLength": 4, "uri": uri}]});
        error_of("a.gltf", json.to_string().as_bytes())
    };
    for uri in [
        "../../../etc/passwd",
        "/etc/passwd",
        "file:///etc/passwd",
        "https://example.com/a.bin",
        "%2e%2e/a.bin",
        "a.bin",
    ] {
        assert!(external(uri).contains("external file"), "{uri}");
    }
}

#[test]
fn an_external_buffer_beside_the_file_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let (_, glb) = &valid_files()[1];
    let length = u32::from_le_bytes(glb[12..16].try_into().unwrap()) as usize;
    let mut json: serde_json::Value = serde_json::from_slice(&glb[20..20 + length]).unwrap();
    json["buffers"][0]["uri"] = "data/my%20buffer.bin".into();
    fs::create_dir(folder.path().join("data")).unwrap();
    fs::write(folder.path().join("data/my buffer.bin"), &glb[28 + length..]).unwrap();
    let path = folder.path().join("a.gltf");
    fs::write(&path, json.to_string()).unwrap();
    assert_eq!(read_mesh(&path).unwrap(), read_bytes(glb, Format::Gltf, None).unwrap());
    assert!(matches!(read_bytes(json.to_string().as_bytes(), Format::Gltf, None), Err(Fault::External { .. })));
}

/// Whatever comes back is sound.
fn check(bytes: &[u8], format: Format) {
    if let Ok(mesh) = read_bytes(bytes, format, None) {
        assert_eq!(mesh.validate(), Ok(()));
        assert!(mesh.positions.iter().flatten().all(|x| x.abs() <= COORDINATE_LIMIT));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_never_panic(
        which in 0usize..7,
        cut in prop::option::weighted(0.3, 0.0f64..1.0),
        flips in prop::collection::vec((0.0f64..1.0, any::<u8>()), 0..6),
        header in prop::collection::vec((0usize..300, any::<u8>()), 0..3),
    ) {
        let (format, bytes) = &valid_files()[which];
        let mut bytes = bytes.clone();
        for (at, value) in flips {
            let i = (at * bytes.len() as f64) as usize;
            bytes[i] = value;
        }
        for (at, value) in header {
            let i = at % bytes.len();
            bytes[i] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate((cut * bytes.len() as f64) as usize);
        }
        check(&bytes, *format);
    }

    #[test]
    fn digits_and_words_in_text_may_change(which in 0usize..7, at in 0.0f64..1.0, word in "[0-9]{1,20}|-1|nan|1e39|property|element|f|v|\\{|\\[") {
        let (format, bytes) = &valid_files()[which];
        let i = (at * bytes.len() as f64) as usize;
        let damaged = [&bytes[..i], word.as_bytes(), &bytes[i..]].concat();
        check(&damaged, *format);
    }

    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for format in [Format::Gltf, Format::Obj, Format::Ply, Format::Stl] {
            check(&bytes, format);
            let magic: &[u8] = match format { Format::Gltf => b"glTF\x02\0\0\0", Format::Obj => b"v ", Format::Ply => b"ply\n", Format::Stl => b"solid" };
            check(&[magic, &bytes].concat(), format);
        }
    }
}
