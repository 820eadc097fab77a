//! A and B from the encoded shapes or from files, and the way between them.

use egui::{
    Button, ComboBox, DragValue, Key, Label, Modifiers, PopupCloseBehavior, RichText, ScrollArea, TextEdit, Ui, Vec2,
};

use super::actions::{Action, Menu};
use super::row::{Row, ending, label, note};
use super::{mix, pad, theme};
use crate::viewer::state::{BlendPath, Command, Explorer, Origin, SECONDS, Slot};

/// This section's own entries.
pub const ACTIONS: &[Action] = &[
    Action::new(
        Menu::Shape,
        "Play the blend",
        "From A to B and back, again and again, until it is stopped.",
        Explorer::toggle_play,
    )
    .key(Key::Space)
    .switch(|e| e.play.on)
    .while_(|e| e.blend.is_complete(), "Choose a shape for A and one for B first."),
    Action::new(Menu::Shape, "Swap A and B", "Exchanges A and B; the shape stays.", swap)
        .key(Key::Y)
        .while_(|e| e.blend.is_complete(), "Choose a shape for A and one for B first."),
    Action::new(Menu::Shape, "Around the arc", ARC, |e| {
        e.blend.path = match e.blend.path {
            BlendPath::Linear => BlendPath::Spherical,
            BlendPath::Spherical => BlendPath::Linear,
        };
        e.apply_blend();
    })
    .keys(Modifiers::SHIFT, Key::Y)
    .switch(|e| e.blend.path == BlendPath::Spherical)
    .while_(|e| e.blend.is_complete(), "Choose a shape for A and one for B first."),
];

const ARC: &str =
    "Walks around the origin of the latent space, which keeps shapes as pronounced as their ends (slerp).";

fn swap(explorer: &mut Explorer) {
    explorer.blend.swap();
    explorer.history.name("Swap A and B");
}

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
            explorer.play.on = false;
            explorer.blend.at = at;
            explorer.apply_blend();
        }
        ui.horizontal(|ui| {
            let path = explorer.blend.path;
            ui.selectable_value(&mut explorer.blend.path, BlendPath::Linear, "Straight")
                .on_hover_text("Mixes the two latents number by number (lerp).");
            ui.selectable_value(&mut explorer.blend.path, BlendPath::Spherical, "Arc").on_hover_text(ARC);
            if path != explorer.blend.path {
                explorer.apply_blend();
            }
            if ui.button("Swap").on_hover_text("Exchanges A and B; the shape stays (Y).").clicked() {
                swap(explorer);
            }
        });
        play(ui, explorer);
    });
    if !both {
        note(ui, "Pick A and B to blend them.");
    } else if !explorer.vary.locks.is_empty() {
        note(ui, "Locked rows stay as they are.");
    }
    import(ui, explorer);
    if both {
        mix::show(ui, explorer);
    }
    if explorer.blend.sources.len() >= 4 {
        pad::show(ui, explorer);
    }
}

/// To B and back, and how fast.
fn play(ui: &mut Ui, explorer: &mut Explorer) {
    ui.horizontal(|ui| {
        let text = if explorer.play.on { "⏸ Pause" } else { "▶ Play" };
        let button = ui.add(Button::new(text).shortcut_text("Space"));
        explorer.record("Play", super::sides(button.rect));
        if button.on_hover_text("From A to B and back, again and again (Space).").clicked() {
            explorer.toggle_play();
        }
        let seconds = DragValue::new(&mut explorer.play.seconds).range(SECONDS).speed(0.05).fixed_decimals(1);
        let field = ui.add(seconds.suffix(" s"));
        field.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::DragValue, true, "Seconds"));
        field.on_hover_text("From A to B in so many seconds.");
    });
}

fn picker(ui: &mut Ui, explorer: &mut Explorer, slot: Slot) {
    ui.horizontal(|ui| {
        let name = label(ui, slot.name());
        let width = ui.available_width();
        let current = explorer.blend.picks[slot as usize];
        if let Some(index) = choose(ui, explorer, slot.name(), current, width, Some(name.id)) {
            explorer.pick(slot, index);
        }
    });
}

