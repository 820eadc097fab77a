//! A notebook of experiments from recipes to report: resumable, its budget resolved once, the page needing nothing else.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};

use atlasforge::study::budget::Plan;
use atlasforge::study::figures::Figures;
use atlasforge::study::folder::{FIGURES, PLAN, StudyFolder, notebook};
use atlasforge::study::report;
use atlasforge::study::session::{Event, Study, StudyError};
use atlasforge::train::card::determined;
use atlasforge::train::progress::Progress;
use atlasforge::train::run::LAST;

const TINY: &str = include_str!("data/tiny.toml");
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

const WORDS: &str = "\
title = 'Tiny <study>'
about = '''Two paragraphs.\n\nThe second.'''
conclusion = [{ text = 'CD {plain.cd:2} and {more.cd:2}.' }]

[[experiment]]
name = '01-plain'
title = 'A first'
question = 'Does it learn?'
seed = 'The seed saw planes.'
saw = [
    { when = 'cd < cd_start', text = 'It fell from {cd_start:1} to {cd:1}.' },
    { when = 'cd >= cd_start', text = 'It never fell.' },
]
cause = [{ when = 'collapsed > 99', text = 'All patches collapsed.' }, { text = '{patches} patches, KL {kl}.' }]

[[experiment]]
name = '02-more'
title = 'A second'

[[experiment]]
name = '03-real'
title = 'Somebody’s swords'
kind = 'reconstruct'
model = '01-plain'
inputs = ['REAL']

[[experiment]]
name = '04-draw'
title = 'Samples'
kind = 'sample'
model = '02-more'
";

/// A folder of two tiny recipes with words.
fn recipes(root: &Path) -> PathBuf {
    let real = root.join("real");
    std::fs::create_dir(&real).unwrap();
    for name in ["kaykit_dagger.glb", "quaternius19_rpgasset_dagger.glb"] {
        std::fs::copy(Path::new(ROOT).join("assets/meshes/swords").join(name), real.join(name)).unwrap();
    }
    let folder = root.join("notebook");
    std::fs::create_dir(&folder).unwrap();
    let schedule = "warmup = 4\nschedule = { steps = { at = [16], factor = 0.1 } }\n";
    std::fs::write(folder.join("01-plain.toml"), TINY.replace("warmup = 4\n", schedule)).unwrap();
    let more = TINY
        .replace("[train]\n", "[train]\ninit = \"01-plain\"\n")
        .replace("latent = 4\n", "latent = 4\nlatent_per_patch = true\n");
    std::fs::write(folder.join("02-more.toml"), more).unwrap();
    std::fs::write(folder.join("study.toml"), WORDS.replace("REAL", real.to_str().unwrap())).unwrap();
    std::fs::write(folder.join("notes.txt"), "no recipe").unwrap();
    folder
}

/// Runs the study; raises the stop flag at the `stop_at`-th step of all.
fn study(recipes: &Path, run: &Path, budget: Option<f64>, stop_at: Option<usize>) -> Result<bool, StudyError> {
    let notebook = notebook(recipes).unwrap();
    let folder = StudyFolder::new(run);
    let stop = AtomicBool::new(false);
    let mut steps = 0;
    let no_model = |name: &str| Err(format!("no model {name}"));
    Study { notebook: &notebook, folder: &folder, budget }.run(&stop, &no_model, &mut |event| {
        if let Event::Train(Progress::Step(_)) = event {
            steps += 1;
            if Some(steps) == stop_at {
                stop.store(true, Ordering::Relaxed);
            }
        }
    })
}

fn page(recipes: &Path, run: &Path) -> String {
    let notebook = notebook(recipes).unwrap();
    let folder = StudyFolder::new(run);
    let plan = folder.plan(&notebook, None).unwrap().unwrap();
    report::html(&notebook, &folder, &plan, "today").unwrap()
}

fn plan(run: &Path) -> Plan {
    serde_json::from_slice(&std::fs::read(run.join(PLAN)).unwrap()).unwrap()
}

