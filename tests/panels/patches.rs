//! The pane of the patches.

use std::sync::Arc;

use atlasforge::inspect::patches::Collapse;
use atlasforge::mesh::Mesh;
use atlasforge::viewer::state::{Column, Heat, PatchFiguresOf, PatchRow};

use super::*;

fn measured() -> Explorer {
    let row = |patch: usize| PatchRow {
        patch,
        part: "blade".into(),
        area: 0.3 - 0.1 * patch as f64,
        collapsed: if patch == 1 { Collapse::Line } else { Collapse::None },
        facing: Some(0.97),
        overlap: 0.25,
        gap: Some(0.0042),
    };
    let (rows, centres) = ((0..3).map(row).collect(), vec![[0.0; 3]; 3]);
    let mut explorer = explorer(Some(axes()));
    explorer.patches.figures = Some(PatchFiguresOf { rows, centres, mean_area: 1.0, mesh: Arc::new(Mesh::default()) });
    explorer.layout.open(Pane::Patches);
    explorer
}

#[test]
fn degenerate_patches_are_flagged_and_rows_are_sorted() {
    let mut h = harness(measured());
    assert!(h.query_by_label_contains("1 patch has degenerated").is_some());
    assert!(h.query_by_label_contains(": line").is_some() && h.query_by_label("30.0 %").is_some());
    let top = |h: &Harness<'_, Explorer>, name: &str| h.get_by_label(name).rect().top();
    assert!(top(&h, "Patch 0") < top(&h, "Patch 2"));
    click(&mut h, Role::Button, "Sort by Area");
    assert_eq!(h.state().patches.sort, Column::Area);
    assert!(top(&h, "Patch 2") < top(&h, "Patch 0"));
    click(&mut h, Role::Button, "Sort by Area");
    assert!(top(&h, "Patch 0") < top(&h, "Patch 2"));
    click(&mut h, Role::Button, "Sort by ⚠");
    assert!(top(&h, "Patch 1") < top(&h, "Patch 0"));
    // By its name above the table it is found as well.
    h.get_by_label_contains(": line").click();
    h.run();
    assert_eq!((h.state().patches.selected, h.state().patches.reveal), (Some(1), false));
}

#[test]
fn a_patch_is_selected_shown_alone_and_hidden() {
    let mut h = harness(measured());
    h.get_by_label("Patch 1").click();
    h.run();
    assert_eq!(h.state().patches.selected, Some(1));
    h.key_press(Key::S);
    h.run();
    assert_eq!((h.state().patches.solo, h.state().patches.shows(0)), (Some(1), false));
    h.key_press(Key::S);
    h.key_press(Key::H);
    h.run();
    assert!(h.state().patches.shows(0) && !h.state().patches.shows(1));
    h.key_press_modifiers(Modifiers::SHIFT, Key::H);
    h.run();
    assert!(h.state().patches.is_plain());
    h.key_press(Key::X);
    h.run();
    assert!(h.state().patches.explode > 0.0);
    // None of it is the shape's.
    assert_eq!(h.state().design(), measured().design());
}

#[test]
fn colours_have_a_bar_with_its_ends() {
    let mut h = harness(measured());
    click(&mut h, Role::ComboBox, "Colours");
    click(&mut h, Role::Button, "Distortion");
    assert_eq!(h.state().patches.heat, Some(Heat::Distortion));
    assert!(h.query_by_label("1 (square)").is_some() && h.query_by_label("16").is_some());
    for _ in 0..3 {
        h.key_press_modifiers(Modifiers::SHIFT, Key::T);
        h.run();
    }
    assert_eq!((h.state().patches.heat, h.state().tint), (None, false));
    h.key_press(Key::T);
    h.run();
    assert!(h.state().tint);
}
