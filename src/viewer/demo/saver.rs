//! No screen saver while the demo runs. winit can't ask for that. On X11 the server is told now and then that somebody is
//! there, which also keeps the monitor on; Wayland, Windows and macOS have no such word that any process may say, so there the
//! system's own settings must see to it.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// Shorter than any screen saver waits.
const EVERY: Duration = Duration::from_secs(25);

/// For as long as this lives, the screen stays on.
pub struct Awake {
    _ends_with_this: Sender<()>,
}

impl Awake {
    /// Begins. Where there is nothing to be told, nothing is done.
    pub fn begin() -> Self {
        let (sender, ended) = channel();
        let tell = move || {
            let Some(mut server) = Server::connect() else { return };
            while server.somebody_is_there() && ended.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {}
        };
        // Without it the demo runs on, and the screen may go dark.
        let _ = thread::Builder::new().name("screen".into()).spawn(tell);
        Self { _ends_with_this: sender }
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
struct Server(x11rb::rust_connection::RustConnection);

#[cfg(all(unix, not(target_os = "macos")))]
impl Server {
    /// To the X server of `DISPLAY`.
    fn connect() -> Option<Self> {
        x11rb::connect(None).ok().map(|(connection, _)| Self(connection))
    }

    /// Counts as input, for every clock that waits for none. False where the server is gone.
    fn somebody_is_there(&mut self) -> bool {
        use x11rb::connection::Connection;
        use x11rb::protocol::xproto::{ConnectionExt, ScreenSaver};
        self.0.force_screen_saver(ScreenSaver::RESET).is_ok() && self.0.flush().is_ok()
    }
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
struct Server;

#[cfg(not(all(unix, not(target_os = "macos"))))]
impl Server {
    fn connect() -> Option<Self> {
        None
    }

    fn somebody_is_there(&mut self) -> bool {
        false
    }
}
