//! The 25 patches: a table of what each is like, colours that show it on the shape, and ways to look at one alone.

use egui::{Color32, ComboBox, Grid, Key, Modifiers, Rect, Response, RichText, Sense, Ui, Vec2};

use super::actions::{self, Action, Menu};
use super::row::{Row, note};
use super::theme;
use crate::draw::colour::viridis;
use crate::viewer::state::{Column, Explorer, Heat, Pane, PatchRow, Patches};

/// What there is to do first.
const SELECT: &str = "Click a patch in the view, or its row in the Patches pane, first.";

/// This pane's own entries.
pub const ACTIONS: &[Action] = &[
    actions::pane(
        "Patches",
        "What each learned patch is like, and which have degenerated.",
        |e| actions::toggle(e, Pane::Patches),
        |e| e.layout.shows(Pane::Patches),
    )
    .ctrl(egui::Key::P),
    Action::new(Menu::View, "Next colours", "Part, area, distortion, facing, gap, and the material again.", |e| {
        e.tint = false;
        e.patches.next_heat();
    })
    .keys(Modifiers::SHIFT, Key::T),
    Action::new(Menu::View, "Take apart", "Moves the patches apart, or together again.", |e| {
        e.patches.explode = if e.patches.explode > 0.0 { 0.0 } else { 0.6 };
    })
    .switch(|e| e.patches.explode > 0.0)
    .key(Key::X),
    Action::new(Menu::View, "Solo patch", "Shows the selected patch alone, or all again; F brings it near.", |e| {
        e.patches.toggle_solo()
    })
    .switch(|e| e.patches.solo.is_some())
    .while_(|e| e.patches.selected.is_some() || e.patches.solo.is_some(), SELECT)
    .key(Key::S),
    Action::new(Menu::View, "Hide patch", "Hides the selected patch, or shows it again.", |e| {
        e.patches.toggle_hidden()
    })
    .while_(|e| e.patches.selected.is_some(), SELECT)
    .key(Key::H),
    Action::new(Menu::View, "Show all patches", "All shown, together and unmarked.", |e| e.patches.show_all())
        .while_(|e| !e.patches.is_plain(), "All are shown, together and unmarked.")
        .keys(Modifiers::SHIFT, Key::H),
];

/// Colours, explode, the table.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    colours(ui, explorer);
    let mut explode = explorer.patches.explode;
    let row = Row {
        name: "Apart",
        range: 0.0..=1.0,
        rest: 0.0,
        decimals: 2,
        suffix: "",
        hover: "Moves the patches apart (X). The export is not changed.".into(),
    };
    if row.show(ui, explorer, &mut explode) {
        explorer.patches.explode = explode;
    }
    let patches = &mut explorer.patches;
    let buttons = ui.horizontal_wrapped(|ui| {
        let chosen = patches.selected.is_some();
        let mut solo = patches.solo.is_some();
        let switch = ui.add_enabled(chosen || solo, egui::Button::selectable(solo, "Solo"));
        let rect = switch.rect;
        if switch.on_hover_text("The selected patch alone (S); F brings it near.").clicked() {
            solo = !solo;
            patches.solo = solo.then_some(patches.selected).flatten();
        }
        if ui.add_enabled(chosen, egui::Button::new("Hide")).on_hover_text("The selected patch (H).").clicked() {
            patches.toggle_hidden();
        }
        if ui.add_enabled(!patches.is_plain(), egui::Button::new("Show all")).on_hover_text("Shift+H").clicked() {
            patches.show_all();
        }
        rect
    });
    summary(ui, patches);
    explorer.record("Solo", super::sides(buttons.inner));
    faulty(ui, explorer);
    table(ui, explorer);
}

fn colours(ui: &mut Ui, explorer: &mut Explorer) {
    let title = match (explorer.tint, explorer.patches.heat) {
        (true, _) => "Patch",
        (false, Some(heat)) => heat.title(),
        (false, None) => "Material",
    };
    ui.horizontal(|ui| {
        let name = super::row::label(ui, "Colours");
        let combo = ComboBox::from_id_salt("colours").selected_text(title).show_ui(ui, |ui| {
            if ui.selectable_label(title == "Material", "Material").clicked() {
                (explorer.tint, explorer.patches.heat) = (false, None);
            }
            if ui.selectable_label(title == "Patch", "Patch").clicked() {
                (explorer.tint, explorer.patches.heat) = (true, None);
            }
            for heat in Heat::ALL {
                if ui.selectable_label(title == heat.title(), heat.title()).clicked() {
                    (explorer.tint, explorer.patches.heat) = (false, Some(heat));
                }
            }
        });
        combo.response.labelled_by(name.id).on_hover_text("What the colours of the shape mean (Shift+T for the next).");
    });
    if let Some([low, high]) = explorer.patches.heat.filter(|_| !explorer.tint).and_then(Heat::range) {
        bar(ui, low, high);
    }
}

/// The colour bar with its ends.
pub(super) fn bar(ui: &mut Ui, low: &str, high: &str) {
    let width = ui.available_width().min(260.0);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(width, 10.0), Sense::hover());
    const STEPS: usize = 32;
    for step in 0..STEPS {
        let x = |i: usize| rect.left() + rect.width() * i as f32 / STEPS as f32;
        let part = Rect::from_x_y_ranges(x(step)..=x(step + 1), rect.y_range());
        let [r, g, b] = viridis(step as f32 / (STEPS - 1) as f32);
        ui.painter().rect_filled(part, 0.0, Color32::from_rgb(r, g, b));
    }
    ui.horizontal(|ui| {
        ui.set_max_width(width);
        note(ui, low);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| note(ui, high));
    });
}

