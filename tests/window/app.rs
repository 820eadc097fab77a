//! The explorer in a window of its own X server, and the hands that drive it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::screen::{Guard, Screen};

/// Software Vulkan needs 9 to 15 seconds to its first frame, on a busy machine several times that.
pub const START: Duration = Duration::from_secs(80);

/// For anything after the first frame, which takes half a second on a free machine and ten times that on a busy one.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How long nothing may happen before the explorer counts as resting.
pub const REST: Duration = Duration::from_millis(1500);

/// What the explorer last said of its patches.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Patches {
    pub count: u64,
    pub selected: Option<u64>,
}

/// The explorer in a window of its own X server.
pub struct Window {
    folder: tempfile::TempDir,
    reports: Receiver<serde_json::Value>,
    pub rects: HashMap<String, [f32; 4]>,
    pub decodes: u64,
    /// Frames so far, and the milliseconds of CPU time that our own systems used in each.
    pub frames: u64,
    pub own_ms: Vec<f32>,
    /// The dearest of them, as it was told last.
    pub dearest: String,
    /// Nothing is drawn until something wakes it.
    pub rests: bool,
    pub patches: Patches,
    pub messages: Vec<String>,
    app: Guard,
    screen: Screen,
}

impl Window {
    /// Opens it where that is possible, else says why `what` is skipped. `session`: what the last session left.
    pub fn open(
        what: &str,
        size: (u32, u32),
        options: &[(&str, &Path)],
        session: Option<&serde_json::Value>,
    ) -> Option<Window> {
        let screen = Screen::open(what, size)?;
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        if let Some(session) = session {
            std::fs::create_dir(&data).unwrap();
            std::fs::write(data.join("session.json"), session.to_string()).unwrap();
        }
        let (app, reports) = screen.explore(folder.path(), |command| {
            command.args(["--window", &format!("{}x{}", size.0, size.1)]);
            for (name, path) in options {
                command.arg(name).arg(path);
            }
        });
        Some(Window {
            folder,
            reports,
            rects: HashMap::new(),
            decodes: 0,
            frames: 0,
            own_ms: Vec::new(),
            dearest: String::new(),
            rests: false,
            patches: Patches::default(),
            messages: Vec::new(),
            app,
            screen,
        })
    }

    /// Takes in reports until `done` or for `patience`; whether it was done.
    pub fn watch(&mut self, patience: Duration, mut done: impl FnMut(&Window) -> bool) -> bool {
        let deadline = Instant::now() + patience;
        loop {
            // All that is there already, so that `done` sees what is.
            while let Ok(report) = self.reports.try_recv() {
                self.take_in(&report);
            }
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
        // The log helps to read a failure.
        if let Some(line) = report["log"].as_str() {
            eprintln!("explorer: {line}");
            assert!(!line.contains("was given to a shape of"), "a shape was to be decoded into a mesh of another grid");
        }
        if let Some(name) = report["widget"].as_str() {
            let side = |i: usize| report["rect"][i].as_f64().unwrap() as f32;
            self.rects.insert(name.to_owned(), [side(0), side(1), side(2), side(3)]);
        }
        if let Some(count) = report["decodes"].as_u64() {
            self.decodes = count;
        }
        if let Some(frame) = report["frame"].as_u64() {
            self.frames = frame;
            self.own_ms.extend(report["own_ms"].as_f64().map(|ms| ms as f32));
            self.dearest = report["dearest"].to_string();
        }
        if let Some(rests) = report["rests"].as_bool() {
            self.rests = rests;
        }
        if let Some(count) = report["patches"].as_u64() {
            self.patches = Patches { count, selected: report["selected"].as_u64() };
        }
        if let Some(text) = report["message"].as_str() {
            self.messages.push(text.to_owned());
        }
    }

    /// Waits until no decode has happened for [`REST`].
    pub fn rest(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let before = self.decodes;
            if !self.watch(REST, |w| w.decodes != before) {
                return;
            }
            assert!(Instant::now() < deadline, "the explorer keeps decoding: {} so far", self.decodes);
        }
    }

