//! Ctrl-C while many files are written: the one at hand is finished, the rest is left.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Interrupted;

/// Whether the user wants to stop.
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Watches for Ctrl-C. The second one ends the process at once; where nothing can be watched the first one does.
    pub fn watch() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let raised = Arc::clone(&stop);
        let watched = ctrlc::set_handler(move || {
            if raised.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        });
        if watched.is_err() {
            eprintln!("atlasforge: can't watch for Ctrl-C; it will stop at once");
        }
        Self(stop)
    }

    /// Raised by Ctrl-C, for work that ends in its own way.
    pub fn flag(&self) -> &AtomicBool {
        &self.0
    }

    /// # Errors
    /// After Ctrl-C.
    pub fn check(&self) -> Result<(), Interrupted> {
        let hint = || "files that were written are whole".to_owned();
        if self.0.load(Ordering::Relaxed) { Err(Interrupted { hint: hint() }) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raised_flag_stops() {
        let interrupt = Interrupt(Arc::default());
        assert!(interrupt.check().is_ok());
        interrupt.0.store(true, Ordering::Relaxed);
        assert!(interrupt.check().unwrap_err().to_string().starts_with("interrupted"));
    }
}
