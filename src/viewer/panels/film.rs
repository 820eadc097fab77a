//! The part of the look pane that takes pictures and turns.

use egui::{Button, ComboBox, DragValue, Key, Modifiers, ProgressBar, RichText, Ui};

use super::actions::{Action, Menu};
use super::look::ask;
use super::row::label;
use super::sides;
use crate::viewer::state::{Explorer, FRAMES, FrameSize, Recording, Reel, StudioCommand};

/// This part's own entries.
pub const ACTIONS: &[Action] = &[
    Action::new(Menu::File, "Save picture", "Saves the view without panels, as the Look pane says.", |e| {
        ask(e, StudioCommand::Picture);
    })
    .keys(Modifiers::SHIFT, Key::F12)
    .while_(|e| e.film.recording.is_none(), "A turn is being saved: wait for it, or stop it in the Look pane."),
    Action::new(Menu::File, "Save turn", "Saves a whole turn as GIF or frames, as the Look pane says.", |e| {
        ask(e, StudioCommand::Record);
    })
    .ctrl(Key::F12)
    .while_(|e| e.film.recording.is_none(), "A turn is being saved: wait for it, or stop it in the Look pane."),
];

/// Sizes, what to leave out, and the buttons; a turn's progress.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    ui.checkbox(&mut explorer.film.transparent, "Without background")
        .on_hover_text("The shape alone, on nothing: to be laid over something else.");
    let idle = explorer.film.recording.is_none();
    ui.horizontal(|ui| {
        size(ui, "Picture", FrameSize::OF_PICTURES, &mut explorer.film.size);
        let save = ui.add_enabled(idle, Button::new("Save picture"));
        explorer.record("Save picture", sides(save.rect));
        if save.on_hover_text("Saves the view without panels as PNG (Shift+F12).").clicked() {
            ask(explorer, StudioCommand::Picture);
        }
    });
    ui.horizontal(|ui| {
        size(ui, "Turn", FrameSize::OF_TURNS, &mut explorer.film.turn_size);
        let save = ui.add_enabled(idle, Button::new("Save turn"));
        explorer.record("Save turn", sides(save.rect));
        if save.on_hover_text("Draws a whole turn and saves it (Ctrl+F12).").clicked() {
            ask(explorer, StudioCommand::Record);
        }
    });
    ui.horizontal(|ui| {
        label(ui, "as");
        let reel = &mut explorer.film.reel;
        for (kind, name, hint) in [
            (Reel::Gif, "GIF", "One file that every browser plays."),
            (Reel::Frames, "PNGs", "A folder of numbered pictures, for a film or a sprite."),
        ] {
            if ui.selectable_label(*reel == kind, name).on_hover_text(hint).clicked() {
                *reel = kind;
            }
        }
        let film = &mut explorer.film;
        ui.add(DragValue::new(&mut film.frames).range(FRAMES).suffix(" frames")).on_hover_text("Frames of a turn.");
        ui.add_enabled(
            film.reel == Reel::Gif,
            DragValue::new(&mut film.seconds).range(1.0..=30.0).speed(0.05).fixed_decimals(1).suffix(" s"),
        )
        .on_hover_text("How long a turn lasts.");
    });
    if let Some(recording) = explorer.film.recording.clone() {
        progress(ui, explorer, &recording);
    }
}

fn progress(ui: &mut Ui, explorer: &mut Explorer, recording: &Recording) {
    let Recording { drawn, frames, writing } = *recording;
    ui.horizontal(|ui| {
        let text = if writing { "writing …".to_owned() } else { format!("{drawn} of {frames}") };
        let width = ui.available_width() - 64.0;
        let share = drawn as f32 / frames.max(1) as f32;
        ui.add(ProgressBar::new(share).desired_width(width).text(RichText::new(text).small()));
        if ui.add_enabled(!writing, Button::new("Stop")).on_hover_text("Gives the turn up; nothing is saved.").clicked()
        {
            ask(explorer, StudioCommand::StopRecording);
        }
    });
}

fn size(ui: &mut Ui, name: &str, all: &[FrameSize], value: &mut FrameSize) {
    let name = label(ui, name);
    let combo = ComboBox::from_id_salt(("size", name.id)).selected_text(value.name()).width(108.0).show_ui(ui, |ui| {
        for &other in all {
            if ui.selectable_label(*value == other, other.name()).clicked() {
                *value = other;
            }
        }
    });
    combo.response.labelled_by(name.id).on_hover_text("Size in pixels.");
}
