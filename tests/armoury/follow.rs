//! The explorer followed.

use std::time::{Duration, Instant};

use atlasforge::forge::{Forge, Subject};
use atlasforge::model::checkpoint::Checkpoint;

use super::*;

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(unix)]
#[test]
fn the_explorer_s_shape_is_written_again_whenever_it_changes() {
    let dir = folder();
    let forge = Forge::new(Checkpoint::read(Path::new(&tiny())).unwrap()).unwrap();
    let session = dir.path().join("data/session.json");
    let save = |seed: u64, outfit: &str, yaw: f32| {
        let latent = Subject::seeded(&forge, seed).latent;
        let model = serde_json::json!({ "name": "tiny", "hash": forge.checkpoint().hash() });
        let saved = serde_json::json!({ "format": 1, "shape": { "model": model, "latent": latent, "length": 0.5 },
            "look": { "outfit": outfit }, "view": { "yaw": yaw } });
        atlasforge::disk::write(&session, saved.to_string().as_bytes()).unwrap();
    };
    let out = dir.path().join("game/sword.glb");
    let mut child = patches_command(dir.path(), "--watch -o game/sword.glb").spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert!(!out.exists());
    save(1, "service", 0.0);
    until("the first export", || out.exists());
    let first = std::fs::read(&out).unwrap();
    let time = out.metadata().unwrap().modified().unwrap();
    // Turning the camera exports nothing.
    save(1, "service", 1.0);
    std::thread::sleep(Duration::from_millis(800));
    assert_eq!(out.metadata().unwrap().modified().unwrap(), time);
    let changed = Instant::now();
    save(2, "service", 1.0);
    until("the second shape", || std::fs::read(&out).unwrap() != first);
    assert!(changed.elapsed() < Duration::from_secs(5), "{:?}", changed.elapsed());
    let second = std::fs::read(&out).unwrap();
    save(2, "antique", 1.0);
    until("the other outfit", || std::fs::read(&out).unwrap() != second);
    // A session of another program's, or half of one, is waited out.
    std::fs::write(&session, "{\"format\":1,\"sha").unwrap();
    std::thread::sleep(Duration::from_millis(600));
    assert!(child.try_wait().unwrap().is_none());
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 3);
    assert_eq!(names(&dir.path().join("game")), ["sword.glb"]);
    // Its own file it may replace, another one not.
    std::fs::write(dir.path().join("game/own.glb"), "my own work").unwrap();
    patches(dir.path(), "--watch -o game/own.glb").fails(&["own.glb", "--force"]);
}
