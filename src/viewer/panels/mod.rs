//! The explorer's panels: plain egui functions over [`Explorer`], so that a test drives them without a window.

pub mod actions;
pub mod blend;
pub mod codes;
pub mod collapse;
pub mod demo;
pub mod dock;
pub mod export;
pub mod files;
mod film;
pub mod gallery;
mod gizmo;
pub mod history;
pub mod keys;
pub mod latent;
pub mod look;
pub mod map;
pub mod measures;
pub mod menu;
pub mod mix;
pub mod model;
pub mod morph;
pub mod own;
pub mod pad;
pub mod patches;
mod picture;
pub mod ready;
pub mod row;
pub mod size;
pub mod status;
pub mod theme;
pub mod thumbnail;
pub mod training;
pub mod view;

use egui::{
    Align, Align2, CentralPanel, CollapsingHeader, Frame, Margin, Panel, Rect, RichText, ScrollArea, TextStyle, Ui,
    Vec2, text::LayoutJob,
};

use crate::viewer::state::Explorer;

/// Width of the side panel in points.
pub const WIDTH: f32 = 320.0;

/// Shows menu, panels and docks around the view and applies the keys; the view's rectangle in points, which belongs to the
/// shape.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) -> Rect {
    explorer.begin();
    history::watch(ui, explorer);
    if explorer.demo.is_on() {
        return demo::show(ui, explorer);
    }
    if !files::is_open(ui) {
        actions::apply(ui, explorer);
    }
    look::scale_keys(ui, explorer);
    theme::follow(ui.ctx(), &explorer.look);
    let fill = theme::of(ui).panel;
    let bar = Frame::new().fill(fill).inner_margin(Margin::symmetric(8, 2));
    Panel::top("menu").resizable(false).frame(bar).show(ui, |ui| menu::show(ui, explorer));
    let frame = |margin| Frame::new().fill(fill).inner_margin(margin);
    let panel = Panel::left("explorer").exact_size(WIDTH).resizable(false).frame(frame(Margin::ZERO));
    panel.show(ui, |ui| {
        Panel::bottom("outcome").resizable(false).frame(frame(Margin::symmetric(14, 10))).show(ui, |ui| {
            export::show(ui, explorer);
            status::show(ui, explorer);
        });
        CentralPanel::default().frame(frame(Margin { left: 14, right: 4, top: 10, bottom: 0 })).show(ui, |ui| {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                // Room for the scroll bar, which would otherwise lie on the numbers.
                let width = ui.available_width() - 10.0;
                title(ui, explorer);
                section(ui, width, "Shape", |ui| latent::show(ui, explorer));
                if explorer.codebook.is_some() {
                    section(ui, width, "Codes", |ui| codes::show(ui, explorer));
                }
                section(ui, width, "Blend", |ui| blend::show(ui, explorer));
                section(ui, width, "Size", |ui| size::show(ui, explorer));
                section(ui, width, "View", |ui| view::show(ui, explorer));
                ui.add_space(12.0);
            });
        });
    });
    dock::show(ui, explorer);
    files::show(ui, explorer);
    // Painted, not a label: the pointer over it belongs to the shape.
    let view = ui.available_rect_before_wrap();
    picture::show(ui, explorer);
    gizmo::show(ui, explorer, view);
    hint(ui, view);
    view
}

/// How the view is moved, in its corner: in a narrow one in lines, beside a shape that stands in its middle.
fn hint(ui: &Ui, view: Rect) {
    let corner = view.right_bottom() - Vec2::splat(12.0);
    let (font, colour) = (TextStyle::Small.resolve(ui.style()), theme::ON_VIEW.gamma_multiply(0.85));
    let layout = |text: &str| {
        let mut job = LayoutJob::simple(text.to_owned(), font.clone(), colour, f32::INFINITY);
        job.halign = Align::RIGHT;
        ui.painter().layout_job(job)
    };
    let ways = ["Drag to orbit", "right-drag to pan", "wheel to zoom"];
    let line = layout(&ways.join(", "));
    let galley = if line.size().x < 0.4 * view.width() { line } else { layout(&ways.join(",\n")) };
    let at = Align2::RIGHT_BOTTOM.align_size_within_rect(galley.size(), Rect::from_min_max(view.min, corner));
    ui.painter().galley(at.right_top(), galley, colour);
}

fn title(ui: &mut Ui, explorer: &Explorer) {
    ui.horizontal(|ui| {
        ui.heading(RichText::new("Atlasforge").strong());
        row::note(ui, &explorer.model.name);
    });
}

/// A titled part of exactly this width, so that a wide row in one does not widen the next.
fn section(ui: &mut Ui, width: f32, name: &str, body: impl FnOnce(&mut Ui)) {
    ui.add_space(3.0);
    let body = |ui: &mut Ui| {
        ui.set_max_width(width);
        body(ui);
    };
    CollapsingHeader::new(RichText::new(name).strong().color(theme::of(ui).brass))
        .default_open(true)
        .show_unindented(ui, body);
}

/// Left, top, right, bottom of a rectangle.
fn sides(rect: Rect) -> [f32; 4] {
    [rect.left(), rect.top(), rect.right(), rect.bottom()]
}

/// A count with narrow gaps between thousands: `20 250`.
pub fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn counts_are_grouped_by_thousands() {
        assert_eq!(
            ["7", "999", "1\u{202f}000", "12\u{202f}345\u{202f}678"],
            [7, 999, 1000, 12_345_678].map(super::grouped).each_ref().map(String::as_str)
        );
    }
}
