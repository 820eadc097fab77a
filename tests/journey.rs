//! The artist's journey of docs/your-own-swords.md: a folder of unlabelled meshes of any scale becomes a dataset, the
//! dataset a model, the model shapes in files that reopen. Also what goes wrong on the way, said clearly.

use std::path::Path;
use std::process::Command;

use atlasforge::mesh::Mesh;
use atlasforge::model::checkpoint::Checkpoint;
use atlasforge::shapes::dataset::{self, MANIFEST, Manifest};
use atlasforge::shapes::import::{list_files, read_mesh};
use atlasforge::train::recipe::Recipe;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn atlasforge(folder: &Path, line: &[&str]) -> (bool, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_atlasforge")).args(line).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

fn ok(folder: &Path, line: &[&str]) -> (String, String) {
    let (success, out, err) = atlasforge(folder, line);
    assert!(success, "{line:?}: {err}");
    (out, err)
}

fn obj(mesh: &Mesh, scale: f32) -> String {
    let vertex = |p: &[f32; 3]| format!("v {} {} {}\n", p[0] * scale, p[1] * scale, p[2] * scale);
    let face = |t: &[u32; 3]| format!("f {} {} {}\n", t[0] + 1, t[1] + 1, t[2] + 1);
    mesh.positions.iter().map(vertex).chain(mesh.triangles.iter().map(face)).collect()
}

/// A folder of swords as an artist has them: no labels, centimetres and inches, one of them twice.
fn meshes(folder: &Path) {
    std::fs::create_dir(folder).unwrap();
    for i in 0..9 {
        let shape = dataset::procedural_item(i, 77);
        let scale = [100.0, 39.37, 1.0][i % 3];
        std::fs::write(folder.join(format!("blade{i}.obj")), obj(&shape.mesh(), scale)).unwrap();
        if i == 4 {
            std::fs::write(folder.join("copy of blade4.obj"), obj(&shape.mesh(), 7.0)).unwrap();
        }
    }
}

/// `own.toml` made small enough for a test.
fn small_recipe() -> String {
    let text = std::fs::read_to_string(format!("{ROOT}/assets/recipes/own.toml")).unwrap();
    let mut recipe = Recipe::parse(&text).unwrap();
    recipe.model.latent = 4;
    recipe.model.encoder = vec![8, 16];
    recipe.model.encoder_head = vec![8];
    recipe.model.decoder = vec![8, 8];
    recipe.data.samples = 128;
    recipe.train.points = 150;
    recipe.train.encoder_points = 64;
    recipe.train.batch = 4;
    recipe.train.warmup = 2;
    recipe.train.save_every = 5;
    recipe.train.validate_every = 10;
    toml::to_string(&recipe).unwrap()
}

#[test]
fn a_folder_of_meshes_becomes_a_model_and_shapes_in_files() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    meshes(&home.join("my meshes"));
    std::fs::write(home.join("my meshes/broken.obj"), "v 1 2\n").unwrap();
    std::fs::write(home.join("own.toml"), small_recipe()).unwrap();

    let import = ["data", "import", "my meshes", "--out-dir", "mydata", "--orient"];
    let (success, _, err) = atlasforge(home, &import);
    assert!(
        !success && err.contains("broken.obj") && err.contains("--skip-broken") && !home.join("mydata").exists(),
        "{err}"
    );
    let (out, err) = ok(home, &[&import[..], &["--skip-broken"]].concat());
    assert!(out.contains("9 shapes") && out.contains("lengths assumed"), "{out}");
    assert!(err.contains("broken.obj") && err.contains("'copy of blade4': the same geometry as 'blade4'"), "{err}");

    let (success, _, err) = atlasforge(home, &["train", "own.toml", "--data", "elsewhere"]);
    assert!(!success && err.contains("--data 'elsewhere'") && err.contains("data import"), "{err}");
    ok(home, &["train", "own.toml", "--steps", "20", "-o", "mine.safetensors"]);
    let model = Checkpoint::read(&home.join("mine.safetensors")).unwrap();
    assert!(model.meta.encoded.iter().all(|e| e.name.starts_with("blade") && e.kind == "real"));
    assert!(model.meta.encoded.len() >= 7);

    let (out, _) = ok(home, &["sample", "--model", "mine.safetensors", "--seed", "3", "-o", "new.glb"]);
    assert!(out.contains("new.glb"), "{out}");
    let mesh = read_mesh(&home.join("new.glb")).unwrap();
    assert!(mesh.bounds().is_some_and(|(lo, hi)| hi[1] - lo[1] > 0.1));
    let (out, _) = ok(home, &["inspect", "--model", "mine.safetensors"]);
    assert!(out.contains("blade0") || out.contains("blade1"), "{out}");
}

