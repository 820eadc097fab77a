//! Which patches of a training run collapsed, and when: a row a patch, a column a validation.

use egui::{Align2, Color32, Pos2, Rect, RichText, Sense, TextStyle, Ui, Vec2, WidgetInfo, WidgetType, pos2};

use super::row::note;
use super::theme;
use crate::viewer::state::{Explorer, RunView, Validated};

/// The grid is at least this high and a cell at least this wide, in points.
const LEAST: f32 = 110.0;
const CELL: f32 = 1.0;

/// Room for the steps below it.
const STEPS: f32 = 16.0;

/// Deaths that the line above the grid names.
const NAMED: usize = 3;

/// What the run's log tells of its patches. `in_view`: the explorer's model is the run's, so that its parts and its selected
/// patch are.
pub fn show(ui: &mut Ui, explorer: &mut Explorer, run: &RunView, in_view: bool) {
    let told = run.told();
    let Some(patches) = told.last().map(|v| v.collapses.len()) else {
        note(ui, "This run's log does not tell of every patch: older versions wrote only how many collapsed.");
        return;
    };
    summary(ui, run, patches);
    let font = TextStyle::Small.resolve(ui.style());
    let quiet = theme::of(ui).quiet;
    let size = Vec2::new(ui.available_width(), (ui.available_height() - STEPS).max(LEAST));
    let (rect, grid) = ui.allocate_exact_size(size, Sense::click());
    grid.widget_info(|| WidgetInfo::labeled(WidgetType::Other, true, "Patches by validations"));
    explorer.record("Patches by validations", super::sides(rect));
    let names = [(0, "0".to_owned()), (patches - 1, (patches - 1).to_string())];
    let cells = Cells { rect: rect.with_min_x(rect.left() + 22.0), rows: patches, told: &told };
    ui.painter().rect_filled(cells.rect, 0.0, theme::of(ui).well);
    let alarm = theme::of(ui).alarm;
    for (row, name) in names {
        let at = pos2(cells.rect.left() - 5.0, cells.cell(row, 0).center().y);
        ui.painter().text(at, Align2::RIGHT_CENTER, name, font.clone(), quiet);
    }
    for column in 0..cells.columns() {
        for row in 0..patches {
            let share = cells.share(row, column);
            if share > 0.0 {
                ui.painter().rect_filled(cells.cell(row, column), 0.0, shade(alarm, share));
            }
        }
    }
    // The row of the patch that is marked in the view.
    if let Some(row) = explorer.patches.selected.filter(|&p| in_view && p < patches) {
        let line = cells.cell(row, 0).union(cells.cell(row, cells.columns() - 1));
        let stroke = egui::Stroke::new(1.0, theme::of(ui).brass);
        ui.painter().rect_stroke(line, 0.0, stroke, egui::StrokeKind::Outside);
    }
    ui.horizontal(|ui| {
        ui.add_space(22.0);
        note(ui, format!("step {}", super::grouped(told[0].step as usize)));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            note(ui, format!("step {}", super::grouped(told[told.len() - 1].step as usize)));
        });
    });
    let Some((row, validation)) = grid.hover_pos().and_then(|at| cells.at(at)) else { return };
    let part = explorer.model.parts.get(row).filter(|_| in_view).map(|part| format!(" ({part})")).unwrap_or_default();
    let share = 100.0 * validation.collapses.get(row).copied().unwrap_or(0.0);
    let text = format!(
        "Patch {row}{part}, step {}: collapsed in {share:.0} % of {} held-out shapes",
        super::grouped(validation.step as usize),
        validation.shapes
    );
    if grid.on_hover_text_at_pointer(text).clicked() && in_view {
        explorer.patches.find((explorer.patches.selected != Some(row)).then_some(row));
    }
}