    /// Waits for `count` frames, as a slow hand does. A frame under way when the hand moved may not know of it.
    pub fn frames(&mut self, count: u64) {
        while self.reports.try_recv().map(|report| self.take_in(&report)).is_ok() {}
        let wanted = self.frames + count;
        assert!(self.watch(PATIENCE, |w| w.frames >= wanted), "no frames: {} of {wanted}", self.frames);
    }

    pub fn display(&self) -> &str {
        &self.screen.display
    }

    pub fn xdotool(&self, arguments: &[&str]) -> String {
        self.screen.xdotool(arguments)
    }

    /// Gives the explorer the keyboard; its window's number.
    pub fn focus(&self) -> u32 {
        let search = ["search", "--sync", "--onlyvisible", "--name", "Atlasforge"];
        self.xdotool(&[&search[..], &["windowfocus"]].concat());
        self.xdotool(&search).lines().last().unwrap().trim().parse().expect("a window's number")
    }

    pub fn point(&self, x: f32, y: f32) {
        self.xdotool(&["mousemove", &format!("{}", x.round()), &format!("{}", y.round())]);
    }

    /// Clicks a place, once a frame has seen the pointer there.
    pub fn click_at(&mut self, x: f32, y: f32) {
        self.point(x, y);
        self.frames(2);
        self.xdotool(&["mousedown", "1"]);
        std::thread::sleep(Duration::from_millis(120));
        self.xdotool(&["mouseup", "1"]);
        self.frames(2);
    }

    /// Clicks the middle of a widget.
    pub fn click(&mut self, widget: &str) {
        let [left, top, right, bottom] = self.rect(widget);
        self.click_at((left + right) / 2.0, (top + bottom) / 2.0);
    }

    pub fn rect(&self, widget: &str) -> [f32; 4] {
        *self.rects.get(widget).unwrap_or_else(|| {
            let mut known: Vec<_> = self.rects.keys().collect();
            known.sort();
            panic!("no widget '{widget}' was reported; there are {known:?}")
        })
    }

    /// Presses keys together, as fast as a hand: within one frame.
    pub fn press(&mut self, keys: &[&str]) {
        self.xdotool(&["key", &keys.join("+")]);
        self.frames(3);
    }

    /// Drags with the left button along a widget, from one share of its width to another.
    pub fn drag(&mut self, widget: &str, from: f32, to: f32) {
        let [left, top, right, bottom] = self.rect(widget);
        let (y, x) = ((top + bottom) / 2.0, |share: f32| left + share * (right - left));
        self.point(x(from), y);
        self.frames(2);
        self.xdotool(&["mousedown", "1"]);
        for step in 1..=5 {
            self.frames(1);
            self.point(x(from + (to - from) * step as f32 / 5.0), y);
        }
        self.frames(2);
        self.xdotool(&["mouseup", "1"]);
        self.frames(1);
    }

    /// The explorer's own screenshot by its key.
    pub fn picture(&mut self) -> image::RgbImage {
        let path = self.file("atlasforge.png");
        let _ = std::fs::remove_file(&path);
        self.xdotool(&["key", "F12"]);
        assert!(self.there(PATIENCE, || path.exists()), "no screenshot came");
        image::open(&path).expect("a whole PNG").to_rgb8()
    }

    /// Looks for something that comes without a report, in short intervals.
    pub fn there(&mut self, patience: Duration, mut done: impl FnMut() -> bool) -> bool {
        let deadline = Instant::now() + patience;
        while !done() {
            if Instant::now() > deadline {
                return false;
            }
            self.watch(Duration::from_millis(50), |_| false);
        }
        true
    }

    /// A picture that the next one equals: pipelines compile in the background, and what needs them comes late.
    pub fn settled(&mut self) -> image::RgbImage {
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

    /// In the folder that it was started in.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Processor time that the explorer has used, all threads, in seconds.
    pub fn processor_time(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.app.0.id())).unwrap();
        // Behind the name, which may hold anything: fields 14 and 15, in hundredths of a second.
        let fields: Vec<&str> = stat[stat.rfind(')').unwrap() + 1..].split_whitespace().collect();
        let ticks = |i: usize| fields[i - 3].parse::<f64>().unwrap();
        (ticks(14) + ticks(15)) / 100.0
    }
}

/// Share of the pixels right of the panel that differ visibly.
pub fn difference(a: &image::RgbImage, b: &image::RgbImage) -> f64 {
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
