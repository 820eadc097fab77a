//! Many shapes into a folder.

use std::time::{Duration, Instant};

use super::*;

#[test]
fn a_batch_has_its_files_a_manifest_and_a_sheet() {
    let dir = folder();
    let armory = dir.path().join("new/armory");
    let run = patches(dir.path(), "--count 5 --seed 7 --out-dir new/armory --triangles 300 --lods 2");
    assert!(run.stderr.contains("5 swords exported"), "{}", run.stderr);
    let said = run.well();
    assert_eq!(said, "new/armory/manifest.json\nnew/armory/sheet.png\n");
    let mut expected: Vec<String> = (7..12).map(|seed| format!("sword-{seed}.glb")).collect();
    expected.extend(["manifest.json".to_owned(), "sheet.png".to_owned()]);
    expected.sort();
    assert_eq!(names(&armory), expected);
    let manifest = manifest(&armory);
    assert_eq!((&manifest["format"], &manifest["options"]["triangles"]), (&1.into(), &300.into()));
    let shapes = manifest["shapes"].as_array().unwrap();
    let seeds: Vec<u64> = shapes.iter().map(|s| s["seed"].as_u64().unwrap()).collect();
    assert_eq!(seeds, [7, 8, 9, 10, 11]);
    for shape in shapes {
        let file = &shape["files"][0];
        let bytes = std::fs::read(armory.join(file["name"].as_str().unwrap())).unwrap();
        assert_eq!(file["bytes"].as_u64(), Some(bytes.len() as u64));
        assert_eq!(file["sha256"].as_str().unwrap().len(), 64);
        assert!(shape["attributes"]["blade_length"].is_number() && shape["latent"]["values"].is_array());
        assert!(shape["levels"][0]["triangles"].as_u64().unwrap() >= shape["levels"][1]["triangles"].as_u64().unwrap());
        assert!(shape["length"].is_number() && shape["levels"][0]["error_mm"].is_number());
    }
    // The same shape alone is the same file.
    patches(dir.path(), "-o one.glb --seed 9 --triangles 300 --lods 2").well();
    assert!(std::fs::read(dir.path().join("one.glb")).unwrap() == std::fs::read(armory.join("sword-9.glb")).unwrap());
}

