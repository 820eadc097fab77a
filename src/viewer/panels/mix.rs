//! Parts and patches that stand elsewhere between A and B than the whole: the hilt of one, the blade of the other.

use egui::{Button, CollapsingHeader, Grid, Key, Modifiers, RichText, Ui, Vec2};

use super::actions::{Action, Menu};
use super::row::{Row, note};
use super::theme;
use crate::viewer::state::{Explorer, PartAt, measure_name};

/// Buttons of patches side by side.
const COLUMNS: usize = 7;

/// Said wherever latents meet at a border.
const GAPES: &str = "Each patch decodes a latent of its own: where patches of different ones meet, their borders may gape or \
                     overlap.";

/// The part that makes the difference of a sword, against which the rest is its hilt.
const BLADE: &str = "blade";

/// This section's own entries.
pub const ACTIONS: &[Action] = &[
    Action::new(Menu::Shape, HILTS[0].0, GAPES, |e| hilt(e, HILTS[0])).key(Key::J).while_(can_mix, CAN_MIX),
    Action::new(Menu::Shape, HILTS[1].0, GAPES, |e| hilt(e, HILTS[1]))
        .keys(Modifiers::SHIFT, Key::B)
        .while_(can_mix, CAN_MIX),
    Action::new(Menu::Shape, "Undo mix", TOGETHER, together)
        .key(Key::U)
        .while_(|e| e.blend.is_mixed(), "No part has a place of its own between A and B."),
];

/// Where the hilt is taken from.
const HILTS: [(&str, f32); 2] = [("Hilt A, blade B", 0.0), ("Hilt B, blade A", 1.0)];

const TOGETHER: &str = "All patches go with the slider from A to B again.";

/// What else there is to do.
const CAN_MIX: &str = "Choose a shape for A and one for B first, of a model whose patches make a blade and a hilt.";

fn can_mix(explorer: &Explorer) -> bool {
    explorer.blend.is_complete() && explorer.model.parts.iter().any(|part| part == BLADE)
}

/// The blade of one, and all else of the other.
fn hilt(explorer: &mut Explorer, (name, hilt): (&str, f32)) {
    for (part, patches) in parts(explorer) {
        explorer.set_part(&patches, Some(if part == BLADE { 1.0 - hilt } else { hilt }));
    }
    explorer.history.name(name);
}

fn together(explorer: &mut Explorer) {
    let all: Vec<usize> = (0..explorer.model.patches).collect();
    explorer.set_part(&all, None);
    explorer.history.name("Undo mix");
}

/// A slider a part, and a button a patch.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    let mixed = explorer.blend.is_mixed();
    let title = RichText::new(if mixed { "Mix parts (on)" } else { "Mix parts" });
    let header = CollapsingHeader::new(title).id_salt("mix").show_unindented(ui, |ui| {
        presets(ui, explorer, mixed);
        for (part, patches) in parts(explorer) {
            slider(ui, explorer, &part, &patches);
        }
        CollapsingHeader::new("Patch by patch").show_unindented(ui, |ui| patches(ui, explorer));
    });
    header.header_response.on_hover_text(GAPES);
}

/// Each part with its patches, in the order of the patches.
fn parts(explorer: &Explorer) -> Vec<(String, Vec<usize>)> {
    let mut parts: Vec<(String, Vec<usize>)> = Vec::new();
    for (p, name) in explorer.model.parts.iter().enumerate() {
        match parts.iter_mut().find(|(known, _)| known == name) {
            Some((_, patches)) => patches.push(p),
            None => parts.push((name.clone(), vec![p])),
        }
    }
    parts
}

fn presets(ui: &mut Ui, explorer: &mut Explorer, mixed: bool) {
    ui.horizontal_wrapped(|ui| {
        if can_mix(explorer) {
            for from in HILTS {
                if ui.button(from.0).on_hover_text(GAPES).clicked() {
                    hilt(explorer, from);
                }
            }
        }
        if ui.add_enabled(mixed, Button::new("Undo mix")).on_hover_text(TOGETHER).clicked() {
            together(explorer);
        }
    });
}

fn slider(ui: &mut Ui, explorer: &mut Explorer, part: &str, patches: &[usize]) {
    let whole = explorer.blend.at;
    let mut at = patches.first().and_then(|&p| explorer.blend.part(p)).unwrap_or(whole);
    let name = measure_name(part);
    let row = Row {
        name: &name,
        range: 0.0..=1.0,
        rest: whole,
        decimals: 2,
        suffix: "",
        hover: format!("Where the {part} stands between A (0) and B (1), by itself. {GAPES}"),
    };
    if row.show(ui, explorer, &mut at) {
        explorer.set_part(patches, (at != whole).then_some(at));
    }
}

/// A small button a patch: with the whole, of A, of B.
fn patches(ui: &mut Ui, explorer: &mut Explorer) {
    note(ui, "Click: with the whole, A, B.");
    let mut clicked = None;
    Grid::new("patches").spacing(Vec2::splat(3.0)).show(ui, |ui| {
        for p in 0..explorer.model.patches {
            let part = explorer.blend.part(p);
            let (end, fill, next) = match part {
                None => ("", theme::of(ui).panel, Some(0.0)),
                Some(t) if t <= 0.0 => (" A", theme::of(ui).quiet.gamma_multiply(0.45), Some(1.0)),
                Some(t) if t >= 1.0 => (" B", theme::of(ui).brass.gamma_multiply(0.55), None),
                Some(_) => (" ·", theme::of(ui).brass.gamma_multiply(0.3), None),
            };
            let text = RichText::new(format!("{p}{end}")).small();
            let button = ui.add(Button::new(text).fill(fill).min_size(Vec2::new(37.0, 19.0)).small());
            button.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, format!("Patch {p}")));
            if button.on_hover_text(describe(explorer, p, part)).clicked() {
                clicked = Some((p, next));
            }
            if (p + 1) % COLUMNS == 0 {
                ui.end_row();
            }
        }
    });
    if let Some((p, at)) = clicked {
        explorer.set_part(&[p], at);
        explorer.history.name(format!("Mix patch {p}"));
    }
}

fn describe(explorer: &Explorer, p: usize, at: PartAt) -> String {
    let part = explorer.model.parts.get(p).map(|name| format!(" ({name})")).unwrap_or_default();
    let place = match at {
        None => "goes with the whole".to_owned(),
        Some(t) if t <= 0.0 => "is A's".to_owned(),
        Some(t) if t >= 1.0 => "is B's".to_owned(),
        Some(t) => format!("stands at {t:.2} from A to B"),
    };
    format!("Patch {p}{part} {place}.\n{GAPES}")
}
