//! The real binary, as a script would drive it: results on stdout, messages on stderr, files that reopen.

#[cfg(feature = "viewer")]
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use atlasforge::export::extras::Extras;
use atlasforge::shapes::import::read_mesh;
use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What a run printed and how it ended.
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs a command line (split at spaces) with the tiny model in a folder.
fn run(folder: &Path, line: &str) -> Run {
    let model = format!("{ROOT}/tests/data/tiny.safetensors");
    bare(folder, line.split(' ').chain(["--model", &model]))
}

fn bare<'a>(folder: &Path, arguments: impl IntoIterator<Item = &'a str>) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atlasforge"));
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // Without it Mesa's Vulkan driver complains on stderr, whatever asks for an adapter.
        command.env("XDG_RUNTIME_DIR", folder);
    }
    let output = command.args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

impl Run {
    /// It went well, without a word on stderr; what it printed.
    fn quiet(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""));
        self.stdout
    }

    /// It went well; what it printed as JSON.
    fn json(self) -> Value {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// It failed with one line that holds these words, and without a result; the line.
    fn fails(self, words: &[&str]) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (Some(1), ""), "{}", self.stderr);
        assert!(self.stderr.starts_with("atlasforge: error: "), "{}", self.stderr);
        assert_eq!(self.stderr.lines().count(), 1, "{}", self.stderr);
        assert!(words.iter().all(|w| self.stderr.contains(w)), "{words:?}: {}", self.stderr);
        self.stderr
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A mesh that somebody made.
fn real_sword() -> String {
    let path = PathBuf::from(ROOT).join("assets/meshes/swords/quaternius_medieval_weapons_sword.glb");
    path.to_str().unwrap().to_owned()
}

fn extents(path: &Path) -> [f32; 3] {
    let (lo, hi) = read_mesh(path).unwrap().bounds().unwrap();
    std::array::from_fn(|i| hi[i] - lo[i])
}

#[test]
fn a_sample_is_reproducible_and_reopens_to_the_byte() {
    let dir = folder();
    let bytes = |name: &str| std::fs::read(dir.path().join(name)).unwrap();
    assert_eq!(run(dir.path(), "sample -o a.glb --seed 3 --grid 9").quiet(), "a.glb\n");
    run(dir.path(), "sample -o b.glb --seed 3 --grid 9").quiet();
    run(dir.path(), "sample -o c.glb --from a.glb").quiet();
    run(dir.path(), "sample -o d.glb --seed 4 --grid 9").quiet();
    assert!(bytes("a.glb") == bytes("b.glb") && bytes("a.glb") == bytes("c.glb"));
    assert_ne!(bytes("a.glb"), bytes("d.glb"));
    // An output file is replaced.
    run(dir.path(), "sample -o d.glb --seed 3 --grid 9").quiet();
    assert_eq!(bytes("a.glb"), bytes("d.glb"));

    let extras = Extras::from_glb(&bytes("a.glb")).unwrap();
    assert_eq!((extras.format, extras.grid, extras.surface.as_str()), (1, 9, "patches"));
    assert_eq!(extras.latent.values.len(), 6);
    let mesh = read_mesh(&dir.path().join("a.glb")).unwrap();
    let (lo, hi) = mesh.bounds().unwrap();
    // In metres, upright, held at the origin.
    assert!(hi[1] - lo[1] > 0.3 && hi[1] - lo[1] < 2.5 && lo[1] < 0.0 && hi[1] > -2.0 * lo[1], "{lo:?} {hi:?}");
}

#[test]
fn split_length_and_grid_are_kept_and_can_be_overridden() {
    let dir = folder();
    let bytes = |name: &str| std::fs::read(dir.path().join(name)).unwrap();
    run(dir.path(), "sample -o a.glb --seed 1 --split --length 0.5 --grid 6").quiet();
    run(dir.path(), "sample -o b.glb --from a.glb").quiet();
    assert_eq!(bytes("a.glb"), bytes("b.glb"));
    run(dir.path(), "sample -o c.glb --from a.glb --length 1.0 --grid 12").quiet();
    let height = |name: &str| extents(&dir.path().join(name))[1];
    // A finer grid of a smooth surface reaches a little further.
    assert!((height("c.glb") / height("a.glb") - 2.0).abs() < 0.1, "{} {}", height("a.glb"), height("c.glb"));
    assert_eq!(Extras::from_glb(&bytes("c.glb")).unwrap().length, 1.0);
    let text = String::from_utf8_lossy(&bytes("a.glb")).into_owned();
    assert!(text.contains("patch_00") && text.contains("patch_24"));
}