#[test]
fn what_is_there_is_kept_and_what_differs_is_refused() {
    let dir = folder();
    let armory = dir.path().join("a");
    patches(dir.path(), "--count 3 --seed 1 --out-dir a").well();
    let before = contents(&armory);
    let time = |name: &str| armory.join(name).metadata().unwrap().modified().unwrap();
    let (first, sheet) = (time("sword-1.glb"), time("sheet.png"));
    let again = patches(dir.path(), "--count 3 --seed 1 --out-dir a --json").json();
    assert_eq!((&again["shapes"], &again["kept"], &again["bytes"]), (&3.into(), &3.into(), &0.into()));
    assert!(contents(&armory) == before && (time("sword-1.glb"), time("sheet.png")) == (first, sheet));
    // What was lost is made again, and a batch may grow.
    std::fs::remove_file(armory.join("sword-2.glb")).unwrap();
    let grown = patches(dir.path(), "--count 5 --seed 1 --out-dir a --json").json();
    assert_eq!((&grown["shapes"], &grown["kept"]), (&5.into(), &2.into()));
    patches(dir.path(), "--count 5 --seed 1 --out-dir whole").well();
    same(&armory, &dir.path().join("whole"));

    let before = contents(&armory);
    for (line, words) in [
        ("--count 5 --seed 1 --triangles 100", vec!["triangles none there, 100 here", "--out-dir", "--force"]),
        ("--count 5 --seed 1 --origin guard --lods 2", vec!["origin grip there, guard here", "lods 1 there, 2 here"]),
        ("--count 5 --seed 1 --length 0.5", vec!["sword-", "another shape", "--force"]),
        ("--count 5 --seed 1 --temperature 0.5", vec!["another shape"]),
        ("--count 5 --seed 100", vec!["5 shapes that this batch doesn't", "sword-1"]),
        ("--count 4 --seed 1", vec!["a shape that this batch doesn't", "sword-5"]),
    ] {
        patches(dir.path(), &format!("{line} --out-dir a")).fails(&words);
        assert!(contents(&armory) == before, "{line}");
    }
    // A file of the user's own is not touched.
    std::fs::write(armory.join("sword-3.glb"), "my own work").unwrap();
    patches(dir.path(), "--count 5 --seed 1 --out-dir a").fails(&[
        "sword-3.glb",
        "no longer as it was exported",
        "--force",
    ]);
    assert_eq!(std::fs::read(armory.join("sword-3.glb")).unwrap(), b"my own work");
    // That is found before anything is made, a lost one and its picture included.
    std::fs::remove_file(armory.join("sword-1.glb")).unwrap();
    let before = contents(&armory);
    patches(dir.path(), "--count 5 --seed 1 --out-dir a").fails(&["sword-3.glb"]);
    assert!(contents(&armory) == before);
    patches(dir.path(), "--count 5 --seed 1 --out-dir a --force").well();
    same(&armory, &dir.path().join("whole"));
    // One that was stopped goes on too.
    let text = std::fs::read_to_string(armory.join("manifest.json")).unwrap();
    let begun: String = text.split_inclusive('\n').take(3).collect();
    std::fs::write(armory.join("manifest.json.partial"), begun).unwrap();
    let forced = patches(dir.path(), "--count 5 --seed 1 --out-dir a --force --json").json();
    assert!((1..5).contains(&forced["kept"].as_u64().unwrap()), "{forced}");
    same(&armory, &dir.path().join("whole"));
    // So is one in a folder where no batch was.
    std::fs::create_dir(dir.path().join("b")).unwrap();
    std::fs::write(dir.path().join("b/sword-3.glb"), "my own work").unwrap();
    patches(dir.path(), "--count 5 --seed 1 --out-dir b").fails(&["sword-3.glb", "exists"]);
    assert_eq!(names(&dir.path().join("b")), ["sword-3.glb"]);
    // And what another program calls as a batch calls its own.
    for name in ["manifest.json", "sheet.png"] {
        let site = dir.path().join("site");
        std::fs::create_dir(&site).unwrap();
        std::fs::write(site.join(name), "{}").unwrap();
        patches(dir.path(), "--count 2 --seed 1 --out-dir site").fails(&[name, "--force"]);
        assert_eq!(contents(&site), [(name.to_owned(), b"{}".to_vec())]);
        std::fs::remove_dir_all(&site).unwrap();
    }
}

