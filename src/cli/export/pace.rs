//! How far a batch is, and how long it will take: a bar on a terminal, a line a minute in the log of a job.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use super::told::duration;
use crate::cli::output::progress;

/// Between two lines of a log.
const LINE: Duration = Duration::from_secs(60);

/// Counts what is done.
pub struct Pace {
    bar: ProgressBar,
    log: Option<Mutex<Log>>,
}

struct Log {
    begun: Instant,
    told: Instant,
    done: usize,
    /// Shapes that took time: those that were there already say nothing about the others.
    made: usize,
    count: usize,
}

impl Pace {
    pub fn new(count: usize) -> Self {
        let now = Instant::now();
        let log = Log { begun: now, told: now, done: 0, made: 0, count };
        let log = (!std::io::stderr().is_terminal()).then(|| Mutex::new(log));
        Self { bar: progress(count, "exporting"), log }
    }

    /// One more is done; `made` if it was not there already.
    pub fn step(&self, made: bool) {
        self.bar.inc(1);
        let Some(log) = &self.log else { return };
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        log.done += 1;
        log.made += usize::from(made);
        if log.told.elapsed() >= LINE {
            log.told = Instant::now();
            eprintln!("atlasforge: {}", log.line(log.begun.elapsed()));
        }
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Log {
    fn line(&self, elapsed: Duration) -> String {
        let left = elapsed.as_secs_f64() / self.made.max(1) as f64 * (self.count - self.done) as f64;
        format!("{} of {} exported, about {} left", self.done, self.count, duration(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_tells_how_long_it_takes() {
        let now = Instant::now();
        let log = Log { begun: now, told: now, done: 300, made: 100, count: 500 };
        assert_eq!(log.line(Duration::from_secs(60)), "300 of 500 exported, about 2 min 00 s left");
    }
}
