//! The export pane: what is written, for whom, and what it comes to before anything is.

use std::path::PathBuf;

use egui::{Button, Checkbox, ComboBox, DragValue, Grid, Key, Modifiers, RichText, Ui};

use super::actions::{self, Action, Menu};
use super::row::{label, note};
use super::{grouped, morph, patches, theme};
use crate::export::Preset;
use crate::export::preset::TABLE;
use crate::forge::game::{Format, Options, Origin, Report, Surface};
use crate::viewer::state::{DEVIATION_SCALE, Explorer, Pane, TRIANGLES, format_of};

/// Sides of baked textures on offer.
const BAKES: [Option<u32>; 5] = [None, Some(512), Some(1024), Some(2048), Some(4096)];

/// This pane's own entries.
pub const ACTIONS: &[Action] = &[
    actions::pane(
        "Export",
        "What is written, for which engine, and what it comes to.",
        |e| actions::toggle(e, Pane::Export),
        |e| e.layout.shows(Pane::Export),
    )
    .key(egui::Key::F9),
    Action::new(
        Menu::View,
        "Preview export",
        "Shows the surface that an export writes in place of the patches.",
        |e| {
            e.exporting.preview = !e.exporting.preview;
        },
    )
    .switch(|e| e.exporting.preview)
    .keys(Modifiers::SHIFT, Key::E),
];

/// Choices, preview, report.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    title(ui, "For");
    reader(ui, explorer);
    title(ui, "Surface");
    surface(ui, explorer);
    title(ui, "Becoming another");
    morph::show(ui, explorer);
    title(ui, "In the view");
    preview(ui, explorer);
    title(ui, "What it comes to");
    outcome(ui, explorer);
    ui.add_space(8.0);
}

fn title(ui: &mut Ui, text: &str) {
    ui.add_space(6.0);
    ui.label(RichText::new(text).strong().color(theme::of(ui).brass));
}

/// A list to choose from, by its name.
fn choice<T: Copy + PartialEq>(
    ui: &mut Ui,
    name: &str,
    hover: &str,
    all: &[T],
    of: impl Fn(T) -> (String, String),
    value: &mut T,
) {
    ui.horizontal(|ui| {
        let name = label(ui, name);
        let combo = ComboBox::from_id_salt(name.id).selected_text(of(*value).0).show_ui(ui, |ui| {
            for &each in all {
                let (text, hint) = of(each);
                let row = ui.selectable_value(value, each, text);
                if !hint.is_empty() {
                    row.on_hover_text(hint);
                }
            }
        });
        combo.response.labelled_by(name.id).on_hover_text(hover);
    });
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn reader(ui: &mut Ui, explorer: &mut Explorer) {
    let presets: Vec<Preset> = TABLE.iter().map(|row| row.preset).collect();
    let options = &mut explorer.exporting.options;
    let why = options.preset.row().why;
    let of = |preset: Preset| (capital(preset.name()), preset.row().why.to_owned());
    choice(ui, "Engine", why, &presets, of, &mut options.preset);
    let mut format = format_of(&PathBuf::from(explorer.export_path.trim())).unwrap_or_default();
    let before = format;
    let of = |format: Format| (format.name().to_uppercase(), told(format).to_owned());
    choice(ui, "File", "The kind of file, which the name at the lower left says.", Format::ALL, of, &mut format);
    if format != before {
        let path = PathBuf::from(explorer.export_path.trim()).with_extension(format.name());
        explorer.export_path = path.to_string_lossy().into_owned();
    }
    if !format.is_gltf() {
        return;
    }
    let options = &mut explorer.exporting.options;
    let row = options.preset.row();
    ui.horizontal_wrapped(|ui| {
        ui.checkbox(&mut options.collision, "Collision")
            .on_hover_text("Adds a convex body for each part, called as the engine wants it.");
        let hover =
            "Fewer bits a number (KHR_mesh_quantization): half the size, less than a tenth of a millimetre lost.";
        ui.add_enabled(row.quantised, Checkbox::new(&mut options.quantise, "Quantise"))
            .on_hover_text(hover)
            .on_disabled_hover_text("This engine reads no quantised file.");
        ui.add_enabled(row.compressed, Checkbox::new(&mut options.compress, "Compress"))
            .on_hover_text("Packed by meshopt (EXT_meshopt_compression); quantises too.")
            .on_disabled_hover_text("This engine reads no file that meshopt has packed.");
    });
}

fn told(format: Format) -> &'static str {
    match format {
        Format::Glb => "Binary glTF: levels, materials, textures, and the latent, so that it opens here again.",
        Format::Gltf => "The same as text, its numbers and textures in files beside it.",
        Format::Obj => "Wavefront OBJ with its MTL, a file a level.",
        Format::Ply => "Binary PLY with normals, a file a level.",
        Format::Stl => "Binary STL, for printing; a file a level.",
    }
}

