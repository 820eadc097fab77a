//! How the shape is shown: materials, surface, light, references, camera; and the window's own colours.

use egui::{Button, Color32, ComboBox, Grid, Key, Modifiers, RichText, Sense, Ui, Vec2};

use super::actions::{self, Action, Menu};
use super::row::{Row, note};
use super::{film, theme};
use crate::class::Class;
use crate::export::{Finish, Outfit};
use crate::viewer::state::{Colours, Command, EXPOSURE_RANGE, Explorer, Pane, Room, StudioCommand, Surface, View};

const SHIFT: Modifiers = Modifiers::SHIFT;

/// This pane's own entries.
pub const ACTIONS: &[Action] = &[
    Action::new(Menu::View, "Fit", "Brings everything into view and keeps the angle.", |e| {
        ask(e, StudioCommand::Focus)
    })
    .keys(SHIFT, Key::F),
    Action::new(Menu::View, "From the front", "Looks at the shape's face.", |e| face(e, View::Front)).key(Key::Num1),
    Action::new(Menu::View, "From the back", "Looks at the other face.", |e| face(e, View::Back)).ctrl(Key::Num1),
    Action::new(Menu::View, "From the right", "Looks at the edge.", |e| face(e, View::Right)).key(Key::Num3),
    Action::new(Menu::View, "From the left", "Looks at the other edge.", |e| face(e, View::Left)).ctrl(Key::Num3),
    Action::new(Menu::View, "From above", "Looks straight down.", |e| face(e, View::Top)).key(Key::Num7),
    Action::new(Menu::View, "From below", "Looks straight up.", |e| face(e, View::Bottom)).ctrl(Key::Num7),
    Action::new(Menu::View, "Orthographic", "A lens without perspective, to judge proportions.", |e| {
        e.look.orthographic = !e.look.orthographic;
    })
    .switch(|e| e.look.orthographic)
    .key(Key::Num5),
    Action::new(Menu::View, "Turntable", "Turns the shape by itself.", |e| e.look.turning = !e.look.turning)
        .switch(|e| e.look.turning)
        .key(Key::O),
    Action::new(Menu::Look, "Next materials", "Dresses the parts in the next set of materials.", |e| {
        let next = after(Outfit::ALL, e.look.outfit);
        e.look.wear(next);
    })
    .keys(SHIFT, Key::O),
    Action::new(Menu::Look, "Edges", "Draws the grid's lines over the surface.", |e| e.look.toggle(Surface::Edges))
        .switch(|e| e.look.surface == Surface::Edges)
        .key(Key::W),
    Action::new(Menu::Look, "Wireframe", "Draws nothing but the grid's lines.", |e| e.look.toggle(Surface::Wireframe))
        .switch(|e| e.look.surface == Surface::Wireframe)
        .keys(SHIFT, Key::W),
    Action::new(Menu::Look, "Points", "Draws nothing but the grid's points.", |e| e.look.toggle(Surface::Points))
        .switch(|e| e.look.surface == Surface::Points)
        .keys(SHIFT, Key::P),
    Action::new(Menu::Look, "X-ray", "Looks through the surface.", |e| e.look.toggle(Surface::XRay))
        .switch(|e| e.look.surface == Surface::XRay)
        .keys(SHIFT, Key::X),
    Action::new(Menu::Look, "Flat facets", "Shades every triangle as flat as it is.", |e| e.look.flat = !e.look.flat)
        .switch(|e| e.look.flat)
        .keys(SHIFT, Key::S),
    Action::new(Menu::Look, "Next light", "Goes on to the next room.", |e| e.look.room = after(Room::ALL, e.look.room))
        .keys(SHIFT, Key::L),
    Action::new(Menu::Look, "Light turns along", "The light goes with the camera, as if the shape turned.", |e| {
        e.look.light_follows = !e.look.light_follows;
    })
    .switch(|e| e.look.light_follows)
    .keys(SHIFT, Key::K),
    Action::new(Menu::Look, "Floor", "A floor that takes the shadow.", |e| e.look.floor = !e.look.floor)
        .switch(|e| e.look.floor)
        .keys(SHIFT, Key::G),
    Action::new(Menu::Look, "Ruler", "A ruler beside the shape.", |e| refer(e, |e| e.look.ruler = !e.look.ruler))
        .switch(|e| e.look.ruler)
        .keys(SHIFT, Key::R),
    Action::new(Menu::Look, "Hand", "A hand of 19 cm.", |e| refer(e, |e| e.look.hand = !e.look.hand))
        .switch(|e| e.look.hand)
        .keys(SHIFT, Key::J),
    Action::new(Menu::Look, "Figure", "A figure of 1.80 m.", |e| refer(e, |e| e.look.figure = !e.look.figure))
        .switch(|e| e.look.figure)
        .keys(SHIFT, Key::M),
    actions::pane(
        "Look",
        "Materials, light, references, pictures.",
        |e| actions::toggle(e, Pane::Look),
        |e| e.layout.shows(Pane::Look),
    )
    .ctrl(egui::Key::L),
    Action::new(Menu::Window, "Light colours", "Light panels instead of dark ones.", |e| {
        e.look.colours = if e.look.colours == Colours::Dark { Colours::Light } else { Colours::Dark };
    })
    .switch(|e| e.look.colours == Colours::Light)
    .key(Key::F10),
    Action::new(Menu::Window, "Larger", "Larger text and widgets.", |e| e.look.zoom_by(1.0)).ctrl(Key::Plus),
    Action::new(Menu::Window, "Smaller", "Smaller text and widgets.", |e| e.look.zoom_by(-1.0)).ctrl(Key::Minus),
    Action::new(Menu::Window, "Usual size", "Text and widgets in their usual size.", |e| e.look.zoom = 1.0)
        .ctrl(Key::Num0),
];

