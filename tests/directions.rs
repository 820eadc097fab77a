//! "The blade 5 cm longer" on the shipped model: each attribute moves by itself, as measured on decoded swords.

use std::sync::OnceLock;

use atlasforge::forge::shift::{Change, ShiftError};
use atlasforge::forge::{Forge, SampleFrom, Subject};
use atlasforge::latent::Latent;
use atlasforge::model::Checkpoint;
use atlasforge::template::Template;
use atlasforge::train::recipe::Recipe;
use atlasforge::train::session;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The shipped model.
fn forge() -> &'static Forge {
    static FORGE: OnceLock<Forge> = OnceLock::new();
    FORGE.get_or_init(|| Forge::new(Checkpoint::embedded().unwrap()).unwrap())
}

/// Swords that the model has encoded, with their lengths: every so-manieth of the procedural ones.
fn encoded(count: usize) -> Vec<(Latent, f32)> {
    let all: Vec<_> = forge().checkpoint().meta.encoded.iter().filter(|e| e.kind == "procedural").collect();
    all.iter().step_by(all.len() / count).take(count).map(|e| (e.latent.clone(), e.length)).collect()
}

#[test]
fn the_model_knows_its_attributes_and_parts() {
    let meta = &forge().checkpoint().meta;
    for name in
        ["blade_length", "blade_width", "blade_thickness", "curvature", "guard_span", "grip_length", "pommel_width"]
    {
        let attribute = meta.attributes.iter().find(|a| a.name == name).unwrap();
        assert!(attribute.r2 > 0.7, "{name}: {}", attribute.r2);
    }
    let parts: Vec<&str> = meta.patch_parts.iter().map(|p| p.part.as_str()).collect();
    assert!(["blade", "guard", "grip", "pommel"].iter().all(|p| parts.contains(p)), "{parts:?}");
    assert!(meta.patch_parts.iter().all(|p| p.share > 0.5), "{:?}", meta.patch_parts);
    let density = meta.density.as_ref().unwrap();
    assert!(density.held_out > density.held_out_prior, "{density:?}");
}

#[test]
fn a_move_of_one_deviation_leaves_the_others_alone() {
    let changes = forge().cross_changes(&encoded(3)).unwrap();
    let names: Vec<&str> = forge().checkpoint().meta.attributes.iter().map(|a| a.name.as_str()).collect();
    for (i, row) in changes.iter().enumerate() {
        println!("{:>16} {row:.3?}", names[i]);
    }
    for (i, row) in changes.iter().enumerate() {
        for (j, &change) in row.iter().enumerate() {
            if i == j {
                assert!((0.9..1.1).contains(&change), "{} moves by {change}", names[i]);
            } else {
                assert!(change < 0.1, "{} changes {} by {change}", names[i], names[j]);
            }
        }
    }
}

#[test]
fn a_longer_blade_makes_a_longer_sword_with_the_same_hilt() {
    let forge = forge();
    let subject = Subject::drawn(forge, 7, SampleFrom::Fitted, 0.7);
    let length = forge.placement(&subject.latent, None).length;
    let shifted = forge.shift(&subject.latent, None, &[("blade_length", Change::By(0.05))]).unwrap();
    assert!((shifted.length - length - 0.05).abs() < 1e-5);
    for (i, attribute) in forge.checkpoint().meta.attributes.iter().enumerate() {
        let by = if attribute.name == "blade_length" { 0.05 } else { 0.0 };
        let found = shifted.after[i] - shifted.before[i];
        assert!((found - by).abs() < 0.05 * attribute.metres, "{}: {found}", attribute.name);
    }
    // Told again with the length that came out, the shape measures the same.
    assert_eq!(forge.attributes(&shifted.latent, shifted.length).unwrap(), shifted.after);
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let forge = forge();
    let latent = forge.mean();
    let shift = |name, change| forge.shift(&latent, None, &[(name, change)]);
    let unknown = shift("blade", Change::By(0.1)).unwrap_err();
    assert!(unknown.to_string().contains("'blade'") && unknown.to_string().contains("blade_length"), "{unknown}");
    assert!(matches!(shift("blade_width", Change::To(-0.1)), Err(ShiftError::Impossible { .. })));
    assert!(matches!(shift("blade_width", Change::By(f32::NAN)), Err(ShiftError::Impossible { .. })));
    assert!(shift("blade_length", Change::To(500.0)).unwrap_err().to_string().contains("can't be made"));
    let nothing = forge.shift(&latent, Some(1.0), &[]).unwrap();
    assert_eq!((nothing.latent, nothing.length), (latent, 1.0));
}

