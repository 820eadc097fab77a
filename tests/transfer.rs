//! Beginning with another model and freezing layers: what is told, what moves, and that neither interruption nor a lost
//! file changes a byte.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};

use atlasforge::model::Checkpoint;
use atlasforge::model::ops::values;
use atlasforge::train::card::determined;
use atlasforge::train::progress::Progress;
use atlasforge::train::recipe::Recipe;
use atlasforge::train::run::{LAST, STATE};
use atlasforge::train::session::{self, Outcome, SessionError};

const TINY: &str = include_str!("data/tiny.toml");

/// Trains in `folder`, to `stop_after` steps if given; what the transfer and the stages told.
fn train(text: &str, folder: &Path, stop_after: Option<u64>) -> Result<(Outcome, String), SessionError> {
    let recipe = Recipe::parse(text).unwrap();
    let stop = AtomicBool::new(false);
    let mut told = String::new();
    let outcome = session::run(&recipe, text, folder, &stop, &mut |event| match event {
        Progress::Step(metrics) if Some(metrics.step + 1) == stop_after => stop.store(true, Ordering::Relaxed),
        // Columns may be as wide as they like.
        Progress::Transferred(report) => {
            let lines = report.to_string();
            let squeezed = lines.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ") + "\n");
            told.extend(squeezed);
        }
        Progress::Stage(text) => told += &format!("{text}\n"),
        _ => {}
    })?;
    Ok((outcome, told))
}

/// The tiny recipe, eight steps, with more lines in `[train]`.
fn recipe(lines: &str) -> String {
    let text = TINY.replace("steps = 24", &format!("steps = 8\n{lines}"));
    assert_ne!(text, TINY);
    text
}

fn tensor(model: &Checkpoint, name: &str) -> Vec<f32> {
    values(model.weights.get(name).unwrap()).unwrap()
}

#[test]
fn frozen_layers_stand_still_to_the_bit_and_the_others_learn() {
    let root = tempfile::tempdir().unwrap();
    let first = root.path().join("first");
    train(&recipe(""), &first, None).unwrap();
    let model = first.join(LAST);
    let text = recipe(&format!("init = {:?}\nfreeze = [\"encoder.\", \"decoder.0.\"]", model.to_str().unwrap()));
    let (_, told) = train(&text, &root.path().join("second"), None).unwrap();
    assert!(told.contains("begins with") && told.contains("\ndecoder.out loaded\n"), "{told}");
    let [before, after] = [model, root.path().join("second").join(LAST)].map(|p| Checkpoint::read(&p).unwrap());
    for (name, var) in before.weights.iter() {
        let same = values(var).unwrap() == tensor(&after, name);
        let frozen = name.starts_with("encoder.") || name.starts_with("decoder.0.");
        assert_eq!(same, frozen, "{name}");
    }
    assert_eq!(after.meta.card["init"]["hash"], before.hash());
}

#[test]
fn a_resumed_run_does_not_begin_again() {
    let root = tempfile::tempdir().unwrap();
    let place = |name: &str| root.path().join(name);
    train(&TINY.replace("decoder = [24, 12]", "decoder = [24, 10]"), &place("old"), None).unwrap();
    let model = place("old").join(LAST);
    let text = recipe(&format!("init = {:?}", model.to_str().unwrap()));
    let (_, told) = train(&text, &place("whole"), None).unwrap();
    assert!(told.contains("\ndecoder.1 fresh: "), "{told}");
    assert!(told.contains("decoder.out 1 of 2 loaded: weight is [4, 12, 3] here, [4, 10, 3] there"), "{told}");
    for stop in [2, 5] {
        assert!(matches!(train(&text, &place("parts"), Some(stop)).unwrap(), (Outcome::Stopped { .. }, _)));
    }
    // The file is lost: the run needs it no more, and says so.
    std::fs::rename(&model, place("elsewhere.safetensors")).unwrap();
    let (_, told) = train(&text, &place("parts"), None).unwrap();
    assert!(told.contains("not there any more") && !told.contains("begins with"), "{told}");
    let model = |folder: &str| determined(&place(folder).join(LAST)).unwrap();
    assert!(model("whole") == model("parts"));
    let state = |folder: &str| std::fs::read(place(folder).join(STATE)).unwrap();
    assert!(state("whole") == state("parts"));
    // A new run does need it.
    let error = train(&text, &place("new"), None).unwrap_err().to_string();
    assert!(error.contains("train.init") && error.contains("last.safetensors"), "{error}");
    assert!(!place("new").exists());
}

