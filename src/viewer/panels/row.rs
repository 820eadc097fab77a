//! One line of a panel: a name, a slider, and the number to type.

use std::ops::RangeInclusive;

use egui::{
    Align, Align2, Color32, DragValue, FontId, Label, Layout, Rect, Response, RichText, Sense, Slider, SliderClamping,
    Stroke, TextStyle, Ui, Vec2, WidgetInfo, WidgetType,
};

use super::theme;
use crate::viewer::state::{Explorer, Lock};

/// Points kept for the name and for the number.
pub const NAME_WIDTH: f32 = 58.0;
const NUMBER_WIDTH: f32 = 70.0;
/// For the lock of a row that has one.
const LOCK_WIDTH: f32 = 14.0;
/// How far a slider follows the pointer while Shift is held.
const FINE: f32 = 0.1;

/// A slider that resets by a double or right click.
pub struct Row<'a> {
    /// The name on the left, also the slider's name for screen readers and tests.
    pub name: &'a str,
    /// What the slider spans; a value beyond it stays until it is moved.
    pub range: RangeInclusive<f32>,
    /// Where a double or right click leads.
    pub rest: f32,
    pub decimals: usize,
    pub suffix: &'a str,
    pub hover: String,
}

impl Row<'_> {
    /// Shows the row; true when the value changed.
    pub fn show(self, ui: &mut Ui, explorer: &mut Explorer, value: &mut f32) -> bool {
        let typed = self.range.clone();
        self.place(ui, explorer, value, NAME_WIDTH, None, typed)
    }

    /// The same, where a number that is typed may lie beyond what the slider spans.
    pub fn show_wide(self, ui: &mut Ui, explorer: &mut Explorer, value: &mut f32, typed: RangeInclusive<f32>) -> bool {
        self.place(ui, explorer, value, NAME_WIDTH, None, typed)
    }

    /// The same with a lock at its end, which stills the row, and so much room for the name.
    pub fn lockable(self, ui: &mut Ui, explorer: &mut Explorer, value: &mut f32, name_width: f32, lock: Lock) -> bool {
        let typed = self.range.clone();
        self.place(ui, explorer, value, name_width, Some(lock), typed)
    }

    fn place(
        self,
        ui: &mut Ui,
        explorer: &mut Explorer,
        value: &mut f32,
        name_width: f32,
        lock: Option<Lock>,
        typed: RangeInclusive<f32>,
    ) -> bool {
        let before = *value;
        ui.horizontal(|ui| {
            let name = label_of(ui, self.name, name_width);
            let gap = ui.spacing().item_spacing.x;
            let lock_width = if lock.is_some() { LOCK_WIDTH + gap } else { 0.0 };
            ui.spacing_mut().slider_width = (ui.available_width() - NUMBER_WIDTH - gap - lock_width).max(60.0);
            let locked = lock.is_some_and(|lock| explorer.vary.locks.contains(&lock));
            ui.add_enabled_ui(!locked, |ui| self.widgets(ui, explorer, value, &name, typed));
            if let Some(lock) = lock {
                padlock(ui, explorer, self.name, lock);
            }
        });
        // The slider rounds through f64: only a real edit counts.
        let changed = *value != before;
        if changed {
            explorer.history.name(self.name);
        }
        changed
    }

    /// The slider and the number.
    fn widgets(
        &self,
        ui: &mut Ui,
        explorer: &mut Explorer,
        value: &mut f32,
        name: &Response,
        typed: RangeInclusive<f32>,
    ) {
        let before = *value;
        let hover = format!("{}\nShift drags finely. Double-click or right-click to reset.", self.hover);
        let mut bar = Slider::new(&mut *value, self.range.clone())
            .show_value(false)
            .clamping(SliderClamping::Edits)
            .handle_shape(egui::style::HandleShape::Circle);
        if self.decimals == 0 {
            bar = bar.integer();
        }
        let slider = ui.add(bar).labelled_by(name.id).interact(Sense::click_and_drag());
        fill(ui, slider.rect, &self.range, self.rest, *value);
        explorer.record(self.name, super::sides(slider.rect));
        if ui.input(|i| i.modifiers.shift) && slider.is_pointer_button_down_on() && self.decimals > 0 {
            let (start, end) = (*self.range.start(), *self.range.end());
            let by = FINE * slider.drag_delta().x * (end - start) / slider.rect.width();
            *value = (before + by).clamp(start.min(before), end.max(before));
        }
        if slider.double_clicked() || slider.secondary_clicked() {
            *value = self.rest;
        }
        slider.on_hover_text(&hover);
        let speed = f64::from(self.range.end() - self.range.start()) / 300.0;
        let number = DragValue::new(&mut *value)
            .range(typed)
            .clamp_existing_to_range(false)
            .speed(speed)
            .fixed_decimals(self.decimals)
            .suffix(self.suffix);
        ui.add_sized(Vec2::new(NUMBER_WIDTH, ui.spacing().interact_size.y), number)
            .on_hover_text("Drag (finely with Shift), or click and type.");
    }
}

