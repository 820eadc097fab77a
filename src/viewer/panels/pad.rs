//! A pad with a shape at each corner: drag in it to mix all four.

use egui::{CollapsingHeader, Pos2, Rect, RichText, Sense, Stroke, Ui, Vec2, WidgetInfo, WidgetType};

use super::{blend, theme};
use crate::viewer::state::{CORNERS, Explorer};

/// Height of the pad in points.
const HEIGHT: f32 = 170.0;

/// The corners and the pad.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    let title = format!("Mix four {}s", explorer.model.class.noun());
    CollapsingHeader::new(RichText::new(title)).id_salt("pad").show_unindented(ui, |ui| {
        corners(ui, explorer, [0, 1]);
        square(ui, explorer);
        corners(ui, explorer, [2, 3]);
    });
}

/// Two pickers side by side.
fn corners(ui: &mut Ui, explorer: &mut Explorer, corners: [usize; 2]) {
    ui.horizontal(|ui| {
        let width = (ui.available_width() - ui.spacing().item_spacing.x) / 2.0;
        let shown = explorer.pad_corners();
        for corner in corners {
            if let Some(index) = blend::choose(ui, explorer, CORNERS[corner], shown[corner], width, None) {
                explorer.pad.corners[corner] = Some(index);
                explorer.history.name("Four corners");
                explorer.go_to_pad(explorer.pad.at);
            }
        }
    });
}

fn square(ui: &mut Ui, explorer: &mut Explorer) {
    let (rect, pad) = ui.allocate_exact_size(Vec2::new(ui.available_width(), HEIGHT), Sense::click_and_drag());
    let name = format!("Mix of four {}s", explorer.model.class.noun());
    pad.widget_info(|| WidgetInfo::labeled(WidgetType::Slider, true, &name));
    explorer.record("Pad", super::sides(rect));
    let inner = rect.shrink(8.0);
    if pad.double_clicked() {
        explorer.history.name("Four corners");
        explorer.go_to_pad([0.5; 2]);
    } else if (pad.is_pointer_button_down_on() || pad.clicked())
        && let Some(pointer) = pad.interact_pointer_pos()
    {
        let place = (pointer - inner.min) / inner.size();
        explorer.history.name("Four corners");
        explorer.go_to_pad([place.x, place.y]);
    }
    paint(ui, rect, inner, explorer.pad.at);
    pad.on_hover_text(
        "Drag: the nearer a corner, the more the shape is like the one that is named there. Double-click: the middle.",
    );
}

fn paint(ui: &Ui, rect: Rect, inner: Rect, at: [f32; 2]) {
    let painter = ui.painter();
    painter.rect_filled(rect, 5.0, theme::of(ui).well);
    let line = Stroke::new(1.0, theme::of(ui).quiet.gamma_multiply(0.25));
    painter.rect_stroke(inner, 0.0, line, egui::StrokeKind::Middle);
    painter.vline(inner.center().x, inner.y_range(), line);
    painter.hline(inner.x_range(), inner.center().y, line);
    let place: Pos2 = inner.min + Vec2::new(at[0], at[1]) * inner.size();
    painter.circle(place, 7.0, theme::of(ui).brass, Stroke::new(2.0, theme::of(ui).on_brass));
}