#[test]
fn many_samples_go_into_a_folder_and_replace_nothing() {
    let dir = folder();
    let printed = run(dir.path(), "sample --seed 5 --count 3 --grid 4 --out-dir new/swords").quiet();
    assert_eq!(printed.lines().count(), 3);
    assert_eq!(files(&dir.path().join("new/swords")), ["sword-5.glb", "sword-6.glb", "sword-7.glb"]);
    run(dir.path(), "sample -o one.glb --seed 6 --grid 4").quiet();
    let read = |name: &str| std::fs::read(dir.path().join(name)).unwrap();
    assert_eq!(read("one.glb"), read("new/swords/sword-6.glb"));
    run(dir.path(), "sample --seed 7 --count 2 --grid 4 --out-dir new/swords").fails(&["sword-7.glb", "exists"]);
    assert_eq!(files(&dir.path().join("new/swords")).len(), 3);
    run(dir.path(), "sample --count 2 -o x.glb").fails(&["--out-dir"]);
    let last = u64::MAX;
    run(dir.path(), &format!("sample --seed {last} -o last.glb --grid 4")).quiet();
    run(dir.path(), &format!("sample --seed {last} --count 2 --out-dir x")).fails(&["--count 2"]);
}

#[test]
fn reconstructions_are_measured_and_written() {
    let dir = folder();
    let sword = real_sword();
    let found = run(dir.path(), &format!("reconstruct {sword} -o back.glb --grid 8 --json")).json();
    let row = &found["reconstructions"][0];
    let cd = row["cd_1000"].as_f64().unwrap();
    assert!(cd > 0.05 && cd < 5.0, "{cd}");
    assert!(row["f_score"].as_f64().unwrap() > 0.5 && row["file"] == "back.glb");
    assert!(found["convention"].as_str().unwrap().contains("2500"));
    let text = run(dir.path(), &format!("reconstruct {sword} --out-dir d --grid 8 --length 0.8")).quiet();
    assert!(text.contains("CD x 1000") && text.contains("0.800") && text.contains(&format!("{cd:.3}")), "{text}");
    assert_eq!(files(&dir.path().join("d")), ["quaternius_medieval_weapons_sword.glb"]);
    // The same shape lying along X is turned upright, and the user told.
    let mesh = read_mesh(Path::new(&sword)).unwrap();
    let mut obj = String::new();
    for [x, y, z] in &mesh.positions {
        obj += &format!("v {y} {x} {}\n", -z);
    }
    for t in &mesh.triangles {
        obj += &format!("f {} {} {}\n", t[0] + 1, t[1] + 1, t[2] + 1);
    }
    std::fs::write(dir.path().join("lying.obj"), obj).unwrap();
    let lying = run(dir.path(), "reconstruct lying.obj -o l.glb --grid 8 --json");
    assert!(lying.stderr.contains("upright"), "{}", lying.stderr);
    let turned = lying.json()["reconstructions"][0]["cd_1000"].as_f64().unwrap();
    assert!((turned - cd).abs() < 0.3 * cd, "{turned} against {cd}");
}

#[test]
fn interpolation_runs_from_a_to_b() {
    let dir = folder();
    run(dir.path(), "sample -o a.glb --seed 1 --grid 7").quiet();
    let model = run(dir.path(), "inspect --json").json();
    let name = model["encoded"][0]["name"].as_str().unwrap().to_owned();
    let done = run(dir.path(), &format!("interpolate a.glb {name} --steps 3 --out-dir mid --grid 7"));
    assert!(done.stderr.contains(&name) && done.stdout.lines().count() == 3, "{}", done.stderr);
    assert_eq!(files(&dir.path().join("mid")), ["step-00.glb", "step-01.glb", "step-02.glb"]);
    let latent = |file: &str| Extras::from_glb(&std::fs::read(dir.path().join(file)).unwrap()).unwrap().latent.values;
    assert_eq!(latent("mid/step-00.glb"), latent("a.glb"));
    let middle = latent("mid/step-01.glb");
    for ((a, b), m) in latent("a.glb").iter().zip(latent("mid/step-02.glb")).zip(middle) {
        assert!(((a + b) / 2.0 - m).abs() < 1e-5);
    }
    // A mesh goes through the encoder.
    let mesh = run(dir.path(), &format!("interpolate {} a.glb --steps 2 --out-dir e --grid 4", real_sword()));
    assert_eq!(mesh.stdout.lines().count(), 2, "{}", mesh.stderr);
}

