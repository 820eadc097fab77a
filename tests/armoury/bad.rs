//! Places that can't be written, and shapes that can't be made: a clear line, nothing half-written.

use super::*;

#[test]
fn places_that_can_t_be_written_are_named() {
    let dir = folder();
    std::fs::write(dir.path().join("file"), "in the way").unwrap();
    std::fs::create_dir(dir.path().join("folder")).unwrap();
    let before = contents(dir.path());
    for (line, words) in [
        ("-o file/a.glb", vec!["'file/a.glb'", "not a folder"]),
        ("-o folder", vec!["'folder'", "it is a folder"]),
        ("-o folder --force", vec!["'folder'", "it is a folder"]),
        ("--count 2 --out-dir file", vec!["'file'", "--out-dir"]),
        ("--count 2 --out-dir file/below", vec!["'file/below'", "--out-dir"]),
    ] {
        patches(dir.path(), line).fails(&words);
        assert!(contents(dir.path()) == before, "{line}");
    }
    #[cfg(target_os = "linux")]
    {
        // Nobody writes there, not even root.
        patches(dir.path(), "-o /proc/a.glb").fails(&["'/proc/a.glb'"]);
        patches(dir.path(), "--count 2 --out-dir /proc/armory").fails(&["'/proc/armory'", "--out-dir"]);
    }
}

/// A limit on the size of files stands for a disk that is full: the write fails in the middle.
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_nothing_behind() {
    let dir = folder();
    let limited = |line: &str| {
        let binary = env!("CARGO_BIN_EXE_atlasforge");
        let rest = format!("export {line} --seed 1 --surface patches --grid 12 --model {}", tiny());
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("trap '' XFSZ; ulimit -f 8; exec {binary} {rest}")]).current_dir(dir.path());
        run(shell)
    };
    limited("-o a.glb").fails(&["'a.glb'", "can't write"]);
    assert_eq!(names(dir.path()), [""; 0]);
    limited("--count 3 --out-dir armory").fails(&["sword-"]);
    assert!(names(&dir.path().join("armory")).iter().all(|n| !n.ends_with(".glb") && !n.starts_with(".atlasforge-")));
    // With room again it goes on.
    let line = format!("export --count 3 --out-dir armory --seed 1 --surface patches --grid 12 --model {}", tiny());
    run(command(dir.path(), &line)).well();
    assert_eq!(names(&dir.path().join("armory")).len(), 5);
}

#[test]
fn a_second_run_in_one_folder_is_refused() {
    let dir = folder();
    let mut first = patches_command(dir.path(), "--count 2000 --seed 1 --out-dir a").spawn().unwrap();
    while !dir.path().join("a/sword-1.glb").exists() && first.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    patches(dir.path(), "--count 2000 --seed 1 --out-dir a").fails(&["another export is writing", "'a'"]);
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn another_model_s_shapes_are_refused() {
    let dir = folder();
    patches(dir.path(), "-o a.glb --seed 1").well();
    // The built-in model didn't make it: what can't be reopened is encoded, and said so.
    let run = export(dir.path(), "a.glb -o b.glb --surface patches --grid 4");
    assert!(run.stderr.contains("'a.glb' was made by the model"), "{}", run.stderr);
    run.well();
    let text = r#"{"format":1,"favourites":[{"id":"1","name":"x","model":{"name":"axe","hash":"0"},"latent":{"groups":1,"values":[0,0,0,0,0,0]}}]}"#;
    std::fs::write(dir.path().join("f.json"), text).unwrap();
    patches(dir.path(), "--from f.json --out-dir d").fails(&["f.json", "other models (axe)", "--model"]);
    std::fs::write(dir.path().join("f.json"), &text[..100]).unwrap();
    patches(dir.path(), "--from f.json --out-dir d").fails(&["f.json", "no whole list"]);
    std::fs::write(dir.path().join("f.json"), text.replace("\"format\":1", "\"format\":9")).unwrap();
    patches(dir.path(), "--from f.json --out-dir d").fails(&["f.json", "format 9", "update"]);
}