fn surface(ui: &mut Ui, explorer: &mut Explorer) {
    let class = explorer.model.class;
    let options = &mut explorer.exporting.options;
    ui.horizontal(|ui| {
        for (surface, name, hover) in [
            (Surface::Closed, "Closed", "One closed surface, edges and point kept sharp."),
            (Surface::Welded, "Welded", "Neighbouring borders of the patches joined; open where they gape."),
            (Surface::Patches, "Patches", "The patches as decoded, as finely as they are shown."),
        ] {
            ui.selectable_value(&mut options.surface, surface, name).on_hover_text(hover);
        }
    });
    ui.horizontal(|ui| {
        let name = label(ui, "Triangles");
        let mut triangles = options.triangles.unwrap_or(Options::TRIANGLES);
        let before = triangles;
        let number = DragValue::new(&mut triangles).range(TRIANGLES).clamp_existing_to_range(false).speed(20);
        ui.add(number).labelled_by(name.id).on_hover_text("Of the finest level, at most. Drag, or click and type.");
        for budget in [500, 2000, 8000] {
            ui.selectable_value(&mut triangles, budget, grouped(budget));
        }
        if triangles != before {
            options.triangles = Some(triangles);
        }
    });
    ui.horizontal(|ui| {
        let name = label(ui, "Levels");
        ui.add(DragValue::new(&mut options.lods).range(1..=Options::MOST_LODS).speed(0.05))
            .labelled_by(name.id)
            .on_hover_text("Levels of detail, each with half the triangles of the one before.");
        ui.add_space(8.0);
        ui.label("Hard edges over");
        ui.add(DragValue::new(&mut options.hard_angle).range(0.0..=180.0).speed(0.5).suffix("°"))
            .on_hover_text("Edges that bend by more are shaded hard.");
    });
    let of = |origin: Origin| (capital(origin.name()), String::new());
    if class.is_sword() {
        choice(ui, "Origin", "Where the file's origin lies.", Origin::ALL, of, &mut options.origin);
    }
    let of = |bake: Option<u32>| match bake {
        None => ("None".to_owned(), "Colours and roughness of each part only.".to_owned()),
        Some(side) => (format!("{side} x {side}"), "Normals, occlusion and wear of the dense shape, baked.".to_owned()),
    };
    choice(ui, "Texture", "Baked when the file is written; takes some seconds.", &BAKES, of, &mut options.bake);
    if options.bake.is_some() && options.surface != Surface::Closed {
        note(ui, "Only a closed surface has room for a texture: choose Closed, or no texture.");
    }
}

fn preview(ui: &mut Ui, explorer: &mut Explorer) {
    let exporting = &mut explorer.exporting;
    ui.horizontal(|ui| {
        ui.checkbox(&mut exporting.preview, "Show it")
            .on_hover_text("The view shows what would be written in place of the patches (Shift+E).");
        ui.add_enabled(exporting.preview, Checkbox::new(&mut exporting.by_deviation, "Coloured by deviation"))
            .on_hover_text("How far each place strays from the dense shape.");
        if exporting.at_work {
            ui.spinner();
        }
    });
    let levels = exporting.trial.as_ref().map_or(0, |trial| trial.levels.len());
    if exporting.preview && levels > 1 {
        ui.horizontal(|ui| {
            label(ui, "Level");
            for level in 0..levels {
                ui.selectable_value(&mut exporting.level, level, level.to_string());
            }
        });
    }
    if exporting.preview && exporting.by_deviation {
        patches::bar(ui, "0", &format!("{DEVIATION_SCALE:.0} mm a metre or more"));
    }
    if exporting.preview {
        note(ui, "Look, Surface, Edges or Wire shows its triangles.");
    }
}

fn outcome(ui: &mut Ui, explorer: &mut Explorer) {
    let exporting = &explorer.exporting;
    match (&exporting.failed, &exporting.trial) {
        (Some(why), _) => {
            ui.label(RichText::new(format!("Can't be exported: {why}.")).color(theme::of(ui).alarm));
        }
        (None, Some(trial)) => report(ui, "trial", &trial.report),
        (None, None) => note(ui, "Being made …"),
    }
    ui.add_space(4.0);
    if ui.add(Button::new("Export").shortcut_text("Ctrl+E")).on_hover_text("Writes it.").clicked() {
        explorer.ask_export();
    }
    if let Some((name, written)) = &explorer.exporting.written {
        title(ui, &format!("In {name}"));
        report(ui, "written", written);
    }
}

fn report(ui: &mut Ui, id: &str, report: &Report) {
    Grid::new(id).num_columns(2).spacing([10.0, 3.0]).show(ui, |ui| {
        for (name, value) in report.rows() {
            ui.label(RichText::new(capital(&name)).color(theme::of(ui).quiet));
            ui.add(egui::Label::new(value).wrap());
            ui.end_row();
        }
    });
    for warning in &report.warnings {
        ui.label(RichText::new(format!("⚠ {}.", capital(warning))).color(theme::of(ui).alarm));
    }
}
