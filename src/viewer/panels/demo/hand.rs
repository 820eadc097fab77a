//! What a visitor gets in the hand: a few large widgets beside the shape, which is turned by dragging.

use egui::{
    Align2, Area, Button, Color32, CornerRadius, Frame, Id, Margin, Order, Rect, RichText, ScrollArea, Slider, Stroke,
    TextStyle, Ui, Vec2, WidgetInfo,
};

use super::caption;
use crate::viewer::panels::measures::Reading;
use crate::viewer::panels::{sides, theme};
use crate::viewer::state::Explorer;

/// In points of a window 720 high.
const WIDTH: f32 = 330.0;
const MARGIN: f32 = 28.0;
const TEXT: f32 = 18.0;
const SMALL: f32 = 14.0;

/// Sliders shown: what changes a shape most comes first.
const SLIDERS: usize = 5;

/// Deviations that a slider of an axis spans on either side.
const REACH: f32 = 2.5;

pub(super) fn show(ui: &mut Ui, explorer: &mut Explorer, view: Rect) {
    let palette = theme::of(ui);
    let fill = palette.panel.gamma_multiply(0.94);
    let area = Area::new(Id::new("demo hand")).order(Order::Middle).fixed_pos(view.left_top() + Vec2::splat(MARGIN));
    let shown = area.movable(false).constrain(false).show(ui.ctx(), |ui| {
        large(ui);
        let frame = Frame::new().fill(fill).corner_radius(CornerRadius::same(12)).inner_margin(Margin::same(20));
        frame.show(ui, |ui| {
            // A window of no size has no room, and must not ask for less than none.
            ui.set_width(WIDTH.min(view.width() - 2.0 * MARGIN - 40.0).max(1.0));
            let room = (view.height() - 2.0 * MARGIN - 40.0).max(1.0);
            ScrollArea::vertical().max_height(room).min_scrolled_height(room).show(ui, |ui| {
                title(ui, explorer);
                way(ui, explorer);
                sliders(ui, explorer);
                ui.add_space(8.0);
                buttons(ui, explorer);
                countdown(ui, explorer);
            });
        });
    });
    explorer.record("demo hand", sides(shown.response.rect));
    let font = egui::FontId::proportional(SMALL);
    let corner = view.right_bottom() - Vec2::splat(MARGIN);
    let hint = "Drag to turn, wheel or pinch to come nearer    Esc ends the demo";
    ui.painter().text(corner, Align2::RIGHT_BOTTOM, hint, font, theme::ON_VIEW.gamma_multiply(0.7));
}

/// Widgets for fingers.
fn large(ui: &mut Ui) {
    let style = ui.style_mut();
    for (text, size) in [(TextStyle::Body, TEXT), (TextStyle::Button, TEXT), (TextStyle::Small, SMALL)] {
        if let Some(font) = style.text_styles.get_mut(&text) {
            font.size = size;
        }
    }
    let spacing = &mut style.spacing;
    spacing.interact_size = Vec2::new(44.0, 30.0);
    spacing.button_padding = Vec2::new(14.0, 9.0);
    spacing.item_spacing = Vec2::new(10.0, 4.0);
    spacing.slider_rail_height = 6.0;
    style.visuals.widgets.inactive.corner_radius = CornerRadius::same(8);
    style.visuals.widgets.hovered.corner_radius = CornerRadius::same(8);
    style.visuals.widgets.active.corner_radius = CornerRadius::same(8);
}

fn title(ui: &mut Ui, explorer: &Explorer) {
    let name = caption::heading(explorer, " ", 27.0, (ui.visuals().strong_text_color(), theme::of(ui).brass));
    ui.add(egui::Label::new(name).wrap());
    ui.add_space(4.0);
}

/// Where between the two shapes of the walk this one is.
fn way(ui: &mut Ui, explorer: &mut Explorer) {
    let Some(leg) = explorer.demo.leg() else { return };
    let (from, to) = (leg.from.title.clone(), leg.to.title.clone());
    let mut share = explorer.demo.share();
    if slider(ui, explorer, "Along the way", &format!("{:.0} %", 100.0 * share), &mut share, 0.0..=1.0) {
        explorer.scrub(share);
    }
    ui.horizontal(|ui| {
        let quiet = theme::of(ui).quiet;
        ui.add(egui::Label::new(RichText::new(from).small().color(quiet)).truncate());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add(egui::Label::new(RichText::new(to).small().color(quiet)).truncate());
        });
    });
    ui.add_space(4.0);
}

