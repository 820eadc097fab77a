//! The shape itself: sliders for its measures, its principal axes or its raw numbers, and new shapes by chance.

use egui::{Button, CollapsingHeader, DragValue, Key, RichText, Ui};

use super::actions::{Action, Menu};
use super::row::{NAME_WIDTH, Row, label, note};
use super::{measures, theme};
use crate::forge::SampleFrom;
use crate::latent::Axes;
use crate::viewer::state::{Explorer, Lock, NO_LIMIT, Rows, STRENGTH, STRENGTH_RANGE};

/// Axes shown before "more": the rest shape details.
const FIRST_AXES: usize = 8;

/// Standard deviations that an axis slider spans on either side.
const REACH: f32 = 3.0;

/// This section's own entries.
pub const ACTIONS: &[Action] = &[
    Action::new(Menu::Shape, "Random", "A new shape from the next seed; locked rows stay.", Explorer::randomise)
        .key(Key::R),
    Action::new(Menu::Shape, "Mutate", "A shape near this one; locked rows stay.", Explorer::mutate).key(Key::M),
    Action::new(
        Menu::Shape,
        "Reset",
        "Back to the average shape and its own length; locked rows stay.",
        Explorer::reset,
    )
    .key(Key::Home),
    Action::new(Menu::Shape, "Unlock all", "Lets every locked row move again.", |e| e.vary.locks.clear())
        .while_(|e| !e.vary.locks.is_empty(), "No row is locked."),
];

/// Random, mutate, reset, and the sliders.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    ui.horizontal(|ui| {
        let random = ui.add(Button::new("Random").shortcut_text("R"));
        explorer.record("Random", super::sides(random.rect));
        if random.on_hover_text("A new shape from the next seed (R). Locked rows stay.").clicked() {
            explorer.randomise();
        }
        let mutate = ui.add(Button::new("Mutate").shortcut_text("M"));
        explorer.record("Mutate", super::sides(mutate.rect));
        if mutate.on_hover_text("A shape near this one (M). Locked rows stay.").clicked() {
            explorer.mutate();
        }
        let reset = ui.add(Button::new("Reset").shortcut_text("Home"));
        let hover = "Back to the average shape and its own length (Home). Locked rows stay.";
        if reset.on_hover_text(hover).clicked() {
            explorer.reset();
        }
    });
    chance(ui, explorer);
    which(ui, explorer);
    match explorer.rows {
        Rows::Measures => measures::show(ui, explorer),
        Rows::Axes => along_axes(ui, explorer),
        Rows::Numbers => numbers(ui, explorer),
    }
}

/// How random shapes and mutations are made.
fn chance(ui: &mut Ui, explorer: &mut Explorer) {
    let title = RichText::new(format!("Seed {}, strength {:.2}", explorer.seed, explorer.vary.strength));
    let title = title.small().color(theme::of(ui).quiet);
    CollapsingHeader::new(title).id_salt("chance").show_unindented(ui, |ui| {
        ui.horizontal(|ui| {
            let name = label(ui, "Seed");
            let mut seed = explorer.seed;
            let edit = ui.add(DragValue::new(&mut seed).speed(0.05).update_while_editing(false)).labelled_by(name.id);
            let hover = "The number of the last random shape: type it again to get that shape again.";
            if edit.on_hover_text(hover).changed() {
                explorer.randomise_with(seed);
            }
            for (from, text, hover) in [
                (SampleFrom::Fitted, "Learnt", "Random shapes come from where the encoded shapes lie."),
                (SampleFrom::Prior, "Prior", "Random shapes come from N(0, I), between the encoded shapes as well."),
            ] {
                ui.selectable_value(&mut explorer.sample_from, from, text).on_hover_text(hover);
            }
        });
        let plain = |name, range, rest, suffix, hover: &str| Row {
            name,
            range,
            rest,
            decimals: 2,
            suffix,
            hover: hover.into(),
        };
        let hover = "Temperature of random shapes: 1 as varied as what was learnt, 0 only the most usual shapes.";
        let mut temperature = explorer.temperature;
        if plain("Spread", 0.0..=1.5, 1.0, "", hover).show(ui, explorer, &mut temperature) {
            explorer.temperature = temperature;
        }
        let hover = "Random shapes and mutations that lie further out along an axis are pulled back to this. At its end \
                     nothing is.";
        let mut limit = explorer.vary.limit;
        if plain("Limit", 0.5..=NO_LIMIT, NO_LIMIT, " σ", hover).show(ui, explorer, &mut limit) {
            explorer.vary.limit = limit;
        }
        let hover = "How far a mutation goes, in standard deviations of each axis. It is the gallery's strength as well.";
        let mut strength = explorer.vary.strength;
        if plain("Strength", STRENGTH_RANGE, STRENGTH, " σ", hover).show(ui, explorer, &mut strength) {
            explorer.set_strength(strength);
        }
    });
}