#[test]
fn an_unknown_name_lists_the_closest() {
    let dir = folder();
    let line = run(dir.path(), "interpolate skfb_katana_kimbli skfb_cap_sabre --steps 2 --out-dir d").fails(&[
        "'skfb_katana_kimbli'",
        "did you mean 'skfb_katana_kimbly'",
        "atlasforge inspect",
    ]);
    assert!(!line.contains("spear"), "{line}");
    assert!(files(dir.path()).is_empty());
    bare(dir.path(), ["inspect", "--model", "swrd"]).fails(&["'swrd'", "did you mean 'sword'", "--model"]);
}

#[test]
fn inspect_measures_files_seeds_and_exports_and_shows_the_card() {
    let dir = folder();
    let plain = run(dir.path(), &format!("inspect {} --json", real_sword())).json();
    assert!(plain["mesh"]["triangles"].as_u64().unwrap() > 10 && plain.get("decoded").is_none());
    run(dir.path(), "sample -o a.glb --seed 2 --grid 8").quiet();
    let seed = run(dir.path(), "inspect --seed 2 --grid 8 --json").json();
    let export = run(dir.path(), "inspect a.glb --json").json();
    assert_eq!(seed["decoded"], export["decoded"]);
    assert_eq!(seed["decoded"]["patches"].as_array().unwrap().len(), 25);
    assert_eq!(seed["mesh"]["vertices"], 25 * 64);
    let patch = &seed["decoded"]["patches"][3];
    assert!(patch["area"].as_f64().unwrap() > 0.0 && patch["collapsed"].is_string());
    let text = run(dir.path(), "inspect a.glb").quiet();
    assert!(text.contains("watertight") && text.contains("border gap") && text.contains("faces outward"), "{text}");
    let card = run(dir.path(), "inspect").quiet();
    assert!(card.contains("hash") && card.contains("skfb_cap_sabre"), "{card}");
    let json = run(dir.path(), "inspect --json").json();
    assert_eq!(json["hash"], seed["decoded"]["model"]);
    assert_eq!(json["config"]["patches"], 25);
}

#[test]
fn pictures_have_the_size_asked_for_and_show_something() {
    let dir = folder();
    assert_eq!(run(dir.path(), "render --seed 1 -o p.png --size 120x80 --grid 8").quiet(), "p.png\n");
    run(dir.path(), "render --seed 1 -o t.png --size 120x80 --grid 8 --tint").quiet();
    run(dir.path(), &format!("render {} -o f.png --size 64x64", real_sword())).quiet();
    run(dir.path(), "render --seed 1 --count 3 -o s.png --size 40x60 --grid 4").quiet();
    run(dir.path(), "render --seed 1 -o n.png --size 120x80 --grid 8 --density prior").quiet();
    let open = |name: &str| image::open(dir.path().join(name)).unwrap().to_rgb8();
    let (plain, tinted) = (open("p.png"), open("t.png"));
    assert_ne!(plain, open("n.png"), "another draw of the same seed");
    assert_eq!((plain.dimensions(), tinted.dimensions()), ((120, 80), (120, 80)));
    let colourful = |i: &image::RgbImage| i.pixels().filter(|p| p[0].abs_diff(p[2]) > 60).count();
    assert!(colourful(&tinted) > 50 && colourful(&tinted) > 5 * colourful(&plain));
    let bright = open("f.png").pixels().filter(|p| p[1] > 110).count();
    assert!(bright > 20, "{bright}");
    run(dir.path(), &format!("render {} -o x.png --tint", real_sword())).fails(&["--tint", "holds no latent"]);
    let drawn = ["--temperature", "is none; leave them out"];
    run(dir.path(), &format!("render {} -o x.png --density prior", real_sword())).fails(&drawn);
    run(dir.path(), &format!("export {} -o x.glb --temperature 0.5", real_sword())).fails(&drawn);
}

