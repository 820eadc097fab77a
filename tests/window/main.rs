//! The real window under Xvfb, driven by a real pointer and real keys: skipped, with the reason, where there is no
//! Xvfb, no xdotool or no Vulkan driver.
#![cfg(all(feature = "viewer", target_os = "linux"))]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use atlasforge::export::extras::Extras;

/// Small, because software Vulkan draws it.
const SIZE: (u32, u32) = (640, 400);

/// Software Vulkan needs 9 to 15 seconds to its first frame, on a busy machine several times that.
const START: Duration = Duration::from_secs(80);

/// For anything after the first frame.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long nothing may happen before the explorer counts as resting.
const REST: Duration = Duration::from_millis(1500);

/// A child that does not outlive the test, however it ends.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The explorer in a window of its own X server.
struct Window {
    folder: tempfile::TempDir,
    display: String,
    reports: Receiver<serde_json::Value>,
    rects: HashMap<String, [f32; 4]>,
    decodes: u64,
    messages: Vec<String>,
    _app: Guard,
    _server: Guard,
}

impl Window {
    fn open() -> Window {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", &format!("{}x{}x24", SIZE.0, SIZE.1)])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map(Guard)
            .expect("Xvfb starts");
        let mut number = String::new();
        BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut number).expect("Xvfb tells its display");
        let display = format!(":{}", number.trim());

        let folder = tempfile::tempdir().unwrap();
        let mut app = Command::new(env!("CARGO_BIN_EXE_atlasforge"))
            .args(["explore", "--window", &format!("{}x{}", SIZE.0, SIZE.1), "--model"])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny.safetensors"))
            .current_dir(folder.path())
            .env("DISPLAY", &display)
            .env(atlasforge::viewer::report::VARIABLE, "1")
            // Nothing of the user's own is read or written.
            .env(atlasforge::disk::DATA_VARIABLE, folder.path().join("data"))
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map(Guard)
            .expect("the explorer starts");
        let (sender, reports) = channel();
        let stderr = BufReader::new(app.0.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                // What is no report is the log, which helps to read a failure.
                let Ok(report) = serde_json::from_str(&line) else {
                    eprintln!("explorer: {line}");
                    continue;
                };
                if sender.send(report).is_err() {
                    return;
                }
            }
        });
        Window {
            folder,
            display,
            reports,
            rects: HashMap::new(),
            decodes: 0,
            messages: Vec::new(),
            _app: app,
            _server: server,
        }
    }

    /// Takes in reports until `done` or for `patience`; whether it was done.
    fn watch(&mut self, patience: Duration, mut done: impl FnMut(&Window) -> bool) -> bool {
        let deadline = Instant::now() + patience;
        loop {
            if done(self) {
                return true;
            }
            match self.reports.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(report) => self.take_in(&report),
                Err(RecvTimeoutError::Timeout) => return false,
                Err(RecvTimeoutError::Disconnected) => panic!("the explorer ended; see its log above"),
            }
        }
    }

    fn take_in(&mut self, report: &serde_json::Value) {
        if let Some(name) = report["widget"].as_str() {
            let side = |i: usize| report["rect"][i].as_f64().unwrap() as f32;
            self.rects.insert(name.to_owned(), [side(0), side(1), side(2), side(3)]);
        }
        if let Some(count) = report["decodes"].as_u64() {
            self.decodes = count;
        }
        if let Some(text) = report["message"].as_str() {
            self.messages.push(text.to_owned());
        }
    }

    /// Waits until no decode has happened for [`REST`].
    fn rest(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let before = self.decodes;
            if !self.watch(REST, |w| w.decodes != before) {
                return;
            }
            assert!(Instant::now() < deadline, "the explorer keeps decoding: {} so far", self.decodes);
        }
    }

    fn xdotool(&self, arguments: &[&str]) {
        let status = Command::new("xdotool").args(arguments).env("DISPLAY", &self.display).status().unwrap();
        assert!(status.success(), "xdotool {arguments:?}: {status}");
    }

    /// Drags with the left button along a widget, from one share of its width to another.
    fn drag(&self, widget: &str, from: f32, to: f32) {
        let [left, top, right, bottom] = self.rects[widget];
        let y = format!("{}", ((top + bottom) / 2.0).round());
        let x = |share: f32| format!("{}", (left + share * (right - left)).round());
        self.xdotool(&["mousemove", &x(from), &y]);
        std::thread::sleep(Duration::from_millis(300));
        self.xdotool(&["mousedown", "1"]);
        for step in 1..=5 {
            std::thread::sleep(Duration::from_millis(150));
            self.xdotool(&["mousemove", &x(from + (to - from) * step as f32 / 5.0), &y]);
        }
        std::thread::sleep(Duration::from_millis(300));
        self.xdotool(&["mouseup", "1"]);
    }

    /// The explorer's own screenshot by its key.
    fn picture(&mut self) -> image::RgbImage {
        let path = self.folder.path().join("atlasforge.png");
        let _ = std::fs::remove_file(&path);
        self.xdotool(&["key", "F12"]);
        let there = path.clone();
        // Files come without a report: look for it in short intervals.
        let deadline = Instant::now() + PATIENCE;
        while !there.exists() {
            assert!(Instant::now() < deadline, "no screenshot came");
            self.watch(Duration::from_millis(50), |_| false);
        }
        image::open(&path).expect("a whole PNG").to_rgb8()
    }

    /// A picture that the next one equals: pipelines compile in the background, and what needs them comes late.
    fn settled(&mut self) -> image::RgbImage {
        let deadline = Instant::now() + START;
        let mut last = self.picture();
        loop {
            self.watch(REST, |_| false);
            let next = self.picture();
            if difference(&last, &next) < 0.001 {
                return next;
            }
            assert!(Instant::now() < deadline, "the picture keeps changing by itself");
            last = next;
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Share of the pixels right of the panel that differ visibly.
fn difference(a: &image::RgbImage, b: &image::RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let left = atlasforge::viewer::panels::WIDTH as u32 + 4;
    let shape = |(x, _, _): &(u32, u32, &image::Rgb<u8>)| *x > left;
    let pixels = a.enumerate_pixels().filter(shape).map(|(x, y, p)| (p.0, b.get_pixel(x, y).0));
    let (mut changed, mut all) = (0usize, 0usize);
    for (p, q) in pixels {
        all += 1;
        changed += usize::from(p.iter().zip(q).any(|(&p, q)| p.abs_diff(q) > 16));
    }
    changed as f64 / all as f64
}

/// Why the window can't be driven here.
fn missing() -> Option<String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let has = |program: &str| std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if let Some(program) = ["Xvfb", "xdotool"].into_iter().find(|program| !has(program)) {
        return Some(format!("{program} is not installed"));
    }
    let named = ["VK_ICD_FILENAMES", "VK_DRIVER_FILES"].iter().any(|v| std::env::var_os(v).is_some());
    let installed = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"]
        .iter()
        .any(|folder| std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some()));
    (!named && !installed).then(|| "no Vulkan driver is installed (Debian: mesa-vulkan-drivers)".into())
}

