//! An experiment's curves: everything that its log tells over the steps.

use super::figures::Figures;
use crate::draw::{Chart, HeatMap, Marker, Series};
use crate::train::collapse;
use crate::train::log::Line;
use crate::train::recipe::{Recipe, Schedule};

const WIDTH: u32 = 430;
const HEIGHT: u32 = 270;
const BLUE: [u8; 3] = [66, 112, 178];
const RED: [u8; 3] = [200, 66, 60];
const GREEN: [u8; 3] = [52, 138, 92];
const VIOLET: [u8; 3] = [136, 92, 176];

fn over_steps(lines: &[Line], value: impl Fn(&Line) -> Option<f64>) -> Vec<[f64; 2]> {
    lines.iter().filter_map(|l| Some([l.step() as f64, value(l)?])).collect()
}

fn coloured(colour: [u8; 3], label: &str, points: Vec<[f64; 2]>) -> Series {
    Series { colour: Some(colour), ..Series::line(label, points) }
}

/// The experiment's charts as SVG, in the order in which they are looked at.
pub fn charts(recipe: &Recipe, lines: &[Line], figures: &Figures) -> Vec<String> {
    let epoch = figures.get("shapes").map(|s| s / recipe.train.batch as f64);
    let x_label = epoch.map_or("step".to_owned(), |steps| format!("step ({steps:.0} an epoch)"));
    let base = Chart { x_label, width: WIDTH, height: HEIGHT, ..Default::default() };
    let markers = markers(recipe);
    let held_out = over_steps(lines, |l| if let Line::Validation { cd1000, .. } = l { Some(*cd1000) } else { None });
    let trained =
        over_steps(lines, |l| if let Line::Validation { train_cd1000, .. } = l { *train_cd1000 } else { None });
    let loss = over_steps(lines, |l| if let Line::Train { loss, .. } = l { Some(*loss) } else { None });
    let kl = over_steps(lines, |l| if let Line::Train { kl, kl_weight, .. } = l { Some(kl * kl_weight) } else { None });
    let smoothing = (loss.len() as f64 / 80.0).clamp(1.0, 60.0);
    let collapsed = over_steps(lines, |l| if let Line::Validation { collapsed, .. } = l { *collapsed } else { None });
    let mut drawn = [
        Chart {
            title: "Reconstruction: training and validation".into(),
            y_label: "CD x 1000, unit ball".into(),
            log_y: true,
            series: vec![coloured(RED, "held-out shapes", held_out), coloured(BLUE, "training shapes", trained)],
            markers: markers.clone(),
            ..base.clone()
        },
        Chart {
            title: "Training loss".into(),
            y_label: "network units".into(),
            log_y: true,
            series: vec![
                coloured(BLUE, "loss", loss).smoothed(smoothing),
                coloured(GREEN, "its KL term (weight x KL)", positive(kl)).smoothed(smoothing),
            ],
            markers: markers.clone(),
            ..base.clone()
        },
    ]
    .iter()
    .map(Chart::svg)
    .collect::<Vec<_>>();
    drawn.extend(divergence(&base, markers.clone(), recipe, lines));
    let collapsed_series = coloured(VIOLET, &format!("of {} patches", recipe.model.patches), collapsed);
    let chart = Chart {
        title: "Collapsed patches, held-out reconstructions".into(),
        y_label: "patches".into(),
        y_holds: vec![0.0, recipe.model.patches as f64],
        series: vec![collapsed_series],
        markers,
        ..base.clone()
    };
    drawn.push(chart.svg());
    drawn.extend(collapse::map(lines, WIDTH, HEIGHT).map(|map| map.svg()));
    if !figures.areas.is_empty() {
        let bars = figures.areas.iter().enumerate().map(|(i, a)| [i as f64, *a]).collect();
        let bars = Series { mark: crate::draw::Mark::Bars, ..coloured(BLUE, "", bars) };
        let chart = Chart {
            title: "Area of each patch".into(),
            x_label: "patch".into(),
            y_label: "share of the mean".into(),
            series: vec![bars],
            ..base
        };
        drawn.push(chart.svg());
    }
    drawn
}

