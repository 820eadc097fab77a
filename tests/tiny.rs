//! The small committed checkpoint that other tests decode, and the one that every binary carries.

use std::path::Path;

use atlasforge::forge::Forge;
use atlasforge::model::Checkpoint;
use atlasforge::template::Template;

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

#[test]
fn embedded_checkpoint_loads() {
    Checkpoint::embedded().unwrap();
}