#[test]
fn eval_reports_reconstruction_and_samples() {
    let dir = folder();
    let found = run(dir.path(), "eval --data procedural:11:3 --samples 4 --json").json();
    assert_eq!(found["each"].as_array().unwrap().len(), 3);
    assert!(found["cd_1000_mean"].as_f64().unwrap() > 0.0);
    assert!(found["cd_1000_median"].as_f64().unwrap() <= found["cd_1000_worst"].as_f64().unwrap());
    assert_eq!(found["samples"]["count"], 4);
    let share = found["samples"]["front_share_mean"].as_f64().unwrap();
    let shown = found["samples"]["shown_front_share_mean"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&share) && (0.0..=1.0).contains(&shown));
    std::fs::create_dir(dir.path().join("meshes")).unwrap();
    std::fs::copy(real_sword(), dir.path().join("meshes/a.glb")).unwrap();
    let text = run(dir.path(), "eval --data meshes --samples 1").quiet();
    assert!(text.contains("mean of 1 shapes") && text.contains("2500") && text.contains("outward"), "{text}");
    assert!(text.contains("sampling floor") && text.contains("not compared"), "{text}");
    run(dir.path(), "eval --data procedural:x").fails(&["procedural:SEED:COUNT"]);
    run(dir.path(), "eval --data nowhere").fails(&["'nowhere'"]);
    // Sets too small to say anything are refused before the work.
    let few = run(dir.path(), "eval --data procedural:11:20 --generative 1");
    assert!(few.code == Some(2) && few.stderr.contains("20 to 5000"), "{}", few.stderr);
}

#[test]
fn eval_compares_sets_and_kept_measures() {
    let dir = folder();
    let line = "eval --data procedural:11:20 --samples 2 --quick --train procedural:5:24";
    let found = run(dir.path(), &format!("{line} --json")).json();
    let sets = &found["generative"]["sets"];
    let names: Vec<&str> = sets.as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["N(0, I)", "fitted density", "reconstructions", "training shapes, reconstructed", "training shapes"]
    );
    for set in sets.as_array().unwrap() {
        for figure in ["mmd", "coverage", "one_nna", "jsd"] {
            let [value, low, high] = ["value", "low", "high"].map(|k| set[figure][k].as_f64().unwrap());
            assert!(low <= high && value >= 0.0, "{figure}: {value} in {low} to {high}");
        }
    }
    // The tiny model's samples are no swords, and swords can't be told from swords.
    assert!(sets[0]["one_nna"]["value"].as_f64() > sets[4]["one_nna"]["value"].as_f64());
    assert_eq!(found["generative"]["nearest_training_shape"].as_array().unwrap().len(), 3);
    assert_eq!(found["attributes"].as_array().unwrap().len(), 5);
    assert!(found["samples"]["mirror"]["z_mean"].as_f64() > found["samples"]["mirror_of_data"]["z_mean"].as_f64());
    let text = run(dir.path(), &format!("{line} --generative 20 --density prior")).quiet();
    assert!(text.contains("1-NNA") && text.contains("guard_span") && !text.contains("20 fitted"), "{text}");
    run(dir.path(), "eval --data procedural:11:20 --train nowhere").fails(&["--train 'nowhere'"]);
}

#[test]
fn bench_names_shapes_and_threads() {
    let dir = folder();
    let found = run(dir.path(), "bench --repeats 1 --json").json();
    assert!(found["threads"].as_u64().unwrap() > 0);
    let rows = found["rows"].as_array().unwrap();
    let mut untimed = None;
    for what in ["CPU decode", "GPU decode", "chamfer", "training step", "export (decode, GLB)"] {
        let row = rows.iter().find(|r| r["what"] == what).unwrap_or_else(|| panic!("no {what}"));
        if row["median_ms"].is_null() {
            assert!(what == "GPU decode" && !row["note"].as_str().unwrap().is_empty(), "{row}");
            untimed = Some(row["note"].clone());
        } else {
            assert!(row["median_ms"].as_f64().is_some_and(|ms| ms > 0.0), "{row}");
        }
    }
    // Without a time the GPU must be missing, not its bench broken.
    #[cfg(feature = "viewer")]
    if let Some(note) = untimed {
        match atlasforge::viewer::adapter::probe() {
            Ok(_) => panic!("there is an adapter, but no time: {note}"),
            Err(why) => writeln!(std::io::stderr(), "SKIPPED the GPU's bench: {why}").unwrap(),
        }
    }
    #[cfg(not(feature = "viewer"))]
    assert!(untimed.is_some_and(|note| note.as_str().unwrap().contains("feature `viewer`")));
    assert!(run(dir.path(), "bench --repeats 1").quiet().contains("25 x 10 x 10"));
}

