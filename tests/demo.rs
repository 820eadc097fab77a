//! The live demo in a real window under Xvfb: it walks, is taken over, walks on, survives a window of no size and a lost
//! graphics device, and needs no more memory after many shapes than after a few. Skipped, with the reason, where there is no
//! Xvfb, no xdotool or no Vulkan driver.
#![cfg(all(feature = "viewer", target_os = "linux"))]

mod screen;

use std::io::Write;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use screen::{Guard, Screen};

/// Small, because software Vulkan draws it.
const SCREEN: (u32, u32) = (480, 300);

/// Software Vulkan needs 9 to 15 seconds to its first frame, on a busy machine several times that.
const START: Duration = Duration::from_secs(120);

/// For anything after the first frame.
const PATIENCE: Duration = Duration::from_secs(40);

/// The demo on a screen of its own.
struct Demo {
    reports: Receiver<serde_json::Value>,
    decodes: u64,
    mode: String,
    size: [u64; 2],
    log: Vec<String>,
    app: Guard,
    screen: Screen,
    _folder: tempfile::TempDir,
}

impl Demo {
    /// Starts it where that is possible.
    fn start(what: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Option<Demo> {
        let screen = Screen::open(what, SCREEN)?;
        let folder = tempfile::tempdir().unwrap();
        let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny.safetensors");
        let (app, reports) = screen.explore(folder.path(), |command| {
            command.args(["--demo", "--window", "320x240", "--model"]).arg(tiny).args(arguments);
            command.envs(variables.iter().copied());
        });
        Some(Demo {
            reports,
            decodes: 0,
            mode: String::new(),
            size: [0; 2],
            log: Vec::new(),
            app,
            screen,
            _folder: folder,
        })
    }

    /// Takes reports in until `done` or for `patience`; whether it was done. A program that ended is not waited for.
    fn watch(&mut self, patience: Duration, mut done: impl FnMut(&Demo) -> bool) -> bool {
        let deadline = Instant::now() + patience;
        while !done(self) {
            let report = match self.reports.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(report) => report,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return done(self),
            };
            if let Some(count) = report["decodes"].as_u64() {
                self.decodes = count;
            }
            if let Some(mode) = report["demo"].as_str() {
                self.mode = mode.to_owned();
                self.size = [0, 1].map(|i| report["window"][i].as_u64().unwrap());
            }
            if let Some(line) = report["log"].as_str() {
                eprintln!("demo: {line}");
                self.log.push(line.to_owned());
            }
        }
        true
    }

    fn expect(&mut self, what: &str, patience: Duration, done: impl FnMut(&Demo) -> bool) {
        let there = self.watch(patience, done);
        assert!(there, "never {what}: {:?} at {:?}, {} decodes; {:?}", self.mode, self.size, self.decodes, self.log);
    }

    /// Holds a key for as long as a frame may take.
    fn press(&self, key: &str) {
        for step in ["keydown", "keyup"] {
            self.screen.xdotool(&[step, key]);
            std::thread::sleep(Duration::from_millis(700));
        }
    }

    fn window(&self) -> String {
        let found = self.screen.xdotool(&["search", "--sync", "--onlyvisible", "--name", "Atlasforge"]);
        found.lines().next().expect("a window").to_owned()
    }

    /// Resident memory in kB.
    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.app.0.id())).unwrap();
        let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

#[test]
fn it_walks_is_taken_over_walks_on_and_ends() {
    let Some(mut demo) = Demo::start("driving the demo", &["--idle", "4"], &[]) else { return };
    demo.expect("walked", START, |d| d.mode == "walking" && d.decodes > 3);
    // No window manager is here that would make it full-screen.
    let whole = [SCREEN.0, SCREEN.1].map(u64::from);
    demo.expect("filled the screen", PATIENCE, |d| d.size == whole);
    let before = demo.decodes;
    demo.expect("walked on by itself", PATIENCE, |d| d.decodes > before + 5 && d.mode == "walking");

    let window = demo.window();
    demo.screen.xdotool(&["windowfocus", &window]);
    demo.press("x");
    demo.expect("was taken over by a key", PATIENCE, |d| d.mode == "taken");
    // What was on its way is decoded yet, and once more as finely as a resting shape is.
    demo.watch(Duration::from_secs(1), |_| false);
    let still = demo.decodes;
    demo.watch(Duration::from_secs(1), |_| false);
    assert!(demo.decodes <= still + 1, "the shape moves on under the hand: {still}, {}", demo.decodes);
    demo.expect("walked on", PATIENCE, |d| d.mode == "walking");

    // A window of no size, and back.
    let before = demo.decodes;
    demo.screen.xdotool(&["windowsize", &window, "1", "1"]);
    demo.expect("shrank", PATIENCE, |d| d.size[0] <= 1);
    demo.watch(Duration::from_secs(2), |_| false);
    demo.screen.xdotool(&["windowsize", &window, "400", "260"]);
    demo.expect("grew again", PATIENCE, |d| d.size == [400, 260]);
    demo.expect("walked on after that", PATIENCE, |d| d.decodes > before + 5);

    // The pointer takes over as well, and Esc ends it.
    for x in ["100", "160", "220", "280"] {
        demo.screen.xdotool(&["mousemove", x, "120"]);
        std::thread::sleep(Duration::from_millis(300));
    }
    demo.expect("was taken over by the pointer", PATIENCE, |d| d.mode == "taken");
    demo.press("Escape");
    demo.expect("ended", PATIENCE, |d| d.mode == "off");
}

/// Whatever breaks first on a device that is lost in the midst of a frame.
const LOST: [&str; 2] = ["error: the graphics device was lost", "error: the graphics driver refused a frame"];

#[test]
fn a_lost_device_ends_with_a_reason_and_a_way_out() {
    let variables = [(atlasforge::viewer::lost::VARIABLE, "2")];
    let Some(mut demo) = Demo::start("losing the graphics device", &[], &variables) else { return };
    demo.expect("said what was lost", START, |d| d.log.iter().any(|l| LOST.iter().any(|said| l.contains(said))));
    let way_out = demo.log.iter().find(|l| LOST.iter().any(|said| l.contains(said))).unwrap().clone();
    assert!(way_out.contains("start atlasforge again") && way_out.contains("--offscreen"), "{way_out}");
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        match demo.app.0.try_wait().unwrap() {
            Some(status) => break status,
            None => assert!(Instant::now() < deadline, "the dead window hangs"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(status.code(), Some(1));
}

/// Walks until so many shapes were decoded after the first hundred; the memory then and at the end in kB.
fn endure(demo: &mut Demo, decodes: u64, patience: Duration) -> (u64, u64) {
    demo.expect("walked", START, |d| d.mode == "walking" && d.decodes > 100);
    let (first, from) = (demo.memory(), demo.decodes);
    demo.expect("lasted", patience, |d| d.decodes >= from + decodes);
    (first, demo.memory())
}

/// `cargo test --release --test demo -- --ignored --nocapture`: about as long as a visitor stays.
#[test]
#[ignore = "takes minutes: 10 000 frames of software Vulkan"]
fn memory_stays_within_5_percent_over_10_000_shapes() {
    let Some(mut demo) = Demo::start("measuring memory", &[], &[]) else { return };
    // Caches, pools and pipelines fill up at first.
    demo.expect("walked", START, |d| d.decodes > 1000);
    let (first, last) = endure(&mut demo, 10_000, Duration::from_secs(3600));
    writeln!(std::io::stderr(), "memory {first} kB, after 10 000 shapes {last} kB").unwrap();
    assert!(last as f64 <= 1.05 * first as f64, "{first} kB, then {last} kB");
}
