//! When and where patches die: the share of held-out shapes in which each has collapsed, validation by validation.

use super::log::Line;
use crate::draw::HeatMap;

/// Patches from top to bottom, validations from left to right; `None` for a log that doesn't tell.
pub fn map(lines: &[Line], width: u32, height: u32) -> Option<HeatMap> {
    let told: Vec<(u64, &[f64])> = lines
        .iter()
        .filter_map(|l| match l {
            Line::Validation { step, collapses, .. } if !collapses.is_empty() => Some((*step, collapses.as_slice())),
            _ => None,
        })
        .collect();
    let (first, last) = (told.first()?, told.last()?);
    let patches = last.1.len();
    let row = |patch: usize| told.iter().map(|(_, shares)| shares.get(patch).copied().unwrap_or(f64::NAN)).collect();
    let values: Vec<Vec<f64>> = (0..patches).map(row).collect();
    let ever = values.iter().filter(|row| row.iter().any(|share| *share > 0.0)).count();
    Some(HeatMap {
        title: format!("Collapsed patches: {ever} of {patches} at one time or another"),
        row_ends: ["patch 0".into(), format!("patch {}", patches - 1)],
        column_ends: [format!("step {}", first.0), format!("step {}", last.0)],
        values,
        unit: "of the held-out shapes".into(),
        full: 1.0,
        width,
        height,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_is_a_row_and_a_validation_a_column() {
        let validation = |step: u64, collapses: &[f64]| {
            let line = serde_json::json!({
                "kind": "validation", "step": step, "seconds": 1.0, "cd1000": 0.3, "shapes": 4, "collapses": collapses,
            });
            serde_json::from_value::<Line>(line).unwrap()
        };
        let lines = [validation(0, &[]), validation(10, &[0.0, 0.0, 0.25]), validation(20, &[0.0, 0.5, 1.0])];
        let found = map(&lines, 300, 200).unwrap();
        assert_eq!(found.values, [vec![0.0, 0.0], vec![0.0, 0.5], vec![0.25, 1.0]]);
        assert!(found.title.contains("2 of 3") && found.column_ends == ["step 10", "step 20"], "{found:?}");
        assert_eq!(map(&lines[..1], 300, 200), None);
    }
}
