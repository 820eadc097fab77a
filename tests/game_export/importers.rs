//! The programs that artists use, where they are at hand: Blender, Godot 3, Bevy's loader, three.js in Chromium.
//!
//! | program | found as |
//! |---|---|
//! | Blender | `$ATLASFORGE_BLENDER_PYTHON`, or `python3` with the PyPI package `bpy` |
//! | Godot 3 | `$ATLASFORGE_GODOT`, or `godot3-server` |
//! | Bevy | `$ATLASFORGE_BEVY`, the program that `tests/importers/bevy` builds |
//! | three.js | npm packages `three` and `playwright-core` in `$ATLASFORGE_NODE_MODULES`; `$ATLASFORGE_CHROMIUM`, or `/usr/bin/chromium` |
//!
//! `ATLASFORGE_LOOK` names a folder that keeps the files and three.js's pictures, to be looked at.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use atlasforge::export::{Packing, Preset, Quantisation};
use serde_json::Value;

use crate::fixture::{Fixture, LENGTH};
use crate::validator::{node, skipped};

/// Where files go: a folder that is kept, or one that goes with the test.
struct Folder {
    path: PathBuf,
    _temporary: Option<tempfile::TempDir>,
}

impl Folder {
    fn new(name: &str) -> Self {
        let kept = std::env::var_os("ATLASFORGE_LOOK").map(|folder| PathBuf::from(folder).join(name));
        if let Some(path) = kept {
            std::fs::create_dir_all(&path).expect("a writable folder");
            return Self { path, _temporary: None };
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { path: folder.path().to_owned(), _temporary: Some(folder) }
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path.join(name);
        std::fs::write(&path, bytes).expect("a writable folder");
        path
    }
}

fn program(variable: &str, otherwise: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| otherwise.into())
}

/// Every preset's own file, and of what moves and what is packed one more.
fn files(fixture: &Fixture, folder: &Folder, packed: &[Preset]) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for preset in Preset::ALL {
        let bytes = fixture.kit().glb(preset, Packing::default()).expect("a file");
        paths.push(folder.put(&format!("{}.glb", preset.name()), &bytes));
    }
    paths.push(folder.put("moving.glb", &fixture.moving().glb(Preset::Plain, Packing::default()).expect("a file")));
    for preset in packed {
        let packing = Packing { quantised: Some(Quantisation::default()), compressed: true };
        let bytes = fixture.kit().glb(*preset, packing).expect("a file");
        paths.push(folder.put(&format!("{}_packed.glb", preset.name()), &bytes));
    }
    paths
}

/// What a program said of a file, by the file's name without its ending.
fn of<'a>(summary: &'a Value, name: &str) -> &'a Value {
    let files = summary.as_object().expect("one entry a file");
    let found = files.iter().find(|(path, _)| Path::new(path).file_stem().is_some_and(|stem| stem == name));
    found.unwrap_or_else(|| panic!("nothing about {name}")).1
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().expect("a list").iter().map(|v| v.as_str().expect("text")).collect()
}

fn numbers(value: &Value) -> Vec<f32> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number") as f32).collect()
}

/// The size along the sword, whose axis the program may have turned.
fn is_long(value: &Value, what: &str) {
    let longest = numbers(value).into_iter().fold(0.0, f32::max);
    assert!((longest - LENGTH).abs() < 0.02 * LENGTH, "{what}: {longest} m");
}

