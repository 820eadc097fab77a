//! What the program has to say, and how fast it is.

use egui::{RichText, Ui};

use super::row::note;
use super::{grouped, theme};
use crate::viewer::state::{Explorer, Level};

/// Messages, jobs under way, figures.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    let mut dismissed = None;
    for (i, message) in explorer.messages.iter().enumerate() {
        let colour = match message.level {
            Level::Info => theme::of(ui).text,
            Level::Error => theme::of(ui).alarm,
        };
        ui.horizontal_top(|ui| {
            let close = ui.add(egui::Button::new("×").small().frame(false)).on_hover_text("Dismiss");
            close.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, "Dismiss"));
            if close.clicked() {
                dismissed = Some(i);
            }
            ui.add(egui::Label::new(RichText::new(&message.text).small().color(colour)).wrap().selectable(true));
        });
    }
    if let Some(i) = dismissed {
        explorer.messages.remove(i);
    }
    for job in &explorer.working {
        ui.horizontal(|ui| {
            ui.add(egui::Spinner::new().size(12.0));
            note(ui, format!("{job} …"));
        });
    }
    let stats = &explorer.stats;
    let decode = stats.decode_ms.map_or_else(|| "-".into(), |ms| format!("{ms:.2}"));
    let fps = stats.fps.map_or_else(|| "-".into(), rate);
    let line = format!("decode {decode} ms   {fps} fps   {} triangles", grouped(explorer.triangles()));
    ui.label(RichText::new(line).small().color(theme::of(ui).quiet)).on_hover_text(format!(
        "GPU time of the last decode; {} decodes since the start.",
        grouped(stats.decodes as usize)
    ));
    if !stats.adapter.is_empty() {
        ui.add(egui::Label::new(RichText::new(&stats.adapter).small().color(theme::of(ui).quiet)).truncate())
            .on_hover_text(format!("Graphics adapter: {}", stats.adapter));
    }
}

/// Frames a second: a software adapter's lie around one, where the decimal is the figure.
fn rate(fps: f32) -> String {
    if fps < 9.95 { format!("{fps:.1}") } else { format!("{fps:.0}") }
}

#[cfg(test)]
mod tests {
    #[test]
    fn slow_rates_keep_a_decimal() {
        assert_eq!([0.42, 9.94, 9.96, 59.6].map(super::rate), ["0.4", "9.9", "10", "60"]);
    }
}