#[test]
fn a_model_of_which_nothing_fits_is_refused() {
    let root = tempfile::tempdir().unwrap();
    train(&recipe(""), &root.path().join("old"), None).unwrap();
    let model = root.path().join("old").join(LAST);
    let text = recipe(&format!("init = {:?}", model.to_str().unwrap()));
    let text = text.replace("[16, 32]", "[17, 31]").replace("encoder_head = [16]", "encoder_head = [15]");
    let text = text.replace("latent = 4", "latent = 5").replace("[24, 12]", "[25, 13]");
    let text = text.replace("patches = 4", "patches = 5").replace("\"blade\", patches = 1", "\"blade\", patches = 2");
    let error = train(&text, &root.path().join("new"), None).unwrap_err().to_string();
    assert!(error.contains("none of its tensors") && error.contains("inspect"), "{error}");
}

fn atlasforge(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_atlasforge")).args(arguments).current_dir(folder).output().unwrap()
}

#[test]
fn the_flag_finds_a_model_by_name_and_the_run_remembers_it() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("tiny.toml"), recipe("")).unwrap();
    std::fs::create_dir(dir.path().join("models")).unwrap();
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny.safetensors");
    std::fs::copy(model, dir.path().join("models/small.safetensors")).unwrap();
    let done = atlasforge(dir.path(), &["train", "tiny.toml", "--init", "small"]);
    let stderr = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("begins with 'small'") && stderr.contains("fresh: "), "{stderr}");
    let kept = std::fs::read_to_string(dir.path().join("runs/tiny/recipe.toml")).unwrap();
    assert!(kept.contains("# tiny.toml with --init small") && kept.contains("init = \"small\""), "{kept}");
    // Without the flag it is another run.
    let other = atlasforge(dir.path(), &["train", "tiny.toml"]);
    assert!(String::from_utf8(other.stderr).unwrap().contains("train.init"));
}

#[test]
fn bad_names_are_refused_before_anything_is_made() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("tiny.toml"), recipe("")).unwrap();
    std::fs::write(dir.path().join("frozen.toml"), recipe("freeze = [\"encode.\"]")).unwrap();
    std::fs::write(dir.path().join("all.toml"), recipe("freeze = [\"encoder\", \"posterior\", \"decoder\"]")).unwrap();
    for (line, words) in [
        (&["train", "tiny.toml", "--init", "swrod"][..], &["'swrod'", "did you mean 'sword'", "--init"][..]),
        (&["train", "tiny.toml", "--init", "no/such.safetensors"], &["'no/such.safetensors'", "give the path"]),
        (&["train", "tiny.toml", "--init", "tiny.toml"], &["tiny.toml", "safetensors"]),
        (&["train", "frozen.toml"], &["train.freeze", "'encode.'", "encoder.mlp.0"]),
        (&["train", "all.toml"], &["train.freeze", "everything is frozen"]),
    ] {
        let done = atlasforge(dir.path(), line);
        let stderr = String::from_utf8(done.stderr).unwrap();
        assert_eq!((done.status.code(), stderr.lines().count()), (Some(1), 1), "{line:?}: {stderr}");
        assert!(words.iter().all(|w| stderr.contains(w)), "{line:?}: {stderr}");
        assert!(!dir.path().join("runs").exists(), "{line:?}");
    }
}