/// What the arrow and the edges of a list's field take of its width, in points.
const ARROW: f32 = 40.0;

/// A list of all shapes that opens from a field with the name of the current one; what was chosen in this frame. The field
/// is called `name`, by its label where it has one.
pub fn choose(
    ui: &mut Ui,
    explorer: &mut Explorer,
    name: &str,
    current: Option<usize>,
    width: f32,
    label: Option<egui::Id>,
) -> Option<usize> {
    let shown = current.and_then(|i| explorer.blend.sources.get(i)).map_or("Choose a shape", |s| s.name.as_str());
    let shown = shown.to_owned();
    let combo = ComboBox::from_id_salt(name)
        .selected_text(ending(ui, &shown, width - ARROW))
        .width(width)
        .truncate()
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show_ui(ui, |ui| choices(ui, explorer, current));
    explorer.record(name, super::sides(combo.response.rect));
    if combo.inner.is_none() {
        let field = match label {
            Some(label) => combo.response.labelled_by(label),
            None => {
                let info = || egui::WidgetInfo::labeled(egui::WidgetType::ComboBox, true, name);
                combo.response.widget_info(info);
                combo.response
            }
        };
        field.on_hover_text(format!("{shown}: a shape that the model has encoded, or a file of yours."));
    }
    combo.inner.flatten()
}

/// A line of a picker's list.
enum Line {
    Title(Origin),
    /// Index into the blend's sources.
    Shape(usize),
}

/// The searchable list inside a picker.
fn choices(ui: &mut Ui, explorer: &mut Explorer, current: Option<usize>) -> Option<usize> {
    ui.set_min_width(240.0);
    let search = ui.add(TextEdit::singleline(&mut explorer.filter).hint_text("Search").desired_width(f32::INFINITY));
    let wanted = explorer.filter.trim().to_lowercase();
    search.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::TextEdit, true, "Search"));
    let mut order: Vec<usize> = (0..explorer.blend.sources.len()).collect();
    order.retain(|&i| wanted.is_empty() || explorer.blend.sources[i].name.to_lowercase().contains(&wanted));
    order.sort_by_key(|&i| explorer.blend.sources[i].origin);
    let mut picked = None;
    // A title stands before the first of its group. All rows are of one height, so that of ten thousand only those in sight
    // are laid out.
    let mut rows: Vec<Line> = Vec::with_capacity(order.len() + 3);
    for &i in &order {
        let origin = explorer.blend.sources[i].origin;
        let begins = match rows.last() {
            Some(Line::Shape(before)) => explorer.blend.sources[*before].origin != origin,
            _ => true,
        };
        if begins {
            rows.push(Line::Title(origin));
        }
        rows.push(Line::Shape(i));
    }
    let height = ui.spacing().interact_size.y;
    ScrollArea::vertical().max_height(260.0).show_rows(ui, height, rows.len(), |ui, seen| {
        for row in &rows[seen] {
            match *row {
                Line::Title(origin) => {
                    let title = RichText::new(origin.title(explorer.model.class)).small().color(theme::of(ui).quiet);
                    ui.horizontal(|ui| {
                        ui.set_min_height(height);
                        ui.add(Label::new(title).extend());
                    });
                }
                Line::Shape(i) => {
                    let name = explorer.blend.sources[i].name.clone();
                    let label = Button::selectable(current == Some(i), &name).min_size(Vec2::new(0.0, height));
                    let choice = ui.add(label);
                    if choice.clicked() {
                        picked = Some(i);
                    }
                    if ui.is_rect_visible(choice.rect) {
                        explorer.record(&format!("choice {name}"), super::sides(choice.rect));
                    }
                }
            }
        }
    });
    if rows.is_empty() {
        note(ui, "Nothing by that name.");
    }
    if picked.is_some() {
        explorer.filter.clear();
        ui.close();
    }
    picked
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
            let pick = ui.add(Button::new("…")).on_hover_text("Pick a file (Ctrl+O).");
            pick.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, "Pick a file"));
            if pick.clicked() {
                explorer.pick_to_open();
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
