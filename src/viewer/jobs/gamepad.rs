//! Gamepads by Linux's joystick interface: a file a device, eight bytes an event. Reading it takes no library, where the
//! usual crates want libudev to build. Elsewhere none is heard.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::Wake;
use crate::viewer::state::Gamepad;

/// Where the kernel puts them, as `js0`, `js1` and so on.
const FOLDER: &str = "/dev/input";

/// How often new ones are looked for.
const LOOK: Duration = Duration::from_secs(2);

/// Axes of a stick: left x, y; right x, y. What lies between are triggers, which rest at an end.
const STICKS: [u8; 4] = [0, 1, 3, 4];

/// Of an event's kind; [`INITIAL`] is added for how things stood when the file was opened.
const BUTTON: u8 = 1;
const AXIS: u8 = 2;
const INITIAL: u8 = 0x80;

/// What a device said.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Heard {
    Pressed(u8),
    /// Which of [`STICKS`], and -1 to 1.
    Moved(usize, f32),
    Gone,
}

/// Everything that is plugged in.
pub struct Gamepads {
    heard: Receiver<(PathBuf, Heard)>,
    /// By device: right and down, -1 to 1.
    sticks: HashMap<PathBuf, [f32; 4]>,
    ended: Arc<AtomicBool>,
}

impl Drop for Gamepads {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

impl Gamepads {
    /// Listens from now on to whatever is plugged in, and wakes the app.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(wake: Wake) -> std::io::Result<Self> {
        Self::start_in(FOLDER.into(), wake)
    }

    fn start_in(folder: PathBuf, wake: Wake) -> std::io::Result<Self> {
        let (sender, heard) = channel();
        let ended = Arc::new(AtomicBool::new(false));
        if cfg!(target_os = "linux") {
            let ended = ended.clone();
            thread::Builder::new().name("gamepads".into()).spawn(move || look(&folder, &sender, &wake, &ended))?;
        }
        Ok(Self { heard, sticks: HashMap::new(), ended })
    }

    /// How the sticks stand, and what was pressed since the last call.
    pub fn poll(&mut self) -> Gamepad {
        let mut pad = Gamepad::default();
        for (device, heard) in self.heard.try_iter() {
            match heard {
                Heard::Pressed(button) => pad.pressed.push(button),
                Heard::Moved(stick, to) => self.sticks.entry(device).or_default()[stick] = to,
                Heard::Gone => drop(self.sticks.remove(&device)),
            }
        }
        let sum = |i: usize| self.sticks.values().map(|s| s[i]).sum::<f32>().clamp(-1.0, 1.0);
        // The kernel's sticks point down.
        (pad.left, pad.right) = ([sum(0), -sum(1)], [sum(2), -sum(3)]);
        pad
    }
}

/// Opens what is plugged in, until the owner is gone.
fn look(folder: &Path, sender: &Sender<(PathBuf, Heard)>, wake: &Wake, ended: &AtomicBool) {
    let open: Arc<Mutex<HashSet<PathBuf>>> = Arc::default();
    while !ended.load(Ordering::Relaxed) {
        for device in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            let name = device.file_name().unwrap_or_default().to_string_lossy();
            let number =
                name.strip_prefix("js").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
            if !number || !open.lock().unwrap_or_else(PoisonError::into_inner).insert(device.clone()) {
                continue;
            }
            // One that this user may not read counts as none, and is tried again.
            let file = File::open(&device).ok();
            let (sender, wake, open) = (sender.clone(), wake.clone(), open.clone());
            let read = move || {
                if let Some(mut file) = file {
                    listen(&mut file, |heard| {
                        let told = sender.send((device.clone(), heard)).is_ok();
                        wake();
                        told
                    });
                }
                open.lock().unwrap_or_else(PoisonError::into_inner).remove(&device);
            };
            // A read waits for the next event and can't be called off: the thread ends with the device or the program.
            if thread::Builder::new().name("gamepad".into()).spawn(read).is_err() {
                return;
            }
        }
        thread::sleep(LOOK);
    }
}

/// Tells what a device says until it is gone, or until nobody listens.
fn listen(device: &mut impl Read, mut tell: impl FnMut(Heard) -> bool) {
    let mut event = [0; 8];
    while device.read_exact(&mut event).is_ok() {
        if let Some(heard) = understood(event)
            && !tell(heard)
        {
            return;
        }
    }
    tell(Heard::Gone);
}

/// `struct js_event`: milliseconds (4 bytes), value (2), kind, number.
fn understood([_, _, _, _, low, high, kind, number]: [u8; 8]) -> Option<Heard> {
    let value = i16::from_ne_bytes([low, high]);
    match kind & !INITIAL {
        // What was held when the file was opened was not pressed.
        BUTTON => (kind & INITIAL == 0 && value != 0).then_some(Heard::Pressed(number)),
        AXIS => {
            let stick = STICKS.iter().position(|&axis| axis == number)?;
            Some(Heard::Moved(stick, f32::from(value) / f32::from(i16::MAX)))
        }
        _ => None,
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::time::Instant;

    use super::*;

    fn event(value: i16, kind: u8, number: u8) -> [u8; 8] {
        let [low, high] = value.to_ne_bytes();
        [1, 2, 3, 4, low, high, kind, number]
    }

    #[test]
    fn events_are_understood_and_a_cut_one_is_the_end() {
        let mut bytes = Vec::new();
        // A trigger at rest, a held button and a stick as they were; then a press, its release, and a push up.
        for e in [(-32767, 0x82, 2), (1, 0x81, 3), (0, 0x82, 0), (1, 1, 0), (0, 1, 0), (-32767, 2, 1)] {
            bytes.extend(event(e.0, e.1, e.2));
        }
        bytes.extend([7, 7, 7]);
        let mut heard = Vec::new();
        listen(&mut bytes.as_slice(), |h| {
            heard.push(h);
            true
        });
        assert_eq!(heard, [Heard::Moved(0, 0.0), Heard::Pressed(0), Heard::Moved(1, -1.0), Heard::Gone]);
    }

    #[test]
    fn what_is_plugged_in_is_heard_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("js3"), event(1, BUTTON, 2)).unwrap();
        for other in ["jsx", "js", "event0"] {
            std::fs::write(folder.path().join(other), event(1, BUTTON, 9)).unwrap();
        }
        let mut pads = Gamepads::start_in(folder.path().into(), Arc::new(|| ())).unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let pad = pads.poll();
            if !pad.pressed.is_empty() {
                assert_eq!(pad, Gamepad { pressed: vec![2], ..Gamepad::default() });
                return;
            }
            assert!(Instant::now() < deadline, "nothing was heard");
            thread::sleep(Duration::from_millis(5));
        }
    }
}
