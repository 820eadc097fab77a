//! Text glTF: a file, its numbers and its textures beside it.

use atlasforge::forge::{Forge, Subject, open::extras};
use atlasforge::model::checkpoint::Checkpoint;
use atlasforge::shapes::import::read_mesh;

use super::*;
use crate::validator::find_nothing;

fn text(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_gltf_holds_what_a_glb_does_and_reopens_as_the_same_shape() {
    let dir = folder();
    let line = "--seed 3 --bake 256 --triangles 600 --lods 2";
    export(dir.path(), &format!("-o one.glb {line}")).well();
    let mut command = command(dir.path(), &format!("export {line} --json -o"));
    command.arg("all of it #1.gltf");
    let report = run(command).json();
    let beside = ["all of it #1.gltf", "all of it #1.bin", "all of it #1_base_colour.png"];
    assert_eq!(report["files"].as_array().unwrap()[..3], beside.map(Value::from));
    let (glb, gltf) = (dir.path().join("one.glb"), dir.path().join(beside[0]));
    let (packed, open) = (document(&glb), text(&gltf));
    for key in ["meshes", "accessors", "nodes", "materials", "scenes", "asset"] {
        assert_eq!(packed[key].as_array().map(Vec::len), open[key].as_array().map(Vec::len), "{key}");
    }
    assert_eq!((&packed["meshes"], &packed["accessors"]), (&open["meshes"], &open["accessors"]));
    assert_eq!(open["buffers"][0]["uri"], "all%20of%20it%20%231.bin");
    for image in open["images"].as_array().unwrap() {
        let name = image["uri"].as_str().unwrap().replace("%20", " ").replace("%23", "#");
        assert!(dir.path().join(&name).is_file() && image["bufferView"].is_null(), "{name}");
    }
    assert_eq!(read_mesh(&glb).unwrap(), read_mesh(&gltf).unwrap());
    let forge = Forge::new(Checkpoint::embedded().unwrap()).unwrap();
    let [a, b] = [&glb, &gltf].map(|path| forge.reopen(path).unwrap().unwrap());
    assert_eq!(Subject { name: a.name.clone(), ..b }, a);
    find_nothing(&[gltf]);
}

#[test]
fn all_of_its_files_are_written_or_none_and_none_is_replaced_unasked() {
    let dir = folder();
    std::fs::write(dir.path().join("a.bin"), "another's").unwrap();
    patches(dir.path(), "-o a.gltf --seed 3").fails(&["'a.bin' exists", "--force"]);
    assert_eq!(names(dir.path()), ["a.bin"]);
    patches(dir.path(), "-o a.gltf --seed 3 --force").well();
    let before = contents(dir.path());
    // A folder where a file goes: what was there stays, old and new don't mix.
    std::fs::remove_file(dir.path().join("a.bin")).unwrap();
    std::fs::create_dir(dir.path().join("a.bin")).unwrap();
    patches(dir.path(), "-o a.gltf --seed 4 --force").fails(&["a.bin"]);
    assert_eq!(contents(dir.path()), before[1..]);
}

#[test]
fn batches_and_flags_know_it() {
    let dir = folder();
    patches(dir.path(), "--count 2 --seed 1 --out-dir out --format gltf").well();
    let out = dir.path().join("out");
    let found = names(&out);
    for name in ["sword-1.gltf", "sword-1.bin", "sword-2.gltf", "sword-2.bin"] {
        assert!(found.iter().any(|n| n == name), "{found:?}");
    }
    assert_eq!(text(&out.join("sword-2.gltf"))["buffers"][0]["uri"], "sword-2.bin");
    assert!(extras(&out.join("sword-1.gltf")).unwrap().is_some());
    find_nothing(&[out.join("sword-1.gltf"), out.join("sword-2.gltf")]);
    patches(dir.path(), "-o x.glb --format gltf").fails(&["--format says gltf"]);
}