#[test]
fn a_study_resumes_and_its_report_tells_everything() {
    let root = tempfile::tempdir().unwrap();
    let recipes = recipes(root.path());
    let (whole, broken) = (root.path().join("whole"), root.path().join("broken"));
    assert!(study(&recipes, &whole, None, None).unwrap());

    // Stopped in the first training, then in the second, then left alone.
    assert!(!study(&recipes, &broken, None, Some(7)).unwrap());
    assert!(page(&recipes, &broken).contains("0 of 4 experiments are"));
    assert!(!study(&recipes, &broken, None, Some(24 - 7 + 5)).unwrap());
    let partial = page(&recipes, &broken);
    assert!(
        partial.contains("1 of 4 experiments are") && partial.contains("Not run yet") && !partial.contains(" and </p>")
    );
    assert!(study(&recipes, &broken, None, None).unwrap());
    for name in ["01-plain", "02-more"] {
        let model = |run: &Path| determined(&run.join(name).join(LAST)).unwrap();
        assert!(model(&whole) == model(&broken), "{name} differs");
        let figures = |run: &Path| -> Figures {
            let mut figures: Figures =
                serde_json::from_slice(&std::fs::read(run.join(name).join(FIGURES)).unwrap()).unwrap();
            figures.values.remove("seconds");
            figures
        };
        assert_eq!(figures(&whole), figures(&broken), "{name}");
    }

    // Finished experiments are not touched again.
    let before = std::fs::metadata(whole.join("01-plain").join(FIGURES)).unwrap().modified().unwrap();
    let mut trained = false;
    let notebook = notebook(&recipes).unwrap();
    let folder = StudyFolder::new(&whole);
    let never = AtomicBool::new(false);
    Study { notebook: &notebook, folder: &folder, budget: None }
        .run(&never, &|_| Err(String::new()), &mut |e| trained |= matches!(e, Event::Train(_)))
        .unwrap();
    assert!(!trained);
    assert_eq!(std::fs::metadata(whole.join("01-plain").join(FIGURES)).unwrap().modified().unwrap(), before);

    let page = page(&recipes, &whole);
    for words in [
        "Tiny &lt;study&gt;",
        "<p>The second.</p>",
        "The seed saw planes.",
        "What this run saw",
        "4 patches, KL ",
        "held-out shapes",
        "lr × 0.1",
        "Collapsed patches",
        "KL divergence of the 4 numbers",
        "KL divergence of each patch",
        "Area of each patch",
        "All figures",
        "The recipe, 01-plain.toml, as it ran",
        "begins with 01-plain",
        "All together",
        "the recipes’ own steps",
    ] {
        assert!(page.contains(words), "the report lacks: {words}");
    }
    // What did not happen is not said; of two opposite claims, one is.
    assert!(!page.contains("All patches collapsed"));
    assert!(page.contains("It fell from") != page.contains("It never fell"));
    assert!(!page.contains("experiments are."), "it is finished");
    // One sheet a training of each kind, one of reconstructions, two of samples.
    assert_eq!(page.matches("<img ").count(), 3 + 3 + 1 + 2);

    // Self-contained: nothing is asked of anybody, and nothing runs.
    let lower = page.to_lowercase();
    for foreign in ["http:", "https:", "<script", "<link", "<iframe", "url(", "@import"] {
        assert!(!lower.contains(foreign), "{foreign}");
    }
    for source in page.split("src=\"").skip(1) {
        assert!(source.starts_with("data:image/png;base64,iVBOR"), "{}", &source[..40]);
    }
    for target in page.split("href=\"#").skip(1) {
        let target = target.split('"').next().unwrap();
        assert!(page.contains(&format!("id=\"{target}\"")), "{target}");
    }
}

#[test]
fn the_seeds_notebook_reads() {
    // Every recipe parses, every model comes from an earlier one, and every claim names measures that there are.
    let notebook = notebook(&Path::new(ROOT).join("assets/recipes/seed")).unwrap();
    assert_eq!(notebook.experiments.len(), 17);
    assert!(notebook.experiments.iter().all(|e| !e.title.is_empty() && !e.question.is_empty() && !e.saw.is_empty()));
}

