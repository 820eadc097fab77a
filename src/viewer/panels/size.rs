//! The overall length: the network sees shapes in a unit ball, so size is a choice of its own.

use egui::Ui;

use super::row::{Row, note};
use crate::class::Class;
use crate::forge::LENGTHS;
use crate::viewer::state::{Explorer, LENGTH_RANGE, LengthFrom};

/// What the slider spans for shapes that are longer than [`LENGTH_RANGE`]: planes.
const LONG_RANGE: std::ops::RangeInclusive<f32> = 1.0..=80.0;

/// Length, and whether it is the model's own.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    let mut length = explorer.shown_length();
    let row = Row {
        name: "Length",
        range: if explorer.own_length > *LENGTH_RANGE.end() { LONG_RANGE } else { LENGTH_RANGE },
        rest: explorer.own_length,
        decimals: 2,
        suffix: " m",
        hover: match explorer.model.class {
            Class::Sword => "Overall length in metres, tip to pommel. The whole shape scales with it.".into(),
            Class::Plane => "Overall length in metres, nose to tail. The whole shape scales with it.".into(),
        },
    };
    if row.show_wide(ui, explorer, &mut length, LENGTHS) {
        explorer.set_length((length != explorer.own_length).then_some(length));
    }
    let mut own = explorer.length.is_none();
    let text = format!("Model's own length ({:.2} m)", explorer.own_length);
    if ui
        .checkbox(&mut own, text)
        .on_hover_text(
            "On: the length that the model expects of this shape, which follows the sliders above. Off: yours.",
        )
        .changed()
    {
        explorer.set_length((!own).then_some(explorer.own_length));
    }
    if explorer.length_from == LengthFrom::Measures {
        note(ui, "Follows the measures that were moved");
    }
    if explorer.length_from == LengthFrom::Picks {
        note(
            ui,
            match explorer.length {
                Some(_) => "The length of what was picked or opened",
                None => "Never measured: this is the model's own length",
            },
        );
    }
    if let Some([width, length, thickness]) = explorer.stats.size {
        note(
            ui,
            match explorer.model.class {
                Class::Sword => {
                    format!("{length:.2} m long, {:.0} cm wide, {:.1} cm thick", width * 100.0, thickness * 100.0)
                }
                Class::Plane => format!("{length:.1} m long, {width:.1} m from tip to tip, {thickness:.1} m high"),
            },
        );
    }
}
