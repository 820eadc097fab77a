//! What a run leaves to look at: its curves, and shapes beside their reconstructions.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::collapse;
use super::data::{Example, TrainingSet};
use super::log::Line;
use super::metrics::reconstruction;
use super::recipe::{Recipe, Schedule, TrainRecipe};
use crate::draw::{Chart, Marker, Paint, Pair, Picture, Series, Style, posed, reconstructions};
use crate::forge::{Forge, ForgeError};
use crate::mesh::Mesh;
use crate::shapes::dataset::Kind;

/// Held-out shapes of either kind on the sheet, at most.
const HELD_OUT: usize = 10;
/// Real shapes that were trained on, on the sheet beside them.
const REAL: usize = 40;
/// The same for a run without real shapes: procedural ones that were trained on.
const PROCEDURAL: usize = 4;
/// Pairs in a row of the sheet.
const COLUMNS: usize = 5;

/// Size of the curves, two panels by two.
const WIDTH: u32 = 1200;
const HEIGHT: u32 = 400;
const BLUE: [u8; 3] = [66, 112, 178];
const RED: [u8; 3] = [200, 66, 60];
const GREEN: [u8; 3] = [52, 138, 92];

/// Losses, divergence and schedules over the steps, and which patches collapsed when, where the log tells.
pub fn curves(title: &str, lines: &[Line], recipe: &Recipe) -> Picture {
    let over_steps = |value: fn(&Line) -> Option<f64>| -> Vec<[f64; 2]> {
        lines.iter().filter_map(|l| Some([l.step() as f64, value(l)?])).collect()
    };
    let chamfer = over_steps(|l| if let Line::Train { chamfer, .. } = l { Some(*chamfer) } else { None });
    let held_out = over_steps(|l| if let Line::Validation { cd1000, .. } = l { Some(*cd1000) } else { None });
    let trained_on = over_steps(|l| if let Line::Validation { train_cd1000, .. } = l { *train_cd1000 } else { None });
    let kl = over_steps(|l| if let Line::Train { kl, .. } = l { Some(*kl) } else { None });
    let rate = over_steps(|l| if let Line::Train { learning_rate, .. } = l { Some(*learning_rate) } else { None });
    let weight = over_steps(|l| if let Line::Train { kl_weight, .. } = l { Some(*kl_weight) } else { None });
    let smoothing = (chamfer.len() as f64 / 100.0).clamp(1.0, 100.0);
    let terms = terms(lines);
    let (label, y_label) = match terms.is_empty() {
        true => ("", "chamfer distance, network units"),
        false => ("chamfer", "share of the loss"),
    };
    let mut training = vec![Series { colour: Some(BLUE), ..Series::line(label, chamfer).smoothed(smoothing) }];
    training.extend(terms.into_iter().map(|(name, points)| Series::line(name, points).smoothed(smoothing)));
    let best = held_out.iter().copied().filter(|p| p[1].is_finite()).min_by(|a, b| a[1].total_cmp(&b[1]));
    let note = best.map_or(String::new(), |[step, cd]| format!(", best {cd:.3} at step {step}"));
    let base = Chart { x_label: "step".into(), log_y: true, width: WIDTH / 2, height: HEIGHT, ..Default::default() };
    let panels = [
        Chart {
            title: format!("{title}: training"),
            y_label: y_label.into(),
            series: training,
            markers: markers(&recipe.train),
            ..base.clone()
        },
        Chart {
            title: format!("Validation{note}"),
            y_label: "CD x 1000, unit ball".into(),
            series: vec![
                Series { colour: Some(RED), ..Series::line("held-out shapes", held_out) },
                Series { colour: Some(BLUE), ..Series::line("shapes trained on", trained_on) },
            ],
            ..base.clone()
        },
        Chart {
            title: "KL divergence from N(0, I)".into(),
            y_label: "nats a shape".into(),
            series: vec![Series { colour: Some(GREEN), ..Series::line("", kl).smoothed(smoothing) }],
            ..base.clone()
        },
        Chart {
            title: "Schedules".into(),
            series: vec![
                Series { colour: Some(BLUE), ..Series::line("learning rate", rate) },
                Series { colour: Some(GREEN), ..Series::line("weight of the KL divergence", weight) },
            ],
            ..base
        },
    ];
    // Training and validation measure in different units, so they share no axis.
    let deaths = collapse::map(lines, WIDTH, HEIGHT);
    let mut page = Picture::new(WIDTH, if deaths.is_some() { 3 } else { 2 } * HEIGHT, [255; 4]);
    for (i, panel) in panels.iter().enumerate() {
        page.paste(&panel.picture(), (i as u32 % 2 * (WIDTH / 2)) as i32, (i as u32 / 2 * HEIGHT) as i32);
    }
    if let Some(deaths) = deaths {
        page.paste(&deaths.picture(), 0, 2 * HEIGHT as i32);
    }
    page
}

/// What each term added to the loss over the steps, by name.
fn terms(lines: &[Line]) -> BTreeMap<&str, Vec<[f64; 2]>> {
    let mut found: BTreeMap<&str, Vec<[f64; 2]>> = BTreeMap::new();
    for line in lines {
        if let Line::Train { step, terms, .. } = line {
            terms.iter().for_each(|(name, x)| found.entry(name).or_default().push([*step as f64, *x]));
        }
    }
    found
}

/// Where the schedules turn.
fn markers(train: &TrainRecipe) -> Vec<Marker> {
    let mut turns = vec![(train.warmup, "full learning rate".to_owned())];
    turns.push((train.kl_warmup, "full KL weight".to_owned()));
    turns.extend(train.batch_norm_steps.map(|step| (step, "batch-norm stands still".to_owned())));
    if let Schedule::Steps { at, factor } = &train.schedule {
        turns.extend(at.iter().map(|&step| (step, format!("lr x {factor}"))));
    }
    turns.retain(|(step, _)| (1..train.steps).contains(step));
    turns.into_iter().map(|(step, label)| Marker { x: step as f64, label }).collect()
}