/// What a visitor would measure; principal axes where the model knows no measures.
fn sliders(ui: &mut Ui, explorer: &mut Explorer) {
    let readings = Reading::all(explorer);
    for reading in readings.iter().take(SLIDERS) {
        let mut value = reading.value;
        if slider(ui, explorer, &reading.name, &reading.text(), &mut value, reading.range.clone()) {
            explorer.history.name(reading.name.as_str());
            reading.set(explorer, value);
        }
    }
    if !readings.is_empty() {
        return;
    }
    for axis in 0..explorer.model.axes.as_ref().map_or(0, |a| a.deviations.len()).min(SLIDERS) {
        let Some(axes) = &explorer.model.axes else { return };
        let mut value = axes.coordinate(&explorer.latent, axis);
        let name = format!("Trait {}", axis + 1);
        if slider(ui, explorer, &name, &format!("{value:+.1}"), &mut value, -REACH..=REACH) {
            explorer.history.name(name);
            explorer.set_axis(axis, value);
        }
    }
}

/// Name and value above a slider as wide as the panel; true when it was moved.
fn slider(
    ui: &mut Ui,
    explorer: &mut Explorer,
    name: &str,
    shown: &str,
    value: &mut f32,
    range: std::ops::RangeInclusive<f32>,
) -> bool {
    let before = *value;
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 22.0;
        ui.label(name);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(RichText::new(shown).color(theme::of(ui).brass));
        });
    });
    ui.spacing_mut().slider_width = ui.available_width();
    let slider = ui.add(Slider::new(value, range).show_value(false).trailing_fill(true));
    slider.widget_info(|| WidgetInfo::slider(true, f64::from(before), name));
    explorer.record(&format!("demo {name}"), sides(slider.rect));
    *value != before
}

fn buttons(ui: &mut Ui, explorer: &mut Explorer) {
    let (ground, on_ground) = (theme::of(ui).brass_ground, theme::of(ui).on_brass);
    let half = Vec2::new((ui.available_width() - ui.spacing().item_spacing.x) / 2.0, 46.0);
    ui.horizontal(|ui| {
        let surprise = ui.add_sized(half, Button::new("Surprise me"));
        explorer.record("demo Surprise me", sides(surprise.rect));
        if surprise.clicked() {
            explorer.randomise();
        }
        let kept = !explorer.removable().is_empty();
        let keep =
            ui.add_enabled_ui(!kept, |ui| ui.add_sized(half, Button::new(if kept { "Kept" } else { "Keep" }))).inner;
        if keep.clicked() {
            explorer.favour_current();
        }
    });
    ui.horizontal(|ui| {
        let undo = ui.add_enabled_ui(explorer.history.can_undo(), |ui| ui.add_sized(half, Button::new("Undo"))).inner;
        if undo.clicked() {
            explorer.undo();
        }
        let text = RichText::new("Go on").color(on_ground);
        let on = ui.add_sized(half, Button::new(text).fill(ground).stroke(Stroke::NONE));
        explorer.record("demo Go on", sides(on.rect));
        if on.clicked() {
            explorer.walk();
        }
    });
}

/// That the walk is about to go on, as long as nobody touches anything.
fn countdown(ui: &mut Ui, explorer: &Explorer) {
    let demo = &explorer.demo;
    let share = demo.remaining() / demo.idle.max(1.0);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 20.0), egui::Sense::hover());
    if share > 0.6 {
        return;
    }
    let line = Rect::from_min_size(rect.left_bottom() - Vec2::new(0.0, 2.0), Vec2::new(rect.width(), 2.0));
    ui.painter().rect_filled(line, 0.0, Color32::from_white_alpha(18));
    let left = Rect::from_min_size(line.min, Vec2::new(line.width() * share / 0.6, 2.0));
    ui.painter().rect_filled(left, 0.0, theme::of(ui).brass);
    let text = format!("The tour goes on in {:.0} s", demo.remaining().ceil());
    ui.painter().text(
        rect.left_top(),
        Align2::LEFT_TOP,
        text,
        egui::FontId::proportional(SMALL - 1.0),
        theme::of(ui).quiet,
    );
}
