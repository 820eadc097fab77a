//! The artist's own mesh: how close its reconstruction comes, how it is turned, and the search for a better latent.

use egui::{Grid, Key, Modifiers, ProgressBar, RichText, Ui};

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
    .while_(
        |e| e.own.as_ref().is_some_and(|own| own.refining.is_none() && own.closeness.is_some()),
        "Drop a mesh file on the window first, and wait until it is encoded or refined.",
    )
    .ctrl(egui::Key::R),
    turning::<0>().keys(Modifiers::ALT, Key::ArrowDown),
    turning::<1>().keys(Modifiers::ALT, Key::ArrowRight),
    turning::<2>().keys(Modifiers::ALT, Key::ArrowLeft),
    turning::<3>().keys(Modifiers::ALT, Key::ArrowUp),
    Action::new(Menu::Shape, "Put your mesh away", AWAY, |e| e.own = None)
        .while_(|e| e.own.is_some(), "Drop a mesh file on the window first.")
        .keys(Modifiers::SHIFT, Key::U),
];

const AWAY: &str = "Removes your mesh from the view; its latent stays among the shapes.";

/// A way to correct how the mesh was guessed to lie.
struct Way {
    /// On its button, and in the menu.
    name: &'static str,
    entry: &'static str,
    hint: &'static str,
    /// From one turn to the next, degrees about X, Y and Z.
    turn: fn([f32; 3]) -> [f32; 3],
}

const WAYS: [Way; 4] = [
    Way {
        name: "Tip down",
        entry: "Turn your mesh: tip down",
        hint: "Half a turn: where the tip was, the pommel is.",
        turn: |turn| turned(turn, 2, 180.0),
    },
    Way {
        name: "Quarter about Y",
        entry: "Turn your mesh: quarter about Y",
        hint: "A quarter turn about the blade: its flat to the front.",
        turn: |turn| turned(turn, 1, 90.0),
    },
    Way {
        name: "Lay down",
        entry: "Turn your mesh: lay down",
        hint: "A quarter turn in the view's plane: for a mesh that lies along X.",
        turn: |turn| turned(turn, 2, 90.0),
    },
    Way { name: "As guessed", entry: "Turn your mesh: as guessed", hint: "Takes all turns back.", turn: |_| [0.0; 3] },
];

fn turned(mut turn: [f32; 3], axis: usize, by: f32) -> [f32; 3] {
    turn[axis] += by;
    if turn[axis] > 180.0 {
        turn[axis] -= 360.0;
    }
    turn
}

const fn turning<const WAY: usize>() -> Action {
    let Way { entry, hint, .. } = WAYS[WAY];
    Action::new(Menu::Shape, entry, hint, |e| {
        if e.own.as_mut().is_some_and(|own| own.turn_to((WAYS[WAY].turn)(own.turn))) {
            e.ask(Command::Turn);
        }
    })
    .while_(|e| e.own.is_some(), "Drop a mesh file on the window first.")
}

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
    let turn = turn(ui, explorer, own.turn);
    if own.turn_to(turn) {
        explorer.ask(Command::Turn);
    }
    ui.add_space(6.0);
    if !ui.button("Put away").on_hover_text(AWAY).clicked() {
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

/// The turn that is asked for.
fn turn(ui: &mut Ui, explorer: &mut Explorer, mut turn: [f32; 3]) -> [f32; 3] {
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
        row.show(ui, explorer, &mut turn[axis]);
    }
    ui.horizontal_wrapped(|ui| {
        for way in &WAYS {
            if ui.button(way.name).on_hover_text(way.hint).clicked() {
                turn = (way.turn)(turn);
            }
        }
    });
    turn
}
