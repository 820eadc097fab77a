//! What each preset's file holds, by the `gltf` crate and Khronos' validator.

use atlasforge::{
    export::{
        Kit, Level, Morph, Packing, Preset, Quantisation, Socket, Target,
        scene::{Coat, Textures},
    },
    solid::Skin,
};

use crate::fixture::{Fixture, LENGTH};
use crate::validator::find_nothing;

fn read(bytes: &[u8]) -> gltf::Gltf {
    gltf::Gltf::from_slice(bytes).expect("a GLB that the gltf crate reads")
}

/// Names of the nodes below the roots of a scene, roots included.
fn names(scene: gltf::Scene) -> Vec<String> {
    let mut names = Vec::new();
    let mut waiting: Vec<gltf::Node> = scene.nodes().collect();
    while let Some(node) = waiting.pop() {
        names.push(node.name().expect("a name").to_owned());
        waiting.extend(node.children());
    }
    names.sort();
    names
}

#[test]
fn every_preset_shows_one_sword_of_the_right_size_and_requires_nothing() {
    let fixture = Fixture::new(true);
    for preset in Preset::ALL {
        let bytes = fixture.kit().glb(preset, Packing::default()).expect("a file");
        let file = read(&bytes);
        assert_eq!((file.extensions_used().count(), file.extensions_required().count()), (0, 0), "{preset:?}");
        assert_eq!(file.scenes().next().map(|s| s.index()), file.default_scene().map(|s| s.index()));
        let blob = file.blob.as_deref();
        let drawn: Vec<gltf::Mesh> =
            file.meshes().filter(|m| m.primitives().all(|p| p.material().index().is_some())).collect();
        assert_eq!(drawn.len(), if preset == Preset::Godot { 1 } else { 3 }, "{preset:?}");
        for (mesh, level) in drawn.iter().zip(&fixture.levels) {
            assert_eq!(mesh.primitives().len(), fixture.coats.len(), "{preset:?}");
            let (mut lo, mut hi, mut triangles) = (f32::MAX, f32::MIN, 0);
            for primitive in mesh.primitives() {
                let reader = primitive.reader(|_| blob);
                let vertices = primitive.get(&gltf::Semantic::Positions).expect("positions").count();
                for semantic in [gltf::Semantic::Normals, gltf::Semantic::TexCoords(0), gltf::Semantic::Tangents] {
                    assert_eq!(primitive.get(&semantic).map(|a| a.count()), Some(vertices));
                }
                let indices: Vec<u32> = reader.read_indices().expect("indices").into_u32().collect();
                let mut named = indices.clone();
                named.sort_unstable();
                named.dedup();
                assert_eq!(named.len(), vertices, "{preset:?}: no vertex is loose");
                triangles += indices.len() / 3;
                for [_, y, _] in reader.read_positions().expect("positions") {
                    (lo, hi) = (lo.min(y), hi.max(y));
                }
                let material = primitive.material();
                assert!(!material.double_sided() && material.normal_texture().is_some());
                assert!(material.occlusion_texture().is_some());
            }
            assert_eq!(triangles, level.mesh.triangles.len());
            assert!((hi - lo - LENGTH).abs() < 0.02 * LENGTH, "{preset:?}: {} m", hi - lo);
        }
    }
}

#[test]
fn nodes_are_called_what_the_engine_looks_for() {
    let fixture = Fixture::new(false);
    let of = |preset| read(&fixture.kit().glb(preset, Packing::default()).expect("a file"));
    let shown = |preset| names(of(preset).default_scene().expect("a scene"));
    let places = ["blade_base", "grip", "tip"];
    let with = |own: &[&str]| {
        let mut all: Vec<String> = own.iter().chain(&places).map(|s| (*s).to_string()).collect();
        all.sort();
        all
    };
    assert_eq!(shown(Preset::Godot), with(&["sword_mesh", "sword_hull_00-convcolonly", "sword_hull_01-convcolonly"]));
    let levels = ["sword_LOD0", "sword_LOD1", "sword_LOD2"];
    assert_eq!(shown(Preset::Unreal), with(&[&levels[..], &["UCX_sword_LOD0_00", "UCX_sword_LOD0_01"]].concat()));
    assert_eq!(shown(Preset::Unity), with(&levels));
    assert_eq!(shown(Preset::Blender), with(&[&levels[..], &["sword"]].concat()));
    for preset in [Preset::Bevy, Preset::Web, Preset::Plain] {
        assert_eq!(shown(preset), with(&levels[..1]));
        let scenes: Vec<String> = of(preset).scenes().map(|s| s.name().expect("a name").to_owned()).collect();
        assert_eq!(scenes, ["sword", "sword_LOD1", "sword_LOD2", "sword_collision"]);
    }
}

