//! Original AtlasNet weights: the converted model decodes and encodes as PyTorch does (`golden/atlasnet`, made by
//! `golden/make_atlasnet.py`), and no damaged or hostile file does more than be refused.

use std::path::Path;
use std::process::{Command, Output};

use atlasforge::forge::Forge;
use atlasforge::latent::Latent;
use atlasforge::model::Checkpoint;
use atlasforge::model::convert::{ConvertError, convert};
use proptest::prelude::*;
use serde_json::Value;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/atlasnet");
const FILES: [&str; 4] = ["v2.zip", "v2.legacy", "v3.zip", "v3.legacy"];
/// What single precision may lose.
const TOLERANCE: f32 = 1e-5;

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{GOLDEN}/{name}.pth")).unwrap()
}

fn facts(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(format!("{GOLDEN}/{}.json", &name[..2])).unwrap()).unwrap()
}

fn numbers<const N: usize>(value: &Value) -> Vec<[f32; N]> {
    serde_json::from_value::<Vec<Vec<f32>>>(value.clone()).unwrap().into_iter().map(|v| v.try_into().unwrap()).collect()
}

fn row(value: &Value) -> Vec<f32> {
    serde_json::from_value(value.clone()).unwrap()
}

fn near(ours: &[f32], theirs: &[f32], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (a, b) in ours.iter().zip(theirs) {
        assert!((a - b).abs() <= TOLERANCE, "{what}: {a} and {b}");
    }
}

#[test]
fn every_layout_and_container_gives_pytorchs_points_and_latents() {
    for name in FILES {
        let converted = convert(&file(name)).unwrap();
        // As it will be read from disk.
        let checkpoint = Checkpoint::from_bytes(&converted.checkpoint.to_bytes().unwrap()).unwrap();
        let config = &checkpoint.config;
        assert_eq!((config.patches, config.latent, config.tanh), (2, 6, name.starts_with("v2")), "{name}");
        let spare: &[&str] =
            if name.starts_with("v2") { &["encoder.0.stn.fc1.bias", "encoder.0.stn.fc1.weight"] } else { &[] };
        assert_eq!(converted.unused, spare, "{name}");
        let facts = facts(name);
        let forge = Forge::new(checkpoint).unwrap();
        let latent = Latent::new(1, 6, row(&facts["latent"])).unwrap();
        let decoded = forge.decode_points(&latent, &numbers::<2>(&facts["uv"])).unwrap();
        let expected = numbers::<3>(&facts["points"]);
        near(decoded.positions.as_flattened(), expected.as_flattened(), name);
        let encoded = forge.encode(&numbers::<3>(&facts["cloud"])).unwrap();
        near(encoded.values(), &row(&facts["encoded"]), name);
    }
    // The two containers hold one network.
    for name in ["v2", "v3"] {
        let bytes = |kind: &str| convert(&file(&format!("{name}.{kind}"))).unwrap().checkpoint.to_bytes().unwrap();
        assert!(bytes("zip") == bytes("legacy"), "{name}");
    }
}

#[test]
fn truncated_files_are_refused() {
    for name in FILES {
        let bytes = file(name);
        for n in (0..bytes.len()).step_by(97) {
            assert!(convert(&bytes[..n]).is_err(), "{name} cut to {n}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damage_never_panics(
        which in 0..FILES.len(),
        cut in proptest::option::of(0.0..1.0f64),
        flips in prop::collection::vec((0.0..1.0f64, 1..=255u8), 1..40),
    ) {
        let mut bytes = file(FILES[which]);
        if let Some(cut) = cut {
            bytes.truncate((cut * bytes.len() as f64) as usize);
        }
        for (at, with) in flips {
            // Squared: the interesting bytes of the old container stand in front.
            let at = (at * at * bytes.len() as f64) as usize;
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= with;
            }
        }
        if let Ok(converted) = convert(&bytes) {
            prop_assert!(converted.checkpoint.to_bytes().is_ok());
        }
    }

    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400), head in 0..3usize) {
        let head: &[u8] = [&b""[..], b"\x80\x02", b"PK\x03\x04"][head];
        prop_assert!(convert(&[head, &bytes].concat()).is_err());
    }
}

