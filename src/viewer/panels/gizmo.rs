//! Rings in the view by which the artist's mesh is turned.

use egui::{Color32, CursorIcon, Rect, Stroke, Ui};

use crate::viewer::state::{Command, Explorer};

/// Of X, Y and Z, as everywhere.
const COLOURS: [Color32; 3] =
    [Color32::from_rgb(232, 92, 84), Color32::from_rgb(126, 196, 92), Color32::from_rgb(92, 148, 236)];

/// Shows the rings and turns the mesh by them; the pointer is theirs while it is on one.
pub fn show(ui: &Ui, explorer: &mut Explorer, view: Rect) {
    explorer.grips = false;
    let Some(gizmo) = explorer.gizmo else { return };
    let Some(mut own) = explorer.own.take() else { return };
    // egui's points are the window's pixels scaled by the user.
    let zoom = ui.ctx().zoom_factor();
    let (pointer, pressed, down) = ui.input(|input| {
        let pointer = input.pointer.hover_pos().or(input.pointer.interact_pos());
        (pointer, input.pointer.primary_pressed(), input.pointer.primary_down())
    });
    let at = pointer.map(|p| [p.x * zoom, p.y * zoom]);
    let free = pointer.is_some_and(|p| view.contains(p) && ui.ctx().layer_id_at(p) == Some(ui.layer_id()));
    own.grip = own.grip.filter(|_| down);
    let hovered = at.filter(|_| free && !down | pressed).and_then(|at| gizmo.grip(at, own.turn));
    if pressed && own.grip.is_none() {
        own.grip = hovered;
    }
    if let (Some(grip), Some(at)) = (own.grip, at) {
        let turn = grip.turn(at).map(|degrees| degrees.round() + 0.0);
        if own.turn_to(turn) {
            explorer.ask(Command::Turn);
        }
    }
    let held = own.grip.or(hovered).map(|grip| grip.axis);
    if held.is_some() {
        explorer.grips = true;
        ui.ctx().set_cursor_icon(if own.grip.is_some() { CursorIcon::Grabbing } else { CursorIcon::Grab });
    }
    let painter = ui.painter_at(view);
    for axis in 0..3 {
        let line = gizmo.ring(axis).into_iter().map(|[x, y]| egui::pos2(x / zoom, y / zoom)).collect();
        let (width, strength) = if held == Some(axis) { (3.0, 1.0) } else { (1.5, 0.75) };
        painter.line(line, Stroke::new(width, COLOURS[axis].gamma_multiply(strength)));
    }
    explorer.own = Some(own);
}
