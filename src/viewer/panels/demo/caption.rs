//! What is read from afar while the demo walks: the shape's name, its measures, and how far the walk is.

use egui::text::{LayoutJob, TextFormat};
use egui::{Align2, Color32, FontId, Label, Rect, Sense, Ui, UiBuilder, Vec2, WidgetText, pos2};

use crate::class::Class;
use crate::viewer::panels::measures::Reading;
use crate::viewer::panels::theme::{BRASS_ON_VIEW, ON_VIEW};
use crate::viewer::state::Explorer;

/// Sizes of type in points of a window 720 high.
const NAME: f32 = 50.0;
const VALUE: f32 = 25.0;
const SMALL: f32 = 13.0;

/// Distance from the window's edges, and between two measures.
const MARGIN: f32 = 44.0;
const GAP: f32 = 34.0;

/// Measures shown at most.
const MEASURES: usize = 5;

/// The share of the width that a sword in the middle leaves free on one side, and the least that words take all the same.
const BESIDE: f32 = 0.42;
const LEAST: f32 = 400.0;

/// Between two rows of measures.
const LEADING: f32 = 10.0;

/// Small type on the floor, which is lighter than a panel.
const LABEL: Color32 = Color32::from_rgb(178, 184, 194);

/// The line at the lower edge.
const LINE: f32 = 3.0;

/// The arrow between two names; of the type that is proportional, no face has one.
const ARROW: &str = "→";

pub(super) fn show(ui: &mut Ui, explorer: &mut Explorer, view: Rect) {
    let inner = view.shrink(MARGIN);
    let width = match explorer.model.class {
        Class::Sword => (BESIDE * inner.width()).max(LEAST).min(inner.width()),
        Class::Plane => inner.width(),
    };
    let column = inner.with_max_x(inner.left() + width);
    let bottom = measures(ui, explorer, column) - 12.0;
    name(ui, explorer, column, bottom);
    place(ui, Align2::LEFT_TOP, inner.left_top(), spaced("ATLASFORGE", SMALL, BRASS_ON_VIEW));
    let hint = plain("Touch or press anything to take over", SMALL + 2.0, LABEL);
    place(ui, Align2::RIGHT_TOP, inner.right_top(), hint);
    progress(ui, explorer, view);
}

/// The shape's name, and where it is going to, with `between` before the arrow.
pub(super) fn heading(
    explorer: &Explorer,
    between: &str,
    size: f32,
    (colour, accent): (Color32, Color32),
) -> LayoutJob {
    let (from, to) = explorer.heading();
    let mut job = plain(&from, size, colour);
    if let Some(to) = &to {
        let arrow = TextFormat { font_id: FontId::monospace(0.8 * size), color: accent, ..TextFormat::default() };
        job.append(&format!("{between}{ARROW} "), 0.0, arrow);
        append(&mut job, to, size, colour, 0.0);
    }
    job
}

/// `Longsword`, and on the way `→ Falchion` under it.
fn name(ui: &mut Ui, explorer: &mut Explorer, column: Rect, bottom: f32) {
    let text = |size: f32| heading(explorer, "\n", size, (ON_VIEW, BRASS_ON_VIEW));
    // Long names become smaller rather than another line.
    let width = ui.fonts_mut(|fonts| fonts.layout_job(text(NAME))).size().x;
    let size = NAME * (column.width() / width.max(1.0)).min(1.0);
    let rect = place(ui, Align2::LEFT_BOTTOM, pos2(column.left(), bottom), text(size));
    explorer.record("demo name", crate::viewer::panels::sides(rect));
}

/// Each measure as a value under its name, in as many rows as they take; the upper edge of it all.
fn measures(ui: &mut Ui, explorer: &Explorer, column: Rect) -> f32 {
    let mut told: Vec<(String, String)> = vec![("Length".into(), format!("{:.2} m", explorer.shown_length()))];
    told.extend(Reading::all(explorer).into_iter().map(|r| (r.name.clone(), r.text())));
    told.truncate(MEASURES);
    let jobs = told.iter().map(|(name, value)| {
        let name = spaced(&name.to_uppercase(), SMALL - 1.0, LABEL);
        (name, plain(value, VALUE, ON_VIEW))
    });
    let mut rows: Vec<Vec<(f32, LayoutJob, LayoutJob)>> = vec![Vec::new()];
    let mut left = column.left();
    for (name, value) in jobs {
        // As wide as the name: the value's width changes as it runs.
        let width = ui.fonts_mut(|f| f.layout_job(name.clone())).size().x.max(VALUE * 3.6);
        if left > column.left() && left + width > column.right() {
            left = column.left();
            rows.push(Vec::new());
        }
        if let Some(row) = rows.last_mut() {
            row.push((left, name, value));
        }
        left += width + GAP;
    }
    let mut top = column.bottom();
    for row in rows.into_iter().rev() {
        let bottom = top;
        for (left, name, value) in row {
            let value = place(ui, Align2::LEFT_BOTTOM, pos2(left, bottom), value);
            let name = place(ui, Align2::LEFT_BOTTOM, pos2(left, value.top() - 2.0), name);
            top = top.min(name.top() - LEADING);
        }
    }
    top + LEADING
}

/// How far the walk is, as a thin line along the lower edge.
fn progress(ui: &Ui, explorer: &Explorer, view: Rect) {
    let Some(leg) = explorer.demo.leg() else { return };
    let line = Rect::from_min_max(pos2(view.left(), view.bottom() - LINE), view.right_bottom());
    ui.painter().rect_filled(line, 0.0, Color32::from_white_alpha(18));
    let done = Rect::from_min_size(line.min, Vec2::new(line.width() * leg.progress(), LINE));
    ui.painter().rect_filled(done, 0.0, BRASS_ON_VIEW);
}

/// Puts a line of type where its corner belongs; a label, so that it can be read aloud. Where it lies.
fn place(ui: &mut Ui, anchor: Align2, at: egui::Pos2, job: LayoutJob) -> Rect {
    let size = ui.fonts_mut(|fonts| fonts.layout_job(job.clone())).size();
    let rect = anchor.anchor_size(at, size);
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect.expand(1.0)));
    child.add(Label::new(WidgetText::from(job)).sense(Sense::empty()).selectable(false).extend());
    rect
}

fn plain(text: &str, size: f32, colour: Color32) -> LayoutJob {
    let mut job = LayoutJob::default();
    append(&mut job, text, size, colour, 0.0);
    job
}

/// Small capitals want air between them.
fn spaced(text: &str, size: f32, colour: Color32) -> LayoutJob {
    let mut job = LayoutJob::default();
    append(&mut job, text, size, colour, 0.12 * size);
    job
}

fn append(job: &mut LayoutJob, text: &str, size: f32, colour: Color32, spacing: f32) {
    let font_id = FontId::proportional(size);
    job.append(
        text,
        0.0,
        TextFormat { font_id, color: colour, extra_letter_spacing: spacing, ..TextFormat::default() },
    );
}
