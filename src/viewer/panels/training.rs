//! A training run: started, watched and stopped from here.

use egui::{Button, ComboBox, RichText, TextEdit, Ui};
use egui_plot::{Bar, BarChart, Corner, HoverPosition, Legend, Line, Plot, PlotPoints};

use super::actions::{self, Action};
use super::row::note;
use super::{collapse, theme};
use crate::viewer::state::{Command, Curve, Explorer, Pane, RunView, Training};

/// This pane's own entries.
pub const ACTIONS: &[Action] = &[actions::pane(
    "Training",
    "Starts a recipe, or watches a run: curves, and its newest model in the view.",
    |e| {
        actions::toggle(e, Pane::Training);
        e.ask(Command::ListRuns);
    },
    |e| e.layout.shows(Pane::Training),
)
.ctrl(egui::Key::T)];

/// What is run and watched, and the curves.
pub fn show(ui: &mut Ui, explorer: &mut Explorer) {
    let mut training = std::mem::take(&mut explorer.training);
    start(ui, explorer, &mut training);
    let mut bring = false;
    watch(ui, explorer, &mut training, &mut bring);
    match training.watched.take() {
        Some(run) => {
            state(ui, &run, &mut training);
            if training.curve == Curve::Patches {
                let in_view = training.in_view && training.brought.is_some();
                collapse::show(ui, explorer, &run, in_view);
            } else {
                curves(ui, &run, &mut training);
            }
            training.watched = Some(run);
        }
        None => note(
            ui,
            "Start a recipe, or choose a run to watch. A run that another program trains can be watched as well.",
        ),
    }
    explorer.training = training;
    if bring {
        explorer.bring_newest();
    }
}

fn start(ui: &mut Ui, explorer: &mut Explorer, training: &mut Training) {
    ui.horizontal_wrapped(|ui| {
        ui.label("Recipe");
        ComboBox::from_id_salt("recipe").selected_text("Choose").width(70.0).show_ui(ui, |ui| {
            for recipe in &training.recipes {
                if ui.selectable_label(false, recipe.display().to_string()).clicked() {
                    training.recipe = recipe.display().to_string();
                }
            }
        });
        let field = TextEdit::singleline(&mut training.recipe).hint_text("assets/recipes/own.toml").desired_width(170.0);
        ui.add(field).widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::TextEdit, true, "Recipe file"));
        match &training.started {
            None => {
                let button = ui.add_enabled(!training.recipe.trim().is_empty(), Button::new("Train"));
                let hover = "Trains by this recipe into the folder of its name in runs/, or goes on where that run was stopped.";
                if button.on_hover_text(hover).clicked() {
                    explorer.ask(Command::Train(training.recipe.trim().into()));
                }
            }
            Some(folder) => {
                let hover = format!("{} saves its state and ends; Train goes on from there.", folder.display());
                if ui.button("Stop").on_hover_text(hover).clicked() {
                    explorer.ask(Command::StopTraining);
                }
                ui.label("training");
            }
        }
    });
    if !training.said.is_empty() {
        ui.add(egui::Label::new(RichText::new(&training.said).small().color(theme::of(ui).quiet)).truncate());
    }
}

fn watch(ui: &mut Ui, explorer: &mut Explorer, training: &mut Training, bring: &mut bool) {
    ui.horizontal_wrapped(|ui| {
        ui.label("Run");
        let current = training.watched.as_ref().map_or_else(|| "Choose".into(), |run| run.folder.display().to_string());
        let combo = ComboBox::from_id_salt("run").selected_text(current).width(170.0).show_ui(ui, |ui| {
            for run in &training.runs {
                if ui.selectable_label(false, run.display().to_string()).clicked() {
                    explorer.ask(Command::WatchRun(run.clone()));
                }
            }
        });
        combo.response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::ComboBox, true, "Run"));
        if ui.small_button("Refresh").on_hover_text("Looks again which recipes and runs there are.").clicked() {
            explorer.ask(Command::ListRuns);
        }
        let hover = "Whenever the run saves its model, it takes the place of the model in the view, and your mesh is \
                     reconstructed anew beside itself.";
        if ui.checkbox(&mut training.in_view, "Newest model in view").on_hover_text(hover).changed() {
            training.brought = None;
            *bring = true;
        }
    });
}