/// The switch at a row's end.
fn padlock(ui: &mut Ui, explorer: &mut Explorer, name: &str, lock: Lock) {
    let locked = explorer.vary.locks.contains(&lock);
    let (sign, colour) =
        if locked { ("🔒", theme::of(ui).brass) } else { ("🔓", theme::of(ui).quiet.gamma_multiply(0.6)) };
    let size = Vec2::new(LOCK_WIDTH, ui.spacing().interact_size.y);
    let (rect, button) = ui.allocate_exact_size(size, Sense::click());
    let colour = if button.hovered() { theme::of(ui).text } else { colour };
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, sign, FontId::proportional(12.0), colour);
    let described = format!("Lock {name}");
    button.widget_info(|| WidgetInfo::selected(WidgetType::Checkbox, true, locked, described.clone()));
    explorer.record(&described, super::sides(button.rect));
    let hover = if locked {
        "Locked: click to let it move again."
    } else {
        "Lock: random shapes, mutations, blends and other sliders leave this as it is."
    };
    if button.on_hover_text(hover).clicked() {
        explorer.toggle_lock(lock);
    }
}

/// A row's name at a fixed width, so that sliders line up.
pub fn label(ui: &mut Ui, text: &str) -> Response {
    label_of(ui, text, NAME_WIDTH)
}

fn label_of(ui: &mut Ui, text: &str, width: f32) -> Response {
    let size = Vec2::new(width, ui.spacing().interact_size.y);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(width);
        ui.add(Label::new(text).truncate())
    })
    .inner
}

/// The end of a name that is too wide, since names of files begin alike: `…weapons_longsword`.
pub fn ending(ui: &Ui, name: &str, width: f32) -> String {
    let font = TextStyle::Button.resolve(ui.style());
    let fits = |text: &str| {
        let laid_out = ui.painter().layout_no_wrap(text.to_owned(), font.clone(), Color32::PLACEHOLDER);
        laid_out.size().x <= width
    };
    if fits(name) {
        return name.to_owned();
    }
    let shorter = |(at, _): (usize, char)| Some(format!("…{}", &name[at..])).filter(|text| fits(text));
    name.char_indices().skip(1).find_map(shorter).unwrap_or_else(|| "…".to_owned())
}

/// A quiet line that explains.
pub fn note(ui: &mut Ui, text: impl Into<String>) {
    ui.label(RichText::new(text).small().color(theme::of(ui).quiet));
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
        ui.painter().hline(egui::Rangef::new(from.min(edge), from.max(edge)), y, Stroke::new(4.0, theme::of(ui).brass));
    }
    if (to - from).abs() > radius + 1.0 {
        ui.painter().vline(from, egui::Rangef::new(y - 5.0, y + 5.0), Stroke::new(1.5, theme::of(ui).quiet));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_too_wide_keeps_its_end() {
        let name = "quaternius19_weapons_longsword";
        let shown = |width| {
            let mut found = String::new();
            let _ = egui::Context::default().run_ui(Default::default(), |ui| found = ending(ui, name, width));
            found
        };
        assert_eq!((shown(1000.0).as_str(), shown(0.0).as_str()), (name, "…"));
        let cut = shown(120.0);
        let end = cut.strip_prefix('…').unwrap();
        assert!(name.ends_with(end) && (6..24).contains(&end.len()), "{cut}");
    }
}
