//! The models in the repository: the small one that other tests decode, and the one that every binary carries.

use std::path::Path;

use atlasforge::forge::Forge;
use atlasforge::inspect::patches::{Collapse, patches};
use atlasforge::model::Checkpoint;
use atlasforge::template::Template;
use atlasforge::train::recipe::Recipe;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

#[test]
fn tiny_checkpoint_loads_and_decodes_to_something_like_a_sword() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny.safetensors");
    let forge = Forge::new(Checkpoint::read(&path).unwrap()).unwrap();
    let mesh = forge.decode_unit(&forge.mean(), &Template::grid(8)).unwrap();
    mesh.validate().unwrap();
    let (lo, hi) = mesh.bounds().unwrap();
    let [x, y, z] = std::array::from_fn(|i| hi[i] - lo[i]);
    assert!((1.6..2.4).contains(&y) && x < y / 2.0 && z < x, "{x} {y} {z}");
    for encoded in &forge.checkpoint().meta.encoded {
        forge.decode(&encoded.latent, None, &Template::grid(4)).unwrap().validate().unwrap();
    }
}

/// The shipped model, held to what its users rely on: a length is what a ruler says, no patch of a sample is collapsed, and
/// the file stays small.
#[test]
fn the_shipped_model_keeps_its_promises() {
    let bytes =
        std::fs::metadata(Path::new(env!("CARGO_MANIFEST_DIR")).join("models/sword.safetensors")).unwrap().len();
    assert!(bytes <= 6_000_000, "{bytes}");
    let forge = Forge::new(Checkpoint::embedded().unwrap()).unwrap();
    assert!(forge.checkpoint().meta.encoded.iter().filter(|e| e.kind == "real").count() >= 30);
    for seed in 0..100 {
        let latent = forge.sample(&mut ChaCha8Rng::seed_from_u64(seed));
        let grid = Template::grid(16);
        let mesh = forge.decode(&latent, Some(1.25), &grid).unwrap();
        let (lo, hi) = mesh.bounds().unwrap();
        assert!((hi[1] - lo[1] - 1.25).abs() < 0.005 * 1.25, "seed {seed}: {} m", hi[1] - lo[1]);
        assert!(lo[1] < 0.0 && hi[1] > 0.0, "seed {seed}: the grip is inside");
        let figures = patches(&forge.decode_unit(&latent, &grid).unwrap(), &grid, 0.01).unwrap();
        assert!(figures.iter().all(|f| f.collapsed == Collapse::None), "seed {seed}");
    }
}

/// Every model in `models/`: small, whole, and with a card that tells how it was made.
#[test]
fn every_shipped_model_decodes_and_tells_its_making() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(root.join("models")).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == "safetensors")).collect();
    for name in
        ["sword", "sword-mixed", "sword-base", "plane", "plane-base", "sword-from-plane", "sword-vae25", "sword-vqvae"]
    {
        assert!(files.iter().any(|path| path.file_stem().is_some_and(|stem| stem == name)), "no model '{name}'");
    }
    for path in files {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(std::fs::metadata(&path).unwrap().len() <= 6_000_000, "{name} is over 6 MB");
        let forge = Forge::new(Checkpoint::read(&path).unwrap()).unwrap();
        let card = &forge.checkpoint().meta.card;
        let recipe = std::fs::read_to_string(root.join("assets/recipes").join(&name).with_extension("toml")).unwrap();
        let recipe = serde_json::to_value(Recipe::parse(&recipe).unwrap()).unwrap();
        assert_eq!(card["recipe"], recipe, "{name} was made by another recipe");
        assert!(card["training"]["seconds"].as_f64().unwrap() > 60.0, "{name}");
        assert!(!card["training"]["machines"].as_array().unwrap().is_empty(), "{name}");
        assert!(card["data"]["licences"].is_string() && card["validation"]["cd1000"].as_f64().is_some(), "{name}");
        assert_eq!(card["network"], forge.checkpoint().config.network(), "{name}");
        assert!(forge.checkpoint().meta.density.is_some() && forge.checkpoint().meta.axes.is_some(), "{name}");
        let mesh = forge.decode_unit(&forge.mean(), &Template::grid(8)).unwrap();
        mesh.validate().unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}
