//! A screen of a test's own, and the explorer started on it: for tests that drive a real window.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One window at a time: two would share the processor that draws them.
static TURN: Mutex<()> = Mutex::new(());

/// A child that does not outlive the test, however it ends.
pub struct Guard(pub Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An X server of its own.
pub struct Screen {
    pub display: String,
    _server: Guard,
    _turn: MutexGuard<'static, ()>,
}

impl Screen {
    /// Opens it where that is possible, else says why `what` is skipped.
    pub fn open(what: &str, size: (u32, u32)) -> Option<Self> {
        if let Some(why) = missing() {
            // Not eprintln!, which the test harness swallows.
            writeln!(std::io::stderr(), "SKIPPED {what}: {why}").unwrap();
            return None;
        }
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", &format!("{}x{}x24", size.0, size.1)])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map(Guard)
            .expect("Xvfb starts");
        let mut number = String::new();
        BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut number).expect("Xvfb tells its display");
        Some(Self { display: format!(":{}", number.trim()), _server: server, _turn: turn })
    }

    /// Starts the explorer with more arguments and variables, in `folder`, whose `data` is the user's data folder. Its reports; a
    /// line that is none comes as `{"log": line}`.
    pub fn explore(&self, folder: &Path, with: impl FnOnce(&mut Command)) -> (Guard, Receiver<serde_json::Value>) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_atlasforge"));
        command
            .arg("explore")
            .current_dir(folder)
            .env("DISPLAY", &self.display)
            .env(atlasforge::viewer::report::VARIABLE, "1")
            // Nothing of the user's own is read or written.
            .env(atlasforge::disk::DATA_VARIABLE, folder.join("data"))
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        with(&mut command);
        let mut app = command.spawn().map(Guard).expect("the explorer starts");
        let (sender, reports) = channel();
        let stderr = BufReader::new(app.0.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let report = serde_json::from_str(&line).unwrap_or_else(|_| serde_json::json!({ "log": line }));
                if sender.send(report).is_err() {
                    return;
                }
            }
        });
        (app, reports)
    }

    /// Moves the pointer, presses keys; what it printed.
    pub fn xdotool(&self, arguments: &[&str]) -> String {
        let output = Command::new("xdotool").args(arguments).env("DISPLAY", &self.display).output().unwrap();
        assert!(output.status.success(), "xdotool {arguments:?}: {}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Why a window can't be driven here.
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
