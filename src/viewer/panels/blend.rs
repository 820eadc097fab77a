//! A and B from the encoded shapes or from files, and the way between them.

use egui::{Button, ComboBox, PopupCloseBehavior, RichText, ScrollArea, TextEdit, Ui};

use super::row::{Row, label, note};
use super::theme;
use crate::viewer::state::{BlendPath, Command, Explorer, Origin, Slot};

/// The two picks, the slider between them, and the import field.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    picker(ui, explorer, Slot::A);
    picker(ui, explorer, Slot::B);
    let both = explorer.blend.is_complete();
    ui.add_enabled_ui(both, |ui| {
        let mut at = explorer.blend.at;
        let row = Row {
            name: "A to B",
            range: 0.0..=1.0,
            rest: 0.0,
            decimals: 2,
            suffix: "",
            hover: "0 is A, 1 is B, between them their blend.".into(),
        };
        if row.show(ui, explorer, &mut at) {
            explorer.blend.at = at;
            explorer.apply_blend();
        }
        ui.horizontal(|ui| {
            let path = explorer.blend.path;
            ui.selectable_value(&mut explorer.blend.path, BlendPath::Linear, "Straight")
                .on_hover_text("Mixes the two latents number by number (lerp).");
            ui.selectable_value(&mut explorer.blend.path, BlendPath::Spherical, "Arc").on_hover_text(
                "Walks around the origin of the latent space, which keeps shapes as pronounced as their ends (slerp).",
            );
            if path != explorer.blend.path {
                explorer.apply_blend();
            }
            if ui.button("Swap").on_hover_text("Exchanges A and B; the shape stays.").clicked() {
                explorer.blend.swap();
            }
        });
    });
    if !both {
        note(ui, "Pick A and B to blend them.");
    }
    import(ui, explorer);
}

fn picker(ui: &mut Ui, explorer: &mut Explorer, slot: Slot) {
    ui.horizontal(|ui| {
        let name = label(ui, slot.name());
        let current = explorer.blend.picked(slot).map_or("Choose a shape", |s| s.name.as_str()).to_owned();
        let width = ui.available_width();
        let combo = ComboBox::from_id_salt(slot.name())
            .selected_text(current)
            .width(width)
            .truncate()
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .show_ui(ui, |ui| choices(ui, explorer, slot));
        if combo.inner.is_none() {
            combo
                .response
                .labelled_by(name.id)
                .on_hover_text("A shape that the model has encoded, or a file of yours.");
        }
    });
}

/// The searchable list inside a picker.
fn choices(ui: &mut Ui, explorer: &mut Explorer, slot: Slot) {
    ui.set_min_width(240.0);
    let search = ui.add(TextEdit::singleline(&mut explorer.filter).hint_text("Search").desired_width(f32::INFINITY));
    let wanted = explorer.filter.trim().to_lowercase();
    search.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::TextEdit, true, "Search"));
    let mut order: Vec<usize> = (0..explorer.blend.sources.len()).collect();
    order.retain(|&i| wanted.is_empty() || explorer.blend.sources[i].name.to_lowercase().contains(&wanted));
    order.sort_by_key(|&i| explorer.blend.sources[i].origin);
    let mut picked = None;
    ScrollArea::vertical().max_height(260.0).show(ui, |ui| {
        let mut group: Option<Origin> = None;
        for &i in &order {
            let source = &explorer.blend.sources[i];
            if group != Some(source.origin) {
                group = Some(source.origin);
                ui.label(RichText::new(source.origin.title()).small().color(theme::QUIET));
            }
            let chosen = explorer.blend.picks[slot as usize] == Some(i);
            if ui.selectable_label(chosen, &source.name).clicked() {
                picked = Some(i);
            }
        }
        if order.is_empty() {
            note(ui, "Nothing by that name.");
        }
    });
    if let Some(index) = picked {
        explorer.pick(slot, index);
        explorer.filter.clear();
        ui.close();
    }
}

fn import(ui: &mut Ui, explorer: &mut Explorer) {
    ui.horizontal(|ui| {
        let name = label(ui, "Open");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let path = explorer.import_path.trim().to_owned();
            for slot in [Slot::B, Slot::A] {
                let button = ui
                    .add_enabled(!path.is_empty(), Button::new(slot.name()))
                    .on_hover_text(format!("Open the file as {}.", slot.name()))
                    .on_disabled_hover_text("Type the path of a mesh file first.");
                let described = format!("Open as {}", slot.name());
                button.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::WidgetType::Button, !path.is_empty(), described.clone())
                });
                if button.clicked() {
                    explorer.ask(Command::Import { path: path.clone().into(), slot });
                }
            }
            ui.add(
                TextEdit::singleline(&mut explorer.import_path)
                    .hint_text("mesh file, or drop one")
                    .desired_width(ui.available_width()),
            )
            .labelled_by(name.id)
            .on_hover_text("GLB, glTF, OBJ, PLY or STL. The model encodes it; a GLB exported here comes back exactly.");
        });
    });
}
