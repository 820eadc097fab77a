//! A run from recipe to model: it learns, and neither interruption, nor a kill, nor the number of threads changes a byte
//! of what it makes.

use std::path::Path;
#[cfg(unix)]
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use atlasforge::forge::Forge;
use atlasforge::model::checkpoint::Checkpoint;
use atlasforge::shapes::dataset::{self, Kind};
use atlasforge::train::card::determined;
use atlasforge::train::data::TrainingSet;
use atlasforge::train::load::load;
use atlasforge::train::log::{self, Line};
use atlasforge::train::progress::Progress;
use atlasforge::train::recipe::Recipe;
use atlasforge::train::run::{BEST, CURVES, LAST, METRICS, RECONSTRUCTIONS, STATE};
use atlasforge::train::session::{self, Outcome, SessionError};
use atlasforge::train::validation;

const TINY: &str = include_str!("data/tiny.toml");

/// Trains in `folder`; raises the stop flag in step `stop_after`.
fn train(text: &str, folder: &Path, stop_after: Option<u64>) -> Result<Outcome, SessionError> {
    let recipe = Recipe::parse(text).unwrap();
    let stop = AtomicBool::new(false);
    session::run(&recipe, text, folder, &stop, &mut |event| {
        if let Progress::Step(metrics) = event
            && Some(metrics.step + 1) == stop_after
        {
            stop.store(true, Ordering::Relaxed);
        }
    })
}

fn file(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// What the recipe determines of the finished model.
fn model(folder: &Path, name: &str) -> Vec<u8> {
    determined(&folder.join(name)).unwrap()
}

/// The numbers of every step and validation, without times.
fn numbers(folder: &Path) -> Vec<(u64, u64)> {
    let measured = |line: Line| match line {
        Line::Train { step, loss, .. } => Some((step, loss.to_bits())),
        Line::Validation { step, cd1000, .. } => Some((step, cd1000.to_bits())),
        Line::Start { .. } => None,
    };
    log::parse(&file(folder, METRICS)).into_iter().filter_map(measured).collect()
}

#[test]
fn learns_and_leaves_a_whole_run_folder() {
    let folder = tempfile::tempdir().unwrap();
    let text = TINY.replace("steps = 24", "steps = 120");
    let outcome = train(&text, folder.path(), None).unwrap();
    let Outcome::Finished { validation: Some(validation), already: false, .. } = outcome else { panic!("{outcome:?}") };

    let lines = log::parse(&file(folder.path(), METRICS));
    let chamfers: Vec<f64> =
        lines.iter().filter_map(|l| if let Line::Train { chamfer, .. } = l { Some(*chamfer) } else { None }).collect();
    assert_eq!(chamfers.len(), 120);
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let (first, last) = (mean(&chamfers[..5]), mean(&chamfers[115..]));
    assert!(last < 0.3 * first, "chamfer fell only from {first} to {last}");
    let untrained =
        lines.iter().find_map(|l| if let Line::Validation { step: 0, cd1000, .. } = l { Some(*cd1000) } else { None });
    assert!(validation.cd1000 < 0.3 * untrained.unwrap(), "{} held out, {untrained:?} untrained", validation.cd1000);

    let model = Checkpoint::read(&folder.path().join(LAST)).unwrap();
    assert!(model.meta.axes.is_some() && !model.meta.encoded.is_empty());
    assert_eq!(model.meta.card["validation"]["cd1000"], validation.cd1000);
    assert!(Checkpoint::read(&folder.path().join(BEST)).unwrap().meta.axes.is_some());
    // The end of training sees a shape as everybody does later: in clouds of the recipe's size.
    let recipe = Recipe::parse(&text).unwrap();
    let set = load(&recipe, &mut |_| ()).unwrap();
    let forge = Forge::new(model.clone()).unwrap();
    for encoded in &model.meta.encoded {
        let shape = set.train.iter().find(|e| e.name == encoded.name).unwrap();
        assert_eq!(encoded.latent, forge.encode(&shape.surface).unwrap(), "{}", encoded.name);
    }
    let measured = validation::measure(&forge, &set, 120).unwrap();
    // But for which way patches face, which orders the points that are drawn.
    assert!((measured.cd1000 / validation.cd1000 - 1.0).abs() < 5e-3, "{} {}", measured.cd1000, validation.cd1000);
    let again = session::refinish(&recipe, model.clone(), &mut |_| ()).unwrap();
    assert!(again.to_bytes().unwrap() == model.to_bytes().unwrap(), "completing it once more changed it");
    for picture in [CURVES, RECONSTRUCTIONS] {
        assert!(file(folder.path(), picture).starts_with(b"\x89PNG"), "{picture}");
    }

    // A finished run is left as it is.
    let before = file(folder.path(), METRICS);
    assert!(matches!(train(&text, folder.path(), None).unwrap(), Outcome::Finished { already: true, .. }));
    assert_eq!(file(folder.path(), METRICS), before);
}

#[test]
fn interruptions_and_kills_change_no_byte() {
    let root = tempfile::tempdir().unwrap();
    let (whole, stopped, killed) = (root.path().join("whole"), root.path().join("stopped"), root.path().join("killed"));
    train(TINY, &whole, None).unwrap();

    for (stop_after, step) in [(3, 3), (11, 11), (16, 16)] {
        let outcome = train(TINY, &stopped, Some(stop_after)).unwrap();
        assert_eq!(outcome, Outcome::Stopped { step, steps: 24 });
    }
    assert!(matches!(train(TINY, &stopped, None).unwrap(), Outcome::Finished { already: false, .. }));

    // What a kill leaves: a state that is behind the log, the log cut in the middle of a line, a best model that the state
    // doesn't know of yet, and the partial file of an unfinished write.
    train(TINY, &killed, Some(6)).unwrap();
    let state = file(&killed, STATE);
    train(TINY, &killed, Some(17)).unwrap();
    std::fs::write(killed.join(STATE), state).unwrap();
    let metrics = file(&killed, METRICS);
    std::fs::write(killed.join(METRICS), &metrics[..metrics.len() - 25]).unwrap();
    std::fs::write(killed.join(".atlasforge-x.partial"), b"half").unwrap();
    train(TINY, &killed, None).unwrap();

    for folder in [&stopped, &killed] {
        for name in [LAST, BEST] {
            assert!(model(folder, name) == model(&whole, name), "{name} of {} differs", folder.display());
        }
        assert!(file(folder, STATE) == file(&whole, STATE), "the state of {} differs", folder.display());
        assert_eq!(numbers(folder), numbers(&whole), "{}", folder.display());
    }
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let root = tempfile::tempdir().unwrap();
    let models = [1, 2, 5].map(|threads| {
        let folder = root.path().join(threads.to_string());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| train(TINY, &folder, None)).unwrap();
        model(&folder, LAST)
    });
    assert!(models[0] == models[1] && models[0] == models[2]);
}

