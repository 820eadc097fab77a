//! Work that must not be dropped, such as an export: first come, first served.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use super::latest::Wake;

/// One worker thread that does every request in order. Dropping the queue waits for what was submitted, so that
/// closing the window right after an export still writes the file.
pub struct Queue<T, R> {
    requests: Option<Sender<T>>,
    results: Receiver<Result<R, String>>,
    worker: Option<JoinHandle<()>>,
}

impl<T: Send + 'static, R: Send + 'static> Queue<T, R> {
    /// Starts the worker. A panic in `work` becomes an error with the panic's message; the worker goes on.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(name: &str, wake: Wake, mut work: impl FnMut(T) -> R + Send + 'static) -> std::io::Result<Self> {
        let (requests, inbox) = channel::<T>();
        let (sender, results) = channel();
        let worker = thread::Builder::new().name(name.into()).spawn(move || {
            for request in inbox {
                // A receiver that is gone is no reason to leave a request undone.
                let _ = sender.send(guarded(|| work(request)));
                wake();
            }
        })?;
        Ok(Self { requests: Some(requests), results, worker: Some(worker) })
    }

    /// Appends a request.
    pub fn submit(&self, request: T) {
        if let Some(requests) = &self.requests {
            // The worker outlives the sender and survives panics: it can't be gone.
            let _ = requests.send(request);
        }
    }

    /// Results since the last call, in order; never waits.
    pub fn results(&self) -> impl Iterator<Item = Result<R, String>> + '_ {
        self.results.try_iter()
    }
}

impl<T, R> Drop for Queue<T, R> {
    fn drop(&mut self) {
        drop(self.requests.take());
        if let Some(worker) = self.worker.take() {
            let _ = worker.join();
        }
    }
}

/// Runs `work` at the thread's boundary: a bug in one job must not take the explorer down.
pub fn guarded<R>(work: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
            .unwrap_or_else(|| "an unknown failure".into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn every_request_is_done_in_order_even_past_a_panic_and_the_end() {
        let sum = Arc::new(AtomicU32::new(0));
        let inner = sum.clone();
        let queue = Queue::start("test", Arc::new(|| {}), move |x: u32| {
            assert_ne!(x, 2, "two is refused");
            inner.fetch_add(x, Ordering::SeqCst);
            x
        })
        .unwrap();
        for x in 1..=4 {
            queue.submit(x);
        }
        let mut results = Vec::new();
        while results.len() < 4 {
            results.extend(queue.results());
            thread::yield_now();
        }
        assert_eq!((&results[0], &results[2], &results[3]), (&Ok(1), &Ok(3), &Ok(4)));
        assert!(results[1].as_ref().unwrap_err().contains("two is refused"));
        queue.submit(100);
        drop(queue);
        assert_eq!(sum.load(Ordering::SeqCst), 108);
    }
}
