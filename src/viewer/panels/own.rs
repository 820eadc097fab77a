//! The artist's own mesh: how close its reconstruction comes, how it is turned, and the search for a better latent.

use egui::{Grid, ProgressBar, RichText, Ui};

use super::actions::{self, Action, Menu};
use super::row::{Row, note};
use super::theme;
use crate::viewer::state::{Command, Explorer, Own, Pane, Shown};

/// This pane's own entries.
pub const ACTIONS: &[Action] = &[
    actions::pane(
        "Your mesh",
        "A mesh file of yours beside what the model makes of it.",
        |e| actions::toggle(e, Pane::Own),
        |e| e.layout.shows(Pane::Own),
    )
    .ctrl(egui::Key::U),
    Action::new(Menu::Shape, "Refine", "Looks for some seconds for a latent that fits your mesh better.", |e| {
        e.ask(Command::Refine);
    })
    .while_(|e| e.own.as_ref().is_some_and(|own| own.refining.is_none() && own.closeness.is_some()))
    .ctrl(egui::Key::R),
];

/// What is known of it, and what can be done.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    let Some(mut own) = explorer.own.take() else {
        note(ui, "Drop a GLB, OBJ, PLY or STL file on the window, or name one in the section Blend.");
        return;
    };
    ui.horizontal_wrapped(|ui| {
        ui.strong(&own.name);
        note(ui, format!("is {}", own.slot.name()));
    });
    ui.horizontal(|ui| {
        for (shown, text, hover) in [
            (Shown::Beside, "Beside", "Your mesh, bluish, stands beside its reconstruction."),
            (Shown::Over, "Over", "Your mesh lies see-through over its reconstruction."),
            (Shown::Hidden, "Hidden", "Only the reconstruction is shown."),
        ] {
            let choice = ui.selectable_value(&mut own.shown, shown, text).on_hover_text(hover);
            explorer.record(text, super::sides(choice.rect));
        }
    });
    figures(ui, &own);
    another(ui, explorer, &own);
    refinement(ui, explorer, &own);
    let before = own.turn;
    turn(ui, explorer, &mut own);
    if own.turn != before {
        own.turn_to(own.turn);
        explorer.ask(Command::Turn);
    }
    ui.add_space(6.0);
    let removed =
        ui.button("Put away").on_hover_text("Removes your mesh from the view; its latent stays among the shapes.");
    if !removed.clicked() {
        explorer.own = Some(own);
    }
}

fn figures(ui: &mut Ui, own: &Own) {
    Grid::new("closeness").num_columns(2).spacing([12.0, 3.0]).show(ui, |ui| {
        let mut row = |name: &str, value: String, hover: &str| {
            ui.label(RichText::new(name).color(theme::of(ui).quiet)).on_hover_text(hover);
            ui.label(value).on_hover_text(hover);
            ui.end_row();
        };
        match &own.closeness {
            Some(c) => {
                let hover = "Squared distance between surfaces, both ways, in the unit ball of your mesh. Swords that the model \
                             knows well lie around 0.25; 0.14 is what the measure itself can tell apart.";
                row("Chamfer x 1000", format!("{:.3}", 1000.0 * c.chamfer), hover);
                let hover = "Share of points closer than a hundredth of the radius to the other surface.";
                row("F-score at 1 %", format!("{:.1} %", 100.0 * c.f_score_fine), hover);
                let hover = "The same within 3.2 % of the radius (AtlasNet's threshold).";
                row("F-score at 3 %", format!("{:.1} %", 100.0 * c.f_score), hover);
            }
            None => row("Chamfer x 1000", "…".into(), "Being measured."),
        }
        let triangles = super::grouped(own.mesh.triangles.len());
        row("Triangles", triangles, "Of your mesh.");
    });
}

/// Where another shape than its reconstruction stands beside it: the way back.
fn another(ui: &mut Ui, explorer: &mut Explorer, own: &Own) {
    let Some(latent) = explorer.latent_of(own).filter(|latent| *latent != explorer.latent) else { return };
    ui.horizontal_wrapped(|ui| {
        note(ui, "Another shape is shown now; these figures are its reconstruction's.");
        if ui.button("Show that").on_hover_text("The reconstruction again, as an edit that can be undone.").clicked() {
            explorer.history.name(own.name.as_str());
            explorer.go_to(latent);
        }
    });
}

fn refinement(ui: &mut Ui, explorer: &mut Explorer, own: &Own) {
    match own.refining {
        Some(refining) => {
            let gain = 100.0 * (1.0 - refining.now / refining.from.max(f32::MIN_POSITIVE));
            ui.add(ProgressBar::new(refining.share.min(1.0)).text(format!("{gain:.0} % closer")));
            if ui.button("Stop").on_hover_text("Keeps what was found so far.").clicked() {
                explorer.ask(Command::StopRefining);
            }
        }
        None => {
            let button = ui.add_enabled(own.closeness.is_some(), egui::Button::new("Refine").shortcut_text("Ctrl+R"));
            let hover = "Looks for up to 12 seconds for a latent that fits your mesh better than the encoder's.";
            if button.on_hover_text(hover).clicked() {
                explorer.ask(Command::Refine);
            }
        }
    }
}

fn turn(ui: &mut Ui, explorer: &mut Explorer, own: &mut Own) {
    ui.add_space(4.0);
    ui.label("Turn").on_hover_text(
        "The tip must point up, the flat of the blade to the front. What was guessed is corrected here.",
    );
    for (axis, name) in ["X", "Y", "Z"].into_iter().enumerate() {
        let row = Row {
            name: &format!("About {name}"),
            range: -180.0..=180.0,
            rest: 0.0,
            decimals: 0,
            suffix: "°",
            hover: format!("Degrees about the {name} axis; a double click leads back to the guess."),
        };
        let mut degrees = own.turn[axis];
        if row.show(ui, explorer, &mut degrees) {
            own.turn[axis] = degrees;
        }
    }
    ui.horizontal_wrapped(|ui| {
        for (text, axis, by, hover) in [
            ("Tip down", 2, 180.0, "Half a turn: where the tip was, the pommel is."),
            ("Quarter about Y", 1, 90.0, "A quarter turn about the blade: its flat to the front."),
            ("Lay down", 2, 90.0, "A quarter turn in the view's plane: for a mesh that lies along X."),
        ] {
            if ui.button(text).on_hover_text(hover).clicked() {
                let turned = own.turn[axis] + by;
                own.turn[axis] = if turned > 180.0 { turned - 360.0 } else { turned };
            }
        }
        if ui.button("As guessed").on_hover_text("Takes all turns back.").clicked() {
            own.turn = [0.0; 3];
        }
    });
}