#[cfg(not(feature = "viewer"))]
#[test]
fn without_a_viewer_explore_makes_its_tour() {
    let dir = folder();
    for arguments in ["explore", "explore --out-dir there", "explore skfb_cap_sabre --out-dir other"] {
        let run = run(dir.path(), arguments);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stderr.contains("without a window"), "{}", run.stderr);
        assert_eq!(run.stdout.lines().count(), 2);
        for file in run.stdout.lines() {
            assert!(std::fs::metadata(dir.path().join(file)).unwrap().len() > 1000);
        }
    }
    let model = format!("{ROOT}/tests/data/tiny.safetensors");
    let none = bare(dir.path(), ["--model", &model]);
    assert_eq!((none.code, none.stdout.lines().count()), (Some(0), 2), "{}", none.stderr);
}

#[test]
fn models_are_found_by_name_beside_the_working_folder() {
    let dir = folder();
    std::fs::create_dir(dir.path().join("models")).unwrap();
    std::fs::copy(format!("{ROOT}/tests/data/tiny.safetensors"), dir.path().join("models/mine.safetensors")).unwrap();
    let by_name = bare(dir.path(), ["inspect", "--json", "--model", "mine"]).json();
    assert_eq!(by_name, run(dir.path(), "inspect --json").json());
    let before = bare(dir.path(), ["--model", "mine", "inspect", "--json"]).json();
    assert_eq!(before, by_name);
    bare(dir.path(), ["--model", "mina", "inspect"]).fails(&["'mina'"]);
    assert_eq!(bare(dir.path(), ["--model", "mina", "inspect", "--json", "--model", "mine"]).json(), by_name);
    bare(dir.path(), ["--model", "mine", "data", "generate", "--out-dir", "d"]).fails(&["without --model"]);
    bare(dir.path(), ["inspect", "--model", "mina"]).fails(&["did you mean 'mine'"]);
}

#[test]
fn wrong_usage_ends_with_2_and_help_with_0() {
    let dir = folder();
    for line in [
        "sample",
        "sample -o a.glb --out-dir d",
        "sample -o a.glb --seed 1 --from b.glb",
        "sample -o a.glb --grid 1",
        "sample -o a.glb --length -3",
        "sample -o a.glb --seed pi",
        "reconstruct -o a.glb",
        "interpolate a b --out-dir d",
        "interpolate a b --steps 1 --out-dir d",
        "render -o a.png",
        "render a.glb --seed 1 -o a.png",
        "render --seed 1 -o a.png --size 3",
        "render --seed 1 -o a.jpg",
        "render --count 3 -o a.png",
        "render a.glb --count 3 -o a.png",
        "sample -o a.obj",
        "reconstruct a.obj -o a.txt",
        "eval",
        "forge",
        "--nonsense",
    ] {
        let run = bare(dir.path(), line.split(' '));
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{line}: {}", run.stderr);
        assert!(run.stderr.contains("Usage") || run.stderr.contains("--help"), "{line}: {}", run.stderr);
    }
    for line in ["--help", "--version", "sample --help", "help eval"] {
        assert!(!bare(dir.path(), line.split(' ')).quiet().is_empty());
    }
    assert!(files(dir.path()).is_empty());
}

#[test]
fn a_reader_that_hangs_up_is_no_error() {
    let dir = folder();
    let inspect = format!("inspect --seed 1 --grid 4 --model {ROOT}/tests/data/tiny.safetensors");
    for line in [&inspect, "data generate --count 1 --out-dir d"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_atlasforge"))
            .args(line.split(' '))
            .current_dir(dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.as_str()), (Some(0), ""), "{line}");
    }
}