/// A name in a file replaced by another of the same length.
fn renamed(name: &str, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = file(name);
    let mut found = 0;
    for i in 0..bytes.len() - from.len() {
        if bytes[i..].starts_with(from.as_bytes()) {
            bytes[i..i + to.len()].copy_from_slice(to.as_bytes());
            found += 1;
        }
    }
    assert!(found > 0, "{name} has no {from}");
    bytes
}

#[test]
fn what_is_not_understood_is_named() {
    let said = |bytes: &[u8]| convert(bytes).unwrap_err().to_string();
    let evil = renamed("v2.zip", "collections\nOrderedDict", "collections\nOrderedEvil");
    assert_eq!(convert(&evil).unwrap_err(), ConvertError::Global("collections.OrderedEvil".into()));
    let other = said(&renamed("v2.legacy", "decoder.", "dekoder."));
    assert!(
        other.contains("no decoder of patches") && other.contains("dekoder.0.bn1.bias") && other.contains("more"),
        "{other}"
    );
    let encoder = said(&renamed("v3.zip", "encoder.conv", "encoder.konv"));
    assert!(encoder.contains("no PointNet encoder"), "{encoder}");
    let missing = said(&renamed("v3.legacy", "1.last_conv", "1.lost_conv"));
    assert!(missing.contains("decoder.decoder.1"), "{missing}");
}

fn atlasforge(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_atlasforge")).args(arguments).current_dir(folder).output().unwrap()
}

#[test]
fn the_command_writes_a_model_that_the_others_take() {
    let dir = tempfile::tempdir().unwrap();
    let network = format!("{GOLDEN}/v2.zip.pth");
    let done = atlasforge(dir.path(), &["convert", &network, "-o", "atlas.safetensors"]);
    let stderr = String::from_utf8(done.stderr).unwrap();
    assert_eq!((done.status.code(), done.stdout.as_slice()), (Some(0), &b"atlas.safetensors\n"[..]), "{stderr}");
    assert!(stderr.contains("2 patches of widths 8-4-2, latent 6, batch-norm, tanh"), "{stderr}");
    assert!(stderr.contains("encoder.0.stn.fc1.weight"), "{stderr}");
    let sword = format!("{}/assets/meshes/swords/quaternius_medieval_weapons_sword.glb", env!("CARGO_MANIFEST_DIR"));
    for line in [&["sample", "-o", "a.glb"][..], &["reconstruct", &sword, "-o", "b.glb"], &["inspect"]] {
        let line = [line, &["--model", "atlas.safetensors"]].concat();
        let done = atlasforge(dir.path(), &line);
        assert!(done.status.success(), "{line:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

#[test]
fn the_command_refuses_in_one_line_and_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(dir.path().join(name), bytes).unwrap();
    let zip = file("v2.zip");
    put("evil.pth", b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.");
    put("cut.pth", &zip[..zip.len() / 2]);
    put("empty.pth", b"");
    put("text.pth", b"weights, honestly");
    put("other.pth", &renamed("v2.zip", "decoder.", "dekoder."));
    for (name, words) in [
        ("evil.pth", &["'os.system'", "state_dict"][..]),
        ("cut.pth", &["copy it again"]),
        ("empty.pth", &["empty"]),
        ("text.pth", &["torch.save"]),
        ("other.pth", &["dekoder.0.bn1.bias"]),
        ("missing.pth", &["give the path"]),
    ] {
        let done = atlasforge(dir.path(), &["convert", name, "-o", "out.safetensors"]);
        let stderr = String::from_utf8(done.stderr).unwrap();
        assert_eq!((done.status.code(), done.stdout.len(), stderr.lines().count()), (Some(1), 0, 1), "{stderr}");
        assert!(stderr.contains(&format!("'{name}'")) && words.iter().all(|w| stderr.contains(w)), "{stderr}");
        assert!(!dir.path().join("out.safetensors").exists());
    }
    let wrong = atlasforge(dir.path(), &["convert", "cut.pth", "-o", "out.glb"]);
    assert_eq!(wrong.status.code(), Some(2));
}
