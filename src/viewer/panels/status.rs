//! What the program has to say, and how fast it is.

use egui::{RichText, Ui};

use super::row::note;
use super::{grouped, theme};
use crate::viewer::state::{Explorer, Level, Stats};

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
    let own = stats.own_time.as_ref().map_or_else(|| "-".into(), |own| format!("{:.1}", own.mean));
    let quiet = |text: String| egui::Label::new(RichText::new(text).small().color(theme::of(ui).quiet)).truncate();
    let speed = quiet(format!("decode {decode} ms   CPU {own} ms   {fps} fps"));
    let mut drawn = format!("{} triangles", grouped(explorer.triangles()));
    if !stats.adapter.is_empty() {
        drawn += &format!("   {}", stats.adapter);
    }
    let drawn = quiet(drawn);
    ui.add(speed).on_hover_text(figures(stats));
    ui.add(drawn)
        .on_hover_text(format!("What the shape consists of; the graphics adapter that draws it: {}", stats.adapter));
}

/// What the figures mean.
fn figures(stats: &Stats) -> String {
    let decodes = grouped(stats.decodes as usize);
    let mut text = format!("decode: GPU time of the last decode; {decodes} decodes since the start.");
    if let Some(own) = &stats.own_time {
        text += "\nCPU: what the explorer's own systems use of the processor in a frame, on average. The dearest are:";
        for (name, milliseconds) in &own.parts {
            text += &format!("\n    {milliseconds:.2} ms  {name}");
        }
    }
    text
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
