//! Files with extensions, decoded by their specifications: the same geometry within a step.

use std::{collections::HashSet, path::Path, process::Command};

use atlasforge::export::{Packing, Preset, Quantisation};
use atlasforge::shapes::import::read_mesh;
use serde_json::Value;

use crate::fixture::Fixture;
use crate::validator::skipped;

const NORMAL_BITS: u32 = 10;

/// JSON and binary chunk of a GLB.
fn chunks(bytes: &[u8]) -> (Value, &[u8]) {
    let length = u32::from_le_bytes(bytes[12..16].try_into().expect("four bytes")) as usize;
    let json = serde_json::from_slice(&bytes[20..20 + length]).expect("JSON");
    (json, &bytes[28 + length..])
}

fn number(value: &Value, key: &str) -> usize {
    value[key].as_u64().unwrap_or_default() as usize
}

/// The bytes of a view, decompressed as the extension says. Strides in attribute views: 4 or 8.
fn view(document: &Value, binary: &[u8], view: usize) -> Vec<u8> {
    let view = &document["bufferViews"][view];
    let Some(packed) = view.pointer("/extensions/EXT_meshopt_compression") else {
        let start = number(view, "byteOffset");
        return binary[start..start + number(view, "byteLength")].to_vec();
    };
    assert_eq!(number(view, "buffer"), 1);
    assert_eq!(document["buffers"][1]["extensions"]["EXT_meshopt_compression"]["fallback"], Value::Bool(true));
    let start = number(packed, "byteOffset");
    let encoded = &binary[start..start + number(packed, "byteLength")];
    let (count, stride) = (number(packed, "count"), number(packed, "byteStride"));
    let bytes = match (packed["mode"].as_str(), packed["filter"].as_str(), stride) {
        (Some("TRIANGLES"), None, 2) => {
            let indices: Vec<u16> = meshopt::decode_index_buffer(encoded, count).expect("indices");
            indices.iter().flat_map(|i| i.to_le_bytes()).collect()
        }
        (Some("ATTRIBUTES"), None, 4) => {
            meshopt::decode_vertex_buffer::<[u8; 4]>(encoded, count).expect("vertices").into_flattened()
        }
        (Some("ATTRIBUTES"), None, 8) => {
            meshopt::decode_vertex_buffer::<[u8; 8]>(encoded, count).expect("vertices").into_flattened()
        }
        (Some("ATTRIBUTES"), Some("EXPONENTIAL"), 8) => {
            let mut numbers: Vec<[u32; 2]> = meshopt::decode_vertex_buffer(encoded, count).expect("vertices");
            meshopt::decode_filter_exp(&mut numbers);
            numbers.iter().flatten().flat_map(|x| x.to_le_bytes()).collect()
        }
        (Some("ATTRIBUTES"), Some("OCTAHEDRAL"), 4) => {
            let mut vectors: Vec<[i8; 4]> = meshopt::decode_vertex_buffer(encoded, count).expect("vertices");
            meshopt::decode_filter_oct(&mut vectors);
            vectors.iter().flatten().map(|&x| x as u8).collect()
        }
        (Some("ATTRIBUTES"), Some("OCTAHEDRAL"), 8) => {
            let mut vectors: Vec<[i16; 4]> = meshopt::decode_vertex_buffer(encoded, count).expect("vertices");
            meshopt::decode_filter_oct(&mut vectors);
            vectors.iter().flatten().flat_map(|x| x.to_le_bytes()).collect()
        }
        other => panic!("nobody asked for {other:?}"),
    };
    assert_eq!(bytes.len(), number(view, "byteLength"));
    bytes
}