#[test]
fn blender_finds_one_object_a_level_with_materials_uvs_and_nothing_loose() {
    let (fixture, folder) = (Fixture::new(true), Folder::new("blender"));
    let mut python = Command::new(program("ATLASFORGE_BLENDER_PYTHON", "python3"));
    python.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/importers/blender.py"));
    // Blender reads the quantisation, not the compression; the preset sees to that.
    let output = match python.args(files(&fixture, &folder, &[Preset::Blender])).output() {
        Ok(output) => output,
        Err(error) => return skipped("Blender", &format!("python can't be run ({error})")),
    };
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(3) {
        return skipped("Blender", &format!("{} (or ATLASFORGE_BLENDER_PYTHON)", said.trim()));
    }
    assert!(output.status.success(), "{said}");
    let summary: Value = serde_json::from_slice(&output.stdout).expect("the script's summary");
    let parts: Vec<&str> = fixture.coats.iter().map(|coat| coat.material.name.as_str()).collect();
    for name in Preset::ALL.map(Preset::name).into_iter().chain(["blender_packed"]) {
        let objects = of(&summary, name)["objects"].as_array().expect("objects");
        let text = |o: &Value, key: &str| o[key].as_str().unwrap_or_default().to_owned();
        let drawn: Vec<&Value> =
            objects.iter().filter(|o| o["materials"].as_array().is_some_and(|m| !m.is_empty())).collect();
        let levels = if name == "godot" { 1 } else { fixture.levels.len() };
        assert_eq!(drawn.len(), levels, "{name}: {objects:#?}");
        for (object, skin) in drawn.iter().zip(&fixture.levels) {
            let what = format!("{name}, {}", text(object, "name"));
            let mut materials = strings(&object["materials"]);
            materials.sort_unstable();
            let mut expected = parts.clone();
            expected.sort_unstable();
            assert_eq!(materials, expected, "{what}");
            assert_eq!(object["loose"], 0, "{what}");
            assert_eq!(object["uvs"], 1, "{what}");
            assert_eq!(strings(&object["images"]).len(), 2, "{what}");
            // Blender drops triangles that come twice or have no area; the patches have a few at their corners.
            let (found, ours) = (object["triangles"].as_u64().expect("a count") as usize, skin.mesh.triangles.len());
            assert!(found <= ours && found * 100 >= ours * 99, "{what}: {found} of {ours} triangles");
            is_long(&object["size"], &what);
        }
        let hulls = objects.iter().filter(|o| o["type"] == "MESH").count() - drawn.len();
        assert_eq!(hulls, fixture.hulls.len(), "{name}");
        for socket in &fixture.sockets {
            let found = objects.iter().find(|o| o["name"] == socket.name.as_str()).expect("the place");
            let [_, y, _] = socket.position;
            // Blender's up is Z.
            assert_eq!(found["type"], "EMPTY");
            assert!((numbers(&found["location"])[2] - y).abs() < 1e-5, "{name}: {found}");
        }
    }
    let moving = of(&summary, "moving");
    let object = moving["objects"].as_array().expect("objects").iter().find(|o| o["type"] == "MESH").expect("a mesh");
    let mut expected = vec!["Basis"];
    expected.extend(fixture.morph.targets.iter().map(|t| t.name.as_str()));
    assert_eq!(strings(&object["shape_keys"]), expected);
    assert_eq!(strings(&moving["actions"]).len(), 1, "{moving}");
}

