//! One line of a panel: a name, a slider, and the number to type.

use egui::{Align, DragValue, Label, Layout, Rect, RichText, Sense, Slider, SliderClamping, Stroke, Ui, Vec2};

use super::theme;
use crate::viewer::state::Explorer;

/// Points kept for the name and for the number.
const NAME_WIDTH: f32 = 58.0;
const NUMBER_WIDTH: f32 = 62.0;

/// A slider that resets by a double or right click.
pub struct Row<'a> {
    /// The name on the left, also the slider's name for screen readers and tests.
    pub name: &'a str,
    /// What the slider spans; a value beyond it stays until it is moved.
    pub range: std::ops::RangeInclusive<f32>,
    /// Where a double or right click leads.
    pub rest: f32,
    pub decimals: usize,
    pub suffix: &'a str,
    pub hover: String,
}

impl Row<'_> {
    /// Shows the row; true when the value changed.
    pub fn show(self, ui: &mut Ui, explorer: &mut Explorer, value: &mut f32) -> bool {
        let before = *value;
        let hover = format!("{}\nDouble-click or right-click to reset.", self.hover);
        ui.horizontal(|ui| {
            let name = label(ui, self.name);
            let number_width = NUMBER_WIDTH + ui.spacing().item_spacing.x;
            ui.spacing_mut().slider_width = (ui.available_width() - number_width).max(60.0);
            let mut typed = Slider::new(&mut *value, self.range.clone())
                .show_value(false)
                .clamping(SliderClamping::Edits)
                .handle_shape(egui::style::HandleShape::Circle);
            if self.decimals == 0 {
                typed = typed.integer();
            }
            let slider = ui.add(typed).labelled_by(name.id).interact(Sense::click_and_drag());
            fill(ui, slider.rect, &self.range, self.rest, *value);
            explorer.record(self.name, super::sides(slider.rect));
            if slider.double_clicked() || slider.secondary_clicked() {
                *value = self.rest;
            }
            slider.on_hover_text(&hover);
            let speed = f64::from(self.range.end() - self.range.start()) / 300.0;
            let number = DragValue::new(&mut *value)
                .range(self.range.clone())
                .clamp_existing_to_range(false)
                .speed(speed)
                .fixed_decimals(self.decimals)
                .suffix(self.suffix);
            ui.add_sized(Vec2::new(NUMBER_WIDTH, ui.spacing().interact_size.y), number)
                .on_hover_text("Drag, or click and type.");
        });
        // The slider rounds through f64: only a real edit counts.
        *value != before
    }
}

/// A row's name at a fixed width, so that sliders line up.
pub fn label(ui: &mut Ui, text: &str) -> egui::Response {
    let size = Vec2::new(NAME_WIDTH, ui.spacing().interact_size.y);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(NAME_WIDTH);
        ui.add(Label::new(text).truncate())
    })
    .inner
}

/// A quiet line that explains.
pub fn note(ui: &mut Ui, text: impl Into<String>) {
    ui.label(RichText::new(text).small().color(theme::QUIET));
}

/// Paints the rail from the rest position to the handle, so that "how far from the average" can be seen at a glance.
fn fill(ui: &Ui, rect: Rect, range: &std::ops::RangeInclusive<f32>, rest: f32, value: f32) {
    // As egui places a round handle: its radius is the slider's height / 2.5.
    let radius = rect.height() / 2.5;
    let span = rect.x_range().shrink(radius);
    let at = |x: f32| {
        let t = (x - range.start()) / (range.end() - range.start());
        span.min + t.clamp(0.0, 1.0) * span.span()
    };
    let (from, to) = (at(rest), at(value));
    let y = rect.center().y;
    if (to - from).abs() > radius {
        let edge = to - radius * (to - from).signum();
        ui.painter().hline(egui::Rangef::new(from.min(edge), from.max(edge)), y, Stroke::new(4.0, theme::BRASS));
    }
    if (to - from).abs() > radius + 1.0 {
        ui.painter().vline(from, egui::Rangef::new(y - 5.0, y + 5.0), Stroke::new(1.5, theme::QUIET));
    }
}