#[test]
fn terms_are_logged_and_change_no_byte_either() {
    let root = tempfile::tempdir().unwrap();
    let (whole, stopped) = (root.path().join("whole"), root.path().join("stopped"));
    let text = format!("{TINY}regularity = 1e-3\norientation = 1e-3\nstitch = 1e-2\nmirror = 1e-2\nclip = 1.0\n");
    train(&text, &whole, None).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    assert!(matches!(pool.install(|| train(&text, &stopped, Some(11))).unwrap(), Outcome::Stopped { step: 11, .. }));
    train(&text, &stopped, None).unwrap();
    assert!(model(&stopped, LAST) == model(&whole, LAST) && numbers(&stopped) == numbers(&whole));
    for line in log::parse(&file(&whole, METRICS)) {
        let Line::Train { chamfer, kl, kl_weight, loss, terms, .. } = line else { continue };
        let names: Vec<&str> = terms.keys().map(String::as_str).collect();
        assert_eq!(names, ["mirror", "orientation", "regularity", "stitch"]);
        let sum = chamfer + kl_weight * kl + terms.values().sum::<f64>();
        assert!((sum - loss).abs() < 1e-5 * loss && terms.values().all(|x| *x >= 0.0), "{sum} {loss} {terms:?}");
    }
}

#[test]
fn a_term_that_overflows_ends_the_run_with_the_model_of_before() {
    let folder = tempfile::tempdir().unwrap();
    let error = train(&format!("{TINY}stitch = 1e39\n"), folder.path(), None).unwrap_err();
    assert!(matches!(error, SessionError::Diverged { step: 1, good: 0, .. }), "{error}");
    assert!(Checkpoint::read(&folder.path().join(LAST)).unwrap().meta.axes.is_some());
}