#[test]
fn a_budget_is_resolved_once() {
    let root = tempfile::tempdir().unwrap();
    let recipes = recipes(root.path());
    let run = root.path().join("run");
    assert!(!study(&recipes, &run, Some(100.0), Some(3)).unwrap());
    let first = plan(&run);
    assert!(first.factor > 0.0 && first.factor != 1.0 && first.shares[0].steps >= 10, "{first:?}");
    // A busier or calmer machine changes nothing later on.
    assert!(!study(&recipes, &run, Some(100.0), Some(3)).unwrap());
    assert!(!study(&recipes, &run, None, Some(3)).unwrap());
    assert_eq!(plan(&run), first);
    let kept = std::fs::read_to_string(run.join("01-plain/recipe.toml")).unwrap();
    assert!(kept.contains(&format!("steps = {}", first.shares[0].steps)), "{kept}");

    let said = study(&recipes, &run, Some(200.0), None).unwrap_err().to_string();
    assert!(said.contains("--budget 100") && said.contains("--budget 200") && said.contains("--run"), "{said}");
    std::fs::write(recipes.join("01-plain.toml"), TINY).unwrap();
    let said = study(&recipes, &run, None, None).unwrap_err().to_string();
    assert!(said.contains("01-plain.toml") && said.contains("edited") && said.contains("--run"), "{said}");
}

#[test]
fn a_training_that_diverges_is_a_result_and_so_is_what_needs_it() {
    let root = tempfile::tempdir().unwrap();
    let recipes = recipes(root.path());
    let exploding =
        TINY.replace("warmup = 4\nkl", "warmup = 4\nschedule = { steps = { at = [10], factor = 1e30 } }\nkl");
    assert_ne!(exploding, TINY);
    std::fs::write(recipes.join("01-plain.toml"), exploding).unwrap();
    let run = root.path().join("run");
    assert!(study(&recipes, &run, None, None).unwrap());
    let page = page(&recipes, &run);
    assert!(page.contains("diverged in step") && page.contains("whose model it needs, has failed"));
    assert!(page.matches(">failed</td>").count() == 4);
}

fn atlasforge(folder: &Path, line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_atlasforge")).args(line.split(' ')).current_dir(folder).output().unwrap()
}

/// It failed with one line that holds these words, and made nothing; code 2 for wrong usage.
fn fails(folder: &Path, line: &str, code: i32, words: &[&str]) {
    let output = atlasforge(folder, line);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{line}: {said}");
    assert!(words.iter().all(|w| said.contains(w)) && !said.contains("panicked"), "{words:?}: {said}");
    assert!(!folder.join("runs").exists(), "{line} left files");
}

#[test]
fn bad_input_is_named() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path();
    fails(folder, "study nowhere", 1, &["nowhere", "assets/recipes/seed"]);
    std::fs::create_dir(folder.join("empty")).unwrap();
    fails(folder, "study empty", 1, &["'empty'", "no recipe"]);
    std::fs::create_dir(folder.join("broken")).unwrap();
    std::fs::write(folder.join("broken/01-fine.toml"), TINY).unwrap();
    std::fs::write(folder.join("broken/02-bad.toml"), TINY.replace("steps = 24", "stepps = 24")).unwrap();
    fails(folder, "study broken", 1, &["'02-bad.toml'", "stepps", "line"]);
    std::fs::remove_file(folder.join("broken/02-bad.toml")).unwrap();
    fails(folder, "study broken --budget 0", 2, &["--budget", "more than 0"]);
    fails(folder, "study broken --budget 0.00001", 1, &["--budget", "too little", "give at least"]);
    fails(folder, "study broken --report", 1, &["no study was begun", "--run"]);
    fails(folder, "study broken -o empty", 1, &["is a folder", "-o"]);
    std::fs::write(folder.join("broken/study.toml"), "title = 't'\n[[experiment]]\nname = '09-none'\ntitle = 'x'\n")
        .unwrap();
    fails(folder, "study broken", 1, &["study.toml", "09-none"]);
}

#[cfg(unix)]
#[test]
fn the_program_stops_at_ctrl_c_and_goes_on() {
    use std::process::Stdio;
    let root = tempfile::tempdir().unwrap();
    let recipes = recipes(root.path());
    let long = TINY.replace("steps = 24", "steps = 2000").replace("validate_every = 8", "validate_every = 500");
    std::fs::write(recipes.join("01-plain.toml"), long).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_atlasforge"));
    command.args(["study", "notebook", "--threads", "2"]).current_dir(root.path());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let metrics = root.path().join("runs/notebook/01-plain/metrics.jsonl");
    while std::fs::read_to_string(&metrics).unwrap_or_default().lines().count() < 20 {
        assert!(child.try_wait().unwrap().is_none(), "ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(
        said.contains("the same command goes on") && said.contains("[1/4] 01-plain") && said.contains("left"),
        "{said}"
    );
    let page = std::fs::read_to_string(root.path().join("runs/notebook/report.html")).unwrap();
    assert!(page.contains("0 of 4 experiments are"));
}