/// On many keyboards plus and equals are one key: the second way to a larger window.
pub fn scale_keys(ui: &Ui, explorer: &mut Explorer) {
    if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::Equals)) {
        explorer.look.zoom_by(1.0);
    }
}

pub(super) fn ask(explorer: &mut Explorer, command: StudioCommand) {
    explorer.ask(Command::Studio(command));
}

fn face(explorer: &mut Explorer, view: View) {
    ask(explorer, StudioCommand::Face(view));
}

/// Changes what stands beside the shape, and makes room for it in the view.
fn refer(explorer: &mut Explorer, change: impl FnOnce(&mut Explorer)) {
    change(explorer);
    ask(explorer, StudioCommand::Focus);
}

fn after<T: Copy + PartialEq>(all: &[T], now: T) -> T {
    let at = all.iter().position(|&x| x == now).map_or(0, |i| i + 1);
    all[at % all.len()]
}

/// All of it.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    title(ui, "Materials");
    materials(ui, explorer);
    title(ui, "Surface");
    surface(ui, explorer);
    title(ui, "Light");
    light(ui, explorer);
    title(ui, "Beside it");
    references(ui, explorer);
    title(ui, "Camera");
    camera(ui, explorer);
    title(ui, "Picture and turn");
    film::show(ui, explorer);
    title(ui, "Window");
    window(ui, explorer);
    ui.add_space(8.0);
}

fn title(ui: &mut Ui, text: &str) {
    ui.add_space(6.0);
    ui.label(RichText::new(text).strong().color(theme::of(ui).brass));
}

fn materials(ui: &mut Ui, explorer: &mut Explorer) {
    let width = ui.available_width();
    Grid::new("materials").num_columns(2).spacing([8.0, 4.0]).show(ui, |ui| {
        let name = ui.label("All");
        let outfit = explorer.look.outfit;
        let outfit_name = match explorer.model.class {
            Class::Sword => Outfit::name,
            Class::Plane => Outfit::plane_name,
        };
        let shown = match explorer.look.own.is_empty() {
            true => outfit_name(outfit).to_owned(),
            false => format!("{}, changed", outfit_name(outfit)),
        };
        let combo = ComboBox::from_id_salt("outfit").selected_text(shown).width(width - 80.0).show_ui(ui, |ui| {
            for &other in Outfit::ALL {
                if ui.selectable_label(other == outfit && explorer.look.own.is_empty(), outfit_name(other)).clicked() {
                    explorer.look.wear(other);
                }
            }
        });
        combo.response.labelled_by(name.id).on_hover_text("Materials for all parts that suit each other.");
        ui.end_row();
        for part in explorer.part_names().iter().filter(|part| !part.is_empty()) {
            let mut capital = part.clone();
            capital[..1].make_ascii_uppercase();
            let name = ui.label(capital);
            let finish = explorer.look.finish(part);
            let combo = ComboBox::from_id_salt(("finish", part))
                .selected_text(named(ui, finish))
                .width(width - 80.0)
                .height(320.0)
                .show_ui(ui, |ui| {
                    for &other in Finish::ALL {
                        let text = named(ui, other);
                        if ui.selectable_label(other == finish, text).clicked() {
                            explorer.look.set_finish(part, other);
                        }
                    }
                });
            combo.response.labelled_by(name.id).on_hover_text("What this part is made of.");
            ui.end_row();
        }
    });
    if explorer.tint || explorer.patches.heat.is_some() {
        note(ui, "Hidden by the colours of the patches.");
    }
}

/// A material's name behind a swatch of its colour.
fn named(ui: &Ui, finish: Finish) -> egui::text::LayoutJob {
    let [r, g, b, _] = finish.material().base_color;
    let swatch: Color32 = egui::Rgba::from_rgb(r, g, b).into();
    let font = egui::TextStyle::Body.resolve(ui.style());
    let mut job = egui::text::LayoutJob::default();
    let format = |color| egui::TextFormat { font_id: font.clone(), color, ..Default::default() };
    job.append("⏺", 0.0, format(swatch));
    job.append(finish.name(), 6.0, format(theme::of(ui).text));
    job
}

