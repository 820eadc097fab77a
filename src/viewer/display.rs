//! Is there a display to open a window on? winit panics where there is none, so it is asked first.

/// Whether a display answers. On Linux a Wayland or X11 socket must accept a connection; elsewhere there always is one.
pub fn is_there() -> bool {
    #[cfg(all(unix, not(target_os = "macos")))]
    return unix::wayland() || unix::x11();
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    true
}

#[cfg(all(unix, not(target_os = "macos")))]
mod unix {
    use std::{
        net::{TcpStream, ToSocketAddrs},
        os::unix::net::UnixStream,
        path::PathBuf,
        time::Duration,
    };

    fn set(name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    pub fn wayland() -> bool {
        let Some(display) = set("WAYLAND_DISPLAY") else { return false };
        let path = PathBuf::from(set("XDG_RUNTIME_DIR").unwrap_or_default()).join(display);
        UnixStream::connect(path).is_ok()
    }

    pub fn x11() -> bool {
        set("DISPLAY").and_then(|display| parse(&display)).is_some_and(|(host, number)| connect(&host, number))
    }

    /// Host (empty for this machine) and number of `host:number.screen`.
    fn parse(display: &str) -> Option<(String, u16)> {
        let (host, rest) = display.rsplit_once(':')?;
        let number = rest.split('.').next()?.parse().ok()?;
        Some((host.trim_end_matches('/').to_owned(), number))
    }

    fn connect(host: &str, number: u16) -> bool {
        if host.is_empty() || host == "unix" || host.starts_with('/') {
            let path = format!("/tmp/.X11-unix/X{number}");
            return UnixStream::connect(&path).is_ok() || abstract_socket(&path);
        }
        let Some(port) = 6000u16.checked_add(number) else { return false };
        let addresses = (host, port).to_socket_addrs().into_iter().flatten();
        addresses.into_iter().any(|a| TcpStream::connect_timeout(&a, Duration::from_secs(2)).is_ok())
    }

    #[cfg(target_os = "linux")]
    fn abstract_socket(path: &str) -> bool {
        use std::os::linux::net::SocketAddrExt;
        std::os::unix::net::SocketAddr::from_abstract_name(path)
            .is_ok_and(|address| UnixStream::connect_addr(&address).is_ok())
    }

    #[cfg(not(target_os = "linux"))]
    fn abstract_socket(_: &str) -> bool {
        false
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn display_names_are_understood() {
            assert_eq!(parse(":0"), Some((String::new(), 0)));
            assert_eq!(parse(":99.1"), Some((String::new(), 99)));
            assert_eq!(parse("far.example:10.0"), Some(("far.example".into(), 10)));
            assert_eq!(parse("nonsense"), None);
            assert!(!connect("", 63_211));
        }
    }
}