fn summary(ui: &mut Ui, run: &RunView, patches: usize) {
    let deaths = run.deaths();
    let hover = "Collapsed: mean EG-F² below a thousandth of the mean over patches. The redder a cell, the more of the \
                 held-out shapes the patch has collapsed in.";
    let text = if deaths.is_empty() {
        RichText::new(format!("None of the {patches} patches has collapsed in a held-out shape."))
    } else {
        let names: Vec<String> = deaths.iter().take(NAMED).map(|(patch, step)| format!("{patch} at {step}")).collect();
        let more = if deaths.len() > NAMED { ", …" } else { "" };
        let text = format!("⚠ {} of {patches} patches collapsed; first seen: {}{more}", deaths.len(), names.join(", "));
        RichText::new(text).color(theme::of(ui).alarm)
    };
    ui.label(text.small()).on_hover_text(hover);
}

/// A share above nothing is seen, however small.
fn shade(full: Color32, share: f64) -> Color32 {
    full.gamma_multiply(0.25 + 0.75 * share.clamp(0.0, 1.0) as f32)
}

/// Where the cells lie.
struct Cells<'a> {
    rect: Rect,
    rows: usize,
    told: &'a [&'a Validated],
}

impl Cells<'_> {
    /// As many as there are validations, or as have room.
    fn columns(&self) -> usize {
        self.told.len().min((self.rect.width() / CELL) as usize).max(1)
    }

    /// The validations that a column stands for.
    fn of(&self, column: usize) -> std::ops::Range<usize> {
        let at = |c: usize| c * self.told.len() / self.columns();
        at(column)..at(column + 1)
    }

    /// The worst of a column's validations.
    fn share(&self, row: usize, column: usize) -> f64 {
        self.told[self.of(column)].iter().filter_map(|v| v.collapses.get(row)).fold(0.0, |a, b| a.max(*b))
    }

    fn cell(&self, row: usize, column: usize) -> Rect {
        let Rect { min, .. } = self.rect;
        let (w, h) = (self.rect.width() / self.columns() as f32, self.rect.height() / self.rows as f32);
        let gap = if h > 4.0 { 1.0 } else { 0.0 };
        let corner = min + Vec2::new(w * column as f32, h * row as f32);
        Rect::from_min_size(corner, Vec2::new(w, h - gap))
    }

    /// The patch and the validation under the pointer.
    fn at(&self, pointer: Pos2) -> Option<(usize, &Validated)> {
        if !self.rect.contains(pointer) {
            return None;
        }
        let share = (pointer - self.rect.min) / self.rect.size();
        let row = ((share.y * self.rows as f32) as usize).min(self.rows - 1);
        let column = ((share.x * self.columns() as f32) as usize).min(self.columns() - 1);
        Some((row, self.told.get(self.of(column).start)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_with_more_validations_than_points_shows_the_worst_of_each_column() {
        let validated = |step: u64| Validated {
            step,
            cd1000: 0.3,
            train_cd1000: None,
            collapsed: None,
            kl_groups: Vec::new(),
            shapes: 4,
            collapses: vec![0.0, if step == 501 { 0.75 } else { 0.0 }],
        };
        let all: Vec<Validated> = (0..1000).map(validated).collect();
        let told: Vec<&Validated> = all.iter().collect();
        let cells = Cells { rect: Rect::from_min_size(Pos2::ZERO, Vec2::new(100.0, 40.0)), rows: 2, told: &told };
        assert_eq!(cells.columns(), 100);
        let dead: Vec<usize> = (0..100).filter(|&c| cells.share(1, c) > 0.0).collect();
        assert_eq!((dead, cells.share(1, 50), cells.share(0, 50)), (vec![50], 0.75, 0.0));
        let (row, validation) = cells.at(cells.cell(1, 50).center()).unwrap();
        assert_eq!((row, validation.step), (1, 500));
        assert!(cells.at(pos2(101.0, 0.0)).is_none());
        let few = Cells { told: &told[..3], ..cells };
        assert_eq!((few.columns(), few.of(2)), (3, 2..3));
    }
}