#[test]
fn parts_are_disjoint_and_gathered_they_are_the_whole_to_the_byte() {
    let dir = folder();
    patches(dir.path(), "--count 10 --seed 1 --out-dir whole").well();
    let parts = dir.path().join("parts");
    // Two at a time, as jobs of an array run.
    let started: Vec<_> = (1..=3)
        .map(|i| {
            patches_command(dir.path(), &format!("--count 10 --seed 1 --out-dir parts --shard {i}/3")).spawn().unwrap()
        })
        .collect();
    for child in started {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let found = names(&parts);
    assert!(
        found.contains(&"manifest.2-of-3.json".to_owned()) && !found.contains(&"manifest.json".to_owned()),
        "{found:?}"
    );
    let gathered = patches(dir.path(), "--count 10 --seed 1 --out-dir parts --json").json();
    assert_eq!((&gathered["kept"], &gathered["bytes"]), (&10.into(), &0.into()));
    same(&dir.path().join("whole"), &parts);
    // A part of a batch that is there has nothing to do.
    let again = patches(dir.path(), "--count 10 --seed 1 --out-dir parts --shard 2/3 --json").json();
    assert_eq!((&again["shapes"], &again["kept"]), (&3.into(), &3.into()));
}

#[test]
fn a_killed_batch_goes_on_and_ends_with_the_same_bytes() {
    let dir = folder();
    let line = "--count 24 --seed 1 --lods 3 --out-dir";
    let killed = dir.path().join("killed");
    for _ in 0..3 {
        let mut child = patches_command(dir.path(), &format!("{line} killed")).spawn().unwrap();
        let before = glbs(&killed);
        let begun = Instant::now();
        while glbs(&killed) < before + 3
            && child.try_wait().unwrap().is_none()
            && begun.elapsed() < Duration::from_secs(60)
        {
            std::thread::sleep(Duration::from_millis(1));
        }
        // SIGKILL: nothing can be put in order.
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let done = glbs(&killed);
    let last = patches(dir.path(), &format!("{line} killed --json")).json();
    assert!(last["kept"].as_u64().unwrap() + 2 >= done as u64, "{done} files, {last}");
    patches(dir.path(), &format!("{line} whole")).well();
    same(&killed, &dir.path().join("whole"));
}

fn glbs(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries.filter(|e| e.as_ref().is_ok_and(|e| e.path().extension().is_some_and(|x| x == "glb"))).count()
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_whole_files_and_says_how_to_go_on() {
    let dir = folder();
    let stopped = dir.path().join("stopped");
    let child = patches_command(dir.path(), "--count 5000 --seed 1 --out-dir stopped").spawn().unwrap();
    while glbs(&stopped) < 3 {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("interrupted") && said.contains("goes on from there"), "{said}");
    assert!(names(&stopped).iter().all(|n| !n.starts_with(".atlasforge-")), "{:?}", names(&stopped));
    // Another run can't begin while one writes, and after it can: nothing is left locked.
    let again = patches(dir.path(), "--count 5000 --seed 2 --out-dir stopped").fails(&["this batch doesn't"]);
    assert!(again.contains("sword-1"), "{again}");
}

#[test]
fn favourites_and_tables_are_batches_too() {
    let dir = folder();
    let header: String = (0..6).map(|i| format!(",z{i}")).collect();
    let table = format!("name{header},length\nDawn,0.1,0.2,0.3,0.4,0.5,0.6,0.7\n\"Dusk: a, b\",0,0,0,0,0,0,\n");
    std::fs::write(dir.path().join("mine.csv"), &table).unwrap();
    patches(dir.path(), "--from mine.csv --out-dir a").well();
    assert_eq!(names(&dir.path().join("a")), ["Dawn.glb", "Dusk_ a, b.glb", "manifest.json", "sheet.png"]);
    let shapes = manifest(&dir.path().join("a"))["shapes"].clone();
    assert_eq!((&shapes[0]["asked_length"], &shapes[0]["length"]), (&0.7.into(), &0.7.into()));
    assert!(shapes[1]["asked_length"].is_null() && shapes[0]["seed"].is_null());

    // The explorer's own, from its folder.
    let hash = manifest(&dir.path().join("a"))["model"].clone();
    let favourite = serde_json::json!({ "id": "1", "name": "Dawn", "model": { "name": "tiny", "hash": hash },
        "latent": shapes[0]["latent"], "length": 0.7 });
    let text = serde_json::json!({ "format": 1, "favourites": [favourite] }).to_string();
    std::fs::create_dir(dir.path().join("data")).unwrap();
    std::fs::write(dir.path().join("data/favourites.json"), text).unwrap();
    patches(dir.path(), "--from favourites.json --out-dir b").well();
    let read = |path: &str| std::fs::read(dir.path().join(path)).unwrap();
    assert!(read("a/Dawn.glb") == read("b/Dawn.glb"));

    for (text, words) in [
        (format!("name{header}\n../up,0,0,0,0,0,0\n"), vec!["mine.csv", "line 2", "'../up' would leave the folder"]),
        (format!("name{header}\nok,0,0,0,0,0,0\nbad,0,0,nan,0,0,0\n"), vec!["mine.csv", "line 3", "z2 is 'nan'"]),
        (format!("name{header}\nok,0,0\n"), vec!["line 2", "3 cells, the header 7"]),
        (format!("name{header}\nA,0,0,0,0,0,0\na,1,0,0,0,0,0\n"), vec!["line 2 and line 3 would both"]),
        ("name,z0\nx,1\n".to_owned(), vec!["line 1", "z1 is missing"]),
        (String::new(), vec!["empty"]),
    ] {
        std::fs::write(dir.path().join("mine.csv"), text).unwrap();
        patches(dir.path(), "--from mine.csv --out-dir c").fails(&words);
        assert!(!dir.path().join("c").exists());
    }
    patches(dir.path(), "--from none.csv --out-dir c").fails(&["none.csv", "favourites (.json)"]);
}
