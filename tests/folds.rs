//! Cross-validation: each recipe of a folder learns without some meshes and is measured on these.

use std::path::Path;
use std::process::{Command, Output};

const TINY: &str = include_str!("data/tiny.toml");
const SWORDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/meshes/swords");

fn folds(recipes: &Path, run: &Path) -> Output {
    let program = env!("CARGO_BIN_EXE_atlasforge");
    Command::new(program).arg("folds").arg(recipes).arg("--run").arg(run).arg("--json").output().unwrap()
}

/// Recipes by name and what they leave out.
fn write(folder: &Path, recipes: &[(&str, &str)]) {
    for (name, except) in recipes {
        let data = format!("[data]\nmeshes = [{SWORDS:?}]\nexcept = [{except}]\n");
        std::fs::write(folder.join(name).with_extension("toml"), TINY.replacen("[data]\n", &data, 1)).unwrap();
    }
}

#[test]
fn every_shape_is_measured_by_the_model_that_never_saw_it() {
    let root = tempfile::tempdir().unwrap();
    let (recipes, run) = (root.path().join("recipes"), root.path().join("run"));
    std::fs::create_dir(&recipes).unwrap();
    write(&recipes, &[("1", "'kenney_'"), ("2", "'skfb_', 'babylon_'")]);
    let output = folds(&recipes, &run);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let names = |rows: &serde_json::Value| -> Vec<String> {
        rows.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    let first = names(&report["folds"][0]["reconstructions"]["each"]);
    let second = names(&report["folds"][1]["reconstructions"]["each"]);
    assert!(!first.is_empty() && first.iter().all(|name| name.starts_with("kenney_")), "{first:?}");
    assert!(second.len() > 2 && second.iter().all(|name| name.starts_with("skfb_") || name.starts_with("babylon_")));
    assert_eq!(names(&report["all"]["each"]), [first, second].concat());
    assert!(report["all"]["cd_1000_median"].as_f64().unwrap() > 0.0);
    // A second call trains nothing again.
    let model = run.join("2/last.safetensors");
    let before = std::fs::metadata(&model).unwrap().modified().unwrap();
    assert_eq!(folds(&recipes, &run).stdout, output.stdout);
    assert_eq!(std::fs::metadata(&model).unwrap().modified().unwrap(), before);
}

#[test]
fn recipes_that_make_no_folds_are_refused_before_any_training() {
    let root = tempfile::tempdir().unwrap();
    let said = |recipes: &[(&str, &str)]| {
        let (folder, run) = (tempfile::tempdir().unwrap(), root.path().join("run"));
        write(folder.path(), recipes);
        let output = folds(folder.path(), &run);
        assert!(!output.status.success() && !run.exists());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let error = said(&[("1", "'kenney_'"), ("2", "'nobody_'")]);
    assert!(error.contains("'2.toml'") && error.contains("data.except"), "{error}");
    let error = said(&[("1", "'kenney_'"), ("2", "'k'")]);
    assert!(error.contains("'kenney_") && error.contains("2 recipes"), "{error}");
    assert!(said(&[]).contains("no recipe"));
}
