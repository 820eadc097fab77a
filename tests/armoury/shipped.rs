//! The shipped model's swords as a game takes them.

use atlasforge::shapes::import::read_mesh;

use super::*;

#[test]
fn the_default_export_is_closed_and_in_its_budget_and_valid_for_every_preset() {
    let dir = folder();
    let report = export(dir.path(), "-o plain.glb --seed 5 --json").json();
    let triangles = report["levels"][0]["triangles"].as_u64().unwrap();
    assert!((1900..=2000).contains(&triangles), "{report}");
    assert!(report["closed"]["closed"] == true && report["closed"]["outward"] == true, "{report}");
    let length = report["length"].as_f64().unwrap();
    assert!(report["deviation"]["most_mm"].as_f64().unwrap() < 2.0 * length, "{report}");
    assert!(report["warnings"].is_null(), "{report}");
    let mut paths = vec![dir.path().join("plain.glb")];
    for preset in ["godot", "unreal", "unity", "blender", "bevy", "web"] {
        let line = format!("-o {preset}.glb --seed 5 --preset {preset} --lods 3 --collision --quantise --compress");
        export(dir.path(), &line).well();
        paths.push(dir.path().join(format!("{preset}.glb")));
    }
    let nodes = |preset: &str| document(&dir.path().join(format!("{preset}.glb")))["nodes"].to_string();
    assert!(nodes("godot").contains("-convcolonly") && nodes("unreal").contains("UCX_"), "{}", nodes("godot"));
    assert!(nodes("unity").contains("_LOD2") && nodes("plain").contains("blade_base"), "{}", nodes("unity"));
    for (preset, extension) in [("web", true), ("unity", true), ("godot", false), ("unreal", false), ("bevy", false)] {
        let document = document(&dir.path().join(format!("{preset}.glb")));
        assert_eq!(document["extensionsRequired"].is_array(), extension, "{preset}");
    }
    validator::find_nothing(&paths);
    // What is compressed is read back as what it was.
    let [plain, packed] = ["plain.glb", "web.glb"].map(|name| read_mesh(&dir.path().join(name)).unwrap());
    assert_eq!((plain.triangles.len(), plain.normals.len()), (packed.triangles.len(), packed.positions.len()));
    let [(lo, hi), (low, high)] = [&plain, &packed].map(|mesh| mesh.bounds().unwrap());
    let apart = (0..3).map(|k| (lo[k] - low[k]).abs().max((hi[k] - high[k]).abs())).fold(0.0, f32::max);
    assert!(apart < 2e-4, "{apart}");
    let odd = packed.normals.iter().find(|n| (n.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() > 0.02);
    assert!(odd.is_none(), "{odd:?}");
}

#[test]
fn budgets_hold_and_what_they_cost_is_said() {
    let dir = folder();
    for (asked, least) in [(8000_u64, 7600), (1000, 950), (500, 475)] {
        let report = export(dir.path(), &format!("-o {asked}.glb --seed 3 --triangles {asked} --json")).json();
        let found = report["levels"][0]["triangles"].as_u64().unwrap();
        assert!((least..=asked).contains(&found), "{asked}: {report}");
    }
    let run = export(dir.path(), "-o few.glb --seed 3 --triangles 120");
    // Either it can't be done, and the least that can is said, or the warning says what it costs.
    assert!(run.code == Some(0) && run.stderr.contains("warning") || run.code == Some(1), "{}", run.stderr);
    if run.code == Some(1) {
        assert!(run.stderr.contains("ask for") && !dir.path().join("few.glb").exists(), "{}", run.stderr);
    }
}

#[test]
fn origin_length_and_levels_are_as_asked() {
    let dir = folder();
    let report = export(dir.path(), "-o a.glb --seed 5 --length 1.1 --origin guard --lods 4 --json").json();
    assert!((report["length"].as_f64().unwrap() - 1.1).abs() < 1e-6);
    let triangles: Vec<u64> =
        report["levels"].as_array().unwrap().iter().map(|l| l["triangles"].as_u64().unwrap()).collect();
    assert!(triangles.len() == 4 && triangles.windows(2).all(|w| w[1] < w[0]), "{triangles:?}");
    let mesh = read_mesh(&dir.path().join("a.glb")).unwrap();
    let (lo, hi) = mesh.bounds().unwrap();
    assert!((hi[1] - lo[1] - 1.1).abs() < 0.0055, "{lo:?} {hi:?}");
    let plane = concat!(env!("CARGO_MANIFEST_DIR"), "/models/plane.safetensors");
    let line = format!("-o b.glb --model {plane} --seed 5 --origin grip");
    export(dir.path(), &line).fails(&["--origin grip", "a plane has none"]);
    // The blade stands above the guard, the hilt hangs below.
    assert!(hi[1] > 0.5 && lo[1] < -0.05 && lo[1] > -0.6, "{lo:?} {hi:?}");
}

#[test]
fn a_bake_is_in_the_file_and_its_mask_beside_it() {
    let dir = folder();
    let report = export(dir.path(), "-o a.glb --seed 7 --bake 256 --json").json();
    assert_eq!(report["texture"]["size"], 256);
    assert!(report["texture"]["missed"].as_f64().unwrap() < 0.05, "{report}");
    assert_eq!(names(dir.path()), ["a.glb", "a_part_mask.png"]);
    let document = document(&dir.path().join("a.glb"));
    assert_eq!(document["images"].as_array().unwrap().len(), 3);
    assert_eq!(document["materials"].as_array().unwrap().len(), 1);
    // Whoever has the file finds the mask, and what its colours mean.
    let mask = &document["materials"][0]["extras"]["partMask"];
    assert_eq!((&mask["uri"], &mask["parts"]["blade"]), (&"a_part_mask.png".into(), &serde_json::json!([255, 0, 0])));
    let picture = image::open(dir.path().join("a_part_mask.png")).unwrap().to_rgb8();
    for colour in mask["parts"].as_object().unwrap().values() {
        assert!(picture.pixels().any(|pixel| serde_json::json!(pixel.0) == *colour), "{mask}");
    }
    validator::find_nothing(&[dir.path().join("a.glb")]);
    export(dir.path(), "-o b.glb --bake 256 --surface patches").fails(&["closed"]);
    export(dir.path(), "-o b.obj --seed 7 --bake 256").well();
    assert!(std::fs::read_to_string(dir.path().join("b.mtl")).unwrap().contains("map_Kd b_base_colour.png"));
    assert!(dir.path().join("b_base_colour.png").is_file());
    // The texture has the colours; a reader multiplies it with the vertices'.
    let report = export(dir.path(), "-o c.glb --seed 7 --bake 256 --colours --json").json();
    assert!(report["warnings"].to_string().contains("the texture has the colours"), "{report}");
    let coloured = self::document(&dir.path().join("c.glb"));
    let primitive = &coloured["meshes"][0]["primitives"][0]["attributes"];
    assert!(primitive["TEXCOORD_0"].is_u64() && primitive["COLOR_0"].is_null(), "{primitive}");
}