/// One shape and what the model made of it, both in the unit ball, posed for the sheet ([`posed`]).
#[derive(Clone, Debug)]
pub struct Reconstructed {
    pub name: String,
    pub held_out: bool,
    /// The surface points that the encoder saw.
    pub input: Mesh,
    pub output: Mesh,
    pub cd1000: f32,
}

/// Reconstructs what the sheet shows: held-out shapes, then real ones that were trained on.
///
/// # Errors
/// When the network gives no numbers.
pub fn reconstruct(forge: &Forge, set: &TrainingSet) -> Result<Vec<Reconstructed>, ForgeError> {
    let held_out = |kind: Kind| set.validation.iter().filter(move |e| e.kind == kind).take(HELD_OUT).map(|e| (e, true));
    let mut shown: Vec<(&Example, bool)> = held_out(Kind::Real).chain(held_out(Kind::Procedural)).collect();
    let any_real = set.train.iter().any(|e| e.kind == Kind::Real);
    let (kind, limit) = if any_real { (Kind::Real, REAL) } else { (Kind::Procedural, PROCEDURAL) };
    shown.extend(set.train.iter().filter(|e| e.kind == kind).take(limit).map(|e| (e, false)));
    let class = forge.class();
    let one = |(i, (example, held_out)): (usize, &(&Example, bool))| {
        let found = reconstruction(forge, example, &mut ChaCha8Rng::seed_from_u64(i as u64))?;
        let input = Mesh { positions: example.surface.clone(), normals: example.normals.clone(), ..Default::default() };
        Ok(Reconstructed {
            name: example.name.clone(),
            held_out: *held_out,
            input: posed(input, class),
            output: posed(found.mesh, class),
            cd1000: 1000.0 * found.chamfer,
        })
    };
    shown.par_iter().enumerate().map(one).collect()
}

/// The sheet: input points and reconstruction, front and side, with the error below.
pub fn sheet(title: &str, shapes: &[Reconstructed]) -> Picture {
    let captions: Vec<String> = shapes
        .iter()
        .map(|s| {
            format!("{}\n{}, CD x 1000 {:.2}", s.name, if s.held_out { "held out" } else { "trained on" }, s.cd1000)
        })
        .collect();
    let pairs: Vec<Pair> =
        shapes.iter().zip(&captions).map(|(s, caption)| Pair { caption, input: &s.input, output: &s.output }).collect();
    let subtitle =
        "Input points and reconstruction, each front and side. CD: 2,500 against 2,500 points by area, unit ball.";
    let style = Style { point_radius: 1.2, ..Style::sheet() }.sized(300, 300).painted(Paint::Steel);
    reconstructions(title, subtitle, &pairs, COLUMNS, &style)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Vec<Line> {
        let mut lines = Vec::new();
        for step in 1..=2000u64 {
            let t = step as f64;
            let wobble = 1.0 + 0.3 * (t * 1.7).sin() * (t * 0.37).cos();
            let (kl, learning_rate, kl_weight) =
                (80.0 * (1.0 - (-t / 300.0).exp()) + 1.0, 1e-3, 1e-4 * (t / 500.0).min(1.0));
            let chamfer = wobble * (0.002 + 0.3 * (-t / 150.0).exp());
            let terms = [("stitch".to_owned(), 0.3 * chamfer)].into();
            lines.push(Line::Train { step, seconds: t, chamfer, kl, loss: chamfer, learning_rate, kl_weight, terms });
            if step % 100 == 0 {
                let cd1000 = 0.4 + 30.0 * (-t / 200.0).exp();
                let (train_cd1000, collapsed, kl_groups) = (Some(0.9 * cd1000), Some(1.0), vec![9.0]);
                let collapses = vec![0.0, if step > 1000 { 1.0 } else { 0.0 }];
                lines.push(Line::Validation {
                    step,
                    seconds: t,
                    cd1000,
                    shapes: 9,
                    train_cd1000,
                    collapsed,
                    kl_groups,
                    collapses,
                });
            }
        }
        lines
    }

    fn count(picture: &Picture, colour: [u8; 3]) -> usize {
        let near = |p: &&[u8]| p.iter().zip(&colour).all(|(a, b)| a.abs_diff(*b) < 12);
        picture.rgba().chunks(4).filter(near).count()
    }

    #[test]
    fn curves_show_training_validation_and_schedules() {
        let recipe =
            Recipe { train: TrainRecipe { steps: 2000, kl_warmup: 500, ..Default::default() }, ..Default::default() };
        let page = curves("Run tiny", &lines(), &recipe);
        assert!(count(&page, BLUE) > 300 && count(&page, RED) > 300 && count(&page, GREEN) > 300);
        let empty = curves("Run tiny", &[], &recipe);
        assert!(count(&empty, RED) < 100);
        // Half of the second patch's row, below the charts.
        assert_eq!((page.height(), empty.height()), (3 * HEIGHT, 2 * HEIGHT));
        assert!(count(&page, [0x34, 0x65, 0xa8]) > 50_000);
    }

    #[test]
    fn schedules_are_marked_where_they_turn() {
        let mut train = TrainRecipe { steps: 1000, warmup: 100, kl_warmup: 0, ..Default::default() };
        train.schedule = Schedule::Steps { at: vec![600, 2000], factor: 0.1 };
        let found: Vec<_> = markers(&train).into_iter().map(|m| (m.x, m.label)).collect();
        assert_eq!(found, vec![(100.0, "full learning rate".into()), (600.0, "lr x 0.1".into())]);
    }
}
