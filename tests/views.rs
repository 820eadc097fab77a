//! Golden images of the explorer's view: the shape as it stands, its figures as colours, its patches apart. Skipped,
//! with the reason, where there is no adapter.
//!
//! `ATLASFORGE_GOLDEN=write cargo test --release --test views` renews them; look at them before they are committed.
//! `ATLASFORGE_LOOKS=folder` keeps what was drawn.
#![cfg(feature = "viewer")]

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use atlasforge::draw::Picture;
use atlasforge::forge::Forge;
use atlasforge::model::checkpoint::Checkpoint;
use atlasforge::viewer::adapter;
use atlasforge::viewer::jobs::measure_patches;
use atlasforge::viewer::state::{Design, Explorer, Heat, Surface, View};
use atlasforge::viewer::tour::{Pose, portraits};

const SIZE: (u32, u32) = (320, 180);

/// What may differ, in steps of 255: the mean over all channels, and the mean of the worst block of [`BLOCK`] x [`BLOCK`]
/// pixels.
const MEAN: f64 = 0.5;
const WORST: f64 = 12.0;
const BLOCK: u32 = 8;

/// Mean difference of all channels, and of the worst block.
fn difference(a: &Picture, b: &Picture) -> (f64, f64) {
    assert_eq!((a.width(), a.height()), (b.width(), b.height()));
    let block = |x: u32, y: u32| {
        let pixels = (0..BLOCK * BLOCK).filter_map(|i| {
            let at = (x + i % BLOCK, y + i / BLOCK);
            Some((a.pixel(at.0, at.1)?, b.pixel(at.0, at.1)?))
        });
        let off = |(p, q): ([u8; 4], [u8; 4])| (0..3).map(|c| f64::from(p[c].abs_diff(q[c]))).sum::<f64>() / 3.0;
        let (sum, count) = pixels.fold((0.0, 0), |(sum, count), pair| (sum + off(pair), count + 1));
        sum / f64::from(count)
    };
    let blocks: Vec<f64> = (0..a.height())
        .step_by(BLOCK as usize)
        .flat_map(|y| (0..a.width()).step_by(BLOCK as usize).map(move |x| (x, y)))
        .map(|(x, y)| block(x, y))
        .collect();
    (blocks.iter().sum::<f64>() / blocks.len() as f64, blocks.iter().copied().fold(0.0, f64::max))
}

fn read(path: &Path) -> Option<Picture> {
    let picture = image::open(path).ok()?.to_rgba8();
    Picture::from_rgba(picture.width(), picture.height(), picture.into_raw())
}

#[test]
fn three_views_look_as_they_did() {
    let adapter = match adapter::probe() {
        Ok(adapter) => adapter.get_info().name,
        Err(why) => return writeln!(std::io::stderr(), "SKIPPED the golden views: {why}").unwrap(),
    };
    // The tiny model, which no training of the shipped ones changes.
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let forge = Arc::new(Forge::new(Checkpoint::read(&root.join("tests/data/tiny.safetensors")).unwrap()).unwrap());
    let design = Design { latent: forge.mean(), length: None, grid: 24 };
    let figures = measure_patches(&forge, &design.latent).unwrap();
    let plain = |_: &mut Explorer| {};
    let heat = move |explorer: &mut Explorer| {
        explorer.patches.figures = Some(figures);
        explorer.patches.heat = Some(Heat::Distortion);
    };
    let apart = |explorer: &mut Explorer| {
        explorer.patches.explode = 0.3;
        explorer.look.surface = Surface::XRay;
    };
    let poses = vec![
        ("front", Pose { view: Some(View::Front), arrange: Box::new(plain) }),
        ("heat", Pose { view: None, arrange: Box::new(heat) }),
        ("apart-x-ray", Pose { view: None, arrange: Box::new(apart) }),
    ];
    let (names, poses): (Vec<&str>, Vec<Pose>) = poses.into_iter().unzip();
    let drawn = portraits(&forge, &design, SIZE, poses);
    assert_eq!(drawn.len(), names.len(), "the device gave up");
    let writes = std::env::var_os("ATLASFORGE_GOLDEN").is_some_and(|v| v == "write");
    let keep = std::env::var_os("ATLASFORGE_LOOKS");
    for (name, picture) in names.iter().zip(&drawn) {
        if let Some(folder) = &keep {
            std::fs::create_dir_all(folder).unwrap();
            std::fs::write(Path::new(folder).join(format!("view-{name}.png")), picture.png()).unwrap();
        }
        let path = root.join(format!("tests/golden/views/{name}.png"));
        if writes {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, picture.png()).unwrap();
        }
        let golden = read(&path).unwrap_or_else(|| panic!("{} is missing; see the head of this file", path.display()));
        let (mean, worst) = difference(picture, &golden);
        println!("{name} on {adapter}: mean {mean:.3}, worst block {worst:.2}");
        assert!(mean <= MEAN && worst <= WORST, "{name} on {adapter} differs: mean {mean:.3}, worst block {worst:.2}");
    }
    // A golden image that anything equals would hold nothing.
    let apart = difference(&drawn[0], &drawn[1]);
    assert!(apart.0 > 2.0 * MEAN && apart.1 > 2.0 * WORST, "{apart:?}");
}