#[test]
fn a_diverging_run_names_the_step_and_keeps_the_last_good_model() {
    let folder = tempfile::tempdir().unwrap();
    // The learning rate explodes in step 11 (the steps of a schedule count from 0).
    let text = TINY.replace("warmup = 4\nkl", "warmup = 4\nschedule = { steps = { at = [10], factor = 1e30 } }\nkl");
    assert_ne!(text, TINY);
    let error = train(&text, folder.path(), None).unwrap_err();
    let SessionError::Diverged { step, good, .. } = &error else { panic!("{error}") };
    assert!((11..=16).contains(step) && *good == 8, "step {step}, good {good}");
    let said = error.to_string();
    assert!(said.contains(&format!("step {step}")) && said.contains("learning_rate") && said.contains(LAST), "{said}");
    let model = Checkpoint::read(&folder.path().join(LAST)).unwrap();
    assert_eq!(model.meta.card["validation"]["step"], 8);
    assert!(model.meta.axes.is_some());
    assert!(folder.path().join(CURVES).is_file());
    // The same command says the same again.
    assert_eq!(train(&text, folder.path(), None).unwrap_err().to_string(), said);
}

#[test]
fn a_state_does_not_go_on_with_other_data() {
    let root = tempfile::tempdir().unwrap();
    let meshes = root.path().join("meshes");
    std::fs::create_dir(&meshes).unwrap();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/meshes/swords");
    for name in ["kaykit_dagger.glb", "quaternius19_rpgasset_dagger.glb"] {
        std::fs::copy(own.join(name), meshes.join(name)).unwrap();
    }
    let text = TINY.replace("procedural = 24", &format!("procedural = 8\nmeshes = ['{}']", meshes.display()));
    let folder = root.path().join("run");
    train(&text, &folder, Some(2)).unwrap();
    std::fs::rename(meshes.join("kaykit_dagger.glb"), meshes.join("other.glb")).unwrap();
    let said = train(&text, &folder, None).unwrap_err().to_string();
    assert!(said.contains("is not what the run") && said.contains("--run"), "{said}");
    std::fs::rename(meshes.join("other.glb"), meshes.join("kaykit_dagger.glb")).unwrap();
    let outcome = train(&text, &folder, None).unwrap();
    assert!(matches!(outcome, Outcome::Finished { already: false, .. }), "{outcome:?}");
    let model = Checkpoint::read(&folder.join(LAST)).unwrap();
    assert!(model.meta.encoded.iter().any(|e| e.kind == "real"));
}

/// The program itself.
#[cfg(unix)]
fn program(recipe: &Path, folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atlasforge"));
    command.arg("train").arg(recipe).args(["--threads", "2", "--run"]).arg(folder);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Starts the program, the `nth` process of its run, and returns once it has done ten steps.
#[cfg(unix)]
fn started(recipe: &Path, folder: &Path, nth: usize) -> Child {
    let mut child = program(recipe, folder).spawn().unwrap();
    let begun = || {
        let lines = log::parse(&std::fs::read(folder.join(METRICS)).unwrap_or_default());
        // The lines of an earlier process count for nothing.
        let starts: Vec<usize> =
            lines.iter().enumerate().filter(|(_, l)| matches!(l, Line::Start { .. })).map(|(i, _)| i).collect();
        starts.len() == nth && starts.last().is_some_and(|last| lines.len() > last + 10)
    };
    while !begun() {
        if let Some(status) = child.try_wait().unwrap() {
            panic!("ended by itself: {status}");
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child
}

#[cfg(unix)]
#[test]
fn the_program_survives_sigkill_and_ctrl_c() {
    use std::os::unix::process::ExitStatusExt;
    let root = tempfile::tempdir().unwrap();
    let (whole, broken) = (root.path().join("whole"), root.path().join("broken"));
    // Long enough that no signal meets a run that is over.
    let text = TINY.replace("steps = 24", "steps = 600").replace("validate_every = 8", "validate_every = 200");
    let recipe = root.path().join("tiny.toml");
    std::fs::write(&recipe, &text).unwrap();
    train(&text, &whole, None).unwrap();

    let mut child = started(&recipe, &broken, 1);
    let second = program(&recipe, &broken).output().unwrap();
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(!second.status.success() && said.contains(&child.id().to_string()) && said.contains("--run"), "{said}");
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));

    let child = started(&recipe, &broken, 2);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("the same command goes on"), "{said}");

    let copy = root.path().join("copy.safetensors");
    let output = program(&recipe, &broken).arg("-o").arg(&copy).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{}\n", copy.display()));
    assert!(determined(&copy).unwrap() == model(&whole, LAST) && model(&broken, LAST) == model(&whole, LAST));
    assert!(std::fs::read(&copy).unwrap() == file(&broken, LAST));
}

