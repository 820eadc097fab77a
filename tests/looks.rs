//! The explorer's scene in its looks, drawn without a window: skipped, with the reason, where there is no adapter.
//! `ATLASFORGE_LOOKS=folder` keeps the pictures, to be looked at.
#![cfg(feature = "viewer")]

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use atlasforge::draw::Picture;
use atlasforge::export::{Finish, Outfit};
use atlasforge::forge::Forge;
use atlasforge::model::checkpoint::Checkpoint;
use atlasforge::viewer::state::{Design, Look, Room, Surface};
use atlasforge::viewer::{adapter, tour};

fn forge(model: &str) -> Arc<Forge> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(model);
    Arc::new(Forge::new(Checkpoint::read(&path).unwrap()).unwrap())
}

/// Pixels that differ visibly.
fn difference(a: &Picture, b: &Picture) -> usize {
    a.rgba()
        .chunks(4)
        .zip(b.rgba().chunks(4))
        .filter(|(p, q)| p.iter().zip(*q).any(|(p, q)| p.abs_diff(*q) > 8))
        .count()
}

#[test]
fn every_look_is_another_picture() {
    if let Err(why) = adapter::probe() {
        writeln!(std::io::stderr(), "SKIPPED drawing the looks: {why}").unwrap();
        return;
    }
    let keep = std::env::var_os("ATLASFORGE_LOOKS");
    // Small where nobody looks.
    let (width, height) = if keep.is_some() { (480, 640) } else { (240, 320) };
    let forge = forge("models/sword.safetensors");
    let found = forge.checkpoint().meta.encoded.iter().find(|e| e.kind == "real").unwrap();
    let design = Design { latent: found.latent.clone(), length: None, grid: 24 };
    let plain = Look::default();
    let looks = [
        ("service", plain.clone()),
        ("ceremonial", Look { outfit: Outfit::Ceremonial, ..plain.clone() }),
        ("blackened", Look { outfit: Outfit::Blackened, ..plain.clone() }),
        ("antique", Look { outfit: Outfit::Antique, ..plain.clone() }),
        ("clay", Look { outfit: Outfit::Clay, ..plain.clone() }),
        ("oak grip", Look { own: [("grip".to_owned(), Finish::Oak)].into(), ..plain.clone() }),
        ("flat", Look { flat: true, ..plain.clone() }),
        ("edges", Look { surface: Surface::Edges, ..plain.clone() }),
        ("wire", Look { surface: Surface::Wireframe, ..plain.clone() }),
        ("points", Look { surface: Surface::Points, ..plain.clone() }),
        ("x-ray", Look { surface: Surface::XRay, ..plain.clone() }),
        ("sunset", Look { room: Room::Sunset, ..plain.clone() }),
        ("overcast", Look { room: Room::Overcast, ..plain.clone() }),
        ("night", Look { room: Room::Night, ..plain.clone() }),
        ("turned", Look { light: 120.0, ..plain.clone() }),
        ("bright", Look { exposure: 1.5, ..plain.clone() }),
        ("no floor", Look { floor: false, ..plain.clone() }),
    ];
    let mut taken: Vec<(&str, Picture)> = Vec::new();
    let pictures = tour::photographs(&forge, &design, (width, height), looks.iter().map(|(_, l)| l.clone()).collect());
    for ((name, _), picture) in looks.iter().zip(pictures) {
        if let Some(folder) = &keep {
            let folder = Path::new(folder);
            std::fs::create_dir_all(folder).unwrap();
            std::fs::write(folder.join(format!("{name}.png")), picture.png()).unwrap();
        }
        if *name != "no floor" {
            for (other, before) in &taken {
                assert!(difference(before, &picture) > 20, "{name} looks like {other}");
            }
        }
        taken.push((name, picture));
    }
    assert_eq!(taken.len(), looks.len());
}