fn state(ui: &mut Ui, run: &RunView, training: &mut Training) {
    let mut text = match run.steps {
        0 => format!("step {}", super::grouped(run.step as usize)),
        steps => format!("step {} of {}", super::grouped(run.step as usize), super::grouped(steps as usize)),
    };
    text += &format!(", {:.0} min", run.seconds / 60.0);
    if let Some(v) = run.validations.last() {
        text += &format!(", chamfer x 1000 {:.3} held out", v.cd1000);
    }
    note(ui, text);
    ui.horizontal_wrapped(|ui| {
        for curve in Curve::ALL {
            ui.selectable_value(&mut training.curve, curve, curve.title());
        }
        if training.curve == Curve::Patches {
            return;
        }
        ui.checkbox(&mut training.log_axis, "Log").on_hover_text("A logarithmic axis for the figures.");
        let smoothing = egui::DragValue::new(&mut training.smoothing).range(0.0..=0.98).speed(0.005);
        let smoothing = smoothing.fixed_decimals(2).prefix("Smooth ");
        ui.add(smoothing).on_hover_text("Weight of the past in each point of a curve.");
    });
}

fn curves(ui: &mut Ui, run: &RunView, training: &mut Training) {
    let smoothing = training.smoothing;
    let validated = |value: &dyn Fn(&crate::viewer::state::Validated) -> Option<f64>| -> Vec<[f64; 2]> {
        run.validations.iter().filter_map(|v| Some([v.step as f64, value(v)?])).collect()
    };
    let lines: Vec<(&str, Vec<[f64; 2]>)> = match training.curve {
        Curve::Loss => vec![("loss", run.loss.smoothed(smoothing))],
        Curve::Chamfer => vec![
            ("x 1000, held out", validated(&|v| Some(v.cd1000))),
            ("x 1000, trained on", validated(&|v| v.train_cd1000)),
            ("training loss", run.chamfer.smoothed(smoothing)),
        ],
        Curve::Kl => vec![("all groups, nats", run.kl.smoothed(smoothing))],
        Curve::Collapsed => vec![("collapsed patches a shape", validated(&|v| v.collapsed))],
        Curve::Patches => Vec::new(),
        Curve::LearningRate => vec![("learning rate", run.learning_rate.smoothed(0.0))],
    };
    let height = ui.available_height().max(120.0);
    let groups = run.validations.last().map_or(&[][..], |v| &v.kl_groups);
    let bars = training.curve == Curve::Kl && groups.len() > 1;
    let width = ui.available_width() * if bars { 0.6 } else { 1.0 };
    ui.horizontal_top(|ui| {
        plot(ui, "curves", lines, training.log_axis, [width, height]);
        if bars {
            let bars = groups.iter().enumerate().map(|(g, &kl)| Bar::new(g as f64, kl).width(0.8)).collect();
            let chart = BarChart::new("nats a patch, last validation", bars).color(theme::of(ui).brass);
            bare("kl")
                .legend(Legend::default().position(Corner::RightTop))
                .height(height)
                .show(ui, |ui| ui.bar_chart(chart));
        }
    });
}

fn bare(name: &str) -> Plot<'_> {
    Plot::new(name.to_owned())
        .allow_scroll(false)
        .set_margin_fraction(egui::Vec2::new(0.02, 0.08))
        .show_background(false)
}

fn plot(ui: &mut Ui, name: &str, lines: Vec<(&str, Vec<[f64; 2]>)>, log: bool, [width, height]: [f32; 2]) {
    let mut plot = bare(name).legend(Legend::default().position(Corner::RightTop)).width(width).height(height);
    if log {
        // The plot knows no logarithm: values are drawn by it, and labelled by what they were.
        plot = plot.y_axis_formatter(|mark, _| short(10f64.powf(mark.value))).label_formatter(|at| match at {
            HoverPosition::NearDataPoint { plot_name, position, .. } => {
                Some(format!("{plot_name}\nstep {:.0}\n{}", position.x, short(10f64.powf(position.y))))
            }
            HoverPosition::Elsewhere { .. } => None,
        });
    }
    let colours = [theme::of(ui).brass, theme::of(ui).text, theme::of(ui).quiet];
    plot.show(ui, |ui| {
        for ((name, points), colour) in lines.into_iter().zip(colours) {
            let drawn = points.into_iter().filter(|p| !log || p[1] > 0.0);
            let points: PlotPoints<'_> = drawn.map(|[x, y]| [x, if log { y.log10() } else { y }]).collect();
            ui.line(Line::new(name, points).color(colour).width(1.6));
        }
    });
}

/// Three digits, for an axis.
fn short(x: f64) -> String {
    if (0.01..1000.0).contains(&x) { format!("{x:.3}") } else { format!("{x:.1e}") }
}
