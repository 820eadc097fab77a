//! The pane of a training run.

use atlasforge::train::log::Line;
use atlasforge::viewer::state::{Curve, RunView};

use super::*;

#[test]
fn a_recipe_is_started_and_stopped_and_a_run_is_shown() {
    let mut start = explorer(Some(axes()));
    start.layout.open(Pane::Training);
    start.training.recipe = "assets/recipes/own.toml".into();
    let mut h = harness(start);
    assert!(h.query_by_label_contains("Start a recipe, or choose").is_some());
    click(&mut h, Role::Button, "Train");
    assert_eq!(h.state_mut().take_commands(), [Command::Train("assets/recipes/own.toml".into())]);

    let mut run = RunView::new("runs/own".as_ref());
    for step in 1..=40 {
        run.take(Line::Train {
            step,
            seconds: 60.0,
            chamfer: 0.5 / step as f64,
            kl: 3.0,
            loss: 1.0 / step as f64,
            learning_rate: 1e-3,
            kl_weight: 1e-4,
            terms: Default::default(),
        });
    }
    run.take(Line::Validation {
        step: 40,
        seconds: 60.0,
        cd1000: 0.432,
        shapes: 9,
        train_cd1000: Some(0.4),
        collapsed: Some(0.0),
        kl_groups: vec![1.0, 2.0],
        collapses: Vec::new(),
    });
    run.steps = 100;
    h.state_mut().training.watched = Some(run);
    h.state_mut().training.started = Some("runs/own".into());
    h.state_mut().training.said = "step 40/100".into();
    // The spinner goes on for ever.
    h.run_steps(3);
    assert!(h.query_by_label_contains("step 40 of 100, 1 min, chamfer x 1000 0.432").is_some());
    for curve in Curve::ALL {
        h.get_by_role_and_label(Role::Button, curve.title()).click();
        h.run_steps(2);
        assert_eq!(h.state().training.curve, curve);
        if curve == Curve::Patches {
            assert!(h.query_by_label_contains("does not tell of every patch").is_some());
            continue;
        }
        h.get_by_role_and_label(Role::CheckBox, "Log").click();
        h.run_steps(2);
    }
    h.get_by_role_and_label(Role::Button, "Stop").click();
    h.run_steps(2);
    assert_eq!(h.state_mut().take_commands(), [Command::StopTraining]);
}

#[test]
fn one_sees_when_and_where_a_patch_died() {
    let mut run = RunView::new("runs/own".as_ref());
    for (step, third) in [(0, 0.0), (100, 0.5), (200, 1.0)] {
        run.take(Line::Validation {
            step,
            seconds: 60.0,
            cd1000: 0.4,
            shapes: 8,
            train_cd1000: None,
            collapsed: Some(third),
            kl_groups: Vec::new(),
            collapses: vec![0.0, 0.0, third, 0.0],
        });
    }
    let mut start = explorer(Some(axes()));
    start.layout.open(Pane::Training);
    start.training.curve = Curve::Patches;
    start.training.watched = Some(run);
    start.model.parts = ["blade", "guard", "grip", "pommel"].map(String::from).to_vec();
    let mut h = harness(start);
    assert!(h.query_by_label_contains("1 of 4 patches collapsed; first seen: 2 at 100").is_some());
    let grid = h.get_by_label("Patches by validations").rect();
    // The third of four rows, the last of three columns.
    let dead = grid.lerp_inside([0.95, 0.625]);
    h.hover_at(dead);
    h.run_steps(40);
    assert!(h.query_by_label_contains("Patch 2, step 200: collapsed in 100 % of 8 held-out shapes").is_some());
    // Only where the run's own model is in the view are these its parts and patches.
    h.drag_at(dead);
    h.drop_at(dead);
    h.run_steps(2);
    assert_eq!(h.state().patches.selected, None);
    (h.state_mut().training.in_view, h.state_mut().training.brought) = (true, Some(1));
    // A click puts the hint away until the pointer moves.
    h.hover_at(grid.lerp_inside([0.9, 0.625]));
    h.run_steps(40);
    assert!(h.query_by_label_contains("Patch 2 (grip), step 200").is_some());
    h.drag_at(dead);
    h.drop_at(dead);
    h.run_steps(2);
    assert_eq!(h.state().patches.selected, Some(2));
}