/// The elements of an accessor as floats, normalised where it says so.
fn accessor(document: &Value, binary: &[u8], index: usize) -> Vec<Vec<f32>> {
    let accessor = &document["accessors"][index];
    let bytes = view(document, binary, number(accessor, "bufferView"));
    let wide = match accessor["type"].as_str() {
        Some("SCALAR") => 1,
        Some("VEC2") => 2,
        Some("VEC3") => 3,
        _ => 4,
    };
    let component = number(accessor, "componentType");
    let size = match component {
        5120 | 5121 => 1,
        5122 | 5123 => 2,
        _ => 4,
    };
    let stride = document["bufferViews"][number(accessor, "bufferView")]["byteStride"].as_u64();
    let stride = stride.map_or(size * wide, |s| s as usize);
    let normalized = accessor["normalized"] == Value::Bool(true);
    let element = |i: usize| {
        let at = number(accessor, "byteOffset") + i * stride;
        (0..wide)
            .map(|k| {
                let at = &bytes[at + k * size..];
                let (value, most) = match component {
                    5120 => (f32::from(at[0] as i8), 127.0),
                    5121 => (f32::from(at[0]), 255.0),
                    5122 => (f32::from(i16::from_le_bytes([at[0], at[1]])), 32_767.0),
                    5123 => (f32::from(u16::from_le_bytes([at[0], at[1]])), 65_535.0),
                    5125 => (u32::from_le_bytes([at[0], at[1], at[2], at[3]]) as f32, 1.0),
                    _ => (f32::from_le_bytes([at[0], at[1], at[2], at[3]]), 1.0),
                };
                if normalized { (value / most).max(-1.0) } else { value }
            })
            .collect()
    };
    (0..number(accessor, "count")).map(element).collect()
}

/// Corners of every triangle with all they know, in metres: position, normal, tangent, uv.
fn corners(bytes: &[u8]) -> Vec<Vec<f32>> {
    let (document, binary) = chunks(bytes);
    let mut all = Vec::new();
    for node in document["nodes"].as_array().expect("nodes").iter().filter(|n| n["mesh"].is_u64()) {
        let float = |key: &str, i: usize, other: f32| node[key][i].as_f64().map_or(other, |x| x as f32);
        for primitive in document["meshes"][number(node, "mesh")]["primitives"].as_array().expect("primitives") {
            let read = |value: &Value| value.as_u64().map(|i| accessor(&document, binary, i as usize));
            let attribute = |name: &str| read(&primitive["attributes"][name]);
            let positions = attribute("POSITION").expect("positions");
            let others: Vec<_> = ["NORMAL", "TANGENT", "TEXCOORD_0"].into_iter().filter_map(attribute).collect();
            for index in read(&primitive["indices"]).expect("indices") {
                let i = index[0] as usize;
                let place = (0..3).map(|k| float("translation", k, 0.0) + float("scale", k, 1.0) * positions[i][k]);
                all.push(place.chain(others.iter().flat_map(|o| o[i].clone())).collect());
            }
        }
    }
    all
}

#[test]
fn a_packed_file_decodes_to_the_same_geometry_within_its_step() {
    let fixture = Fixture::new(false);
    let plain = corners(&fixture.kit().glb(Preset::Web, Packing::default()).expect("a file"));
    let bits = Quantisation { normal: NORMAL_BITS, ..Default::default() };
    let mut sizes = Vec::new();
    for compressed in [false, true] {
        let packed = fixture.kit().glb(Preset::Web, Packing { quantised: Some(bits), compressed }).expect("a file");
        sizes.push(packed.len());
        let mut back = corners(&packed);
        assert_eq!(back.len(), plain.len());
        // The longest side of the box around everything.
        let step = {
            let side = |k: usize| {
                let of = plain.iter().map(|c| c[k]);
                of.clone().fold(f32::MIN, f32::max) - of.fold(f32::MAX, f32::min)
            };
            (0..3).map(side).fold(0.0, f32::max) / 16_383.0
        };
        // Compression reorders triangles and turns their corners, so each finds its own: by the cell its position lies in.
        let key =
            |corner: &[f32]| -> Vec<i64> { corner[..3].iter().map(|x| (x / (4.0 * step)).floor() as i64).collect() };
        let mut cells: std::collections::HashMap<Vec<i64>, Vec<&Vec<f32>>> = Default::default();
        for corner in &plain {
            cells.entry(key(corner)).or_default().push(corner);
        }
        let tolerance = |k: usize| match k {
            0..3 => step * 0.5 + 1e-6,
            3..6 => 3.0 / (1 << (NORMAL_BITS - 1)) as f32,
            6..10 => 3.0 / 127.0,
            _ => 1.0 / 4096.0,
        };
        if !compressed {
            for (a, b) in plain.iter().zip(&back) {
                for k in 0..a.len() {
                    assert!((a[k] - b[k]).abs() <= tolerance(k), "component {k}: {} for {}", b[k], a[k]);
                }
            }
        }
        back.dedup();
        for corner in &back {
            let cell = key(corner);
            let around = (0..27).map(|n| [cell[0] + n % 3 - 1, cell[1] + n / 3 % 3 - 1, cell[2] + n / 9 - 1]);
            let found = around.filter_map(|c| cells.get(&c[..])).flatten().any(|own| {
                own.len() == corner.len() && (0..own.len()).all(|k| (own[k] - corner[k]).abs() <= tolerance(k))
            });
            assert!(found, "{corner:?} was nowhere before");
        }
    }
    let plain = fixture.kit().glb(Preset::Web, Packing::default()).expect("a file").len();
    // 48 bytes a vertex become 28, and those compress.
    assert!(sizes[0] * 10 < plain * 7 && sizes[1] * 2 < sizes[0], "{plain} {sizes:?}");
}