#[test]
fn an_empty_split_is_said_and_loses_nothing() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    meshes(&home.join("in"));
    ok(home, &["data", "import", "in", "--out-dir", "mydata"]);
    let recipe = small_recipe();
    let with = |share: &str| recipe.replace("validation_share = 0.1", &format!("validation_share = {share}"));
    assert_ne!(with("0.999"), recipe);
    // A share that holds out all of nine names, and one that holds out none.
    std::fs::write(home.join("all.toml"), with("0.999")).unwrap();
    let (success, _, err) = atlasforge(home, &["train", "all.toml", "--steps", "3"]);
    assert!(!success && err.contains("validation_share") && err.contains("all 9 shapes"), "{err}");
    std::fs::write(home.join("none.toml"), with("0.0001")).unwrap();
    let (_, err) = ok(home, &["train", "none.toml", "--steps", "3"]);
    assert!(err.contains("holds out none of 9 shapes"), "{err}");
    assert!(home.join("runs/none/last.safetensors").is_file());
}

#[test]
fn duplicates_in_a_folder_are_learnt_once() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    meshes(&home.join("in"));
    std::fs::write(home.join("own.toml"), small_recipe()).unwrap();
    let (_, err) = ok(home, &["train", "own.toml", "--data", "in", "--steps", "3"]);
    assert!(err.contains("left out 'copy of blade4': the same geometry as 'blade4'"), "{err}");
}

#[test]
fn a_plane_model_remembers_what_it_makes() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let mut recipe = Recipe::parse(&small_recipe()).unwrap();
    recipe.data =
        Recipe::parse(&std::fs::read_to_string(format!("{ROOT}/assets/recipes/plane.toml")).unwrap()).unwrap().data;
    recipe.data.procedural = 8;
    recipe.data.meshes = Vec::new();
    // Those are a sword's.
    recipe.train.parts.clear();
    recipe.train.seam_weight = 0.0;
    recipe.train.normal_weight = 0.0;
    recipe.data.samples = 128;
    std::fs::write(home.join("plane.toml"), toml::to_string(&recipe).unwrap()).unwrap();
    ok(home, &["train", "plane.toml", "--steps", "20", "-o", "plane.safetensors"]);
    let model = Checkpoint::read(&home.join("plane.safetensors")).unwrap();
    assert_eq!(model.meta.class, atlasforge::class::Class::Plane);
    ok(home, &["sample", "--model", "plane.safetensors", "--seed", "1", "--length", "9", "-o", "p.glb"]);
    let (low, high) = read_mesh(&home.join("p.glb")).unwrap().bounds().unwrap();
    assert!((high[2] - low[2] - 9.0).abs() < 1.0, "nine metres along Z: {low:?} to {high:?}");
    ok(home, &["render", "--model", "plane.safetensors", "--seed", "1", "-o", "p.png", "--size", "64x64"]);
    let (out, _) = ok(home, &["eval", "--model", "plane.safetensors", "--data", "planes:5:3", "--samples", "2"]);
    assert!(out.contains("mean of 3 shapes"), "{out}");
}

#[test]
fn the_real_planes_are_those_of_the_attribution() {
    let root = Path::new(ROOT).join("assets/meshes");
    let planes = dataset::read(&root.join("planes")).unwrap();
    let attribution = std::fs::read_to_string(root.join("ATTRIBUTION.md")).unwrap();
    assert_eq!(planes.items.len(), 19);
    for item in &planes.items {
        let shape = &item.shape;
        assert!(attribution.contains(&format!("`planes/{}.glb`", shape.name)), "{}", shape.name);
        let (low, high) = shape.mesh().bounds().unwrap();
        assert!((high[2] - low[2] - shape.length).abs() < 1e-3 && shape.length_assumed, "{}", shape.name);
    }
    assert_eq!(list_files(&root.join("planes")).unwrap().len(), 19);
}

/// `own.toml` starts from the weights of the embedded `sword`, which must fit its network.
#[test]
fn the_recipe_for_own_meshes_has_the_network_of_sword() {
    let text = std::fs::read_to_string(format!("{ROOT}/assets/recipes/own.toml")).unwrap();
    let sword = Checkpoint::embedded().unwrap().config;
    assert_eq!(Recipe::parse(&text).unwrap().config(sword.axis_scale), sword);
}

#[test]
fn manifests_of_planes_come_back() {
    let entry = dataset::Item {
        shape: dataset::generated_item(atlasforge::class::Class::Plane, 3, 1),
        kind: dataset::Kind::Procedural,
    };
    let (entry, _) = entry.write();
    let text = Manifest::new(vec![entry.clone()]).to_json().unwrap();
    assert_eq!(Manifest::parse(text.as_bytes(), Path::new(MANIFEST)).unwrap().items, vec![entry]);
}