#[test]
fn godot_imports_its_preset_with_collision() {
    let (fixture, folder) = (Fixture::new(true), Folder::new("godot"));
    let paths = files(&fixture, &folder, &[]);
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/importers/godot");
    for file in ["project.godot", "look.gd"] {
        std::fs::copy(project.join(file), folder.path.join(file)).expect("the project");
    }
    let godot = |arguments: &[&str]| {
        // It keeps settings in the user's folders, which are nobody's business here.
        let mut godot = Command::new(program("ATLASFORGE_GODOT", "godot3-server"));
        godot.args(arguments).arg("--path").arg(&folder.path).env("HOME", &folder.path);
        for kind in ["DATA", "CONFIG", "CACHE"] {
            godot.env(format!("XDG_{kind}_HOME"), folder.path.join(kind));
        }
        godot.stdin(Stdio::null());
        godot
    };
    let mut editor = match godot(&["--editor", "--quit"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn() {
        Ok(editor) => editor,
        Err(error) => {
            return skipped("Godot", &format!("godot3-server can't be run ({error}); or name one in ATLASFORGE_GODOT"));
        }
    };
    // Debian's editor often hangs after its work is done, which is when every file has a checksum.
    let done = || {
        let found = std::fs::read_dir(folder.path.join(".import")).into_iter().flatten().filter_map(Result::ok);
        found
            .filter(|f| {
                f.file_name().to_string_lossy().contains(".glb-") && f.path().extension().is_some_and(|e| e == "md5")
            })
            .count()
    };
    let started = Instant::now();
    while done() < paths.len() && started.elapsed() < Duration::from_secs(240) {
        if editor.try_wait().expect("a child").is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    let _ = editor.kill();
    editor.wait().expect("a child");
    let output = godot(&["-s", "look.gd"]).output().expect("it ran before");
    let said = String::from_utf8_lossy(&output.stdout);
    // It complains of leaks as it goes: what the script printed counts.
    let look = |name: &str| -> Vec<Value> {
        let line = said.lines().find_map(|l| l.strip_prefix(&format!("LOOK {name}.glb ")));
        let line =
            line.unwrap_or_else(|| panic!("nothing about {name}: {said}{}", String::from_utf8_lossy(&output.stderr)));
        serde_json::from_str(line).unwrap_or_else(|_| panic!("{name} didn't load: {line}"))
    };
    let nodes = look("godot");
    let typed = |nodes: &[Value], name: &str| nodes.iter().filter(|n| n["type"] == name).cloned().collect::<Vec<_>>();
    let meshes = typed(&nodes, "MeshInstance");
    assert_eq!(meshes.len(), 1, "{nodes:#?}");
    assert_eq!(
        strings(&meshes[0]["materials"]),
        fixture.coats.iter().map(|c| c.material.name.as_str()).collect::<Vec<_>>()
    );
    assert_eq!(meshes[0]["triangles"], fixture.levels[0].mesh.triangles.len());
    is_long(&meshes[0]["size"], "godot");
    assert_eq!(typed(&nodes, "StaticBody").len(), fixture.hulls.len(), "{nodes:#?}");
    let shapes = typed(&nodes, "CollisionShape");
    assert_eq!(shapes.len(), fixture.hulls.len());
    assert!(shapes.iter().all(|s| s["shape"] == "ConvexPolygonShape" && s["points"] == 8), "{shapes:?}");
    for socket in &fixture.sockets {
        let found = nodes.iter().find(|n| n["path"].as_str().is_some_and(|p| p.ends_with(&socket.name)));
        let at = numbers(&found.expect("the place")["at"]);
        assert!((at[1] - socket.position[1]).abs() < 1e-5, "{at:?}");
    }
    // Another preset's hulls are no bodies here. (Godot 3 knows one scene a file and shows what any of them holds.)
    assert!(typed(&look("plain"), "StaticBody").is_empty());
    let moving = look("moving");
    assert_eq!(typed(&moving, "MeshInstance")[0]["shapes"], fixture.morph.targets.len());
    assert_eq!(typed(&moving, "AnimationPlayer").len(), 1);
}

#[test]
fn bevy_s_loader_takes_its_preset_and_refuses_what_the_preset_leaves_out() {
    let Some(loader) = std::env::var_os("ATLASFORGE_BEVY") else {
        return skipped("Bevy's loader", "ATLASFORGE_BEVY doesn't name the program of tests/importers/bevy");
    };
    let (fixture, folder) = (Fixture::new(true), Folder::new("bevy"));
    let paths = files(&fixture, &folder, &[Preset::Blender]);
    let output = Command::new(loader).args(&paths).output().expect("the loader");
    let summary: Value = serde_json::from_slice(&output.stdout).expect("the loader's summary");
    let mut parts: Vec<&str> = fixture.coats.iter().map(|coat| coat.material.name.as_str()).collect();
    parts.sort_unstable();
    for name in ["bevy", "plain", "web"] {
        let found = of(&summary, name);
        assert_eq!(found["scenes"], fixture.levels.len() + 1, "{name}: {found:#}");
        assert_eq!(strings(&found["materials"]), parts, "{name}");
        let meshes = found["meshes"].as_array().expect("meshes");
        let (drawn, hulls): (Vec<_>, Vec<_>) = meshes.iter().partition(|m| m["materials"] != 0);
        assert_eq!((drawn.len(), hulls.len()), (fixture.levels.len(), fixture.hulls.len()), "{name}");
        for (mesh, skin) in drawn.iter().zip(&fixture.levels) {
            assert_eq!(
                (&mesh["primitives"], &mesh["triangles"]),
                (&parts.len().into(), &skin.mesh.triangles.len().into())
            );
            is_long(&mesh["size"], name);
            for attributes in mesh["attributes"].as_array().expect("one list a primitive") {
                let expected = ["Vertex_Normal", "Vertex_Position", "Vertex_Tangent", "Vertex_Uv"];
                assert_eq!(strings(attributes), expected, "{name}");
            }
        }
        for socket in &fixture.sockets {
            let nodes = found["nodes"].as_array().expect("nodes");
            let node = nodes.iter().find(|n| n["name"] == socket.name.as_str()).expect("the place");
            assert_eq!(numbers(&node["at"]), socket.position, "{name}");
        }
    }
    let moving = of(&summary, "moving");
    assert_eq!((&moving["meshes"][0]["morphs"], &moving["animations"]), (&parts.len().into(), &1.into()), "{moving:#}");
    // Why its preset has no extension.
    let said = of(&summary, "blender_packed")["error"].as_str().expect("a refusal");
    assert!(said.contains("KHR_mesh_quantization") || said.contains("extension"), "{said}");
}

#[test]
fn three_js_draws_what_was_exported() {
    let (fixture, folder) = (Fixture::new(true), Folder::new("three"));
    let paths = files(&fixture, &folder, &[Preset::Web, Preset::Unity]);
    let output = match node("tests/importers/three.mjs").arg(&folder.path).args(&paths).output() {
        Ok(output) => output,
        Err(error) => return skipped("three.js", &format!("node can't be run ({error})")),
    };
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(3) {
        return skipped("three.js", &format!("{} (or ATLASFORGE_NODE_MODULES)", said.trim()));
    }
    assert!(output.status.success(), "{}{said}", String::from_utf8_lossy(&output.stdout));
    let summary: Value = serde_json::from_slice(&output.stdout).expect("the script's summary");
    for name in ["web", "web_packed", "bevy", "plain"] {
        let found = of(&summary, name);
        let meshes = found["meshes"].as_array().expect("meshes");
        // A mesh of several primitives is a group of meshes there.
        assert_eq!(meshes.len(), fixture.coats.len(), "{name}: {found:#}");
        let triangles: u64 = meshes.iter().filter_map(|m| m["triangles"].as_u64()).sum();
        assert_eq!(triangles as usize, fixture.levels[0].mesh.triangles.len(), "{name}");
        for mesh in meshes {
            assert_eq!(strings(&mesh["attributes"]), ["normal", "position", "tangent", "uv"], "{name}");
            assert_eq!(strings(&mesh["maps"]), ["normalMap", "aoMap"], "{name}");
        }
        is_long(&found["size"], name);
        let mut empties = strings(&found["empties"]);
        empties.sort_unstable();
        assert_eq!(empties, ["blade_base", "grip", "tip"], "{name}");
        assert_eq!(strings(&found["scenes"]).len(), fixture.levels.len() + 1, "{name}");
    }
    let packed = of(&summary, "unity_packed")["meshes"].as_array().expect("meshes").len();
    assert_eq!(packed, fixture.levels.len() * fixture.coats.len());
    let moving = of(&summary, "moving");
    let targets: Vec<&str> = fixture.morph.targets.iter().map(|t| t.name.as_str()).collect();
    assert!(moving["meshes"].as_array().expect("meshes").iter().all(|m| strings(&m["targets"]) == targets));
    assert_eq!(moving["animations"][0]["duration"], 2.0);
    for path in &paths {
        let picture = image::open(path.with_extension("png")).expect("a picture").to_rgb8();
        // A sword against a plain ground: neither nothing nor everything.
        let ground = *picture.get_pixel(0, 0);
        let drawn =
            picture.pixels().filter(|&&p| p != ground).count() as f32 / (picture.width() * picture.height()) as f32;
        assert!((0.01..0.5).contains(&drawn), "{}: {drawn} of the picture is drawn on", path.display());
    }
}
