//! The metrics log: one JSON object a line, in the order of time. `step` counts the steps done when the line was written,
//! so a run of 5,000 ends at 5000 and a validation carries the step whose weights it saw.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One line of `metrics.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Line {
    /// A process began here. What differs from machine to machine stands in the log, so that models stay comparable.
    Start { step: u64, steps: u64, seconds: f64, time: u64, version: String, machine: String, threads: usize },
    /// Losses of a step, as [`super::trainer::StepMetrics`] has them.
    Train {
        step: u64,
        seconds: f64,
        chamfer: f64,
        kl: f64,
        loss: f64,
        learning_rate: f64,
        kl_weight: f64,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        terms: BTreeMap<String, f64>,
    },
    /// What [`super::validation::Validation`] has. Logs of older versions know only the mean chamfer distance x 1000 over so
    /// many held-out shapes.
    Validation {
        step: u64,
        seconds: f64,
        cd1000: f64,
        shapes: usize,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        train_cd1000: Option<f64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        collapsed: Option<f64>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kl_groups: Vec<f64>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        collapses: Vec<f64>,
    },
}

impl Line {
    /// Steps done.
    pub fn step(&self) -> u64 {
        match self {
            Self::Start { step, .. } | Self::Train { step, .. } | Self::Validation { step, .. } => *step,
        }
    }

    /// Seconds of training since the run's first step, all its processes together.
    pub fn seconds(&self) -> f64 {
        match self {
            Self::Start { seconds, .. } | Self::Train { seconds, .. } | Self::Validation { seconds, .. } => *seconds,
        }
    }

    /// The line with its end.
    pub fn json(&self) -> String {
        // Only map keys that are no strings, or a failing writer, can make this fail; neither exists here.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

/// The whole lines of a log. A line that a crash cut short, or that another program wrote, is left out.
pub fn parse(text: &[u8]) -> Vec<Line> {
    text.split(|b| *b == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

/// The log as it was after `step` steps.
pub fn up_to(text: &[u8], step: u64) -> Vec<Line> {
    parse(text).into_iter().filter(|line| line.step() <= step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn train(step: u64) -> Line {
        let (chamfer, kl, kl_weight, terms) = (0.1, 3.0, 1e-4, BTreeMap::new());
        Line::Train { step, seconds: 0.5, chamfer, kl, loss: 0.1003, learning_rate: 1e-3, kl_weight, terms }
    }

    #[test]
    fn lines_are_flat_objects_with_a_kind() {
        let json = train(7).json();
        assert!(json.starts_with(r#"{"kind":"train","step":7,"#) && json.ends_with("}\n"), "{json}");
        let validation = |train_cd1000, collapsed, kl_groups, collapses| Line::Validation {
            step: 7,
            seconds: 1.0,
            cd1000: 0.3,
            shapes: 9,
            train_cd1000,
            collapsed,
            kl_groups,
            collapses,
        };
        let new = validation(Some(0.25), Some(1.5), vec![2.0, 0.5], vec![1.0, 0.5, 0.0]);
        assert_eq!(parse((json + &new.json()).as_bytes()), vec![train(7), new]);
        let old = r#"{"kind":"validation","step":7,"seconds":1.0,"cd1000":0.3,"shapes":9}"#;
        assert_eq!(parse(old.as_bytes()), vec![validation(None, None, vec![], vec![])]);
    }

    #[test]
    fn terms_stand_by_their_names_and_older_logs_have_none() {
        let mut line = train(7);
        assert!(!line.json().contains("terms"));
        if let Line::Train { terms, .. } = &mut line {
            terms.insert("stitch".into(), 0.25);
        }
        assert!(line.json().contains(r#""terms":{"stitch":0.25}"#));
        assert_eq!(parse(line.json().as_bytes()), vec![line]);
    }

    #[test]
    fn what_a_crash_left_beyond_the_state_is_dropped() {
        let mut text: String = (1..=5).map(|s| train(s).json()).collect();
        text.push_str(&train(6).json()[..40]);
        assert_eq!(up_to(text.as_bytes(), 3), (1..=3).map(train).collect::<Vec<_>>());
        assert_eq!(up_to(text.as_bytes(), 9).len(), 5);
        assert_eq!(up_to(b"\xff\xfe nonsense\n{}\n[]\n", 9), vec![]);
    }
}
