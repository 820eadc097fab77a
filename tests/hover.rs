//! How long it takes from a pointer on the map to the sword under it, with the shipped model. Run it with `--nocapture`
//! to read the figures.
#![cfg(feature = "viewer")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use atlasforge::forge::Forge;
use atlasforge::latent::Latent;
use atlasforge::model::checkpoint::Checkpoint;
use atlasforge::template::Template;
use atlasforge::viewer::detail::COARSE;
use atlasforge::viewer::jobs::Latest;
use atlasforge::viewer::state::{Explorer, Pane};
use atlasforge::viewer::{adapter, bench_decode, panels};
use egui_kittest::Harness;

/// What the hand may wait.
const MOST: Duration = Duration::from_millis(50);

/// The least and the middle of some times.
fn least_and_middle(mut times: Vec<Duration>) -> [Duration; 2] {
    times.sort();
    [times[0], times[times.len() / 2]]
}

#[test]
fn the_sword_under_the_pointer_is_decoded_at_once() {
    let forge = Arc::new(Forge::new(Checkpoint::embedded().unwrap()).unwrap());
    let mut explorer = Explorer::of(&forge, "sword");
    explorer.layout.open(Pane::Map);
    explorer.record_rects = true;
    let settled = forge.clone();
    let mut h = Harness::builder().with_size([1280.0, 800.0]).build_ui_state(
        move |ui, explorer: &mut Explorer| {
            panels::show(ui, explorer);
            explorer.settle(&settled);
        },
        explorer,
    );
    h.run_steps(4);
    let map = h.state().rects.iter().find(|w| w.name == "Map").expect("a map").rect;
    let worker = forge.clone();
    let decoded = Latest::start("hover", Arc::new(|| {}), move |latent: Latent| {
        worker.decode_points(&latent, &Template::grid(COARSE).uv()).map(|points| points.positions.len())
    })
    .unwrap();
    let (mut frames, mut times) = (Vec::new(), Vec::new());
    let (mut last, points) = (None, forge.checkpoint().config.patches * COARSE * COARSE);
    for i in 0..40 {
        let share = |k: usize| 0.15 + 0.7 * ((i * k) % 40) as f32 / 40.0;
        let at = egui::pos2(map[0] + share(7) * (map[2] - map[0]), map[1] + share(11) * (map[3] - map[1]));
        let start = Instant::now();
        h.hover_at(at);
        h.step();
        let preview = h.state().preview.clone().expect("a sword under the pointer").latent;
        assert_ne!(last.as_ref(), Some(&preview));
        decoded.submit(preview.clone());
        last = Some(preview);
        frames.push(start.elapsed());
        let found = loop {
            match decoded.newest() {
                Some(found) => break found.unwrap(),
                None => std::thread::sleep(Duration::from_micros(100)),
            }
        };
        times.push(start.elapsed());
        assert_eq!(found, points);
    }
    let [[frame, usual_frame], [least, middle]] = [frames, times].map(least_and_middle);
    println!(
        "map to decoded sword at {COARSE} x {COARSE} by candle: at least {least:.1?}, in the middle {middle:.1?}; of that the \
         panels' frame {frame:.1?} and {usual_frame:.1?}"
    );
    // The least of many is what the work takes; a busy machine adds what it likes.
    assert!(least < MOST, "{least:?}");

    // What the view shows is decoded by the adapter, be it software.
    match adapter::probe() {
        Ok(_) => {
            let times = bench_decode(forge.packed(), &forge.mean(), COARSE, 9).unwrap();
            println!("the same grid on {}: {:.1} ms", times.adapter, times.median);
        }
        Err(why) => println!("no adapter decodes it: {why}"),
    }
}
