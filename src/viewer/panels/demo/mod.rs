//! The window while the demo runs: no panels, but large words beside the shape; and large widgets for whoever takes over.

mod caption;
mod hand;

use egui::{Event, Key, Rect, Ui};

use super::actions::{self, Action, Menu};
use super::{picture, theme};
use crate::viewer::state::{Explorer, Mode};

/// The window is laid out as if it were so high, in points, whatever the screen: what is read from afar grows with it.
const HEIGHT: f32 = 720.0;

/// How much larger or smaller than usual that may make things.
const SCALES: std::ops::RangeInclusive<f32> = 0.4..=4.0;

/// The demo's own entries.
pub const ACTIONS: &[Action] = &[
    Action::new(
        Menu::View,
        "Demo",
        "Full screen: walks between the favourites by itself until somebody touches anything.",
        Explorer::toggle_demo,
    )
    .switch(|e| e.demo.is_on())
    .key(Key::F5),
    Action::new(Menu::View, "End demo", "Back to the panels; the shape stays.", Explorer::leave_demo)
        .key(Key::Escape)
        .while_(|e| e.demo.is_on(), "No demo is running."),
];

/// Shows the demo; the view's rectangle, which is all of the window.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) -> Rect {
    let view = ui.max_rect();
    scale(ui, view);
    let own = |action: &Action| ACTIONS.iter().any(|a| a.name == action.name);
    actions::apply_those(ui, explorer, own);
    picture::show(ui, explorer);
    let touched = is_touched(ui, explorer);
    match explorer.demo.mode() {
        // The artist's again from the next frame on.
        Mode::Off => (),
        Mode::Walking => {
            if touched {
                explorer.touch_demo();
                // What takes over does nothing else.
                ui.input_mut(|input| input.events.clear());
            }
            caption::show(ui, explorer, view);
        }
        Mode::Taken => {
            if touched {
                explorer.touch_demo();
            }
            let sensible = |action: &Action| {
                // A visitor's hand changes shapes, and nothing that the artist keeps.
                matches!(action.menu, Menu::Edit | Menu::Shape | Menu::Look) && !action.name.ends_with("favourite")
            };
            actions::apply_those(ui, explorer, sensible);
            hand::show(ui, explorer, view);
        }
    }
    view
}

/// Fits everything to the window's height.
fn scale(ui: &Ui, view: Rect) {
    let zoom = ui.ctx().zoom_factor();
    let wanted = (view.height() * zoom / HEIGHT).clamp(*SCALES.start(), *SCALES.end());
    // Not for a pixel more or less, which would lay everything out anew.
    if (wanted / zoom - 1.0).abs() > 0.02 {
        theme::scale(ui.ctx(), wanted);
    }
}

/// Whether a hand did anything in this frame.
fn is_touched(ui: &Ui, explorer: &mut Explorer) -> bool {
    let walking = explorer.demo.mode() == Mode::Walking;
    ui.input(|input| {
        let mut touched = input.modifiers.any() || input.pointer.any_down();
        for event in &input.events {
            touched |= match event {
                Event::PointerMoved(at) => {
                    // A frame's positions come in the scale of that frame.
                    !walking || explorer.demo.is_nudged([at.x, at.y])
                }
                // A release ends what began before the walk, as the key that began it.
                Event::Key { pressed, repeat, .. } => *pressed && !repeat,
                Event::PointerButton { pressed, .. } => *pressed,
                Event::Text(_)
                | Event::MouseWheel { .. }
                | Event::Touch { .. }
                | Event::Zoom(_)
                | Event::Copy
                | Event::Cut
                | Event::Paste(_) => true,
                _ => false,
            };
        }
        touched
    })
}
