//! Sliders along the principal axes, or the raw dimensions, of the latent.

use egui::{Button, DragValue, Key, Ui};

use super::actions::{Action, Menu};
use super::row::{Row, label, note};
use crate::forge::SampleFrom;
use crate::latent::Axes;
use crate::viewer::state::Explorer;

/// Axes shown before "more": the rest shape details.
const FIRST_AXES: usize = 8;

/// Standard deviations that an axis slider spans on either side.
const REACH: f32 = 3.0;

/// This section's own entries.
pub const ACTIONS: &[Action] = &[
    Action::new(Menu::Shape, "Random", "A new shape from the next seed.", Explorer::randomise).key(Key::R),
    Action::new(Menu::Shape, "Reset", "Back to the average shape and its own length.", Explorer::reset).key(Key::Home),
];

/// Random, reset, and the sliders.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    ui.horizontal(|ui| {
        let random = ui.add(Button::new("Random").shortcut_text("R"));
        explorer.record("Random", super::sides(random.rect));
        if random.on_hover_text("A new shape from the next seed (R).").clicked() {
            explorer.randomise();
        }
        let reset = ui.add(Button::new("Reset").shortcut_text("Home"));
        if reset.on_hover_text("Back to the average shape and its own length (Home).").clicked() {
            explorer.reset();
        }
        let name = ui.label("Seed");
        let mut seed = explorer.seed;
        let edit = ui.add(DragValue::new(&mut seed).speed(0.05).update_while_editing(false)).labelled_by(name.id);
        if edit.on_hover_text("The number of the last random shape: type it again to get that shape again.").changed() {
            explorer.randomise_with(seed);
        }
    });
    density(ui, explorer);
    match explorer.model.axes.take() {
        Some(axes) => {
            if !explorer.show_raw {
                along_axes(ui, explorer, &axes);
            }
            let count = axes.directions.len();
            explorer.model.axes = Some(axes);
            if explorer.show_raw {
                raw(ui, explorer);
            }
            which(ui, explorer, count);
        }
        None => {
            explorer.show_raw = true;
            raw(ui, explorer);
        }
    }
}

/// What the next random shape is drawn from.
fn density(ui: &mut Ui, explorer: &mut Explorer) {
    let mut temperature = explorer.temperature;
    let row = Row {
        name: "Spread",
        range: 0.0..=1.5,
        rest: 1.0,
        decimals: 2,
        suffix: "",
        hover: "Temperature of the next random shape: 1 as varied as what was learnt, 0 only its most usual shapes."
            .into(),
    };
    if row.show(ui, explorer, &mut temperature) {
        explorer.temperature = temperature;
    }
    ui.horizontal(|ui| {
        let name = label(ui, "From");
        for (from, text, hover) in [
            (SampleFrom::Fitted, "Learnt", "Random shapes come from where the encoded shapes lie."),
            (SampleFrom::Prior, "Prior", "Random shapes come from N(0, I), between the encoded shapes as well."),
        ] {
            let choice = ui.selectable_value(&mut explorer.sample_from, from, text);
            choice.labelled_by(name.id).on_hover_text(hover);
        }
    });
}

/// More axes, or the raw dimensions: one line, so that a small window shows the sections below.
fn which(ui: &mut Ui, explorer: &mut Explorer, axes: usize) {
    ui.horizontal(|ui| {
        ui.checkbox(&mut explorer.show_raw, "Raw dimensions").on_hover_text(
            "Every number of the latent by itself, instead of the directions in which real shapes differ.",
        );
        if explorer.show_raw || axes <= FIRST_AXES {
            return;
        }
        let more = format!("{} more axes", axes - FIRST_AXES);
        let text = if explorer.show_all_axes { "Fewer axes" } else { more.as_str() };
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.button(text).on_hover_text("Further axes change ever finer details.").clicked() {
                explorer.show_all_axes = !explorer.show_all_axes;
            }
        });
    });
}

fn along_axes(ui: &mut Ui, explorer: &mut Explorer, axes: &Axes) {
    let variance: f32 = axes.deviations.iter().map(|d| d * d).sum::<f32>().max(f32::MIN_POSITIVE);
    let all = axes.directions.len();
    let shown = if explorer.show_all_axes { all } else { all.min(FIRST_AXES) };
    for axis in 0..shown {
        let share = 100.0 * axes.deviations[axis].powi(2) / variance;
        let mut coordinate = axes.coordinate(&explorer.latent, axis);
        // Sums of many products leave dust around zero, which would show as "-0.00".
        if coordinate.abs() < 5e-4 {
            coordinate = 0.0;
        }
        let row = Row {
            name: &format!("Axis {}", axis + 1),
            range: -REACH..=REACH,
            rest: 0.0,
            decimals: 2,
            suffix: " σ",
            hover: format!(
                "Principal axis {}: {share:.0} % of how the model's shapes differ, in standard deviations from the average.",
                axis + 1
            ),
        };
        if row.show(ui, explorer, &mut coordinate) {
            axes.set_coordinate(&mut explorer.latent, axis, coordinate);
        }
    }
}

fn raw(ui: &mut Ui, explorer: &mut Explorer) {
    let (groups, dim) = (explorer.latent.groups(), explorer.latent.dim());
    explorer.raw_group = explorer.raw_group.min(groups - 1);
    if groups > 1 {
        ui.horizontal(|ui| {
            let name = ui.label("Patch");
            ui.add(DragValue::new(&mut explorer.raw_group).range(0..=groups - 1)).labelled_by(name.id);
        });
    }
    note(ui, format!("{dim} numbers, each drawn from about -3 to 3"));
    let first = explorer.raw_group * dim;
    for i in 0..dim {
        let mut value = explorer.latent.values()[first + i];
        let row = Row {
            name: &format!("z{i}"),
            range: -REACH..=REACH,
            rest: explorer.model.mean.values()[first + i],
            decimals: 2,
            suffix: "",
            hover: format!("Dimension {i} of the latent, without a unit."),
        };
        if row.show(ui, explorer, &mut value) {
            explorer.latent.values_mut()[first + i] = value;
        }
    }
}
