//! Drops a file on a window as a file manager does: the source's half of the XDND protocol, version 5
//! (<https://www.freedesktop.org/wiki/Specifications/XDND/>).

use std::path::Path;
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt, CreateWindowAux, EventMask, PropMode, SELECTION_NOTIFY_EVENT,
    SelectionNotifyEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{COPY_DEPTH_FROM_PARENT, CURRENT_TIME};

const VERSION: u32 = 5;

/// How long the window may take to answer: it draws a frame first.
const PATIENCE: Duration = Duration::from_secs(60);

struct Source {
    connection: RustConnection,
    window: Window,
    target: Window,
}

impl Source {
    fn atom(&self, name: &str) -> Atom {
        self.connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom
    }

    /// A message of the protocol to the target.
    fn say(&self, kind: &str, mut data: [u32; 5]) {
        data[0] = self.window;
        let message = ClientMessageEvent::new(32, self.target, self.atom(kind), data);
        self.connection.send_event(false, self.target, EventMask::NO_EVENT, message).unwrap();
        self.connection.flush().unwrap();
    }

    /// Handles events until `done` says that this was the one.
    fn until(&self, what: &str, mut done: impl FnMut(&Event) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.connection.poll_for_event().unwrap() {
                Some(event) if done(&event) => return,
                Some(_) => {}
                None => std::thread::sleep(Duration::from_millis(5)),
            }
            assert!(Instant::now() < deadline, "the window never {what}");
        }
    }
}

/// Drops `file` on the window `target` of a display, in its middle.
pub fn drop_file(display: &str, target: Window, file: &Path) {
    let (connection, screen) = RustConnection::connect(Some(display)).unwrap();
    let root = connection.setup().roots[screen].root;
    let window = connection.generate_id().unwrap();
    let aux = CreateWindowAux::new();
    connection
        .create_window(COPY_DEPTH_FROM_PARENT, window, root, 0, 0, 1, 1, 0, WindowClass::INPUT_OUTPUT, 0, &aux)
        .unwrap();
    let source = Source { connection, window, target };
    let (selection, list) = (source.atom("XdndSelection"), source.atom("text/uri-list"));
    source.connection.set_selection_owner(window, selection, CURRENT_TIME).unwrap();

    source.say("XdndEnter", [0, VERSION << 24, list, 0, 0]);
    let size = source.connection.get_geometry(target).unwrap().reply().unwrap();
    let middle = u32::from(size.width / 2) << 16 | u32::from(size.height / 2);
    source.say("XdndPosition", [0, 0, middle, CURRENT_TIME, source.atom("XdndActionCopy")]);
    // The window asks what is being dragged before it can take the drop.
    source.until("asked for the file", |event| {
        let Event::SelectionRequest(request) = event else { return false };
        let uri = format!("file://{}\r\n", file.display());
        let connection = &source.connection;
        connection
            .change_property8(PropMode::REPLACE, request.requestor, request.property, request.target, uri.as_bytes())
            .unwrap();
        let (sequence, property) = (0, request.property);
        let answer = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property,
        };
        connection.send_event(false, request.requestor, EventMask::NO_EVENT, answer).unwrap();
        connection.flush().unwrap();
        u32::from(AtomEnum::NONE) != property
    });
    source.say("XdndDrop", [0, 0, CURRENT_TIME, 0, 0]);
    let finished = source.atom("XdndFinished");
    source.until("took the drop", |event| matches!(event, Event::ClientMessage(m) if m.type_ == finished));
}
