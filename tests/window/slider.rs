//! A slider, a key and a checkbox.

use std::path::Path;
use std::time::Duration;

use atlasforge::export::extras::Extras;
use atlasforge::forge::game::Options;

use super::app::{PATIENCE, REST, START, Window, difference};

/// Small, because software Vulkan draws it.
const SIZE: (u32, u32) = (640, 400);

#[test]
fn a_slider_and_a_checkbox_change_the_picture_and_a_key_exports_a_valid_file() {
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny.safetensors");
    let Some(mut window) = Window::open("driving the window", SIZE, &[("--model", tiny.as_path())], None) else {
        return;
    };
    assert!(
        window.watch(START, |w| w.decodes > 0 && w.rects.contains_key("Axis 1")),
        "no first frame: {:?}",
        window.messages
    );
    window.focus();
    window.rest();

    let before = window.settled();
    let decodes = window.decodes;
    // A resting explorer decodes nothing, not even while the pointer moves over it.
    window.xdotool(&["mousemove", "500", "200"]);
    window.xdotool(&["mousemove", "510", "210"]);
    window.watch(Duration::from_secs(3), |w| w.decodes != decodes);
    assert_eq!(window.decodes, decodes, "an idle explorer decoded");
    let again = window.picture();
    assert!(difference(&before, &again) < 0.001, "the picture changes by itself");

    window.drag("Axis 1", 0.5, 0.9);
    assert!(window.watch(PATIENCE, |w| w.decodes > decodes), "the drag dispatched no decode");
    window.rest();
    let after = window.picture();
    let changed = difference(&before, &after);
    assert!(changed > 0.002, "only {:.3} % of the pixels changed", changed * 100.0);

    // Slow enough for a frame in between, as a hand is.
    for step in [["keydown", "ctrl"], ["key", "e"], ["keyup", "ctrl"]] {
        window.xdotool(&step);
        std::thread::sleep(Duration::from_millis(400));
    }
    let wrote = |w: &Window| w.messages.iter().any(|m| m.starts_with("Wrote sword.glb"));
    assert!(window.watch(PATIENCE, wrote), "no export: {:?}", window.messages);
    let bytes = std::fs::read(window.file("sword.glb")).unwrap();
    let file = gltf::Gltf::from_slice(&bytes).expect("a valid GLB");
    let triangles: usize = file
        .meshes()
        .flat_map(|mesh| mesh.primitives())
        .filter_map(|primitive| primitive.indices().map(|indices| indices.count() / 3))
        .sum();
    let extras = Extras::from_glb(&bytes).expect("extras that reopen it");
    assert!((1900..=Options::TRIANGLES).contains(&triangles) && extras.surface == "closed", "{triangles} triangles");

    // The checkbox lies below the fold of so small a window.
    window.rest();
    window.xdotool(&["mousemove", "150", "150"]);
    window.xdotool(&["click", "--repeat", "30", "--delay", "60", "5"]);
    let visible =
        |w: &Window| w.rects.get("Tint patches").is_some_and(|&[_, top, _, bottom]| top > 0.0 && bottom < 290.0);
    assert!(window.watch(PATIENCE, visible), "the panel does not scroll: {:?}", window.rects.get("Tint patches"));
    window.watch(REST, |_| false);
    let (before, decodes) = (window.picture(), window.decodes);
    let [left, top, _, bottom] = window.rects["Tint patches"];
    window.xdotool(&["mousemove", &format!("{}", left + 8.0), &format!("{}", ((top + bottom) / 2.0).round())]);
    for step in ["mousedown", "mouseup"] {
        std::thread::sleep(Duration::from_millis(400));
        window.xdotool(&[step, "1"]);
    }
    window.watch(Duration::from_secs(3), |_| false);
    let tinted = difference(&before, &window.picture());
    assert!(tinted > 0.002, "the tint changed only {:.3} % of the pixels", tinted * 100.0);
    assert_eq!(window.decodes, decodes, "a tint is no decode");
}