/// A row of choices of which one holds.
fn choice<T: Copy + PartialEq>(ui: &mut Ui, all: &[T], value: &mut T, name: impl Fn(T) -> &'static str, hint: &str) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.spacing_mut().button_padding.x = 7.0;
        for &other in all {
            if ui.selectable_label(*value == other, name(other)).on_hover_text(hint).clicked() {
                *value = other;
            }
        }
    });
}

fn surface(ui: &mut Ui, explorer: &mut Explorer) {
    let look = &mut explorer.look;
    choice(
        ui,
        Surface::ALL,
        &mut look.surface,
        Surface::name,
        "Solid; with the grid's lines (W); lines alone (Shift+W), points (Shift+P), x-ray (Shift+X). Of a grid that is \
         denser than the screen every second or fourth line is drawn.",
    );
    ui.checkbox(&mut look.flat, "Flat facets").on_hover_text("Shades every triangle as flat as it is (Shift+S).");
}

fn light(ui: &mut Ui, explorer: &mut Explorer) {
    choice(ui, Room::ALL, &mut explorer.look.room, Room::name, "What lights the shape, and what it mirrors (Shift+L).");
    let (mut angle, mut exposure) = (explorer.look.light, explorer.look.exposure);
    let row = Row {
        name: "Turned",
        range: -180.0..=180.0,
        rest: 0.0,
        decimals: 0,
        suffix: "°",
        hover: "Turns the light around the shape.".into(),
    };
    if row.show(ui, explorer, &mut angle) {
        explorer.look.light = angle;
    }
    let row = Row {
        name: "Exposure",
        range: EXPOSURE_RANGE,
        rest: 0.0,
        decimals: 1,
        suffix: " EV",
        hover: "Darker or brighter, in stops of a camera.".into(),
    };
    if row.show(ui, explorer, &mut exposure) {
        explorer.look.exposure = exposure;
    }
    ui.checkbox(&mut explorer.look.light_follows, "Turns with the camera")
        .on_hover_text("The light goes with the camera, as if the shape turned on its stand (Shift+K).");
    ui.checkbox(&mut explorer.look.floor, "Floor and shadow").on_hover_text("A floor that takes the shadow (Shift+G).");
}

fn references(ui: &mut Ui, explorer: &mut Explorer) {
    let before = explorer.look.clone();
    ui.horizontal_wrapped(|ui| {
        let look = &mut explorer.look;
        ui.checkbox(&mut look.ruler, "Ruler").on_hover_text("Numbered every 10 cm, or every metre (Shift+R).");
        ui.checkbox(&mut look.hand, "Hand").on_hover_text("19 cm, at the grip (Shift+J).");
        ui.checkbox(&mut look.figure, "Figure, 1.80 m").on_hover_text("A standing figure (Shift+M).");
    });
    if explorer.look != before {
        ask(explorer, StudioCommand::Focus);
    }
}

fn camera(ui: &mut Ui, explorer: &mut Explorer) {
    Grid::new("views").spacing([4.0, 4.0]).show(ui, |ui| {
        for row in [
            [("Front", View::Front, "1"), ("Right", View::Right, "3"), ("Above", View::Top, "7")],
            [("Back", View::Back, "Ctrl+1"), ("Left", View::Left, "Ctrl+3"), ("Below", View::Bottom, "Ctrl+7")],
        ] {
            for (name, view, key) in row {
                let button = ui.add_sized([76.0, 21.0], Button::new(name));
                if button.on_hover_text(format!("Looks from there ({key}).")).clicked() {
                    face(explorer, view);
                }
            }
            ui.end_row();
        }
    });
    ui.horizontal_wrapped(|ui| {
        ui.checkbox(&mut explorer.look.turning, "Turntable").on_hover_text("Turns the shape by itself (O).");
        ui.checkbox(&mut explorer.look.orthographic, "Orthographic")
            .on_hover_text("A lens without perspective, to judge proportions (5).");
        if ui.button("Fit").on_hover_text("Brings everything into view and keeps the angle (Shift+F).").clicked() {
            ask(explorer, StudioCommand::Focus);
        }
    });
}

fn window(ui: &mut Ui, explorer: &mut Explorer) {
    ui.horizontal(|ui| {
        let name = |colours| match colours {
            Colours::Dark => "Dark",
            Colours::Light => "Light",
        };
        for other in [Colours::Dark, Colours::Light] {
            let chosen = explorer.look.colours == other;
            if ui.selectable_label(chosen, name(other)).on_hover_text("The panels' colours (F10).").clicked() {
                explorer.look.colours = other;
            }
        }
        ui.add_space(10.0);
        for (text, described, tenths) in [("−", "Smaller", -1.0), ("+", "Larger", 1.0)] {
            let button = ui.add_sized(Vec2::new(26.0, 21.0), Button::new(text)).interact(Sense::click());
            button.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, described));
            if button.on_hover_text(format!("{described} text and widgets (Ctrl+{text}).")).clicked() {
                explorer.look.zoom_by(tenths);
            }
        }
        ui.label(format!("{:.0} %", 100.0 * explorer.look.safe_zoom()));
    });
}
