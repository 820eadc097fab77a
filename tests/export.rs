//! Exported files: read back by the `gltf` crate, their JSON as a snapshot, and judged by Khronos' validator.

mod validator;

use std::{path::Path, process::Command};

use atlasforge::{
    export::{Export, Material, extras::Extras, extras::FORMAT, extras::LatentValues, glb},
    mesh::{
        Mesh, Vec3,
        tessellate::{PatchPoints, tessellate},
        unit,
        weld::weld,
    },
    template::Template,
};
use expect_test::expect;
use validator::find_nothing;

/// Bulging sheets side by side, the second one turned over, on coordinates that no short decimal number hits.
fn shape(patches: usize, side: usize) -> Mesh {
    let template = Template::grid(side);
    let mut points = PatchPoints::default();
    for patch in 0..patches {
        for [u, v] in template.uv() {
            points.positions.push([u / 3.0 + patch as f32 / 7.0, v * 0.9 - 0.1, 0.1 * (3.0 * u).sin()]);
            points.normals.push(unit([-0.3 * (3.0 * u).cos() * 3.0, 0.0, 1.0]));
            points.form.push([1.0, 0.0, 1.0]);
        }
    }
    tessellate(points, patches, &[1.0, -1.0], &template)
}

fn extras() -> Extras {
    Extras {
        format: FORMAT,
        model: "0123abcd".to_owned(),
        latent: LatentValues { groups: 1, values: vec![0.5, -1.25] },
        length: 0.75,
        grid: 3,
        surface: "patches".to_owned(),
        name: Some("sword".to_owned()),
        split: false,
    }
}

fn export(mesh: &Mesh, split: bool) -> Vec<u8> {
    let extras = Some(extras().to_value().expect("finite extras"));
    glb(&Export { name: "sword", mesh, split, extras, material: Material::steel() }).expect("a valid mesh")
}

/// Positions, normals, uvs and triangles of every mesh node, as another reader sees them.
fn read(bytes: &[u8]) -> Vec<(String, Mesh)> {
    let file = gltf::Gltf::from_slice(bytes).expect("a GLB that the gltf crate reads");
    let blob = file.blob.as_deref().expect("a binary chunk");
    let mut nodes = Vec::new();
    for node in file.nodes() {
        let Some(mesh) = node.mesh() else { continue };
        for primitive in mesh.primitives() {
            let reader = primitive.reader(|_| Some(blob));
            let indices: Vec<u32> = reader.read_indices().expect("indices").into_u32().collect();
            let mesh = Mesh {
                positions: reader.read_positions().expect("positions").collect(),
                normals: reader.read_normals().expect("normals").collect(),
                uvs: reader.read_tex_coords(0).expect("uvs").into_f32().collect(),
                triangles: indices.as_chunks::<3>().0.to_vec(),
                ..Default::default()
            };
            nodes.push((node.name().expect("a name").to_owned(), mesh));
        }
    }
    nodes
}

fn close(a: &[Vec3], b: &[Vec3]) -> bool {
    a.len() == b.len() && a.as_flattened().iter().zip(b.as_flattened()).all(|(a, b)| (a - b).abs() < 1e-6)
}

#[test]
fn a_merged_file_holds_the_mesh() {
    let mesh = shape(25, 4);
    let nodes = read(&export(&mesh, false));
    assert_eq!((nodes.len(), nodes[0].0.as_str()), (1, "sword"));
    let back = &nodes[0].1;
    assert_eq!((&back.positions, &back.uvs, &back.triangles), (&mesh.positions, &mesh.uvs, &mesh.triangles));
    assert!(close(&back.normals, &mesh.normals));
}

#[test]
fn a_split_file_holds_a_named_node_a_patch() {
    let mesh = shape(12, 3);
    let nodes = read(&export(&mesh, true));
    assert_eq!(nodes.len(), 12);
    let mut whole = Mesh::default();
    for (patch, (name, part)) in nodes.iter().enumerate() {
        assert_eq!(*name, format!("patch_{patch:02}"));
        whole.append(part);
    }
    assert_eq!((whole.positions, whole.triangles), (mesh.positions, mesh.triangles));
}

#[test]
fn the_extras_come_back() {
    assert_eq!(Extras::from_glb(&export(&shape(2, 3), true)).expect("our extras"), extras());
    let mesh = shape(1, 2);
    let foreign = Export { name: "x", mesh: &mesh, split: false, extras: None, material: Material::steel() };
    let error = Extras::from_glb(&glb(&foreign).expect("a valid mesh")).expect_err("no extras");
    assert!(error.to_string().contains("wasn't exported"), "{error}");
}