#[test]
fn parts_that_swords_may_lack_need_not_be_in_the_data_but_misspelt_ones_are_named() {
    let bowless = |&seed: &u64| dataset::procedural(5, seed).iter().all(|s| s.parts.iter().all(|p| p.name != "bow"));
    let seed = (1..50).find(bowless).unwrap();
    let start = TINY.find("parts = ").unwrap();
    let end = start + TINY[start..].find('\n').unwrap();
    let parts = "parts = [\
        { name = 'blade', patches = 4, around = 4, chart = 'tube' }, { name = 'guard', patches = 4, around = 4, chart = 'arms' }, \
        { name = 'grip', patches = 2, around = 2, chart = 'tube', weight = 2.0 }, \
        { name = 'pommel', patches = 3, around = 2, cap = 0.3, chart = 'ball' }, \
        { name = 'bow', patches = 2, around = 2, chart = 'tube' }]\nseam_weight = 1.0";
    let text = TINY.replace(&TINY[start..end], parts).replace("patches = 4\nlatent", "patches = 15\nlatent");
    let text =
        text.replace("procedural = 24\nprocedural_seed = 3", &format!("procedural = 5\nprocedural_seed = {seed}"));
    let folder = tempfile::tempdir().unwrap();
    let outcome = train(&text, &folder.path().join("a"), None).unwrap();
    assert!(matches!(outcome, Outcome::Finished { .. }), "{outcome:?}");
    let error = train(&text.replace("'bow'", "'bowl'"), &folder.path().join("b"), None).unwrap_err().to_string();
    assert!(error.contains("'bowl'") && error.contains("pommel"), "{error}");
}

#[test]
fn what_is_held_out_is_not_learnt_under_another_name_and_kinds_stand_apart() {
    let folder = tempfile::tempdir().unwrap();
    let swords = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/meshes/swords");
    for (from, to) in [
        ("kaykit_dagger.glb", "a_out.glb"),
        ("kaykit_dagger.glb", "b_copy.glb"),
        ("kaykit_skeleton_blade.glb", "c_other.glb"),
    ] {
        std::fs::copy(swords.join(from), folder.path().join(to)).unwrap();
    }
    let text = format!(
        "[data]\nprocedural = 3\nvalidation_share = 0.0\nsamples = 64\nmeshes = ['{}']\nexcept = ['a_']\n[train]\nencoder_points = 32\n",
        folder.path().display()
    );
    let recipe = Recipe::parse(&text).unwrap();
    let mut told = Vec::new();
    let mut listen = |event: &Progress| {
        if let Progress::Stage(said) = event {
            told.push(said.clone());
        }
    };
    let set = load(&recipe, &mut listen).unwrap();
    let names: Vec<&str> = set.train.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names[3..], ["c_other"], "{names:?}");
    assert!(told.iter().any(|said| said.contains("'b_copy'") && said.contains("'a_out'")), "{told:?}");

    // Procedural ones that come from a folder, behind real ones: draws go by the kinds.
    let shapes = |kind| dataset::procedural(2, 5).into_iter().map(move |shape| (shape, kind));
    let mixed = shapes(Kind::Real).chain(shapes(Kind::Procedural)).collect();
    let kinds: Vec<Kind> = TrainingSet::prepare(mixed, &recipe).train.iter().map(|e| e.kind).collect();
    assert_eq!(kinds, [Kind::Procedural, Kind::Procedural, Kind::Real, Kind::Real]);
}
