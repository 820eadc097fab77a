//! Bad input in the terminal: one clear line on stderr that names the file and the way out, exit code 1, no result on
//! stdout, nothing half-written, no panic. Broken mesh files as such are in `robustness.rs`.

use std::path::Path;
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Runs a command line (split at spaces) in a folder; it must fail in good manners. Returns what it said.
fn failure(folder: &Path, line: &str) -> String {
    let before = files(folder);
    let output =
        Command::new(env!("CARGO_BIN_EXE_atlasforge")).args(line.split(' ')).current_dir(folder).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{line}: {stderr}");
    assert_eq!(stdout, "", "{line}");
    let errors: Vec<&str> = stderr.lines().filter(|l| l.starts_with("atlasforge: error: ")).collect();
    // A training run tells its stages on the way.
    let known =
        |l: &str| l.starts_with("atlasforge: ") || (line.starts_with("train ") && l == "making 4 procedural swords");
    assert!(errors.len() == 1 && stderr.lines().all(known), "{line}: {stderr}");
    assert!(!stderr.contains("panicked"), "{line}: {stderr}");
    assert_eq!(files(folder), before, "{line} left files");
    errors[0].to_owned()
}

/// The same, and the line holds these words.
fn says(folder: &Path, line: &str, words: &[&str]) {
    let said = failure(folder, line);
    assert!(words.iter().all(|w| said.contains(w)), "{line}: {words:?} not in: {said}");
}

/// Every file below a folder, with its size.
fn files(folder: &Path) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.push((path.display().to_string(), 0));
            found.extend(files(&path));
        } else {
            found.push((path.display().to_string(), path.metadata().unwrap().len()));
        }
    }
    found.sort();
    found
}

fn tiny() -> Vec<u8> {
    std::fs::read(format!("{ROOT}/tests/data/tiny.safetensors")).unwrap()
}

/// The tiny checkpoint with its header edited, `from` -> `to`.
fn edited(from: &str, to: &str) -> Vec<u8> {
    let bytes = tiny();
    let n = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header = std::str::from_utf8(&bytes[8..8 + n]).unwrap();
    assert!(header.contains(from), "the header has no {from}");
    let header = header.replacen(from, to, 1);
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &bytes[8 + n..]].concat()
}