#[test]
fn the_document_is_as_small_as_it_can_be() {
    // One key, because the order of several is up to the features of `serde_json`.
    let (mesh, extras) = (shape(1, 2), Some(serde_json::json!({"format": 1})));
    let bytes = glb(&Export { name: "sword", mesh: &mesh, split: false, extras, material: Material::steel() })
        .expect("a valid mesh");
    let length = u32::from_le_bytes(bytes[12..16].try_into().expect("four bytes")) as usize;
    let json = std::str::from_utf8(&bytes[20..20 + length]).expect("UTF-8");
    assert_eq!((bytes.len() % 4, length % 4), (0, 0));
    // A line an object keeps it readable; the version changes with every release.
    let shown =
        json.trim_end().replace(env!("CARGO_PKG_VERSION"), "VERSION").replace("},", "},\n").replace("],", "],\n");
    expect![[r#"
        {"asset":{"version":"2.0","generator":"Atlasforge VERSION","extras":{"format":1}},
        "scene":0,"scenes":[{"name":"sword","nodes":[0]}],
        "nodes":[{"name":"sword","mesh":0}],
        "materials":[{"name":"steel","pbrMetallicRoughness":{"baseColorFactor":[0.56,0.57,0.58,1.0],
        "metallicFactor":1.0,"roughnessFactor":0.35},
        "doubleSided":true}],
        "meshes":[{"name":"sword","primitives":[{"attributes":{"POSITION":0,"NORMAL":1,"TEXCOORD_0":2},
        "indices":3,"material":0}]}],
        "accessors":[{"bufferView":0,"byteOffset":0,"componentType":5126,"count":4,"type":"VEC3","min":[0.0,-0.1,0.0],
        "max":[0.33333334,0.79999995,0.014112]},
        {"bufferView":1,"byteOffset":0,"componentType":5126,"count":4,"type":"VEC3"},
        {"bufferView":2,"byteOffset":0,"componentType":5126,"count":4,"type":"VEC2"},
        {"bufferView":3,"byteOffset":0,"componentType":5123,"count":6,"type":"SCALAR"}],
        "bufferViews":[{"buffer":0,"byteOffset":0,"byteLength":48,"byteStride":12,"target":34962},
        {"buffer":0,"byteOffset":48,"byteLength":48,"byteStride":12,"target":34962},
        {"buffer":0,"byteOffset":96,"byteLength":32,"byteStride":8,"target":34962},
        {"buffer":0,"byteOffset":128,"byteLength":12,"target":34963}],
        "buffers":[{"byteLength":140}]}"#]]
    .assert_eq(&shown);
}

#[test]
fn the_khronos_validator_finds_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut odd = shape(3, 5);
    odd.normals[7] = [0.0; 3];
    odd.normals[8] = [f32::NAN; 3];
    odd.positions[30] = odd.positions[31];
    let mut bare = weld(&shape(2, 4), 1e-5);
    (bare.uvs, bare.normals, bare.patch) = (Vec::new(), Vec::new(), Vec::new());
    let files = [
        ("merged", export(&shape(25, 10), false)),
        ("split", export(&shape(25, 10), true)),
        ("odd", export(&odd, true)),
        ("bare", export(&bare, true)),
        ("welded", export(&weld(&shape(2, 4), 1e-5), true)),
        ("large", export(&shape(2, 200), false)),
    ];
    let paths: Vec<_> = files
        .iter()
        .map(|(name, bytes)| {
            let path = folder.path().join(format!("{name}.glb"));
            std::fs::write(&path, bytes).expect("a writable temporary folder");
            path
        })
        .collect();

    find_nothing(&paths);
}

/// What the real program writes with the shipped model: a sample, a split one, a reconstruction of a real sword, a path
/// between two.
#[test]
fn the_khronos_validator_finds_nothing_in_the_programs_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let swords = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/meshes/swords");
    let sword = |name: &str| swords.join(name).to_string_lossy().into_owned();
    let (a, b) = (sword("kaykit_sword_2handed.glb"), sword("quaternius19_knightcharacteranimated_katana.glb"));
    let lines: [&[&str]; 4] = [
        &["sample", "--seed", "3", "-o", "sample.glb"],
        &["sample", "--seed", "4", "--split", "--grid", "9", "-o", "split.glb"],
        &["reconstruct", &a, "-o", "reconstruction.glb"],
        &["interpolate", &a, &b, "--steps", "3", "--out-dir", "path"],
    ];
    for line in lines {
        let output = Command::new(env!("CARGO_BIN_EXE_atlasforge")).args(line).current_dir(&folder).output();
        let output = output.expect("the program runs");
        assert!(output.status.success(), "{line:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let mut paths = Vec::new();
    for place in [folder.path().to_owned(), folder.path().join("path")] {
        let entries = std::fs::read_dir(place).expect("the program's folder");
        paths.extend(entries.filter_map(Result::ok).map(|e| e.path()).filter(|p| p.extension().is_some()));
    }
    assert_eq!(paths.len(), 6, "{paths:?}");
    find_nothing(&paths);
}