#[test]
fn a_morph_moves_by_named_targets() {
    let fixture = Fixture::new(false);
    let file = read(&fixture.moving().glb(Preset::Plain, Packing::default()).expect("a file"));
    let count = fixture.morph.targets.len();
    assert!(count >= 1);
    let mesh = file.meshes().next().expect("a mesh");
    let names: serde_json::Value = serde_json::from_str(mesh.extras().as_ref().expect("extras").get()).expect("JSON");
    let names = names["targetNames"].as_array().expect("names").iter().map(|n| n.as_str().expect("text"));
    assert_eq!(names.collect::<Vec<_>>(), fixture.morph.targets.iter().map(|t| t.name.as_str()).collect::<Vec<_>>());
    let blob = file.blob.as_deref();
    for primitive in mesh.primitives() {
        let reader = primitive.reader(|_| blob);
        let targets: Vec<_> = reader.read_morph_targets().collect();
        assert_eq!(targets.len(), count);
        for (positions, normals, tangents) in targets {
            let vertices = primitive.get(&gltf::Semantic::Positions).expect("positions").count();
            assert_eq!(positions.map(|d| d.count()), Some(vertices));
            assert_eq!(normals.map(|d| d.count()), Some(vertices));
            assert_eq!(tangents.map(|d| d.count()), Some(vertices));
        }
    }
    let animation = file.animations().next().expect("an animation");
    let channel = animation.channels().next().expect("a channel");
    let reader = channel.reader(|_| blob);
    let times: Vec<f32> = reader.read_inputs().expect("times").collect();
    assert_eq!(times, fixture.morph.times);
    let Some(gltf::animation::util::ReadOutputs::MorphTargetWeights(weights)) = reader.read_outputs() else {
        panic!("the channel moves no weights");
    };
    let weights: Vec<f32> = weights.into_f32().collect();
    for (time, row) in weights.chunks_exact(count).enumerate() {
        let expected: Vec<f32> = (1..=count).map(|target| f32::from(u8::from(target == time))).collect();
        assert_eq!(row, expected);
    }
}

#[test]
fn a_kit_that_doesn_t_fit_is_refused() {
    let fixture = Fixture::new(false);
    let said = |kit: Kit| kit.glb(Preset::Plain, Packing::default()).expect_err("no file").to_string();
    assert!(said(Kit { levels: Vec::new(), ..fixture.kit() }).contains("no triangle"));
    assert!(said(Kit { coats: &fixture.coats[..1], ..fixture.kit() }).contains("without a material"));
    let other = Skin { parts: vec!["hull".into()], ..fixture.levels[1].clone() };
    let levels = vec![Level::from(&fixture.levels[0]), Level::from(&other)];
    assert!(said(Kit { levels, ..fixture.kit() }).contains("same parts"));
    let textures = Textures { normal: Some(3), ..Default::default() };
    let coats: Vec<Coat> = fixture.coats.iter().map(|coat| Coat { textures, ..coat.clone() }).collect();
    assert!(said(Kit { coats: &coats, ..fixture.kit() }).contains("texture that isn't there"));
    let astray = Socket { name: "tip".into(), position: [0.0, f32::INFINITY, 0.0] };
    assert!(said(Kit { sockets: &[astray], ..fixture.kit() }).contains("no finite place"));
    let short = Morph { targets: vec![Target::default()], times: Vec::new() };
    let level = Level { morph: Some(&short), ..Level::from(&fixture.levels[0]) };
    assert!(said(Kit { levels: vec![level], ..fixture.kit() }).contains("another length"));
}

#[test]
fn colours_are_told_at_the_vertices() {
    let fixture = Fixture::new(false);
    let colours: Vec<[f32; 4]> = fixture.levels[0].mesh.positions.iter().map(|_| [1.0, 0.5, 0.0, 1.0]).collect();
    let level = Level { colours: &colours, ..Level::from(&fixture.levels[0]) };
    let kit = Kit { levels: vec![level], ..fixture.kit() };
    let file = read(&kit.glb(Preset::Plain, Packing::default()).expect("a file"));
    let primitive = file.meshes().next().and_then(|m| m.primitives().next()).expect("a primitive");
    let found = primitive.reader(|_| file.blob.as_deref()).read_colors(0).expect("colours").into_rgba_u8().next();
    assert_eq!(found, Some([255, 128, 0, 255]));
}

#[test]
fn the_khronos_validator_finds_nothing_in_any_preset() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut paths = Vec::new();
    let packings = [
        ("plain", Packing::default()),
        ("quantised", Packing { quantised: Some(Quantisation::default()), compressed: false }),
        ("eight", Packing { quantised: Some(Quantisation { normal: 8, ..Default::default() }), compressed: false }),
        ("packed", Packing { quantised: Some(Quantisation::default()), compressed: true }),
    ];
    for baked in [false, true] {
        let fixture = Fixture::new(baked);
        for preset in Preset::ALL {
            for (name, packing) in packings {
                for (kind, kit) in [("still", fixture.kit()), ("moving", fixture.moving())] {
                    let path = folder.path().join(format!("{}_{name}_{kind}_{baked}.glb", preset.name()));
                    std::fs::write(&path, kit.glb(preset, packing).expect("a file")).expect("a writable folder");
                    paths.push(path);
                }
            }
        }
    }
    find_nothing(&paths);
}