/// KL over the steps: a line for one distribution, a heat map for one a patch; nothing for a network without.
fn divergence(base: &Chart, markers: Vec<Marker>, recipe: &Recipe, lines: &[Line]) -> Option<String> {
    let groups: Vec<(u64, &[f64])> = lines
        .iter()
        .filter_map(|l| match l {
            Line::Validation { step, kl_groups, .. } if !kl_groups.is_empty() => Some((*step, kl_groups.as_slice())),
            _ => None,
        })
        .collect();
    let (first, last) = (groups.first()?, groups.last()?);
    let count = last.1.len();
    if groups.iter().all(|g| g.1.iter().all(|kl| *kl == 0.0)) {
        return None;
    }
    if count == 1 {
        let points = groups.iter().map(|(step, kl)| [*step as f64, kl[0]]).collect();
        let chart = Chart {
            title: format!("KL divergence of the {} numbers' distribution", recipe.model.latent),
            y_label: "nats a held-out shape".into(),
            series: vec![coloured(GREEN, "", points)],
            markers,
            ..base.clone()
        };
        return Some(chart.svg());
    }
    let row = |g: usize| groups.iter().map(|(_, kl)| kl.get(g).copied().unwrap_or(f64::NAN)).collect();
    let map = HeatMap {
        title: "KL divergence of each patch's distribution".into(),
        row_ends: ["patch 0".into(), format!("patch {}", count - 1)],
        column_ends: [format!("step {}", first.0), format!("step {}", last.0)],
        values: (0..count).map(row).collect(),
        unit: "nats a held-out shape".into(),
        full: 0.0,
        width: WIDTH,
        height: HEIGHT,
    };
    Some(map.svg())
}

/// Zero has no place on a logarithmic axis.
fn positive(points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    points.into_iter().filter(|p| p[1] > 0.0).collect()
}

/// Where the schedules turn.
fn markers(recipe: &Recipe) -> Vec<Marker> {
    let train = &recipe.train;
    let mut turns = vec![(train.warmup, "full lr".to_owned()), (train.kl_warmup, "full KL weight".to_owned())];
    turns.extend(train.batch_norm_steps.map(|step| (step, "batch-norm still".to_owned())));
    if let Schedule::Steps { at, factor } = &train.schedule {
        turns.extend(at.iter().map(|&step| (step, format!("lr × {factor}"))));
    }
    turns.retain(|(step, _)| (1..train.steps).contains(step));
    turns.into_iter().map(|(step, label)| Marker { x: step as f64, label }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(groups: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        for step in 0..=30u64 {
            let seconds = step as f64;
            if step > 0 {
                let line = serde_json::json!({
                    "kind": "train", "step": step, "seconds": seconds, "chamfer": 0.1, "kl": 2.0, "loss": 0.11,
                    "learning_rate": 1e-3, "kl_weight": 1e-4,
                });
                lines.push(serde_json::from_value(line).unwrap());
            }
            if step % 10 == 0 {
                let kl_groups = vec![1.0; groups];
                let (train_cd1000, collapsed) = (Some(2.0), Some(1.0));
                lines.push(Line::Validation {
                    step,
                    seconds,
                    cd1000: 3.0,
                    shapes: 4,
                    train_cd1000,
                    collapsed,
                    kl_groups,
                    collapses: vec![0.0, 0.5],
                });
            }
        }
        lines
    }

    #[test]
    fn each_network_gets_its_charts() {
        let text = "[data]\nprocedural = 4\n[train]\nsteps = 30\nwarmup = 0\nschedule = { steps = { at = [20], factor = 0.1 } }\n";
        let recipe = Recipe::parse(text).unwrap();
        let titled = |groups: usize| -> String { charts(&recipe, &lines(groups), &Figures::default()).concat() };
        assert!(titled(1).contains("KL divergence of the 32 numbers") && titled(1).contains("lr × 0.1"));
        assert!(titled(25).contains("KL divergence of each patch") && titled(25).contains("patch 24"));
        assert!(!titled(0).contains("KL divergence of") && titled(0).contains("Collapsed patches: 1 of 2"));
        assert_eq!(charts(&recipe, &[], &Figures::default()).len(), 3);
    }
}
