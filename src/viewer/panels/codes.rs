//! The codes that a quantised model decodes in place of the latent's numbers: the sliders move the vector, and a code
//! changes where another one comes nearer.

use std::sync::Arc;

use egui::{DragValue, Grid, ProgressBar, Ui};

use super::row::note;
use super::theme;
use crate::viewer::state::Explorer;

/// Segments side by side.
const COLUMNS: usize = 2;

/// One field a segment, which shows its code and takes another, and how many of the training set's shapes have it.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    let Some(book) = explorer.codebook.clone() else { return };
    if explorer.latent.is_mix(explorer.model.groups) {
        note(ui, "A mix: each patch has codes of its own.");
        return;
    }
    let codes = book.nearest(explorer.latent.values());
    note(ui, format!("{} codes of {} each; the bar: how common it is", book.segments(), book.codes()));
    Grid::new("codes").num_columns(COLUMNS * 3).spacing([8.0, 4.0]).show(ui, |ui| {
        for (segment, &code) in codes.iter().enumerate() {
            let name = ui.label(format!("Code {}", segment + 1));
            let mut chosen = code;
            let field = ui.add(DragValue::new(&mut chosen).range(0..=book.codes() - 1).speed(0.1)).labelled_by(name.id);
            explorer.record(&format!("Code {}", segment + 1), super::sides(field.rect));
            let (share, used) = (book.share(segment, code), book.used(segment));
            let bar = ProgressBar::new(relative(&book, segment, code)).desired_width(52.0).desired_height(6.0);
            ui.add(bar.fill(theme::of(ui).brass)).on_hover_text(format!(
                "{:.1} % of the training set's shapes have code {code} here; {used} of {} codes are used.",
                100.0 * share,
                book.codes()
            ));
            let hover = "What numbers of the latent are decoded as. Drag, or click and type, for another.";
            if field.on_hover_text(hover).changed() && chosen != code {
                choose(explorer, segment, chosen);
            }
            if (segment + 1) % COLUMNS == 0 {
                ui.end_row();
            }
        }
    });
}

/// How common a code is beside the segment's commonest, 0 to 1.
fn relative(book: &Arc<crate::model::Codebook>, segment: usize, code: usize) -> f32 {
    let most = (0..book.codes()).map(|other| book.share(segment, other)).fold(0.0, f32::max);
    if most > 0.0 { book.share(segment, code) / most } else { 0.0 }
}

/// Moves a segment of the latent onto a code; the other segments stay where they are.
fn choose(explorer: &mut Explorer, segment: usize, code: usize) {
    let Some(book) = &explorer.codebook else { return };
    let at = segment * book.width();
    let vector = book.vector(segment, code.min(book.codes() - 1));
    for (x, v) in explorer.latent.values_mut().iter_mut().skip(at).zip(vector) {
        *x = *v;
    }
}
