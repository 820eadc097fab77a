//! Loads glTF files with Bevy's asset server, without a window, and prints one JSON object: file -> what was loaded.
//!
//!     cargo run --release --manifest-path tests/importers/bevy/Cargo.toml -- FILE...

use std::{path::Path, process::ExitCode};

use bevy_animation::{AnimationClip, graph::AnimationGraph};
use bevy_app::{App, ScheduleRunnerPlugin, TaskPoolPlugin};
use bevy_asset::{AssetApp, AssetPlugin, AssetServer, Assets, Handle, LoadState, UnapprovedPathMode};
use bevy_gltf::{Gltf, GltfMesh, GltfNode, GltfPlugin};
use bevy_image::ImagePlugin;
use bevy_mesh::{Mesh, MeshPlugin};
use serde_json::{Value, json};

fn main() -> ExitCode {
    let mut app = App::new();
    app.add_plugins((
        TaskPoolPlugin::default(),
        ScheduleRunnerPlugin::default(),
        AssetPlugin { unapproved_path_mode: UnapprovedPathMode::Allow, ..Default::default() },
        ImagePlugin::default(),
        MeshPlugin,
        bevy_world_serialization::WorldSerializationPlugin,
        GltfPlugin::default(),
    ));
    // Nothing is played, so clips and graphs are only stored.
    app.init_asset::<Mesh>().init_asset::<AnimationClip>().init_asset::<AnimationGraph>();
    app.finish();
    app.cleanup();
    let mut summary = serde_json::Map::new();
    let mut failed = false;
    for file in std::env::args().skip(1) {
        let path = Path::new(&file).canonicalize().expect("a file");
        let handle: Handle<Gltf> = app.world().resource::<AssetServer>().load(path);
        let server = app.world().resource::<AssetServer>().clone();
        let said = loop {
            app.update();
            match server.load_state(&handle) {
                LoadState::Failed(error) => break Some(error.to_string()),
                LoadState::Loaded if server.is_loaded_with_dependencies(&handle) => break None,
                _ => std::thread::sleep(std::time::Duration::from_millis(1)),
            }
        };
        failed |= said.is_some();
        summary.insert(file, said.map_or_else(|| look(&app, &handle), |error| json!({ "error": error })));
    }
    println!("{}", Value::Object(summary));
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn look(app: &App, handle: &Handle<Gltf>) -> Value {
    let world = app.world();
    let gltf = world.resource::<Assets<Gltf>>().get(handle).expect("what was loaded");
    let meshes = world.resource::<Assets<Mesh>>();
    let mesh = |handle: &Handle<GltfMesh>| {
        let mesh = world.resource::<Assets<GltfMesh>>().get(handle).expect("a mesh");
        let (mut lo, mut hi, mut triangles) = ([f32::MAX; 3], [f32::MIN; 3], 0);
        let mut attributes: Vec<Vec<String>> = Vec::new();
        for primitive in &mesh.primitives {
            let drawn = meshes.get(&primitive.mesh).expect("a primitive");
            triangles += drawn.indices().map_or(0, |i| i.len() / 3);
            let positions = drawn.attribute(Mesh::ATTRIBUTE_POSITION).and_then(|a| a.as_float3()).expect("positions");
            for p in positions {
                lo = std::array::from_fn(|i| lo[i].min(p[i]));
                hi = std::array::from_fn(|i| hi[i].max(p[i]));
            }
            let mut names: Vec<String> = drawn.attributes().map(|(a, _)| a.name.to_string()).collect();
            names.sort();
            attributes.push(names);
        }
        let size: [f32; 3] = std::array::from_fn(|i| hi[i] - lo[i]);
        let morphs =
            mesh.primitives.iter().filter(|p| meshes.get(&p.mesh).is_some_and(Mesh::has_morph_targets)).count();
        json!({
            "name": mesh.name, "primitives": mesh.primitives.len(), "triangles": triangles, "size": size,
            "attributes": attributes, "morphs": morphs,
            "materials": mesh.primitives.iter().filter(|p| p.material.is_some()).count(),
        })
    };
    let node = |handle: &Handle<GltfNode>| {
        let node = world.resource::<Assets<GltfNode>>().get(handle).expect("a node");
        json!({ "name": node.name, "at": node.transform.translation.to_array(), "mesh": node.mesh.is_some() })
    };
    let mut materials: Vec<&str> = gltf.named_materials.keys().map(|name| &**name).collect();
    materials.sort_unstable();
    json!({
        "scenes": gltf.scenes.len(), "materials": materials, "animations": gltf.animations.len(),
        "meshes": gltf.meshes.iter().map(mesh).collect::<Vec<_>>(),
        "nodes": gltf.nodes.iter().map(node).collect::<Vec<_>>(),
    })
}
