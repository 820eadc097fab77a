//! Every network of the seed from recipe to file: it learns, resumes byte for byte, decodes, samples and leaves as an asset
//! that reopens exactly.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use atlasforge::forge::{Forge, Subject};
use atlasforge::latent::lerp;
use atlasforge::model::checkpoint::Checkpoint;
use atlasforge::model::config::Config;
use atlasforge::model::weights::layout;
use atlasforge::template::Template;
use atlasforge::train::card::determined;
use atlasforge::train::log::{self, Line};
use atlasforge::train::progress::Progress;
use atlasforge::train::recipe::Recipe;
use atlasforge::train::run::{BEST, LAST, METRICS};
use atlasforge::train::session::{self, Outcome};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

const TINY: &str = include_str!("data/tiny.toml");

/// The tiny recipe with another network, trained for `steps`.
fn recipe(network: &str, steps: u64) -> String {
    let text = TINY.replace("[model]", &format!("[model]\nnetwork = \"{network}\""));
    let text =
        text.replace("steps = 24", &format!("steps = {steps}")).replace("validate_every = 8", "validate_every = 60");
    match network {
        // Two numbers a segment.
        "vqvae" => text.replace("[data]", "[model.codebook]\nsegments = 2\ncodes = 8\nprior = 8\n\n[data]"),
        _ => text,
    }
}

fn train(text: &str, folder: &Path, stop_after: Option<u64>) -> Outcome {
    let recipe = Recipe::parse(text).unwrap();
    let stop = AtomicBool::new(false);
    let outcome = session::run(&recipe, text, folder, &stop, &mut |event| {
        if let Progress::Step(metrics) = event
            && Some(metrics.step + 1) == stop_after
        {
            stop.store(true, Ordering::Relaxed);
        }
    });
    outcome.unwrap()
}

fn file(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap()
}

/// Chamfer distance and divergence of every step.
fn losses(folder: &Path) -> Vec<(f64, f64)> {
    let lines = log::parse(&file(folder, METRICS));
    let trained = lines.into_iter().filter_map(|line| match line {
        Line::Train { chamfer, kl, .. } => Some((chamfer, kl)),
        _ => None,
    });
    trained.collect()
}

/// Decodes, samples, blends and exports; the bytes reopen as what was exported.
fn use_it(forge: &Forge) {
    let Config { groups, latent, .. } = forge.checkpoint().config;
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let template = Template::grid(4);
    let (a, b) = (forge.sample(&mut rng), forge.sample(&mut rng));
    assert_ne!(a, b);
    let encoded = &forge.checkpoint().meta.encoded[0].latent;
    for z in [&a, &b, &forge.mean(), encoded, &lerp(&a, encoded, 0.5)] {
        z.fits(groups, latent).unwrap();
        forge.decode(z, None, &template).unwrap().validate().unwrap();
    }
    // Off any code, so that quantisation would show in the extras.
    let subject = Subject { grid: Some(4), ..Subject::new("blend", lerp(&a, encoded, 0.4)) };
    let asset = forge.asset(&subject).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("blend.glb");
    std::fs::write(&path, &asset.bytes).unwrap();
    let reopened = forge.reopen(&path).unwrap().unwrap();
    assert_eq!(reopened.latent, subject.latent);
    assert_eq!(forge.asset(&reopened).unwrap(), asset);
}

fn learns(network: &str) -> Forge {
    let folder = tempfile::tempdir().unwrap();
    train(&recipe(network, 120), folder.path(), None);
    let losses = losses(folder.path());
    let mean = |x: &[(f64, f64)]| x.iter().map(|l| l.0).sum::<f64>() / x.len() as f64;
    let (first, last) = (mean(&losses[..5]), mean(&losses[115..]));
    assert!(last < 0.4 * first, "{network}: chamfer fell only from {first} to {last}");
    let gaussian = network.starts_with("vae");
    assert!(losses.iter().all(|l| (l.1 > 0.0) == gaussian), "{network}: {losses:?}");
    let model = Checkpoint::read(&folder.path().join(LAST)).unwrap();
    assert_eq!(model.config.network(), network);
    assert_eq!(model.meta.card["network"], network);
    assert_eq!(model.weights.get("posterior.logvar.weight").is_ok(), gaussian);
    assert_eq!(model.to_bytes().unwrap(), file(folder.path(), LAST));
    let forge = Forge::new(model).unwrap();
    use_it(&forge);
    forge
}

