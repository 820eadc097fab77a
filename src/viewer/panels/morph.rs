//! Of the export pane: A on its way to B in one file.

use egui::{Checkbox, DragValue, Ui};

use super::row::note;
use crate::viewer::state::{Explorer, Slot};

/// The switch, and what the way costs.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    let is_gltf = explorer.export_options().format.is_gltf();
    let both = explorer.blend.is_complete();
    let to = explorer.blend.picked(Slot::B).map(|b| b.name.clone());
    let morphing = &mut explorer.exporting.morphing;
    ui.add_enabled(both && is_gltf, Checkbox::new(&mut morphing.on, "A becomes B"))
        .on_hover_text("Writes A with morph targets and an animation that bring it to B.")
        .on_disabled_hover_text("Wants A and B, and a file of glTF.");
    match to.filter(|_| both && is_gltf) {
        Some(to) if morphing.on => {
            ui.horizontal(|ui| {
                ui.label("Within");
                ui.add(DragValue::new(&mut morphing.error).range(0.01..=100.0).speed(0.01).suffix(" mm"))
                    .on_hover_text("How far a vertex may lie beside its way; targets are added where it bends more.");
                ui.label("in");
                ui.add(DragValue::new(&mut morphing.seconds).range(0.1..=600.0).speed(0.05).suffix(" s"))
                    .on_hover_text("How long the animation lasts.");
            });
            note(ui, format!("The file shows A and becomes {to}; the preview shows A."));
        }
        Some(_) => {}
        None if !both => note(ui, "Pick A and B in the Blend section to export one becoming the other."),
        None => note(ui, "Only GLB and glTF tell how a shape becomes another."),
    }
}