#[test]
fn finishing_again_keeps_the_network_and_gives_the_same_bytes() {
    let recipe = Recipe::parse(include_str!("data/tiny.toml")).unwrap();
    let tiny = || Checkpoint::from_bytes(include_bytes!("data/tiny.safetensors")).unwrap();
    let finish = || session::refinish(&recipe, tiny(), &mut |_| ()).unwrap();
    let (first, before) = (finish(), tiny());
    assert_eq!(first.to_bytes().unwrap(), finish().to_bytes().unwrap());
    assert_eq!((first.hash(), &first.meta.card), (before.hash(), &before.meta.card));
    assert!(before.meta.density.is_none() && first.meta.density.is_some());
    assert_eq!(first.meta.patch_parts.len(), first.config.patches);
}

#[test]
fn whitened_once_the_latent_is_n_0_i_s_and_every_shape_what_it_was() {
    let text = include_str!("data/tiny.toml").replace("[train]", "[train]\nwhiten = true");
    let (plain, white) = (Recipe::parse(include_str!("data/tiny.toml")).unwrap(), Recipe::parse(&text).unwrap());
    let finish = |recipe: &Recipe, model| session::refinish(recipe, model, &mut |_| ()).unwrap();
    let tiny = || Checkpoint::from_bytes(include_bytes!("data/tiny.safetensors")).unwrap();
    let mut trained = tiny();
    trained.meta.card.insert("recipe".into(), serde_json::json!({ "train": {} }));
    let (before, after) = (finish(&plain, tiny()), finish(&white, trained));
    assert_ne!(before.hash(), after.hash());
    assert_eq!(after.meta.card["recipe"]["train"]["whiten"], true);
    let (old, new) = (Forge::new(before).unwrap(), Forge::new(after).unwrap());
    let (was, is) = (&old.checkpoint().meta, &new.checkpoint().meta);
    let axes = is.axes.as_ref().unwrap();
    assert!(axes.are_whitened() && axes.mean.iter().all(|&m| m == 0.0));
    assert!(axes.deviations.iter().all(|d| (d - 1.0).abs() < 1e-5), "{:?}", axes.deviations);
    assert!((axes.share(0) - was.axes.as_ref().unwrap().share(0)).abs() < 1e-6);
    // The prior says as much of the shapes as a fitted Gaussian does, and draws of the density are the same shapes.
    let (density, gaussian) = (is.density.as_ref().unwrap(), was.density.as_ref().unwrap());
    assert_eq!((&density.means, &density.factors), (&gaussian.means, &gaussian.factors));
    assert!(density.held_out_prior > gaussian.held_out_prior, "{density:?} {gaussian:?}");
    let template = Template::grid(5);
    for seed in 0..4 {
        let points = |forge: &Forge| {
            let latent = forge.sample(&mut ChaCha8Rng::seed_from_u64(seed));
            forge.decode_points(&latent, &template.uv()).unwrap().positions
        };
        let (a, b) = (points(&old), points(&new));
        let apart = a.as_flattened().iter().zip(b.as_flattened()).map(|(a, b)| (a - b).abs());
        let farthest = apart.fold(0.0, f32::max);
        assert!(farthest < 1e-3, "{seed}: {farthest}");
    }
    // A second time nothing is turned any more.
    let again = finish(&white, new.checkpoint().clone());
    assert_eq!((again.hash(), &again.meta.axes), (new.checkpoint().hash(), &is.axes));
}