/// Its own packer, from the same file, at the same bits.
#[test]
fn meshoptimizer_s_gltfpack_packs_no_smaller() {
    let cli = std::env::var_os("ATLASFORGE_NODE_MODULES").map(|m| Path::new(&m).join("gltfpack/cli.js"));
    let Some(cli) = cli.filter(|cli| cli.exists()) else {
        return skipped("gltfpack", "npm's gltfpack is not in ATLASFORGE_NODE_MODULES");
    };
    let fixture = Fixture::new(true);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (plain, theirs) = (folder.path().join("plain.glb"), folder.path().join("packed.glb"));
    std::fs::write(&plain, fixture.kit().glb(Preset::Web, Packing::default()).expect("a file")).expect("a folder");
    for normal in [8, NORMAL_BITS] {
        let status = Command::new("node")
            .arg(&cli)
            .arg("-i")
            .arg(&plain)
            .arg("-o")
            .arg(&theirs)
            .args(["-cc", "-vp", "14", "-vt", "12", "-vn", &normal.to_string(), "-kn", "-km"])
            .status();
        assert!(status.expect("node").success());
        // Its file is read back, as what we gave it.
        let [given, packed] = [&plain, &theirs].map(|path| read_mesh(path).expect("a mesh").bounds().expect("points"));
        let apart = (0..3).map(|k| (given.0[k] - packed.0[k]).abs().max((given.1[k] - packed.1[k]).abs()));
        assert!(apart.fold(0.0, f32::max) < 3e-4, "{given:?} {packed:?}");
        let bits = Quantisation { normal, ..Default::default() };
        let ours = fixture.kit().glb(Preset::Web, Packing { quantised: Some(bits), compressed: true }).expect("a file");
        let theirs = std::fs::metadata(&theirs).expect("their file").len() as usize;
        assert!(ours.len() <= theirs, "{normal} bits: {} bytes against {theirs}", ours.len());
    }
}

#[test]
fn only_who_reads_an_extension_gets_it() {
    let fixture = Fixture::new(false);
    let all = Packing { quantised: Some(Quantisation::default()), compressed: true };
    for preset in Preset::ALL {
        let bytes = fixture.kit().glb(preset, all).expect("a file");
        let (document, _) = chunks(&bytes);
        let names = |key: &str| -> HashSet<String> {
            document[key].as_array().into_iter().flatten().filter_map(|n| n.as_str().map(str::to_owned)).collect()
        };
        let expected: &[&str] = match preset {
            Preset::Unity | Preset::Web => &["KHR_mesh_quantization", "EXT_meshopt_compression"],
            Preset::Blender => &["KHR_mesh_quantization"],
            _ => &[],
        };
        assert_eq!(names("extensionsRequired"), expected.iter().map(|s| (*s).to_owned()).collect(), "{preset:?}");
        assert_eq!(names("extensionsUsed"), names("extensionsRequired"));
    }
}

#[test]
fn the_same_kit_gives_the_same_bytes() {
    let (a, b) = (Fixture::new(true), Fixture::new(true));
    let packing = Packing { quantised: Some(Quantisation::default()), compressed: true };
    for preset in [Preset::Web, Preset::Godot] {
        assert_eq!(a.kit().glb(preset, packing).expect("a file"), b.kit().glb(preset, packing).expect("a file"));
    }
}
