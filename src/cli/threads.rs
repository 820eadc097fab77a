//! The threads of a long job.

use std::num::NonZeroUsize;

use anyhow::{Context, Result};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// As many threads as `--threads` asks for, or one a core.
pub fn pool(threads: Option<NonZeroUsize>) -> Result<ThreadPool> {
    ThreadPoolBuilder::new()
        .num_threads(threads.map_or(0, NonZeroUsize::get))
        .build()
        .context("can't start the threads; give fewer with --threads")
}