#[test]
fn a_slider_and_a_checkbox_change_the_picture_and_a_key_exports_a_valid_file() {
    if let Some(why) = missing() {
        // Not eprintln!, which the test harness swallows.
        writeln!(std::io::stderr(), "SKIPPED driving the window: {why}").unwrap();
        return;
    }
    let mut window = Window::open();
    assert!(
        window.watch(START, |w| w.decodes > 0 && w.rects.contains_key("Axis 1")),
        "no first frame: {:?}",
        window.messages
    );
    window.xdotool(&["search", "--sync", "--onlyvisible", "--name", "Atlasforge", "windowfocus"]);
    window.rest();

    let before = window.settled();
    let decodes = window.decodes;
    // A resting explorer decodes nothing, not even while the pointer moves over it.
    window.xdotool(&["mousemove", "500", "200"]);
    window.xdotool(&["mousemove", "510", "210"]);
    window.watch(Duration::from_secs(3), |w| w.decodes != decodes);
    assert_eq!(window.decodes, decodes, "an idle explorer decoded");
    let again = window.picture();
    assert!(difference(&before, &again) < 0.001, "the picture changes by itself");

    window.drag("Axis 1", 0.5, 0.9);
    assert!(window.watch(PATIENCE, |w| w.decodes > decodes), "the drag dispatched no decode");
    window.rest();
    let after = window.picture();
    let changed = difference(&before, &after);
    assert!(changed > 0.002, "only {:.3} % of the pixels changed", changed * 100.0);

    // Slow enough for a frame in between, as a hand is.
    for step in [["keydown", "ctrl"], ["key", "e"], ["keyup", "ctrl"]] {
        window.xdotool(&step);
        std::thread::sleep(Duration::from_millis(400));
    }
    let wrote = |w: &Window| w.messages.iter().any(|m| m.starts_with("Wrote sword.glb"));
    assert!(window.watch(PATIENCE, wrote), "no export: {:?}", window.messages);
    let bytes = std::fs::read(window.file("sword.glb")).unwrap();
    let file = gltf::Gltf::from_slice(&bytes).expect("a valid GLB");
    let vertices: usize = file
        .meshes()
        .flat_map(|mesh| mesh.primitives())
        .filter_map(|primitive| primitive.get(&gltf::Semantic::Positions))
        .map(|positions| positions.count())
        .sum();
    let extras = Extras::from_glb(&bytes).expect("extras that reopen it");
    assert!(vertices > 0 && vertices.is_multiple_of(extras.grid * extras.grid), "{vertices} vertices");

    // The checkbox lies below the fold of so small a window.
    window.rest();
    window.xdotool(&["mousemove", "150", "150"]);
    window.xdotool(&["click", "--repeat", "30", "--delay", "60", "5"]);
    let visible =
        |w: &Window| w.rects.get("Tint patches").is_some_and(|&[_, top, _, bottom]| top > 0.0 && bottom < 290.0);
    assert!(window.watch(PATIENCE, visible), "the panel does not scroll: {:?}", window.rects.get("Tint patches"));
    window.watch(REST, |_| false);
    let (before, decodes) = (window.picture(), window.decodes);
    let [left, top, _, bottom] = window.rects["Tint patches"];
    window.xdotool(&["mousemove", &format!("{}", left + 8.0), &format!("{}", ((top + bottom) / 2.0).round())]);
    for step in ["mousedown", "mouseup"] {
        std::thread::sleep(Duration::from_millis(400));
        window.xdotool(&[step, "1"]);
    }
    window.watch(Duration::from_secs(3), |_| false);
    let tinted = difference(&before, &window.picture());
    assert!(tinted > 0.002, "the tint changed only {:.3} % of the pixels", tinted * 100.0);
    assert_eq!(window.decodes, decodes, "a tint is no decode");
}
