//! Work where only the newest request counts: a request that waits is replaced by the next one.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What wakes the app when a result is ready; it may sleep while idle.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// One worker thread that always takes the newest request and drops the stale ones.
pub struct Latest<T, R> {
    slot: Arc<Slot<T>>,
    results: Receiver<R>,
}

struct Slot<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

enum State<T> {
    Empty,
    /// Not to be begun before.
    Waiting(T, Instant),
    Closed,
}

impl<T: Send + 'static, R: Send + 'static> Latest<T, R> {
    /// Starts the worker. `work` must not panic: a panic ends the worker, and results stop coming.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(name: &str, wake: Wake, mut work: impl FnMut(T) -> R + Send + 'static) -> std::io::Result<Self> {
        let slot = Arc::new(Slot { state: Mutex::new(State::Empty), changed: Condvar::new() });
        let (sender, results): (Sender<R>, _) = channel();
        let shared = slot.clone();
        thread::Builder::new().name(name.into()).spawn(move || {
            while let Some(request) = shared.take() {
                if sender.send(work(request)).is_err() {
                    return;
                }
                wake();
            }
        })?;
        Ok(Self { slot, results })
    }

    /// Replaces the waiting request, if any. The one under way is finished first.
    pub fn submit(&self, request: T) {
        self.submit_after(request, Duration::ZERO);
    }

    /// The same, to be begun when no other request has replaced it for a while.
    pub fn submit_after(&self, request: T, rest: Duration) {
        let mut state = self.slot.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State::Waiting(request, Instant::now() + rest);
        self.slot.changed.notify_one();
    }

    /// The newest result since the last call; never waits.
    pub fn newest(&self) -> Option<R> {
        self.results.try_iter().last()
    }
}

impl<T> Slot<T> {
    /// Waits for a request; `None` when the owner is gone.
    fn take(&self) -> Option<T> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match std::mem::replace(&mut *state, State::Empty) {
                State::Waiting(request, from) => {
                    let left = from.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Some(request);
                    }
                    *state = State::Waiting(request, from);
                    state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
                }
                State::Closed => return None,
                State::Empty => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

impl<T, R> Drop for Latest<T, R> {
    fn drop(&mut self) {
        *self.slot.state.lock().unwrap_or_else(PoisonError::into_inner) = State::Closed;
        self.slot.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;

    #[test]
    fn a_request_that_is_to_rest_is_begun_after_the_last_of_its_kind() {
        let latest = Latest::start("test", Arc::new(|| {}), |x: u32| (x, Instant::now())).unwrap();
        let rest = Duration::from_millis(500);
        let mut last = Instant::now();
        for x in 0..8 {
            last = Instant::now();
            latest.submit_after(x, rest);
            thread::sleep(Duration::from_millis(10));
        }
        let (deadline, mut found) = (last + Duration::from_secs(10), Vec::new());
        while found.is_empty() && Instant::now() < deadline {
            found.extend(latest.newest());
            thread::sleep(Duration::from_millis(1));
        }
        assert!(found.len() == 1 && found[0].0 == 7 && found[0].1 >= last + rest, "{found:?}");
        // One that is not to rest comes at once, in place of one that is.
        latest.submit_after(8, Duration::from_secs(600));
        latest.submit(9);
        while found.len() < 2 && Instant::now() < deadline {
            found.extend(latest.newest());
            thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(found.last().map(|f| f.0), Some(9));
    }

    #[test]
    fn stale_requests_are_dropped_and_the_newest_is_done() {
        let (started, begun) = sync_channel(8);
        let (go, gate) = sync_channel::<()>(8);
        let latest = Latest::start("test", Arc::new(|| {}), move |x: u32| {
            started.send(x).unwrap();
            gate.recv().unwrap();
            x
        })
        .unwrap();
        latest.submit(1);
        assert_eq!(begun.recv_timeout(Duration::from_secs(10)), Ok(1));
        for x in 2..=9 {
            latest.submit(x);
        }
        go.send(()).unwrap();
        assert_eq!(begun.recv_timeout(Duration::from_secs(10)), Ok(9));
        go.send(()).unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        let mut seen = Vec::new();
        while seen.last() != Some(&9) && Instant::now() < deadline {
            seen.extend(latest.newest());
            thread::sleep(Duration::from_millis(1));
        }
        assert!(seen == [1, 9] || seen == [9], "{seen:?}");
    }
}