#[test]
fn an_autoencoder() {
    assert!(learns("ae").codebook().is_none());
}

#[test]
fn one_distribution() {
    learns("vae");
}

#[test]
fn a_distribution_a_patch() {
    let forge = learns("vae25");
    let Config { patches, groups, .. } = forge.checkpoint().config;
    assert_eq!(groups, patches);
    // A group moves its own patch only.
    let mean = forge.mean();
    let mut moved = mean.clone();
    let dim = mean.dim();
    moved.values_mut()[dim..2 * dim].iter_mut().for_each(|x| *x += 1.0);
    let uv = Template::grid(4).uv();
    let [before, after] = [&mean, &moved].map(|z| forge.decode_points(z, &uv).unwrap().positions);
    for (i, (a, b)) in before.iter().zip(&after).enumerate() {
        assert_eq!(i / uv.len() == 1, a != b, "point {i}");
    }
}

#[test]
fn a_quantised_latent() {
    let forge = learns("vqvae");
    let book = forge.codebook().unwrap();
    let card = &forge.checkpoint().meta.card["codes"];
    for segment in 0..book.segments() {
        let total: f32 = (0..book.codes()).map(|code| book.share(segment, code)).sum();
        assert!((total - 1.0).abs() < 1e-5);
        assert_eq!(card["used"][segment], book.used(segment));
    }
    assert!(card["prior"]["bits"].as_f64().unwrap() > 0.0, "{card}");
    // What is drawn lies on codes; what is encoded does not, and decodes as the codes nearest to it.
    let drawn = forge.sample(&mut ChaCha8Rng::seed_from_u64(2));
    assert_eq!(book.quantise(&drawn), drawn);
    let encoded = &forge.checkpoint().meta.encoded[0].latent;
    let quantised = book.quantise(encoded);
    assert_ne!(&quantised, encoded);
    let uv = Template::grid(4).uv();
    assert_eq!(
        forge.decode_points(encoded, &uv).unwrap().positions,
        forge.decode_points(&quantised, &uv).unwrap().positions
    );
    // Other codes are another decoder: another hash.
    let mut other = forge.checkpoint().clone();
    other.weights = other.weights.copy().unwrap();
    let codes = other.weights.var("codebook.codes").unwrap();
    codes.set(&(codes.as_tensor() + 1.0).unwrap()).unwrap();
    assert_ne!(other.hash(), forge.checkpoint().hash());
}

#[test]
fn a_quantised_run_resumes_byte_for_byte() {
    let root = tempfile::tempdir().unwrap();
    let (whole, broken) = (root.path().join("whole"), root.path().join("broken"));
    // Long enough for codes to die and be revived, with the interruption before that.
    let text = recipe("vqvae", 300);
    train(&text, &whole, None);
    for stop in [107, 251] {
        let outcome = train(&text, &broken, Some(stop));
        assert!(matches!(outcome, Outcome::Stopped { step, .. } if step == stop), "{outcome:?}");
    }
    train(&text, &broken, None);
    for name in [LAST, BEST] {
        assert!(determined(&whole.join(name)).unwrap() == determined(&broken.join(name)).unwrap(), "{name}");
    }
    let forge = Forge::new(Checkpoint::read(&whole.join(LAST)).unwrap()).unwrap();
    let book = forge.codebook().unwrap();
    let used: Vec<usize> = (0..book.segments()).map(|segment| book.used(segment)).collect();
    assert!(used.iter().all(|&n| n >= 3), "codes used: {used:?}");
}

#[test]
fn the_shipped_recipes_are_of_their_networks_and_small_enough() {
    for (name, network) in [("sword-vae25", "vae25"), ("sword-vqvae", "vqvae")] {
        let path = format!("{}/assets/recipes/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let recipe = Recipe::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
        let config = recipe.config([1.0; 3]);
        assert_eq!(config.network(), network);
        let numbers: usize = layout(&config).iter().map(|slot| slot.shape.iter().product::<usize>()).sum();
        // The header, with its encoded shapes and axes, takes up to a megabyte of the six.
        assert!(4 * numbers < 5_700_000, "{name}: {numbers} numbers");
    }
}