fn summary(ui: &mut Ui, patches: &Patches) {
    let Some(figures) = &patches.figures else {
        note(ui, "Being measured …");
        return;
    };
    let faulty = figures.rows.iter().filter(|r| r.fault().is_some()).count();
    let text = match faulty {
        0 => format!("None of the {} patches has degenerated.", figures.rows.len()),
        1 => "⚠ 1 patch has degenerated.".to_owned(),
        n => format!("⚠ {n} patches have degenerated."),
    };
    let colour = if faulty > 0 { theme::of(ui).alarm } else { theme::of(ui).text };
    ui.label(RichText::new(text).color(colour)).on_hover_text(
        "Collapsed: mean EG-F² below a thousandth of the mean over patches. Inside out: more of its back is seen than of its front.",
    );
}

/// Each patch that has degenerated, to be found with a click.
fn faulty(ui: &mut Ui, explorer: &mut Explorer) {
    let faults: Vec<(usize, String, bool)> = (explorer.patches.figures.iter())
        .flat_map(|figures| &figures.rows)
        .filter_map(|row| {
            Some((row.patch, format!("{} {}: {}", row.patch, row.part, row.fault()?), row.facing.is_none()))
        })
        .collect();
    ui.horizontal_wrapped(|ui| {
        for (patch, text, inside) in faults {
            let chosen = explorer.patches.selected == Some(patch);
            let button = ui.selectable_label(chosen, RichText::new(text).color(theme::of(ui).alarm));
            let hover = match inside {
                true => "Nothing of it is seen: it lies inside the others. Solo (S) shows it alone, F brings it near.",
                false => "Marks it in the view and finds its row.",
            };
            if button.on_hover_text(hover).clicked() {
                explorer.patches.find((!chosen).then_some(patch));
            }
        }
    });
}

fn table(ui: &mut Ui, explorer: &mut Explorer) {
    let patches = &mut explorer.patches;
    const HEADS: [(Column, &str, &str); 7] = [
        (Column::Patch, "Nr", "The patch's number; pale where it is hidden."),
        (Column::Fault, "⚠", "Whether it has degenerated."),
        (Column::Part, "Part", "The part that it makes."),
        (Column::Area, "Area", "Share of the whole surface."),
        (Column::Facing, "Front", "Share of what is seen of it that is its front; - where nothing of it is seen."),
        (Column::Overlap, "Over", "Other patches within 1 % of the radius that face the same way, on average."),
        (Column::Gap, "Gap", "From its border to the nearest other patch, in thousandths of the radius."),
    ];
    let mut cells = Vec::new();
    Grid::new("patches").num_columns(7).min_col_width(12.0).striped(true).spacing([10.0, 2.0]).show(ui, |ui| {
        for (column, name, hover) in HEADS {
            let mark = match (patches.sort == column, patches.descending) {
                (true, true) => " ⏷",
                (true, false) => " ⏶",
                _ => "",
            };
            let head = egui::Button::new(RichText::new(format!("{name}{mark}")).small().color(theme::of(ui).quiet))
                .frame(false);
            let head = ui.add(head).on_hover_text(hover);
            head.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, format!("Sort by {name}")));
            if head.clicked() {
                patches.descending = patches.sort == column && !patches.descending;
                patches.sort = column;
            }
        }
        ui.end_row();
        let mut clicked = None;
        for row in patches.sorted() {
            let cell = line(ui, patches, row);
            cells.push((row.patch, cell.rect));
            if cell.clicked() {
                clicked = Some(row.patch);
            }
        }
        if let Some(patch) = clicked {
            patches.selected = (patches.selected != Some(patch)).then_some(patch);
        }
        // Figures of a shape that was just opened may be on their way: then the row is still to come.
        patches.reveal &= patches.figures.is_none();
    });
    for (patch, rect) in cells {
        explorer.record(&format!("Patch {patch}"), super::sides(rect));
    }
}

/// One row; its button.
fn line(ui: &mut Ui, patches: &Patches, row: &PatchRow) -> Response {
    let chosen = patches.selected == Some(row.patch);
    let mut name = RichText::new(row.patch.to_string());
    if !patches.shows(row.patch) {
        name = name.weak().strikethrough();
    }
    let cell = ui.selectable_label(chosen, name);
    cell.widget_info(|| {
        egui::WidgetInfo::selected(egui::WidgetType::SelectableLabel, true, chosen, format!("Patch {}", row.patch))
    });
    if chosen && patches.reveal {
        cell.scroll_to_me(Some(egui::Align::Center));
    }
    match row.fault() {
        Some(fault) => drop(ui.label(RichText::new("⚠").color(theme::of(ui).alarm)).on_hover_text(fault)),
        None => drop(ui.label("")),
    }
    ui.label(&row.part);
    ui.label(format!("{:.1} %", 100.0 * row.area));
    ui.label(row.facing.map_or("-".into(), |f| format!("{:.0} %", 100.0 * f)));
    ui.label(format!("{:.2}", row.overlap));
    ui.label(row.gap.map_or("-".into(), |g| format!("{:.1}", 1000.0 * g)));
    ui.end_row();
    cell.on_hover_text("Click to mark it in the view; a click in the view finds its row.")
}