#[test]
fn broken_checkpoints_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let bytes = tiny();
    let with_nan = [&bytes[..bytes.len() - 4], &f32::NAN.to_le_bytes()[..]].concat();
    // A header that claims 4 GB, and one that claims more than any file holds.
    let hostile = |claim: u64| [&claim.to_le_bytes()[..], &bytes[8..]].concat();
    let models: [(&str, Vec<u8>, &str); 14] = [
        ("empty", Vec::new(), "empty"),
        ("truncated", bytes[..bytes.len() / 2].to_vec(), "copy it again"),
        ("stub", bytes[..6].to_vec(), "copy it again"),
        ("header", bytes[..4000].to_vec(), "copy it again"),
        ("hostile", hostile(4 << 30), "safetensors"),
        ("endless", hostile(u64::MAX), "safetensors"),
        ("newer", edited(r#"\"format\": 1"#, r#"\"format\": 7"#), "update Atlasforge"),
        ("shape", edited(r#"\"decoder\": [16, 8]"#, r#"\"decoder\": [16, 9]"#), "train it again"),
        ("missing", edited("\"decoder.out.bias\"", "\"decoder.out.bia5\""), "decoder.out.bia"),
        ("foreign", edited("\"atlasforge\"", "\"otherforge\""), "another program"),
        ("monster", edited(r#"\"latent\": 6"#, r#"\"latent\": 6000000000"#), "latent"),
        ("unlearnt", edited(r#"\"activation\": \"silu\""#, r#"\"activation\": \"sine\""#), "sine"),
        ("nan", with_nan, "not finite"),
        ("picture", b"\x89PNG\r\n\x1a\n0000000000000000".to_vec(), "atlasforge train"),
    ];
    for (name, bytes, words) in models {
        let file = format!("{name}.safetensors");
        std::fs::write(dir.path().join(&file), bytes).unwrap();
        says(dir.path(), &format!("sample -o out.glb --model {file}"), &[&format!("'{file}'"), words]);
    }
    says(dir.path(), "sample -o out.glb --model no/such.safetensors", &["'no/such.safetensors'", "give the path"]);
    std::fs::create_dir(dir.path().join("folder.safetensors")).unwrap();
    says(dir.path(), "sample -o out.glb --model folder.safetensors", &["'folder.safetensors'", "give the path"]);
    says(dir.path(), "sample -o out.glb --model nobody", &["'nobody'", "--model"]);
    // Every command refuses it alike.
    for line in [
        "sample --count 3 --out-dir d",
        "sample -o o.glb --from x.glb",
        "reconstruct a.glb -o o.glb",
        "interpolate a b --steps 3 --out-dir d",
        "inspect",
        "inspect --seed 1 --json",
        "render --seed 1 -o p.png",
        "eval --data procedural:1:2",
        "bench",
        "explore",
    ] {
        says(dir.path(), &format!("{line} --model nan.safetensors"), &["'nan.safetensors'", "not finite"]);
    }
}

#[test]
fn wrong_files_are_refused_by_every_command() {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(dir.path().join(name), bytes).unwrap();
    put("text.glb", b"not a mesh at all");
    put("empty.stl", b"");
    put("picture.obj", b"\x89PNG\r\n\x1a\n\0\0\0\0");
    put("cut.glb", &std::fs::read(format!("{ROOT}/assets/meshes/swords/kaykit_dagger.glb")).unwrap()[..600]);
    put(
        "nothing.ply",
        b"ply\nformat ascii 1.0\nelement vertex 0\nproperty float x\nproperty float y\nproperty float z\nend_header\n",
    );
    put("nan.obj", b"v nan 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n");
    put("range.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n");
    put("point.obj", b"v 1 1 1\nv 1 1 1\nv 1 1 1\nf 1 2 3\n");
    std::fs::create_dir(dir.path().join("folder.glb")).unwrap();
    let model = format!("--model {ROOT}/tests/data/tiny.safetensors");
    let bad = [
        "text.glb",
        "empty.stl",
        "picture.obj",
        "cut.glb",
        "nothing.ply",
        "nan.obj",
        "range.obj",
        "point.obj",
        "folder.glb",
        "missing.ply",
    ];
    for file in bad {
        for line in [
            "reconstruct X -o o.glb",
            "reconstruct X --out-dir d",
            "inspect X",
            "render X -o p.png",
            "inspect X --json",
        ] {
            says(dir.path(), &format!("{} {model}", line.replace('X', file)), &[file]);
        }
        for line in ["interpolate X X --steps 2 --out-dir d", "sample -o o.glb --from X", "explore X"] {
            says(dir.path(), &format!("{} {model}", line.replace('X', file)), &[file]);
        }
    }
    // One bad file among good ones: nothing is written at all.
    let good = format!("{ROOT}/assets/meshes/swords/kaykit_dagger.glb");
    says(dir.path(), &format!("reconstruct {good} text.glb --out-dir d {model}"), &["text.glb"]);
    says(dir.path(), &format!("reconstruct {good} {good} --out-dir d {model}"), &["kaykit_dagger.glb", "both"]);
    says(dir.path(), &format!("sample -o o.glb --from {good} {model}"), &["kaykit_dagger.glb", "reconstruct"]);
    for data in ["text.glb", "folder.glb", "missing", "procedural:1:0", "procedural:-1:5"] {
        says(dir.path(), &format!("eval --data {data} {model}"), &[data]);
    }
    says(dir.path(), "train nothing.toml", &["nothing.toml"]);
    says(dir.path(), "train text.glb", &["text.glb"]);
}

#[test]
fn recipes_with_mistakes_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text, words) in [
        ("key", "[train]\nstepz = 5\n", "stepz"),
        ("table", "[trian]\nsteps = 5\n", "trian"),
        ("type", "[train]\nsteps = \"many\"\n", "steps"),
        ("syntax", "[train\nsteps = 5\n", "syntax.toml"),
        ("range", "[model]\npatches = 0\n", "patches"),
        ("rate", "[data]\nprocedural = 4\n[train]\nlearning_rate = nan\n", "learning_rate"),
    ] {
        std::fs::write(dir.path().join(format!("{name}.toml")), text).unwrap();
        says(dir.path(), &format!("train {name}.toml"), &[&format!("{name}.toml"), words]);
    }
    // Data that can't be read, or is not what the recipe takes it for, begins no run.
    for (text, words) in [
        ("[data]\nmeshes = [\"nope\"]\n", ["nope", "check the path"]),
        (
            "[data]\nprocedural = 4\n[train]\nparts = [{ name = \"blde\", patches = 25 }]\n",
            ["'blde'", "blade, bow, grip, guard, pommel"],
        ),
    ] {
        std::fs::write(dir.path().join("data.toml"), text).unwrap();
        says(dir.path(), "train data.toml", &words);
    }
}

#[test]
fn another_models_export_and_damaged_extras_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let tiny_model = format!("{ROOT}/tests/data/tiny.safetensors");
    let made = Command::new(env!("CARGO_BIN_EXE_atlasforge"))
        .args(["sample", "-o", "a.glb", "--grid", "4", "--model", &tiny_model])
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert!(made.status.success());
    let glb = std::fs::read(dir.path().join("a.glb")).unwrap();
    // Same length, so that the GLB stays whole.
    let changed = |from: &str, to: &str| {
        assert_eq!(from.len(), to.len());
        let at = glb.windows(from.len()).position(|w| w == from.as_bytes()).unwrap_or_else(|| panic!("no {from}"));
        [&glb[..at], to.as_bytes(), &glb[at + to.len()..]].concat()
    };
    std::fs::write(dir.path().join("newer.glb"), changed("\"format\":1", "\"format\":9")).unwrap();
    std::fs::write(dir.path().join("grid.glb"), changed("\"grid\":4", "\"grid\":1")).unwrap();
    says(
        dir.path(),
        &format!("sample -o o.glb --from newer.glb --model {tiny_model}"),
        &["newer.glb", "newer Atlasforge"],
    );
    says(dir.path(), &format!("sample -o o.glb --from grid.glb --model {tiny_model}"), &["grid.glb", "grid 1"]);
    // Lengths and latents that can't be decoded are the file's fault, whoever opens it.
    let extras = |key: &str, change: &dyn Fn(&mut serde_json::Value)| {
        let length = u32::from_le_bytes(glb[12..16].try_into().unwrap()) as usize;
        let mut json: serde_json::Value = serde_json::from_slice(&glb[20..20 + length]).unwrap();
        change(&mut json["asset"]["extras"][key]);
        let mut text = json.to_string();
        text += &" ".repeat(text.len().next_multiple_of(4) - text.len());
        let total = 20 + text.len() + glb.len() - 20 - length;
        let numbers = [total as u32, text.len() as u32].map(u32::to_le_bytes);
        [&glb[..8], &numbers[0], &numbers[1], &glb[16..20], text.as_bytes(), &glb[20 + length..]].concat()
    };
    for (name, bytes, words) in [
        ("long.glb", extras("length", &|v| *v = 500.0.into()), "0.01 to 100"),
        ("far.glb", extras("latent", &|v| v["values"][1] = 1e30.into()), "latent value 1"),
        ("short.glb", extras("latent", &|v| drop(v["values"].as_array_mut().unwrap().pop())), "another model"),
        ("game.glb", extras("surface", &|v| *v = "game".into()), "newer Atlasforge"),
    ] {
        std::fs::write(dir.path().join(name), bytes).unwrap();
        for line in ["explore X", "sample -o o.glb --from X", "interpolate X X --steps 2 --out-dir d", "inspect X"] {
            says(dir.path(), &format!("{} --model {tiny_model}", line.replace('X', name)), &[name, words]);
        }
    }
    // The same network with one weight changed is another model.
    let mut bytes = tiny();
    let n = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + n]).unwrap();
    let at = 8 + n + header["decoder.out.bias"]["data_offsets"][0].as_u64().unwrap() as usize;
    bytes[at..at + 4].copy_from_slice(&0.25_f32.to_le_bytes());
    std::fs::write(dir.path().join("other.safetensors"), bytes).unwrap();
    says(
        dir.path(),
        "sample -o o.glb --from a.glb --model other.safetensors",
        &["a.glb", "made by the model", "--model"],
    );
    says(dir.path(), "render a.glb --tint -o o.png --model other.safetensors", &["a.glb", "--model"]);
    // What takes any mesh encodes it, but not without a word.
    let line = "interpolate a.glb a.glb --steps 2 --grid 4 --out-dir d --model other.safetensors";
    let output = Command::new(env!("CARGO_BIN_EXE_atlasforge")).args(line.split(' ')).current_dir(dir.path()).output();
    let output = output.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("'a.glb' was made by the model"), "{said}");
}

#[test]
fn places_that_cant_be_written_are_named_before_the_work() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "in the way").unwrap();
    std::fs::create_dir(dir.path().join("folder")).unwrap();
    let model = format!("--model {ROOT}/tests/data/tiny.safetensors --grid 4");
    let sword = format!("{ROOT}/assets/meshes/swords/kaykit_dagger.glb");
    for (line, place) in [
        ("sample --count 2 --out-dir file".to_owned(), "'file'"),
        ("sample --count 2 --out-dir file/below".to_owned(), "'file/below'"),
        ("sample -o folder".to_owned(), "'folder'"),
        ("sample -o file/s.glb".to_owned(), "'file/s.glb'"),
        (format!("reconstruct {sword} --out-dir file"), "'file'"),
        (format!("reconstruct {sword} -o folder"), "'folder'"),
        (format!("interpolate {sword} {sword} --steps 2 --out-dir file"), "'file'"),
        ("render --seed 1 -o folder --size 32x32".to_owned(), "'folder'"),
        ("render --seed 1 -o file/p.png --size 32x32".to_owned(), "'file/p.png'"),
    ] {
        says(dir.path(), &format!("{line} {model}"), &[place, "choose another"]);
    }
    says(dir.path(), "data generate --count 1 --out-dir file", &["file"]);
}