/// What the sliders are for, and how many rows are locked.
fn which(ui: &mut Ui, explorer: &mut Explorer) {
    ui.horizontal(|ui| {
        let has_measures = !explorer.model.attributes.is_empty() && explorer.model.axes.is_some();
        if explorer.model.axes.is_some() {
            for (rows, text, hover) in [
                (Rows::Measures, "Measures", "What one would measure: lengths, widths, the blade's bend."),
                (Rows::Axes, "Axes", "The directions in which real shapes differ most, in standard deviations."),
                (Rows::Numbers, "Numbers", "Every number of the latent by itself."),
            ] {
                if rows != Rows::Measures || has_measures {
                    ui.selectable_value(&mut explorer.rows, rows, text).on_hover_text(hover);
                }
            }
        } else {
            explorer.rows = Rows::Numbers;
        }
        let locked = explorer.vary.locks.len();
        if locked > 0 {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let text = RichText::new(format!("🔒 {locked}")).small().color(theme::of(ui).brass);
                let hover = format!("{locked} locked; click to unlock all.");
                let button = ui.add(Button::new(text).small());
                button.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, "Unlock all"));
                if button.on_hover_text(hover).clicked() {
                    explorer.vary.locks.clear();
                }
            });
        }
    });
}

fn along_axes(ui: &mut Ui, explorer: &mut Explorer) {
    let shares = |axes: &Axes| (0..axes.deviations.len()).map(|axis| axes.share(axis)).collect::<Vec<_>>();
    let Some(shares) = explorer.model.axes.as_ref().map(shares) else { return };
    let all = shares.len();
    let shown = if explorer.show_all_axes { all } else { all.min(FIRST_AXES) };
    for (axis, share) in shares.iter().map(|share| 100.0 * share).enumerate().take(shown) {
        let mut coordinate = explorer.model.axes.as_ref().map_or(0.0, |a| a.coordinate(&explorer.latent, axis));
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
        if row.lockable(ui, explorer, &mut coordinate, NAME_WIDTH, Lock::Axis(axis))
            && !explorer.set_axis(axis, coordinate)
        {
            held(explorer);
        }
    }
    if all > FIRST_AXES {
        let more = format!("{} more axes", all - FIRST_AXES);
        let text = if explorer.show_all_axes { "Fewer axes" } else { more.as_str() };
        if ui.button(text).on_hover_text("Further axes change ever finer details.").clicked() {
            explorer.show_all_axes = !explorer.show_all_axes;
        }
    }
}

fn numbers(ui: &mut Ui, explorer: &mut Explorer) {
    let (groups, dim) = (explorer.latent.groups(), explorer.latent.dim());
    explorer.raw_group = explorer.raw_group.min(groups - 1);
    let group = explorer.raw_group;
    if groups > 1 {
        ui.horizontal(|ui| {
            let name = ui.label("Patch");
            ui.add(DragValue::new(&mut explorer.raw_group).range(0..=groups - 1)).labelled_by(name.id);
        });
    }
    note(ui, format!("{dim} numbers, each drawn from about -3 to 3"));
    for i in 0..dim {
        let mut value = explorer.latent.group(group)[i];
        let row = Row {
            name: &format!("z{i}"),
            range: -REACH..=REACH,
            rest: explorer.model.mean.group(group)[i],
            decimals: 2,
            suffix: "",
            hover: format!("Dimension {i} of the latent, without a unit."),
        };
        let lock = explorer.number_lock(group, i);
        if row.lockable(ui, explorer, &mut value, NAME_WIDTH, lock) && !explorer.set_number(group, i, value) {
            held(explorer);
        }
    }
}

fn held(explorer: &mut Explorer) {
    explorer.info("This row stays: the locks on others hold it.");
}
