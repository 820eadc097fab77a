//! One sword on its way to another.

use super::*;
use crate::validator::find_nothing;

#[test]
fn a_closed_sword_becomes_another_and_stays_closed() {
    let dir = folder();
    let line = "-o way.glb --seed 3 --morph-to seed:7 --seconds 3 --triangles 1200 --lods 2 --preset unreal --json";
    let report = export(dir.path(), line).json();
    let morph = &report["morph"];
    let targets = morph["targets"].as_u64().unwrap() as usize;
    assert_eq!((&morph["to"], &morph["seconds"]), (&"sword-7".into(), &3.0.into()));
    assert!((1..=16).contains(&targets) && morph["error_mm"].as_f64().unwrap() <= 0.5, "{morph}");
    assert!(morph["bytes"].as_u64() > Some(0));
    assert_eq!(report["closed"]["closed"], true);
    let along = morph["along"].as_array().unwrap();
    assert_eq!((along.len(), &along[0]["at"], &along[4]["at"]), (5, &0.0.into(), &1.0.into()), "{morph}");

    let path = dir.path().join("way.glb");
    let open = document(&path);
    let meshes = open["meshes"].as_array().unwrap();
    assert_eq!(meshes.len(), 2);
    // Levels that are shown together move together.
    let animations = open["animations"].as_array().unwrap();
    assert_eq!((animations.len(), &animations[0]["name"]), (1, &"morph".into()));
    assert_eq!(animations[0]["channels"].as_array().unwrap().len(), 2);
    for mesh in meshes {
        let names = mesh["extras"]["targetNames"].as_array().unwrap();
        assert_eq!((names.len(), names.last().unwrap()), (targets, &"sword-7".into()));
        for primitive in mesh["primitives"].as_array().unwrap() {
            assert_eq!(primitive["targets"].as_array().unwrap().len(), targets);
        }
    }
    find_nothing(&[path]);
    let said = export(dir.path(), "-o words.glb --seed 3 --morph-to seed:7 --triangles 600").well();
    assert!(said.contains("morph") && said.contains("to sword-7: ") && said.contains("on the way"), "{said}");
}

#[test]
fn a_bow_that_only_the_other_sword_shows_grows_out_of_the_grip() {
    let dir = folder();
    let report = export(dir.path(), "-o bow.glb --seed 1 --morph-to seed:65 --json").json();
    let (morph, alone) = (&report["morph"], export(dir.path(), "-o alone.glb --seed 1 --json").json());
    assert_eq!((&morph["from_end"], &report["closed"]["closed"]), (&true.into(), &true.into()), "{report}");
    // It begins as the first sword, and ends as the second with its bow: 19 mm were off where it could not grow.
    assert_eq!(report["length"], alone["length"]);
    let most: Vec<f64> = morph["along"].as_array().unwrap().iter().map(|a| a["most_mm"].as_f64().unwrap()).collect();
    assert!(most[0] < 4.0 && most.iter().all(|&mm| mm < 5.0) && most[4] < 0.5, "{morph}");
    let parts = |name: &str| document(&dir.path().join(name))["materials"].as_array().unwrap().len();
    assert_eq!(parts("bow.glb"), parts("alone.glb") + 1);
    let names = document(&dir.path().join("bow.glb"))["meshes"][0]["extras"]["targetNames"].clone();
    assert_eq!(names.as_array().unwrap().last().unwrap(), "sword-65");
    find_nothing(&[dir.path().join("bow.glb")]);
}

#[test]
fn patches_are_carried_to_where_the_other_shape_has_them() {
    let dir = folder();
    patches(dir.path(), "-o way.gltf --seed 3 --morph-to seed:4 --morph-error 20 --length 0.9").well();
    patches(dir.path(), "-o end.glb --seed 4 --length 0.9").well();
    let way = gltf::Gltf::open(dir.path().join("way.gltf")).unwrap();
    let bin = std::fs::read(dir.path().join("way.bin")).unwrap();
    let end = gltf::Gltf::open(dir.path().join("end.glb")).unwrap();
    let primitives = |file: &gltf::Gltf| file.meshes().flat_map(|m| m.primitives().map(|p| p.index())).count();
    assert_eq!(primitives(&way), primitives(&end));
    for (a, b) in way.meshes().zip(end.meshes()) {
        for (a, b) in a.primitives().zip(b.primitives()) {
            let from = a.reader(|_| Some(&bin));
            let (last, ..) = from.read_morph_targets().last().unwrap();
            let to = b.reader(|_| end.blob.as_deref());
            for ((p, d), q) in from.read_positions().unwrap().zip(last.unwrap()).zip(to.read_positions().unwrap()) {
                assert!((0..3).all(|i| (p[i] + d[i] - q[i]).abs() < 2e-5), "{p:?} + {d:?}, {q:?}");
            }
        }
    }
    find_nothing(&[dir.path().join("way.gltf")]);
}

#[test]
fn what_can_t_be_a_morph_is_refused_with_the_way_out() {
    let dir = folder();
    let way = |line: &str| patches(dir.path(), &format!("--seed 3 --morph-to seed:4 {line}"));
    way("-o a.obj").fails(&[".glb or .gltf", "not .obj"]);
    let said = way("-o a.glb --morph-error 0.001").fails(&["16 targets", "0.001 mm", "allow"]);
    let next = said.split("allow ").nth(1).unwrap().split(' ').next().unwrap();
    way(&format!("-o a.glb --morph-error {next}")).well();
    patches(dir.path(), "-o b.glb --morph-to nobody").fails(&["--morph-to", "'nobody'", "neither a file"]);
    patches(dir.path(), "-o b.glb --morph-to seed:x").fails(&["--morph-to seed:x", "whole number"]);
    for line in [
        "-o b.glb --seconds 3",
        "-o b.glb --morph-to seed:4 --morph-error 0",
        "--out-dir o --count 3 --morph-to seed:4",
    ] {
        assert_eq!(patches(dir.path(), line).code, Some(2), "{line}");
    }
    assert_eq!(names(dir.path()), ["a.glb"]);
}
