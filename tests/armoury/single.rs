//! One shape into one file.

use atlasforge::forge::{Forge, Subject};
use atlasforge::latent::Code;
use atlasforge::model::checkpoint::Checkpoint;
use atlasforge::shapes::import::read_mesh;

use super::*;

#[test]
fn an_export_is_reproducible_reopens_and_replaces_nothing_unasked() {
    let dir = folder();
    let bytes = |name: &str| std::fs::read(dir.path().join(name)).unwrap();
    let said = patches(dir.path(), "-o a.glb --seed 3").well();
    assert!(said.starts_with("a.glb\n") && said.contains("surface") && said.contains("800"), "{said}");
    patches(dir.path(), "-o b.glb --seed 3").well();
    assert!(bytes("a.glb") == bytes("b.glb"));
    // Reopened by its extras, and by its code.
    patches(dir.path(), "a.glb -o c.glb").well();
    assert!(bytes("a.glb") == bytes("c.glb"));
    let said = patches(dir.path(), "-o a.glb --seed 4").fails(&["'a.glb' exists", "--force"]);
    assert!(!said.contains("sword-4"), "it is refused before the work: {said}");
    patches(dir.path(), "-o a.glb --seed 4 --force").well();
    assert!(bytes("a.glb") != bytes("b.glb"));
    assert_eq!(names(dir.path()), ["a.glb", "b.glb", "c.glb"]);
}

#[test]
fn a_code_an_encoded_name_and_a_mesh_are_exported() {
    let dir = folder();
    let forge = Forge::new(Checkpoint::read(Path::new(&tiny())).unwrap()).unwrap();
    let latent = Subject::seeded(&forge, 3).latent;
    let code = Code { model: forge.checkpoint().hash(), latent, length: Some(0.5) }.to_text();
    let report = patches(dir.path(), &format!("{code} -o code.glb --json")).json();
    assert_eq!(report["length"], 0.5);
    let report = patches(dir.path(), &format!("{} -o mesh.glb --length 0.8 --json", real_sword().display())).json();
    assert!((report["length"].as_f64().unwrap() - 0.8).abs() < 1e-6);
    assert_eq!(report["files"][0], "mesh.glb");
    patches(dir.path(), "nobody -o x.glb").fails(&["'nobody'", "neither a file"]);
    patches(dir.path(), "atlas1-AAAA -o x.glb").fails(&["damaged"]);
}

#[test]
fn every_format_is_read_back_at_its_size() {
    let dir = folder();
    for format in ["glb", "obj", "ply", "stl"] {
        patches(dir.path(), &format!("-o out.{format} --seed 3 --length 0.9 --origin centre")).well();
        let mesh = read_mesh(&dir.path().join(format!("out.{format}"))).unwrap();
        let (lo, hi) = mesh.bounds().unwrap();
        assert!((hi[1] - lo[1] - 0.9).abs() < 0.02 && (hi[1] + lo[1]).abs() < 1e-4, "{format}: {lo:?} {hi:?}");
    }
    assert_eq!(names(dir.path()), ["out.glb", "out.mtl", "out.obj", "out.ply", "out.stl"]);
    patches(dir.path(), "-o levels.stl --lods 3 --force").well();
    assert_eq!(
        names(dir.path()).iter().filter(|n| n.starts_with("levels")).collect::<Vec<_>>(),
        ["levels.stl", "levels_LOD1.stl", "levels_LOD2.stl"]
    );
    // An MTL is found whatever its name.
    let mut spaced = patches_command(dir.path(), "--seed 3");
    spaced.args(["-o", "my sword.obj"]);
    run(spaced).well();
    let text = std::fs::read_to_string(dir.path().join("my sword.obj")).unwrap();
    let library = text.lines().find_map(|line| line.strip_prefix("mtllib ")).unwrap();
    assert!(dir.path().join(library).is_file(), "{library}");
    // What a format has no use for is said.
    let report = patches(dir.path(), "-o y.stl --seed 3 --quantise --hard-angle 20 --json").json();
    let warnings = report["warnings"].to_string();
    for option in ["--quantise", "--hard-angle"] {
        assert!(warnings.contains(&format!("{option} does nothing here")), "{warnings}");
    }
    patches(dir.path(), "-o x.fbx").fails(&["only .glb, .gltf, .obj, .ply, .stl", "not .fbx"]);
    patches(dir.path(), "-o x.obj --format stl").fails(&["--format says stl"]);
}

#[test]
fn usage_names_what_there_is() {
    let dir = folder();
    let usage = |line: &str| {
        let run = patches(dir.path(), line);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        run.stderr
    };
    let said = usage("-o a.glb --preset cryengine");
    assert!(said.contains("cryengine") && said.contains("godot") && said.contains("unreal"), "{said}");
    assert!(usage("-o a.glb --triangles 0").contains("4..="));
    assert!(usage("-o a.glb --lods 99").contains("1..=8"));
    assert!(usage("-o a.glb --length nan").contains("0.01 to 100"));
    assert!(usage("-o a.glb --shard 9/8").contains("3/8"));
    assert!(usage("--seed 1").contains("--out-dir"));
    patches(dir.path(), "-o a.glb --count 5").fails(&["5 shapes", "--out-dir"]);
    assert_eq!(names(dir.path()), [""; 0]);
}
